//! What the API must know before it starts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::super::cipher::Cipher;
use super::super::crash::Crash;
use super::super::forwarded::ReverseProxy;
use super::super::npgsql::ConnectionString;
use super::super::settings::Settings;
use super::mode::Legacy;
use super::plugin::{self, Extension};
use super::shared_cache::SharedCache;
use super::template::ContextTemplate;
use crate::catalog::Dialect;
use crate::practice::dialect_of;

/// The program's folder.
const HOME: &str = "/app";

/// The settings of the API. Durations and limits have the defaults of the real image.
#[derive(Debug)]
pub struct ApiSettings {
    /// First part of every path, without slashes; may be empty.
    pub path_base: String,
    /// Whether the first part after it names a tenant.
    pub multi_tenancy: bool,
    /// By lower-case name; without multi-tenancy one, named by the empty string.
    pub tenants: BTreeMap<String, Tenant>,
    /// What stands between tenant and area in every path.
    pub template: ContextTemplate,
    /// Opens and closes connection strings; none in the environment `Development` without a key.
    pub cipher: Option<Cipher>,
    /// How far a reverse proxy is believed.
    pub proxy: ReverseProxy,
    /// Lifetime of a token, in minutes.
    pub token_minutes: i32,
    /// Tokens that a client may hold at a time; 0 or less is no limit.
    pub token_limit: i64,
    /// The most items on one page.
    pub page_limit: i64,
    /// Whether plain secrets stay plain.
    pub plain_secrets: bool,
    /// How long a client's registration is remembered.
    pub client_cache: Duration,
    /// How long an instance's connection string and contexts are remembered.
    pub instance_cache: Duration,
    /// How long permissions are remembered.
    pub security_cache: Duration,
    /// The release in the discovery document.
    pub release: String,
    /// The data standard that this API was built for.
    pub data_standard: String,
    /// The extensions that were found.
    pub extensions: Vec<Extension>,
    /// The cache that several containers share.
    pub shared_cache: Option<SharedCache>,
    /// How release 6 finds its ODS; none in release 7.
    pub legacy: Option<Legacy>,
}

/// The two databases that every tenant has, and connection strings given by configuration.
#[derive(Debug)]
pub struct Tenant {
    /// Empty without multi-tenancy.
    pub name: String,
    /// `EdFi_Admin`.
    pub admin: ConnectionString,
    /// `EdFi_Security`.
    pub security: ConnectionString,
    /// ODS connection strings by instance id, used where the row has none.
    pub ods: BTreeMap<i32, String>,
}

impl ApiSettings {
    /// Reads everything, or says what the API cannot start without.
    pub fn read(settings: &Settings) -> Result<Self, Crash> {
        let release = settings
            .variable("EDFI_PRACTICE_RELEASE")
            .unwrap_or("7.3.2")
            .to_owned();
        let data_standard = settings
            .variable("EDFI_PRACTICE_DATA_STANDARD")
            .unwrap_or("6.1.0")
            .to_owned();
        let dialect = dialect_of(&release);
        let is_legacy = dialect == Dialect::V6;
        let seconds = |name: &str, default| settings.number(name, default).map(Duration::from_secs);
        let multi_tenancy = !is_legacy && settings.flag("FeatureManagement:MultiTenancy", false)?;
        // Release 6 has some of its settings on the top level.
        let section = if is_legacy { "" } else { "ApiSettings:" };
        Ok(Self {
            path_base: settings
                .get("ApiSettings:PathBase")
                .or_else(|| settings.variable("PATH_BASE").filter(|_| !is_legacy))
                .unwrap_or_default()
                .trim_matches('/')
                .to_owned(),
            multi_tenancy,
            tenants: if multi_tenancy {
                tenants(settings)?
            } else {
                single(settings, dialect)?
            },
            template: ContextTemplate::parse(
                settings
                    .get("ApiSettings:OdsContextRouteTemplate")
                    .filter(|_| !is_legacy)
                    .unwrap_or_default(),
            )?,
            cipher: if is_legacy { None } else { cipher(settings)? },
            proxy: ReverseProxy::from_settings(settings)?,
            token_minutes: settings.number(&format!("{section}BearerTokenTimeoutMinutes"), 30)?,
            token_limit: if is_legacy {
                0
            } else {
                settings.number("ApiSettings:BearerTokenPerClientLimit", 15)?
            },
            page_limit: settings.number(&format!("{section}DefaultPageSizeLimit"), 500)?,
            plain_secrets: settings.flag("ApiSettings:PlainTextSecrets", is_legacy)?,
            client_cache: seconds(
                "ApiSettings:Caching:ApiClientDetails:AbsoluteExpirationSeconds",
                900,
            )?,
            instance_cache: seconds(
                "ApiSettings:Caching:OdsInstances:AbsoluteExpirationSeconds",
                300,
            )?,
            security_cache: seconds("ApiSettings:Caching:Security:AbsoluteExpirationMinutes", 10)?
                * 60,
            extensions: plugin::load(settings, Path::new(HOME), &release, &data_standard)?,
            shared_cache: SharedCache::read(settings, dialect)?,
            legacy: if is_legacy {
                Some(Legacy::read(settings)?)
            } else {
                None
            },
            release,
            data_standard,
        })
    }

    /// The only tenant, without multi-tenancy.
    pub fn single_tenant(&self) -> Option<&Tenant> {
        self.tenants.get("")
    }
}

/// The real program starts without the key and fails at the first request for data; the stand-in says so at once.
fn cipher(settings: &Settings) -> Result<Option<Cipher>, Crash> {
    let name = "ApiSettings:OdsConnectionStringEncryptionKey";
    match settings
        .get(name)
        .or_else(|| settings.variable("ODS_CONNECTION_STRING_ENCRYPTION_KEY"))
    {
        Some(key) => Cipher::from_base64("OdsConnectionStringEncryptionKey", key).map(Some),
        None if settings.variable("ASPNETCORE_ENVIRONMENT") == Some("Development") => Ok(None),
        None => Err(Crash::setting(
            "The key for connection strings is missing: set ODS_CONNECTION_STRING_ENCRYPTION_KEY to base64 of 32 bytes.",
        )),
    }
}

fn single(settings: &Settings, dialect: Dialect) -> Result<BTreeMap<String, Tenant>, Crash> {
    let tenant = Tenant {
        name: String::new(),
        admin: connection(settings, "", "EdFi_Admin", "ADMIN", dialect)?,
        security: connection(settings, "", "EdFi_Security", "SECURITY", dialect)?,
        ods: overrides(settings, "")?,
    };
    Ok(BTreeMap::from([(String::new(), tenant)]))
}

fn tenants(settings: &Settings) -> Result<BTreeMap<String, Tenant>, Crash> {
    let names = settings.children("Tenants");
    if names.is_empty() {
        return Err(Crash::new(
            "System.ArgumentNullException",
            "Multi-tenancy is on, but the section 'Tenants' is missing.",
        ));
    }
    names
        .into_iter()
        .map(|name| {
            let section = format!("Tenants:{name}:");
            let tenant = Tenant {
                admin: connection(settings, &section, "EdFi_Admin", "ADMIN", Dialect::V7)?,
                security: connection(settings, &section, "EdFi_Security", "SECURITY", Dialect::V7)?,
                ods: overrides(settings, &section)?,
                name: name.clone(),
            };
            Ok((name, tenant))
        })
        .collect()
}

fn connection(
    settings: &Settings,
    section: &str,
    database: &str,
    pool: &str,
    dialect: Dialect,
) -> Result<ConnectionString, Crash> {
    let name = format!("{section}ConnectionStrings:{database}");
    let text = match settings.get(&name) {
        Some(text) => text.to_owned(),
        None if section.is_empty() => from_variables(settings, database, pool, dialect)?,
        None => {
            let missing = format!(
                "The given key '{database}' was not present in '{section}ConnectionStrings'."
            );
            return Err(Crash::new(
                "System.Collections.Generic.KeyNotFoundException",
                missing,
            ));
        }
    };
    ConnectionString::parse(&text)
        .map_err(|error| Crash::new("System.ArgumentException", format!("{name}: {error}")))
}

/// The connection string that the image's settings template makes of the plain variables. The sizes of pools are required
/// in release 7; without one Npgsql takes its own default.
fn from_variables(
    settings: &Settings,
    database: &str,
    pool: &str,
    dialect: Dialect,
) -> Result<String, Crash> {
    let variable = |name: &str| settings.variable(name).unwrap_or_default().to_owned();
    let pooling = variable("NPG_POOLING_ENABLED");
    let size = format!("NPG_API_MAX_POOL_SIZE_{pool}");
    if dialect == Dialect::V7
        && pooling.eq_ignore_ascii_case("true")
        && settings.number(&size, 0_u32)? == 0
    {
        return Err(Crash::setting(format!(
            "NPG_POOLING_ENABLED is true, so {size} must be a number above 0."
        )));
    }
    Ok(format!(
        "host={};port={};username={};password={};database={database};pooling={pooling};maximum pool size={};\
         application name=EdFi.Ods.WebApi",
        variable("ADMIN_POSTGRES_HOST"),
        settings.variable("POSTGRES_PORT").unwrap_or("5432"),
        variable("POSTGRES_USER"),
        variable("POSTGRES_PASSWORD"),
        variable(&size),
    ))
}

fn overrides(settings: &Settings, section: &str) -> Result<BTreeMap<i32, String>, Crash> {
    let section = format!("{section}OdsInstances");
    let mut found = BTreeMap::new();
    for id in settings.children(&section) {
        if let Some(text) = settings.get(&format!("{section}:{id}:ConnectionString")) {
            let id = id.parse().map_err(|_| {
                Crash::setting(format!("'{section}:{id}': the id must be a number."))
            })?;
            found.insert(id, text.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    fn read(pairs: &[(&str, &str)]) -> Result<ApiSettings, Crash> {
        let basic = [
            ("ADMIN_POSTGRES_HOST", "db-admin"),
            ("POSTGRES_USER", "edfi"),
            ("POSTGRES_PASSWORD", "secret"),
            ("ODS_CONNECTION_STRING_ENCRYPTION_KEY", KEY),
        ];
        let all = basic
            .iter()
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        ApiSettings::read(&Settings::from_variables(all))
    }

    #[test]
    fn plain_variables_make_the_connection_strings() {
        let settings =
            read(&[("POSTGRES_PORT", "6432"), ("NPG_POOLING_ENABLED", "false")]).unwrap();
        let tenant = settings.single_tenant().unwrap();
        assert_eq!(
            format!("{:?}", tenant.admin),
            "edfi@db-admin:6432/EdFi_Admin"
        );
        assert_eq!(
            format!("{:?}", tenant.security),
            "edfi@db-admin:6432/EdFi_Security"
        );
        assert!(!tenant.admin.pooling);
        assert_eq!(
            (
                settings.token_minutes,
                settings.token_limit,
                settings.page_limit
            ),
            (30, 15, 500)
        );
        assert_eq!(settings.client_cache, Duration::from_mins(15));
        assert_eq!(settings.instance_cache, Duration::from_mins(5));
    }

    #[test]
    fn a_configured_string_beats_the_variables() {
        let settings = read(&[(
            "ConnectionStrings__EdFi_Admin",
            "host=other;username=u;database=Admin2",
        )])
        .unwrap();
        assert_eq!(
            format!("{:?}", settings.single_tenant().unwrap().admin),
            "u@other:5432/Admin2"
        );
    }

    #[test]
    fn nothing_starts_without_a_good_key() {
        let message = |key: &str| {
            read(&[("ODS_CONNECTION_STRING_ENCRYPTION_KEY", key)])
                .unwrap_err()
                .message()
                .to_owned()
        };
        assert!(message("").contains("missing"));
        assert!(message("tooshort").contains("256 bits"));
        assert!(message("%%%").contains("Base-64"));
        let settings = read(&[
            ("ODS_CONNECTION_STRING_ENCRYPTION_KEY", ""),
            ("ASPNETCORE_ENVIRONMENT", "Development"),
        ]);
        assert!(settings.unwrap().cipher.is_none());
    }

    #[test]
    fn pooling_needs_its_sizes() {
        let error = read(&[
            ("NPG_POOLING_ENABLED", "true"),
            ("NPG_API_MAX_POOL_SIZE_ADMIN", "20"),
        ])
        .unwrap_err();
        assert!(error.message().contains("NPG_API_MAX_POOL_SIZE_SECURITY"));
        let sizes = [
            ("NPG_POOLING_ENABLED", "true"),
            ("NPG_API_MAX_POOL_SIZE_ADMIN", "20"),
            ("NPG_API_MAX_POOL_SIZE_SECURITY", "20"),
        ];
        assert!(read(&sizes).unwrap().single_tenant().unwrap().admin.pooling);
    }

    #[test]
    fn tenants_need_both_databases() {
        let on = ("FeatureManagement__MultiTenancy", "true");
        assert!(read(&[on]).unwrap_err().message().contains("'Tenants'"));
        let admin = (
            "Tenants__North__ConnectionStrings__EdFi_Admin",
            "host=a;username=u",
        );
        assert!(
            read(&[on, admin])
                .unwrap_err()
                .message()
                .contains("EdFi_Security")
        );
        let security = (
            "Tenants__North__ConnectionStrings__EdFi_Security",
            "host=a;username=u",
        );
        let settings = read(&[on, admin, security]).unwrap();
        assert_eq!(settings.tenants.keys().collect::<Vec<_>>(), ["north"]);
        assert!(settings.single_tenant().is_none());
    }

    #[test]
    fn release_6_needs_a_mode_and_no_key() {
        let six = [
            ("EDFI_PRACTICE_RELEASE", "6.2.0"),
            ("ODS_CONNECTION_STRING_ENCRYPTION_KEY", ""),
            ("NPG_POOLING_ENABLED", "true"),
        ];
        let with = |pairs: &[(&'static str, &'static str)]| read(&[&six, pairs].concat());
        assert!(with(&[]).unwrap_err().message().contains("API_MODE"));
        let mode = ("API_MODE", "YearSpecific");
        // What only release 7 reads has no effect.
        let newer = [
            mode,
            ("PATH_BASE", "edfi"),
            ("FeatureManagement__MultiTenancy", "true"),
            ("ApiSettings__OdsContextRouteTemplate", "{year:int}"),
            ("ApiSettings__BearerTokenTimeoutMinutes", "5"),
            ("BearerTokenTimeoutMinutes", "45"),
        ];
        let settings = with(&newer).unwrap();
        assert_eq!(
            (settings.path_base.as_str(), settings.token_minutes),
            ("", 45)
        );
        assert!(!settings.multi_tenancy && settings.template.is_empty());
        assert!(settings.cipher.is_none() && settings.plain_secrets);
        assert_eq!(settings.token_limit, 0);
        assert!(read(&[]).unwrap().legacy.is_none());
    }

    #[test]
    fn a_missing_admin_host_is_noticed() {
        assert!(
            read(&[("ADMIN_POSTGRES_HOST", "")])
                .unwrap_err()
                .message()
                .contains("Host")
        );
    }

    #[test]
    fn instances_may_be_configured() {
        let settings = read(&[("OdsInstances__7__ConnectionString", "host=x")]).unwrap();
        assert_eq!(
            settings
                .single_tenant()
                .unwrap()
                .ods
                .get(&7)
                .map(String::as_str),
            Some("host=x")
        );
    }
}
