//! The first bring-up of one district, and everything that can be asked of it afterwards.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::world::{Ran, World};

#[test]
fn a_district_comes_up_answers_and_goes() {
    let world = World::new();
    let profile = world.profile();

    let preview = world.run(&["plan", &profile, "--output", "json"]);
    preview.expect(0);
    assert!(world.observed().networks.is_empty(), "plan changes nothing");
    assert!(!world.file("secrets.json").exists(), "plan writes nothing");

    let first = world.up(&profile);
    assert_eq!(
        first.event("plan")["plan"]["steps"],
        preview.json()["steps"]
    );
    in_a_legal_order(&first);
    let address = format!("https://localhost:{}/api", world.port);
    let ready = first.event("ready");
    assert_eq!(ready["address"], address.as_str());
    assert_eq!(ready["authority"], world.file("ca.crt").to_str().unwrap());

    answers_real_requests(&world);
    looks_as_it_should(&world, &address);
    does_nothing_twice(&world, &profile);
    tells_no_secret(&world);
    goes_only_by_its_name(&world);
}

/// Each step begins after the end of those it waits for; services after those they need.
fn in_a_legal_order(ran: &Ran) {
    let events = ran.events();
    let place = |name: &str, step: &str| {
        let found = events
            .iter()
            .position(|event| event["event"] == name && event["step"] == step);
        found.unwrap_or_else(|| panic!("no {name} of {step}:\n{ran}"))
    };
    let plan = ran.event("plan");
    for step in plan["plan"]["steps"].as_array().unwrap() {
        let id = step["id"].as_str().unwrap();
        assert!(place("step-started", id) < place("step-done", id));
        for other in step["after"].as_array().unwrap() {
            let other = other.as_str().unwrap();
            assert!(
                place("step-done", other) < place("step-started", id),
                "{id} began before {other} was done:\n{ran}"
            );
        }
    }
    for (service, needs) in [
        ("api", &["db-admin", "db-ods"][..]),
        ("db-admin", &[]),
        ("db-ods", &[]),
        ("gateway", &[]),
    ] {
        let start = format!("start:{service}");
        assert!(place("step-done", &format!("create:{service}")) < place("step-started", &start));
        for need in needs {
            let need = format!("start:{need}");
            assert!(place("step-done", &need) < place("step-started", &start));
        }
    }
    let names: Vec<_> = events.iter().map(|event| &event["event"]).collect();
    let last: Vec<_> = names.iter().rev().take(4).rev().collect();
    assert_eq!(
        last,
        ["verified", "step-done", "end", "ready"]
            .iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(names[..2], ["plan", "begin"]);
    assert_eq!(ran.event("end")["outcome"], "done");
    for check in ran.event("verified")["verification"]["checks"]
        .as_array()
        .unwrap()
    {
        assert_eq!(check["ok"], true, "{check}");
    }
}

fn answers_real_requests(world: &World) {
    let discovery = world.get(world.port, "/api/", None);
    assert_eq!(discovery.status, 200, "{discovery:?}");
    let data = format!("https://localhost:{}/api/data/v3/", world.port);
    assert_eq!(discovery.json()["urls"]["dataManagementApi"], data.as_str());

    let path = "/api/data/v3/ed-fi/schools?limit=1";
    let schools = world.data(world.port, path, None);
    assert_eq!((schools.status, schools.body.as_str()), (200, "[]"));
    let nobody = world.get(world.port, path, None);
    assert_eq!(nobody.status, 401, "{nobody:?}");
    let key = world.secret("first-client-key");
    let wrong = world.token(world.port, &key, "not-the-secret");
    assert_eq!(wrong.status, 401, "{wrong:?}");
}

fn looks_as_it_should(world: &World, address: &str) {
    let name = world.name.as_str();
    let status = world.run(&["status", name, "--output", "json"]);
    status.expect(0);
    let status = status.json();
    assert_eq!(status["serving"], true);
    assert_eq!(status["address"], address);
    assert_eq!(status["missing"], Value::Array(Vec::new()));
    let services: BTreeMap<_, _> = status["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["service"].as_str().unwrap(), row))
        .collect();
    let known: Vec<_> = services.keys().copied().collect();
    assert_eq!(known, ["api", "db-admin", "db-ods", "gateway"]);
    for (service, row) in &services {
        assert_eq!(
            (&row["state"], &row["health"]),
            (&"running".into(), &"serves".into())
        );
        assert_eq!(row["restarts"], 0, "{service}");
    }
    let port = format!("127.0.0.1:{}", world.port);
    assert_eq!(services["gateway"]["ports"], serde_json::json!([port]));
    assert_eq!(services["db-ods"]["ports"], serde_json::json!([]));
    assert_eq!(status["instances"][0]["instance"], "default");
    assert_eq!(status["instances"][0]["registered"], true);
    world
        .run(&["status", "--name", name])
        .expect(0)
        .says("✓ serves");

    let verify = world.run(&["verify", name, "--output", "json"]);
    verify.expect(0);
    assert_eq!(verify.json()["verified"], true);
    let questions: Vec<_> = verify.json()["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["question"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(questions, ["discovery", "health", "token", "schools"]);
    world.run(&["verify", name]).expect(0).says("is verified");
    let clients = "SELECT count(*) FROM dbo.apiclients";
    assert_eq!(
        world.sql("db-admin", "EdFi_Admin", clients),
        "1",
        "verifying leaves no client"
    );

    let list = world.run(&["list", "--output", "json"]);
    list.expect(0);
    let list = list.json();
    let rows = list["deployments"].as_array().unwrap();
    let own = rows.iter().find(|row| row["deployment"] == name).unwrap();
    assert_eq!((&own["running"], &own["volumes"]), (&4.into(), &2.into()));
    assert_eq!(own["address"], address);

    let logs = world.run(&["logs", "db-ods", "--name", name]);
    logs.expect(0).says("ready to accept connections");
    assert!(
        logs.out.lines().all(|line| line.contains("db-ods")),
        "{logs}"
    );
    let all = world.run(&["logs", "--name", name, "--tail", "3"]);
    for service in known {
        all.expect(0).says(service);
    }
    world
        .run(&["logs", "nobody", "--name", name])
        .expect(2)
        .says("E-5040");
}

fn does_nothing_twice(world: &World, profile: &str) {
    let before = world.observed();
    let secrets = world.text("secrets.json");
    let plan = world.run(&["plan", profile]);
    plan.expect(0).says("Nothing to do");
    let plan = world.run(&["plan", "--name", &world.name, "--output", "json"]);
    plan.expect(0);
    assert_eq!(plan.json()["steps"], serde_json::json!([]));
    let unchanged = serde_json::json!(["db-admin", "db-ods", "api", "gateway"]);
    assert_eq!(plan.json()["unchanged"], unchanged);

    assert_eq!(world.up(profile).steps(), [""; 0]);
    let again = world.run(&["up", profile]);
    again.expect(0).says("Nothing to do").says("Ready");
    assert_eq!(world.observed(), before);
    assert_eq!(world.text("secrets.json"), secrets);
}

/// What the program says is looked at when the test ends; here is everything else it leaves.
fn tells_no_secret(world: &World) {
    assert!(world.secrets_known() >= 5, "{}", world.secrets_known());
    for file in ["journal.jsonl", "profile.yml", "record.json", "ca.crt"] {
        world.assert_nothing_secret(file, &world.text(file));
    }
    for service in world.containers().keys() {
        let container = world.container(service);
        let labels = world.lab.inspect(&container)["Config"]["Labels"].to_string();
        assert!(labels.contains("io.edfi-setup.spec"), "{labels}");
        world.assert_nothing_secret(&format!("a label of {service}"), &labels);
        world.assert_nothing_secret(&format!("the log of {service}"), &world.lab.log(&container));
    }
    let observed = world.observed();
    let volumes = format!("{:?} {:?}", observed.volumes, observed.networks);
    world.assert_nothing_secret("a volume or network", &volumes);
    let arguments = world.run(&["logs", "--name", &world.name]);
    world.assert_nothing_secret("logs", &arguments.out);
}

fn goes_only_by_its_name(world: &World) {
    let name = world.name.as_str();
    let before = world.observed();
    world
        .run(&["remove", name, "--confirm", "another"])
        .expect(3)
        .says("E-5050");
    world.run(&["remove", name]).expect(2).says("--confirm");
    assert_eq!(world.observed(), before);
    assert!(world.file("secrets.json").exists());

    let gone = world.run(&["remove", name, "--confirm", name]);
    gone.expect(0).says("is gone");
    let after = world.observed();
    assert!(
        after.containers.is_empty() && after.networks.is_empty(),
        "{after:?}"
    );
    assert!(after.volumes.is_empty(), "{after:?}");
    assert!(!world.file("").exists(), "the folder stays behind");
    world.run(&["status", name]).expect(2).says("E-5011");
}
