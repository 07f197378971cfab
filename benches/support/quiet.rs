//! Waiting for a machine that does nothing else: what is measured next is measured alone.

use std::time::{Duration, Instant};

const LOOK: Duration = Duration::from_millis(500);
/// Share of the processors' time that others may take.
const BUSY: f64 = 0.15;
/// A machine that is never quiet is measured all the same.
const PATIENCE: Duration = Duration::from_mins(2);

/// Waits until the processors idle.
pub fn wait() {
    let end = Instant::now() + PATIENCE;
    loop {
        let (busy, all) = ticks();
        std::thread::sleep(LOOK);
        let (busy_now, all_now) = ticks();
        let share = (busy_now - busy) / (all_now - all).max(1.0);
        if share <= BUSY {
            return;
        }
        if Instant::now() >= end {
            eprintln!(
                "The machine is busy ({:.0} %); measuring all the same.",
                share * 100.0
            );
            return;
        }
    }
}

/// Processor time since the machine began: working, and in all.
fn ticks() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/stat").unwrap();
    let numbers: Vec<f64> = text
        .lines()
        .next()
        .unwrap()
        .split_whitespace()
        .skip(1)
        // After the eighth come shares of the first two.
        .take(8)
        .map(|number| number.parse().unwrap())
        .collect();
    let all: f64 = numbers.iter().sum();
    // The fourth and fifth are idle, and idle while a disk works.
    (all - numbers[3] - numbers[4], all)
}
