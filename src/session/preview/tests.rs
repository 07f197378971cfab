//! Previews of made-up answers.

use super::*;
use crate::catalog::Catalog;
use crate::engine::Pace;
use crate::engine::docker::DockerEngine;
use crate::engine::rehearsal::Rehearsal;
use crate::interview::Context;
use crate::plan::{Action, Step};
use crate::session::parts;

/// Nobody's engine.
const MISSING: Machine<'static, DockerEngine> = Machine::Missing;
const REHEARSAL: Machine<'static, DockerEngine> = Machine::Rehearsal;

fn interview(use_case: &str) -> Interview {
    let mut interview = Interview::new(Context::new(&Catalog::embedded().unwrap()));
    interview.answer("use-case", use_case).unwrap();
    interview.answer("name", "grand-bend").unwrap();
    interview
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_420_800).unwrap()
}

async fn of(interview: &Interview, machine: Machine<'_, DockerEngine>) -> Preview {
    let place = tempfile::tempdir().unwrap();
    let home = Home::at(place.path());
    let preview = preview(&home, interview, machine, now()).await;
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().collect();
    assert!(left.is_empty(), "a preview writes nothing: {left:?}");
    preview
}

fn fact<'p>(preview: &'p Preview, label: &str) -> &'p str {
    let found = preview.facts.iter().find(|(own, _)| *own == label);
    found.map(|(_, words)| words.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn without_an_engine_everything_is_there_that_needs_none() {
    let preview = of(&interview("district"), MISSING).await;
    assert!(!preview.picture.is_empty() && !preview.small_picture.is_empty());
    assert_eq!(preview.services.len(), 4);
    assert_eq!(preview.doors.len(), 1);
    assert_eq!(preview.doors[0].address, "127.0.0.1:8443");
    assert_eq!(preview.doors[0].who, "this computer only");
    assert!(
        preview
            .images
            .iter()
            .all(|line| line.supply == Supply::Unknown)
    );
    assert_eq!(
        fact(&preview, "Made of"),
        "4 containers, 2 data volumes, 1 network, 3 databases"
    );
    assert!(preview.plan.is_none() && preview.memory_there.is_none());
    assert!(preview.compose.is_some());
    assert!(preview.profile.contains("name: grand-bend"));
    let command = &preview.command;
    assert!(
        command.starts_with("edfi-setup up district-shared "),
        "{command}"
    );
    assert!(command.ends_with("--set name=grand-bend"), "{command}");
    assert_eq!(preview.notes[0].code, "E-5067");
    assert_eq!(preview.notes[0].severity, Severity::Block);
}

#[tokio::test]
async fn a_rehearsal_finds_nothing_there() {
    let preview = of(&interview("sandbox"), REHEARSAL).await;
    let plan = preview.plan.as_ref().unwrap();
    let made = |step: &&Step| matches!(step.action, Action::CreateContainer { .. });
    assert_eq!(
        plan.steps.iter().filter(made).count(),
        preview.services.len()
    );
    assert!(preview.images.iter().all(|line| line.supply == Supply::Get));
    assert_eq!(fact(&preview, "Interrupts"), "nothing");
    assert!(fact(&preview, "Will be created").contains("2 data volumes"));
    assert!(
        fact(&preview, "Images").contains("to get"),
        "{:?}",
        preview.facts
    );
    assert!(
        preview
            .notes
            .iter()
            .all(|note| note.severity != Severity::Block)
    );
}

#[tokio::test]
async fn practice_images_are_made_here_and_not_got() {
    let mut interview = interview("district");
    interview.answer("images", "practice").unwrap();
    let preview = of(&interview, REHEARSAL).await;
    assert!(
        preview
            .images
            .iter()
            .all(|line| line.supply == Supply::Make)
    );
    assert!(fact(&preview, "Images").contains("to be made here"));
    assert!(!preview.warnings.is_empty());
    // What only looks like the prefix is somebody else's.
    let practice = interview.context().practice.clone();
    let other = format!("images.replace.api={practice}-other/api:1");
    let wish = crate::session::Wish {
        profile: Some("district-shared".to_owned()),
        name: None,
        set: vec![other],
    };
    let place = tempfile::tempdir().unwrap();
    let home = Home::at(place.path());
    let loaded = crate::session::profile(&home, &wish).unwrap();
    let preview = Preview::default()
        .look(&home, &loaded, REHEARSAL, &practice, now())
        .await;
    assert!(preview.images.iter().all(|line| line.supply == Supply::Get));
}

#[tokio::test]
async fn an_engine_tells_of_its_memory_and_images() {
    let interview = interview("district");
    let loaded = answered(&interview).unwrap();
    let place = tempfile::tempdir().unwrap();
    let stack = look(&Home::at(place.path()), &loaded.profile, now())
        .unwrap()
        .stack;
    let rehearsal = Rehearsal::start(Pace::REAL, 1, parts(&stack)).unwrap();
    let engine = rehearsal.engine().await.unwrap();
    let preview = of(&interview, Machine::Engine(&engine)).await;
    let there = preview.memory_there.unwrap();
    assert!(there > preview.memory_needed.unwrap());
    let words = crate::words::bytes(there);
    assert!(fact(&preview, "Memory").ends_with(&format!("of {words}")));
    assert!(preview.plan.is_some());
}

#[tokio::test]
async fn what_stands_in_the_way_comes_first() {
    let mut interview = interview("district");
    interview.answer("reach", "network").unwrap();
    let preview = of(&interview, MISSING).await;
    let severities: Vec<Severity> = preview.notes.iter().map(|note| note.severity).collect();
    assert!(
        severities.is_sorted_by(|one, other| one >= other),
        "{severities:?}"
    );
    assert_eq!(
        preview.doors[0].who,
        "every computer that can reach this one"
    );
    assert_eq!(
        fact(&preview, "Reachable from"),
        "every computer that can reach this one"
    );
}

#[tokio::test]
async fn answers_that_make_no_profile_say_so() {
    let mut interview = interview("district");
    interview.answer("reach", "address").unwrap();
    let (preview, loaded) = Preview::of_answers(&interview);
    assert!(loaded.is_none());
    assert!(preview.profile.is_empty() && preview.command.is_empty());
    assert_eq!(preview.notes[0].severity, Severity::Block);
    assert_eq!(of(&interview, REHEARSAL).await, preview);
}

#[test]
fn a_containers_last_words_are_told_without_secrets_and_tricks() {
    let mut secrets = crate::deployment::Secrets::fresh().unwrap();
    let loaded = answered(&interview("district")).unwrap();
    secrets
        .ensure(&crate::stack::secret_requests(&loaded.profile))
        .unwrap();
    let secret = secrets
        .get("postgres-password")
        .unwrap()
        .expose()
        .to_owned();
    let mut plan = Plan {
        deployment: "grand-bend".to_owned(),
        steps: vec![Step {
            id: "start:api".to_owned(),
            action: Action::Start {
                service: "api".to_owned(),
            },
            causes: vec![format!("does not serve yet: \u{1b}[31mlogin {secret}")],
            after: Vec::new(),
            interrupts: false,
        }],
        unchanged: Vec::new(),
        findings: Vec::new(),
    };
    tidy(&mut plan, &Redactor::new(&secrets));
    let cause = &plan.steps[0].causes[0];
    assert!(
        !cause.contains(&secret) && !cause.contains('\u{1b}'),
        "{cause}"
    );
    assert!(cause.contains("[secret: postgres-password]"), "{cause}");
}
