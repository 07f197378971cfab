//! `data/v3/ed-fi/…`: schools, students and school years of the instance's own database.

use std::sync::Arc;

use hyper::Method;
use hyper::header::{HeaderValue, LOCATION};
use tokio_postgres::Client;

use super::super::database::DatabaseError;
use super::super::http::{Reply, Request, reply};
use super::super::problem::Problem;
use super::authorization::Reach;
use super::client::ApiClient;
use super::discovery::Place;
use super::query::{Kind, Paging};
use super::selection::OdsInstance;
use super::settings::Tenant;
use super::{Api, json_body, only, query, write};
use crate::practice::dialect_of;
use crate::practice::dumps::ods_version;

const LOGGER: &str = "DataManagementController";

/// A collection, or one item of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    kind: Kind,
    id: Option<String>,
}

impl Resource {
    /// The resource at this path below `data/v3/`.
    pub fn find(path: &[String]) -> Option<Self> {
        let parts: Vec<_> = path.iter().map(|part| part.to_lowercase()).collect();
        match parts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .as_slice()
        {
            ["ed-fi", name] => Some(Self {
                kind: Kind::find(name)?,
                id: None,
            }),
            ["ed-fi", name, id] => Some(Self {
                kind: Kind::find(name)?,
                id: Some((*id).to_owned()),
            }),
            _ => None,
        }
    }
}

impl Api {
    pub(super) async fn serve_data(
        &self,
        request: &Request,
        tenant: &Tenant,
        client: &ApiClient,
        instance: &OdsInstance,
        resource: Resource,
        place: &Place,
    ) -> Result<Reply, Problem> {
        let collection = resource.id.is_none();
        only(
            request,
            if collection {
                &[Method::GET, Method::POST]
            } else {
                &[Method::GET]
            },
        )?;
        let action = if request.method == Method::GET {
            "Read"
        } else {
            "Create"
        };
        let reach = self
            .authorize(tenant, client, resource.kind.claim(), action)
            .await?;
        let failed = |error: DatabaseError| Problem::database(LOGGER, &error);
        self.pass_by_cache(&instance.name, resource.kind == Kind::Student)
            .await?;
        if request.method == Method::POST {
            let item = write::Item::read(resource.kind, &json_body(request)?)?;
            let database = self.ods(instance).await?;
            let (id, created) = item.store(&database).await?;
            let mut answer = reply(if created { 201 } else { 200 }, "application/json", "");
            let address = format!("{}/ed-fi/{}/{id}", place.data(), resource.kind.plural());
            if let Ok(address) = HeaderValue::from_str(&address) {
                answer.headers_mut().insert(LOCATION, address);
            }
            return Ok(answer);
        }
        match resource.id {
            None => {
                let paging = Paging::read(&request.query, self.settings.page_limit)?;
                let database = self.ods(instance).await?;
                let items = query::many(&database, resource.kind, &reach, &paging)
                    .await
                    .map_err(failed)?;
                let mut answer = json(&format!("[{}]", items.join(",")));
                if paging.total_count {
                    let count = query::count(&database, resource.kind, &reach, &paging)
                        .await
                        .map_err(failed)?;
                    answer
                        .headers_mut()
                        .insert("total-count", HeaderValue::from(count));
                }
                Ok(answer)
            }
            Some(id) => {
                let missing = || Problem::not_found("The specified item could not be found.");
                let id = query::uuid(&id).ok_or_else(missing)?;
                let database = self.ods(instance).await?;
                if let Some(item) = query::one(&database, resource.kind, &reach, &id)
                    .await
                    .map_err(failed)?
                {
                    return Ok(json(&item));
                }
                let hidden = query::one(&database, resource.kind, &Reach::Everything, &id)
                    .await
                    .map_err(failed)?;
                Err(if hidden.is_some() {
                    unrelated(client)
                } else {
                    missing()
                })
            }
        }
    }

    /// A connection to the instance's own database, which must be of the data standard that this API was built for.
    pub(super) async fn ods(&self, instance: &OdsInstance) -> Result<Arc<Client>, Problem> {
        let failed = |error: DatabaseError| Problem::database(LOGGER, &error);
        let target = instance
            .connection
            .as_ref()
            .map_err(|error| failed(error.clone().into()))?;
        let database = self.databases.connect(target).await.map_err(failed)?;
        let dialect = dialect_of(&self.settings.release);
        let (function, expected) = ods_version(dialect, &self.settings.data_standard);
        let row = database
            .query_one(&format!("SELECT {function}()"), &[])
            .await;
        let found: String = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| failed(error.into()))?;
        if found != expected {
            let cause = format!(
                "the database of {} says {found} to {function}, this API was built for {expected}",
                instance.name
            );
            return Err(Problem::system(LOGGER, &cause));
        }
        Ok(database)
    }
}

fn unrelated(client: &ApiClient) -> Problem {
    let ids: Vec<_> = client
        .education_organizations
        .iter()
        .map(ToString::to_string)
        .collect();
    let ids = if ids.is_empty() {
        "none".to_owned()
    } else {
        ids.join(", ")
    };
    let error =
        format!("Nothing relates the client's education organizations ({ids}) to this item.");
    Problem::denied("security:authorization", error)
}

/// A reply with JSON that is text already.
pub fn json(text: &str) -> Reply {
    reply(200, "application/json; charset=utf-8", text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_resources_are_known() {
        let find = |path: &[&str]| {
            Resource::find(
                &path
                    .iter()
                    .map(|part| (*part).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            find(&["ed-fi", "Schools"]),
            Some(Resource {
                kind: Kind::School,
                id: None
            })
        );
        assert_eq!(
            find(&["ed-fi", "students", "1"]),
            Some(Resource {
                kind: Kind::Student,
                id: Some("1".into())
            })
        );
        assert_eq!(
            find(&["ed-fi", "schoolYearTypes"]),
            Some(Resource {
                kind: Kind::SchoolYear,
                id: None
            })
        );
        for path in [
            &["ed-fi"][..],
            &["tpdm", "candidates"],
            &["ed-fi", "staffs"],
            &["ed-fi", "schools", "1", "2"],
        ] {
            assert_eq!(find(path), None);
        }
    }
}
