//! What news do to the state, and what they cost.

use crossterm::event::{KeyCode, KeyEvent};
use insta::assert_snapshot;

use super::super::host::Dashboard;
use super::super::state::{Facts, Link, State, Tab, Verified};
use super::{Lab, NOW, container, event, line, lines, now, run_of, seen, verification};
use crate::deployment::Redactor;
use crate::engine::{EngineEventKind, Health, LogStream, Phase};
use crate::live::{Lines, News, Run, Seen, Usage};
use crate::tui::Theme;
use crate::tui::dashboard::Data;
use crate::tui::events::{App, Input};
use crate::tui::pace::Urgency;

fn uses(service: &str, generation: u64, cpus: f32) -> Data {
    Data::News(News::Uses {
        run: run_of(service, generation),
        usage: Usage {
            cpus,
            memory_bytes: 50_000_000,
            memory_limit_bytes: 0,
        },
    })
}

fn app(lab: Lab) -> Dashboard {
    Dashboard {
        state: lab.state,
        theme: Theme::default(),
    }
}

#[test]
fn what_was_verified_serves_though_the_calm_check_has_not_said_so() {
    let mut lab = Lab::empty(80, 24);
    let begun = super::container("api", Health::Starting, 20);
    lab.tell(Data::News(News::Seen(vec![Seen {
        container: begun,
        generation: 1,
    }])));
    assert_eq!(lab.state.serving(), 0, "it was verified before it started");
    lab.tell(Data::Verified(Ok(super::verification(false))));
    assert_eq!(lab.state.serving(), 0);
    lab.tell(Data::Verified(Ok(super::verification(true))));
    assert_eq!(lab.state.serving(), 1);
    let sick = super::container("api", Health::Unhealthy, 20);
    lab.tell(Data::News(News::Seen(vec![Seen {
        container: sick,
        generation: 1,
    }])));
    assert_eq!(lab.state.serving(), 0, "what the check says later counts");
}

#[test]
fn the_first_frame_needs_nothing_but_a_name() {
    let outset = Facts::of_name("grand-bend", "");
    let mut state = State::new(outset, (80, 24), now());
    assert_snapshot!("nothing_asked_yet", super::screens::drawn(&state));
    for key in ['v', 'T', 'C', 'a', 's'] {
        let key = KeyEvent::from(KeyCode::Char(key));
        assert_eq!(state.update(Input::Key(key), now()), [], "{key:?}");
    }
    state.update(Input::Data(Data::Known(Box::new(super::facts()))), now());
    state.update(Input::Data(Data::News(News::Seen(seen()))), now());
    let mut at_once = Lab::empty(80, 24);
    at_once.tell(Data::News(News::Seen(seen())));
    assert_eq!(
        super::screens::drawn(&state),
        super::screens::drawn(&at_once.state)
    );
}

#[test]
fn an_idle_deployment_of_ten_containers_costs_no_frame_in_an_hour() {
    let mut lab = Lab::empty(80, 24);
    let ten: Vec<Seen> = (1..=10)
        .map(|number| Seen {
            container: container(&format!("service-{number}"), Health::Healthy, 300_000),
            generation: number,
        })
        .collect();
    lab.tell(Data::News(News::Seen(ten)));
    let mut app = app(lab);
    let mut frames = 0;
    for second in 0..3600_u64 {
        for number in 1..=10 {
            let noise = if (second + number) % 5 == 0 {
                0.004
            } else {
                0.001
            };
            app.state.update(
                crate::tui::Input::Data(uses(&format!("service-{number}"), number, noise)),
                now(),
            );
        }
        if second >= 1 && app.urgency() != Urgency::None {
            frames += 1;
        }
        let _ = app.urgency();
    }
    assert_eq!(frames, 0);
    // 300,000 s are 3 d 11 h: the next change of a visible age is half a day away.
    assert!(app.clock(now()).unwrap().as_secs() > 40_000);
}

#[test]
fn the_clock_stands_where_no_age_is_shown() {
    let lab = Lab::empty(80, 24);
    assert_eq!(app(lab).clock(now()), None);
}

#[test]
fn lines_cost_a_frame_only_where_they_are_seen() {
    let news = || lines("gateway", vec![line(1, LogStream::Out, "x")]);
    let urgency = |keys: &str, focus: &str| {
        let mut lab = Lab::new(80, 24);
        lab.keys(keys);
        focus.clone_into(&mut lab.state.focus);
        lab.state.urgency = Urgency::None;
        lab.tell(news());
        lab.state.urgency
    };
    assert_eq!(
        urgency("1", "gateway"),
        Urgency::Soon,
        "its last lines are seen"
    );
    assert_eq!(urgency("1", "api"), Urgency::None);
    assert_eq!(urgency("2", "api"), Urgency::Soon);
    assert_eq!(urgency("2k", "api"), Urgency::Lazy, "only the badge");
    assert_eq!(urgency("2fzzz", "api"), Urgency::None, "filtered out");
    assert_eq!(urgency("3", "gateway"), Urgency::None);
    assert_eq!(urgency("4", "gateway"), Urgency::None);
}

#[test]
fn what_is_said_of_an_earlier_run_or_an_unknown_container_is_dropped() {
    let mut lab = Lab::new(80, 24);
    let mut state = container("api", Health::Starting, 1).state;
    state.restart_count = 3;
    lab.tell(Data::News(News::State {
        run: run_of("api", 9),
        state,
    }));
    let shown = |lab: &Lab| lab.state.services[2].shown;
    assert_eq!(shown(&lab), None, "a new run was not measured yet");
    lab.tell(uses("api", 3, 0.9));
    assert_eq!(shown(&lab), None, "a measure of the earlier run");
    lab.tell(uses("api", 9, 0.5));
    assert!(shown(&lab).is_some());
    let mut old = container("api", Health::Unhealthy, 1).state;
    old.phase = Phase::Exited;
    lab.tell(Data::News(News::State {
        run: run_of("api", 3),
        state: old,
    }));
    let live = lab.state.services[2].live.as_ref().unwrap();
    assert_eq!(
        (live.state.phase, live.state.restart_count),
        (Phase::Running, 3)
    );
    let before = lab.state.store.held(None);
    lab.tell(lines("nobody", vec![line(0, LogStream::Out, "x")]));
    assert_eq!(lab.state.store.held(None), before);
}

#[test]
fn an_engine_that_goes_away_and_comes_back_is_shown_and_survived() {
    let mut lab = Lab::new(80, 24);
    lab.keys("jj");
    let gone = || {
        Data::News(News::EngineGone {
            reason: "no socket".to_owned(),
        })
    };
    lab.tell(gone());
    lab.state.urgency = Urgency::None;
    lab.tell(gone());
    assert_eq!(lab.state.urgency, Urgency::None, "trying again is not news");
    assert_eq!(lab.state.link, Link::Gone("no socket".to_owned()));
    assert!(!lab.state.available(crate::tui::keys::Action::Menu));
    let held = lab.state.store.held(None);
    lab.tell(Data::News(News::Seen(seen())));
    assert_eq!(lab.state.link, Link::There);
    assert_eq!(lab.state.focus, "api", "we stand where we stood");
    assert_eq!(
        lab.state.store.held(None),
        held,
        "the lines are still there"
    );
    assert!(
        lab.state
            .happenings
            .iter()
            .any(|event| event.words.contains("answers again"))
    );
}

#[test]
fn services_come_and_go_and_those_of_the_deployment_stay_as_missing() {
    let mut lab = Lab::new(80, 24);
    let mut all = seen();
    all.retain(|seen| seen.container.id != "id-api");
    all.push(Seen {
        container: container("extra", Health::Healthy, 5),
        generation: 20,
    });
    lab.tell(Data::News(News::Seen(all)));
    let names = |lab: &Lab| -> Vec<(String, bool)> {
        lab.state
            .services
            .iter()
            .map(|service| (service.name.clone(), service.live.is_some()))
            .collect()
    };
    assert!(names(&lab).contains(&("api".to_owned(), false)));
    assert!(names(&lab).contains(&("extra".to_owned(), true)));
    lab.tell(Data::News(News::Seen(seen())));
    assert!(!names(&lab).iter().any(|(name, _)| name == "extra"));
    assert!(names(&lab).contains(&("api".to_owned(), true)));
}

#[test]
fn a_new_container_of_a_service_goes_on_in_the_same_log() {
    let mut lab = Lab::new(80, 24);
    let mut all = seen();
    all[2].container.id = "new-api".to_owned();
    all[2].generation = 30;
    lab.tell(Data::News(News::Seen(all)));
    lab.tell(Data::Lines(Lines {
        container: "new-api".to_owned(),
        lines: vec![line(5, LogStream::Out, "a new life")],
        history: false,
    }));
    let place = lab.state.store.find("api").unwrap();
    let latest: Vec<&str> = lab
        .state
        .store
        .latest(place)
        .map(|line| &*line.text)
        .collect();
    assert_eq!(latest[0], "a new life");
    assert!(latest.len() > 4);
    lab.tell(Data::News(News::Uses {
        run: Run {
            container: "new-api".to_owned(),
            generation: 30,
        },
        usage: Usage::default(),
    }));
    assert!(lab.state.services[2].shown.is_some());
}

#[test]
fn an_end_is_marked_in_the_log_and_noted_once() {
    let mut lab = Lab::new(80, 24);
    let count = lab.state.happenings.len();
    lab.tell(event(
        "gateway",
        3,
        EngineEventKind::Died { exit_code: 137 },
    ));
    lab.tell(event(
        "gateway",
        3,
        EngineEventKind::Died { exit_code: 137 },
    ));
    assert_eq!(lab.state.happenings.len(), count + 1);
    let place = lab.state.store.find("gateway").unwrap();
    let last = lab.state.store.latest(place).next().unwrap();
    assert_eq!(&*last.text, "gateway ended with exit code 137");
}

#[test]
fn a_flood_is_bounded_and_drops_are_counted() {
    let mut lab = Lab::new(80, 24);
    lab.keys("2");
    for batch in 0..400 {
        let flood = (0..256)
            .map(|number| line(batch, LogStream::Out, &format!("line {batch} {number}")))
            .collect();
        lab.tell(lines("api", flood));
    }
    let place = lab.state.store.find("api");
    assert_eq!(lab.state.store.held(place), 20_000);
    assert_eq!(lab.state.store.dropped(place), 400 * 256 + 6 - 20_000);
    assert!(
        lab.state.view.len() <= 2 * 20_100 + 1024,
        "{}",
        lab.state.view.len()
    );
}

#[test]
fn answers_carry_no_secret() {
    let redactor = Redactor::of([("db".to_owned(), "correcthorse")]);
    let data =
        Data::Verified(Err("login correcthorse failed".to_owned())).without_secrets(&redactor);
    let mut lab = Lab::new(80, 24);
    lab.tell(data);
    assert!(!format!("{:?}", lab.state).contains("correcthorse"));
    assert!(
        lab.state
            .notice
            .as_ref()
            .unwrap()
            .words
            .contains("[secret: db]")
    );
    lab.tell(Data::Verified(Ok(verification(true))));
    assert!(
        matches!(&lab.state.verified, Verified::Now { at, result: Ok(_) } if at.as_second() == NOW)
    );
    lab.keys("v");
    assert!(matches!(lab.state.verified, Verified::Asking));
    assert!(lab.keys("v").is_empty(), "not twice at once");
    assert_eq!(lab.state.tab, Tab::Services);
}
