//! A server of its own for a test, and what a test of it says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bollard::query_parameters as query;
use edfi_setup::deployment::Secret;
use edfi_setup::engine::docker::{DockerEngine, Environment};
use edfi_setup::engine::{
    ContainerSpec, Engine, ExecSpec, FileSpec, LABEL_DEPLOYMENT, NetworkSpec, PublishedPort,
    Restart,
};
use edfi_setup::practice::{BuildOptions, Role, Wanted as WantedImage, build};
use edfi_setup::server::test::{Progress, Report, Row, Stage, Verdict, Wanted, test};
use edfi_setup::server::tls::Credentials;
use edfi_setup::server::{Fields, FromHere, Way};
use tokio::sync::OnceCell;

use crate::practice::PREFIX;

/// The role that plays an operator's: it may make databases and nothing else.
pub const OWNER: &str = "edfi_owner";
/// Its password, with everything that can go wrong in a URL.
pub const PASSWORD: &str = "p@ss/w:o?r#d%20&ü";
const ADMINISTRATOR: &str = "dba";
const DATA: &str = "/var/lib/postgresql/data";
const IMAGE: &str = "edfialliance/ods-api-db-admin:7.3.2";
/// The user that PostgreSQL runs as in Ed-Fi's images.
const POSTGRES: u32 = 70;
const DEADLINE: Duration = Duration::from_secs(90);

/// The image of these servers.
pub fn image() -> String {
    format!("{PREFIX}/{IMAGE}")
}

/// A PostgreSQL server in a container, and everything that goes when the test ends, however it ends.
#[derive(Debug)]
pub struct Server {
    pub engine: DockerEngine,
    pub name: String,
    pub port: u16,
}

impl Server {
    /// A server that lets the owner in over the network with a password.
    pub async fn start(test: &str) -> Self {
        Self::start_with(test, &[]).await
    }

    /// The same with settings, as in `max_connections=8`.
    pub async fn start_with(test: &str, settings: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let engine = DockerEngine::connect(&Environment::of_process())
            .await
            .expect("these tests need a container engine");
        make_image(&engine).await;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("own-server-{test}-{}-{count}", std::process::id());
        let mut server = Self {
            engine,
            name,
            port: 0,
        };
        let labels = BTreeMap::from([(LABEL_DEPLOYMENT.to_owned(), server.name.clone())]);
        let network = NetworkSpec {
            name: server.name.clone(),
            labels: labels.clone(),
        };
        server.engine.create_network(&network).await.unwrap();
        let mut command = vec!["postgres".to_owned()];
        for setting in settings {
            command.extend(["-c".to_owned(), (*setting).to_owned()]);
        }
        let spec = ContainerSpec {
            name: server.name.clone(),
            image: image(),
            env: BTreeMap::from([
                ("POSTGRES_USER".to_owned(), Secret::new(ADMINISTRATOR)),
                ("POSTGRES_PASSWORD".to_owned(), Secret::new("dba")),
                ("POSTGRES_DB".to_owned(), Secret::new("postgres")),
            ]),
            labels,
            entrypoint: None,
            command: Some(command),
            user: None,
            mounts: Vec::new(),
            ports: vec![PublishedPort {
                host_ip: "127.0.0.1".to_owned(),
                host_port: 0,
                container_port: 5432,
            }],
            network: server.name.clone(),
            aliases: vec!["db.district.test".to_owned()],
            health: None,
            restart: Restart::No,
            log_driver: "json-file".to_owned(),
            log_options: BTreeMap::new(),
            init: false,
            stop_grace: Duration::from_secs(2),
        };
        server.engine.create_container(&spec).await.unwrap();
        server.engine.start(&server.name).await.unwrap();
        server.wait_until_it_serves().await;
        server
            .sql(&format!(
                "CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{PASSWORD}';"
            ))
            .await;
        server
    }

    /// Waits for answers over the network, and learns the port.
    pub async fn wait_until_it_serves(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let (code, words) = self
                .exec(&["pg_isready", "-h", "127.0.0.1", "-U", ADMINISTRATOR])
                .await;
            if code == 0 {
                break;
            }
            assert!(Instant::now() < deadline, "{}: {words}", self.name);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let state = self.engine.inspect(&self.name).await.unwrap();
        self.port = state
            .ports
            .iter()
            .find(|port| port.container_port == 5432)
            .unwrap()
            .host_port;
    }

    pub async fn restart(&mut self) {
        self.engine
            .stop(&self.name, Duration::from_secs(10))
            .await
            .unwrap();
        self.engine.start(&self.name).await.unwrap();
        self.wait_until_it_serves().await;
    }

    pub async fn exec(&self, command: &[&str]) -> (i64, String) {
        let exec = ExecSpec {
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            stdin: None,
            user: None,
        };
        match self.engine.exec(&self.name, &exec, &|_, _| {}).await {
            Ok(outcome) => (
                outcome.exit_code,
                format!("{}{}", outcome.stdout, outcome.stderr),
            ),
            Err(error) => (-1, error.to_string()),
        }
    }

    /// Lets the administrator run statements.
    pub async fn sql(&self, sql: &str) -> String {
        self.sql_in("postgres", sql).await
    }

    pub async fn sql_in(&self, database: &str, sql: &str) -> String {
        let exec = ExecSpec {
            command: [
                "psql",
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-U",
                ADMINISTRATOR,
                "-d",
                database,
                "-f",
                "-",
            ]
            .map(str::to_owned)
            .to_vec(),
            stdin: Some(Secret::new(sql)),
            user: None,
        };
        let outcome = self
            .engine
            .exec(&self.name, &exec, &|_, _| {})
            .await
            .unwrap();
        assert_eq!(outcome.exit_code, 0, "{sql}: {}", outcome.stderr);
        outcome.stdout.trim().to_owned()
    }

    /// Places a file of the server's own.
    pub async fn place(&self, name: &str, content: &str) {
        let file = FileSpec {
            path: format!("{DATA}/{name}"),
            content: Secret::new(content),
            mode: 0o600,
            uid: POSTGRES,
            gid: POSTGRES,
        };
        self.engine.upload(&self.name, &[file]).await.unwrap();
    }

    /// Replaces the lines that say who may come in over the network.
    pub async fn let_in(&self, lines: &str) {
        self.place("pg_hba.conf", &format!("local all all trust\n{lines}\n"))
            .await;
        self.reload().await;
    }

    /// Has the settings read anew, and waits until they are.
    pub async fn reload(&self) {
        self.sql("SELECT pg_reload_conf();").await;
        // The postmaster reads them a moment later, and says nothing of it.
        tokio::time::sleep(Duration::from_millis(150)).await;
    }

    /// Fields for the owner, over plain TCP.
    pub fn fields(&self) -> Fields {
        Fields {
            host: Some("127.0.0.1".to_owned()),
            port: Some(self.port.to_string()),
            user: Some(OWNER.to_owned()),
            password: Some(Secret::new(PASSWORD)),
            tls: Some("disable".to_owned()),
            ..Fields::default()
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let (engine, name) = (self.engine.clone(), self.name.clone());
        // The test's own runtime cannot be waited for here, so a thread brings another.
        let cleaner = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
                .block_on(remove(&engine, &name));
        });
        let is_clean = cleaner.join().is_ok();
        assert!(
            is_clean || std::thread::panicking(),
            "the server could not be removed"
        );
    }
}

async fn remove(engine: &DockerEngine, name: &str) {
    let force = query::RemoveContainerOptionsBuilder::default()
        .force(true)
        .v(true)
        .build();
    let _ = engine.client().remove_container(name, Some(force)).await;
    engine.remove_network(name).await.unwrap();
}

/// The image is made by whichever test comes first.
async fn make_image(engine: &DockerEngine) {
    static MADE: OnceCell<()> = OnceCell::const_new();
    MADE.get_or_init(|| async {
        let wanted = [WantedImage {
            role: Role::DbAdmin,
            reference: IMAGE.to_owned(),
            release: "7.3.2".to_owned(),
            data_standard: "6.1.0".to_owned(),
        }];
        let options = BuildOptions {
            prefix: PREFIX.to_owned(),
            start_delay: Duration::ZERO,
            executable: PathBuf::from(env!("CARGO_BIN_EXE_edfi-setup")),
        };
        build(engine.client(), &wanted, &options, &|_| {})
            .await
            .unwrap_or_else(|error| panic!("{error}"));
    })
    .await;
}

/// What to look for, with an old release's PostgreSQL.
pub fn wanted() -> Wanted {
    Wanted {
        release: "6.2.0".to_owned(),
        postgres_major: 13,
        connections: Some(20),
        databases: vec!["EdFi_Ods_2027".to_owned()],
    }
}

/// Tests from this computer.
pub async fn look(fields: &Fields) -> Report {
    look_for(fields, &wanted()).await
}

pub async fn look_for(fields: &Fields, wanted: &Wanted) -> Report {
    look_by(fields, &FromHere, wanted).await
}

/// Tests by a way, and sees to what holds for every test: one row a stage, told in order and in time.
pub async fn look_by<W: Way>(fields: &Fields, way: &W, wanted: &Wanted) -> Report {
    let target = fields
        .target()
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    let credentials = Credentials::load(&target.tls).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut told = Vec::new();
    let mut tell = |progress: Progress| told.push(progress);
    let report = test(&target, &credentials, way, wanted, &mut tell).await;
    let rows: Vec<&Row> = told
        .iter()
        .filter_map(|progress| match progress {
            Progress::Ended(row) => Some(row),
            Progress::Begins(_) => None,
        })
        .collect();
    assert_eq!(rows, report.rows.iter().collect::<Vec<_>>());
    let stages: Vec<Stage> = report.rows.iter().map(|row| row.stage).collect();
    assert_eq!(stages, Stage::ALL, "{report:#?}");
    let secret = fields.password.as_ref().map_or("", Secret::expose);
    assert!(secret.is_empty() || !format!("{report:?}").contains(secret));
    report
}

/// Sees to it that this stage blocks, that all before it are well, and, for stages up to the login, that
/// nothing behind it was tried. Gives its row.
pub fn blocked(report: &Report, stage: Stage) -> &Row {
    let row = report.row(stage).unwrap();
    assert_eq!(row.verdict, Verdict::Block, "{report:#?}");
    for other in &report.rows {
        if other.stage < stage {
            assert!(other.verdict < Verdict::Block, "{other:#?}");
        } else if other.stage > stage && stage <= Stage::Login {
            assert_eq!(other.verdict, Verdict::NotTried, "{other:#?}");
        }
    }
    row
}

/// Sees to it that a row's words have all of these.
pub fn says(row: &Row, parts: &[&str]) {
    let all = format!(
        "{} {} {} {}",
        row.found,
        row.advice.as_deref().unwrap_or_default(),
        row.hand_over.as_ref().map_or("", |text| text.text.as_str()),
        row.server_said.as_deref().unwrap_or_default()
    );
    for part in parts {
        assert!(all.contains(part), "{part:?} is not in {row:#?}");
    }
}
