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
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
