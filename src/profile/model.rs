//! The profile: what the operator wants. No secrets in it, ever.
//!
//! Field names are the file's own. Defaults are what a first install on one computer wants.
//! Wording of each field's doc comment doubles as the text of the JSON schema, so it is
//! written for an operator, not for a programmer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern;

/// What one Ed-Fi deployment should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Version of this file's format. Always 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Name of the deployment: lower-case letters, digits and hyphens, 2 to 40 characters.
    #[schemars(extend("pattern" = pattern::NAME, "examples" = ["grand-bend"]))]
    pub name: String,
    /// Who will use the platform.
    pub use_case: UseCase,
    /// Release of the ODS/API, complete, as in 7.3.2.
    #[serde(default = "default_release")]
    #[schemars(extend("pattern" = pattern::VERSION))]
    pub release: String,
    /// Ed-Fi data standard, complete, as in 6.1.0.
    #[serde(default = "default_data_standard")]
    #[schemars(extend("pattern" = pattern::VERSION))]
    pub data_standard: String,
    /// The databases that the API serves beside each other: school years, districts or tenants.
    #[serde(default)]
    pub instances: Instances,
    /// How the API runs.
    #[serde(default)]
    pub api: Api,
    /// What several copies of the API share.
    #[serde(default)]
    pub cache: Cache,
    /// Whether programs of others can administer the platform.
    #[serde(default)]
    pub admin_api: AdminApi,
    /// Additions to the Ed-Fi data model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// Where PostgreSQL runs.
    #[serde(default)]
    pub postgres: Postgres,
    /// How people and programs reach the platform.
    #[serde(default)]
    pub access: Access,
    /// Show the Swagger UI, a web page to try the API by hand. For evaluation, not for production.
    #[serde(default)]
    pub swagger_ui: bool,
    /// The first key and secret that the tool makes for a program to connect with.
    #[serde(default)]
    pub first_client: FirstClient,
    /// Where container images come from.
    #[serde(default)]
    pub images: Images,
    /// What each container keeps of its log.
    #[serde(default)]
    pub logging: Logging,
}

impl Profile {
    /// Names of the instances that the API serves, in the order of the profile: a year, a district's
    /// number, a tenant, or tenant and year as in `north-2027`. A platform with one database for
    /// everything has one, `default`; the sandbox, which makes its own, none.
    pub fn instance_names(&self) -> Vec<String> {
        let Instances {
            years,
            districts,
            tenants,
            ..
        } = &self.instances;
        let use_case = self.use_case;
        match (use_case.has_tenants(), use_case.has_years()) {
            _ if use_case == UseCase::Sandbox => Vec::new(),
            _ if use_case.has_districts() => districts.iter().map(u64::to_string).collect(),
            (true, true) => tenants
                .iter()
                .flat_map(|tenant| years.iter().map(move |year| format!("{tenant}-{year}")))
                .collect(),
            (true, false) => tenants.clone(),
            (false, true) => years.iter().map(u16::to_string).collect(),
            (false, false) => vec!["default".to_owned()],
        }
    }
}

/// Who will use the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UseCase {
    /// A try-out with sample data: sandbox databases, Sandbox Admin, Swagger UI.
    Sandbox,
    /// One district, everything together in one database.
    DistrictShared,
    /// One district, a database for each school year.
    DistrictYears,
    /// Several districts on one platform, a database for each.
    Districts,
    /// Several organizations on one platform, each with databases, keys and rights of its own.
    Tenants,
    /// The same, and each of them has a database for each school year.
    TenantsYears,
    /// A state, everything together in one large database.
    StateShared,
    /// A state, a large database for each school year.
    StateYears,
}

impl UseCase {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 8] = [
        Self::Sandbox,
        Self::DistrictShared,
        Self::DistrictYears,
        Self::Districts,
        Self::Tenants,
        Self::TenantsYears,
        Self::StateShared,
        Self::StateYears,
    ];

    /// The use case of that name in a profile.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.word() == word)
    }

    /// Whether each school year has a database of its own.
    pub fn has_years(self) -> bool {
        matches!(
            self,
            Self::DistrictYears | Self::TenantsYears | Self::StateYears
        )
    }

    /// Whether each district has a database of its own.
    pub fn has_districts(self) -> bool {
        self == Self::Districts
    }

    /// Whether there are tenants, each with keys and rights of its own.
    pub fn has_tenants(self) -> bool {
        matches!(self, Self::Tenants | Self::TenantsYears)
    }

    /// What it is that a release serves, to end a sentence with.
    pub fn served(self) -> &'static str {
        match self {
            Self::Sandbox => "a try-out with sample data",
            Self::DistrictShared => "one district in one database",
            Self::DistrictYears => "one district with a database for each school year",
            Self::Districts => "several districts with a database for each",
            Self::Tenants | Self::TenantsYears => {
                "several organizations with keys and rights of their own"
            }
            Self::StateShared => "a state in one database",
            Self::StateYears => "a state with a database for each school year",
        }
    }

    /// Its name in a profile.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::DistrictShared => "district-shared",
            Self::DistrictYears => "district-years",
            Self::Districts => "districts",
            Self::Tenants => "tenants",
            Self::TenantsYears => "tenants-years",
            Self::StateShared => "state-shared",
            Self::StateYears => "state-years",
        }
    }
}

/// The databases that the API serves beside each other. Which of the lists counts depends on the use case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instances {
    /// School years, each by the year in which it ends, 2000 to 2099.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 2000, max = 2099)))]
    #[schemars(extend("uniqueItems" = true, "examples" = [[2026, 2027]]))]
    pub years: Vec<u16>,
    /// Districts, each by the number that the state gave it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(range(min = 1, max = 9_223_372_036_854_775_807_u64)))]
    #[schemars(extend("uniqueItems" = true, "examples" = [[255_901, 255_902]]))]
    pub districts: Vec<u64>,
    /// Tenants, each by a short name that becomes part of its address: lower-case letters, digits and hyphens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(regex(pattern = pattern::TENANT)))]
    #[schemars(extend("uniqueItems" = true, "examples" = [["north", "south"]]))]
    pub tenants: Vec<String>,
    /// How a program says which year or district it means.
    #[serde(default)]
    pub chosen_by: ChosenBy,
    /// Whether the databases are kept together.
    #[serde(default)]
    pub isolation: Isolation,
    /// Databases that begin as a copy of another one instead of empty: the new one's name, then the one to copy.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = {"pattern": pattern::INSTANCE}))]
    #[schemars(extend("additionalProperties" = {"type": "string", "pattern": pattern::INSTANCE}))]
    #[schemars(extend("examples" = [{"2027": "2026"}]))]
    pub copies: BTreeMap<String, String>,
}

/// How a program says which year or district it means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChosenBy {
    /// By the address, as in `https://host/api/2026/data/v3`.
    #[default]
    Address,
    /// By its key alone: one address for all, and each key opens one database.
    Key,
}

/// Whether the databases are kept together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// All in one PostgreSQL server. Takes the least memory.
    #[default]
    SharedServer,
    /// Each in a PostgreSQL server, and so a container, of its own.
    ServerPerInstance,
}

/// How the API runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Copies of the API that share the work, 1 to 8. More than one needs a cache.
    #[serde(default = "default_replicas")]
    #[schemars(range(min = 1, max = 8))]
    pub replicas: u8,
}

/// What several copies of the API share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Whether there is a shared cache (Redis).
    #[serde(default)]
    pub placement: CachePlacement,
}

/// Whether there is a shared cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CachePlacement {
    /// None: the API remembers things by itself. Enough for one copy of it.
    #[default]
    None,
    /// In a container of this deployment.
    Internal,
}

/// Whether programs of others, an Admin App among them, can administer the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminApi {
    /// Whether there is an Admin API. Not for tenants, and not with ODS/API 6.
    #[serde(default)]
    pub placement: AdminApiPlacement,
}

/// Whether there is an Admin API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AdminApiPlacement {
    /// None: this tool makes the keys.
    #[default]
    None,
    /// In a container of this deployment, at `https://host/adminapi`.
    Internal,
}

/// An addition to the Ed-Fi data model, built for this release and data standard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Its name, as it stands in addresses: letters, digits and hyphens.
    #[schemars(extend("pattern" = pattern::EXTENSION, "examples" = ["sample"]))]
    pub name: String,
    /// Folder with what its makers deliver; see docs/extensions.md for what has to be in it.
    #[schemars(extend("pattern" = pattern::FILE, "examples" = ["extensions/sample"]))]
    pub folder: PathBuf,
}

/// Where PostgreSQL runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Postgres {
    /// In containers of this deployment, or on a server of your own.
    #[serde(default)]
    pub placement: Placement,
    /// Memory that the server with the data may use, in megabytes, 256 to 1000000. Without it, what PostgreSQL takes
    /// by itself: enough for a district, little for a state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 256, max = 1_000_000), extend("examples" = [8192]))]
    pub memory_megabytes: Option<u32>,
}

/// Inside the deployment or outside of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// In containers of this deployment.
    #[default]
    Internal,
}

/// How people and programs reach the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Name under which browsers and programs reach this computer.
    #[serde(default = "default_host")]
    #[schemars(extend("pattern" = pattern::HOST, "examples" = ["edfi.district.example"]))]
    pub host: String,
    /// Port for https, 1 to 65535.
    #[serde(default = "default_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Network address to listen on: 127.0.0.1 for this computer only, 0.0.0.0 for every network it is on.
    #[serde(default = "default_listen")]
    #[schemars(extend("pattern" = pattern::ADDRESS, "examples" = ["0.0.0.0"]))]
    pub listen: String,
    /// First part of the API's address, as in `https://host/api`. Letters, digits and hyphens;
    /// not docs, admin, adminapi or health, which have a meaning of their own.
    #[serde(default = "default_path")]
    #[schemars(extend("pattern" = pattern::PATH, "not" = {"enum": pattern::TAKEN_PATHS}))]
    pub path: String,
    /// Your own certificate. Without it the tool makes one, and a small authority that signs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OwnCertificate>,
}

/// A certificate the operator brings along, both files in PEM form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnCertificate {
    /// File with the server's certificate, followed by those of the authorities in between.
    #[schemars(extend("pattern" = pattern::FILE, "examples" = ["certificates/server.pem"]))]
    pub chain: PathBuf,
    /// File with the private key.
    #[schemars(extend("pattern" = pattern::FILE, "examples" = ["certificates/server.key"]))]
    pub key: PathBuf,
    /// File with the authority's certificate, where browsers do not know it already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = pattern::FILE, "examples" = ["certificates/district-ca.pem"]))]
    pub authority: Option<PathBuf>,
}

/// The first key and secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstClient {
    /// What the program may do, by the name of an Ed-Fi claim set.
    #[serde(default = "default_claim_set")]
    #[schemars(extend("pattern" = pattern::CLAIM_SET))]
    pub claim_set: String,
    /// Numbers of the schools, districts or agencies whose data it may see.
    #[serde(default)]
    #[schemars(inner(range(min = 1, max = 9_223_372_036_854_775_807_u64)))]
    #[schemars(extend("uniqueItems" = true, "examples" = [[255_901]]))]
    pub education_organizations: Vec<u64>,
    /// Beginnings of the names it may use for its own descriptors, each as in `uri://ed-fi.org`.
    #[serde(default = "default_namespaces")]
    #[schemars(inner(regex(pattern = pattern::NAMESPACE)))]
    #[schemars(extend("uniqueItems" = true))]
    pub namespaces: Vec<String>,
}

/// Where container images come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Images {
    /// Registry or mirror to put in front of every image name, as in mirror.district.example/edfi.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = pattern::REGISTRY, "examples" = ["mirror.district.example/edfi"]))]
    pub registry: Option<String>,
    /// Complete image names to use instead, by service, each with a tag or a digest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("propertyNames" = {"pattern": pattern::SERVICE}))]
    #[schemars(extend("additionalProperties" = {"type": "string", "pattern": pattern::IMAGE}))]
    #[schemars(extend("examples" = [{"api": "mirror.district.example/ods-api:7.3.2"}]))]
    pub replace: BTreeMap<String, String>,
}

/// What each container keeps of its log (json-file, rotated).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// Size of one log file in megabytes, 1 to 1000.
    #[serde(default = "default_log_megabytes")]
    #[schemars(range(min = 1, max = 1000))]
    pub file_megabytes: u32,
    /// Number of log files kept for each service, 1 to 100.
    #[serde(default = "default_log_files")]
    #[schemars(range(min = 1, max = 100))]
    pub files: u32,
}

fn default_release() -> String {
    "7.3.2".to_owned()
}
fn default_data_standard() -> String {
    "6.1.0".to_owned()
}
fn default_host() -> String {
    "localhost".to_owned()
}
fn default_port() -> u16 {
    8443
}
fn default_listen() -> String {
    "127.0.0.1".to_owned()
}
fn default_path() -> String {
    "api".to_owned()
}
fn default_claim_set() -> String {
    "Ed-Fi Sandbox".to_owned()
}
fn default_namespaces() -> Vec<String> {
    vec!["uri://ed-fi.org".to_owned()]
}
fn default_replicas() -> u8 {
    1
}
fn default_log_megabytes() -> u32 {
    10
}
fn default_log_files() -> u32 {
    3
}

impl Default for Api {
    fn default() -> Self {
        Self {
            replicas: default_replicas(),
        }
    }
}

impl Default for Access {
    fn default() -> Self {
        Self {
            host: default_host(),
            port: default_port(),
            listen: default_listen(),
            path: default_path(),
            certificate: None,
        }
    }
}

impl Default for FirstClient {
    fn default() -> Self {
        Self {
            claim_set: default_claim_set(),
            education_organizations: Vec::new(),
            namespaces: default_namespaces(),
        }
    }
}

impl Default for Logging {
    fn default() -> Self {
        Self {
            file_megabytes: default_log_megabytes(),
            files: default_log_files(),
        }
    }
}
