//! `setup`: questions, then everything that `up` does.

pub(super) mod around;
mod beside;
mod ending;
mod welcome;

use std::time::Duration;

use crate::deployment;
use crate::diagnostic::Diagnostic;
use crate::engine::docker::{DockerEngine, Environment};
use crate::interview::{Interview, Keeping, Place, command};
use crate::plain::ask::{Asker, Reader, Turn, Wanted};
use crate::session::{self, Machine, Unsaved};
use crate::words::shell_word;

use super::args::Setup;
use super::up::{Ask, bring_up};
use super::{Desk, STOPPED, Verdict, now};
use beside::Beside;
use ending::{Over, finish, nobody_to_ask, until_stopped};

/// One interview with everything it needs.
struct Talk<'a> {
    desk: &'a Desk,
    asker: Asker<'a>,
    interview: Interview,
    engine: Option<DockerEngine>,
    beside: Beside,
    /// Whether the review is on the screen as it is now.
    shown: bool,
    /// What is kept of the answers for another day.
    keeping: Keeping,
    /// What came of saving or starting, as far as anything was.
    verdict: Option<u8>,
}

/// Asks the questions, and does what was answered.
pub(super) async fn setup(desk: &Desk, setup: Setup) -> Verdict {
    let reader = Reader::of_process(setup.plain).filter(|_| desk.printer.for_people());
    let Some(reader) = reader else {
        return Err(nobody_to_ask());
    };
    let asker = Asker::new(&desk.printer, reader, letters_only());
    let talk = until_stopped(Box::pin(welcome::begin(desk, asker, &setup))).await;
    let mut talk = match talk {
        Ok(Ok(welcome::Begun::Talk(talk))) => *talk,
        Ok(Ok(welcome::Begun::Elsewhere(verdict))) => return Ok(verdict),
        Ok(Err(over)) | Err(over) => return finish(desk, None, over),
    };
    loop {
        match until_stopped(Box::pin(talk.converse(&setup))).await {
            Ok(Ok(())) => {}
            Ok(Err(over)) | Err(over) => return finish(desk, talk.verdict, over),
        }
        match Box::pin(talk.start()).await {
            Ok(0) => {
                if talk.keeping.is_ours()
                    && let Err(error) = deployment::remove_draft(&desk.home)
                {
                    desk.printer.findings(&[error.diagnostic()], "");
                }
                return Ok(0);
            }
            Ok(STOPPED) => return Ok(STOPPED),
            Ok(verdict) => talk.verdict = Some(verdict),
            Err(trouble) => {
                talk.verdict = Some(trouble.kind.exit_code());
                desk.printer.findings(&trouble.findings, &trouble.text);
            }
        }
        talk.asker.gap();
        talk.asker.say(
            "",
            "The answers are all still here: change one, or start again when the cause is mended.",
        );
    }
}

impl Talk<'_> {
    /// Asks until somebody says start.
    async fn converse(&mut self, setup: &Setup) -> Result<(), Over> {
        loop {
            self.keep();
            match self.interview.place() {
                Place::Question(_) => self.one_question(setup).await?,
                Place::Review => {
                    if self.at_review().await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn one_question(&mut self, setup: &Setup) -> Result<(), Over> {
        let Some(question) = self.interview.current() else {
            self.interview.review();
            return Ok(());
        };
        let found = self.beside.found(&self.interview).await;
        self.asker.findings(&found);
        self.shown = false;
        match self.asker.question(&mut self.interview, question).await? {
            Turn::Answered(question) => {
                self.begin_checks(question.checks, question.id, setup);
                let found = self.beside.soon(&self.interview).await;
                self.asker.findings(&found);
                self.interview.next();
            }
            Turn::Back => {
                if !self.interview.back() {
                    self.asker.say("  · ", "This is the first question.");
                }
            }
            Turn::Review => self.interview.review(),
        }
        Ok(())
    }

    fn begin_checks(
        &mut self,
        checks: &'static [crate::interview::Check],
        id: &'static str,
        setup: &Setup,
    ) {
        let Ok(reading) = self.interview.profile() else {
            return;
        };
        let practice = reading.profile.images.registry.as_deref() == Some(&*setup.practice_prefix);
        for check in checks {
            // Practice images are made when something starts; nobody has to have them.
            if *check == crate::interview::Check::ImagesObtainable && practice {
                continue;
            }
            self.beside.begin(
                *check,
                id,
                &self.interview,
                reading.profile.clone(),
                self.desk.home.clone(),
                self.engine.clone(),
            );
        }
    }

    /// Shows what the answers lead to and does what is wanted. True if that is to start.
    async fn at_review(&mut self) -> Result<bool, Over> {
        if !self.shown {
            if self.engine.is_none() {
                self.engine = DockerEngine::connect(&Environment::of_process()).await.ok();
            }
            let machine = match &self.engine {
                Some(engine) => Machine::Engine(engine),
                None => Machine::Missing,
            };
            let home = &self.desk.home;
            let preview = session::preview(home, &self.interview, machine, now()).await;
            self.asker.show_review(&self.interview, &preview);
            self.shown = true;
        }
        let found = self.beside.all(&self.interview).await;
        self.asker.findings(&found);
        match self.asker.at_review(&self.interview).await? {
            Wanted::Start => return Ok(self.can_start()),
            Wanted::Save => self.save().await?,
            Wanted::Command => self.command(),
            Wanted::Again => self.shown = false,
            Wanted::Change(id) => {
                self.interview.jump(id);
            }
            Wanted::Back => {
                self.interview.back();
            }
        }
        Ok(false)
    }

    fn can_start(&self) -> bool {
        let mut wrong: Vec<Diagnostic> = self
            .interview
            .problems()
            .into_iter()
            .map(|(_, wrong)| wrong)
            .collect();
        if let Err(more) = self.interview.profile() {
            wrong.extend(more);
        }
        for finding in &wrong {
            self.asker.diagnostic(finding);
        }
        wrong.is_empty()
    }

    /// Makes practice images if the answers want them, and goes the way of `up`.
    async fn start(&mut self) -> Verdict {
        let loaded = session::answered(&self.interview)?;
        let engine = self.desk.engine().await?;
        if loaded.profile.images.registry.as_deref() == Some(&*self.interview.context().practice) {
            let prefix = self.interview.context().practice.clone();
            let made = super::practice::build(self.desk, &engine, &prefix, Duration::ZERO, None);
            match until_stopped(made).await {
                Ok(made) => drop(made?),
                Err(_) => return Ok(STOPPED),
            }
        }
        self.shown = false;
        bring_up(self.desk, &engine, &loaded, "up", Ask::No).await
    }

    async fn save(&mut self) -> Result<(), Over> {
        let Ok(loaded) = session::answered(&self.interview) else {
            self.can_start();
            return Ok(());
        };
        let usual = format!("{}.yml", loaded.profile.name);
        let folder = self.interview.context().folder.clone();
        let mut replace = None;
        loop {
            let Some(name) = self.asker.text("File name", &usual).await? else {
                return Ok(());
            };
            let again = replace.as_ref() == Some(&name);
            match session::save_profile(&folder, &name, &loaded.source.text, again) {
                Ok(path) => {
                    let saved = format!("Saved as {}.", path.display());
                    self.asker.say("  ✓ ", &saved);
                    let word = shell_word(&path.display().to_string());
                    let next = format!("To start from it: edfi-setup up {word}");
                    self.asker.say("    ", &next);
                    self.verdict = Some(0);
                    return Ok(());
                }
                Err(Unsaved::Exists(path)) => {
                    let words = format!(
                        "{} exists. The same name again replaces it; back leaves it.",
                        path.display()
                    );
                    self.asker.say("  ! ", &words);
                    replace = Some(name);
                }
                Err(Unsaved::Failed(finding)) => self.asker.diagnostic(&finding),
            }
        }
    }

    fn command(&self) {
        let Ok(loaded) = session::answered(&self.interview) else {
            self.can_start();
            return;
        };
        // One line, whatever its length: it is there to be copied.
        self.desk
            .printer
            .say(format!("  {}", command(&loaded.profile)));
    }

    /// Keeps the answers for another day. Not being able to holds nobody up, but is said.
    fn keep(&mut self) {
        let Some(draft) = self.keeping.next(&self.interview) else {
            return;
        };
        if let Err(error) = deployment::save_draft(&self.desk.home, &draft) {
            self.asker.diagnostic(&error.diagnostic());
        }
    }
}

/// Whether this terminal may not be able to show more than letters.
pub(super) fn letters_only() -> bool {
    let first = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    first.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        !(locale.contains("utf-8") || locale.contains("utf8"))
    })
}
