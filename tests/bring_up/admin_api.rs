//! The Admin API: its tables, its one client, and that nobody else becomes an administrator.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::world::{Answer, PREFIX, World};

const FORM: &str = "application/x-www-form-urlencoded";
const REGISTER: &str = "register:admin-api";

/// Writes a profile with the Admin API or without, and gives its path.
fn profile(world: &World, placement: &str) -> String {
    let path = world.profile();
    let mut text = std::fs::read_to_string(&path).unwrap();
    writeln!(text, "admin_api: {{placement: {placement}}}").unwrap();
    std::fs::write(&path, text).unwrap();
    path
}

fn token(world: &World) -> Answer {
    let [key, secret] = ["admin-api-key", "admin-api-secret"].map(|name| world.secret(name));
    // The secret is safe in a form as it is.
    let form = format!(
        "grant_type=client_credentials&client_id={key}&client_secret={secret}&scope=edfi_admin_api/full_access"
    );
    let path = "/adminapi/connect/token";
    world.post(world.port, path, None, (FORM, &form))
}

fn bearer(world: &World) -> String {
    let answer = token(world);
    assert_eq!(answer.status, 200, "{answer:?}");
    format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
}

fn register(world: &World) -> Answer {
    let secret = "aB3.".repeat(10);
    let form = format!("ClientId=somebody&ClientSecret={secret}&DisplayName=Somebody");
    let path = "/adminapi/connect/register";
    world.post(world.port, path, None, (FORM, &form))
}

/// Ids and names of all who may administer.
fn administrators(world: &World) -> String {
    let all =
        "SELECT string_agg(id || ' ' || displayname, ', ' ORDER BY id) FROM adminapi.applications";
    world.sql("db-admin", "EdFi_Admin", all)
}

fn comment(world: &World, database: &str) -> String {
    let comment = format!(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{database}'"
    );
    world.sql("db-admin", "postgres", &comment)
}

fn services(world: &World) -> Vec<String> {
    world.ids().into_keys().collect()
}

#[test]
fn others_administer_the_platform_and_nobody_registers_himself() {
    let world = World::new();
    let wanted = profile(&world, "internal");
    let ran = world.up(&wanted);
    let ready = ran.event("verified")["verification"]["checks"].to_string();
    for question in ["token", "vendors", "registration"] {
        assert!(ready.contains(&format!("Admin API {question}")), "{ready}");
    }
    ran.says("registered, and registration is closed");
    assert_eq!(
        services(&world),
        ["admin-api", "api", "db-admin", "db-ods", "gateway"]
    );
    for database in ["EdFi_Admin", "EdFi_Security"] {
        let comment = comment(&world, database);
        assert!(comment.ends_with("; AdminApi@v2.3.2"), "{comment}");
    }
    let claim_sets =
        "SELECT count(*) FROM dbo.claimsets WHERE claimsetname = 'Ed-Fi ODS Admin Console'";
    assert_eq!(world.sql("db-admin", "EdFi_Security", claim_sets), "1");
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");

    // What it reads and writes are the platform's own records.
    let bearer = bearer(&world);
    let vendors = world.get(world.port, "/adminapi/v2/vendors", Some(&bearer));
    assert_eq!(vendors.status, 200, "{vendors:?}");
    assert!(vendors.body.contains("edfi-setup: "), "{vendors:?}");
    let vendor = json!({
        "company": "A Vendor", "namespacePrefixes": "uri://vendor.example",
        "contactName": "Somebody", "contactEmailAddress": "somebody@vendor.example",
    });
    let made = world.post(
        world.port,
        "/adminapi/v2/vendors",
        Some(&bearer),
        ("application/json", &vendor.to_string()),
    );
    assert_eq!(made.status, 201, "{made:?}");
    let row = "SELECT count(*) FROM dbo.vendors WHERE vendorname = 'A Vendor'";
    assert_eq!(world.sql("db-admin", "EdFi_Admin", row), "1");

    let refused = register(&world);
    assert_eq!(refused.status, 403, "{refused:?}");
    // Nor from a neighbour on the network, which asks the service itself.
    let inside = world.lab.with_engine("ask", async |engine| {
        use edfi_setup::deployment::Secret;
        use edfi_setup::engine::{Engine, ExecSpec};
        let words = [
            "wget",
            "-q",
            "-O",
            "-",
            "--post-data",
            "ClientId=x&ClientSecret=y&DisplayName=z",
            "http://admin-api/adminapi/connect/register",
        ];
        let exec = ExecSpec {
            command: words.map(str::to_owned).into(),
            stdin: None::<Secret>,
            user: None,
        };
        let container = world.container("db-ods");
        engine.exec(&container, &exec, &|_, _| {}).await.unwrap()
    });
    assert_ne!(inside.exit_code, 0);
    assert!(inside.stderr.contains("403"), "{}", inside.stderr);
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");

    assert_eq!(world.up(&wanted).steps(), [""; 0]);
    world.assert_nothing_secret("the journal", &world.text("journal.jsonl"));
}

#[test]
fn off_and_on_again_keeps_its_records() {
    let world = World::new();
    let first = profile(&world, "none");
    world.up(&first);
    assert!(!services(&world).contains(&"admin-api".to_owned()));

    // On, in a deployment that lives already.
    let ran = world.up(&profile(&world, "internal"));
    assert!(
        ran.causes("databases")
            .contains("what the Admin API needs is not in EdFi_Admin and EdFi_Security"),
        "{ran}"
    );
    assert!(
        ran.causes(REGISTER)
            .contains("its client is not registered")
    );
    let untouched = ["db-admin", "db-ods", "api"];
    for service in untouched {
        let made = format!("create:{service}");
        assert!(
            !ran.steps().contains(&made),
            "{service} was made anew:\n{ran}"
        );
    }
    assert_eq!(token(&world).status, 200);

    let ran = world.up(&profile(&world, "none"));
    assert!(
        ran.steps()
            .contains(&format!("remove:{}", world.container("admin-api")))
    );
    assert!(!services(&world).contains(&"admin-api".to_owned()));
    assert_eq!(token(&world).status, 404);
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");

    // On again: everything is there, so nothing is registered.
    let ran = world.up(&profile(&world, "internal"));
    assert!(!ran.steps().contains(&REGISTER.to_owned()), "{ran}");
    assert!(!ran.steps().contains(&"databases".to_owned()), "{ran}");
    assert_eq!(token(&world).status, 200);
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");

    // What is not known beforehand is looked up before anything is registered.
    world.run(&["down", &world.name, "--yes"]).expect(0);
    let ran = world.up(&profile(&world, "internal"));
    ran.says("was registered before");
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");
}

fn is_at(event: &Value, name: &str) -> bool {
    event["event"] == name && event["step"] == REGISTER
}

#[test]
fn killed_while_it_registers_the_same_command_finishes() {
    let world = World::new();
    let wanted = profile(&world, "internal");
    let mut run = world.start(&["up", &wanted, "--yes", "--output", "json"]);
    let came = run.until(|event| is_at(event, "step-note"));
    let ran = run.kill();
    assert!(came.is_some(), "{ran}");
    let left = world.container("register-admin-api");
    assert!(world.observed().containers.contains_key(&left), "{ran}");

    // What takes registrations hears nobody but itself, even now that nobody looks after it.
    world
        .lab
        .until_logged(&left, "Now listening on: http://127.0.0.1:80");
    let ask = "wget -q -T 5 -O - http://register-admin-api/health 2>&1; echo $?";
    let said = world
        .lab
        .run(&world.container("db-ods"), &["sh", "-c", ask]);
    assert!(said.contains("refused"), "{said}");
    let inside = "wget -q -T 5 -O - http://127.0.0.1/health";
    assert_eq!(world.lab.run(&left, &["sh", "-c", inside]), "Healthy");

    let ran = world.up(&wanted);
    let steps = ran.steps();
    let removal = format!("remove:{left}");
    assert_eq!(steps.first(), Some(&removal), "{ran}");
    assert!(ran.causes(&removal).contains("an interrupted run left it"));
    assert!(steps.contains(&REGISTER.to_owned()), "{ran}");
    assert!(!world.observed().containers.contains_key(&left));
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");

    // Killed between the registration and the note of it.
    let forget = "DELETE FROM edfi_setup.client WHERE name = 'Admin API'";
    world.sql("db-admin", "EdFi_Admin", forget);
    assert_eq!(world.up(&wanted).steps(), [REGISTER, "verify"]);
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");

    // Somebody took it away, or changed it: it is made once more, and only one is left.
    world.sql(
        "db-admin",
        "EdFi_Admin",
        "DELETE FROM adminapi.applications",
    );
    assert_eq!(world.up(&wanted).steps(), [REGISTER, "verify"]);
    assert_eq!(administrators(&world), "2 edfi-setup: administrator");
    let other = "UPDATE adminapi.applications SET clientid = 'older'; DELETE FROM edfi_setup.client WHERE name = 'Admin API'";
    world.sql("db-admin", "EdFi_Admin", other);
    assert_eq!(world.up(&wanted).steps(), [REGISTER, "verify"]);
    assert_eq!(administrators(&world), "3 edfi-setup: administrator");
    assert_eq!(token(&world).status, 200);
    assert_eq!(world.up(&wanted).steps(), [""; 0]);
}

#[test]
fn an_admin_api_that_takes_registrations_is_not_called_ready() {
    let world = World::new();
    let wanted = profile(&world, "internal");
    world.up(&wanted);
    // Somebody makes its container anew by hand, with the setting that its image has by itself.
    let container = world.container("admin-api");
    let described = world.lab.inspect(&container);
    world.lab.remove_container(&container);
    reopen(&world, &container, &described);
    let ran = world.run(&["verify", &world.name, "--output", "json"]);
    ran.expect(1)
        .says("OPEN: anybody can make themselves an administrator");
    // The question itself made nobody.
    assert_eq!(administrators(&world), "1 edfi-setup: administrator");
    let ran = world.up(&wanted);
    assert!(
        ran.steps().contains(&"create:admin-api".to_owned()),
        "{ran}"
    );
    assert_eq!(register(&world).status, 403);
}

/// Makes a container as it was described, but open.
fn reopen(world: &World, container: &str, described: &Value) {
    use edfi_setup::deployment::Secret;
    use edfi_setup::engine::{ContainerSpec, Engine, Restart};
    let env = described["Config"]["Env"].as_array().unwrap();
    let env = env.iter().map(|setting| {
        let (name, value) = setting.as_str().unwrap().split_once('=').unwrap();
        (name.to_owned(), Secret::new(value))
    });
    let mut spec = ContainerSpec {
        name: container.to_owned(),
        image: format!("{PREFIX}/edfialliance/ods-admin-api:v2.3.2"),
        env: env.collect(),
        labels: [
            ("io.edfi-setup.deployment", world.name.as_str()),
            ("io.edfi-setup.service", "admin-api"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        entrypoint: None,
        command: None,
        user: None,
        mounts: Vec::new(),
        ports: Vec::new(),
        network: format!("{}_default", world.name),
        aliases: vec!["admin-api".to_owned()],
        health: None,
        restart: Restart::No,
        log_driver: "json-file".to_owned(),
        log_options: std::collections::BTreeMap::new(),
        init: false,
        stop_grace: std::time::Duration::from_secs(1),
    };
    let open = (
        "Authentication__AllowRegistration".to_owned(),
        Secret::new("true"),
    );
    spec.env.extend([open]);
    world.lab.with_engine("make it", async |engine| {
        let id = engine.create_container(&spec).await.unwrap();
        engine.start(&id).await.unwrap();
    });
    world.lab.until_logged(container, "Now listening on");
}
