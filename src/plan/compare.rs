//! What differs between a container that is there and the service it should be.

use crate::engine::{ImageInfo, ObservedContainer, Phase};
use crate::stack::{Service, Stack};

use super::labels::LABEL_SPEC;
use super::spec::{Description, describe};

/// What to do with a container that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Runs as it should.
    Keep,
    /// Is as it should be, but does not run.
    Start(Vec<String>),
    /// Must be made anew.
    Recreate(Vec<String>),
}

/// Compares a container with its service. `image` is what the wanted name means on the engine now.
pub(super) fn compare(
    stack: &Stack,
    service: &Service,
    container: &ObservedContainer,
    image: Option<&ImageInfo>,
) -> Verdict {
    match container.state.phase {
        // Files are placed after the creation and before the first start, so a container that
        // never ran may lack them.
        Phase::Created => {
            return Verdict::Recreate(vec!["an interrupted run left it half made".to_owned()]);
        }
        Phase::Dead => {
            return Verdict::Recreate(vec![
                "the engine could not remove it and gave it up".to_owned(),
            ]);
        }
        _ => {}
    }
    let causes = differences(stack, service, container, image);
    if !causes.is_empty() {
        return Verdict::Recreate(causes);
    }
    match container.state.phase {
        Phase::Running => Verdict::Keep,
        Phase::Restarting => {
            Verdict::Start(vec!["it keeps stopping and being started again".to_owned()])
        }
        Phase::Paused => Verdict::Start(vec!["it is paused".to_owned()]),
        _ => Verdict::Start(vec![match container.state.exit_code {
            Some(code) => format!("it is stopped (exit code {code})"),
            None => "it is stopped".to_owned(),
        }]),
    }
}

fn differences(
    stack: &Stack,
    service: &Service,
    container: &ObservedContainer,
    image: Option<&ImageInfo>,
) -> Vec<String> {
    let wanted = describe(stack, service);
    let Some(found) = container
        .labels
        .get(LABEL_SPEC)
        .and_then(|text| serde_json::from_str::<Description>(text).ok())
    else {
        return vec!["it carries no description that this version understands".to_owned()];
    };
    let mut causes = Vec::new();
    if found.image != wanted.image {
        causes.push(format!(
            "image changes from {} to {}",
            found.image, wanted.image
        ));
    } else if image.is_some_and(|image| image.id != container.image_id) {
        causes.push("another image now has its name".to_owned());
    }
    compare_maps("setting", &found.env, &wanted.env, &mut causes);
    compare_maps("file", &found.files, &wanted.files, &mut causes);
    if found.ports != wanted.ports {
        causes.push(format!(
            "port changes from {} to {}",
            list(&found.ports),
            list(&wanted.ports)
        ));
    }
    if causes.is_empty() && found.rest != wanted.rest {
        causes.push("logging, health check, volumes or network changed".to_owned());
    }
    causes
}

fn compare_maps(
    kind: &str,
    found: &std::collections::BTreeMap<String, String>,
    wanted: &std::collections::BTreeMap<String, String>,
    causes: &mut Vec<String>,
) {
    for (name, value) in wanted {
        match found.get(name) {
            None => causes.push(format!("{kind} {name} is new")),
            Some(old) if old != value => causes.push(format!("{kind} {name} changed")),
            Some(_) => {}
        }
    }
    for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
        causes.push(format!("{kind} {name} goes away"));
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}
