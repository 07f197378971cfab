//! Verifying a deployment: with keys of its own for each instance that are gone afterwards.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::deployment::Secret;
use crate::engine::{Engine, EngineError, Pace};
use crate::postgres::{self, VerifyClient, VerifyMark};
use crate::stack::Stack;
use crate::verify::{
    AdminTokens, Client, Credential, Tokens, Verification, verify, verify_admin_api,
};

use super::databases::psql;
use super::failure::Failure;

/// Time between two tries while services settle.
const AGAIN: Duration = Duration::from_millis(200);
/// Time for taking the temporary keys away after the operator stopped waiting.
const TIDY: Duration = Duration::from_secs(5);

/// What a verification, or whoever else was lent keys, has in the database meanwhile, and a container that is there for
/// a moment only, so that they can be taken away even when the borrower is dropped half-way.
#[derive(Debug, Default)]
pub struct Traces {
    mark: Mutex<Option<VerifyMark>>,
    container: Mutex<Option<String>>,
}

impl Traces {
    fn set(&self, mark: Option<VerifyMark>) {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = mark;
    }

    /// A container of that id or name is there for a moment.
    pub(super) fn set_container(&self, container: Option<String>) {
        *self
            .container
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = container;
    }

    /// Removes the container that is there for a moment, if there is one. Nothing in it is worth a polite end.
    pub(super) async fn remove_container<E: Engine>(&self, engine: &E) -> Result<(), EngineError> {
        let container = self
            .container
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(container) = container else {
            return Ok(());
        };
        match engine.stop(&container, Duration::from_secs(1)).await {
            Ok(()) | Err(EngineError::NotFound { .. }) => engine.remove_container(&container).await,
            Err(error) => Err(error),
        }
    }

    /// Takes keys and container away, if there are any. Best effort: the next run and verification sweep too.
    pub async fn tidy<E: Engine>(&self, engine: &E, stack: &Stack) {
        let _ = tokio::time::timeout(TIDY, self.remove_container(engine)).await;
        let mark = self
            .mark
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(mark) = mark {
            let script = postgres::remove_verify_clients(&stack.databases, &mark);
            let work = psql(engine, stack, &stack.databases.admin_service, script);
            let _ = tokio::time::timeout(TIDY, work).await;
        }
    }
}

/// Asks the deployment at `address` all questions, once or until `patience` is over. `now` is in
/// seconds since 1970. `note` hears what is still wrong while there is patience.
pub async fn verify_deployment<E: Engine>(
    engine: &E,
    stack: &Stack,
    address: &str,
    patience: Duration,
    now: i64,
) -> Result<Verification, Failure> {
    verify_leaving(
        engine,
        stack,
        address,
        patience,
        None,
        now,
        &Traces::default(),
        &|_| {},
    )
    .await
}

/// With `only`, the instances of these names are asked; discovery and health always are.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one plain fact of the run"
)]
pub(super) async fn verify_leaving<E: Engine>(
    engine: &E,
    stack: &Stack,
    address: &str,
    patience: Duration,
    only: Option<&[String]>,
    now: i64,
    traces: &Traces,
    note: &(dyn Fn(String) + Send + Sync),
) -> Result<Verification, Failure> {
    let client = Client::new(&stack.access, address).map_err(|error| Failure {
        code: "E-4041",
        what: error.to_string(),
        meaning:
            "Without the authority's certificate we cannot tell our gateway from another program."
                .to_owned(),
        next_step: "Run up again; it makes the certificate anew if it is ours.".to_owned(),
        ..Failure::default()
    })?;
    let credentials = lend_keys_for(engine, stack, only, now, traces).await?;
    let verification =
        ask_patiently(&client, stack, &credentials, engine.pace(), patience, note).await;
    traces.tidy(engine, stack).await;
    Ok(verification)
}

/// A read-only key for each instance, made for the borrower and remembered in `traces`, which takes
/// them away; in the sandbox the keys that its operator has. `now` is in seconds since 1970. Keys
/// that nobody took away go with the next ones that are lent, ten minutes later.
pub async fn lend_keys<E: Engine>(
    engine: &E,
    stack: &Stack,
    now: i64,
    traces: &Traces,
) -> Result<Vec<Credential>, Failure> {
    lend_keys_for(engine, stack, None, now, traces).await
}

async fn lend_keys_for<E: Engine>(
    engine: &E,
    stack: &Stack,
    only: Option<&[String]>,
    now: i64,
    traces: &Traces,
) -> Result<Vec<Credential>, Failure> {
    let temporary = temporary_clients(stack, only);
    if !temporary.is_empty() {
        let mark = VerifyMark {
            begun: now,
            word: random_text(6),
        };
        let script = postgres::make_verify_clients(&stack.databases, &mark, &temporary);
        traces.set(Some(mark));
        let service = &stack.databases.admin_service;
        if let Err(failure) = psql(engine, stack, service, script).await {
            traces.tidy(engine, stack).await;
            return Err(failure);
        }
    }
    Ok(credentials(stack, &temporary))
}

async fn ask_patiently(
    client: &Client,
    stack: &Stack,
    credentials: &[Credential],
    pace: Pace,
    patience: Duration,
    note: &(dyn Fn(String) + Send + Sync),
) -> Verification {
    let end = Instant::now() + pace.take(patience);
    let mut said = String::new();
    let mut tokens = Tokens::default();
    let mut admin_tokens = AdminTokens::default();
    loop {
        let mut verification = verify(client, &stack.access, credentials, &mut tokens).await;
        let silent = verification.checks.iter().any(|check| check.silent);
        if let Some(admin_api) = stack.admin_api.as_ref().filter(|_| !silent) {
            let more = verify_admin_api(client, admin_api, &mut admin_tokens).await;
            verification.checks.extend(more);
        }
        let hopeless = verification.failure().is_some_and(|check| check.permanent);
        if verification.passed() || hopeless || Instant::now() >= end {
            return verification;
        }
        if let Some(wrong) = verification.still_wrong() {
            let words = format!("asks again, {wrong}");
            if words != said {
                note(words.clone());
                said = words;
            }
        }
        tokio::time::sleep(pace.take(AGAIN)).await;
    }
}

fn temporary_clients(stack: &Stack, only: Option<&[String]>) -> Vec<VerifyClient> {
    stack
        .databases
        .instances
        .iter()
        .filter(|instance| only.is_none_or(|only| only.contains(&instance.name)))
        .map(|instance| VerifyClient {
            key: Secret::new(random_text(20)),
            secret: Secret::new(random_text(32)),
            instance: instance.name.clone(),
            // It sees whom the instance's own clients see, and changes nothing.
            education_organizations: stack
                .databases
                .clients
                .iter()
                .filter(|client| client.instance == instance.name)
                .flat_map(|client| client.education_organizations.clone())
                .collect(),
        })
        .collect()
}

fn credentials(stack: &Stack, temporary: &[VerifyClient]) -> Vec<Credential> {
    let own = temporary.iter().filter_map(|client| {
        let instance = stack.databases.instance(&client.instance)?;
        Some(Credential {
            instance: client.instance.clone(),
            token_path: instance.token_path.clone(),
            data_path: instance.data_path.clone(),
            key: client.key.clone(),
            secret: client.secret.clone(),
            expects_schools: false,
        })
    });
    let sandboxes = stack.databases.sandboxes.iter().map(|sandbox| Credential {
        instance: format!("sandbox {}", sandbox.name),
        token_path: "oauth/token".to_owned(),
        data_path: "data/v3".to_owned(),
        key: sandbox.key.clone(),
        secret: sandbox.secret.clone(),
        expects_schools: sandbox.populated,
    });
    own.chain(sandboxes).collect()
}

/// Letters and digits from the thread's generator, which the system seeds and reseeds.
fn random_text(length: usize) -> String {
    use rand::distr::{Alphanumeric, SampleString};
    Alphanumeric.sample_string(&mut rand::rng(), length)
}
