//! What the interview has to know of the world; a face finds it out beforehand.

use std::path::PathBuf;

use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::profile::UseCase;

/// A release that can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnOffer {
    /// Complete version.
    pub release: String,
    /// Until when Ed-Fi supports it.
    pub supported_until: String,
    /// Data standards it was built for, the usual one first.
    pub data_standards: Vec<String>,
    /// Use cases it can serve.
    pub use_cases: Vec<UseCase>,
}

/// The world, as far as questions, defaults and choices depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Releases, the usual one first.
    pub releases: Vec<OnOffer>,
    /// Names that other deployments have already.
    pub taken_names: Vec<String>,
    /// Name under which other computers know this one, if it has told.
    pub computer_name: Option<String>,
    /// Folder in which names of files begin.
    pub folder: PathBuf,
    /// Where practice images stand, as a registry.
    pub practice: String,
    /// Whether the registry can be reached, if somebody has tried.
    pub registry_answers: Option<bool>,
    /// The present school year, by the year in which it ends.
    pub school_year: Option<u16>,
    /// Memory of the engine's machine, in megabytes, if it could be asked.
    pub engine_memory_mb: Option<u64>,
}

/// The school year of a day, by the year in which it ends. School years end with July.
pub fn school_year(day: Date) -> Option<u16> {
    const LAST_MONTH: i8 = 7;
    let year = u16::try_from(day.year()).ok()?;
    Some(if day.month() > LAST_MONTH {
        year + 1
    } else {
        year
    })
}

impl Context {
    /// A world in which nothing else is known.
    pub fn new(catalog: &Catalog) -> Self {
        let releases = catalog.releases().iter().rev().map(|release| OnOffer {
            release: release.release.clone(),
            supported_until: release.supported_until.clone(),
            data_standards: release
                .data_standards
                .iter()
                .map(|standard| standard.id.clone())
                .collect(),
            use_cases: release.serves(),
        });
        Self {
            releases: releases.collect(),
            taken_names: Vec::new(),
            computer_name: None,
            folder: PathBuf::from("/"),
            practice: crate::practice::PREFIX.to_owned(),
            registry_answers: None,
            school_year: None,
            engine_memory_mb: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_school_year_ends_with_july() {
        assert_eq!(school_year(date(2026, 7, 31)), Some(2026));
        assert_eq!(school_year(date(2026, 8, 1)), Some(2027));
        assert_eq!(school_year(date(2027, 1, 1)), Some(2027));
        assert_eq!(school_year(date(-1, 1, 1)), None);
    }
}
