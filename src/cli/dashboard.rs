//! `dashboard`: the full-screen view of a deployment that runs.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::deployment::{Folder, Home, Record, Redactor, Secrets, check_name};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::engine::docker::DockerEngine;
use crate::engine::rehearsal::NOTICE;
use crate::live;
use crate::practice::STAMP_LABEL;
use crate::run::{Outcome, verify_deployment};
use crate::session::addition;
use crate::session::lists::Kind as List;
use crate::session::{self, Kind, Looked, Trouble, Wish};
use crate::stack::Stack;
use crate::tui::Ended;
use crate::tui::dashboard::{self, AccessRow, Data, Effect, Facts, Hands, Onward, Opened, Shown};
use crate::verify::Verification;

use super::args::Dashboard;
use super::show::{AfterTour, Ground, Next, Play, Scene, no_terminal, rehearsed, show};
use super::wizard::{Begin, Origin, Script};
use super::{Desk, Verdict, now};

/// The engine's own program, which knows how to lend a terminal to a container.
const ENGINE_PROGRAM: &str = "docker";

/// Time a service gets to end by itself where its stack does not say.
const GRACE: Duration = Duration::from_mins(1);

/// Shows the dashboard.
pub(super) async fn dashboard(desk: &Desk, wanted: Dashboard) -> Verdict {
    has_terminal(desk)?;
    let (ground, name) = if let Some(name) = known_name(desk, wanted.which.name()) {
        (None, name)
    } else {
        let ground = here(desk).await?;
        let name = session::existing(&ground.engine, &desk.home, wanted.which.name()).await?;
        (Some(ground), name)
    };
    let script = Script::default();
    show(desk, &wanted.screen, script, Scene::Dashboard(ground, name)).await
}

/// The deployment's name, if it can be told without asking the engine: the one that was said, or the only
/// one with a folder here. Whether it is there is seen once there is something on the screen.
fn known_name(desk: &Desk, said: Option<&str>) -> Option<String> {
    if let Some(name) = said {
        return check_name(name).is_ok().then(|| name.to_owned());
    }
    match desk.home.list().ok()?.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The engine that the environment names, and this operator's deployments.
async fn here(desk: &Desk) -> Result<Ground, Trouble> {
    Ok(Ground {
        home: desk.home.clone(),
        engine: desk.engine().await?,
        rehearsal: None,
    })
}

/// The same, if a deployment of that name is there.
async fn found(desk: &Desk, name: &str) -> Result<Ground, Trouble> {
    let ground = here(desk).await?;
    session::existing(&ground.engine, &ground.home, Some(name)).await?;
    Ok(ground)
}

/// Plays the dashboard on a stage that is open already. Without a ground the engine that the environment
/// names is asked, while there is something to see already.
pub(super) async fn play_on(
    play: &mut Play<'_>,
    ground: Option<Ground>,
    name: &str,
) -> Result<Next, Trouble> {
    let rehearsal = ground
        .as_ref()
        .is_some_and(|ground| ground.rehearsal.is_some());
    let desk = match &ground {
        Some(ground) => ground.desk(play.desk),
        None => play.desk.silent(),
    };
    let own = Own::of(&desk, name, if rehearsal { NOTICE } else { "" });
    play.known.guard(own.redactor.clone());
    let outset = dashboard::Outset {
        facts: own.facts.clone(),
        words: play.said.take(),
    };
    let mut stands = ground.clone();
    let opening = Box::pin(async {
        let ground = match ground {
            Some(ground) => ground,
            None => found(&desk, name).await?,
        };
        let opened = own.open(ground.engine.clone(), name).await?;
        stands = Some(ground);
        Ok::<_, Trouble>(opened)
    });
    let (ended, onward) = dashboard::play(&mut play.stage, outset, opening)
        .await
        .map_err(|error| no_terminal(&error))??;
    if let (Ended::Program(code), _) = (ended, onward) {
        return Ok(Next::End(None, code));
    }
    if onward == Onward::Shell {
        return Ok(Next::End(rehearsal.then(rehearsed), 0));
    }
    let ground = match stands {
        Some(ground) => ground,
        // Somebody was quicker than the engine.
        None => found(&desk, name).await?,
    };
    if onward == Onward::Answers {
        return answers(play, ground, name);
    }
    let scene = Scene::Tour(ground, name.to_owned(), AfterTour::Dashboard);
    Ok(Next::Scene(Box::new(scene)))
}

/// To the deployment's answers: as they were left before, if they were changed, or as they are.
fn answers(play: &mut Play<'_>, ground: Ground, name: &str) -> Result<Next, Trouble> {
    let changed = play.changed.take().filter(|(of, _)| of == name);
    let begin = if let Some((_, interview)) = changed {
        Begin::Changed(interview)
    } else {
        let wish = Wish {
            name: Some(name.to_owned()),
            ..Wish::default()
        };
        Begin::Profile(Box::new(session::profile(&ground.home, &wish)?.profile))
    };
    let origin = Origin {
        ground,
        name: name.to_owned(),
    };
    let script = play.script.of_deployment(begin, origin);
    Ok(Next::Scene(Box::new(Scene::Wizard(Box::new(script)))))
}

/// What a deployment's own folder tells, without an engine.
struct Own {
    home: Home,
    // Without a folder (another user's deployment) there is less to show, but all of what runs.
    looked: Option<Looked>,
    folder: Option<Folder>,
    facts: Facts,
    redactor: Redactor,
}

impl Own {
    /// `mode` is how it runs, as far as that is clear.
    fn of(desk: &Desk, name: &str, mode: &'static str) -> Self {
        let looked = super::look::looked(desk, name).ok();
        let folder = desk.home.folder(name).ok();
        let redactor = looked
            .as_ref()
            .map_or_else(|| Redactor::of([]), |looked| Redactor::new(&looked.secrets));
        Self {
            home: desk.home.clone(),
            facts: facts(name, mode, looked.as_ref(), folder.as_ref()),
            looked,
            folder,
            redactor,
        }
    }

    /// The whole dashboard, with what the engine tells.
    async fn open(self, engine: DockerEngine, name: &str) -> Result<Opened<Doing>, Trouble> {
        let mut facts = self.facts;
        let endpoint = engine.info().await?.endpoint;
        if facts.mode.is_empty() {
            facts.mode = mode(&engine, name).await?;
        }
        let feed = live::follow(
            engine.clone(),
            name,
            secrets_of(self.folder.clone(), self.redactor.clone()),
        );
        let address = self
            .looked
            .as_ref()
            .map(|looked| session::gateway_address(&looked.stack.access.listen, &endpoint))
            .unwrap_or_default();
        let hands = Doing {
            home: self.home,
            engine,
            folder: self.folder,
            stack: self.looked.map(|looked| Arc::new(looked.stack)),
            address,
        };
        Ok(Opened {
            facts,
            feed,
            hands,
            redactor: self.redactor,
        })
    }
}

/// Refuses where nothing could be drawn, and says what to use instead.
fn has_terminal(desk: &Desk) -> Result<(), Trouble> {
    let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
    let reason = if !desk.printer.for_people() {
        "The dashboard is for people; it cannot be written as JSON."
    } else if dumb {
        "This terminal (TERM=dumb) cannot show the dashboard."
    } else if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    } else {
        "There is no terminal to show the dashboard in."
    };
    Err(Trouble::new(
        Kind::Input,
        Diagnostic::new("E-5070", Severity::Block, reason).help(
            "The same in lines: edfi-setup status, and edfi-setup logs --follow. Both can be written as JSON with --output json.",
        ),
    ))
}

/// Secrets may be added while we look, by an `up` elsewhere.
fn secrets_of(folder: Option<Folder>, known: Redactor) -> impl Fn() -> Redactor + Send + Sync {
    move || {
        let secrets = folder
            .as_ref()
            .and_then(|folder| Secrets::load(folder).ok().flatten());
        secrets.map_or_else(|| known.clone(), |secrets| Redactor::new(&secrets))
    }
}

/// Practice images say so themselves, by a label.
pub(super) async fn mode(engine: &DockerEngine, name: &str) -> Result<&'static str, Trouble> {
    let observed = engine.observe(name).await?;
    let images: BTreeSet<&String> = observed
        .containers
        .values()
        .map(|container| &container.image)
        .collect();
    for image in images {
        let info = engine.image(image).await?;
        if info.is_some_and(|info| info.labels.contains_key(STAMP_LABEL)) {
            return Ok("practice");
        }
    }
    Ok("for real")
}

fn facts(
    name: &str,
    mode: &'static str,
    looked: Option<&Looked>,
    folder: Option<&Folder>,
) -> Facts {
    let stack = looked.map(|looked| &looked.stack);
    let use_case = stack.map(|stack| stack.use_case);
    let record = folder.and_then(|folder| Record::load(folder).ok().flatten());
    Facts {
        deployment: name.to_owned(),
        mode,
        address: stack.map(|stack| stack.access.api()),
        services: stack.map_or_else(Vec::new, |stack| {
            let services = stack.services.values();
            services
                .map(|service| (service.name.clone(), service.title.clone()))
                .collect()
        }),
        access: match (looked, folder) {
            (Some(looked), Some(folder)) => access(looked, folder),
            _ => Vec::new(),
        },
        verified: record.and_then(|record| record.verified),
        is_ours: stack.is_some(),
        lists: use_case
            .filter(|_| mode != NOTICE)
            .map_or_else(Vec::new, |use_case| {
                let all = List::ALL.into_iter();
                all.filter(|list| list.is_in(use_case)).collect()
            }),
        can_open_shells: mode != NOTICE && is_installed(ENGINE_PROGRAM),
        zone: TimeZone::system(),
    }
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// How to reach the deployment, and with what.
fn access(looked: &Looked, folder: &Folder) -> Vec<AccessRow> {
    let open = |group, label: &str, value: String| AccessRow {
        group,
        label: label.to_owned(),
        value: Shown::Open(value),
    };
    let access = &looked.stack.access;
    let mut rows = vec![open("Addresses", "API", format!("{}/", access.api()))];
    // Where the address chooses, each place has its own; with one address for all, it is named once.
    let instances = &looked.stack.databases.instances;
    let mut places: Vec<(&str, &str, &str)> = Vec::new();
    for instance in instances {
        let place = (instance.data_path.as_str(), instance.token_path.as_str());
        if !places.iter().any(|(_, data, _)| *data == place.0) {
            places.push((&instance.name, place.0, place.1));
        }
    }
    if places.is_empty() {
        places.push(("", "data/v3", "oauth/token"));
    }
    let several = places.len() > 1;
    for (name, data, token) in places {
        for (what, path) in [("data", data), ("token", token)] {
            let label = if several {
                format!("{what} of {name}")
            } else {
                what.to_owned()
            };
            rows.push(open(
                "Addresses",
                &label,
                format!("{}/{path}", access.api()),
            ));
        }
    }
    if access.swagger {
        rows.push(open(
            "Addresses",
            "Swagger UI",
            format!("{}/", access.base()),
        ));
    }
    if access.sandbox_admin {
        rows.push(open(
            "Addresses",
            "Sandbox Admin",
            format!("{}/admin/", access.base()),
        ));
        rows.push(open(
            "Addresses",
            "Sandbox Admin user",
            format!("admin@{}", access.host),
        ));
    }
    if let Some(address) = looked.stack.admin_api_address() {
        let token = format!("{address}/connect/token");
        rows.push(open("Addresses", "Admin API", format!("{address}/")));
        rows.push(open("Addresses", "Admin API token", token));
    }
    if access.authority_pem.is_some() {
        rows.push(open(
            "Files",
            "certificate to trust",
            folder.authority().display().to_string(),
        ));
    }
    rows.push(open("Files", "folder", folder.path().display().to_string()));
    rows.extend(looked.secrets.values.iter().map(|(name, value)| AccessRow {
        group: "Passwords and keys",
        label: name.clone(),
        value: Shown::Hidden(value.clone()),
    }));
    rows
}

/// Does what the dashboard asks for, on the engine.
#[derive(Debug)]
struct Doing {
    home: Home,
    engine: DockerEngine,
    folder: Option<Folder>,
    stack: Option<Arc<Stack>>,
    address: String,
}

impl Hands for Doing {
    fn shell(&self, container: &str) -> tokio::process::Command {
        let mut command = tokio::process::Command::new(ENGINE_PROGRAM);
        command.args(["exec", "--interactive", "--tty", container, "sh"]);
        command
    }

    fn begin(&self, effect: Effect, answers: mpsc::Sender<Data>) {
        match effect {
            Effect::Act {
                service,
                container,
                act,
            } => {
                let (engine, folder) = (self.engine.clone(), self.folder.clone());
                let grace = self
                    .stack
                    .as_ref()
                    .and_then(|stack| stack.services.get(&service))
                    .map_or(GRACE, |service| service.stop_grace);
                tokio::spawn(async move {
                    let what = (service.as_str(), container.as_str());
                    let result = live::act(&engine, folder.as_ref(), what, act, grace, now()).await;
                    let answer = Data::Acted {
                        service,
                        act,
                        result,
                    };
                    let _ = answers.send(answer).await;
                });
            }
            Effect::Verify => {
                let Some(stack) = self.stack.clone() else {
                    return;
                };
                let (engine, address) = (self.engine.clone(), self.address.clone());
                tokio::spawn(async move {
                    let result = verify(&engine, &stack, &address).await;
                    let _ = answers.send(Data::Verified(result)).await;
                });
            }
            Effect::Add { list, text } => {
                let (engine, home) = (self.engine.clone(), self.home.clone());
                let name = self.folder.as_ref().map(|own| own.name().to_owned());
                tokio::spawn(async move {
                    let name = name.unwrap_or_default();
                    let (words, result) = match add(&engine, &home, &name, list, &text).await {
                        Ok((words, access)) => (words, Ok(access)),
                        Err(words) => (String::new(), Err(words)),
                    };
                    let _ = answers.send(Data::Added { words, result }).await;
                });
            }
            _ => {}
        }
    }
}

/// Adds to one of the deployment's lists, as the command does; gives what to say and the new access rows.
async fn add(
    engine: &DockerEngine,
    home: &Home,
    name: &str,
    list: List,
    text: &str,
) -> Result<(String, Vec<AccessRow>), String> {
    let told = |trouble: Trouble| {
        let words: Vec<String> = trouble
            .findings
            .into_iter()
            .map(|finding| match finding.help {
                Some(help) => format!("{} {help}", finding.message),
                None => finding.message,
            })
            .collect();
        words.join(" ")
    };
    let values = addition::listed(list, &[text.to_owned()]).map_err(told)?;
    let changed = addition::add(home, name, list, &values, None).map_err(told)?;
    let begun = session::begin(home, &changed.after, "add", now()).map_err(told)?;
    let mut prepared = begun.prepare(engine).await.map_err(told)?;
    prepared.verify_only(changed.change.instances.clone());
    if let Some(block) = prepared.blocks.first() {
        return Err(block.message.clone());
    }
    let ended = prepared
        .run(engine, &|_| {}, std::future::pending())
        .await
        .map_err(told)?;
    if ended.outcome != Outcome::Done {
        return Err(ended.failure.map_or_else(
            || "it did not come to its end.".to_owned(),
            |failure| format!("{}. {}", failure.what, failure.next_step),
        ));
    }
    let added = addition::added(&changed, &prepared);
    drop(prepared);
    let words = match added.as_slice() {
        [one] => format!("{} was added: {}", one.instance, one.address),
        several => format!("{} were added.", several.len()),
    };
    let looked = session::look(home, &changed.after.profile, now()).map_err(told)?;
    let folder = home.folder(name).map_err(|error| error.to_string())?;
    Ok((words, access(&looked, &folder)))
}

async fn verify(
    engine: &DockerEngine,
    stack: &Stack,
    address: &str,
) -> Result<Verification, String> {
    verify_deployment(engine, stack, address, Duration::ZERO, now().as_second())
        .await
        .map_err(|failure| format!("{} {}", failure.what, failure.next_step))
}
