//! The discovery document: versions, data models, and the address of everything else.

use jiff::Zoned;
use serde_json::{Value, json};

use super::super::http::Request;
use super::super::problem::Problem;
use super::Api;
use super::mode::Mode;
use super::plugin::Extension;
use super::route::{Route, YEAR};
use super::settings::ApiSettings;

/// The address under which a request came, and where in it the rest goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Up to and including what stands before the area.
    root: String,
    /// What stands after area and version: in release 6 the year.
    after: Option<String>,
}

impl Place {
    /// With nothing after area and version.
    #[cfg(test)]
    pub fn new(root: &str) -> Self {
        Self {
            root: root.to_owned(),
            after: None,
        }
    }

    fn with_after(&self, path: &str) -> String {
        let Self { root, after } = self;
        match after {
            None => format!("{root}/{path}"),
            Some(after) => format!("{root}/{path}/{after}"),
        }
    }

    /// Where data is, without a slash at the end.
    pub fn data(&self) -> String {
        self.with_after("data/v3")
    }

    /// Where tokens are.
    pub fn token(&self) -> String {
        format!("{}/oauth/token", self.root)
    }

    /// A document about data.
    pub fn metadata(&self, rest: &str) -> String {
        format!("{}/{rest}", self.with_after("metadata/data/v3"))
    }

    /// The list of documents.
    fn documents(&self) -> String {
        self.with_after("metadata")
    }
}

impl Api {
    /// The address under which this request came. Where the path did not name tenant and ODS context, it has
    /// `{tenantIdentifier}` and `{contextKey}` in their place.
    pub(super) fn place(
        &self,
        request: &Request,
        base: &str,
        route: &Route,
    ) -> Result<Place, Problem> {
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
        let after = self.settings.legacy.as_ref().and_then(|_| {
            let year = route.context.iter().find(|(key, _)| key == YEAR);
            year.map(|(_, year)| year.clone())
        });
        Ok(Place { root, after })
    }

    /// The document.
    pub(super) fn discovery(
        &self,
        request: &Request,
        base: &str,
        route: &Route,
    ) -> Result<Value, Problem> {
        let ApiSettings {
            release,
            data_standard,
            extensions,
            ..
        } = &self.settings;
        let place = self.place(request, base, route)?;
        let models = models(data_standard, extensions);
        Ok(match &self.settings.legacy {
            None => document(release, &models, &place),
            Some(legacy) => {
                // The real one names the calendar's year, whichever years it serves.
                let year = Zoned::now().year().to_string();
                let after = (legacy.mode == Mode::YearSpecific).then_some(year);
                document_of_6(legacy.mode, &models, &Place { after, ..place })
            }
        })
    }
}

fn models(data_standard: &str, extensions: &[Extension]) -> Value {
    let mut models = vec![json!({
        "name": "Ed-Fi",
        "version": data_standard,
        "informationalVersion": format!("The Ed-Fi Data Model {data_standard}"),
    })];
    models.extend(extensions.iter().map(|extension| {
        json!({
            "name": extension.name,
            "version": extension.version,
            "informationalVersion": extension.informational_version,
        })
    }));
    Value::Array(models)
}

fn document(release: &str, models: &Value, place: &Place) -> Value {
    let version = release.split('.').take(2).collect::<Vec<_>>().join(".");
    json!({
        "version": version,
        "applicationName": "Ed-Fi Alliance ODS/API (practice stand-in)",
        "informationalVersion": release,
        "suite": "3",
        "build": format!("{release}-practice"),
        "dataModels": models,
        "urls": {
            "dependencies": place.metadata("dependencies"),
            "openApiMetadata": format!("{}/", place.documents()),
            "oauth": place.token(),
            "dataManagementApi": format!("{}/", place.data()),
        },
    })
}

/// As `VersionController` of v6.2-patch2 has it: the mode is named, and a year has no slash behind it.
fn document_of_6(mode: Mode, models: &Value, place: &Place) -> Value {
    let end = if place.after.is_some() { "" } else { "/" };
    json!({
        "version": "6.2",
        "informationalVersion": "6.2",
        "suite": "3",
        "build": "6.2.3907.0-practice",
        "apiMode": mode.title(),
        "dataModels": models,
        "urls": {
            "dependencies": place.metadata("dependencies"),
            "openApiMetadata": format!("{}{end}", place.documents()),
            "oauth": place.token(),
            "dataManagementApi": format!("{}{end}", place.data()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tpdm() -> Extension {
        Extension {
            name: "TPDM".to_owned(),
            schema: "tpdm".to_owned(),
            version: "1.1.0".to_owned(),
            informational_version: "TPDM-Core".to_owned(),
        }
    }

    #[test]
    fn only_what_is_there_is_announced() {
        let models = models("5.2.0", &[tpdm()]);
        let document = document("7.3.2", &models, &Place::new("https://host/api/2027"));
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

    #[test]
    fn release_6_has_the_year_behind_and_none_before_the_token() {
        let year = Place {
            root: "https://host/api".to_owned(),
            after: Some("2027".to_owned()),
        };
        let document = document_of_6(Mode::YearSpecific, &models("4.0.0", &[]), &year);
        assert_eq!(document["version"], "6.2");
        assert_eq!(document["apiMode"], "Year Specific");
        let urls = &document["urls"];
        assert_eq!(urls["oauth"], "https://host/api/oauth/token");
        assert_eq!(urls["dataManagementApi"], "https://host/api/data/v3/2027");
        assert_eq!(urls["openApiMetadata"], "https://host/api/metadata/2027");
        assert_eq!(
            urls["dependencies"],
            "https://host/api/metadata/data/v3/2027/dependencies"
        );
        let shared = Place::new("https://host/api");
        let document = document_of_6(Mode::SharedInstance, &models("4.0.0", &[]), &shared);
        assert_eq!(
            document["urls"]["dataManagementApi"],
            "https://host/api/data/v3/"
        );
    }
}
