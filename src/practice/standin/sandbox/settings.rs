//! What Sandbox Admin must know.

use super::super::crash::Crash;
use super::super::npgsql::ConnectionString;
use super::super::settings::Settings;
use crate::catalog::Dialect;
use crate::practice::dialect_of;

/// The settings of Sandbox Admin.
#[derive(Debug)]
pub struct SandboxSettings {
    /// First part of every path; may be empty.
    pub base: String,
    /// Where clients get tokens, as shown on the page.
    pub oauth_url: String,
    /// `EdFi_Admin`.
    pub admin: ConnectionString,
    /// The maintenance database of the server that holds the sandboxes.
    pub master: ConnectionString,
    /// The login of the page's user, an address.
    pub user: String,
    /// That user's password.
    pub password: Password,
    /// The sandboxes.
    pub sandboxes: [Sandbox; 2],
    /// Whether it belongs to release 7, where a sandbox is an ODS instance linked to its client. In release 6 the API finds
    /// it by the client's key.
    pub links_instances: bool,
    /// Connection string of an ODS, with `{0}` for what follows `EdFi_` in the database's name.
    ods: Password,
}

/// A value that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// What a sandbox is cloned from. The number is what `dbo.apiclients.sandboxtype` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SandboxKind {
    /// The minimal template.
    Minimal = 0,
    /// The populated template.
    Sample = 1,
}

impl SandboxKind {
    /// As the real one calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimal => "Minimal",
            Self::Sample => "Sample",
        }
    }

    /// The template database.
    pub fn template(self) -> &'static str {
        match self {
            Self::Minimal => "EdFi_Ods_Minimal_Template",
            Self::Sample => "EdFi_Ods_Populated_Template",
        }
    }
}

/// A sandbox: a database of its own and one client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    /// Name of the sandbox, of its client and of its ODS instance.
    pub name: &'static str,
    /// Where it comes from.
    pub kind: SandboxKind,
    /// The client's key.
    pub key: String,
    /// The client's secret.
    pub secret: Password,
}

impl Sandbox {
    /// The database's name.
    pub fn database(&self) -> String {
        format!("EdFi_Ods_Sandbox_{}", self.key)
    }
}

impl SandboxSettings {
    /// Reads everything, or says what is missing.
    pub fn read(settings: &Settings) -> Result<Self, Crash> {
        let required = |name: &str| {
            settings
                .variable(name)
                .map(str::to_owned)
                .ok_or_else(|| Crash::setting(format!("{name} is missing.")))
        };
        let sandbox = |name, kind, prefix: &str| {
            let (key, secret) = (
                required(&format!("{prefix}_KEY"))?,
                required(&format!("{prefix}_SECRET"))?,
            );
            Ok(Sandbox {
                name,
                kind,
                key,
                secret: Password(secret),
            })
        };
        let connection = |name: &str, host: &str, database: &str| {
            let text = match settings.get(&format!("ConnectionStrings:{name}")) {
                Some(text) => text.to_owned(),
                None => from_variables(settings, &required(host)?, database),
            };
            ConnectionString::parse(&text)
                .map_err(|error| Crash::new("System.ArgumentException", format!("{name}: {error}")))
        };
        let release = settings
            .variable("EDFI_PRACTICE_RELEASE")
            .unwrap_or("7.3.2");
        let links_instances = dialect_of(release) == Dialect::V7;
        // Release 6 has no plain names for these two.
        let plain = |name: &str| settings.variable(name).filter(|_| links_instances);
        Ok(Self {
            links_instances,
            base: settings
                .get("PathBase")
                .or_else(|| plain("PATH_BASE"))
                .unwrap_or_default()
                .trim_matches('/')
                .to_owned(),
            oauth_url: settings
                .get("OAuthUrl")
                .or_else(|| plain("OAUTH_URL"))
                .unwrap_or_default()
                .to_owned(),
            admin: connection("EdFi_Admin", "ADMIN_POSTGRES_HOST", "EdFi_Admin")?,
            master: connection(
                "EdFi_Master",
                "ODS_POSTGRES_HOST",
                settings.variable("POSTGRES_DB").unwrap_or("postgres"),
            )?,
            user: required("ADMIN_USER")?,
            password: Password(required("ADMIN_PASSWORD")?),
            sandboxes: [
                sandbox(
                    "Minimal Demonstration Sandbox",
                    SandboxKind::Minimal,
                    "MINIMAL",
                )?,
                sandbox(
                    "Populated Demonstration Sandbox",
                    SandboxKind::Sample,
                    "POPULATED",
                )?,
            ],
            ods: Password(match settings.get("ConnectionStrings:EdFi_Ods") {
                Some(text) => text.to_owned(),
                None => from_variables(settings, &required("ODS_POSTGRES_HOST")?, "EdFi_{0}"),
            }),
        })
    }

    /// The connection string that `EdFi_Admin` gets for a sandbox.
    pub fn connection(&self, sandbox: &Sandbox) -> String {
        self.ods
            .0
            .replace("{0}", &format!("Ods_Sandbox_{}", sandbox.key))
    }
}

fn from_variables(settings: &Settings, host: &str, database: &str) -> String {
    let variable = |name: &str| settings.variable(name).unwrap_or_default();
    format!(
        "host={host};port={};username={};password={};database={database};pooling={};application name=EdFi.Ods.WebApi",
        settings.variable("POSTGRES_PORT").unwrap_or("5432"),
        variable("POSTGRES_USER"),
        variable("POSTGRES_PASSWORD"),
        variable("NPG_POOLING_ENABLED"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, &str); 10] = [
        ("ADMIN_POSTGRES_HOST", "db-admin"),
        ("ODS_POSTGRES_HOST", "db-ods"),
        ("POSTGRES_USER", "edfi"),
        ("POSTGRES_PASSWORD", "secret"),
        ("ADMIN_USER", "admin@example.org"),
        ("ADMIN_PASSWORD", "pw"),
        ("MINIMAL_KEY", "minimal"),
        ("MINIMAL_SECRET", "s1"),
        ("POPULATED_KEY", "populated"),
        ("POPULATED_SECRET", "s2"),
    ];

    fn read(without: &str) -> Result<SandboxSettings, Crash> {
        let variables = ALL.iter().filter(|(name, _)| *name != without);
        SandboxSettings::read(&Settings::from_variables(
            variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        ))
    }

    #[test]
    fn each_sandbox_has_a_database_of_its_own() {
        let settings = read("").unwrap();
        let [minimal, populated] = &settings.sandboxes;
        assert_eq!(minimal.database(), "EdFi_Ods_Sandbox_minimal");
        assert_eq!(populated.kind.template(), "EdFi_Ods_Populated_Template");
        let connection = ConnectionString::parse(&settings.connection(populated)).unwrap();
        assert_eq!(
            format!("{connection:?}"),
            "edfi@db-ods:5432/EdFi_Ods_Sandbox_populated"
        );
        assert_eq!(
            format!("{:?}", settings.master),
            "edfi@db-ods:5432/postgres"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in [
            "ADMIN_USER",
            "MINIMAL_SECRET",
            "POPULATED_KEY",
            "ADMIN_POSTGRES_HOST",
        ] {
            assert!(read(name).unwrap_err().message().contains(name));
        }
    }
}
