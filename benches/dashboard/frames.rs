//! What one frame costs on a large screen: a busy deployment's state, drawn into memory.

use std::collections::BTreeMap;
use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};
use edfi_setup::engine::{ContainerState, Health, LogStream, ObservedContainer, Phase};
use edfi_setup::live::{Line, Lines, News, Run, Seen, Usage};
use edfi_setup::plan::LABEL_SERVICE;
use edfi_setup::tui::dashboard::{Dashboard, Data, Facts, State};
use edfi_setup::tui::{App, Input, Theme};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::figures::{head, line};

const COLUMNS: u16 = 200;
const ROWS: u16 = 60;
const SERVICES: u64 = 10;
const FRAMES: u64 = 500;

/// Measures every tab that changes by itself.
pub fn measure() {
    head("one frame at 200x60, ten services, 30,000 lines held, milliseconds");
    for (name, keys) in [
        ("services", "1"),
        ("logs, following", "2"),
        (
            "logs, wrapped, searched and filtered",
            "2wfstudents\r/limit\r",
        ),
        ("resources", "3"),
    ] {
        line(name, tab(keys), None);
    }
}

/// Milliseconds of each frame. Before each, lines and measures arrive; these are not counted.
fn tab(keys: &str) -> Vec<f64> {
    let mut app = busy();
    for key in keys.chars() {
        let code = match key {
            '\r' => KeyCode::Enter,
            char => KeyCode::Char(char),
        };
        app.update(Input::Key(KeyEvent::from(code)), now());
    }
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    let frames = (0..FRAMES).map(|frame| {
        app.update(lines(frame % SERVICES, frame, 10), now());
        app.update(uses(frame % SERVICES, frame), now());
        let _ = app.urgency();
        let start = Instant::now();
        terminal.draw(|frame| app.draw(frame)).unwrap();
        start.elapsed().as_secs_f64() * 1000.0
    });
    frames.collect()
}

fn busy() -> Dashboard {
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
        state: State::new(facts, (COLUMNS, ROWS), now()),
        theme: Theme::default(),
    };
    let seen = (0..SERVICES).map(seen).collect();
    app.update(Input::Data(Data::News(News::Seen(seen))), now());
    for round in 0..300 {
        for service in 0..SERVICES {
            app.update(uses(service, round), now());
            app.update(lines(service, round, 10), now());
        }
    }
    app
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_420_800).unwrap()
}

fn name(service: u64) -> String {
    format!("service-{service}")
}

fn seen(service: u64) -> Seen {
    let name = name(service);
    Seen {
        container: ObservedContainer {
            id: name.clone(),
            name: format!("grand-bend-{name}-1"),
            labels: BTreeMap::from([(LABEL_SERVICE.to_owned(), name)]),
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

fn uses(service: u64, round: u64) -> Input<Data> {
    let wave = u8::try_from(round % 40).unwrap();
    Input::Data(Data::News(News::Uses {
        run: Run {
            container: name(service),
            generation: service + 1,
        },
        usage: Usage {
            cpus: f32::from(wave) / 40.0,
            memory_bytes: 100_000_000 + u64::from(wave) * 5_000_000,
            memory_limit_bytes: 1 << 30,
        },
    }))
}

fn lines(service: u64, round: u64, count: u64) -> Input<Data> {
    let lines = (0..count).map(|number| Line {
        at_nanos: 0,
        stream: if number == 0 { LogStream::Err } else { LogStream::Out },
        text: format!("{round:06}-{number:03} GET /data/v3/ed-fi/students?offset=25&limit=25 responded 200 in 12.5 ms with 4231 bytes").into(),
    });
    Input::Data(Data::Lines(Lines {
        container: name(service),
        lines: lines.collect(),
        history: false,
    }))
}
