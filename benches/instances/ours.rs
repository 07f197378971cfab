//! The product itself.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use crate::world::World;

/// One run, in seconds.
pub struct Took {
    /// From the start of the process until it ended, with everything verified.
    pub all: f64,
    /// Making databases and entries.
    pub databases: f64,
}

/// Runs a command to its end.
pub fn run(world: &World, arguments: &[String]) -> Took {
    let start = Instant::now();
    let mut child = world
        .setup()
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut took = Took {
        all: 0.0,
        databases: 0.0,
    };
    let mut last = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        last = line.unwrap();
        let event: Value = serde_json::from_str(&last).unwrap();
        if event["event"] == "step-done" && event["step"] == "databases" {
            took.databases = event["milliseconds"].as_f64().unwrap() / 1000.0;
        }
    }
    let status = child.wait().unwrap();
    took.all = start.elapsed().as_secs_f64();
    assert!(status.success(), "{arguments:?}: {last}");
    took
}
