//! The tour of a deployment that is only rehearsed: by its guide, and by the program itself, which is
//! pointed at the simulated engine's socket.

use std::process::{Command, Output};
use std::sync::Arc;

use edfi_setup::deployment::Redactor;
use edfi_setup::engine::Engine;
use edfi_setup::engine::docker::DockerEngine;
use edfi_setup::run::observe;
use edfi_setup::session::{Opened, Rehearsing};
use edfi_setup::tour::{Guide, Step, Visit};
use serde_json::Value;

use crate::stage::{assert_done, logs, open, secret_values, stage, up};

/// A deployment that is up.
pub async fn there(profile: &str) -> Rehearsing {
    let set = stage(profile, &[]).await;
    assert_done(&set, &up(&set).await).await;
    set
}

fn guide(set: &Rehearsing, opened: &Opened) -> Guide<DockerEngine> {
    Guide::new(
        set.engine.clone(),
        Arc::new(opened.stack.clone()),
        Some(set.home.path().join(&opened.stack.deployment)),
        "127.0.0.1",
        Redactor::new(&opened.secrets),
    )
    .unwrap()
}

/// Names of keys that were made for a while.
pub async fn lent(set: &Rehearsing, opened: &Opened) -> Vec<String> {
    let found = observe(&set.engine, &opened.stack).await.unwrap();
    let clients = found.databases.unwrap().clients;
    let names = clients.into_keys();
    names.filter(|name| name.starts_with("verify ")).collect()
}

fn text(visit: &Visit) -> String {
    serde_json::to_string(visit).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_is_real_and_shows_no_secret() {
    for profile in ["demo", "district-shared"] {
        let set = there(profile).await;
        let opened = open(&set);
        let guide = guide(&set, &opened);
        let secrets = secret_values(&set, &opened);
        for step in Step::ALL {
            let visit = guide.visit(step).await;
            assert!(visit.went_well(), "{profile} {step:?}: {visit:#?}");
            let asks = !matches!(step, Step::Services | Step::Addresses | Step::Data);
            assert_eq!(asks, !visit.exchanges.is_empty(), "{profile} {step:?}");
            let shown = text(&visit);
            for secret in &secrets {
                assert!(!shown.contains(secret), "{profile} {step:?}");
            }
        }
        guide.leave().await;
        assert!(lent(&set, &opened).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_and_one_token_serve_a_whole_tour_and_the_key_goes_with_it() {
    let set = there("district-shared").await;
    let opened = open(&set);
    let asked_before = tokens_asked(&set, &opened).await;
    let guide = guide(&set, &opened);
    for _ in 0..4 {
        for step in [Step::Student, Step::Token, Step::Refusal, Step::Token] {
            assert!(guide.visit(step).await.went_well());
            assert_eq!(lent(&set, &opened).await.len(), 1);
        }
    }
    assert_eq!(tokens_asked(&set, &opened).await, asked_before + 1);
    let again = guide.visit(Step::Token).await;
    assert!(text(&again).contains("first time"), "{again:?}");

    guide.leave().await;
    assert!(lent(&set, &opened).await.is_empty());
    // Somebody who goes on after all is lent another.
    assert!(guide.visit(Step::Schools).await.went_well());
    guide.leave().await;
    assert!(lent(&set, &opened).await.is_empty());
}

async fn tokens_asked(set: &Rehearsing, opened: &Opened) -> usize {
    let lines = logs(&set.engine, opened).await;
    let asked = |line: &&String| line.contains("POST /api/oauth/token");
    lines.iter().filter(asked).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_visit_that_is_dropped_leaves_nothing_that_leave_does_not_find() {
    let set = there("district-shared").await;
    let opened = open(&set);
    let guide = guide(&set, &opened);
    let end = std::time::Instant::now() + crate::stage::DEADLINE;
    // Dropped as soon as its key is there, as by Ctrl-C.
    tokio::select! {
        _ = async { loop { guide.visit(Step::Refusal).await; } } => {}
        () = async {
            while lent(&set, &opened).await.is_empty() {
                assert!(std::time::Instant::now() < end, "no key was made");
            }
        } => {}
    }
    guide.leave().await;
    assert!(lent(&set, &opened).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_does_not_answer_is_told_with_what_to_do() {
    let set = there("district-shared").await;
    let opened = open(&set);
    let guide = guide(&set, &opened);
    let gateway = opened.stack.container_name("gateway");
    set.engine
        .stop(&gateway, std::time::Duration::from_secs(1))
        .await
        .unwrap();
    let services = guide.visit(Step::Services).await;
    assert!(!services.went_well(), "{services:?}");
    assert!(text(&services).contains("stopped"), "{services:?}");
    for step in [Step::Discovery, Step::Schools] {
        let visit = guide.visit(step).await;
        let exchange = visit.exchanges.first().expect("it was tried");
        assert_eq!((exchange.status, exchange.good), (None, false));
        assert!(exchange.next_step.is_some(), "{exchange:?}");
    }
    let db = opened.stack.container_name("db-admin");
    set.engine
        .stop(&db, std::time::Duration::from_secs(1))
        .await
        .unwrap();
    let fresh = self::guide(&set, &opened);
    let stuck = fresh.visit(Step::Token).await.stuck.expect("no key");
    assert!(stuck.what.contains("db-admin"), "{stuck:?}");
    assert!(stuck.next_step.contains("edfi-setup up"), "{stuck:?}");
}

fn program(set: &Rehearsing, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edfi-setup"))
        .env(
            "DOCKER_HOST",
            format!("unix://{}", set.rehearsal.socket().display()),
        )
        .env("EDFI_SETUP_HOME", set.home.path())
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C.UTF-8")
        .stdin(std::process::Stdio::null())
        .args(arguments)
        .output()
        .unwrap()
}

/// The profile as `up` keeps it with the deployment.
pub fn keep_profile(set: &Rehearsing, opened: &Opened) {
    let text = edfi_setup::profile::write(&set.loaded.profile).unwrap();
    edfi_setup::deployment::save_profile(&opened.lock, &text).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_tells_the_whole_tour_where_nobody_can_be_asked() {
    for profile in ["demo", "district-shared"] {
        let set = there(profile).await;
        let opened = open(&set);
        keep_profile(&set, &opened);
        // Neither a flag nor a terminal: plain by itself.
        let output = program(&set, &["tour"]);
        let told = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}{err}");
        assert!(lent(&set, &opened).await.is_empty());
        let port = opened.stack.access.port.to_string();
        let home = set.home.path().display().to_string();
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(&regex_of(&home), "HOME");
        settings.add_filter(&port, "PORT");
        settings.add_filter(r"\d+ ms", "N ms");
        settings.bind(|| insta::assert_snapshot!(format!("tour_{profile}"), told));
    }
}

fn regex_of(text: &str) -> String {
    text.replace('.', r"\.")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_json_the_tour_is_one_value_a_step() {
    let set = there("demo").await;
    let opened = open(&set);
    keep_profile(&set, &opened);
    let output = program(&set, &["tour", "demo", "--output", "json"]);
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    let steps: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(steps.len(), Step::ALL.len());
    for (number, step) in steps.iter().enumerate() {
        assert_eq!(step["number"], number + 1);
        assert_eq!(step["good"], true, "{step}");
    }
    assert_eq!(steps[5]["exchanges"][1]["status"], 403);
    for secret in secret_values(&set, &opened) {
        assert!(!told.contains(&secret));
    }
}
