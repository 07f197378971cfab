//! Every key in every place, and every way back.

use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::super::state::{Overlay, Tab, Then};
use super::{Lab, NOW, SECRET, line, lines, now, run_of};
use crate::engine::LogStream;
use crate::live::{Act, News};
use crate::session::lists::Kind as List;
use crate::tui::dashboard::{Data, Effect, Onward};
use crate::tui::events::Input;
use crate::tui::keys::{Action, Context, Key, TABLE};
use crate::tui::pace::Urgency;

/// A dashboard in which every key of a place has something to do.
fn busy(context: Context) -> Lab {
    let mut lab = Lab::new(80, 24);
    let tab = |lab: &mut Lab, number: char| {
        lab.press(KeyCode::Char(number));
    };
    let in_logs = |lab: &mut Lab| {
        tab(lab, '2');
        lab.press(KeyCode::Char('/'));
        lab.keys("20");
        lab.press(KeyCode::Enter);
        // In the middle: there is something above and below, and to the left and right.
        for _ in 0..14 {
            lab.press(KeyCode::Up);
        }
    };
    match context {
        Context::Services | Context::Dashboard => {
            tab(&mut lab, '1');
            lab.press(KeyCode::Down);
        }
        Context::Logs => in_logs(&mut lab),
        Context::Resources => {
            tab(&mut lab, '3');
            lab.press(KeyCode::Down);
        }
        Context::Access => {
            tab(&mut lab, '4');
            lab.press(KeyCode::Down);
            lab.press(KeyCode::Down);
        }
        Context::Events => {
            for number in 0..60 {
                lab.tell(super::event(
                    "api",
                    number,
                    crate::engine::EngineEventKind::OutOfMemory,
                ));
            }
            tab(&mut lab, '5');
            for _ in 0..25 {
                lab.press(KeyCode::Up);
            }
        }
        Context::Typing => {
            in_logs(&mut lab);
            lab.press(KeyCode::Char('f'));
            lab.keys("gET");
        }
        Context::Question => {
            lab.press(KeyCode::Down);
            lab.press(KeyCode::Char('a'));
        }
        Context::Help => {
            in_logs(&mut lab);
            lab.press(KeyCode::Char('?'));
            for _ in 0..3 {
                lab.press(KeyCode::Down);
            }
        }
        other => unreachable!("{other:?} is no place of the dashboard"),
    }
    lab.state.urgency = Urgency::None;
    lab
}

fn press(lab: &mut Lab, key: Key) -> Vec<Effect> {
    match key {
        Key::Plain(code) => lab.press(code),
        Key::Ctrl(char) => lab.press_with(KeyCode::Char(char), KeyModifiers::CONTROL),
    }
}

/// The places of the dashboard; the others are the wizard's.
fn is_ours(context: Context) -> bool {
    let on_top = [Context::Typing, Context::Question, Context::Help];
    context == Context::Dashboard
        || context.general() == Some(Context::Dashboard)
        || on_top.contains(&context)
}

#[test]
fn every_key_in_the_table_does_something() {
    for binding in TABLE.iter().filter(|binding| is_ours(binding.context)) {
        for key in binding.keys {
            let mut lab = busy(binding.context);
            if binding.context == Context::Dashboard && binding.action == Action::Tab(0) {
                lab.press(KeyCode::Char('3'));
                lab.state.urgency = Urgency::None;
            }
            let place = format!("{:?} {key:?} {:?}", binding.context, binding.action);
            assert!(lab.state.available(binding.action), "{place}");
            let before = format!("{:?}", lab.state);
            let effects = press(&mut lab, *key);
            assert_eq!(lab.state.urgency, Urgency::Now, "{place} draws");
            lab.state.urgency = Urgency::None;
            let changed = format!("{:?}", lab.state) != before;
            assert!(changed || !effects.is_empty(), "{place} does nothing");
        }
    }
}

#[test]
fn a_key_that_means_nothing_costs_no_frame() {
    for context in [
        Context::Services,
        Context::Logs,
        Context::Access,
        Context::Help,
    ] {
        let mut lab = busy(context);
        lab.press(KeyCode::F(9));
        lab.press(KeyCode::Char('%'));
        assert_eq!(lab.state.urgency, Urgency::None, "{context:?}");
    }
}

#[test]
fn escape_goes_back_one_level_at_a_time_and_never_leaves() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2/GET");
    lab.press(KeyCode::Enter);
    lab.keys("f200");
    lab.press(KeyCode::Enter);
    lab.keys("?");
    assert!(matches!(lab.state.overlay, Some(Overlay::Help { .. })));
    let mut seen = Vec::new();
    for _ in 0..6 {
        assert!(lab.press(KeyCode::Esc).is_empty());
        let view = &lab.state.view;
        seen.push((
            lab.state.overlay.is_some(),
            view.query.is_some(),
            view.filter.is_some(),
            lab.state.tab,
        ));
    }
    assert_eq!(seen[0], (false, true, true, Tab::Logs));
    assert_eq!(seen[1], (false, false, true, Tab::Logs));
    assert_eq!(seen[2], (false, false, false, Tab::Logs));
    assert_eq!(seen[3], (false, false, false, Tab::Services));
    assert_eq!(seen[5].3, Tab::Services);
}

#[test]
fn typing_takes_letters_and_a_cancelled_text_leaves_what_was() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2/kj q1");
    assert_eq!(lab.state.prompt.as_ref().unwrap().text, "kj q1");
    assert_eq!(lab.state.tab, Tab::Logs);
    lab.press(KeyCode::Backspace);
    lab.press(KeyCode::Enter);
    assert_eq!(lab.state.view.query.as_ref().unwrap().text(), "kj q");
    assert!(lab.state.notice.is_some(), "it was not found, and says so");
    lab.keys("/other");
    lab.press(KeyCode::Esc);
    assert_eq!(lab.state.view.query.as_ref().unwrap().text(), "kj q");
    lab.keys("/");
    lab.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    lab.state
        .update(Input::Paste("GET\u{1b}[31m\nrm -rf".to_owned()), now());
    assert_eq!(lab.state.prompt.as_ref().unwrap().text, "GET");
    let leave = lab.press_with(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(leave, [Effect::Leave(Onward::Shell)]);
}

#[test]
fn the_safe_choice_is_focused_and_only_the_other_acts() {
    let mut lab = Lab::new(80, 24);
    lab.press(KeyCode::End);
    lab.keys("a");
    let Some(Overlay::Question(menu)) = &lab.state.overlay else {
        panic!("no menu")
    };
    assert_eq!(menu.choices[menu.chosen].1, Then::Nothing);
    lab.press(KeyCode::Down);
    assert!(lab.press(KeyCode::Enter).is_empty(), "it asks first");
    let Some(Overlay::Question(question)) = &lab.state.overlay else {
        panic!("no question")
    };
    assert_eq!(question.choices[question.chosen].1, Then::Nothing);
    assert!(question.title.contains("gateway"), "the object is named");
    assert!(lab.press(KeyCode::Enter).is_empty(), "the safe choice");
    assert!(lab.state.overlay.is_none());

    lab.keys("a");
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Enter);
    lab.press(KeyCode::Down);
    let restart = Effect::Act {
        service: "gateway".to_owned(),
        container: "id-gateway".to_owned(),
        act: Act::Restart,
    };
    assert_eq!(lab.press(KeyCode::Enter), [restart]);
    assert!(!lab.state.available(Action::Menu), "not twice");
    lab.tell(Data::Acted {
        service: "gateway".to_owned(),
        act: Act::Restart,
        result: Err("the lock is held".to_owned()),
    });
    assert!(
        lab.state
            .notice
            .as_ref()
            .unwrap()
            .words
            .contains("the lock is held")
    );
    assert!(lab.state.available(Action::Menu));
}

#[test]
fn a_stopped_service_can_be_started_and_not_stopped() {
    let mut lab = Lab::new(80, 24);
    let mut state = super::container("api", crate::engine::Health::None, 10).state;
    state.phase = crate::engine::Phase::Exited;
    state.exit_code = Some(0);
    lab.tell(Data::News(News::State {
        run: run_of("api", 3),
        state,
    }));
    lab.keys("jja");
    let Some(Overlay::Question(menu)) = &lab.state.overlay else {
        panic!("no menu")
    };
    let words: Vec<&str> = menu
        .choices
        .iter()
        .map(|(words, _)| words.as_str())
        .collect();
    assert_eq!(
        words,
        [
            "Nothing",
            "Start it",
            "Add a school year to grand-bend",
            "Take a tour of grand-bend",
            "Change the answers of grand-bend"
        ]
    );
    lab.press(KeyCode::Down);
    let effects = lab.press(KeyCode::Enter);
    assert!(matches!(
        &effects[..],
        [Effect::Act {
            act: Act::Start,
            ..
        }]
    ));
}

#[test]
fn secrets_are_hidden_again_when_the_tab_is_left() {
    let mut lab = Lab::new(80, 24);
    lab.keys("4jj");
    lab.press(KeyCode::Enter);
    assert_eq!(lab.state.revealed.len(), 1);
    lab.keys("14");
    assert!(lab.state.revealed.is_empty());
    lab.keys("s");
    assert_eq!(lab.state.revealed.len(), 1);
    lab.press(KeyCode::Esc);
    assert!(lab.state.revealed.is_empty());
    let effects = lab.keys("c");
    let Some(Effect::Copy(copied)) = effects.first() else {
        panic!("nothing was copied")
    };
    assert_eq!(copied.expose(), SECRET);
    assert!(
        !format!("{effects:?} {:?}", lab.state).contains(SECRET),
        "not in any debug output"
    );
}

#[test]
fn saving_hands_over_what_is_shown() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2fslow");
    lab.press(KeyCode::Enter);
    let effects = lab.keys("s");
    let Some(Effect::Save { name, text }) = effects.first() else {
        panic!("nothing is saved")
    };
    assert_eq!(name, "grand-bend-all-log");
    assert_eq!(
        text,
        "2026-11-23T07:58:40Z api ! warn: slow query, 412 ms\n"
    );
}

#[test]
fn the_mouse_chooses_tabs_and_services_and_scrolls() {
    let mut lab = Lab::new(80, 24);
    let mouse = |kind, column, row| {
        Input::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        })
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    lab.state.update(mouse(click, 5, 7), now());
    assert_eq!(lab.state.focus, "api");
    lab.state.update(mouse(click, 13, 2), now());
    assert_eq!(lab.state.tab, Tab::Logs);
    lab.state
        .update(mouse(MouseEventKind::ScrollUp, 13, 9), now());
    assert!(lab.state.view.top.is_some());
    lab.state
        .update(mouse(MouseEventKind::ScrollDown, 13, 9), now());
    assert!(lab.state.view.top.is_none());
    assert_eq!(lab.keys("m"), [Effect::Mouse(false)]);
}

#[test]
fn any_keys_at_any_size_never_panic_and_always_draw() {
    use proptest::prelude::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    let keys: Vec<Key> = TABLE
        .iter()
        .flat_map(|binding| binding.keys)
        .copied()
        .collect();
    let strategy = (
        prop::collection::vec((0..keys.len() + 3, any::<bool>()), 0..60),
        0_u16..170,
        0_u16..50,
    );
    let config = proptest::test_runner::Config::with_cases(64);
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner
        .run(&strategy, |(deeds, columns, rows)| {
            let mut lab = Lab::new(columns, rows);
            let theme = crate::tui::Theme::default();
            let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
            for (deed, draws) in deeds {
                match keys.get(deed) {
                    Some(key) => {
                        press(&mut lab, *key);
                    }
                    None if deed == keys.len() => {
                        lab.tell(lines("api", vec![line(0, LogStream::Out, "漢字 GET é")]));
                    }
                    None if deed == keys.len() + 1 => {
                        lab.tell(Data::News(News::Seen(Vec::new())));
                    }
                    None => {
                        lab.tell(Data::News(News::Seen(super::seen())));
                    }
                }
                lab.state.refresh();
                if draws {
                    terminal
                        .draw(|frame| super::super::draw::draw(frame, &lab.state, theme))
                        .unwrap();
                }
            }
            prop_assert_eq!(lab.state.now.as_second(), NOW);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_list_is_typed_or_pasted_asked_about_and_added() {
    let mut lab = Lab::new(80, 24);
    let choose = |lab: &mut Lab| {
        lab.press(KeyCode::Char('a'));
        let Some(Overlay::Question(question)) = &lab.state.overlay else {
            panic!("no menu");
        };
        let place = question
            .choices
            .iter()
            .position(|(words, _)| words.starts_with("Add a school year"));
        for _ in 0..place.unwrap() {
            lab.press(KeyCode::Down);
        }
        assert!(lab.press(KeyCode::Enter).is_empty());
    };
    choose(&mut lab);
    // Nothing typed is nothing to add, and letters are text here.
    lab.press(KeyCode::Enter);
    assert!(lab.state.overlay.is_none() && lab.state.prompt.is_none());
    choose(&mut lab);
    lab.state
        .update(Input::Paste("2028\n2029\n".to_owned()), now());
    lab.press(KeyCode::Enter);
    assert!(lab.state.overlay.is_some());
    // The safe choice is chosen.
    assert!(lab.press(KeyCode::Enter).is_empty());
    choose(&mut lab);
    lab.keys("2028");
    lab.press(KeyCode::Enter);
    lab.press(KeyCode::Down);
    let effects = lab.press(KeyCode::Enter);
    let text = "2028".to_owned();
    assert_eq!(
        effects,
        [Effect::Add {
            list: List::Year,
            text
        }]
    );
    let failed = Data::Added {
        words: String::new(),
        result: Err("2028 is no district.".to_owned()),
    };
    lab.state.update(Input::Data(failed), now());
    assert!(
        lab.state
            .notice
            .as_ref()
            .unwrap()
            .words
            .contains("Not added")
    );
    let done = Data::Added {
        words: "2028 was added.".to_owned(),
        result: Ok(Vec::new()),
    };
    lab.state.update(Input::Data(done), now());
    assert_eq!(lab.state.notice.as_ref().unwrap().words, "2028 was added.");
}
