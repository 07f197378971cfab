//! The gateway's own configuration: https for everything behind it, rendered for port and routes.

use crate::deployment::Secret;
use crate::engine::FileSpec;

use super::Access;

const TEMPLATE: &str = include_str!("../../assets/gateway/default.conf");

/// A path and the service behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// First path segment without slashes; empty for everything else.
    pub segment: String,
    /// Service name and port.
    pub upstream: String,
}

/// Files for the gateway's container: configuration, certificate and key.
pub(super) fn files(
    access: &Access,
    routes: &[Route],
    chain_pem: &str,
    key_pem: &Secret,
    uid: u32,
) -> Vec<FileSpec> {
    let file = |path: &str, content: Secret, mode: u32| FileSpec {
        path: path.to_owned(),
        content,
        mode,
        uid,
        gid: uid,
    };
    vec![
        file(
            "/etc/nginx/conf.d/default.conf",
            Secret::new(configuration(access, routes)),
            0o444,
        ),
        file("/etc/nginx/edfi/server.crt", Secret::new(chain_pem), 0o444),
        file("/etc/nginx/edfi/server.key", key_pem.clone(), 0o400),
    ]
}

fn configuration(access: &Access, routes: &[Route]) -> String {
    let locations: String = routes.iter().map(location).collect();
    TEMPLATE
        .replace("@PORT@", &access.port.to_string())
        .replace("@LOCATIONS@", &locations)
}

fn location(route: &Route) -> String {
    let upstream = &route.upstream;
    if route.segment.is_empty() {
        return format!(
            "    location / {{\n        set $upstream http://{upstream};\n        proxy_pass $upstream;\n    }}\n"
        );
    }
    let segment = &route.segment;
    // Two locations, so that /api and /api/… go there and /apiary does not.
    format!(
        "    location = /{segment} {{\n        set $upstream http://{upstream};\n        proxy_pass $upstream;\n    }}\n    location /{segment}/ {{\n        set $upstream http://{upstream};\n        proxy_pass $upstream;\n    }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_public_port_and_every_route() {
        let access = Access {
            host: "localhost".to_owned(),
            port: 9443,
            listen: "127.0.0.1".to_owned(),
            path: "api".to_owned(),
            authority_pem: None,
            swagger: true,
            sandbox_admin: false,
        };
        let routes = [
            Route {
                segment: "api".to_owned(),
                upstream: "api:80".to_owned(),
            },
            Route {
                segment: String::new(),
                upstream: "swagger:80".to_owned(),
            },
        ];
        let text = configuration(&access, &routes);
        assert!(text.contains("X-Forwarded-Port 9443;"));
        assert!(text.contains("location /api/ {"));
        assert!(text.contains("set $upstream http://swagger:80;"));
        assert!(!text.contains('@'), "a placeholder was left");
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }
}
