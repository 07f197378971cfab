//! The beginning: what was found on this machine, and what there is to go on with.

use crate::checks;
use crate::engine::docker::{DockerEngine, Environment};
use crate::interview::{Context, Interview, Keeping};
use crate::plain::ask::Asker;
use crate::session::{self, Wish};

use super::super::Desk;
use super::super::args::Setup;
use super::super::status;
use super::{Beside, Over, Talk, around};

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
    let mut context = around::context(&desk.home, &setup.practice_prefix)?;
    if let Ok(engine) = &engine {
        context.taken_names = around::taken_names(&desk.home, engine).await?;
        context.engine_memory_mb = around::memory_mb(engine).await;
    }
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
    let registry = match &engine {
        Ok(engine) => {
            asker.findings(&around::machine(&desk.home, engine, &context).await?);
            let (findings, registry) = around::registry(&desk.home, engine, &context).await?;
            asker.findings(&findings);
            registry
        }
        Err(error) => {
            asker.findings(&[checks::no_engine(error)]);
            None
        }
    };
    context.registry_answers = registry;
    if registry == Some(false) {
        asker.say(
            "    → ",
            "Practice images can be made on this computer instead; the questions propose them.",
        );
    }
    let mut kept = false;
    let interview = match named {
        Some(profile) => Interview::open(context, profile),
        None => match choose(desk, &mut asker, &context).await? {
            Way::Draft(interview) => {
                kept = true;
                *interview
            }
            Way::Anew => Interview::new(context),
            Way::Deployment(name) => {
                let verdict = status::status(desk, Some(&name)).await;
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
        keeping: if kept {
            Keeping::of_kept(&interview)
        } else {
            Keeping::of_others(&interview)
        },
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

/// Lets the operator choose where there is something to choose.
async fn choose(desk: &Desk, asker: &mut Asker<'_>, context: &Context) -> Result<Way, Over> {
    let mut ways = Vec::new();
    let mut words = Vec::new();
    match around::draft(&desk.home, context) {
        Ok(Some(interview)) => {
            words.push(draft_in_words(&interview));
            ways.push(Way::Draft(Box::new(interview)));
        }
        Ok(None) => {}
        Err(finding) => asker.diagnostic(&finding),
    }
    for name in around::own_deployments(&desk.home)? {
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
