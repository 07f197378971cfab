//! One container that writes ten thousand lines a second: nobody watching, we, and oxker, in turn.

use std::path::Path;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::figures::{head, line};
use crate::flood;
use crate::process;
use crate::quiet;
use crate::sandbox::Sandbox;
use crate::viewer::{self, COLUMNS, ROWS, Watched};
use edfi_setup::engine::Engine;

const KEYS: usize = 10;
/// Until a viewer that can keep up has done so.
const SETTLES: Duration = Duration::from_secs(3);

/// What one viewer cost, round by round.
#[derive(Default)]
struct Cost {
    share: Vec<f64>,
    engine: Vec<f64>,
    memory: Vec<f64>,
    own: Vec<f64>,
    age: Vec<f64>,
    oldest: Vec<f64>,
}

impl Cost {
    fn add(&mut self, mut watched: Watched, unwatched: f64) {
        self.share.push(watched.shares.process);
        self.engine.push(watched.shares.engine - unwatched);
        self.memory.push(watched.memory.0);
        self.own.push(watched.memory.1);
        watched.ages.sort_by(f64::total_cmp);
        let of = |share: usize| watched.ages.get(watched.ages.len() * share / 100).copied();
        // Nothing was ever seen: as old as can be.
        self.age.push(of(50).unwrap_or(f64::INFINITY));
        self.oldest.push(of(99).unwrap_or(f64::INFINITY));
    }

    fn print(&self, who: &str, aims: [Option<f64>; 4]) {
        let [share, engine, memory, age] = aims;
        line(
            &format!("{who}: share of a processor, %"),
            self.share.clone(),
            share,
        );
        line(
            &format!("{who}: engine, more than unwatched, %"),
            self.engine.clone(),
            engine,
        );
        line(&format!("{who}: memory, MB"), self.memory.clone(), memory);
        line(
            &format!("{who}:   of it not the program's own file"),
            self.own.clone(),
            None,
        );
        line(
            &format!("{who}: age of the newest line shown, ms, median"),
            self.age.clone(),
            None,
        );
        line(
            &format!("{who}:   the same, 99 of 100 are younger"),
            self.oldest.clone(),
            age,
        );
    }
}

/// All rounds.
pub fn measure(runtime: &Runtime, rounds: usize, time: Duration, rate: u32) {
    let oxker = viewer::oxker();
    if oxker.is_none() {
        println!(
            "\noxker is not installed; measured without it. (cargo install oxker, or name it with OXKER=/path/to/oxker)"
        );
    }
    let (mut alone, mut ours, mut theirs) = (Vec::new(), Cost::default(), Cost::default());
    let (mut keys, mut lost) = (Vec::new(), Vec::new());
    for round in 1..=rounds {
        eprintln!("flood: round {round} of {rounds}");
        quiet::wait();
        let sandbox = runtime.block_on(Sandbox::new("flood"));
        // An end, even if nobody is there to remove it.
        let lines = u64::from(rate) * (time.as_secs() * 3 + 240);
        let container = runtime.block_on(flood::create(&sandbox, "flood", lines, rate));
        runtime.block_on(sandbox.engine.start(&container)).unwrap();
        std::thread::sleep(SETTLES);
        let unwatched = process::shares(None, time, || {}).engine;
        alone.push(unwatched);
        let (watched, strokes) = ours_in_a_flood(&sandbox.name, time);
        ours.add(watched, unwatched);
        keys.extend(strokes);
        if let Some(oxker) = &oxker {
            let (watched, share) = oxker_in_a_flood(oxker, &container, time);
            theirs.add(watched, unwatched);
            lost.extend(share);
        }
    }
    head(&format!("one container, {rate} lines a second, 200x60"));
    line("engine, nobody watching, %", alone, None);
    ours.print("dashboard", [Some(5.0), Some(6.0), Some(40.0), Some(250.0)]);
    line("dashboard: from a key to the screen, ms", keys, None);
    if oxker.is_some() {
        theirs.print("oxker", [None; 4]);
        line("oxker: lines that it does not have, %", lost, None);
        head("ratios, round by round: dashboard / oxker");
        let ratios = |ours: &[f64], theirs: &[f64]| -> Vec<f64> {
            ours.iter()
                .zip(theirs)
                .map(|(ours, theirs)| ours / theirs)
                .collect()
        };
        line(
            "share of a processor",
            ratios(&ours.share, &theirs.share),
            None,
        );
        line("engine", ratios(&ours.engine, &theirs.engine), None);
        line("memory", ratios(&ours.memory, &theirs.memory), None);
        line(
            "age of the newest line",
            ratios(&ours.age, &theirs.age),
            None,
        );
    }
}

fn ours_in_a_flood(deployment: &str, time: Duration) -> (Watched, Vec<f64>) {
    let home = tempfile::tempdir().unwrap();
    let mut pty = viewer::ours(deployment, home.path(), (COLUMNS, ROWS));
    pty.until_shows("[Services]");
    pty.press("2");
    pty.until_shows("line 0");
    std::thread::sleep(SETTLES);
    let watched = viewer::watch(&pty, time);
    let keys = viewer::keys(&mut pty, KEYS);
    pty.press("q");
    pty.ended();
    (watched, keys)
}

/// Also the share of lines that were written meanwhile and that it does not count, percent.
fn oxker_in_a_flood(oxker: &Path, container: &str, time: Duration) -> (Watched, Option<f64>) {
    let pty = viewer::oxker_showing(oxker, container);
    std::thread::sleep(SETTLES);
    let counted = || Some((viewer::oxker_lines(&pty)?, viewer::newest(&pty)?.0));
    let before = counted();
    let watched = viewer::watch(&pty, time);
    let after = counted();
    let lost = before.zip(after).map(|((had, was), (has, is))| {
        let number = |lines: u64| f64::from(u32::try_from(lines).unwrap());
        let (counted, written) = (
            number(has.saturating_sub(had)),
            number(is.saturating_sub(was)),
        );
        (1.0 - counted / written.max(1.0)).max(0.0) * 100.0
    });
    (watched, lost)
}
