//! The discovery document: versions, data models, and the address of everything else.

use serde_json::{Value, json};

use super::super::http::Request;
use super::super::problem::Problem;
use super::Api;
use super::route::Route;

impl Api {
    /// The address under which this request came, up to and including tenant and ODS context. Where the path did not name
    /// them, it has `{tenantIdentifier}` and `{contextKey}` in their place.
    pub(super) fn root(
        &self,
        request: &Request,
        base: &str,
        route: &Route,
    ) -> Result<String, Problem> {
        let origin = self
            .settings
            .proxy
            .origin(&request.headers)
            .ok_or_else(|| {
                Problem::system(
                    "UriBuilder",
                    "Invalid URI: X-Forwarded-Host must be a host name without a port",
                )
            })?;
        let mut root = format!("{origin}{base}");
        if self.settings.multi_tenancy {
            root.push('/');
            root.push_str(route.tenant.as_deref().unwrap_or("{tenantIdentifier}"));
        }
        if !self.settings.template.is_empty() {
            root.push('/');
            root.push_str(&self.settings.template.path(&route.context));
        }
        Ok(root)
    }

    /// The document.
    pub(super) fn discovery(
        &self,
        request: &Request,
        base: &str,
        route: &Route,
    ) -> Result<Value, Problem> {
        Ok(document(
            &self.settings.release,
            &self.settings.data_standard,
            self.settings.tpdm,
            &self.root(request, base, route)?,
        ))
    }
}

fn document(release: &str, data_standard: &str, tpdm: bool, root: &str) -> Value {
    let version = release.split('.').take(2).collect::<Vec<_>>().join(".");
    let mut models = vec![json!({
        "name": "Ed-Fi",
        "version": data_standard,
        "informationalVersion": format!("The Ed-Fi Data Model {data_standard}"),
    })];
    if tpdm {
        models.push(
            json!({ "name": "TPDM", "version": "1.1.0", "informationalVersion": "TPDM-Core" }),
        );
    }
    json!({
        "version": version,
        "applicationName": "Ed-Fi Alliance ODS/API (practice stand-in)",
        "informationalVersion": release,
        "suite": "3",
        "build": format!("{release}-practice"),
        "dataModels": models,
        "urls": {
            "dependencies": format!("{root}/metadata/data/v3/dependencies"),
            "openApiMetadata": format!("{root}/metadata/"),
            "oauth": format!("{root}/oauth/token"),
            "dataManagementApi": format!("{root}/data/v3/"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_there_is_announced() {
        let document = document("7.3.2", "5.2.0", true, "https://host/api/2027");
        assert_eq!(document["version"], "7.3");
        assert_eq!(document["informationalVersion"], "7.3.2");
        assert_eq!(document["dataModels"][0]["version"], "5.2.0");
        assert_eq!(document["dataModels"][1]["name"], "TPDM");
        assert_eq!(
            document["urls"]["oauth"],
            "https://host/api/2027/oauth/token"
        );
        assert_eq!(
            document["urls"]["dataManagementApi"],
            "https://host/api/2027/data/v3/"
        );
        assert_eq!(document["urls"].as_object().unwrap().len(), 4);
    }
}
