//! Following a deployment on the real engine: events, logs over several runs, use, and an engine that goes
//! away and comes back. Without an engine these tests fail.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

#[path = "support/sandbox.rs"]
mod sandbox;
#[path = "support/tiny_image.rs"]
mod tiny_image;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use edfi_setup::deployment::Redactor;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{Engine, EngineEventKind, Phase};
use edfi_setup::live::{Feed, News, Usage, follow};
use futures_util::StreamExt;
use sandbox::{DEADLINE, Sandbox};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

/// What a feed has told so far.
#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    phases: BTreeMap<String, (u64, Phase)>,
    events: Vec<EngineEventKind>,
    usages: Vec<(u64, Usage)>,
    gone: u32,
    seen: u32,
}

impl Heard {
    fn hear(&mut self, news: News) {
        match news {
            News::Seen(seen) => {
                self.seen += 1;
                self.phases = seen
                    .into_iter()
                    .map(|seen| {
                        (
                            seen.container.id,
                            (seen.generation, seen.container.state.phase),
                        )
                    })
                    .collect();
            }
            News::State { run, state } => {
                self.phases
                    .insert(run.container, (run.generation, state.phase));
            }
            News::Happened { event, .. } => self.events.push(event.kind),
            News::Uses { run, usage } => self.usages.push((run.generation, usage)),
            News::EngineGone { .. } => self.gone += 1,
        }
    }
}

/// Listens until it is as wanted.
async fn until(feed: &mut Feed, heard: &mut Heard, what: &str, wanted: impl Fn(&Heard) -> bool) {
    let listen = async {
        while !wanted(heard) {
            tokio::select! {
                Some(news) = feed.news.recv() => heard.hear(news),
                Some(lines) = feed.lines.recv() => {
                    heard.lines.extend(lines.lines.iter().map(|line| line.text.to_string()));
                }
            }
        }
    };
    let heard_it = tokio::time::timeout(DEADLINE, listen).await;
    assert!(
        heard_it.is_ok(),
        "{what} did not come; lines {:?}, states {:?}, events {:?}",
        heard.lines,
        heard.phases,
        heard.events
    );
}

fn has(heard: &Heard, text: &str) -> bool {
    heard.lines.iter().any(|line| line == text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_of_a_container_are_followed_one_after_the_other() {
    let sandbox = Sandbox::new("live-runs").await;
    // The run's number is kept in the container, so that lines can be told apart.
    let script = "n=x; [ -e /tmp/again ] && n=y; : > /tmp/again; echo hello $n; echo key opensesame77 >&2; trap 'echo bye '$n'; exit 3' TERM; while :; do sleep 1 & wait $!; done";
    let container = sandbox.run(&sandbox.container("api", script)).await;
    let redactor = || Redactor::of([("door".to_owned(), "opensesame77")]);
    let mut feed = follow(sandbox.engine.clone(), &sandbox.name, redactor);
    let mut heard = Heard::default();
    until(&mut feed, &mut heard, "the first run", |heard| {
        has(heard, "hello x") && has(heard, "key [secret: door]") && !heard.usages.is_empty()
    })
    .await;
    let (_, first) = heard.phases.iter().next().unwrap();
    assert_eq!(first.1, Phase::Running);
    let (first, usage) = (first.0, heard.usages.first().unwrap().1);
    assert!(usage.memory_bytes > 0 && usage.memory_limit_bytes > 0 && usage.cpus >= 0.0);

    sandbox.engine.stop(&container, DEADLINE).await.unwrap();
    sandbox
        .until(&container, |state| state.phase == Phase::Exited)
        .await;
    until(&mut feed, &mut heard, "the end", |heard| {
        has(heard, "bye x")
            && heard
                .events
                .contains(&EngineEventKind::Died { exit_code: 3 })
            && heard
                .phases
                .values()
                .all(|(_, phase)| *phase == Phase::Exited)
    })
    .await;

    heard.usages.clear();
    sandbox.engine.start(&container).await.unwrap();
    until(&mut feed, &mut heard, "the second run", |heard| {
        has(heard, "hello y") && !heard.usages.is_empty()
    })
    .await;
    let (second, phase) = *heard.phases.values().next().unwrap();
    assert!(second > first, "another run");
    assert_eq!(phase, Phase::Running);
    assert!(
        heard
            .usages
            .iter()
            .all(|(generation, _)| *generation == second)
    );
    let hellos = heard
        .lines
        .iter()
        .filter(|line| line.starts_with("hello"))
        .count();
    assert_eq!(hellos, 2, "no line comes twice: {:?}", heard.lines);

    let other = sandbox
        .run(&sandbox.container("other", "echo I am new; exec sleep 600"))
        .await;
    until(
        &mut feed,
        &mut heard,
        "a container that came later",
        |heard| has(heard, "I am new") && heard.phases.len() == 2,
    )
    .await;
    sandbox.engine.stop(&other, Duration::ZERO).await.unwrap();
    sandbox.engine.remove_container(&other).await.unwrap();
    until(&mut feed, &mut heard, "its removal", |heard| {
        heard.phases.len() == 1 && heard.events.contains(&EngineEventKind::Removed)
    })
    .await;
}

/// A second door to the engine, which can be shut.
struct Door {
    folder: tempfile::TempDir,
    passing: Arc<Mutex<JoinSet<()>>>,
    listening: Option<tokio::task::JoinHandle<()>>,
}

impl Door {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            passing: Arc::default(),
            listening: None,
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    fn open(&mut self, engine: PathBuf) {
        let listener = UnixListener::bind(self.path()).unwrap();
        let passing = Arc::clone(&self.passing);
        self.listening = Some(tokio::spawn(async move {
            while let Ok((mut outside, _)) = listener.accept().await {
                let engine = engine.clone();
                passing.lock().unwrap().spawn(async move {
                    if let Ok(mut inside) = UnixStream::connect(engine).await {
                        let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                    }
                });
            }
        }));
    }

    fn shut(&mut self) {
        self.listening.take().unwrap().abort();
        std::fs::remove_file(self.path()).unwrap();
        self.passing.lock().unwrap().abort_all();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_goes_away_and_comes_back_loses_no_line_and_tells_none_twice() {
    let sandbox = Sandbox::new("live-door").await;
    let endpoint = sandbox.engine.info().await.unwrap().endpoint;
    let engine_socket = PathBuf::from(endpoint.strip_prefix("unix://").expect("a local engine"));
    let script = "i=0; while :; do i=$((i+1)); echo line $i; sleep 0.2; done";
    sandbox.run(&sandbox.container("api", script)).await;

    let mut door = Door::new();
    door.open(engine_socket.clone());
    let mut environment = Environment::of_process();
    let address = format!("unix://{}", door.path().display());
    environment
        .variables
        .insert("DOCKER_HOST".to_owned(), address);
    let engine = DockerEngine::connect(&environment).await.unwrap();
    let mut feed = follow(engine, &sandbox.name, || Redactor::of([]));
    let mut heard = Heard::default();
    until(&mut feed, &mut heard, "the beginning", |heard| {
        has(heard, "line 5")
    })
    .await;
    door.shut();
    until(&mut feed, &mut heard, "the news of it", |heard| {
        heard.gone > 0
    })
    .await;
    let seen = heard.seen;
    // The container writes on meanwhile; the engine itself tells when it has written enough.
    let mut log = sandbox.engine.logs(
        &format!("{}-api", sandbox.name),
        &edfi_setup::engine::LogOptions {
            follow: true,
            ..Default::default()
        },
    );
    while let Some(line) = log.next().await {
        if line.unwrap().text == "line 15" {
            break;
        }
    }
    door.open(engine_socket);
    until(&mut feed, &mut heard, "its return", |heard| {
        heard.seen > seen && has(heard, "line 20")
    })
    .await;
    let numbers: Vec<u32> = heard
        .lines
        .iter()
        .filter_map(|line| line.strip_prefix("line ")?.parse().ok())
        .collect();
    let expected: Vec<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
    assert_eq!(numbers, expected);
}
