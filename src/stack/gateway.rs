//! The gateway's own configuration: https for everything behind it, rendered for port and routes.
//!
//! Where requests for the API go stands in a file of its own, so that copies of the API can be left
//! out for a while without touching anything else.

use std::fmt::Write as _;

use crate::deployment::Secret;
use crate::engine::FileSpec;

use super::parts::API;
use super::{Access, Service, Stack};

const TEMPLATE: &str = include_str!("../../assets/gateway/default.conf");
const SWITCH_TEMPLATE: &str = include_str!("../../assets/gateway/api.conf");

const CONFIGURATION: &str = "/etc/nginx/conf.d/default.conf";
/// The file that says where requests for the API go.
pub(super) const SWITCH: &str = "/etc/nginx/conf.d/api.conf";
/// The variable that the switch sets.
pub(super) const API_UPSTREAM: &str = "$edfi_api";
/// The port on which every copy of the API listens.
const API_PORT: u16 = 80;
/// Name of a group of copies.
const OTHERS: &str = "edfi_others";

/// A path and the service behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// First path segment without slashes; empty for everything else.
    pub segment: String,
    /// Host and port, or a variable that holds them.
    pub upstream: String,
}

/// Files for the gateway's container: configuration, switch, certificate and key.
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
            CONFIGURATION,
            Secret::new(configuration(access, routes)),
            0o444,
        ),
        file(SWITCH, Secret::new(switch(&[])), 0o444),
        file("/etc/nginx/edfi/server.crt", Secret::new(chain_pem), 0o444),
        file("/etc/nginx/edfi/server.key", key_pem.clone(), 0o400),
    ]
}

/// The gateway's files with which requests for the API go to these copies only; to every copy
/// where none is named.
pub(super) fn files_for(stack: &Stack, gateway: &Service, only: &[String]) -> Vec<FileSpec> {
    let mut files = gateway.files.clone();
    // Every copy answers to the name of the first one, but only one has its container's name.
    let hosts: Vec<String> = only
        .iter()
        .map(|service| stack.container_name(service))
        .collect();
    for file in &mut files {
        if file.path == SWITCH {
            file.content = Secret::new(switch(&hosts));
        }
    }
    files
}

/// One host is looked up at each request, as every upstream is. Several need a group, and its members
/// are looked up once: so it is for a while only, and for copies that run.
fn switch(hosts: &[String]) -> String {
    let mut group = String::new();
    let target = match hosts {
        [] => format!("{API}:{API_PORT}"),
        [host] => format!("{host}:{API_PORT}"),
        hosts => {
            let servers = hosts.iter().fold(String::new(), |mut servers, host| {
                // Writing to a String cannot fail.
                let _ = writeln!(servers, "    server {host}:{API_PORT};");
                servers
            });
            group = format!("upstream {OTHERS} {{\n{servers}}}\n");
            OTHERS.to_owned()
        }
    };
    SWITCH_TEMPLATE
        .replace("@OTHERS@", &group)
        .replace("@API@", &target)
}

fn configuration(access: &Access, routes: &[Route]) -> String {
    let locations: String = routes.iter().map(location).collect();
    TEMPLATE
        .replace("@PORT@", &access.port.to_string())
        .replace("@LOCATIONS@", &locations)
}

fn location(route: &Route) -> String {
    let Route { segment, upstream } = route;
    let place = |matches: &str, more: &str| {
        format!(
            "    location {matches} {{\n        set $upstream http://{upstream};\n{more}        proxy_pass $upstream;\n    }}\n"
        )
    };
    if segment.is_empty() {
        return place("/", "");
    }
    // Two locations, so that /api and /api/… go there and /apiary does not.
    let mut text = place(&format!("= /{segment}"), "") + &place(&format!("/{segment}/"), "");
    if upstream == API_UPSTREAM {
        // Sending a resource or asking for a token a second time does no harm: a POST to a resource
        // creates or updates by its natural key. So another copy is asked even if the first one may
        // have read the request before it broke off.
        text += &place(
            &format!("~ ^/{segment}/(.+/)?(data/v3|oauth)/"),
            "        proxy_next_upstream error timeout non_idempotent;\n",
        );
    }
    text
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
                upstream: API_UPSTREAM.to_owned(),
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
        // Only what may be asked twice is asked twice.
        assert_eq!(text.matches("non_idempotent").count(), 1);
    }

    #[test]
    fn the_switch_names_every_copy_one_or_some() {
        let switch_to = |hosts: &[&str]| {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            let text = switch(&hosts);
            assert!(!text.contains('@'), "a placeholder was left");
            text
        };
        assert!(switch_to(&[]).contains("default api:80;"));
        assert!(switch_to(&["x-api-2-1"]).contains("default x-api-2-1:80;"));
        let some = switch_to(&["x-api-1", "x-api-3-1"]);
        assert!(some.contains(
            "upstream edfi_others {\n    server x-api-1:80;\n    server x-api-3-1:80;\n}\n"
        ));
        assert!(some.contains("default edfi_others;"));
    }
}
