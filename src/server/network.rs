//! The way from inside a container network: through a small container that is there for the test only.
//!
//! Names are looked up and connections opened inside it; what is said goes through it as bytes. So the very
//! same test runs from there, and no password and no certificate ever enters the container.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::timeout;

use super::way::{DIAL_LIMIT, DialFault, Link, NameFault, Spot, Way};
use crate::engine::{
    ContainerSpec, Engine, EngineError, ExecOutcome, ExecSpec, LABEL_DEPLOYMENT, LABEL_ONCE,
    NetworkSpec, Phase, Restart,
};

/// What the names of these containers and networks begin with.
const NAME: &str = "edfi-setup-postgres-test";

/// A container that nobody took away ends by itself after this many seconds.
const LIFE: &str = "900";

/// Time for a small program inside the container.
const PROGRAM_LIMIT: Duration = Duration::from_secs(20);

/// Why there is no way from inside.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The image that the container would be made of is not on the engine.
    #[error("the image {0} is not on the engine")]
    NoImage(String),
    /// The engine would not do it.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// From inside a container network. Call [`FromNetwork::close`] when done.
#[derive(Debug)]
pub struct FromNetwork<'e, E> {
    engine: &'e E,
    container: String,
    /// Whether the network was made for this, too.
    own_network: bool,
}

impl<'e, E: Engine> FromNetwork<'e, E> {
    /// Starts the container. `image` is one of Ed-Fi's database images, real or practice: what is needed of it
    /// is `nc`, and `getent` or `nslookup`. Without a network that is there already, one is made like a
    /// deployment's own.
    pub async fn open(
        engine: &'e E,
        image: &str,
        network: Option<&str>,
    ) -> Result<Self, NetworkError> {
        if engine.image(image).await?.is_none() {
            return Err(NetworkError::NoImage(image.to_owned()));
        }
        sweep(engine).await;
        let container = format!("{NAME}-{}", std::process::id());
        let labels = BTreeMap::from([
            (LABEL_DEPLOYMENT.to_owned(), container.clone()),
            (LABEL_ONCE.to_owned(), "postgres-test".to_owned()),
        ]);
        let opened = Self {
            engine,
            container: container.clone(),
            own_network: network.is_none(),
        };
        if network.is_none() {
            let own = NetworkSpec {
                name: container.clone(),
                labels: labels.clone(),
            };
            engine.create_network(&own).await?;
        }
        let spec = ContainerSpec {
            name: container.clone(),
            image: image.to_owned(),
            env: BTreeMap::new(),
            labels,
            entrypoint: Some(vec!["sleep".to_owned()]),
            command: Some(vec![LIFE.to_owned()]),
            user: None,
            mounts: Vec::new(),
            ports: Vec::new(),
            network: network.unwrap_or(&container).to_owned(),
            aliases: Vec::new(),
            health: None,
            restart: Restart::No,
            log_driver: "json-file".to_owned(),
            log_options: BTreeMap::new(),
            init: true,
            stop_grace: Duration::from_secs(1),
        };
        let started = async {
            engine.create_container(&spec).await?;
            engine.start(&container).await
        };
        match started.await {
            Ok(()) => Ok(opened),
            Err(error) => {
                // Told is what went wrong first.
                let _ = opened.close().await;
                Err(error.into())
            }
        }
    }

    /// Takes the container away again, and the network if it was made for it.
    pub async fn close(self) -> Result<(), NetworkError> {
        take_away(self.engine, &self.container).await?;
        if self.own_network {
            self.engine.remove_network(&self.container).await?;
        }
        Ok(())
    }

    async fn run(&self, script: &str, words: &[&str]) -> Result<ExecOutcome, String> {
        let mut command = vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
        command.extend(words.iter().map(|word| (*word).to_owned()));
        let exec = ExecSpec {
            command,
            stdin: None,
            user: None,
        };
        timeout(
            PROGRAM_LIMIT,
            self.engine.exec(&self.container, &exec, &|_, _| {}),
        )
        .await
        .map_err(|_| "the container does not answer".to_owned())?
        .map_err(|error| error.to_string())
    }
}

/// Removes a container, running or not.
async fn take_away<E: Engine>(engine: &E, container: &str) -> Result<(), EngineError> {
    match engine.stop(container, Duration::ZERO).await {
        Ok(()) | Err(EngineError::NotFound { .. }) => {}
        Err(error) => return Err(error),
    }
    engine.remove_container(container).await
}

/// Removes what a killed test left behind, once its container has ended. What cannot be removed is tried
/// again the next time.
async fn sweep<E: Engine>(engine: &E) {
    let names = engine.deployments().await.unwrap_or_default();
    for name in names.iter().filter(|name| name.starts_with(NAME)) {
        let Ok(left) = engine.observe(name).await else {
            continue;
        };
        if left
            .containers
            .values()
            .any(|container| container.state.phase == Phase::Running)
        {
            continue;
        }
        for container in left.containers.keys() {
            let _ = engine.remove_container(container).await;
        }
        for network in left.networks.keys() {
            let _ = engine.remove_network(network).await;
        }
    }
}

impl<E: Engine> Way for FromNetwork<'_, E> {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NameFault> {
        // Ed-Fi's images have getent, practice images only nslookup.
        let found = self
            .run(
                "getent ahosts \"$0\" 2>/dev/null || nslookup \"$0\" 2>&1",
                &[host],
            )
            .await
            .map_err(NameFault::Other)?;
        let addresses = addresses(&found.stdout);
        if addresses.is_empty() {
            Err(name_fault(&found.stdout))
        } else {
            Ok(addresses)
        }
    }

    async fn dial(&self, spot: &Spot) -> Result<Link, DialFault> {
        let Spot::Address(address) = spot else {
            return Err(DialFault::NoSocket);
        };
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        // A first connection only tells whether there is one: on the second its end would look like any other.
        let limit = DIAL_LIMIT.as_secs().to_string();
        let tried = self
            .run(
                "nc -w \"$2\" \"$0\" \"$1\" </dev/null >/dev/null",
                &[&host, &port, &limit],
            )
            .await
            .map_err(DialFault::Other)?;
        if tried.exit_code != 0 {
            return Err(dial_fault(&tried.stderr));
        }
        let command = ["nc".to_owned(), host, port];
        let relay = self
            .engine
            .relay(&self.container, &command)
            .await
            .map_err(|error| DialFault::Other(error.to_string()))?;
        Ok(Box::new(relay))
    }

    fn is_inside(&self) -> bool {
        true
    }
}

/// Addresses among what `getent ahosts` or `nslookup` printed.
fn addresses(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let mut keep = |address: IpAddr| {
        if !found.contains(&address) {
            found.push(address);
        }
    };
    // nslookup first names the server that it asked, with an address and a port.
    let mut named = !text.contains("Server:");
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("Name:") => named = true,
            Some(first) if named && first.starts_with("Address") => {
                // "Address: 10.0.0.1", or "Address 1: 10.0.0.1 name" from older ones.
                words
                    .by_ref()
                    .take(2)
                    .filter_map(|word| word.parse().ok())
                    .for_each(&mut keep);
            }
            Some(first) if named => {
                if let Ok(address) = first.parse() {
                    keep(address);
                }
            }
            _ => {}
        }
    }
    found
}

fn name_fault(text: &str) -> NameFault {
    if text.contains("timed out")
        || text.contains("no servers")
        || text.contains("SERVFAIL")
        || text.contains("REFUSED")
    {
        NameFault::NoAnswer
    } else if text.contains("NXDOMAIN")
        || text.contains("can't find")
        || text.contains("can't resolve")
        || text.trim().is_empty()
    {
        NameFault::Unknown
    } else {
        NameFault::Other(text.lines().last().unwrap_or_default().trim().to_owned())
    }
}

/// What `nc` complained of. Its versions have words of their own around the system's.
fn dial_fault(text: &str) -> DialFault {
    let lower = text.to_ascii_lowercase();
    let says = |part: &str| lower.contains(part);
    if says("refused") {
        DialFault::Refused
    } else if says("timed out") || says("timeout") || lower.trim().is_empty() {
        DialFault::Silent
    } else if says("unreachable")
        || says("no route")
        || says("cannot assign")
        || says("not available")
    {
        DialFault::NoRoute
    } else {
        DialFault::Other(text.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_every_kind_of_answer() {
        let getent = "10.0.0.5 STREAM db.example\n10.0.0.5 DGRAM\nfd00::5 STREAM db.example\n";
        let busybox = "Server:\t\t127.0.0.11\nAddress:\t127.0.0.11:53\n\nNon-authoritative answer:\nName:\tdb.example\nAddress: 10.0.0.5\n\nName:\tdb.example\nAddress: fd00::5\n";
        let wanted: Vec<IpAddr> = vec!["10.0.0.5".parse().unwrap(), "fd00::5".parse().unwrap()];
        assert_eq!(addresses(getent), wanted);
        assert_eq!(addresses(busybox), wanted);
        let none =
            "Server:\t\t10.2.2.53\nAddress:\t10.2.2.53:53\n\n** server can't find x: NXDOMAIN\n";
        assert!(addresses(none).is_empty());
        assert_eq!(name_fault(none), NameFault::Unknown);
        assert_eq!(
            name_fault(";; connection timed out; no servers could be reached"),
            NameFault::NoAnswer
        );
    }

    #[test]
    fn complaints_are_told_apart() {
        for (text, fault) in [
            (
                "nc: can't connect to remote host (172.17.0.1): Connection refused\n",
                DialFault::Refused,
            ),
            (
                "nc: 10.0.0.1 (10.0.0.1:5432): Connection refused",
                DialFault::Refused,
            ),
            (
                "nc: can't connect to remote host (10.0.0.1): Operation timed out",
                DialFault::Silent,
            ),
            (
                "nc: can't connect to remote host: Cannot assign requested address",
                DialFault::NoRoute,
            ),
            (
                "nc: can't connect to remote host (10.9.9.9): Network is unreachable",
                DialFault::NoRoute,
            ),
        ] {
            assert_eq!(dial_fault(text), fault, "{text}");
        }
    }
}
