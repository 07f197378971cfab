//! Asking many instances, of a gateway that says what a test wants it to say.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

#[path = "support/fake_engine.rs"]
#[allow(dead_code, reason = "its socket is for engines; a gateway has a port")]
mod fake_engine;

use std::sync::Arc;
use std::time::{Duration, Instant};

use edfi_setup::deployment::Secret;
use edfi_setup::stack::Access;
use edfi_setup::verify::{Client, Credential, Tokens, Verification, verify};
use hyper::Method;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;

use fake_engine::{FakeEngine, Piece, Reply, Script};

/// How long the gateway takes for one list of schools.
const THINKS: Duration = Duration::from_millis(200);

struct Gateway {
    fake: FakeEngine,
    access: Access,
    tokens: Tokens,
}

impl Gateway {
    async fn start() -> Self {
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let (fake, port) = FakeEngine::start_tls(Script::default(), acceptor).await;
        let access = Access {
            host: "localhost".to_owned(),
            port,
            listen: "127.0.0.1".to_owned(),
            path: "api".to_owned(),
            authority_pem: Some(pair.cert.pem()),
            swagger: false,
            sandbox_admin: false,
        };
        let document = json!({
            "version": "7.3",
            "urls": { "dataManagementApi": format!("{}/data/v3/", access.api()) },
        });
        let gateway = Self {
            fake,
            access,
            tokens: Tokens::default(),
        };
        gateway.says(Method::GET, "/api/", Reply::json(200, &document));
        gateway.says(Method::GET, "/api/health", Reply::text(200, "Healthy"));
        gateway
    }

    fn says(&self, method: Method, path: &str, reply: Reply) {
        self.fake.answers.on(method, path, reply);
    }

    /// An instance that grants tokens and answers with this.
    fn instance(&self, name: &str, schools: Reply) -> Credential {
        let granted = json!({ "access_token": format!("token-of-{name}") });
        let path = format!("/api/{name}/oauth/token");
        self.says(Method::POST, &path, Reply::json(200, &granted));
        let path = format!("/api/{name}/data/v3/ed-fi/schools*");
        self.says(Method::GET, &path, schools);
        Credential {
            instance: name.to_owned(),
            token_path: format!("{name}/oauth/token"),
            data_path: format!("{name}/data/v3"),
            key: Secret::new("key"),
            secret: Secret::new("secret"),
            expects_schools: false,
        }
    }

    async fn verify(&mut self, credentials: &[Credential]) -> Verification {
        let client = Client::new(&self.access, "127.0.0.1").unwrap();
        verify(&client, &self.access, credentials, &mut self.tokens).await
    }

    fn asked_for(&self, part: &str) -> usize {
        let asked = self.fake.asked();
        asked.iter().filter(|one| one.path.contains(part)).count()
    }
}

fn slowly(text: &str) -> Reply {
    Reply::empty(200)
        .then(Piece::Pause(THINKS))
        .then(Piece::Bytes(text.to_owned().into()))
}

fn questions(verification: &Verification) -> Vec<String> {
    let words = |instance: &Option<String>| match instance {
        Some(instance) => format!(" {instance}"),
        None => String::new(),
    };
    let checks = verification.checks.iter();
    checks
        .map(|check| format!("{}{}", check.question, words(&check.instance)))
        .collect()
}

#[tokio::test]
async fn many_instances_are_asked_side_by_side_and_told_in_their_order() {
    let mut gateway = Gateway::start().await;
    let credentials: Vec<Credential> = (0..24)
        .map(|number| gateway.instance(&format!("i{number}"), slowly("[]")))
        .collect();
    // The second is where the first one's key is tried.
    let begun = Instant::now();
    let answers = gateway.verify(&credentials).await;
    let took = begun.elapsed();
    // One after the other they would take 24 times as long as one; eight at a time, 3 times.
    assert!(took < THINKS * 16, "{took:?}");
    let mut wanted = vec!["discovery".to_owned(), "health".to_owned()];
    for number in 0..24 {
        wanted.push(format!("token i{number}"));
        wanted.push(format!("schools i{number}"));
    }
    wanted.push("separation i1".to_owned());
    assert_eq!(questions(&answers), wanted);
    // This gateway opens everything to everybody, and that is found out.
    let failure = answers.failure().unwrap();
    assert_eq!(failure.detail, "the key of i0 opens i1, too");
    assert!(failure.next_step.is_some());
    let wrong = answers.still_wrong().unwrap();
    assert_eq!(
        wrong,
        "separation of i1 is not right yet: the key of i0 opens i1, too"
    );
}

#[tokio::test]
async fn tokens_are_asked_for_once_however_often_it_is_asked_again() {
    let mut gateway = Gateway::start().await;
    let refused = Reply::json(503, &json!({ "title": "not yet" }));
    let credentials: Vec<Credential> = (0..10)
        .map(|number| gateway.instance(&format!("i{number}"), refused.clone()))
        .collect();
    for _ in 0..20 {
        let answers = gateway.verify(&credentials).await;
        assert!(!answers.passed());
        let wrong = answers.still_wrong().unwrap();
        assert!(
            wrong.starts_with("schools of i0 is not right yet: status 503"),
            "{wrong}"
        );
        // Ten lists of schools, and the first key at the second, of 2 + 20 + 1 answers.
        assert!(wrong.ends_with("(11 of 23 answers are not)"), "{wrong}");
    }
    // An API grants a client 15 at a time.
    assert_eq!(gateway.asked_for("oauth/token"), 10);
}

#[tokio::test]
async fn a_key_that_is_refused_elsewhere_is_right_and_anything_else_is_not() {
    for (status, good) in [
        (401, true),
        (403, true),
        (404, true),
        (500, false),
        (200, false),
    ] {
        let mut gateway = Gateway::start().await;
        let first = gateway.instance("first", Reply::text(200, "[]"));
        let second = gateway.instance("second", Reply::json(status, &json!([])));
        let answers = gateway.verify(&[first, second]).await;
        let separation = answers.checks.last().unwrap();
        assert_eq!(separation.question, "separation");
        assert_eq!(separation.instance.as_deref(), Some("second"));
        assert_eq!(separation.ok, good, "{status}: {separation:?}");
    }
}

/// Where a key alone decides, and where every key opens every year, there is nothing to ask.
#[tokio::test]
async fn what_has_one_address_is_not_asked_for_separation() {
    let mut gateway = Gateway::start().await;
    let first = gateway.instance("one", Reply::text(200, "[]"));
    let by_key = Credential {
        instance: "other".to_owned(),
        ..first.clone()
    };
    let answers = gateway.verify(&[first.clone(), by_key]).await;
    assert!(answers.passed(), "{answers:?}");
    assert_eq!(answers.checks.len(), 6);
    let other = gateway.instance("two", Reply::text(200, "[]"));
    let by_year = Credential {
        token_path: first.token_path.clone(),
        ..other
    };
    let answers = gateway.verify(&[first, by_year]).await;
    assert!(answers.passed(), "{answers:?}");
    assert_eq!(answers.checks.len(), 6);
}
