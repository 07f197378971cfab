//! The API's stand-in of release 7.3.2 on a real engine, and what it stands upon: settings of PostgreSQL, a shared cache,
//! extensions, tenants.

use edfi_setup::practice::Role;

use super::conversation::{PLAIN, names};
use super::{Lab, PASSWORD};

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// An instance in release 7, of all clients.
fn instance(lab: &Lab, database: &str) -> String {
    let host = lab.named("ods");
    format!(
        "INSERT INTO dbo.odsinstances (name, instancetype, connectionstring)
         VALUES ('{database}', 'ODS', 'host={host};username={};password={PLAIN};database={database}');
         INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
         SELECT apiclientid, odsinstanceid FROM dbo.apiclients, dbo.odsinstances",
        lab.set.user
    )
}

/// A lab with both databases, one client `key`, and an instance.
async fn platform() -> Lab {
    let lab = Lab::new().await;
    lab.plain_database("admin", Role::DbAdmin, &[]).await;
    lab.plain_database("ods", Role::DbOdsMinimal, &[]).await;
    lab.client("EdFi_Admin", "key", &[255_901], &instance(&lab, "EdFi_Ods"))
        .await;
    lab.school("EdFi_Ods", "A school").await;
    lab
}

const ENCRYPTION: (&str, &str) = ("ODS_CONNECTION_STRING_ENCRYPTION_KEY", KEY);
const BASE: (&str, &str) = ("PATH_BASE", "api");
const SCHOOLS: &str = "/api/data/v3/ed-fi/schools";

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_takes_settings_as_arguments() {
    let lab = Lab::new().await;
    for (part, command) in [
        (
            "whole",
            &[
                "postgres",
                "-c",
                "shared_buffers=64MB",
                "-c",
                "max_connections=300",
            ][..],
        ),
        (
            "options",
            &["-c", "shared_buffers=64MB", "-c", "max_connections=300"],
        ),
    ] {
        lab.database(part, Role::DbAdmin, |body| {
            body.cmd = Some(command.iter().map(|word| (*word).to_owned()).collect());
        })
        .await;
        let shown = "SELECT current_setting('shared_buffers'), current_setting('max_connections')";
        assert_eq!(lab.answer(part, "postgres", shown).await, "64MB|300");
        lab.answer(part, "EdFi_Admin", "SELECT 1 FROM dbo.vendors")
            .await;
    }
    // A bad one ends it before it has made anything.
    lab.create("bad", Role::DbAdmin, |body| {
        body.env = Some(vec![format!("POSTGRES_PASSWORD={PASSWORD}")]);
        body.cmd = Some(["postgres", "-c", "no_such=1"].map(str::to_owned).to_vec());
    })
    .await;
    lab.start("bad").await;
    assert_ne!(lab.ends("bad").await, 0);
    assert!(lab.logs("bad").await.contains("no_such"));
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_kept_in_a_cache_that_wants_a_password() {
    let lab = platform().await;
    let on = [
        ENCRYPTION,
        BASE,
        ("ApiSettings__Caching__ExternalCacheProvider", "Redis"),
        (
            "ApiSettings__Caching__ApiClientDetails__UseExternalCache",
            "true",
        ),
        (
            "ApiSettings__Caching__Descriptors__UseExternalCache",
            "true",
        ),
    ];
    let logs = lab.refused_api("without", &on).await;
    assert!(
        logs.contains("ApiSettings:Services:Redis:Configuration"),
        "{logs}"
    );

    lab.create("cache", Role::Cache, |body| {
        let command = ["redis-server", "/usr/local/etc/redis/redis.conf"];
        body.cmd = Some(command.map(str::to_owned).to_vec());
    })
    .await;
    let conf = "requirepass cache-secret\nmaxmemory 16mb\nmaxmemory-policy allkeys-lru\n";
    lab.upload("cache", &[("usr/local/etc/redis/redis.conf", conf)])
        .await;
    lab.start("cache").await;
    let ask = async |words: &[&str]| {
        let command = [
            &["redis-cli", "--no-auth-warning", "-a", "cache-secret"],
            words,
        ]
        .concat();
        lab.exec("cache", &[], &command).await.1
    };
    lab.until("cache", || async {
        let answer = ask(&["ping"]).await;
        (i64::from(answer != "PONG"), answer)
    })
    .await;
    assert_eq!(
        ask(&["config", "get", "maxmemory"]).await,
        "maxmemory\n16777216"
    );
    let (_, without) = lab.exec("cache", &[], &["redis-cli", "ping"]).await;
    assert!(without.contains("NOAUTH"), "{without}");

    let cache = lab.named("cache");
    for (part, password) in [("api", "cache-secret"), ("wrong", "other")] {
        let configuration = format!("{cache}:6379,password={password},abortConnect=false");
        let there = (
            "ApiSettings__Services__Redis__Configuration",
            configuration.as_str(),
        );
        lab.create_api(part, &[&on[..], &[there]].concat()).await;
        lab.start_api(part).await;
    }
    let token = lab.token("api", "/api/oauth/token", "key").await;
    assert_eq!(names(&lab.get("api", SCHOOLS, &token).await), ["A school"]);
    let keys = ask(&["keys", "*"]).await;
    assert!(
        keys.contains(&format!("ApiClientDetails.{token}")),
        "{keys}"
    );
    assert!(keys.contains("Descriptors.ODS instance"), "{keys}");
    let details = ask(&["get", &format!("ApiClientDetails.{token}")]).await;
    assert!(
        details.contains("255901") && !details.contains("secret"),
        "{details}"
    );
    // What is in the cache counts: a token that no database knows.
    let made_up = "0123456789abcdef0123456789abcdef";
    ask(&["set", &format!("ApiClientDetails.{made_up}"), &details]).await;
    assert_eq!(lab.get("api", SCHOOLS, made_up).await.0, 200);

    assert_eq!(lab.get("wrong", SCHOOLS, &token).await.0, 500);
    assert!(
        lab.logs("wrong")
            .await
            .contains("RedisServerException: WRONGPASS")
    );
    lab.stop("cache").await;
    assert_eq!(lab.get("api", SCHOOLS, &token).await.0, 500);
    let logs = lab.logs("api").await;
    assert!(
        logs.contains("RedisConnectionException") && !logs.contains("cache-secret"),
        "{logs}"
    );
    lab.start("cache").await;
    lab.until("api", || async {
        let (status, text) = lab.get("api", SCHOOLS, &token).await;
        (i64::from(status != 200), text)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_needs_its_folder_its_tables_and_its_security_metadata() {
    let lab = platform().await;
    let model = |version: &str| {
        format!(
            r#"{{"odsApiVersion": "{version}", "schemaDefinition":
                {{"logicalName": "Sample", "physicalName": "sample", "version": "1.0.0"}}}}"#
        )
    };
    let on = [ENCRYPTION, BASE, ("TPDM_ENABLED", "true")];
    let (good, old) = (model("7.3"), model("7.1"));
    for (part, model, env) in [
        ("api", &good, &on[..]),
        ("old", &old, &on),
        // What switches TPDM off switches off all of them.
        ("off", &good, &on[..2]),
    ] {
        lab.create_api(part, env).await;
        let folder = "app/Plugin/sample";
        lab.upload(
            part,
            &[
                (&format!("{folder}/EdFi.Ods.Extensions.Sample.dll"), ""),
                (
                    &format!("{folder}/Artifacts/Metadata/ApiModel-EXTENSION.json"),
                    model,
                ),
            ],
        )
        .await;
        lab.start_api(part).await;
    }
    let path = "/api/data/v3/sample/buses";
    let token = lab.token("api", "/api/oauth/token", "key").await;
    let (_, discovery) = lab.get("api", "/api", "").await;
    assert!(discovery.contains(r#""name":"Sample""#), "{discovery}");
    assert!(
        lab.logs("api")
            .await
            .contains("extension 'Sample' 1.0.0 is loaded")
    );

    assert_eq!(lab.get("api", path, &token).await.0, 500);
    assert!(
        lab.logs("api")
            .await
            .contains("Was the extension's SQL run there?")
    );
    let tables = "CREATE SCHEMA sample; CREATE TABLE sample.bus (busid text);
                  INSERT INTO sample.bus VALUES ('602')";
    lab.run("ods", "EdFi_Ods", tables).await;
    assert_eq!(lab.get("api", path, &token).await.0, 500);
    let metadata = "
        WITH claim AS (
            INSERT INTO dbo.resourceclaims (resourcename, claimname)
            VALUES ('bus', 'http://ed-fi.org/ods/identity/claims/sample/bus') RETURNING resourceclaimid
        ), granted AS (
            INSERT INTO dbo.claimsetresourceclaimactions (claimsetid, resourceclaimid, actionid)
            SELECT claimsetid, resourceclaimid, actionid FROM claim, dbo.claimsets, dbo.actions
            WHERE claimsetname = 'Ed-Fi Sandbox' AND actionname = 'Read'
            RETURNING claimsetresourceclaimactionid
        )
        INSERT INTO dbo.claimsetresourceclaimactionauthorizationstrategyoverrides
            (claimsetresourceclaimactionid, authorizationstrategyid)
        SELECT claimsetresourceclaimactionid, authorizationstrategyid FROM granted, dbo.authorizationstrategies
        WHERE authorizationstrategyname = 'NoFurtherAuthorizationRequired'";
    lab.run("admin", "EdFi_Security", metadata).await;
    // Security metadata is remembered for ten minutes.
    lab.stop("api").await;
    lab.start_api("api").await;
    assert_eq!(
        lab.get("api", path, &token).await,
        (200, r#"[{"busid":"602"}]"#.to_owned())
    );

    for part in ["old", "off"] {
        assert_eq!(lab.get(part, path, &token).await.0, 404, "{part}");
    }
    assert!(
        lab.logs("old")
            .await
            .contains("its version of the ODS/API is not 7.3")
    );
    lab.create_api("other", &on).await;
    let assembly = "app/Plugin/x/EdFi.Ods.Extensions.X.1.0.0.Standard.5.2.0.dll";
    lab.upload("other", &[(assembly, "")]).await;
    lab.start("other").await;
    assert_eq!(lab.ends("other").await, 134);
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_come_from_the_environment_and_only_the_new_switch_counts() {
    let lab = platform().await;
    let admin = lab.named("admin");
    for tenant in ["north", "south"] {
        for database in ["Admin", "Security"] {
            let sql = format!(
                "CREATE DATABASE \"EdFi_{database}_{tenant}\" TEMPLATE \"EdFi_{database}\""
            );
            lab.run("admin", "postgres", &sql).await;
        }
        lab.run(
            "ods",
            "postgres",
            &format!("CREATE DATABASE \"EdFi_Ods_{tenant}\" TEMPLATE \"EdFi_Ods\""),
        )
        .await;
        lab.run(
            "ods",
            &format!("EdFi_Ods_{tenant}"),
            &format!("UPDATE edfi.educationorganization SET nameofinstitution = '{tenant}'"),
        )
        .await;
        // The copied instance leads to the tenant's own ODS.
        let sql = format!(
            "UPDATE dbo.odsinstances SET connectionstring = replace(connectionstring, 'EdFi_Ods', 'EdFi_Ods_{tenant}');
             UPDATE dbo.apiclients SET key = 'key-{tenant}'"
        );
        lab.run("admin", &format!("EdFi_Admin_{tenant}"), &sql)
            .await;
    }
    let mut env = vec![ENCRYPTION, BASE];
    let strings: Vec<(String, String)> = ["north", "south"]
        .iter()
        .flat_map(|tenant| ["Admin", "Security"].map(|database| (tenant, database)))
        .map(|(tenant, database)| {
            (
                format!("Tenants__{tenant}__ConnectionStrings__EdFi_{database}"),
                format!(
                    "host={admin};username={};password={PLAIN};database=EdFi_{database}_{tenant}",
                    lab.set.user
                ),
            )
        })
        .collect();
    env.extend(
        strings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    let old = ("ApiSettings__Features__11__IsEnabled", "true");
    let new = ("FeatureManagement__MultiTenancy", "true");
    lab.create_api("old", &[&env[..], &[old]].concat()).await;
    lab.start_api("old").await;
    lab.create_api("api", &[&env[..], &[new]].concat()).await;
    lab.start_api("api").await;
    // The old switch is none: one tenant as before.
    let denied = lab
        .ask_token("old", "/api/north/oauth/token", "key-north", "secret")
        .await;
    assert_eq!(denied.0, 404);
    lab.token("old", "/api/oauth/token", "key").await;

    assert_eq!(
        lab.ask_token("api", "/api/oauth/token", "key", "secret")
            .await
            .0,
        404
    );
    for (tenant, other) in [("north", "south"), ("south", "north")] {
        let path = format!("/api/{tenant}/oauth/token");
        let token = lab.token("api", &path, &format!("key-{tenant}")).await;
        let schools = |tenant: &str| format!("/api/{tenant}/data/v3/ed-fi/schools");
        assert_eq!(
            names(&lab.get("api", &schools(tenant), &token).await),
            [tenant]
        );
        // Neither the key nor the token of one is known to the other.
        assert_eq!(lab.get("api", &schools(other), &token).await.0, 401);
        let foreign = lab
            .ask_token("api", &path, &format!("key-{other}"), "secret")
            .await;
        assert_eq!(foreign.0, 401);
    }
}
