//! The product itself, and what it costs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::report;
use crate::world::World;

/// Kernel clock ticks in a second, as programs see them.
const TICKS: f64 = 100.0;

/// One `up`.
pub struct Up {
    /// Seconds from the start of the process until it said that the platform is verified.
    pub verified: f64,
    /// Seconds of these that the questions through the gateway took.
    pub verification: f64,
    /// Processor seconds, user and system.
    pub cpu: f64,
    /// Most memory it ever held.
    pub peak_megabytes: f64,
}

/// Runs `up` to its end.
pub fn up(world: &World) -> Up {
    let start = Instant::now();
    let mut child = world.up().stdout(Stdio::piped()).spawn().unwrap();
    let mut up = Up {
        verified: 0.0,
        verification: 0.0,
        cpu: 0.0,
        peak_megabytes: 0.0,
    };
    let mut last = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        last = line.unwrap();
        let event: Value = serde_json::from_str(&last).unwrap();
        match event["event"].as_str() {
            Some("step-done") if event["step"] == "verify" => {
                let milliseconds = event["milliseconds"].as_f64().unwrap();
                up.verification = milliseconds / 1000.0;
            }
            Some("ready") if event["verified"] == true => {
                up.verified = start.elapsed().as_secs_f64();
            }
            _ => {}
        }
        up.peak_megabytes = peak(&child).unwrap_or(up.peak_megabytes);
    }
    up.cpu = processor_seconds(&child);
    let status = child.wait().unwrap();
    assert!(status.success() && up.verified > 0.0, "{last}");
    up
}

/// The kernel's high-water mark of the process; nothing once it has ended.
fn peak(child: &Child) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// User and system time of a process that is about to end, read after its end and before it is reaped.
fn processor_seconds(child: &Child) -> f64 {
    loop {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        // The second field is the program's name in brackets; the third is the state.
        let fields: Vec<_> = text
            .rsplit_once(')')
            .unwrap()
            .1
            .split_whitespace()
            .collect();
        if fields[0] == "Z" {
            let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
            return (ticks(14) + ticks(15)) / TICKS;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Measures `--version`, the least that the program can do.
pub fn version() {
    let milliseconds = (0..30)
        .map(|_| {
            let start = Instant::now();
            let output = Command::new(env!("CARGO_BIN_EXE_edfi-setup"))
                .arg("--version")
                .output()
                .unwrap();
            assert!(output.status.success());
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    report::line(
        "edfi-setup --version, ms (30 runs)",
        milliseconds,
        Some(10.0),
    );
}
