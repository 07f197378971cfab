//! Images on the simulated engine, and the registry they come from: layers with plausible sizes
//! that arrive and unpack as on a district's line.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::Part;
use super::fault::Fault;
use super::wire::{Asked, Reply, Said};
use super::world::{World, hex};

/// What an image weighs on the line, of what it weighs unpacked.
const PACKED: f64 = 0.38;
/// Bytes a second that arrive for one image.
const LINE: f64 = 20e6;
/// Packed bytes a second that are unpacked.
const UNPACKING: f64 = 60e6;
/// How much slower a slow disk is.
pub(super) const SLOW: f64 = 8.0;
/// Time between two words about a download.
const TICK: Duration = Duration::from_millis(100);
/// Layers that arrive at once, as engines have it.
const AT_ONCE: usize = 3;
/// Part of the bytes after which a stalling download stands still.
const STALL: f64 = 0.3;

/// An image's content id.
pub(super) fn image_id(reference: &str) -> String {
    format!("sha256:{}", hex(reference))
}

/// `/images/…`
pub(super) fn images(world: &Arc<World>, asked: &Asked, rest: &[&str]) -> Said {
    match (&asked.method, rest) {
        (&Method::POST, ["create"]) => pull(world, asked),
        (&Method::GET, ["json"]) => world
            .look(|state| {
                let images = state.images.iter();
                let images = images.map(|reference| image(reference, megabytes(state, reference)));
                Reply::json(200, &images.collect())
            })
            .into(),
        (&Method::GET, [name @ .., "json"]) => {
            let reference = name.join("/");
            world
                .look(|state| {
                    if state.images.contains(&reference) {
                        Reply::json(200, &image(&reference, megabytes(state, &reference)))
                    } else {
                        no_image(&reference)
                    }
                })
                .into()
        }
        (&Method::DELETE, name) => {
            let reference = name.join("/");
            let was_there = world.change(|state| state.images.remove(&reference));
            if was_there {
                Reply::json(200, &json!([{ "Untagged": reference }])).into()
            } else {
                no_image(&reference).into()
            }
        }
        _ => Reply::error(404, "page not found").into(),
    }
}

fn no_image(reference: &str) -> Reply {
    Reply::error(404, &format!("No such image: {reference}"))
}

fn megabytes(state: &super::world::State, reference: &str) -> u64 {
    state
        .part_of_image(reference)
        .map_or(0, |part| part.image_mb)
}

fn image(reference: &str, megabytes: u64) -> Value {
    let repository = repository(reference);
    json!({
        "Id": image_id(reference),
        "RepoTags": [reference],
        "RepoDigests": [format!("{repository}@sha256:{}", hex(&format!("digest {reference}")))],
        "Size": megabytes * 1_000_000,
        "Config": { "Labels": {} },
    })
}

fn repository(reference: &str) -> &str {
    match reference.rsplit_once(':') {
        // A colon in front of a slash belongs to the registry's port.
        Some((name, tag)) if !tag.contains('/') => name,
        _ => reference,
    }
}

/// `GET /distribution/NAME/json`: whether the registry has it.
pub(super) fn obtainable(world: &World, reference: &str) -> Reply {
    match offered(world, reference) {
        Ok(_) => Reply::json(
            200,
            &json!({
                "Descriptor": { "digest": image_id(reference), "size": 1 },
                "Platforms": [{ "architecture": "amd64", "os": "linux" }],
            }),
        ),
        Err(refused) => refused,
    }
}

/// The part that an image plays, unless the registry or something on the way refuses it.
fn offered(world: &World, reference: &str) -> Result<Part, Reply> {
    world.look(|state| {
        let Some(part) = state.part_of_image(reference) else {
            return Err(no_manifest(reference));
        };
        let strikes = |fault| state.strikes(fault, Some(&part.service));
        let registry = "https://registry.rehearsal.example/v2/";
        if strikes(Fault::PullRateLimit) {
            Err(Reply::error(
                429,
                "toomanyrequests: You have reached your pull rate limit.",
            ))
        } else if strikes(Fault::PullLogin) {
            let words = format!(
                "pull access denied for {}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
                repository(reference)
            );
            Err(Reply::error(404, &words))
        } else if strikes(Fault::PullMissing) {
            Err(no_manifest(reference))
        } else if strikes(Fault::PullProxy) {
            let words =
                format!("Get \"{registry}\": x509: certificate signed by unknown authority");
            Err(Reply::error(500, &words))
        } else if strikes(Fault::PullNoRoute) {
            let words = format!(
                "Get \"{registry}\": dial tcp: lookup registry.rehearsal.example on 127.0.0.53:53: no such host"
            );
            Err(Reply::error(500, &words))
        } else {
            Ok(part.clone())
        }
    })
}

fn no_manifest(reference: &str) -> Reply {
    let words = format!("manifest for {reference} not found: manifest unknown: manifest unknown");
    Reply::error(404, &words)
}

/// `POST /images/create?fromImage=NAME&tag=TAG`
fn pull(world: &Arc<World>, asked: &Asked) -> Said {
    let query = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
    let (name, tag) = (query("fromImage"), query("tag"));
    let reference = match tag.as_str() {
        "" => name.clone(),
        digest if digest.contains(':') => format!("{name}@{digest}"),
        tag => format!("{name}:{tag}"),
    };
    let part = match offered(world, &reference) {
        Ok(part) => part,
        Err(refused) => return refused.into(),
    };
    let (say, words) = mpsc::channel(64);
    let transfer = Transfer {
        world: Arc::clone(world),
        reference,
        tag,
        part,
        say,
    };
    // Who stops listening ends the transfer; what arrived completely is kept.
    tokio::spawn(async move {
        let _ = transfer.run().await;
    });
    let body = stream::unfold(words, |mut words| async {
        Some((words.recv().await?, words))
    });
    Said::Stream(body.map(Ok).boxed())
}

struct Transfer {
    world: Arc<World>,
    reference: String,
    tag: String,
    part: Part,
    say: mpsc::Sender<Bytes>,
}

/// Nobody listens any more.
struct Hung;

struct Layer {
    id: String,
    /// Packed bytes.
    total: f64,
    arrived: f64,
}

impl Layer {
    fn is_there(&self) -> bool {
        self.arrived >= self.total
    }
}

impl Transfer {
    async fn run(&self) -> Result<(), Hung> {
        let from = repository(&self.reference);
        self.tell(&json!({ "status": format!("Pulling from {from}"), "id": self.tag }))
            .await?;
        let mut layers = Vec::new();
        for (id, total) in self.layers() {
            let known = self.world.look(|state| state.layers.contains(&id));
            let status = if known {
                "Already exists"
            } else {
                "Pulling fs layer"
            };
            self.layer(&id, status, None).await?;
            if !known {
                layers.push(Layer {
                    id,
                    total,
                    arrived: 0.0,
                });
            }
        }
        self.fetch(&mut layers).await?;
        for layer in &layers {
            if self.strikes(Fault::DiskFull) {
                let words = "failed to register layer: write /usr/lib/libexample.so: no space left on device";
                let error = json!({ "errorDetail": { "message": words }, "error": words });
                return self.tell(&error).await;
            }
            self.unpack(layer).await?;
        }
        self.world
            .change(|state| state.images.insert(self.reference.clone()));
        let digest = hex(&format!("digest {}", self.reference));
        self.tell(&json!({ "status": format!("Digest: sha256:{digest}") }))
            .await?;
        let done = format!("Status: Downloaded newer image for {}", self.reference);
        self.tell(&json!({ "status": done })).await
    }

    /// The image's layers and their packed bytes: a few, one of them with most of it.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of images are nowhere near 2^52 bytes, and chances are from 0 to 1"
    )]
    fn layers(&self) -> Vec<(String, f64)> {
        let chance = |what: &str| self.world.chance(&format!("{what} of {}", self.reference));
        let count = 4 + (chance("layers") * 4.0) as u32;
        let weights: Vec<f64> = (0..count)
            .map(|number| 0.02 + chance(&format!("layer {number}")).powi(3))
            .collect();
        let packed = self.part.image_mb as f64 * 1e6 * PACKED;
        let all: f64 = weights.iter().sum();
        weights
            .iter()
            .enumerate()
            .map(|(number, weight)| {
                let id = hex(&format!("layer {number} of {}", self.reference));
                let short: String = id.chars().take(12).collect();
                (short, (packed * weight / all).max(1_000.0).floor())
            })
            .collect()
    }

    async fn fetch(&self, layers: &mut [Layer]) -> Result<(), Hung> {
        let whole: f64 = layers.iter().map(|layer| layer.total).sum();
        let per_tick = LINE * TICK.as_secs_f64();
        while layers.iter().any(|layer| !layer.is_there()) {
            self.world.pass(TICK).await;
            let coming: Vec<&mut Layer> = layers
                .iter_mut()
                .filter(|layer| !layer.is_there())
                .take(AT_ONCE)
                .collect();
            let share = per_tick / f64::from(u32::try_from(coming.len()).unwrap_or(1));
            for layer in coming {
                layer.arrived = (layer.arrived + share).min(layer.total);
                self.layer(&layer.id, "Downloading", Some((layer.arrived, layer.total)))
                    .await?;
                if layer.is_there() {
                    self.layer(&layer.id, "Verifying Checksum", None).await?;
                    self.layer(&layer.id, "Download complete", None).await?;
                }
            }
            let arrived: f64 = layers.iter().map(|layer| layer.arrived).sum();
            if arrived > whole * STALL && self.strikes(Fault::PullStall) {
                self.say.closed().await;
                return Err(Hung);
            }
        }
        Ok(())
    }

    async fn unpack(&self, layer: &Layer) -> Result<(), Hung> {
        let slow = self
            .world
            .look(|state| state.strikes(Fault::SlowDisk, None));
        let speed = if slow { UNPACKING / SLOW } else { UNPACKING };
        let mut unpacked = 0.0;
        while unpacked < layer.total {
            self.world.pass(TICK).await;
            unpacked = (unpacked + speed * TICK.as_secs_f64()).min(layer.total);
            self.layer(&layer.id, "Extracting", Some((unpacked, layer.total)))
                .await?;
        }
        self.world
            .change(|state| state.layers.insert(layer.id.clone()));
        self.layer(&layer.id, "Pull complete", None).await
    }

    fn strikes(&self, fault: Fault) -> bool {
        self.world
            .look(|state| state.strikes(fault, Some(&self.part.service)))
    }

    async fn layer(&self, id: &str, status: &str, of: Option<(f64, f64)>) -> Result<(), Hung> {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "bytes, and never below zero"
        )]
        let detail = match of {
            Some((current, total)) => json!({ "current": current as u64, "total": total as u64 }),
            None => json!({}),
        };
        self.tell(&json!({ "status": status, "progressDetail": detail, "id": id }))
            .await
    }

    async fn tell(&self, line: &Value) -> Result<(), Hung> {
        let line = Bytes::from(format!("{line}\r\n"));
        self.say.send(line).await.map_err(|_| Hung)
    }
}
