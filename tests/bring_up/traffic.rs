//! Requests through the gateway, without a pause, while something happens to what is behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{World, basic, try_to_ask};

/// Time between two requests of one caller.
const PAUSE: Duration = Duration::from_millis(10);

/// Callers that go on until they are told to stop.
pub struct Traffic {
    shared: Arc<Shared>,
    callers: Vec<JoinHandle<()>>,
}

struct Shared {
    authority: String,
    port: u16,
    token_path: String,
    data_path: String,
    key: String,
    secret: String,
    bearer: String,
    stop: AtomicBool,
    answered: AtomicUsize,
    slowest: Mutex<Duration>,
    failures: Mutex<Vec<String>>,
}

/// A school that is sent again and again.
fn school(number: usize) -> Value {
    json!({
        "schoolId": 255_901_000 + number,
        "nameOfInstitution": "Grand Bend High School",
        "educationOrganizationCategories": [{
            "educationOrganizationCategoryDescriptor": "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
        }],
        "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],
    })
}

impl Traffic {
    /// Begins: some ask for tokens, some read, some send. `client` is how the names of a key and a secret
    /// begin, `place` the part of the address that chooses the instance.
    pub fn begin(world: &World, client: &str, place: &str) -> Self {
        // A client may hold 15 tokens, and the callers of before took them.
        let admin = match place.trim_end_matches('/') {
            "" => "EdFi_Admin".to_owned(),
            tenant => format!("EdFi_Admin_{tenant}"),
        };
        world.sql("db-admin", &admin, "DELETE FROM dbo.clientaccesstokens");
        let [key, secret] = ["key", "secret"].map(|part| world.secret(&format!("{client}-{part}")));
        let token_path = format!("/api/{place}oauth/token");
        let token = world.token_at(&token_path, world.port, &key, &secret);
        assert_eq!(token.status, 200, "{token:?}");
        let bearer = format!("Bearer {}", token.json()["access_token"].as_str().unwrap());
        let shared = Arc::new(Shared {
            authority: world.text("ca.crt"),
            port: world.port,
            token_path,
            data_path: format!("/api/{place}data/v3/ed-fi/schools"),
            key,
            secret,
            bearer,
            stop: AtomicBool::new(false),
            answered: AtomicUsize::new(0),
            slowest: Mutex::default(),
            failures: Mutex::default(),
        });
        let callers = (0..5)
            .map(|number| {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || {
                    while !shared.stop.load(Ordering::Relaxed) {
                        shared.ask(number);
                        std::thread::sleep(PAUSE);
                    }
                })
            })
            .collect();
        let traffic = Self { shared, callers };
        traffic.more(20);
        traffic
    }

    /// Waits until so many more requests have been answered.
    pub fn more(&self, count: usize) {
        let wanted = self.answered() + count;
        let end = Instant::now() + Duration::from_mins(1);
        while self.answered() < wanted && Instant::now() < end {
            std::thread::sleep(PAUSE);
        }
    }

    /// How many were answered as they should be.
    pub fn answered(&self) -> usize {
        self.shared.answered.load(Ordering::Relaxed)
    }

    /// Ends: every request was answered, and there were many.
    pub fn end(mut self, what: &str) {
        self.more(20);
        self.shared.stop.store(true, Ordering::Relaxed);
        for caller in self.callers.drain(..) {
            caller.join().unwrap();
        }
        let lock = |failures: &Mutex<Vec<String>>| {
            let failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
            failures.clone()
        };
        let failures = lock(&self.shared.failures);
        let answered = self.answered();
        assert!(
            failures.is_empty(),
            "{} of {} requests failed during {what}:\n{}",
            failures.len(),
            answered + failures.len(),
            failures
                .iter()
                .take(20)
                .cloned()
                .collect::<Vec<_>>()
                .join("\n")
        );
        // Short changes leave time for fewer on a busy machine; the long ones make many hundreds.
        assert!(answered > 50, "only {answered} requests during {what}");
        let slowest = self.shared.slowest.lock().unwrap();
        println!("{what}: {answered} requests, none failed, the slowest took {slowest:?}");
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn ask(&self, caller: usize) {
        let form = (
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials",
        );
        let school = school(caller).to_string();
        let (path, authorization, body, right) = match caller {
            0 => (
                self.token_path.as_str(),
                basic(&self.key, &self.secret),
                Some(form),
                // Who holds as many tokens as it may is told so by the API itself.
                &[200, 429][..],
            ),
            1 | 2 => (
                self.data_path.as_str(),
                self.bearer.clone(),
                None,
                &[200][..],
            ),
            _ => (
                self.data_path.as_str(),
                self.bearer.clone(),
                Some(("application/json", school.as_str())),
                &[200, 201][..],
            ),
        };
        let begun = Instant::now();
        let said = try_to_ask(&self.authority, self.port, path, Some(&authorization), body);
        let took = begun.elapsed();
        let verb = if body.is_some() { "POST" } else { "GET" };
        let wrong = match said {
            Ok(answer) if right.contains(&answer.status) => {
                self.answered.fetch_add(1, Ordering::Relaxed);
                let mut slowest = self.slowest.lock().unwrap();
                *slowest = took.max(*slowest);
                return;
            }
            Ok(answer) => format!("{} {}", answer.status, answer.body),
            Err(reason) => reason,
        };
        let mut failures = self.failures.lock().unwrap();
        failures.push(format!(
            "{} {verb} {path} after {took:?}: {wrong}",
            jiff::Timestamp::now()
        ));
    }
}
