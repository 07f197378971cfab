//! The beginning: what was found on this machine, and what there is to go on with.

use std::path::Path;

use crate::checks::{self, Finding};
use crate::deployment;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::Engine;
use crate::engine::docker::{DockerEngine, Environment};
use crate::interview::{Context, Interview};
use crate::plain::ask::Asker;
use crate::session::{self, Kind, Trouble, Wish};

use super::super::args::Setup;
use super::super::look;
use super::super::{Desk, now};
use super::{Beside, Over, Talk};

/// How it began.
pub(super) enum Begun<'a> {
    /// With an interview.
    Talk(Box<Talk<'a>>),
    /// With something else that is done already.
    Elsewhere(u8),
}

/// Something to go on with.
enum Way {
    Draft(Box<Interview>),
    Deployment(String),
    Anew,
}

/// Greets, looks around, and finds out where to begin.
pub(super) async fn begin<'a>(
    desk: &'a Desk,
    mut asker: Asker<'a>,
    setup: &Setup,
) -> Result<Begun<'a>, Over> {
    let engine = DockerEngine::connect(&Environment::of_process()).await;
    let mut context = context(desk, engine.as_ref().ok(), setup).await?;
    // A profile that cannot be read is said before anything else.
    let named = match &setup.profile {
        Some(name) => Some(named(desk, name)?),
        None => None,
    };
    asker.gap();
    asker.say(
        "",
        "edfi-setup sets up the Ed-Fi platform on this computer. It asks about ten questions, shows what it will \
         create, and starts nothing before you say so. Going back never loses an answer.",
    );
    asker.say(
        "",
        "These words are understood everywhere: back, help, why, review, quit.",
    );
    asker.gap();
    asker.say("", "What was found here");
    let (findings, registry) = look_around(desk, engine.as_ref(), &context).await?;
    asker.findings(&findings);
    context.registry_answers = registry;
    if registry == Some(false) {
        asker.say(
            "    → ",
            "Practice images can be made on this computer instead; the questions propose them.",
        );
    }
    let interview = match named {
        Some(profile) => Interview::open(context, profile),
        None => match choose(desk, &mut asker, &context).await? {
            Way::Draft(interview) => *interview,
            Way::Anew => Interview::new(context),
            Way::Deployment(name) => {
                let verdict = look::status(desk, Some(&name)).await;
                if let Err(trouble) = &verdict {
                    desk.printer.findings(&trouble.findings, &trouble.text);
                }
                let change = [
                    format!("Leave {name} as it is"),
                    format!("Change the answers of {name}"),
                ];
                if asker.choose("And now?", &change).await? == 0 {
                    return verdict.map(Begun::Elsewhere).map_err(Over::from);
                }
                let wish = Wish {
                    name: Some(name),
                    ..Wish::default()
                };
                Interview::open(context, session::profile(&desk.home, &wish)?.profile)
            }
        },
    };
    Ok(Begun::Talk(Box::new(Talk {
        // What is on the disk stays there until something is answered otherwise.
        kept: interview.draft(),
        desk,
        asker,
        interview,
        engine: engine.ok(),
        beside: Beside::default(),
        shown: false,
        verdict: None,
    })))
}

fn named(desk: &Desk, name: &str) -> Result<crate::profile::Profile, Over> {
    let wish = Wish {
        profile: Some(name.to_owned()),
        ..Wish::default()
    };
    Ok(session::profile(&desk.home, &wish)?.profile)
}

/// What questions, defaults and choices depend on.
async fn context(
    desk: &Desk,
    engine: Option<&DockerEngine>,
    setup: &Setup,
) -> Result<Context, Over> {
    let mut context = Context::new(&session::catalog()?);
    context.taken_names = own_deployments(desk)?;
    if let Some(engine) = engine {
        context
            .taken_names
            .extend(engine.deployments().await.unwrap_or_default());
    }
    context.computer_name = computer_name();
    context.folder = std::env::current_dir().unwrap_or_else(|_| "/".into());
    context.practice.clone_from(&setup.practice_prefix);
    Ok(context)
}

fn own_deployments(desk: &Desk) -> Result<Vec<String>, Over> {
    desk.home
        .list()
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()).into())
}

/// The name this computer gives itself, where it could be a host name.
fn computer_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    let change = crate::profile::setting("access.host", name).ok()?;
    let good = crate::profile::check(&change).is_ok();
    good.then(|| name.to_owned())
}

/// What was found, and whether the registry answers if somebody could ask it. Ports are looked at
/// when one was chosen.
async fn look_around(
    desk: &Desk,
    engine: Result<&DockerEngine, &crate::engine::EngineError>,
    context: &Context,
) -> Result<(Vec<Finding>, Option<bool>), Over> {
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => return Ok((vec![checks::no_engine(error)], None)),
    };
    let usual = Interview::new(Context {
        registry_answers: Some(true),
        ..context.clone()
    });
    let profile = usual
        .profile()
        .map_err(|findings| Trouble::all(Kind::Failed, findings))?
        .profile;
    let stack = session::look(&desk.home, &profile, now())?.stack;
    let mut needs = session::needs(&stack);
    needs.ports.clear();
    // The first image speaks for the registry: where it cannot be reached, the others only take time.
    needs.images.truncate(1);
    let obtainable = |image: String| async move { look::registry_answer(engine, &image).await };
    let facts = checks::gather(Ok(engine), &needs, obtainable).await;
    let mut findings = checks::judge(&facts, &needs);
    let registry = findings
        .iter()
        .find(|finding| finding.diagnostic.code.starts_with("C-4"))
        .map(|finding| !finding.blocks());
    for finding in &mut findings {
        if finding.diagnostic.code.starts_with("C-4") {
            "images".clone_into(&mut finding.subject);
        }
    }
    Ok((findings, registry))
}

/// Lets the operator choose where there is something to choose.
async fn choose(desk: &Desk, asker: &mut Asker<'_>, context: &Context) -> Result<Way, Over> {
    let mut ways = Vec::new();
    let mut words = Vec::new();
    match draft(desk, context) {
        Ok(Some(interview)) => {
            words.push(draft_in_words(&interview));
            ways.push(Way::Draft(Box::new(interview)));
        }
        Ok(None) => {}
        Err(finding) => asker.diagnostic(&finding),
    }
    for name in own_deployments(desk)? {
        words.push(format!("Look at {name}, which exists"));
        ways.push(Way::Deployment(name));
    }
    if ways.is_empty() {
        return Ok(Way::Anew);
    }
    let anew = "Set up a new one, from the first question";
    words.push(match ways.first() {
        Some(Way::Draft(_)) => format!("{anew}; its first answer replaces those that are kept"),
        _ => anew.to_owned(),
    });
    ways.push(Way::Anew);
    let chosen = asker.choose("What would you like to do?", &words).await?;
    Ok(ways.into_iter().nth(chosen).unwrap_or(Way::Anew))
}

fn draft_in_words(interview: &Interview) -> String {
    let name = interview.effective("name").unwrap_or_default();
    let summary = interview.summary();
    let given = summary.iter().filter(|row| row.given).count();
    match given {
        1 => format!("Go on with {name}: one answer is there"),
        given => format!("Go on with {name}: {given} answers are there"),
    }
}

fn draft(desk: &Desk, context: &Context) -> Result<Option<Interview>, Box<Diagnostic>> {
    let Some(text) =
        deployment::read_draft(&desk.home).map_err(|error| Box::new(error.diagnostic()))?
    else {
        return Ok(None);
    };
    match Interview::resume(context.clone(), &text) {
        Ok(interview) => {
            let untouched = interview == Interview::new(context.clone());
            Ok((!untouched).then_some(interview))
        }
        Err(error) => Err(Box::new(
            Diagnostic::new(
                "E-5068",
                Severity::Warn,
                crate::diagnostic::sentence(&error.to_string()),
            )
            .help(format!(
                "The questions begin anew. The old answers stay in {} until the first new one.",
                shown(&desk.home.draft())
            )),
        )),
    }
}

fn shown(path: &Path) -> String {
    deployment::file::shell_word(path)
}
