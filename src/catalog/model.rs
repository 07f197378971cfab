//! The shape of a catalog file.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::profile::UseCase;

/// One release of the ODS/API and everything that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Complete version, as in 7.3.2.
    pub release: String,
    /// Name for people.
    pub title: String,
    /// Until when Ed-Fi supports it.
    pub supported_until: String,
    /// How its addresses and instances work.
    #[serde(default)]
    pub dialect: Dialect,
    /// Oldest PostgreSQL it works with.
    pub postgres_major: u32,
    /// Data standards it was built for, the release's current one first.
    pub data_standards: Vec<DataStandard>,
    /// Use cases it can serve; all of them where the file does not say it.
    #[serde(default)]
    pub use_cases: Option<Vec<UseCase>>,
    /// Where these facts were read.
    pub source: String,
    /// Images by role.
    pub images: IndexMap<String, ImageEntry>,
}

impl Release {
    /// The data standard of exactly that version.
    pub fn standard(&self, id: &str) -> Option<&DataStandard> {
        self.data_standards
            .iter()
            .find(|standard| standard.id == id)
    }

    /// Use cases it can serve.
    pub fn serves(&self) -> Vec<UseCase> {
        self.use_cases
            .clone()
            .unwrap_or_else(|| UseCase::ALL.to_vec())
    }
}

/// How a generation of the ODS/API names instances and finds their databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// ODS/API 6: `API_MODE` decides how the ODS is chosen, for all clients alike.
    ///
    /// | mode | database | in the address |
    /// |---|---|---|
    /// | `SharedInstance` | `EdFi_Ods` | nothing |
    /// | `YearSpecific` | `EdFi_Ods_{year}` | the year after area and version, `data/v3/{year}/ed-fi/…` |
    /// | `DistrictSpecific` | `EdFi_Ods_{id}` of the client's only education organization | nothing |
    /// | `Sandbox` | `EdFi_Ods_Sandbox_{key}` of the client | nothing |
    ///
    /// The token address never has a prefix, `oauth/token`. There are no instance rows with connection strings, no
    /// links between clients and instances, and no key for connection strings. `ODS_POSTGRES_HOST` may hold `{0}`,
    /// which becomes what follows `EdFi_` in the database's name; without it one server keeps all databases.
    V6,
    /// ODS/API 7: rows of `dbo.OdsInstances`, links between clients and instances, and a route template decide; tenant
    /// and context come before the area, for tokens too.
    #[default]
    V7,
}

/// A version of the Ed-Fi data standard.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataStandard {
    /// Complete version, as in 6.1.0.
    pub id: String,
    /// What it adds to an image tag; empty for the release's current standard.
    pub suffix: String,
    /// Whether the teacher-preparation extension has database templates for it.
    pub tpdm: bool,
}

/// What sort of program an image holds, and so how it is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageKind {
    /// A PostgreSQL server.
    Postgres,
    /// One of Ed-Fi's web programs.
    Web,
    /// The door in front of them.
    Gateway,
    /// A shared cache (Redis).
    Cache,
}

/// When an addition to the environment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Where addresses have a part that chooses the instance.
    Context,
    /// Where there are tenants.
    Tenants,
    /// Once for each tenant; `{tenant}` in a name stands for its name.
    EachTenant,
    /// Where there is a shared cache.
    Cache,
}

/// How sure we are of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Read in the image's own sources.
    Read,
    /// Concluded from other sources, not seen running.
    Inferred,
}

/// An image and its settings dialect.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageEntry {
    /// What it is, for people.
    pub title: String,
    /// Repository without a registry.
    pub repository: String,
    /// Tag; a template.
    pub tag: String,
    /// Sort of program.
    pub kind: ImageKind,
    /// Port it listens on.
    pub port: u16,
    /// Path of the health request on that port.
    #[serde(default)]
    pub health: Option<String>,
    /// Folder with data that must outlive the container.
    #[serde(default)]
    pub data: Option<String>,
    /// Number of the user it runs as, where files for it need an owner.
    #[serde(default)]
    pub uid: u32,
    /// Typical memory in use, megabytes.
    pub memory_mb: u64,
    /// Size of the image unpacked, megabytes, rounded.
    pub image_mb: u64,
    /// Time after the start in which it must serve, seconds; generous, for slow disks.
    pub start_seconds: u64,
    /// Environment; values are templates.
    pub env: BTreeMap<String, String>,
    /// Environment that comes on top in some deployments.
    #[serde(default)]
    pub env_when: BTreeMap<Condition, BTreeMap<String, String>>,
    /// What the container runs in place of the image's own command.
    #[serde(default)]
    pub command: Vec<String>,
    /// How this release wants the connection to an ODS written; a template.
    #[serde(default)]
    pub connection_string: Option<String>,
    /// Databases its first start makes, and what we need to make them ourselves.
    #[serde(default)]
    pub databases: Vec<DatabaseEntry>,
    /// Folder in the image with the SQL that makes its own tables in others' databases, below it one folder for each.
    #[serde(default)]
    pub scripts: Option<String>,
    /// Where this was read.
    pub source: String,
    /// How sure we are.
    pub certainty: Certainty,
}

/// A database that an image brings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseEntry {
    /// Its name, mixed case: always quoted in SQL.
    pub name: String,
    /// The SQL inside the image that fills it.
    pub dump: String,
    /// The same with the teacher-preparation extension.
    #[serde(default)]
    pub dump_tpdm: Option<String>,
    /// A table that exists only when the database was filled.
    pub sign: String,
    /// Whether others are cloned from it.
    #[serde(default)]
    pub template: bool,
}
