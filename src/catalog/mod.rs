//! What Ed-Fi publishes: releases, data standards, images, and how each image wants to be configured.
//!
//! All of it is data, one file a release in `assets/catalog/releases/`, embedded at build time.

mod model;
mod refused;

pub use model::{
    Certainty, Condition, DataStandard, DatabaseEntry, Dialect, ImageEntry, ImageKind, Release,
};

pub use refused::{Refusal, refusal};

mod files {
    include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
}

/// All releases that this program knows, oldest first.
#[derive(Debug, Clone)]
pub struct Catalog {
    releases: Vec<Release>,
}

/// A catalog file that cannot be used. Only a mistake in this repository can cause it.
#[derive(Debug, thiserror::Error)]
#[error("catalog file {file}: {reason}")]
pub struct CatalogError {
    /// File name.
    pub file: String,
    /// What is wrong.
    pub reason: String,
}

impl Catalog {
    /// Reads the embedded files.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::of(files::RELEASE_FILES)
    }

    /// Reads files: the name and the text of each.
    pub fn of(files: &[(&str, &str)]) -> Result<Self, CatalogError> {
        let mut releases = files
            .iter()
            .map(|(file, text)| {
                let release: Release =
                    serde_yaml::from_str(text).map_err(|error| CatalogError {
                        file: (*file).to_owned(),
                        reason: error.to_string(),
                    })?;
                if file.strip_suffix(".yml") == Some(release.release.as_str()) {
                    Ok(release)
                } else {
                    Err(CatalogError {
                        file: (*file).to_owned(),
                        reason: format!("is named otherwise than its release {}", release.release),
                    })
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        releases.sort_by_key(|release| version_key(&release.release));
        Ok(Self { releases })
    }

    /// The release of exactly that name.
    pub fn release(&self, name: &str) -> Option<&Release> {
        self.releases.iter().find(|release| release.release == name)
    }

    /// All releases, oldest first.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }
}

/// 7.10.0 comes after 7.9.0.
fn version_key(version: &str) -> Vec<u32> {
    version
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_readable_and_pinned() {
        let catalog = Catalog::embedded().unwrap();
        assert!(catalog.release("7.3.2").is_some());
        for release in catalog.releases() {
            for (role, image) in &release.images {
                let tag = image.tag.replace("{release}", &release.release);
                assert!(
                    tag.matches('.').count() >= 2,
                    "{role} of {} floats: {tag}",
                    release.release
                );
                assert!(!image.source.is_empty(), "{role} names no source");
            }
        }
    }

    #[test]
    fn only_release_6_speaks_the_old_dialect() {
        for release in Catalog::embedded().unwrap().releases() {
            let old = release.release.starts_with("6.");
            let dialect = if old { Dialect::V6 } else { Dialect::V7 };
            assert_eq!(release.dialect, dialect, "{}", release.release);
            let api = release.images.get("api").unwrap();
            assert_eq!(api.env.contains_key("API_MODE"), old);
            assert_eq!(api.connection_string.is_none(), old);
            assert_eq!(
                api.env.contains_key("ODS_CONNECTION_STRING_ENCRYPTION_KEY"),
                !old
            );
        }
    }

    #[test]
    fn versions_sort_by_number() {
        assert!(version_key("7.10.0") > version_key("7.9.3"));
    }
}
