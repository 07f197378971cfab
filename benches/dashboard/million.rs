//! A million lines: what they leave behind in memory, and whether one is missing that nobody announced.

use std::time::{Duration, Instant};

use edfi_setup::engine::Engine;
use tokio::runtime::Runtime;

use crate::figures::{head, line};
use crate::flood;
use crate::process;
use crate::pty::Pty;
use crate::sandbox::Sandbox;
use crate::viewer::{self, COLUMNS, ROWS};

const LINES: u64 = 1_000_000;

/// Watches all of them, from the first one on.
pub fn measure(runtime: &Runtime, rate: u32) {
    let sandbox = runtime.block_on(Sandbox::new("million"));
    let container = runtime.block_on(flood::create(&sandbox, "flood", LINES, rate));
    let home = tempfile::tempdir().unwrap();
    let mut pty = viewer::ours(&sandbox.name, home.path(), (COLUMNS, ROWS));
    pty.until_shows("flood");
    pty.press("2l");
    pty.until_shows("[Logs]");
    let before = process::memory(pty.process());
    runtime.block_on(sandbox.engine.start(&container)).unwrap();
    until_seen(&pty, rate);
    let after = process::memory(pty.process());
    let (missing, announced, held) = missing(&mut pty, home.path());
    pty.press("q");
    pty.ended();
    head("a million lines, seen from the first one on");
    line("memory before, MB", vec![before.0], None);
    line("memory after, MB", vec![after.0], Some(40.0));
    line("  of it not the program's own file", vec![after.1], None);
    line("lines held", vec![held], None);
    line("older lines dropped, as it says", vec![announced], None);
    line("lines missing and not announced", vec![missing], Some(0.0));
}

fn until_seen(pty: &Pty, rate: u32) {
    // Twice as long as it takes, and a minute.
    let end = Instant::now() + Duration::from_secs(LINES * 2 / u64::from(rate) + 60);
    while viewer::newest(pty).is_none_or(|(number, _)| number < LINES) {
        assert!(Instant::now() < end, "the last line does not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Lines that are neither in the file that it saves nor among those that it says it dropped; the latter; and
/// those held.
fn missing(pty: &mut Pty, folder: &std::path::Path) -> (f64, f64, f64) {
    let screen = pty.until_shows("older lines dropped");
    let (before, _) = screen.split_once(" older lines dropped").unwrap();
    let announced: u64 = before
        .rsplit(' ')
        .next()
        .unwrap()
        .replace(',', "")
        .parse()
        .unwrap();
    pty.press("s");
    pty.until_shows("Saved to");
    let files = std::fs::read_dir(folder).unwrap();
    let saved = files
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .unwrap();
    let text = std::fs::read_to_string(saved).unwrap();
    let numbers: Vec<u64> = text
        .lines()
        .filter_map(|line| Some(flood::newest(line)?.0))
        .collect();
    let held = u64::try_from(numbers.len()).unwrap();
    let number = |lines: u64| f64::from(u32::try_from(lines).unwrap());
    let missing = LINES.saturating_sub(held + announced);
    (number(missing), number(announced), number(held))
}
