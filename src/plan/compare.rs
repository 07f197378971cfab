//! What differs between a container that is there and the service it should be.

use std::collections::BTreeMap;

use crate::engine::{ImageInfo, ObservedContainer, Phase};
use crate::stack::{GATEWAY_SWITCH, Service, Stack};

use super::labels::LABEL_SPEC;
use super::spec::{Description, describe, takes_files_in};

/// What to do with a container that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Runs as it should.
    Keep,
    /// Runs, and can take in the files that changed while it goes on.
    Reload(Vec<String>),
    /// Is as it should be, but does not run.
    Start(Vec<String>),
    /// Must be made anew.
    Recreate {
        causes: Vec<String>,
        /// Whether the old one may go on serving beside a new one: same release, same addresses, same keys.
        beside: bool,
    },
}

impl Verdict {
    /// To be made anew, and the old one is of no use meanwhile.
    pub fn recreate(cause: &str) -> Self {
        Self::Recreate {
            causes: vec![cause.to_owned()],
            beside: false,
        }
    }
}

/// Settings of the API that its copies must have in common: those that decide its addresses, and the
/// key with which it writes into the database.
const IN_COMMON: [&str; 6] = [
    "PATH_BASE",
    "ODS_CONNECTION_STRING_ENCRYPTION_KEY",
    "ApiSettings__OdsContextRouteTemplate",
    "FeatureManagement__MultiTenancy",
    "API_MODE",
    "ApiSettings__Mode",
];

/// Compares a container with its service. `image` is what the wanted name means on the engine now;
/// `live` the files that it took in last, as far as it tells.
pub(super) fn compare(
    stack: &Stack,
    service: &Service,
    container: &ObservedContainer,
    image: Option<&ImageInfo>,
    live: Option<&BTreeMap<String, String>>,
) -> Verdict {
    match container.state.phase {
        // Files are placed after the creation and before the first start, so a container that
        // never ran may lack them.
        Phase::Created => {
            return Verdict::recreate("an interrupted run left it half made");
        }
        Phase::Dead => {
            return Verdict::recreate("the engine could not remove it and gave it up");
        }
        _ => {}
    }
    let running = container.state.phase == Phase::Running;
    let Some(differences) = differences(stack, service, container, image) else {
        return Verdict::recreate("it carries no description that this version understands");
    };
    let mut causes = differences.causes;
    let mut files = differences.files;
    let mut takes_in = false;
    if takes_files_in(service) {
        let wanted = describe(stack, service).files;
        match live {
            // What it took in since counts, not what it was made with.
            Some(live) if running => {
                files.clear();
                compare_maps("file", live, &wanted, &mut files);
                takes_in = live.keys().eq(wanted.keys());
                name_the_switch(live, &wanted, &mut files);
            }
            // Starting it places the files anew.
            _ if !running => files.clear(),
            _ => {}
        }
    }
    if causes.is_empty() && takes_in && !files.is_empty() && !differences.rest {
        return Verdict::Reload(files);
    }
    let beside = differences.beside && running;
    causes.splice(differences.place..differences.place, files);
    if causes.is_empty() && differences.rest {
        causes.push("logging, health check, volumes or network changed".to_owned());
    }
    if !causes.is_empty() {
        return Verdict::Recreate { causes, beside };
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

/// A changed switch is no change of the profile: a run that was interrupted left it.
fn name_the_switch(
    live: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
    causes: &mut [String],
) {
    if live.get(GATEWAY_SWITCH) == wanted.get(GATEWAY_SWITCH) {
        return;
    }
    for cause in causes {
        if cause.contains(GATEWAY_SWITCH) {
            "an interrupted run left some copies of the API out".clone_into(cause);
        }
    }
}

/// What differs, in words.
struct Differences {
    causes: Vec<String>,
    /// Those of files.
    files: Vec<String>,
    /// Where those of files belong among the others.
    place: usize,
    /// Whether anything else differs.
    rest: bool,
    beside: bool,
}

fn differences(
    stack: &Stack,
    service: &Service,
    container: &ObservedContainer,
    image: Option<&ImageInfo>,
) -> Option<Differences> {
    let wanted = describe(stack, service);
    let text = container.labels.get(LABEL_SPEC)?;
    let found: Description = serde_json::from_str(text).ok()?;
    let mut causes = Vec::new();
    let mut beside = found.ports == wanted.ports;
    if found.image != wanted.image {
        causes.push(format!(
            "image changes from {} to {}",
            found.image, wanted.image
        ));
        // The same from another registry is the same release.
        let name = |image: &str| image.rsplit('/').next().unwrap_or_default().to_owned();
        beside &= name(&found.image) == name(&wanted.image);
    } else if image.is_some_and(|image| image.id != container.image_id) {
        causes.push("another image now has its name".to_owned());
    }
    compare_maps("setting", &found.env, &wanted.env, &mut causes);
    beside &= IN_COMMON
        .iter()
        .all(|name| found.env.get(*name) == wanted.env.get(*name));
    let place = causes.len();
    let mut files = Vec::new();
    compare_maps("file", &found.files, &wanted.files, &mut files);
    if found.ports != wanted.ports {
        causes.push(format!(
            "port changes from {} to {}",
            list(&found.ports),
            list(&wanted.ports)
        ));
    }
    Some(Differences {
        causes,
        files,
        place,
        rest: found.rest != wanted.rest,
        beside,
    })
}

fn compare_maps(
    kind: &str,
    found: &BTreeMap<String, String>,
    wanted: &BTreeMap<String, String>,
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
