//! How often views ask for memory. A number that grows with what is held, and not with what is shown, would be
//! felt as a slow key long before anybody measures it.
//!
//! The allocator of this program counts, for each thread by itself.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

use std::collections::BTreeMap;

use allocation_counter::{AllocationInfo, measure};
use crossterm::event::{KeyCode, KeyEvent};
use edfi_setup::catalog::Catalog;
use edfi_setup::engine::{ContainerState, Health, LogStream, ObservedContainer, Phase};
use edfi_setup::interview::Context;
use edfi_setup::live::{Line, Lines, News, Run, Seen, Usage};
use edfi_setup::plan::LABEL_SERVICE;
use edfi_setup::tui::dashboard::{Dashboard, Data, Facts, State};
use edfi_setup::tui::wizard::{Opening, Screens, Wizard};
use edfi_setup::tui::{App, Input, Theme};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZE: (u16, u16) = (200, 60);
const SERVICES: u64 = 10;

fn now() -> Timestamp {
    Timestamp::from_second(1_795_420_800).unwrap()
}

fn name(service: u64) -> String {
    format!("service-{service}")
}

fn seen(service: u64) -> Seen {
    Seen {
        container: ObservedContainer {
            id: name(service),
            name: format!("grand-bend-{}-1", name(service)),
            labels: BTreeMap::from([(LABEL_SERVICE.to_owned(), name(service))]),
            image: "localhost/practice/image:1".to_owned(),
            image_id: String::new(),
            state: ContainerState {
                phase: Phase::Running,
                health: Health::Healthy,
                health_output: None,
                exit_code: None,
                oom_killed: false,
                error: None,
                started_at: Some(now().to_string()),
                finished_at: None,
                restart_count: 0,
                ports: Vec::new(),
            },
        },
        generation: service + 1,
    }
}

fn lines(service: u64, count: u64) -> Input<Data> {
    let line = |number: u64| Line {
        at_nanos: 1_795_420_800_000_000_000,
        stream: if number.is_multiple_of(10) {
            LogStream::Err
        } else {
            LogStream::Out
        },
        text: format!(
            "{number:06} GET /data/v3/ed-fi/students?offset=25&limit=25 responded 200 in 12.5 ms"
        )
        .into(),
    };
    Input::Data(Data::Lines(Lines {
        container: name(service),
        lines: (0..count).map(line).collect(),
        history: false,
    }))
}

fn uses(service: u64, second: u64) -> Input<Data> {
    Input::Data(Data::News(News::Uses {
        run: Run {
            container: name(service),
            generation: service + 1,
        },
        usage: Usage {
            cpus: f32::from(u8::try_from(second % 40).unwrap()) / 40.0,
            memory_bytes: 100_000_000 + second % 40 * 5_000_000,
            memory_limit_bytes: 1 << 30,
        },
    }))
}

/// A busy deployment whose services hold so many lines each.
fn dashboard(held: u64) -> Dashboard {
    let facts = Facts {
        deployment: "grand-bend".to_owned(),
        mode: "practice",
        address: Some("https://localhost:8443/api".to_owned()),
        services: (0..SERVICES)
            .map(|service| (name(service), "one of the services".to_owned()))
            .collect(),
        access: Vec::new(),
        verified: None,
        is_ours: true,
        lists: Vec::new(),
        can_open_shells: false,
        zone: TimeZone::UTC,
    };
    let mut app = Dashboard {
        state: State::new(facts, SIZE, now()),
        theme: Theme::default(),
    };
    let seen = (0..SERVICES).map(seen).collect();
    app.update(Input::Data(Data::News(News::Seen(seen))), now());
    for service in 0..SERVICES {
        app.update(lines(service, held), now());
        for second in 0..300 {
            app.update(uses(service, second), now());
        }
    }
    app
}

fn press<A: App>(app: &mut A, keys: &str) {
    for key in keys.chars() {
        let code = match key {
            '\r' => KeyCode::Enter,
            char => KeyCode::Char(char),
        };
        app.update(Input::Key(KeyEvent::from(code)), now());
    }
    let _ = app.urgency();
}

/// What one frame asks for, once a first one has been drawn.
fn frame<A: App>(app: &A) -> AllocationInfo {
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    terminal.draw(|frame| app.draw(frame)).unwrap();
    measure(|| {
        terminal.draw(|frame| app.draw(frame)).unwrap();
    })
}

/// The tabs, by the keys that lead to them, and how often a frame of each may ask for memory.
const TABS: [(&str, u64); 6] = [
    ("1", 500),
    ("2", 500),
    ("2wfstudents\r/limit\r", 600),
    ("3", 400),
    ("4", 100),
    ("5", 150),
];

#[test]
fn a_frame_of_the_dashboard_asks_for_memory_a_bounded_number_of_times() {
    for (keys, most) in TABS {
        let of = |held| {
            let mut app = dashboard(held);
            press(&mut app, keys);
            frame(&app).count_total
        };
        let (few, many) = (of(100), of(2_000));
        assert!(few <= most && many <= most, "{keys:?}: {few}, {many}");
        assert!(
            many <= few + few / 10,
            "{keys:?}: {few}, {many} with more lines held"
        );
    }
}

#[test]
fn a_line_of_a_log_asks_for_memory_a_constant_number_of_times() {
    for keys in ["1", "2", "2/limit\r", "2fstudents\r"] {
        let per_line = |held: u64| {
            let mut app = dashboard(held);
            press(&mut app, keys);
            // The texts come from elsewhere, and what they take is counted there.
            let batches: Vec<Input<Data>> = (0..50).map(|_| lines(3, 20)).collect();
            let info = measure(|| {
                for batch in batches {
                    app.update(batch, now());
                    let _ = app.urgency();
                }
            });
            info.count_total
        };
        let (few, many) = (per_line(100), per_line(20_000));
        // A thousand lines in fifty batches: what is left is one word for each batch.
        assert!(few <= 75 && many <= 75, "{keys:?}: {few}, {many}");
    }
}

fn wizard(rehearsal: bool) -> Screens {
    let opening = Opening {
        world: Context::new(&Catalog::embedded().unwrap()),
        draft: None,
        deployments: vec!["grand-bend".to_owned()],
        profile: None,
        dashboard: None,
        rehearsal,
        notice: None,
        zone: TimeZone::UTC,
    };
    let mut screens = Screens {
        wizard: Wizard::new(opening, SIZE, false),
        theme: Theme::default(),
    };
    let _ = screens.wizard.begin();
    screens
}

/// Real answers are read as a profile for each frame, to say in the header how it will run.
#[test]
fn a_frame_of_the_wizard_asks_for_memory_a_bounded_number_of_times() {
    for (what, keys, rehearsed, real) in [
        ("welcome", "", 150, 400),
        ("a question", "\r", 2_000, 9_000),
        ("why it is asked", "\rw", 2_000, 9_000),
        ("review", "\rr", 5_000, 12_000),
        ("help", "\r?", 2_000, 9_000),
    ] {
        for (rehearsal, most) in [(true, rehearsed), (false, real)] {
            let mut screens = wizard(rehearsal);
            press(&mut screens, keys);
            let count = frame(&screens).count_total;
            assert!(count <= most, "{what}, rehearsal {rehearsal}: {count}");
        }
    }
}
