//! What each service does in its container: how long it takes to come up, what it says, and how it
//! ends when it is to fail.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::registry::SLOW;
use super::server::Data;
use super::world::{Answers, World};
use super::{Role, gateway};
use crate::deployment::Secret;
use crate::engine::LogStream;

/// How a program ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    pub exit_code: i64,
    pub out_of_memory: bool,
}

impl Ending {
    pub fn exit(exit_code: i64) -> Self {
        Self {
            exit_code,
            out_of_memory: false,
        }
    }
}

/// A program in its container.
pub(super) struct Stage {
    pub world: Arc<World>,
    pub id: String,
    pub service: String,
    pub network: String,
    role: Option<Role>,
    env: BTreeMap<String, Secret>,
}

impl Stage {
    /// The program of a container.
    pub fn of(world: &Arc<World>, id: &str) -> Option<Self> {
        world.look(|state| {
            let container = state.containers.get(id)?;
            let service = container.service.clone().unwrap_or_default();
            Some(Self {
                world: Arc::clone(world),
                id: id.to_owned(),
                role: state.parts.get(&service).map(|part| part.role.clone()),
                service,
                network: container.network.clone(),
                env: container.env.clone(),
            })
        })
    }

    /// Lets time pass: about so many seconds, by the rehearsal's dice.
    async fn takes(&self, seconds: f64) {
        let dice = self.world.chance(&format!("{seconds} of {}", self.service));
        let time = Duration::from_secs_f64(seconds * (0.9 + 0.2 * dice));
        self.world.pass(time).await;
    }

    /// The same for work that waits for the disk.
    async fn writes(&self, seconds: f64) {
        let slow = self.strikes(Fault::SlowDisk);
        self.takes(if slow { seconds * SLOW } else { seconds })
            .await;
    }

    pub fn out(&self, line: impl Into<String>) {
        self.say(LogStream::Out, line.into());
    }

    pub fn err(&self, line: impl Into<String>) {
        self.say(LogStream::Err, line.into());
    }

    fn say(&self, stream: LogStream, line: String) {
        self.world.change(|state| {
            if let Some(container) = state.containers.get_mut(&self.id) {
                container.say(stream, line);
            }
        });
    }

    fn strikes(&self, fault: Fault) -> bool {
        self.world
            .look(|state| state.strikes(fault, Some(&self.service)))
    }

    fn env(&self, name: &str) -> &str {
        self.env.get(name).map_or("", Secret::expose)
    }

    fn secret(&self, name: &str) -> Secret {
        Secret::new(self.env(name))
    }

    /// From now on it serves, unless that is what is to go wrong; then as soon as that is mended.
    async fn serves(&self) {
        self.world
            .until(|state| (!state.strikes(Fault::NeverReady, Some(&self.service))).then_some(()))
            .await;
        if self.strikes(Fault::Unhealthy) {
            self.answers(Answers::Badly);
            self.world
                .until(|state| {
                    (!state.strikes(Fault::Unhealthy, Some(&self.service))).then_some(())
                })
                .await;
        }
        self.answers(Answers::Well);
    }

    fn answers(&self, answers: Answers) {
        self.world.change(|state| {
            if let Some(container) = state.containers.get_mut(&self.id) {
                container.answers = answers;
            }
        });
    }

    /// How it ends while it comes up, if it is to.
    async fn doom(&self) -> Option<Ending> {
        if self.strikes(Fault::OutOfMemory) {
            self.takes(4.0).await;
            return Some(Ending {
                exit_code: 137,
                out_of_memory: true,
            });
        }
        if !self.strikes(Fault::CrashLoop) {
            return None;
        }
        self.takes(2.5).await;
        Some(match &self.role {
            Some(Role::Database(_)) => {
                self.err(postgres_line(
                    "PANIC:  could not locate a valid checkpoint record",
                ));
                self.err(postgres_line(
                    "LOG:  startup process was terminated by signal 6: Aborted",
                ));
                Ending::exit(1)
            }
            Some(Role::Gateway) => {
                self.err("nginx: [emerg] no \"events\" section in configuration");
                Ending::exit(1)
            }
            _ => {
                self.err("Fatal error. System.AccessViolationException: Attempted to read or write protected memory.");
                self.err("Segmentation fault");
                Ending::exit(139)
            }
        })
    }
}

/// Plays a container's program until it ends by itself.
pub(super) async fn play(
    stage: &Stage,
    doors: &[Arc<TcpListener>],
    run: CancellationToken,
) -> Ending {
    match &stage.role {
        Some(Role::Database(databases)) => database(stage, databases).await,
        Some(Role::Api) => api(stage).await,
        Some(Role::AdminApi) => admin_api(stage).await,
        Some(Role::SandboxAdmin) => sandbox_admin(stage).await,
        Some(Role::Pages) => pages(stage).await,
        Some(Role::Cache) => cache(stage).await,
        Some(Role::Gateway) => match stage.doom().await {
            Some(ending) => ending,
            None => door(stage, doors, run).await,
        },
        // Somebody else's container does whatever it does.
        None => std::future::pending().await,
    }
}

fn postgres_line(text: &str) -> String {
    let now = jiff::Timestamp::now();
    format!("{} UTC [1] {text}", now.strftime("%Y-%m-%d %H:%M:%S%.3f"))
}

async fn database(stage: &Stage, databases: &[String]) -> Ending {
    if let Some(ending) = stage.doom().await {
        return ending;
    }
    if holds_data(stage, databases) {
        stage.out(
            "PostgreSQL Database directory appears to contain a database; Skipping initialization",
        );
    } else {
        first_start(stage, databases).await;
    }
    stage.takes(0.4).await;
    for text in [
        "LOG:  starting PostgreSQL 16.4 (a rehearsal of it)",
        "LOG:  listening on IPv4 address \"0.0.0.0\", port 5432",
        "LOG:  listening on Unix socket \"/var/run/postgresql/.s.PGSQL.5432\"",
    ] {
        stage.err(postgres_line(text));
    }
    stage.takes(0.3).await;
    stage.err(postgres_line(
        "LOG:  database system is ready to accept connections",
    ));
    stage.serves().await;
    loop {
        stage.takes(300.0).await;
        stage.err(postgres_line("LOG:  checkpoint starting: time"));
        stage.writes(0.5).await;
        stage.err(postgres_line(
            "LOG:  checkpoint complete: wrote 43 buffers (0.3%)",
        ));
    }
}

/// Whether a server was here before. Where its password is to be another, one was.
fn holds_data(stage: &Stage, databases: &[String]) -> bool {
    stage.world.change(|state| {
        let strange = state.strikes(Fault::WrongPassword, Some(&stage.service));
        let password = Secret::new(stage.world.dice("password of earlier data"));
        let Some(server) = state.own_server(&stage.id) else {
            return false;
        };
        if server.password.is_none() && strange {
            server.password = Some(password);
            server.databases = databases.iter().map(|name| (name.clone(), false)).collect();
        }
        server.password.is_some()
    })
}

/// The first start on an empty volume: it makes the databases, one after the other. Whoever
/// interrupts it finds those that were made, and nobody makes the others later.
async fn first_start(stage: &Stage, databases: &[String]) {
    stage.out("The files belonging to this database system will be owned by user \"postgres\".");
    stage.writes(1.0).await;
    stage.out("Success. You can now start the database server using:");
    let password = stage.secret("POSTGRES_PASSWORD");
    stage.world.change(|state| {
        if let Some(server) = state.own_server(&stage.id) {
            server.password = Some(password);
        }
    });
    stage.out(
        "/usr/local/bin/docker-entrypoint.sh: running /docker-entrypoint-initdb.d/init-database.sh",
    );
    for name in databases {
        stage.out("CREATE DATABASE");
        stage.writes(0.8).await;
        stage.out(format!("restored {name}"));
        stage.world.change(|state| {
            if let Some(server) = state.own_server(&stage.id) {
                server.databases.insert(name.clone(), false);
            }
        });
    }
    stage.out("PostgreSQL init process complete; ready for start up.");
}

fn api_line(text: &str) -> String {
    let now = jiff::Timestamp::now();
    format!("{} [1] INFO  {text}", now.strftime("%Y-%m-%d %H:%M:%S,%3f"))
}

/// What all of Ed-Fi's programs with databases do first: they wait for the servers, and log in.
async fn log_in(stage: &Stage) -> Result<(), Ending> {
    if let Some(ending) = stage.doom().await {
        return Err(ending);
    }
    let mut hosts: Vec<&str> = stage
        .env("ODS_WAIT_POSTGRES_HOSTS")
        .split_whitespace()
        .collect();
    if hosts.is_empty() {
        hosts = vec![
            stage.env("ADMIN_POSTGRES_HOST"),
            stage.env("ODS_POSTGRES_HOST"),
        ];
        // The Admin API knows the first alone.
        hosts.retain(|host| !host.is_empty());
    }
    let mut accepted = true;
    for host in hosts {
        let password = stage.secret("POSTGRES_PASSWORD");
        accepted &= stage
            .world
            .until(|state| {
                let server = state.server(&stage.network, host)?;
                Some(server.password.as_ref() == Some(&password))
            })
            .await;
        stage.err(format!("PostgreSQL at '{host}' takes connections"));
    }
    stage.takes(1.0).await;
    if accepted {
        return Ok(());
    }
    stage.err("Unhandled exception. Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user \"postgres\"");
    stage.err("   at Npgsql.Internal.NpgsqlConnector.ReadMessageLong()");
    Err(Ending::exit(134))
}

async fn api(stage: &Stage) -> Ending {
    if let Err(ending) = log_in(stage).await {
        return ending;
    }
    stage.out(api_line("Startup - Building host..."));
    stage.takes(4.0).await;
    stage.out(api_line(
        "DomainModelProvider - Loading plugins from ./Plugin",
    ));
    stage.takes(3.0).await;
    listening(stage);
    stage.serves().await;
    std::future::pending().await
}

async fn admin_api(stage: &Stage) -> Ending {
    if let Err(ending) = log_in(stage).await {
        return ending;
    }
    stage.out(api_line("Program - Starting Admin API"));
    stage.takes(3.0).await;
    listening(stage);
    stage.serves().await;
    std::future::pending().await
}

fn listening(stage: &Stage) {
    let place = match stage.env("ASPNETCORE_URLS") {
        "" => "http://[::]:80",
        place => place,
    };
    stage.out(api_line(&format!("Lifetime - Now listening on: {place}")));
    stage.out(api_line(
        "Lifetime - Application started. Press Ctrl+C to shut down.",
    ));
}

async fn sandbox_admin(stage: &Stage) -> Ending {
    if let Err(ending) = log_in(stage).await {
        return ending;
    }
    stage.takes(3.0).await;
    for (name, sees) in [("Minimal", Data::Empty), ("Populated", Data::Sample)] {
        stage.writes(0.8).await;
        let word = name.to_uppercase();
        let key = stage.secret(&format!("{word}_KEY"));
        let secret = stage.secret(&format!("{word}_SECRET"));
        stage.world.change(|state| {
            let host = state.host(&stage.network, stage.env("ADMIN_POSTGRES_HOST"));
            let Some(host) = host.map(|container| container.id.clone()) else {
                return;
            };
            if let Some(server) = state.own_server(&host) {
                server.add_sandbox(name, key, secret, sees);
            }
        });
        stage.out(api_line(&format!(
            "SandboxProvisioner - {name} sandbox is there"
        )));
    }
    listening(stage);
    stage.serves().await;
    std::future::pending().await
}

async fn pages(stage: &Stage) -> Ending {
    if let Some(ending) = stage.doom().await {
        return ending;
    }
    stage.takes(1.2).await;
    stage.out("Configuration complete; ready for start up");
    stage.serves().await;
    std::future::pending().await
}

async fn cache(stage: &Stage) -> Ending {
    if let Some(ending) = stage.doom().await {
        return ending;
    }
    stage.takes(0.3).await;
    stage.out("1:M * Server initialized");
    stage.out("1:M * Ready to accept connections tcp");
    stage.serves().await;
    std::future::pending().await
}

async fn door(stage: &Stage, doors: &[Arc<TcpListener>], run: CancellationToken) -> Ending {
    stage.out("/docker-entrypoint.sh: Configuration complete; ready for start up");
    stage.takes(0.2).await;
    match gateway::open(stage, doors, &run) {
        Ok(()) => {
            stage.serves().await;
            std::future::pending().await
        }
        Err(words) => {
            stage.err(format!("nginx: [emerg] {words}"));
            Ending::exit(1)
        }
    }
}
