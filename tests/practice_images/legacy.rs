//! The images of ODS/API 6.2 on a real engine.

use edfi_setup::practice::Role;
use tokio::sync::OnceCell;

use super::conversation::{PLAIN, names};
use super::{Lab, Set};

static SIX: Set = Set {
    release: "6.2.0",
    data_standard: "4.0.0",
    images: &[
        (Role::DbAdmin, "edfialliance/ods-api-db-admin:v2.3.5"),
        (Role::DbOdsMinimal, "edfialliance/ods-api-db-ods:v2.3.5"),
        (Role::DbOdsSandbox, "edfialliance/ods-api-db-sandbox:v2.3.5"),
        (Role::WebApi, "edfialliance/ods-api-web-api:v2.3.5"),
        (
            Role::SandboxAdmin,
            "edfialliance/ods-api-web-sandbox-admin:v2.3.5",
        ),
        (Role::Swagger, "edfialliance/ods-api-web-swaggerui:v2.3.5"),
    ],
    user: "postgres",
    made: OnceCell::const_new(),
};

const SCHOOLS: &str = "/api/data/v3/ed-fi/schools";
const TOKEN: &str = "/api/oauth/token";

async fn databases() -> Lab {
    let lab = Lab::with(&SIX).await;
    lab.plain_database("admin", Role::DbAdmin, &[]).await;
    lab.plain_database("ods", Role::DbOdsMinimal, &["TPDM_ENABLED=true"])
        .await;
    lab
}

/// More databases from the template that the image has left, each with a school of its name.
async fn clone(lab: &Lab, names: &[&str]) {
    for name in names {
        let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE \"EdFi_Ods_Minimal_Template\"");
        lab.run("ods", "postgres", &sql).await;
        lab.school(name, name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_keeps_the_shared_ods_all_years_and_all_districts() {
    let lab = databases().await;
    lab.school("EdFi_Ods", "EdFi_Ods").await;
    let more = [
        "EdFi_Ods_2026",
        "EdFi_Ods_2027",
        "EdFi_Ods_255901",
        "EdFi_Ods_255902",
    ];
    clone(&lab, &more).await;
    for (key, organizations) in [
        ("one", &[255_901][..]),
        ("two", &[255_902]),
        ("none", &[]),
        ("both", &[255_901, 255_902]),
    ] {
        lab.client("EdFi_Admin", key, organizations, "").await;
    }
    // No row of an instance decides anything.
    let rows = lab.run(
        "admin",
        "EdFi_Admin",
        "SELECT count(*) FROM dbo.odsinstances",
    );
    assert_eq!(rows.await, "0");
    for (part, mode, tpdm) in [
        ("shared", "SharedInstance", "true"),
        ("years", "YearSpecific", "true"),
        ("districts", "districtSpecific", ""),
    ] {
        lab.create_api(part, &[("API_MODE", mode), ("TPDM_ENABLED", tpdm)])
            .await;
        lab.start_api(part).await;
    }
    shared(&lab).await;
    years(&lab).await;
    districts(&lab).await;
    // The health check looks at EdFi_Admin only.
    lab.stop("ods").await;
    let token = lab.token("shared", TOKEN, "one").await;
    assert_eq!(lab.get("shared", "/health", "").await.0, 200);
    assert_eq!(lab.get("shared", "/api/health", "").await.0, 200);
    assert_eq!(lab.get("shared", SCHOOLS, &token).await.0, 500);
    lab.stop("admin").await;
    assert_eq!(lab.get("shared", "/health", "").await.0, 503);
}

async fn discovery(lab: &Lab, part: &str) -> serde_json::Value {
    let (status, text) = lab.get(part, "/api", "").await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn shared(lab: &Lab) {
    let found = discovery(lab, "shared").await;
    assert_eq!(
        (&found["version"], &found["apiMode"]),
        (&"6.2".into(), &"Shared Instance".into())
    );
    assert_eq!(
        found["urls"]["dataManagementApi"],
        "http://127.0.0.1/api/data/v3/"
    );
    // Everybody gets the same, whatever the education organizations.
    for key in ["one", "two", "none", "both"] {
        let token = lab.token("shared", TOKEN, key).await;
        assert_eq!(
            names(&lab.get("shared", SCHOOLS, &token).await),
            ["EdFi_Ods"]
        );
        let year = lab
            .get("shared", "/api/data/v3/2027/ed-fi/schools", &token)
            .await;
        assert_eq!(year.0, 404);
    }
    assert_eq!(lab.ask_token("shared", TOKEN, "one", "wrong").await.0, 401);
    assert_eq!(
        lab.get("shared", SCHOOLS, "0123456789abcdef0123456789abcdef")
            .await
            .0,
        401
    );
    // The image brings an extension.
    assert_eq!(found["dataModels"][1]["name"], "TPDM");
    let token = lab.token("shared", TOKEN, "one").await;
    let candidates = lab
        .get("shared", "/api/data/v3/tpdm/candidates", &token)
        .await;
    assert_eq!(candidates, (200, "[]".to_owned()));
    // The secret stays as it is: the image's settings say so.
    let plain =
        "SELECT count(*) FROM dbo.apiclients WHERE secret = 'secret' AND NOT secretishashed";
    assert_eq!(lab.run("admin", "EdFi_Admin", plain).await, "4");
}

async fn years(lab: &Lab) {
    let found = discovery(lab, "years").await;
    assert_eq!(found["urls"]["oauth"], "http://127.0.0.1/api/oauth/token");
    let address = found["urls"]["dataManagementApi"].as_str().unwrap();
    let year = address
        .strip_prefix("http://127.0.0.1/api/data/v3/")
        .unwrap();
    assert!(year.len() == 4 && year.parse::<u32>().is_ok(), "{address}");
    let token = lab.token("years", TOKEN, "none").await;
    for year in ["2026", "2027"] {
        let path = format!("/api/data/v3/{year}/ed-fi/schools");
        let schools = lab.get("years", &path, &token).await;
        assert_eq!(names(&schools), [format!("EdFi_Ods_{year}")]);
        let (status, text) = lab.get("years", &format!("/api/metadata/{year}"), "").await;
        assert_eq!(status, 200);
        assert!(
            text.contains(&format!("/metadata/data/v3/{year}/resources/swagger.json")),
            "{text}"
        );
    }
    // No year, the order of release 7, a year before the token, and one without a database.
    for (path, expected) in [
        (SCHOOLS, 404),
        ("/api/2027/data/v3/ed-fi/schools", 404),
        ("/api/data/v3/2031/ed-fi/schools", 500),
    ] {
        assert_eq!(lab.get("years", path, &token).await.0, expected, "{path}");
    }
    let prefixed = lab
        .ask_token("years", "/api/2027/oauth/token", "one", "secret")
        .await;
    assert_eq!(prefixed.0, 404);
    assert!(lab.logs("years").await.contains("EdFi_Ods_2031"));
    // A new year needs a database and nothing else, not even a new start.
    clone(lab, &["EdFi_Ods_2028"]).await;
    let schools = lab
        .get("years", "/api/data/v3/2028/ed-fi/schools", &token)
        .await;
    assert_eq!(names(&schools), ["EdFi_Ods_2028"]);
}

async fn districts(lab: &Lab) {
    assert_eq!(
        discovery(lab, "districts").await["apiMode"],
        "District Specific"
    );
    let one = lab.token("districts", TOKEN, "one").await;
    let off = lab
        .get("districts", "/api/data/v3/tpdm/candidates", &one)
        .await;
    assert_eq!(off.0, 404);
    for (key, database) in [("one", "EdFi_Ods_255901"), ("two", "EdFi_Ods_255902")] {
        let token = lab.token("districts", TOKEN, key).await;
        assert_eq!(
            names(&lab.get("districts", SCHOOLS, &token).await),
            [database]
        );
    }
    for (key, why) in [
        ("none", "has no education"),
        ("both", "more than one education"),
    ] {
        // The token is given; only data has no place to come from.
        let token = lab.token("districts", TOKEN, key).await;
        assert_eq!(lab.get("districts", SCHOOLS, &token).await.0, 500, "{key}");
        assert!(lab.logs("districts").await.contains(why), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_mode_ends_the_start_and_a_host_may_follow_the_database() {
    let lab = databases().await;
    for (part, env) in [
        ("missing", &[][..]),
        ("unknown", &[("API_MODE", "SingleTenant")]),
    ] {
        let logs = lab.refused_api(part, env).await;
        assert!(logs.contains("NotSupportedException"), "{logs}");
    }
    // With {0} in the host every year has a server of its own name: there is none here.
    let host = ("ODS_POSTGRES_HOST", "EdFi_{0}");
    lab.client("EdFi_Admin", "one", &[255_901], "").await;
    lab.create_api("api", &[("API_MODE", "YearSpecific"), host])
        .await;
    lab.start_api("api").await;
    let token = lab.token("api", TOKEN, "one").await;
    let years = lab
        .get("api", "/api/data/v3/2027/ed-fi/schools", &token)
        .await;
    assert_eq!(years.0, 500);
    assert!(
        lab.logs("api")
            .await
            .contains("postgres@EdFi_Ods_2027:5432/EdFi_Ods_2027")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_have_the_name_asked_for_and_want_the_user_postgres() {
    let lab = Lab::with(&SIX).await;
    lab.plain_database(
        "ods",
        Role::DbOdsMinimal,
        &["ODS_DB=EdFi_Ods_2027", "TPDM_ENABLED=true"],
    )
    .await;
    let all = "SELECT string_agg(datname || ' ' || datallowconn, ', ' ORDER BY datname) FROM pg_database WHERE datname ~ 'EdFi'";
    assert_eq!(
        lab.run("ods", "postgres", all).await,
        "EdFi_Ods_2027 true, EdFi_Ods_Minimal_Template false"
    );
    let says = "SELECT util.getedfiodsversion(), count(*) FROM tpdm.candidate";
    assert_eq!(lab.run("ods", "EdFi_Ods_2027", says).await, "6.2|0");

    lab.create("admin", Role::DbAdmin, |body| {
        body.env = Some(vec![
            "POSTGRES_USER=edfi".to_owned(),
            format!("POSTGRES_PASSWORD={PLAIN}"),
        ]);
    })
    .await;
    lab.start("admin").await;
    let ask = [
        "psql",
        "-U",
        "edfi",
        "-d",
        "EdFi_Admin",
        "-h",
        "127.0.0.1",
        "-Atc",
    ];
    let password = [format!("PGPASSWORD={PLAIN}")];
    let answer = async |sql| {
        lab.exec("admin", &password, &[&ask[..], &[sql]].concat())
            .await
    };
    lab.until("admin", || answer("SELECT 1")).await;
    let (code, text) = answer("SELECT 1 FROM dbo.apiclients").await;
    assert!(code != 0 && text.contains("does not exist"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sandboxes_are_found_by_the_clients_key() {
    let lab = Lab::with(&SIX).await;
    lab.plain_database("admin", Role::DbAdmin, &[]).await;
    lab.plain_database("ods", Role::DbOdsSandbox, &[]).await;
    let env = lab.api_env(&[
        ("ADMIN_USER", "admin@example.org"),
        ("ADMIN_PASSWORD", "pw"),
        ("MINIMAL_KEY", "small"),
        ("MINIMAL_SECRET", "secret"),
        ("POPULATED_KEY", "full"),
        ("POPULATED_SECRET", "secret"),
    ]);
    lab.create("sandboxes", Role::SandboxAdmin, |body| {
        body.env = Some(env.clone());
    })
    .await;
    lab.create("swagger", Role::Swagger, |body| body.env = Some(env))
        .await;
    lab.create_api("api", &[("API_MODE", "Sandbox")]).await;
    lab.start("sandboxes").await;
    lab.start("swagger").await;
    lab.start_api("api").await;
    lab.until("sandboxes", || async {
        let (status, page) = lab.get("sandboxes", "/admin/", "").await;
        let done = status == 200 && page.contains("The sandboxes are made.");
        (i64::from(!done), page)
    })
    .await;
    for (key, count) in [("small", 0), ("full", 3)] {
        let token = lab.token("api", TOKEN, key).await;
        assert_eq!(
            names(&lab.get("api", SCHOOLS, &token).await).len(),
            count,
            "{key}"
        );
    }
    assert_eq!(lab.get("swagger", "/health", "").await.0, 200);
    let (_, page) = lab.get("swagger", "/", "").await;
    assert!(
        page.contains("https://localhost/api/") && page.contains("\"full\""),
        "{page}"
    );
}
