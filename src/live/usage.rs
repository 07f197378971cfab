//! From two samples to a rate.

use crate::engine::StatsSample;

/// What a container uses.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Processors' time, 1.0 for one processor fully used.
    pub cpus: f32,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// The most memory it may use, bytes.
    pub memory_limit_bytes: u64,
}

/// What was used between two samples of one run; nothing if they do not follow each other, as
/// when the container was started anew between them.
pub fn usage(before: &StatsSample, now: &StatsSample) -> Option<Usage> {
    let elapsed = u64::try_from(now.at_nanos.checked_sub(before.at_nanos)?).ok()?;
    let used = now.cpu_nanos.checked_sub(before.cpu_nanos)?;
    if elapsed == 0 {
        return None;
    }
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a share of a processor for people to read"
    )]
    let cpus = (used as f64 / elapsed as f64) as f32;
    Some(Usage {
        cpus,
        memory_bytes: now.memory_bytes,
        memory_limit_bytes: now.memory_limit_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at_nanos: i64, cpu_nanos: u64) -> StatsSample {
        StatsSample {
            at_nanos,
            cpu_nanos,
            memory_bytes: 5,
            memory_limit_bytes: 9,
        }
    }

    #[test]
    fn a_rate_needs_time_between_and_a_counter_that_grew() {
        let half = usage(
            &sample(1_000_000_000, 0),
            &sample(3_000_000_000, 1_000_000_000),
        )
        .unwrap();
        assert!((half.cpus - 0.5).abs() < 1e-6);
        assert_eq!((half.memory_bytes, half.memory_limit_bytes), (5, 9));
        assert_eq!(usage(&sample(1, 0), &sample(1, 5)), None, "no time");
        assert_eq!(usage(&sample(1, 9), &sample(2, 5)), None, "a new run");
        assert_eq!(usage(&sample(9, 1), &sample(2, 5)), None, "clock went back");
    }
}
