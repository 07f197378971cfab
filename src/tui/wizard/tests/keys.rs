//! Every key of the table, pressed in its place.

use crossterm::event::{KeyCode, KeyModifiers};

use super::super::starting::{Finish, StartEnd, StartNews};
use super::super::state::{Data, Effect, Leaving, Opening};
use super::{Lab, finding, opening};
use crate::diagnostic::Severity;
use crate::run::Outcome;
use crate::tui::keys::{Action, Context, Key, TABLE};
use crate::tui::pace::Urgency;

fn press(lab: &mut Lab, key: Key) -> Vec<Effect> {
    match key {
        Key::Plain(code) => lab.press(code),
        Key::Ctrl(char) => lab.press_with(KeyCode::Char(char), KeyModifiers::CONTROL),
    }
}

/// A screen on which every key of a place has something to do.
fn busy(context: Context) -> Option<Lab> {
    let lab = match context {
        Context::Welcome => {
            let mut lab = Lab::open(
                Opening {
                    deployments: vec!["grand-bend".to_owned()],
                    ..opening()
                },
                60,
                18,
            );
            lab.look_around();
            lab.press(KeyCode::Down);
            lab.press(KeyCode::PageDown);
            lab
        }
        Context::Choosing | Context::Wizard => {
            let mut lab = Lab::new(80, 24);
            lab.until("reach");
            lab.wizard.interview.review();
            lab.wizard.interview.jump("reach");
            lab.press(KeyCode::Down);
            lab
        }
        Context::Writing => {
            let mut lab = Lab::new(60, 18);
            lab.until("name");
            lab.wizard.interview.review();
            lab.wizard.interview.jump("name");
            lab.keys("x");
            lab.press(KeyCode::Left);
            lab
        }
        Context::Listing => {
            let mut lab = Lab::new(60, 18);
            lab.districts();
            lab.wizard.interview.review();
            lab.wizard.interview.jump("districts");
            let numbers: Vec<String> = (100..140).map(|number| number.to_string()).collect();
            lab.paste(&numbers.join("\n"));
            // Eleven of them have these letters.
            lab.keys("10");
            lab.press(KeyCode::Left);
            for _ in 0..3 {
                lab.press(KeyCode::Down);
            }
            lab
        }
        Context::Help => {
            let mut lab = Lab::new(60, 18);
            lab.until("reach");
            lab.press(KeyCode::Char('?'));
            lab.press(KeyCode::Down);
            lab
        }
        _ => return None,
    };
    Some(lab)
}

#[test]
fn every_key_in_the_table_does_something() {
    let mut places = 0;
    for binding in TABLE {
        for key in binding.keys {
            let Some(mut lab) = busy(binding.context) else {
                continue;
            };
            places += 1;
            lab.wizard.urgency = Urgency::None;
            let place = format!("{:?} {key:?} {:?}", binding.context, binding.action);
            assert!(lab.wizard.available(binding.action), "{place}");
            let before = format!("{:?}", lab.wizard);
            let effects = press(&mut lab, *key);
            assert_eq!(lab.wizard.urgency, Urgency::Now, "{place} draws");
            lab.wizard.urgency = Urgency::None;
            let changed = format!("{:?}", lab.wizard) != before;
            assert!(changed || !effects.is_empty(), "{place} does nothing");
        }
    }
    assert!(places > 40, "{places}");
}

#[test]
fn a_key_that_means_nothing_costs_no_frame() {
    let mut lab = Lab::new(80, 24);
    lab.until("reach");
    lab.wizard.urgency = Urgency::None;
    assert_eq!(lab.press(KeyCode::Char('z')), []);
    assert_eq!(lab.wizard.urgency, Urgency::None);
}

#[test]
fn what_was_typed_is_kept_when_one_goes_back_and_leaves() {
    let mut lab = Lab::new(80, 24);
    lab.until("name");
    lab.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    lab.keys("Not a name");
    lab.press(KeyCode::Esc);
    assert_eq!(lab.interview().typed("name"), Some("Not a name"));
    lab.until("name");
    assert_eq!(lab.wizard.asking.editor.text(), "Not a name");
    assert!(
        lab.wizard.asking.wrong.is_some(),
        "it says again what is wrong"
    );
    lab.keys("!");
    let effects = lab.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert!(
        matches!(effects.as_slice(), [Effect::Keep(text), Effect::Leave(Leaving::Shell)] if text.contains("Not a name!")),
        "{effects:?}"
    );
}

#[test]
fn back_from_the_first_question_is_the_welcome_and_on_again() {
    let mut lab = Lab::new(80, 24);
    lab.until("use-case");
    lab.press(KeyCode::End);
    lab.press(KeyCode::Enter);
    lab.press(KeyCode::Esc);
    lab.press(KeyCode::Left);
    assert!(!lab.wizard.is_asking());
    lab.press(KeyCode::Enter);
    assert_eq!(lab.interview().given("use-case"), Some("sandbox"));
    assert_eq!(lab.interview().current().unwrap().id, "use-case");
}

#[test]
fn an_answer_is_looked_up_once_and_others_are_forgotten() {
    let mut lab = Lab::new(80, 24);
    lab.until("host");
    // Enter at the question before brought us here and looked the usual answer up already.
    lab.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    let effects = lab.keys("ab");
    let asked: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::LookUp { answer, .. } => Some(answer.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(asked, ["a", "ab"]);
    assert_eq!(lab.press(KeyCode::Left), [], "the same answer");
    let told = |answer: &str| Data::LookedUp {
        question: "host",
        answer: answer.to_owned(),
        findings: vec![finding(
            "C-5101",
            "host name",
            false,
            Severity::Warn,
            "The network does not know it.",
            "Ask.",
        )],
    };
    lab.tell(told("a"));
    assert_eq!(lab.wizard.beside["host"].findings, None);
    lab.tell(told("ab"));
    assert!(lab.wizard.beside["host"].findings.is_some());
    lab.press(KeyCode::Enter);
    assert_eq!(lab.wizard.notice, None);
    lab.tell(told("ab"));
    assert!(lab.wizard.notice.is_some(), "told where it can be seen now");
}

#[test]
fn what_was_looked_up_is_still_there_at_the_review() {
    let mut lab = Lab::new(80, 24);
    lab.until("use-case");
    let effects = lab.press(KeyCode::F(3));
    let asked = |id: &str| {
        let of =
            |effect: &&Effect| matches!(effect, Effect::LookUp { question, .. } if *question == id);
        effects.iter().find(of).cloned()
    };
    let Some(Effect::LookUp { answer, .. }) = asked("port") else {
        panic!("the port is not looked up: {effects:?}");
    };
    assert!(asked("name").is_some(), "{effects:?}");
    lab.tell(Data::LookedUp {
        question: "port",
        answer,
        findings: vec![finding(
            "C-3001",
            "port",
            false,
            Severity::Block,
            "Port 8443 is taken by nginx.",
            "Choose another port.",
        )],
    });
    let found = format!("{:?}", lab.wizard.review);
    assert!(found.contains("Port 8443 is taken"), "{found}");
    // Another answer takes its findings with it.
    lab.wizard.interview.answer("port", "9443").unwrap();
    lab.press(KeyCode::Enter);
    lab.press(KeyCode::F(3));
    assert!(lab.wizard.found().is_empty());
}

#[test]
fn nothing_is_kept_before_something_was_answered() {
    let mut lab = Lab::new(80, 24);
    assert_eq!(lab.press(KeyCode::Enter), []);
    let effects = lab.press(KeyCode::Enter);
    assert!(
        matches!(effects.first(), Some(Effect::Keep(_))),
        "{effects:?}"
    );
}

/// Answers kept from another day stay until others take their place.
#[test]
fn what_somebody_else_answered_is_neither_replaced_nor_forgotten_by_looking() {
    let mut other = Lab::new(80, 24);
    other.until("name");
    other.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    other.keys("other");
    other.press(KeyCode::Enter);
    let kept = |lab: &Lab| Opening {
        draft: Some(lab.interview().clone()),
        deployments: vec!["grand-bend".to_owned()],
        ..opening()
    };
    let mut lab = Lab::open(kept(&other), 80, 24);
    lab.look_around();
    let profile = Lab::new(80, 24).interview().profile().unwrap().profile;
    let effects = lab.tell(Data::Opened(Ok(Box::new(profile))));
    assert!(is_free_of_keeping(&effects), "{effects:?}");
    // Up and down the review, into a question, and back.
    for code in [KeyCode::Down, KeyCode::Enter, KeyCode::Esc] {
        let effects = lab.press(code);
        assert!(is_free_of_keeping(&effects), "{effects:?}");
    }
    lab.press(KeyCode::Char('s'));
    let effects = lab.tell(Data::Start(StartNews::Ended(Box::new(ready()))));
    assert!(is_free_of_keeping(&effects), "{effects:?}");

    let mut own = Lab::open(kept(&other), 80, 24);
    own.look_around();
    own.press(KeyCode::Enter);
    own.press(KeyCode::F(3));
    own.press(KeyCode::Char('s'));
    let effects = own.tell(Data::Start(StartNews::Ended(Box::new(ready()))));
    assert_eq!(effects, [Effect::Forget], "they are a deployment now");
}

fn is_free_of_keeping(effects: &[Effect]) -> bool {
    let keeps = |effect: &Effect| matches!(effect, Effect::Keep(_) | Effect::Forget);
    !effects.iter().any(keeps)
}

fn ready() -> Finish {
    Finish {
        outcome: Outcome::Done,
        failure: None,
        verification: None,
        places: Vec::new(),
        undo: None,
        notes: Vec::new(),
    }
}

#[test]
fn ctrl_c_stops_waiting_even_behind_the_help_and_leaves_no_undoing_half_done() {
    let mut lab = Lab::new(80, 24);
    lab.until("use-case");
    lab.press(KeyCode::F(3));
    lab.press(KeyCode::Char('s'));
    lab.press(KeyCode::Char('?'));
    let ctrl_c = |lab: &mut Lab| lab.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(ctrl_c(&mut lab), [Effect::StopWaiting]);
    let mut stopped = ready();
    stopped.outcome = Outcome::Stopped;
    stopped.undo = Some("Undo removes 1 container.".to_owned());
    lab.tell(Data::Start(StartNews::Ended(Box::new(stopped))));
    for code in [
        KeyCode::Right,
        KeyCode::Right,
        KeyCode::Enter,
        KeyCode::Down,
    ] {
        lab.press(code);
    }
    assert_eq!(lab.press(KeyCode::Enter), [Effect::Undo]);
    assert_eq!(ctrl_c(&mut lab), []);
    lab.tell(Data::Start(StartNews::Undone(Ok(Vec::new()))));
    let left = ctrl_c(&mut lab);
    let name = lab.interview().effective("name").unwrap();
    assert_eq!(
        left,
        [Effect::Leave(Leaving::Started(name, StartEnd::Undone))]
    );
}

#[test]
fn after_a_rehearsal_a_deployment_is_opened_for_real() {
    let mut lab = Lab::open(
        Opening {
            deployments: vec!["grand-bend".to_owned()],
            ..opening()
        },
        80,
        24,
    );
    lab.look_around();
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Enter);
    assert!(lab.wizard.is_rehearsal());
    lab.press(KeyCode::Esc);
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Down);
    let effects = lab.press(KeyCode::Enter);
    let wanted = Effect::Leave(Leaving::Dashboard("grand-bend".to_owned()));
    assert_eq!(effects, [wanted]);
    assert!(!lab.wizard.is_rehearsal());
}

#[test]
fn a_rehearsal_keeps_nothing_and_looks_nothing_up() {
    let mut lab = Lab::open(
        Opening {
            rehearsal: true,
            ..opening()
        },
        80,
        24,
    );
    for _ in 0..8 {
        assert_eq!(lab.press(KeyCode::Enter), []);
    }
    assert!(lab.wizard.available(Action::Help));
}
