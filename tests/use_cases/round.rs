//! What every use case goes through, from nothing to nothing.

use serde_json::Value;

use crate::platform::{Instance, Platform, school};

/// How instances are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// There is one.
    Alone,
    /// A key is refused at another instance's address.
    ByAddress,
    /// All have one address, and what a key sees depends on it alone.
    ByKey,
    /// As release 6 does it: every key opens every year.
    ByYearOnly,
}

/// Brings it up, and asks of it everything that a use case promises.
pub fn goes_round(platform: &Platform, instances: &[Instance], apart: Apart) {
    let first = platform.up();
    verified(
        &first.event("verified")["verification"],
        instances.len(),
        apart,
    );
    each_has_its_own_data(platform, instances);
    kept_apart(platform, instances, apart);
    does_nothing_twice(platform);
    data_outlives_containers(platform, instances);
}

/// The verification asked everybody, in the order of the profile.
fn verified(verification: &Value, instances: usize, apart: Apart) {
    let checks = verification["checks"].as_array().unwrap();
    let asked: Vec<&str> = checks
        .iter()
        .map(|check| check["question"].as_str().unwrap())
        .collect();
    let mut wanted = vec!["discovery", "health"];
    for _ in 0..instances {
        wanted.extend(["token", "schools"]);
    }
    if apart == Apart::ByAddress {
        wanted.push("separation");
    }
    assert_eq!(asked, wanted);
    assert!(checks.iter().all(|check| check["ok"] == true), "{checks:?}");
}

/// Each takes a school of its own under the same number, and gives that one back.
fn each_has_its_own_data(platform: &Platform, instances: &[Instance]) {
    for instance in instances {
        let token = platform.token(instance);
        let before = platform.data(instance, &token, None);
        assert_eq!(
            (before.status, before.body.as_str()),
            (200, "[]"),
            "{instance:?}"
        );
        let sent = platform.data(instance, &token, Some(&school(&instance.client)));
        assert_eq!(sent.status, 201, "{sent:?}");
    }
    sees_its_own(platform, instances);
}

fn sees_its_own(platform: &Platform, instances: &[Instance]) {
    for instance in instances {
        let token = platform.token(instance);
        let found = platform.data(instance, &token, None);
        assert_eq!(found.status, 200, "{found:?}");
        let schools = found.json();
        let schools = schools.as_array().unwrap();
        assert_eq!(schools.len(), 1, "{schools:?}");
        assert_eq!(schools[0]["nameOfInstitution"], instance.client.as_str());
    }
}

/// Nobody's key opens what belongs to another, in either direction.
fn kept_apart(platform: &Platform, instances: &[Instance], apart: Apart) {
    for (own, other) in pairs(instances) {
        let token = platform.token(own);
        let answer = platform.data(other, &token, None);
        match apart {
            Apart::Alone => unreachable!("one instance makes no pair"),
            Apart::ByAddress => {
                assert!(
                    matches!(answer.status, 401 | 403 | 404),
                    "{own:?} {other:?}: {answer:?}"
                );
                assert!(!answer.body.contains(&other.client), "{answer:?}");
                let written = platform.data(other, &token, Some(&school("Intruder")));
                assert!(matches!(written.status, 401 | 403 | 404), "{written:?}");
            }
            Apart::ByKey => {
                assert_eq!(answer.status, 200, "{answer:?}");
                assert!(answer.body.contains(&own.client), "{answer:?}");
                assert!(!answer.body.contains(&other.client), "{answer:?}");
            }
            Apart::ByYearOnly => {
                assert_eq!(answer.status, 200, "{answer:?}");
                assert!(answer.body.contains(&other.client), "{answer:?}");
            }
        }
    }
    sees_its_own(platform, instances);
}

fn pairs(instances: &[Instance]) -> impl Iterator<Item = (&Instance, &Instance)> {
    instances.iter().enumerate().flat_map(move |(at, own)| {
        let others = instances.iter().enumerate();
        others.filter_map(move |(place, other)| (place != at).then_some((own, other)))
    })
}

fn does_nothing_twice(platform: &Platform) {
    let before = platform.world.ids();
    let again = platform.up();
    assert_eq!(again.steps(), [""; 0]);
    assert_eq!(platform.world.ids(), before);
}

fn data_outlives_containers(platform: &Platform, instances: &[Instance]) {
    let world = &platform.world;
    let volumes: Vec<String> = world.observed().volumes.into_keys().collect();
    world
        .run(&["down", "--name", &world.name, "--yes"])
        .expect(0);
    let down = world.observed();
    assert!(down.containers.is_empty(), "{down:?}");
    platform.up();
    let now: Vec<String> = world.observed().volumes.into_keys().collect();
    assert_eq!(now, volumes);
    sees_its_own(platform, instances);
}
