//! The same answers, with the same ways forth and back, on three faces: the questions as data, plain
//! lines through the real program, and the full screen by its keys. All lead to the same profile, and
//! no answer is lost on any.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

use std::io::Write;
use std::process::{Command, Stdio};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use edfi_setup::catalog::Catalog;
use edfi_setup::interview::{Context, Form, Interview, Place, Question, find, school_year};
use edfi_setup::profile::{self, Profile};
use edfi_setup::tui::Input;
use edfi_setup::tui::wizard::{Data, Effect, Opening, Wizard};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// What somebody does at a question.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// Takes what is proposed.
    Next,
    /// Says something, right or wrong.
    Say(usize),
    /// One step back.
    Back,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => Just(Act::Next),
        5 => (0_usize..8).prop_map(Act::Say),
        2 => Just(Act::Back),
    ];
    proptest::collection::vec(act, 0..40)
}

/// What people type, right and wrong. No names that a name service would be asked for.
fn typed(id: &str) -> &'static [&'static str] {
    match id {
        "name" => &["grand-bend", "ab", "Grand Bend"],
        "listen-address" => &["10.0.0.7", "127.0.0.1", "everywhere"],
        "host" => &["localhost", "10.0.0.7", "https://a"],
        "port" => &["443", "9443", "0", "many"],
        "certificate-chain" => &["/etc/c.pem", "certs/c.pem"],
        "certificate-key" => &["key.pem", "/etc/key.pem"],
        "certificate-authority" => &["ca.pem", "/etc/ca.pem"],
        "path" => &["edfi", "admin", "a/b"],
        "claim-set-name" => &["Finance Vendor", "SIS Vendor"],
        "education-organizations" => &["255901", "1,2,3", "x"],
        "namespaces" => &["uri://a.org", "http://a"],
        "mirror" => &["mirror.example:5000/edfi", "a b"],
        "log-megabytes" | "log-files" => &["1", "100", "1001"],
        "districts" => &["255901", "255901, 255902", "1 2 3 x", "7;8", "5 5"],
        "tenants" => &["north", "north, south", "North", "data", "a-1 b-2 c-3"],
        "years" => &["2026", "2025 2026 2027", "26", "2026, 2026"],
        "memory" => &["4096", "100", "8192"],
        "copies-number" => &["3", "8", "9", "2"],
        other => panic!("nobody knows what people type at {other}"),
    }
}

fn is_typed(question: &Question) -> bool {
    !matches!(question.form, Form::Choice(_) | Form::Catalog { .. })
}

/// The world as the program finds it in an empty folder, without an engine.
fn world(folder: &std::path::Path) -> Context {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let good = profile::setting("access.host", name.trim())
        .is_ok_and(|change| profile::check(&change).is_ok());
    Context {
        computer_name: good.then(|| name.trim().to_owned()),
        folder: folder.to_owned(),
        school_year: school_year(jiff::Zoned::now().date()),
        ..Context::new(&Catalog::embedded().unwrap())
    }
}

/// The questions as data, and what the other two faces are told meanwhile.
struct Walk {
    interview: Interview,
    lines: Vec<String>,
    screen: Screen,
}

impl Walk {
    fn new(world: &Context) -> Self {
        let mut walk = Self {
            interview: Interview::new(world.clone()),
            lines: Vec::new(),
            screen: Screen::new(world),
        };
        walk.screen.press(KeyCode::Enter);
        walk
    }

    fn act(&mut self, act: Act) {
        let Some(question) = self.interview.current() else {
            return;
        };
        match act {
            Act::Next => self.next(question),
            Act::Say(number) if is_typed(question) => self.write(question, number),
            Act::Say(number) => self.choose(question, number),
            Act::Back => self.back(),
        }
        self.assert_same_place();
    }

    fn next(&mut self, question: &Question) {
        let proposed = self.interview.proposed(question);
        let Some(proposed) = proposed.filter(|answer| !answer.is_empty()) else {
            // Nothing is proposed: only an answer leads on.
            return self.write(question, 0);
        };
        if is_typed(question) {
            self.screen.rewrite(question, &proposed);
        }
        self.screen.press(KeyCode::Enter);
        self.lines.push(String::new());
        self.interview.answer(question.id, &proposed).unwrap();
        self.interview.next();
    }

    fn choose(&mut self, question: &Question, number: usize) {
        let offers = self.interview.offers(question);
        let place = number % offers.len();
        self.screen.press(KeyCode::Home);
        for _ in 0..place {
            self.screen.press(KeyCode::Down);
        }
        self.screen.press(KeyCode::Enter);
        self.lines.push((place + 1).to_string());
        self.interview
            .answer(question.id, &offers[place].id)
            .unwrap();
        self.interview.next();
    }

    fn write(&mut self, question: &Question, number: usize) {
        let texts = typed(question.id);
        let text = texts[number % texts.len()];
        self.screen.rewrite(question, text);
        self.screen.press(KeyCode::Enter);
        self.lines.push(text.to_owned());
        if self.interview.answer(question.id, text).is_ok() {
            self.interview.next();
        } else {
            self.interview.keep_typed(question.id, text);
        }
    }

    fn back(&mut self) {
        self.screen.press(KeyCode::Esc);
        self.lines.push("back".to_owned());
        if !self.interview.back() {
            // The screen before the first question is the welcome.
            self.screen.press(KeyCode::Enter);
        }
    }

    fn assert_same_place(&self) {
        let there = self.screen.wizard.interview();
        assert_eq!(there.place(), self.interview.place());
        for question in edfi_setup::interview::ALL.iter() {
            let here = self.interview.given(question.id);
            assert_eq!(there.given(question.id), here, "{}", question.id);
            assert_eq!(
                there.typed(question.id),
                self.interview.typed(question.id),
                "{}",
                question.id
            );
        }
    }

    /// On to the review, with what is proposed.
    fn finish(&mut self) -> Profile {
        for _ in 0..100 {
            if self.interview.place() == Place::Review {
                return self.interview.profile().unwrap().profile;
            }
            self.act(Act::Next);
        }
        panic!("the review does not come");
    }
}

/// The full screen, by its keys.
struct Screen {
    wizard: Wizard,
    kept: Option<String>,
}

impl Screen {
    fn new(world: &Context) -> Self {
        let opening = Opening {
            world: world.clone(),
            draft: None,
            deployments: Vec::new(),
            profile: None,
            dashboard: None,
            rehearsal: false,
            notice: None,
            zone: TimeZone::UTC,
        };
        let mut wizard = Wizard::new(opening, (80, 24), false);
        wizard.begin();
        Self { wizard, kept: None }
    }

    fn press(&mut self, code: KeyCode) {
        self.press_with(code, KeyModifiers::NONE);
    }

    fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        let Event::Key(key) = Event::Key(KeyEvent::new(code, modifiers)) else {
            return;
        };
        for effect in self.wizard.update(Input::Key(key), Timestamp::UNIX_EPOCH) {
            if let Effect::Keep(text) = effect {
                self.kept = Some(text);
            }
        }
    }

    /// Types a text in place of what is there. Entries of a list are then added to it.
    fn rewrite(&mut self, question: &Question, text: &str) {
        let list = question.form.list().is_some();
        self.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
        if list {
            self.press_with(KeyCode::Char('u'), KeyModifiers::CONTROL);
        }
        for char in text.chars() {
            self.press(KeyCode::Char(char));
        }
        let here = self.wizard.interview().clone();
        if list && here.checked(question.id, text).is_ok() {
            self.press(KeyCode::Enter);
        }
    }
}

/// The profile that the real program saves after these lines.
fn by_lines(folder: &std::path::Path, lines: &[String]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_edfi-setup"))
        .args(["setup", "--plain"])
        .current_dir(folder)
        .env("EDFI_SETUP_HOME", folder.join("home"))
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .chain(["save", "saved.yml", "quit"])
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut input = child.stdin.take().unwrap();
    input.write_all(text.concat().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    std::fs::read_to_string(folder.join("saved.yml")).unwrap_or_else(|error| {
        panic!(
            "{error}: {lines:?}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_screen_goes_the_same_ways_as_the_questions(acts in acts()) {
        let world = world(std::path::Path::new("/somewhere"));
        let mut walk = Walk::new(&world);
        for act in acts {
            walk.act(act);
        }
        let wanted = walk.finish();
        let there = walk.screen.wizard.interview().profile().unwrap().profile;
        prop_assert_eq!(&there, &wanted);
        // What was kept for another day leads to the same.
        let kept = walk.screen.kept.expect("something was answered");
        let resumed = Interview::resume(world, &kept).unwrap();
        prop_assert_eq!(resumed.profile().unwrap().profile, wanted);
        prop_assert_eq!(resumed.place(), Place::Review);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 24, ..ProptestConfig::default() })]

    #[test]
    fn plain_lines_lead_to_the_same_profile(acts in acts()) {
        let folder = tempfile::tempdir().unwrap();
        let mut walk = Walk::new(&world(folder.path()));
        for act in acts {
            walk.act(act);
        }
        let wanted = profile::write(&walk.finish()).unwrap();
        prop_assert_eq!(by_lines(folder.path(), &walk.lines), wanted);
    }
}

/// A list of a thousand, from the same file, by two faces and the program itself.
#[test]
fn a_file_of_a_thousand_districts_is_the_same_answer_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "District,Name\r\n".to_owned();
    for number in 255_001..256_001_u32 {
        use std::fmt::Write as _;
        let _ = writeln!(table, "{number},\"District, the {number}th\"\r");
    }
    std::fs::write(folder.path().join("districts.csv"), &table).unwrap();
    let world = world(folder.path());
    let mut interview = Interview::new(world.clone());
    interview.answer("use-case", "districts").unwrap();
    interview
        .answer_list("districts", "districts.csv", table.as_bytes())
        .unwrap();
    let wanted = interview.profile().unwrap().profile;
    assert_eq!(wanted.instances.districts.len(), 1000);

    let mut screen = Screen::new(&world);
    screen.press(KeyCode::Enter);
    screen.press(KeyCode::Down);
    screen.press(KeyCode::Enter);
    screen.rewrite(find("districts").unwrap(), "@districts.csv");
    let file = folder.path().join("districts.csv");
    let read = Data::ListRead {
        question: "districts",
        read: Ok(std::fs::read(&file).unwrap()),
        file,
    };
    screen.press(KeyCode::Enter);
    screen
        .wizard
        .update(Input::Data(read), Timestamp::UNIX_EPOCH);
    screen.press(KeyCode::Enter);
    let there = screen.wizard.interview().profile().unwrap().profile;
    assert_eq!(there, wanted);

    let lines = ["2", "@districts.csv", "review"].map(str::to_owned);
    assert_eq!(
        by_lines(folder.path(), &lines),
        profile::write(&wanted).unwrap()
    );
}

/// What only lists understand in lines: more, fewer, looking through, a wrong entry, and going on in the
/// next line.
#[test]
fn a_list_is_changed_in_lines() {
    let folder = tempfile::tempdir().unwrap();
    let lines = [
        "2", "1, 2,", "3, x", "1, 2,", "3,", "4", "back", "list", "find 2", "- 9", "- 2 3", "+ 7",
        "+ 1", "", "review",
    ]
    .map(str::to_owned);
    let text = by_lines(folder.path(), &lines);
    assert!(
        text.contains("districts:\n    - 1\n    - 4\n    - 7\n"),
        "{text}"
    );
}
