//! Which ODS a request is for, and the way there.

use std::sync::Arc;

use super::super::database::DatabaseError;
use super::super::log;
use super::super::npgsql::{ConnectionString, FormatError};
use super::super::problem::Problem;
use super::Api;
use super::client::ApiClient;
use super::mode::{Asked, Legacy};
use super::route::YEAR;
use super::settings::Tenant;

const LOGGER: &str = "OdsInstanceSelector";

/// An ODS instance: in release 7 a row of `EdFi_Admin`, in release 6 what the mode makes of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct OdsInstance {
    /// For the log.
    pub name: String,
    /// The way there. What is wrong with it shows when somebody wants to go.
    pub connection: Result<ConnectionString, FormatError>,
    /// Its context keys and values.
    pub contexts: Vec<(String, String)>,
}

/// Why no instance was chosen.
#[derive(Debug, PartialEq, Eq)]
enum NoInstance {
    /// The client has none.
    Unassigned,
    /// None has the values of the route.
    NoMatch,
}

impl Api {
    /// The instance that this client means with these route values.
    pub(super) async fn select(
        &self,
        tenant: &Tenant,
        client: &ApiClient,
        route: &[(String, String)],
    ) -> Result<Arc<OdsInstance>, Problem> {
        if let Some(legacy) = &self.settings.legacy {
            return by_mode(legacy, client, route);
        }
        let mut instances = Vec::new();
        for id in &client.ods_instances {
            let key = (tenant.name.clone(), *id);
            let instance = if let Some(instance) = self.instances.get(&key) {
                instance
            } else {
                let loaded = self
                    .load(tenant, *id)
                    .await
                    .map_err(|error| Problem::database(LOGGER, &error))?;
                let instance = Arc::new(loaded);
                self.instances.put(key, Arc::clone(&instance));
                instance
            };
            instances.push(instance);
        }
        choose(&instances, !self.settings.template.is_empty(), route)
            .cloned()
            .map_err(|reason| match reason {
                NoInstance::Unassigned => Problem::security_configuration(
                    "The API client was not given any ODS instance.",
                ),
                NoInstance::NoMatch => {
                    let values: Vec<_> = route
                        .iter()
                        .map(|(key, value)| format!("{key}={value}"))
                        .collect();
                    let message = format!(
                        "no ODS instance of the client has the route values [{}]",
                        values.join(", ")
                    );
                    log::error(LOGGER, &message);
                    let mut problem = Problem::not_found("The specified data could not be found.");
                    problem.errors.push(message);
                    problem
                }
            })
    }

    /// Reads an instance. A connection string in plain text is encrypted and written back.
    async fn load(&self, tenant: &Tenant, id: i32) -> Result<OdsInstance, DatabaseError> {
        let database = self.databases.connect(&tenant.admin).await?;
        let statement = "
            SELECT COALESCE(connectionstring, ''),
                   ARRAY(SELECT contextkey FROM dbo.odsinstancecontexts
                         WHERE odsinstance_odsinstanceid = odsinstanceid ORDER BY odsinstancecontextid),
                   ARRAY(SELECT contextvalue FROM dbo.odsinstancecontexts
                         WHERE odsinstance_odsinstanceid = odsinstanceid ORDER BY odsinstancecontextid)
            FROM dbo.odsinstances WHERE odsinstanceid = $1";
        let row = database.query_one(statement, &[&id]).await?;
        let (stored, keys, values): (String, Vec<String>, Vec<String>) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let connection = if stored.is_empty() {
            tenant.ods.get(&id).cloned().unwrap_or_default()
        } else if let Some(cipher) = &self.settings.cipher {
            let (plain, write_back) = cipher.open(&stored);
            if let Some(encrypted) = write_back {
                let statement =
                    "UPDATE dbo.odsinstances SET connectionstring = $2 WHERE odsinstanceid = $1";
                database.execute(statement, &[&id, &encrypted]).await?;
                log::info(
                    LOGGER,
                    &format!(
                        "the connection string of ODS instance {id} is stored encrypted from now on"
                    ),
                );
            }
            plain
        } else {
            stored
        };
        Ok(OdsInstance {
            name: format!("ODS instance {id}"),
            connection: ConnectionString::parse(&connection),
            contexts: keys.into_iter().zip(values).collect(),
        })
    }
}

/// The rule of release 6.
fn by_mode(
    legacy: &Legacy,
    client: &ApiClient,
    route: &[(String, String)],
) -> Result<Arc<OdsInstance>, Problem> {
    let asked = Asked {
        key: &client.key,
        education_organizations: &client.education_organizations,
        year: route
            .iter()
            .find(|(key, _)| key == YEAR)
            .map(|(_, year)| year.as_str()),
    };
    let token = legacy
        .mode
        .token(asked)
        .map_err(|cause| Problem::system("DatabaseReplacementTokenProvider", &cause))?;
    Ok(Arc::new(OdsInstance {
        name: format!("EdFi_{token}"),
        connection: legacy.connection(&token),
        contexts: Vec::new(),
    }))
}

/// The rule: with one instance and no route template, that one. Otherwise the first all of whose context values are those
/// of the route, whatever the case of the letters; an instance without context never matches.
fn choose<'a, I: AsRef<OdsInstance>>(
    instances: &'a [I],
    has_template: bool,
    route: &[(String, String)],
) -> Result<&'a I, NoInstance> {
    match instances {
        [] => Err(NoInstance::Unassigned),
        [only] if !has_template => Ok(only),
        several => several
            .iter()
            .find(|instance| {
                let contexts = &instance.as_ref().contexts;
                !contexts.is_empty()
                    && contexts.iter().all(|(key, value)| {
                        route.iter().any(|(given, found)| {
                            given.eq_ignore_ascii_case(key)
                                && found.to_lowercase() == value.to_lowercase()
                        })
                    })
            })
            .ok_or(NoInstance::NoMatch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(id: i32, contexts: &[(&str, &str)]) -> Arc<OdsInstance> {
        let contexts = pairs(contexts);
        Arc::new(OdsInstance {
            name: id.to_string(),
            connection: Err(FormatError::NoHost),
            contexts,
        })
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn chosen(
        instances: &[Arc<OdsInstance>],
        has_template: bool,
        route: &[(&str, &str)],
    ) -> Result<i32, NoInstance> {
        choose(instances, has_template, &pairs(route))
            .map(|instance| instance.name.parse().unwrap())
    }

    #[test]
    fn a_client_without_an_instance_is_misconfigured() {
        assert_eq!(chosen(&[], false, &[]), Err(NoInstance::Unassigned));
        assert_eq!(
            chosen(&[], true, &[("year", "2027")]),
            Err(NoInstance::Unassigned)
        );
    }

    #[test]
    fn the_only_instance_needs_no_context_unless_there_is_a_template() {
        assert_eq!(chosen(&[instance(1, &[])], false, &[]), Ok(1));
        assert_eq!(
            chosen(&[instance(1, &[])], true, &[("year", "2027")]),
            Err(NoInstance::NoMatch)
        );
    }

    #[test]
    fn context_values_choose() {
        let years = [
            instance(1, &[("year", "2026")]),
            instance(2, &[("year", "2027")]),
            instance(3, &[]),
        ];
        assert_eq!(chosen(&years, true, &[("year", "2027")]), Ok(2));
        assert_eq!(
            chosen(&years, true, &[("year", "2028")]),
            Err(NoInstance::NoMatch)
        );
        // Two instances without a template can never be told apart.
        assert_eq!(chosen(&years, false, &[]), Err(NoInstance::NoMatch));
    }

    #[test]
    fn every_context_value_must_match_and_case_does_not_count() {
        let both = [instance(1, &[("instanceId", "North"), ("year", "2027")])];
        assert_eq!(
            chosen(&both, true, &[("instanceId", "NORTH"), ("year", "2027")]),
            Ok(1)
        );
        assert_eq!(
            chosen(&both, true, &[("instanceId", "north")]),
            Err(NoInstance::NoMatch)
        );
    }
}
