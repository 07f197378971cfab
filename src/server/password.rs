//! Passwords from a file or from the environment, never from the command line.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::target::{Field, FieldError};
use crate::deployment::Secret;

/// The longest password that PostgreSQL takes is far below this; a larger file is the wrong one.
const LONGEST: u64 = 4096;

/// Reads a password from a file that nobody else may read. A line end behind it is no part of it.
///
/// Links are followed, as secret managers make them; what they lead to must be private.
pub fn from_file(path: &Path) -> Result<Secret, FieldError> {
    let shown = path.display();
    let failed = |message: String, help: String| FieldError::new(Field::Password, message, help);
    let mut file = fs::File::open(path).map_err(|error| {
        failed(
            format!(
                "The password file {shown} cannot be read ({}).",
                reason(&error)
            ),
            "Look at its name, and whether this user may read it.".to_owned(),
        )
    })?;
    let found = file.metadata().map_err(|error| {
        failed(
            format!(
                "The password file {shown} cannot be looked at ({}).",
                reason(&error)
            ),
            "Give another file.".to_owned(),
        )
    })?;
    if !found.is_file() {
        return Err(failed(
            format!("{shown} is not a file."),
            "Give a file that holds nothing but the password.".to_owned(),
        ));
    }
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(failed(
            format!(
                "Other users of this computer can get at the password file {shown} (its mode is {mode:03o})."
            ),
            format!(
                "Close it to others with: chmod 600 {}",
                crate::words::shell_word(&shown.to_string())
            ),
        ));
    }
    let wrong = || {
        failed(
            format!("{shown} holds no password: it is empty, too long, or no text."),
            "Give a file with the password on its first line and nothing else.".to_owned(),
        )
    };
    if found.len() > LONGEST {
        return Err(wrong());
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(LONGEST).unwrap_or_default(),
    ));
    file.read_to_end(&mut bytes).map_err(|_| wrong())?;
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong())?;
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() || line.contains('\n') {
        return Err(wrong());
    }
    Ok(Secret::new(line))
}

/// Reads a password from the variable of that name.
pub fn from_variable(name: &str) -> Result<Secret, FieldError> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
        Ok(_) | Err(std::env::VarError::NotPresent) => Err(FieldError::new(
            Field::Password,
            format!("The environment variable {name} is not set, or empty."),
            "Give the name of the variable that holds the password, not the password itself.",
        )),
        Err(std::env::VarError::NotUnicode(_)) => Err(FieldError::new(
            Field::Password,
            format!("What the environment variable {name} holds is no text."),
            "PostgreSQL's passwords are text (UTF-8).",
        )),
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is none".to_owned(),
        std::io::ErrorKind::PermissionDenied => "no permission".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn file(content: &[u8], mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pw");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_private_file_gives_its_first_line_as_it_is() {
        for (content, password) in [
            (&b"p w'\"\\ "[..], "p w'\"\\ "),
            (b"secret\n", "secret"),
            (b"secret\r\n", "secret"),
        ] {
            let (_folder, path) = file(content, 0o600);
            assert_eq!(from_file(&path).unwrap().expose(), password);
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_and_its_content_not_shown() {
        for mode in [0o640, 0o604, 0o660] {
            let (_folder, path) = file(b"hunter2", mode);
            let error = from_file(&path).unwrap_err();
            assert!(error.help.contains("chmod 600"), "{error:?}");
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn what_is_no_password_is_refused() {
        for content in [&b""[..], b"\n", b"a\nb\n", b"\xff\xfe", &[b'a'; 5000]] {
            let (_folder, path) = file(content, 0o600);
            assert!(from_file(&path).is_err(), "{content:?}");
        }
        assert!(from_file(Path::new("/no/such/file")).is_err());
        assert!(from_file(Path::new("/tmp")).is_err());
        assert!(from_variable("EDFI_SURELY_NOT_SET").is_err());
    }
}
