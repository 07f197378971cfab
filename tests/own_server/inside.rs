//! What is asked behind the login.

use edfi_setup::server::test::{Kind, Stage, Verdict, Wanted, Whose};

use crate::world::{OWNER, Server, blocked, look, look_for, says, wanted};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_server_and_the_databases_on_it() {
    let server = Server::start("databases").await;
    let fields = server.fields();

    let good = look(&fields).await;
    assert!(good.is_ready(), "{good:#?}");
    let rights = good.knowledge.rights.as_ref().unwrap();
    assert!(rights.create_databases && !rights.superuser && !rights.create_roles);
    let clock = good.knowledge.clock_ahead_millis.unwrap();
    assert!(clock.abs() < 2_000, "{clock}");
    assert_eq!(good.knowledge.own_locale, Some(true));
    assert_eq!(good.row(Stage::Latency).unwrap().verdict, Verdict::Ok);

    // Ed-Fi's own databases are found by their tables, and stay.
    let found = |name: &str| {
        good.knowledge
            .existing
            .iter()
            .find(|database| database.name == name)
            .unwrap()
    };
    assert_eq!(
        (found("EdFi_Admin").kind, found("EdFi_Admin").whose),
        (Some(Kind::Admin), Whose::Others)
    );
    assert_eq!(found("EdFi_Security").kind, Some(Kind::Security));
    assert_eq!(good.row(Stage::Databases).unwrap().verdict, Verdict::Note);
    let in_the_way = Wanted {
        databases: vec!["EdFi_Admin".to_owned()],
        ..wanted()
    };
    let report = look_for(&fields, &in_the_way).await;
    says(
        blocked(&report, Stage::Databases),
        &[
            "EdFi_Admin",
            "never overwritten",
            "RENAME TO \"EdFi_Admin_old\"",
        ],
    );
    server
        .sql("COMMENT ON DATABASE \"EdFi_Admin\" IS 'edfi-setup: complete';")
        .await;
    let report = look_for(&fields, &in_the_way).await;
    says(
        report.row(Stage::Databases).unwrap(),
        &["made by this tool"],
    );
    assert!(report.is_ready(), "{report:#?}");

    // An ODS tells its data standard, and nothing in it is run for that.
    server.sql("CREATE DATABASE \"EdFi_Ods_2027\";").await;
    server
        .sql_in(
            "EdFi_Ods_2027",
            "CREATE SCHEMA edfi; CREATE TABLE edfi.school (id int); CREATE SCHEMA util; CREATE TABLE util.trap (id int);
             CREATE FUNCTION util.getedfistandardversion() RETURNS varchar LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO util.trap VALUES (1); RETURN '5.2'; END $$;
             GRANT USAGE ON SCHEMA util TO PUBLIC; GRANT ALL ON util.trap TO PUBLIC;",
        )
        .await;
    let report = look(&fields).await;
    says(
        blocked(&report, Stage::Databases),
        &["an Ed-Fi ODS, data standard 5.2; owner dba"],
    );
    assert_eq!(
        server
            .sql_in("EdFi_Ods_2027", "SELECT count(*) FROM util.trap;")
            .await,
        "0"
    );
    server.sql("DROP DATABASE \"EdFi_Ods_2027\";").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_old_a_server_and_too_few_rights() {
    let server = Server::start("rights").await;
    let fields = server.fields();
    let newer = Wanted {
        release: "9.9".to_owned(),
        postgres_major: 99,
        ..wanted()
    };
    let report = look_for(&fields, &newer).await;
    says(
        blocked(&report, Stage::Version),
        &["too old", "ODS/API 9.9 needs 99"],
    );
    assert_eq!(
        report.row(Stage::Clock).unwrap().verdict,
        Verdict::Ok,
        "the rest is asked all the same"
    );

    // Rights: the SQL that is handed over is the one that helps.
    server.sql(&format!("ALTER ROLE {OWNER} NOCREATEDB;")).await;
    let report = look(&fields).await;
    let sql = blocked(&report, Stage::Rights)
        .hand_over
        .clone()
        .unwrap()
        .text;
    server.sql(&sql).await;
    assert_ne!(
        look(&fields).await.row(Stage::Rights).unwrap().verdict,
        Verdict::Block
    );
    server
        .sql(&format!(
            "CREATE ROLE rds_superuser; ALTER ROLE {OWNER} VALID UNTIL 'infinity';"
        ))
        .await;
    says(
        look(&fields).await.row(Stage::Rights).unwrap(),
        &["a managed server: rds_superuser"],
    );
}

/// By each of the ways to get there; what is handed over ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_server_and_a_standby() {
    let mut server = Server::start("read-only").await;
    let fields = server.fields();
    for sql in [
        format!("ALTER ROLE {OWNER} SET default_transaction_read_only = on;"),
        "ALTER DATABASE postgres SET default_transaction_read_only = on;".to_owned(),
        format!("ALTER ROLE {OWNER} IN DATABASE postgres SET default_transaction_read_only = on;"),
        "ALTER SYSTEM SET default_transaction_read_only = on;".to_owned(),
    ] {
        server.sql(&sql).await;
        server.reload().await;
        let report = look(&fields).await;
        let cure = blocked(&report, Stage::Writes)
            .hand_over
            .clone()
            .unwrap()
            .text;
        server
            .sql(&format!("SET default_transaction_read_only = off; {cure}"))
            .await;
        let report = look(&fields).await;
        assert_eq!(
            report.row(Stage::Writes).unwrap().verdict,
            Verdict::Ok,
            "{sql} {cure}"
        );
    }

    // A standby.
    let (code, words) = server
        .exec(&["touch", "/var/lib/postgresql/data/standby.signal"])
        .await;
    assert_eq!(code, 0, "{words}");
    server.restart().await;
    let report = look(&server.fields()).await;
    says(blocked(&report, Stage::Writes), &["a standby", "primary"]);
}
