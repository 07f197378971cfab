//! The way to each screen.

use std::os::unix::fs::symlink;

use edfi_setup::deployment::Home;
use edfi_setup::engine::Pace;
use edfi_setup::session::{self, Wish};
use portable_pty::CommandBuilder;

use crate::gallery::Frame;
use crate::pty::Pty;

const PROGRAM: &str = env!("CARGO_BIN_EXE_edfi-setup");
const CTRL_C: &str = "\u{3}";
const ENTER: &str = "\r";
const SEED: u64 = 7;
const SPEED: u32 = 5;

/// A computer on which nothing was ever set up.
fn computer(home: &std::path::Path, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(arguments);
    command.env_clear();
    command.cwd(home);
    command.env("HOME", home);
    command.env("EDFI_SETUP_HOME", home.join("deployments"));
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("TZ", "UTC");
    // Relative to the home above, so that the welcome reads the same wherever that is.
    command.env("DOCKER_HOST", "unix://engine.sock");
    command
}

/// The rehearsed installation of which the pictures are.
fn rehearsal(home: &std::path::Path, more: &[&str]) -> CommandBuilder {
    let mut command = computer(home, &["rehearse", "district-shared"]);
    command.args(["--name", "grand-bend", "--set", "access.host=localhost"]);
    command.args(["--seed", &SEED.to_string(), "--speed", &SPEED.to_string()]);
    command.args(more);
    command
}

fn left(mut pty: Pty) {
    pty.press(CTRL_C);
    pty.ended();
}

#[tokio::test(flavor = "multi_thread")]
async fn welcome_and_the_first_question() {
    let folder = tempfile::tempdir().unwrap();
    let wish = Wish {
        profile: Some("district-shared".to_owned()),
        ..Wish::default()
    };
    let home = Home::at(folder.path().join("simulated"));
    let pace = Pace::times(SPEED);
    let simulated = session::rehearse(&home, &wish, &[], pace, SEED)
        .await
        .unwrap();
    symlink(
        simulated.rehearsal.socket(),
        folder.path().join("engine.sock"),
    )
    .unwrap();
    let command = computer(folder.path(), &[]);
    tokio::task::spawn_blocking(move || {
        let mut pty = Pty::start(command, 80, 24);
        let welcome = Frame {
            name: "welcome",
            title: "The wizard's welcome: what was found on this computer, and what there is to choose",
            when: "images",
            moving: &[],
        };
        welcome.hang(&pty);
        pty.press(ENTER);
        let question = Frame {
            name: "question",
            title: "A question of the wizard, with a picture of what the chosen answer means",
            when: "Who will use this platform?",
            moving: &[],
        };
        question.hang(&pty);
        left(pty);
    })
    .await
    .unwrap();
}

#[test]
fn the_review() {
    let folder = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(rehearsal(folder.path(), &[]), 80, 24);
    to_the_review(&mut pty);
    let review = Frame {
        name: "review",
        title: "The review: every answer, and what all of them lead to",
        when: "Will be created",
        moving: &[],
    };
    review.hang(&pty);
    left(pty);
}

/// A download that stands still, so that everything else comes to its end and the screen stays as it is.
#[test]
fn the_bring_up() {
    let folder = tempfile::tempdir().unwrap();
    // A start that stays where it is, with everything told that there is to tell.
    let waiting = ["--fault", "never-ready=api"];
    let mut pty = Pty::start(rehearsal(folder.path(), &waiting), 80, 24);
    to_the_review(&mut pty);
    pty.press("s");
    let bring_up = Frame {
        name: "bring-up",
        title: "While it starts: every service has its row, and the log is a key away",
        when: "Application started",
        moving: &["serve", "databases", "/health", "INFO", "takes connections"],
    };
    bring_up.hang(&pty);
    // The first one only stops waiting.
    pty.press(CTRL_C);
    pty.until_shows("Not waited for");
    left(pty);
}

#[test]
fn the_dashboard() {
    let folder = tempfile::tempdir().unwrap();
    let mut pty = Pty::start(rehearsal(folder.path(), &[]), 80, 24);
    to_the_review(&mut pty);
    pty.press("s");
    pty.until_shows("is ready and verified");
    pty.press(ENTER);
    pty.until_shows("✓ ready · 4 of 4");
    pty.press("G");
    let dashboard = Frame {
        name: "dashboard",
        title: "The dashboard: what every service does, what it uses, and its last lines",
        when: "the door, https for everything behind it",
        moving: &["https://localhost", "running", "last at", ":"],
    };
    dashboard.hang(&pty);
    left(pty);
}

fn to_the_review(pty: &mut Pty) {
    pty.until_shows("Go on with grand-bend");
    pty.press(ENTER);
    pty.until_shows("[Summary]");
}
