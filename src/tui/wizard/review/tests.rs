//! The review without an engine: answers and what they lead to, from a list.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use insta::assert_snapshot;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::state::{Focus, Review, ReviewWish};
use crate::catalog::Catalog;
use crate::deployment::Home;
use crate::engine::docker::DockerEngine;
use crate::interview::{Context as World, Interview};
use crate::session::{Machine, Preview, Unsaved};
use crate::tui::keys::{self, Action, Context, Key, TABLE};
use crate::tui::page;
use crate::tui::{Palette, Theme};

fn interview() -> Interview {
    let mut interview = Interview::new(World {
        folder: "/home/it".into(),
        registry_answers: Some(true),
        ..World::new(&Catalog::embedded().unwrap())
    });
    interview.answer("name", "grand-bend").unwrap();
    interview.answer("host", "localhost").unwrap();
    interview.review();
    interview
}

/// What the answers lead to where nothing is there yet, as in a rehearsal.
fn preview(interview: &Interview) -> Box<Preview> {
    let place = tempfile::tempdir().unwrap();
    let home = Home::at(place.path());
    let (answers, loaded) = Preview::of_answers(interview);
    let work = answers.look(
        &home,
        loaded.as_ref().unwrap(),
        Machine::<DockerEngine>::Rehearsal,
        &interview.context().practice,
        Timestamp::from_second(1_795_420_800).unwrap(),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    Box::new(runtime.block_on(work))
}

fn review(size: (u16, u16)) -> (Review, Interview) {
    let interview = interview();
    let mut review = Review::new(size);
    review.take(preview(&interview));
    (review, interview)
}

fn text(review: &Review, interview: &Interview, theme: Theme) -> String {
    let (columns, rows) = review.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| review.draw(frame, theme, page::body(review.size), interview))
        .unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    format!("{}cursor {},{}", terminal.backend(), cursor.x, cursor.y)
}

const ASCII: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

#[test]
fn pictures_of_every_tab() {
    let (mut review, interview) = review((80, 24));
    for (number, name) in ["summary", "picture", "services", "plan"]
        .iter()
        .enumerate()
    {
        review.action(Action::Tab(number), &interview);
        assert_snapshot!(*name, text(&review, &interview, Theme::default()));
    }
    review.action(Action::Tab(5), &interview);
    assert_snapshot!("profile", text(&review, &interview, Theme::default()));
    review.action(Action::Tab(6), &interview);
    assert_snapshot!("good_to_know", text(&review, &interview, Theme::default()));
    // It names labels that every set of secrets has its own of.
    review.action(Action::Tab(4), &interview);
    let compose = text(&review, &interview, Theme::default());
    assert!(
        compose.contains("[Compose]") && compose.contains("name: \"grand-bend\""),
        "{compose}"
    );
    let whole = review.preview.as_ref().unwrap().compose.clone().unwrap();
    assert!(whole.contains("${EDFI_"), "secrets have names here");
}

#[test]
fn pictures_in_other_windows() {
    for (size, name) in [
        ((120, 40), "summary_in_a_large_window"),
        ((60, 18), "summary_in_the_smallest_window"),
    ] {
        let (review, interview) = review(size);
        assert_snapshot!(name, text(&review, &interview, Theme::default()));
    }
    let (mut review, interview) = review((80, 24));
    assert_snapshot!("summary_in_ascii", text(&review, &interview, ASCII));
    review.action(Action::Tab(1), &interview);
    let picture = text(&review, &interview, ASCII);
    assert!(picture.is_ascii(), "{picture}");
}

#[test]
fn an_answer_to_look_at_again_is_chosen_and_says_why() {
    let mut interview = interview();
    interview.answer("port", "9443").unwrap();
    interview.answer("reach", "network").unwrap();
    let mut review = Review::new((80, 24));
    review.take(preview(&interview));
    let screen = text(&review, &interview, Theme::default());
    assert!(screen.contains('!'), "{screen}");
    let ReviewWish::Change(id) = review.action(Action::Enter, &interview) else {
        panic!("nothing is chosen:\n{screen}");
    };
    assert!(interview.look_again(id).is_some(), "{id}");
}

#[test]
fn nothing_starts_while_something_is_open() {
    let mut interview = interview();
    interview.answer("reach", "address").unwrap();
    let mut review = Review::new((80, 24));
    review.expect(Preview::of_answers(&interview).0);
    assert_eq!(review.action(Action::Start, &interview), ReviewWish::None);
    assert!(review.notice().is_some(), "it says why");
    assert_eq!(review.focus, Focus::Answer("listen-address"));
    interview.answer("listen-address", "10.0.0.7").unwrap();
    assert_eq!(review.action(Action::Start, &interview), ReviewWish::Start);
}

#[test]
fn a_profile_is_saved_under_a_name_and_another_one_only_after_asking() {
    let (mut review, interview) = review((80, 24));
    review.action(Action::Save, &interview);
    assert_eq!(review.context(), Context::Typing);
    review.char('x');
    review.action(Action::Erase, &interview);
    let save = |replace| ReviewWish::Save {
        name: "grand-bend.yml".to_owned(),
        replace,
    };
    assert_eq!(review.action(Action::Enter, &interview), save(false));
    review.saved(Err(Unsaved::Exists("/home/it/grand-bend.yml".into())));
    assert_eq!(review.action(Action::Enter, &interview), save(true));
    review.saved(Ok("/home/it/grand-bend.yml".into()));
    assert_eq!(review.context(), Context::Review);
    assert!(review.notice().unwrap().1.contains("Saved as"));
}

#[test]
fn the_command_that_does_the_same_is_copied() {
    let (mut review, interview) = review((80, 24));
    let ReviewWish::Copy(command) = review.action(Action::Copy, &interview) else {
        panic!("nothing to copy");
    };
    assert!(
        command.starts_with("edfi-setup up district-shared"),
        "{command}"
    );
    assert!(command.contains("name=grand-bend"), "{command}");
}

#[test]
fn a_click_opens_a_tab_and_chooses_an_answer() {
    let (mut review, interview) = review((80, 24));
    let screen = text(&review, &interview, Theme::default());
    let row = |words: &str| {
        let place = screen
            .lines()
            .position(|line| line.contains(words))
            .unwrap();
        u16::try_from(place).unwrap()
    };
    // A quote stands before each row of the picture.
    review.click(6, row("Host name"), &interview);
    assert_eq!(review.focus, Focus::Answer("host"), "{screen}");
    review.click(13, row("Picture"), &interview);
    assert!(text(&review, &interview, Theme::default()).contains("[Picture]"));
}

#[test]
fn every_key_in_the_table_does_something() {
    for binding in TABLE
        .iter()
        .filter(|binding| binding.context == Context::Review)
    {
        for key in binding.keys {
            let (mut review, interview) = review((80, 24));
            let scrolls = matches!(binding.action, Action::PageUp | Action::PageDown);
            review.action(Action::Tab(if scrolls { 4 } else { 0 }), &interview);
            match binding.action {
                Action::Tab(0) => {
                    review.action(Action::Tab(3), &interview);
                }
                Action::PageUp => {
                    review.action(Action::Last, &interview);
                }
                _ => {
                    review.action(Action::Down, &interview);
                    review.action(Action::Down, &interview);
                }
            }
            let place = format!("{key:?} {:?}", binding.action);
            let (code, modifiers) = match key {
                Key::Plain(code) => (*code, KeyModifiers::NONE),
                Key::Ctrl(char) => (KeyCode::Char(*char), KeyModifiers::CONTROL),
            };
            let action = keys::action(Context::Review, &KeyEvent::new(code, modifiers));
            assert_eq!(action, Some(binding.action), "{place}");
            assert!(review.available(binding.action), "{place}");
            let before = format!("{review:?}");
            let wish = review.action(binding.action, &interview);
            let changed = format!("{review:?}") != before;
            assert!(changed || wish != ReviewWish::None, "{place} does nothing");
        }
    }
}
