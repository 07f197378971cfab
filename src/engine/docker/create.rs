//! A container's description in the engine's words.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HealthConfig, HostConfig, HostConfigLogConfig, Mount,
    MountType, NetworkingConfig, PortBinding, ResourcesUlimits, RestartPolicy,
    RestartPolicyNameEnum,
};

use crate::engine::{ContainerSpec, HealthCheck, PublishedPort, Restart};

/// Podman gives every container its own highest limits and fails where the machine forbids them;
/// these are enough for everything we run.
const PODMAN_LIMIT: i64 = 4096;

pub(super) fn body(spec: &ContainerSpec, podman: bool) -> ContainerCreateBody {
    let endpoint = EndpointSettings {
        aliases: Some(spec.aliases.clone()),
        ..EndpointSettings::default()
    };
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        env: Some(
            spec.env
                .iter()
                .map(|(name, value)| format!("{name}={}", value.expose()))
                .collect(),
        ),
        labels: Some(map(&spec.labels)),
        entrypoint: spec.entrypoint.clone(),
        cmd: spec.command.clone(),
        user: spec.user.clone(),
        exposed_ports: Some(spec.ports.iter().map(container_port).collect()),
        healthcheck: spec.health.as_ref().map(health),
        stop_timeout: Some(whole_seconds(spec.stop_grace)),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(spec.network.clone(), endpoint)])),
        }),
        host_config: Some(HostConfig {
            network_mode: Some(spec.network.clone()),
            port_bindings: Some(bindings(&spec.ports)),
            mounts: Some(
                spec.mounts
                    .iter()
                    .map(|mount| Mount {
                        typ: Some(MountType::VOLUME),
                        source: Some(mount.volume.clone()),
                        target: Some(mount.target.clone()),
                        ..Mount::default()
                    })
                    .collect(),
            ),
            restart_policy: Some(RestartPolicy {
                name: Some(match spec.restart {
                    Restart::No => RestartPolicyNameEnum::NO,
                    Restart::UnlessStopped => RestartPolicyNameEnum::UNLESS_STOPPED,
                }),
                maximum_retry_count: None,
            }),
            log_config: (!spec.log_driver.is_empty()).then(|| HostConfigLogConfig {
                typ: Some(spec.log_driver.clone()),
                config: Some(map(&spec.log_options)),
            }),
            init: spec.init.then_some(true),
            ulimits: podman.then(|| vec![limit("nofile"), limit("nproc")]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn map(entries: &BTreeMap<String, String>) -> HashMap<String, String> {
    entries
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn container_port(port: &PublishedPort) -> String {
    format!("{}/tcp", port.container_port)
}

/// One container port may be published at several addresses.
fn bindings(ports: &[PublishedPort]) -> HashMap<String, Option<Vec<PortBinding>>> {
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for port in ports {
        bindings
            .entry(container_port(port))
            .or_default()
            .get_or_insert_default()
            .push(PortBinding {
                host_ip: Some(port.host_ip.clone()),
                host_port: Some(port.host_port.to_string()),
            });
    }
    bindings
}

fn health(check: &HealthCheck) -> HealthConfig {
    let mut test = vec!["CMD".to_owned()];
    test.extend(check.command.iter().cloned());
    HealthConfig {
        test: Some(test),
        interval: Some(nanoseconds(check.interval)),
        timeout: Some(nanoseconds(check.timeout)),
        start_period: Some(nanoseconds(check.start_period)),
        retries: Some(check.retries.into()),
        // Engines before API 1.44 refuse it, and readiness is not the engine's business here.
        start_interval: None,
    }
}

fn limit(name: &str) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(name.to_owned()),
        soft: Some(PODMAN_LIMIT),
        hard: Some(PODMAN_LIMIT),
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Rounded up, so that a short grace never becomes none.
pub(super) fn whole_seconds(duration: Duration) -> i64 {
    let extra = u64::from(duration.subsec_nanos() > 0);
    i64::try_from(duration.as_secs().saturating_add(extra)).unwrap_or(i64::MAX)
}
