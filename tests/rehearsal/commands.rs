//! `rehearse` and `demo` as an operator types them, where there is no engine.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use edfi_setup::engine::rehearsal::Fault;
use serde_json::Value;

use crate::stage::DEADLINE;

/// Rehearsals at once; they mostly wait.
const AT_ONCE: usize = 5;

fn program(home: &Path, temporary: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edfi-setup"));
    command
        .env("DOCKER_HOST", "unix:///nowhere/engine.sock")
        .env("EDFI_SETUP_HOME", home)
        .env("TMPDIR", temporary)
        .env("NO_COLOR", "1");
    command
}

fn run(arguments: &[&str]) -> Output {
    let place = tempfile::tempdir().unwrap();
    let home = place.path().join("home");
    let temporary = place.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let output = program(&home, &temporary).args(arguments).output().unwrap();
    assert!(!home.exists(), "the operator's home was written to");
    let left: Vec<_> = std::fs::read_dir(&temporary).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    output
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What differs from one rehearsal to the next, taken out.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for word in text.split_inclusive([' ', '\n', '"', ':', '/', ',', '.']) {
        let bare = word.trim_end_matches([' ', '\n', '"', ':', '/', ',', '.']);
        let end = word.strip_prefix(bare).unwrap();
        let digits = bare.chars().all(|c| c.is_ascii_digit());
        if bare.starts_with("tmp") && bare.len() == 9 {
            steady.push_str("TMP");
        } else if bare.len() == 64 && bare.chars().all(|c| c.is_ascii_hexdigit()) {
            steady.push_str("ID");
        } else if digits && bare.len() == 5 {
            steady.push_str("PORT");
        } else {
            steady.push_str(bare);
        }
        steady.push_str(end);
    }
    let mut told = std::collections::BTreeSet::new();
    steady
        .lines()
        .map(|line| match line.split_once("  20") {
            // A log line's time.
            Some((before, rest)) if rest.len() > 24 && rest.contains(" [1] ") => {
                let (_, rest) = rest.split_once(" [1] ").unwrap();
                format!("{before}  TIME [1] {rest}\n")
            }
            _ => format!("{line}\n"),
        })
        // A crashing service says the same each time; how often depends on who looks when.
        .filter(|line| !line.contains("│     ") || told.insert(line.clone()))
        .map(|line| match line.split_once(" times with exit code ") {
            Some((before, code)) => {
                let before = before.trim_end_matches(|c: char| c.is_ascii_digit());
                format!("{before}N times with exit code {code}")
            }
            None => line,
        })
        .collect()
}

/// How a fault is asked for: where it would take minutes, at the service with least patience.
fn argument(fault: Fault) -> String {
    match fault {
        Fault::NeverReady => "never-ready=gateway".to_owned(),
        fault => fault.name().to_owned(),
    }
}

#[test]
fn every_fault_has_its_card_and_the_same_command_recovers() {
    let faults = std::sync::Mutex::new(Fault::ALL.to_vec());
    let seen = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(fault) = faults.lock().unwrap().pop() else {
                        return;
                    };
                    let wish = argument(fault);
                    let output = run(&["rehearse", "--yes", "--speed", "10", "--fault", &wish]);
                    seen.lock().unwrap().push((fault, output));
                }
            });
        }
    });
    let mut seen = seen.into_inner().unwrap();
    seen.sort_by_key(|(fault, _)| *fault);
    for (fault, output) in &seen {
        let (out, err) = (out(output), err(output));
        // Whatever went wrong at first: the last run was ready.
        assert!(output.status.success(), "{fault}: {out}\n{err}");
        assert!(
            out.contains("Ready: district would be there now"),
            "{fault}: {out}"
        );
        for line in out.lines().chain(err.lines()) {
            assert!(line.starts_with("rehearsal │"), "{fault}: {line}");
        }
        let mut card = steady(&err);
        if *fault == Fault::EngineGone {
            card = whichever_request_noticed(&card);
        }
        insta::assert_snapshot!(format!("card_{}", fault.name()), card);
    }
}

/// The engine goes away in the midst of several requests; the first to notice tells.
fn whichever_request_noticed(card: &str) -> String {
    let told = card.split_inclusive('\n');
    told.filter(|line| !line.contains("✗ ")).collect()
}

#[test]
fn a_rehearsal_as_json_says_so_in_every_value_and_tells_no_secret() {
    let place = tempfile::tempdir().unwrap();
    let home = place.path().join("home");
    let arguments = [
        "rehearse", "demo", "--yes", "--speed", "10", "--output", "json",
    ];
    let child = program(&home, place.path())
        .args(arguments)
        .args(["--fault", "verify-401"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let secrets = secrets_within(place.path());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    let (out, err) = (out(&output), err(&output));
    assert!(secrets.len() >= 7, "{secrets:?}");
    for secret in secrets {
        assert!(!out.contains(&secret) && !err.contains(&secret));
    }
    let mut events = Vec::new();
    for line in out.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["rehearsal"], true, "{line}");
        events.extend(value["event"].as_str().map(str::to_owned));
    }
    for event in [
        "rehearsal",
        "plan",
        "pulling",
        "step-failed",
        "mended",
        "ready",
    ] {
        assert!(
            events.iter().any(|seen| seen == event),
            "{event}: {events:?}"
        );
    }
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// The secrets that a rehearsal made, read while it goes on.
fn secrets_within(folder: &Path) -> Vec<String> {
    let end = Instant::now() + DEADLINE;
    loop {
        let found = std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .find_map(|entry| {
                let path = entry.path().join("home/demo/secrets.json");
                serde_json::from_slice::<Value>(&std::fs::read(path).ok()?).ok()
            });
        if let Some(document) = found {
            let mut values = Vec::new();
            long_texts(&document["values"], &mut values);
            return values;
        }
        assert!(Instant::now() < end, "no secrets were made");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn long_texts(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() >= 12 => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| long_texts(item, into)),
        Value::Object(items) => items.values().for_each(|item| long_texts(item, into)),
        _ => {}
    }
}

#[test]
fn the_demo_is_rehearsed_where_there_is_no_engine() {
    let output = run(&["demo"]);
    let (out, err) = (out(&output), err(&output));
    assert!(output.status.success(), "{out}\n{err}");
    // Plainly: why, that it is none, and how to get a real one.
    assert!(err.contains("No container engine answers"), "{err}");
    assert!(err.contains("install Docker Engine"), "{err}");
    assert!(out.contains("this demo is only rehearsed"), "{out}");
    assert!(out.contains("rehearsal: nothing really runs"), "{out}");
    assert!(out.contains("the first is Grand Bend High School"), "{out}");
    assert!(out.contains("For real: edfi-setup demo"), "{out}");
}

#[test]
fn practice_images_asked_for_by_name_are_not_rehearsed() {
    let output = run(&["demo", "--practice"]);
    assert_eq!(output.status.code(), Some(5), "{}", out(&output));
}

#[test]
fn the_faults_are_listed_and_wrong_ones_are_refused() {
    let list = out(&run(&["rehearse", "--list-faults"]));
    insta::assert_snapshot!("faults", list);
    let unknown = run(&["rehearse", "--fault", "boom"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("--list-faults"), "{}", err(&unknown));
    let nowhere = run(&["rehearse", "--yes", "--fault", "oom=swagger"]);
    assert_eq!(nowhere.status.code(), Some(2));
    insta::assert_snapshot!("fault_nowhere", err(&nowhere));
    let no_data = run(&["rehearse", "--yes", "--fault", "wrong-password=api"]);
    assert!(
        err(&no_data).contains("db-admin, db-ods"),
        "{}",
        err(&no_data)
    );
    let nobody_to_ask = run(&["rehearse"]);
    assert_eq!(nobody_to_ask.status.code(), Some(2));
    assert!(
        err(&nobody_to_ask).contains("--yes"),
        "{}",
        err(&nobody_to_ask)
    );
}
