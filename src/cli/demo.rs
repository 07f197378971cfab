//! `demo`: a try-out with sample data, without questions.

use std::time::Duration;

use crate::checks;
use crate::engine::docker::{DockerEngine, Environment};
use crate::engine::{Engine, EngineError};
use crate::practice;
use crate::profile::Loaded;
use crate::session::{self, Trouble, Wish};
use crate::stack::Stack;

use super::args::Demo;
use super::look::registry_answer;
use super::up::{Ask, bring_up};
use super::{Desk, Verdict, now};

/// Sets the demo up.
pub(super) async fn demo(desk: &Desk, demo: Demo) -> Verdict {
    let engine = match DockerEngine::connect(&Environment::of_process()).await {
        Ok(engine) => engine,
        // Practice images were asked for by name, so something else will not do in their place.
        Err(error @ EngineError::Unreachable { .. }) if !demo.practice => {
            let why = checks::no_engine(&error).diagnostic;
            // Boxed: a demo that finds an engine need not carry it about.
            return Box::pin(super::rehearse::instead_of_demo(desk, demo, why)).await;
        }
        Err(error) => return Err(error.into()),
    };
    let mut wish = Wish {
        profile: Some("demo".to_owned()),
        name: demo.name,
        set: demo.set,
    };
    let mut loaded = session::profile(&desk.home, &wish)?;
    let images = &loaded.profile.images;
    // Practice images are made only under names that no registry elsewhere can have.
    let prefix = images
        .registry
        .clone()
        .filter(|registry| demo.practice && registry.starts_with("localhost/"));
    let chosen = prefix.is_none() && (images.registry.is_some() || !images.replace.is_empty());
    let prefix = prefix.unwrap_or_else(|| practice::PREFIX.to_owned());
    if !chosen && let Some(reason) = why_practice(desk, &engine, &loaded, demo.practice).await? {
        desk.printer.say(format!(
                "{reason} This demo runs practice images made here: real PostgreSQL and nginx, and small stand-ins for Ed-Fi's own programs."
            ));
        super::practice::build(desk, &engine, &prefix, Duration::ZERO, None).await?;
        wish.set.push(format!("images.registry={prefix}"));
        loaded = session::profile(&desk.home, &wish)?;
    }
    bring_up(desk, &engine, &loaded, "demo", Ask::No).await
}

/// Why practice images have to do, or nothing if the real ones can be had.
async fn why_practice(
    desk: &Desk,
    engine: &DockerEngine,
    loaded: &Loaded,
    asked: bool,
) -> Result<Option<String>, Trouble> {
    if asked {
        return Ok(Some("As you asked:".to_owned()));
    }
    // A demo that runs practice images goes on with them: its data was made by them.
    let wish = Wish {
        name: Some(loaded.profile.name.clone()),
        ..Wish::default()
    };
    if let Ok(last) = session::profile(&desk.home, &wish)
        && last.profile.images.registry.as_deref() == Some(practice::PREFIX)
    {
        return Ok(Some("This demo was made with practice images.".to_owned()));
    }
    let stack = session::look(&desk.home, &loaded.profile, now())?.stack;
    Ok(first_missing(engine, &stack)
        .await?
        .map(|reason| format!("The real images cannot be had ({reason}).")))
}

/// The first reason why an image cannot be had. The first image speaks for the registry: when it
/// cannot be reached, asking for the others only takes time.
async fn first_missing(engine: &DockerEngine, stack: &Stack) -> Result<Option<String>, Trouble> {
    for reference in stack.images() {
        if engine.image(&reference).await?.is_some() {
            continue;
        }
        if let Err(error) = registry_answer(engine, &reference).await {
            return Ok(Some(error.to_string()));
        }
    }
    Ok(None)
}
