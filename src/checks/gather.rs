//! Asking the engine and this computer. Changes nothing.

use std::future::Future;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, StreamExt};

use super::sockets::{self, Listener};
use super::{EngineFacts, Facts, Holder, ImageFact, Needs, WantedPort};
use crate::engine::{Engine, EngineError, EngineInfo, PortOwner};

/// How many registries are asked at once.
const PROBES: usize = 4;

/// Finds out what [`judge()`](super::judge()) wants to know. `obtainable` asks the registry whether an
/// image that is not on the engine could be fetched; it is expected to give up by itself.
pub async fn gather<E, P, F>(engine: Result<&E, EngineError>, needs: &Needs, obtainable: P) -> Facts
where
    E: Engine,
    P: Fn(String) -> F + Sync,
    F: Future<Output = Result<(), EngineError>> + Send,
{
    let engine = match engine {
        Ok(engine) => ask(engine, needs, obtainable).await,
        Err(error) => Err(error),
    };
    Facts { engine }
}

async fn ask<E, P, F>(engine: &E, needs: &Needs, obtainable: P) -> Result<EngineFacts, EngineError>
where
    E: Engine,
    P: Fn(String) -> F + Sync,
    F: Future<Output = Result<(), EngineError>> + Send,
{
    let before = now();
    let info = engine.info().await?;
    let after = now();
    let owners = engine.published_ports().await?;
    let listeners = if info.local {
        sockets::listeners()
    } else {
        None
    };
    let ports = needs
        .ports
        .iter()
        .map(|port| (*port, holder(*port, &info, &owners, listeners.as_deref())))
        .collect();
    let images = stream::iter(needs.images.iter().cloned().map(|name| {
        let obtainable = &obtainable;
        async move {
            let fact = match engine.image(&name).await {
                Ok(Some(_)) => ImageFact::Present,
                Ok(None) => match obtainable(name.clone()).await {
                    Ok(()) => ImageFact::Obtainable,
                    Err(error) => ImageFact::Fault(error),
                },
                Err(error) => ImageFact::Fault(error),
            };
            (name, fact)
        }
    }))
    .buffered(PROBES)
    .collect()
    .await;
    Ok(EngineFacts {
        disk_free: info.local.then(|| disk_free(&info.data_root)).flatten(),
        clock_ahead: info.time.map(|time| ahead(time, before, after)),
        lowest_port: (info.local && info.rootless)
            .then(sockets::lowest_port)
            .flatten(),
        info,
        ports,
        images,
    })
}

/// Unix seconds.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|time| i64::try_from(time.as_secs()).ok())
        .unwrap_or_default()
}

/// How far `time` lies outside the time in which the engine was asked.
fn ahead(time: i64, before: i64, after: i64) -> i64 {
    time.saturating_sub(time.clamp(before, after.max(before)))
}

/// Containers first: what listens for them is only the engine's own helper.
fn holder(
    wanted: WantedPort,
    info: &EngineInfo,
    owners: &[PortOwner],
    listeners: Option<&[Listener]>,
) -> Holder {
    let container = owners.iter().find(|owner| {
        owner.host_port == wanted.port
            && owner
                .host_ip
                .parse()
                .is_ok_and(|address| sockets::collide(address, wanted.address))
    });
    if let Some(owner) = container {
        return Holder::Container {
            name: owner.container.clone(),
            deployment: owner.deployment.clone(),
        };
    }
    match listeners {
        Some(listeners) => listeners
            .iter()
            .find(|listener| {
                listener.port == wanted.port && sockets::collide(listener.address, wanted.address)
            })
            .map_or(Holder::Nobody, |listener| {
                sockets::process(listener.inode)
                    .map_or(Holder::Unseen, |(pid, name)| Holder::Process { pid, name })
            }),
        // Systems without /proc: whoever cannot open a port meets somebody there.
        None if info.local && sockets::is_busy(wanted.address, wanted.port) => Holder::Unseen,
        None => Holder::Nobody,
    }
}

/// Free bytes on the disk that holds a folder, if that folder is on this computer at all.
fn disk_free(folder: &str) -> Option<u64> {
    let folder = Path::new(folder);
    // Inside a desktop's virtual machine, and missing here.
    std::fs::symlink_metadata(folder).ok()?;
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let disks = sysinfo::Disks::new_with_refreshed_list().ok()?;
    disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().components().count())
        .map(sysinfo::Disk::available_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_outside_the_time_of_asking_counts() {
        assert_eq!(ahead(100, 100, 102), 0);
        assert_eq!(ahead(101, 100, 102), 0);
        assert_eq!(ahead(150, 100, 102), 48);
        assert_eq!(ahead(50, 100, 102), -50);
        // Our own clock was set back while we asked.
        assert_eq!(ahead(100, 100, 90), 0);
    }

    #[test]
    fn the_disk_of_a_folder_is_found_and_a_folder_elsewhere_has_none() {
        let here = std::env::temp_dir();
        assert!(disk_free(&here.display().to_string()).is_some_and(|free| free > 0));
        assert_eq!(disk_free("/no/such/folder/anywhere"), None);
    }
}
