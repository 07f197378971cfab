//! Ten containers that do nothing, and what it costs to look at them.

use std::time::{Duration, Instant};

use crate::figures::{head, line};
use crate::flood;
use crate::process;
use crate::pty::Pty;
use crate::sandbox::Sandbox;
use crate::viewer;

/// Until the measures of use have found their mean.
const SETTLES: Duration = Duration::from_secs(15);
/// Ages are the only clocks on the screen, and from here on they count minutes.
const OLD: Duration = Duration::from_mins(2);
/// Within one minute of age.
const WATCHED: Duration = Duration::from_secs(30);

/// Ten services that sleep.
pub async fn deployment() -> Sandbox {
    let sandbox = Sandbox::new("idle").await;
    for number in 0..10 {
        let service = format!("idle-{number}");
        let mut container = sandbox.container(&service, "exec sleep 86400");
        flood::named(&mut container, &service);
        sandbox.run(&container).await;
    }
    sandbox
}

/// Frames, processor time, memory.
pub fn measure(sandbox: &Sandbox, rounds: usize) {
    let home = tempfile::tempdir().unwrap();
    std::thread::sleep(OLD);
    let (mut frames, mut shares, mut engine, mut memory, mut own) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let unwatched = process::shares(None, WATCHED, || {});
        let mut pty = viewer::ours(&sandbox.name, home.path(), (80, 24));
        pty.until_shows("10 of 10");
        // On a tab without ages, so that every byte is one too many.
        pty.press("2");
        pty.until_shows("[Logs]");
        std::thread::sleep(SETTLES);
        until_the_age_has_moved(&pty);
        let before = pty.bytes().len();
        let seen = process::shares(Some(pty.process()), WATCHED, || {});
        let drawn = pty.bytes().len() - before;
        frames.push(f64::from(u32::try_from(drawn).unwrap()));
        shares.push(seen.process);
        engine.push(seen.engine - unwatched.engine);
        let (all, mine) = process::memory(pty.process());
        memory.push(all);
        own.push(mine);
        pty.press("q");
        pty.ended();
    }
    head("ten containers that do nothing, watched for 30 s");
    line("bytes sent to the terminal", frames, Some(0.0));
    line("share of a processor, %", shares, Some(0.2));
    line("engine, more than before, %", engine, None);
    line("memory, MB", memory, None);
    line("  of it not the program's own file", own, Some(10.0));
}

/// Until the header counts one minute more; the next one is a minute away.
fn until_the_age_has_moved(pty: &Pty) {
    let before = pty.bytes().len();
    let end = Instant::now() + OLD;
    while pty.bytes().len() == before && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
    }
    // The frame may come in two pieces.
    std::thread::sleep(Duration::from_secs(1));
}
