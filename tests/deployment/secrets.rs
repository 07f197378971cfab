//! The one file with secrets.

use crate::world::{mode, request, world};
use edfi_setup::deployment::file::backup_path;
use edfi_setup::deployment::{
    Backup, FileError, KeyPair, Redactor, Secret, SecretKind, SecretRequest, Secrets, SecretsError,
    ensure_certificate,
};
use proptest::prelude::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn requests() -> [SecretRequest; 3] {
    [
        request("postgres-password", SecretKind::Password),
        request("first-client-key", SecretKind::ClientKey),
        request("encryption-key", SecretKind::Key256),
    ]
}

#[test]
fn what_is_missing_is_made_and_what_is_there_stays() {
    let world = world();
    assert_eq!(Secrets::load(&world.folder).unwrap(), None);
    let lock = world.lock();
    let first = Secrets::ensured(&lock, &requests()[..1]).unwrap();
    let second = Secrets::ensured(&lock, &requests()).unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(
        first.get("postgres-password"),
        second.get("postgres-password")
    );
    assert_eq!(second.values.len(), 3);
    assert_eq!(
        Secrets::load(&world.folder).unwrap().as_ref(),
        Some(&second)
    );
    let path = world.folder.secrets();
    for file in [path.clone(), backup_path(&path)] {
        assert_eq!(mode(&file), 0o600);
    }
    // With nothing to make, nothing is written.
    let written = fs::metadata(&path).unwrap().modified().unwrap();
    assert_eq!(Secrets::ensured(&lock, &requests()).unwrap(), second);
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
    assert_ne!(Secrets::fresh().unwrap().id, second.id);
}

#[test]
fn what_a_newer_hand_wrote_survives() {
    let world = world();
    let lock = world.lock();
    let first = Secrets::ensured(&lock, &requests()).unwrap();
    let path = world.folder.secrets();
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    text["vault"] = serde_json::json!({"address": ["a", 1, null]});
    text["values"]["of-another-version"] = "abcdefgh".into();
    text["adopted_ids"] = serde_json::json!(["earlierset1"]);
    fs::write(&path, text.to_string()).unwrap();

    let more = request("one-more", SecretKind::Password);
    let after = Secrets::ensured(&lock, &[more]).unwrap();
    assert_eq!(after.others["vault"]["address"][1], 1);
    assert_eq!(
        after.get("of-another-version"),
        Some(&Secret::new("abcdefgh"))
    );
    assert!(after.knows_id("earlierset1") && after.knows_id(&first.id) && !after.knows_id("other"));
    assert_eq!(Secrets::load(&world.folder).unwrap(), Some(after));
}

#[test]
fn a_file_cut_off_anywhere_is_refused_and_never_overwritten() {
    let world = world();
    let lock = world.lock();
    let secrets = Secrets::ensured(&lock, &requests()).unwrap();
    let path = world.folder.secrets();
    let whole = fs::read(&path).unwrap();
    // The last byte is the line's end; without it the file is whole.
    for cut in 0..whole.len() - 1 {
        fs::write(&path, &whole[..cut]).unwrap();
        let error = Secrets::ensured(&lock, &requests()).unwrap_err();
        assert!(
            matches!(
                &error,
                SecretsError::Damaged {
                    backup: Backup::Whole,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(matches!(
            secrets.save(&lock).unwrap_err(),
            SecretsError::Damaged { .. }
        ));
        assert_eq!(fs::read(&path).unwrap(), whole[..cut]);
    }
    let help = Secrets::load(&world.folder).unwrap_err().help();
    let command = help.split("with: ").nth(1).unwrap();
    assert!(
        std::process::Command::new("sh")
            .args(["-c", command])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(Secrets::load(&world.folder).unwrap(), Some(secrets));
}

#[test]
fn damage_is_told_all_at_once_and_without_values() {
    let world = world();
    let lock = world.lock();
    let path = world.folder.secrets();
    let told = |text: &str| {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let error = Secrets::ensured(&lock, &requests()).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        error
    };
    let error = told(
        r#"{"version": 1, "values": {"a": "", "b": "se cret", "c": "secret\u0000", "d": 7, "E": "secret", "f": "fine"}}"#,
    );
    let text = error.to_string();
    for part in [
        "its id is missing",
        "value of a is empty",
        "value of b has odd",
        "value of c has odd",
        "value of d is not text",
        "name \"E\" has odd",
        "secrets.json",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("se cret") && !text.contains("value of f"),
        "{text}"
    );
    assert!(error.help().contains("no backup copy"), "{}", error.help());
    assert_eq!(error.code(), "E-2011");

    for (text, part) in [
        ("", "it is empty"),
        ("\0\0\0\0", "not readable at line 1"),
        ("[]", "not readable"),
        (r#"{"id": "abcdefgh", "values": {}}"#, "version is missing"),
        (
            r#"{"version": 1, "id": "ab/cdefgh", "values": {}}"#,
            "id has odd",
        ),
        (r#"{"version": 1, "id": "abcdefgh"}"#, "values are missing"),
        (
            r#"{"version": 1, "id": "abcdefgh", "values": []}"#,
            "values are missing",
        ),
        (
            r#"{"version": 1, "id": "abcdefgh", "values": {}, "adopted_ids": [1]}"#,
            "adopted ids",
        ),
        (
            r#"{"version": 1, "id": "abcdefgh", "values": {}, "pairs": {"server": {"key": "x"}}}"#,
            "key or certificate of server",
        ),
        (
            r#"{"version": 1, "id": "abcdefgh", "values": {"encryption-key": "c2hvcnQ="}}"#,
            "encryption-key does not have the form",
        ),
    ] {
        let error = told(text);
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
    let newer = told(r#"{"version": 2}"#);
    assert!(
        matches!(newer, SecretsError::Newer { found: 2, .. }),
        "{newer:?}"
    );
}

#[test]
fn a_lost_file_with_its_backup_is_not_made_anew() {
    let world = world();
    let lock = world.lock();
    let secrets = Secrets::ensured(&lock, &requests()).unwrap();
    let path = world.folder.secrets();
    fs::remove_file(&path).unwrap();
    let error = Secrets::ensured(&lock, &requests()).unwrap_err();
    assert!(
        matches!(error, SecretsError::OnlyBackup { .. }),
        "{error:?}"
    );
    assert!(!path.exists());
    fs::copy(backup_path(&path), &path).unwrap();
    assert_eq!(Secrets::load(&world.folder).unwrap(), Some(secrets));
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let world = world();
    let lock = world.lock();
    Secrets::ensured(&lock, &requests()).unwrap();
    let path = world.folder.secrets();
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let error = Secrets::load(&world.folder).unwrap_err();
    assert!(matches!(
        &error,
        SecretsError::File(FileError::Exposed { mode: 0o644, .. })
    ));
    assert!(
        error
            .help()
            .contains(&format!("chmod 600 {}", path.display())),
        "{}",
        error.help()
    );
}

#[test]
fn nothing_in_use_is_changed_or_lost() {
    let world = world();
    let lock = world.lock();
    let mut secrets = Secrets::ensured(&lock, &requests()).unwrap();
    secrets.adopted_ids.push("earlierset1".to_owned());
    secrets.save(&lock).unwrap();
    let text = fs::read(world.folder.secrets()).unwrap();
    let change = |what: &str, change: &dyn Fn(&mut Secrets)| {
        let mut other = secrets.clone();
        change(&mut other);
        let error = other.save(&lock).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert_eq!(fs::read(world.folder.secrets()).unwrap(), text);
    };
    change("encryption-key", &|s| {
        s.values
            .insert("encryption-key".to_owned(), Secret::new("other"));
    });
    change("postgres-password", &|s| {
        s.values.remove("postgres-password");
    });
    change("the id", &|s| s.id = "anotherid".to_owned());
    change("adopted id", &|s| s.adopted_ids.clear());
    // What could not be read back is not written either.
    change("odd characters", &|s| {
        s.values.insert("new".to_owned(), Secret::new("two words"));
    });
    change("key or certificate", &|s| {
        let pair = KeyPair {
            key: Secret::new("x"),
            certificate: String::new(),
        };
        s.pairs.insert("server".to_owned(), pair);
    });
}

#[test]
fn debug_shows_no_value() {
    let world = world();
    let secrets = Secrets::ensured(&world.lock(), &requests()).unwrap();
    let shown = format!("{secrets:?}");
    assert!(
        secrets
            .values
            .values()
            .all(|value| !shown.contains(value.expose()))
    );
}

#[test]
fn the_redactor_knows_every_value_and_key() {
    let world = world();
    let lock = world.lock();
    let mut secrets = Secrets::ensured(&lock, &requests()).unwrap();
    let now = jiff::Timestamp::now();
    ensure_certificate(&lock, &mut secrets, "localhost", "gateway", now).unwrap();
    let file = fs::read_to_string(world.folder.secrets()).unwrap();
    let clean = Redactor::new(&secrets).redact(&file).into_owned();
    for (name, value) in &secrets.values {
        assert!(file.contains(value.expose()) && !clean.contains(value.expose()));
        assert!(clean.contains(&format!("[secret: {name}]")), "{clean}");
    }
    for (name, pair) in &secrets.pairs {
        assert!(clean.contains(&format!("[secret: {name}-key]")), "{clean}");
        for line in pair
            .key
            .expose()
            .lines()
            .filter(|line| !line.starts_with("---"))
        {
            assert!(file.contains(line) && !clean.contains(line), "{clean}");
        }
    }
    // It stays readable: the id and the certificates are no secrets.
    assert!(clean.contains(&secrets.id) && clean.contains("BEGIN CERTIFICATE"));
    let read: serde_json::Value = serde_json::from_str(&clean).unwrap();
    assert_eq!(
        read["pairs"]["server"]["certificate"],
        secrets.pairs["server"].certificate
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_is_saved_is_loaded(
        values in prop::collection::btree_map("[a-z0-9._-]{1,20}", "[A-Za-z0-9+/=_.~-]{1,60}", 0..8),
        adopted in prop::collection::vec("[a-z0-9]{8,20}", 0..3),
        note in ".{0,40}",
    ) {
        let world = world();
        let lock = world.lock();
        let values = values.into_iter().map(|(name, value)| (name, Secret::new(value)));
        let mut secrets = Secrets::with_values("abcdefgh", values);
        secrets.adopted_ids = adopted;
        secrets.others.insert("remark".to_owned(), note.into());
        secrets.save(&lock).unwrap();
        prop_assert_eq!(Secrets::load(&world.folder).unwrap(), Some(secrets));
    }
}
