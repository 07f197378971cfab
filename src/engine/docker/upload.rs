//! Files for a container, as one archive.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use bytes::Bytes;
use tar::{EntryType, Header};
use zeroize::Zeroizing;

use crate::engine::{Asset, EngineError, FileSpec};

/// Mode of a program's file: everybody may read it.
const PROGRAM: u32 = 0o444;

/// A file on its way into an archive.
pub(super) struct Entry<'a> {
    path: &'a str,
    content: &'a [u8],
    mode: u32,
    uid: u32,
    gid: u32,
}

impl<'a> From<&'a FileSpec> for Entry<'a> {
    fn from(file: &'a FileSpec) -> Self {
        Self {
            path: &file.path,
            content: file.content.expose().as_bytes(),
            mode: file.mode,
            uid: file.uid,
            gid: file.gid,
        }
    }
}

impl<'a> From<&'a Asset> for Entry<'a> {
    fn from(asset: &'a Asset) -> Self {
        Self {
            path: &asset.path,
            content: &asset.bytes,
            mode: PROGRAM,
            uid: 0,
            gid: 0,
        }
    }
}

/// Every folder above the files, the outermost first, without the root.
pub(super) fn folders(files: &[Entry<'_>]) -> Result<BTreeSet<String>, EngineError> {
    let mut folders = BTreeSet::new();
    for file in files {
        let path = checked(file.path)?;
        let above = path.ancestors().skip(1);
        folders.extend(
            above
                .map(|folder| folder.display().to_string())
                .filter(|folder| folder != "/"),
        );
    }
    Ok(folders)
}

/// The archive, to be unpacked at the root: first the folders to make, then the files in the given
/// order. The same input gives the same bytes. They are wiped from memory after use, because files
/// may hold secrets.
pub(super) fn archive(folders: &BTreeSet<String>, files: &[Entry<'_>]) -> std::io::Result<Bytes> {
    let mut archive = tar::Builder::new(Buffer::default());
    for folder in folders {
        let (uid, gid) = owner(folder, files);
        let mut header = header(EntryType::Directory, 0o755, uid, gid, 0);
        archive.append_data(&mut header, relative(folder), std::io::empty())?;
    }
    for file in files {
        let size = file.content.len() as u64;
        let mut header = header(EntryType::Regular, file.mode, file.uid, file.gid, size);
        archive.append_data(&mut header, relative(file.path), file.content)?;
    }
    Ok(Bytes::from_owner(archive.into_inner()?))
}

/// A folder made for the files of one user is that user's, who may then put others in their place. What
/// is shared by several is root's.
fn owner(folder: &str, files: &[Entry<'_>]) -> (u32, u32) {
    let mut owners = files
        .iter()
        .filter(|file| Path::new(file.path).starts_with(folder))
        .map(|file| (file.uid, file.gid));
    let first = owners.next().unwrap_or_default();
    if owners.all(|owner| owner == first) {
        first
    } else {
        (0, 0)
    }
}

fn header(kind: EntryType, mode: u32, uid: u32, gid: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(uid.into());
    header.set_gid(gid.into());
    header.set_mtime(0);
    header.set_size(size);
    header
}

fn relative(path: &str) -> &str {
    path.trim_start_matches('/')
}

/// A path that leads to one file and nowhere else.
fn checked(path: &str) -> Result<&Path, EngineError> {
    let parts = Path::new(path).components();
    let is_plain = path.starts_with('/')
        && !path.ends_with('/')
        && parts
            .skip(1)
            .all(|part| matches!(part, Component::Normal(_)));
    if is_plain && path.len() > 1 {
        Ok(Path::new(path))
    } else {
        Err(EngineError::Settings {
            what: format!("the file path \"{path}\""),
            reason: "it has to be absolute, without \"..\", and to name a file".to_owned(),
        })
    }
}

/// A growing buffer that forgets its old memory too when it moves to a larger one.
#[derive(Default)]
struct Buffer(Zeroizing<Vec<u8>>);

impl std::io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let needed = self.0.len() + bytes.len();
        if needed > self.0.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(needed.next_power_of_two()));
            larger.extend_from_slice(&self.0);
            self.0 = larger;
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
