//! Numbers, with their spread, and ratios run by run.

use std::collections::BTreeMap;

use edfi_setup::engine::Engine;
use edfi_setup::engine::docker::{DockerEngine, Environment};

use crate::compose::Compose;
pub use crate::figures::line;
use crate::figures::{self, head};

pub const LIMIT: &str = "physical limit, each started when those it needs answer";
pub const VERIFIED: &str = "edfi-setup up, verified";
pub const VERIFICATION: &str = "  of it, the verification itself";
pub const COMPOSE_BEST: &str = "compose up --wait, checks each second, plain depends_on";
pub const COMPOSE_HEALTHY: &str = "compose up --wait, checks each second, service_healthy";
pub const COMPOSE_UPSTREAM: &str = "compose up --wait, upstream's health settings";
pub const COMPOSE_RETURNS: &str = "compose up without --wait, returns";
pub const COMPOSE_ANSWERS: &str = "compose up without --wait, all services answer";
pub const NOTHING_TO_DO: &str = "edfi-setup up, nothing to do, verified again";
pub const CPU: &str = "edfi-setup up, processor time, s";
pub const PEAK: &str = "edfi-setup up, most memory, MB";

/// Says what this is measured on.
pub async fn machine(compose: &Compose) {
    let engine = DockerEngine::connect(&Environment::of_process())
        .await
        .unwrap();
    let info = engine.info().await.unwrap();
    let output = compose.command().args(["version", "--short"]).output();
    let version = String::from_utf8(output.unwrap().stdout).unwrap();
    let load = figures::load();
    println!(
        "{} processors, engine {}, Compose {}, load {}",
        std::thread::available_parallelism().unwrap(),
        info.version,
        version.trim(),
        load,
    );
    figures::warn_if_busy(load);
    head("");
}

/// One scenario's numbers, round by round.
#[derive(Debug)]
pub struct Table {
    title: &'static str,
    rows: BTreeMap<&'static str, Vec<f64>>,
}

impl Table {
    pub fn new(title: &'static str) -> Self {
        Self {
            title,
            rows: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, row: &'static str, number: f64) {
        self.rows.entry(row).or_default().push(number);
    }

    pub fn print(&self) {
        println!("\n{}", self.title);
        head("seconds");
        for row in [
            LIMIT,
            VERIFIED,
            VERIFICATION,
            COMPOSE_BEST,
            COMPOSE_HEALTHY,
            COMPOSE_UPSTREAM,
            COMPOSE_RETURNS,
            COMPOSE_ANSWERS,
        ] {
            line(row, self.rows[row].clone(), None);
        }
        head("ratios, run by run");
        let to_limit = self.paired(|of| (of(VERIFIED) - of(VERIFICATION)) / of(LIMIT));
        line(
            "verified without the verification / limit",
            to_limit,
            Some(1.15),
        );
        for (row, aim) in [
            (COMPOSE_BEST, Some(0.85)),
            (COMPOSE_HEALTHY, None),
            (COMPOSE_UPSTREAM, Some(0.15)),
            (COMPOSE_ANSWERS, None),
        ] {
            let ratios = self.paired(|of| of(VERIFIED) / of(row));
            line(&format!("verified / {row}"), ratios, aim);
        }
        head("cost");
        line(CPU, self.rows[CPU].clone(), Some(0.5));
        line(PEAK, self.rows[PEAK].clone(), Some(40.0));
        line(NOTHING_TO_DO, self.rows[NOTHING_TO_DO].clone(), Some(1.0));
    }

    fn paired(&self, ratio: impl Fn(&dyn Fn(&'static str) -> f64) -> f64) -> Vec<f64> {
        (0..self.rows[LIMIT].len())
            .map(|run| ratio(&|row| self.rows[row][run]))
            .collect()
    }
}
