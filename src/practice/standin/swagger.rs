//! The stand-in for Swagger UI: one page without foreign parts, on which a browser gets a token and reads schools.

use serde_json::{Value, json};

use super::crash::Crash;
use super::http::{self, Reply, Request};
use super::log;
use super::settings::Settings;
use super::{wait, web};
use crate::catalog::Dialect;
use crate::practice::dialect_of;

const PAGE: &str = include_str!("swagger.html");

/// What the page needs to know.
#[derive(Debug, Clone)]
struct Page {
    base: String,
    version_url: String,
    key: String,
    secret: String,
    tenants: Vec<String>,
}

/// Serves the page. The real one waits for nobody.
pub async fn run(settings: Settings) -> Result<(), Crash> {
    wait::for_servers(&settings, &[]).await?;
    let page = Page::read(&settings);
    log::info(
        "Startup",
        &format!(
            "practice stand-in for Swagger UI, WebApiUrl = '{}', PathBase = '{}'",
            page.version_url, page.base
        ),
    );
    http::serve(&settings, move |request| {
        let reply = page.reply(&request);
        async move { reply }
    })
    .await
}

impl Page {
    fn read(settings: &Settings) -> Self {
        let value = |name: &str, variable: &str| {
            settings
                .get(name)
                .or_else(|| settings.variable(variable))
                .unwrap_or_default()
                .to_owned()
        };
        let release = settings
            .variable("EDFI_PRACTICE_RELEASE")
            .unwrap_or("7.3.2");
        let (url, pair) = match dialect_of(release) {
            Dialect::V6 => ("", "POPULATED"),
            Dialect::V7 => ("VERSION_URL", "SAMPLE"),
        };
        let version_url = value("WebApiVersionUrl", url);
        Self {
            base: settings.get("PathBase").unwrap_or_default().to_owned(),
            // The image's default.
            version_url: if version_url.is_empty() {
                "https://localhost/api/".to_owned()
            } else {
                version_url
            },
            key: value(
                "SwaggerUIOptions:OAuthConfigObject:ClientId",
                &format!("{pair}_KEY"),
            ),
            secret: value(
                "SwaggerUIOptions:OAuthConfigObject:ClientSecret",
                &format!("{pair}_SECRET"),
            ),
            tenants: settings
                .children("Tenants")
                .iter()
                .filter_map(|index| {
                    settings
                        .get(&format!("Tenants:{index}:Tenant"))
                        .map(str::to_owned)
                })
                .collect(),
        }
    }

    fn reply(&self, request: &Request) -> Reply {
        let (_, path) = http::split_base(&request.path, &self.base);
        match path.trim_end_matches('/').to_lowercase().as_str() {
            "/health" => http::health_reply(true),
            "/appsettings.json" => http::json_reply(200, &self.settings()),
            "" | "/index.html" | "/swagger" | "/swagger/index.html" => {
                http::reply(200, "text/html; charset=utf-8", self.html())
            }
            _ => http::text_reply(404, ""),
        }
    }

    /// As the real one tells its page.
    fn settings(&self) -> Value {
        let tenants: Vec<_> = self
            .tenants
            .iter()
            .map(|tenant| json!({ "Tenant": tenant }))
            .collect();
        json!({ "WebApiVersionUrl": self.version_url, "RoutePrefix": "swagger", "Tenants": tenants })
    }

    fn html(&self) -> String {
        let settings = json!({
            "versionUrl": self.version_url,
            "key": self.key,
            "secret": self.secret,
            "tenants": self.tenants,
        });
        // Inside a script element nothing but "</" could end the text early.
        let settings = settings.to_string().replace("</", "<\\/");
        PAGE.replace("%SETTINGS%", &settings)
            .replace("%VERSION_URL%", &web::escape_html(&self.version_url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(pairs: &[(&str, &str)]) -> Page {
        let variables = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Page::read(&Settings::from_variables(variables))
    }

    #[test]
    fn the_net_name_beats_the_variable() {
        assert_eq!(page(&[]).version_url, "https://localhost/api/");
        assert_eq!(
            page(&[("VERSION_URL", "https://a/")]).version_url,
            "https://a/"
        );
        assert_eq!(
            page(&[
                ("VERSION_URL", "https://a/"),
                ("WebApiVersionUrl", "https://b/")
            ])
            .version_url,
            "https://b/"
        );
    }

    #[test]
    fn release_6_has_other_names_for_the_client() {
        let names = [
            ("EDFI_PRACTICE_RELEASE", "6.2.0"),
            ("VERSION_URL", "https://a/"),
            ("SAMPLE_KEY", "newer"),
            ("POPULATED_KEY", "older"),
        ];
        let page = page(&names);
        assert_eq!(page.key, "older");
        assert_eq!(page.version_url, "https://localhost/api/");
    }

    #[test]
    fn values_cannot_leave_the_script() {
        let html = page(&[
            ("SAMPLE_KEY", "k"),
            ("SAMPLE_SECRET", "</script><b>"),
            ("Tenants__0__Tenant", "north"),
        ])
        .html();
        assert!(!html.contains("</script><b>"));
        assert!(html.contains("\"north\"") && !html.contains("%SETTINGS%"));
    }
}
