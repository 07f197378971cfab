//! The wizard as an operator meets it: the real program in a real terminal, in rehearsal and on the real
//! engine with practice images. Without a container engine these tests fail.

use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use portable_pty::CommandBuilder;

use crate::practice::PREFIX;
use crate::pty::{Pty, is_given_back};

const PROGRAM: &str = env!("CARGO_BIN_EXE_edfi-setup");
const CTRL_C: &str = "\u{3}";
const CTRL_U: &str = "\u{15}";
const ENTER: &str = "\r";
const ESC: &str = "\u{1b}";
const RIGHT: &str = "\u{1b}[C";

/// A home of a test's own, and a deployment that goes with it.
struct World {
    home: tempfile::TempDir,
    name: String,
    port: u16,
}

impl World {
    fn new(test: &str) -> Self {
        let socket = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self {
            home: tempfile::tempdir().unwrap(),
            name: format!("wizard-test-{test}-{}", std::process::id()),
            port: socket.local_addr().unwrap().port(),
        }
    }

    fn start(&self, arguments: &[&str]) -> Pty {
        self.start_in(arguments, (80, 24))
    }

    fn start_in(&self, arguments: &[&str], (columns, rows): (u16, u16)) -> Pty {
        let mut command = CommandBuilder::new(PROGRAM);
        command.args(arguments);
        command.cwd(self.home.path());
        command.env("EDFI_SETUP_HOME", self.home.path().join("home"));
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("LC_ALL");
        command.env_remove("NO_COLOR");
        Pty::start(command, columns, rows)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(arguments)
            .env("EDFI_SETUP_HOME", self.home.path().join("home"))
            .stdin(Stdio::null())
            .output()
            .expect("the program runs")
    }

    /// Every secret value of the deployment.
    fn secrets(&self) -> Vec<String> {
        let file = self
            .home
            .path()
            .join("home")
            .join(&self.name)
            .join("secrets.json");
        let text = std::fs::read_to_string(file).unwrap();
        let secrets: serde_json::Value = serde_json::from_str(&text).unwrap();
        let values = secrets.get("values").and_then(serde_json::Value::as_object);
        values
            .unwrap()
            .values()
            .map(|value| value.as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let there = self.home.path().join("home").join(&self.name).exists();
        if there {
            let removed = self.run(&["remove", &self.name, "--confirm", &self.name]);
            assert!(
                removed.status.success() || std::thread::panicking(),
                "{}",
                String::from_utf8_lossy(&removed.stderr)
            );
        }
    }
}

fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// From the welcome to the review, with what is proposed.
fn to_the_review(pty: &mut Pty) {
    pty.until_shows("Set up a new deployment");
    pty.press(ENTER);
    pty.until_shows("1 of 13");
    pty.press("r");
    pty.until_shows("[ Start ]");
}

#[test]
fn a_rehearsal_from_the_first_question_to_the_dashboard() {
    let world = World::new("rehearsal");
    let mut pty = world.start(&["rehearse", "--speed", "20"]);
    pty.until_shows("This is a rehearsal");
    pty.press(ENTER);
    pty.until_shows("Who will use this platform?");
    // Choose, look why, go on, and back, and on: the choice is still there.
    pty.press("G");
    pty.until_shows("Two databases to play with");
    pty.press("w");
    pty.until_shows("Why we ask");
    pty.press("wg");
    pty.until_shows("The programs of one school");
    pty.press(ENTER);
    pty.until_shows("How shall the district's data");
    pty.press(ENTER);
    pty.until_shows("What shall this installation be called?");
    pty.press(CTRL_U);
    pty.press("Grand Bend");
    pty.press(ENTER);
    pty.until_shows("✗");
    pty.press(CTRL_U);
    pty.press("grand-bend");
    pty.press(ESC);
    pty.until_shows("How shall the district's data");
    pty.press(ENTER);
    let kept = pty.until_shows("What shall this installation be called?");
    assert!(
        kept.contains("grand-bend"),
        "what was typed is kept:\n{kept}"
    );
    pty.press(ENTER);
    pty.until_shows("Which release");
    pty.press(ENTER);
    pty.until_shows("Data standard");
    pty.press("r");
    pty.until_shows("[Summary]");
    // Another size is another layout, at once.
    pty.resize(120, 40);
    pty.until("the large layout", |screen| {
        screen
            .contents()
            .lines()
            .any(|line| line.chars().count() > 100)
    });
    pty.resize(80, 24);
    for (tab, wanted) in [
        ("2", "EdFi_Ods"),
        ("4", "make network"),
        ("5", "services:"),
        ("6", "name: grand-bend"),
        ("7", "["),
    ] {
        pty.press(tab);
        pty.until_shows(wanted);
    }
    pty.press("p");
    pty.until_shows("grand-bend.yml");
    pty.press(ENTER);
    pty.until_shows("Saved as");
    assert!(world.home.path().join("grand-bend.yml").exists());
    // An answer is changed from the review, and the review comes back.
    pty.press("1");
    pty.until_shows("[Summary]");
    pty.press("\u{1b}[H");
    pty.press("jj");
    pty.press(ENTER);
    pty.until_shows("What shall this installation be called?");
    pty.press(ENTER);
    pty.until_shows("[Summary]");
    pty.press("s");
    pty.until_shows("is ready and verified");
    pty.press("t");
    pty.until_shows("Tour 1 of 8");
    pty.press("q");
    pty.until_shows("[Services]");
    pty.press("q");
    let (code, text) = pty.ended();
    assert_eq!(code, 0);
    assert!(text.contains("nothing is left of it"), "{text}");
    assert!(!world.home.path().join("home/draft.json").exists());
}

#[test]
fn what_fails_is_told_undone_and_tried_again() {
    let world = World::new("fault");
    let mut pty = world.start(&["rehearse", "--speed", "20", "--fault", "crash-loop"]);
    to_the_review(&mut pty);
    pty.press("s");
    let card = pty.until_shows("[ Try again ]");
    for words in ["exit code 139", "What it means", "Next step", "E-4022"] {
        assert!(card.contains(words), "{words} in\n{card}");
    }
    pty.press("l");
    pty.until_shows("lines");
    pty.press("l");
    pty.until_shows("[ Undo this run ]");
    pty.press(RIGHT);
    pty.press(RIGHT);
    pty.press(ENTER);
    pty.until_shows("Data stays");
    pty.press("j");
    pty.press(ENTER);
    pty.until_shows("The run is undone");
    pty.press(ENTER);
    pty.until_shows("is ready and verified");
    pty.press("q");
    assert_eq!(pty.ended().0, 0);
}

#[test]
fn every_way_out_gives_the_terminal_back() {
    let world = World::new("ways-out");
    let at_welcome = |arguments: &[&str]| {
        let pty = world.start(arguments);
        pty.until_shows("Set up a new deployment");
        pty
    };
    let mut pty = at_welcome(&[]);
    pty.press("q");
    assert_eq!(pty.ended().0, 130);
    let mut pty = at_welcome(&["setup"]);
    pty.press(ENTER);
    pty.until_shows("1 of ");
    pty.press("G");
    pty.press(ENTER);
    pty.until_shows("2 of ");
    pty.press("x");
    pty.press(CTRL_C);
    let (code, text) = pty.ended();
    assert_eq!(code, 130);
    assert!(text.contains("kept"), "{text}");
    // The next visit begins where this one ended.
    let mut pty = at_welcome(&[]);
    pty.until_shows("Go on with");
    pty.press(ENTER);
    pty.until_shows("2 of ");
    pty.until_shows("demox");
    signal(pty.process(), "TERM");
    assert_eq!(pty.ended().0, 143);
    let pty = at_welcome(&[]);
    signal(pty.process(), "HUP");
    assert_eq!(pty.ended().0, 129);
    // In the midst of a start.
    let mut pty = world.start(&["rehearse"]);
    to_the_review(&mut pty);
    pty.press("s");
    pty.until_shows("of 4 serve");
    pty.press(CTRL_C);
    pty.until_shows("You stopped waiting");
    signal(pty.process(), "INT");
    assert_eq!(pty.ended().0, 130);
}

#[test]
fn a_plain_terminal_is_asked_in_lines() {
    let world = World::new("dumb");
    let mut command = CommandBuilder::new(PROGRAM);
    command.cwd(world.home.path());
    command.env("EDFI_SETUP_HOME", world.home.path().join("home"));
    command.env("TERM", "dumb");
    let mut pty = Pty::start(command, 80, 24);
    pty.until_shows("Answer");
    pty.press("quit\r");
    assert!(!pty.bytes().contains("\u{1b}[?1049h"), "no full screen");
    assert_eq!(pty.ended().0, 3);
}

#[test]
fn a_newcomer_sets_up_a_real_platform_of_practice_images() {
    let world = World::new("real");
    let mut pty = world.start(&["setup", "--practice-prefix", PREFIX]);
    pty.until_shows("What was found here");
    pty.until_shows("images");
    pty.press(ENTER);
    pty.until_shows("Who will use this platform?");
    pty.press(ENTER);
    pty.until_shows("How shall the district's data");
    pty.press(ENTER);
    pty.until_shows("be called?");
    pty.press(CTRL_U);
    pty.press(&world.name);
    pty.until_shows("✓ The name");
    pty.press(ENTER);
    // Back four times, and no answer is lost.
    pty.until_shows("Which release");
    pty.press(ENTER);
    pty.until_shows("Data standard");
    pty.press(ENTER);
    pty.until_shows("be able to reach");
    pty.press(ESC);
    pty.until_shows("Data standard");
    pty.press(ESC);
    pty.until_shows("Which release");
    pty.press(ESC);
    let name = pty.until_shows("be called?");
    assert!(name.contains(&format!("▸ {}", world.name)), "{name}");
    pty.press(ESC);
    pty.until_shows("How shall the district's data");
    for question in [
        "be called?",
        "Which release",
        "Data standard",
        "be able to reach",
        "Under which name",
        "On which port?",
    ] {
        pty.press(ENTER);
        pty.until_shows(question);
    }
    pty.press(CTRL_U);
    pty.press(&world.port.to_string());
    pty.press(ENTER);
    pty.until_shows("Which certificate");
    // The rest is as proposed; without a registry that is practice images.
    pty.press("r");
    pty.until_shows("[Summary]");
    pty.until_shows("practice");
    pty.until_shows("4 containers");
    pty.press("s");
    let ready = pty.until_shows("is ready and verified");
    assert!(ready.contains("schools"), "{ready}");
    pty.press(ENTER);
    pty.until_shows("ready ·");
    pty.press("T");
    pty.until_shows("Tour 1 of 8");
    pty.press("q");
    pty.until_shows("[Services]");
    // Nothing secret was drawn on the way.
    let bytes = pty.bytes();
    for secret in world.secrets() {
        assert!(!bytes.contains(&secret), "a secret was drawn");
    }
    // The answers are open to change, and there is nothing to do.
    pty.press("C");
    pty.until_shows("[Summary]");
    pty.press("4");
    pty.until_shows("Nothing to do");
    pty.press(CTRL_C);
    pty.until("the shell", is_given_back);
    assert_eq!(pty.ended().0, 130);
    let status = world.run(&["status", &world.name]);
    assert!(status.status.success());
    assert!(
        !world.home.path().join("home/draft.json").exists(),
        "the answers are a deployment now"
    );
}
