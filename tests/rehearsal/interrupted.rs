//! Runs that are dropped at any moment, and the same command afterwards.

use std::sync::atomic::{AtomicUsize, Ordering};

use edfi_setup::run::{Event, Outcome};
use futures_util::StreamExt;
use tokio::sync::Notify;

use crate::stage::{assert_done, assert_idle, open, run, stage, up};

/// Rehearsals at once; they mostly wait.
const AT_ONCE: usize = 6;

/// Downloads tell of themselves many times; one word of each stands for all.
fn counts(event: &Event) -> bool {
    match event {
        Event::Pulling { bytes, layers, .. } => *bytes == 0 && *layers > 0,
        _ => true,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_at_any_event_the_same_command_finishes_the_job() {
    let set = stage("district-shared", &[]).await;
    let events = up(&set).await.events;
    let moments = events.iter().filter(|event| counts(event)).count();
    assert!(moments > 40, "{events:?}");
    futures_util::stream::iter(0..moments)
        .for_each_concurrent(AT_ONCE, |moment| async move {
            tokio::spawn(dropped_at(moment)).await.unwrap();
        })
        .await;
}

async fn dropped_at(moment: usize) {
    let set = stage("district-shared", &[]).await;
    let seen = AtomicUsize::new(0);
    let reached = Notify::new();
    let hear = |event: &Event| {
        if counts(event) && seen.fetch_add(1, Ordering::SeqCst) == moment {
            reached.notify_one();
        }
    };
    let opened = open(&set);
    // At the last event the run may be over before it can be dropped.
    let dropped = run(&set, &opened, hear, reached.notified()).await;
    assert!(dropped.is_none_or(|ran| ran.outcome == Outcome::Done));
    drop(opened);
    let ran = up(&set).await;
    assert_eq!(
        ran.outcome,
        Outcome::Done,
        "dropped at {moment}: {:#?}",
        ran.events
    );
    assert_done(&set, &ran).await;
    assert_idle(&set).await;
}
