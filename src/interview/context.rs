//! What the interview has to know of the world; a face finds it out beforehand.

use std::path::PathBuf;

use crate::catalog::Catalog;

/// A release that can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnOffer {
    /// Complete version.
    pub release: String,
    /// Until when Ed-Fi supports it.
    pub supported_until: String,
    /// Data standards it was built for, the usual one first.
    pub data_standards: Vec<String>,
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
        });
        Self {
            releases: releases.collect(),
            taken_names: Vec::new(),
            computer_name: None,
            folder: PathBuf::from("/"),
            practice: crate::practice::PREFIX.to_owned(),
            registry_answers: None,
        }
    }
}
