//! What there is in a rehearsal: images, networks, volumes, containers, events. No behaviour yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::fault::{Fault, FaultWish};
use super::server::Server;
use super::web::Pass;
use super::{Pace, Part};
use crate::deployment::Secret;
use crate::engine::{Health, LogStream, Phase};

/// Lines of a container's log that are kept.
const LINES: usize = 20_000;
/// Events that are kept for those who ask for earlier ones; real engines keep 256.
const EVENTS: usize = 4_096;

/// Everything, behind one lock, with a bell that rings at every change.
pub(super) struct World {
    pub pace: Pace,
    seed: u64,
    state: Mutex<State>,
    bell: watch::Sender<u64>,
    /// Whether the engine's socket is there.
    pub present: std::sync::Arc<watch::Sender<bool>>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("pace", &self.pace)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// What there is now.
#[derive(Debug, Default)]
pub(super) struct State {
    pub parts: BTreeMap<String, Part>,
    pub faults: BTreeMap<Fault, FaultWish>,
    pub images: BTreeSet<String>,
    /// Layers that arrived completely, also of images that did not.
    pub layers: BTreeSet<String>,
    pub networks: BTreeMap<String, Network>,
    pub volumes: BTreeMap<String, Volume>,
    pub containers: BTreeMap<String, Container>,
    pub execs: BTreeMap<String, Exec>,
    pub tokens: BTreeMap<String, Pass>,
    events: VecDeque<Event>,
    /// Number of the first event that is kept.
    first_event: u64,
    made: u64,
}

/// A network.
#[derive(Debug)]
pub(super) struct Network {
    pub id: String,
    pub labels: BTreeMap<String, String>,
}

/// A volume. Whatever it is used for, it has room for a database server.
#[derive(Debug, Default)]
pub(super) struct Volume {
    pub labels: BTreeMap<String, String>,
    pub server: Server,
}

/// A program started inside a container.
#[derive(Debug, Clone)]
pub(super) struct Exec {
    pub container: String,
    pub command: Vec<String>,
    pub reads: bool,
    pub exit_code: Option<i64>,
}

/// Something that happened to a container.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub time: Timestamp,
    pub action: String,
    pub container: String,
    pub attributes: BTreeMap<String, String>,
}

/// A line of a log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub time: Timestamp,
    pub stream: LogStream,
    pub text: String,
}

/// The engine's own health check of a container.
#[derive(Debug, Clone, Copy)]
pub(super) struct HealthCheck {
    pub interval: Duration,
    pub start_period: Duration,
    pub retries: u32,
}

/// How a container's program answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    /// Not at all.
    Not,
    /// With errors only.
    Badly,
    /// As it should.
    Well,
}

/// A container.
#[derive(Debug)]
pub(super) struct Container {
    pub id: String,
    pub name: String,
    /// The service it plays, if it is one that we know.
    pub service: Option<String>,
    pub image: String,
    pub labels: BTreeMap<String, String>,
    pub env: BTreeMap<String, Secret>,
    /// Named volumes and where they are mounted.
    pub mounts: Vec<(String, String)>,
    /// Address, port of this computer, port in the container.
    pub ports: Vec<(String, u16, u16)>,
    pub network: String,
    pub aliases: Vec<String>,
    pub restarts_by_itself: bool,
    pub check: Option<HealthCheck>,
    /// Files placed in it. They may be secret.
    pub files: BTreeMap<String, Secret>,
    pub created: Timestamp,
    pub phase: Phase,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub exit_code: i64,
    pub out_of_memory: bool,
    pub restarts: u64,
    pub health: Health,
    pub health_words: String,
    pub answers: Answers,
    pub log: VecDeque<Line>,
    /// Number of the first line that is kept.
    pub first_line: u64,
    /// Tells the life of this container to end. A new one for each start.
    pub stop: CancellationToken,
}

impl World {
    pub fn new(pace: Pace, seed: u64) -> Self {
        Self {
            pace,
            seed,
            state: Mutex::default(),
            bell: watch::Sender::new(0),
            present: std::sync::Arc::new(watch::Sender::new(true)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks without changing anything.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes something, and rings.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.bell
            .send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    /// Looks at every change until there is something to see.
    pub async fn until<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let mut bell = self.bell.subscribe();
        loop {
            bell.borrow_and_update();
            if let Some(found) = self.look(&mut look) {
                return found;
            }
            if bell.changed().await.is_err() {
                // The bell lives as long as the world does.
                return std::future::pending().await;
            }
        }
    }

    /// Lets time pass.
    pub async fn pass(&self, time: Duration) {
        tokio::time::sleep(self.pace.take(time)).await;
    }

    /// 256 bits that depend on the rehearsal's seed and these words only.
    pub fn dice(&self, words: &str) -> String {
        hex(&format!("{} {words}", self.seed))
    }

    /// A number from 0 to 1 that depends on the rehearsal's seed and these words only.
    pub fn chance(&self, words: &str) -> f64 {
        let digits: String = self.dice(words).chars().take(6).collect();
        let number = u32::from_str_radix(&digits, 16).unwrap_or_default();
        f64::from(number) / f64::from(0x00ff_ffff)
    }

    /// A new id, as engines write them.
    pub fn id(&self, state: &mut State, kind: &str) -> String {
        state.made += 1;
        self.dice(&format!("{kind} {}", state.made))
    }
}

/// A SHA-256 in hexadecimal.
pub(super) fn hex(words: &str) -> String {
    Sha256::digest(words.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

impl State {
    /// The container of that id, beginning of an id, or name.
    pub fn find(&self, which: &str) -> Option<&Container> {
        if let Some(container) = self.containers.get(which) {
            return Some(container);
        }
        let name = which.trim_start_matches('/');
        let mut named = self.containers.values().filter(|one| one.name == name);
        named.next().or_else(|| {
            let mut begins = self
                .containers
                .values()
                .filter(|one| which.len() >= 4 && one.id.starts_with(which));
            begins.next()
        })
    }

    /// The running container that others on a network find under that name.
    pub fn host(&self, network: &str, alias: &str) -> Option<&Container> {
        self.containers.values().find(|container| {
            container.phase == Phase::Running
                && container.network == network
                && (container.name == alias || container.aliases.iter().any(|name| name == alias))
        })
    }

    /// The database server of that name, if it takes connections.
    pub fn server(&self, network: &str, alias: &str) -> Option<&Server> {
        let container = self.host(network, alias).filter(|one| one.serves())?;
        let (volume, _) = container.mounts.first()?;
        Some(&self.volumes.get(volume)?.server)
    }

    /// The database server that a container is.
    pub fn own_server(&mut self, container: &str) -> Option<&mut Server> {
        let (volume, _) = self.containers.get(container)?.mounts.first()?.clone();
        Some(&mut self.volumes.get_mut(&volume)?.server)
    }

    /// The part that an image plays.
    pub fn part_of_image(&self, reference: &str) -> Option<&Part> {
        self.parts.values().find(|part| part.image == reference)
    }

    /// Whether a fault strikes at this service.
    pub fn strikes(&self, fault: Fault, service: Option<&str>) -> bool {
        self.faults.get(&fault).is_some_and(|wish| {
            let place = wish.service();
            place.is_none() || place == service
        })
    }

    /// Notes that something happened to a container.
    pub fn happen(&mut self, container: &str, action: &str, more: &[(&str, String)]) {
        let Some(container) = self.containers.get(container) else {
            return;
        };
        let mut attributes = container.labels.clone();
        attributes.insert("name".to_owned(), container.name.clone());
        attributes.insert("image".to_owned(), container.image.clone());
        attributes.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        self.events.push_back(Event {
            time: Timestamp::now(),
            action: action.to_owned(),
            container: container.id.clone(),
            attributes,
        });
        if self.events.len() > EVENTS {
            self.events.pop_front();
            self.first_event += 1;
        }
    }

    /// Number of the next event.
    pub fn next_event(&self) -> u64 {
        self.first_event + self.events.len() as u64
    }

    /// The event of that number or the first one kept after it, and its number.
    pub fn event(&self, number: u64) -> Option<(u64, &Event)> {
        let number = number.max(self.first_event);
        let index = usize::try_from(number - self.first_event).ok()?;
        Some((number, self.events.get(index)?))
    }

    /// Number of the first event of that second or later.
    pub fn event_since(&self, second: i64) -> u64 {
        let earlier = self
            .events
            .iter()
            .take_while(|event| event.time.as_second() < second)
            .count();
        self.first_event + earlier as u64
    }
}

impl Event {
    /// As the engine writes it.
    pub fn json(&self) -> Value {
        json!({
            "Type": "container",
            "Action": self.action,
            "Actor": { "ID": self.container, "Attributes": self.attributes },
            "scope": "local",
            "status": self.action,
            "id": self.container,
            "from": self.attributes.get("image"),
            "time": self.time.as_second(),
            "timeNano": i64::try_from(self.time.as_nanosecond()).unwrap_or(i64::MAX),
        })
    }
}

impl Container {
    /// Adds a line to its log.
    pub fn say(&mut self, stream: LogStream, text: impl Into<String>) {
        self.log.push_back(Line {
            time: Timestamp::now(),
            stream,
            text: text.into(),
        });
        if self.log.len() > LINES {
            self.log.pop_front();
            self.first_line += 1;
        }
    }

    /// The line of that number or the first one kept after it, and its number.
    pub fn line(&self, number: u64) -> Option<(u64, &Line)> {
        let number = number.max(self.first_line);
        let index = usize::try_from(number - self.first_line).ok()?;
        Some((number, self.log.get(index)?))
    }

    /// Whether its program answers as it should.
    pub fn serves(&self) -> bool {
        self.answers == Answers::Well
    }

    /// Whether its program runs, or will run again by itself.
    pub fn lives(&self) -> bool {
        matches!(
            self.phase,
            Phase::Running | Phase::Restarting | Phase::Paused
        )
    }
}
