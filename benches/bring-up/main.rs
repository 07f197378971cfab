//! How long until an Ed-Fi platform is known to work: brought up by edfi-setup, by Docker Compose v2,
//! and as fast as the engine and the programs allow. See `benches/README.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that cannot go on may fail loudly"
)]

mod answers;
#[path = "../../tests/support/compose.rs"]
mod compose;
mod compose_file;
#[path = "../support/figures.rs"]
mod figures;
mod limit;
mod ours;
#[path = "../support/quiet.rs"]
mod quiet;
mod report;
mod world;

use clap::Parser;
use compose::Compose;
use compose_file::Health;
use report::Table;
use world::World;

/// Compares edfi-setup with Docker Compose v2 on the same stack.
#[derive(Debug, Parser)]
struct Arguments {
    /// Rounds; in each, everything runs once, in turn
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only these scenarios
    #[arg(long, value_enum)]
    scenario: Vec<Scenario>,
    /// Port that the platform is published on meanwhile
    #[arg(long, default_value_t = 19443)]
    port: u16,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// How the stand-ins behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Scenario {
    /// They answer at once; an API that is started before its databases looks again every 50 ms
    Quick,
    /// The same, but they need 15 s until they answer, as real .NET programs may
    Delayed,
    /// They answer at once, but an API that is started before its databases looks again only every 10 s, as the real one does
    Waits,
}

impl Scenario {
    const ALL: [Self; 3] = [Self::Quick, Self::Delayed, Self::Waits];

    fn title(self) -> &'static str {
        match self {
            Self::Quick => {
                "stand-ins answer at once; an API started too early looks again every 0.05 s"
            }
            Self::Delayed => {
                "stand-ins need 15 s; an API started too early looks again every 0.05 s"
            }
            Self::Waits => {
                "stand-ins answer at once; an API started too early looks again every 10 s, as the real one does"
            }
        }
    }

    /// Seconds until the stand-ins answer.
    fn start_delay(self) -> u32 {
        if self == Self::Delayed { 15 } else { 0 }
    }

    /// What Compose's API gets as pause between two looks at its databases; the image's own without.
    /// Ours and the limit's never look twice.
    fn pause(self) -> Option<&'static str> {
        (self != Self::Waits).then_some("0.05")
    }
}

fn main() {
    let arguments = Arguments::parse();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(bench(&arguments));
}

async fn bench(arguments: &Arguments) {
    let compose = Compose::find()
        .await
        .unwrap_or_else(|reason| panic!("{reason}"));
    report::machine(&compose).await;
    ours::version();
    let scenarios = if arguments.scenario.is_empty() {
        &Scenario::ALL[..]
    } else {
        &arguments.scenario
    };
    for scenario in scenarios {
        let world = World::new(*scenario, arguments.port).await;
        let mut table = Table::new(scenario.title());
        for run in 1..=arguments.runs {
            eprintln!("{scenario:?}: round {run} of {}", arguments.runs);
            round(&world, &compose, &mut table).await;
        }
        table.print();
    }
}

/// Everything once, in turn, each from nothing.
async fn round(world: &World, compose: &Compose, table: &mut Table) {
    quiet::wait();
    table.add(report::LIMIT, limit::measure(world).await);
    world.clear();

    quiet::wait();
    let up = ours::up(world);
    table.add(report::VERIFIED, up.verified);
    table.add(report::VERIFICATION, up.verification);
    table.add(report::CPU, up.cpu);
    table.add(report::PEAK, up.peak_megabytes);
    table.add(report::NOTHING_TO_DO, ours::up(world).verified);
    world.clear();

    for (name, health) in [
        (report::COMPOSE_BEST, Health::EverySecond),
        (report::COMPOSE_HEALTHY, Health::EverySecondAndAwaited),
        (report::COMPOSE_UPSTREAM, Health::Upstream),
    ] {
        quiet::wait();
        table.add(name, compose_file::up(world, compose, health).await);
        world.clear();
    }

    quiet::wait();
    let (returns, answers) = compose_file::up_without_waiting(world, compose).await;
    table.add(report::COMPOSE_RETURNS, returns);
    table.add(report::COMPOSE_ANSWERS, answers);
    world.clear();
}
