//! What can go wrong between us and an engine, played by an engine that runs nothing.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

#[path = "support/fake_engine.rs"]
mod fake_engine;

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use edfi_setup::deployment::Secret;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{
    ContainerSpec, Engine, EngineError, EngineEventKind, ExecSpec, Health, LogOptions, NetworkSpec,
    Phase, PullFault, PullProgress, Restart, VolumeSpec,
};
use fake_engine::{FakeEngine, Piece, Reply, Script};
use futures_util::StreamExt;
use hyper::Method;
use serde_json::{Value, json};

/// Bound for everything that must come to an end by itself.
const DEADLINE: Duration = Duration::from_mins(1);
const IMAGE: &str = "reg.example:5000/a/b:1.2";

async fn connected() -> (FakeEngine, DockerEngine) {
    let fake = FakeEngine::start(Script::speaking("1.12", "1.41"));
    let engine = DockerEngine::connect(&fake.environment()).await.unwrap();
    (fake, engine)
}

// --- finding the engine, and its version -----------------------------------------------------

#[tokio::test]
async fn an_engine_that_is_too_old_is_refused_with_both_versions() {
    let fake = FakeEngine::start(Script::speaking("1.12", "1.40"));
    let refused = DockerEngine::connect(&fake.environment()).await;
    let Err(EngineError::TooOld { found, needed, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((found.as_str(), needed.as_str()), ("1.40", "1.41"));
}

#[tokio::test]
async fn every_request_says_the_version_that_was_settled() {
    for (oldest, newest, settled) in [
        ("1.12", "1.41", "1.41"),
        ("1.24", "1.45", "1.45"),
        ("1.44", "1.53", "1.53"),
        // Newer than we are: our own newest, or its oldest.
        ("1.44", "1.60", "1.53"),
        ("1.70", "1.80", "1.70"),
    ] {
        let fake = FakeEngine::start(Script::speaking(oldest, newest));
        fake.answers
            .on(Method::GET, "/info", Reply::json(200, &json!({})));
        fake.answers.on(
            Method::GET,
            "/containers/json",
            Reply::json(200, &json!([])),
        );
        fake.answers
            .on(Method::GET, "/networks", Reply::json(200, &json!([])));
        fake.answers
            .on(Method::GET, "/volumes", Reply::json(200, &json!({})));
        fake.answers
            .on(Method::POST, "/containers/*", Reply::text(204, ""));
        let engine = DockerEngine::connect(&fake.environment()).await.unwrap();
        assert_eq!(engine.info().await.unwrap().api_version, settled);
        engine.observe("x").await.unwrap();
        engine.start("x").await.unwrap();
        engine.stop("x", Duration::from_secs(1)).await.unwrap();
        engine.client().ping().await.unwrap_err();
        let asked = fake.asked();
        assert_eq!(asked[0].path, "/version");
        assert_eq!(asked[0].version, None);
        assert!(asked.len() > 6);
        for request in &asked[1..] {
            assert_eq!(request.version.as_deref(), Some(settled), "{request:?}");
        }
    }
}

#[tokio::test]
async fn something_else_on_the_socket_is_no_engine() {
    for reply in [
        Reply::json(200, &json!({ "Version": "1" })),
        Reply::text(200, "<html>hello</html>"),
        Reply::json(200, &json!({ "ApiVersion": "new" })),
    ] {
        let script = Script::default();
        script.on(Method::GET, "/version", reply);
        let fake = FakeEngine::start(script);
        let odd = DockerEngine::connect(&fake.environment()).await;
        assert!(
            matches!(odd, Err(EngineError::NotUnderstood { .. })),
            "{odd:?}"
        );
    }
}

#[tokio::test]
async fn a_socket_without_an_engine_and_no_socket_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let dead = folder.path().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let missing = folder.path().join("missing.sock");
    for (socket, word) in [(&dead, "listens"), (&missing, "no such socket")] {
        let host = format!("unix://{}", socket.display());
        let gone = DockerEngine::connect(&Environment::default().with("DOCKER_HOST", &host)).await;
        let Err(EngineError::Unreachable { endpoint, reason }) = gone else {
            panic!("{gone:?}");
        };
        assert_eq!(endpoint, host);
        assert!(reason.contains(word), "{reason}");
    }
    let nowhere = Environment {
        system_sockets: vec![(missing.clone(), "nothing")],
        home: Some(folder.path().into()),
        ..Environment::default()
    };
    let Err(EngineError::Unreachable { reason, .. }) = DockerEngine::connect(&nowhere).await else {
        panic!("nothing is there");
    };
    assert!(
        reason.contains("looked at") && reason.contains("missing.sock"),
        "{reason}"
    );
}

/// As root no socket is closed to us, so the test then plays itself again as nobody.
#[tokio::test]
async fn a_socket_that_is_closed_to_this_user_is_told_apart() {
    const SOCKET: &str = "EDFI_SETUP_TEST_CLOSED_SOCKET";
    const NAME: &str = "a_socket_that_is_closed_to_this_user_is_told_apart";
    if let Some(socket) = std::env::var_os(SOCKET) {
        return assert_no_rights(Path::new(&socket)).await;
    }
    let fake = FakeEngine::start(Script::speaking("1.12", "1.41"));
    let closed = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(&fake.socket, closed).unwrap();
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return assert_no_rights(&fake.socket).await;
    }
    let open = std::fs::Permissions::from_mode(0o755);
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), open.clone()).unwrap();
    std::fs::set_permissions(fake.socket.parent().unwrap(), open).unwrap();
    let program = folder.path().join("test");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let output = tokio::task::spawn_blocking({
        let socket = fake.socket.clone();
        move || {
            std::process::Command::new(program)
                .args(["--exact", NAME])
                .env(SOCKET, socket)
                .current_dir("/")
                .uid(65534)
                .gid(65534)
                .output()
                .unwrap()
        }
    })
    .await
    .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

async fn assert_no_rights(closed: &Path) {
    let host = format!("unix://{}", closed.display());
    let refused = DockerEngine::connect(&Environment::default().with("DOCKER_HOST", host)).await;
    assert!(
        matches!(&refused, Err(EngineError::NoRights { socket }) if socket == closed),
        "{refused:?}"
    );
}

/// A home folder with a `.docker` in it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".docker")).unwrap();
        Self(home)
    }

    fn write(&self, path: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(".docker").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A context as `docker context create` writes it; the folder is sha256 of "school".
    fn context(&self, endpoint: &Value) {
        let meta = json!({ "Name": "school", "Metadata": {}, "Endpoints": { "docker": endpoint } });
        self.write(
            &format!("contexts/meta/{SCHOOL}/meta.json"),
            &meta.to_string(),
        );
    }

    fn environment(&self) -> Environment {
        Environment {
            home: Some(self.0.path().into()),
            system_sockets: Vec::new(),
            ..Environment::default()
        }
    }
}

/// Printed by `printf school | sha256sum`.
const SCHOOL: &str = "d64debd942d7dc26a851231583b1721f43ea936fa41932b6dad7556e5f8cd24a";

#[tokio::test]
async fn contexts_are_honoured_in_the_docker_commands_order() {
    let fake = FakeEngine::start(Script::speaking("1.12", "1.41"));
    fake.answers
        .on(Method::GET, "/info", Reply::json(200, &json!({})));
    let home = Home::new();
    home.context(&json!({ "Host": format!("unix://{}", fake.socket.display()) }));
    home.write("config.json", r#"{"currentContext":"school"}"#);
    let found_by = async |environment: &Environment| {
        let engine = DockerEngine::connect(environment).await?;
        Ok::<_, EngineError>(engine.info().await?.found_by)
    };
    let environment = home.environment();
    let by_file = found_by(&environment).await.unwrap();
    assert!(
        by_file.contains("school") && by_file.contains("config.json"),
        "{by_file}"
    );
    let by_variable = found_by(&environment.clone().with("DOCKER_CONTEXT", "school")).await;
    assert!(by_variable.unwrap().contains("DOCKER_CONTEXT"));
    // The host is stronger than the context, even a host where nothing is.
    let gone = environment
        .clone()
        .with("DOCKER_CONTEXT", "school")
        .with("DOCKER_HOST", "unix:///nowhere/engine.sock");
    assert!(matches!(
        found_by(&gone).await,
        Err(EngineError::Unreachable { .. })
    ));
    // The default context is no context: nothing else is left here.
    let default = environment.clone().with("DOCKER_CONTEXT", "default");
    assert!(matches!(
        found_by(&default).await,
        Err(EngineError::Unreachable { .. })
    ));
    let unknown = environment.with("DOCKER_CONTEXT", "nobody");
    let Err(EngineError::Settings { what, .. }) = found_by(&unknown).await else {
        panic!("there is no such context");
    };
    assert!(what.contains("nobody"), "{what}");
}

#[tokio::test]
async fn the_first_socket_that_answers_is_taken_and_named() {
    let fake = FakeEngine::start(Script::speaking("1.12", "1.41"));
    fake.answers
        .on(Method::GET, "/info", Reply::json(200, &json!({})));
    let folder = tempfile::tempdir().unwrap();
    let dead = folder.path().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    std::os::unix::fs::symlink(&fake.socket, folder.path().join("docker.sock")).unwrap();
    let environment = Environment {
        system_sockets: vec![(dead, "the default socket")],
        ..Environment::default()
    }
    .with("XDG_RUNTIME_DIR", folder.path().display().to_string());
    let engine = DockerEngine::connect(&environment).await.unwrap();
    let info = engine.info().await.unwrap();
    assert_eq!(info.found_by, "the rootless Docker socket");
    assert!(info.endpoint.ends_with("/docker.sock") && info.local);
}

#[tokio::test]
async fn addresses_that_cannot_be_used_are_explained() {
    for (host, word) in [
        ("ssh://me@school", "SSH"),
        ("fd://", "unix://"),
        ("localhost:2375", "unix://"),
        ("tcp://host:port", "port"),
        ("tcp://host:1/path", "path"),
    ] {
        let odd = DockerEngine::connect(&Environment::default().with("DOCKER_HOST", host)).await;
        let Err(EngineError::Settings { what, reason }) = odd else {
            panic!("{odd:?}");
        };
        assert_eq!(what, "DOCKER_HOST");
        assert!(reason.contains(word), "{reason}");
    }
}

// --- TLS -------------------------------------------------------------------------------------

/// An authority, an engine's certificate and a client's, as files in `folder`.
fn certificates(folder: &Path) -> tokio_rustls::TlsAcceptor {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::server::WebPkiClientVerifier;
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, "test authority");
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let issue = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &authority).unwrap(), key)
    };
    let (certificate, key) = issue("client");
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    let (certificate, key) = issue("localhost");
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider))
        .build()
        .unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn tls_with_a_client_certificate_by_variables_and_by_context() {
    let folder = tempfile::tempdir().unwrap();
    let acceptor = certificates(folder.path());
    let script = Script::speaking("1.12", "1.41");
    script.on(Method::GET, "/info", Reply::json(200, &json!({})));
    let (_fake, port) = FakeEngine::start_tls(script, acceptor).await;
    let host = format!("tcp://localhost:{port}");
    let certificates = folder.path().display().to_string();
    let by_variables = Environment::default()
        .with("DOCKER_HOST", &host)
        .with("DOCKER_TLS_VERIFY", "1")
        .with("DOCKER_CERT_PATH", &certificates);
    let engine = DockerEngine::connect(&by_variables).await.unwrap();
    let info = engine.info().await.unwrap();
    assert_eq!((info.endpoint.as_str(), info.local), (host.as_str(), false));

    let home = Home::new();
    home.context(&json!({ "Host": host }));
    for name in ["ca.pem", "cert.pem", "key.pem"] {
        let content = std::fs::read_to_string(folder.path().join(name)).unwrap();
        home.write(&format!("contexts/tls/{SCHOOL}/docker/{name}"), &content);
    }
    let by_context = home.environment().with("DOCKER_CONTEXT", "school");
    DockerEngine::connect(&by_context).await.unwrap();

    // Who asks for TLS without verification gets it, whatever the authority.
    let authority = std::fs::read(folder.path().join("ca.pem")).unwrap();
    std::fs::write(folder.path().join("ca.pem"), "nonsense").unwrap();
    let unverified = Environment::default()
        .with("DOCKER_HOST", &host)
        .with("DOCKER_TLS", "1")
        .with("DOCKER_CERT_PATH", &certificates);
    DockerEngine::connect(&unverified).await.unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority).unwrap();

    // Without our certificate the engine refuses us; without its authority we refuse the engine.
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    let refused = DockerEngine::connect(&by_variables).await;
    assert!(
        matches!(
            refused,
            Err(EngineError::Unreachable { .. } | EngineError::Broken { .. })
        ),
        "{refused:?}"
    );
    std::fs::remove_file(folder.path().join("ca.pem")).unwrap();
    let refused = DockerEngine::connect(&by_variables).await;
    assert!(
        matches!(&refused, Err(EngineError::Unreachable { reason, .. }) if reason.contains("certificate")),
        "{refused:?}"
    );
    std::fs::write(folder.path().join("ca.pem"), "nonsense").unwrap();
    let odd = DockerEngine::connect(&by_variables).await;
    assert!(
        matches!(
            odd,
            Err(EngineError::Unreachable { .. } | EngineError::Settings { .. })
        ),
        "{odd:?}"
    );
}

// --- pulling ---------------------------------------------------------------------------------

/// What a pull comes to when the engine says this.
async fn pull(reply: Reply) -> (Result<(), EngineError>, Vec<PullProgress>) {
    let (fake, engine) = connected().await;
    pull_from(&fake, &engine, reply).await
}

async fn pull_from(
    fake: &FakeEngine,
    engine: &DockerEngine,
    reply: Reply,
) -> (Result<(), EngineError>, Vec<PullProgress>) {
    fake.answers.on(Method::POST, "/images/create", reply);
    fake.answers.on(
        Method::GET,
        &format!("/images/{IMAGE}/json"),
        Reply::json(200, &json!({ "Id": "sha256:1" })),
    );
    let seen = Mutex::new(Vec::new());
    let outcome = tokio::time::timeout(
        DEADLINE,
        engine.pull(IMAGE, &|progress| seen.lock().unwrap().push(progress)),
    )
    .await
    .expect("a pull ends");
    (outcome, seen.into_inner().unwrap())
}

async fn fault(reply: Reply) -> PullFault {
    match pull(reply).await.0 {
        Err(EngineError::Pull { reference, fault }) => {
            assert_eq!(reference, IMAGE);
            fault
        }
        other => panic!("{other:?}"),
    }
}

/// The error form inside a stream that began well.
fn in_stream(message: &str) -> Reply {
    Reply::lines(&[
        json!({ "status": "Pulling from a/b", "id": "1.2" }),
        json!({ "errorDetail": { "message": message }, "error": message }),
    ])
}

const RATE: &str = "rate limit";
const LOGIN: &str = "login";
const NO_TAG: &str = "no such tag";
const PROXY: &str = "proxy";
const ROUTE: &str = "no route";
const OTHER: &str = "other";

fn kind(fault: &PullFault) -> &'static str {
    match fault {
        PullFault::RateLimited { .. } => RATE,
        PullFault::LoginNeeded { .. } => LOGIN,
        PullFault::NoSuchTag { .. } => NO_TAG,
        PullFault::Proxy { .. } => PROXY,
        PullFault::NoRoute { .. } => ROUTE,
        PullFault::Other { .. } => OTHER,
        PullFault::Stalled { .. } => "stalled",
    }
}

/// What engines and registries say, and what they mean by it.
const WORDINGS: &[(u16, &str, &str)] = &[
    (429, "Too Many Requests", RATE),
    (
        500,
        "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating",
        RATE,
    ),
    (401, "authentication required", LOGIN),
    (500, "unauthorized: authentication required", LOGIN),
    (
        404,
        "pull access denied for a/b, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        LOGIN,
    ),
    (
        500,
        "failed to resolve reference \"r/a/b:1.2\": unexpected status from HEAD request to https://r/v2/a/b/manifests/1.2: 403 Forbidden",
        LOGIN,
    ),
    (
        404,
        "manifest for a/b:1.2 not found: manifest unknown: manifest unknown",
        NO_TAG,
    ),
    (
        404,
        "failed to resolve reference \"docker.io/a/b:1.2\": docker.io/a/b:1.2: not found",
        NO_TAG,
    ),
    (
        404,
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
        NO_TAG,
    ),
    (
        500,
        "Get \"https://r/v2/\": x509: certificate signed by unknown authority",
        PROXY,
    ),
    (
        500,
        "Get \"https://r/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
        PROXY,
    ),
    (
        500,
        "Get \"https://r/v2/\": remote error: tls: handshake failure",
        PROXY,
    ),
    (
        500,
        "Get \"https://r/v2/\": Proxy Authentication Required",
        PROXY,
    ),
    (407, "no", PROXY),
    (
        500,
        "Get \"https://r/v2/\": proxyconnect tcp: dial tcp: lookup proxy.example: no such host",
        PROXY,
    ),
    (
        500,
        "error parsing HTTP 403 response body: invalid character '<' looking for beginning of value: \"<html>blocked</html>\"",
        PROXY,
    ),
    (
        500,
        "Get \"https://r/v2/\": dial tcp: lookup r on 10.0.0.1:53: no such host",
        ROUTE,
    ),
    (
        500,
        "Get \"https://r/v2/\": dial tcp 10.0.0.9:443: connect: connection refused",
        ROUTE,
    ),
    (
        500,
        "Get \"https://r/v2/\": dial tcp 10.0.0.9:443: i/o timeout",
        ROUTE,
    ),
    (
        500,
        "Get \"https://r/v2/\": net/http: TLS handshake timeout",
        ROUTE,
    ),
    (
        500,
        "Get \"https://r/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        ROUTE,
    ),
    (
        500,
        "dial tcp 10.0.0.9:443: connect: network is unreachable",
        ROUTE,
    ),
    (
        500,
        "received unexpected HTTP status: 503 Service Unavailable",
        OTHER,
    ),
];

#[tokio::test]
async fn why_a_pull_failed_is_told_apart() {
    for &(status, message, meant) in WORDINGS {
        let before = fault(Reply::error(status, message)).await;
        assert_eq!(kind(&before), meant, "{status} {message}");
        // The same sentence after the answer has begun, where there is no status.
        if status == 500 {
            let within = fault(in_stream(message)).await;
            assert_eq!(kind(&within), meant, "{message}");
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_not_the_registrys_fault() {
    let words = "failed to register layer: write /usr/lib/x: no space left on device";
    for reply in [Reply::error(500, words), in_stream(words)] {
        let outcome = pull(reply).await.0;
        assert!(
            matches!(outcome, Err(EngineError::DiskFull { .. })),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn a_transfer_that_stops_moving_is_given_up() {
    let silent = Reply::lines(&[]).then(Piece::Silence);
    let halfway = Reply::lines(&[
        json!({ "status": "Downloading", "id": "aa", "progressDetail": { "current": 5, "total": 9 } }),
    ])
    .then(Piece::Silence);
    for reply in [silent, halfway] {
        let (fake, engine) = connected().await;
        let engine = engine.with_pull_patience(Duration::from_millis(50));
        match pull_from(&fake, &engine, reply).await.0 {
            Err(EngineError::Pull { fault, .. }) => {
                assert!(matches!(fault, PullFault::Stalled { .. }), "{fault:?}");
                assert!(fault.worth_another_try());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_transfer_that_breaks_is_no_image() {
    let half = Reply::lines(&[json!({ "status": "Pulling fs layer", "id": "aa" })]);
    let cut = pull(half.clone().then(Piece::Cut)).await.0;
    assert!(matches!(cut, Err(EngineError::Broken { .. })), "{cut:?}");

    // It ends in order, but the engine has no such image afterwards.
    let (fake, engine) = connected().await;
    fake.answers.on(Method::POST, "/images/create", half);
    let ended = engine.pull(IMAGE, &|_| {}).await;
    assert!(
        matches!(
            &ended,
            Err(EngineError::Pull {
                fault: PullFault::Other { .. },
                ..
            })
        ),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_slow_good_pull_with_late_layers_never_goes_back() {
    let layer =
        |id: &str, status: &str| json!({ "id": id, "status": status, "progressDetail": {} });
    let bytes = |id: &str, current: u64, total: u64| {
        let detail = json!({ "current": current, "total": total });
        json!({ "id": id, "status": "Downloading", "progressDetail": detail })
    };
    let reply = Reply::lines(&[
        json!({ "status": "Pulling from a/b", "id": "1.2" }),
        layer("aa", "Pulling fs layer"),
        layer("bb", "Already exists"),
        bytes("aa", 10, 100),
        bytes("aa", 90, 100),
        layer("aa", "Retrying in 1 second"),
        bytes("aa", 3, 100),
        layer("cc", "Pulling fs layer"),
        bytes("cc", 500, 1000),
        layer("aa", "Verifying Checksum"),
        layer("aa", "Pull complete"),
        layer("cc", "Download complete"),
        json!({ "id": "cc", "status": "Extracting", "progressDetail": { "current": 1, "total": 1000 } }),
        layer("cc", "Pull complete"),
        json!({ "status": "Digest: sha256:00" }),
        json!({ "status": "Status: Downloaded newer image for reg.example:5000/a/b:1.2" }),
    ])
    .slowly();
    let (outcome, seen) = pull(reply).await;
    outcome.unwrap();
    for pair in seen.windows(2) {
        assert!(pair[1].bytes >= pair[0].bytes, "{pair:?}");
        assert!(pair[1].bytes_total >= pair[0].bytes_total, "{pair:?}");
        assert!(pair[1].layers_done >= pair[0].layers_done, "{pair:?}");
    }
    assert!(seen.contains(&PullProgress {
        layers: 2,
        layers_done: 1,
        bytes: 90,
        bytes_total: 100
    }));
    let done = PullProgress {
        layers: 3,
        layers_done: 3,
        bytes: 1100,
        bytes_total: 1100,
    };
    assert_eq!(seen.last(), Some(&done));
}

#[tokio::test]
async fn a_pull_names_the_tag_and_brings_the_login_of_its_registry() {
    let fake = FakeEngine::start(Script::speaking("1.12", "1.41"));
    fake.answers.on(
        Method::POST,
        "/images/create",
        Reply::error(500, "stop here"),
    );
    let home = Home::new();
    // "u:~~~???" gives + and / in the ordinary base64 alphabet.
    home.write(
        "config.json",
        r#"{"auths":{"reg.example:5000":{"auth":"dTp+fn4/Pz8="}}}"#,
    );
    let environment = Environment {
        home: home.environment().home,
        ..fake.environment()
    };
    let engine = DockerEngine::connect(&environment).await.unwrap();
    for image in [IMAGE, "elsewhere.example/c@sha256:00ff"] {
        engine.pull(image, &|_| {}).await.unwrap_err();
    }
    let asked = fake.asked();
    assert_eq!(asked[1].query["fromImage"], "reg.example:5000/a/b");
    assert_eq!(asked[1].query["tag"], "1.2");
    let login = &asked[1].headers["x-registry-auth"];
    let decoded = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE, login);
    let login: Value = serde_json::from_slice(&decoded.expect("the alphabet of URLs")).unwrap();
    assert_eq!(login["username"], "u");
    assert_eq!(login["password"], "~~~???");
    assert_eq!(asked[2].query["tag"], "sha256:00ff");
    assert_eq!(asked[2].headers.get("x-registry-auth"), None);
}

#[tokio::test]
async fn whether_an_image_could_be_fetched_is_asked_of_the_registry() {
    let (fake, engine) = connected().await;
    let path = format!("/distribution/{IMAGE}/json");
    let found = json!({
        "Descriptor": { "mediaType": "x", "digest": "sha256:00", "size": 1 }, "Platforms": []
    });
    fake.answers
        .on(Method::GET, &path, Reply::json(200, &found));
    engine.obtainable(IMAGE).await.unwrap();
    fake.answers.on(
        Method::GET,
        &path,
        Reply::error(500, "dial tcp: lookup r: no such host"),
    );
    let gone = engine.obtainable(IMAGE).await;
    assert!(
        matches!(
            &gone,
            Err(EngineError::Pull {
                fault: PullFault::NoRoute { .. },
                ..
            })
        ),
        "{gone:?}"
    );
}

// --- events, states, answers ------------------------------------------------------------------

fn event(action: &str, attributes: &Value) -> Value {
    let mut attributes = attributes.clone();
    attributes["name"] = json!("db");
    json!({ "Type": "container", "Action": action, "time": 7, "scope": "local",
            "Actor": { "ID": "c1", "Attributes": attributes } })
}

#[tokio::test]
async fn an_event_stream_that_breaks_says_so_and_ends() {
    let story = [
        event("create", &json!({})),
        json!({ "Type": "galaxy", "Action": "collide", "scope": "universe" }),
        event("exec_create: pg_isready", &json!({})),
        event("health_status: healthy", &json!({})),
        event("die", &json!({ "exitCode": "137" })),
    ];
    let mut cut_anywhere = Reply::lines(&[]);
    let lines: Vec<String> = story.iter().map(|line| format!("{line}\n")).collect();
    for byte in lines.concat().bytes() {
        cut_anywhere.body.push(Piece::Bytes(vec![byte].into()));
    }
    for reply in [
        Reply::lines(&story).then(Piece::Cut),
        Reply::lines(&story),
        cut_anywhere,
    ] {
        let (fake, engine) = connected().await;
        fake.answers.on(Method::GET, "/events", reply);
        let events = engine.events("school", Some(5)).collect::<Vec<_>>();
        let mut events = tokio::time::timeout(DEADLINE, events).await.unwrap();
        let last = events.pop();
        assert!(
            matches!(last, Some(Err(EngineError::Broken { .. }))),
            "{last:?}"
        );
        let kinds: Vec<_> = events
            .into_iter()
            .map(|event| event.unwrap().kind)
            .collect();
        assert_eq!(
            kinds,
            [
                EngineEventKind::Created,
                EngineEventKind::Health(Health::Healthy),
                EngineEventKind::Died { exit_code: 137 },
            ]
        );
        let asked = fake.asked().pop().unwrap();
        assert_eq!(asked.query["since"], "5");
        let filters: Value = serde_json::from_str(&asked.query["filters"]).unwrap();
        assert_eq!(filters["label"], json!(["io.edfi-setup.deployment=school"]));
    }
}

#[tokio::test]
async fn events_that_cannot_be_had_are_one_error() {
    let (fake, engine) = connected().await;
    fake.answers
        .on(Method::GET, "/events", Reply::error(500, "out of order"));
    let events: Vec<_> = engine.events("x", None).collect().await;
    assert!(
        matches!(
            events.as_slice(),
            [Err(EngineError::Refused { status: 500, .. })]
        ),
        "{events:?}"
    );
}

fn listing(fake: &FakeEngine, containers: &Value) {
    let answers = &fake.answers;
    answers.on(
        Method::GET,
        "/containers/json",
        Reply::json(200, containers),
    );
    answers.on(Method::GET, "/networks", Reply::json(200, &json!([])));
    answers.on(
        Method::GET,
        "/volumes",
        Reply::json(200, &json!({ "Volumes": null })),
    );
}

#[tokio::test]
async fn words_of_a_newer_engine_hide_nothing() {
    let (fake, engine) = connected().await;
    listing(
        &fake,
        &json!([{ "Id": "c1", "Names": ["/db"], "State": "hibernating" },
                { "Id": "c2", "Names": ["/api"], "State": "running" },
                { "Id": "c3", "Names": ["/gone"] }]),
    );
    let strange = json!({
        "Id": "c1", "Name": "/db", "Image": "sha256:1", "Config": { "Image": "db:1", "Labels": null },
        "State": { "Status": "hibernating", "Running": true, "Health": { "Status": "dreaming", "Log": null } },
        "HostConfig": { "CgroupnsMode": "new", "PortBindings": { "53/udp": [{ "HostPort": "53" }],
            "80/tcp": [{ "HostIp": "", "HostPort": "8080" }], "81/tcp": null } },
    });
    fake.answers.on(
        Method::GET,
        "/containers/c1/json",
        Reply::json(200, &strange),
    );
    let plain =
        json!({ "Id": "c2", "Name": "/api", "State": { "Status": "exited", "ExitCode": 1 } });
    fake.answers
        .on(Method::GET, "/containers/c2/json", Reply::json(200, &plain));
    let observed = engine.observe("x").await.unwrap();
    // c3 was removed between the list and the look at it.
    assert_eq!(
        observed.containers.keys().collect::<Vec<_>>(),
        ["api", "db"]
    );
    let state = &observed.containers["db"].state;
    assert_eq!((state.phase, state.health), (Phase::Running, Health::None));
    assert_eq!(state.ports.len(), 1);
    assert_eq!(
        (state.ports[0].host_ip.as_str(), state.ports[0].host_port),
        ("0.0.0.0", 8080)
    );
    assert_eq!(observed.containers["api"].state.exit_code, Some(1));
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_names_its_container() {
    let (fake, engine) = connected().await;
    listing(&fake, &json!([{ "Id": "c1", "Names": ["/db"] }]));
    for (reply, expected) in [
        (Reply::json(200, &json!({ "State": 7 })), "understood"),
        (Reply::error(500, "layer is missing"), "layer is missing"),
        (Reply::text(200, "{").then(Piece::Cut), "broke"),
    ] {
        fake.answers.on(Method::GET, "/containers/c1/json", reply);
        let error = engine.observe("x").await.unwrap_err().to_string();
        assert!(error.contains("container db"), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

fn container() -> ContainerSpec {
    ContainerSpec {
        name: "db".into(),
        image: IMAGE.into(),
        env: BTreeMap::from([("PASSWORD".to_owned(), Secret::new("hunter2"))]),
        labels: BTreeMap::new(),
        entrypoint: None,
        command: None,
        user: None,
        mounts: Vec::new(),
        ports: Vec::new(),
        network: "net".into(),
        aliases: Vec::new(),
        health: None,
        restart: Restart::No,
        log_driver: String::new(),
        log_options: BTreeMap::new(),
        init: false,
        stop_grace: Duration::from_millis(1),
    }
}

#[tokio::test]
async fn what_the_engine_refuses_is_told_apart() {
    let (fake, engine) = connected().await;
    let start = async |message: &str| {
        fake.answers.on(
            Method::POST,
            "/containers/db/start",
            Reply::error(500, message),
        );
        engine.start("db").await.unwrap_err()
    };
    for message in [
        "driver failed programming external connectivity on endpoint db-1 (0f:80): Bind for 0.0.0.0:8443 failed: port is already allocated",
        "driver failed programming external connectivity on endpoint db (ab12): Error starting userland proxy: listen tcp4 0.0.0.0:8443: bind: address already in use",
        "failed to set up container networking: driver failed programming external connectivity on endpoint db (a): failed to bind host port for 127.0.0.1:8443:172.18.0.2:443/tcp: address already in use",
        "failed to bind host port 0.0.0.0:8443/tcp: address already in use",
        "Ports are not available: exposing port TCP 0.0.0.0:8443 -> 127.0.0.1:0: listen tcp 0.0.0.0:8443: bind: Only one usage of each socket address is normally permitted.",
        "rootlessport listen tcp [::]:8443: bind: address already in use",
        "cannot listen on the TCP port: listen tcp4 :8443: bind: address already in use",
    ] {
        let error = start(message).await;
        assert!(
            matches!(error, EngineError::PortBusy { port: 8443, .. }),
            "{message}: {error:?}"
        );
    }
    let full = start("mkdir /var/lib/docker/overlay2/x: no space left on device").await;
    assert!(matches!(full, EngineError::DiskFull { .. }), "{full:?}");
    let other = start("OCI runtime create failed: exec: \"x\": permission denied").await;
    assert!(
        matches!(&other, EngineError::Refused { status: 500, operation, .. } if operation == "start container db"),
        "{other:?}"
    );
    let missing = engine.inspect("db").await.unwrap_err();
    assert!(matches!(&missing, EngineError::NotFound { what } if what == "container db"));

    fake.answers.on(
        Method::POST,
        "/containers/create",
        Reply::error(
            409,
            "Conflict. The container name \"/db\" is already in use by container \"ab\".",
        ),
    );
    let taken = engine.create_container(&container()).await.unwrap_err();
    assert!(
        matches!(&taken, EngineError::NameTaken { name, .. } if name == "db"),
        "{taken:?}"
    );
    let podmans = "creating container storage: the container name \"db\" is already in use by 7f. You have \
                   to remove that container to be able to reuse that name: that name is already in use";
    fake.answers.on(
        Method::POST,
        "/containers/create",
        Reply::error(500, podmans),
    );
    let taken = engine.create_container(&container()).await.unwrap_err();
    assert!(matches!(taken, EngineError::NameTaken { .. }), "{taken:?}");
}

#[tokio::test]
async fn errors_do_not_repeat_what_was_secret() {
    let (fake, engine) = connected().await;
    for reply in [
        Reply::error(500, "out of order"),
        Reply::text(201, "nonsense"),
        Reply::text(201, "{").then(Piece::Cut),
    ] {
        fake.answers.on(Method::POST, "/containers/create", reply);
        let spec = container();
        let error = engine.create_container(&spec).await.unwrap_err();
        let said = format!("{error} {error:?} {spec:?} {engine:?}");
        assert!(!said.contains("hunter2"), "{said}");
        let body = fake.asked().pop().unwrap().body;
        assert!(String::from_utf8_lossy(&body).contains("hunter2"));
    }
}

#[tokio::test]
async fn a_container_is_described_in_words_that_every_version_knows() {
    let (fake, engine) = connected().await;
    fake.answers.on(
        Method::POST,
        "/containers/create",
        Reply::json(201, &json!({ "Id": "c1", "Warnings": [] })),
    );
    let mut spec = container();
    spec.health = Some(edfi_setup::engine::HealthCheck {
        command: vec!["/bin/true".into()],
        interval: Duration::from_millis(1500),
        timeout: Duration::from_secs(3),
        start_period: Duration::from_mins(1),
        retries: 3,
    });
    engine.create_container(&spec).await.unwrap();
    let body: Value = serde_json::from_slice(&fake.asked().pop().unwrap().body).unwrap();
    assert_eq!(
        body["Healthcheck"],
        json!({ "Test": ["CMD", "/bin/true"], "Interval": 1_500_000_000_u64, "Timeout": 3_000_000_000_u64,
                "StartPeriod": 60_000_000_000_u64, "Retries": 3 })
    );
    // A grace of a moment is a second, never none at all.
    assert_eq!(body["StopTimeout"], 1);
    assert_eq!(body["HostConfig"]["NetworkMode"], "net");
    assert_eq!(body["HostConfig"].get("LogConfig"), None);
    assert_eq!(body["HostConfig"].get("Ulimits"), None);
}

#[tokio::test]
async fn podman_gets_limits_that_it_may_set() {
    let fake = FakeEngine::start(Script::default());
    let version = json!({ "Version": "4.3.1", "ApiVersion": "1.41", "MinAPIVersion": "1.24",
                          "Components": [{ "Name": "Podman Engine" }] });
    fake.answers
        .on(Method::GET, "/version", Reply::json(200, &version));
    fake.answers.on(
        Method::POST,
        "/containers/create",
        Reply::json(201, &json!({ "Id": "c1" })),
    );
    let engine = DockerEngine::connect(&fake.environment()).await.unwrap();
    engine.create_container(&container()).await.unwrap();
    let body: Value = serde_json::from_slice(&fake.asked().pop().unwrap().body).unwrap();
    assert_eq!(body["HostConfig"]["Ulimits"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_engine_that_dies_in_the_middle_is_a_broken_connection() {
    let (fake, engine) = connected().await;
    let cut = || Reply::text(200, "[").then(Piece::Cut);
    fake.answers.on(Method::GET, "/containers/json", cut());
    fake.answers.on(
        Method::GET,
        "/containers/db/logs",
        Reply::lines(&[]).then(Piece::Cut),
    );
    let ports = engine.published_ports().await;
    assert!(
        matches!(ports, Err(EngineError::Broken { .. })),
        "{ports:?}"
    );
    let log: Vec<_> = engine.logs("db", &LogOptions::default()).collect().await;
    assert!(
        matches!(log.as_slice(), [Err(EngineError::Broken { .. })]),
        "{log:?}"
    );
    let environment = fake.environment();
    drop(fake);
    let gone = engine.published_ports().await;
    assert!(
        matches!(gone, Err(EngineError::Unreachable { .. })),
        "{gone:?}"
    );
    let exec = ExecSpec {
        command: vec!["x".into()],
        stdin: None,
        user: None,
    };
    let gone = engine.exec("db", &exec, &|_, _| {}).await;
    assert!(
        matches!(gone, Err(EngineError::Unreachable { .. })),
        "{gone:?}"
    );
    DockerEngine::connect(&environment).await.unwrap_err();
}

#[tokio::test]
async fn networks_and_volumes_of_strangers_are_not_ours() {
    let (fake, engine) = connected().await;
    fake.answers.on(
        Method::POST,
        "/networks/create",
        Reply::error(409, "network with name net already exists"),
    );
    fake.answers.on(
        Method::GET,
        "/networks/net",
        Reply::json(200, &json!({ "Id": "n1", "Labels": null })),
    );
    let network = NetworkSpec {
        name: "net".into(),
        labels: BTreeMap::new(),
    };
    let taken = engine.create_network(&network).await;
    assert!(
        matches!(taken, Err(EngineError::NameTaken { .. })),
        "{taken:?}"
    );
    fake.answers.on(
        Method::POST,
        "/volumes/create",
        Reply::error(500, "no space left on device"),
    );
    let volume = VolumeSpec {
        name: "v".into(),
        labels: BTreeMap::new(),
    };
    let full = engine.create_volume(&volume).await;
    assert!(
        matches!(full, Err(EngineError::DiskFull { .. })),
        "{full:?}"
    );
    for removed in [
        engine.remove_volume("v").await,
        engine.remove_network("net").await,
    ] {
        removed.unwrap();
    }
}

#[tokio::test]
async fn the_engines_proxy_is_told_without_its_password() {
    let (fake, engine) = connected().await;
    for (said, told) in [
        (
            "http://ann:s3cret@proxy.example:3128",
            Some("http://proxy.example:3128"),
        ),
        ("proxy.example:3128", Some("proxy.example:3128")),
        ("", None),
    ] {
        fake.answers.on(
            Method::GET,
            "/info",
            Reply::json(200, &json!({ "HttpsProxy": said })),
        );
        assert_eq!(engine.info().await.unwrap().https_proxy.as_deref(), told);
    }
}

// --- checks ----------------------------------------------------------------------------------

#[tokio::test]
async fn checks_ask_the_engine_and_this_computer() {
    use edfi_setup::checks::{Needs, WantedPort, gather, judge};
    let (fake, engine) = connected().await;
    let local = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let held = local.local_addr().unwrap().port();
    let later = std::time::SystemTime::now() + Duration::from_hours(1);
    let later = later
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let time = jiff::Timestamp::from_second(i64::try_from(later).unwrap()).unwrap();
    let info = json!({ "MemTotal": 1_u64 << 30, "DockerRootDir": "/no/such/folder", "SystemTime": time.to_string() });
    fake.answers
        .on(Method::GET, "/info", Reply::json(200, &info));
    let containers = json!([
        { "Id": "c1", "Names": ["/web"], "Labels": { "io.edfi-setup.deployment": "school" },
          "Ports": [{ "IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 64001, "Type": "tcp" }] },
        { "Id": "c2", "Names": ["/other"], "Labels": null,
          "Ports": [{ "IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 64002, "Type": "tcp" },
                    { "IP": "0.0.0.0", "PrivatePort": 53, "PublicPort": 64003, "Type": "udp" }] }
    ]);
    fake.answers.on(
        Method::GET,
        "/containers/json",
        Reply::json(200, &containers),
    );
    fake.answers.on(
        Method::GET,
        "/images/here:1/json",
        Reply::json(200, &json!({ "Id": "i" })),
    );
    let wanted = |port| WantedPort {
        address: "127.0.0.1".parse().unwrap(),
        port,
    };
    let needs = Needs {
        deployment: "school".into(),
        memory_bytes: 8 << 30,
        disk_bytes: 1 << 30,
        ports: vec![wanted(64001), wanted(64002), wanted(held)],
        images: vec!["here:1".into(), "there:1".into(), "nowhere:1".into()],
    };
    let facts = gather(Ok(&engine), &needs, |name| async move {
        if name == "there:1" {
            return Ok(());
        }
        Err(EngineError::Pull {
            reference: name,
            fault: PullFault::NoSuchTag {
                reason: "manifest unknown".into(),
            },
        })
    })
    .await;
    let findings = judge(&facts, &needs);
    let rows: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {}", finding.mark(), finding.subject))
        .collect();
    assert_eq!(
        rows,
        [
            "✓ container engine".to_owned(),
            "✗ memory".to_owned(),
            "! clock".to_owned(),
            "✓ port 64001".to_owned(),
            "✗ port 64002".to_owned(),
            format!("✗ port {held}"),
            "✓ image here:1".to_owned(),
            "✓ image there:1".to_owned(),
            "✗ image nowhere:1".to_owned(),
        ]
    );
    let said = &findings[5].diagnostic.message;
    let ours = format!("process {}", std::process::id());
    assert!(said.contains(&ours), "{said}");
    let gone = gather(
        Err::<&DockerEngine, _>(EngineError::NoRights {
            socket: "/x".into(),
        }),
        &needs,
        |_| async { Ok(()) },
    )
    .await;
    assert_eq!(judge(&gone, &needs)[0].diagnostic.code, "C-1002");
}
