//! A thousand districts: nothing in the interview, the review or the plan may take more than in proportion
//! to their number. Times are those of a build for tests, so what is compared is one size with another; the
//! figures themselves are printed (`cargo test --release --test thousand -- --nocapture`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "helpers of tests may fail as loudly as tests"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use edfi_setup::catalog::Catalog;
use edfi_setup::deployment::{Home, Secret, Secrets};
use edfi_setup::engine::docker::DockerEngine;
use edfi_setup::interview::{Context, Interview};
use edfi_setup::plan::{Observation, plan};
use edfi_setup::profile::{self, Profile};
use edfi_setup::session::{Machine, Preview};
use edfi_setup::stack::{self, Stack, StackInput};
use edfi_setup::tui::wizard::{Opening, Screens, Wizard};
use edfi_setup::tui::{App, Input, Theme};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SMALL: usize = 100;
const LARGE: usize = 1000;
/// Ten times as much may take this many times as long: in proportion, and some room for the machine.
const MOST: f64 = 25.0;
/// What takes less than this for the large size is fast, whatever it takes for the small one.
const FAST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 60 } else { 6 });
/// With the program as it is shipped, nothing takes longer than a tenth of a second. A build for tests on a busy
/// machine may take much longer; it still shows when something is done a thousand times that need not be.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3_000 } else { 100 });

fn context() -> Context {
    Context {
        school_year: Some(2027),
        ..Context::new(&Catalog::embedded().unwrap())
    }
}

fn list(kind: &str, count: usize) -> String {
    let entries: Vec<String> = (0..count)
        .map(|number| match kind {
            "tenants" => format!("tenant-{number}"),
            _ => (255_000 + number).to_string(),
        })
        .collect();
    entries.join("\n")
}

fn answered(kind: &'static str, count: usize, each: bool) -> Interview {
    let mut interview = Interview::new(context());
    interview.answer("use-case", kind).unwrap();
    interview.answer(kind, &list(kind, count)).unwrap();
    if each {
        interview.answer("isolation", "each").unwrap();
    }
    interview
}

fn stack_of(profile: &Profile, secrets: &Secrets) -> Stack {
    stack::build(&StackInput {
        profile,
        catalog: &Catalog::embedded().unwrap(),
        secrets,
        adopted_secrets: &[],
        chain_pem: "chain",
        key_pem: &Secret::new("key"),
        authority_pem: Some("authority"),
        extensions: &[],
        certificate_until: None,
    })
    .unwrap()
}

fn secrets_of(profile: &Profile) -> Secrets {
    let mut secrets = Secrets::fresh().unwrap();
    secrets.ensure(&stack::secret_requests(profile)).unwrap();
    secrets
}

/// The shortest of several times: what the work takes when nothing else is in the way.
fn shortest(times: usize, work: &mut dyn FnMut()) -> Duration {
    let mut shortest = Duration::MAX;
    for _ in 0..times {
        let begin = Instant::now();
        work();
        shortest = shortest.min(begin.elapsed());
    }
    shortest
}

/// Everything that is done for one platform, each by itself.
fn work(kind: &'static str, count: usize, each: bool) -> Vec<(&'static str, Duration)> {
    let times = 3;
    let mut interview = answered(kind, count, each);
    let profile = interview.profile().unwrap().profile;
    let secrets = secrets_of(&profile);
    let stack = stack_of(&profile, &secrets);
    let draft = interview.draft();
    let text = profile::write(&profile).unwrap();
    let entries = list(kind, count);
    let mut done = Vec::new();
    let mut take = |what, work: &mut dyn FnMut()| done.push((what, shortest(times, work)));
    take("answering with the list", &mut || {
        interview.answer(kind, &entries).unwrap();
    });
    take("a question forth and back", &mut || {
        interview.review();
        assert!(interview.jump("name"));
        interview.next();
        interview.back();
    });
    take("the answers as a table", &mut || drop(interview.summary()));
    take("the profile of the answers", &mut || {
        drop(interview.profile());
    });
    take("keeping the answers", &mut || drop(interview.draft()));
    take("going on with them", &mut || {
        drop(Interview::resume(context(), &draft));
    });
    take("reading a profile", &mut || {
        drop(profile::read(&text, Path::new("p"), &[]));
    });
    take("opening a profile", &mut || {
        drop(Interview::open(context(), profile.clone()));
    });
    take("the command that does the same", &mut || {
        drop(edfi_setup::interview::command(&profile));
    });
    take("the stack", &mut || drop(stack_of(&profile, &secrets)));
    take("the picture", &mut || {
        drop((stack.picture(), stack.small_picture()));
    });
    let nothing = Observation::default();
    take("the plan", &mut || drop(plan(&stack, &nothing)));
    take("the plan in words", &mut || {
        drop(plan(&stack, &nothing).to_string());
    });
    take("who may use what", &mut || {
        let all = stack.databases.by_tenant();
        let uses = all
            .iter()
            .map(|own| own.clients.len() + own.instances.len());
        assert_eq!(uses.sum::<usize>(), 2 * count);
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let place = tempfile::tempdir().unwrap();
    let home = Home::at(place.path());
    take("the review", &mut || {
        let machine: Machine<'_, DockerEngine> = Machine::Rehearsal;
        let (preview, loaded) = Preview::of_answers(&interview);
        let practice = interview.context().practice.clone();
        let now = Timestamp::from_second(1_795_420_800).unwrap();
        let looking = preview.look(&home, loaded.as_ref().unwrap(), machine, &practice, now);
        drop(runtime.block_on(looking));
    });
    let opening = Opening {
        world: context(),
        draft: None,
        deployments: Vec::new(),
        profile: Some(profile.clone()),
        dashboard: Some(profile.name.clone()),
        rehearsal: true,
        notice: None,
        zone: jiff::tz::TimeZone::UTC,
    };
    let mut wizard = Wizard::new(opening, (80, 24), false);
    wizard.begin();
    let mut screens = Screens {
        wizard,
        theme: Theme::default(),
    };
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut press = |code| {
        let key = crossterm::event::KeyEvent::new(code, crossterm::event::KeyModifiers::NONE);
        screens.update(Input::Key(key), Timestamp::UNIX_EPOCH);
        terminal.draw(|frame| screens.draw(frame)).unwrap();
    };
    take("a key at the review", &mut || {
        press(crossterm::event::KeyCode::Down);
    });
    press(crossterm::event::KeyCode::Home);
    press(crossterm::event::KeyCode::Down);
    press(crossterm::event::KeyCode::Enter);
    take("a key at the list", &mut || {
        press(crossterm::event::KeyCode::Down);
    });
    take("a letter at the list", &mut || {
        press(crossterm::event::KeyCode::Char('5'));
    });
    done
}

fn in_proportion(kind: &'static str, each: bool) {
    let small = work(kind, SMALL, each);
    let large = work(kind, LARGE, each);
    let mut wrong = Vec::new();
    for ((what, few), (_, many)) in small.iter().zip(&large) {
        let times = many.as_secs_f64() / few.as_secs_f64().max(1e-9);
        println!(
            "{kind} {LARGE}: {what:<32} {:>9.3} ms, {times:.1} times",
            many.as_secs_f64() * 1e3
        );
        if (times > MOST && *many > FAST) || *many > LIMIT {
            wrong.push(format!("{what}: {few:?} for {SMALL}, {many:?} for {LARGE}"));
        }
    }
    assert!(wrong.is_empty(), "{kind}: {wrong:#?}");
}

#[test]
fn a_thousand_districts_take_ten_times_as_long_as_a_hundred() {
    in_proportion("districts", false);
}

#[test]
fn a_thousand_organizations_take_ten_times_as_long_as_a_hundred() {
    in_proportion("tenants", false);
}

#[test]
fn a_thousand_servers_take_ten_times_as_long_as_a_hundred() {
    in_proportion("districts", true);
}
