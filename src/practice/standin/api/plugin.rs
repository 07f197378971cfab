//! The plugin folder: which extensions the API finds there.
//!
//! Facts from `AssemblyLoaderHelper` and its validators, Ed-Fi-ODS v7.3.2: every `*.dll` below the folder is looked at; an
//! extension has `Artifacts/Metadata/ApiModel-EXTENSION.json` beside its assembly, whose `odsApiVersion` must be that of the
//! API (as in 7.3), or it is left out with a warning; two with the same schema end the program. The image's start script
//! points to another folder, which the image does not have, unless `TPDM_ENABLED` is `true`: with TPDM it switches off all
//! the others, except those that somebody has put there.
//!
//! Inferred, since the stand-in cannot look into an assembly: a folder without that file is an extension named like the
//! folder; an assembly whose name says `.Standard.` and a data standard, as upstream's do, was built against that standard
//! and ends an API that has another, as a missing referenced assembly does.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::crash::Crash;
use super::super::log;
use super::super::settings::Settings;
use crate::practice::dumps::short_version;

const LOGGER: &str = "AssemblyLoaderHelper";
/// Relative to the program's folder, as the image's settings have it.
const FOLDER: &str = "./Plugin";
/// Where the start script points to without TPDM; the image has no such folder.
const DISABLED: &str = "./Plugin_Disabled";
/// Deeper folders hold no assemblies worth a look.
const DEPTH: usize = 6;

/// An extension of the data standard that the API has loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// As the discovery document has it, `TPDM`.
    pub name: String,
    /// Its schema in the ODS, `tpdm`.
    pub schema: String,
    /// Its own version.
    pub version: String,
    /// A longer name of the version.
    pub informational_version: String,
}

impl Extension {
    /// Whether this part of a path means it: its name without regard to letter case and hyphens.
    pub fn is_meant(&self, segment: &str) -> bool {
        let plain = |text: &str| text.replace('-', "").to_lowercase();
        plain(segment) == plain(&self.name)
    }
}

/// Loads what the settings point to.
pub fn load(
    settings: &Settings,
    home: &Path,
    release: &str,
    data_standard: &str,
) -> Result<Vec<Extension>, Crash> {
    if !settings.flag("FeatureManagement:Extensions", true)? {
        return Ok(Vec::new());
    }
    let folder = if settings.variable("TPDM_ENABLED") == Some("true") {
        settings.get("Plugin:Folder").unwrap_or(FOLDER)
    } else {
        log::info(
            LOGGER,
            "TPDM_ENABLED is not true: plugins are looked for in ./Plugin_Disabled only",
        );
        DISABLED
    };
    let folder = home.join(folder);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut assemblies = Vec::new();
    find_assemblies(&folder, DEPTH, &mut assemblies).map_err(|error| {
        Crash::new(
            "System.UnauthorizedAccessException",
            format!("Access to '{}' is not possible: {error}", folder.display()),
        )
    })?;
    let homes: BTreeSet<&Path> = assemblies.iter().filter_map(|path| path.parent()).collect();
    for assembly in &assemblies {
        check_standard(assembly, data_standard)?;
    }
    let mut loaded: Vec<Extension> = Vec::new();
    for home in homes {
        let (extension, made_for) = read(home)?;
        if loaded.iter().any(|other| other.schema == extension.schema) {
            return Err(Crash::new(
                "System.Exception",
                format!(
                    "Two plugins have the same schema name '{}'.",
                    extension.schema
                ),
            ));
        }
        let expected = short_version(release);
        if made_for.is_some_and(|version| version != expected) {
            log::warn(
                LOGGER,
                &format!(
                    "Assembly: {} - its version of the ODS/API is not {expected}; it is left out",
                    home.display()
                ),
            );
            continue;
        }
        log::info(
            LOGGER,
            &format!(
                "extension '{}' {} is loaded, schema '{}'",
                extension.name, extension.version, extension.schema
            ),
        );
        loaded.push(extension);
    }
    Ok(loaded)
}

fn find_assemblies(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if depth > 0 {
                find_assemblies(&path, depth - 1, found)?;
            }
        } else if path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("dll"))
        {
            found.push(path);
        }
    }
    Ok(())
}

fn check_standard(assembly: &Path, data_standard: &str) -> Result<(), Crash> {
    let name = name_of(assembly).to_owned();
    let name = name.strip_suffix(".dll").unwrap_or(&name);
    match name.rsplit_once(".Standard.") {
        Some((_, standard)) if standard != data_standard => Err(Crash::new(
            "System.IO.FileNotFoundException",
            format!(
                "Could not load file or assembly 'EdFi.Ods.Standard.Standard.{standard}', which '{name}' needs: this API has data standard {data_standard}."
            ),
        )),
        _ => Ok(()),
    }
}

fn name_of(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

/// The extension in that folder, and the version of the API that it was made for, where it says so.
fn read(home: &Path) -> Result<(Extension, Option<String>), Crash> {
    let path = home.join("Artifacts/Metadata/ApiModel-EXTENSION.json");
    if !path.is_file() {
        let name = from_folder(name_of(home));
        let extension = Extension {
            schema: name.replace('-', "").to_lowercase(),
            informational_version: name.clone(),
            version: "1.0.0".to_owned(),
            name,
        };
        return Ok((extension, None));
    }
    let wrong = |reason: String| {
        Crash::new(
            "System.Exception",
            format!(
                "Unable to deserialize the model in '{}': {reason}",
                path.display()
            ),
        )
    };
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    // .NET writes a mark at the beginning of a text.
    let model: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| wrong(error.to_string()))?;
    let schema = |name: &str| {
        model
            .pointer(&format!("/schemaDefinition/{name}"))
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    let missing = |name: &str| wrong(format!("schemaDefinition.{name} must not be empty"));
    let name = schema("logicalName").ok_or_else(|| missing("logicalName"))?;
    Ok((
        Extension {
            schema: schema("physicalName").ok_or_else(|| missing("physicalName"))?,
            version: schema("version").unwrap_or_default(),
            informational_version: schema("informationalVersion").unwrap_or_else(|| name.clone()),
            name,
        },
        Some(
            model
                .get("odsApiVersion")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        ),
    ))
}

/// `EdFi.Ods.Extensions.Sample.1.0.0.Standard.6.1.0` is `Sample`, and `sample` is `sample`.
fn from_folder(name: &str) -> String {
    let after = name
        .rsplit_once("Extensions.")
        .map_or(name, |(_, rest)| rest);
    let parts: Vec<_> = after
        .split('.')
        .take_while(|part| !part.starts_with(|c: char| c.is_ascii_digit()) && *part != "Standard")
        .collect();
    if parts.is_empty() {
        name.to_owned()
    } else {
        parts.join("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn put(&self, path: &str, text: &str) -> &Self {
            let path = self.0.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
            self
        }

        fn model(&self, folder: &str, version: &str, schema: &str) -> &Self {
            let text = format!(
                r#"{{"odsApiVersion": "{version}", "schemaDefinition":
                    {{"logicalName": "Sample", "physicalName": "{schema}", "version": "1.2.0"}}}}"#
            );
            self.put(
                &format!(
                    "{folder}/{folder_name}.dll",
                    folder_name = name_of(Path::new(folder))
                ),
                "",
            )
            .put(
                &format!("{folder}/Artifacts/Metadata/ApiModel-EXTENSION.json"),
                &text,
            )
        }

        fn load(&self, pairs: &[(&str, &str)]) -> Result<Vec<Extension>, Crash> {
            let variables = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            load(
                &Settings::from_variables(variables),
                self.0.path(),
                "7.3.2",
                "6.1.0",
            )
        }
    }

    const ON: (&str, &str) = ("TPDM_ENABLED", "true");

    #[test]
    fn an_extension_says_who_it_is_and_who_it_is_for() {
        let home = Home::new();
        home.model("Plugin/sample", "7.3", "sample");
        let loaded = home.load(&[ON]).unwrap();
        assert_eq!(loaded[0].name, "Sample");
        assert_eq!(
            (loaded[0].schema.as_str(), loaded[0].version.as_str()),
            ("sample", "1.2.0")
        );
        home.model("Plugin/sample", "7.1", "sample");
        assert_eq!(home.load(&[ON]), Ok(vec![]));
    }

    #[test]
    fn without_its_model_the_folder_gives_the_name() {
        let home = Home::new();
        home.put(
            "elsewhere/EdFi.Ods.Extensions.Bus-Routes.1.0.0.Standard.6.1.0/x.dll",
            "",
        )
        .put("elsewhere/nothing/readme.txt", "");
        let folder = ("Plugin__Folder", "./elsewhere");
        let loaded = home.load(&[ON, folder]).unwrap();
        assert_eq!(loaded.len(), 1);
        assert_eq!(
            (loaded[0].name.as_str(), loaded[0].schema.as_str()),
            ("Bus-Routes", "busroutes")
        );
        assert!(loaded[0].is_meant("bus-routes"));
        assert_eq!(from_folder("sample"), "sample");
        assert_eq!(from_folder("1.0.0"), "1.0.0");
    }

    #[test]
    fn the_switch_of_one_turns_all_off() {
        let home = Home::new();
        home.model("Plugin/sample", "7.3", "sample");
        let folder = ("Plugin__Folder", "./Plugin");
        assert_eq!(home.load(&[folder]), Ok(vec![]));
        assert_eq!(home.load(&[("TPDM_ENABLED", "false"), folder]), Ok(vec![]));
        home.model("Plugin_Disabled/other", "7.3", "other");
        let loaded = home.load(&[folder]).unwrap();
        assert_eq!(loaded.len(), 1);
        assert_eq!(loaded[0].schema, "other");
        let off = ("FeatureManagement__Extensions", "false");
        assert_eq!(home.load(&[ON, off]), Ok(vec![]));
    }

    #[test]
    fn another_data_standard_and_a_schema_twice_end_the_start() {
        let home = Home::new();
        home.put(
            "Plugin/a/EdFi.Ods.Extensions.A.1.0.0.Standard.5.2.0.dll",
            "",
        );
        assert!(
            home.load(&[ON])
                .unwrap_err()
                .message()
                .contains("data standard 6.1.0")
        );
        let home = Home::new();
        home.model("Plugin/a", "7.3", "sample")
            .model("Plugin/b", "7.3", "sample");
        assert!(home.load(&[ON]).unwrap_err().message().contains("'sample'"));
        let home = Home::new();
        home.put("Plugin/a/a.dll", "")
            .put("Plugin/a/Artifacts/Metadata/ApiModel-EXTENSION.json", "{}");
        assert!(
            home.load(&[ON])
                .unwrap_err()
                .message()
                .contains("logicalName")
        );
    }
}
