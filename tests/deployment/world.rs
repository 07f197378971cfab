//! A home for deployments in a temporary folder.

use edfi_setup::deployment::{Folder, Home, Lock, SecretKind, SecretRequest};
use jiff::Timestamp;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub struct World {
    _place: tempfile::TempDir,
    pub folder: Folder,
}

pub fn world() -> World {
    let place = tempfile::tempdir().unwrap();
    let folder = Home::at(place.path().join("state")).folder("demo").unwrap();
    World {
        _place: place,
        folder,
    }
}

impl World {
    pub fn lock(&self) -> Lock {
        Lock::take(&self.folder, "test", Timestamp::now()).unwrap()
    }
}

pub fn request(name: &str, kind: SecretKind) -> SecretRequest {
    SecretRequest {
        name: name.to_owned(),
        kind,
    }
}

pub fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path)
        .unwrap()
        .permissions()
        .mode()
        & 0o777
}
