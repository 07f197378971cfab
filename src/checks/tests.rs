use super::*;
use crate::engine::PullFault;

const GIB: u64 = 1 << 30;

fn info() -> EngineInfo {
    EngineInfo {
        endpoint: "unix:///var/run/docker.sock".into(),
        found_by: "the default socket".into(),
        version: "28.2.2".into(),
        api_version: "1.50".into(),
        operating_system: "Debian GNU/Linux 12".into(),
        architecture: "x86_64".into(),
        memory_bytes: 16 * GIB,
        cpus: 4,
        data_root: "/var/lib/docker".into(),
        local: true,
        rootless: false,
        https_proxy: None,
        time: Some(0),
    }
}

fn facts() -> EngineFacts {
    EngineFacts {
        info: info(),
        disk_free: Some(100 * GIB),
        clock_ahead: Some(0),
        lowest_port: None,
        ports: Vec::new(),
        images: Vec::new(),
    }
}

fn needs() -> Needs {
    Needs {
        deployment: "school".into(),
        memory_bytes: 4 * GIB,
        disk_bytes: 10 * GIB,
        ports: Vec::new(),
        images: Vec::new(),
    }
}

fn wanted(port: u16) -> WantedPort {
    WantedPort {
        address: "0.0.0.0".parse().unwrap(),
        port,
    }
}

/// The findings about one subject.
fn about(subject: &str, facts: EngineFacts) -> Finding {
    let facts = Facts { engine: Ok(facts) };
    let mut findings = judge(&facts, &needs());
    findings.retain(|finding| finding.subject == subject);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.remove(0)
}

#[test]
fn a_good_machine_gets_a_row_of_check_marks() {
    let mut facts = facts();
    facts.ports = vec![(wanted(443), Holder::Nobody)];
    facts.images = vec![
        ("a:1".into(), ImageFact::Present),
        ("b:1".into(), ImageFact::Obtainable),
    ];
    let findings = judge(&Facts { engine: Ok(facts) }, &needs());
    let subjects: Vec<&str> = findings.iter().map(|f| f.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "container engine",
            "memory",
            "disk",
            "clock",
            "port 443",
            "image a:1",
            "image b:1"
        ]
    );
    assert!(findings.iter().all(|finding| finding.mark() == '✓'));
    assert!(!findings.iter().any(Finding::blocks));
}

#[test]
fn without_an_engine_there_is_one_finding_with_a_way_out() {
    let endpoint = String::from("unix:///x");
    for (error, code, word) in [
        (
            EngineError::Unreachable {
                endpoint: endpoint.clone(),
                reason: "gone".into(),
            },
            "C-1001",
            "systemctl",
        ),
        (
            EngineError::NoRights {
                socket: "/x".into(),
            },
            "C-1002",
            "docker group",
        ),
        (
            EngineError::TooOld {
                endpoint,
                found: "1.40".into(),
                needed: "1.41".into(),
            },
            "C-1003",
            "20.10",
        ),
        (
            EngineError::Settings {
                what: "DOCKER_HOST".into(),
                reason: "odd".into(),
            },
            "C-1004",
            "unset",
        ),
        (
            EngineError::Broken {
                operation: "describe itself".into(),
                reason: "reset".into(),
            },
            "C-1005",
            "restart",
        ),
    ] {
        let findings = judge(&Facts { engine: Err(error) }, &needs());
        let [finding] = findings.as_slice() else {
            panic!("{findings:?}");
        };
        assert_eq!((finding.diagnostic.code, finding.mark()), (code, '✗'));
        assert!(finding.blocks());
        let help = finding.diagnostic.help.as_deref().unwrap();
        assert!(help.contains(word), "{help}");
        let message = &finding.diagnostic.message;
        assert!(message.starts_with(char::is_uppercase), "{message}");
        assert!(message.ends_with('.'), "{message}");
    }
}

#[test]
fn memory_may_miss_a_tenth() {
    for (has, mark) in [
        (4 * GIB, '✓'),
        (4 * GIB / 10 * 9, '✓'),
        (4 * GIB / 10 * 8, '!'),
        (2 * GIB, '✗'),
        (0, '✗'),
    ] {
        let mut facts = facts();
        facts.info.memory_bytes = has;
        assert_eq!(about("memory", facts).mark(), mark, "{has}");
    }
    let mut facts = facts();
    facts.info.memory_bytes = GIB;
    facts.info.operating_system = "Docker Desktop".into();
    let finding = about("memory", facts);
    assert!(finding.diagnostic.to_string().contains("Settings"));
    assert!(finding.diagnostic.message.contains("1.0 GiB"));
}

#[test]
fn disk_and_clock_are_judged_where_they_are_known() {
    for (free, mark) in [(10 * GIB - 1, '✗'), (10 * GIB, '!'), (15 * GIB, '✓')] {
        let mut facts = facts();
        facts.disk_free = Some(free);
        assert_eq!(about("disk", facts).mark(), mark, "{free}");
    }
    for (ahead, mark) in [(30, '✓'), (-30, '✓'), (31, '!'), (-31, '!')] {
        let mut facts = facts();
        facts.clock_ahead = Some(ahead);
        assert_eq!(about("clock", facts).mark(), mark, "{ahead}");
    }
    let mut unknown = facts();
    unknown.disk_free = None;
    unknown.clock_ahead = None;
    let findings = judge(
        &Facts {
            engine: Ok(unknown),
        },
        &needs(),
    );
    assert_eq!(findings.len(), 2);
}

#[test]
fn a_busy_port_names_its_holder() {
    let container = |deployment: Option<&str>| Holder::Container {
        name: "web".into(),
        deployment: deployment.map(str::to_owned),
    };
    let process = Holder::Process {
        pid: 812,
        name: "nginx".into(),
    };
    for (holder, mark, words) in [
        (container(Some("school")), '✓', "this deployment"),
        (container(Some("other")), '✗', "deployment other"),
        (container(None), '✗', "container web"),
        (process, '✗', "nginx (process 812)"),
        (Holder::Unseen, '✗', "another program"),
        (Holder::Nobody, '✓', "free"),
    ] {
        let mut facts = facts();
        facts.ports = vec![(wanted(443), holder)];
        let finding = about("port 443", facts);
        assert_eq!(finding.mark(), mark);
        assert!(finding.diagnostic.message.contains(words), "{finding:?}");
    }
    let mut remote = facts();
    remote.info.local = false;
    remote.ports = vec![(wanted(443), Holder::Nobody)];
    assert_eq!(about("port 443", remote).mark(), '·');
}

#[test]
fn an_engine_without_root_may_not_open_low_ports() {
    let mut facts = facts();
    facts.lowest_port = Some(1024);
    facts.ports = vec![
        (wanted(443), Holder::Nobody),
        (wanted(8443), Holder::Nobody),
    ];
    let findings = judge(&Facts { engine: Ok(facts) }, &needs());
    let marks: Vec<char> = findings.iter().skip(4).map(Finding::mark).collect();
    assert_eq!(marks, ['✗', '✓']);
}

#[test]
fn every_reason_against_an_image_has_its_own_message_and_fix() {
    let reason = String::from("words");
    let faults = [
        PullFault::RateLimited {
            reason: reason.clone(),
        },
        PullFault::LoginNeeded {
            reason: reason.clone(),
        },
        PullFault::NoSuchTag {
            reason: reason.clone(),
        },
        PullFault::Proxy {
            reason: reason.clone(),
        },
        PullFault::NoRoute {
            reason: reason.clone(),
        },
        PullFault::Other { reason },
    ];
    let mut seen = std::collections::BTreeSet::new();
    for fault in faults {
        let reference = String::from("reg.example/a:1");
        let mut facts = facts();
        facts.info.https_proxy = Some("http://proxy.example:3128".into());
        facts.images = vec![(
            reference.clone(),
            ImageFact::Fault(EngineError::Pull { reference, fault }),
        )];
        let finding = about("image reg.example/a:1", facts);
        assert!(!finding.good);
        assert!(
            finding.diagnostic.message.contains("reg.example"),
            "{finding:?}"
        );
        seen.insert((
            finding.diagnostic.code,
            finding.diagnostic.message.clone(),
            finding.diagnostic.help.clone(),
        ));
    }
    let codes: std::collections::BTreeSet<_> = seen.iter().map(|(code, ..)| code).collect();
    assert_eq!(codes.len(), 6);

    let mut facts = facts();
    facts.images = vec![(
        "a:1".into(),
        ImageFact::Fault(EngineError::Refused {
            operation: "x".into(),
            status: 501,
            reason: "not here".into(),
        }),
    )];
    assert_eq!(about("image a:1", facts).mark(), '!');
}

#[test]
fn a_finding_is_one_flat_object_for_programs() {
    let mut facts = facts();
    facts.ports = vec![(wanted(443), Holder::Unseen)];
    let json = serde_json::to_value(about("port 443", facts)).unwrap();
    assert_eq!(json["subject"], "port 443");
    assert_eq!(json["good"], false);
    assert_eq!(json["code"], "C-3001");
    assert_eq!(json["severity"], "block");
    assert!(json["help"].is_string());
}
