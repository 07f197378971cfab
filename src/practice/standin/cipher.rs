//! The encryption of connection strings in `dbo.odsinstances`.
//!
//! The real programs store three base64 parts, `IV|ciphertext|HMAC`, under AES-256 in CBC mode. The stand-ins store three
//! base64 parts, `IV|ciphertext|tag`, under AES-256 in GCM mode: the same form and the same behaviour, but neither can
//! read the other's. A practice deployment and a real one never share a database.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::crash::Crash;

/// The key under which connection strings are stored.
#[derive(Clone)]
pub struct Cipher(std::sync::Arc<LessSafeKey>);

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher")
    }
}

impl Cipher {
    /// Reads a key: base64 of 32 bytes.
    pub fn from_base64(setting: &str, text: &str) -> Result<Self, Crash> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| {
            Crash::new(
                "System.FormatException",
                format!("The value of '{setting}' is not a valid Base-64 string."),
            )
        })?;
        let key = UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| {
            Crash::new(
                "System.ArgumentException",
                format!(
                    "The key in '{setting}' must have 256 bits (32 bytes); it has {} bytes.",
                    bytes.len()
                ),
            )
        })?;
        Ok(Self(std::sync::Arc::new(LessSafeKey::new(key))))
    }

    /// Encrypts with a fresh nonce.
    pub fn encrypt(&self, plain: &str) -> Option<String> {
        let mut nonce = [0_u8; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let mut data = plain.as_bytes().to_vec();
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::empty(),
                &mut data,
            )
            .ok()?;
        Some(format!(
            "{}|{}|{}",
            STANDARD.encode(nonce),
            STANDARD.encode(data),
            STANDARD.encode(tag.as_ref())
        ))
    }

    /// Decrypts, or says that this was not encrypted with this key.
    pub fn decrypt(&self, stored: &str) -> Option<String> {
        let mut parts = stored.split('|').map(|part| STANDARD.decode(part).ok());
        let (nonce, mut data, tag) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        data.extend_from_slice(&tag);
        let plain = self.0.open_in_place(nonce, Aad::empty(), &mut data).ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }

    /// What a program makes of a stored value: the connection string, and what it writes back, if anything.
    ///
    /// A value that this key does not open is taken for plain text, and is stored encrypted. If it was encrypted with
    /// another key, the original is lost at this moment: that is what the real one does.
    pub fn open(&self, stored: &str) -> (String, Option<String>) {
        match self.decrypt(stored) {
            Some(plain) => (plain, None),
            None => (stored.to_owned(), self.encrypt(stored)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "host=db;database=EdFi_Ods";

    fn cipher(byte: u8) -> Cipher {
        Cipher::from_base64("key", &STANDARD.encode([byte; 32])).unwrap()
    }

    #[test]
    fn round_trip() {
        let cipher = cipher(1);
        let stored = cipher.encrypt(PLAIN).unwrap();
        assert_eq!(stored.split('|').count(), 3);
        assert_ne!(stored, cipher.encrypt(PLAIN).unwrap());
        assert_eq!(cipher.decrypt(&stored).as_deref(), Some(PLAIN));
        assert_eq!(cipher.open(&stored), (PLAIN.to_owned(), None));
    }

    #[test]
    fn plain_text_is_read_and_written_back_encrypted() {
        let cipher = cipher(1);
        let (read, written) = cipher.open(PLAIN);
        assert_eq!(read, PLAIN);
        assert_eq!(cipher.decrypt(&written.unwrap()).as_deref(), Some(PLAIN));
    }

    #[test]
    fn a_wrong_key_destroys() {
        let right = cipher(1);
        let stored = right.encrypt(PLAIN).unwrap();
        let (read, written) = cipher(2).open(&stored);
        assert_eq!(read, stored);
        // Even the right key finds no connection string any more.
        assert_eq!(right.decrypt(&written.unwrap()), None);
    }

    #[test]
    fn keys_are_base64_of_32_bytes() {
        assert!(
            Cipher::from_base64("key", "not base64!")
                .unwrap_err()
                .message()
                .contains("Base-64")
        );
        assert!(
            Cipher::from_base64("key", "c2hvcnQ=")
                .unwrap_err()
                .message()
                .contains("it has 5 bytes")
        );
    }
}
