//! Why nobody is let in: each reason has its own words.

use edfi_setup::deployment::Secret;
use edfi_setup::server::Fields;
use edfi_setup::server::test::{HandOverKind, Stage, Verdict};

use crate::world::{OWNER, PASSWORD, Server, blocked, look, says};

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_own_message() {
    let server = Server::start("login").await;
    let fields = server.fields();

    let wrong = look(&Fields {
        password: Some(Secret::new("not-it")),
        ..fields.clone()
    })
    .await;
    says(
        blocked(&wrong, Stage::Login),
        &["wrong password", OWNER, "\\password edfi_owner"],
    );
    let none = look(&Fields {
        password: None,
        ..fields.clone()
    })
    .await;
    says(
        blocked(&none, Stage::Login),
        &["asks for a password, and none was given"],
    );
    let database = look(&Fields {
        database: Some("No Such".to_owned()),
        ..fields.clone()
    })
    .await;
    says(
        blocked(&database, Stage::Login),
        &["no database No Such", "The login is good"],
    );
    let role = look(&Fields {
        user: Some("Nobody".to_owned()),
        ..fields.clone()
    })
    .await;
    says(
        blocked(&role, Stage::Login),
        &["or there is no role Nobody"],
    );

    server
        .sql("CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM PUBLIC;")
        .await;
    let closed = look(&Fields {
        database: Some("closed".to_owned()),
        ..fields.clone()
    })
    .await;
    says(
        blocked(&closed, Stage::Login),
        &["GRANT CONNECT ON DATABASE closed TO edfi_owner;"],
    );

    server
        .sql(&format!("ALTER ROLE {OWNER} CONNECTION LIMIT 0;"))
        .await;
    says(
        blocked(&look(&fields).await, Stage::Login),
        &["the role has all the connections"],
    );
    server
        .sql(&format!("ALTER ROLE {OWNER} CONNECTION LIMIT -1 NOLOGIN;"))
        .await;
    says(
        blocked(&look(&fields).await, Stage::Login),
        &["may not log in", "ALTER ROLE edfi_owner LOGIN;"],
    );
    server.sql(&format!("ALTER ROLE {OWNER} LOGIN;")).await;

    // Where no password is asked for, the server says that a role is missing.
    server.let_in("host all all all trust").await;
    let role = look(&Fields {
        user: Some("Nobody".to_owned()),
        ..fields.clone()
    })
    .await;
    says(
        blocked(&role, Stage::Login),
        &[
            "there is no role Nobody",
            "CREATE ROLE \"Nobody\" LOGIN CREATEDB;",
        ],
    );

    server.let_in("hostssl all all all scram-sha-256").await;
    let plain = look(&fields).await;
    let row = blocked(&plain, Stage::Login);
    says(row, &["pg_hba.conf", "was not looked at", "over TLS"]);
    let line = row.hand_over.as_ref().unwrap();
    assert_eq!(line.kind, HandOverKind::PgHba);

    // The line it gives really is the one that helps.
    server
        .let_in("host all all 192.0.2.1/32 scram-sha-256")
        .await;
    let refused = look(&fields).await;
    let line = blocked(&refused, Stage::Login).hand_over.clone().unwrap();
    server.let_in(&line.text).await;
    assert_eq!(
        look(&fields).await.row(Stage::Login).unwrap().verdict,
        Verdict::Ok
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_room_says_so() {
    let server = Server::start_with(
        "full",
        &["max_connections=8", "superuser_reserved_connections=2"],
    )
    .await;
    // Eight, less two for administrators.
    let free = 6;
    let report = look(&server.fields()).await;
    let row = report.row(Stage::Connections).unwrap();
    assert_eq!(row.verdict, Verdict::Block);
    assert_eq!(
        report.knowledge.free_connections,
        Some(free),
        "the test's own does not count"
    );
    says(
        row,
        &[
            "6 free of 8",
            "20 needed",
            "ALTER SYSTEM SET max_connections = 30",
        ],
    );

    let mut held = Vec::new();
    for _ in 0..free {
        let mut config = tokio_postgres::Config::new();
        config
            .host("127.0.0.1")
            .port(server.port)
            .user(OWNER)
            .password(PASSWORD)
            .dbname("postgres");
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        held.push((client, tokio::spawn(connection)));
    }
    let full = look(&server.fields()).await;
    says(
        blocked(&full, Stage::Login),
        &[
            "all connections of the server are in use",
            "pg_stat_activity",
        ],
    );
}
