//! Exported projects run on a real engine with a real Compose, without this program, and serve.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use edfi_setup::deployment::Secret;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{Engine, Observed, Phase};
use edfi_setup::stack::Access;
use edfi_setup::verify::{Ask, Body, Client, Credential, TOKEN_FORM, Tokens, verify};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::compose::Compose;
use crate::practice::PREFIX;
use crate::world::{practice_images, program, real_compose, said, succeeded, variables};

/// The longest that a platform that is up may take until it answers everything.
const DEADLINE: Duration = Duration::from_mins(5);
/// Projects at a time. Most of their time they wait for Compose's health checks.
static PLACES: Semaphore = Semaphore::const_new(2);

/// A project in a folder, with everything it leads to on the engine. Its end, even by panic, takes all
/// of it away.
struct Project {
    home: tempfile::TempDir,
    name: String,
    port: u16,
    compose: Compose,
    engine: DockerEngine,
}

impl Project {
    /// A name, a port and practice images; nothing is exported yet.
    async fn new(about: &str, compose: Compose) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        // Two tests may be about the same use case, at the same time.
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let project = Self {
            home: tempfile::tempdir().unwrap(),
            name: format!("t-export-{about}-{}-{count}", std::process::id()),
            port: free.local_addr().unwrap().port(),
            compose,
            engine: DockerEngine::connect(&Environment::of_process())
                .await
                .expect("this test needs a Docker engine"),
        };
        practice_images();
        drop(free);
        project
    }

    /// The exported project of a profile.
    async fn export(profile: &str, more: &[&str], compose: Compose) -> Self {
        let project = Self::new(profile, compose).await;
        let wanted = project.wanted(profile);
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let words = [
            "export",
            "compose",
            "--name",
            &project.name,
            "--to",
            "project",
        ];
        succeeded(&project.setup(&[&words, &wanted[..], more].concat()));
        project
    }

    /// The profile on this project's port, with practice images.
    fn wanted(&self, profile: &str) -> Vec<String> {
        vec![
            profile.to_owned(),
            format!("--set=access.port={}", self.port),
            format!("--set=images.registry={PREFIX}"),
        ]
    }

    fn setup(&self, arguments: &[&str]) -> Output {
        program(self.home.path(), arguments)
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("project")
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap()
    }

    fn compose(&self, arguments: &[&str]) -> String {
        succeeded(&self.composed(arguments))
    }

    /// The same whatever comes of it. One that waits for ever is ended, so that it can be seen.
    fn composed(&self, arguments: &[&str]) -> Output {
        let compose = self.compose.command();
        Command::new("timeout")
            .arg(DEADLINE.as_secs().to_string())
            .arg(compose.get_program())
            .args(compose.get_args())
            .args(arguments)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn create_volumes(&self) {
        let mut command = Command::new("sh");
        let output = command
            .arg("create-volumes.sh")
            .current_dir(self.folder())
            .output();
        succeeded(&output.unwrap());
    }

    /// How the gateway is reached.
    fn access(&self) -> Access {
        Access {
            host: "localhost".to_owned(),
            port: self.port,
            listen: "127.0.0.1".to_owned(),
            path: "api".to_owned(),
            authority_pem: Some(self.text("ca.crt")),
            swagger: false,
            sandbox_admin: false,
        }
    }

    /// Asks all questions through the gateway until every answer is right.
    async fn serves(&self, credentials: &[Credential]) {
        let access = self.access();
        let client = Client::new(&access, "127.0.0.1").unwrap();
        let mut tokens = Tokens::default();
        let begin = Instant::now();
        let first = credentials.first().map(|one| &one.token_path);
        let several = credentials.iter().any(|one| Some(&one.token_path) != first);
        loop {
            let answers = verify(&client, &access, credentials, &mut tokens).await;
            if answers.passed() {
                // Discovery, health, two questions for each, and whether keys are refused elsewhere.
                let questions = 2 + 2 * credentials.len() + usize::from(several);
                assert_eq!(answers.checks.len(), questions, "{answers:?}");
                return;
            }
            assert!(begin.elapsed() < DEADLINE, "{:?}", answers.failure());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A key and secret from the `.env` file, for the platform's only instance.
    fn credential(&self, name: &str, expects_schools: bool) -> Credential {
        Credential {
            expects_schools,
            ..self.credential_at(name, "")
        }
    }

    /// The same for the instance whose addresses begin like this; in release 6 that of its data ends like
    /// this, after a slash.
    fn credential_at(&self, name: &str, place: &str) -> Credential {
        let known = variables(&self.text(".env"));
        let part = |part: &str| Secret::new(known[&format!("EDFI_{name}_{part}")].as_str());
        Credential {
            instance: name.to_owned(),
            token_path: match place.strip_prefix('/') {
                None => format!("{place}oauth/token"),
                Some(_) => "oauth/token".to_owned(),
            },
            data_path: match place.strip_prefix('/') {
                None => format!("{place}data/v3"),
                Some(year) => format!("data/v3/{year}"),
            },
            key: part("KEY"),
            secret: part("SECRET"),
            expects_schools: false,
        }
    }

    /// Reads or, with a body, sends data with an instance's key; gives status and answer.
    async fn data(&self, of: &Credential, resource: &str, body: Option<&Value>) -> (u16, String) {
        self.ask(of, &format!("ed-fi/{resource}"), body).await
    }

    /// Reads what is at this place below an instance's data.
    async fn get(&self, of: &Credential, place: &str) -> (u16, String) {
        self.ask(of, place, None).await
    }

    async fn ask(&self, of: &Credential, place: &str, body: Option<&Value>) -> (u16, String) {
        let access = self.access();
        let client = Client::new(&access, "127.0.0.1").unwrap();
        let path = format!("/{}/{}", access.path, of.token_path);
        let ask = Ask {
            path: &path,
            authorization: Some(of.basic()),
            body: Some(Body::Form(TOKEN_FORM)),
        };
        let granted = client.ask(&ask).await.unwrap();
        let granted: Value = serde_json::from_str(&granted.body).unwrap();
        let token = granted["access_token"].as_str().unwrap();
        let path = format!("/{}/{}/{place}", access.path, of.data_path);
        let body = body.map(Value::to_string);
        let ask = Ask {
            path: &path,
            authorization: Some(format!("Bearer {token}")),
            body: body.as_deref().map(Body::Json),
        };
        let answer = client.ask(&ask).await.unwrap();
        (answer.status, answer.body)
    }

    async fn observed(&self) -> Observed {
        self.engine.observe(&self.name).await.unwrap()
    }

    /// Ids of the containers that last.
    async fn ids(&self) -> BTreeMap<String, String> {
        let observed = self.observed().await.containers.into_values();
        let lasting = observed.filter(|container| container.state.phase == Phase::Running);
        lasting
            .map(|container| (container.name, container.id))
            .collect()
    }

    /// Volumes without a name, which nobody would ever find again, among the containers' mounts.
    async fn unnamed_volumes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for name in self.observed().await.containers.keys() {
            let told = docker(&["inspect", "--format", "{{json .Mounts}}", name]);
            let mounts: Value = serde_json::from_str(&succeeded(&told)).unwrap();
            let volumes = mounts.as_array().unwrap().iter();
            let names = volumes.filter_map(|mount| mount["Name"].as_str());
            found.extend(
                names
                    .filter(|volume| !volume.starts_with(&self.name))
                    .map(str::to_owned),
            );
        }
        found
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let label = format!("label=io.edfi-setup.deployment={}", self.name);
        let ids = |arguments: &[&str]| -> Vec<String> {
            let mut words = arguments.to_vec();
            words.extend(["--quiet", "--filter", &label]);
            let listed = docker(&words);
            let text = String::from_utf8_lossy(&listed.stdout).into_owned();
            text.lines().map(str::to_owned).collect()
        };
        for id in ids(&["ps", "--all"]) {
            docker(&["rm", "--force", "--volumes", &id]);
        }
        for id in ids(&["network", "ls"]) {
            docker(&["network", "rm", &id]);
        }
        for id in ids(&["volume", "ls"]) {
            docker(&["volume", "rm", &id]);
        }
    }
}

fn docker(arguments: &[&str]) -> Output {
    Command::new("docker").args(arguments).output().unwrap()
}

/// Nothing of it is on the engine any more.
async fn ends(project: &Project, servers: usize) {
    let volumes: Vec<String> = project.observed().await.volumes.into_keys().collect();
    assert_eq!(volumes.len(), servers, "{volumes:?}");
    project.compose(&["down", "--volumes"]);
    let left = project.observed().await;
    assert!(
        left.containers.is_empty() && left.networks.is_empty(),
        "{left:?}"
    );
    let still: Vec<String> = left.volumes.into_keys().collect();
    assert_eq!(still, volumes, "Compose must not take the data");
    // As the page says it: by name.
    let mut words = vec!["volume", "rm"];
    words.extend(volumes.iter().map(String::as_str));
    let command = format!("docker {}", words.join(" "));
    assert!(project.text("README.md").contains(&command), "{command}");
    succeeded(&docker(&words));
    assert!(project.observed().await.volumes.is_empty());
}

#[tokio::test]
async fn one_district_comes_up_and_is_verified_without_us() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let project = Project::export("district-shared", &[], compose).await;
    let district = [project.credential("FIRST_CLIENT", false)];

    // Without its volumes nothing starts, and the message names one.
    let refused = said(&project.composed(&["up", "-d"]));
    assert!(
        refused.contains(&format!("{}_db-", project.name)),
        "{refused}"
    );

    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    project.serves(&district).await;
    assert_eq!(project.unnamed_volumes().await, [""; 0]);
    let containers = project.observed().await.containers;
    assert_eq!(containers.len(), 6);
    let done = containers
        .values()
        .filter(|container| container.is_done())
        .count();
    assert_eq!(done, 2);
    the_key_is_in_its_container_only(&project);
    tells_nothing_secret(&project);

    // Our own eyes see it, too.
    let status = project.setup(&["status", &project.name]);
    assert!(succeeded(&status).contains("✓ serves"), "{}", said(&status));

    // Once more changes nothing, though the databases are looked at again.
    let before = project.ids().await;
    assert_eq!(before.len(), 4);
    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    assert_eq!(project.ids().await, before);

    // Stopped, started, taken down and up again: it is the same platform.
    project.compose(&["stop"]);
    project.compose(&["start"]);
    project.serves(&district).await;
    project.compose(&["down"]);
    project.compose(&["up", "-d", "--wait"]);
    project.serves(&district).await;
    ends(&project, 2).await;
}

#[tokio::test]
async fn the_sandbox_comes_up_with_sample_data_without_us() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let project = Project::export("demo", &[], compose).await;
    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    let sandboxes = [
        project.credential("POPULATED", true),
        project.credential("MINIMAL", false),
    ];
    project.serves(&sandboxes).await;
    assert_eq!(project.unnamed_volumes().await, [""; 0]);
    tells_nothing_secret(&project);
    ends(&project, 2).await;
}

/// A use case from its export to its end: it comes up, every instance answers at its own address, none
/// opens another, nothing secret is told, and what there is goes by name.
///
/// `instances` are names as in the `.env` file, and how their addresses begin.
async fn comes_up(profile: &str, more: &[&str], instances: &[(&str, &str)], containers: usize) {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let project = Project::export(profile, more, compose).await;
    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    let credentials: Vec<Credential> = instances
        .iter()
        .map(|(name, place)| project.credential_at(&format!("CLIENT_OF_{name}"), place))
        .collect();
    project.serves(&credentials).await;
    assert_eq!(project.unnamed_volumes().await, [""; 0]);
    let observed = project.observed().await;
    let lasting = observed.containers.values();
    let lasting = lasting.filter(|container| !container.is_done()).count();
    assert_eq!(lasting, containers, "{:?}", observed.containers.keys());
    tells_nothing_secret(&project);
    ends(&project, observed.volumes.len()).await;
}

#[tokio::test]
async fn a_district_with_years_comes_up_without_us() {
    let years = [("2026", "2026/"), ("2027", "2027/")];
    comes_up("district-years", &[], &years, 4).await;
}

/// Each year in a server of its own.
#[tokio::test]
async fn years_apart_come_up_without_us() {
    let more = ["--set", "instances.isolation=server-per-instance"];
    let years = [("2026", "2026/"), ("2027", "2027/")];
    comes_up("district-years", &more, &years, 5).await;
}

#[tokio::test]
async fn districts_come_up_without_us() {
    let districts = [("255901", "255901/"), ("255902", "255902/")];
    comes_up("districts", &[], &districts, 4).await;
}

/// One address for all: the key decides.
#[tokio::test]
async fn districts_by_key_come_up_without_us() {
    let more = ["--set", "instances.chosen_by=key"];
    let districts = [("255901", ""), ("255902", "")];
    comes_up("districts", &more, &districts, 4).await;
}

#[tokio::test]
async fn districts_of_release_6_come_up_without_us() {
    let districts = [("255901", ""), ("255902", "")];
    comes_up("legacy-districts", &[], &districts, 4).await;
}

/// Tokens have one address in that release, and the year stands behind the version.
#[tokio::test]
async fn years_of_release_6_come_up_without_us() {
    let years = [("2026", "/2026"), ("2027", "/2027")];
    comes_up("legacy-years", &[], &years, 4).await;
}

#[tokio::test]
async fn tenants_come_up_without_us() {
    let tenants = [("NORTH", "north/"), ("SOUTH", "south/")];
    comes_up("tenants", &[], &tenants, 4).await;
}

#[tokio::test]
async fn tenants_with_years_come_up_without_us() {
    let instances = [
        ("NORTH_2026", "north/2026/"),
        ("NORTH_2027", "north/2027/"),
        ("SOUTH_2026", "south/2026/"),
        ("SOUTH_2027", "south/2027/"),
    ];
    comes_up("tenants-years", &[], &instances, 4).await;
}

/// Two copies of the API and their cache.
#[tokio::test]
async fn a_state_with_years_comes_up_without_us() {
    let more = ["--set", "postgres.memory_megabytes=512"];
    let years = [("2026", "2026/"), ("2027", "2027/")];
    comes_up("state-years", &more, &years, 6).await;
}

#[tokio::test]
async fn a_state_comes_up_without_us_and_every_copy_of_the_api_is_asked() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let more = ["--set", "postgres.memory_megabytes=512"];
    let project = Project::export("state-shared", &more, compose).await;
    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    let state = project.credential("FIRST_CLIENT", false);
    project.serves(std::slice::from_ref(&state)).await;
    tells_nothing_secret(&project);
    // The server was started with the memory that the profile gives it.
    let server = format!("{}-db-ods-1", project.name);
    let ask = ["exec", &server, "psql", "-U", "postgres", "-Atc"];
    let told = succeeded(&docker(&[&ask[..], &["SHOW shared_buffers"]].concat()));
    assert_eq!(told.trim(), "128MB");
    // One copy is taken away, and the gateway finds the other under the same name.
    for copy in ["api", "api-2"] {
        project.compose(&["stop", copy]);
        project.serves(std::slice::from_ref(&state)).await;
        project.compose(&["start", copy]);
        project.compose(&["up", "-d", "--wait"]);
    }
    ends(&project, 2).await;
}

/// An extension's program and SQL reach every tenant, once, however often the project starts.
#[tokio::test]
async fn an_extension_comes_up_without_us() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let project = Project::new("extension", compose).await;
    let home = project.home.path();
    let standard = "sample/Versions/1.0.0/Standard/6.1.0/Artifacts";
    for (name, text) in [
        ("sample/EdFi.Ods.Extensions.Sample.dll".to_owned(), ""),
        (
            format!("{standard}/Metadata/ApiModel-EXTENSION.json"),
            MODEL,
        ),
        (
            format!("{standard}/PgSql/Structure/Ods/0010-Tables.sql"),
            TABLES,
        ),
        (
            format!("{standard}/PgSql/Data/Security/0010-Claims.sql"),
            CLAIMS,
        ),
        ("wanted.yml".to_owned(), WANTED),
    ] {
        let path = home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut words = project.wanted("wanted.yml");
    words.extend(["--to", "project", "--name", &project.name].map(str::to_owned));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    succeeded(&project.setup(&[&["export", "compose"], &words[..]].concat()));
    project.create_volumes();
    for _ in 0..2 {
        project.compose(&["up", "-d", "--wait"]);
        for tenant in ["north", "south"] {
            let name = format!("CLIENT_OF_{}", tenant.to_uppercase());
            let tenant = project.credential_at(&name, &format!("{tenant}/"));
            let found = project.get(&tenant, "sample/buses").await;
            assert_eq!(found.0, 200, "{found:?}");
            assert_eq!(found.1.matches("602").count(), 1, "{found:?}");
        }
        project.compose(&["down"]);
    }
}

const WANTED: &str = "\
version: 1
name: extended
use_case: tenants
instances: {tenants: [north, south]}
extensions: [{name: Sample, folder: sample}]
";
const MODEL: &str = "{\"odsApiVersion\": \"7.3\", \"schemaDefinition\": \
    {\"logicalName\": \"Sample\", \"physicalName\": \"sample\", \"version\": \"1.0.0\"}}";
const TABLES: &str = "CREATE SCHEMA sample;
CREATE TABLE sample.bus (busid text);
INSERT INTO sample.bus VALUES ('602')";
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

/// A year that begins as a copy of the one before, in the one-shot container of the export; then the same
/// under our own hands.
#[tokio::test]
async fn a_year_is_copied_by_the_export_and_taken_over_by_us() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let project = Project::new("copied", compose).await;
    let mut wanted = project.wanted("district-years");
    wanted.push("--name".to_owned());
    wanted.push(project.name.clone());
    let with = |words: &[&str], more: &[&str]| {
        let wanted = wanted.iter().map(String::as_str);
        let all: Vec<&str> = words
            .iter()
            .copied()
            .chain(wanted)
            .chain(more.iter().copied())
            .collect();
        succeeded(&project.setup(&all))
    };
    let up = ["up", "--yes", "--output", "json"];
    let one = ["--set", "instances.years=[2026]"];
    with(&up, &one);
    with(&["export", "compose", "--to", "project"], &one);
    let before = project.credential_at("CLIENT_OF_2026", "2026/");
    let school = json!({
        "schoolId": 255_901_001,
        "nameOfInstitution": "Grand Bend High School",
        "educationOrganizationCategories": [{
            "educationOrganizationCategoryDescriptor": "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
        }],
        "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],
    });
    let sent = project.data(&before, "schools", Some(&school)).await;
    assert_eq!(sent.0, 201, "{sent:?}");

    let two = [
        "--set",
        "instances.years=[2026,2027]",
        "--set",
        "instances.copies={2027: \"2026\"}",
    ];
    with(&["export", "compose", "--to", "project", "--force"], &two);
    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    let years = ["2026", "2027"].map(|year| Credential {
        expects_schools: true,
        ..project.credential_at(&format!("CLIENT_OF_{year}"), &format!("{year}/"))
    });
    project.serves(&years).await;

    // Ours again: nothing is made anew but the containers, and the copy stays a copy.
    with(&up, &two);
    assert_eq!(project.observed().await.containers.len(), 4);
    let (status, schools) = project.data(&before, "schools", None).await;
    assert_eq!(status, 200);
    assert!(schools.contains("Grand Bend"), "{schools}");
    let server = format!("{}-db-ods-1", project.name);
    let ask = "SELECT nameofinstitution FROM edfi.educationorganization";
    let words = [
        "exec",
        &server,
        "psql",
        "-U",
        "postgres",
        "-d",
        "EdFi_Ods_2027",
        "-Atc",
        ask,
    ];
    let told = succeeded(&docker(&words));
    assert!(told.contains("Grand Bend"), "{told}");
}

/// The same data and passwords, now under our hands, now under Compose's.
#[tokio::test]
async fn a_deployment_of_ours_and_its_export_take_over_from_each_other() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let project = Project::new("taken-over", compose).await;
    let up = |more: &[&str]| {
        let ours = ["up", "--yes", "--output", "json", "--name", &project.name];
        let told = succeeded(&project.setup(&[&ours, more].concat()));
        let last: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        assert_eq!(
            (&last["event"], &last["verified"]),
            (&"ready".into(), &true.into())
        );
    };
    let wanted = project.wanted("district-shared");
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    up(&wanted);
    // Without a profile: as it was last applied.
    let words = [
        "export",
        "compose",
        "--name",
        &project.name,
        "--to",
        "project",
    ];
    let text = succeeded(&project.setup(&words));
    assert!(text.contains("are those of the deployment"), "{text}");
    let district = [project.credential("FIRST_CLIENT", false)];

    project.create_volumes();
    project.compose(&["up", "-d", "--wait"]);
    project.serves(&district).await;
    assert_eq!(project.observed().await.containers.len(), 6);
    up(&[]);
    assert_eq!(project.observed().await.containers.len(), 4);
    project.compose(&["up", "-d", "--wait"]);
    project.serves(&district).await;
}

/// A claim set that nobody knows stops the start, and the log says which there are.
#[tokio::test]
async fn an_unknown_claim_set_is_named() {
    let Some(compose) = real_compose().await else {
        return;
    };
    let _place = PLACES.acquire().await.unwrap();
    let wrong = ["--set", "first_client.claim_set=No Such Claims"];
    let project = Project::export("district-shared", &wrong, compose).await;
    project.create_volumes();
    let refused = project.composed(&["up", "-d", "--wait"]);
    assert!(!refused.status.success(), "{}", said(&refused));
    let log = project.compose(&["logs", "--no-color", "prepare-db-admin"]);
    assert!(
        log.contains("There is no claim set named No Such Claims"),
        "{log}"
    );
    assert!(log.contains("there is Ed-Fi Sandbox"), "{log}");
}

/// The key is in the gateway's container as a file, and not among its mounts or variables.
fn the_key_is_in_its_container_only(project: &Project) {
    let container = format!("{}-gateway-1", project.name);
    let path = "/etc/nginx/edfi/server.key";
    let told = succeeded(&docker(&["exec", &container, "cat", path]));
    assert_eq!(
        told,
        variables(&project.text(".env"))["EDFI_GATEWAY_SERVER_KEY"]
    );
    let format = "{{json .Mounts}} {{json .Config.Env}}";
    let told = succeeded(&docker(&["inspect", "--format", format, &container]));
    assert!(!told.contains("server.key"), "{told}");
    assert!(!told.contains("PRIVATE KEY"), "{told}");
}

/// No secret stands in a label, an argument or a log.
fn tells_nothing_secret(project: &Project) {
    let known = variables(&project.text(".env"));
    let listed = docker(&[
        "ps",
        "--all",
        "--quiet",
        "--filter",
        &format!("name={}-", project.name),
    ]);
    let logs = project.compose(&["logs", "--no-color"]);
    for id in succeeded(&listed).lines() {
        let format =
            "{{json .Config.Labels}} {{json .Path}} {{json .Args}} {{json .Config.Healthcheck}}";
        let told = succeeded(&docker(&["inspect", "--format", format, id]));
        for (name, value) in &known {
            assert!(!told.contains(value.as_str()), "{name} in {told}");
            assert!(!logs.contains(value.as_str()), "{name} in a log");
        }
    }
}
