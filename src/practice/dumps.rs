//! The SQL dumps that the practice database images carry, at the paths where the official images have theirs.
//!
//! The schemas are small, their names are real: what our own SQL, the stand-ins and an operator's psql touch is called
//! and typed as in the databases of ODS/API 7.3.2 (scripts under `Artifacts/PgSql` of Ed-Fi-ODS, read at that tag).

use super::role::Role;

const ADMIN: &str = include_str!("../../assets/practice/sql/admin.sql");
const SECURITY: &str = include_str!("../../assets/practice/sql/security.sql");
const ODS: &str = include_str!("../../assets/practice/sql/ods.sql");
const ODS_KEYS: &str = include_str!("../../assets/practice/sql/ods-keys.sql");
const ODS_4_AND_5: &str = include_str!("../../assets/practice/sql/ods-4-and-5.sql");
const ODS_6: &str = include_str!("../../assets/practice/sql/ods-6.sql");
const POPULATED: &str = include_str!("../../assets/practice/sql/populated.sql");
const TPDM: &str = include_str!("../../assets/practice/sql/tpdm.sql");
const OWNER: &str = include_str!("../../assets/practice/sql/owner.sql");

/// The files that the image of this role carries besides its programs: path in the image, and bytes.
///
/// `data_standard` is a full version, as in `6.1.0`. TPDM templates exist below 6.0.0 only, as upstream publishes them.
pub fn files(role: Role, data_standard: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut add = |name: &str, parts: &[&str]| {
        files.push((
            format!("/tmp/{name}.sql"),
            dump(parts, name, data_standard).into_bytes(),
        ));
    };
    let difference = if has_tpdm(data_standard) {
        ODS_4_AND_5
    } else {
        ODS_6
    };
    match role {
        Role::DbAdmin => {
            add("EdFi_Admin", &[ADMIN]);
            add("EdFi_Security", &[SECURITY]);
        }
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

/// Whether upstream publishes TPDM templates for this data standard: below 6.0.0 only.
fn has_tpdm(data_standard: &str) -> bool {
    data_standard
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major < 6)
}

/// The version as `util.getedfistandardversion()` of a real ODS states it: `5.2.0` is 5.2, `6.1.0` is 6.1.
pub fn short_standard(data_standard: &str) -> String {
    data_standard
        .split('.')
        .take(2)
        .collect::<Vec<_>>()
        .join(".")
}

fn dump(parts: &[&str], name: &str, data_standard: &str) -> String {
    let standard = if name.contains("_Ods_") {
        format!(
            "\nCREATE FUNCTION util.getedfistandardversion() RETURNS character varying \
             LANGUAGE sql IMMUTABLE\n    AS $$ SELECT '{}'::character varying $$;\n",
            short_standard(data_standard)
        )
    } else {
        String::new()
    };
    // The deployment tool's journal: every database says where it comes from.
    let journal = format!(
        "\nCREATE TABLE public.\"DeployJournal\" (\n    \
             schemaversionsid serial CONSTRAINT \"PK_DeployJournal_Id\" PRIMARY KEY,\n    \
             scriptname character varying(255) NOT NULL,\n    \
             applied timestamp without time zone NOT NULL\n);\n\
         INSERT INTO public.\"DeployJournal\" (scriptname, applied)\n    \
             VALUES ('practice.Standard.{data_standard}.{name}.sql', CURRENT_TIMESTAMP);\n"
    );
    [parts.concat(), standard, journal, OWNER.to_owned()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(role: Role, data_standard: &str) -> Vec<String> {
        files(role, data_standard)
            .into_iter()
            .map(|(path, _)| path)
            .collect()
    }

    fn text(role: Role, data_standard: &str, path: &str) -> String {
        let (_, bytes) = files(role, data_standard)
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
        for role in [Role::DbAdmin, Role::DbOdsSandbox] {
            for (path, bytes) in files(role, "5.2.0") {
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
}
