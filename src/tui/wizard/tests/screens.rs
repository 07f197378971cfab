//! Pictures of every screen. A changed picture is a changed screen: look at it before accepting it.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::draw::draw;
use super::super::state::{Around, Data, Opening};
use super::{Lab, finding, opening};
use crate::diagnostic::Severity;
use crate::tui::testing;
use crate::tui::{Palette, Theme};

pub(super) fn text(lab: &Lab, theme: Theme) -> String {
    let (columns, rows) = lab.wizard.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| draw(frame, &lab.wizard, theme))
        .unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    format!("{}cursor {},{}", terminal.backend(), cursor.x, cursor.y)
}

pub(super) fn plain(lab: &Lab) -> String {
    text(lab, Theme::default())
}

pub(super) const ASCII: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

/// A machine on which nothing answers.
fn without_an_engine() -> Lab {
    let mut lab = Lab::open(opening(), 80, 24);
    lab.around(Around::Found(vec![finding(
        "C-1001",
        "container engine",
        false,
        Severity::Block,
        "No container engine answers at unix:///var/run/docker.sock.",
        "Start it: on Linux \"sudo systemctl start docker\".",
    )]));
    lab.around(Around::Engine(false));
    lab.around(Around::Done);
    lab
}

/// A machine on which somebody has been at work.
fn with_deployments() -> Lab {
    let mut lab = Lab::open(
        Opening {
            deployments: vec!["grand-bend".to_owned(), "demo".to_owned()],
            draft: {
                let mut draft = super::Lab::new(80, 24);
                draft.until("host");
                Some(draft.interview().clone())
            },
            ..opening()
        },
        80,
        24,
    );
    lab.look_around();
    lab
}

fn port_is_taken() -> Data {
    Data::LookedUp {
        question: "port",
        answer: "443".to_owned(),
        findings: vec![finding(
            "C-3001",
            "port 443",
            false,
            Severity::Block,
            "Port 443 is taken by nginx (process 812).",
            "Choose another port, or stop that program.",
        )],
    }
}

#[test]
fn the_first_frame_waits_for_nothing() {
    assert_snapshot!(plain(&Lab::open(opening(), 80, 24)));
}

#[test]
fn welcome() {
    assert_snapshot!(plain(&Lab::new(80, 24)));
}

#[test]
fn welcome_in_a_large_window() {
    assert_snapshot!(plain(&Lab::new(120, 40)));
}

#[test]
fn welcome_in_the_smallest_window() {
    assert_snapshot!(plain(&Lab::new(60, 18)));
}

#[test]
fn welcome_in_ascii() {
    assert_snapshot!(text(&Lab::new(80, 24), ASCII));
}

#[test]
fn a_window_that_is_too_small() {
    assert_snapshot!(plain(&Lab::new(40, 10)));
}

#[test]
fn without_an_engine_a_rehearsal_is_proposed() {
    let mut lab = without_an_engine();
    assert_snapshot!(plain(&lab));
    lab.press(KeyCode::Up);
    lab.press(KeyCode::Enter);
    assert!(
        lab.wizard.notice.is_some(),
        "answers can be given, and it says what for"
    );
    lab.press(KeyCode::Esc);
    lab.press(KeyCode::End);
    for _ in 0..3 {
        lab.press(KeyCode::Down);
    }
    lab.press(KeyCode::Enter);
    assert!(lab.wizard.rehearsal);
    assert_snapshot!("a_rehearsal_says_so", plain(&lab));
}

#[test]
fn deployments_and_answers_that_are_there() {
    assert_snapshot!(plain(&with_deployments()));
}

#[test]
fn a_question_with_choices() {
    let mut lab = Lab::new(80, 24);
    lab.until("use-case");
    lab.press(KeyCode::Down);
    assert_snapshot!(plain(&lab));
    assert_snapshot!("a_question_with_choices_in_ascii", text(&lab, ASCII));
    lab.press(KeyCode::F(2));
    assert_snapshot!("why_a_question_is_asked", plain(&lab));
    lab.wizard.size = (120, 40);
    lab.press(KeyCode::F(2));
    assert_snapshot!("a_question_in_a_large_window", plain(&lab));
    lab.wizard.size = (60, 18);
    assert_snapshot!("a_question_in_the_smallest_window", plain(&lab));
}

#[test]
fn a_question_to_write_an_answer_to() {
    let mut lab = Lab::new(80, 24);
    lab.until("port");
    assert_snapshot!("an_answer_is_looked_up", plain(&lab));
    lab.tell(port_is_taken());
    assert_snapshot!("an_answer_was_looked_up", plain(&lab));
    lab.keys("x99999");
    lab.press(KeyCode::Enter);
    assert_snapshot!("an_answer_that_is_none", plain(&lab));
    lab.wizard.size = (60, 18);
    assert_snapshot!("an_answer_that_is_none_in_the_smallest_window", plain(&lab));
}

#[test]
fn every_question_fits() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut lab = Lab::new(columns, rows);
        lab.press(KeyCode::Enter);
        let mut seen = 0;
        while lab.wizard.is_asking() && seen < 40 {
            let question = lab.interview().current().unwrap();
            for _ in 0..lab.interview().offers(question).len().max(1) {
                let screen = text(&lab, Theme::default());
                // The sign that there is more below than can be seen stands in the body's last row.
                let last = screen.lines().nth(usize::from(rows) - 4).unwrap();
                assert!(!last.contains('▼'), "{}:\n{screen}", question.id);
                lab.press(KeyCode::Down);
            }
            lab.press(KeyCode::Home);
            lab.press(KeyCode::Enter);
            seen += 1;
        }
        assert!(seen >= 8, "{seen}");
    }
}

#[test]
fn the_light_theme() {
    const LIGHT: Theme = Theme {
        palette: Palette::Light,
        ascii: false,
    };
    let styled = |lab: &Lab| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal
            .draw(|frame| draw(frame, &lab.wizard, LIGHT))
            .unwrap();
        testing::styled(terminal.backend().buffer())
    };
    assert_snapshot!("looking_in_light", styled(&Lab::open(opening(), 80, 24)));
    assert_snapshot!("no_engine_in_light", styled(&without_an_engine()));
    assert_snapshot!("there_already_in_light", styled(&with_deployments()));
    let mut lab = Lab::new(80, 24);
    assert_snapshot!("welcome_in_light", styled(&lab));
    lab.until("use-case");
    assert_snapshot!("a_question_in_light", styled(&lab));
    lab.press(KeyCode::F(2));
    assert_snapshot!("why_in_light", styled(&lab));
    lab.press(KeyCode::Char('?'));
    assert_snapshot!("help_in_light", styled(&lab));
    lab.press(KeyCode::Esc);
    lab.until("port");
    assert_snapshot!("an_answer_is_looked_up_in_light", styled(&lab));
    lab.tell(port_is_taken());
    assert_snapshot!("an_answer_was_looked_up_in_light", styled(&lab));
    lab.keys("x");
    lab.press(KeyCode::Enter);
    assert_snapshot!("an_answer_that_is_none_in_light", styled(&lab));
}

#[test]
fn help() {
    let mut lab = Lab::new(80, 24);
    lab.until("use-case");
    lab.press(KeyCode::Char('?'));
    assert_snapshot!(plain(&lab));
}
