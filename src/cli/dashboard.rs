//! `dashboard`: the full-screen view of a deployment that runs.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::deployment::{Folder, Record, Redactor, Secrets};
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::engine::docker::DockerEngine;
use crate::engine::rehearsal::NOTICE;
use crate::live::{self, Feed};
use crate::practice::STAMP_LABEL;
use crate::run::verify_deployment;
use crate::session::{self, Kind, Looked, Trouble, Wish};
use crate::stack::Stack;
use crate::tui::Ended;
use crate::tui::dashboard::{self, AccessRow, Data, Effect, Facts, Hands, Onward, Shown};
use crate::verify::Verification;

use super::args::Dashboard;
use super::show::{AfterTour, Ground, Next, Play, Scene, no_terminal, rehearsed, show};
use super::wizard::Script;
use super::{Desk, Verdict, now};

/// The engine's own program, which knows how to lend a terminal to a container.
const ENGINE_PROGRAM: &str = "docker";

/// Time a service gets to end by itself where its stack does not say.
const GRACE: Duration = Duration::from_mins(1);

/// Shows the dashboard.
pub(super) async fn dashboard(desk: &Desk, wanted: Dashboard) -> Verdict {
    has_terminal(desk)?;
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, wanted.which.name()).await?;
    let ground = Ground {
        home: desk.home.clone(),
        engine,
        rehearsal: None,
    };
    let script = Script::default();
    show(desk, &wanted.screen, script, Scene::Dashboard(ground, name)).await
}

/// Plays the dashboard on a stage that is open already.
pub(super) async fn play_on(
    play: &mut Play<'_>,
    ground: Ground,
    name: &str,
) -> Result<Next, Trouble> {
    let desk = ground.desk(play.desk);
    let opened = open(
        &desk,
        ground.engine.clone(),
        name,
        ground.rehearsal.is_some(),
    )
    .await?;
    play.known.guard(opened.redactor.clone());
    let (ended, onward) = dashboard::play(
        &mut play.stage,
        opened.facts,
        opened.feed,
        opened.hands,
        opened.redactor,
    )
    .await
    .map_err(|error| no_terminal(&error))?;
    Ok(match (ended, onward) {
        (Ended::Program(code), _) => Next::End(None, code),
        (Ended::Left, Onward::Answers) => {
            let wish = Wish {
                name: Some(name.to_owned()),
                ..Wish::default()
            };
            let profile = session::profile(&ground.home, &wish)?.profile;
            Next::Scene(Box::new(Scene::Answers {
                profile: Box::new(profile),
                rehearsal: ground.rehearsal.is_some(),
            }))
        }
        (Ended::Left, Onward::Tour) => {
            let scene = Scene::Tour(ground, name.to_owned(), AfterTour::Dashboard);
            Next::Scene(Box::new(scene))
        }
        (Ended::Left, Onward::Shell) => {
            let words = ground.rehearsal.map(|_| rehearsed());
            Next::End(words, 0)
        }
    })
}

/// A dashboard that is ready to be played.
struct Opened {
    facts: Facts,
    feed: Feed,
    hands: Doing,
    redactor: Redactor,
}

async fn open(
    desk: &Desk,
    engine: DockerEngine,
    name: &str,
    rehearsal: bool,
) -> Result<Opened, Trouble> {
    // Without a folder (another user's deployment) there is less to show, but all of what runs.
    let looked = super::look::looked(desk, name).ok();
    let folder = desk.home.folder(name).ok();
    let endpoint = engine.info().await?.endpoint;
    let mode = if rehearsal {
        NOTICE
    } else {
        mode(&engine, name).await?
    };
    let facts = facts(name, mode, looked.as_ref(), folder.as_ref());
    let redactor = looked
        .as_ref()
        .map_or_else(|| Redactor::of([]), |looked| Redactor::new(&looked.secrets));
    let feed = live::follow(
        engine.clone(),
        name,
        secrets_of(folder.clone(), redactor.clone()),
    );
    let address = looked
        .as_ref()
        .map(|looked| session::gateway_address(&looked.stack.access.listen, &endpoint))
        .unwrap_or_default();
    let hands = Doing {
        engine,
        folder,
        stack: looked.map(|looked| Arc::new(looked.stack)),
        address,
    };
    Ok(Opened {
        facts,
        feed,
        hands,
        redactor,
    })
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
            _ => {}
        }
    }
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
