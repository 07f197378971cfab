//! A stamp tells whether an image is still what the recipe would make.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Sums up, part by part, what an image is made of.
#[derive(Debug, Clone, Default)]
pub struct Stamp(Sha256);

impl Stamp {
    /// Adds a part. Parts do not run into each other.
    #[must_use]
    pub fn with(mut self, part: impl AsRef<[u8]>) -> Self {
        let part = part.as_ref();
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    /// The stamp, short enough for a label that people look at.
    pub fn finish(self) -> String {
        short_hex(self.0)
    }
}

/// The first 16 bytes of a sum, in hexadecimal.
pub(super) fn short_hex(hash: Sha256) -> String {
    let mut text = hex(&hash.finalize());
    text.truncate(32);
    text
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_give_the_same_stamp() {
        let stamp = || Stamp::default().with("a").with("bc").finish();
        assert_eq!(stamp(), stamp());
        assert_eq!(stamp().len(), 32);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let together = Stamp::default().with("abc").finish();
        let apart = Stamp::default().with("a").with("bc").finish();
        let elsewhere = Stamp::default().with("ab").with("c").finish();
        assert_ne!(together, apart);
        assert_ne!(apart, elsewhere);
        assert_ne!(
            apart,
            Stamp::default().with("a").with("bc").with("").finish()
        );
    }
}
