//! The tour's pages without a terminal and without a deployment: made-up answers, keys from a list.

mod keys;
mod screens;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;

use crate::tour::{Exchange, Page, Row, Step, Stuck, Visit, page};
use crate::tui::events::Input;

use super::state::{Data, Effect, Tour};

fn now() -> Timestamp {
    Timestamp::from_second(1_795_420_800).unwrap()
}

fn pages() -> Vec<Page> {
    let stack = crate::tour::tests::stack("district-shared");
    Step::ALL.map(|step| page(step, &stack)).into()
}

/// The tour, and what it asked for.
struct Lab {
    tour: Tour,
}

impl Lab {
    fn new(columns: u16, rows: u16) -> Self {
        let mut tour = Tour::new("grand-bend", "practice", pages(), (columns, rows), true);
        assert_eq!(tour.begin(), [Effect::Visit(Step::Services)]);
        Self { tour }
    }

    /// On a step, with its answer there.
    fn at(step: Step, columns: u16, rows: u16) -> Self {
        let mut lab = Self::new(columns, rows);
        lab.answer(Step::Services);
        while lab.tour.step != step {
            lab.press(KeyCode::Right);
            lab.answer(lab.tour.step);
        }
        lab
    }

    fn answer(&mut self, step: Step) -> Vec<Effect> {
        let data = Data(step, visit(step));
        self.tour.update(Input::Data(data), now())
    }

    fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.press_with(code, KeyModifiers::NONE)
    }

    fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        let key = KeyEvent::new(code, modifiers);
        self.tour.update(Input::Key(key), now())
    }
}

fn exchange(request: &str, with: &str, status: u16, lines: &[&str], meaning: &str) -> Exchange {
    Exchange {
        request: request.to_owned(),
        with: Some(with.to_owned()),
        status: Some(status),
        milliseconds: 12,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        good: true,
        meaning: meaning.to_owned(),
        example: Vec::new(),
        next_step: None,
    }
}

fn row(label: &str, text: &str, found: Option<(bool, &str)>) -> Row {
    Row {
        label: label.to_owned(),
        text: text.to_owned(),
        found: found.map(|(_, words)| words.to_owned()),
        good: found.map(|(good, _)| good),
    }
}

/// What a step might have to show.
fn visit(step: Step) -> Visit {
    let address = "https://localhost:8443/api/data/v3/ed-fi";
    let exchanges = |exchanges: Vec<Exchange>| Visit {
        exchanges,
        ..Visit::default()
    };
    match step {
        Step::Services => Visit {
            rows: vec![
                row(
                    "gateway",
                    "the door, https for everything behind it",
                    Some((true, "running")),
                ),
                row("api", "the Ed-Fi API", Some((false, "stopped (139)"))),
            ],
            ..Visit::default()
        },
        Step::Student => exchanges(vec![exchange(
            &format!("GET {address}/students?limit=1"),
            "with the token",
            200,
            &[
                "[",
                "  {",
                "    \"firstName\": \"•••\",",
                "    … 6 more",
                "  }",
                "]",
            ],
            "A record of one student. What is in it is hidden here; a program with this right would see it.",
        )]),
        Step::Schools => exchanges(vec![Exchange {
            example: vec!["[{ \"schoolId\": 255901001 }]".to_owned()],
            ..exchange(
                &format!("GET {address}/schools?limit=1"),
                "with the token",
                200,
                &["[]"],
                "The list is empty: there are no schools yet. One would look like this:",
            )
        }]),
        Step::Refusal => exchanges(vec![
            exchange(
                &format!("GET {address}/schoolYearTypes?limit=1"),
                "with the token",
                200,
                &["[{ \"schoolYear\": 1991, … 5 more }]"],
                "Reading is allowed.",
            ),
            exchange(
                &format!("POST {address}/schoolYearTypes"),
                "with the token, and {\"currentSchoolYear\":false,\"schoolYear\":1991}",
                403,
                &[
                    "{",
                    "  \"status\": 403,",
                    "  \"title\": \"Authorization Denied\"",
                    "}",
                ],
                "Refused, as it should be. 403 means: the key is known, but it lacks the right.",
            ),
        ]),
        Step::Discovery => exchanges(vec![Exchange {
            status: None,
            good: false,
            with: None,
            next_step: Some("See whether the gateway runs: edfi-setup status.".to_owned()),
            ..exchange(
                "GET https://localhost:8443/api/",
                "",
                200,
                &[],
                "There was no answer: cannot connect to 127.0.0.1:8443: connection refused.",
            )
        }]),
        Step::Token => Visit {
            stuck: Some(Stuck {
                what: "There is no key for the tour: db-admin is not running.".to_owned(),
                next_step: "Bring it up again: edfi-setup up --name grand-bend.".to_owned(),
            }),
            ..Visit::default()
        },
        Step::Addresses | Step::Data => Visit {
            rows: vec![
                row(
                    "volume",
                    "grand-bend_db-ods-data: database of students",
                    None,
                ),
                row(
                    "back up",
                    "docker exec grand-bend-db-ods-1 pg_dumpall -U postgres > grand-bend-db-ods.sql",
                    None,
                ),
                row("remove, data too", "edfi-setup remove grand-bend", None),
            ],
            ..Visit::default()
        },
    }
}
