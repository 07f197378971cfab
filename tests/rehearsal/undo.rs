//! Undoing what a run made: containers and network go, data and what was there before stay.

use std::sync::Mutex;
use std::time::Duration;

use edfi_setup::deployment::Journal;
use edfi_setup::engine::rehearsal::Fault;
use edfi_setup::engine::{Engine, Observed};
use edfi_setup::run::{Event, Made, Outcome};
use edfi_setup::session::{self, Ended, Rehearsing};
use jiff::Timestamp;

use crate::stage::{DEADLINE, assert_idle, stage};

/// The deployment of the profile that is rehearsed.
const NAME: &str = "district";

/// One run as a face does it, with what it makes noted beside what earlier ones made.
async fn start(set: &Rehearsing, made: &Mutex<Made>) -> Ended {
    let begun = session::begin(&set.home, &set.loaded, "up", Timestamp::now()).unwrap();
    let prepared = begun.prepare(&set.engine).await.unwrap();
    assert!(prepared.blocks.is_empty(), "{:?}", prepared.blocks);
    let emit = |event: Event| {
        made.lock().unwrap().heard(&prepared.plan, &event);
    };
    let work = prepared.run(&set.engine, &emit, std::future::pending());
    tokio::time::timeout(DEADLINE, work)
        .await
        .expect("a run ends")
        .unwrap()
}

async fn undo(set: &Rehearsing, made: &Mutex<Made>) -> Vec<String> {
    let made = made.lock().unwrap().clone();
    let heard = Mutex::new(Vec::new());
    let report = |line| heard.lock().unwrap().push(line);
    let lines = session::undo(&set.home, &set.engine, &made, Timestamp::now(), &report)
        .await
        .unwrap();
    assert_eq!(*heard.lock().unwrap(), lines);
    lines
}

async fn observed(set: &Rehearsing) -> Observed {
    set.engine.observe(NAME).await.unwrap()
}

fn ids(observed: &Observed) -> Vec<(String, String)> {
    let pair = |(name, container): (&String, &edfi_setup::engine::ObservedContainer)| {
        (name.clone(), container.id.clone())
    };
    observed.containers.iter().map(pair).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_run_is_undone_and_its_data_serves_the_next_one() {
    let set = stage("district-shared", &[]).await;
    let made = Mutex::default();
    assert_eq!(start(&set, &made).await.outcome, Outcome::Done);
    let before = observed(&set).await;
    assert!(!before.volumes.is_empty());
    let words = made.lock().unwrap().words();
    let counted = format!("{} containers and 1 network", before.containers.len());
    assert!(words.contains(&counted), "{words}");

    let lines = undo(&set, &made).await;
    assert_eq!(lines.len(), before.containers.len() + 1, "{lines:?}");
    let after = observed(&set).await;
    assert!(after.containers.is_empty() && after.networks.is_empty());
    assert_eq!(after.volumes, before.volumes, "data stays");
    let folder = set.home.folder(NAME).unwrap();
    assert!(folder.secrets().exists() && folder.profile().exists());
    let last = Journal::last_run(&folder).unwrap().unwrap();
    assert_eq!(last.stopped(), None, "there is nothing to go on with");

    assert_eq!(undo(&set, &made).await, Vec::<String>::new());
    assert_eq!(start(&set, &Mutex::default()).await.outcome, Outcome::Done);
    assert_idle(&set).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_another_run_made_since_stays() {
    let set = stage("district-shared", &[]).await;
    let made = Mutex::default();
    assert_eq!(start(&set, &made).await.outcome, Outcome::Done);
    let api = edfi_setup::stack::container_name(NAME, "api");
    let id = |observed: &Observed| observed.containers.get(&api).map(|one| one.id.clone());
    let first = id(&observed(&set).await).unwrap();
    set.engine
        .stop(&first, Duration::from_secs(9))
        .await
        .unwrap();
    set.engine.remove_container(&first).await.unwrap();
    assert_eq!(start(&set, &Mutex::default()).await.outcome, Outcome::Done);
    let second = id(&observed(&set).await).unwrap();
    assert_ne!(first, second);

    let lines = undo(&set, &made).await;
    assert!(lines.len() > 2, "{lines:?}");
    let after = observed(&set).await;
    assert_eq!(id(&after), Some(second), "it has the name, and is another");
    assert_eq!(after.containers.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_before_stays() {
    let set = stage("district-shared", &[]).await;
    assert_eq!(start(&set, &Mutex::default()).await.outcome, Outcome::Done);
    let api = edfi_setup::stack::container_name(NAME, "api");
    set.engine.stop(&api, Duration::ZERO).await.unwrap();
    set.engine.remove_container(&api).await.unwrap();
    // Stopped by somebody: the next run starts it, and did not make it.
    let gateway = edfi_setup::stack::container_name(NAME, "gateway");
    set.engine.stop(&gateway, Duration::ZERO).await.unwrap();
    let before = observed(&set).await;

    let made = Mutex::default();
    assert_eq!(start(&set, &made).await.outcome, Outcome::Done);
    assert_eq!(made.lock().unwrap().counted(), "1 container");
    assert_eq!(
        undo(&set, &made).await,
        [format!("removed container {api}")]
    );
    let after = observed(&set).await;
    assert_eq!(ids(&after), ids(&before));
    assert_eq!(after.networks, before.networks);
    assert_eq!(after.volumes, before.volumes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_run_and_the_try_after_it_are_undone_together() {
    let set = stage("district-shared", &[Fault::NeverReady]).await;
    let made = Mutex::default();
    let ended = start(&set, &made).await;
    assert_eq!(ended.outcome, Outcome::Failed);
    assert!(ended.failure.is_some());
    let first = made.lock().unwrap().counted();
    let _ = start(&set, &made).await;
    assert_eq!(
        made.lock().unwrap().counted(),
        first,
        "the second try makes nothing twice"
    );

    undo(&set, &made).await;
    let after = observed(&set).await;
    assert!(after.containers.is_empty() && after.networks.is_empty());
    assert!(!after.volumes.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_undone_while_somebody_else_is_at_work() {
    let set = stage("district-shared", &[]).await;
    let made = Mutex::default();
    assert_eq!(start(&set, &made).await.outcome, Outcome::Done);
    let before = observed(&set).await;
    let held = session::begin(&set.home, &set.loaded, "up", Timestamp::now()).unwrap();
    let made = made.into_inner().unwrap();
    let refused = session::undo(&set.home, &set.engine, &made, Timestamp::now(), &|_| {}).await;
    assert_eq!(refused.unwrap_err().kind, session::Kind::Busy);
    assert_eq!(ids(&observed(&set).await), ids(&before));
    drop(held);
}
