//! `data/v3/…` of an extension: whatever is in its schema of the ODS. Tables and security metadata must be there; neither
//! comes with the plugin.

use hyper::Method;

use super::super::database::DatabaseError;
use super::super::http::{Reply, Request};
use super::super::problem::Problem;
use super::authorization::Reach;
use super::client::ApiClient;
use super::plugin::Extension;
use super::query::Paging;
use super::selection::OdsInstance;
use super::settings::Tenant;
use super::{Api, data, only};

const LOGGER: &str = "DataManagementController";

/// The names that a table behind this collection may have, the likeliest first.
fn singular(collection: &str) -> Vec<String> {
    let name = collection.to_lowercase();
    let mut names = Vec::new();
    if let Some(stem) = name.strip_suffix("ies") {
        names.push(format!("{stem}y"));
    }
    for ending in ["es", "s", ""] {
        names.extend(name.strip_suffix(ending).map(str::to_owned));
    }
    names
}

impl Api {
    /// The extension that a data path is about.
    pub(super) fn extension(&self, path: &[String]) -> Option<&Extension> {
        let segment = path.first()?;
        self.settings
            .extensions
            .iter()
            .find(|extension| extension.is_meant(segment))
    }

    /// A page of an extension's table, its columns as they are called in the database. The table must be there, and
    /// security metadata for it: neither comes with the plugin.
    pub(super) async fn serve_extension(
        &self,
        request: &Request,
        tenant: &Tenant,
        client: &ApiClient,
        instance: &OdsInstance,
        extension: &Extension,
        collection: &str,
    ) -> Result<Reply, Problem> {
        only(request, &[Method::GET])?;
        let failed = |error: DatabaseError| Problem::database(LOGGER, &error);
        let database = self.ods(instance).await?;
        let statement = "
            SELECT table_name::text FROM information_schema.tables
            WHERE table_schema = $1 AND table_name = ANY ($2) ORDER BY length(table_name) DESC LIMIT 1";
        let row = database
            .query_opt(statement, &[&extension.schema, &singular(collection)])
            .await
            .map_err(|error| failed(error.into()))?;
        let Some(row) = row else {
            let cause = format!(
                "42P01: no table for '{collection}' in the schema \"{}\" of {}. Was the extension's SQL run there?",
                extension.schema, instance.name
            );
            return Err(Problem::system(LOGGER, &cause));
        };
        let table: String = row.try_get(0).map_err(|error| failed(error.into()))?;
        let claim = format!("{}/{table}", extension.schema);
        if self.authorize(tenant, client, &claim, "Read").await? != Reach::Everything {
            return Err(Problem::security_configuration(
                "The stand-in cannot tell which rows of an extension belong to an education organization.",
            ));
        }
        let paging = Paging::read(&request.query, self.settings.page_limit)?;
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let from = format!("{}.{}", quoted(&extension.schema), quoted(&table));
        let statement = format!(
            "SELECT json_strip_nulls(row_to_json(item))::text FROM {from} item ORDER BY 1 LIMIT $1 OFFSET $2"
        );
        let rows = database
            .query(&statement, &[&paging.limit, &paging.offset])
            .await
            .map_err(|error| failed(error.into()))?;
        let items: Vec<String> = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()
            .map_err(|error| failed(error.into()))?;
        Ok(data::json(&format!("[{}]", items.join(","))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_lead_to_tables() {
        for (collection, table) in [
            ("Candidates", "candidate"),
            ("buses", "bus"),
            ("properties", "property"),
            ("staff", "staff"),
        ] {
            assert!(
                singular(collection).contains(&table.to_owned()),
                "{collection}"
            );
        }
    }
}
