//! A simulated engine in this process. Nothing runs: it speaks the Docker Engine API over a socket in
//! a temporary folder, so that the same adapter talks to it and the same program can be practised,
//! and tested, without an engine. Its gateway alone is real: it answers over TLS on the published
//! port, so that verifying asks through it.
//!
//! What a service does is told by its [`Role`]; what goes wrong, by its [`Fault`]s. Time may go
//! faster than real, and the same seed gives the same sizes, ids and pauses.

mod api;
mod conversation;
mod create;
mod fault;
mod gateway;
mod inspect;
mod life;
mod registry;
mod role;
mod script;
mod server;
mod stream;
mod web;
pub mod wire;
mod world;

pub use fault::{Fault, FaultWish, NoSuchFault, Place};

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::docker::{DockerEngine, Environment};
use super::{Pace, Result};
use world::World;

/// What a rehearsal is called wherever it shows itself.
pub const NOTICE: &str = "rehearsal: nothing really runs";

/// A service that the simulated engine knows how to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the service on its network.
    pub service: String,
    /// Complete image name, which the simulated registry has.
    pub image: String,
    /// Size of the image unpacked, megabytes.
    pub image_mb: u64,
    /// Memory it typically uses, megabytes.
    pub memory_mb: u64,
    /// What it does.
    pub role: Role,
}

/// What a service does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A PostgreSQL server, with the databases that its first start makes.
    Database(Vec<String>),
    /// The Ed-Fi API.
    Api,
    /// By what others administer the platform.
    AdminApi,
    /// The page that makes sandboxes.
    SandboxAdmin,
    /// Pages without a database.
    Pages,
    /// What copies of the API remember together.
    Cache,
    /// The door, https for everything behind it.
    Gateway,
}

/// A simulated engine. It lives as long as this value does.
#[derive(Debug)]
pub struct Rehearsal {
    world: Arc<World>,
    socket: wire::Socket,
}

impl Rehearsal {
    /// Begins one that knows these parts. The same seed gives the same rehearsal.
    pub fn start(pace: Pace, seed: u64, parts: Vec<Part>) -> io::Result<Self> {
        let world = Arc::new(World::new(pace, seed));
        let answers = Arc::new(api::Api(Arc::clone(&world)));
        let socket = wire::Socket::open(answers, Arc::clone(&world.present))?;
        let rehearsal = Self { world, socket };
        rehearsal.learn(parts);
        Ok(rehearsal)
    }

    /// Adds parts, or replaces those of the same service.
    pub fn learn(&self, parts: Vec<Part>) {
        self.world.change(|state| {
            let parts = parts.into_iter().map(|part| (part.service.clone(), part));
            state.parts.extend(parts);
        });
    }

    /// The socket on which it answers.
    pub fn socket(&self) -> &Path {
        self.socket.path()
    }

    /// The ordinary adapter, connected to it.
    pub async fn engine(&self) -> Result<DockerEngine> {
        let environment = Environment {
            system_sockets: Vec::new(),
            ..Environment::default()
        }
        .with("DOCKER_HOST", format!("unix://{}", self.socket().display()));
        let engine = DockerEngine::connect(&environment).await?;
        Ok(engine.with_pace(self.world.pace))
    }

    /// Lets something go wrong from now on.
    pub fn strike(&self, wish: FaultWish) {
        self.world.change(|state| {
            state.faults.insert(wish.fault, wish);
        });
    }

    /// Ends one fault by itself, as when a registry lets us in again.
    pub fn relent(&self, fault: Fault) {
        self.world.change(|state| state.faults.remove(&fault));
    }

    /// Ends every fault, as if its cause had been mended, and waits until the engine is there. The
    /// time that mending takes passes too: no event from before falls into the second after it.
    pub async fn mend(&self) {
        self.world.change(|state| {
            state.faults.clear();
            life::mend_passwords(state);
        });
        self.socket.is_back().await;
        let now = Timestamp::now();
        let rest = 1_000 - u64::try_from(now.subsec_millisecond()).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(rest)).await;
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        // What plays the containers holds the world; without this it would play on.
        self.world.change(|state| {
            for container in state.containers.values() {
                container.stop.cancel();
            }
        });
    }
}
