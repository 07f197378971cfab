//! Reading an extension's folder, and whether it can belong to this release and data standard.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::Extension;
use super::layout::{Part, Script, part, place, standards};
use crate::diagnostic::{Diagnostic, Severity};

/// Most bytes that an extension's program and SQL may have together.
const LARGEST: u64 = 200 * 1024 * 1024;
/// Most files that a folder may hold.
const MOST_FILES: usize = 5_000;
/// Deepest folder that is looked into.
const DEEPEST: usize = 12;

/// Reads an extension. What it gives beside it should be known; what stands in the way is an error.
pub fn read(
    name: &str,
    folder: &Path,
    release: &str,
    standard: &str,
) -> Result<(Extension, Vec<Diagnostic>), Vec<Diagnostic>> {
    let files = files(name, folder).map_err(|wrong| vec![*wrong])?;
    let paths = files.iter().map(|(path, _)| path.as_str());
    let standards = standards(paths);
    if !standards.is_empty() && !standards.contains(standard) {
        let known: Vec<&str> = standards.iter().map(String::as_str).collect();
        let mut wrong = wrong(
            "E-2101",
            format!("The extension {name} was not made for data standard {standard}."),
        )
        .help("Ask its makers for one that is, or choose another data standard.");
        wrong.found = Some(format!("data standard {}", known.join(", ")));
        wrong.expected = Some(format!("data standard {standard}"));
        return Err(vec![wrong]);
    }
    let mut extension = Extension {
        name: name.to_owned(),
        program: Vec::new(),
        ods: Vec::new(),
        security: Vec::new(),
    };
    let mut problems = Vec::new();
    let mut sorted: Vec<(Part, &(String, PathBuf))> = files
        .iter()
        .map(|file| (part(&file.0, standard), file))
        .collect();
    sorted.sort();
    for (part, (path, file)) in sorted {
        match part {
            Part::Other => {}
            Part::Program => match fs::read(file) {
                Ok(bytes) => {
                    if let Some(problem) = other_release(name, path, &bytes, release) {
                        problems.push(problem);
                    }
                    extension
                        .program
                        .push((place(path).to_owned(), Arc::from(bytes)));
                }
                Err(error) => problems.push(unreadable(name, file, &error)),
            },
            Part::Ods(_) | Part::Security(_) => match script(name, path, file) {
                Ok(script) if matches!(part, Part::Ods(_)) => extension.ods.push(script),
                Ok(script) => extension.security.push(script),
                Err(problem) => problems.push(*problem),
            },
        }
    }
    let has_program = extension
        .program
        .iter()
        .any(|(path, _)| path.to_lowercase().ends_with(".dll"));
    if !has_program {
        problems.push(
            wrong(
                "E-2102",
                format!(
                    "The folder {} holds no program for the extension {name}.",
                    folder.display()
                ),
            )
            .help("There should be a file that ends in .dll: the plug-in as its makers deliver it, unpacked."),
        );
    }
    if problems.is_empty() {
        Ok((extension.clone(), notes(&extension)))
    } else {
        Err(problems)
    }
}

/// What is allowed, but often a mistake.
fn notes(extension: &Extension) -> Vec<Diagnostic> {
    let mut notes = Vec::new();
    let name = &extension.name;
    if extension.ods.is_empty() {
        notes.push(
            Diagnostic::new(
                "W-2111",
                Severity::Warn,
                format!("The extension {name} brings no tables for PostgreSQL."),
            )
            .help("Without them the API answers with errors where it needs them. They are expected in Artifacts/PgSql/Structure/Ods."),
        );
    }
    if extension.security.is_empty() {
        notes.push(
            Diagnostic::new(
                "W-2112",
                Severity::Warn,
                format!("The extension {name} brings no claims."),
            )
            .help("Without them no key may use what it adds. They are expected in Artifacts/PgSql/Data/Security."),
        );
    }
    notes
}

fn wrong(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::new(code, Severity::Block, message)
}

fn unreadable(name: &str, file: &Path, error: &std::io::Error) -> Diagnostic {
    wrong(
        "E-2103",
        format!(
            "The extension {name} cannot be read: {}: {error}.",
            file.display()
        ),
    )
    .help("Check that the folder in the profile is the right one and that you may read it.")
}

fn script(name: &str, path: &str, file: &Path) -> Result<Script, Box<Diagnostic>> {
    let bytes = fs::read(file).map_err(|error| Box::new(unreadable(name, file, &error)))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Box::new(
            wrong(
                "E-2104",
                format!(
                    "{} of the extension {name} is not UTF-8 text.",
                    file.display()
                ),
            )
            .help("Save it as UTF-8, or ask its makers."),
        )
    })?;
    // PostgreSQL takes a byte order mark for a mistake.
    let text = text.trim_start_matches('\u{feff}').to_owned();
    Ok(Script {
        path: path.to_owned(),
        text,
    })
}

/// The API leaves out a plug-in whose model says another version of the API (`odsApiVersion` in
/// `ApiModel-EXTENSION.json`, as in 7.3; Ed-Fi-ODS v7.3.2, `AssemblyLoaderHelper`). A plug-in also says beside
/// its assembly which Ed-Fi packages it was built with (`*.deps.json`, a .NET format); that this matters is
/// concluded from the format, no real plug-in was run.
fn other_release(name: &str, path: &str, bytes: &[u8], release: &str) -> Option<Diagnostic> {
    let built_with = built_with(path, bytes)?;
    let generation =
        |version: &str| -> Vec<String> { version.split('.').take(2).map(str::to_owned).collect() };
    if generation(&built_with) == generation(release) {
        return None;
    }
    let mut problem = wrong(
        "E-2105",
        format!("The extension {name} was built for another release of the ODS/API."),
    )
    .help("The API would not load it. Ask its makers for one that was built for this release.");
    problem.found = Some(format!("ODS/API {built_with} ({path})"));
    problem.expected = Some(format!("ODS/API {release}"));
    Some(problem)
}

/// The version of the API that a file of an extension speaks of, if it does.
fn built_with(path: &str, bytes: &[u8]) -> Option<String> {
    let lower = path.to_lowercase();
    let text = std::str::from_utf8(bytes).ok()?;
    // .NET writes a mark at the beginning of a text.
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    if lower.ends_with("apimodel-extension.json") {
        return Some(document.get("odsApiVersion")?.as_str()?.to_owned());
    }
    if !lower.ends_with(".deps.json") {
        return None;
    }
    let libraries = document.get("libraries")?.as_object()?;
    libraries.keys().find_map(|library| {
        let (package, version) = library.split_once('/')?;
        let package = package.to_lowercase();
        let is_api = package.starts_with("edfi.suite3.ods.api")
            || package.starts_with("edfi.ods.api")
            || package.starts_with("edfi.suite3.ods.common")
            || package.starts_with("edfi.ods.common");
        is_api.then(|| version.to_owned())
    })
}

/// Every file below a folder, by its path with slashes, in order.
fn files(name: &str, folder: &Path) -> Result<Vec<(String, PathBuf)>, Box<Diagnostic>> {
    let mut found = Vec::new();
    let mut size = 0;
    let mut folders = vec![(String::new(), folder.to_owned(), 0)];
    while let Some((prefix, folder, depth)) = folders.pop() {
        let failed = |error: std::io::Error| Box::new(unreadable(name, &folder, &error));
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let own = entry.file_name().to_string_lossy().into_owned();
            let path = if prefix.is_empty() {
                own
            } else {
                format!("{prefix}/{own}")
            };
            // Links are followed by nobody: they may lead anywhere.
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && depth < DEEPEST {
                folders.push((path, entry.path(), depth + 1));
            } else if kind.is_file() {
                size += entry.metadata().map_err(failed)?.len();
                found.push((path, entry.path()));
            }
            if found.len() > MOST_FILES || size > LARGEST {
                return Err(Box::new(
                    wrong(
                        "E-2106",
                        format!("The folder of the extension {name} is too large for one."),
                    )
                    .help(format!(
                        "{} holds more than {MOST_FILES} files or 200 MB. Name the folder of the plug-in itself.",
                        folder.display()
                    )),
                ));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    const TABLES: &str = "Versions/1/Standard/6.1.0/Artifacts/PgSql/Structure/Ods/0020-Tables.sql";
    const CLAIMS: &str = "Versions/1/Standard/6.1.0/Artifacts/PgSql/Data/Security/0010-Claims.sql";

    #[test]
    fn scripts_come_in_order_and_everything_has_its_place() {
        let folder = extension(&[
            ("Sample.dll", "program"),
            (CLAIMS, "claims"),
            (TABLES, "\u{feff}tables"),
            (
                "Versions/1/Standard/6.1.0/Artifacts/PgSql/Structure/Ods/0010-Schemas.sql",
                "schemas",
            ),
            (
                "Versions/1/Standard/6.1.0/Artifacts/PgSql/Structure/Ods/Changes/0005-Changes.sql",
                "changes",
            ),
            (
                "Versions/1/Standard/5.2.0/Artifacts/PgSql/Structure/Ods/0010-Schemas.sql",
                "other standard",
            ),
        ]);
        let (read, notes) = read("sample", folder.path(), "7.3.2", "6.1.0").unwrap();
        let texts = |scripts: &[Script]| -> Vec<String> {
            scripts.iter().map(|script| script.text.clone()).collect()
        };
        assert_eq!(texts(&read.ods), ["schemas", "tables", "changes"]);
        assert_eq!(texts(&read.security), ["claims"]);
        assert_eq!(read.program.len(), 1);
        assert_eq!(notes, []);
        assert_ne!(read.mark(&read.ods), read.mark(&read.security));
    }

    #[test]
    fn what_does_not_belong_here_is_told() {
        let code = |folder: &tempfile::TempDir, standard: &str| {
            read("sample", folder.path(), "7.3.2", standard).unwrap_err()[0].code
        };
        let other = extension(&[("Sample.dll", ""), (TABLES, "")]);
        assert_eq!(code(&other, "5.2.0"), "E-2101");
        let empty = extension(&[("README.md", "")]);
        assert_eq!(code(&empty, "6.1.0"), "E-2102");
        let old = extension(&[
            ("Sample.dll", ""),
            (
                "Sample.deps.json",
                r#"{"libraries": {"EdFi.Suite3.Ods.Common/7.1.1155": {}}}"#,
            ),
        ]);
        assert_eq!(code(&old, "6.1.0"), "E-2105");
        let model = extension(&[
            ("Sample.dll", ""),
            (
                "Artifacts/Metadata/ApiModel-EXTENSION.json",
                "\u{feff}{\"odsApiVersion\": \"7.2\"}",
            ),
        ]);
        assert_eq!(code(&model, "6.1.0"), "E-2105");
        let missing = read("sample", Path::new("/nowhere"), "7.3.2", "6.1.0").unwrap_err();
        assert_eq!(missing[0].code, "E-2103");
        let bare = extension(&[("Sample.dll", "")]);
        let (_, notes) = read("sample", bare.path(), "7.3.2", "6.1.0").unwrap();
        let codes: Vec<&str> = notes.iter().map(|note| note.code).collect();
        assert_eq!(codes, ["W-2111", "W-2112"]);
    }
}
