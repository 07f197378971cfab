//! A program that shows logs, in a terminal of its own.

use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use crate::flood;
use crate::process::{self, Shares};
use crate::pty::Pty;

/// As large as on a desk.
pub const COLUMNS: u16 = 200;
pub const ROWS: u16 = 60;

const PROGRAM: &str = env!("CARGO_BIN_EXE_edfi-setup");
/// Where `cargo install oxker` may have put it, if it is not on the path.
const OXKER: &str = "OXKER";

/// What was seen of a flood.
pub struct Watched {
    pub shares: Shares,
    /// Age of the newest line on the screen, milliseconds, looked at again and again.
    pub ages: Vec<f64>,
    /// Memory at the end, megabytes: in all, and without files.
    pub memory: (f64, f64),
}

/// Looks at a viewer for so long.
pub fn watch(pty: &Pty, time: Duration) -> Watched {
    let mut ages = Vec::new();
    let shares = process::shares(Some(pty.process()), time, || {
        if let Some((_, written)) = newest(pty) {
            ages.push(flood::milliseconds().saturating_sub(written));
        }
    });
    Watched {
        shares,
        ages: ages
            .into_iter()
            .map(|age| f64::from(u32::try_from(age).unwrap_or(u32::MAX)))
            .collect(),
        memory: process::memory(pty.process()),
    }
}

/// The newest line on the screen: its number and when it was written.
pub fn newest(pty: &Pty) -> Option<(u64, u64)> {
    let found = Cell::new(None);
    pty.seen("a screen", |screen| {
        found.set(flood::newest(&screen.contents()));
        true
    });
    found.get()
}

/// Our dashboard.
pub fn ours(deployment: &str, home: &std::path::Path, size: (u16, u16)) -> Pty {
    Pty::start(
        our_command(&["dashboard", deployment], home),
        size.0,
        size.1,
    )
}

/// A command line of ours, in a home of its own.
pub fn our_command(arguments: &[&str], home: &std::path::Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(arguments);
    command.cwd(home);
    command.env("EDFI_SETUP_HOME", home);
    in_a_terminal(&mut command);
    command
}

/// Milliseconds from a key to what it shows, going to and fro between two tabs.
pub fn keys(pty: &mut Pty, times: usize) -> Vec<f64> {
    let tabs = [("1", "[Services]"), ("2", "[Logs]")];
    let strokes = tabs.iter().cycle().take(times * 2);
    strokes
        .map(|(key, shown)| {
            let start = Instant::now();
            pty.press(key);
            pty.until_shows(shown);
            let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
            // People are not faster, and a second key in the same frame would be measured as none.
            std::thread::sleep(Duration::from_millis(130));
            milliseconds
        })
        .collect()
}

/// oxker, if it is on this machine.
pub fn oxker() -> Option<PathBuf> {
    let place = std::env::var_os(OXKER).map_or_else(|| PathBuf::from("oxker"), PathBuf::from);
    let answers = Command::new(&place).arg("--version").output();
    answers
        .is_ok_and(|answer| answer.status.success())
        .then_some(place)
}

/// oxker, showing this container's log.
pub fn oxker_showing(program: &std::path::Path, container: &str) -> Pty {
    let mut command = CommandBuilder::new(program);
    in_a_terminal(&mut command);
    let mut pty = Pty::start(command, COLUMNS, ROWS);
    let title = format!("- {container} -");
    pty.until_shows("Containers ");
    let end = Instant::now() + Duration::from_mins(1);
    while !pty.seen("a screen", |_| true).contents().contains(&title) {
        assert!(Instant::now() < end, "oxker does not show {container}");
        pty.press("\u{1b}[B");
        std::thread::sleep(Duration::from_millis(500));
    }
    pty
}

/// How many lines oxker says it has: `Logs 12/345 - NAME`.
pub fn oxker_lines(pty: &Pty) -> Option<u64> {
    let text = pty.seen("a screen", |_| true).contents();
    let (_, rest) = text.split_once(" Logs ")?;
    let (_, of) = rest.split_once('/')?;
    of.split(' ').next()?.replace(',', "").parse().ok()
}

fn in_a_terminal(command: &mut CommandBuilder) {
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env_remove("LC_ALL");
    command.env_remove("NO_COLOR");
}
