//! Does what the wizard asks for, beside the screen; what comes of it comes back as news.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::checks;
use crate::deployment::{self, Home};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::{DockerEngine, Environment};
use crate::interview::{Check, Context, Interview};
use crate::profile::Profile;
use crate::session::{self, Machine, Rehearsing, Trouble, Unsaved, Wish};
use crate::tui::Known;
use crate::tui::wizard::{Around, Data, Effect};

use super::super::look::registry_answer;
use super::super::setup::around;
use super::super::show::Ground;
use super::super::{Desk, now};
use super::Rehearsed;
use super::keeper::{Keep, Keeper};
use super::start::{self, Site, Wish as StartWish};

/// While somebody types, every letter is another answer; only the one they stop at is looked up.
const TYPING: Duration = Duration::from_millis(300);

/// Time that what is at work gets when the wizard is left.
const LAST_MOMENT: Duration = Duration::from_secs(5);

/// The engine, once it has answered.
#[derive(Debug, Clone, Default)]
struct Found(Arc<Mutex<Option<DockerEngine>>>);

impl Found {
    fn get(&self) -> Option<DockerEngine> {
        let slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.clone()
    }

    fn put(&self, engine: Option<DockerEngine>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = engine;
    }
}

/// What works for the wizard.
pub(super) struct Hands {
    home: Home,
    world: Context,
    engine: Found,
    news: Sender<Data>,
    around: Option<JoinHandle<()>>,
    preview: Option<JoinHandle<()>>,
    site: Site,
    rehearsed: Rehearsed,
    stop: Option<watch::Sender<bool>>,
    /// The start or the undoing that was begun last.
    at_work: Option<JoinHandle<()>>,
    beside: BTreeMap<&'static str, JoinHandle<()>>,
    keeper: Keeper,
}

impl Hands {
    pub fn new(
        desk: &Desk,
        world: Context,
        known: Known,
        rehearsed: Rehearsed,
        news: Sender<Data>,
    ) -> Self {
        Self {
            site: Site {
                home: desk.home.clone(),
                practice: world.practice.clone(),
                known,
                news: news.clone(),
                made: Arc::default(),
                rehearsal: Arc::default(),
            },
            rehearsed,
            stop: None,
            at_work: None,
            home: desk.home.clone(),
            world,
            engine: Found::default(),
            news,
            around: None,
            preview: None,
            beside: BTreeMap::new(),
            keeper: Keeper::default(),
        }
    }

    /// Takes it that a rehearsal plays already, if one does.
    pub fn stand_on(&mut self, ground: &Ground) {
        let slot = self.site.rehearsal.lock();
        slot.unwrap_or_else(PoisonError::into_inner)
            .clone_from(&ground.rehearsal);
    }

    /// The rehearsal that was opened, if one was.
    pub fn rehearsal(&self) -> Option<Arc<Rehearsing>> {
        let slot = self.site.rehearsal.lock();
        slot.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops waiting for what is at work, and gives it a moment to end well.
    pub async fn finish(&mut self) {
        if let Some(stop) = &self.stop {
            stop.send_replace(true);
        }
        if let Some(work) = self.at_work.take() {
            let _ = tokio::time::timeout(LAST_MOMENT, work).await;
        }
        self.keeper.finish();
    }

    /// Begins; does not wait.
    pub fn begin(&mut self, effect: Effect) {
        match effect {
            Effect::LookAround(round) => {
                let work = look_around(
                    self.home.clone(),
                    self.world.clone(),
                    self.engine.clone(),
                    round,
                    self.news.clone(),
                );
                if let Some(before) = self.around.replace(tokio::spawn(work)) {
                    before.abort();
                }
            }
            Effect::LookUp {
                question,
                answer,
                checks,
                profile,
            } => {
                let work = look_up(
                    (self.home.clone(), self.engine.get(), self.news.clone()),
                    question,
                    answer,
                    checks,
                    *profile,
                );
                if let Some(before) = self.beside.insert(question, tokio::spawn(work)) {
                    before.abort();
                }
            }
            Effect::Preview {
                number,
                interview,
                rehearsal,
            } => {
                let work = preview(
                    self.home.clone(),
                    *interview,
                    self.engine.clone(),
                    rehearsal,
                    number,
                    self.news.clone(),
                );
                if let Some(before) = self.preview.replace(tokio::spawn(work)) {
                    before.abort();
                }
            }
            Effect::Start {
                interview,
                rehearsal,
                again,
            } => {
                self.start(*interview, rehearsal, again);
            }
            Effect::StopWaiting => {
                if let Some(stop) = &self.stop {
                    stop.send_replace(true);
                }
            }
            Effect::Undo => {
                let site = self.site.clone();
                self.at_work = Some(beside(move || start::undo(site)));
            }
            Effect::Save {
                interview,
                name,
                replace,
            } => {
                self.tell(move || Data::Saved(save(&interview, &name, replace)));
            }
            Effect::Answers(name) => {
                let home = self.home.clone();
                self.tell(move || Data::Opened(answers(&home, name)));
            }
            Effect::ReadList { question, file } => {
                self.tell(move || {
                    let read = session::read_list(&file);
                    Data::ListRead {
                        question,
                        file,
                        read,
                    }
                });
            }
            Effect::Keep(text) => self.keep(Keep::These(text)),
            Effect::Forget => self.keep(Keep::Nothing),
            // The stage's business.
            Effect::Copy(_)
            | Effect::Mouse(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Leave(_) => {}
        }
    }

    fn start(&mut self, interview: Interview, rehearsal: bool, again: bool) {
        let (stop, stopped) = watch::channel(false);
        self.stop = Some(stop);
        let wish = StartWish {
            interview,
            rehearsed: rehearsal.then(|| self.rehearsed.clone()),
            again,
        };
        let site = self.site.clone();
        self.at_work = Some(beside(move || start::start(site, wish, stopped)));
    }

    /// Does something with files, and tells what came of it.
    fn tell(&self, work: impl FnOnce() -> Data + Send + 'static) {
        let news = self.news.clone();
        tokio::task::spawn_blocking(move || {
            let _ = news.blocking_send(work());
        });
    }

    fn keep(&mut self, wanted: Keep) {
        let (home, news) = (self.home.clone(), self.news.clone());
        self.keeper.keep(wanted, move |wanted| {
            let kept = match wanted {
                Keep::These(text) => deployment::save_draft(&home, &text),
                Keep::Nothing => deployment::remove_draft(&home),
            };
            if let Err(error) = kept {
                // Whoever leaves waits for us, and reads no news any more.
                let _ = news.try_send(Data::NotKept(Box::new(error.diagnostic())));
            }
        });
    }
}

/// Looks an answer up, after a pause in which another one may take its place.
async fn look_up(
    (home, engine, news): (Home, Option<DockerEngine>, Sender<Data>),
    question: &'static str,
    answer: String,
    checks: &'static [Check],
    profile: Profile,
) {
    tokio::time::sleep(TYPING).await;
    let asked = engine.as_ref();
    let obtainable = |image: String| async move {
        match asked {
            Some(engine) => registry_answer(engine, &image).await,
            None => Ok(()),
        }
    };
    let mut findings = Vec::new();
    for check in checks {
        findings.extend(session::look_up(*check, &profile, &home, asked, now(), obtainable).await);
    }
    let answer = Data::LookedUp {
        question,
        answer,
        findings,
    };
    let _ = news.send(answer).await;
}

/// Works on a thread of its own: the compiler cannot see that these futures may change threads.
fn beside<F: Future<Output = ()>>(work: impl FnOnce() -> F + Send + 'static) -> JoinHandle<()> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(work()))
}

/// Everything about this machine, the quick things first.
async fn look_around(home: Home, world: Context, found: Found, round: u32, news: Sender<Data>) {
    let tell = |around| news.send(Data::Around(round, around));
    let engine = match DockerEngine::connect(&Environment::of_process()).await {
        Ok(engine) => engine,
        Err(error) => {
            found.put(None);
            let _ = tell(Around::Found(vec![checks::no_engine(&error)])).await;
            let _ = tell(Around::Engine(false)).await;
            let _ = tell(Around::Done).await;
            return;
        }
    };
    found.put(Some(engine.clone()));
    if let Ok(names) = around::taken_names(&home, &engine).await {
        let _ = tell(Around::Taken(names)).await;
    }
    let _ = tell(Around::Memory(around::memory_mb(&engine).await)).await;
    match around::machine(&home, &engine, &world).await {
        Ok(findings) => {
            let _ = tell(Around::Found(findings)).await;
        }
        Err(trouble) => {
            let _ = tell(Around::Found(as_findings(trouble))).await;
        }
    }
    let _ = tell(Around::Engine(true)).await;
    if let Ok((findings, answers)) = around::registry(&home, &engine, &world).await {
        let _ = tell(Around::Found(findings)).await;
        let _ = tell(Around::Registry(answers)).await;
    }
    let _ = tell(Around::Done).await;
}

/// What the answers lead to.
async fn preview(
    home: Home,
    interview: Interview,
    found: Found,
    rehearsal: bool,
    number: u32,
    news: Sender<Data>,
) {
    let mut engine = found.get();
    if engine.is_none() && !rehearsal {
        engine = DockerEngine::connect(&Environment::of_process()).await.ok();
        found.put(engine.clone());
    }
    let machine = match &engine {
        _ if rehearsal => Machine::Rehearsal,
        Some(engine) => Machine::Engine(engine),
        None => Machine::Missing,
    };
    let preview = session::preview(&home, &interview, machine, now()).await;
    let _ = news.send(Data::Previewed(number, Box::new(preview))).await;
}

fn as_findings(trouble: Trouble) -> Vec<checks::Finding> {
    let finding = |diagnostic| checks::Finding {
        subject: "engine".to_owned(),
        good: false,
        diagnostic,
    };
    trouble.findings.into_iter().map(finding).collect()
}

fn save(interview: &Interview, name: &str, replace: bool) -> Result<std::path::PathBuf, Unsaved> {
    match session::answered(interview) {
        Ok(loaded) => {
            let folder = &interview.context().folder;
            session::save_profile(folder, name, &loaded.source.text, replace)
        }
        Err(trouble) => Err(Unsaved::Failed(Box::new(first(trouble)))),
    }
}

fn answers(home: &Home, name: String) -> Result<Box<crate::profile::Profile>, Box<Diagnostic>> {
    let wish = Wish {
        name: Some(name),
        ..Wish::default()
    };
    match session::profile(home, &wish) {
        Ok(loaded) => Ok(Box::new(loaded.profile)),
        Err(trouble) => Err(Box::new(first(trouble))),
    }
}

/// What matters most of a trouble.
pub(super) fn first(trouble: Trouble) -> Diagnostic {
    let nothing = || Diagnostic::new("E-5074", Severity::Warn, "The answers cannot be read.");
    trouble.findings.into_iter().next().unwrap_or_else(nothing)
}
