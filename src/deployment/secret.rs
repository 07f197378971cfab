//! One secret value: never printed by accident, wiped when dropped, made from the system's
//! random source.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

/// A value that must not appear on a screen, in a log, a journal or a plan.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a value into custody.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// Hands the value out. Every call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What a generated secret has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// 32 letters and digits, about 190 bits: safe in URLs, shells, connection strings and SQL.
    Password,
    /// 20 letters and digits, for the public half of an API client's credentials.
    ClientKey,
    /// 40 letters, digits and the signs `-`, `.`, `_` and `~`, some of each: the rule of Admin API 2.1 and later for
    /// a client's secret (32 to 128 characters with a small and a capital letter, a digit and a sign;
    /// ODS-Admin-API v2.3.2, `RegisterService`). These four signs mean nothing in addresses, forms and shells.
    MixedPassword,
    /// Base64 of 32 random bytes, for the connection-string encryption and signing keys.
    Key256,
}

impl SecretKind {
    /// Whether a value that is there already can serve. A password or client key may have been
    /// chosen by somebody and is left alone; a 256-bit key of another size stops the API.
    pub fn accepts(self, value: &Secret) -> bool {
        match self {
            Self::Password | Self::ClientKey => !value.expose().is_empty(),
            Self::MixedPassword => is_mixed(value.expose()),
            Self::Key256 => STANDARD
                .decode(value.expose())
                .map(Zeroizing::new)
                .is_ok_and(|bytes| bytes.len() == 32),
        }
    }

    /// The form in words.
    pub fn form(self) -> &'static str {
        match self {
            Self::Password => "32 letters and digits",
            Self::ClientKey => "20 letters and digits",
            Self::MixedPassword => {
                "32 to 128 characters with a small and a capital letter, a digit and a sign"
            }
            Self::Key256 => "32 bytes in base64, 44 characters",
        }
    }
}

/// A secret that a stack needs, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRequest {
    /// Name in the secrets file, as in `postgres-password`.
    pub name: String,
    /// Form of the value.
    pub kind: SecretKind,
}

/// The system's random source gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("this computer's source of random numbers does not answer: {0}")]
pub struct NoRandom(String);

/// A new value of that form, from the system's random source.
pub fn generate(kind: SecretKind) -> Result<Secret, NoRandom> {
    match kind {
        SecretKind::Password => random_text(LETTERS_AND_DIGITS, 32),
        SecretKind::ClientKey => random_text(LETTERS_AND_DIGITS, 20),
        SecretKind::MixedPassword => loop {
            let text = random_text(LETTERS_DIGITS_AND_SIGNS, 40)?;
            // A sign at an end is easily lost when somebody marks and copies it, or taken for an option.
            let ends = [text.expose().chars().next(), text.expose().chars().last()];
            let plain = |end: &Option<char>| end.is_some_and(|end| end.is_ascii_alphanumeric());
            if is_mixed(text.expose()) && ends.iter().all(plain) {
                return Ok(text);
            }
        },
        SecretKind::Key256 => {
            let mut bytes = Zeroizing::new([0_u8; 32]);
            fill(&mut *bytes)?;
            Ok(Secret::new(STANDARD.encode(*bytes)))
        }
    }
}

/// A new public name for a set of secrets: 20 lower-case letters and digits, about 100 bits.
pub(super) fn random_id() -> Result<String, NoRandom> {
    random_text(b"abcdefghijklmnopqrstuvwxyz0123456789", 20).map(|id| id.expose().to_owned())
}

/// Fills a buffer with random bytes.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), NoRandom> {
    SysRng
        .try_fill_bytes(bytes)
        .map_err(|error| NoRandom(error.to_string()))
}

/// The Admin API's rule for a client's secret.
fn is_mixed(text: &str) -> bool {
    let has = |sort: fn(char) -> bool| text.chars().any(sort);
    (32..=128).contains(&text.chars().count())
        && has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_uppercase())
        && has(|c| c.is_ascii_digit())
        && has(|c| !c.is_ascii_alphanumeric())
}

const LETTERS_DIGITS_AND_SIGNS: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn random_text(alphabet: &[u8], length: usize) -> Result<Secret, NoRandom> {
    // A byte beyond the last whole multiple of the alphabet would favour its first letters.
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut bytes = Zeroizing::new([0_u8; 64]);
    while text.len() < length {
        fill(&mut *bytes)?;
        let letters = bytes
            .iter()
            .map(|&byte| usize::from(byte))
            .filter(|&byte| byte < fair)
            .filter_map(|byte| alphabet.get(byte % alphabet.len()))
            .map(|&letter| char::from(letter));
        text.extend(letters.take(length - text.len()));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn generated_values_have_the_promised_form() {
        for (kind, length) in [(SecretKind::Password, 32), (SecretKind::ClientKey, 20)] {
            let value = generate(kind).unwrap();
            assert_eq!(value.expose().len(), length);
            assert!(value.expose().bytes().all(|b| b.is_ascii_alphanumeric()));
            assert!(kind.accepts(&value));
        }
        let key = generate(SecretKind::Key256).unwrap();
        assert_eq!(key.expose().len(), 44);
        assert!(SecretKind::Key256.accepts(&key));
    }

    #[test]
    fn a_mixed_password_has_some_of_everything_and_no_sign_at_its_ends() {
        for _ in 0..200 {
            let value = generate(SecretKind::MixedPassword).unwrap();
            let text = value.expose();
            assert_eq!(text.len(), 40);
            assert!(SecretKind::MixedPassword.accepts(&value));
            assert!(text.bytes().all(|b| LETTERS_DIGITS_AND_SIGNS.contains(&b)));
            let end = |c: Option<char>| c.unwrap().is_ascii_alphanumeric();
            assert!(end(text.chars().next()) && end(text.chars().last()));
        }
        for weak in [
            "aB3.",
            &"ab3.".repeat(8),
            &"aB34".repeat(8),
            &"aB3.".repeat(33),
        ] {
            assert!(
                !SecretKind::MixedPassword.accepts(&Secret::new(weak)),
                "{weak}"
            );
        }
    }

    #[test]
    fn every_letter_comes_up_about_as_often_as_any_other() {
        let mut counts = std::collections::BTreeMap::<u8, u32>::new();
        for _ in 0..1000 {
            for letter in generate(SecretKind::Password).unwrap().expose().bytes() {
                *counts.entry(letter).or_default() += 1;
            }
        }
        assert_eq!(counts.len(), 62);
        // 516 expected of each, standard deviation 23: ten of them never happen by chance.
        assert!(
            counts.values().all(|&count| (286..746).contains(&count)),
            "{counts:?}"
        );
    }

    #[test]
    fn no_value_comes_twice_and_debug_shows_none() {
        let values: BTreeSet<_> = (0..200)
            .map(|_| generate(SecretKind::ClientKey).unwrap().expose().to_owned())
            .collect();
        assert_eq!(values.len(), 200);
        assert_eq!(format!("{:?}", Secret::new("abcdef")), "[secret]");
    }

    #[test]
    fn a_key_of_another_size_does_not_serve() {
        for bad in [
            "",
            "abc",
            &STANDARD.encode([7; 31]),
            &STANDARD.encode([7; 33]),
            "not base64!",
        ] {
            assert!(!SecretKind::Key256.accepts(&Secret::new(bad)), "{bad}");
        }
    }
}
