//! Every mode of TLS against every kind of certificate, on a real server.

use edfi_setup::server::test::{Report, Stage, Verdict};
use edfi_setup::server::{Fields, TlsMode};

use crate::certificates::{Authority, Files, Pair, self_signed};
use crate::world::{OWNER, Server, blocked, look, says};

const MODES: [TlsMode; 5] = TlsMode::ALL;

/// Lets the server show this, and believe this authority's clients.
async fn show(server: &Server, pair: &Pair, clients: &str) {
    server.place("server.crt", &pair.certificate).await;
    server.place("server.key", &pair.key).await;
    server.place("clients.crt", clients).await;
    server.sql("ALTER SYSTEM SET ssl = on;").await;
    server
        .sql("ALTER SYSTEM SET ssl_ca_file = 'clients.crt';")
        .await;
    server.reload().await;
}

fn with(server: &Server, host: &str, mode: TlsMode, authority: Option<&str>) -> Fields {
    Fields {
        host: Some(host.to_owned()),
        tls: Some(mode.word().to_owned()),
        authority: authority.filter(|_| mode.verifies()).map(str::to_owned),
        ..server.fields()
    }
}

/// Verdict of the TLS row in every mode.
async fn verdicts(server: &Server, host: &str, authority: Option<&str>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for mode in MODES {
        let report = look(&with(server, host, mode, authority)).await;
        let verdict = report.row(Stage::Tls).unwrap().verdict;
        if verdict == Verdict::Block {
            blocked(&report, Stage::Tls);
        } else {
            assert_eq!(
                report.row(Stage::Login).unwrap().verdict,
                Verdict::Ok,
                "{report:#?}"
            );
        }
        verdicts.push(verdict);
    }
    verdicts
}

fn shown(report: &Report) -> &edfi_setup::server::tls::Shown {
    report.knowledge.certificate.as_ref().unwrap()
}

/// A server, and two authorities of which only one is the right one.
struct Scene {
    server: Server,
    files: Files,
    district: Authority,
    other: Authority,
    right: String,
}

impl Scene {
    async fn new(test: &str) -> Self {
        let files = Files::new();
        let district = Authority::new("District CA");
        let right = files.write("district.pem", &district.pem());
        Self {
            server: Server::start(test).await,
            files,
            district,
            other: Authority::new("Other CA"),
            right,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mode_with_the_right_and_the_wrong_authority() {
    use Verdict::{Block, Note, Ok};
    let Scene {
        server,
        files,
        district,
        other,
        right,
    } = Scene::new("authority").await;
    let wrong = files.write("other.pem", &other.pem());

    // No TLS at all.
    assert_eq!(
        verdicts(&server, "127.0.0.1", Some(&right)).await,
        [Note, Note, Block, Block, Block]
    );
    let none = look(&with(
        &server,
        "127.0.0.1",
        TlsMode::VerifyFull,
        Some(&right),
    ))
    .await;
    says(
        blocked(&none, Stage::Tls),
        &["offers no TLS", "ssl = on", "no password"],
    );

    // The right one.
    let good = district.server(&["127.0.0.1", "localhost"], "db.district.test", 214);
    show(&server, &good, &district.pem()).await;
    assert_eq!(
        verdicts(&server, "127.0.0.1", Some(&right)).await,
        [Note, Note, Note, Note, Ok]
    );
    let verified = look(&with(
        &server,
        "localhost",
        TlsMode::VerifyFull,
        Some(&right),
    ))
    .await;
    says(
        verified.row(Stage::Tls).unwrap(),
        &["verified (TLS 1.3)", "District CA", "ends in 214 days"],
    );
    // The server itself says that it is encrypted.
    let encrypted = server
        .sql(&format!("SELECT count(*) FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.usename = '{OWNER}' AND NOT s.ssl;"))
        .await;
    assert_eq!(encrypted, "0");

    // An authority that is not believed: the given one, and this computer's own.
    assert_eq!(
        verdicts(&server, "127.0.0.1", Some(&wrong)).await,
        [Note, Note, Note, Block, Block]
    );
    assert_eq!(
        verdicts(&server, "127.0.0.1", None).await,
        [Note, Note, Note, Block, Block]
    );
    let unknown = look(&with(
        &server,
        "127.0.0.1",
        TlsMode::VerifyFull,
        Some(&wrong),
    ))
    .await;
    says(
        blocked(&unknown, Stage::Tls),
        &[
            "District CA",
            "other.pem",
            "CA certificate (PEM)",
            "no password",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mode_with_a_wrong_name_and_a_wrong_time() {
    use Verdict::{Block, Note, Warn};
    let Scene {
        server,
        district,
        other,
        right,
        files: _files,
    } = Scene::new("name").await;
    let elsewhere = district.server(&["db.elsewhere.test"], "db.elsewhere.test", 300);
    show(&server, &elsewhere, &district.pem()).await;
    assert_eq!(
        verdicts(&server, "127.0.0.1", Some(&right)).await,
        [Note, Note, Note, Note, Block]
    );
    let named = look(&with(
        &server,
        "localhost",
        TlsMode::VerifyFull,
        Some(&right),
    ))
    .await;
    says(
        blocked(&named, Stage::Tls),
        &[
            "it is for db.elsewhere.test",
            "not for localhost",
            "subject alternative name",
        ],
    );

    // Its time is over, or soon will be.
    show(
        &server,
        &district.server(&["127.0.0.1"], "db", -3),
        &district.pem(),
    )
    .await;
    assert_eq!(
        verdicts(&server, "127.0.0.1", Some(&right)).await,
        [Note, Note, Note, Block, Block]
    );
    let expired = look(&with(&server, "127.0.0.1", TlsMode::VerifyCa, Some(&right))).await;
    says(blocked(&expired, Stage::Tls), &["it ended on", "renew"]);
    show(
        &server,
        &district.server(&["127.0.0.1"], "db", 10),
        &district.pem(),
    )
    .await;
    assert_eq!(
        verdicts(&server, "127.0.0.1", Some(&right)).await,
        [Note, Note, Note, Warn, Warn]
    );

    // Expired and unknown: what matters more comes first.
    show(
        &server,
        &other.server(&["127.0.0.1"], "db", -3),
        &district.pem(),
    )
    .await;
    let both = look(&with(
        &server,
        "127.0.0.1",
        TlsMode::VerifyFull,
        Some(&right),
    ))
    .await;
    says(blocked(&both, Stage::Tls), &["Other CA"]);
}

/// With itself as CA file, and named only in its title.
#[tokio::test(flavor = "multi_thread")]
async fn every_mode_with_a_certificate_that_signed_itself() {
    use Verdict::Note;
    let Scene {
        server,
        files,
        district,
        right,
        ..
    } = Scene::new("itself").await;
    let own = self_signed("localhost");
    show(&server, &own, &district.pem()).await;
    let itself = files.write("own.pem", &own.certificate);
    assert_eq!(
        verdicts(&server, "localhost", Some(&itself)).await,
        [Note, Note, Note, Note, Note]
    );
    let report = look(&with(
        &server,
        "localhost",
        TlsMode::VerifyFull,
        Some(&itself),
    ))
    .await;
    assert!(shown(&report).name_only_in_title && shown(&report).distrust.is_none());
    let stranger = look(&with(
        &server,
        "localhost",
        TlsMode::VerifyFull,
        Some(&right),
    ))
    .await;
    says(blocked(&stranger, Stage::Tls), &["signed by itself"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn client_certificates() {
    let server = Server::start("client").await;
    let files = Files::new();
    let (district, other) = (Authority::new("District CA"), Authority::new("Other CA"));
    let authority = files.write("district.pem", &district.pem());
    show(
        &server,
        &district.server(&["127.0.0.1"], "db", 100),
        &district.pem(),
    )
    .await;
    let fields = |name: &str, pair: Option<&Pair>| {
        let file = |suffix: &str, text: &str| files.write(&format!("{name}.{suffix}"), text);
        Fields {
            certificate: pair.map(|pair| file("crt", &pair.certificate)),
            key: pair.map(|pair| file("key", &pair.key)),
            ..with(&server, "127.0.0.1", TlsMode::VerifyFull, Some(&authority))
        }
    };

    server
        .let_in("hostssl all all all scram-sha-256 clientcert=verify-ca")
        .await;
    let missing = look(&fields("none", None)).await;
    says(blocked(&missing, Stage::Login), &["client certificate"]);
    let good = look(&fields("good", Some(&district.client(OWNER)))).await;
    assert_eq!(
        good.row(Stage::Login).unwrap().verdict,
        Verdict::Ok,
        "{good:#?}"
    );
    let wrong = look(&fields("wrong", Some(&other.client(OWNER)))).await;
    says(
        blocked(&wrong, Stage::Login),
        &["does not accept the client certificate", "ssl_ca_file"],
    );

    // The certificate alone is the login, and its name has to be the role's.
    server.let_in("hostssl all all all cert").await;
    let mut alone = fields("alone", Some(&district.client(OWNER)));
    alone.password = None;
    assert_eq!(
        look(&alone).await.row(Stage::Login).unwrap().verdict,
        Verdict::Ok
    );
    let mut named = fields("named", Some(&district.client("somebody")));
    named.password = None;
    says(
        blocked(&look(&named).await, Stage::Login),
        &["client certificate", "common name"],
    );
}
