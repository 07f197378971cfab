//! What is on the server already, and whose it is. Nothing in another database is ever run: even its
//! data standard is read from a function's text, not by calling it.

use serde::{Deserialize, Serialize};

use super::advice::{HandOver, name};
use super::{Row, Stage, Verdict, Wanted};
use crate::postgres::{COMPLETE, literal};
use crate::server::session::{AskFault, Door, Session};
use crate::server::way::Way;

/// Databases to look into at most, so that a server with hundreds is not bothered.
const LOOK_INTO: usize = 24;

/// A database that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Existing {
    /// Its name.
    pub name: String,
    /// The role that owns it.
    pub owner: String,
    /// Whose it is.
    pub whose: Whose,
    /// What it holds; `None` where it could not be looked into.
    pub kind: Option<Kind>,
    /// Its data standard, as in 5.2, where it tells.
    pub data_standard: Option<String>,
}

/// Whose a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// This program made it, or found it whole: it carries our comment.
    Ours,
    /// Somebody else's.
    Others,
}

/// What a database holds, by its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Ed-Fi's own administration: instances, clients, keys.
    Admin,
    /// Ed-Fi's claim sets.
    Security,
    /// Schools, students, staff.
    Ods,
    /// Nothing of Ed-Fi.
    Other,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Admin => "an Ed-Fi Admin database",
            Self::Security => "an Ed-Fi Security database",
            Self::Ods => "an Ed-Fi ODS",
            Self::Other => "nothing of Ed-Fi",
        }
    }
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found {
    pub existing: Vec<Existing>,
    /// How many were not looked into.
    unseen: usize,
}

#[derive(Debug, Deserialize)]
struct Listed {
    name: String,
    owner: String,
    ours: bool,
    open: bool,
}

#[derive(Debug, Deserialize)]
struct Inside {
    admin: bool,
    security: bool,
    ods: bool,
    standard: Option<String>,
}

/// By the tables that tell a filled database in the catalog, too. Only PostgreSQL's own catalogs are
/// read, which needs no rights in the schemas.
const INSIDE: &str = "SELECT json_build_object(
    'admin', EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'dbo' AND c.relname = 'odsinstances'),
    'security', EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'dbo' AND c.relname = 'claimsets'),
    'ods', EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'edfi' AND c.relname = 'school'),
    'standard', (SELECT min(p.prosrc) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'util' AND p.proname = 'getedfistandardversion' AND p.pronargs = 0))";

/// Looks at all databases, and into those that are likely Ed-Fi's.
pub(super) async fn find<W: Way>(
    door: &Door<'_, W>,
    session: &Session,
    wanted: &[String],
) -> Result<Found, AskFault> {
    let list = format!(
        "SELECT coalesce(json_agg(json_build_object('name', d.datname, 'owner', pg_get_userbyid(d.datdba),
            'ours', coalesce(starts_with(shobj_description(d.oid, 'pg_database'), {ours}), false),
            'open', d.datallowconn AND has_database_privilege(d.oid, 'CONNECT')) ORDER BY d.datname), '[]')
        FROM pg_database d WHERE d.datname NOT IN ('template0', 'template1')",
        ours = literal(COMPLETE)
    );
    let mut listed: Vec<Listed> = session.json(&list).await?;
    let likely = |database: &Listed| {
        wanted.contains(&database.name)
            || database.ours
            || database.name.to_ascii_lowercase().contains("edfi")
            || database.name.to_ascii_lowercase().contains("ods")
    };
    listed.sort_by_key(|database| !likely(database));
    let mut found = Found {
        existing: Vec::new(),
        unseen: 0,
    };
    let mut looked = 0;
    for database in listed {
        let inside = if database.open && looked < LOOK_INTO {
            looked += 1;
            look_into(door, &database.name).await
        } else {
            None
        };
        found.unseen += usize::from(inside.is_none());
        found.existing.push(existing(database, inside));
    }
    // Looking into others took time; if the server went away meanwhile this says so.
    session.value("SELECT 1").await?;
    found.existing.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A database that cannot be looked into is no reason to stop.
async fn look_into<W: Way>(door: &Door<'_, W>, database: &str) -> Option<Inside> {
    let session = door.open(database, jiff::Timestamp::now()).await.ok()?;
    session.json(INSIDE).await.ok()
}

fn existing(database: Listed, inside: Option<Inside>) -> Existing {
    let kind = inside.as_ref().map(|inside| {
        if inside.ods {
            Kind::Ods
        } else if inside.admin {
            Kind::Admin
        } else if inside.security {
            Kind::Security
        } else {
            Kind::Other
        }
    });
    let standard = inside
        .filter(|_| kind == Some(Kind::Ods))
        .and_then(|inside| inside.standard)
        .and_then(|source| version_in(&source));
    Existing {
        name: database.name,
        owner: database.owner,
        whose: if database.ours {
            Whose::Ours
        } else {
            Whose::Others
        },
        kind,
        data_standard: standard,
    }
}

/// The version that a function's text returns: the first text in quotes that is numbers with dots.
fn version_in(source: &str) -> Option<String> {
    source
        .split('\'')
        .skip(1)
        .step_by(2)
        .find(|text| {
            text.len() <= 12
                && text.starts_with(|c: char| c.is_ascii_digit())
                && text
                    .chars()
                    .all(|c| c.is_ascii_digit() || c == '.' || c == '-' || c.is_ascii_lowercase())
        })
        .map(str::to_owned)
}

fn words(database: &Existing) -> String {
    let what = match (database.whose, database.kind) {
        (Whose::Ours, kind) => format!(
            "made by this tool{}",
            kind.filter(|kind| *kind != Kind::Other)
                .map_or_else(String::new, |kind| format!(", {}", kind.words()))
        ),
        (Whose::Others, Some(kind)) => kind.words().to_owned(),
        (Whose::Others, None) => "not looked into".to_owned(),
    };
    let standard = database
        .data_standard
        .as_ref()
        .map_or_else(String::new, |standard| {
            format!(", data standard {standard}")
        });
    format!(
        "{} ({what}{standard}; owner {})",
        database.name, database.owner
    )
}

/// What it means for the databases that are to be made.
pub(super) fn judge(found: &Found, wanted: &Wanted) -> Row {
    let stage = Stage::Databases;
    let mut in_the_way = Vec::new();
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    let mut others = 0;
    for database in &found.existing {
        let is_wanted = wanted.databases.contains(&database.name);
        match (database.whose, is_wanted, database.kind) {
            (Whose::Ours, ..) => ours.push(words(database)),
            (Whose::Others, true, _) => in_the_way.push(database),
            (Whose::Others, false, Some(Kind::Admin | Kind::Security | Kind::Ods)) => {
                theirs.push(words(database));
            }
            (Whose::Others, false, _) => others += 1,
        }
    }
    let mut parts = Vec::new();
    if !in_the_way.is_empty() {
        let list: Vec<String> = in_the_way.iter().map(|database| words(database)).collect();
        parts.push(format!("there already: {}", list.join(", ")));
    }
    if !ours.is_empty() {
        parts.push(ours.join(", "));
    }
    if !theirs.is_empty() {
        parts.push(format!("of others: {}", theirs.join(", ")));
    }
    if parts.is_empty() {
        parts.push("nothing of Ed-Fi yet".to_owned());
    }
    if others > 0 {
        parts.push(format!("{others} more"));
    }
    if found.unseen > 0 {
        parts.push(format!("{} could not be looked into", found.unseen));
    }
    let row = Row::new(stage, Verdict::Ok, parts.join("; "));
    if let Some(first) = in_the_way.first() {
        let row = Row {
            verdict: Verdict::Block,
            ..row
        };
        return row
            .advice("A database that this tool did not make is never overwritten. Take other names for the new ones, another server, or let the old ones be renamed by whoever owns them.")
            .hand_over(HandOver::sql(format!(
                "ALTER DATABASE {} RENAME TO {};",
                name(&first.name),
                name(&format!("{}_old", first.name))
            )));
    }
    if theirs.is_empty() {
        row
    } else {
        Row {
            verdict: Verdict::Note,
            ..row
        }
        .advice("Ed-Fi runs on this server already. Its databases are left as they are.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(name: &str, whose: Whose, kind: Option<Kind>) -> Existing {
        Existing {
            name: name.to_owned(),
            owner: "somebody".to_owned(),
            whose,
            kind,
            data_standard: (kind == Some(Kind::Ods)).then(|| "5.2".to_owned()),
        }
    }

    fn judged(existing: Vec<Existing>) -> Row {
        let wanted = Wanted {
            release: "7.3.2".to_owned(),
            postgres_major: 16,
            connections: None,
            databases: vec!["EdFi_Admin".to_owned(), "EdFi_Ods".to_owned()],
        };
        judge(
            &Found {
                existing,
                unseen: 0,
            },
            &wanted,
        )
    }

    #[test]
    fn what_others_made_is_never_overwritten() {
        let row = judged(vec![database("EdFi_Ods", Whose::Others, Some(Kind::Ods))]);
        assert_eq!(row.verdict, Verdict::Block);
        assert!(row.found.contains("data standard 5.2"), "{row:?}");
        assert!(
            row.hand_over
                .unwrap()
                .text
                .contains("RENAME TO \"EdFi_Ods_old\"")
        );
        let closed = judged(vec![database("EdFi_Admin", Whose::Others, None)]);
        assert_eq!(closed.verdict, Verdict::Block);
    }

    #[test]
    fn what_is_ours_or_not_in_the_way_is_fine() {
        assert_eq!(
            judged(vec![database("EdFi_Ods", Whose::Ours, Some(Kind::Ods))]).verdict,
            Verdict::Ok
        );
        assert_eq!(
            judged(vec![database("Other_Ods", Whose::Others, Some(Kind::Ods))]).verdict,
            Verdict::Note
        );
        let nothing = judged(vec![database("postgres", Whose::Others, Some(Kind::Other))]);
        assert_eq!(nothing.found, "nothing of Ed-Fi yet; 1 more");
    }

    #[test]
    fn the_data_standard_is_read_from_a_functions_text() {
        for (source, version) in [
            ("\nBEGIN\nRETURN '5.2';\nEND;\n", Some("5.2")),
            (" SELECT '6.1'::character varying ", Some("6.1")),
            ("BEGIN RETURN '3.3.1-b'; END", Some("3.3.1-b")),
            ("SELECT lo_unlink(5)", None),
            ("SELECT 'drop'", None),
        ] {
            assert_eq!(version_in(source).as_deref(), version, "{source}");
        }
    }
}
