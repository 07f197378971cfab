//! Every key of the table, pressed in its place, and the ways through the tour.

use crossterm::event::{KeyCode, KeyModifiers, MouseEvent, MouseEventKind};

use super::super::state::Effect;
use super::{Lab, now};
use crate::tour::Step;
use crate::tui::events::Input;
use crate::tui::keys::{Action, Context, Key, TABLE};
use crate::tui::pace::Urgency;

/// A page on which every key has something to do.
fn busy(context: Context) -> Option<Lab> {
    let mut lab = Lab::at(Step::Refusal, 60, 18);
    match context {
        Context::Tour | Context::Wizard => {}
        Context::Help => {
            lab.press(KeyCode::Char('?'));
        }
        _ => return None,
    }
    lab.press(KeyCode::Down);
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
            lab.tour.urgency = Urgency::None;
            let place = format!("{:?} {key:?} {:?}", binding.context, binding.action);
            assert!(lab.tour.available(binding.action), "{place}");
            let before = format!("{:?}", lab.tour);
            let effects = match *key {
                Key::Plain(code) => lab.press(code),
                Key::Ctrl(char) => lab.press_with(KeyCode::Char(char), KeyModifiers::CONTROL),
            };
            assert_eq!(lab.tour.urgency, Urgency::Now, "{place} draws");
            lab.tour.urgency = Urgency::None;
            let changed = format!("{:?}", lab.tour) != before;
            assert!(changed || !effects.is_empty(), "{place} does nothing");
        }
    }
    assert!(places > 20, "{places}");
}

#[test]
fn a_step_is_asked_when_it_is_first_shown_and_again_only_on_demand() {
    let mut lab = Lab::new(80, 24);
    lab.answer(Step::Services);
    assert_eq!(lab.press(KeyCode::Enter), [Effect::Visit(Step::Discovery)]);
    assert_eq!(lab.press(KeyCode::Char('r')), [], "it is being asked");
    assert!(!lab.tour.available(Action::Again));
    assert_eq!(lab.press(KeyCode::Left), []);
    assert_eq!(lab.tour.step, Step::Services);
    assert_eq!(lab.press(KeyCode::Right), [], "it is still being asked");
    lab.answer(Step::Discovery);
    assert_eq!(lab.press(KeyCode::Left), []);
    assert_eq!(lab.press(KeyCode::Right), [], "the answer is kept");
    assert_eq!(
        lab.press(KeyCode::Char('r')),
        [Effect::Visit(Step::Discovery)]
    );
    assert!(!lab.tour.visits.contains_key(&Step::Discovery));
}

#[test]
fn an_answer_to_another_step_changes_nothing_on_the_screen() {
    let mut lab = Lab::new(80, 24);
    lab.press(KeyCode::Right);
    lab.tour.urgency = Urgency::None;
    lab.answer(Step::Services);
    assert_eq!(lab.tour.urgency, Urgency::None);
    lab.answer(Step::Discovery);
    assert_eq!(lab.tour.urgency, Urgency::Soon);
}

#[test]
fn both_ends_say_so_and_the_last_step_does_not_end_the_tour_by_itself() {
    let mut lab = Lab::at(Step::Data, 80, 24);
    assert!(!lab.tour.available(Action::Right));
    assert_eq!(lab.press(KeyCode::Enter), []);
    assert!(lab.tour.notice.is_some());
    assert_eq!(lab.press(KeyCode::Char('q')), [Effect::End]);
    let leave = lab.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(leave, [Effect::Leave]);
    let mut lab = Lab::new(80, 24);
    assert!(!lab.tour.available(Action::Left));
    assert_eq!(lab.press(KeyCode::Esc), []);
    assert!(lab.tour.notice.is_some());
}

#[test]
fn a_long_page_scrolls_to_its_end_and_no_further() {
    let mut lab = Lab::at(Step::Refusal, 60, 18);
    let most = lab.tour.most_scroll();
    assert!(most > 0);
    for _ in 0..100 {
        let kind = MouseEventKind::ScrollDown;
        let wheel = MouseEvent {
            kind,
            column: 3,
            row: 5,
            modifiers: KeyModifiers::NONE,
        };
        lab.tour.update(Input::Mouse(wheel), now());
    }
    assert_eq!(lab.tour.scroll, most);
    lab.tour.update(Input::Resize(200, 80), now());
    assert_eq!(lab.tour.scroll, 0);
    assert!(!lab.tour.available(Action::Up));
}
