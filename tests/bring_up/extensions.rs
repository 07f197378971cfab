//! Extensions: their program with the API, their SQL in every database it belongs into, once.

use std::fs;
use std::path::PathBuf;

use crate::world::{PREFIX, World};

const ODS: &str = "Versions/1.0.0/Standard/6.1.0/Artifacts/PgSql/Structure/Ods";
const SECURITY: &str = "Versions/1.0.0/Standard/6.1.0/Artifacts/PgSql/Data/Security";
const MODEL: &str = "Versions/1.0.0/Standard/6.1.0/Artifacts/Metadata/ApiModel-EXTENSION.json";

const TABLES: &str = "CREATE SCHEMA sample;
CREATE TABLE sample.bus (busid text);
INSERT INTO sample.bus VALUES ('602')";

/// What an extension's makers write for Security: a claim, and who may do what with it.
const CLAIMS: &str = "WITH claim AS (
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
WHERE authorizationstrategyname = 'NoFurtherAuthorizationRequired';
";

/// A deployment of two tenants, and the folder of an extension as its makers deliver it.
struct Extended {
    world: World,
    folder: PathBuf,
}

impl Extended {
    fn new() -> Self {
        let world = World::new();
        let folder = world.home().folder("extension").unwrap().path().to_owned();
        let extended = Self { world, folder };
        extended.write("EdFi.Ods.Extensions.Sample.dll", "");
        extended.write(
            MODEL,
            "\u{feff}{\"odsApiVersion\": \"7.3\", \"schemaDefinition\": \
             {\"logicalName\": \"Sample\", \"physicalName\": \"sample\", \"version\": \"1.0.0\"}}",
        );
        extended.write(&format!("{ODS}/0010-Tables.sql"), TABLES);
        extended.write(&format!("{SECURITY}/0010-Claims.sql"), CLAIMS);
        extended
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The profile, with the extension or without.
    fn profile(&self, with: bool) -> String {
        let path = self.folder.with_file_name("wanted.yml");
        let mut text = format!(
            "version: 1\nname: {}\nuse_case: tenants\ninstances: {{tenants: [north, south]}}\n\
             images: {{registry: {PREFIX}}}\naccess: {{port: {}}}\n",
            self.world.name, self.world.port
        );
        if with {
            text.push_str("extensions: [{name: Sample, folder: extension}]\n");
        }
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// What a tenant's own client finds at an address below its data.
    fn asked(&self, tenant: &str, resource: &str) -> (u16, String) {
        let [key, secret] =
            ["key", "secret"].map(|part| self.world.secret(&format!("client-{tenant}-{part}")));
        let port = self.world.port;
        let token = format!("/api/{tenant}/oauth/token");
        let token = self.world.token_at(&token, port, &key, &secret);
        assert_eq!(token.status, 200, "{token:?}");
        let bearer = format!("Bearer {}", token.json()["access_token"].as_str().unwrap());
        let path = format!("/api/{tenant}/data/v3/{resource}");
        let answer = self.world.get(port, &path, Some(&bearer));
        (answer.status, answer.body)
    }
}

#[test]
fn an_extension_reaches_every_tenant_and_one_that_was_there_before() {
    let extended = Extended::new();
    let world = &extended.world;
    world.up(&extended.profile(false));
    assert_eq!(extended.asked("north", "sample/buses").0, 404);

    let plan = world.run(&["plan", &extended.profile(true)]);
    for cause in [
        "file /app/Plugin/Sample is new",
        "the extension Sample is not in EdFi_Security_Template and 5 more",
    ] {
        assert!(plan.out.contains(cause), "{cause}\n{plan}");
    }
    world.up(&extended.profile(true));
    for tenant in ["north", "south"] {
        let answer = extended.asked(tenant, "sample/buses");
        assert_eq!(answer.0, 200, "{answer:?}");
        assert!(answer.1.contains("602"), "{answer:?}");
    }
    let again = world.run(&["plan", &extended.profile(true)]);
    assert!(again.out.contains("Nothing to do"), "{again}");

    // A new tenant's databases are cloned from templates that have it already.
    let more = "instances.tenants=[north, south, east]";
    let ran = world.run(&["up", &extended.profile(true), "--yes", "--set", more]);
    ran.expect(0);
    assert!(!ran.out.contains("EdFi_Ods_east with Sample"), "{ran}");
    assert!(extended.asked("east", "sample/buses").1.contains("602"));
}

#[test]
fn sql_that_fails_is_told_and_what_ran_does_not_run_again() {
    let extended = Extended::new();
    let world = &extended.world;
    let second = format!("{ODS}/0020-More.sql");
    extended.write(
        &second,
        "CREATE TABLE sample.stop (stopid text);\nnonsense;\n",
    );
    let failed = world.run(&["up", &extended.profile(true), "--yes"]);
    failed.expect(1);
    for words in [
        "the SQL of the extension Sample failed in EdFi_Ods_Template",
        "syntax error at or near \"nonsense\"",
        "Show the lines above to its makers",
    ] {
        assert!(failed.err.contains(words), "{words}\n{failed}");
    }
    extended.write(&second, "CREATE TABLE sample.stop (stopid text);\n");
    world.up(&extended.profile(true));
    assert_eq!(extended.asked("south", "sample/buses").0, 200);
    let ran = world.sql(
        "db-ods",
        "EdFi_Ods_south",
        "SELECT count(*) FROM edfi_setup.script",
    );
    assert_eq!(ran.trim(), "2");
}

#[test]
fn an_extension_for_something_else_stops_before_anything_is_made() {
    let extended = Extended::new();
    let world = &extended.world;
    extended.write(MODEL, "{\"odsApiVersion\": \"7.2\"}");
    let refused = world.run(&["up", &extended.profile(true), "--yes"]);
    refused.expect(2);
    assert!(refused.err.contains("E-2105"), "{refused}");
    assert!(world.observed().networks.is_empty());
    assert!(!world.file("secrets.json").exists());
}
