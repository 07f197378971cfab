//! Practice images on a real engine: made once, then each is run and asked what it has to answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail loudly"
)]

#[path = "practice_images/api.rs"]
mod api;
#[path = "practice_images/conversation.rs"]
mod conversation;
#[path = "practice_images/legacy.rs"]
mod legacy;
#[path = "support/practice.rs"]
mod practice;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::exec::StartExecResults;
use bollard::models::{
    ContainerCreateBody, ExecConfig, HostConfig, NetworkCreateRequest, VolumeCreateRequest,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListContainersOptionsBuilder, ListImagesOptions,
    ListNetworksOptionsBuilder, ListVolumesOptionsBuilder, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveImageOptions, RemoveVolumeOptionsBuilder,
    StartContainerOptions, StopContainerOptions, UploadToContainerOptionsBuilder,
    WaitContainerOptions,
};
use edfi_setup::practice::{
    BuildOptions, BuildSummary, DEPLOYMENT_LABEL, Role, STAMP_LABEL, Wanted, build,
};
use futures_util::{StreamExt, TryStreamExt};
use practice::PREFIX;
use tokio::sync::OnceCell;

/// The images of one release.
struct Set {
    release: &'static str,
    data_standard: &'static str,
    images: &'static [(Role, &'static str)],
    /// The databases' user.
    user: &'static str,
    made: OnceCell<()>,
}

static SEVEN: Set = Set {
    release: "7.3.2",
    data_standard: "6.1.0",
    images: &IMAGES,
    user: USER,
    made: OnceCell::const_new(),
};

const IMAGES: [(Role, &str); 10] = [
    (Role::DbAdmin, "edfialliance/ods-api-db-admin:7.3.2"),
    (
        Role::DbOdsMinimal,
        "edfialliance/ods-api-db-ods-minimal:7.3.2",
    ),
    (
        Role::DbOdsSandbox,
        "edfialliance/ods-api-db-ods-sandbox:7.3.2",
    ),
    (Role::WebApi, "edfialliance/ods-api-web-api:7.3.2"),
    (Role::AdminApi, "edfialliance/ods-admin-api:v2.3.2"),
    (
        Role::SandboxAdmin,
        "edfialliance/ods-api-web-sandbox-admin:7.3.2",
    ),
    (Role::Swagger, "edfialliance/ods-api-swaggerui:7.3.2"),
    (
        Role::Gateway,
        "nginxinc/nginx-unprivileged:1.27.3-alpine3.20",
    ),
    (Role::Pooler, "edoburu/pgbouncer:v1.24.1-p1"),
    (Role::Cache, "redis:8.0-alpine"),
];

const USER: &str = "edfi_owner";
const PASSWORD: &str = "Quote'and\"space $HOME 1";

async fn engine() -> Docker {
    Docker::connect_with_defaults()
        .expect("these tests need a container engine")
        .negotiate_version()
        .await
        .expect("these tests need a container engine that answers")
}

impl Set {
    fn wanted(&self, roles: &[Role]) -> Vec<Wanted> {
        self.images
            .iter()
            .filter(|(role, _)| roles.contains(role))
            .map(|(role, reference)| Wanted {
                role: *role,
                reference: (*reference).to_owned(),
                release: self.release.to_owned(),
                data_standard: self.data_standard.to_owned(),
            })
            .collect()
    }

    fn image(&self, role: Role) -> String {
        let (_, reference) = self.images.iter().find(|(each, _)| *each == role).unwrap();
        format!("{PREFIX}/{reference}")
    }
}

fn wanted(roles: &[Role]) -> Vec<Wanted> {
    SEVEN.wanted(roles)
}

fn options(prefix: &str, start_delay: u64) -> BuildOptions {
    BuildOptions {
        prefix: prefix.to_owned(),
        start_delay: Duration::from_secs(start_delay),
        executable: PathBuf::from(env!("CARGO_BIN_EXE_edfi-setup")),
    }
}

async fn build_all(client: &Docker, set: &Set) -> BuildSummary {
    let wanted = set.wanted(&Role::ALL);
    build(client, &wanted, &options(PREFIX, 0), &|_| {})
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

fn image(role: Role) -> String {
    SEVEN.image(role)
}

/// Everything of one test on the engine. Its end, even by panic, takes all of it away.
struct Lab {
    client: Docker,
    name: String,
    set: &'static Set,
}

impl Lab {
    /// The images are made by whichever test comes first.
    async fn new() -> Self {
        Self::with(&SEVEN).await
    }

    async fn with(set: &'static Set) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let client = engine().await;
        set.made
            .get_or_init(|| async {
                build_all(&client, set).await;
            })
            .await;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("practice-test-{}-{count}", std::process::id());
        client
            .create_network(NetworkCreateRequest {
                name: name.clone(),
                labels: Some(labels(&name)),
                ..NetworkCreateRequest::default()
            })
            .await
            .unwrap();
        Self { client, name, set }
    }

    fn named(&self, part: &str) -> String {
        format!("{}-{part}", self.name)
    }

    async fn volume(&self) -> String {
        let name = self.named("data");
        self.client
            .create_volume(VolumeCreateRequest {
                name: Some(name.clone()),
                labels: Some(labels(&self.name)),
                ..VolumeCreateRequest::default()
            })
            .await
            .unwrap();
        name
    }

    async fn create(&self, part: &str, role: Role, change: impl FnOnce(&mut ContainerCreateBody)) {
        let mut body = ContainerCreateBody {
            image: Some(self.set.image(role)),
            labels: Some(labels(&self.name)),
            host_config: Some(HostConfig {
                network_mode: Some(self.name.clone()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        change(&mut body);
        let options = CreateContainerOptionsBuilder::new()
            .name(&self.named(part))
            .build();
        self.client
            .create_container(Some(options), body)
            .await
            .unwrap();
    }

    async fn start(&self, part: &str) {
        self.client
            .start_container(&self.named(part), None::<StartContainerOptions>)
            .await
            .unwrap();
    }

    async fn database(
        &self,
        part: &str,
        role: Role,
        change: impl FnOnce(&mut ContainerCreateBody),
    ) {
        self.create(part, role, |body| {
            body.env = Some(vec![
                format!("POSTGRES_USER={}", self.set.user),
                format!("POSTGRES_PASSWORD={PASSWORD}"),
            ]);
            change(body);
        })
        .await;
        self.start(part).await;
        self.until(part, || self.sql(part, "postgres", PASSWORD, "SELECT 1"))
            .await;
    }

    /// Runs a program in the container: exit code and everything it printed.
    async fn exec(&self, part: &str, env: &[String], command: &[&str]) -> (i64, String) {
        let config = ExecConfig {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            env: Some(env.to_vec()),
            cmd: Some(command.iter().map(|word| (*word).to_owned()).collect()),
            ..ExecConfig::default()
        };
        let Ok(exec) = self.client.create_exec(&self.named(part), config).await else {
            return (-1, format!("{part} does not run"));
        };
        let mut text = String::new();
        if let Ok(StartExecResults::Attached { mut output, .. }) =
            self.client.start_exec(&exec.id, None).await
        {
            while let Some(Ok(chunk)) = output.next().await {
                text.push_str(&chunk.to_string());
            }
        }
        let code = self.client.inspect_exec(&exec.id).await.unwrap().exit_code;
        (code.unwrap_or(-1), text.trim().to_owned())
    }

    /// Asks over TCP, as other containers do.
    async fn sql(&self, part: &str, database: &str, password: &str, sql: &str) -> (i64, String) {
        let env = [format!("PGPASSWORD={password}")];
        let command = [
            "psql",
            "-h",
            "127.0.0.1",
            "-U",
            self.set.user,
            "-d",
            database,
            "-Atc",
            sql,
        ];
        self.exec(part, &env, &command).await
    }

    async fn answer(&self, part: &str, database: &str, sql: &str) -> String {
        let (code, text) = self.sql(part, database, PASSWORD, sql).await;
        assert_eq!(code, 0, "{sql}: {text}\n{}", self.logs(part).await);
        text
    }

    /// Tries until the program ends well, and gives what it printed.
    async fn until<F>(&self, part: &str, attempt: impl Fn() -> F) -> String
    where
        F: Future<Output = (i64, String)>,
    {
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            let (code, text) = attempt().await;
            if code == 0 {
                return text;
            }
            assert!(
                Instant::now() < deadline,
                "{part}: {text}\n{}",
                self.logs(part).await
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn logs(&self, part: &str) -> String {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).build();
        let chunks: Vec<LogOutput> = self
            .client
            .logs(&self.named(part), Some(options))
            .try_collect()
            .await
            .unwrap();
        chunks.iter().map(ToString::to_string).collect()
    }

    /// Waits for its end, and gives the exit code.
    async fn ends(&self, part: &str) -> i64 {
        let ended = tokio::time::timeout(
            Duration::from_mins(1),
            self.client
                .wait_container(&self.named(part), None::<WaitContainerOptions>)
                .next(),
        )
        .await
        .unwrap_or_else(|_| panic!("{part} does not end"));
        match ended.unwrap() {
            Ok(answer) => answer.status_code,
            Err(bollard::errors::Error::DockerContainerWaitError { code, .. }) => code,
            Err(error) => panic!("{error}"),
        }
    }

    async fn stop(&self, part: &str) -> i64 {
        self.client
            .stop_container(&self.named(part), None::<StopContainerOptions>)
            .await
            .unwrap();
        self.ends(part).await
    }

    async fn upload(&self, part: &str, files: &[(&str, &str)]) {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let body = bollard::body_full(tar.into_inner().unwrap().into());
        self.client
            .upload_to_container(&self.named(part), Some(options), body)
            .await
            .unwrap();
    }
}

fn labels(deployment: &str) -> HashMap<String, String> {
    HashMap::from([(DEPLOYMENT_LABEL.to_owned(), deployment.to_owned())])
}

impl Drop for Lab {
    fn drop(&mut self) {
        let name = self.name.clone();
        // A runtime of its own: the test's may be unwinding.
        let cleaner = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(remove_by_label(&name));
        });
        let _ = cleaner.join();
    }
}

async fn remove_by_label(deployment: &str) {
    let client = engine().await;
    let mut used = Vec::new();
    let label = format!("{DEPLOYMENT_LABEL}={deployment}");
    let filters = HashMap::from([("label", vec![label.as_str()])]);
    let containers = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters)
        .build();
    for container in client.list_containers(Some(containers)).await.unwrap() {
        used.extend(container.image_id);
        let options = RemoveContainerOptionsBuilder::new()
            .force(true)
            .v(true)
            .build();
        let _ = client
            .remove_container(&container.id.unwrap(), Some(options))
            .await;
    }
    // Images of tests that made some under a prefix of their own, with those that lost their name.
    let prefix = format!("localhost/{deployment}/");
    let images = client.list_images(None::<ListImagesOptions>).await.unwrap();
    for image in images {
        for tag in image
            .repo_tags
            .iter()
            .filter(|tag| tag.starts_with(&prefix))
        {
            let _ = client
                .remove_image(tag, None::<RemoveImageOptions>, None)
                .await;
        }
    }
    for id in used {
        let nameless = client
            .inspect_image(&id)
            .await
            .is_ok_and(|image| image.repo_tags.unwrap_or_default().is_empty());
        if nameless {
            let _ = client
                .remove_image(&id, None::<RemoveImageOptions>, None)
                .await;
        }
    }
    let networks = ListNetworksOptionsBuilder::new().filters(&filters).build();
    for network in client.list_networks(Some(networks)).await.unwrap() {
        let _ = client.remove_network(&network.name.unwrap()).await;
    }
    let volumes = ListVolumesOptionsBuilder::new().filters(&filters).build();
    for volume in client
        .list_volumes(Some(volumes))
        .await
        .unwrap()
        .volumes
        .unwrap_or_default()
    {
        let options = RemoveVolumeOptionsBuilder::new().force(true).build();
        let _ = client.remove_volume(&volume.name, Some(options)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_image_is_there_with_its_labels_and_a_second_build_makes_nothing() {
    let lab = Lab::new().await;
    let summary = build_all(&lab.client, &SEVEN).await;
    assert_eq!(summary.built, Vec::<String>::new());
    assert_eq!(summary.up_to_date.len(), IMAGES.len());
    for (role, _) in IMAGES {
        let config = lab
            .client
            .inspect_image(&image(role))
            .await
            .unwrap()
            .config
            .unwrap();
        let labels = config.labels.unwrap();
        assert_eq!(labels[DEPLOYMENT_LABEL], "practice", "{role}");
        assert_eq!(labels[STAMP_LABEL].len(), 32, "{role}");
        assert!(
            !config.user.unwrap_or_default().is_empty(),
            "{role} runs as root"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_made_again_and_what_it_replaced_is_removed() {
    let lab = Lab::new().await;
    let prefix = format!("localhost/{}", lab.name);
    let two = wanted(&[Role::Swagger, Role::Cache]);
    let make = async |delay: u64| {
        build(&lab.client, &two, &options(&prefix, delay), &|_| {})
            .await
            .unwrap()
    };
    let swagger = format!("{prefix}/edfialliance/ods-api-swaggerui:7.3.2");
    let cache = format!("{prefix}/redis:8.0-alpine");
    let id = async || {
        let image = lab.client.inspect_image(&swagger).await.unwrap();
        image.id.unwrap()
    };

    assert_eq!(make(0).await.built.len(), 2);
    let first = id().await;
    let summary = make(7).await;
    assert_eq!(summary.built, std::slice::from_ref(&swagger));
    assert_eq!(summary.up_to_date, [cache]);
    assert!(summary.removed.contains(&first), "{summary:?}");
    assert!(lab.client.inspect_image(&first).await.is_err());
    let second = lab.client.inspect_image(&swagger).await.unwrap();
    let env = second.config.unwrap().env.unwrap();
    assert!(
        env.contains(&"EDFI_PRACTICE_START_DELAY=7".to_owned()),
        "{env:?}"
    );

    // One that a container still stands upon stays, and is no reason to fail.
    let second = second.id.unwrap();
    lab.create("user", Role::Swagger, |body| {
        body.image = Some(second.clone());
    })
    .await;
    let summary = make(8).await;
    assert!(!summary.removed.contains(&second), "{summary:?}");
    assert!(lab.client.inspect_image(&second).await.is_ok());
    assert_ne!(id().await, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_database_is_set_up_once_and_then_left_alone() {
    let lab = Lab::new().await;
    let volume = lab.volume().await;
    let with_volume = |body: &mut ContainerCreateBody| {
        body.host_config.as_mut().unwrap().binds =
            Some(vec![format!("{volume}:/var/lib/postgresql/data")]);
    };
    lab.database("first", Role::DbAdmin, with_volume).await;
    let databases = lab
        .answer("first", "postgres", "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ 'EdFi'")
        .await;
    assert_eq!(databases, "EdFi_Admin EdFi_Security");
    lab.answer(
        "first",
        "EdFi_Admin",
        "SELECT count(*) FROM dbo.OdsInstances",
    )
    .await;
    let claim_sets = lab
        .answer(
            "first",
            "EdFi_Security",
            "SELECT count(*) > 0 FROM dbo.ClaimSets",
        )
        .await;
    assert_eq!(claim_sets, "t");
    assert_eq!(
        lab.answer("first", "postgres", "SHOW server_encoding")
            .await,
        "UTF8"
    );
    assert_eq!(
        lab.answer(
            "first",
            "postgres",
            "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'postgres'"
        )
        .await,
        "f"
    );
    assert_eq!(
        lab.answer("first", "postgres", "SELECT current_setting('fsync'), current_setting('autovacuum'), current_setting('wal_level')").await,
        "on|on|replica"
    );

    let (code, text) = lab.sql("first", "EdFi_Admin", "wrong", "SELECT 1").await;
    assert_ne!(code, 0);
    assert!(text.contains("password authentication failed"), "{text}");

    lab.answer("first", "postgres", "CREATE TABLE kept ()")
        .await;
    assert_eq!(lab.stop("first").await, 0);
    // Another password for old data changes nothing: the one it was set up with still counts.
    lab.create("second", Role::DbAdmin, |body| {
        body.env = Some(vec![
            format!("POSTGRES_USER={USER}"),
            "POSTGRES_PASSWORD=another".to_owned(),
        ]);
        with_volume(body);
    })
    .await;
    lab.start("second").await;
    lab.until("second", || {
        lab.sql("second", "postgres", PASSWORD, "SELECT * FROM kept")
    })
    .await;
    let logs = lab.logs("second").await;
    assert!(logs.contains("nothing is set up again"), "{logs}");
    assert!(
        !logs.contains("running /docker-entrypoint-initdb.d"),
        "{logs}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_password_is_refused_with_a_reason() {
    let lab = Lab::new().await;
    lab.create("db", Role::DbAdmin, |body| {
        body.env = Some(vec!["POSTGRES_PASSWORD=".to_owned()]);
    })
    .await;
    lab.start("db").await;
    assert_eq!(lab.ends("db").await, 1);
    let logs = lab.logs("db").await;
    assert!(logs.contains("POSTGRES_PASSWORD is not set"), "{logs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ods_database_has_what_is_asked_of_it() {
    let lab = Lab::new().await;
    // As root, and with scripts of somebody else's.
    lab.create("db", Role::DbOdsMinimal, |body| {
        body.user = Some("0:0".to_owned());
        body.env = Some(vec![
            format!("POSTGRES_USER={USER}"),
            format!("POSTGRES_PASSWORD={PASSWORD}"),
            "POSTGRES_DB=Other Name".to_owned(),
            "TPDM_ENABLED=true".to_owned(),
        ]);
    })
    .await;
    lab.upload(
        "db",
        &[
            (
                "docker-entrypoint-initdb.d/k.sql",
                "CREATE TABLE from_sql ();",
            ),
            (
                "docker-entrypoint-initdb.d/z.sh",
                "psql -c 'ALTER TABLE from_sql ADD COLUMN from_sh int'\n",
            ),
        ],
    )
    .await;
    lab.start("db").await;
    lab.until("db", || lab.sql("db", "postgres", PASSWORD, "SELECT 1"))
        .await;
    assert_eq!(
        lab.answer("db", "EdFi_Ods", "SELECT count(*) FROM edfi.School")
            .await,
        "0"
    );
    lab.answer("db", "Other Name", "SELECT from_sh FROM from_sql")
        .await;
    let (_, owner) = lab.exec("db", &[], &["stat", "-c", "%u", "/proc/1"]).await;
    assert_eq!(owner, "70");
    assert_eq!(
        lab.answer(
            "db",
            "postgres",
            "SELECT now() AT TIME ZONE 'America/Chicago' IS NOT NULL"
        )
        .await,
        "t"
    );
    lab.answer("db", "postgres", "CREATE EXTENSION pgcrypto")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_database_has_two_templates_to_copy() {
    let lab = Lab::new().await;
    lab.database("db", Role::DbOdsSandbox, |_| {}).await;
    let templates = lab
        .answer(
            "db",
            "postgres",
            "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname ~ 'EdFi' AND datistemplate AND NOT datallowconn",
        )
        .await;
    assert_eq!(
        templates,
        "EdFi_Ods_Minimal_Template EdFi_Ods_Populated_Template"
    );
    lab.answer(
        "db",
        "postgres",
        "CREATE DATABASE \"EdFi_Ods_Sandbox_x\" TEMPLATE \"EdFi_Ods_Populated_Template\"",
    )
    .await;
    let schools = lab
        .answer(
            "db",
            "EdFi_Ods_Sandbox_x",
            "SELECT count(*) > 0 FROM edfi.School",
        )
        .await;
    assert_eq!(schools, "t");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pooler_passes_queries_on_and_the_cache_answers() {
    let lab = Lab::new().await;
    lab.database("db", Role::DbAdmin, |_| {}).await;
    let host = lab.named("db");
    // Both families of names.
    for (part, port, env) in [
        ("pool-a", "5432", ["DB_HOST", "DB_USER", "DB_PASSWORD"]),
        (
            "pool-b",
            "6432",
            ["POSTGRESQL_HOST", "POSTGRESQL_USER", "POSTGRESQL_PASSWORD"],
        ),
    ] {
        let values = [host.as_str(), USER, PASSWORD];
        lab.create(part, Role::Pooler, |body| {
            let mut env: Vec<_> = env
                .iter()
                .zip(values)
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            env.push("AUTH_TYPE=scram-sha-256".to_owned());
            env.push("POOL_MODE=session".to_owned());
            body.env = Some(env);
        })
        .await;
        lab.start(part).await;
        let pooler = lab.named(part);
        let query = "SELECT count(*) FROM dbo.OdsInstances";
        let ask = [
            "psql",
            "-h",
            &pooler,
            "-p",
            port,
            "-U",
            USER,
            "-d",
            "EdFi_Admin",
            "-Atc",
            query,
        ];
        let password = [format!("PGPASSWORD={PASSWORD}")];
        let answer = lab.until(part, || lab.exec("db", &password, &ask)).await;
        assert_eq!(answer, "0");
    }
    lab.create("cache", Role::Cache, |_| {}).await;
    lab.create("client", Role::Cache, |body| {
        body.cmd = Some(vec!["sleep".to_owned(), "600".to_owned()]);
    })
    .await;
    lab.start("cache").await;
    lab.start("client").await;
    let cache = lab.named("cache");
    let ping = ["redis-cli", "-h", &cache, "-e", "ping"];
    assert_eq!(
        lab.until("cache", || lab.exec("client", &[], &ping)).await,
        "PONG"
    );
    assert_eq!(lab.stop("cache").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_serves_an_uploaded_configuration_over_tls() {
    let lab = Lab::new().await;
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let upstream = lab.named("upstream");
    let conf = format!(
        "server {{
            listen 8443 ssl;
            ssl_certificate /ssl/server.crt;
            ssl_certificate_key /ssl/server.key;
            resolver 127.0.0.11 valid=1s;
            location /through/ {{ set $upstream {upstream}; proxy_pass http://$upstream:8080/; }}
        }}"
    );
    lab.create("gateway", Role::Gateway, |_| {}).await;
    lab.upload(
        "gateway",
        &[
            ("etc/nginx/conf.d/default.conf", &conf),
            ("ssl/server.crt", &certificate.pem()),
            ("ssl/server.key", &key.serialize_pem()),
        ],
    )
    .await;
    lab.start("gateway").await;
    // The gateway is up before the one behind it exists.
    let get = [
        "wget",
        "-q",
        "-O",
        "-",
        "--no-check-certificate",
        "https://localhost:8443/through/",
    ];
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (_, text) = lab.exec("gateway", &[], &get).await;
        if text.contains("502") {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "{text}\n{}",
            lab.logs("gateway").await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    lab.create("upstream", Role::Gateway, |_| {}).await;
    lab.start("upstream").await;
    let page = lab
        .until("gateway", || lab.exec("gateway", &[], &get))
        .await;
    assert!(page.contains("practice gateway"), "{page}");
    let (_, user) = lab.exec("gateway", &[], &["id", "-u"]).await;
    assert_eq!(user, "101");
    let logs = lab.logs("gateway").await;
    assert!(logs.contains("\"GET /through/ HTTP/1.1\" 200"), "{logs}");
    assert_eq!(lab.stop("gateway").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_in_has_its_program_a_shell_and_folders_to_write_to() {
    let lab = Lab::new().await;
    lab.create("api", Role::WebApi, |body| {
        body.entrypoint = Some(vec!["sh".to_owned(), "-c".to_owned()]);
        // Writing where the real image may, listening on port 80 without being root, then the program.
        body.cmd = Some(vec![
            "id -u; touch /app/logs/x /tmp/x || exit 2
             (echo hello | nc -l -p 80 > /dev/null) &
             for try in $(seq 200); do
                 if [ \"$(nc -w 2 127.0.0.1 80 < /dev/null)\" = hello ]; then exec /app/edfi-setup --version; fi
                 usleep 20000
             done
             exit 3"
                .to_owned(),
        ]);
    })
    .await;
    lab.start("api").await;
    let code = lab.ends("api").await;
    let logs = lab.logs("api").await;
    assert_eq!(code, 0, "{logs}");
    assert!(logs.starts_with("1000"), "{logs}");
    assert!(!logs.contains("denied"), "{logs}");
}
