//! One test's deployment: its folder, its port, its corner of the engine, and everything the
//! program ever said about it.

mod engine;
pub mod https;
mod images;
mod program;
mod terminal;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use edfi_setup::deployment::Home;
use edfi_setup::engine::{Health, Observed, ObservedContainer};
use serde_json::Value;

pub use engine::Lab;
pub use https::{Answer, ask, basic, try_to_ask};
pub use images::PREFIX;
pub use program::{Ran, Running, step_ids};
pub use terminal::Terminal;

/// The longest that anything waited for may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_mins(3);

/// How the names of all tests' deployments begin. Leftovers are known by it.
const NAMES: &str = "t-bringup-";

/// Stacks that may run at once.
const STACKS: u32 = 2;

static RUNNING: Mutex<u32> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// A place among the stacks that run at once.
#[derive(Debug)]
struct Place;

impl Place {
    fn take() -> Self {
        let full = |running: &mut u32| *running >= STACKS;
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        *FREED
            .wait_while(running, full)
            .unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

/// The deployment.
#[derive(Debug)]
pub struct World {
    pub name: String,
    /// The port of its gateway; free when the test began.
    pub port: u16,
    pub lab: Lab,
    home: tempfile::TempDir,
    /// Everything the program said, except what it was asked to reveal.
    said: Arc<Mutex<String>>,
    /// Every value that must never be said.
    secrets: Mutex<BTreeSet<String>>,
    _place: Place,
}

impl World {
    /// A deployment that does not exist yet. Without an engine the test fails.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let place = Place::take();
        let lab = Lab::connect();
        images::make(&lab);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            name: format!("{NAMES}{}-{count}", std::process::id()),
            port: free_port(),
            lab,
            home: tempfile::tempdir().unwrap(),
            said: Arc::default(),
            secrets: Mutex::default(),
            _place: place,
        }
    }

    /// Writes a profile of one district and gives its path.
    pub fn profile(&self) -> String {
        let path = self.home.path().join("wanted.yml");
        let text = format!(
            "version: 1\nname: {}\nuse_case: district-shared\n\
             first_client: {{education_organizations: [255901]}}\n\
             images: {{registry: {PREFIX}}}\naccess: {{port: {}}}\n",
            self.name, self.port
        );
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Writes a profile with these lines and gives its path.
    pub fn profile_with(&self, lines: &str) -> String {
        let path = self.home.path().join("wanted.yml");
        let text = format!(
            "version: 1\nname: {}\nimages: {{registry: {PREFIX}}}\naccess: {{port: {}}}\n{lines}\n",
            self.name, self.port
        );
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Where its deployment's folder is.
    pub fn home(&self) -> Home {
        Home::at(self.home.path())
    }

    /// The program with these arguments, without a terminal.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edfi-setup"));
        command
            .args(arguments)
            .env("EDFI_SETUP_HOME", self.home.path())
            .env("NO_COLOR", "1")
            .current_dir(self.home.path());
        command
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.learn_secrets();
        Running::spawn(self.program(arguments), Arc::clone(&self.said))
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let ran = self.start(arguments).finish();
        self.learn_secrets();
        ran
    }

    /// Brings the deployment up as the profile says, by JSON lines, and expects it to be verified.
    pub fn up(&self, profile: &str) -> Ran {
        let ran = self.run(&["up", profile, "--yes", "--output", "json"]);
        ran.expect(0);
        assert_eq!(ran.event("ready")["verified"], true, "{ran}");
        ran
    }

    /// Runs the program in a terminal.
    pub fn terminal(&self, arguments: &[&str]) -> Terminal {
        Terminal::open(&self.program(arguments))
    }

    /// What the program reveals when asked for one secret.
    pub fn secret(&self, name: &str) -> String {
        let arguments = ["secrets", "show", name, "--name", &self.name, "--yes"];
        let output = self.program(&arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let value = text.trim().strip_prefix(name).map(str::trim);
        value.unwrap_or_else(|| panic!("{text:?}")).to_owned()
    }

    /// A file in the deployment's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(&self.name).join(name)
    }

    /// What a file in the deployment's folder holds.
    pub fn text(&self, name: &str) -> String {
        let path = self.file(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// What is on the engine, without the engine's own opinion of each service's health: that
    /// comes and goes at the engine's leisure.
    pub fn observed(&self) -> Observed {
        let mut observed = self.lab.observed(&self.name);
        for container in observed.containers.values_mut() {
            container.state.health = Health::None;
            container.state.health_output = None;
        }
        observed
    }

    /// Containers by service.
    pub fn containers(&self) -> BTreeMap<String, ObservedContainer> {
        let by_service = |container: ObservedContainer| {
            (container.labels["io.edfi-setup.service"].clone(), container)
        };
        let observed = self.observed();
        observed.containers.into_values().map(by_service).collect()
    }

    /// Container ids by service.
    pub fn ids(&self) -> BTreeMap<String, String> {
        self.containers()
            .into_iter()
            .map(|(service, container)| (service, container.id))
            .collect()
    }

    /// The container of a service.
    pub fn container(&self, service: &str) -> String {
        format!("{}-{service}-1", self.name)
    }

    /// Asks a database and gives the answer's text.
    pub fn sql(&self, service: &str, database: &str, text: &str) -> String {
        self.lab.sql(&self.container(service), database, text)
    }

    /// A request through the gateway, trusting only the deployment's own authority.
    pub fn get(&self, port: u16, path: &str, authorization: Option<&str>) -> Answer {
        https::ask(&self.text("ca.crt"), port, path, authorization, None)
    }

    /// The same with a body of JSON, which is sent.
    pub fn send(&self, port: u16, path: &str, authorization: &str, body: &Value) -> Answer {
        let text = body.to_string();
        let json = ("application/json", text.as_str());
        https::ask(
            &self.text("ca.crt"),
            port,
            path,
            Some(authorization),
            Some(json),
        )
    }

    /// Posts a body: its content type and its text.
    pub fn post(
        &self,
        port: u16,
        path: &str,
        authorization: Option<&str>,
        body: (&str, &str),
    ) -> Answer {
        https::ask(&self.text("ca.crt"), port, path, authorization, Some(body))
    }

    /// Asks for a token.
    pub fn token(&self, port: u16, key: &str, secret: &str) -> Answer {
        self.token_at("/api/oauth/token", port, key, secret)
    }

    /// Asks for a token at an instance's own address.
    pub fn token_at(&self, path: &str, port: u16, key: &str, secret: &str) -> Answer {
        let basic = https::basic(key, secret);
        let form = (
            "application/x-www-form-urlencoded",
            "grant_type=client_credentials",
        );
        https::ask(&self.text("ca.crt"), port, path, Some(&basic), Some(form))
    }

    /// Reads or, with a body, sends data as the first client.
    pub fn data(&self, port: u16, path: &str, body: Option<&Value>) -> Answer {
        self.data_of("first-client", port, path, body)
    }

    /// The same as the client whose key and secret begin like this.
    pub fn data_of(&self, client: &str, port: u16, path: &str, body: Option<&Value>) -> Answer {
        let [key, secret] = ["key", "secret"].map(|part| self.secret(&format!("{client}-{part}")));
        let answer = self.token(port, &key, &secret);
        assert_eq!(answer.status, 200, "{answer:?}");
        let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
        let body = body.map(Value::to_string);
        let body = body.as_deref().map(|text| ("application/json", text));
        https::ask(&self.text("ca.crt"), port, path, Some(&bearer), body)
    }

    /// Remembers what the secrets file holds now, and that only its owner may read it.
    fn learn_secrets(&self) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.file("secrets.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            return;
        };
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        let stored: Value = serde_json::from_str(&text).unwrap();
        let mut secrets = lock(&self.secrets);
        let values = stored["values"].as_object().unwrap().values();
        secrets.extend(values.map(|value| value.as_str().unwrap().to_owned()));
        for pair in stored["pairs"].as_object().unwrap().values() {
            // A key is many lines; one from its middle gives it away.
            let line = pair["key"].as_str().unwrap().lines().nth(1);
            secrets.extend(line.map(str::to_owned));
        }
    }

    /// Nothing secret stands in this text.
    pub fn assert_nothing_secret(&self, what: &str, text: &str) {
        for secret in lock(&self.secrets).iter() {
            if let Some((before, _)) = text.split_once(secret.as_str()) {
                let line = before.lines().last().unwrap_or_default();
                panic!("{what} holds a secret, after: {line}");
            }
        }
    }

    /// How many secrets were ever looked out for.
    pub fn secrets_known(&self) -> usize {
        lock(&self.secrets).len()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A second panic would hide the first one.
            let clear = std::panic::AssertUnwindSafe(|| self.lab.remove(&self.name));
            let _ = std::panic::catch_unwind(clear);
        } else {
            self.learn_secrets();
            self.lab.remove(&self.name);
            let said = lock(&self.said).clone();
            self.assert_nothing_secret("what the program said", &said);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
