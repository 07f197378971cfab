use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::deployment::Secret;
use crate::export::{ExportedFile, ExportedProgram};

fn project(text: &str) -> Exported {
    let file = |name: &str, mode| ExportedFile {
        name: name.to_owned(),
        text: Secret::new(text),
        mode,
        about: String::new(),
    };
    Exported {
        files: vec![
            file(COMPOSE_FILE, FileMode::Public),
            file(".env", FileMode::Private),
            file("databases/a.sql", FileMode::Private),
        ],
        programs: vec![ExportedProgram {
            name: "extensions/Sample/Sample.dll".to_owned(),
            bytes: [0xff, 0x00].into(),
        }],
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn writes_into_a_new_folder_and_leaves_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("new");
    let written = write(&project("one"), &folder, false).unwrap();
    assert!(!written.replaced);
    let names: Vec<String> = entries(&folder).unwrap().into_iter().collect();
    assert_eq!(
        names,
        [
            ".env",
            "compose.yaml",
            "databases/a.sql",
            "extensions/Sample/Sample.dll"
        ]
    );
    let program = folder.join("extensions/Sample/Sample.dll");
    assert_eq!(fs::read(&program).unwrap(), [0xff, 0x00]);
    assert_eq!(mode(&program), 0o644);
    assert!(!folder.join(STAGE).exists());
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(".env")), 0o600);
    assert_eq!(mode(&folder.join("databases/a.sql")), 0o600);
    assert_eq!(mode(&folder.join(COMPOSE_FILE)), 0o644);
}

#[test]
fn other_files_are_named_and_nothing_is_written() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("sub")).unwrap();
    fs::write(home.path().join("sub/notes.txt"), "mine").unwrap();
    for force in [false, true] {
        let error = write(&project("one"), home.path(), force).unwrap_err();
        assert!(error.to_string().ends_with(": sub/notes.txt"), "{error}");
        assert_eq!(error.diagnostic().code, "E-7001");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    let file = home.path().join("sub/notes.txt");
    assert!(matches!(
        write(&project("one"), &file, false),
        Err(FolderError::File(FileError::NotAFolder { .. }))
    ));
}

#[test]
fn force_replaces_an_earlier_export_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    write(&project("one"), home.path(), false).unwrap();
    let error = write(&project("two"), home.path(), false).unwrap_err();
    assert_eq!(error.diagnostic().code, "E-7002");
    assert_eq!(read(".env"), "one");

    fs::write(home.path().join("notes.txt"), "mine").unwrap();
    assert!(write(&project("two"), home.path(), true).unwrap().replaced);
    assert_eq!(read(".env"), "two");
    assert_eq!(read("databases/a.sql"), "two");
    assert_eq!(read("notes.txt"), "mine");
    let error = write(&project("three"), home.path(), false).unwrap_err();
    assert_eq!(error.diagnostic().code, "E-7001");

    // A file of this name that no export wrote is somebody's own.
    fs::write(home.path().join("other.sql"), "mine").unwrap();
    let mut more = project("three");
    more.files[1].name = "other.sql".to_owned();
    let error = write(&more, home.path(), true).unwrap_err();
    assert_eq!(error.diagnostic().code, "E-7003");
    assert_eq!(
        (read("other.sql"), read(".env")),
        ("mine".to_owned(), "two".to_owned())
    );
}

#[test]
fn a_link_is_not_followed_out_of_the_folder() {
    let home = tempfile::tempdir().unwrap();
    let outside = home.path().join("outside");
    let folder = home.path().join("in");
    fs::create_dir(&outside).unwrap();
    write(&project("one"), &folder, false).unwrap();
    fs::remove_dir_all(folder.join("databases")).unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("databases")).unwrap();
    let error = write(&project("two"), &folder, true).unwrap_err();
    assert_eq!(error.diagnostic().code, "E-7003");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn what_a_killed_export_left_is_no_hindrance() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(STAGE)).unwrap();
    fs::write(home.path().join(STAGE).join(".env"), "half").unwrap();
    write(&project("one"), home.path(), false).unwrap();
    // Killed between two renames: some files are there, and the mark.
    fs::remove_file(home.path().join(COMPOSE_FILE)).unwrap();
    write(&project("two"), home.path(), true).unwrap();
    let text = fs::read_to_string(home.path().join(COMPOSE_FILE)).unwrap();
    assert_eq!(text, "two");
}

#[test]
fn a_failure_leaves_no_trace() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("new");
    let mut broken = project("one");
    // Too long for any file system.
    broken.files[2].name = "x".repeat(300);
    assert!(write(&broken, &folder, false).is_err());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
