//! What a container uses, as the engine counts it.

use futures_util::stream::{BoxStream, StreamExt};
use jiff::Timestamp;

use super::faults::Attempt;
use super::replies::Stats;
use super::transport::{self, Transport};
use super::{EngineError, Result, lines};
use crate::engine::StatsSample;

/// Samples of a container, about one a second. The request goes out when the stream is first polled.
pub(super) fn stream(
    transport: Transport,
    container: &str,
) -> BoxStream<'static, Result<StatsSample>> {
    let path = transport::path(
        &format!("/containers/{container}/stats"),
        &[("stream", "1")],
    );
    let attempt = Attempt::new(
        format!("measure container {container}"),
        format!("container {container}"),
    );
    let operation = attempt.operation.clone();
    lines::stream(transport, path, attempt)
        .map(move |line| {
            let stats: Stats =
                serde_json::from_slice(&line?).map_err(|error| EngineError::NotUnderstood {
                    operation: operation.clone(),
                    reason: error.to_string(),
                })?;
            Ok(stats.sample())
        })
        .boxed()
}

impl Stats {
    /// Memory as `docker stats` counts it: without the file cache that nobody has used lately.
    fn sample(&self) -> StatsSample {
        let memory = &self.memory;
        let cache = memory
            .stats
            .total_inactive_file
            .or(memory.stats.inactive_file)
            .filter(|cache| *cache < memory.usage)
            .unwrap_or(0);
        let at = self.read.parse::<Timestamp>().ok();
        StatsSample {
            at_nanos: at
                .and_then(|at| i64::try_from(at.as_nanosecond()).ok())
                .unwrap_or(0),
            cpu_nanos: self.cpu.usage.total_nanos,
            memory_bytes: memory.usage - cache,
            memory_limit_bytes: memory.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(json: &str) -> StatsSample {
        serde_json::from_str::<Stats>(json).unwrap().sample()
    }

    #[test]
    fn both_generations_of_control_groups_are_counted_alike() {
        let second = sample(
            r#"{"read":"2026-11-23T06:08:00.5Z","cpu_stats":{"cpu_usage":{"total_usage":70,"percpu_usage":null},"system_cpu_usage":9,"online_cpus":2},
                "memory_stats":{"usage":1000,"limit":4000,"stats":{"inactive_file":300}},"networks":{}}"#,
        );
        assert_eq!(
            second,
            StatsSample {
                at_nanos: 1_795_414_080_500_000_000,
                cpu_nanos: 70,
                memory_bytes: 700,
                memory_limit_bytes: 4000
            }
        );
        let first = sample(
            r#"{"memory_stats":{"usage":1000,"stats":{"inactive_file":1,"total_inactive_file":200}}}"#,
        );
        assert_eq!(first.memory_bytes, 800);
    }

    #[test]
    fn a_container_that_has_ended_uses_nothing() {
        let nothing = sample(
            r#"{"read":"0001-01-01T00:00:00Z","cpu_stats":{"cpu_usage":{"total_usage":0}},"memory_stats":{}}"#,
        );
        assert_eq!((nothing.memory_bytes, nothing.cpu_nanos), (0, 0));
        // A cache larger than the use would be nonsense, and must not make a huge number.
        let odd = sample(r#"{"memory_stats":{"usage":10,"stats":{"inactive_file":300}}}"#);
        assert_eq!(odd.memory_bytes, 10);
    }
}
