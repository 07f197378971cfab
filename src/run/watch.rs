//! Following the engine's events, so that a crash is known when it happens and not at the next look.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::engine::{Engine, EngineEventKind, Health};

/// Time before the event stream is asked for again after it broke.
const RECONNECT: Duration = Duration::from_millis(500);
/// A container that ends this often in one run will not come up by itself.
const CRASHES: usize = 2;

/// Why a container will not come up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doom {
    /// Killed for lack of memory.
    OutOfMemory,
    /// Ended again and again.
    Crashes {
        /// Last exit code.
        exit_code: i64,
        /// How often.
        times: usize,
    },
    /// The engine's own health check gave up on it.
    Unhealthy,
    /// Removed by somebody else.
    Removed,
}

#[derive(Debug, Default)]
struct Record {
    deaths: Vec<i64>,
    out_of_memory: bool,
    unhealthy: bool,
    removed: bool,
}

#[derive(Debug, Default)]
struct Records {
    by_container: Mutex<BTreeMap<String, Record>>,
    changed: Notify,
}

/// A subscription to a deployment's events for as long as it is held.
#[derive(Debug)]
pub(super) struct Watch {
    records: Arc<Records>,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Subscribes. Events from before do not count.
    pub(super) fn new<E: Engine + Clone + 'static>(
        engine: &E,
        deployment: &str,
        since: i64,
    ) -> Self {
        let records = Arc::new(Records::default());
        let task = tokio::spawn(follow(
            engine.clone(),
            deployment.to_owned(),
            since,
            Arc::clone(&records),
        ));
        Self { records, task }
    }

    /// Waits until a container is known not to come up.
    pub(super) async fn doom(&self, container: &str) -> Doom {
        loop {
            let changed = self.records.changed.notified();
            if let Some(doom) = self.known(container) {
                return doom;
            }
            changed.await;
        }
    }

    fn known(&self, container: &str) -> Option<Doom> {
        let records = self
            .records
            .by_container
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let record = records.get(container)?;
        if record.out_of_memory {
            Some(Doom::OutOfMemory)
        } else if record.deaths.len() >= CRASHES {
            record.deaths.last().map(|exit_code| Doom::Crashes {
                exit_code: *exit_code,
                times: record.deaths.len(),
            })
        } else if record.unhealthy {
            Some(Doom::Unhealthy)
        } else if record.removed {
            Some(Doom::Removed)
        } else {
            None
        }
    }
}

async fn follow<E: Engine>(engine: E, deployment: String, since: i64, records: Arc<Records>) {
    let mut since = since;
    // The engine counts in seconds. What happened in the second in which we begin, or begin again
    // after the stream broke, may be old: it does not count. The looks at the container find what
    // was real in it, and a crash loop soon shows again.
    let mut counted_until = since;
    loop {
        let mut events = engine.events(&deployment, Some(since));
        while let Some(Ok(event)) = events.next().await {
            if event.time <= counted_until {
                continue;
            }
            since = since.max(event.time);
            {
                let mut by_container = records
                    .by_container
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                let record = by_container.entry(event.container).or_default();
                match event.kind {
                    EngineEventKind::Died { exit_code } => record.deaths.push(exit_code),
                    EngineEventKind::OutOfMemory => record.out_of_memory = true,
                    EngineEventKind::Health(health) => {
                        record.unhealthy = health == Health::Unhealthy;
                    }
                    EngineEventKind::Removed => record.removed = true,
                    EngineEventKind::Created | EngineEventKind::Started => {}
                }
            }
            records.changed.notify_waiters();
        }
        counted_until = since;
        tokio::time::sleep(engine.pace().take(RECONNECT)).await;
    }
}
