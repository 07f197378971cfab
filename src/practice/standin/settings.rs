//! Settings as a .NET program in a container sees them: environment variables over `appsettings.NAME.json` over defaults.
//!
//! A double underscore in a variable's name stands for the colon between two levels, and configuration names ignore case.
//! The names that start scripts read (`POSTGRES_USER`, …) are plain and do not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::crash::Crash;

/// Everything a stand-in was told.
#[derive(Clone, Default)]
pub struct Settings {
    variables: BTreeMap<String, String>,
    /// By lower-case name with colons.
    configuration: BTreeMap<String, String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be passwords.
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Settings {
    /// Those of this process, with `/app/appsettings.NAME.json` beneath if `ASPNETCORE_ENVIRONMENT` is NAME and the
    /// file is there. Letter case counts in that file's name.
    pub fn of_this_process() -> Result<Self, Crash> {
        let variables: BTreeMap<_, _> = std::env::vars().collect();
        let file = variables.get("ASPNETCORE_ENVIRONMENT").map_or_else(
            || "appsettings.Production.json".to_owned(),
            |environment| format!("appsettings.{environment}.json"),
        );
        let path = Path::new("/app").join(file);
        if !path.exists() {
            return Ok(Self::from_variables(variables));
        }
        let json = std::fs::read_to_string(&path)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                serde_json::from_str::<Value>(&text).map_err(|error| error.to_string())
            })
            .map_err(|error| {
                Crash::new(
                    "System.IO.InvalidDataException",
                    format!("Failed to load '{}': {error}", path.display()),
                )
            })?;
        Ok(Self::layered(&json, variables))
    }

    /// Those given by environment variables alone.
    pub fn from_variables(variables: BTreeMap<String, String>) -> Self {
        Self::layered(&Value::Null, variables)
    }

    fn layered(json: &Value, variables: BTreeMap<String, String>) -> Self {
        let mut configuration = BTreeMap::new();
        flatten(json, "", &mut configuration);
        for (name, value) in &variables {
            configuration.insert(name.replace("__", ":").to_lowercase(), value.clone());
        }
        Self {
            variables,
            configuration,
        }
    }

    /// A variable by its exact name; an empty one counts as missing.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A configuration value by its name with colons, as in `ApiSettings:PathBase`; an empty one counts as missing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.configuration
            .get(&name.to_lowercase())
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A truth value.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, Crash> {
        match self.get(name).map(str::to_lowercase).as_deref() {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(Crash::setting(format!(
                "Failed to convert configuration value '{other}' at '{name}' to a Boolean."
            ))),
        }
    }

    /// A whole number.
    pub fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, Crash> {
        self.get(name).map_or(Ok(default), |value| {
            value.trim().parse().map_err(|_| {
                Crash::setting(format!(
                    "Failed to convert configuration value '{value}' at '{name}' to a number."
                ))
            })
        })
    }

    /// The names directly below a section, in lower case, sorted: `children("Tenants")` gives the tenants.
    pub fn children(&self, section: &str) -> Vec<String> {
        let prefix = format!("{}:", section.to_lowercase());
        let known: BTreeSet<_> = self
            .configuration
            .keys()
            .filter_map(|name| name.strip_prefix(&prefix))
            .filter_map(|rest| rest.split(':').next())
            .map(str::to_owned)
            .collect();
        known.into_iter().collect()
    }
}

fn flatten(json: &Value, prefix: &str, into: &mut BTreeMap<String, String>) {
    let below = |name: &str| {
        if prefix.is_empty() {
            name.to_lowercase()
        } else {
            format!("{prefix}:{}", name.to_lowercase())
        }
    };
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                flatten(value, &below(name), into);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, &below(&index.to_string()), into);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            into.insert(prefix.to_owned(), text.clone());
        }
        other => {
            into.insert(prefix.to_owned(), other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings::from_variables(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn double_underscores_are_levels_and_case_is_ignored() {
        let settings = settings(&[
            ("ApiSettings__PathBase", "api"),
            ("FEATUREMANAGEMENT__MULTITENANCY", "True"),
        ]);
        assert_eq!(settings.get("apisettings:pathbase"), Some("api"));
        assert_eq!(
            settings.flag("FeatureManagement:MultiTenancy", false),
            Ok(true)
        );
    }

    #[test]
    fn plain_variables_are_exact_and_empty_is_missing() {
        let settings = settings(&[("postgres_user", "x"), ("POSTGRES_PORT", "")]);
        assert_eq!(settings.variable("POSTGRES_USER"), None);
        assert_eq!(settings.variable("POSTGRES_PORT"), None);
    }

    #[test]
    fn the_old_feature_array_switches_nothing() {
        let settings = settings(&[("ApiSettings__Features__11__IsEnabled", "true")]);
        assert_eq!(
            settings.flag("FeatureManagement:MultiTenancy", false),
            Ok(false)
        );
    }

    #[test]
    fn the_environment_beats_the_file() {
        let json =
            serde_json::json!({"ApiSettings": {"PathBase": "file", "DefaultPageSizeLimit": 7}});
        let variables =
            BTreeMap::from([("ApiSettings__PathBase".to_owned(), "variable".to_owned())]);
        let settings = Settings::layered(&json, variables);
        assert_eq!(settings.get("ApiSettings:PathBase"), Some("variable"));
        assert_eq!(
            settings.number("ApiSettings:DefaultPageSizeLimit", 500),
            Ok(7)
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let settings = settings(&[("FeatureManagement__MultiTenancy", "yes")]);
        let crash = settings
            .flag("FeatureManagement:MultiTenancy", false)
            .unwrap_err();
        assert!(crash.message().contains("'yes'"));
    }

    #[test]
    fn children_are_the_next_level() {
        let settings = settings(&[
            ("Tenants__north__ConnectionStrings__EdFi_Admin", "a"),
            ("Tenants__north__ConnectionStrings__EdFi_Security", "b"),
            ("Tenants__South__ConnectionStrings__EdFi_Admin", "c"),
        ]);
        assert_eq!(settings.children("Tenants"), ["north", "south"]);
    }
}
