//! Releases that are not set up, each with the reason and the way forward.

use std::sync::LazyLock;

use serde::Deserialize;

/// Why a release is refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// The releases: those whose version begins so, as in 5 or 7.1.
    pub series: Vec<String>,
    /// The end of a sentence that begins with the release: "is too old".
    pub reason: String,
    /// The way forward.
    pub help: String,
    /// Where this was read.
    pub source: String,
}

/// Why a release is refused, complete or not; nothing if it is not one of those that are known to be.
pub fn refusal(release: &str) -> Option<&'static Refusal> {
    let begins = |series: &str| {
        let rest = release.strip_prefix(series);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    ALL.iter()
        .find(|refusal| refusal.series.iter().any(|series| begins(series)))
}

// A test reads the file; what could not be read would refuse nothing.
static ALL: LazyLock<Vec<Refusal>> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> Result<Vec<Refusal>, serde_yaml::Error> {
    serde_yaml::from_str(include_str!("../../assets/catalog/refused.yml"))
}

#[cfg(test)]
mod tests {
    use super::super::Catalog;
    use super::*;

    #[test]
    fn the_old_and_the_other_are_refused_and_the_catalogs_own_are_not() {
        assert!(!read().unwrap().is_empty());
        for release in [
            "5.4", "5", "5.4.0", "6.1.0", "7.0", "7.1.1", "7.2.0", "7.3.1", "8.0.0",
        ] {
            let refusal = refusal(release).unwrap();
            assert!(
                refusal.reason.starts_with("is ") || refusal.reason.starts_with("has "),
                "{release}"
            );
            assert!(refusal.help.ends_with('.') && !refusal.reason.ends_with('.'));
            assert!(!refusal.source.is_empty());
        }
        for release in ["7", "7.3", "6", "7.30.1", "50.1.0", "latest", ""] {
            assert_eq!(refusal(release), None, "{release}");
        }
        for release in Catalog::embedded().unwrap().releases() {
            assert_eq!(refusal(&release.release), None, "{}", release.release);
        }
    }
}
