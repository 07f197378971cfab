//! The screen without an engine: news from a list, a clock that is told.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use insta::assert_snapshot;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::state::{Finish, Part, StartNews, StartWish, Starting};
use crate::deployment::Redactor;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::LogStream;
use crate::live::Line;
use crate::plan::{Action as Act, Plan, Step};
use crate::run::{Event, Failure, Outcome};
use crate::tui::keys::{self, Context, Key, TABLE};
use crate::tui::page;
use crate::tui::testing;
use crate::tui::{Palette, Theme};
use crate::verify::{Check, Verification};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_420_800).unwrap() + SignedDuration::from_secs(seconds)
}

fn step(id: &str, action: Act, after: &[&str]) -> Step {
    Step {
        id: id.to_owned(),
        action,
        causes: Vec::new(),
        after: after.iter().map(|&step| step.to_owned()).collect(),
        interrupts: false,
    }
}

const SERVICES: [&str; 4] = ["db-admin", "db-ods", "api", "gateway"];

fn plan() -> Plan {
    let mut steps = Vec::new();
    for service in SERVICES {
        let image = Act::Pull {
            image: format!("edfi/{service}:1"),
        };
        let own = || service.to_owned();
        steps.push(step(&format!("pull:{service}"), image, &[]));
        let create = Act::CreateContainer { service: own() };
        steps.push(step(&format!("create:{service}"), create, &[]));
        let after: &[&str] = match service {
            "api" => &["start:db-admin", "start:db-ods", "prepare"],
            _ => &[],
        };
        let start = Act::Start { service: own() };
        steps.push(step(&format!("start:{service}"), start, after));
    }
    let after = ["start:db-admin", "start:db-ods"];
    steps.push(step(
        "prepare",
        Act::PrepareDatabases { detach: Vec::new() },
        &after,
    ));
    steps.push(step("verify", Act::Verify, &["start:api", "start:gateway"]));
    Plan {
        deployment: "grand-bend".to_owned(),
        steps,
        unchanged: Vec::new(),
        findings: Vec::new(),
    }
}

fn planned() -> StartNews {
    let part = |service: &str| Part {
        service: service.to_owned(),
        title: format!("the {service}"),
        image: format!("edfi/{service}:1"),
    };
    StartNews::Planned {
        plan: Box::new(plan()),
        parts: SERVICES.map(part).to_vec(),
        notes: Vec::new(),
    }
}

fn started(id: &str) -> StartNews {
    StartNews::Event(Event::StepStarted {
        step: id.to_owned(),
    })
}

fn done(id: &str, note: Option<&str>) -> StartNews {
    StartNews::Event(Event::StepDone {
        step: id.to_owned(),
        milliseconds: 1_940,
        note: note.map(str::to_owned),
    })
}

fn pulling(id: &str, bytes: u64) -> StartNews {
    StartNews::Event(Event::Pulling {
        step: id.to_owned(),
        layers: 4,
        layers_done: 3,
        bytes,
        bytes_total: 24_000_000,
    })
}

fn lines(service: &str, texts: &[&str]) -> StartNews {
    StartNews::Lines {
        service: service.to_owned(),
        lines: texts
            .iter()
            .map(|&text| Line {
                at_nanos: i64::try_from(at(6).as_nanosecond()).unwrap(),
                stream: LogStream::Out,
                text: text.into(),
            })
            .collect(),
    }
}

/// Databases serve, the API is asked, the gateway's image is coming.
fn half_way() -> Starting {
    let mut starting = Starting::new(at(0), (80, 24), TimeZone::UTC);
    starting.take(planned(), at(0));
    for service in ["db-admin", "db-ods"] {
        for act in ["pull", "create", "start"] {
            starting.take(started(&format!("{act}:{service}")), at(1));
            starting.take(done(&format!("{act}:{service}"), None), at(2));
        }
    }
    starting.take(started("prepare"), at(2));
    starting.take(done("prepare", Some("3 databases, 2 entries")), at(3));
    starting.take(started("pull:gateway"), at(3));
    starting.take(pulling("pull:gateway", 2_000_000), at(3));
    starting.take(pulling("pull:gateway", 18_000_000), at(6));
    for act in ["pull:api", "create:api"] {
        starting.take(started(act), at(3));
        starting.take(done(act, None), at(4));
    }
    starting.take(started("start:api"), at(4));
    starting.take(
        StartNews::Event(Event::StepNote {
            step: "start:api".to_owned(),
            note: "waits until it answers on /health".to_owned(),
        }),
        at(5),
    );
    starting.take(
        lines(
            "api",
            &[
                "All Postgres hosts are up - executing command",
                "Now listening on: http://[::]:80",
            ],
        ),
        at(6),
    );
    starting
}

fn failure() -> Failure {
    Failure {
        code: "E-4022",
        service: Some("api".to_owned()),
        what: "api stopped 3 times with exit code 139".to_owned(),
        meaning:
            "The program crashed; it was not stopped from outside and did not run out of memory."
                .to_owned(),
        last_probe: Some("http://api/health: connection refused".to_owned()),
        last_lines: vec![
            "Unhandled exception. Npgsql.PostgresException: 28P01:".to_owned(),
            "password authentication failed for user \"edfi\"".to_owned(),
        ],
        next_step:
            "Give the data the present password: edfi-setup secrets adopt --name grand-bend."
                .to_owned(),
    }
}

fn finish(outcome: Outcome) -> Finish {
    Finish {
        outcome,
        failure: (outcome == Outcome::Failed).then(failure),
        verification: None,
        places: vec![
            ("API".to_owned(), "https://localhost:8443/api/".to_owned()),
            ("Keys".to_owned(), "edfi-setup secrets show --name grand-bend".to_owned()),
        ],
        undo: Some("Undo removes 4 containers and 1 network made by this run: api, db-admin, db-ods, gateway.\nData stays: all volumes.".to_owned()),
        notes: Vec::new(),
    }
}

fn failed() -> Starting {
    let mut starting = half_way();
    starting.take(
        StartNews::Event(Event::StepFailed {
            step: "start:api".to_owned(),
            failure: failure(),
        }),
        at(20),
    );
    starting.take(lines("api", &["one", "two", "three"]), at(20));
    starting.take(StartNews::Ended(Box::new(finish(Outcome::Failed))), at(20));
    starting
}

fn ready() -> Starting {
    let mut starting = half_way();
    let mut all = finish(Outcome::Done);
    let check = |question, instance: Option<&str>, detail: &str| Check {
        question,
        instance: instance.map(str::to_owned),
        ok: true,
        milliseconds: 12,
        detail: detail.to_owned(),
        permanent: false,
        silent: false,
        next_step: None,
    };
    all.verification = Some(Verification {
        checks: vec![
            check("discovery", None, "version 7.3"),
            check("token", Some("default"), "granted"),
        ],
    });
    starting.take(StartNews::Ended(Box::new(all)), at(9));
    starting
}

fn blocked_by_a_port(undo: Option<String>) -> StartNews {
    let taken = Diagnostic::new(
        "C-3001",
        Severity::Block,
        "Port 8443 is taken by nginx (process 812).",
    );
    StartNews::Blocked {
        findings: vec![taken.help("Choose another port, or stop that program.")],
        undo,
    }
}

fn text(starting: &Starting, (columns, rows): (u16, u16), theme: Theme) -> String {
    let mut starting = starting.clone();
    starting.resize((columns, rows));
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal
        .draw(|frame| starting.draw(frame, theme, page::body((columns, rows))))
        .unwrap();
    let cursor = terminal.get_cursor_position().unwrap();
    format!("{}cursor {},{}", terminal.backend(), cursor.x, cursor.y)
}

/// With its styles.
fn light(starting: &Starting) -> String {
    let theme = Theme {
        palette: Palette::Light,
        ascii: false,
    };
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal
        .draw(|frame| starting.draw(frame, theme, page::body((80, 24))))
        .unwrap();
    testing::styled(terminal.backend().buffer())
}

fn plain(starting: &Starting) -> String {
    text(starting, (80, 24), Theme::default())
}

const ASCII: Theme = Theme {
    palette: Palette::Mono,
    ascii: true,
};

#[test]
fn pictures_of_a_start() {
    let mut starting = Starting::new(at(0), (80, 24), TimeZone::UTC);
    starting.take(
        StartNews::Doing("practice images: getting 14 packages, 31 MB".to_owned()),
        at(2),
    );
    assert_snapshot!("before_there_is_a_plan", plain(&starting));
    let half = half_way();
    assert_snapshot!("half_way", plain(&half));
    assert_snapshot!("half_way_in_ascii", text(&half, (80, 24), ASCII));
    assert_snapshot!(
        "half_way_in_the_smallest_window",
        text(&half, (60, 18), Theme::default())
    );
    assert_snapshot!(
        "half_way_in_a_large_window",
        text(&half, (120, 40), Theme::default())
    );
    assert_snapshot!("before_there_is_a_plan_in_light", light(&starting));
    assert_snapshot!("ready", plain(&ready()));
    assert_snapshot!("ready_in_light", light(&ready()));
    let mut log = half.clone();
    log.action(keys::Action::Log);
    assert_snapshot!("full_log_in_light", light(&log));
    assert_snapshot!("half_way_in_light", light(&half));
}

#[test]
fn pictures_of_a_failure() {
    let failed = failed();
    assert_snapshot!("failed_in_light", light(&failed));
    assert_snapshot!("failed", plain(&failed));
    assert_snapshot!("failed_in_ascii", text(&failed, (80, 24), ASCII));
    assert_snapshot!(
        "failed_in_the_smallest_window",
        text(&failed, (60, 18), Theme::default())
    );
    let mut stopped = half_way();
    stopped.take(StartNews::Ended(Box::new(finish(Outcome::Stopped))), at(9));
    assert_snapshot!("not_waited_for", plain(&stopped));
    assert_snapshot!("not_waited_for_in_light", light(&stopped));
    let mut blocked = Starting::new(at(0), (80, 24), TimeZone::UTC);
    blocked.take(blocked_by_a_port(None), at(1));
    assert_snapshot!("blocked", plain(&blocked));
    assert_snapshot!("blocked_in_light", light(&blocked));
}

#[test]
fn a_card_that_is_longer_than_the_window_can_be_read_to_its_end() {
    let size = (60, 18);
    let mut failed = failed();
    assert!(!failed.available(keys::Action::Down), "all of it is there");
    failed.resize(size);
    let screen = |failed: &Starting| text(failed, size, Theme::default());
    assert!(failed.available(keys::Action::Down));
    assert!(screen(&failed).contains('▼'), "{}", screen(&failed));
    assert!(!screen(&failed).contains("password authentication"));
    failed.action(keys::Action::PageDown);
    assert_snapshot!("the_end_of_a_card_in_the_smallest_window", screen(&failed));
    assert!(screen(&failed).contains("password authentication"));
    assert!(!screen(&failed).contains('▼'));
    for _ in 0..50 {
        failed.action(keys::Action::Up);
    }
    assert!(screen(&failed).contains("api stopped 3 times"));
    failed.action(keys::Action::PageDown);
    failed.resize((80, 24));
    assert!(
        plain(&failed).contains("api stopped 3 times"),
        "all of it again"
    );
}

#[test]
fn a_download_that_stands_still_is_said_to() {
    let mut starting = half_way();
    starting.tick(at(30));
    let screen = plain(&starting);
    assert!(screen.contains("nothing has come for 24 s"), "{screen}");
    starting.take(pulling("pull:gateway", 18_000_001), at(31));
    assert!(!plain(&starting).contains("nothing has come"), "{screen}");
}

#[test]
fn a_clock_is_there_as_long_as_something_goes_on() {
    assert!(half_way().clock(at(6)).is_some());
    assert_eq!(ready().clock(at(9)), None);
    assert_eq!(failed().clock(at(20)), None);
}

#[test]
fn logs_are_bounded_and_say_what_they_dropped() {
    let mut starting = half_way();
    for number in 0..3_000 {
        starting.take(lines("api", &[&format!("line {number}")]), at(6));
    }
    starting.action(keys::Action::Log);
    let screen = plain(&starting);
    assert!(
        screen.contains("2000 lines, 1002 older ones dropped"),
        "{screen}"
    );
    assert!(screen.contains("line 2999"), "{screen}");
    for _ in 0..100 {
        starting.action(keys::Action::Up);
    }
    let screen = plain(&starting);
    assert!(
        screen.contains("line 2899") && !screen.contains("line 2900"),
        "{screen}"
    );
}

#[test]
fn undoing_asks_first_and_the_safe_choice_is_chosen() {
    let mut starting = failed();
    assert_eq!(starting.action(keys::Action::Right), StartWish::None);
    assert_eq!(starting.action(keys::Action::Right), StartWish::None);
    assert_eq!(starting.action(keys::Action::Enter), StartWish::None);
    assert_eq!(starting.context(), Context::Question);
    assert_snapshot!("undoing_is_asked", plain(&starting));
    assert_snapshot!("undoing_is_asked_in_light", light(&starting));
    assert_eq!(starting.action(keys::Action::Enter), StartWish::None);
    assert_eq!(starting.context(), Context::Card, "it is left as it is");
    starting.action(keys::Action::Enter);
    starting.action(keys::Action::Down);
    assert_eq!(starting.action(keys::Action::Enter), StartWish::Undo);
    starting.take(
        StartNews::Undone(Ok(vec!["removed container grand-bend-api-1".to_owned()])),
        at(30),
    );
    assert_snapshot!("undone", plain(&starting));
    assert_snapshot!("undone_in_light", light(&starting));
}

#[test]
fn as_long_as_something_was_made_it_can_be_undone() {
    let mut starting = failed();
    starting.turn_to_undo();
    let wrong = Diagnostic::new("E-5009", Severity::Block, "The engine does not answer.");
    starting.take(StartNews::Undone(Err(Box::new(wrong))), at(30));
    starting.turn_to_undo();

    let mut again = Starting::new(at(40), (80, 24), TimeZone::UTC);
    again.take(blocked_by_a_port(finish(Outcome::Failed).undo), at(41));
    let screen = plain(&again);
    assert!(screen.contains("This try changed nothing."), "{screen}");
    again.turn_to_undo();
    again.take(StartNews::Undone(Ok(Vec::new())), at(50));
    assert!(!plain(&again).contains("Undo this run"));
}

impl keys::Action {
    fn moves(self) -> bool {
        matches!(self, Self::Up | Self::Down | Self::PageUp | Self::PageDown)
    }
}

impl Starting {
    /// Takes the way to undo, which asks first, and agrees.
    fn turn_to_undo(&mut self) {
        for action in [
            keys::Action::Right,
            keys::Action::Right,
            keys::Action::Enter,
        ] {
            assert_eq!(self.action(action), StartWish::None);
        }
        assert!(plain(self).contains("Undo removes 4 containers"));
        self.action(keys::Action::Down);
        assert_eq!(self.action(keys::Action::Enter), StartWish::Undo);
    }
}

#[test]
fn the_rate_is_that_of_the_last_seconds() {
    let mut starting = half_way();
    assert!(plain(&starting).contains("18 of 24 MB, 3 of 4 layers, 5.3 MB/s"));
    for second in 7_u64..=16 {
        let bytes = 18_000_000 + (second - 6) * 100_000;
        starting.take(
            pulling("pull:gateway", bytes),
            at(second.try_into().unwrap()),
        );
    }
    let screen = plain(&starting);
    assert!(
        screen.contains("19 of 24 MB, 3 of 4 layers, 0.1 MB/s"),
        "{screen}"
    );
    starting.take(pulling("pull:gateway", 1_000_000), at(17));
    let screen = plain(&starting);
    assert!(
        screen.contains("1 of 24 MB, 3 of 4 layers  "),
        "another try: {screen}"
    );
}

#[test]
fn whoever_reads_the_log_is_not_carried_off_and_can_leave() {
    let mut starting = half_way();
    starting.resize((80, 24));
    for number in 0..100 {
        starting.take(lines("api", &[&format!("line {number}.")]), at(6));
    }
    starting.action(keys::Action::Log);
    starting.action(keys::Action::PageUp);
    assert!(plain(&starting).contains("line 82."));
    assert!(!plain(&starting).contains("line 83."));
    starting.take(lines("api", &["later", "and later"]), at(7));
    starting.take(lines("db-ods", &["of another service"]), at(7));
    let screen = plain(&starting);
    assert!(
        screen.contains("line 82.") && !screen.contains("line 83."),
        "{screen}"
    );
    starting.action(keys::Action::First);
    assert!(plain(&starting).contains("All Postgres hosts are up"));
    starting.action(keys::Action::Last);
    assert!(plain(&starting).contains("and later"));
    assert_eq!(starting.action(keys::Action::Leave), StartWish::StopWaiting);
}

#[test]
fn ways_on() {
    let wish = |presses: usize| {
        let mut starting = failed();
        for _ in 0..presses {
            starting.action(keys::Action::Right);
        }
        starting.action(keys::Action::Enter)
    };
    assert_eq!(wish(0), StartWish::Again);
    assert_eq!(wish(1), StartWish::Edit);
    assert_eq!(wish(3), StartWish::Leave);
    let mut starting = half_way();
    assert_eq!(starting.action(keys::Action::Leave), StartWish::StopWaiting);
    assert_eq!(starting.title(), "Stopping to wait");
    assert_eq!(ready().action(keys::Action::Enter), StartWish::Dashboard);
    assert_eq!(ready().action(keys::Action::Again), StartWish::Tour);
    assert_eq!(ready().action(keys::Action::Quit), StartWish::Leave);
}

#[test]
fn every_key_in_the_table_does_something() {
    let mut places = 0;
    for binding in TABLE {
        for key in binding.keys {
            let mut starting = match binding.context {
                Context::Starting => half_way(),
                Context::Ready => ready(),
                Context::Card => failed(),
                _ => continue,
            };
            places += 1;
            let texts: Vec<String> = (0..60).map(|number| number.to_string()).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            starting.take(lines("api", &texts), at(20));
            let in_log = matches!(binding.action, keys::Action::Down | keys::Action::Up)
                && binding.context == Context::Card
                || matches!(
                    binding.action,
                    keys::Action::Back
                        | keys::Action::PageUp
                        | keys::Action::PageDown
                        | keys::Action::First
                        | keys::Action::Last
                );
            let scrolled = binding.context == Context::Ready && binding.action.moves();
            if scrolled {
                // In the middle of what does not fit.
                starting.resize((60, 10));
                starting.action(keys::Action::Down);
            } else if in_log {
                starting.action(keys::Action::Log);
                starting.action(keys::Action::Up);
            } else if binding.action == keys::Action::Up {
                starting.action(keys::Action::Down);
                starting.action(keys::Action::Up);
            }
            let place = format!("{:?} {key:?}", binding.context);
            let (code, modifiers) = match key {
                Key::Plain(code) => (*code, KeyModifiers::NONE),
                Key::Ctrl(char) => (KeyCode::Char(*char), KeyModifiers::CONTROL),
            };
            let action = keys::action(binding.context, &KeyEvent::new(code, modifiers));
            assert_eq!(action, Some(binding.action), "{place}");
            assert!(starting.available(binding.action), "{place}");
            let before = format!("{starting:?}");
            let wish = starting.action(binding.action);
            let changed = format!("{starting:?}") != before;
            assert!(changed || wish != StartWish::None, "{place} does nothing");
        }
    }
    assert!(places > 15, "{places}");
}

#[test]
fn nothing_that_others_wrote_tells_a_secret() {
    const SECRET: &str = "kT9xMostSecretOfAll42";
    let redactor = Redactor::of([("db".to_owned(), SECRET)]);
    let mut told = failure();
    told.last_lines.push(format!("\u{1b}[31mpassword={SECRET}"));
    told.last_probe = Some(SECRET.to_owned());
    told.meaning.push_str(SECRET);
    let mut end = finish(Outcome::Failed);
    end.failure = Some(told.clone());
    for news in [
        StartNews::Doing(SECRET.to_owned()),
        done("prepare", Some(SECRET)),
        StartNews::Event(Event::StepFailed {
            step: "start:api".to_owned(),
            failure: told.clone(),
        }),
        StartNews::Ended(Box::new(end)),
        StartNews::Blocked {
            findings: vec![Diagnostic::new("E-5009", Severity::Block, SECRET).help(SECRET)],
            undo: None,
        },
        StartNews::Undone(Err(Box::new(Diagnostic::new(
            "E-5009",
            Severity::Block,
            format!("{SECRET}\u{1b}[0m"),
        )))),
    ] {
        let redact = |words: &str| redactor.redact(words).into_owned();
        let safe = format!("{:?}", news.without_secrets(redact));
        assert!(!safe.contains(SECRET), "{safe}");
        assert!(!safe.contains("u{1b}"), "{safe}");
    }
}
