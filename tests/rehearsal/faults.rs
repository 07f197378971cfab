//! What goes wrong on request, in this process: retries, doom, mending.

use edfi_setup::engine::rehearsal::{Fault, FaultWish};
use edfi_setup::run::{Event, Outcome, adopt};

use crate::stage::{assert_done, open, stage, up, up_hearing};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_is_tried_four_times_each_pause_longer_and_then_given_up() {
    let set = stage("district-shared", &[Fault::PullRateLimit]).await;
    let ran = up(&set).await;
    assert_eq!(ran.outcome, Outcome::Failed);
    assert_eq!(ran.card().code, "E-4001");
    let tries = tries(&ran.notes());
    let numbers: Vec<u32> = tries.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 3, 4]);
    // One second, three, nine, each a quarter more or less, told in whole seconds.
    let fits = [1..=2, 3..=4, 7..=12];
    for ((_, seconds), fits) in tries.iter().zip(fits) {
        assert!(fits.contains(seconds), "{tries:?}");
    }
}

/// Number of the try and pause before it, as told.
fn tries(notes: &[&str]) -> Vec<(u32, u32)> {
    notes
        .iter()
        .filter_map(|note| {
            let (_, rest) = note.split_once("; try ")?;
            let (number, rest) = rest.split_once(" of 4 in ")?;
            Some((number.parse().ok()?, rest.strip_suffix(" s")?.parse().ok()?))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_relents_is_forgiven() {
    for fault in [Fault::PullRateLimit, Fault::PullNoRoute, Fault::PullStall] {
        let set = stage("district-shared", &[fault]).await;
        let ran = up_hearing(&set, |event| {
            if matches!(event, Event::StepNote { note, .. } if note.contains("; try 2 of 4")) {
                set.rehearsal.relent(fault);
            }
        })
        .await;
        assert_eq!(tries(&ran.notes()).len(), 1, "{fault}: {:?}", ran.notes());
        assert_done(&set, &ran).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_trying_again_cannot_help_is_told_at_once() {
    for (fault, code) in [
        (Fault::PullLogin, "E-4002"),
        (Fault::PullMissing, "E-4003"),
        (Fault::PullProxy, "E-4004"),
    ] {
        let set = stage("district-shared", &[fault]).await;
        let ran = up(&set).await;
        assert_eq!(ran.card().code, code);
        assert!(tries(&ran.notes()).is_empty(), "{:?}", ran.notes());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_strikes_where_it_is_told_to() {
    for service in ["db-admin", "db-ods", "api", "gateway"] {
        let set = stage("district-shared", &[]).await;
        set.rehearsal.strike(FaultWish {
            fault: Fault::CrashLoop,
            service: Some(service.to_owned()),
        });
        let ran = up(&set).await;
        let card = ran.card();
        assert_eq!(
            (card.code, card.service.as_deref()),
            ("E-4022", Some(service))
        );
        assert!(!card.last_lines.is_empty(), "{card:?}");
        set.rehearsal.mend().await;
        assert_done(&set, &up(&set).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_with_another_password_is_adopted() {
    let set = stage("district-shared", &[Fault::WrongPassword]).await;
    let card = up(&set).await.card().clone();
    assert!(card.next_step.contains("secrets adopt"), "{card:?}");
    let opened = open(&set);
    adopt(
        &set.engine,
        &opened.stack,
        &["district_db-admin-data"],
        &|_| {},
    )
    .await
    .unwrap();
    drop(opened);
    // The fault is still there: it is the data that is mended now. The next second does not hold the
    // crashes of this one.
    set.rehearsal.relent(Fault::WrongPassword);
    set.rehearsal.mend().await;
    assert_done(&set, &up(&set).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_goes_away_is_waited_for_by_nobody_and_comes_back() {
    let set = stage("demo", &[Fault::EngineGone]).await;
    let ran = up(&set).await;
    assert_eq!(ran.card().code, "E-4013");
    set.rehearsal.mend().await;
    assert_done(&set, &up(&set).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_event_stream_and_a_slow_disk_hold_nobody_up() {
    for fault in [Fault::EventsCut, Fault::SlowDisk] {
        let set = stage("demo", &[fault]).await;
        assert_done(&set, &up(&set).await).await;
    }
}
