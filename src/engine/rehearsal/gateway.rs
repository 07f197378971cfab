//! The gateway of a rehearsal: real TLS with the uploaded certificate on the published port, and
//! the uploaded configuration's routes. Behind it, the services' answers are made up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::role::Stage;
use super::web;
use super::wire::{self, Answer, Asked, Piece, Reply, Said};
use super::world::World;
use crate::deployment::Secret;
use crate::engine::LogStream;

const CHAIN: &str = "/etc/nginx/edfi/server.crt";
const KEY: &str = "/etc/nginx/edfi/server.key";
const CONFIGURATION: &str = "/etc/nginx/conf.d/default.conf";
/// Where requests for the API go.
const SWITCH: &str = "/etc/nginx/conf.d/api.conf";
/// The variable that the switch sets.
const SWITCHED: &str = "$edfi_api";
/// TLS handshakes at once.
const HANDSHAKES: usize = 64;

/// Serves on the published ports until `run` ends.
pub(super) fn open(
    stage: &Stage,
    doors: &[Arc<TcpListener>],
    run: &CancellationToken,
) -> Result<(), String> {
    stage
        .world
        .look(|state| state.containers.get(&stage.id).map(|one| check(&one.files)))
        .unwrap_or(Ok(()))?;
    let door = Arc::new(Door {
        world: Arc::clone(&stage.world),
        id: stage.id.clone(),
        network: stage.network.clone(),
    });
    for listener in doors {
        let (world, id) = (Arc::clone(&stage.world), stage.id.clone());
        let connections = arrivals(Arc::clone(listener))
            .map(move |wire| {
                // Files that are taken in later count from then on.
                let present = world.look(|state| acceptor(&state.containers.get(&id)?.files).ok());
                async move {
                    match present {
                        Some(acceptor) => acceptor.accept(wire).await.ok(),
                        None => None,
                    }
                }
            })
            .buffer_unordered(HANDSHAKES)
            // Who does not get through the handshake has heard why.
            .filter_map(|wire| async { wire })
            .boxed();
        tokio::spawn(wire::serve(connections, Arc::clone(&door), run.clone()));
    }
    Ok(())
}

fn arrivals(listener: Arc<TcpListener>) -> impl stream::Stream<Item = TcpStream> + Send {
    stream::unfold(listener, |listener| async {
        let wire = listener.accept().await.ok()?.0;
        Some((wire, listener))
    })
}

/// The files of a gateway's container.
type Files = BTreeMap<String, Secret>;

fn text<'a>(files: &'a Files, path: &str) -> &'a str {
    files.get(path).map_or("", Secret::expose)
}

/// What nginx finds wrong with a gateway's files.
pub(super) fn check(files: &Files) -> Result<(), String> {
    acceptor(files)
        .map(|_| ())
        .map_err(|reason| format!("cannot load certificate \"{CHAIN}\": {reason}"))
}

fn acceptor(files: &Files) -> Result<TlsAcceptor, String> {
    let (chain, key) = (text(files, CHAIN), text(files, KEY));
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| error.to_string())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A path's first segment, and the host behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Route {
    segment: String,
    host: String,
}

/// The hosts to which requests for the API go.
fn api_hosts(switch: &str) -> Vec<String> {
    let host = |line: &str| {
        let named = line.split([':', ';']).next().unwrap_or_default();
        named.to_owned()
    };
    let lines = || switch.lines().map(str::trim);
    let group: Vec<String> = lines()
        .filter_map(|line| line.strip_prefix("server "))
        .map(host)
        .collect();
    if !group.is_empty() {
        return group;
    }
    lines()
        .filter_map(|line| line.strip_prefix("default "))
        .map(host)
        .collect()
}

/// The routes of a configuration: each location and the upstream in it.
fn routes(configuration: &str) -> Vec<Route> {
    let mut segment = None;
    let mut routes: Vec<Route> = Vec::new();
    for line in configuration.lines().map(str::trim) {
        // Those by a pattern lead where the one without leads.
        if line.starts_with("location ~") {
            segment = None;
        } else if let Some(rest) = line.strip_prefix("location ") {
            let path = rest.trim_start_matches("= ").trim_end_matches('{').trim();
            segment = Some(path.trim_matches('/').to_owned());
        } else if let Some(rest) = line.strip_prefix("set $upstream http://")
            && let Some(segment) = segment.take()
        {
            let host = rest.split([':', ';']).next().unwrap_or_default().to_owned();
            let route = Route { segment, host };
            if !routes.contains(&route) {
                routes.push(route);
            }
        }
    }
    routes
}

struct Door {
    world: Arc<World>,
    id: String,
    network: String,
}

impl Answer for Door {
    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Said> {
        Box::pin(async move { self.pass_on(asked).into() })
    }
}

impl Door {
    /// Hands a request to the service behind its route, and notes it in the log.
    fn pass_on(&self, asked: &Asked) -> Reply {
        let start = Instant::now();
        let mut parts = asked.path.trim_start_matches('/').splitn(2, '/');
        let first = parts.next().unwrap_or_default();
        let rest = parts.next().unwrap_or_default();
        let reply = self.world.change(|state| {
            let Some(files) = state.containers.get(&self.id).map(|one| &one.files) else {
                return web::not_found();
            };
            let routes = routes(text(files, CONFIGURATION));
            let named = |segment: &str| routes.iter().find(|route| route.segment == segment);
            let (route, path) = match named(first) {
                Some(route) => (route, rest),
                None => match named("") {
                    Some(route) => (route, asked.path.trim_start_matches('/')),
                    None => return web::not_found(),
                },
            };
            let mut hosts = if route.host == SWITCHED {
                api_hosts(text(files, SWITCH))
            } else {
                vec![route.host.clone()]
            };
            // The next one is asked where one cannot be reached.
            hosts.sort_by_key(|host| state.host(&self.network, host).is_none());
            let host = hosts.first().map_or("", String::as_str);
            web::answer(&self.world, state, &self.network, host, path, asked)
        });
        let size: usize = reply
            .body
            .iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.len(),
                _ => 0,
            })
            .sum();
        let line = format!(
            "{} 127.0.0.1 {} {} {} {size} {:.3}s",
            Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            asked.method,
            asked.path,
            reply.status,
            start.elapsed().as_secs_f64()
        );
        self.world.change(|state| {
            if let Some(container) = state.containers.get_mut(&self.id) {
                container.say(LogStream::Out, line);
            }
        });
        reply
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_of_our_own_configuration_are_read() {
        let template = include_str!("../../../assets/gateway/default.conf");
        let configuration = template.replace(
            "@LOCATIONS@",
            "    location = /api {\n        set $upstream http://$edfi_api;\n    }\n    location /api/ {\n        set $upstream http://$edfi_api;\n    }\n    location ~ ^/api/(.+/)?(data/v3|oauth)/ {\n        set $upstream http://$edfi_api;\n    }\n    location / {\n        set $upstream http://swagger:80;\n    }\n",
        );
        let route = |segment: &str, host: &str| Route {
            segment: segment.to_owned(),
            host: host.to_owned(),
        };
        assert_eq!(
            routes(&configuration),
            [route("api", SWITCHED), route("", "swagger")]
        );
    }

    #[test]
    fn the_switch_names_one_host_or_some() {
        let template = include_str!("../../../assets/gateway/api.conf");
        let one = template.replace("@OTHERS@", "").replace("@API@", "api:80");
        assert_eq!(api_hosts(&one), ["api"]);
        let group = "upstream edfi_others {\n    server x-api-1:80;\n    server x-api-3-1:80;\n}\n";
        let some = template
            .replace("@OTHERS@", group)
            .replace("@API@", "edfi_others");
        assert_eq!(api_hosts(&some), ["x-api-1", "x-api-3-1"]);
    }
}
