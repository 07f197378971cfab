//! Fetching an image: the engine's per-layer chatter added up to one honest bar.

use std::collections::BTreeMap;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;

use super::faults::{self, Attempt};
use super::{DockerEngine, EngineError, Result, credentials};
use crate::engine::{PullFault, PullProgress};

/// Before the first word an engine may be looking for the registry along several ways, and while it
/// unpacks a large layer it may be silent: then it gets this many times the patience.
const PATIENCE_FACTOR: u32 = 4;
/// bollard's own limit covers the time to the first byte; ours is the one that counts.
const NEVER: Duration = Duration::from_hours(24);

pub(super) async fn pull(
    engine: &DockerEngine,
    reference: &str,
    progress: &(dyn Fn(PullProgress) + Send + Sync),
) -> Result<()> {
    let fault = |fault: PullFault| EngineError::Pull {
        reference: reference.to_owned(),
        fault,
    };
    let (name, tag) = split_reference(reference);
    let options = CreateImageOptionsBuilder::default()
        .from_image(name)
        .tag(tag)
        .build();
    let login = credentials::for_image(engine.config_folder.as_deref(), reference).await;
    let client = engine.client.clone().with_timeout(NEVER);
    let mut chatter = Box::pin(client.create_image(Some(options), None, login));
    let mut layers = Layers::default();
    let mut said = None;
    loop {
        let patience = match &said {
            Some(_) if layers.is_fetching() => engine.pull_patience,
            _ => engine.pull_patience * PATIENCE_FACTOR,
        };
        let item = match tokio::time::timeout(engine.pace.take(patience), chatter.next()).await {
            Ok(Some(item)) => item,
            Ok(None) => break,
            Err(_) => {
                return Err(fault(PullFault::Stalled {
                    seconds: patience.as_secs(),
                }));
            }
        };
        match item {
            Ok(info) => layers.hear(&info),
            Err(error) => return Err(failed(engine, reference, error)),
        }
        let now = layers.progress();
        if said != Some(now) {
            progress(now);
            said = Some(now);
        }
    }
    // A stream that ends is not yet an image: a connection cut at a line's end looks the same.
    if engine.find_image(reference).await?.is_none() {
        return Err(fault(PullFault::Other {
            reason: "the engine ended the transfer before the image was complete".to_owned(),
        }));
    }
    layers.complete();
    if said != Some(layers.progress()) {
        progress(layers.progress());
    }
    Ok(())
}

pub(super) fn failed(engine: &DockerEngine, reference: &str, error: Error) -> EngineError {
    let (status, reason) = match error {
        Error::DockerResponseServerError {
            status_code,
            message,
        } => (status_code, message),
        Error::DockerStreamError { error } => (0, error),
        other => {
            return Attempt::new(
                format!("fetch image {reference}"),
                format!("image {reference}"),
            )
            .failed(engine.address(), other);
        }
    };
    if faults::is_disk_full(&reason) {
        return EngineError::DiskFull { reason };
    }
    EngineError::Pull {
        reference: reference.to_owned(),
        fault: faults::pull_fault(status, &reason),
    }
}

/// Name and tag (or digest) as the engine wants them; without a tag it would fetch every one.
fn split_reference(reference: &str) -> (&str, &str) {
    if let Some((name, digest)) = reference.split_once('@') {
        return (name, digest);
    }
    match reference.rsplit_once(':') {
        // A colon in front of a slash belongs to the registry's port.
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

/// What is known of each layer. Nothing here ever goes back: a retried download does not take away
/// what the operator has seen.
#[derive(Debug, Default)]
struct Layers(BTreeMap<String, Layer>);

#[derive(Debug, Default)]
struct Layer {
    fetched: u64,
    total: u64,
    has_all_bytes: bool,
    done: bool,
}

impl Layers {
    fn hear(&mut self, info: &CreateImageInfo) {
        let (Some(id), Some(status)) = (&info.id, &info.status) else {
            return;
        };
        let detail = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        let current = info
            .progress_detail
            .as_ref()
            .and_then(|d| detail(d.current));
        let total = info.progress_detail.as_ref().and_then(|d| detail(d.total));
        // "Pulling from library/postgres" carries the tag as its id: it is no layer.
        let is_layer = matches!(
            status.as_str(),
            "Pulling fs layer"
                | "Waiting"
                | "Downloading"
                | "Verifying Checksum"
                | "Download complete"
                | "Extracting"
                | "Pull complete"
                | "Already exists"
        ) || status.starts_with("Retrying");
        if !is_layer {
            return;
        }
        let layer = self.0.entry(id.clone()).or_default();
        match status.as_str() {
            "Downloading" => {
                layer.total = layer.total.max(total.unwrap_or(0));
                layer.fetched = layer.fetched.max(current.unwrap_or(0));
            }
            "Verifying Checksum" | "Download complete" | "Extracting" => layer.all_bytes(),
            "Pull complete" | "Already exists" => {
                layer.all_bytes();
                layer.done = true;
            }
            _ => {}
        }
    }

    /// Whether bytes are still to come from the registry.
    fn is_fetching(&self) -> bool {
        self.0.is_empty() || self.0.values().any(|layer| !layer.has_all_bytes)
    }

    fn complete(&mut self) {
        for layer in self.0.values_mut() {
            layer.all_bytes();
            layer.done = true;
        }
    }

    fn progress(&self) -> PullProgress {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        PullProgress {
            layers: count(self.0.len()),
            layers_done: count(self.0.values().filter(|layer| layer.done).count()),
            bytes: self.0.values().map(|layer| layer.fetched).sum(),
            bytes_total: self
                .0
                .values()
                .map(|layer| layer.total.max(layer.fetched))
                .sum(),
        }
    }
}

impl Layer {
    fn all_bytes(&mut self) {
        self.has_all_bytes = true;
        self.fetched = self.fetched.max(self.total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn info(id: &str, status: &str, current: i64, total: i64) -> CreateImageInfo {
        let detail = serde_json::json!({ "current": current, "total": total });
        serde_json::from_value(
            serde_json::json!({ "id": id, "status": status, "progressDetail": detail }),
        )
        .unwrap()
    }

    #[test]
    fn references_are_split_as_the_engine_wants_them() {
        for (reference, name, tag) in [
            ("postgres:17.2", "postgres", "17.2"),
            ("postgres", "postgres", "latest"),
            ("reg.example:5000/a/b:1.2", "reg.example:5000/a/b", "1.2"),
            ("reg.example:5000/a/b", "reg.example:5000/a/b", "latest"),
            ("a/b@sha256:00ff", "a/b", "sha256:00ff"),
        ] {
            assert_eq!(split_reference(reference), (name, tag), "{reference}");
        }
    }

    #[test]
    fn layers_add_up() {
        let mut layers = Layers::default();
        layers.hear(&info("17.2", "Pulling from library/postgres", 0, 0));
        assert_eq!(layers.progress(), PullProgress::default());
        layers.hear(&info("aa", "Already exists", 0, 0));
        layers.hear(&info("bb", "Downloading", 30, 100));
        layers.hear(&info("cc", "Pulling fs layer", 0, 0));
        let seen = layers.progress();
        assert_eq!(
            (seen.layers, seen.layers_done, seen.bytes, seen.bytes_total),
            (3, 1, 30, 100)
        );
        layers.hear(&info("bb", "Pull complete", 0, 0));
        layers.hear(&info("cc", "Downloading", 5, 50));
        let seen = layers.progress();
        assert_eq!(
            (seen.layers_done, seen.bytes, seen.bytes_total),
            (2, 105, 150)
        );
        assert!(layers.is_fetching());
    }

    proptest! {
        #[test]
        fn progress_never_goes_back(
            chatter in prop::collection::vec((0..4_u8, 0..10_usize, -5..200_i64, -5..200_i64), 0..60)
        ) {
            const STATUSES: [&str; 10] = [
                "Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Download complete",
                "Extracting", "Pull complete", "Already exists", "Retrying in 5 seconds", "Digest: x",
            ];
            let mut layers = Layers::default();
            let mut before = layers.progress();
            for (id, status, current, total) in chatter {
                layers.hear(&info(&id.to_string(), STATUSES[status], current, total));
                let now = layers.progress();
                prop_assert!(now.bytes >= before.bytes && now.bytes_total >= before.bytes_total);
                prop_assert!(now.layers >= before.layers && now.layers_done >= before.layers_done);
                prop_assert!(now.bytes <= now.bytes_total && now.layers_done <= now.layers);
                before = now;
            }
        }
    }
}
