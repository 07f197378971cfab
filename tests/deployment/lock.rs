//! One run at a time.

use crate::child::{self, Victim};
use crate::world::{mode, world};
use edfi_setup::deployment::{Home, Lock, LockError, Presence};
use jiff::Timestamp;
use std::fs;
use std::io::Read;

#[test]
fn the_second_learns_who_the_first_is_and_a_crash_frees_the_lock() {
    if let Some(home) = child::role() {
        let folder = Home::at(home).folder("demo").unwrap();
        let _lock = Lock::take(&folder, "up demo --name demo", Timestamp::now()).unwrap();
        // Until it is killed, or its parent is gone.
        let _ = std::io::stdin().read(&mut [0]);
        return;
    }
    let world = world();
    let home = world.folder.path().parent().unwrap();
    let role = "lock::the_second_learns_who_the_first_is_and_a_crash_frees_the_lock";
    let mut first = Victim::start(role, home);
    let (holder, presence) = first.until(|| Lock::holder(&world.folder));
    assert_eq!((holder.pid, presence), (first.pid(), Presence::Running));

    let error = Lock::take(&world.folder, "down", Timestamp::now()).unwrap_err();
    let LockError::Held {
        holder: Some((told, Presence::Running)),
        ..
    } = &error
    else {
        panic!("{error:?}");
    };
    assert_eq!(*told, holder);
    let text = error.to_string();
    for part in [
        "demo",
        "\"edfi-setup up demo --name demo\"",
        &format!("process {}", first.pid()),
        "which is running",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(error.help().contains(&format!("kill {}", first.pid())));
    assert_eq!(error.diagnostic().code, "E-2021");

    first.kill();
    assert_eq!(Lock::holder(&world.folder), None);
    let lock = Lock::take(&world.folder, "down", Timestamp::now()).unwrap();
    assert_eq!(lock.folder(), &world.folder);
    assert_eq!(mode(&world.folder.lock()), 0o600);
    drop(lock);
    assert_eq!(Lock::holder(&world.folder), None);
}

#[test]
fn a_holder_that_cannot_be_seen_is_told_so() {
    let world = world();
    let _lock = world.lock();
    let text = fs::read_to_string(world.folder.lock()).unwrap();
    let mut holder: serde_json::Value = serde_json::from_str(&text).unwrap();
    // A process of that number began after the lock was taken: it is another one.
    holder["since"] = "2001-01-01T00:00:00Z".into();
    fs::write(world.folder.lock(), holder.to_string()).unwrap();
    let error = Lock::take(&world.folder, "up", Timestamp::now()).unwrap_err();
    assert!(
        error.to_string().contains("cannot be seen from here"),
        "{error}"
    );

    holder["computer"] = "another-computer".into();
    fs::write(world.folder.lock(), holder.to_string()).unwrap();
    let error = Lock::take(&world.folder, "up", Timestamp::now()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("on the computer another-computer"),
        "{error}"
    );

    fs::write(world.folder.lock(), "").unwrap();
    let error = Lock::take(&world.folder, "up", Timestamp::now()).unwrap_err();
    assert!(
        error.to_string().contains("another run of edfi-setup"),
        "{error}"
    );
}

#[test]
fn looking_neither_makes_a_folder_nor_locks() {
    let world = world();
    assert_eq!(Lock::holder(&world.folder), None);
    assert!(!world.folder.exists());
    drop(world.lock());
    assert_eq!(Lock::holder(&world.folder), None);
    drop(world.lock());
}

#[test]
fn after_the_lock_file_was_deleted_the_new_one_counts() {
    let world = world();
    let lock = world.lock();
    fs::remove_file(world.folder.lock()).unwrap();
    // Whoever deletes it breaks the lock of the first; from then on there is one again.
    let second = world.lock();
    assert!(Lock::take(&world.folder, "up", Timestamp::now()).is_err());
    drop((lock, second));
}
