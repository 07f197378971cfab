//! What processes cost, as the kernel counts it.

use std::time::{Duration, Instant};

/// Kernel clock ticks in a second, as programs see them.
const TICKS: f64 = 100.0;
/// The programs that are the engine.
const ENGINE: [&str; 3] = ["dockerd", "containerd", "containerd-shim"];

/// Processor seconds of one process, user and system.
pub fn seconds(process: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The second field is the program's name in brackets; the third is the state.
    let Some((_, fields)) = text.rsplit_once(')') else {
        return 0.0;
    };
    let fields: Vec<_> = fields.split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
    (ticks(14) + ticks(15)) / TICKS
}

/// Processor seconds of the engine: all its processes together.
pub fn engine_seconds() -> f64 {
    let processes = std::fs::read_dir("/proc").unwrap();
    let numbers = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    numbers
        .filter(|process: &u32| {
            std::fs::read_to_string(format!("/proc/{process}/comm"))
                .is_ok_and(|name| ENGINE.contains(&name.trim()))
        })
        .map(seconds)
        .sum()
}

/// Memory of a process in megabytes: all of it that is in the machine's memory, and of that what is its own and
/// not a file's, such as the program itself.
pub fn memory(process: u32) -> (f64, f64) {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let megabytes = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024.0)
    };
    (
        megabytes("VmRSS:").unwrap_or_default(),
        megabytes("RssAnon:").unwrap_or_default(),
    )
}

/// Shares of one processor, percent: a process's, and the engine's.
pub struct Shares {
    pub process: f64,
    pub engine: f64,
}

/// Looks for so long; `meanwhile` is called all the time and must not take long.
pub fn shares(process: Option<u32>, time: Duration, mut meanwhile: impl FnMut()) -> Shares {
    let start = Instant::now();
    let before = (process.map_or(0.0, seconds), engine_seconds());
    while start.elapsed() < time {
        meanwhile();
        std::thread::sleep(Duration::from_millis(20));
    }
    let elapsed = start.elapsed().as_secs_f64();
    let after = (process.map_or(0.0, seconds), engine_seconds());
    Shares {
        process: (after.0 - before.0) / elapsed * 100.0,
        engine: (after.1 - before.1) / elapsed * 100.0,
    }
}
