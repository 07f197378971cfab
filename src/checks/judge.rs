//! From facts to findings. Pure.

use super::{EngineFacts, Facts, Finding, Holder, ImageFact, Needs, WantedPort};
use crate::diagnostic::Severity::{Block, Note, Warn};
use crate::diagnostic::sentence;
use crate::engine::{EngineError, EngineInfo, PullFault};

/// Seconds by which two clocks may differ before tokens and certificates suffer.
const CLOCK_TOLERANCE: i64 = 30;

/// One finding for everything that was looked at, good ones too, in the order of looking.
pub fn judge(facts: &Facts, needs: &Needs) -> Vec<Finding> {
    match &facts.engine {
        Err(error) => vec![no_engine(error)],
        Ok(facts) => {
            let mut findings = vec![engine(&facts.info), memory(&facts.info, needs)];
            findings.extend(disk(facts, needs));
            findings.extend(clock(facts));
            findings.extend(facts.ports.iter().map(|(port, holder)| {
                privileged(facts, *port).unwrap_or_else(|| self::port(facts, needs, *port, holder))
            }));
            findings.extend(
                facts
                    .images
                    .iter()
                    .map(|(name, fact)| image(&facts.info, name, fact)),
            );
            findings
        }
    }
}

const ENGINE: &str = "container engine";

fn engine(info: &EngineInfo) -> Finding {
    let kind = if info.rootless { ", without root" } else { "" };
    Finding::good(
        "C-1000",
        ENGINE,
        format!(
            "Version {} answers at {} ({}){kind}.",
            info.version, info.endpoint, info.found_by
        ),
    )
}

/// Why the engine cannot be used, and what to do.
pub fn no_engine(error: &EngineError) -> Finding {
    let (code, help) = match error {
        EngineError::Unreachable { .. } => (
            "C-1001",
            "Start it: on Linux \"sudo systemctl start docker\", on a desktop open Docker Desktop. If no engine \
             is installed yet, install Docker Engine first (https://docs.docker.com/engine/install/).",
        ),
        EngineError::NoRights { .. } => (
            "C-1002",
            "Ask an administrator to run \"sudo usermod -aG docker YOUR-NAME\", then log out and in again. \
             Membership in the docker group is as powerful as being administrator of this computer; rootless \
             Docker, which runs under your own name, needs no such power.",
        ),
        EngineError::TooOld { .. } => (
            "C-1003",
            "Update the engine. Docker 20.10 and everything newer will do, and so will Podman 4.",
        ),
        EngineError::Settings { .. } => (
            "C-1004",
            "Correct this setting, or unset it so that the engine of this computer is used.",
        ),
        _ => (
            "C-1005",
            "Try again. If it stays like this, restart the engine and look at its own log \
             (\"sudo journalctl -u docker\").",
        ),
    };
    Finding::bad(code, Block, ENGINE, sentence(&error.to_string()), help)
}

/// Whether the memory suffices. What is missing up to a tenth of the need is within the error of every estimate.
pub fn memory(info: &EngineInfo, needs: &Needs) -> Finding {
    let (has, need) = (info.memory_bytes, needs.memory_bytes);
    let subject = "memory";
    let said = format!(
        "The engine has {} of memory; about {} are needed.",
        size(has),
        size(need)
    );
    let help = if info.operating_system.contains("Docker Desktop") {
        "Docker Desktop gives its containers only a part of this computer's memory: raise it under Settings, Resources."
    } else {
        "Use a computer with more memory, or choose fewer services."
    };
    // In tenths, so that no product overflows.
    let tenth = need / 10;
    if has >= tenth.saturating_mul(9) {
        Finding::good("C-2000", subject, said)
    } else if has >= tenth.saturating_mul(6) {
        Finding::bad("C-2001", Warn, subject, said, help)
    } else {
        Finding::bad("C-2001", Block, subject, said, help)
    }
}

fn disk(facts: &EngineFacts, needs: &Needs) -> Option<Finding> {
    let (free, need) = (facts.disk_free?, needs.disk_bytes);
    let subject = "disk";
    let said = format!(
        "{} are free in {}; about {} are needed to begin with.",
        size(free),
        facts.info.data_root,
        size(need)
    );
    let help = format!(
        "Make room on the disk that holds {}. \"docker system df\" shows what the engine itself uses.",
        facts.info.data_root
    );
    Some(if free < need {
        Finding::bad("C-2101", Block, subject, said, help)
    } else if free < need.saturating_add(need / 2) {
        Finding::bad("C-2101", Warn, subject, said, help)
    } else {
        Finding::good("C-2100", subject, said)
    })
}

fn clock(facts: &EngineFacts) -> Option<Finding> {
    let ahead = facts.clock_ahead?;
    let subject = "clock";
    Some(if ahead.abs() <= CLOCK_TOLERANCE {
        Finding::good(
            "C-2200",
            subject,
            "The engine's clock and this computer's agree.",
        )
    } else {
        let direction = if ahead > 0 { "ahead of" } else { "behind" };
        Finding::bad(
            "C-2201",
            Warn,
            subject,
            format!(
                "The engine's clock is {} seconds {direction} this computer's.",
                ahead.abs()
            ),
            "Certificates and logins depend on the time. Set both clocks by a time server \
             (\"timedatectl set-ntp true\"); Docker Desktop may need a restart after the computer slept.",
        )
    })
}

/// A rootless engine cannot open the lowest ports, and says so only when a container starts.
fn privileged(facts: &EngineFacts, wanted: WantedPort) -> Option<Finding> {
    let lowest = facts.lowest_port.filter(|lowest| wanted.port < *lowest)?;
    Some(Finding::bad(
        "C-3003",
        Block,
        subject(wanted),
        format!(
            "The engine runs without root and may not open port {}; {lowest} is the lowest it may.",
            wanted.port
        ),
        format!(
            "Choose a port from {lowest} on, or let an administrator run \
             \"sudo sysctl net.ipv4.ip_unprivileged_port_start={}\".",
            wanted.port
        ),
    ))
}

fn port(facts: &EngineFacts, needs: &Needs, wanted: WantedPort, holder: &Holder) -> Finding {
    let subject = subject(wanted);
    let number = wanted.port;
    let busy = |who: String, help: String| {
        let said = format!("Port {number} is already in use by {who}.");
        Finding::bad("C-3001", Block, subject.clone(), said, help)
    };
    match holder {
        Holder::Container {
            deployment: Some(deployment),
            ..
        } if *deployment == needs.deployment => Finding::good(
            "C-3000",
            subject,
            format!("Port {number} is open already, for this deployment."),
        ),
        Holder::Container { name, deployment } => {
            let whose = match deployment {
                Some(deployment) => format!(" of the deployment {deployment}"),
                None => String::new(),
            };
            busy(
                format!("the container {name}{whose}"),
                format!("Choose another port, or stop that container (\"docker stop {name}\")."),
            )
        }
        Holder::Process { pid, name } => busy(
            format!("the program {name} (process {pid})"),
            format!("Choose another port, or stop {name}."),
        ),
        Holder::Unseen => busy(
            "another program of this computer".to_owned(),
            format!(
                "Choose another port. An administrator sees which program it is with \
                 \"sudo ss -ltnp 'sport = :{number}'\"."
            ),
        ),
        Holder::Nobody if facts.info.local => {
            Finding::good("C-3000", subject, format!("Port {number} is free."))
        }
        Holder::Nobody => Finding::bad(
            "C-3002",
            Note,
            subject,
            format!("No container uses port {number}."),
            "The engine is on another computer: whether a program there uses the port will show at the start.",
        ),
    }
}

fn subject(wanted: WantedPort) -> String {
    format!("port {}", wanted.port)
}

fn image(info: &EngineInfo, name: &str, fact: &ImageFact) -> Finding {
    let subject = format!("image {name}");
    let error = match fact {
        ImageFact::Present => {
            return Finding::good("C-4000", subject, "It is on the engine already.");
        }
        ImageFact::Obtainable => {
            return Finding::good("C-4000", subject, "The registry has it.");
        }
        ImageFact::Fault(error) => error,
    };
    let EngineError::Pull { fault, .. } = error else {
        return Finding::bad(
            "C-4009",
            Warn,
            subject,
            format!(
                "Whether it can be fetched is not known. {}",
                sentence(&error.to_string())
            ),
            "The start will show it.",
        );
    };
    let registry = registry(name);
    let proxy = match &info.https_proxy {
        Some(proxy) => format!("The engine uses the proxy {proxy}"),
        None => "The engine uses no proxy".to_owned(),
    };
    let (code, severity, message, help) = match fault {
        PullFault::RateLimited { .. } => (
            "C-4001",
            Warn,
            format!("{registry} counts how much is fetched, and the allowance is used up for now."),
            format!("Wait an hour or log in (\"docker login{}\"), which raises it.", argument(registry)),
        ),
        PullFault::LoginNeeded { .. } => (
            "C-4002",
            Block,
            format!("{registry} does not give it out without a login, or has no such image."),
            format!("Log in with \"docker login{}\", then check again.", argument(registry)),
        ),
        PullFault::NoSuchTag { .. } => (
            "C-4003",
            Block,
            format!("{registry} has no image of this name and tag for this computer's processor."),
            "Look at the registry and the release in the profile; if you use a mirror, the image may be missing there."
                .to_owned(),
        ),
        PullFault::Proxy { .. } => (
            "C-4004",
            Block,
            format!("A proxy or filter stands between the engine and {registry} and does not let it through."),
            format!(
                "{proxy}; your shell's proxy settings do not count. Ask your network team for the proxy's address and, \
                 if it opens encrypted traffic, for its certificate, and give both to the engine \
                 (https://docs.docker.com/engine/daemon/proxy/)."
            ),
        ),
        PullFault::NoRoute { .. } | PullFault::Stalled { .. } => (
            "C-4005",
            Block,
            format!("The engine cannot reach {registry}."),
            format!(
                "{proxy}; your shell's proxy settings do not count. Check the network of the engine's computer, or name \
                 a mirror inside your network in the profile (images.registry)."
            ),
        ),
        PullFault::Other { reason } => (
            "C-4006",
            Warn,
            format!("{registry} gave an answer that says neither yes nor no: {reason}"),
            "Try again in a moment; the start will show whether it can be fetched.".to_owned(),
        ),
    };
    Finding::bad(code, severity, subject, message, help)
}

/// Where an image comes from, as an operator would name it.
fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => DOCKER_HUB,
    }
}

const DOCKER_HUB: &str = "Docker Hub";

/// The registry behind `docker login`, which needs none for Docker Hub.
fn argument(registry: &str) -> String {
    if registry == DOCKER_HUB {
        String::new()
    } else {
        format!(" {registry}")
    }
}

/// Bytes in the unit that an operator would use, with one decimal.
fn size(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    const MIB: u64 = 1 << 20;
    if bytes >= GIB {
        let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(GIB));
        format!("{}.{} GiB", tenths / 10, tenths % 10)
    } else {
        format!("{} MiB", bytes.div_ceil(MIB))
    }
}
