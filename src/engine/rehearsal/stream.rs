//! What goes on for as long as somebody listens: events, logs, statistics.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{carries, filter, no_container, wanted_labels};
use super::fault::Fault;
use super::wire::{Asked, Reply, Said, cut};
use super::world::{Container, Event, State, World};
use crate::engine::{LogStream, Phase};

/// Events after which a stream is cut, where that is the fault.
const CUT_AFTER: u32 = 2;
/// Time between two statistics, of the rehearsal's time.
const STATISTICS: Duration = Duration::from_secs(1);

/// One frame of a program's output, as engines mix the two outputs on one line.
pub(super) fn frame(stream: LogStream, bytes: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(bytes.len() + 8);
    frame.put_u8(match stream {
        LogStream::Out => 1,
        LogStream::Err => 2,
    });
    frame.put_bytes(0, 3);
    frame.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    frame.put_slice(bytes);
    frame.freeze()
}

fn flag(asked: &Asked, name: &str, usual: bool) -> bool {
    match asked.query.get(name).map(String::as_str) {
        Some("1" | "true" | "True") => true,
        Some(_) => false,
        None => usual,
    }
}

/// A moment in seconds, as clients write it: with or without a fraction.
fn seconds(asked: &Asked, name: &str) -> Option<i64> {
    let text = asked.query.get(name)?;
    text.split('.').next()?.parse().ok()
}

/// `GET /events`
pub(super) fn events(world: &Arc<World>, asked: &Asked) -> Said {
    let wanted = (
        filter(asked, "type"),
        filter(asked, "event"),
        wanted_labels(asked),
    );
    let matches = move |event: &Event| {
        let (types, actions, labels) = &wanted;
        let action = event.action.split(':').next().unwrap_or_default();
        let is =
            |list: &[String], word: &str| list.is_empty() || list.iter().any(|one| one == word);
        is(types, "container") && is(actions, action) && carries(&event.attributes, labels)
    };
    let first = world.look(|state| match seconds(asked, "since") {
        Some(since) => state.event_since(since),
        None => state.next_event(),
    });
    let world = Arc::clone(world);
    let body = stream::unfold((first, 0_u32), move |(next, said)| {
        let (world, matches) = (Arc::clone(&world), matches.clone());
        async move {
            if said >= CUT_AFTER && world.look(|state| state.strikes(Fault::EventsCut, None)) {
                return Some((cut().await, (next, said)));
            }
            let (number, line) = world
                .until(|state| {
                    let mut at = next;
                    while let Some((number, event)) = state.event(at) {
                        if matches(event) {
                            return Some((number, format!("{}\n", event.json())));
                        }
                        at = number + 1;
                    }
                    None
                })
                .await;
            Some((Ok(Bytes::from(line)), (number + 1, said + 1)))
        }
    });
    Said::Stream(body.boxed())
}

/// `GET /containers/ID/logs`
pub(super) fn logs(world: &Arc<World>, id: &str, asked: &Asked) -> Said {
    let follow = flag(asked, "follow", false);
    let times = flag(asked, "timestamps", false);
    let (out, err) = (flag(asked, "stdout", false), flag(asked, "stderr", false));
    let since = seconds(asked, "since").unwrap_or(0);
    let until = seconds(asked, "until").filter(|until| *until > 0);
    let tail: Option<usize> = asked.query.get("tail").and_then(|tail| tail.parse().ok());
    let Some(first) = world.look(|state| {
        let container = state.containers.get(id)?;
        let kept = container.log.len();
        let skipped = tail.map_or(0, |tail| kept.saturating_sub(tail));
        Some(container.first_line + skipped as u64)
    }) else {
        return no_container(id).into();
    };
    let (world, id) = (Arc::clone(world), id.to_owned());
    let body = stream::unfold(first, move |next| {
        let (world, id) = (Arc::clone(&world), id.clone());
        async move {
            world
                .until(|state| {
                    let Some(container) = state.containers.get(&id) else {
                        return Some(None);
                    };
                    let mut at = next;
                    while let Some((number, line)) = container.line(at) {
                        at = number + 1;
                        let wanted = match line.stream {
                            LogStream::Out => out,
                            LogStream::Err => err,
                        };
                        let second = line.time.as_second();
                        if wanted && second >= since && until.is_none_or(|until| second <= until) {
                            let text = if times {
                                format!("{} {}\n", line.time, line.text)
                            } else {
                                format!("{}\n", line.text)
                            };
                            return Some(Some((frame(line.stream, text.as_bytes()), at)));
                        }
                    }
                    (!follow || !container.lives()).then_some(None)
                })
                .await
        }
    });
    Said::Stream(body.map(Ok).boxed())
}

/// `GET /containers/ID/stats`
pub(super) fn stats(world: &Arc<World>, id: &str, asked: &Asked) -> Said {
    if !flag(asked, "stream", true) {
        return world
            .look(|state| match state.containers.get(id) {
                Some(container) => Reply::json(200, &statistics(world, state, container, 0)),
                None => no_container(id),
            })
            .into();
    }
    let (world, id) = (Arc::clone(world), id.to_owned());
    let body = stream::unfold(0_u64, move |count| {
        let (world, id) = (Arc::clone(&world), id.clone());
        async move {
            if count > 0 {
                world.pass(STATISTICS).await;
            }
            let line = world.look(|state| {
                let container = state.containers.get(&id)?;
                Some(format!("{}\n", statistics(&world, state, container, count)))
            })?;
            Some((Ok(Bytes::from(line)), count + 1))
        }
    });
    Said::Stream(body.boxed())
}

/// What a container uses: more memory while it warms up, more processor time at its start.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "plausible numbers, none of them below zero"
)]
fn statistics(world: &World, state: &State, container: &Container, count: u64) -> Value {
    let name = format!("/{}", container.name);
    if container.phase != Phase::Running {
        return json!({
            "read": "0001-01-01T00:00:00Z", "id": container.id, "name": name,
            "cpu_stats": {}, "precpu_stats": {}, "memory_stats": {}, "pids_stats": {},
        });
    }
    let now = Timestamp::now();
    let real = now.duration_since(container.started.unwrap_or(now));
    let second = world.pace.take(Duration::from_secs(1));
    let seconds = real.as_secs_f64().max(0.0) / second.as_secs_f64();
    let part = container
        .service
        .as_ref()
        .and_then(|service| state.parts.get(service));
    let megabytes = part.map_or(8, |part| part.memory_mb) as f64;
    let wave = world.chance(&format!("memory of {} {count}", container.name));
    let usage = megabytes * 1e6 * (0.35 + 0.6 * (seconds / 30.0).min(1.0) + 0.05 * wave);
    json!({
        "read": now.to_string(),
        "preread": (now - second).to_string(),
        "id": container.id,
        "name": name,
        "num_procs": 0,
        "pids_stats": { "current": 12 },
        "cpu_stats": processor(seconds),
        "precpu_stats": processor((seconds - 1.0).max(0.0)),
        "memory_stats": {
            "usage": usage as u64, "limit": 16_000_000_000_u64, "stats": { "inactive_file": 0 },
        },
        "networks": { "eth0": {
            "rx_bytes": (seconds * 900.0) as u64, "tx_bytes": (seconds * 1400.0) as u64,
            "rx_packets": 0, "tx_packets": 0, "rx_errors": 0, "tx_errors": 0,
            "rx_dropped": 0, "tx_dropped": 0,
        } },
        "blkio_stats": {},
        "storage_stats": {},
    })
}

/// Processor time used so many seconds after the start: two fifths of one processor in the first
/// ten seconds, then two hundredths, a little up and down.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "nanoseconds, and never below zero"
)]
fn processor(seconds: f64) -> Value {
    let used = 0.02 * seconds + 0.4 * seconds.min(10.0) + 0.01 * seconds.sin();
    let used = (used.max(0.0) * 1e9) as u64;
    json!({
        "cpu_usage": {
            "total_usage": used, "usage_in_kernelmode": 0, "usage_in_usermode": used,
        },
        "system_cpu_usage": (seconds * 4e9) as u64,
        "online_cpus": 4,
        "throttling_data": { "periods": 0, "throttled_periods": 0, "throttled_time": 0 },
    })
}
