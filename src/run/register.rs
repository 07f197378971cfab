//! Registering our client with the Admin API, without the Admin API ever being open to anybody.
//!
//! Whoever may register administers everything, so the service itself never takes registrations. A second container of
//! the same image does, for seconds: it hears only programs inside itself, and our request is made there.

use crate::deployment::Secret;
use crate::engine::{Engine, EngineError, ExecSpec};
use crate::plan;
use crate::postgres::{self, ADMIN_CLIENT_NAME};
use crate::stack::{AdminApi, AdminClient, Service};
use crate::verify::ADMIN_SCOPE;

use super::databases::psql;
use super::execute::{Run, create};
use super::failure::Failure;
use super::serve;
use super::verification::Traces;
use super::watch::Watch;

/// Posts a form from inside the container.
const POST: &str = include_str!("post.sh");

/// Registers the client, unless it is registered already. Says what it did.
pub(super) async fn register<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    watch: &Watch,
    traces: &Traces,
    note: &(dyn Fn(String) + Send + Sync),
) -> Result<String, Failure> {
    let (Some(admin_api), Some((service, spec))) =
        (&run.stack.admin_api, plan::registration_spec(run.stack))
    else {
        return Ok("there is no Admin API".to_owned());
    };
    let Some(tenant) = run.stack.databases.tenant(None) else {
        return Ok("there are only tenants".to_owned());
    };
    if is_registered(run, admin_api, &tenant.admin).await? {
        return Ok("was registered before".to_owned());
    }
    let refused = |error: EngineError| Failure::engine(&error, Some(&admin_api.service));
    // By its name, so that it is found even if it came and nobody heard of it any more.
    traces.set_container(Some(spec.name.clone()));
    let id = create(run, &spec).await.map_err(refused)?;
    run.engine.start(&id).await.map_err(refused)?;
    note("starts a container for the registration only".to_owned());
    let counter = Counter {
        run,
        admin_api,
        container: &id,
    };
    let outcome = match serve::wait(run.engine, run.stack, watch, &service, &id).await {
        Ok(()) => counter.register(&service, &tenant.admin).await,
        Err(failure) => Err(failure),
    };
    // Whatever came of it, nothing may stay that takes registrations.
    let removed = traces.remove_container(run.engine).await.map_err(refused);
    outcome?;
    removed?;
    Ok("registered, and registration is closed".to_owned())
}

async fn is_registered<E: Engine + Clone + 'static>(
    run: &Run<'_, E>,
    admin_api: &AdminApi,
    admin: &str,
) -> Result<bool, Failure> {
    let service = &run.stack.databases.admin_service;
    let look = postgres::observe_server(&[admin]);
    let look = psql(run.engine, run.stack, service, look).await?;
    let state = postgres::read_server_state(&look).unwrap_or_default();
    Ok(state.administrator == Some(admin_api.client.fingerprint()))
}

/// Where the registration is handed in.
struct Counter<'a, 'r, E> {
    run: &'a Run<'r, E>,
    admin_api: &'a AdminApi,
    container: &'a str,
}

impl<E: Engine + Clone + 'static> Counter<'_, '_, E> {
    /// Registers the client as far as it is not, and notes it. A token tells whether it is: a run that was killed in
    /// the midst may have come so far.
    async fn register(&self, service: &Service, admin: &str) -> Result<(), Failure> {
        let client = &self.admin_api.client;
        if self.post("token", token_form(client)).await?.is_err() {
            self.sql(postgres::forget_admin_clients(admin)).await?;
            if let Err(words) = self.post("register", register_form(client)).await? {
                return Err(self.unregistered(service, words).await);
            }
            if let Err(words) = self.post("token", token_form(client)).await? {
                return Err(self.unregistered(service, words).await);
            }
        }
        self.sql(postgres::note_admin_client(admin, client)).await
    }

    async fn sql(&self, script: String) -> Result<(), Failure> {
        let (run, service) = (self.run, &self.run.stack.databases.admin_service);
        psql(run.engine, run.stack, service, script).await?;
        Ok(())
    }

    /// Posts a form; the inner error is what was said when it was refused.
    async fn post(&self, what: &str, form: Secret) -> Result<Result<(), String>, Failure> {
        let address = format!(
            "http://127.0.0.1:{}/{}/connect/{what}",
            self.admin_api.port, self.admin_api.path
        );
        let command = ["sh", "-c", POST, "post.sh", &address];
        let exec = ExecSpec {
            command: command.map(str::to_owned).into(),
            stdin: Some(form),
            user: None,
        };
        let outcome = self.run.engine.exec(self.container, &exec, &|_, _| {});
        let outcome = outcome
            .await
            .map_err(|error| Failure::engine(&error, Some(&self.admin_api.service)))?;
        let words = outcome.stderr.lines().last().unwrap_or("no reason").trim();
        Ok(match outcome.exit_code {
            0 => Ok(()),
            _ => Err(words.to_owned()),
        })
    }

    async fn unregistered(&self, service: &Service, words: String) -> Failure {
        Failure {
            code: "E-4036",
            service: Some(self.admin_api.service.clone()),
            what: "the Admin API did not take our client".to_owned(),
            meaning: format!(
                "It runs in a container of its own for this ({}), answered, and refused. Nothing is open: that \
                 container is gone again.",
                service.name
            ),
            last_probe: Some(words),
            last_lines: serve::last_lines(self.run.engine, self.container).await,
            next_step: "Look at the lines above, and run the same command again. If it stays so, go on without the \
                        Admin API: set admin_api.placement to none."
                .to_owned(),
        }
    }
}

fn register_form(client: &AdminClient) -> Secret {
    form(&[
        ("ClientId", client.key.expose()),
        ("ClientSecret", client.secret.expose()),
        ("DisplayName", ADMIN_CLIENT_NAME),
    ])
}

/// What the owner of this key posts to get a token.
fn token_form(client: &AdminClient) -> Secret {
    form(&[
        ("client_id", client.key.expose()),
        ("client_secret", client.secret.expose()),
        ("grant_type", "client_credentials"),
        ("scope", ADMIN_SCOPE),
    ])
}

fn form(fields: &[(&str, &str)]) -> Secret {
    Secret::new(crate::verify::form(fields))
}
