//! Pictures of every tab. A changed picture is a changed screen: look at it before accepting it.

use crossterm::event::KeyCode;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;

use super::{Lab, block, interview};
use crate::session::{Preview, Unsaved};
use crate::tui::page::{self, Head};
use crate::tui::testing;
use crate::tui::widgets::put;
use crate::tui::{Palette, Theme};

const ASCII: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

fn terminal(lab: &Lab, theme: Theme) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(lab.size.0, lab.size.1)).unwrap();
    let head = Head {
        step: "",
        title: "Review",
        deployment: "grand-bend",
        mode: "for real",
    };
    terminal
        .draw(|frame| {
            let available = |action| lab.review.available(action);
            let context = lab.review.context();
            if let Some(body) = page::page(frame, theme, head, context, available) {
                lab.review.draw(frame, theme, body, &lab.interview);
            }
            if let Some((tone, words)) = lab.review.notice() {
                let place = page::notice(lab.size);
                let place = Rect { x: 1, ..place };
                put(frame.buffer_mut(), theme, place, words, tone);
            }
        })
        .unwrap();
    terminal
}

/// The screen's text, and where the cursor stands.
fn text(lab: &Lab, theme: Theme) -> String {
    let mut terminal = terminal(lab, theme);
    let cursor = terminal.get_cursor_position().unwrap();
    format!("{}cursor {},{}", terminal.backend(), cursor.x, cursor.y)
}

fn plain(lab: &Lab) -> String {
    text(lab, Theme::default())
}

/// Each stretch of one style.
fn styled(lab: &Lab, theme: Theme) -> String {
    testing::styled(terminal(lab, theme).backend().buffer())
}

#[test]
fn summary() {
    assert_snapshot!(plain(&Lab::new(80, 24)));
}

#[test]
fn summary_wide() {
    assert_snapshot!(plain(&Lab::new(120, 40)));
}

#[test]
fn facts_beside_the_answers_are_never_cut() {
    for columns in 110..170 {
        let lab = Lab::new(columns, 40);
        let screen = plain(&lab);
        let facts = screen.lines().filter_map(|line| line.split_once('│'));
        let cut: Vec<&str> = facts
            .map(|(_, fact)| fact)
            .filter(|fact| fact.contains('…'))
            .collect();
        assert!(cut.is_empty(), "{columns}: {cut:?}");
    }
}

#[test]
fn summary_at_the_least_size() {
    let mut lab = Lab::new(60, 18);
    for _ in 0..9 {
        lab.keys("j");
    }
    assert_snapshot!(plain(&lab));
}

#[test]
fn summary_with_something_open_and_something_in_the_way() {
    let mut open = interview("district");
    open.answer("host", "edfi.example").unwrap();
    open.answer("reach", "address").unwrap();
    let mut lab = Lab::new(80, 24);
    let mut preview = lab.review.preview.clone().unwrap();
    preview.notes.insert(0, block());
    lab.review.take(preview);
    lab.interview = open;
    lab.keys("s");
    assert_snapshot!(plain(&lab));
}

#[test]
fn nothing_worked_out_yet() {
    let mut lab = Lab::waiting(interview("district"), 80, 24);
    lab.review.expect(Preview::of_answers(&lab.interview).0);
    lab.press(KeyCode::End);
    lab.press(KeyCode::Up);
    assert_snapshot!(plain(&lab));
    lab.keys("4");
    assert!(plain(&lab).contains("as soon as an engine answers"));
}

#[test]
fn picture() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2");
    assert_snapshot!(plain(&lab));
}

#[test]
fn picture_of_a_sandbox_at_the_least_size() {
    let mut lab = Lab::of(interview("sandbox"), 60, 18);
    lab.keys("2");
    assert_snapshot!(plain(&lab));
}

#[test]
fn picture_of_a_sandbox_wide() {
    let mut lab = Lab::of(interview("sandbox"), 120, 40);
    lab.keys("2");
    assert_snapshot!(plain(&lab));
}

#[test]
fn services() {
    let mut lab = Lab::new(80, 24);
    lab.keys("3");
    assert_snapshot!(plain(&lab));
}

#[test]
fn services_wide() {
    let mut lab = Lab::new(120, 40);
    lab.keys("3");
    assert_snapshot!(plain(&lab));
}

#[test]
fn plan() {
    let mut lab = Lab::new(80, 24);
    lab.keys("4");
    assert_snapshot!(plain(&lab));
}

#[test]
fn plan_at_the_least_size() {
    let mut lab = Lab::new(60, 18);
    lab.keys("4");
    lab.press(KeyCode::PageDown);
    assert_snapshot!(plain(&lab));
}

#[test]
fn compose() {
    let mut lab = Lab::new(80, 24);
    lab.keys("5");
    assert_snapshot!(plain(&lab));
}

#[test]
fn profile() {
    let mut lab = Lab::new(80, 24);
    lab.keys("6");
    lab.press(KeyCode::End);
    assert_snapshot!(plain(&lab));
}

#[test]
fn good_to_know() {
    let mut known = interview("district");
    known.answer("images", "practice").unwrap();
    known.answer("reach", "network").unwrap();
    let mut lab = Lab::of(known, 80, 24);
    let mut preview = lab.review.preview.clone().unwrap();
    preview.notes.insert(0, block());
    lab.review.take(preview);
    lab.keys("7");
    assert_snapshot!(plain(&lab));
}

#[test]
fn saving_over_a_file() {
    let mut lab = Lab::new(80, 24);
    lab.keys("p");
    lab.press(KeyCode::Enter);
    lab.review
        .saved(Err(Unsaved::Exists("/home/it/grand-bend.yml".into())));
    assert_snapshot!(plain(&lab));
}

#[test]
fn ascii_has_no_other_character() {
    for (name, keys) in [
        ("summary", "1"),
        ("picture", "2"),
        ("services", "3"),
        ("plan", "4"),
        ("compose", "5"),
        ("profile", "6"),
        ("know", "7"),
        ("save", "p"),
        ("copy", "c"),
    ] {
        let mut lab = Lab::of(interview("sandbox"), 80, 24);
        let mut preview = lab.review.preview.clone().unwrap();
        preview.notes.insert(0, block());
        preview.profile.push_str("# Grüße ✓\n");
        lab.review.take(preview);
        lab.keys(keys);
        let screen = text(&lab, ASCII);
        assert!(screen.is_ascii(), "{keys}: {screen}");
        if ["summary", "picture"].contains(&name) {
            assert_snapshot!(format!("ascii_{name}"), screen);
        }
    }
}

#[test]
fn themes() {
    for (name, palette) in [
        ("terminal", Palette::Terminal),
        ("light", Palette::Light),
        ("mono", Palette::Mono),
    ] {
        let mut lab = Lab::new(80, 18);
        let theme = Theme {
            palette,
            ascii: false,
        };
        assert_snapshot!(format!("theme_{name}_summary"), styled(&lab, theme));
        lab.keys("5");
        assert_snapshot!(format!("theme_{name}_compose"), styled(&lab, theme));
    }
}

#[test]
fn every_tab_in_the_light_theme() {
    const LIGHT: Theme = Theme {
        palette: Palette::Light,
        ascii: false,
    };
    // Summary and Compose text are among the themes above.
    for (name, keys) in [
        ("picture", "2"),
        ("services", "3"),
        ("plan", "4"),
        ("profile", "6"),
        ("good_to_know", "7"),
        ("a_name_that_is_typed", "p"),
    ] {
        let mut lab = Lab::new(80, 24);
        lab.keys(keys);
        assert_snapshot!(format!("light_{name}"), styled(&lab, LIGHT));
    }
}

#[test]
fn what_is_of_yesterday_is_quiet() {
    let mut lab = Lab::new(80, 18);
    lab.review.expect(Preview::of_answers(&lab.interview).0);
    lab.keys("2");
    let screen = styled(&lab, Theme::default());
    assert!(screen.contains("working out"), "{screen}");
    let line = screen
        .lines()
        .find(|line| line.contains("gateway"))
        .unwrap();
    assert!(line.contains("DIM"), "{line}");
    // The profile is never of yesterday.
    lab.keys("6");
    let screen = styled(&lab, Theme::default());
    let line = screen
        .lines()
        .find(|line| line.contains("version"))
        .unwrap();
    assert!(
        line.contains("BOLD") && !line.contains("DIM>version"),
        "{line}"
    );
}

#[test]
fn drawing_changes_nothing() {
    let lab = Lab::new(80, 24);
    let before = format!("{:?}", lab.review);
    let _ = plain(&lab);
    assert_eq!(format!("{:?}", lab.review), before);
}
