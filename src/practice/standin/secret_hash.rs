//! Hashed client secrets, in the two forms that Ed-Fi's programs store.
//!
//! The ODS/API packs into base64: a format byte 0, then as little-endian 32-bit numbers the algorithm's code (the first
//! four bytes of SHA-256 of its name), the iterations and the salt's length, then salt and hash. A secret stored in plain
//! text is replaced by its hash when a client first authenticates with it, unless `ApiSettings:PlainTextSecrets` is true.
//! The real program takes 600,000 rounds; the stand-ins take few, because their secrets protect nothing.

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use ring::pbkdf2;
use sha2::{Digest as _, Sha256};

const ITERATIONS: u32 = 1_000;
const SALT: usize = 16;
const HASH: usize = 32;
const HEADER: usize = 13;

/// Packs a hash of that secret, as the ODS/API would store it.
pub fn pack(secret: &str) -> String {
    let mut salt = [0_u8; SALT];
    rand::rng().fill_bytes(&mut salt);
    let mut hash = [0_u8; HASH];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        rounds(ITERATIONS),
        &salt,
        secret.as_bytes(),
        &mut hash,
    );
    let mut packed = vec![0_u8];
    packed.extend(algorithm_code("PBKDF2-HMACSHA256").to_le_bytes());
    packed.extend(ITERATIONS.to_le_bytes());
    packed.extend(16_u32.to_le_bytes());
    packed.extend(salt);
    packed.extend(hash);
    STANDARD.encode(packed)
}

/// Whether the packed hash is one of that secret.
pub fn verify(packed: &str, secret: &str) -> bool {
    verify_packed(packed, secret).unwrap_or(false)
}

fn verify_packed(packed: &str, secret: &str) -> Option<bool> {
    let bytes = STANDARD.decode(packed).ok()?;
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let (code, iterations, salt) = (number(1)?, number(5)?, usize::try_from(number(9)?).ok()?);
    let algorithm = if code == algorithm_code("PBKDF2-HMACSHA256") {
        pbkdf2::PBKDF2_HMAC_SHA256
    } else if code == algorithm_code("PBKDF2-HMACSHA1") {
        pbkdf2::PBKDF2_HMAC_SHA1
    } else {
        return None;
    };
    let (salt, hash) = bytes.get(HEADER..)?.split_at_checked(salt)?;
    Some(
        pbkdf2::verify(
            algorithm,
            NonZeroU32::new(iterations)?,
            salt,
            secret.as_bytes(),
            hash,
        )
        .is_ok(),
    )
}

fn algorithm_code(name: &str) -> u32 {
    let digest = Sha256::digest(name.as_bytes());
    digest
        .iter()
        .take(4)
        .rev()
        .fold(0, |code, byte| (code << 8) | u32::from(*byte))
}

/// Hashes a password as ASP.NET Identity version 3 does: base64 of 1, then big-endian 2 (HMAC-SHA512), the iterations and
/// the salt's length, then salt and hash. Sandbox Admin's users and Admin API's clients are stored so.
pub fn identity_hash(password: &str) -> String {
    let mut salt = [0_u8; SALT];
    rand::rng().fill_bytes(&mut salt);
    let mut hash = [0_u8; HASH];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA512,
        rounds(ITERATIONS),
        &salt,
        password.as_bytes(),
        &mut hash,
    );
    let mut packed = vec![1_u8];
    packed.extend(2_u32.to_be_bytes());
    packed.extend(ITERATIONS.to_be_bytes());
    packed.extend(16_u32.to_be_bytes());
    packed.extend(salt);
    packed.extend(hash);
    STANDARD.encode(packed)
}

/// Whether the hash, in the form of `identity_hash`, is one of that password.
pub fn verify_identity(stored: &str, password: &str) -> bool {
    let verified = || {
        let bytes = STANDARD.decode(stored).ok()?;
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let (2, iterations, salt) = (number(1)?, number(5)?, usize::try_from(number(9)?).ok()?)
        else {
            return None;
        };
        let (salt, hash) = bytes.get(HEADER..)?.split_at_checked(salt)?;
        let iterations = NonZeroU32::new(iterations)?;
        pbkdf2::verify(
            pbkdf2::PBKDF2_HMAC_SHA512,
            iterations,
            salt,
            password.as_bytes(),
            hash,
        )
        .ok()
    };
    verified().is_some()
}

fn rounds(iterations: u32) -> NonZeroU32 {
    NonZeroU32::new(iterations).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_hashes_open_for_their_secret_only() {
        let packed = pack("populatedSecret");
        assert!(verify(&packed, "populatedSecret"));
        assert!(!verify(&packed, "populatedsecret"));
        assert!(!verify("populatedSecret", "populatedSecret"));
        // The column holds 100 characters.
        assert_eq!(packed.len(), 84);
    }

    #[test]
    fn identity_hashes_open_for_their_password_only() {
        let stored = identity_hash("a password");
        assert!(verify_identity(&stored, "a password"));
        assert!(!verify_identity(&stored, "another"));
        assert!(!verify_identity("AQ==", "a password"));
    }
}
