//! The engine adapter against the real engine of this computer. Without one these tests fail.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what is not as it should be fails the test, in its helpers too"
)]

#[path = "support/sandbox.rs"]
mod sandbox;
#[path = "support/tiny_image.rs"]
mod tiny_image;

use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use edfi_setup::deployment::Secret;
use edfi_setup::engine::{
    Engine, EngineError, EngineEventKind, ExecSpec, FileSpec, Health, HealthCheck, LogLine,
    LogOptions, LogStream, NetworkSpec, Phase, PublishedPort, Restart, VolumeMount, VolumeSpec,
};
use futures_util::StreamExt;
use sandbox::{DEADLINE, Sandbox};

fn file(path: &str, content: &str, mode: u32, owner: u32) -> FileSpec {
    FileSpec {
        path: path.into(),
        content: Secret::new(content),
        mode,
        uid: owner,
        gid: owner,
    }
}

fn shell(script: &str, stdin: Option<&str>) -> ExecSpec {
    ExecSpec {
        command: vec!["/bin/sh".into(), "-c".into(), script.into()],
        stdin: stdin.map(Secret::new),
        user: None,
    }
}

async fn lines(sandbox: &Sandbox, container: &str, options: LogOptions) -> Vec<LogLine> {
    let lines = sandbox.engine.logs(container, &options);
    let lines: Vec<_> = tokio::time::timeout(DEADLINE, lines.collect())
        .await
        .expect("the log ends");
    lines.into_iter().map(|line| line.unwrap()).collect()
}

fn texts(lines: &[LogLine], stream: LogStream) -> Vec<&str> {
    lines
        .iter()
        .filter(|line| line.stream == stream)
        .map(|line| line.text.as_str())
        .collect()
}

#[tokio::test]
async fn the_engine_describes_itself() {
    let sandbox = Sandbox::new("info").await;
    let info = sandbox.engine.info().await.unwrap();
    assert!(!info.version.is_empty() && !info.data_root.is_empty());
    assert!(info.memory_bytes > 64 << 20, "{info:?}");
    assert!(info.cpus > 0);
    let our_clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let engines = u64::try_from(info.time.unwrap()).unwrap();
    assert!(our_clock.abs_diff(engines) < 300, "{info:?}");
}

#[tokio::test]
async fn files_are_placed_before_the_start_with_their_owners_and_modes() {
    let sandbox = Sandbox::new("upload").await;
    let container = sandbox.container("a", "while :; do sleep 1; done");
    sandbox.engine.create_container(&container).await.unwrap();
    let files = [
        file("/srv/conf.d/deep/secret.txt", "s3cret-é\n", 0o400, 999),
        file("/tmp/note", "plain", 0o644, 0),
    ];
    // Twice: the second time everything exists.
    for _ in 0..2 {
        sandbox
            .engine
            .upload(&container.name, &files)
            .await
            .unwrap();
    }
    sandbox.engine.start(&container.name).await.unwrap();
    let look = shell(
        "stat -c '%n %a %u %g' /srv /srv/conf.d/deep /tmp;
         stat -c '%n %a %u %g %Y' /srv/conf.d/deep/secret.txt /tmp/note;
         read line < /srv/conf.d/deep/secret.txt; echo \"$line\"",
        None,
    );
    let seen = sandbox
        .engine
        .exec(&container.name, &look, &|_, _| {})
        .await
        .unwrap();
    let seen: Vec<&str> = seen.stdout.lines().collect();
    assert_eq!(
        seen,
        [
            // Folders that are made belong to whom the file in them belongs.
            "/srv 755 999 999",
            "/srv/conf.d/deep 755 999 999",
            // A folder that was there keeps its mode.
            "/tmp 1777 0 0",
            "/srv/conf.d/deep/secret.txt 400 999 999 0",
            "/tmp/note 644 0 0 0",
            "s3cret-é",
        ]
    );
}

#[tokio::test]
async fn a_folder_is_read_out_of_a_container_that_never_ran_and_of_one_that_runs() {
    let sandbox = Sandbox::new("download").await;
    let container = sandbox.container("a", "while :; do sleep 1; done");
    sandbox.engine.create_container(&container).await.unwrap();
    let files = [
        file("/srv/sql/Admin/2.sql", "two\r\n", 0o600, 999),
        file("/srv/sql/Admin/1.sql", "", 0o400, 0),
        file("/srv/sql/Security/1.sql", "é", 0o644, 0),
        file("/srv/other.sql", "other", 0o644, 0),
    ];
    let (engine, name) = (&sandbox.engine, &container.name);
    engine.upload(name, &files).await.unwrap();
    for running in [false, true] {
        if running {
            engine.start(name).await.unwrap();
        }
        let found = engine.download(name, "/srv/sql").await.unwrap();
        let found: Vec<(&str, &[u8])> = found
            .iter()
            .map(|file| (file.path.as_str(), file.bytes.as_ref()))
            .collect();
        let expected: [(&str, &[u8]); 3] = [
            ("Admin/1.sql", b""),
            ("Admin/2.sql", b"two\r\n"),
            ("Security/1.sql", "é".as_bytes()),
        ];
        assert_eq!(found, expected);
    }
    let missing = engine.download(name, "/srv/nothing").await;
    assert!(
        matches!(missing, Err(EngineError::NotFound { .. })),
        "{missing:?}"
    );
    let nobody = engine.download("nobody-at-all", "/srv").await;
    assert!(
        matches!(nobody, Err(EngineError::NotFound { .. })),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn a_file_path_that_leads_elsewhere_is_refused() {
    let sandbox = Sandbox::new("path").await;
    for path in ["relative", "/a/../b", "/", "/folder/"] {
        let refused = sandbox
            .engine
            .upload("any", &[file(path, "", 0o644, 0)])
            .await;
        assert!(
            matches!(refused, Err(EngineError::Settings { .. })),
            "{path}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_program_inside_reads_what_it_is_given_and_is_heard_while_it_runs() {
    let sandbox = Sandbox::new("exec").await;
    let container = sandbox
        .run(&sandbox.container("a", "while :; do sleep 1; done"))
        .await;
    // Larger than any buffer on the way, so that reading and writing have to overlap.
    let input: Vec<String> = (0..20_000)
        .map(|number| format!("line {number} of the input\n"))
        .collect();
    let input = input.concat();
    let echo = shell(
        "while read -r line; do echo \"$line\"; done; echo done >&2; exit 7",
        Some(&input),
    );
    let heard = Mutex::new((Vec::new(), Vec::new()));
    let outcome = sandbox
        .engine
        .exec(&container, &echo, &|stream, bytes| {
            let mut heard = heard.lock().unwrap();
            match stream {
                LogStream::Out => heard.0.extend_from_slice(bytes),
                LogStream::Err => heard.1.extend_from_slice(bytes),
            }
        })
        .await
        .unwrap();
    assert_eq!(outcome.exit_code, 7);
    assert_eq!(outcome.stderr, "done\n");
    assert!(outcome.stdout == input, "the echo differs from the input");
    let heard = heard.into_inner().unwrap();
    assert!(heard.0 == input.as_bytes() && heard.1 == b"done\n");
}

#[tokio::test]
async fn a_program_that_reads_nothing_still_gives_its_exit_code() {
    let sandbox = Sandbox::new("noread").await;
    let container = sandbox
        .run(&sandbox.container("a", "while :; do sleep 1; done"))
        .await;
    let input = "x".repeat(4 << 20);
    let deaf = shell("exec 0<&-; echo no; exit 3", Some(&input));
    let outcome =
        tokio::time::timeout(DEADLINE, sandbox.engine.exec(&container, &deaf, &|_, _| {}))
            .await
            .expect("it ends")
            .unwrap();
    assert_eq!((outcome.exit_code, outcome.stdout.as_str()), (3, "no\n"));
}

#[tokio::test]
async fn a_program_that_is_missing_or_has_no_container_is_told_apart() {
    let sandbox = Sandbox::new("noexec").await;
    let container = sandbox
        .run(&sandbox.container("a", "while :; do sleep 1; done"))
        .await;
    let missing = ExecSpec {
        command: vec!["/no/such/program".into()],
        stdin: None,
        user: None,
    };
    match sandbox.engine.exec(&container, &missing, &|_, _| {}).await {
        Ok(outcome) => assert!(matches!(outcome.exit_code, 126 | 127), "{outcome:?}"),
        Err(error) => assert!(matches!(error, EngineError::Refused { .. }), "{error:?}"),
    }
    let nowhere = sandbox
        .engine
        .exec("edfi-setup-no-such-container", &missing, &|_, _| {})
        .await;
    assert!(
        matches!(nowhere, Err(EngineError::NotFound { .. })),
        "{nowhere:?}"
    );
}

#[tokio::test]
async fn the_log_comes_in_lines_apart_and_to_its_end() {
    let sandbox = Sandbox::new("logs").await;
    let script = "echo one; echo oops >&2; printf 'tw\\377o\\r\\n'; echo three";
    let container = sandbox.run(&sandbox.container("a", script)).await;
    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let followed = lines(&sandbox, &container, follow).await;
    assert_eq!(
        texts(&followed, LogStream::Out),
        ["one", "tw\u{fffd}o", "three"]
    );
    assert_eq!(texts(&followed, LogStream::Err), ["oops"]);
    assert!(followed.iter().all(|line| line.time.is_some()));
    // The engine does not keep the order between the two outputs, so this container has only one.
    // Following, Docker 20.10 loses an unfinished last line now and then; read afterwards, it is there.
    let container = sandbox
        .run(&sandbox.container("b", "echo one; printf 'no end'"))
        .await;
    sandbox
        .until(&container, |state| state.phase == Phase::Exited)
        .await;
    let tail = LogOptions {
        tail: Some(1),
        ..LogOptions::default()
    };
    assert_eq!(
        texts(&lines(&sandbox, &container, tail).await, LogStream::Out),
        ["no end"]
    );
    let later = LogOptions {
        since: Some(i64::from(i32::MAX)),
        ..LogOptions::default()
    };
    assert_eq!(lines(&sandbox, &container, later).await, []);
}

#[tokio::test]
async fn a_line_longer_than_the_engines_pieces_is_one_line() {
    let sandbox = Sandbox::new("longline").await;
    let script =
        "x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do x=$x$x; done; echo $x";
    let container = sandbox.run(&sandbox.container("a", script)).await;
    sandbox
        .until(&container, |state| state.phase == Phase::Exited)
        .await;
    let log = lines(&sandbox, &container, LogOptions::default()).await;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].text, "0123456789abcdef".repeat(1 << 12));
}

#[tokio::test]
async fn the_log_of_a_container_with_a_terminal_reads_the_same() {
    let sandbox = Sandbox::new("tty").await;
    let spec = sandbox.container("tty", "");
    let body = bollard::models::ContainerCreateBody {
        image: Some(spec.image),
        labels: Some(spec.labels.into_iter().collect()),
        cmd: Some(vec![
            "/bin/sh".into(),
            "-c".into(),
            "echo one; printf two".into(),
        ]),
        tty: Some(true),
        ..Default::default()
    };
    let options = bollard::query_parameters::CreateContainerOptionsBuilder::default()
        .name(&spec.name)
        .build();
    sandbox
        .engine
        .client()
        .create_container(Some(options), body)
        .await
        .unwrap();
    sandbox.engine.start(&spec.name).await.unwrap();
    sandbox
        .until(&spec.name, |state| state.phase == Phase::Exited)
        .await;
    let log = lines(&sandbox, &spec.name, LogOptions::default()).await;
    assert_eq!(texts(&log, LogStream::Out), ["one", "two"]);
    assert!(log.iter().all(|line| line.time.is_some()), "{log:?}");
}

#[tokio::test]
async fn events_tell_a_containers_life_and_no_other_deployments() {
    let sandbox = Sandbox::new("events").await;
    let stranger = Sandbox::new("events-other").await;
    let since = sandbox.engine.info().await.unwrap().time;
    let mut events = sandbox.engine.events(&sandbox.name, since);
    stranger.run(&stranger.container("b", "exit 1")).await;
    let mut container = sandbox.container("a", "sleep 1; exit 5");
    container.health = Some(HealthCheck {
        command: vec!["/bin/sh".into(), "-c".into(), "true".into()],
        interval: Duration::from_millis(100),
        timeout: Duration::from_secs(5),
        start_period: Duration::ZERO,
        // The check that the end interrupts is no illness.
        retries: 1000,
    });
    let name = sandbox.run(&container).await;
    sandbox
        .until(&name, |state| state.phase == Phase::Exited)
        .await;
    sandbox.engine.remove_container(&name).await.unwrap();
    let mut kinds = Vec::new();
    while kinds.last() != Some(&EngineEventKind::Removed) {
        let event = tokio::time::timeout(DEADLINE, events.next())
            .await
            .expect("an event in time")
            .expect("the stream goes on")
            .unwrap();
        assert_eq!(event.name, name);
        kinds.push(event.kind);
    }
    assert_eq!(
        kinds,
        [
            EngineEventKind::Created,
            EngineEventKind::Started,
            EngineEventKind::Health(Health::Healthy),
            EngineEventKind::Died { exit_code: 5 },
            EngineEventKind::Removed,
        ]
    );
}

#[tokio::test]
async fn an_exit_code_a_crash_loop_and_health_are_seen() {
    let sandbox = Sandbox::new("states").await;
    let created = sandbox.container("created", "true");
    sandbox.engine.create_container(&created).await.unwrap();
    let state = sandbox.engine.inspect(&created.name).await.unwrap();
    assert_eq!(
        (state.phase, state.exit_code, state.started_at),
        (Phase::Created, None, None)
    );

    let ended = sandbox.run(&sandbox.container("ended", "exit 42")).await;
    let state = sandbox
        .until(&ended, |state| state.phase == Phase::Exited)
        .await;
    assert_eq!(state.exit_code, Some(42));
    assert!(state.finished_at.is_some() && !state.oom_killed);

    let mut looping = sandbox.container("loop", "exit 9");
    looping.restart = Restart::UnlessStopped;
    let looping = sandbox.run(&looping).await;
    let state = sandbox
        .until(&looping, |state| {
            state.restart_count >= 2 && state.phase == Phase::Restarting
        })
        .await;
    assert_eq!(state.exit_code, Some(9));

    let mut ill = sandbox.container("ill", "while :; do sleep 1; done");
    ill.health = Some(HealthCheck {
        command: vec![
            "/bin/sh".into(),
            "-c".into(),
            "echo no database; exit 1".into(),
        ],
        interval: Duration::from_millis(100),
        timeout: Duration::from_secs(5),
        start_period: Duration::ZERO,
        retries: 1,
    });
    let ill = sandbox.run(&ill).await;
    let state = sandbox
        .until(&ill, |state| state.health == Health::Unhealthy)
        .await;
    assert_eq!(state.health_output.as_deref(), Some("no database"));
    assert_eq!((state.phase, state.exit_code), (Phase::Running, None));
}

#[tokio::test]
async fn a_kill_for_lack_of_memory_is_seen() {
    let sandbox = Sandbox::new("oom").await;
    let spec = sandbox.container("greedy", "");
    let body = bollard::models::ContainerCreateBody {
        image: Some(spec.image),
        labels: Some(spec.labels.into_iter().collect()),
        cmd: Some(vec![
            "/bin/sh".into(),
            "-c".into(),
            "sleep 1; x=0123456789abcdef; while :; do x=$x$x; done".into(),
        ]),
        host_config: Some(bollard::models::HostConfig {
            memory: Some(16 << 20),
            memory_swap: Some(16 << 20),
            ..Default::default()
        }),
        ..Default::default()
    };
    let options = bollard::query_parameters::CreateContainerOptionsBuilder::default()
        .name(&spec.name)
        .build();
    sandbox
        .engine
        .client()
        .create_container(Some(options), body)
        .await
        .unwrap();
    let since = sandbox.engine.info().await.unwrap().time;
    let mut events = sandbox.engine.events(&sandbox.name, since);
    sandbox.engine.start(&spec.name).await.unwrap();
    let state = sandbox
        .until(&spec.name, |state| state.phase == Phase::Exited)
        .await;
    assert!(state.oom_killed, "{state:?}");
    let told = async {
        while let Some(event) = events.next().await {
            if event.unwrap().kind == EngineEventKind::OutOfMemory {
                return true;
            }
        }
        false
    };
    assert!(tokio::time::timeout(DEADLINE, told).await.expect("told"));
}

#[tokio::test]
async fn starting_stopping_and_removing_twice_is_fine() {
    let sandbox = Sandbox::new("twice").await;
    let name = sandbox
        .run(&sandbox.container(
            "a",
            "trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done",
        ))
        .await;
    sandbox.engine.start(&name).await.unwrap();
    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let mut log = sandbox.engine.logs(&name, &follow);
    let ready = tokio::time::timeout(DEADLINE, log.next()).await;
    assert_eq!(ready.expect("it says so").unwrap().unwrap().text, "ready");
    for _ in 0..2 {
        sandbox
            .engine
            .stop(&name, Duration::from_secs(30))
            .await
            .unwrap();
    }
    let state = sandbox.engine.inspect(&name).await.unwrap();
    assert_eq!((state.phase, state.exit_code), (Phase::Exited, Some(0)));
    for _ in 0..2 {
        sandbox.engine.remove_container(&name).await.unwrap();
    }
    let gone = sandbox.engine.inspect(&name).await;
    assert!(
        matches!(gone, Err(EngineError::NotFound { .. })),
        "{gone:?}"
    );
    sandbox.engine.remove_network(&sandbox.name).await.unwrap();
    sandbox.engine.remove_network(&sandbox.name).await.unwrap();
}

#[tokio::test]
async fn a_running_container_is_not_removed() {
    let sandbox = Sandbox::new("running").await;
    let name = sandbox
        .run(&sandbox.container("a", "while :; do sleep 1; done"))
        .await;
    let refused = sandbox.engine.remove_container(&name).await;
    assert!(
        matches!(refused, Err(EngineError::Refused { status: 409, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn networks_and_volumes_may_be_made_twice() {
    let sandbox = Sandbox::new("idempotent").await;
    let network = NetworkSpec {
        name: sandbox.name.clone(),
        labels: sandbox.labels(),
    };
    let first = sandbox.engine.create_network(&network).await.unwrap();
    let second = sandbox.engine.create_network(&network).await.unwrap();
    assert_eq!(first, second);
    let mut foreign = network.clone();
    foreign.labels.clear();
    let taken = sandbox.engine.create_network(&foreign).await;
    assert!(
        matches!(&taken, Err(EngineError::NameTaken { name, .. }) if *name == network.name),
        "{taken:?}"
    );

    let volume = VolumeSpec {
        name: format!("{}-data", sandbox.name),
        labels: sandbox.labels(),
    };
    sandbox.engine.create_volume(&volume).await.unwrap();
    let mut relabelled = volume.clone();
    relabelled.labels.insert("extra".into(), "1".into());
    sandbox.engine.create_volume(&relabelled).await.unwrap();
    let observed = sandbox.engine.observe(&sandbox.name).await.unwrap();
    assert_eq!(observed.volumes[&volume.name].labels, volume.labels);
    for _ in 0..2 {
        sandbox.engine.remove_volume(&volume.name).await.unwrap();
    }
}

#[tokio::test]
async fn data_outlives_its_container() {
    let sandbox = Sandbox::new("data").await;
    let volume = VolumeSpec {
        name: format!("{}-data", sandbox.name),
        labels: sandbox.labels(),
    };
    sandbox.engine.create_volume(&volume).await.unwrap();
    let with_volume = |short: &str, script: &str| {
        let mut container = sandbox.container(short, script);
        container.mounts = vec![VolumeMount {
            volume: volume.name.clone(),
            target: "/data".into(),
        }];
        container
    };
    let writer = sandbox
        .run(&with_volume("writer", "echo kept > /data/file"))
        .await;
    sandbox
        .until(&writer, |state| state.phase == Phase::Exited)
        .await;
    sandbox.engine.remove_container(&writer).await.unwrap();
    let reader = sandbox
        .run(&with_volume("reader", "read line < /data/file; echo $line"))
        .await;
    let follow = LogOptions {
        follow: true,
        ..LogOptions::default()
    };
    let log = lines(&sandbox, &reader, follow).await;
    assert_eq!(texts(&log, LogStream::Out), ["kept"]);
    let in_use = sandbox.engine.remove_volume(&volume.name).await;
    assert!(
        matches!(in_use, Err(EngineError::Refused { status: 409, .. })),
        "{in_use:?}"
    );
}

#[tokio::test]
async fn a_name_can_be_taken_once() {
    let sandbox = Sandbox::new("name").await;
    let container = sandbox.container("a", "true");
    sandbox.engine.create_container(&container).await.unwrap();
    let taken = sandbox.engine.create_container(&container).await;
    assert!(
        matches!(&taken, Err(EngineError::NameTaken { name, .. }) if *name == container.name),
        "{taken:?}"
    );
    let mut no_image = sandbox.container("b", "true");
    no_image.image = "edfi-setup-test/no-such-image:1".into();
    let missing = sandbox.engine.create_container(&no_image).await;
    assert!(
        matches!(&missing, Err(EngineError::NotFound { what }) if what.contains("no-such-image")),
        "{missing:?}"
    );
    assert_eq!(sandbox.engine.image(&no_image.image).await.unwrap(), None);
    let image = sandbox.engine.image(&sandbox.image).await.unwrap().unwrap();
    assert!(image.size_bytes > 0 && image.labels == sandbox.labels());
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[tokio::test]
async fn a_busy_port_is_named_whoever_holds_it() {
    let sandbox = Sandbox::new("ports").await;
    let publishing = |short: &str, port: u16| {
        let mut container = sandbox.container(short, "while :; do sleep 1; done");
        container.ports = vec![PublishedPort {
            host_ip: "127.0.0.1".into(),
            host_port: port,
            container_port: 8080,
        }];
        container
    };
    let first = publishing("first", free_port());
    let port = first.ports[0].host_port;
    sandbox.run(&first).await;
    let owners = sandbox.engine.published_ports().await.unwrap();
    let owner = owners.iter().find(|owner| owner.host_port == port).unwrap();
    assert_eq!(owner.container, first.name);
    assert_eq!(owner.host_ip, "127.0.0.1");
    assert_eq!(owner.deployment.as_deref(), Some(sandbox.name.as_str()));
    let state = sandbox.engine.inspect(&first.name).await.unwrap();
    assert_eq!(state.ports, first.ports);

    // Held by another container.
    let second = publishing("second", port);
    sandbox.engine.create_container(&second).await.unwrap();
    let busy = sandbox.engine.start(&second.name).await;
    assert!(
        matches!(busy, Err(EngineError::PortBusy { port: found, .. }) if found == port),
        "{busy:?}"
    );

    // Held by a program of this computer.
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let third = publishing("third", port);
    sandbox.engine.create_container(&third).await.unwrap();
    let busy = sandbox.engine.start(&third.name).await;
    assert!(
        matches!(busy, Err(EngineError::PortBusy { port: found, .. }) if found == port),
        "{busy:?}"
    );
    drop(holder);
    sandbox.engine.start(&third.name).await.unwrap();
}

#[tokio::test]
async fn a_deployment_is_observed_whole_and_alone() {
    let sandbox = Sandbox::new("observe").await;
    let other = Sandbox::new("observe-other").await;
    let volume = VolumeSpec {
        name: format!("{}-data", sandbox.name),
        labels: sandbox.labels(),
    };
    sandbox.engine.create_volume(&volume).await.unwrap();
    let running = sandbox.container("running", "while :; do sleep 1; done");
    sandbox.run(&running).await;
    let ended = sandbox.run(&sandbox.container("ended", "exit 3")).await;
    sandbox
        .until(&ended, |state| state.phase == Phase::Exited)
        .await;
    let observed = sandbox.engine.observe(&sandbox.name).await.unwrap();
    let names: Vec<&String> = observed.containers.keys().collect();
    assert_eq!(names, [&ended, &running.name]);
    let seen = &observed.containers[&running.name];
    assert_eq!(seen.state.phase, Phase::Running);
    assert_eq!(seen.image, sandbox.image);
    assert_eq!(seen.labels, sandbox.labels());
    let image = sandbox.engine.image(&sandbox.image).await.unwrap().unwrap();
    assert_eq!(seen.image_id, image.id);
    assert_eq!(observed.containers[&ended].state.exit_code, Some(3));
    assert_eq!(observed.networks.len(), 1);
    assert_eq!(observed.networks[&sandbox.name].labels, sandbox.labels());
    assert_eq!(observed.volumes.len(), 1);
    let names = sandbox.engine.deployments().await.unwrap();
    assert!(names.contains(&sandbox.name) && names.contains(&other.name));
    let nothing = sandbox.engine.observe("no-such-deployment").await.unwrap();
    assert_eq!(nothing, edfi_setup::engine::Observed::default());
}

#[tokio::test]
async fn everything_that_a_container_is_told_reaches_it() {
    let sandbox = Sandbox::new("spec").await;
    let mut container = sandbox.container("a", "while :; do sleep 1; done");
    container
        .env
        .insert("GREETING".into(), Secret::new("a = b\n\"c\" $d é"));
    container.user = Some("999:999".into());
    container.init = true;
    container.aliases = vec!["front".into()];
    container.log_options.insert("max-size".into(), "1m".into());
    let name = sandbox.run(&container).await;
    let look = shell(
        "echo \"$GREETING\"; stat -c %u /proc/$$; read comm < /proc/1/comm; echo $comm",
        None,
    );
    let outcome = sandbox.engine.exec(&name, &look, &|_, _| {}).await.unwrap();
    assert_eq!(
        outcome.stdout.lines().collect::<Vec<_>>()[..3],
        ["a = b", "\"c\" $d é", "999"]
    );
    assert!(
        matches!(outcome.stdout.lines().last(), Some("docker-init" | "tini")),
        "{outcome:?}"
    );
    let reply = sandbox
        .engine
        .client()
        .inspect_container(&name, None)
        .await
        .unwrap();
    let host = reply.host_config.unwrap();
    let log = host.log_config.unwrap();
    assert_eq!(log.typ.as_deref(), Some("json-file"));
    assert_eq!(log.config.unwrap()["max-size"], "1m");
    let networks = reply.network_settings.unwrap().networks.unwrap();
    assert!(
        networks[&sandbox.name]
            .aliases
            .as_ref()
            .unwrap()
            .contains(&"front".to_owned())
    );
    assert_eq!(reply.config.unwrap().stop_timeout, Some(1));
}
