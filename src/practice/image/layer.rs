//! One layer of an image: a list of files with explicit owner and mode, written as a tar.
//!
//! Nothing is taken over from this computer's file system but content, so no rights are needed and
//! the same list gives the same bytes anywhere: names in order, every time stamp zero.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::super::PracticeError;

/// Who owns a file in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// User number.
    pub user: u64,
    /// Group number.
    pub group: u64,
}

impl Owner {
    /// The owner of most things.
    pub const ROOT: Self = Self { user: 0, group: 0 };

    /// A user with a group of the same number.
    pub const fn number(number: u64) -> Self {
        Self {
            user: number,
            group: number,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Folder,
    Bytes(Vec<u8>),
    File(PathBuf),
    Link(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    mode: u32,
    owner: Owner,
}

/// Files of one layer, by absolute path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    entries: BTreeMap<String, Entry>,
}

impl Layer {
    /// An empty layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a folder. Folders above it come by themselves.
    pub fn folder(&mut self, path: &str, mode: u32, owner: Owner) -> &mut Self {
        self.put(path, Kind::Folder, mode, owner)
    }

    /// Adds a file with this text.
    pub fn text(&mut self, path: &str, text: impl Into<Vec<u8>>, mode: u32) -> &mut Self {
        self.put(path, Kind::Bytes(text.into()), mode, Owner::ROOT)
    }

    /// Adds a file with the content of one of this computer's, read when the layer is written.
    pub fn file(&mut self, path: &str, content: impl Into<PathBuf>, mode: u32) -> &mut Self {
        self.put(path, Kind::File(content.into()), mode, Owner::ROOT)
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: &str, target: &str) -> &mut Self {
        self.put(path, Kind::Link(target.to_owned()), 0o777, Owner::ROOT)
    }

    /// Adds files and links of a folder of this computer that `wanted` likes (it sees the path inside the folder).
    pub fn folder_of(
        &mut self,
        path: &str,
        from: &Path,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<&mut Self, PracticeError> {
        let mut open = vec![String::new()];
        while let Some(inside) = open.pop() {
            let folder = from.join(&inside);
            let listing =
                std::fs::read_dir(&folder).map_err(PracticeError::file("read", folder.clone()))?;
            for entry in listing {
                let entry = entry.map_err(PracticeError::file("read", folder.clone()))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let inner = if inside.is_empty() {
                    name
                } else {
                    format!("{inside}/{name}")
                };
                let kind = entry
                    .file_type()
                    .map_err(PracticeError::file("look at", entry.path()))?;
                if kind.is_dir() {
                    open.push(inner);
                } else if wanted(&inner) {
                    let there = format!("{path}/{inner}");
                    if kind.is_symlink() {
                        let target = std::fs::read_link(entry.path())
                            .map_err(PracticeError::file("look at", entry.path()))?;
                        self.link(&there, &target.display().to_string());
                    } else {
                        self.file(&there, entry.path(), 0o644);
                    }
                }
            }
        }
        Ok(self)
    }

    fn put(&mut self, path: &str, kind: Kind, mode: u32, owner: Owner) -> &mut Self {
        let path = path.trim_matches('/').to_owned();
        let mut above = Path::new(&path);
        while let Some(folder) = above.parent().filter(|path| !path.as_os_str().is_empty()) {
            self.entries
                .entry(folder.display().to_string())
                .or_insert(Entry {
                    kind: Kind::Folder,
                    mode: 0o755,
                    owner: Owner::ROOT,
                });
            above = folder;
        }
        self.entries.insert(path, Entry { kind, mode, owner });
        self
    }

    /// Writes the layer as a tar.
    pub fn write(&self, to: impl Write) -> std::io::Result<()> {
        let mut tar = tar::Builder::new(to);
        for (path, entry) in &self.entries {
            let mut header = tar::Header::new_gnu();
            header.set_mode(entry.mode);
            header.set_uid(entry.owner.user);
            header.set_gid(entry.owner.group);
            header.set_mtime(0);
            header.set_size(0);
            match &entry.kind {
                Kind::Folder => {
                    header.set_entry_type(tar::EntryType::Directory);
                    tar.append_data(&mut header, format!("{path}/"), std::io::empty())?;
                }
                Kind::Link(target) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    tar.append_link(&mut header, path, target)?;
                }
                Kind::Bytes(bytes) => {
                    header.set_size(bytes.len() as u64);
                    tar.append_data(&mut header, path, bytes.as_slice())?;
                }
                Kind::File(content) => {
                    let file = File::open(content).map_err(|error| named(content, &error))?;
                    let size = file.metadata()?.len();
                    header.set_size(size);
                    // A file that grows meanwhile must not spoil the archive.
                    tar.append_data(&mut header, path, file.take(size))?;
                }
            }
        }
        tar.into_inner()?.flush()
    }
}

fn named(path: &Path, error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(layer: &Layer) -> Vec<(String, u32, u64, u64, u64)> {
        let mut bytes = Vec::new();
        layer.write(&mut bytes).unwrap();
        tar::Archive::new(bytes.as_slice())
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                (
                    entry.path().unwrap().display().to_string(),
                    header.mode().unwrap(),
                    header.uid().unwrap(),
                    header.gid().unwrap(),
                    header.mtime().unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn owners_modes_and_times_are_ours_whoever_runs_this() {
        let folder = tempfile::tempdir().unwrap();
        let host_file = folder.path().join("x");
        std::fs::write(&host_file, "content").unwrap();
        let mut layer = Layer::new();
        layer
            .file("/usr/bin/x", &host_file, 0o755)
            .folder("/var/data", 0o700, Owner::number(70))
            .link("/bin", "usr/bin")
            .text("/etc/passwd", "root:x:0:0", 0o644);
        let expected = [
            ("bin", 0o777, 0, 0, 0),
            ("etc/", 0o755, 0, 0, 0),
            ("etc/passwd", 0o644, 0, 0, 0),
            ("usr/", 0o755, 0, 0, 0),
            ("usr/bin/", 0o755, 0, 0, 0),
            ("usr/bin/x", 0o755, 0, 0, 0),
            ("var/", 0o755, 0, 0, 0),
            ("var/data/", 0o700, 70, 70, 0),
        ]
        .map(|(path, mode, user, group, time)| (path.to_owned(), mode, user, group, time));
        assert_eq!(listing(&layer), expected);
    }

    #[test]
    fn the_same_list_gives_the_same_bytes() {
        let write = |names: [&str; 3]| {
            let mut layer = Layer::new();
            for name in names {
                layer.text(name, name, 0o644);
            }
            let mut bytes = Vec::new();
            layer.write(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(write(["/a/1", "/b", "/a-2"]), write(["/a-2", "/b", "/a/1"]));
    }

    #[test]
    fn a_folder_of_this_computer_brings_what_is_wanted_and_keeps_links() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("in/deep")).unwrap();
        std::fs::write(folder.path().join("in/deep/yes.txt"), "1").unwrap();
        std::fs::write(folder.path().join("in/no.bin"), "2").unwrap();
        std::os::unix::fs::symlink("deep/yes.txt", folder.path().join("in/link.txt")).unwrap();
        let mut layer = Layer::new();
        layer
            .folder_of("/etc/x", folder.path(), &|path| path != "in/no.bin")
            .unwrap();
        let names: Vec<_> = listing(&layer).into_iter().map(|entry| entry.0).collect();
        assert_eq!(
            names,
            [
                "etc/",
                "etc/x/",
                "etc/x/in/",
                "etc/x/in/deep/",
                "etc/x/in/deep/yes.txt",
                "etc/x/in/link.txt"
            ]
        );
    }

    #[test]
    fn a_long_path_survives() {
        let long = format!("/usr/{}/end", "a".repeat(140));
        let mut layer = Layer::new();
        layer.text(&long, "x", 0o644);
        assert_eq!(
            listing(&layer).last().unwrap().0,
            long.trim_start_matches('/')
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let mut layer = Layer::new();
        layer.file("/x", "/nothing/here", 0o644);
        let error = layer.write(Vec::new()).unwrap_err().to_string();
        assert!(error.contains("/nothing/here"), "{error}");
    }
}
