//! Pictures of every screen. A changed picture is a changed screen: look at it before accepting it.

use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::super::draw::draw;
use super::super::state::State;
use super::{Lab, SECRET, container, lines, now, run_of, verification};
use crate::engine::{Health, LogStream, Phase};
use crate::live::News;
use crate::tui::dashboard::Data;
use crate::tui::testing::styled;
use crate::tui::{Palette, Theme};
use crossterm::event::KeyCode;

fn terminal(state: &State, theme: Theme) -> Terminal<TestBackend> {
    let (columns, rows) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, state, theme)).unwrap();
    terminal
}

/// The screen's text.
pub(super) fn drawn(state: &State) -> String {
    terminal(state, Theme::default()).backend().to_string()
}

/// The screen's text, and where the cursor stands.
fn text(lab: &Lab, theme: Theme) -> String {
    let mut terminal = terminal(&lab.state, theme);
    let cursor = terminal.get_cursor_position().unwrap();
    format!("{}cursor {},{}", terminal.backend(), cursor.x, cursor.y)
}

/// Each stretch of one style.
fn coloured(lab: &Lab, theme: Theme) -> String {
    styled(terminal(&lab.state, theme).backend().buffer())
}

fn plain(lab: &Lab) -> String {
    text(lab, Theme::default())
}

#[test]
fn services() {
    assert_snapshot!(plain(&Lab::new(80, 24)));
}

#[test]
fn services_wide() {
    let mut lab = Lab::new(120, 40);
    lab.keys("jj");
    lab.tell(Data::Verified(Ok(verification(false))));
    assert_snapshot!(plain(&lab));
}

#[test]
fn services_at_the_least_size() {
    let mut lab = Lab::new(60, 18);
    lab.keys("G");
    assert_snapshot!(plain(&lab));
}

#[test]
fn a_rehearsal_says_so_however_narrow_the_window_is() {
    for (columns, name) in [(160, "grand-bend"), (80, "grand-bend"), (60, "gra…")] {
        let mut lab = Lab::new(columns, 24);
        lab.state.facts.mode = crate::engine::rehearsal::NOTICE;
        let screen = plain(&lab);
        let header = screen.lines().next().unwrap();
        assert!(
            header.contains(" rehearsal: nothing really runs"),
            "{header}"
        );
        assert!(header.contains(name), "{header}");
    }
}

#[test]
fn services_in_trouble() {
    assert_snapshot!(plain(&in_trouble()));
}

fn in_trouble() -> Lab {
    let mut lab = Lab::new(80, 24);
    let mut ended = container("api", Health::None, 10).state;
    ended.phase = Phase::Exited;
    ended.exit_code = Some(139);
    lab.tell(Data::News(News::State {
        run: run_of("api", 3),
        state: ended,
    }));
    let unhealthy = container("db-ods", Health::Unhealthy, 4000).state;
    lab.tell(Data::News(News::State {
        run: run_of("db-ods", 2),
        state: unhealthy,
    }));
    let starting = container("gateway", Health::Starting, 4).state;
    lab.tell(Data::News(News::State {
        run: run_of("gateway", 6),
        state: starting,
    }));
    lab.tell(Data::News(News::EngineGone {
        reason: "no container engine answers at unix:///var/run/docker.sock: no such file"
            .to_owned(),
    }));
    lab
}

#[test]
fn nothing_known_yet() {
    assert_snapshot!(plain(&Lab::empty(80, 24)));
}

#[test]
fn too_small() {
    assert_snapshot!(plain(&Lab::new(40, 10)));
}

#[test]
fn logs_of_all_services() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2");
    assert_snapshot!(plain(&lab));
}

#[test]
fn logs_found_and_standing_still() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2/1 20");
    lab.press(KeyCode::Enter);
    lab.keys("NN");
    lab.tell(lines(
        "api",
        vec![super::line(2, LogStream::Out, "GET /new 200")],
    ));
    assert_snapshot!(plain(&lab));
}

#[test]
fn logs_of_one_service_without_wrapping() {
    let mut lab = Lab::new(80, 24);
    lab.keys("jj");
    lab.press(KeyCode::Enter);
    lab.keys("wt/slow");
    assert_snapshot!(plain(&lab));
}

#[test]
fn resources() {
    let mut lab = Lab::new(80, 24);
    lab.keys("3j");
    assert_snapshot!(plain(&lab));
}

#[test]
fn access_hides_secrets_until_asked() {
    let mut lab = Lab::new(80, 24);
    lab.keys("4jj");
    let hidden = plain(&lab);
    assert!(!hidden.contains(SECRET));
    assert_snapshot!(hidden);
    lab.keys("s");
    let shown = plain(&lab);
    assert!(shown.contains(SECRET) && !shown.contains("another-secret-value"));
}

#[test]
fn events() {
    let mut lab = Lab::new(80, 24);
    lab.keys("5k");
    assert_snapshot!(plain(&lab));
}

#[test]
fn help() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2?");
    assert_snapshot!(plain(&lab));
}

#[test]
fn question() {
    let mut lab = Lab::new(80, 24);
    lab.keys("jja");
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Enter);
    assert_snapshot!(plain(&lab));
}

#[test]
fn ascii_has_no_other_character() {
    for keys in ["1", "2", "3", "4", "5", "2?", "a", "2/G"] {
        let mut lab = Lab::new(80, 24);
        lab.keys(keys);
        lab.tell(lines(
            "api",
            vec![super::line(1, LogStream::Out, "Grüße ✓")],
        ));
        lab.state.want(crate::tui::Urgency::Now);
        let theme = Theme {
            palette: Palette::Mono,
            ascii: true,
        };
        let screen = text(&lab, theme);
        assert!(screen.is_ascii(), "{keys}: {screen}");
        if keys == "2" {
            assert_snapshot!(screen);
        }
    }
}

#[test]
fn themes() {
    for (name, palette) in [
        ("terminal", Palette::Terminal),
        ("light", Palette::Light),
        ("high-contrast", Palette::HighContrast),
        ("mono", Palette::Mono),
    ] {
        let mut lab = Lab::new(80, 24);
        lab.keys("j");
        let theme = Theme {
            palette,
            ascii: false,
        };
        assert_snapshot!(format!("theme_{name}"), coloured(&lab, theme));
    }
}

#[test]
fn every_tab_in_the_light_theme() {
    const LIGHT: Theme = Theme {
        palette: Palette::Light,
        ascii: false,
    };
    for (name, keys) in [
        ("logs", "2"),
        ("logs_found", "2/1 20\r"),
        ("a_text_that_is_typed", "2fslow"),
        ("resources", "3j"),
        ("access", "4jj"),
        ("events", "5k"),
        ("help", "2?"),
        ("menu", "jja"),
    ] {
        let mut lab = Lab::new(80, 24);
        for key in keys.chars() {
            lab.press(match key {
                '\r' => KeyCode::Enter,
                char => KeyCode::Char(char),
            });
        }
        assert_snapshot!(format!("light_{name}"), coloured(&lab, LIGHT));
    }
    assert_snapshot!("light_in_trouble", coloured(&in_trouble(), LIGHT));
    assert_snapshot!(
        "light_nothing_known_yet",
        coloured(&Lab::empty(80, 24), LIGHT)
    );
}

#[test]
fn drawing_changes_nothing() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2");
    let before = format!("{:?}", lab.state);
    let _ = plain(&lab);
    assert_eq!(format!("{:?}", lab.state), before);
    let _ = now();
}
