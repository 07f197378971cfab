//! From what the operator named to a text: a built-in profile, or a file.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::problems::position;
use super::suggest::closest;
use super::{Rejected, codes};
use crate::diagnostic::{Diagnostic, Location, Severity};

/// Larger files are not profiles. In bytes.
pub const LARGEST: u64 = 1_000_000;

/// The text of a profile, and what to call it in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file as the operator named it, or the name of a built-in profile.
    pub file: PathBuf,
    /// The text. Where the file is not UTF-8, as much as can be shown of it.
    pub text: String,
}

/// The profiles that come with the program: name and text.
pub fn built_in() -> &'static [(&'static str, &'static str)] {
    &[
        ("demo", include_str!("../../profiles/demo.yml")),
        (
            "district-shared",
            include_str!("../../profiles/district-shared.yml"),
        ),
        (
            "district-years",
            include_str!("../../profiles/district-years.yml"),
        ),
        ("districts", include_str!("../../profiles/districts.yml")),
        ("tenants", include_str!("../../profiles/tenants.yml")),
        (
            "tenants-years",
            include_str!("../../profiles/tenants-years.yml"),
        ),
        (
            "state-shared",
            include_str!("../../profiles/state-shared.yml"),
        ),
        (
            "state-years",
            include_str!("../../profiles/state-years.yml"),
        ),
        (
            "legacy-districts",
            include_str!("../../profiles/legacy-districts.yml"),
        ),
        (
            "legacy-years",
            include_str!("../../profiles/legacy-years.yml"),
        ),
        (
            "legacy-shared",
            include_str!("../../profiles/legacy-shared.yml"),
        ),
        ("extension", include_str!("../../profiles/extension.yml")),
        ("sandbox", include_str!("../../profiles/sandbox.yml")),
    ]
}

/// Finds a profile by name or path, and its text.
///
/// Anything with a slash, a backslash or the ending `.yml` or `.yaml` is a path. Anything else is
/// the name of a built-in profile first, a file second.
pub fn find(name_or_path: &str) -> Result<Source, Box<Rejected>> {
    let path = Path::new(name_or_path);
    let ending = path.extension().is_some_and(|ending| {
        ending.eq_ignore_ascii_case("yml") || ending.eq_ignore_ascii_case("yaml")
    });
    let is_name = !ending && !name_or_path.contains(['/', '\\']);
    if is_name {
        if let Some((name, text)) = built_in().iter().find(|(name, _)| *name == name_or_path) {
            return Ok(Source {
                file: PathBuf::from(format!("{name} (built in)")),
                text: (*text).to_owned(),
            });
        }
        if !path.exists() {
            return reject(nothing(path), no_such_name(name_or_path));
        }
    }
    read_file(path)
}

fn reject(source: Source, diagnostic: Diagnostic) -> Result<Source, Box<Rejected>> {
    Err(Box::new(Rejected {
        diagnostics: vec![diagnostic],
        source,
    }))
}

fn nothing(path: &Path) -> Source {
    Source {
        file: path.to_owned(),
        text: String::new(),
    }
}

fn no_such_name(name: &str) -> Diagnostic {
    let names: Vec<&str> = built_in().iter().map(|(name, _)| *name).collect();
    let mut diagnostic = Diagnostic::new(
        codes::UNREADABLE,
        Severity::Block,
        format!("There is no profile “{name}”, and no file of that name here."),
    );
    diagnostic.expected = Some(format!("a file, or one of: {}", names.join(", ")));
    match closest(name, &names) {
        Some(meant) => diagnostic.help(format!("Did you mean {meant}?")),
        None => diagnostic,
    }
}

fn read_file(path: &Path) -> Result<Source, Box<Rejected>> {
    let fail = |code, message: String, help: &str| {
        let diagnostic = Diagnostic::new(code, Severity::Block, message).help(help);
        reject(nothing(path), diagnostic)
    };
    let shown = path.display();
    let unreadable = |error: &std::io::Error| {
        let (what, help) = match error.kind() {
            std::io::ErrorKind::NotFound => (
                "there is no such file".to_owned(),
                "Check the spelling, and the folder you are in.",
            ),
            std::io::ErrorKind::PermissionDenied => (
                "you may not read it".to_owned(),
                "Ask its owner for the right to read it, or make a copy of your own.",
            ),
            _ => (
                error.to_string(),
                "Check that the file can be opened in an editor.",
            ),
        };
        fail(
            codes::UNREADABLE,
            format!("{shown} cannot be read: {what}."),
            help,
        )
    };
    match std::fs::metadata(path) {
        Ok(kind) if kind.is_dir() => {
            return fail(
                codes::UNREADABLE,
                format!("{shown} is a folder, not a file."),
                "Name the profile in it, as in folder/district.yml.",
            );
        }
        Ok(_) => {}
        Err(error) => return unreadable(&error),
    }
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)) {
        Ok(_) => from_bytes(path, bytes),
        Err(error) => unreadable(&error),
    }
}

/// Turns the bytes of a file into text.
pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Source, Box<Rejected>> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        let diagnostic = Diagnostic::new(
            codes::TOO_LARGE,
            Severity::Block,
            format!(
                "{} is larger than 1 MB; it cannot be a profile.",
                path.display()
            ),
        )
        .help("A profile has a few dozen lines. Check that it is the right file.");
        return reject(nothing(path), diagnostic);
    }
    let file = path.to_owned();
    let error = match String::from_utf8(bytes) {
        Ok(text) => return Ok(Source { file, text }),
        Err(error) => error,
    };
    let at = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let byte = bytes.get(at).copied().unwrap_or_default();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (line, column) = position(&text, at);
    let mut diagnostic = Diagnostic::new(
        codes::NOT_UTF8,
        Severity::Block,
        format!(
            "The file is not UTF-8 text: byte {} of it cannot be read.",
            at + 1
        ),
    );
    diagnostic.found = Some(if utf16 {
        "UTF-16 text".to_owned()
    } else {
        format!("the byte {byte:02X}")
    });
    diagnostic.expected = Some("UTF-8 text".to_owned());
    diagnostic.help = Some(
        "Open the file in an editor and save it again with the encoding UTF-8. Notepad has the \
         choice at the bottom of “Save as”."
            .to_owned(),
    );
    diagnostic.location = Some(Location {
        file: file.clone(),
        line,
        column,
        bytes: at..at + '\u{fffd}'.len_utf8(),
    });
    // The rest may be anything; the lines up to the first wrong byte are all that is needed.
    let text = text
        .get(..at + '\u{fffd}'.len_utf8())
        .unwrap_or_default()
        .to_owned();
    reject(Source { file, text }, diagnostic)
}
