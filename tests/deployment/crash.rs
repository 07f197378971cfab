//! Killed at any moment, nothing is half.

use crate::child::{self, Victim};
use crate::world::{request, world};
use edfi_setup::deployment::file::{self, Keep};
use edfi_setup::deployment::{Home, Journal, Lock, Redactor, SecretKind, Secrets, StepMark};
use jiff::Timestamp;
use std::fs;
use std::path::Path;

const LINES: usize = 20_000;

fn version(number: usize) -> String {
    format!("version {number:09}\n").repeat(LINES)
}

/// The number of the one version that a file holds, all of it.
fn whole_version(path: &Path) -> Option<usize> {
    let text = String::from_utf8(fs::read(path).ok()?).unwrap();
    let first = text.lines().next().unwrap();
    let number: usize = first.strip_prefix("version ").unwrap().parse().unwrap();
    assert!(
        text == version(number),
        "{} is neither old nor new",
        path.display()
    );
    Some(number)
}

#[test]
fn a_killed_writer_leaves_the_old_or_the_new() {
    if let Some(path) = child::role() {
        let mut goes_on = child::patience();
        let mut number = whole_version(&path).unwrap_or_default();
        while goes_on() {
            number += 1;
            file::write(
                &path,
                version(number).as_bytes(),
                file::PRIVATE,
                Keep::Previous,
            )
            .unwrap();
        }
        return;
    }
    let world = world();
    world.folder.make().unwrap();
    let path = world.folder.profile();
    let backup = file::backup_path(&path);
    let mut last = 0;
    for round in 0..12 {
        let mut writer = Victim::start("crash::a_killed_writer_leaves_the_old_or_the_new", &path);
        // Read all the while, and kill at another moment of the writing each time.
        let goal = last + 1 + round % 4;
        let mut reads = 0;
        writer.until(|| {
            reads += usize::from(whole_version(&path)? >= goal);
            (reads > round).then_some(())
        });
        writer.kill();
        let now = whole_version(&path).unwrap();
        assert!(now >= goal && now > last);
        // The backup is the version before, or this one if the kill came between the two renames.
        let before = whole_version(&backup).unwrap_or(now - 1);
        assert!(
            before == now || before == now - 1,
            "{before} is not what was before {now}"
        );
        last = now;
    }
    drop(world.lock());
    let left: Vec<_> = fs::read_dir(world.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(
        left,
        Vec::<String>::new(),
        "what was half-written is cleared away"
    );
}

#[test]
fn secrets_and_journal_survive_their_writer() {
    if let Some(home) = child::role() {
        let folder = Home::at(home).folder("demo").unwrap();
        let lock = Lock::take(&folder, "up demo", Timestamp::now()).unwrap();
        let mut goes_on = child::patience();
        let known = Secrets::load(&folder)
            .unwrap()
            .map_or(0, |secrets| secrets.values.len());
        let redactor = Redactor::of([]);
        let journal = Journal::begin(&lock, redactor, "up demo", Timestamp::now()).unwrap();
        for number in known.. {
            if !goes_on() {
                break;
            }
            let step = StepMark {
                step: format!("secret-{number}"),
                number,
                of: 1000,
                title: format!("make secret {number}"),
            };
            journal.step_begun(Timestamp::now(), &step).unwrap();
            let wanted = request(&format!("secret-{number:04}"), SecretKind::Password);
            Secrets::ensured(&lock, &[wanted]).unwrap();
        }
        return;
    }
    let world = world();
    let home = world.folder.path().parent().unwrap();
    let mut before: Option<Secrets> = None;
    for round in 1..=8 {
        let mut writer = Victim::start("crash::secrets_and_journal_survive_their_writer", home);
        let had = before.as_ref().map_or(0, |secrets| secrets.values.len());
        writer.until(|| {
            let seen = Secrets::load(&world.folder).unwrap()?;
            (seen.values.len() >= had + round).then_some(())
        });
        writer.kill();
        // The lock went with its holder.
        let lock = world.lock();
        let after = Secrets::load(&world.folder).unwrap().unwrap();
        if let Some(before) = &before {
            assert_eq!(before.id, after.id);
            for (name, value) in &before.values {
                assert!(after.values.get(name) == Some(value), "{name} has changed");
            }
        }
        let last = Journal::last_run(&world.folder).unwrap().unwrap();
        assert_eq!(last.ended, None);
        assert!(last.stopped().unwrap().starts_with("the last run stopped "));
        // The backup catches up with the file.
        after.save(&lock).unwrap();
        let file = world.folder.secrets();
        assert_eq!(
            fs::read(&file).unwrap(),
            fs::read(file::backup_path(&file)).unwrap()
        );
        before = Some(after);
    }
}
