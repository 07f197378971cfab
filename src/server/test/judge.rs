//! What the answers mean. Pure.

use serde::Deserialize;

use super::advice::{HandOver, HandOverKind, name};
use super::{Rights, Row, Stage, Verdict, Wanted};

/// The newest major version that this program was tried with.
const NEWEST_KNOWN: u32 = 18;

/// Is it new enough? The oldest that a release takes is in the catalog.
pub(super) fn version(number: u32, short: &str, whole: &str, wanted: &Wanted) -> Row {
    let (major, needed, release) = (number / 10_000, wanted.postgres_major, &wanted.release);
    let short = short.split_whitespace().next().unwrap_or(short);
    for relative in [
        "CockroachDB",
        "YugabyteDB",
        "Greenplum",
        "Redshift",
        "openGauss",
        "EnterpriseDB",
    ] {
        if whole.contains(relative) {
            return Row::new(
                Stage::Version,
                Verdict::Warn,
                format!("{relative}, which speaks like PostgreSQL {short}"),
            )
            .advice("Ed-Fi is made for PostgreSQL itself. Nobody has tried it on this.");
        }
    }
    if major < needed {
        return Row::new(Stage::Version, Verdict::Block, format!("{short} is too old: ODS/API {release} needs {needed}"))
            .advice(format!("Ask for a server with PostgreSQL {needed} or newer, or choose a release of the ODS/API that takes this one."));
    }
    if major > NEWEST_KNOWN {
        return Row::new(Stage::Version, Verdict::Note, short.to_owned())
            .advice(format!("Newer than any that was tried. Ed-Fi names {needed} for ODS/API {release}; newer ones usually work."));
    }
    Row::new(Stage::Version, Verdict::Ok, short.to_owned())
}

/// Whether the server takes writes.
#[derive(Debug, Deserialize)]
pub(super) struct Writes {
    standby: bool,
    read_only: bool,
    /// Where the setting comes from, as `pg_settings` names it.
    source: Option<String>,
}

/// Does it take writes?
pub(super) fn writes(writes: &Writes, user: &str, database: &str) -> Row {
    let stage = Stage::Writes;
    if writes.standby {
        return Row::new(stage, Verdict::Block, "a standby: it only takes reads")
            .advice("This server repeats what another one writes. Give the name of the primary, or the name that always leads to it.");
    }
    if writes.read_only {
        let role = name(user);
        let sql = match writes.source.as_deref() {
            Some("user") => format!("ALTER ROLE {role} RESET default_transaction_read_only;"),
            Some("database") => format!(
                "ALTER DATABASE {} RESET default_transaction_read_only;",
                name(database)
            ),
            Some("database user") => format!(
                "ALTER ROLE {role} IN DATABASE {} RESET default_transaction_read_only;",
                name(database)
            ),
            _ => format!("ALTER ROLE {role} SET default_transaction_read_only = off;"),
        };
        return Row::new(stage, Verdict::Block, "read-only for this role")
            .advice("The server is the primary, but it lets this role only read (default_transaction_read_only). Managed servers switch to this when their disk is full: look at that first.")
            .hand_over(HandOver::sql(sql));
    }
    Row::new(stage, Verdict::Ok, "the primary, takes writes")
}

/// With a password that ends sooner than this, somebody should look at it. Seconds.
const PASSWORD_SOON: i64 = 30 * 86_400;

/// May the role do what is needed? `now` is seconds since 1970.
pub(super) fn rights(rights: &Rights, now: i64) -> Row {
    let stage = Stage::Rights;
    let role = name(&rights.role);
    if !rights.create_databases {
        return Row::new(stage, Verdict::Block, "cannot create databases")
            .advice("The tool makes Ed-Fi's databases with this role, and the role then owns them. It needs this right and no other; it need not be a superuser.")
            .hand_over(HandOver::sql(format!("ALTER ROLE {role} CREATEDB;")));
    }
    if let Some(left) = rights
        .password_ends
        .map(|end| end - now)
        .filter(|left| *left < PASSWORD_SOON)
    {
        return Row::new(
            stage,
            Verdict::Warn,
            format!(
                "enough, but the password ends in {} days",
                left.max(0) / 86_400
            ),
        )
        .advice("When it ends, nothing connects any more.")
        .hand_over(HandOver::sql(format!(
            "ALTER ROLE {role} VALID UNTIL 'infinity';"
        )));
    }
    let managed = rights
        .managed
        .as_ref()
        .map_or_else(String::new, |mark| format!(" (a managed server: {mark})"));
    if rights.superuser {
        return Row::new(stage, Verdict::Note, format!("superuser{managed}"))
            .advice(
                "More than is needed. A role that may only create databases is enough, and safer.",
            )
            .hand_over(HandOver::sql(
                "CREATE ROLE edfi_owner LOGIN CREATEDB;\n\\password edfi_owner",
            ));
    }
    let row = Row::new(stage, Verdict::Ok, format!("can create databases{managed}"));
    if rights.postgres_exists {
        return row;
    }
    // The dumps give every table to a role named postgres. Where it is missing these statements fail and
    // nothing else does: what was made stays with who made it.
    Row {
        verdict: Verdict::Note,
        found: format!("can create databases; there is no role postgres{managed}"),
        ..row
    }
    .advice("Ed-Fi's SQL hands its tables to a role of that name. The tool leaves them with this role instead, so nothing has to be done. Other tools may want that role; it needs no login.")
    .hand_over(HandOver::sql("CREATE ROLE postgres NOLOGIN;"))
}

/// What new databases are made from.
#[derive(Debug, Deserialize)]
pub(super) struct Clusters {
    templates: Option<Vec<Template>>,
}

#[derive(Debug, Deserialize)]
struct Template {
    name: String,
    encoding: String,
    collate: Option<String>,
    ctype: Option<String>,
}

/// Encoding of new databases, and whether they can have UTF-8 with the server's own locale.
pub(super) fn encoding(clusters: &Clusters) -> (Row, bool) {
    let stage = Stage::Encoding;
    let templates = clusters.templates.as_deref().unwrap_or_default();
    let Some(template) = templates
        .iter()
        .find(|template| template.name == "template0")
    else {
        let row = Row::new(stage, Verdict::Warn, "there is no template0")
            .advice("Every PostgreSQL has one, and databases are made from it. Ask whoever runs the server.");
        return (row, false);
    };
    let locale = template
        .ctype
        .as_deref()
        .or(template.collate.as_deref())
        .unwrap_or("?");
    let collate = template.collate.as_deref().unwrap_or(locale);
    let words = if collate == locale {
        format!("{}, {locale}", template.encoding)
    } else {
        format!("{}, {locale}, sorted as {collate}", template.encoding)
    };
    let lower = locale.to_ascii_lowercase().replace('-', "");
    let neutral = ["c", "posix"].contains(&lower.as_str()) || lower.ends_with("utf8");
    if template.encoding == "UTF8" {
        return match templates.iter().find(|other| other.name == "template1" && other.encoding != "UTF8") {
            None => (Row::new(stage, Verdict::Ok, words), true),
            Some(other) => (
                Row::new(stage, Verdict::Note, format!("{words}; template1 has {}", other.encoding))
                    .advice("The tool makes databases from template0, so this does not matter. Databases that others make are not UTF-8."),
                true,
            ),
        };
    }
    let row = if neutral {
        Row::new(stage, Verdict::Note, words)
            .advice("The tool asks for UTF-8 for its own databases, and this locale allows it.")
    } else {
        Row::new(stage, Verdict::Warn, words).advice(format!(
            "The locale {locale} does not go with UTF-8. The tool makes its databases with the locale C: names are then sorted by their bytes, accents last. A server made with UTF-8 sorts as people expect."
        ))
    };
    (row, neutral)
}

/// Functions and extensions.
#[derive(Debug, Deserialize)]
pub(super) struct Extensions {
    /// `gen_random_uuid()`, which every table's default calls. In PostgreSQL itself since 13.
    uuid: bool,
    plpgsql: bool,
    pgcrypto: bool,
    trusted: bool,
}

/// Does it have what Ed-Fi's SQL calls?
pub(super) fn extensions(found: &Extensions) -> Row {
    let stage = Stage::Extensions;
    if !found.plpgsql {
        return Row::new(stage, Verdict::Block, "the language plpgsql is missing")
            .advice("Ed-Fi's triggers are written in it. It belongs to every PostgreSQL unless somebody removed it.")
            .hand_over(HandOver::sql("\\connect template1\nCREATE EXTENSION plpgsql;"));
    }
    match (found.uuid, found.pgcrypto, found.trusted) {
        (true, true, _) => Row::new(stage, Verdict::Ok, "all there"),
        (true, false, _) => Row::new(stage, Verdict::Note, "all that is needed; pgcrypto is not there")
            .advice("Ed-Fi needs no extension from PostgreSQL 13 on. Add-ons may ask for pgcrypto; it comes with the package postgresql-contrib."),
        (false, true, true) => Row::new(stage, Verdict::Note, "pgcrypto can be added where it is needed"),
        (false, true, false) => Row::new(stage, Verdict::Block, "pgcrypto is needed, and only a superuser can add it")
            .advice("Without it this old server cannot make the ids of rows.")
            .hand_over(HandOver::sql("\\connect template1\nCREATE EXTENSION IF NOT EXISTS pgcrypto;")),
        (false, false, _) => Row::new(stage, Verdict::Block, "pgcrypto is needed and not there")
            .advice("Without it this old server cannot make the ids of rows. It comes with the package postgresql-contrib."),
    }
}

/// Room for connections.
#[derive(Debug, Deserialize)]
pub(super) struct Capacity {
    maximum: u32,
    /// Kept for administrators.
    kept: u32,
    used: u32,
    /// -1 for any number.
    role_limit: i64,
    role_used: u32,
}

impl Capacity {
    /// Connections that this role could ever have.
    fn ceiling(&self) -> u32 {
        let all = self.maximum.saturating_sub(self.kept);
        u32::try_from(self.role_limit).map_or(all, |limit| limit.min(all))
    }

    /// Connections that this role could open now; its own test is not counted.
    pub(super) fn free(&self) -> u32 {
        let all = self
            .maximum
            .saturating_sub(self.kept)
            .saturating_sub(self.used);
        u32::try_from(self.role_limit)
            .map_or(all, |limit| limit.saturating_sub(self.role_used).min(all))
    }
}

/// Is there room for what the platform will hold?
pub(super) fn connections(capacity: &Capacity, needed: Option<u32>, user: &str) -> Row {
    let stage = Stage::Connections;
    let (free, ceiling, maximum) = (capacity.free(), capacity.ceiling(), capacity.maximum);
    let found = format!("{free} free of {maximum}");
    let Some(needed) = needed else {
        return Row::new(stage, Verdict::Ok, found);
    };
    let found = format!("{found}, {needed} needed at most");
    if needed <= free {
        return Row::new(stage, Verdict::Ok, found);
    }
    let role = name(user);
    let all = maximum.saturating_sub(capacity.kept);
    if ceiling < all && needed > ceiling && needed <= all {
        return Row::new(stage, Verdict::Block, format!("{found}; the role may have {ceiling}"))
            .advice("The role has a limit of its own. The platform would run into it on a busy day, and refuse requests.")
            .hand_over(HandOver::sql(format!("ALTER ROLE {role} CONNECTION LIMIT {needed};")));
    }
    if needed <= ceiling {
        return Row::new(stage, Verdict::Warn, found)
            .advice("There would be room if others held fewer connections. On a busy day the platform may be refused some. Have the limit raised, or choose smaller pools or a pooler.")
            .hand_over(raise(capacity.used + needed + capacity.kept));
    }
    Row::new(stage, Verdict::Block, found)
        .advice("The server cannot hold as many. Have the limit raised, or choose smaller pools or a pooler.")
        .hand_over(raise(capacity.used + needed + capacity.kept))
}

fn raise(connections: u32) -> HandOver {
    let round = connections.div_ceil(10) * 10;
    HandOver::new(
        HandOverKind::Sql,
        format!(
            "ALTER SYSTEM SET max_connections = {round};  -- then restart; on a managed server: its parameter max_connections"
        ),
    )
}

/// How long is the way?
pub(super) fn latency(micros: u64) -> Row {
    let stage = Stage::Latency;
    let millis = |micros: u64| format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
    let found = format!("{} for a question and its answer", millis(micros));
    // One request to the API asks some ten questions of the database, one after the other.
    let ten = format!(
        "A request to the API asks about ten questions one after the other: some {} ms of waiting.",
        micros / 100
    );
    match micros {
        0..10_000 => Row::new(stage, Verdict::Ok, found),
        10_000..50_000 => Row::new(stage, Verdict::Note, found).advice(ten),
        _ => Row::new(stage, Verdict::Warn, found).advice(format!(
            "{ten} Large loads take many times longer. Run the platform nearer to its database."
        )),
    }
}

/// Do the clocks agree? Both in milliseconds; `doubt` is half the round trip.
pub(super) fn clock(ahead: i64, doubt: i64) -> Row {
    let stage = Stage::Clock;
    let off = ahead.saturating_abs().saturating_sub(doubt).max(0);
    if off < 2_000 {
        return Row::new(stage, Verdict::Ok, "the clocks agree");
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let words = if off < 120_000 {
        format!("{} s", off / 1000)
    } else {
        format!("{} min", off / 60_000)
    };
    let found = format!("the server's clock is {words} {side} this computer's");
    let verdict = if off < 30_000 {
        Verdict::Note
    } else {
        Verdict::Warn
    };
    Row::new(stage, verdict, found)
        .advice("Tokens end by one clock and are checked by another. Let both follow a time server (chrony, or timedatectl set-ntp true).")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(major: u32) -> Wanted {
        Wanted {
            release: "7.3.2".to_owned(),
            postgres_major: major,
            connections: None,
            databases: Vec::new(),
        }
    }

    fn role(change: impl FnOnce(&mut Rights)) -> Rights {
        let mut rights = Rights {
            role: "edfi_owner".to_owned(),
            superuser: false,
            create_databases: true,
            create_roles: false,
            connection_limit: -1,
            password_ends: None,
            postgres_exists: true,
            is_postgres: false,
            managed: None,
        };
        change(&mut rights);
        rights
    }

    #[test]
    fn versions() {
        let judge =
            |number, major| version(number, "x (Debian)", "PostgreSQL", &wanted(major)).verdict;
        assert_eq!(judge(150_006, 16), Verdict::Block);
        assert_eq!(judge(150_006, 13), Verdict::Ok);
        assert_eq!(judge(160_000, 16), Verdict::Ok);
        assert_eq!(judge(180_000, 16), Verdict::Ok);
        assert_eq!(judge(990_000, 16), Verdict::Note);
        let other = version(130_000, "13.0", "CockroachDB CCL v23", &wanted(16));
        assert_eq!(other.verdict, Verdict::Warn);
    }

    #[test]
    fn rights_ask_for_what_is_missing_and_no_more() {
        let none = rights(&role(|r| r.create_databases = false), 0);
        assert_eq!(none.verdict, Verdict::Block);
        assert_eq!(
            none.hand_over.unwrap().text,
            "ALTER ROLE edfi_owner CREATEDB;"
        );
        assert_eq!(rights(&role(|_| {}), 0).verdict, Verdict::Ok);
        assert_eq!(
            rights(&role(|r| r.superuser = true), 0).verdict,
            Verdict::Note
        );
        assert_eq!(
            rights(&role(|r| r.postgres_exists = false), 0).verdict,
            Verdict::Note
        );
        let managed = rights(&role(|r| r.managed = Some("rds_superuser".to_owned())), 0);
        assert_eq!(managed.verdict, Verdict::Ok);
        assert!(managed.found.contains("rds_superuser"));
        let soon = rights(&role(|r| r.password_ends = Some(100 + 3 * 86_400)), 100);
        assert_eq!(
            (soon.verdict, soon.found.as_str()),
            (Verdict::Warn, "enough, but the password ends in 3 days")
        );
    }

    #[test]
    fn a_read_only_server_is_told_from_a_read_only_role() {
        let judge = |standby, read_only, source: &str| {
            let writes_ = Writes {
                standby,
                read_only,
                source: Some(source.to_owned()),
            };
            writes(&writes_, "Owner", "x")
        };
        assert_eq!(judge(false, false, "default").verdict, Verdict::Ok);
        assert!(judge(true, true, "default").found.contains("standby"));
        let sql = |source| judge(false, true, source).hand_over.unwrap().text;
        assert_eq!(
            sql("user"),
            "ALTER ROLE \"Owner\" RESET default_transaction_read_only;"
        );
        assert_eq!(
            sql("database"),
            "ALTER DATABASE x RESET default_transaction_read_only;"
        );
        assert!(sql("configuration file").contains("SET default_transaction_read_only = off"));
    }

    #[test]
    fn room_for_connections() {
        let judge = |used, role_limit, needed| {
            let capacity = Capacity {
                maximum: 100,
                kept: 3,
                used,
                role_limit,
                role_used: 0,
            };
            connections(&capacity, Some(needed), "e").verdict
        };
        assert_eq!(judge(7, -1, 90), Verdict::Ok);
        assert_eq!(judge(8, -1, 90), Verdict::Warn);
        assert_eq!(judge(0, -1, 98), Verdict::Block);
        assert_eq!(judge(0, 20, 21), Verdict::Block);
        assert_eq!(judge(0, 20, 20), Verdict::Ok);
        let capacity = Capacity {
            maximum: 100,
            kept: 3,
            used: 7,
            role_limit: -1,
            role_used: 0,
        };
        let row = connections(&capacity, Some(140), "e");
        assert!(
            row.hand_over
                .unwrap()
                .text
                .contains("max_connections = 150")
        );
        assert_eq!(connections(&capacity, None, "e").found, "90 free of 100");
    }

    #[test]
    fn encodings() {
        let judge = |zero: (&str, &str), one: &str| {
            let template = |name: &str, encoding: &str| Template {
                name: name.to_owned(),
                encoding: encoding.to_owned(),
                collate: Some(zero.1.to_owned()),
                ctype: Some(zero.1.to_owned()),
            };
            let clusters = Clusters {
                templates: Some(vec![
                    template("template0", zero.0),
                    template("template1", one),
                ]),
            };
            let (row, own) = encoding(&clusters);
            (row.verdict, own)
        };
        assert_eq!(judge(("UTF8", "en_US.UTF-8"), "UTF8"), (Verdict::Ok, true));
        assert_eq!(judge(("UTF8", "C"), "LATIN1"), (Verdict::Note, true));
        assert_eq!(
            judge(("SQL_ASCII", "C"), "SQL_ASCII"),
            (Verdict::Note, true)
        );
        assert_eq!(
            judge(("LATIN1", "de_DE.ISO-8859-1"), "LATIN1"),
            (Verdict::Warn, false)
        );
        assert_eq!(
            encoding(&Clusters { templates: None }).0.verdict,
            Verdict::Warn
        );
    }

    #[test]
    fn extensions_by_age() {
        let judge = |uuid, plpgsql, pgcrypto, trusted| {
            extensions(&Extensions {
                uuid,
                plpgsql,
                pgcrypto,
                trusted,
            })
            .verdict
        };
        assert_eq!(judge(true, true, true, true), Verdict::Ok);
        assert_eq!(judge(true, true, false, false), Verdict::Note);
        assert_eq!(judge(false, true, true, false), Verdict::Block);
        assert_eq!(judge(false, true, false, false), Verdict::Block);
        assert_eq!(judge(true, false, true, true), Verdict::Block);
    }

    #[test]
    fn clocks_and_ways() {
        assert_eq!(clock(2_400, 500).verdict, Verdict::Ok);
        assert_eq!(
            clock(-5_000, 0).found,
            "the server's clock is 5 s behind this computer's"
        );
        assert_eq!(clock(600_000, 0).verdict, Verdict::Warn);
        assert_eq!(clock(i64::MIN, 0).verdict, Verdict::Warn);
        assert_eq!(latency(1_234).found, "1.2 ms for a question and its answer");
        assert_eq!(latency(300_000).verdict, Verdict::Warn);
        assert!(latency(30_000).advice.unwrap().contains("some 300 ms"));
    }
}
