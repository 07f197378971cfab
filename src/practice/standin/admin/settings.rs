//! What Admin API 2.3 must know. Its configuration is plain .NET: nothing is made of `POSTGRES_…` but the wait.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::super::cipher::Cipher;
use super::super::crash::Crash;
use super::super::settings::Settings;

/// The settings of Admin API.
pub struct AdminSettings {
    /// First part of every path; may be empty.
    pub base: String,
    /// Whether the header `tenant` chooses the databases.
    pub multi_tenancy: bool,
    /// By lower-case name; without multi-tenancy one, named by the empty string.
    pub tenants: BTreeMap<String, Tenant>,
    /// Under which connection strings are stored; must be the API's.
    pub cipher: Cipher,
    /// Signs tokens.
    pub signing_key: hmac::Key,
    /// Who issues tokens.
    pub issuer: String,
    /// Whether anybody may register.
    pub allow_registration: bool,
    /// How often a minute somebody may try.
    pub registrations_per_minute: usize,
    /// Whether tokens are given without TLS.
    pub accept_http: bool,
    /// Items on a page.
    pub page_size: i64,
}

impl std::fmt::Debug for AdminSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdminSettings")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// The databases of a tenant.
#[derive(Debug)]
pub struct Tenant {
    /// `EdFi_Admin`.
    pub admin: Text,
    /// `EdFi_Security`.
    pub security: Text,
}

/// A connection string as it was given. The shipped ones are for SQL Server and fail when they are used, not before.
pub struct Text(pub String);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[connection string]")
    }
}

/// Tenants that the shipped `appsettings.json` defines; configuration merges, so they stay unless they are overridden.
const PHANTOMS: [&str; 2] = ["tenant1", "tenant2"];

impl AdminSettings {
    /// Reads everything, or says what Admin API cannot start without.
    pub fn read(settings: &Settings) -> Result<Self, Crash> {
        let engine = settings
            .get("AppSettings:DatabaseEngine")
            .unwrap_or("SqlServer");
        if !engine.eq_ignore_ascii_case("PostgreSql") {
            return Err(Crash::new(
                "System.NotSupportedException",
                format!(
                    "The database engine is '{engine}'; set AppSettings__DatabaseEngine to PostgreSql."
                ),
            ));
        }
        let mode = settings.get("AppSettings:adminApiMode").unwrap_or("v2");
        if !mode.eq_ignore_ascii_case("v2") {
            return Err(Crash::setting(format!(
                "Invalid adminApiMode: {mode}. The practice stand-in knows v2 only."
            )));
        }
        let multi_tenancy = settings.flag("AppSettings:MultiTenancy", false)?;
        let key = settings.get("AppSettings:EncryptionKey").ok_or_else(|| {
            Crash::setting("Invalid Configuration: AppSettings:EncryptionKey is required.")
        })?;
        Ok(Self {
            base: settings
                .get("AppSettings:PathBase")
                .unwrap_or_default()
                .trim_matches('/')
                .to_owned(),
            multi_tenancy,
            tenants: tenants(settings, multi_tenancy),
            cipher: Cipher::from_base64("AppSettings:EncryptionKey", key)?,
            signing_key: signing_key(settings)?,
            issuer: settings
                .get("Authentication:IssuerUrl")
                .ok_or_else(|| {
                    Crash::new(
                        "System.ArgumentNullException",
                        "Authentication:IssuerUrl is required.",
                    )
                })?
                .to_owned(),
            allow_registration: settings.flag("Authentication:AllowRegistration", true)?,
            registrations_per_minute: settings.number("IpRateLimiting:GeneralRules:0:Limit", 3)?,
            accept_http: settings.flag("EnableDockerEnvironment", false)?,
            page_size: settings.number("AppSettings:DefaultPageSizeLimit", 25)?,
        })
    }
}

fn signing_key(settings: &Settings) -> Result<hmac::Key, Crash> {
    let text = settings.get("Authentication:SigningKey").ok_or_else(|| {
        Crash::new(
            "AdminApiException",
            "Invalid Configuration: Authentication:SigningKey is required.",
        )
    })?;
    let bytes = STANDARD.decode(text.trim()).map_err(|_| {
        Crash::new(
            "System.FormatException",
            "Authentication:SigningKey is not a valid Base-64 string.",
        )
    })?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn tenants(settings: &Settings, multi_tenancy: bool) -> BTreeMap<String, Tenant> {
    let tenant = |section: &str| {
        let text = |database: &str| {
            let name = format!("{section}ConnectionStrings:{database}");
            let shipped =
                || format!("Data Source=.\\;Initial Catalog={database};Integrated Security=True");
            Text(settings.get(&name).map_or_else(shipped, str::to_owned))
        };
        Tenant {
            admin: text("EdFi_Admin"),
            security: text("EdFi_Security"),
        }
    };
    if !multi_tenancy {
        return BTreeMap::from([(String::new(), tenant(""))]);
    }
    let mut names = settings.children("Tenants");
    names.extend(PHANTOMS.map(str::to_owned));
    names
        .into_iter()
        .map(|name| (name.clone(), tenant(&format!("Tenants:{name}:"))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    fn read(pairs: &[(&str, &str)]) -> Result<AdminSettings, Crash> {
        let basic = [
            ("AppSettings__DatabaseEngine", "PostgreSql"),
            ("AppSettings__EncryptionKey", KEY),
            ("Authentication__SigningKey", KEY),
            ("Authentication__IssuerUrl", "https://host/adminapi"),
        ];
        let all = basic
            .iter()
            .chain(pairs)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        AdminSettings::read(&Settings::from_variables(all))
    }

    #[test]
    fn the_shipped_defaults_are_dangerous() {
        let settings = read(&[]).unwrap();
        assert!(settings.allow_registration && !settings.accept_http);
        assert!(settings.tenants[""].admin.0.contains("Initial Catalog"));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (name, word) in [
            ("AppSettings__DatabaseEngine", "SqlServer"),
            ("AppSettings__EncryptionKey", "EncryptionKey"),
            ("Authentication__SigningKey", "SigningKey"),
            ("Authentication__IssuerUrl", "IssuerUrl"),
        ] {
            assert!(
                read(&[(name, "")]).unwrap_err().message().contains(word),
                "{name}"
            );
        }
        assert!(
            read(&[("Authentication__SigningKey", "no base64")])
                .unwrap_err()
                .message()
                .contains("Base-64")
        );
        assert!(read(&[("AppSettings__adminApiMode", "v9")]).is_err());
    }

    #[test]
    fn two_tenants_are_there_that_nobody_asked_for() {
        let settings = read(&[
            ("AppSettings__MultiTenancy", "true"),
            ("Tenants__North__ConnectionStrings__EdFi_Admin", "host=a"),
        ]);
        let settings = settings.unwrap();
        assert_eq!(
            settings.tenants.keys().collect::<Vec<_>>(),
            ["north", "tenant1", "tenant2"]
        );
        assert_eq!(settings.tenants["north"].admin.0, "host=a");
    }
}
