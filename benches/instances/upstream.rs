//! Upstream's way: for each instance a database server with its volume, and a pooler in front of it, all of the
//! same images, started at once by plain calls to the engine. Each counts from the moment its pooler
//! answers a query of the filled database.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use edfi_setup::deployment::Secret;
use edfi_setup::engine::{
    ContainerSpec, Engine, ExecSpec, LABEL_DEPLOYMENT, NetworkSpec, Restart, VolumeMount,
    VolumeSpec,
};
use futures_util::future::join_all;

use crate::world::World;

const LOOK: Duration = Duration::from_millis(50);
const PASSWORD: &str = "bench";

/// The servers that are there.
pub struct Servers<'a> {
    world: &'a World,
    count: usize,
}

impl<'a> Servers<'a> {
    pub async fn new(world: &'a World) -> Self {
        let network = NetworkSpec {
            name: world.network(),
            labels: labels(world),
        };
        world.engine.create_network(&network).await.unwrap();
        Self { world, count: 0 }
    }

    /// Seconds until so many more servers and their poolers answer.
    pub async fn begin(&mut self, more: usize) -> f64 {
        let first = self.count;
        self.count += more;
        let start = Instant::now();
        join_all((first..self.count).map(|number| one(self.world, number))).await;
        start.elapsed().as_secs_f64()
    }

    /// Megabytes that all of them take.
    pub async fn memory(&self) -> f64 {
        let mut sum = 0.0;
        for number in 0..self.count {
            sum += self.world.memory(&format!("their-db-{number}")).await;
            sum += self.world.memory(&format!("their-pooler-{number}")).await;
        }
        sum
    }
}

fn labels(world: &World) -> BTreeMap<String, String> {
    let label = (LABEL_DEPLOYMENT.to_owned(), world.stack.deployment.clone());
    BTreeMap::from([label])
}

async fn one(world: &World, number: usize) {
    let engine = &world.engine;
    let volume = format!("{}_their-{number}", world.stack.deployment);
    let spec = VolumeSpec {
        name: volume.clone(),
        labels: labels(world),
    };
    engine.create_volume(&spec).await.unwrap();
    let server = format!("their-db-{number}");
    let image = &world.stack.services["db-ods"].image;
    let mounts = vec![VolumeMount {
        volume,
        target: "/var/lib/postgresql/data".to_owned(),
    }];
    let env = [
        ("POSTGRES_USER", "postgres"),
        ("POSTGRES_PASSWORD", PASSWORD),
        ("TPDM_ENABLED", "false"),
    ];
    begin(world, &server, image, &env, mounts).await;
    // Upstream starts both at once; the pooler connects at the first query.
    let pooler = format!("their-pooler-{number}");
    let env = [
        ("POSTGRESQL_HOST", server.as_str()),
        ("POSTGRESQL_USER", "postgres"),
        ("POSTGRESQL_PASSWORD", PASSWORD),
        ("PGBOUNCER_DATABASE", "*"),
        ("PGBOUNCER_PORT", "6432"),
    ];
    begin(world, &pooler, &World::pooler(), &env, Vec::new()).await;
    let question = format!(
        "PGCONNECT_TIMEOUT=2 psql -X -q -A -t -h {pooler} -p 6432 -U postgres -d EdFi_Ods -c \"SELECT count(*) FROM edfi.school\""
    );
    let exec = ExecSpec {
        command: ["sh", "-c", &format!("PGPASSWORD={PASSWORD} {question}")]
            .map(str::to_owned)
            .into(),
        stdin: None,
        user: None,
    };
    loop {
        let answer = engine
            .exec(&world.container(&server), &exec, &|_, _| {})
            .await;
        if answer.is_ok_and(|answer| answer.exit_code == 0) {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn begin(
    world: &World,
    name: &str,
    image: &str,
    env: &[(&str, &str)],
    mounts: Vec<VolumeMount>,
) {
    let spec = ContainerSpec {
        name: world.container(name),
        image: image.to_owned(),
        env: env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
            .collect(),
        labels: labels(world),
        entrypoint: None,
        command: None,
        user: None,
        mounts,
        ports: Vec::new(),
        network: world.network(),
        aliases: vec![name.to_owned()],
        health: None,
        restart: Restart::No,
        log_driver: "json-file".to_owned(),
        log_options: BTreeMap::new(),
        init: false,
        stop_grace: Duration::from_secs(10),
    };
    let id = world.engine.create_container(&spec).await.unwrap();
    world.engine.start(&id).await.unwrap();
}
