//! Which of an extension's files is what, told by their paths.

use std::collections::BTreeSet;

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Path below the extension's folder, by which it is known once it has run.
    pub path: String,
    /// The SQL.
    pub text: String,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The API loads it.
    Program,
    /// SQL for every ODS; first structure, then data, then what hangs on a feature.
    Ods(u8),
    /// SQL for every Security database.
    Security(u8),
    /// Nothing of this is needed: other databases, other data standards, sources.
    Other,
}

/// Endings of what the API loads, and of what lies beside it.
const PROGRAM: [&str; 5] = ["dll", "pdb", "json", "xml", "resources"];

/// What a file is for, where `standard` is the chosen data standard. `path` has slashes between its parts.
pub(super) fn part(path: &str, standard: &str) -> Part {
    let parts: Vec<&str> = path.split('/').collect();
    let lower: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
    let ending = lower.last().and_then(|name| name.rsplit_once('.'));
    let ending = ending.map_or("", |(_, ending)| ending);
    if of_another_standard(&lower, standard) {
        return Part::Other;
    }
    if ending != "sql" {
        // The API reads the model beside the assembly; what else is among the artifacts is for databases.
        let artifacts = lower.iter().position(|part| part == "artifacts");
        let needed =
            artifacts.is_none_or(|at| lower.get(at + 1).is_some_and(|part| part == "metadata"));
        return if PROGRAM.contains(&ending) && needed {
            Part::Program
        } else {
            Part::Other
        };
    }
    let after = |name: &str| lower.iter().position(|part| part == name);
    let Some(pgsql) = after("pgsql") else {
        return Part::Other;
    };
    let below: Vec<&str> = lower.iter().skip(pgsql + 1).map(String::as_str).collect();
    let (kind, rest) = match below.split_first() {
        Some((&"structure", rest)) => (0, rest),
        Some((&"data", rest)) => (1, rest),
        _ => return Part::Other,
    };
    // Ownership of records is a feature that is off unless somebody turns it on.
    if rest.contains(&"recordownership") {
        return Part::Other;
    }
    let deeper = if rest.contains(&"changes") { 2 } else { 0 };
    match rest.first() {
        Some(&"security") => Part::Security(kind),
        Some(&"ods") => Part::Ods(kind + deeper),
        // Older extensions have no folder for the database: structure is for the ODS, data for Security.
        Some(_) if kind == 0 => Part::Ods(deeper),
        Some(_) => Part::Security(kind),
        None => Part::Other,
    }
}

/// Where a file of the program is placed below the extension's own folder: what stands under a data
/// standard comes beside the assembly, where the API looks for it.
pub(super) fn place(path: &str) -> &str {
    let lower = path.to_lowercase();
    match lower.find("/artifacts/") {
        Some(at) => path.get(at + 1..).unwrap_or(path),
        None => path,
    }
}

/// Whether a path leads below another data standard's folder.
fn of_another_standard(lower: &[String], standard: &str) -> bool {
    named_standard(lower).is_some_and(|named| named != standard)
}

fn named_standard(lower: &[String]) -> Option<&str> {
    let at = lower.iter().position(|part| part == "standard")?;
    let name = lower.get(at + 1)?;
    let is_version = name.starts_with(|c: char| c.is_ascii_digit());
    is_version.then_some(name.as_str())
}

/// The data standards that the files say they are for; none if they say nothing.
pub(super) fn standards<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    paths
        .filter_map(|path| {
            let lower: Vec<String> = path.split('/').map(str::to_lowercase).collect();
            named_standard(&lower).map(str::to_owned)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_ed_fis_own_extensions_is_understood() {
        let base = "Versions/1.0.0/Standard/5.2.0/Artifacts";
        for (path, wanted) in [
            ("EdFi.Ods.Extensions.Sample.dll", Part::Program),
            ("EdFi.Ods.Extensions.Sample.deps.json", Part::Program),
            ("{}/PgSql/Structure/Ods/0020-Tables.sql", Part::Ods(0)),
            ("{}/PgSql/Data/Ods/0010-Descriptors.sql", Part::Ods(1)),
            (
                "{}/PgSql/Structure/Ods/Changes/0030-Versions.sql",
                Part::Ods(2),
            ),
            (
                "{}/PgSql/Structure/Ods/RecordOwnership/0010.sql",
                Part::Other,
            ),
            (
                "{}/PgSql/Data/Security/0010-ResourceClaims.sql",
                Part::Security(1),
            ),
            ("{}/MsSql/Structure/Ods/0020-Tables.sql", Part::Other),
            ("{}/Metadata/ApiModel-EXTENSION.json", Part::Program),
            ("{}/MsSql/notes.json", Part::Other),
            ("Artifacts/PgSql/Structure/0020-Tables.sql", Part::Ods(0)),
            (
                "Artifacts/PgSql/Data/0001-ResourceClaims.sql",
                Part::Security(1),
            ),
            ("README.md", Part::Other),
            ("notes.sql", Part::Other),
        ] {
            let path = path.replace("{}", base);
            assert_eq!(part(&path, "5.2.0"), wanted, "{path}");
        }
        let other = format!("{base}/PgSql/Structure/Ods/0020-Tables.sql");
        assert_eq!(part(&other, "6.1.0"), Part::Other);
        assert_eq!(
            place(&format!("{base}/Metadata/ApiModel-EXTENSION.json")),
            "Artifacts/Metadata/ApiModel-EXTENSION.json"
        );
        assert_eq!(place("lib/Sample.dll"), "lib/Sample.dll");
        let found = standards([other.as_str(), "a.dll"].into_iter());
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["5.2.0"]);
    }
}
