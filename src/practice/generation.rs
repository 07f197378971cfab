//! What differs between the images of ODS/API 6.2 and those of 7.

use super::{Role, Wanted, dumps};
use crate::catalog::Dialect;

const DB_ADMIN_INIT: &str = include_str!("../../assets/practice/db-admin-init.sh");
const DB_ODS_MINIMAL_INIT: &str = include_str!("../../assets/practice/db-ods-minimal-init.sh");
const DB_ODS_SANDBOX_INIT: &str = include_str!("../../assets/practice/db-ods-sandbox-init.sh");
const DB_ODS_6_INIT: &str = include_str!("../../assets/practice/db-ods-6-init.sh");
/// Makes the role `postgres` where the server's user is another; stands for [`ROLE_MARK`] in the scripts above.
const DB_ROLE: &str = include_str!("../../assets/practice/db-role.sh");
const ROLE_MARK: &str = "# @ROLE@\n";

/// How that release speaks, by its full version, as in `6.2.0`.
pub fn dialect_of(release: &str) -> Dialect {
    match release.split('.').next() {
        Some("6") => Dialect::V6,
        _ => Dialect::V7,
    }
}

/// Name and text of the script that fills a new server. Only from 7.3 on the images take a user of another name.
pub fn init_script(wanted: &Wanted) -> (&'static str, String) {
    let dialect = dialect_of(&wanted.release);
    let (name, script) = match (wanted.role, dialect) {
        (Role::DbAdmin, _) => ("1-init-database.sh", DB_ADMIN_INIT),
        (Role::DbOdsMinimal, Dialect::V6) => ("init-database.sh", DB_ODS_6_INIT),
        (Role::DbOdsMinimal, Dialect::V7) => ("init-database.sh", DB_ODS_MINIMAL_INIT),
        _ => ("init-database.sh", DB_ODS_SANDBOX_INIT),
    };
    let role = match dialect {
        Dialect::V6 => "",
        Dialect::V7 => DB_ROLE,
    };
    (name, script.replace(ROLE_MARK, role))
}

/// The extension that the API's image brings along. Its folder's name is inferred from upstream's package names.
pub fn tpdm_plugin(wanted: &Wanted) -> [(String, String); 2] {
    let standard = match dialect_of(&wanted.release) {
        Dialect::V6 => String::new(),
        Dialect::V7 => format!(".Standard.{}", wanted.data_standard),
    };
    let name = format!("EdFi.Ods.Extensions.TPDM.Core.1.1.0{standard}");
    let version = dumps::short_version(&wanted.release);
    let model = format!(
        r#"{{
  "odsApiVersion": "{version}",
  "schemaDefinition": {{
    "logicalName": "TPDM",
    "physicalName": "tpdm",
    "version": "1.1.0",
    "informationalVersion": "TPDM-Core"
  }}
}}
"#
    );
    [
        (
            format!("/app/Plugin/{name}/{name}.dll"),
            "practice stand-in for an assembly\n".to_owned(),
        ),
        (
            format!("/app/Plugin/{name}/Artifacts/Metadata/ApiModel-EXTENSION.json"),
            model,
        ),
    ]
}

/// The settings that the image brings along, where the stand-ins read them (`ENV` in the Dockerfiles of release 6.2).
pub fn defaults(wanted: &Wanted) -> &'static [&'static str] {
    if dialect_of(&wanted.release) == Dialect::V7 {
        return &[];
    }
    match wanted.role {
        Role::WebApi => &["ApiSettings__PathBase=api"],
        Role::SandboxAdmin => &["PathBase=admin", "OAuthUrl=https://localhost/api/oauth/"],
        Role::Swagger => &["PathBase=docs", "WebApiVersionUrl=https://localhost/api/"],
        _ => &[],
    }
}
