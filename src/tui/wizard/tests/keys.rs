//! Every key of the table, pressed in its place.

use crossterm::event::{KeyCode, KeyModifiers};

use super::super::state::{Data, Effect, Leaving, Opening};
use super::{Lab, finding, opening};
use crate::diagnostic::Severity;
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
    lab.press(KeyCode::Down);
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
fn nothing_is_kept_before_something_was_answered() {
    let mut lab = Lab::new(80, 24);
    assert_eq!(lab.press(KeyCode::Enter), []);
    let effects = lab.press(KeyCode::Enter);
    assert!(
        matches!(effects.first(), Some(Effect::Keep(_))),
        "{effects:?}"
    );
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
