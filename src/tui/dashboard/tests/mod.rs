//! The dashboard without a terminal: a made-up deployment, a clock that stands still.

mod bytes;
mod keys;
mod news;
mod screens;

use std::collections::BTreeMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::deployment::Secret;
use crate::engine::{
    ContainerState, EngineEvent, EngineEventKind, Health, LogStream, ObservedContainer, Phase,
    PublishedPort,
};
use crate::live::{Line, Lines, News, Run, Seen, Usage};
use crate::plan::LABEL_SERVICE;
use crate::session::lists::Kind as List;
use crate::tui::events::Input;
use crate::verify::{Check, Verification};

use super::state::{AccessRow, Data, Effect, Facts, Shown, State};

/// Monday morning.
pub(super) const NOW: i64 = 1_795_420_800;
pub(super) const SECRET: &str = "kT9xMostSecretOfAll42";

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(super) fn facts() -> Facts {
    let open = |group, label: &str, value: &str| AccessRow {
        group,
        label: label.to_owned(),
        value: Shown::Open(value.to_owned()),
    };
    Facts {
        deployment: "grand-bend".to_owned(),
        mode: "practice",
        address: Some("https://localhost:8443/api".to_owned()),
        services: [
            ("db-admin", "database of the platform itself"),
            ("db-ods", "database with the data of students and schools"),
            ("api", "the Ed-Fi API"),
            ("swagger", "a page to try the API by hand"),
            ("gateway", "the door, https for everything behind it"),
        ]
        .map(|(name, title)| (name.to_owned(), title.to_owned()))
        .to_vec(),
        access: vec![
            open("Addresses", "API", "https://localhost:8443/api/"),
            open(
                "Files",
                "folder",
                "/home/it/.local/state/edfi-setup/grand-bend",
            ),
            AccessRow {
                group: "Passwords and keys",
                label: "first-client-secret".to_owned(),
                value: Shown::Hidden(Secret::new(SECRET)),
            },
            AccessRow {
                group: "Passwords and keys",
                label: "postgres-password".to_owned(),
                value: Shown::Hidden(Secret::new("another-secret-value")),
            },
        ],
        verified: Some(Timestamp::from_second(NOW - 86_400 * 2).unwrap()),
        is_ours: true,
        lists: vec![List::Year],
        can_open_shells: true,
        zone: TimeZone::UTC,
    }
}

/// A container that has run for so many seconds.
pub(super) fn container(service: &str, health: Health, seconds: i64) -> ObservedContainer {
    let started = Timestamp::from_second(NOW - seconds).unwrap();
    ObservedContainer {
        id: format!("id-{service}"),
        name: format!("grand-bend-{service}-1"),
        labels: BTreeMap::from([(LABEL_SERVICE.to_owned(), service.to_owned())]),
        image: "localhost/practice/image:1".to_owned(),
        image_id: String::new(),
        state: ContainerState {
            phase: Phase::Running,
            health,
            health_output: None,
            exit_code: None,
            oom_killed: false,
            error: None,
            started_at: Some(started.to_string()),
            finished_at: None,
            restart_count: 0,
            ports: if service == "gateway" {
                vec![PublishedPort {
                    host_ip: "127.0.0.1".to_owned(),
                    host_port: 8443,
                    container_port: 8443,
                }]
            } else {
                Vec::new()
            },
        },
    }
}

pub(super) fn seen() -> Vec<Seen> {
    ["db-admin", "db-ods", "api", "swagger", "gateway"]
        .iter()
        .zip(1..)
        .map(|(service, generation)| Seen {
            container: container(service, Health::Healthy, 187_200),
            generation,
        })
        .collect()
}

pub(super) fn run_of(service: &str, generation: u64) -> Run {
    Run {
        container: format!("id-{service}"),
        generation,
    }
}

pub(super) fn line(seconds: i64, stream: LogStream, text: &str) -> Line {
    Line {
        at_nanos: (NOW + seconds) * 1_000_000_000,
        stream,
        text: text.into(),
    }
}

pub(super) fn lines(service: &str, lines: Vec<Line>) -> Data {
    Data::Lines(Lines {
        container: format!("id-{service}"),
        lines,
        history: false,
    })
}

pub(super) fn event(service: &str, seconds: i64, kind: EngineEventKind) -> Data {
    Data::News(News::Happened {
        event: EngineEvent {
            container: format!("id-{service}"),
            name: format!("grand-bend-{service}-1"),
            time: NOW + seconds,
            kind,
        },
        history: false,
    })
}

pub(super) fn verification(ok: bool) -> Verification {
    let check = |question, instance: Option<&str>, ok, detail: &str| Check {
        question,
        instance: instance.map(str::to_owned),
        ok,
        milliseconds: 12,
        detail: detail.to_owned(),
        permanent: false,
        silent: false,
        next_step: None,
    };
    Verification {
        checks: vec![
            check("discovery", None, true, "version 7.3"),
            check(
                "token",
                Some("2026"),
                ok,
                if ok {
                    "granted"
                } else {
                    "status 401: no such client"
                },
            ),
        ],
    }
}

/// The dashboard of a deployment that runs well.
pub(super) struct Lab {
    pub state: State,
}

impl Lab {
    pub fn empty(columns: u16, rows: u16) -> Self {
        Self {
            state: State::new(facts(), (columns, rows), now()),
        }
    }

    /// Everything runs, has written some lines and been measured.
    pub fn new(columns: u16, rows: u16) -> Self {
        let mut lab = Self::empty(columns, rows);
        lab.tell(Data::News(News::Seen(seen())));
        for (service, at, cpus, memory) in [
            ("db-admin", 1, 0.001, 61_000_000),
            ("db-ods", 2, 0.008, 188_000_000),
            ("api", 3, 0.024, 412_000_000),
            ("swagger", 4, 0.0, 48_000_000),
            ("gateway", 5, 0.001, 6_000_000),
        ] {
            for second in 0_u16..40 {
                let usage = Usage {
                    cpus: cpus * f32::from(1 + second % 8),
                    memory_bytes: memory + u64::from(second) * 10_000,
                    memory_limit_bytes: 24_000_000_000,
                };
                lab.tell(Data::News(News::Uses {
                    run: run_of(service, at),
                    usage,
                }));
            }
        }
        lab.tell(lines(
            "api",
            vec![
                line(-90, LogStream::Out, "Now listening on: http://[::]:80"),
                line(-80, LogStream::Err, "warn: slow query, 412 ms"),
                line(-70, LogStream::Out, "GET /data/v3/ed-fi/students 200 38 ms"),
                line(-60, LogStream::Out, "GET /data/v3/ed-fi/schools 200 12 ms and a tail that is far too long for a row of eighty columns"),
            ],
        ));
        lab.tell(lines(
            "gateway",
            (0..40)
                .map(|number| {
                    line(
                        number - 50,
                        LogStream::Out,
                        &format!("GET /api/{number} 200"),
                    )
                })
                .collect(),
        ));
        lab.tell(event(
            "api",
            -3600,
            EngineEventKind::Died { exit_code: 139 },
        ));
        lab.tell(event("api", -3599, EngineEventKind::Started));
        lab.tell(event(
            "api",
            -3570,
            EngineEventKind::Health(Health::Healthy),
        ));
        lab.state.refresh();
        lab
    }

    pub fn tell(&mut self, data: Data) -> Vec<Effect> {
        let effects = self.state.update(Input::Data(data), now());
        // As the loop does before it draws.
        self.state.refresh();
        effects
    }

    pub fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.press_with(code, KeyModifiers::NONE)
    }

    pub fn press_with(&mut self, code: KeyCode, modifiers: KeyModifiers) -> Vec<Effect> {
        let effects = self
            .state
            .update(Input::Key(KeyEvent::new(code, modifiers)), now());
        self.state.refresh();
        effects
    }

    /// Presses keys named by letters, one after the other.
    pub fn keys(&mut self, letters: &str) -> Vec<Effect> {
        letters
            .chars()
            .flat_map(|letter| self.press(KeyCode::Char(letter)))
            .collect()
    }
}
