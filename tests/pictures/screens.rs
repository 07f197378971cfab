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
const SPEED: u32 = 20;

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
    pty.until_shows("Go on with grand-bend");
    pty.press(ENTER);
    let review = Frame {
        name: "review",
        title: "The review: every answer, and what all of them lead to",
        when: "Will be created",
        moving: &[],
    };
    review.hang(&pty);
    left(pty);
}
