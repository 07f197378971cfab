//! What one more instance costs, and many of them: by edfi-setup, by the database server itself, and by
//! upstream's way of a server and a pooler more for each. See `benches/README.md`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that cannot go on may fail loudly"
)]

mod bare;
#[path = "../support/figures.rs"]
mod figures;
mod ours;
#[path = "../support/quiet.rs"]
mod quiet;
mod upstream;
mod world;

use std::collections::BTreeMap;

use clap::Parser;
use figures::{head, line, load, warn_if_busy};
use world::World;

/// Measures bring-up and `add` at several numbers of instances.
#[derive(Debug, Parser)]
struct Arguments {
    /// Rounds; in each, everything runs once, in turn
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Numbers of instances
    #[arg(long, value_delimiter = ',', default_values_t = [1, 10, 100])]
    sizes: Vec<usize>,
    /// The largest number that is also measured in upstream's way
    #[arg(long, default_value_t = 10)]
    upstream: usize,
    /// Port that the platform is published on meanwhile
    #[arg(long, default_value_t = 19543)]
    port: u16,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// Numbers by row, run by run.
#[derive(Debug, Default)]
struct Rows(BTreeMap<&'static str, Vec<f64>>);

const UP: &str = "edfi-setup up, verified";
const ADD: &str = "edfi-setup add district, verified";
const ADD_STEP: &str = "  of it, making the database and its entries";
const NOTHING: &str = "  a run with nothing to do, for comparison";
const BARE: &str = "CREATE DATABASE … TEMPLATE by psql";
const BARE_ALL: &str = "the same for all of them, one after the other";
const THEIRS: &str = "upstream's way: all servers and poolers answer";
const THEIRS_ADD: &str = "upstream's way: one more server and pooler answer";
const MEMORY: &str = "memory of our database server, MB";
const THEIR_MEMORY: &str = "memory of upstream's servers and poolers, MB";

impl Rows {
    fn add(&mut self, row: &'static str, number: f64) {
        self.0.entry(row).or_default().push(number);
    }

    fn print(&self, size: usize) {
        let noun = if size == 1 { "instance" } else { "instances" };
        head(&format!("{size} {noun}, seconds"));
        for row in [
            UP,
            BARE_ALL,
            THEIRS,
            ADD,
            ADD_STEP,
            NOTHING,
            BARE,
            THEIRS_ADD,
            MEMORY,
            THEIR_MEMORY,
        ] {
            if let Some(numbers) = self.0.get(row) {
                line(row, numbers.clone(), None);
            }
        }
        head("ratios, run by run");
        for (name, above, below) in [
            (
                "add, database and entries / bare CREATE DATABASE",
                ADD_STEP,
                BARE,
            ),
            ("add, all of it / bare CREATE DATABASE", ADD, BARE),
            ("add / upstream's one more", ADD, THEIRS_ADD),
            ("up / bare CREATE DATABASE of all", UP, BARE_ALL),
            ("up / upstream's servers and poolers alone", UP, THEIRS),
            ("memory / upstream's", MEMORY, THEIR_MEMORY),
        ] {
            if let (Some(above), Some(below)) = (self.0.get(above), self.0.get(below)) {
                let ratios = above.iter().zip(below).map(|(a, b)| a / b).collect();
                line(name, ratios, None);
            }
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments = Arguments::parse();
    let load = load();
    println!(
        "{} processors, load {load}",
        std::thread::available_parallelism().unwrap()
    );
    warn_if_busy(load);
    for size in &arguments.sizes {
        let mut rows = Rows::default();
        for round in 1..=arguments.rounds {
            eprintln!("{size} instances: round {round} of {}", arguments.rounds);
            let world = World::new(*size, arguments.port).await;
            quiet::wait();
            ours(&world, &mut rows).await;
            world.clear().await;
            if *size <= arguments.upstream {
                quiet::wait();
                theirs(&world, *size, &mut rows).await;
                world.clear().await;
            }
        }
        rows.print(*size);
    }
}

async fn ours(world: &World, rows: &mut Rows) {
    rows.add(UP, ours::run(world, &world.up()).all);
    rows.add(NOTHING, ours::run(world, &world.up()).all);
    let added = ours::run(world, &world.add());
    rows.add(ADD, added.all);
    rows.add(ADD_STEP, added.databases);
    rows.add(MEMORY, world.memory("db-ods").await);
    rows.add(BARE, bare::clone(world, 1).await);
    rows.add(BARE_ALL, bare::clone(world, world.size).await);
}

async fn theirs(world: &World, size: usize, rows: &mut Rows) {
    let mut servers = upstream::Servers::new(world).await;
    rows.add(THEIRS, servers.begin(size).await);
    rows.add(THEIRS_ADD, servers.begin(1).await);
    rows.add(THEIR_MEMORY, servers.memory().await);
}
