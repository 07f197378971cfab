//! Rehearsals in which all goes well.

use std::collections::BTreeMap;

use edfi_setup::engine::rehearsal::Rehearsal;
use edfi_setup::engine::{Engine, EngineError, EngineEventKind, Health, LogOptions, Pace, Phase};
use edfi_setup::session;
use edfi_setup::verify::Verification;
use futures_util::StreamExt;

use crate::stage::{
    DEADLINE, SPEED, assert_done, logs, open, secret_values, stage, stage_with, up,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_district_comes_up_verified_and_the_second_time_nothing_is_to_do() {
    let set = stage("district-shared", &[]).await;
    let ran = up(&set).await;
    assert_done(&set, &ran).await;
    let asked: Vec<String> = questions(&ran.events);
    assert_eq!(
        asked,
        ["discovery", "health", "token default", "schools default"]
    );
    let opened = open(&set);
    let found = set.engine.observe("district").await.unwrap();
    for container in found.containers.values() {
        assert_eq!(container.state.phase, Phase::Running, "{container:?}");
    }
    // Compose's view and the engine's own are those of a real deployment.
    let gateway = &found.containers[&opened.stack.container_name("gateway")];
    assert_eq!(gateway.state.ports, opened.stack.services["gateway"].ports);
    assert_eq!(set.engine.deployments().await.unwrap(), ["district"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admin_api_is_played_with_its_tables_and_its_client() {
    let set = stage_with("district-shared", &["admin_api.placement=internal"], &[]).await;
    let ran = up(&set).await;
    assert_done(&set, &ran).await;
    let asked = questions(&ran.events);
    let more = [
        "Admin API token",
        "Admin API vendors",
        "Admin API registration",
    ];
    assert_eq!(asked[4..], more);
    let checks = checks(&ran.events);
    assert_eq!(checks.last().unwrap().detail, "closed");
    let found = set.engine.observe("district").await.unwrap();
    assert_eq!(found.containers.len(), 5, "{found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_has_its_sandboxes_and_its_sample_school() {
    let set = stage("demo", &[]).await;
    let ran = up(&set).await;
    assert_done(&set, &ran).await;
    let school = checks(&ran.events)
        .into_iter()
        .find(|check| check.question == "schools" && check.detail.contains("Grand Bend"));
    assert!(school.is_some(), "{:?}", ran.events);
}

/// Every use case that has several databases: each is asked by its own key, and the first one's is
/// refused at the second, where that can be asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_use_case_comes_up_and_asks_every_instance() {
    let years = ["2026", "2027"];
    let districts = ["255901", "255902"];
    let both = ["north-2026", "north-2027", "south-2026", "south-2027"];
    let rounds: [(&str, &[&str], Option<&str>); 8] = [
        ("district-years", &years, Some("2027")),
        ("districts", &districts, Some("255902")),
        ("tenants", &["north", "south"], Some("south")),
        ("tenants-years", &both, Some("north-2027")),
        ("state-shared", &["default"], None),
        ("state-years", &years, Some("2027")),
        ("legacy-years", &years, None),
        ("legacy-districts", &districts, None),
    ];
    let rounds = rounds.map(async |(profile, instances, separated)| {
        let set = stage(profile, &[]).await;
        let ran = up(&set).await;
        assert_done(&set, &ran).await;
        let mut wanted = vec!["discovery".to_owned(), "health".to_owned()];
        for instance in instances {
            wanted.push(format!("token {instance}"));
            wanted.push(format!("schools {instance}"));
        }
        wanted.extend(separated.map(|instance| format!("separation {instance}")));
        assert_eq!(questions(&ran.events), wanted, "{profile}");
    });
    // They mostly wait.
    futures_util::future::join_all(rounds).await;
}

fn verification(events: &[edfi_setup::run::Event]) -> &Verification {
    events
        .iter()
        .find_map(|event| match event {
            edfi_setup::run::Event::Verified { verification } => Some(verification),
            _ => None,
        })
        .expect("it was verified")
}

fn checks(events: &[edfi_setup::run::Event]) -> Vec<edfi_setup::verify::Check> {
    verification(events).checks.clone()
}

fn questions(events: &[edfi_setup::run::Event]) -> Vec<String> {
    verification(events)
        .checks
        .iter()
        .map(|check| match &check.instance {
            Some(instance) => format!("{} {instance}", check.question),
            None => check.question.to_owned(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_in_an_event_a_log_or_what_the_engine_tells() {
    let set = stage("demo", &[]).await;
    let ran = up(&set).await;
    assert_done(&set, &ran).await;
    let opened = open(&set);
    let mut said = vec![
        serde_json::to_string(&ran.events).unwrap(),
        serde_json::to_string(&ran.plan).unwrap(),
        format!("{:?} {:?}", set, set.engine.observe("demo").await.unwrap()),
    ];
    let lines = logs(&set.engine, &opened).await;
    assert!(lines.len() > 20, "{lines:?}");
    said.extend(lines);
    let secrets = secret_values(&set, &opened);
    assert!(secrets.len() >= 7, "{}", secrets.len());
    for secret in secrets {
        for text in &said {
            assert!(!text.contains(&secret), "a secret was told");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_is_stopped_started_followed_and_measured() {
    let set = stage("district-shared", &[]).await;
    let ran = up(&set).await;
    assert_done(&set, &ran).await;
    let engine = &set.engine;
    let api = "district-api-1";
    let mut events = engine.events("district", Some(0));
    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let mut log = engine.logs(api, &follow);
    engine
        .stop(api, std::time::Duration::from_secs(5))
        .await
        .unwrap();
    let stopped = engine.inspect(api).await.unwrap();
    assert_eq!((stopped.phase, stopped.exit_code), (Phase::Exited, Some(0)));
    let last = tokio::time::timeout(DEADLINE, async {
        let mut last = None;
        while let Some(line) = log.next().await {
            last = Some(line.unwrap().text);
        }
        last
    });
    // A followed log ends with its container.
    let last = last.await.expect("the log ends").expect("it has lines");
    assert!(last.contains("shutting down"), "{last}");

    engine.start(api).await.unwrap();
    engine.start(api).await.unwrap();
    let mut seen = BTreeMap::new();
    let two_starts = async {
        while let Some(Ok(event)) = events.next().await {
            if event.name == api {
                *seen.entry(format!("{:?}", event.kind)).or_insert(0) += 1;
                if seen.get(&format!("{:?}", EngineEventKind::Started)) == Some(&2) {
                    return;
                }
            }
        }
    };
    tokio::time::timeout(DEADLINE, two_starts)
        .await
        .expect("both starts are told");
    assert_eq!(
        seen[&format!("{:?}", EngineEventKind::Died { exit_code: 0 })],
        1
    );

    let stats = engine.client().stats(api, None).take(2).collect::<Vec<_>>();
    let stats = tokio::time::timeout(DEADLINE, stats)
        .await
        .expect("statistics come");
    for one in stats {
        let memory = one.unwrap().memory_stats.unwrap();
        assert!(memory.usage.unwrap() > 100_000_000, "{memory:?}");
    }
    let healthy = async {
        while engine.inspect(api).await.unwrap().health != Health::Healthy {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(DEADLINE, healthy)
        .await
        .expect("it becomes healthy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_really_taken_is_busy_here_too() {
    let set = stage("district-shared", &[]).await;
    let port = set.loaded.profile.access.port;
    let _other = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let ran = up(&set).await;
    assert_eq!(ran.card().code, "E-4010");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_is_the_same_rehearsal() {
    let set = stage("district-shared", &[]).await;
    let parts = session::parts(&open(&set).stack);
    let image = parts[0].image.clone();
    let mut ids = Vec::new();
    let mut sizes = Vec::new();
    for seed in [1, 1, 2] {
        let rehearsal = Rehearsal::start(Pace::times(SPEED), seed, parts.clone()).unwrap();
        let engine = rehearsal.engine().await.unwrap();
        let most = std::sync::Mutex::new(0);
        engine
            .pull(&image, &|progress| {
                *most.lock().unwrap() = progress.bytes_total;
            })
            .await
            .unwrap();
        sizes.push(most.into_inner().unwrap());
        let network = edfi_setup::engine::NetworkSpec {
            name: "net".to_owned(),
            labels: BTreeMap::new(),
        };
        ids.push(engine.create_network(&network).await.unwrap());
        assert!(engine.image(&image).await.unwrap().is_some());
        let unknown = engine.pull("nobody/knows:1", &|_| {}).await;
        assert!(
            matches!(unknown, Err(EngineError::Pull { .. })),
            "{unknown:?}"
        );
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    assert_eq!(sizes[0], sizes[1]);
    assert!(sizes[0] > 50_000_000, "{sizes:?}");
}
