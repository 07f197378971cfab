//! Pictures of the pages. A changed picture is a changed page: look at it before accepting it.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::draw::draw;
use super::Lab;
use crate::tour::Step;
use crate::tui::testing;
use crate::tui::{Palette, Theme};

fn text(lab: &Lab, theme: Theme) -> String {
    let (columns, rows) = lab.tour.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| draw(frame, &lab.tour, theme))
        .unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    format!("{}cursor {},{}", terminal.backend(), cursor.x, cursor.y)
}

fn plain(lab: &Lab) -> String {
    text(lab, Theme::default())
}

#[test]
fn the_first_frame_waits_for_nothing() {
    assert_snapshot!(plain(&Lab::new(80, 24)));
}

#[test]
fn services() {
    assert_snapshot!(plain(&Lab::at(Step::Services, 80, 24)));
}

#[test]
fn no_answer() {
    assert_snapshot!(plain(&Lab::at(Step::Discovery, 80, 24)));
}

#[test]
fn no_key() {
    assert_snapshot!(plain(&Lab::at(Step::Token, 80, 24)));
}

#[test]
fn an_empty_list() {
    assert_snapshot!(plain(&Lab::at(Step::Schools, 80, 24)));
}

#[test]
fn a_student() {
    assert_snapshot!(plain(&Lab::at(Step::Student, 80, 24)));
}

#[test]
fn a_refusal_is_long_and_goes_on_below() {
    let mut lab = Lab::at(Step::Refusal, 80, 24);
    assert_snapshot!("a_refusal", plain(&lab));
    lab.press(KeyCode::PageDown);
    assert_snapshot!("a_refusal_below", plain(&lab));
}

#[test]
fn a_refusal_in_a_large_window() {
    assert_snapshot!(plain(&Lab::at(Step::Refusal, 160, 48)));
}

#[test]
fn the_last_step_says_so() {
    let mut lab = Lab::at(Step::Data, 80, 24);
    lab.press(KeyCode::Right);
    assert_snapshot!(plain(&lab));
}

#[test]
fn help() {
    let mut lab = Lab::at(Step::Student, 80, 24);
    lab.press(KeyCode::Char('?'));
    assert_snapshot!(plain(&lab));
}

#[test]
fn in_the_smallest_window() {
    assert_snapshot!(plain(&Lab::at(Step::Refusal, 60, 18)));
}

#[test]
fn in_ascii_no_other_character_is_drawn() {
    let theme = Theme {
        palette: Palette::Mono,
        ascii: true,
    };
    for step in Step::ALL {
        let drawn = text(&Lab::at(step, 80, 24), theme);
        assert!(drawn.is_ascii(), "{drawn}");
        // A sign without a twin would have become a question mark; those of addresses are meant.
        let strange = drawn.replace("?limit=1", "").replace("? help", "");
        assert!(!strange.contains('?'), "{drawn}");
    }
    assert_snapshot!(text(&Lab::at(Step::Student, 80, 24), theme));
}

#[test]
fn every_step_in_the_light_theme() {
    const LIGHT: Theme = Theme {
        palette: Palette::Light,
        ascii: false,
    };
    let styled = |lab: &Lab| {
        let (columns, rows) = lab.tour.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal
            .draw(|frame| draw(frame, &lab.tour, LIGHT))
            .unwrap();
        testing::styled(terminal.backend().buffer())
    };
    for step in Step::ALL {
        let name = format!("light_{step:?}").to_lowercase();
        assert_snapshot!(name, styled(&Lab::at(step, 80, 24)));
    }
    assert_snapshot!("light_waiting", styled(&Lab::new(80, 24)));
    let mut help = Lab::at(Step::Student, 80, 24);
    help.press(KeyCode::Char('?'));
    assert_snapshot!("light_help", styled(&help));
}
