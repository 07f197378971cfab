//! The way to a server: names, ports, sockets, IPv6, slow lines, servers that die, container networks.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use edfi_setup::engine::Engine;
use edfi_setup::server::test::{Progress, Stage, Verdict, test};
use edfi_setup::server::tls::Credentials;
use edfi_setup::server::{Fields, FromHere, FromNetwork, differences};

use crate::certificates::Files;
use crate::proxy;
use crate::world::{OWNER, Server, blocked, image, look, look_by, says, wanted};

fn at(host: &str, port: u16) -> Fields {
    Fields {
        host: Some(host.to_owned()),
        port: Some(port.to_string()),
        user: Some("e".to_owned()),
        tls: Some("verify-full".to_owned()),
        ..Fields::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_no_server_is_told_apart() {
    let report = look(&at("no-such-host.invalid", 5432)).await;
    assert_eq!(blocked(&report, Stage::Name).hand_over, None);
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    says(
        blocked(&look(&at("127.0.0.1", free)).await, Stage::Port),
        &["refused", "listen_addresses"],
    );
    let stranger = proxy::say(b"HTTP/1.1 400 Bad Request", true).await;
    let report = look(&at("127.0.0.1", stranger.address.unwrap().port())).await;
    says(blocked(&report, Stage::Tls), &["no PostgreSQL server"]);
    let rude = proxy::say(b"", true).await;
    let report = look(&at("127.0.0.1", rude.address.unwrap().port())).await;
    says(blocked(&report, Stage::Tls), &["closes every connection"]);
    let folder = Files::new();
    let mut socket = at(&folder.path("").display().to_string(), 5432);
    socket.tls = None;
    says(
        blocked(&look(&socket).await, Stage::Port),
        &["the socket is not there", ".s.PGSQL.5432"],
    );
}

/// A full backlog swallows what comes, as a firewall does, and stays on this computer.
#[tokio::test(flavor = "multi_thread")]
async fn silence_is_told_from_refusal() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(tokio::spawn(tokio::net::TcpStream::connect(address)));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let report = look(&at("127.0.0.1", address.port())).await;
    says(
        blocked(&report, Stage::Port),
        &["silent", "firewall", "TCP connections to 127.0.0.1"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_ipv6_urls_and_slow_lines() {
    let server = Server::start("ways").await;
    let folder = Files::new();
    let _socket = proxy::listen_on_socket(&folder.path(".s.PGSQL.5499"), server.port);
    let mut by_socket = server.fields();
    by_socket.host = Some(folder.path("").display().to_string());
    by_socket.port = Some("5499".to_owned());
    by_socket.tls = None;
    let report = look(&by_socket).await;
    assert!(report.is_ready(), "{report:#?}");
    says(
        report.row(Stage::Tls).unwrap(),
        &["a socket stays on this computer"],
    );

    let six = proxy::listen("[::1]:0", server.port, Duration::ZERO).await;
    let url = format!(
        "postgresql://edfi%5Fowner:p%40ss%2Fw%3Ao%3Fr%23d%2520%26%C3%BC@[::1]:{}/postgres?sslmode=disable",
        six.address.unwrap().port()
    );
    let report = look(&Fields::paste(&url).unwrap()).await;
    assert!(report.is_ready(), "{report:#?}");
    assert!(six.count.load(Ordering::Relaxed) > 1);
    says(report.row(Stage::Name).unwrap(), &["::1", "IPv6"]);

    let slow = proxy::listen("127.0.0.1:0", server.port, Duration::from_millis(300)).await;
    let mut slowly = server.fields();
    slowly.port = Some(slow.address.unwrap().port().to_string());
    let report = look(&slowly).await;
    let row = report.row(Stage::Latency).unwrap();
    assert_eq!(row.verdict, Verdict::Warn, "{report:#?}");
    let micros = report.knowledge.round_trip_micros.unwrap();
    assert!((300_000..450_000).contains(&micros), "{micros}");
    assert_eq!(
        report.row(Stage::Clock).unwrap().verdict,
        Verdict::Ok,
        "a slow line is no wrong clock"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_and_a_test_that_is_dropped() {
    let mut server = Server::start("dies").await;
    let target = server.fields().target().unwrap();
    let credentials = Credentials::load(&target.tls).unwrap();

    // Killed when the login is through: the stage that was asking says so, the rest is not tried.
    let (engine, name) = (server.engine.clone(), server.name.clone());
    let mut tell = |progress: Progress| {
        if progress == Progress::Begins(Stage::Version) {
            tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current()
                    .block_on(engine.stop(&name, Duration::ZERO))
                    .unwrap();
            });
        }
    };
    let report = test(&target, &credentials, &FromHere, &wanted(), &mut tell).await;
    let row = report.row(Stage::Version).unwrap();
    assert_eq!(row.verdict, Verdict::Block, "{report:#?}");
    says(row, &["connection to the server was lost"]);
    assert_eq!(report.row(Stage::Clock).unwrap().verdict, Verdict::NotTried);

    server.engine.start(&server.name).await.unwrap();
    server.wait_until_it_serves().await;
    // Dropped in the middle: its connection goes with it.
    let slow = proxy::listen("127.0.0.1:0", server.port, Duration::from_millis(300)).await;
    let mut fields = server.fields();
    fields.port = Some(slow.address.unwrap().port().to_string());
    let target = fields.target().unwrap();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let mut tell = |progress: Progress| {
        if progress == Progress::Begins(Stage::Version)
            && let Some(sender) = sender.take()
        {
            let _ = sender.send(());
        }
    };
    let wanted = wanted();
    tokio::select! {
        _ = test(&target, &credentials, &FromHere, &wanted, &mut tell) => panic!("it should not end"),
        _ = receiver => {}
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let left = server
            .sql(&format!(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = '{OWNER}';"
            ))
            .await;
        if left == "0" {
            break;
        }
        assert!(Instant::now() < deadline, "{left} connections are left");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_inside_a_container_network() {
    let server = Server::start("network").await;
    let here = look(&server.fields()).await;
    assert!(here.is_ready(), "{here:#?}");

    // On the server's own network, by a name that only that network knows.
    let way = FromNetwork::open(&server.engine, &image(), Some(&server.name))
        .await
        .unwrap();
    let mut fields = server.fields();
    fields.host = Some("db.district.test".to_owned());
    fields.port = None;
    let inside = look_by(&fields, &way, &wanted()).await;
    assert!(inside.is_ready(), "{inside:#?}");
    let only_there = look(&fields).await;
    blocked(&only_there, Stage::Name);
    let unlike = differences(&only_there, &inside);
    assert!(
        unlike.len() == 1 && unlike[0].contains("Names are looked up differently"),
        "{unlike:?}"
    );

    // What is reached on this computer's own address is not reached from inside.
    let itself = look_by(&server.fields(), &way, &wanted()).await;
    says(blocked(&itself, Stage::Name), &["the container itself"]);
    fields.port = Some("1".to_owned());
    says(
        blocked(&look_by(&fields, &way, &wanted()).await, Stage::Port),
        &["refused"],
    );
    fields.host = Some("no-such-host.invalid".to_owned());
    blocked(&look_by(&fields, &way, &wanted()).await, Stage::Name);
    fields.host = Some("2001:db8::5".to_owned());
    says(
        blocked(&look_by(&fields, &way, &wanted()).await, Stage::Port),
        &["no way", "IPv6"],
    );

    way.close().await.unwrap();
    let left = server.engine.deployments().await.unwrap();
    let own = format!("edfi-setup-postgres-test-{}", std::process::id());
    assert!(!left.contains(&own), "{left:?}");
}
