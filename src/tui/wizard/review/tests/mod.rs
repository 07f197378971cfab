//! The review without a terminal: answers of a made-up district, and what they would lead to.

mod keys;
mod screens;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use super::{Review, ReviewWish};
use crate::deployment::Home;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::DockerEngine;
use crate::interview::{Context as World, Interview};
use crate::session::{Machine, Preview, Supply, preview};
use crate::tui::keys::{Context, action};

const COMPOSE: &str = "\
# Made by edfi-setup
name: grand-bend
services:
  api:
    image: \"edfialliance/ods-api-web-api:7.3.2\"
    environment:
      ODS_CONNECTION: host=db-ods;username=postgres;password=${POSTGRES_PASSWORD};database=EdFi_{0};application name=ods
    ports: [] # the gateway's alone
    command:
      - sh
";

pub(super) fn interview(use_case: &str) -> Interview {
    let world = World {
        folder: "/home/it".into(),
        ..World::new(&crate::catalog::Catalog::embedded().unwrap())
    };
    let mut interview = Interview::new(world);
    interview.answer("use-case", use_case).unwrap();
    interview.answer("name", "grand-bend").unwrap();
    interview.review();
    interview
}

/// What the answers lead to on a machine of which all is known.
pub(super) fn previewed(interview: &Interview) -> Box<Preview> {
    let place = tempfile::tempdir().unwrap();
    let machine: Machine<'_, DockerEngine> = Machine::Rehearsal;
    let now = Timestamp::from_second(1_795_420_800).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let home = Home::at(place.path());
    let mut preview = runtime.block_on(preview(&home, interview, machine, now));
    preview.compose = Some(COMPOSE.to_owned());
    preview.memory_there = Some(23_540_000_000);
    if let Some(line) = preview.images.first_mut() {
        line.supply = Supply::There;
    }
    Box::new(preview)
}

pub(super) fn block() -> Diagnostic {
    Diagnostic::new(
        "E-3001",
        Severity::Block,
        "The data of grand-bend was made with other secrets than those kept here.",
    )
    .help("Run “edfi-setup secrets adopt grand-bend” to give the data the present password.")
}

pub(super) struct Lab {
    pub review: Review,
    pub interview: Interview,
    pub size: (u16, u16),
}

impl Lab {
    /// Nothing is worked out yet.
    pub fn waiting(interview: Interview, columns: u16, rows: u16) -> Self {
        Self {
            review: Review::new((columns, rows)),
            interview,
            size: (columns, rows),
        }
    }

    pub fn of(interview: Interview, columns: u16, rows: u16) -> Self {
        let preview = previewed(&interview);
        let mut lab = Self::waiting(interview, columns, rows);
        lab.review.take(preview);
        lab
    }

    pub fn new(columns: u16, rows: u16) -> Self {
        Self::of(interview("district"), columns, rows)
    }

    pub fn press(&mut self, code: KeyCode) -> ReviewWish {
        self.press_with(code, KeyModifiers::NONE)
    }

    /// As the host does: the table's keys first, then letters, where they are typed.
    pub fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) -> ReviewWish {
        let context = self.review.context();
        match (action(context, &KeyEvent::new(code, modifiers)), code) {
            (Some(action), _) => self.review.action(action, &self.interview),
            (None, KeyCode::Char(char)) if context == Context::Typing => {
                self.review.char(char);
                ReviewWish::None
            }
            _ => ReviewWish::None,
        }
    }

    pub fn keys(&mut self, letters: &str) -> ReviewWish {
        let mut wish = ReviewWish::None;
        for letter in letters.chars() {
            wish = self.press(KeyCode::Char(letter));
        }
        wish
    }
}
