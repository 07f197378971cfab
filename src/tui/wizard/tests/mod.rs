//! The wizard without a terminal: a made-up machine, keys from a list.

mod bytes;
mod keys;
mod lists;
mod screens;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::catalog::Catalog;
use crate::checks::Finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::interview::{Context as World, Interview};
use crate::tui::events::Input;

use super::state::{Around, Data, Effect, Opening, Wizard};

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_795_420_800).unwrap()
}

pub(super) fn world() -> World {
    World {
        computer_name: Some("edfi.district.example".to_owned()),
        folder: "/home/it".into(),
        ..World::new(&Catalog::embedded().unwrap())
    }
}

pub(super) fn opening() -> Opening {
    Opening {
        world: world(),
        draft: None,
        deployments: Vec::new(),
        profile: None,
        dashboard: None,
        rehearsal: false,
        notice: None,
        zone: TimeZone::UTC,
    }
}

pub(super) fn finding(
    code: &'static str,
    subject: &str,
    good: bool,
    severity: Severity,
    message: &str,
    help: &str,
) -> Finding {
    Finding {
        subject: subject.to_owned(),
        good,
        diagnostic: Diagnostic::new(code, severity, message).help(help),
    }
}

/// The wizard on a machine without a way to a registry.
pub(super) struct Lab {
    pub wizard: Wizard,
}

impl Lab {
    pub fn open(opening: Opening, columns: u16, rows: u16) -> Self {
        let mut lab = Self {
            wizard: Wizard::new(opening, (columns, rows), true),
        };
        lab.wizard.begin();
        lab
    }

    /// Everything was looked at.
    pub fn new(columns: u16, rows: u16) -> Self {
        let mut lab = Self::open(opening(), columns, rows);
        lab.look_around();
        lab
    }

    pub fn look_around(&mut self) {
        let note = |code, subject, words| finding(code, subject, true, Severity::Note, words, "");
        self.around(Around::Found(vec![
            note(
                "C-1000",
                "container engine",
                "Version 27.3.1 answers at unix:///var/run/docker.sock (the default socket).",
            ),
            note(
                "C-2000",
                "memory",
                "The engine has 23.6 GiB of memory; about 3.1 GiB are needed.",
            ),
            note(
                "C-2100",
                "disk",
                "64.0 GiB are free in /var/lib/docker; about 4.8 GiB are needed to begin with.",
            ),
            note(
                "C-2200",
                "clock",
                "The engine's clock and this computer's agree.",
            ),
        ]));
        self.around(Around::Engine(true));
        self.around(Around::Found(vec![finding(
            "C-4005",
            "images",
            false,
            Severity::Block,
            "The engine cannot reach Docker Hub.",
            "Check the network of the engine's computer, or name a mirror inside your network in the profile (images.registry).",
        )]));
        self.around(Around::Registry(Some(false)));
        self.around(Around::Done);
    }

    pub fn around(&mut self, around: Around) -> Vec<Effect> {
        let round = self.wizard.welcome.round;
        self.tell(Data::Around(round, around))
    }

    pub fn tell(&mut self, data: Data) -> Vec<Effect> {
        self.wizard.update(Input::Data(data), now())
    }

    pub fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.press_with(code, KeyModifiers::NONE)
    }

    pub fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        let key = KeyEvent::new(code, modifiers);
        self.wizard.update(Input::Key(key), now())
    }

    /// Types letters, one after the other.
    pub fn keys(&mut self, letters: &str) -> Vec<Effect> {
        letters
            .chars()
            .flat_map(|letter| self.press(KeyCode::Char(letter)))
            .collect()
    }

    /// Goes on with Enter until a question is on the screen.
    pub fn until(&mut self, question: &str) {
        for _ in 0..40 {
            let here = self.interview().current().map(|question| question.id);
            if here == Some(question) && self.wizard.is_asking() {
                return;
            }
            self.press(KeyCode::Enter);
        }
        unreachable!("{question} does not come");
    }

    /// To the question which districts there are.
    pub fn districts(&mut self) {
        self.until("use-case");
        self.press(KeyCode::Home);
        self.press(KeyCode::Down);
        self.press(KeyCode::Enter);
        self.until("districts");
    }

    pub fn paste(&mut self, text: &str) -> Vec<Effect> {
        self.wizard.update(Input::Paste(text.to_owned()), now())
    }

    pub fn interview(&self) -> &Interview {
        &self.wizard.interview
    }
}
