//! Opening a rehearsal: a simulated engine that knows a profile's services, and a home of its own
//! that goes with it. Nothing is written into the operator's home.

use std::net::TcpListener;

use jiff::Timestamp;

use crate::deployment::Home;
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::Pace;
use crate::engine::docker::DockerEngine;
use crate::engine::rehearsal::{FaultWish, Part, Place, Rehearsal, Role};
use crate::profile::{self, Loaded, Override, Profile};
use crate::stack::{Fill, Service, Stack, WantedDatabase};

use super::open::{self, Wish};
use super::trouble::{Kind, Trouble};

/// The profile that is rehearsed when none is named.
const USUAL_PROFILE: &str = "district-shared";
/// The only address on which a rehearsal's gateway listens.
const THIS_COMPUTER: &str = "127.0.0.1";

/// A rehearsal, ready to be brought up in.
#[derive(Debug)]
pub struct Rehearsing {
    /// The simulated engine itself: its faults, and its end when this value is dropped.
    pub rehearsal: Rehearsal,
    /// The ordinary adapter, connected to it.
    pub engine: DockerEngine,
    /// Where deployments live meanwhile.
    pub home: Home,
    /// The profile, with what a rehearsal changes in it.
    pub loaded: Loaded,
    /// What a rehearsal changed in it, each a sentence.
    pub changes: Vec<String>,
    _folder: tempfile::TempDir,
}

/// Opens a rehearsal of what the operator wishes. The profile is read from `home`, where the wish
/// is about a deployment; nothing else is, and nothing is written there.
pub async fn rehearse(
    home: &Home,
    wish: &Wish,
    faults: &[FaultWish],
    pace: Pace,
    seed: u64,
) -> Result<Rehearsing, Trouble> {
    let mut wish = usual(wish);
    let asked = open::profile(home, &wish)?;
    let (set, changes) = keep_to_this_computer(&wish.set, &asked.profile)?;
    wish.set.extend(set);
    let loaded = open::profile(home, &wish)?;
    begin(loaded, changes, faults, pace, seed).await
}

/// The profile that would be rehearsed, as it is.
pub fn rehearsed_profile(home: &Home, wish: &Wish) -> Result<Loaded, Trouble> {
    open::profile(home, &usual(wish))
}

fn usual(wish: &Wish) -> Wish {
    let mut wish = wish.clone();
    if wish.profile.is_none() && wish.name.is_none() {
        wish.profile = Some(USUAL_PROFILE.to_owned());
    }
    wish
}

/// Opens a rehearsal of a profile that is at hand.
pub async fn rehearse_profile(
    loaded: &Loaded,
    faults: &[FaultWish],
    pace: Pace,
    seed: u64,
) -> Result<Rehearsing, Trouble> {
    let (set, changes) = keep_to_this_computer(&[], &loaded.profile)?;
    let input = |findings| Trouble::all(Kind::Input, findings);
    let overrides: Result<Vec<_>, _> = set.iter().map(|set| Override::parse(set)).collect();
    let overrides = overrides.map_err(|wrong| input(vec![*wrong]))?;
    let source = &loaded.source;
    let reading = profile::read(&source.text, &source.file, &overrides).map_err(input)?;
    let loaded = Loaded {
        profile: reading.profile,
        warnings: loaded.warnings.clone(),
        source: source.clone(),
    };
    begin(loaded, changes, faults, pace, seed).await
}

async fn begin(
    loaded: Loaded,
    changes: Vec<String>,
    faults: &[FaultWish],
    pace: Pace,
    seed: u64,
) -> Result<Rehearsing, Trouble> {
    let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
    let home = Home::at(folder.path().join("home"));
    let stack = open::look(&home, &loaded.profile, Timestamp::now())?.stack;
    check_places(faults, &stack)?;
    let rehearsal = Rehearsal::start(pace, seed, parts(&stack)).map_err(|error| failed(&error))?;
    for fault in faults {
        rehearsal.strike(fault.clone());
    }
    Ok(Rehearsing {
        engine: rehearsal.engine().await?,
        rehearsal,
        home,
        loaded,
        changes,
        _folder: folder,
    })
}

fn failed(error: &std::io::Error) -> Trouble {
    let words = format!("The rehearsal cannot begin: {error}.");
    Trouble::new(
        Kind::Failed,
        Diagnostic::new("E-5077", Severity::Block, words)
            .help("Make room in the folder for temporary files, or name another one with TMPDIR."),
    )
}

/// The services of a stack as the simulated engine plays them.
pub fn parts(stack: &Stack) -> Vec<Part> {
    let part = |service: &Service| Part {
        service: service.name.clone(),
        image: service.image.clone(),
        image_mb: service.image_mb,
        memory_mb: service.memory_mb,
        role: role(stack, service),
    };
    stack.services.values().map(part).collect()
}

/// The databases that a server's image makes by itself at its first start.
fn image_databases(stack: &Stack, service: &Service) -> Vec<String> {
    let made = |database: &&WantedDatabase| {
        database.service == service.name && matches!(database.fill, Fill::Dump(_))
    };
    let wanted = stack.databases.wanted.iter().filter(made);
    wanted
        .map(|database| {
            // Our own templates are made from the same SQL under another name.
            let name = database.name.as_str();
            let published = name.strip_suffix("_Template").filter(|_| {
                !name.ends_with("_Minimal_Template") && !name.ends_with("_Populated_Template")
            });
            published.unwrap_or(name).to_owned()
        })
        .collect()
}

fn role(stack: &Stack, service: &Service) -> Role {
    let wanted = stack.databases.wanted.iter();
    let databases: Vec<String> = wanted
        .filter(|database| database.service == service.name)
        .map(|database| database.name.clone())
        .collect();
    match service.role.as_str() {
        _ if !databases.is_empty() => Role::Database(image_databases(stack, service)),
        _ if !service.ports.is_empty() => Role::Gateway,
        "api" => Role::Api,
        "cache" => Role::Cache,
        "admin-api" => Role::AdminApi,
        "sandbox-admin" => Role::SandboxAdmin,
        _ => Role::Pages,
    }
}

/// A rehearsal's gateway really listens: on this computer only, and on a port nobody uses, unless
/// the operator chose one for this run. Gives what is to be set for that, and what it changes.
fn keep_to_this_computer(
    set: &[String],
    profile: &Profile,
) -> Result<(Vec<String>, Vec<String>), Trouble> {
    let access = &profile.access;
    let mut more = Vec::new();
    let mut changes = Vec::new();
    if access.listen != THIS_COMPUTER {
        more.push(format!("access.listen={THIS_COMPUTER}"));
        changes.push(format!(
            "The gateway listens on {THIS_COMPUTER} only, not on {}.",
            access.listen
        ));
    }
    let chosen = set
        .iter()
        .any(|argument| argument.starts_with("access.port="));
    if !chosen {
        let port = TcpListener::bind((THIS_COMPUTER, 0))
            .and_then(|listener| listener.local_addr())
            .map_err(|error| failed(&error))?
            .port();
        more.push(format!("access.port={port}"));
        changes.push(format!(
            "The gateway uses port {port}, which is free, in place of {}; choose one with --set access.port=PORT.",
            access.port
        ));
    }
    Ok((more, changes))
}

fn check_places(faults: &[FaultWish], stack: &Stack) -> Result<(), Trouble> {
    for wish in faults {
        let Some(service) = wish.service() else {
            continue;
        };
        let fits = |service: &Service| match wish.fault.place() {
            Place::Data(_) => !service.mounts.is_empty(),
            Place::Service(_) | Place::Fixed => true,
        };
        if stack.services.get(service).is_some_and(fits) {
            continue;
        }
        let known: Vec<&str> = stack
            .services
            .values()
            .filter(|service| fits(service))
            .map(|service| service.name.as_str())
            .collect();
        let words = sentence(&format!(
            "the fault {} cannot strike at {service}",
            wish.fault
        ));
        return Err(Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5078", Severity::Block, words).help(format!(
                "It can at: {}. Name one, as in --fault {}={}.",
                known.join(", "),
                wish.fault,
                known.first().unwrap_or(&"api")
            )),
        ));
    }
    Ok(())
}
