//! The tour as somebody sees it: the real program in a terminal of its own, on a rehearsed deployment.

use std::process::Command;

use edfi_setup::session::{Opened, Rehearsing};
use portable_pty::CommandBuilder;

use crate::pty::{Pty, is_given_back};
use crate::stage::{open, secret_values};
use crate::tour::{keep_profile, lent, there};

const CTRL_C: &str = "\u{3}";
const ENTER: &str = "\r";
const RIGHT: &str = "\u{1b}[C";
/// Rows enough that no line scrolls away.
const TALL: u16 = 200;
/// The end of what is asked between two steps.
const PROMPT: &str = "q leave:";
const LEFT: &str = "\u{1b}[D";

struct World {
    set: Rehearsing,
    opened: Opened,
}

impl World {
    async fn new() -> Self {
        let set = there("district-shared").await;
        let opened = open(&set);
        keep_profile(&set, &opened);
        Self { set, opened }
    }

    fn tour(&self, arguments: &[&str], term: &str, rows: u16) -> Pty {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_edfi-setup"));
        command.arg("tour");
        command.args(arguments);
        let socket = self.set.rehearsal.socket().display();
        command.env("DOCKER_HOST", format!("unix://{socket}"));
        command.env("EDFI_SETUP_HOME", self.set.home.path());
        command.env("TERM", term);
        command.env("LANG", "C.UTF-8");
        command.env_remove("LC_ALL");
        command.env_remove("NO_COLOR");
        Pty::start(command, 80, rows)
    }

    async fn keys_lent(&self) -> usize {
        lent(&self.set, &self.opened).await.len()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_walks_through_all_pages_and_back() {
    let world = World::new().await;
    let mut pty = world.tour(&[], "xterm-256color", 24);
    pty.until_shows("Tour 1 of 8");
    pty.until_shows("running");
    pty.press(RIGHT);
    pty.until_shows("This is release 7.3");
    pty.press(RIGHT);
    pty.until_shows("The key was accepted");
    assert_eq!(world.keys_lent().await, 1);
    pty.press(ENTER);
    pty.until_shows("there are no schools yet");
    pty.press(" ");
    pty.until_shows("no students yet");
    pty.press(RIGHT);
    pty.until_shows("Refused, as it should be.");
    pty.press("r");
    pty.until_shows("Refused, as it should be.");
    pty.resize(120, 40);
    pty.until_shows("access-denied:action");
    pty.press(RIGHT);
    pty.until_shows("answers");
    pty.press(RIGHT);
    pty.until_shows("edfi-setup down district");
    pty.press(LEFT);
    pty.until_shows("Tour 7 of 8");
    pty.press("?");
    pty.until_shows("make this step's request once more");
    pty.press("?");
    pty.until_shows("Tour 7 of 8");
    assert_eq!(world.keys_lent().await, 1);
    let bytes = pty.bytes();
    for secret in secret_values(&world.set, &world.opened) {
        assert!(!bytes.contains(&secret));
    }
    pty.press("q");
    let (code, _) = pty.ended();
    assert_eq!(code, 0);
    assert_eq!(world.keys_lent().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_way_it_ends_no_key_is_left() {
    let world = World::new().await;
    for (arguments, next, code, end) in [
        (&[][..], RIGHT, 0, CTRL_C),
        (&[], RIGHT, 143, "TERM"),
        (&["--plain"], ENTER, 130, CTRL_C),
        (&["--plain"], ENTER, 130, "TERM"),
    ] {
        let mut pty = world.tour(arguments, "xterm-256color", TALL);
        pty.until_shows("1 of 8");
        for (steps, answer) in ["running", "This is release 7.3", "The key was accepted"]
            .into_iter()
            .enumerate()
        {
            if steps > 0 {
                pty.press(next);
            }
            pty.until_shows(answer);
            if !arguments.is_empty() {
                shows(&pty, PROMPT, steps + 1);
            }
        }
        assert_eq!(world.keys_lent().await, 1);
        if end == CTRL_C {
            pty.press(CTRL_C);
        } else {
            let process = pty.process().to_string();
            let sent = Command::new("kill").args(["-s", end, &process]).status();
            assert!(sent.unwrap().success());
        }
        let (ended, screen) = pty.ended();
        assert_eq!(ended, code, "{arguments:?} {end}: {screen}");
        assert_eq!(world.keys_lent().await, 0, "{arguments:?} {end}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_plain_lines_it_waits_repeats_goes_back_and_leaves() {
    let world = World::new().await;
    // A terminal that cannot do more gets plain lines by itself.
    let mut pty = world.tour(&[], "dumb", TALL);
    shows(&pty, PROMPT, 1);
    shows(&pty, "1 of 8  What runs here", 1);
    pty.press(ENTER);
    shows(&pty, "2 of 8  The API introduces itself", 1);
    shows(&pty, PROMPT, 2);
    pty.press("r\r");
    shows(&pty, "2 of 8  The API introduces itself", 2);
    shows(&pty, PROMPT, 3);
    pty.press("b\r");
    shows(&pty, "1 of 8  What runs here", 2);
    shows(&pty, PROMPT, 4);
    pty.press("what\r");
    shows(&pty, "Only these are understood here.", 1);
    shows(&pty, PROMPT, 5);
    pty.until("plain lines", is_given_back);
    pty.press("q\r");
    let (code, _) = pty.ended();
    assert_eq!(code, 0);
}

/// Waits until a text was shown so many times.
fn shows(pty: &Pty, text: &str, times: usize) {
    pty.until(text, |screen| {
        screen.contents().matches(text).count() >= times
    });
}
