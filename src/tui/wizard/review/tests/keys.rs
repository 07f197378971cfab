//! Every key, every button, every click.

use crossterm::event::{KeyCode, KeyModifiers};

use super::super::state::{Button, Focus, Tab};
use super::super::{ReviewWish, draw, summary};
use super::{Lab, block, interview, previewed};
use crate::session::Unsaved;
use crate::tui::keys::{Action, Context, Key, TABLE};
use crate::tui::theme::Tone;

/// A review in which every key has something to do.
fn busy(context: Context, action: Action) -> Lab {
    let mut lab = Lab::new(80, 18);
    match (context, action) {
        (Context::Typing, _) => {
            lab.keys("p");
        }
        (_, Action::Tab(0)) => {
            lab.keys("3");
        }
        (_, Action::Back) => {}
        (_, Action::Quit) => lab.review.of_dashboard = true,
        // In the middle of a long text, or of the list.
        (_, Action::PageUp | Action::PageDown) => {
            lab.keys("6jjj");
        }
        _ => {
            lab.keys("jjj");
        }
    }
    lab
}

#[test]
fn every_key_in_the_table_does_something() {
    let ours = [Context::Review, Context::Typing];
    for binding in TABLE
        .iter()
        .filter(|binding| ours.contains(&binding.context))
    {
        for key in binding.keys {
            let mut lab = busy(binding.context, binding.action);
            let place = format!("{:?} {key:?} {:?}", binding.context, binding.action);
            assert_eq!(lab.review.context(), binding.context, "{place}");
            assert!(lab.review.available(binding.action), "{place}");
            let before = format!("{:?}", lab.review);
            let wish = match key {
                Key::Plain(code) => lab.press(*code),
                Key::Ctrl(char) => lab.press_with(KeyCode::Char(*char), KeyModifiers::CONTROL),
            };
            let changed = format!("{:?}", lab.review) != before;
            assert!(changed || wish != ReviewWish::None, "{place} does nothing");
        }
    }
}

#[test]
fn the_way_back_to_a_dashboard_leads_over_the_summary() {
    let mut lab = Lab::new(80, 24);
    assert!(!lab.review.available(Action::Quit));
    assert_eq!(lab.press(KeyCode::Esc), ReviewWish::Back);
    lab.review.of_dashboard = true;
    lab.keys("4");
    assert_eq!(lab.press(KeyCode::Esc), ReviewWish::None);
    assert_eq!(lab.press(KeyCode::Esc), ReviewWish::Dashboard);
    lab.keys("4");
    assert_eq!(lab.keys("q"), ReviewWish::Dashboard);
    // A name that is being typed may have a q.
    lab.keys("p");
    assert_eq!(lab.keys("q"), ReviewWish::None);
}

#[test]
fn rows_and_buttons_are_walked_through_and_do_what_they_say() {
    let mut lab = Lab::new(80, 24);
    assert_eq!(lab.press(KeyCode::Enter), ReviewWish::Change("use-case"));
    lab.keys("j");
    assert_eq!(
        lab.press(KeyCode::Enter),
        ReviewWish::Change("district-data")
    );
    lab.keys("G");
    assert!(
        matches!(lab.press(KeyCode::Enter), ReviewWish::Copy(command) if command.contains("name=grand-bend"))
    );
    lab.keys("k");
    assert_eq!(lab.press(KeyCode::Enter), ReviewWish::None);
    assert_eq!(lab.review.context(), Context::Typing);
    lab.press(KeyCode::Esc);
    lab.keys("k");
    assert_eq!(lab.press(KeyCode::Enter), ReviewWish::Start);
    // Each answer that can be changed can be reached.
    lab.keys("g");
    let wanted = summary::places(&summary::list(&lab.interview));
    for place in wanted {
        assert_eq!(
            summary::chosen(lab.review.focus, &summary::list(&lab.interview)),
            place
        );
        lab.keys("j");
    }
}

#[test]
fn escape_goes_to_the_summary_and_then_back() {
    let mut lab = Lab::new(80, 24);
    lab.keys("5");
    assert_eq!(lab.press(KeyCode::Esc), ReviewWish::None);
    assert_eq!(lab.review.tab, Tab::Summary);
    assert_eq!(lab.press(KeyCode::Esc), ReviewWish::Back);
}

#[test]
fn nothing_starts_while_something_is_open() {
    let mut open = interview("district");
    open.answer("reach", "address").unwrap();
    for keys in ["s", "4s", "p", "c"] {
        let mut lab = Lab::of(open.clone(), 80, 24);
        assert_eq!(lab.keys(keys), ReviewWish::None, "{keys}");
        assert_eq!(lab.review.tab, Tab::Summary);
        assert_eq!(lab.review.focus, Focus::Answer("listen-address"));
        assert_eq!(lab.review.context(), Context::Review, "{keys}");
        let (tone, words) = lab.review.notice().unwrap();
        assert_eq!(tone, Tone::Bad);
        assert!(words.contains("not answered yet"), "{words}");
        assert_eq!(
            lab.press(KeyCode::Enter),
            ReviewWish::Change("listen-address")
        );
    }
}

#[test]
fn what_most_needs_a_look_is_chosen_first() {
    let mut changed = interview("district");
    changed.answer("host", "edfi.example").unwrap();
    changed.answer("reach", "network").unwrap();
    let again = changed
        .summary()
        .into_iter()
        .find(|row| row.look_again.is_some())
        .unwrap();
    let mut lab = Lab::of(changed.clone(), 80, 24);
    assert_eq!(lab.press(KeyCode::Enter), ReviewWish::Change(again.id));
    changed.answer("reach", "address").unwrap();
    let mut lab = Lab::of(changed, 80, 24);
    assert_eq!(
        lab.press(KeyCode::Enter),
        ReviewWish::Change("listen-address")
    );
}

#[test]
fn a_name_is_typed_and_a_file_replaced_only_after_saying_so() {
    let save = |name: &str, replace| ReviewWish::Save {
        name: name.to_owned(),
        replace,
    };
    let exists = || Err(Unsaved::Exists("/home/it/grand-bend.yml".into()));
    let mut lab = Lab::new(80, 24);
    lab.keys("p");
    assert!(lab.review.notice().is_none());
    assert_eq!(lab.press(KeyCode::Enter), save("grand-bend.yml", false));
    lab.review.saved(exists());
    assert_eq!(lab.press(KeyCode::Enter), save("grand-bend.yml", true));
    // Another name is another file, of which nothing was said.
    lab.review.saved(exists());
    lab.press(KeyCode::Backspace);
    lab.keys("q");
    assert_eq!(lab.press(KeyCode::Enter), save("grand-bend.ymq", false));
    lab.review.saved(exists());
    lab.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    assert!(!lab.review.available(Action::EraseAll));
    assert_eq!(lab.press(KeyCode::Enter), ReviewWish::None);
    lab.review.paste("  my own.yml\nmore");
    assert_eq!(lab.press(KeyCode::Enter), save("my own.yml", false));
    lab.review.saved(Err(Unsaved::Failed(Box::new(block()))));
    assert_eq!(
        lab.review.context(),
        Context::Typing,
        "to be tried otherwise"
    );
    lab.review.saved(Ok("/home/it/my own.yml".into()));
    assert_eq!(lab.review.context(), Context::Review);
    assert_eq!(
        lab.review.notice(),
        Some((Tone::Good, "Saved as /home/it/my own.yml."))
    );
    // The next key takes the words away.
    lab.keys("j");
    assert_eq!(lab.review.notice(), None);
}

#[test]
fn letters_are_letters_while_a_name_is_typed() {
    let mut lab = Lab::new(80, 24);
    lab.keys("p");
    lab.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    let letters: String = ('a'..='z').chain('0'..='9').collect();
    lab.keys(&letters);
    let typed = lab.review.naming.as_ref().map(|naming| naming.text.clone());
    assert_eq!(typed, Some(letters));
    assert_eq!(lab.review.click(20, 2, &lab.interview), ReviewWish::None);
    assert_eq!(lab.review.tab, Tab::Summary);
}

#[test]
fn clicks_open_tabs_choose_answers_and_press_buttons() {
    let mut lab = Lab::new(80, 24);
    let layout = lab.review.layout();
    for (tab, (place, _)) in Tab::ALL.iter().zip(lab.review.tab_places()).rev() {
        lab.review.click(place.start, layout.tabs.y, &lab.interview);
        // Tabs move a little when another one is open; their beginning stays within.
        assert_eq!(lab.review.tab, *tab);
        lab.keys("1");
    }
    let parts = layout.summary(lab.review.facts().len());
    let second = parts.answers.y + 1;
    assert_eq!(
        lab.review.click(9, second, &lab.interview),
        ReviewWish::None
    );
    assert_eq!(lab.review.focus, Focus::Answer("district-data"));
    assert_eq!(
        lab.review.click(9, second, &lab.interview),
        ReviewWish::Change("district-data")
    );
    for (place, button) in draw::button_places(parts.buttons) {
        let wish = lab
            .review
            .click(place.start, parts.buttons.y, &lab.interview);
        match button {
            Button::Start => assert_eq!(wish, ReviewWish::Start),
            Button::Save => {
                assert_eq!(lab.review.context(), Context::Typing);
                lab.press(KeyCode::Esc);
            }
            Button::Copy => assert!(matches!(wish, ReviewWish::Copy(_))),
        }
    }
    assert_eq!(lab.review.click(79, 1, &lab.interview), ReviewWish::None);
}

#[test]
fn every_row_of_every_text_can_be_read() {
    for (columns, rows) in [(60, 18), (80, 24), (120, 40)] {
        let mut lab = Lab::new(columns, rows);
        for number in ['2', '3', '4', '5', '6', '7'] {
            lab.keys(&format!("{number}g"));
            let height = usize::from(lab.review.layout().content.height);
            let all = lab.review.rows().len();
            let mut seen = height;
            while seen < all {
                let before = lab.review.scrolled();
                lab.press(KeyCode::PageDown);
                assert!(lab.review.scrolled() > before, "{number}");
                seen = lab.review.scrolled() + height;
            }
            lab.press(KeyCode::End);
            assert_eq!(lab.review.scrolled(), all.saturating_sub(height));
            let wide = usize::from(columns);
            for row in lab.review.rows() {
                let width: usize = row
                    .iter()
                    .map(|(piece, _)| crate::tui::text::width(piece))
                    .sum();
                assert!(width <= wide, "{number} at {columns}: {row:?}");
            }
        }
    }
}

#[test]
fn what_the_answers_tell_is_there_at_once_and_the_rest_stays_meanwhile() {
    let mut lab = Lab::new(80, 24);
    lab.interview.answer("name", "other-town").unwrap();
    let (answers, _) = crate::session::Preview::of_answers(&lab.interview);
    let before = lab.review.preview.clone().unwrap();
    lab.review.expect(answers);
    let meanwhile = lab.review.preview.clone().unwrap();
    assert!(lab.review.working);
    assert!(meanwhile.profile.contains("name: other-town"));
    assert!(meanwhile.command.contains("name=other-town"));
    assert_eq!(meanwhile.plan, before.plan);
    lab.review.take(previewed(&lab.interview));
    assert!(!lab.review.working);
    // A text that became shorter is not scrolled beyond its end.
    lab.keys("6G");
    let (mut short, _) = crate::session::Preview::of_answers(&lab.interview);
    "version: 1\n".clone_into(&mut short.profile);
    lab.review.take(Box::new(short));
    assert_eq!(lab.review.scrolled(), 0);
}
