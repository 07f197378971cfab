//! The terminal's guard in a real terminal: whatever goes wrong, the operator's terminal is as it was.
//!
//! The test program starts itself again inside a terminal; only then does the first test do anything.

use std::io::Write;

use crate::pty::Pty;
use edfi_setup::tui::{Guard, OwnTerminal, Witness};
use portable_pty::CommandBuilder;

const PART: &str = "PART_IN_A_TERMINAL";

struct Discreet;

impl Witness for Discreet {
    fn panicked(&self, words: &str) -> String {
        format!("stopped: {}", words.replace("hunter2", "[secret]"))
    }
}

/// What happens inside the terminal, if this is the inner program.
#[test]
fn inside() {
    let Ok(part) = std::env::var(PART) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let guard = Guard::enter(OwnTerminal, Discreet, true).unwrap();
        write!(guard.writer(), "inside").unwrap();
        match part.as_str() {
            "panic" => panic!("hunter2 in the main task"),
            "task" => {
                let task = tokio::spawn(async { panic!("hunter2 in a task") });
                guard.panicked().await;
                let mut late = guard.writer();
                late.write_all(b"drawn too late").unwrap();
                late.flush().unwrap();
                assert!(task.await.is_err());
            }
            "error" => {
                let failed: Result<(), &str> = async { Err("no more") }.await;
                assert!(failed.is_err());
            }
            "suspend" => {
                guard.give_back().unwrap();
                println!("back in the shell");
                guard.take().unwrap();
                guard.give_back().unwrap();
            }
            other => panic!("{other}?"),
        }
    });
}

fn go(part: &str) -> String {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([
        "guard::inside",
        "--exact",
        "--nocapture",
        "--test-threads=1",
    ]);
    command.env(PART, part);
    command.env("TERM", "xterm-256color");
    let pty = Pty::start(command, 80, 24);
    let (_, text) = pty.ended();
    text
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_told_after_that() {
    let text = go("panic");
    assert!(
        text.contains("stopped: [secret] in the main task"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_panic_in_a_task_gives_the_terminal_back_and_nothing_is_drawn_any_more() {
    let text = go("task");
    assert!(text.contains("stopped: [secret] in a task"), "{text}");
    assert!(!text.contains("drawn too late"), "{text}");
}

#[test]
fn an_error_gives_the_terminal_back() {
    let text = go("error");
    assert!(text.contains("test guard::inside ... ok"), "{text}");
}

#[test]
fn taken_and_given_back_again() {
    let text = go("suspend");
    assert!(text.contains("back in the shell"), "{text}");
}
