//! Modes, links, and disks and folders that do not take what we write.

use crate::child;
use crate::world::{mode, world};
use edfi_setup::deployment::FileError;
use edfi_setup::deployment::file::{self, Keep, PRIVATE, PUBLIC};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// A user number without rights, on every system we know.
const NOBODY: u32 = 65_534;

fn we_are_root(path: &Path) -> bool {
    fs::metadata(path).unwrap().uid() == 0
}

#[test]
fn folders_and_files_have_their_modes() {
    let world = world();
    drop(world.lock());
    let folder = world.folder.path();
    assert_eq!(mode(folder), 0o700);
    assert_eq!(mode(folder.parent().unwrap()), 0o700);
    for wanted in [PRIVATE, PUBLIC] {
        let path = folder.join(format!("mode-{wanted:o}"));
        for text in ["one", "two"] {
            file::write(&path, text.as_bytes(), wanted, Keep::Previous).unwrap();
            assert_eq!(mode(&path), wanted);
        }
        assert_eq!(mode(&file::backup_path(&path)), wanted);
        assert_eq!(fs::read_to_string(file::backup_path(&path)).unwrap(), "one");
    }
}

#[test]
fn a_folder_or_file_open_to_others_is_refused_with_the_command_that_closes_it() {
    let world = world();
    drop(world.lock());
    let path = world.folder.path().join("it's here");
    file::write(&path, b"x", PRIVATE, Keep::Nothing).unwrap();
    for open in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
        let error = file::read_private(&path).unwrap_err();
        let help = error.help();
        let command = help.split("try again: ").nth(1).unwrap();
        assert!(
            Command::new("sh")
                .args(["-c", command])
                .status()
                .unwrap()
                .success(),
            "{command}"
        );
        assert_eq!(mode(&path), 0o600);
        assert_eq!(file::read_private(&path).unwrap().unwrap().as_slice(), b"x");
    }
    fs::set_permissions(world.folder.path(), Permissions::from_mode(0o755)).unwrap();
    let error = world.folder.make().unwrap_err();
    assert!(
        matches!(&error, FileError::Exposed { mode: 0o755, .. }),
        "{error:?}"
    );
    assert!(error.help().contains("chmod 700"), "{}", error.help());
}

#[test]
fn links_are_not_followed() {
    let world = world();
    world.folder.make().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("victim");
    fs::write(&victim, "before").unwrap();
    let link = world.folder.secrets();
    for target in [victim.as_path(), Path::new("nowhere")] {
        symlink(target, &link).unwrap();
        let written = file::write(&link, b"after", PRIVATE, Keep::Previous).unwrap_err();
        assert!(matches!(written, FileError::Link { .. }), "{written:?}");
        let read = file::read(&link).unwrap_err();
        assert!(matches!(read, FileError::Link { .. }), "{read:?}");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        fs::remove_file(&link).unwrap();
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "before");

    symlink(&victim, file::backup_path(&link)).unwrap();
    file::write(&link, b"one", PRIVATE, Keep::Previous).unwrap();
    assert!(file::write(&link, b"two", PRIVATE, Keep::Previous).is_err());
    assert_eq!(fs::read(&link).unwrap(), b"one");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "before");

    fs::remove_dir_all(world.folder.path()).unwrap();
    symlink(outside.path(), world.folder.path()).unwrap();
    let error = world.folder.make().unwrap_err();
    assert!(matches!(error, FileError::Link { .. }), "{error:?}");
    fs::remove_file(world.folder.path()).unwrap();
    fs::write(world.folder.path(), "").unwrap();
    let error = world.folder.make().unwrap_err();
    assert!(matches!(error, FileError::NotAFolder { .. }), "{error:?}");
}

#[test]
fn a_folder_in_a_files_place_is_told() {
    let world = world();
    world.folder.make().unwrap();
    let path = world.folder.profile();
    fs::create_dir(&path).unwrap();
    let error = file::write(&path, b"x", PRIVATE, Keep::Nothing).unwrap_err();
    assert!(matches!(error, FileError::NotAFile { .. }), "{error:?}");
    assert!(matches!(
        file::read(&path).unwrap_err(),
        FileError::NotAFile { .. }
    ));
}

/// What a child says when it tries to write.
fn child_tries(path: &Path) {
    match file::write(path, &vec![b'x'; 4 << 20], PRIVATE, Keep::Nothing) {
        Ok(()) => println!("VERDICT written"),
        Err(error) => println!("VERDICT {} {error} {}", error.code(), error.help()),
    }
}

fn verdict(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = text
        .lines()
        .find_map(|line| line.split_once("VERDICT ").map(|(_, said)| said));
    said.unwrap_or_else(|| panic!("{output:?}")).to_owned()
}

#[test]
fn a_disk_that_takes_no_more_leaves_the_old_file() {
    if let Some(path) = child::role() {
        return child_tries(&path);
    }
    let world = world();
    world.folder.make().unwrap();
    let path = world.folder.profile();
    file::write(&path, b"old", PRIVATE, Keep::Nothing).unwrap();
    // A limit on the size of files does what a full disk does: writing stops in the middle.
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap());
    child::as_child(
        &mut shell,
        "files::a_disk_that_takes_no_more_leaves_the_old_file",
        &path,
    );
    let said = verdict(&mut shell);
    assert!(said.starts_with("E-2007 there is no room left"), "{said}");
    assert!(
        said.contains("Nothing was changed") && said.contains("df -h"),
        "{said}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let names = fs::read_dir(world.folder.path()).unwrap().count();
    assert_eq!(names, 1, "nothing half-written is left");
}

#[test]
fn a_folder_that_is_closed_to_us_is_told_with_its_owner() {
    if let Some(path) = child::role() {
        return child_tries(&path);
    }
    // Open to all down to the folder itself, so that this one is what refuses.
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let program = place.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let folder = place.path().join("demo");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o555)).unwrap();
    let owner = fs::metadata(&folder).unwrap().uid();

    let path = folder.join("profile.yml");
    let test = "files::a_folder_that_is_closed_to_us_is_told_with_its_owner";
    let mut command = child::command(&program, test, &path);
    // Root may write everywhere; the child must be somebody else.
    if owner == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let said = verdict(&mut command);
    assert!(said.starts_with("E-2005 this user may not write"), "{said}");
    assert!(
        said.contains(&format!("belongs to user number {owner}")),
        "{said}"
    );
    assert_eq!(said.contains("sudo"), owner == 0, "{said}");
}

#[test]
fn a_folder_of_somebody_else_gets_no_files_of_ours() {
    if let Some(path) = child::role() {
        return child_tries(&path);
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("demo");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("profile.yml");
    let test = "files::a_folder_of_somebody_else_gets_no_files_of_ours";
    let program = std::env::current_exe().unwrap();
    if we_are_root(place.path()) {
        chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        let said = verdict(&mut child::command(&program, test, &path));
        assert!(said.starts_with("E-2004 the folder"), "{said}");
        assert!(said.contains("without sudo"), "{said}");
    } else {
        // Only root can give a folder away; for everybody else it is their own and takes the file.
        let said = verdict(&mut child::command(&program, test, &path));
        assert_eq!(said, "written");
    }
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        usize::from(!we_are_root(place.path()))
    );
}
