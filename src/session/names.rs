//! Which deployment a command is about.

use std::collections::BTreeSet;

use crate::deployment::{Home, check_name};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::Engine;

use super::trouble::{Kind, Trouble};

/// The deployment of that name, or the only one there is: on the engine, or with a folder here.
pub async fn existing<E: Engine>(
    engine: &E,
    home: &Home,
    name: Option<&str>,
) -> Result<String, Trouble> {
    let own = home
        .list()
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?;
    // Somebody else's deployment on the same engine does not make ours ambiguous.
    if let (None, [only]) = (name, own.as_slice()) {
        return Ok(only.clone());
    }
    if let Some(name) = name.filter(|name| own.iter().any(|own| own == name)) {
        return Ok(name.to_owned());
    }
    let mut known: BTreeSet<String> = engine.deployments().await?.into_iter().collect();
    known.extend(own);
    if let Some(name) = name {
        check_name(name).map_err(|error| {
            Trouble::new(
                Kind::Input,
                Diagnostic::new("E-5010", Severity::Block, sentence(&error.to_string())),
            )
        })?;
        if known.contains(name) {
            return Ok(name.to_owned());
        }
        return Err(Trouble::new(
            Kind::Input,
            Diagnostic::new(
                "E-5011",
                Severity::Block,
                format!("There is no deployment named {name}."),
            )
            .help(choices(&known)),
        ));
    }
    let mut names = known.iter();
    match (names.next(), names.next()) {
        // With no folder here it may be somebody else's: it has to be named.
        (Some(_), None) => Err(Trouble::new(
            Kind::Input,
            Diagnostic::new(
                "E-5014",
                Severity::Block,
                "There is a deployment on this engine, but it was not made by this user; say its name if you mean it.",
            )
            .help(choices(&known)),
        )),
        (None, _) => Err(Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5012", Severity::Block, "There is no deployment yet.")
                .help("Make one to try things out with: edfi-setup demo. Or a real one with: edfi-setup up district-shared."),
        )),
        _ => Err(Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5013", Severity::Block, "There are several deployments; say which one you mean.").help(choices(&known)),
        )),
    }
}

fn choices(known: &BTreeSet<String>) -> String {
    if known.is_empty() {
        return "There is none at all yet.".to_owned();
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    format!("There are: {}. Name one with --name.", names.join(", "))
}
