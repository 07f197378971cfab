//! Files out of a container, as one archive.

use std::io::Read as _;
use std::path::Component;
use std::sync::Arc;

use bollard::errors::Error;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::Method;

use super::faults::Attempt;
use super::{DockerEngine, transport};
use crate::engine::{Asset, EngineError, Result};

/// Most bytes that a folder may come to; nobody asks for more than some scripts.
const LARGEST: usize = 64 << 20;

pub(super) async fn folder(
    engine: &DockerEngine,
    container: &str,
    folder: &str,
) -> Result<Vec<Asset>> {
    let attempt = Attempt::new(
        format!("read {folder} in container {container}"),
        format!("folder {folder} in container {container}"),
    );
    let path = transport::path(
        &format!("/containers/{container}/archive"),
        &[("path", folder)],
    );
    let body = engine
        .transport
        .open(Method::GET, &path, None)
        .await
        .map_err(|error| engine.failed(&attempt, error))?;
    let odd = |reason: String| EngineError::NotUnderstood {
        operation: attempt.operation.clone(),
        reason,
    };
    let collected = Limited::new(body, LARGEST).collect();
    let archive = match tokio::time::timeout(transport::WORK, collected).await {
        Ok(Ok(archive)) => archive.to_bytes(),
        Ok(Err(error)) => return Err(odd(error.to_string())),
        Err(_) => return Err(engine.failed(&attempt, Error::RequestTimeoutError)),
    };
    files(&archive).map_err(|error| odd(error.to_string()))
}

/// The regular files of an archive. Its paths begin with the folder's own name, which is left out.
fn files(archive: &Bytes) -> std::io::Result<Vec<Asset>> {
    let mut files = Vec::new();
    for entry in tar::Archive::new(archive.as_ref()).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.into_owned();
        let parts: Option<Vec<&str>> = path
            .components()
            .skip(1)
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        // A name that leads elsewhere, or is no text, is nothing that anybody asked for.
        let Some(path) = parts.filter(|parts| !parts.is_empty()) else {
            continue;
        };
        let path = path.join("/");
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        let bytes = Arc::from(bytes);
        files.push(Asset { path, bytes });
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(entries: &[(tar::EntryType, &str, &str)]) -> Bytes {
        let mut archive = tar::Builder::new(Vec::new());
        for (kind, path, text) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_size(text.len() as u64);
            header.set_mode(0o600);
            // Not through the builder's check, which would refuse what must be refused here.
            let name = &mut header.as_old_mut().name;
            name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_cksum();
            archive.append(&header, text.as_bytes()).unwrap();
        }
        Bytes::from(archive.into_inner().unwrap())
    }

    #[test]
    fn only_files_below_the_folder_come_out_in_order() {
        use tar::EntryType::{Directory, Regular, Symlink};
        let found = files(&archive(&[
            (Directory, "Structure/", ""),
            (Regular, "Structure/Security/1.sql", "two"),
            (Regular, "Structure/Admin/1.sql", "one"),
            (Symlink, "Structure/Admin/2.sql", ""),
            (Regular, "Structure/../../etc/passwd", "no"),
        ]))
        .unwrap();
        let found: Vec<(&str, &[u8])> = found
            .iter()
            .map(|file| (file.path.as_str(), file.bytes.as_ref()))
            .collect();
        assert_eq!(
            found,
            [("Admin/1.sql", &b"one"[..]), ("Security/1.sql", b"two")]
        );
        assert!(files(&Bytes::from_static(b"no archive at all")).is_err());
    }
}
