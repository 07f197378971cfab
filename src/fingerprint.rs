//! Short fingerprints of values that must not be shown.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The first 32 bits of a SHA-256, as 8 hexadecimal digits: enough to see that a value changed,
/// too little to find a 190-bit secret by trying.
pub(crate) fn short(text: &str) -> String {
    whole(text).chars().take(8).collect()
}

/// The whole SHA-256, in hexadecimal.
pub(crate) fn whole(text: &str) -> String {
    of_bytes(text.as_bytes())
}

/// The same of anything.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
