//! Which variable of the `.env` file holds which secret.
//!
//! Every name begins with `EDFI_`: Compose prefers the shell's own variables to the file, and nobody has
//! these by accident.

use crate::deployment::Secret;
use crate::stack::{Client, Stack};

/// A secret under the name that Compose knows it by.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    /// Name.
    pub name: String,
    /// Value.
    pub value: Secret,
    /// Where it is used, for people.
    pub used_by: Vec<String>,
}

/// All variables of one export.
#[derive(Debug, Default)]
pub(super) struct Variables {
    list: Vec<Variable>,
    /// Variable by service and by the place in it: a setting's name, or a file's path.
    places: Vec<(String, String, String)>,
}

impl Variables {
    /// The secrets in the services' settings and private files.
    pub(super) fn of(stack: &Stack) -> Self {
        let mut variables = Self::default();
        for service in stack.services.values() {
            for (setting, value) in service.env.iter().filter(|(_, value)| value.secret) {
                let names = [
                    format!("EDFI_{}", upper(setting)),
                    format!("EDFI_{}_{}", upper(&service.name), upper(setting)),
                ];
                variables.place(&service.name, setting, &value.value, &names);
            }
            for file in service.files.iter().filter(|file| !is_public(file.mode)) {
                let last = file.path.rsplit('/').next().unwrap_or(&file.path);
                let names = [
                    format!("EDFI_{}_{}", upper(&service.name), upper(last)),
                    format!("EDFI_{}_{}", upper(&service.name), upper(&file.path)),
                ];
                variables.place(&service.name, &file.path, &file.content, &names);
            }
        }
        variables
    }

    /// Every variable, in the order of the services.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Variable> {
        self.list.iter()
    }

    /// The variable with the secret of that place in a service.
    pub(super) fn name(&self, service: &str, place: &str) -> Option<&str> {
        self.places
            .iter()
            .find(|(own, there, _)| own == service && there == place)
            .map(|(_, _, name)| name.as_str())
    }

    /// The first of these names that is free, or holds the same value already.
    fn place(&mut self, service: &str, place: &str, value: &Secret, names: &[String]) {
        let last = names.last().cloned().unwrap_or_default();
        let numbered = (2_u32..).map(|number| format!("{last}_{number}"));
        let name = names.iter().cloned().chain(numbered).find(|name| {
            let there = self.list.iter().find(|variable| variable.name == *name);
            there.is_none_or(|variable| variable.value == *value)
        });
        let Some(name) = name else {
            return;
        };
        self.places
            .push((service.to_owned(), place.to_owned(), name.clone()));
        match self.list.iter_mut().find(|variable| variable.name == name) {
            Some(variable) if variable.used_by.iter().any(|user| user == service) => {}
            Some(variable) => variable.used_by.push(service.to_owned()),
            None => self.list.push(Variable {
                name,
                value: value.clone(),
                used_by: vec![service.to_owned()],
            }),
        }
    }
}

/// Whether a file of that mode is for every reader in its container.
pub(super) fn is_public(mode: u32) -> bool {
    mode & 0o004 != 0
}

/// Names of the two variables that tell the reader a client's key and secret. No service uses them.
pub(super) fn client_variables(client: &Client) -> [String; 2] {
    ["KEY", "SECRET"].map(|part| format!("EDFI_{}_{part}", upper(&client.name)))
}

/// Letters and digits in upper case, everything else as one underscore.
fn upper(name: &str) -> String {
    let words: Vec<String> = name
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect();
    words.join("_")
}
