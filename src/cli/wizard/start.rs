//! A start, beside the screen: practice images if the answers want them, everything that `up` does, the
//! services' logs meanwhile, and taking it back.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{Sender, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use crate::deployment::{Home, Redactor};
use crate::diagnostic::Diagnostic;
use crate::engine::Engine;
use crate::engine::docker::{DockerEngine, Environment};
use crate::interview::Interview;
use crate::live::{self, News};
use crate::plan::{LABEL_SERVICE, Plan};
use crate::profile::Loaded;
use crate::run::{Event, Made};
use crate::session::{self, Prepared, Rehearsing, Trouble};
use crate::tui::Known;
use crate::tui::wizard::{Data, Finish, Part, StartNews};

use super::super::now;
use super::Rehearsed;

/// What a start works on, and what it leaves for the next try.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub home: Home,
    pub practice: String,
    pub known: Known,
    pub news: Sender<Data>,
    /// What the tries so far have made.
    pub made: Arc<Mutex<Made>>,
    /// The rehearsal, once there is one.
    pub rehearsal: Arc<Mutex<Option<Arc<Rehearsing>>>>,
}

/// What is to be started.
pub(super) struct Wish {
    pub interview: Interview,
    /// How it is rehearsed, if nothing shall really run.
    pub rehearsed: Option<Rehearsed>,
    pub again: bool,
}

impl Site {
    fn rehearsal(&self) -> Option<Arc<Rehearsing>> {
        let slot = self
            .rehearsal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        slot.clone()
    }

    /// From here on everything is real: nothing that a rehearsal made is there.
    fn leave_rehearsal(&self) {
        let mut slot = self
            .rehearsal
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if slot.take().is_some() {
            self.forget_made();
        }
    }

    fn forget_made(&self) {
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Made::default();
    }

    async fn tell(&self, news: StartNews) {
        let _ = self.news.send(Data::Start(news)).await;
    }

    fn made(&self) -> Made {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.clone()
    }
}

/// Starts what is wished; ends when it is over, or soon after `stop` turns true.
pub(super) async fn start(site: Site, wish: Wish, stop: watch::Receiver<bool>) {
    if let Err(trouble) = Box::pin(attempt(site.clone(), wish, stop)).await {
        // Earlier tries may have made something.
        let made = site.made();
        let blocked = StartNews::Blocked {
            findings: trouble.findings,
            undo: (!made.is_empty()).then(|| made.words()),
        };
        let blocked = blocked.without_secrets(|words| site.known.redact(words));
        site.tell(blocked).await;
    }
}

async fn attempt(site: Site, wish: Wish, stop: watch::Receiver<bool>) -> Result<(), Trouble> {
    let loaded = session::answered(&wish.interview)?;
    let (home, engine, loaded) = if let Some(rehearsed) = wish.rehearsed.clone() {
        let set = rehearsal(site.clone(), loaded, rehearsed, wish.again).await?;
        (set.home.clone(), set.engine.clone(), set.loaded.clone())
    } else {
        site.leave_rehearsal();
        let engine = DockerEngine::connect(&Environment::of_process()).await?;
        (site.home.clone(), engine, loaded)
    };
    let practice = loaded.profile.images.registry.as_deref() == Some(&*site.practice);
    if practice && wish.rehearsed.is_none() && lacks_images(&home, &engine, &loaded).await? {
        practice_images(site.clone(), engine.clone(), stop.clone()).await?;
    }
    let begun = session::begin(&home, &loaded, "up", now())?;
    let redactor = begun.redactor();
    site.known.guard(redactor.clone());
    let prepared = begun.prepare(&engine).await?;
    if !prepared.blocks.is_empty() {
        return Err(Trouble::all(
            session::Kind::Blocked,
            prepared.blocks.clone(),
        ));
    }
    forget_others(&site, &prepared.stack().deployment);
    site.tell(planned(&prepared)).await;
    let logs = tokio::spawn(logs(
        site.clone(),
        engine.clone(),
        prepared.stack().deployment.clone(),
        redactor.clone(),
    ));
    let (events, arriving) = unbounded_channel();
    let telling = tokio::spawn(tell_events(site.clone(), arriving));
    let emit = noting(Arc::clone(&site.made), prepared.plan.clone(), events);
    let ended = prepared.run(&engine, &emit, stopped(stop)).await;
    drop(emit);
    // Everything that happened is told before how it ended.
    let _ = telling.await;
    logs.abort();
    let ended = ended?;
    let made = site.made();
    let finish = Finish {
        outcome: ended.outcome,
        failure: ended.failure,
        verification: ended.verification,
        // A rehearsal's folder goes with it; its address is there as long as it lasts.
        places: prepared
            .places()
            .into_iter()
            .filter(|(label, _)| wish.rehearsed.is_none() || *label == "API")
            .map(|(label, words)| (label.to_owned(), words))
            .collect(),
        undo: (!made.is_empty()).then(|| made.words()),
        notes: ended.notes,
    };
    // The next try, and undoing, take the lock again.
    drop(prepared);
    let news = StartNews::Ended(Box::new(finish)).without_secrets(|words| site.known.redact(words));
    site.tell(news).await;
    Ok(())
}

/// The rehearsal of these answers: the one there is, mended, or a new one.
async fn rehearsal(
    site: Site,
    loaded: Loaded,
    rehearsed: Rehearsed,
    again: bool,
) -> Result<Arc<Rehearsing>, Trouble> {
    if let (true, Some(set)) = (again, site.rehearsal()) {
        set.rehearsal.mend().await;
        return Ok(set);
    }
    // Whoever changed an answer after a fault has seen it.
    let faults = if site.rehearsal().is_some() {
        Vec::new()
    } else {
        rehearsed.faults
    };
    let set = session::rehearse_profile(&loaded, &faults, rehearsed.pace, rehearsed.seed).await?;
    let set = Arc::new(set);
    // A new engine, on which nothing was made yet.
    site.forget_made();
    let mut slot = site
        .rehearsal
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    *slot = Some(Arc::clone(&set));
    Ok(set)
}

/// Whether an image is missing that the deployment is made of.
async fn lacks_images(
    home: &Home,
    engine: &DockerEngine,
    loaded: &Loaded,
) -> Result<bool, Trouble> {
    let stack = session::look(home, &loaded.profile, now())?.stack;
    for image in stack.images() {
        if engine.image(&image).await?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn practice_images(
    site: Site,
    engine: DockerEngine,
    stop: watch::Receiver<bool>,
) -> Result<(), Trouble> {
    let (words, mut arriving) = unbounded_channel::<String>();
    let telling = site.clone();
    let telling = tokio::spawn(async move {
        while let Some(words) = arriving.recv().await {
            let words = format!("practice images: {words}");
            telling.tell(StartNews::Doing(words)).await;
        }
    });
    let report = move |line: String| {
        // Nobody listens any more once the wizard is left.
        let _ = words.send(line);
    };
    let made = tokio::select! {
        made = session::practice_images(&engine, &site.practice, Duration::ZERO, None, report) => made.map(drop),
        () = stopped(stop) => Err(stopped_early()),
    };
    // Nothing of this is told after what comes next.
    let _ = telling.await;
    made
}

fn stopped_early() -> Trouble {
    Trouble::new(
        session::Kind::Blocked,
        Diagnostic::new(
            "E-5075",
            crate::diagnostic::Severity::Note,
            "You stopped it before anything was started.",
        )
        .help("What was made so far is kept for the next try."),
    )
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// What an earlier start of another deployment made is no business of this one.
fn forget_others(site: &Site, deployment: &str) {
    let mut made = site.made.lock().unwrap_or_else(PoisonError::into_inner);
    if made.deployment() != deployment {
        *made = Made::default();
    }
}

fn planned(prepared: &Prepared) -> StartNews {
    let services = prepared.stack().services.values();
    StartNews::Planned {
        plan: Box::new(prepared.plan.clone()),
        parts: services
            .map(|service| Part {
                service: service.name.clone(),
                title: service.title.clone(),
                image: service.image.clone(),
            })
            .collect(),
        notes: prepared.machine.clone(),
    }
}

/// Passes events on, and takes note of what is made.
fn noting(
    made: Arc<Mutex<Made>>,
    plan: Plan,
    events: UnboundedSender<Event>,
) -> impl Fn(Event) + Send + Sync {
    move |event| {
        made.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .heard(&plan, &event);
        // Nobody listens any more once the wizard is left.
        let _ = events.send(event);
    }
}

async fn tell_events(site: Site, mut arriving: tokio::sync::mpsc::UnboundedReceiver<Event>) {
    while let Some(event) = arriving.recv().await {
        let news = StartNews::Event(event).without_secrets(|words| site.known.redact(words));
        site.tell(news).await;
    }
}

/// What the services write, as long as this is wanted.
async fn logs(site: Site, engine: DockerEngine, deployment: String, redactor: Redactor) {
    let mut feed = live::follow(engine, &deployment, move || redactor.clone());
    let mut services: BTreeMap<String, String> = BTreeMap::new();
    loop {
        tokio::select! {
            biased;
            Some(news) = feed.news.recv() => {
                if let News::Seen(seen) = news {
                    services.extend(seen.into_iter().filter_map(|seen| {
                        let service = seen.container.labels.get(LABEL_SERVICE)?.clone();
                        Some((seen.container.id, service))
                    }));
                }
            }
            Some(lines) = feed.lines.recv() => {
                let Some(service) = services.get(&lines.container) else { continue };
                site.tell(StartNews::Lines {
                    service: service.clone(),
                    lines: lines.lines,
                })
                .await;
            }
            else => return,
        }
    }
}

/// Takes away what the tries so far have made.
pub(super) async fn undo(site: Site) {
    let made = site.made();
    let (home, engine) = match site.rehearsal() {
        Some(set) => (set.home.clone(), Ok(set.engine.clone())),
        None => (
            site.home.clone(),
            DockerEngine::connect(&Environment::of_process()).await,
        ),
    };
    let result = match engine {
        Ok(engine) => session::undo(&home, &engine, &made, now(), &|_| {}).await,
        Err(error) => Err(Trouble::from(error)),
    };
    let result = match result {
        Ok(lines) => {
            *site.made.lock().unwrap_or_else(PoisonError::into_inner) = Made::default();
            Ok(lines)
        }
        Err(trouble) => Err(Box::new(super::hands::first(trouble))),
    };
    let undone = StartNews::Undone(result).without_secrets(|words| site.known.redact(words));
    site.tell(undone).await;
}
