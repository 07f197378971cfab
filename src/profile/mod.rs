//! The profile: one YAML file that says what the operator wants.
//!
//! `load` goes from a name or path to a [`Profile`], or to everything that is wrong with it. On the
//! way a text becomes a tree whose parts know their places (`yaml`), `--set` arguments are put over
//! it (`overrides`), and every value is checked against the shape of its field (`shape`, derived
//! from the model) and the rules for its form (`rules`).

pub mod codes;
mod decode;
mod field;
mod model;
mod overrides;
mod pattern;
mod problems;
mod reference;
mod reference_page;
mod rules;
mod shape;
mod source;
mod suggest;
mod together;
mod warnings;
mod yaml;

use std::fmt;
use std::path::Path;

use crate::diagnostic::{Diagnostic, Severity, draw};

pub use field::{Values, check, differences, joined, listed, setting, tidy, told, usual};
pub use model::*;
pub use overrides::Override;
pub use reference_page::reference_page;
pub use shape::schema;
pub use source::{LARGEST, Source, built_in, find, from_bytes};
pub use yaml::write;

/// A profile that was read, and what should be known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The profile.
    pub profile: Profile,
    /// Things that work, but somebody should look at.
    pub warnings: Vec<Diagnostic>,
}

/// A profile with its source, for callers who show messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The profile.
    pub profile: Profile,
    /// Things that work, but somebody should look at.
    pub warnings: Vec<Diagnostic>,
    /// Where it came from.
    pub source: Source,
}

impl Loaded {
    /// The warnings, drawn. Empty if there are none.
    pub fn draw(&self, colour: bool) -> String {
        draw(&self.warnings, &self.source.text, colour)
    }
}

/// A profile that cannot be used, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// What is wrong, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// Where it came from, as far as it could be read.
    pub source: Source,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be used.", self.source.file.display())?;
        self.diagnostics
            .iter()
            .try_for_each(|diagnostic| write!(f, " {diagnostic}"))
    }
}

impl std::error::Error for Rejected {}

impl Rejected {
    /// Everything that is wrong, drawn.
    pub fn draw(&self, colour: bool) -> String {
        draw(&self.diagnostics, &self.source.text, colour)
    }
}

/// Finds a profile by the name of a built-in one or by its path, and reads it.
pub fn load(name_or_path: &str, overrides: &[Override]) -> Result<Loaded, Box<Rejected>> {
    let source = find(name_or_path)?;
    match read(&source.text, &source.file, overrides) {
        Ok(Reading { profile, warnings }) => Ok(Loaded {
            profile,
            warnings,
            source,
        }),
        Err(diagnostics) => Err(Box::new(Rejected {
            diagnostics,
            source,
        })),
    }
}

/// Reads a profile from its text. `file` is what messages call it.
///
/// On failure the result holds all problems that could be found in one go, in the order of the
/// file, warnings among them.
pub fn read(text: &str, file: &Path, overrides: &[Override]) -> Result<Reading, Vec<Diagnostic>> {
    let arguments: Vec<String> = overrides
        .iter()
        .map(|change| change.argument().to_owned())
        .collect();
    let mut problems = problems::Problems::new(text, file, &arguments);
    let Some(mut root) = yaml::tree(text, &mut problems) else {
        return Err(problems.finish());
    };
    overrides::apply(&mut root, overrides, &mut problems);
    let value = decode::decode(&root, shape::Shape::profile(), &mut problems);
    if problems.blocking() {
        return Err(problems.finish());
    }
    match yaml::profile(value) {
        Ok(profile) => {
            together::add(&profile, &root, &mut problems);
            if problems.blocking() {
                return Err(problems.finish());
            }
            warnings::add(&profile, &root, &mut problems);
            Ok(Reading {
                profile,
                warnings: problems.finish(),
            })
        }
        // The shape comes from the model, so this does not happen; if it ever does, say it.
        Err(error) => Err(vec![Diagnostic::new(
            codes::WRONG_KIND,
            Severity::Block,
            format!("The profile does not fit together: {error}."),
        )]),
    }
}
