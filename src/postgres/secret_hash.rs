//! Client secrets as the API stores them: hashed, so that nobody who reads the database learns one.
//!
//! The form is base64 of a format byte 0, then little-endian 32-bit numbers: the algorithm's code (the
//! first four bytes of SHA-256 of its name), the rounds and the salt's length; then salt and hash
//! (Ed-Fi-ODS v7.3.2, `EdFi.Common/Security/Pbkdf2HmacSha256SecureHasher.cs` and
//! `PackedHashConverter.cs`). The API checks a secret with the rounds that stand in the hash, and when
//! they are not its own 600,000 it stores a new hash with those at the first use
//! (`AutoUpgradingHashedSecretVerifierDecorator.cs`).

use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::pbkdf2;
use sha2::{Digest as _, Sha256};

use crate::deployment::Secret;

/// The API's name of the algorithm.
const ALGORITHM: &str = "PBKDF2-HMACSHA256";
/// Rounds that we take. Our secrets have 190 random bits, which no number of rounds has to protect, and
/// a thousand clients are written in a moment. The API puts its own number in their place.
const ROUNDS: u32 = 1_000;
/// Length of the salt in bytes: the API's own 128 bits, or it would hash again for that alone.
const SALT: usize = 16;
/// Length of the hash in bytes.
const HASH: usize = 32;

/// The hash of a client's secret, always the same for the same client, so that scripts are values.
/// The salt comes from the key, which is public and of this client only.
pub fn packed_hash(key: &Secret, secret: &Secret) -> String {
    let digest = Sha256::digest(format!("edfi-setup salt {}", key.expose()));
    let salt: Vec<u8> = digest.iter().copied().take(SALT).collect();
    pack(secret.expose(), &salt, ROUNDS)
}

fn pack(secret: &str, salt: &[u8], rounds: u32) -> String {
    let mut hash = [0_u8; HASH];
    pbkdf2::derive(
        pbkdf2::PBKDF2_HMAC_SHA256,
        NonZeroU32::new(rounds).unwrap_or(NonZeroU32::MIN),
        salt,
        secret.as_bytes(),
        &mut hash,
    );
    let code: Vec<u8> = Sha256::digest(ALGORITHM).iter().copied().take(4).collect();
    let length = u32::try_from(salt.len()).unwrap_or_default();
    let mut packed = vec![0_u8];
    packed.extend(code);
    packed.extend(rounds.to_le_bytes());
    packed.extend(length.to_le_bytes());
    packed.extend(salt);
    packed.extend(hash);
    STANDARD.encode(packed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::standin::opens;

    #[test]
    fn the_hash_is_the_one_that_the_api_computes() {
        // The values of upstream's own test, Pbkdf2HmacSha256SecureHasherTests.cs.
        let packed = STANDARD
            .decode(pack("MyTestSecret", b"MyTestSalt", 600_000))
            .unwrap();
        let expected: [u8; 32] = [
            0xB9, 0x8C, 0x82, 0x7E, 0xE1, 0x87, 0xEC, 0x98, 0x77, 0x5E, 0x2A, 0x99, 0x5B, 0x87,
            0xDA, 0x1C, 0x98, 0x84, 0x45, 0xE8, 0x18, 0x25, 0xC4, 0x19, 0x6F, 0x3D, 0x9C, 0xDC,
            0x10, 0xD9, 0xED, 0xCF,
        ];
        assert_eq!(packed[23..], expected);
    }

    #[test]
    fn the_same_client_always_has_the_same_hash_and_no_other_client_has_it() {
        let hash = |key: &str, secret: &str| packed_hash(&Secret::new(key), &Secret::new(secret));
        let one = hash("key", "secret");
        assert_eq!(one, hash("key", "secret"));
        assert_ne!(one, hash("other key", "secret"));
        assert!(opens(&one, "secret") && !opens(&one, "Secret"));
        // The column holds 100 characters.
        assert_eq!(one.len(), 84);
    }
}
