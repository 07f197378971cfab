//! The SQL dumps that the practice database images carry, at the paths where the official images have theirs.
//!
//! The schemas are small, their names are real: what our own SQL, the stand-ins and an operator's psql touch is called
//! and typed as in the databases of ODS/API 7.3.2 and 6.2 (scripts under `Artifacts/PgSql` of Ed-Fi-ODS, read at the tags
//! v7.3.2 and v6.2-patch2).

use std::fmt::Write as _;

use super::dialect_of;
use super::role::Role;
use crate::catalog::Dialect;

const ADMIN: &str = include_str!("../../assets/practice/sql/admin.sql");
const ADMIN_6: &str = include_str!("../../assets/practice/sql/admin-6.sql");
const SECURITY: &str = include_str!("../../assets/practice/sql/security.sql");
const SECURITY_6: &str = include_str!("../../assets/practice/sql/security-6.sql");
const ODS: &str = include_str!("../../assets/practice/sql/ods.sql");
const ODS_KEYS: &str = include_str!("../../assets/practice/sql/ods-keys.sql");
const ODS_4_AND_5: &str = include_str!("../../assets/practice/sql/ods-4-and-5.sql");
const ODS_6: &str = include_str!("../../assets/practice/sql/ods-6.sql");
const POPULATED: &str = include_str!("../../assets/practice/sql/populated.sql");
const TPDM: &str = include_str!("../../assets/practice/sql/tpdm.sql");
const ADMIN_API_SCHEMA: &str = include_str!("../../assets/practice/sql/admin-api-schema.sql");
const ADMIN_API_TABLES: &str = include_str!("../../assets/practice/sql/admin-api-tables.sql");
const ADMIN_API_CLAIM_SET: &str = include_str!("../../assets/practice/sql/admin-api-claim-set.sql");
const OWNER: &str = include_str!("../../assets/practice/sql/owner.sql");

/// The files that the image of this role carries besides its programs: path in the image, and bytes.
///
/// `release` and `data_standard` are full versions, as in `7.3.2` and `6.1.0`. TPDM templates exist below 6.0.0 only, as
/// upstream publishes them.
pub fn files(role: Role, release: &str, data_standard: &str) -> Vec<(String, Vec<u8>)> {
    let dialect = dialect_of(release);
    let mut files = Vec::new();
    let mut add = |name: &str, parts: &[&str]| {
        files.push((
            format!("/tmp/{name}.sql"),
            dump(parts, name, dialect, data_standard).into_bytes(),
        ));
    };
    let difference = if has_tpdm(data_standard) {
        ODS_4_AND_5
    } else {
        ODS_6
    };
    match role {
        Role::DbAdmin => match dialect {
            Dialect::V6 => {
                add("EdFi_Admin", &[ADMIN_6]);
                add("EdFi_Security", &[SECURITY, SECURITY_6]);
            }
            Dialect::V7 => {
                add("EdFi_Admin", &[ADMIN]);
                add("EdFi_Security", &[SECURITY]);
            }
        },
        Role::DbOdsMinimal | Role::DbOdsSandbox => {
            add("EdFi_Ods_Minimal_Template", &[ODS, difference, ODS_KEYS]);
            if has_tpdm(data_standard) {
                add(
                    "EdFi_Ods_Minimal_Template_TPDM_Core",
                    &[ODS, difference, TPDM, ODS_KEYS],
                );
            }
            if role == Role::DbOdsSandbox {
                add(
                    "EdFi_Ods_Populated_Template",
                    &[ODS, difference, POPULATED, ODS_KEYS],
                );
                if has_tpdm(data_standard) {
                    add(
                        "EdFi_Ods_Populated_Template_TPDM_Core",
                        &[ODS, difference, POPULATED, TPDM, ODS_KEYS],
                    );
                }
            }
        }
        _ => {}
    }
    files
}

/// The SQL that the Admin API's image carries for its own tables, where and under the names under which the published one
/// has it (ODS-Admin-API v2.3.2: `EdFi.Ods.AdminApi.csproj` and both Dockerfiles).
pub fn admin_api_files() -> [(String, &'static str); 3] {
    [
        ("Admin/00001-CreateAdminApiSchema.sql", ADMIN_API_SCHEMA),
        ("Admin/00002-AddApiAuthTables.sql", ADMIN_API_TABLES),
        (
            "Security/00001-AdminConsoleClaimsetUp.sql",
            ADMIN_API_CLAIM_SET,
        ),
    ]
    .map(|(path, text)| (format!("/app/Artifacts/PgSql/Structure/{path}"), text))
}

/// Whether upstream publishes TPDM templates for this data standard: below 6.0.0 only.
pub fn has_tpdm(data_standard: &str) -> bool {
    data_standard
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major < 6)
}

/// A version's first two numbers, as `util.getedfistandardversion()` of a real ODS states its data standard: `5.2.0` is 5.2.
pub fn short_version(version: &str) -> String {
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The function in which an ODS says what it is, and what it says. Release 6.2 knows its own version only: there was one
/// data standard to a release.
pub fn ods_version(dialect: Dialect, data_standard: &str) -> (&'static str, String) {
    match dialect {
        Dialect::V6 => ("util.getedfiodsversion", "6.2".to_owned()),
        Dialect::V7 => ("util.getedfistandardversion", short_version(data_standard)),
    }
}

fn dump(parts: &[&str], name: &str, dialect: Dialect, data_standard: &str) -> String {
    let is_ods = name.contains("_Ods_");
    let mut content = parts.concat();
    if is_ods && dialect == Dialect::V6 {
        // Education organizations outgrew 32 bits in release 7.
        content = content.replace("id bigint", "id integer");
    }
    let mut functions = String::new();
    if is_ods {
        let mut says = vec![ods_version(dialect, data_standard)];
        if dialect == Dialect::V7 {
            says.push(("util.getedfiodsversion", "7.3".to_owned()));
        }
        for (function, version) in says {
            // Writing to a string cannot fail.
            let _ = writeln!(
                functions,
                "\nCREATE FUNCTION {function}() RETURNS character varying LANGUAGE sql IMMUTABLE\n    \
                     AS $$ SELECT '{version}'::character varying $$;"
            );
        }
    }
    // The deployment tool's journal: every database says where it comes from.
    let journal = format!(
        "\nCREATE TABLE public.\"DeployJournal\" (\n    \
             schemaversionsid serial CONSTRAINT \"PK_DeployJournal_Id\" PRIMARY KEY,\n    \
             scriptname character varying(255) NOT NULL,\n    \
             applied timestamp without time zone NOT NULL\n);\n\
         INSERT INTO public.\"DeployJournal\" (scriptname, applied)\n    \
             VALUES ('practice.Standard.{data_standard}.{name}.sql', CURRENT_TIMESTAMP);\n"
    );
    [content, functions, journal, OWNER.to_owned()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(role: Role, data_standard: &str) -> Vec<String> {
        files(role, "7.3.2", data_standard)
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    }

    fn text(role: Role, data_standard: &str, path: &str) -> String {
        text_of("7.3.2", role, data_standard, path)
    }

    fn text_of(release: &str, role: Role, data_standard: &str, path: &str) -> String {
        let (_, bytes) = files(role, release, data_standard)
            .into_iter()
            .find(|(name, _)| name == path)
            .unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn tpdm_templates_end_with_data_standard_5() {
        assert_eq!(
            names(Role::DbOdsMinimal, "6.1.0"),
            ["/tmp/EdFi_Ods_Minimal_Template.sql"]
        );
        assert_eq!(
            names(Role::DbOdsMinimal, "5.2.0"),
            [
                "/tmp/EdFi_Ods_Minimal_Template.sql",
                "/tmp/EdFi_Ods_Minimal_Template_TPDM_Core.sql"
            ]
        );
        assert_eq!(
            names(Role::DbOdsSandbox, "6.1.0"),
            [
                "/tmp/EdFi_Ods_Minimal_Template.sql",
                "/tmp/EdFi_Ods_Populated_Template.sql"
            ]
        );
        assert_eq!(names(Role::DbOdsSandbox, "4.0.0").len(), 4);
        assert_eq!(
            names(Role::DbAdmin, "6.1.0"),
            ["/tmp/EdFi_Admin.sql", "/tmp/EdFi_Security.sql"]
        );
        assert!(names(Role::Cache, "6.1.0").is_empty());
    }

    #[test]
    fn a_dump_says_which_data_standard_it_is() {
        let five = text(
            Role::DbOdsMinimal,
            "5.2.0",
            "/tmp/EdFi_Ods_Minimal_Template.sql",
        );
        assert!(five.contains("SELECT '5.2'::character varying"));
        assert!(five.contains("citizenshipstatusdescriptorid"));
        let six = text(
            Role::DbOdsMinimal,
            "6.1.0",
            "/tmp/EdFi_Ods_Minimal_Template.sql",
        );
        assert!(six.contains("SELECT '6.1'::character varying"));
        assert!(six.contains("accreditationstatusdescriptorid"));
        assert!(!six.contains("255901001"));
    }

    #[test]
    fn foreign_keys_come_after_all_data_as_in_any_dump() {
        let versions = [("7.3.2", "5.2.0"), ("6.2.0", "4.0.0")];
        let roles = [Role::DbAdmin, Role::DbOdsSandbox];
        for ((release, standard), role) in versions.into_iter().flat_map(|v| roles.map(|r| (v, r)))
        {
            for (path, bytes) in files(role, release, standard) {
                let dump = String::from_utf8(bytes).unwrap();
                let (tables, keys) = dump.split_once("FOREIGN KEY (").unwrap();
                assert!(!tables.contains("REFERENCES"), "{path}");
                assert_eq!(
                    keys.matches("FOREIGN KEY (").count() + 1,
                    keys.matches("REFERENCES").count(),
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn release_6_has_the_old_shape() {
        let admin = text_of("6.2.0", Role::DbAdmin, "4.0.0", "/tmp/EdFi_Admin.sql");
        assert!(admin.contains("odsinstance_odsinstanceid integer,\n"));
        for newer in [
            "apiclientodsinstances",
            "odsinstancecontexts",
            "connectionstring",
            "bigint",
        ] {
            assert!(!admin.contains(newer), "{newer}");
        }
        let ods = "/tmp/EdFi_Ods_Minimal_Template.sql";
        let ods = text_of("6.2.0", Role::DbOdsMinimal, "4.0.0", ods);
        assert!(ods.contains("schoolid integer") && !ods.contains("schoolid bigint"));
        assert!(ods.contains("changeversion bigint"));
        assert!(
            ods.contains("util.getedfiodsversion()") && !ods.contains("getedfistandardversion")
        );
        let security = text_of("6.2.0", Role::DbAdmin, "4.0.0", "/tmp/EdFi_Security.sql");
        assert!(security.contains("application_applicationid"));
    }
}
