//! The questions in plain lines, as a person answers them in a terminal and a script through a
//! pipe, up to a platform that runs on the real engine with practice images.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as loudly as tests"
)]

#[path = "support/practice.rs"]
mod practice;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use edfi_setup::plain::clean;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Practice images of these tests' own; they stay for the next run.
fn prefix() -> String {
    format!("{}/interview", practice::PREFIX)
}

/// How long the slowest thing may take on a busy machine.
const DEADLINE: Duration = Duration::from_mins(3);

/// One bring-up at a time is enough for a small machine.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A home and a name of a test's own; both go away with it.
struct World {
    name: String,
    port: u16,
    place: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    fn new(test: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            name: format!("interview-test-{test}-{}", std::process::id()),
            port: socket.local_addr().unwrap().port(),
            place: tempfile::tempdir().unwrap(),
            _turn: turn,
        }
    }

    fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    fn draft(&self) -> PathBuf {
        self.home().join("draft.json")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edfi-setup"));
        command
            .args(arguments)
            .current_dir(self.place.path())
            .env("EDFI_SETUP_HOME", self.home())
            .env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs a command with these lines on its standard input.
    fn piped(&self, arguments: &[&str], lines: &[&str]) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // No lines at all are no empty line either.
        let text: Vec<&str> = lines.iter().flat_map(|line| [*line, "\n"]).collect();
        // One that does not read its input closes it early; that is what some tests want to see.
        let _ = child
            .stdin
            .take()
            .unwrap()
            .write_all(text.concat().as_bytes());
        child.wait_with_output().unwrap()
    }

    fn terminal(&self, arguments: &[&str], term: &str) -> Terminal {
        Terminal::open(&self.command(arguments), term)
    }

    /// No password, key or other secret may be in a text.
    fn assert_no_secret_in(&self, text: &str) {
        let path = self.home().join(&self.name).join("secrets.json");
        let file = std::fs::read_to_string(path).unwrap();
        let secrets: serde_json::Value = serde_json::from_str(&file).unwrap();
        let mut found = 0;
        each_text(&secrets, &mut |secret| {
            if secret.len() >= 20 && !secret.contains(char::is_whitespace) {
                found += 1;
                assert!(!text.contains(secret), "a secret was shown");
            }
        });
        assert!(found >= 3, "the secrets were not found");
    }
}

fn each_text(value: &serde_json::Value, see: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) => see(text),
        serde_json::Value::Array(values) => values.iter().for_each(|value| each_text(value, see)),
        serde_json::Value::Object(values) => {
            // The public name of the set is on every volume.
            let inner = values
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "id" | "adopted_ids"));
            inner.for_each(|(_, value)| each_text(value, see));
        }
        _ => {}
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self
            .command(&["remove", &self.name, "--confirm", &self.name])
            .stdin(Stdio::null())
            .output();
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A terminal with the program in it; texts are looked for in the order in which they come.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    bytes: Receiver<Vec<u8>>,
    raw: Vec<u8>,
    /// Everything up to here was looked at.
    seen: usize,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open(command: &Command, term: &str) -> Self {
        let size = PtySize {
            rows: 50,
            cols: 120,
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut builder = CommandBuilder::new(command.get_program());
        builder.args(command.get_args());
        for (name, value) in command.get_envs() {
            builder.env(name, value.unwrap_or_default());
        }
        builder.env("TERM", term);
        builder.cwd(command.get_current_dir().unwrap());
        let child = pair.slave.spawn_command(builder).unwrap();
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().unwrap();
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let _ = sender.send(buffer[..length].to_vec());
            }
        });
        Self {
            child,
            keyboard: pair.master.take_writer().unwrap(),
            bytes,
            raw: Vec::new(),
            seen: 0,
            _master: pair.master,
        }
    }

    /// Everything that was written, without escape sequences.
    fn text(&self) -> String {
        clean(&String::from_utf8_lossy(&self.raw))
    }

    /// Waits until a text comes after the one waited for last.
    fn shows(&mut self, wanted: &str) -> &mut Self {
        let until = Instant::now() + DEADLINE;
        loop {
            let text = self.text();
            let new = text.get(self.seen..).unwrap_or_default();
            if let Some(at) = new.find(wanted) {
                self.seen += at + wanted.len();
                return self;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.raw.extend(bytes),
                Err(error) => panic!("no {wanted:?} ({error}) after:\n{new}"),
            }
        }
    }

    fn types(&mut self, text: &str) -> &mut Self {
        self.keyboard.write_all(text.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
        self
    }

    /// Waits for the question and answers it.
    fn answers(&mut self, title: &str, answer: &str) -> &mut Self {
        self.shows(title)
            .shows("Answer")
            .types(&format!("{answer}\r"))
    }

    fn ends(&mut self) -> u32 {
        while let Ok(bytes) = self.bytes.recv_timeout(DEADLINE) {
            self.raw.extend(bytes);
        }
        self.child.wait().unwrap().exit_code()
    }
}

#[test]
fn a_person_goes_from_the_first_question_to_a_running_platform() {
    let world = World::new("person");
    let prefix = prefix();
    let arguments = ["setup", "--plain", "--practice-prefix", prefix.as_str()];
    let name = world.name.clone();

    // Begin, ask for help, go back, say something wrong, leave in the middle.
    let mut terminal = world.terminal(&arguments, "xterm-256color");
    terminal
        .shows("What was found here")
        .shows("container engine");
    terminal.answers("── Use case (1 of", "help");
    terminal
        .shows("gateway")
        .shows("These words work everywhere");
    terminal.shows("Answer [1]").types("why\r");
    terminal
        .shows("invented district")
        .shows("Answer [1]")
        .types("1\r");
    terminal.answers("── Databases", "");
    terminal.answers("── Name", "Grand Bend");
    terminal
        .shows("cannot have a capital letter")
        .shows("grand-bend")
        .shows("Answer")
        .types("back\r");
    terminal.answers("── Databases", "back");
    terminal.answers("── Use case", "");
    terminal.answers("── Databases", "");
    terminal.answers("── Name", &name);
    terminal.answers("── Release", "");
    terminal.answers("── Data standard", "quit");
    terminal.shows("kept");
    assert_eq!(terminal.ends(), 3, "{}", terminal.text());
    let mode = std::fs::metadata(world.draft())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    // Go on another day, change an answer at the review, start.
    let mut terminal = world.terminal(&arguments, "xterm-256color");
    terminal.answers(&format!("Go on with {name}"), "1");
    terminal.answers("── Data standard", "");
    terminal.answers("── Who can reach it", "");
    terminal.answers("── Host name", "");
    terminal.answers("── Port", &world.port.to_string());
    terminal.answers("── Certificate", "");
    terminal.answers("── First key: may do", "2");
    terminal.answers("── First key: whose data", "255901");
    terminal.answers("── Swagger UI", "");
    terminal.answers("── Images", "practice");
    terminal
        .shows("Practice images are for learning")
        .shows("── Review ──");
    terminal
        .shows("── Picture")
        .shows("gateway")
        .shows("── Services")
        .shows("db-admin");
    terminal
        .shows("── What starting will do")
        .shows("Plan for")
        .shows("── Profile");
    terminal
        .shows("── Good to know")
        .shows("What now?")
        .shows("What now:")
        .types("21\r");
    terminal.answers("── Log files", "5");
    terminal
        .shows("── Review")
        .shows("What now?")
        .shows("What now:")
        .types("command\r");
    terminal
        .shows("edfi-setup up district-shared")
        .shows("logging.files=5")
        .shows("What now:");
    terminal
        .types("save\r")
        .shows("File name")
        .types("saved.yml\r")
        .shows("Saved as");
    terminal.shows("What now:").types("start\r");
    terminal.shows("Plan for").shows("Ready: ");
    assert_eq!(terminal.ends(), 0, "{}", terminal.text());
    // When this was found depends on the machine; that it is told before the start does not.
    let free = format!("Port {} is free.", world.port);
    assert!(terminal.text().contains(&free), "{}", terminal.text());
    world.assert_no_secret_in(&terminal.text());
    assert!(!world.draft().exists(), "the answers are a deployment now");

    let applied = std::fs::read_to_string(world.home().join(&name).join("profile.yml")).unwrap();
    let saved = std::fs::read_to_string(world.place.path().join("saved.yml")).unwrap();
    assert_eq!(applied, saved);
    for line in ["files: 5", "claim_set: SIS Vendor", "- 255901"] {
        assert!(applied.contains(line), "{line} in\n{applied}");
    }
    status_fits_a_narrow_window(&world);

    // Next time, what exists is offered; looking at it changes nothing.
    let look = world.piped(&["setup", "--plain"], &["1", "1"]);
    assert_eq!(look.status.code(), Some(0), "{}{}", out(&look), err(&look));
    assert!(out(&look).contains("serves"), "{}", out(&look));
    // Changing its answers begins at the review, where nothing is left to do.
    let change = world.piped(&["setup", "--plain"], &["1", "2", "quit"]);
    assert!(out(&change).contains("Nothing to do"), "{}", out(&change));
}

/// However long the names of its images are.
fn status_fits_a_narrow_window(world: &World) {
    let status = world.piped(&["status", &world.name], &[]);
    assert!(status.status.success(), "{}{}", out(&status), err(&status));
    let text = out(&status);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(text.contains("  ods-api-web-api:"), "{text}");
}

#[test]
fn a_script_sets_up_a_try_out_through_a_pipe() {
    let world = World::new("pipe");
    let port = world.port.to_string();
    let prefix = prefix();
    let arguments = ["setup", "--plain", "--practice-prefix", prefix.as_str()];
    let lines = [
        "5",
        &world.name,
        "",
        "",
        "",
        "",
        "nonsense",
        &port,
        "",
        "",
        "practice",
        "start",
    ];
    let output = world.piped(&arguments, &lines);
    let text = out(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", err(&output));
    assert!(text.contains("Port is not a whole number"), "{text}");
    assert!(text.contains("Ready: "), "{text}");
    assert!(text.contains("first is Grand Bend High School"), "{text}");
    assert!(!text.contains('\u{1b}'), "no cursor tricks in a pipe");
    world.assert_no_secret_in(&format!("{text}{}", err(&output)));
    assert!(!world.draft().exists());
}

#[test]
fn the_end_of_the_input_is_never_a_yes() {
    let world = World::new("end");
    let name = world.name.as_str();
    for lines in [&[][..], &["1", "", name], &["1", "", name, "review"]] {
        let output = world.piped(&["setup", "--plain"], lines);
        assert_eq!(output.status.code(), Some(2), "{}", out(&output));
        assert!(err(&output).contains("E-5062"), "{}", err(&output));
        assert!(!world.home().join(&world.name).exists(), "nothing was made");
        let _ = std::fs::remove_file(world.draft());
    }
    // What was said is there the next time.
    world.piped(&["setup", "--plain"], &["5", name, "", "2"]);
    let output = world.piped(&["setup", "--plain"], &["1", "review", "quit"]);
    let text = out(&output);
    assert!(
        text.contains(&format!("Go on with {}", world.name)),
        "{text}"
    );
    assert!(text.contains("data_standard: \"5.2.0\""), "{text}");
    assert_eq!(output.status.code(), Some(3), "{text}");
}

#[test]
fn what_was_looked_up_and_what_is_odd_is_said_and_holds_nobody_up() {
    let world = World::new("odd");
    // A listener of somebody else's on the port that is wanted.
    let busy = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = busy.local_addr().unwrap().port().to_string();
    let lines = [
        "1",
        "",
        &world.name,
        "",
        "",
        "",
        "edfi.example.invalid",
        &port,
        "review",
        "command",
        "quit",
    ];
    let output = world.piped(&["setup", "--plain"], &lines);
    let text = out(&output);
    for words in [
        "The network does not know edfi.example.invalid",
        "is already in use by",
        "but only this computer can reach 127.0.0.1",
        "edfi-setup up district-shared",
        "--set access.host=edfi.example.invalid",
    ] {
        let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(folded.contains(words), "{words}\n{text}");
    }
    assert!(
        !text.contains("--set access.host=edfi.example.invalid:"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(3), "{text}");
}

/// A terminal hands a pasted column over line by line; all of them are one answer.
#[test]
fn a_pasted_column_is_one_list() {
    let world = World::new("paste");
    let mut terminal = world.terminal(&["--plain"], "xterm-256color");
    terminal.answers("── Use case", "2");
    terminal
        .shows("── Districts")
        .shows("Answer")
        .types("255901\r255902\r255903\r");
    terminal.answers("── Chosen by", "back");
    terminal
        .shows("── Districts")
        .shows("Answer [255901, 255902, 255903]")
        .types("quit\r");
    assert_eq!(terminal.ends(), 3, "{}", terminal.text());
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let world = World::new("nobody");
    for arguments in [
        &[][..],
        &["setup"],
        &["setup", "--plain", "--output", "json"],
    ] {
        let output = world.piped(arguments, &["1"]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = format!("{}{}", out(&output), err(&output));
        assert!(
            said.contains("E-5061") && said.contains("edfi-setup demo"),
            "{said}"
        );
    }
    let output = world.piped(&["setup", "--plain", "no-such-profile"], &["1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("no-such-profile"), "{}", err(&output));
    assert!(!world.home().exists(), "looking writes nothing");
}

#[test]
fn it_can_be_left_at_any_question_and_a_plain_terminal_will_do() {
    let world = World::new("leave");
    // Only flags: the questions begin.
    let mut terminal = world.terminal(&["--plain"], "xterm-256color");
    terminal.shows("── Use case").shows("Answer").types("\u{3}");
    assert_eq!(terminal.ends(), 130, "{}", terminal.text());

    // No arguments at all: the questions begin, in lines where the terminal can do no more.
    let mut terminal = world.terminal(&[], "dumb");
    terminal.answers("── Use case", "5");
    terminal.answers("── Name", "review");
    terminal
        .shows("── Review")
        .shows("What now:")
        .types("back\r");
    terminal.answers("── Name", "quit");
    assert_eq!(terminal.ends(), 3, "{}", terminal.text());
    assert!(
        !terminal.raw.contains(&0x1b),
        "no escape sequences for a plain terminal"
    );

    let mut terminal = world.terminal(&["setup", "--plain"], "dumb");
    terminal.answers("Go on with", "2");
    terminal.shows("── Use case").shows("Answer");
    let pid = i32::try_from(terminal.child.process_id().unwrap()).unwrap();
    let killed = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(terminal.ends(), 130, "{}", terminal.text());
    // Looking at the first question replaced nothing.
    let kept = std::fs::read_to_string(world.draft()).unwrap();
    assert!(kept.contains("sandbox"), "{kept}");
}
