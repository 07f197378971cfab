//! The one task that listens to the engine, and starts and ends the followers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinHandle};

use super::follow::{self, Followed, Present};
use super::{Lines, News, Run, Seen};
use crate::deployment::Redactor;
use crate::engine::{
    ContainerState, Engine, EngineError, EngineEvent, EngineEventKind, ObservedContainer, Phase,
};

/// News that may wait for the view.
const NEWS_WAITING: usize = 256;
/// Batches of lines that may wait for the view. Then the engine waits.
const LINES_WAITING: usize = 16;
/// Events taken at once, when that many are there.
const EVENTS: usize = 64;
/// How far back events are asked for; engines keep some hundred.
const HISTORY_SECONDS: i64 = 24 * 3600;
/// Pauses while the engine is gone.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// A deployment being followed.
#[derive(Debug)]
pub struct Feed {
    /// News.
    pub news: mpsc::Receiver<News>,
    /// Lines of logs.
    pub lines: mpsc::Receiver<Lines>,
    /// Keeps it going.
    pub following: Following,
}

/// Dropping this ends the following.
#[derive(Debug)]
pub struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Begins to follow a deployment. `redactor` is asked again whenever containers come or go, because
/// new services bring new secrets.
pub fn follow<E>(
    engine: E,
    deployment: &str,
    redactor: impl Fn() -> Redactor + Send + Sync + 'static,
) -> Feed
where
    E: Engine + Clone + 'static,
{
    let (news_in, news) = mpsc::channel(NEWS_WAITING);
    let (lines_in, lines) = mpsc::channel(LINES_WAITING);
    let feeder = Feeder {
        engine,
        deployment: deployment.to_owned(),
        redactor: Box::new(redactor),
        news: news_in,
        lines: lines_in,
        containers: BTreeMap::new(),
        newest_lines: BTreeMap::new(),
        generation: 0,
        began: Timestamp::now(),
        told: Told::default(),
    };
    Feed {
        news,
        lines,
        following: Following(tokio::spawn(feeder.run())),
    }
}

struct Feeder<E> {
    engine: E,
    deployment: String,
    redactor: Box<dyn Fn() -> Redactor + Send + Sync>,
    news: mpsc::Sender<News>,
    lines: mpsc::Sender<Lines>,
    /// Followed containers by id.
    containers: BTreeMap<String, Follower>,
    /// Time of the newest line by container id, kept over an absence of the engine.
    newest_lines: BTreeMap<String, Arc<AtomicI64>>,
    generation: u64,
    began: Timestamp,
    told: Told,
}

/// What follows one container; ends with it.
struct Follower {
    started_at: Option<String>,
    present: watch::Sender<Present>,
    tasks: [AbortHandle; 2],
}

impl Drop for Follower {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Why following ended.
enum End {
    Engine(EngineError),
    /// Nobody listens any more.
    Unheard,
}

impl From<EngineError> for End {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl<E: Engine + Clone + 'static> Feeder<E> {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let before = self.told.newest;
            let End::Engine(error) = self.listen().await else {
                return;
            };
            self.containers.clear();
            let reason = (self.redactor)().redact(&error.to_string()).into_owned();
            if self.say(News::EngineGone { reason }).await.is_err() {
                return;
            }
            if self.told.newest != before {
                pause = FIRST_PAUSE;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Looks, then listens, until the engine goes away. Events are asked for from before the look on, so
    /// that nothing falls between the two.
    async fn listen(&mut self) -> End {
        match self.listen_until().await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn listen_until(&mut self) -> Result<std::convert::Infallible, End> {
        // Events carry the time of the engine's clock, which need not be ours.
        let now = match self.engine.info().await?.time {
            Some(time) => time,
            None => Timestamp::now().as_second(),
        };
        let since = match self.told.newest {
            0 => now - HISTORY_SECONDS,
            newest => newest,
        };
        self.look().await?;
        let mut events = self
            .engine
            .events(&self.deployment, Some(since))
            .ready_chunks(EVENTS);
        while let Some(chunk) = events.next().await {
            let mut came_or_went = false;
            let mut changed: Vec<String> = Vec::new();
            let mut broken = None;
            for event in chunk {
                let event = match event {
                    Ok(event) => event,
                    Err(error) => {
                        broken = Some(error);
                        continue;
                    }
                };
                if !self.told.is_new(&event) {
                    continue;
                }
                let history = event.time < now;
                match event.kind {
                    _ if history => {}
                    EngineEventKind::Created | EngineEventKind::Removed => came_or_went = true,
                    _ if !self.containers.contains_key(&event.container) => came_or_went = true,
                    _ if !changed.contains(&event.container) => {
                        changed.push(event.container.clone());
                    }
                    _ => {}
                }
                self.say(News::Happened { event, history }).await?;
            }
            if let Some(error) = broken {
                return Err(error.into());
            }
            if came_or_went {
                self.look().await?;
            } else {
                for container in changed {
                    self.look_at(&container).await?;
                }
            }
        }
        Err(End::Engine(EngineError::Broken {
            operation: "follow its events".to_owned(),
            reason: "the engine ended the stream".to_owned(),
        }))
    }

    async fn say(&self, news: News) -> Result<(), End> {
        self.news.send(news).await.map_err(|_| End::Unheard)
    }

    /// Looks at everything, and follows exactly what is there.
    async fn look(&mut self) -> Result<(), End> {
        let observed = self.engine.observe(&self.deployment).await?;
        let containers: Vec<ObservedContainer> = observed
            .containers
            .into_values()
            .filter(|container| !container.is_done())
            .collect();
        let is_there = |id: &String| containers.iter().any(|container| container.id == *id);
        self.containers.retain(|id, _| is_there(id));
        self.newest_lines.retain(|id, _| is_there(id));
        let redactor = (self.redactor)();
        let mut seen = Vec::new();
        for container in containers {
            let generation = self.present(&container.id, &container.state, &redactor);
            seen.push(Seen {
                container,
                generation,
            });
        }
        self.say(News::Seen(seen)).await
    }

    async fn look_at(&mut self, container: &str) -> Result<(), End> {
        let state = match self.engine.inspect(container).await {
            Ok(state) => state,
            // Its removal will be told next.
            Err(EngineError::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let redactor = (self.redactor)();
        let generation = self.present(container, &state, &redactor);
        let run = Run {
            container: container.to_owned(),
            generation,
        };
        self.say(News::State { run, state }).await
    }

    /// Tells the followers of a container which run is the present one, and makes them if they are missing.
    fn present(&mut self, id: &str, state: &ContainerState, redactor: &Redactor) -> u64 {
        let running = state.phase == Phase::Running;
        if let Some(follower) = self.containers.get_mut(id) {
            let known = *follower.present.borrow();
            let another = follower.started_at != state.started_at;
            if another {
                self.generation += 1;
                follower.started_at.clone_from(&state.started_at);
            }
            let present = Present {
                generation: if another {
                    self.generation
                } else {
                    known.generation
                },
                running,
            };
            if present != known {
                follower.present.send_replace(present);
            }
            return present.generation;
        }
        self.generation += 1;
        let present = Present {
            generation: self.generation,
            running,
        };
        let (sender, receiver) = watch::channel(present);
        let one = || Followed {
            engine: self.engine.clone(),
            container: id.to_owned(),
            present: receiver.clone(),
        };
        let last = self.newest_lines.entry(id.to_owned()).or_default();
        let began = i64::try_from(self.began.as_nanosecond()).unwrap_or(i64::MAX);
        let reading = follow::log(
            one(),
            redactor.clone(),
            Arc::clone(last),
            began,
            self.lines.clone(),
        );
        let measuring = follow::stats(one(), self.news.clone());
        let tasks = [
            tokio::spawn(reading).abort_handle(),
            tokio::spawn(measuring).abort_handle(),
        ];
        let follower = Follower {
            started_at: state.started_at.clone(),
            present: sender,
            tasks,
        };
        self.containers.insert(id.to_owned(), follower);
        present.generation
    }
}

/// Which events were told already. They are known to the second, so those of the newest second are
/// remembered one by one.
#[derive(Debug, Default)]
struct Told {
    newest: i64,
    then: VecDeque<EngineEvent>,
}

impl Told {
    fn is_new(&mut self, event: &EngineEvent) -> bool {
        if event.time < self.newest {
            return false;
        }
        if event.time > self.newest {
            self.newest = event.time;
            self.then.clear();
        }
        if self.then.contains(event) {
            return false;
        }
        self.then.push_back(event.clone());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64, container: &str) -> EngineEvent {
        EngineEvent {
            container: container.to_owned(),
            name: container.to_owned(),
            time,
            kind: EngineEventKind::Started,
        }
    }

    #[test]
    fn what_an_engine_tells_again_is_not_told_again() {
        let mut told = Told::default();
        assert!(told.is_new(&event(5, "a")));
        assert!(told.is_new(&event(5, "b")));
        assert!(!told.is_new(&event(5, "a")));
        assert!(told.is_new(&event(6, "a")));
        assert!(!told.is_new(&event(5, "c")), "older than the newest");
        assert!(!told.is_new(&event(6, "a")));
    }
}
