//! Writes images as the archive that `POST /images/load` takes: layers, a configuration for each image
//! (both named by their sums), and a list of them (`image/spec` version 1.2 of Docker; also read by containerd and Podman).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::PracticeError;
use super::super::stamp::hex;
use super::Layer;

/// How a container of the image runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Config {
    /// `user:group`, by number. Empty is root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// Environment, each `NAME=value`.
    pub env: Vec<String>,
    /// The program.
    pub entrypoint: Vec<String>,
    /// Its arguments.
    pub cmd: Vec<String>,
    /// Ports, as in `80/tcp`.
    #[serde(serialize_with = "as_set")]
    pub exposed_ports: BTreeSet<String>,
    /// Folders that become volumes.
    #[serde(serialize_with = "as_set")]
    pub volumes: BTreeSet<String>,
    /// Folder to start in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// What asks it to stop.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stop_signal: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// The format writes a set as a map to nothing.
fn as_set<S: serde::Serializer>(set: &BTreeSet<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(set.iter().map(|name| (name, json!({}))))
}

/// One image upon a base that it shares with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Name and tag.
    pub reference: String,
    /// What it has beyond the base.
    pub top: Layer,
    /// How it runs.
    pub config: Config,
}

/// The name that images use for this computer's kind of processor.
pub fn processor() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Writes all images of one base into one archive. `created` is what the images say about their age.
pub fn write(
    path: &Path,
    base: &Layer,
    images: &[Image],
    created: Timestamp,
) -> Result<(), PracticeError> {
    let failed = || PracticeError::file("write", path);
    let file = File::create(path).map_err(failed())?;
    let mut archive = tar::Builder::new(BufWriter::with_capacity(1 << 16, file));
    let base = add_layer(&mut archive, base).map_err(failed())?;
    let mut manifest = Vec::new();
    for image in images {
        let mut layers = vec![base.clone()];
        if image.top != Layer::new() {
            layers.push(add_layer(&mut archive, &image.top).map_err(failed())?);
        }
        let config = serde_json::to_vec(&configuration(image, &layers, created))
            .map_err(std::io::Error::from)
            .map_err(failed())?;
        let name = format!("{}.json", hex(&Sha256::digest(&config)));
        add(&mut archive, &name, config.len() as u64, config.as_slice()).map_err(failed())?;
        manifest.push(json!({
            "Config": name,
            "RepoTags": [image.reference],
            "Layers": layers.iter().map(|sum| format!("{sum}.tar")).collect::<Vec<_>>(),
        }));
    }
    let manifest = json!(manifest).to_string();
    add(
        &mut archive,
        "manifest.json",
        manifest.len() as u64,
        manifest.as_bytes(),
    )
    .map_err(failed())?;
    archive
        .into_inner()
        .and_then(|mut file| file.flush())
        .map_err(failed())
}

fn configuration(image: &Image, layers: &[String], created: Timestamp) -> serde_json::Value {
    let created = created.to_string();
    let sums: Vec<_> = layers.iter().map(|sum| format!("sha256:{sum}")).collect();
    let history: Vec<_> = layers
        .iter()
        .map(|_| json!({ "created": created, "created_by": "edfi-setup practice build" }))
        .collect();
    json!({
        "architecture": processor(),
        "os": "linux",
        "created": created,
        "config": image.config,
        "rootfs": { "type": "layers", "diff_ids": sums },
        "history": history,
    })
}

/// Adds a layer and gives its sum.
fn add_layer(archive: &mut tar::Builder<impl Write>, layer: &Layer) -> std::io::Result<String> {
    // Its size and sum are known only when it is written, and both stand before it in the archive.
    let mut summed = Summed {
        to: BufWriter::with_capacity(1 << 16, tempfile::tempfile()?),
        sum: Sha256::new(),
        size: 0,
    };
    layer.write(&mut summed)?;
    let mut file = summed.to.into_inner().map_err(std::io::Error::from)?;
    file.seek(SeekFrom::Start(0))?;
    let sum = hex(&summed.sum.finalize());
    add(
        archive,
        &format!("{sum}.tar"),
        summed.size,
        BufReader::with_capacity(1 << 16, file),
    )?;
    Ok(sum)
}

fn add(
    archive: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    content: impl Read,
) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_size(size);
    archive.append_data(&mut header, name, content)
}

/// Passes bytes on and sums them up.
#[derive(Debug)]
struct Summed<W> {
    to: W,
    sum: Sha256,
    size: u64,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.to.write(bytes)?;
        let (bytes, _) = bytes.split_at_checked(written).unwrap_or((bytes, &[]));
        self.sum.update(bytes);
        self.size += bytes.len() as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(images: &[Image]) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.tar");
        let mut base = Layer::new();
        base.text("/base", "shared", 0o644);
        write(&path, &base, images, Timestamp::UNIX_EPOCH).unwrap();
        tar::Archive::new(File::open(&path).unwrap())
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                (entry.path().unwrap().display().to_string(), bytes)
            })
            .collect()
    }

    fn image(name: &str, content: Option<&str>) -> Image {
        let mut top = Layer::new();
        if let Some(content) = content {
            top.text("/own", content, 0o644);
        }
        Image {
            reference: format!("localhost/x/{name}:1"),
            top,
            config: Config {
                user: "70:70".to_owned(),
                exposed_ports: BTreeSet::from(["80/tcp".to_owned()]),
                ..Config::default()
            },
        }
    }

    #[test]
    fn every_name_is_the_sum_of_its_content_and_the_base_is_there_once() {
        let parts = written(&[
            image("a", Some("a")),
            image("b", Some("b")),
            image("c", None),
        ]);
        // One base, two tops, three configurations, the list.
        assert_eq!(parts.len(), 7);
        for (name, content) in parts.iter().filter(|(name, _)| *name != "manifest.json") {
            let (sum, _) = name.split_once('.').unwrap();
            assert_eq!(sum, hex(&Sha256::digest(content)), "{name}");
        }
        let manifest: serde_json::Value = serde_json::from_slice(&parts["manifest.json"]).unwrap();
        assert_eq!(manifest[0]["Layers"][0], manifest[1]["Layers"][0]);
        assert_ne!(manifest[0]["Layers"][1], manifest[1]["Layers"][1]);
        assert_eq!(manifest[2]["Layers"].as_array().unwrap().len(), 1);
        let config: serde_json::Value =
            serde_json::from_slice(&parts[manifest[0]["Config"].as_str().unwrap()]).unwrap();
        assert_eq!(config["config"]["User"], "70:70");
        assert_eq!(config["config"]["ExposedPorts"], json!({ "80/tcp": {} }));
        assert_eq!(
            config["rootfs"]["diff_ids"][0],
            format!(
                "sha256:{}",
                manifest[0]["Layers"][0]
                    .as_str()
                    .unwrap()
                    .trim_end_matches(".tar")
            )
        );
    }

    #[test]
    fn the_same_images_give_the_same_archive() {
        let images = [image("a", Some("a"))];
        assert_eq!(written(&images), written(&images));
    }
}
