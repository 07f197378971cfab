//! The practice images all tests share, made once.

use std::process::Command;
use std::sync::OnceLock;

use super::Lab;

pub use crate::practice::PREFIX;

/// Makes those that are missing, whichever test or test program comes first, and clears away what
/// killed test runs left.
pub fn make(lab: &Lab) {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("{}.lock", PREFIX.replace('/', "-")));
        let file = std::fs::File::create(&path).unwrap();
        file.lock().unwrap();
        let home = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_edfi-setup"))
            .args(["practice", "build", "--prefix", PREFIX])
            .env("EDFI_SETUP_HOME", home.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "no practice images: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        lab.sweep();
    });
}
