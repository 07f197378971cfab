//! What the dashboard costs: its first frame, a frame on a large screen, a container that writes ten thousand
//! lines a second, a million lines, and a day on which nothing happens. See `benches/README.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that cannot go on may fail loudly"
)]

#[path = "../support/figures.rs"]
mod figures;
mod first;
mod flood;
mod frames;
mod idle;
mod million;
mod process;
#[allow(
    dead_code,
    reason = "shared with tests/terminal, which needs all of it"
)]
#[path = "../../tests/terminal/pty.rs"]
mod pty;
#[path = "../support/quiet.rs"]
mod quiet;
#[allow(
    dead_code,
    reason = "shared with the engine's tests, which need all of it"
)]
#[path = "../../tests/support/sandbox.rs"]
mod sandbox;
#[path = "../../tests/support/tiny_image.rs"]
mod tiny_image;
mod viewer;
mod watching;

use std::time::Duration;

use clap::Parser;
use edfi_setup::engine::Engine;
use sandbox::Sandbox;

/// Measures the dashboard, and oxker beside it where it is installed.
#[derive(Debug, Parser)]
struct Arguments {
    /// Rounds of the flood; in each, everything is measured once, in turn
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Seconds that each viewer is watched in a round
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Lines a second
    #[arg(long, default_value_t = 10_000)]
    rate: u32,
    /// Only these parts
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// Writes lines, inside a container: how many, and how many a second
    #[arg(long, hide = true, num_args = 2)]
    write_lines: Vec<u64>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// From the start of the process to its first frame
    First,
    /// One frame on a large screen
    Frames,
    /// Ten containers that do nothing
    Idle,
    /// A container that writes all the time, watched by us and by oxker
    Flood,
    /// A million lines, and whether any is missing
    Million,
}

fn main() {
    let arguments = Arguments::parse();
    if let [lines, rate] = *arguments.write_lines {
        flood::write(lines, u32::try_from(rate).unwrap());
        return;
    }
    let wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(machine());
    if wanted(Part::Frames) {
        quiet::wait();
        frames::measure();
    }
    if wanted(Part::First) || wanted(Part::Idle) {
        let sandbox = runtime.block_on(idle::deployment());
        if wanted(Part::First) {
            quiet::wait();
            first::measure(&sandbox);
        }
        if wanted(Part::Idle) {
            quiet::wait();
            idle::measure(&sandbox, arguments.rounds);
        }
    }
    if wanted(Part::Flood) {
        let time = Duration::from_secs(arguments.seconds);
        watching::measure(&runtime, arguments.rounds, time, arguments.rate);
    }
    if wanted(Part::Million) {
        quiet::wait();
        million::measure(&runtime, arguments.rate);
    }
}

/// Says what this is measured on.
async fn machine() {
    let sandbox = Sandbox::new("machine").await;
    let info = sandbox.engine.info().await.unwrap();
    let load = figures::load();
    println!(
        "{} processors, engine {}, load {load}",
        std::thread::available_parallelism().unwrap(),
        info.version,
    );
    figures::warn_if_busy(load);
}
