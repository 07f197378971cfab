//! A question that asks for a list.

use std::path::PathBuf;

use crossterm::event::{KeyCode, KeyModifiers};
use insta::assert_snapshot;

use super::super::state::{Data, Effect};
use super::Lab;
use super::screens::{ASCII, plain, text};

fn thousand() -> String {
    let numbers: Vec<String> = (255_001..256_001)
        .map(|number| number.to_string())
        .collect();
    numbers.join("\r\n")
}

fn entries(lab: &Lab) -> &[String] {
    &lab.wizard.asking.list.as_ref().unwrap().all
}

fn given(lab: &Lab) -> Option<&str> {
    lab.interview().given("districts")
}

#[test]
fn what_is_typed_is_added_and_enter_alone_goes_on() {
    let mut lab = Lab::new(80, 24);
    lab.districts();
    assert_snapshot!("an_empty_list", plain(&lab));
    lab.keys("255901, 255902");
    lab.press(KeyCode::Enter);
    lab.keys("255903");
    lab.press(KeyCode::Enter);
    assert_eq!(entries(&lab), ["255901", "255902", "255903"]);
    assert_snapshot!("a_short_list", plain(&lab));
    assert_eq!(given(&lab), None, "not taken yet");
    lab.press(KeyCode::Enter);
    assert_eq!(given(&lab), Some("255901, 255902, 255903"));
    assert_ne!(lab.interview().current().unwrap().id, "districts");
    lab.press(KeyCode::Esc);
    assert_eq!(entries(&lab).len(), 3);
}

#[test]
fn a_long_list_is_pasted_searched_and_cut_down() {
    let mut lab = Lab::new(80, 24);
    lab.districts();
    lab.paste(&thousand());
    assert_eq!(entries(&lab).len(), 1000);
    assert_snapshot!("a_long_list", plain(&lab));
    lab.keys("2559");
    assert_snapshot!("a_long_list_searched", plain(&lab));
    for _ in 0..40 {
        lab.press(KeyCode::Down);
    }
    assert_snapshot!("a_long_list_scrolled", plain(&lab));
    assert_snapshot!("a_long_list_in_ascii", text(&lab, ASCII));
    lab.press(KeyCode::Delete);
    assert_eq!(entries(&lab).len(), 999);
    assert!(!entries(&lab).contains(&"255939".to_owned()));
    // Found: Enter gives the field back, empty; Enter again goes on.
    lab.press(KeyCode::Enter);
    assert_eq!(lab.wizard.asking.editor.text(), "");
    lab.press(KeyCode::Enter);
    assert_eq!(
        lab.interview()
            .profile()
            .unwrap()
            .profile
            .instances
            .districts
            .len(),
        999
    );
    lab.wizard.size = (60, 18);
    lab.press(KeyCode::Esc);
    assert_snapshot!("a_long_list_in_the_smallest_window", plain(&lab));
}

#[test]
fn a_wrong_entry_is_named_and_stays_to_be_mended() {
    let mut lab = Lab::new(80, 24);
    lab.districts();
    lab.paste("255901\n2559o2\n255903\n");
    assert_eq!(entries(&lab), [] as [&str; 0]);
    assert_eq!(lab.wizard.asking.editor.text(), "255901, 2559o2, 255903");
    assert_snapshot!("a_list_with_a_wrong_entry", plain(&lab));
    let kept = "255901, 2559o2, 255903";
    assert_eq!(lab.interview().typed("districts"), Some(kept));
    lab.press(KeyCode::Esc);
    assert_eq!(lab.interview().typed("districts"), Some(kept));
    lab.press(KeyCode::Enter);
    assert!(
        lab.wizard.asking.wrong.is_some(),
        "it says again what is wrong"
    );
    // The wrong one is among the entries now, and can be taken away.
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Down);
    lab.press(KeyCode::Delete);
    lab.press(KeyCode::Enter);
    assert_eq!(given(&lab), Some("255901, 255903"));
}

#[test]
fn a_part_of_an_entry_is_pasted_into_the_field() {
    let mut lab = Lab::new(80, 24);
    lab.districts();
    lab.keys("2559");
    lab.paste("01");
    assert_eq!(lab.wizard.asking.editor.text(), "255901");
    lab.press(KeyCode::Enter);
    lab.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
    assert_eq!(entries(&lab), [] as [&str; 0]);
    lab.press(KeyCode::Enter);
    assert!(lab.wizard.asking.wrong.is_some(), "a list is needed");
}

#[test]
fn a_file_is_asked_for_and_its_entries_come_on_top() {
    let mut lab = Lab::new(80, 24);
    lab.districts();
    lab.keys("7");
    lab.press(KeyCode::Enter);
    lab.keys("@list.csv");
    let file = PathBuf::from("/home/it/list.csv");
    let effects = lab.press(KeyCode::Enter);
    let wanted = Effect::ReadList {
        question: "districts",
        file: file.clone(),
    };
    assert_eq!(effects, [wanted]);
    let read = |contents: &str| Data::ListRead {
        question: "districts",
        file: file.clone(),
        read: Ok(contents.as_bytes().to_vec()),
    };
    lab.tell(read("number\n8\nx\n"));
    let wrong = lab.wizard.asking.wrong.clone().unwrap();
    assert!(wrong.message.starts_with("list.csv, line 3: "), "{wrong:?}");
    lab.tell(read("number\n8\n7\n9\n"));
    assert_eq!(entries(&lab), ["7", "8", "9"]);
    assert!(lab.wizard.asking.wrong.is_none());
    let notice = &lab.wizard.notice.as_ref().unwrap().message;
    assert_eq!(notice, "2 entries from list.csv; 1 more were there.");
    // It comes too late for another question.
    lab.press(KeyCode::Enter);
    let before = lab.interview().clone();
    lab.tell(read("10\n"));
    assert_eq!(*lab.interview(), before);
}
