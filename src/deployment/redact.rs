//! Takes secret values out of text before it reaches a screen, a log or the journal.
//!
//! A value is found as it is and in the forms in which it usually leaks: base64 (three ways, for
//! it may begin anywhere in what was encoded, as in an `Authorization: Basic` header), base64 for
//! URLs, percent-encoded, and as JSON writes it. Private keys are found line by line.
//!
//! Values shorter than [`SHORTEST`] characters are left alone: they would match by chance, and
//! none that this program makes is that short.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::secrets::Secrets;

/// Length in bytes of the shortest value that is looked for.
pub const SHORTEST: usize = 6;

/// Finds secrets in text and puts `[secret: name]` in their place. Cheap to clone.
#[derive(Clone)]
pub struct Redactor(Arc<Patterns>);

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} patterns)", self.0.all.len())
    }
}

struct Patterns {
    all: Vec<Pattern>,
    /// Two-byte beginnings of all patterns, one bit each: most places in a text end here.
    beginnings: Vec<u64>,
    /// Patterns by their first [`SHORTEST`] bytes, the longest first.
    by_start: HashMap<[u8; SHORTEST], Vec<usize>>,
    longest: usize,
}

struct Pattern {
    text: Zeroizing<String>,
    label: Arc<str>,
}

/// Bytes of a text that belong to secrets, and how to call them.
struct Hit<'r> {
    start: usize,
    end: usize,
    label: &'r str,
}

impl Redactor {
    /// Looks for all values and private keys of a deployment.
    pub fn new(secrets: &Secrets) -> Self {
        let values = secrets
            .values
            .iter()
            .map(|(name, value)| (name.clone(), value.expose()));
        let keys = secrets
            .pairs
            .iter()
            .map(|(name, pair)| (format!("{name}-key"), pair.key.expose()));
        Self::of(values.chain(keys))
    }

    /// Looks for given values, each with the name to show instead.
    pub fn of<'v>(values: impl IntoIterator<Item = (String, &'v str)>) -> Self {
        let mut found = Vec::<Pattern>::new();
        for (name, value) in values {
            let label: Arc<str> = format!("[secret: {name}]").into();
            let long_enough = forms(value)
                .into_iter()
                .filter(|form| form.len() >= SHORTEST);
            found.extend(long_enough.map(|text| Pattern {
                text,
                label: label.clone(),
            }));
        }
        // Most forms of a simple value are the same; of two secrets with one value the first names it.
        found.sort_by(|a, b| a.text.as_str().cmp(&b.text));
        found.dedup_by(|a, b| a.text == b.text);
        let mut patterns = Patterns {
            all: Vec::with_capacity(found.len()),
            beginnings: vec![0; 65_536 / 64],
            by_start: HashMap::new(),
            longest: 0,
        };
        for pattern in found {
            let Some((start, _)) = pattern.text.as_bytes().split_first_chunk::<SHORTEST>() else {
                continue;
            };
            let [first, second, ..] = *start;
            if let Some((word, bit)) = patterns.beginning(first, second) {
                *word |= bit;
            }
            patterns.longest = patterns.longest.max(pattern.text.len());
            let number = patterns.all.len();
            patterns.by_start.entry(*start).or_default().push(number);
            patterns.all.push(pattern);
        }
        for numbers in patterns.by_start.values_mut() {
            let length = |&number: &usize| patterns.all.get(number).map_or(0, |p| p.text.len());
            numbers.sort_by_key(|number| std::cmp::Reverse(length(number)));
        }
        Self(Arc::new(patterns))
    }

    /// The text without secrets. No byte of any occurrence is left, also where two overlap.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let hits = self.0.find(text);
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut clean = String::with_capacity(text.len());
        append(&mut clean, text, &hits);
        Cow::Owned(clean)
    }

    /// For text that arrives in pieces: a secret cut in two by a piece's end is found as well.
    pub fn stream(&self) -> Redacting {
        Redacting {
            redactor: self.clone(),
            waiting: Zeroizing::default(),
        }
    }
}

/// Text that arrives in pieces. A complete line comes out at once; of an incomplete one, as much
/// as the longest secret is held back.
#[derive(Debug)]
pub struct Redacting {
    redactor: Redactor,
    waiting: Zeroizing<String>,
}

impl Redacting {
    /// Takes the next piece and gives what is safe to show by now.
    pub fn push(&mut self, piece: &str) -> String {
        self.waiting.push_str(piece);
        let patterns = &self.redactor.0;
        let hits = patterns.find(&self.waiting);
        // A secret that is not complete yet begins in the last bytes, and never spans lines.
        let held = patterns.longest.saturating_sub(1);
        let mut cut = self.waiting.len().saturating_sub(held);
        let line_end = self.waiting.rfind('\n').map_or(0, |at| at + 1);
        cut = self.waiting.floor_char_boundary(cut.max(line_end));
        if let Some(across) = hits.iter().find(|hit| hit.start < cut && cut < hit.end) {
            cut = across.start;
        }
        let safe = hits.partition_point(|hit| hit.end <= cut);
        let mut clean = String::new();
        let rest = Zeroizing::new(self.waiting.get(cut..).unwrap_or_default().to_owned());
        append(
            &mut clean,
            self.waiting.get(..cut).unwrap_or_default(),
            hits.get(..safe).unwrap_or_default(),
        );
        self.waiting = rest;
        clean
    }

    /// Gives what was held back; nothing more will come.
    pub fn finish(self) -> String {
        self.redactor.redact(&self.waiting).into_owned()
    }
}

impl Patterns {
    fn beginning(&mut self, first: u8, second: u8) -> Option<(&mut u64, u64)> {
        let (word, bit) = place(first, second);
        Some((self.beginnings.get_mut(word)?, bit))
    }

    /// The stretches of a text that belong to secrets, in order; what overlaps is one stretch.
    fn find(&self, text: &str) -> Vec<Hit<'_>> {
        let mut hits = Vec::<Hit<'_>>::new();
        if self.all.is_empty() {
            return hits;
        }
        let bytes = text.as_bytes();
        for (start, window) in bytes.windows(SHORTEST).enumerate() {
            let Some(key) = window.first_chunk::<SHORTEST>() else {
                continue;
            };
            let [first, second, ..] = *key;
            let (word, bit) = place(first, second);
            if self.beginnings.get(word).is_none_or(|bits| bits & bit == 0) {
                continue;
            }
            let Some(candidates) = self.by_start.get(key) else {
                continue;
            };
            let rest = bytes.get(start..).unwrap_or_default();
            let longest = candidates
                .iter()
                .filter_map(|&number| self.all.get(number))
                .find(|pattern| rest.starts_with(pattern.text.as_bytes()));
            let Some(pattern) = longest else { continue };
            let end = start + pattern.text.len();
            match hits.last_mut() {
                Some(last) if start < last.end => last.end = last.end.max(end),
                _ => hits.push(Hit {
                    start,
                    end,
                    label: &pattern.label,
                }),
            }
        }
        hits
    }
}

fn place(first: u8, second: u8) -> (usize, u64) {
    let number = usize::from(u16::from_be_bytes([first, second]));
    (number / 64, 1 << (number % 64))
}

fn append(clean: &mut String, text: &str, hits: &[Hit<'_>]) {
    let mut done = 0;
    for hit in hits {
        clean.push_str(text.get(done..hit.start).unwrap_or_default());
        clean.push_str(hit.label);
        done = hit.end;
    }
    clean.push_str(text.get(done..).unwrap_or_default());
}

/// A value in all forms that are looked for. Text of several lines is taken line by line, without
/// the lines that say what it is.
fn forms(value: &str) -> Vec<Zeroizing<String>> {
    if !value.contains('\n') {
        return forms_of_line(value);
    }
    let lines: Vec<&str> = value
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----") && !line.is_empty())
        .collect();
    // The lines of a PEM file also as one, which is how some programs print a key.
    let mut forms = vec![Zeroizing::new(lines.concat())];
    for line in lines {
        forms.extend(forms_of_line(line));
    }
    forms
}

fn forms_of_line(value: &str) -> Vec<Zeroizing<String>> {
    let mut forms = vec![
        value.to_owned(),
        percent_encoded(value, false),
        percent_encoded(value, true),
        json_escaped(value, false),
        json_escaped(value, true),
    ];
    // A short value's base64 has too few characters of its own to be told from other text.
    if value.len() >= SHORTEST {
        for before in 0..3 {
            forms.push(base64_inside(value, before, &STANDARD_NO_PAD));
            forms.push(base64_inside(value, before, &URL_SAFE_NO_PAD));
        }
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

/// The characters that stand for `value`, and for nothing beside it, where it was encoded with
/// `before` (modulo 3) bytes in front of it.
fn base64_inside(value: &str, before: usize, alphabet: &impl base64::Engine) -> String {
    let mut bytes = Zeroizing::new(vec![0; before]);
    bytes.extend_from_slice(value.as_bytes());
    let encoded = Zeroizing::new(alphabet.encode(&*bytes));
    // Six bits a character: those that share bits with a neighbour's byte are not ours alone.
    let from = (before * 8).div_ceil(6);
    let to = bytes.len() * 8 / 6;
    encoded.get(from..to).unwrap_or_default().to_owned()
}

/// As in a URL: everything but letters, digits and `-._~` as `%XX`.
fn percent_encoded(value: &str, lower: bool) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(value.len() * 3);
    for byte in value.bytes() {
        let done = if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
            Ok(())
        } else if lower {
            write!(text, "%{byte:02x}")
        } else {
            write!(text, "%{byte:02X}")
        };
        debug_assert!(done.is_ok(), "writing into memory does not fail");
    }
    text
}

/// As JSON writes it. `wary` is the way of .NET, which escapes what HTML would mind as well.
fn json_escaped(value: &str, wary: bool) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(value.len() * 2);
    for c in value.chars() {
        let done = match c {
            '+' | '<' | '>' | '&' | '\'' | '"' | '`' if wary => {
                write!(text, "\\u{:04X}", u32::from(c))
            }
            '"' | '\\' => write!(text, "\\{c}"),
            c if c.is_control() => write!(text, "\\u{:04x}", u32::from(c)),
            c => {
                text.push(c);
                Ok(())
            }
        };
        debug_assert!(done.is_ok(), "writing into memory does not fail");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use proptest::prelude::*;

    fn redactor(values: &[(&str, &str)]) -> Redactor {
        Redactor::of(values.iter().map(|&(name, value)| (name.to_owned(), value)))
    }

    #[test]
    fn every_form_is_found() {
        let value = "Kx7/+q9Zb3==LmN0aPd5";
        let redactor = redactor(&[("db", value)]);
        let encoded = |text: String| STANDARD.encode(text);
        let mut texts = vec![
            format!("Password={value};"),
            "x=Kx7%2F%2Bq9Zb3%3D%3DLmN0aPd5&".to_owned(),
            "x=Kx7%2f%2bq9Zb3%3d%3dLmN0aPd5&".to_owned(),
            r#"{"p":"Kx7/\u002Bq9Zb3==LmN0aPd5"}"#.to_owned(),
        ];
        for before in 0..4 {
            texts.push(encoded(format!("{}{value}:more", "u".repeat(before))));
            texts.push(URL_SAFE.encode(format!("{}{value}", "u".repeat(before))));
        }
        for text in texts {
            let clean = redactor.redact(&text);
            assert!(clean.contains("[secret: db]"), "{text} -> {clean}");
            for left in ["q9Zb3", "LmN0a"] {
                assert!(!clean.contains(left), "{clean}");
            }
        }
    }

    #[test]
    fn a_private_key_is_found_line_by_line_and_as_one() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\nAwEHBG0wawIBAQQgAAAA\n-----END PRIVATE KEY-----\n";
        let redactor = redactor(&[("server-key", pem)]);
        let clean = redactor.redact(pem);
        assert_eq!(
            clean,
            "-----BEGIN PRIVATE KEY-----\n[secret: server-key]\n[secret: server-key]\n-----END PRIVATE KEY-----\n"
        );
        let quoted = serde_json::to_string(pem).unwrap();
        assert!(!redactor.redact(&quoted).contains("MIGH"));
        assert_eq!(
            redactor.redact("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAA"),
            "[secret: server-key]"
        );
    }

    #[test]
    fn what_overlaps_goes_altogether() {
        let redactor = redactor(&[
            ("one", "abcdefgh"),
            ("two", "efghijkl"),
            ("three", "abcdef"),
        ]);
        assert_eq!(redactor.redact("-abcdefghijkl-"), "-[secret: one]-");
        assert_eq!(
            redactor.redact("abcdefefghijkl"),
            "[secret: three][secret: two]"
        );
        // One inside the other's last bytes, and longer than it.
        let inner = self::redactor(&[("short", "bcdefg"), ("long", "defghijklmn")]);
        assert_eq!(inner.redact("abcdefghijklmno"), "a[secret: short]o");
    }

    #[test]
    fn short_values_and_other_text_are_left_alone() {
        let redactor = redactor(&[("pin", "12345"), ("empty", ""), ("real", "correcthorse")]);
        let text = "12345 correcthors äöü correct horse";
        assert!(matches!(redactor.redact(text), Cow::Borrowed(same) if same == text));
        assert_eq!(
            redactor.redact("é12345 correcthorse é"),
            "é12345 [secret: real] é"
        );
    }

    #[test]
    fn a_complete_line_is_not_held_back() {
        let mut stream = redactor(&[("a", "0123456789abcdef")]).stream();
        assert_eq!(stream.push("ready\nnext 012345"), "ready\n");
        assert_eq!(stream.push("6789abcdef\n"), "next [secret: a]\n");
        assert_eq!(stream.finish(), "");
    }

    fn value() -> impl Strategy<Value = String> {
        "[A-Za-z0-9+/=._~é-]{6,40}"
    }

    proptest! {
        #[test]
        fn no_occurrence_survives(
            values in prop::collection::vec(value(), 1..5),
            pieces in prop::collection::vec((".{0,20}", any::<prop::sample::Index>(), 0..6_usize), 0..8),
        ) {
            let named: Vec<_> = values.iter().map(|v| ("\u{1}".to_owned(), v.as_str())).collect();
            let redactor = Redactor::of(named);
            let mut text = String::new();
            for (noise, which, form) in &pieces {
                text.push_str(noise);
                let value = which.get(&values);
                text.push_str(&match form {
                    0 => value.clone(),
                    1 => percent_encoded(value, false),
                    2 => percent_encoded(value, true),
                    3 => json_escaped(value, true),
                    4 => STANDARD.encode(format!("u:{value}")),
                    _ => URL_SAFE.encode(format!("user:{value}")),
                });
            }
            // Between two labels nothing may be left that is a value or its base64.
            for left in redactor.redact(&text).split("[secret: \u{1}]") {
                for value in &values {
                    prop_assert!(!left.contains(value.as_str()), "{left}");
                    prop_assert!(!left.contains(&percent_encoded(value, false)));
                }
            }
            prop_assert_eq!(redactor.redact(&text) == text, redactor.0.find(&text).is_empty());
        }

        #[test]
        fn pieces_give_the_same_as_the_whole(
            values in prop::collection::vec("[ab]{6,9}", 1..4),
            text in "[ab\né ]{0,200}",
            cuts in prop::collection::vec(1..20_usize, 0..40),
        ) {
            let redactor = Redactor::of(values.iter().map(|v| (v.clone(), v.as_str())));
            let mut stream = redactor.stream();
            let mut out = String::new();
            let mut rest = text.as_str();
            for cut in cuts {
                let at = rest.floor_char_boundary(cut.min(rest.len()));
                let (piece, after) = rest.split_at(at);
                out.push_str(&stream.push(piece));
                rest = after;
            }
            out.push_str(&stream.push(rest));
            out.push_str(&stream.finish());
            prop_assert_eq!(out, redactor.redact(&text).into_owned());
        }
    }

    #[test]
    fn a_long_line_is_read_once() {
        // Four megabytes full of beginnings; quadratic work would take minutes.
        let redactor = redactor(&[("a", "abababababababababababababababab")]);
        let text = "abababababababababababababab ".repeat(150_000);
        assert!(matches!(redactor.redact(&text), Cow::Borrowed(_)));
    }
}
