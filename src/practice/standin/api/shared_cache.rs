//! The cache that several API containers share: which part of the API uses it, and what it needs to start.
//!
//! Facts from `ApiSettingsValidator`, `CacheSettingsValidator` and `ServiceSettingsValidator` of Ed-Fi-ODS v7.3.2, and from
//! `OverrideRedisExternalCacheModule` of v6.2-patch2, which has no validators and fails less politely at the same moment.
//! Whether the server is there shows at the first request that needs it.

use super::super::crash::Crash;
use super::super::log;
use super::super::problem::Problem;
use super::super::redis::{Redis, RedisError, RedisSettings};
use super::super::settings::Settings;
use crate::catalog::Dialect;

const LOGGER: &str = "ExternalCacheProvider";

/// The shared cache in use.
#[derive(Debug)]
pub struct SharedCache {
    redis: Redis,
    /// Holds what tokens stand for.
    pub client_details: bool,
    /// Holds descriptors, so every reading of data goes through it.
    pub descriptors: bool,
    /// Holds unique ids of people, so every reading of students goes through it.
    pub people: bool,
}

impl SharedCache {
    /// Reads the settings, or says what the API cannot start without. None where nothing is to be shared.
    pub fn read(settings: &Settings, dialect: Dialect) -> Result<Option<Self>, Crash> {
        let part = |name: &str| {
            settings.flag(
                &format!("ApiSettings:Caching:{name}:UseExternalCache"),
                false,
            )
        };
        let (client_details, descriptors, people) = (
            part("ApiClientDetails")?,
            part("Descriptors")?,
            part("PersonUniqueIdToUsi")?,
        );
        if !(client_details || descriptors || people) {
            return Ok(None);
        }
        let provider = settings
            .get("ApiSettings:Caching:ExternalCacheProvider")
            .unwrap_or_default();
        let is_redis = match dialect {
            Dialect::V7 => provider.eq_ignore_ascii_case("redis"),
            Dialect::V6 => provider == "Redis",
        };
        if !is_redis {
            return Err(Crash::new(
                "System.Exception",
                format!(
                    "An external cache is on, but the provider '{provider}' in ApiSettings:Caching:ExternalCacheProvider is not valid."
                ),
            ));
        }
        let name = match dialect {
            Dialect::V7 => "ApiSettings:Services:Redis:Configuration",
            Dialect::V6 => "ApiSettings:Caching:Redis:Configuration",
        };
        let text = settings.get(name).ok_or_else(|| {
            Crash::new(
                "System.Exception",
                format!("An external cache with Redis is on, but its configuration is missing: set {name}."),
            )
        })?;
        let redis = match dialect {
            Dialect::V7 => RedisSettings::parse(text)?,
            Dialect::V6 => {
                let password = settings.get("ApiSettings:Caching:Redis:Password");
                RedisSettings::of_servers(text, password)?
            }
        };
        Ok(Some(Self {
            redis: Redis::new(redis),
            client_details,
            descriptors,
            people,
        }))
    }

    /// What was kept.
    pub async fn get(&self, key: &str) -> Result<Option<String>, Problem> {
        self.redis.get(key).await.map_err(|error| trouble(&error))
    }

    /// Keeps a value for that many seconds.
    pub async fn put(&self, key: &str, value: &str, seconds: u64) -> Result<(), Problem> {
        self.redis
            .set(key, value, seconds)
            .await
            .map_err(|error| trouble(&error))
    }
}

fn trouble(error: &RedisError) -> Problem {
    Problem::system(LOGGER, &error.to_string())
}

impl super::Api {
    /// Has the shared cache hold what the real one holds there of an ODS: of descriptors, of people, or of both.
    pub(super) async fn pass_by_cache(&self, place: &str, people: bool) -> Result<(), Problem> {
        let Some(cache) = &self.settings.shared_cache else {
            return Ok(());
        };
        let wanted = [
            ("Descriptors", cache.descriptors, 1800),
            ("PersonUniqueIdToUsi", cache.people && people, 14_400),
        ];
        for (name, _, seconds) in wanted.into_iter().filter(|(_, used, _)| *used) {
            let key = format!("{name}.{place}");
            if cache.get(&key).await?.is_none() {
                cache.put(&key, "practice", seconds).await?;
                log::info(LOGGER, &format!("'{key}' is kept in the shared cache"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: (&str, &str) = (
        "ApiSettings__Caching__Descriptors__UseExternalCache",
        "true",
    );
    const REDIS: (&str, &str) = ("ApiSettings__Caching__ExternalCacheProvider", "redis");

    fn read(pairs: &[(&str, &str)], dialect: Dialect) -> Result<Option<SharedCache>, Crash> {
        let variables = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        SharedCache::read(&Settings::from_variables(variables), dialect)
    }

    #[test]
    fn nothing_is_shared_unless_a_part_asks_for_it() {
        assert!(read(&[REDIS], Dialect::V7).unwrap().is_none());
    }

    #[test]
    fn what_is_on_needs_a_provider_and_a_configuration() {
        let message =
            |pairs: &[(&str, &str)]| read(pairs, Dialect::V7).unwrap_err().message().to_owned();
        assert!(message(&[ON]).contains("provider ''"));
        let other = ("ApiSettings__Caching__ExternalCacheProvider", "Memcached");
        assert!(message(&[ON, other]).contains("'Memcached'"));
        assert!(message(&[ON, REDIS]).contains("ApiSettings:Services:Redis:Configuration"));
        let where_to = (
            "ApiSettings__Services__Redis__Configuration",
            "cache,password=x",
        );
        let cache = read(&[ON, REDIS, where_to], Dialect::V7).unwrap().unwrap();
        assert!(cache.descriptors && !cache.people && !cache.client_details);
    }

    #[test]
    fn release_6_has_other_names() {
        let newer = ("ApiSettings__Services__Redis__Configuration", "cache");
        let older = ("ApiSettings__Caching__Redis__Configuration", "cache");
        let exact = ("ApiSettings__Caching__ExternalCacheProvider", "Redis");
        assert!(read(&[ON, exact, newer], Dialect::V6).is_err());
        assert!(read(&[ON, REDIS, older], Dialect::V6).is_err());
        assert!(read(&[ON, exact, older], Dialect::V6).unwrap().is_some());
        assert!(read(&[ON, REDIS, older], Dialect::V7).is_err());
    }
}
