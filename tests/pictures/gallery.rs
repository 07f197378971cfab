//! What hangs in `docs/pictures/`, and whether it is still true.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::picture::Picture;
use crate::pty::Pty;
use crate::svg;

/// How long a screen stays as it is before it is taken as a new picture.
const STILL: Duration = Duration::from_secs(2);
/// How long a screen may take to become what its picture shows.
const PATIENCE: Duration = Duration::from_secs(50);

/// One picture.
pub struct Frame {
    /// Its file's name.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// A text that is on the screen when it can be taken.
    pub when: &'static str,
    /// Words whose rows hold numbers that move.
    pub moving: &'static [&'static str],
}

impl Frame {
    /// Compares the screen with its picture, or takes the picture.
    pub fn hang(&self, pty: &Pty) {
        pty.until_shows(self.when);
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let new = self.still(pty);
            if self.kept().is_none_or(|kept| !self.same(&kept, &new)) {
                std::fs::create_dir_all(self.file("").parent().unwrap()).unwrap();
                std::fs::write(self.file("svg"), svg::write(&new, self.title)).unwrap();
                std::fs::write(self.file("txt"), new.text()).unwrap();
            }
            return;
        }
        let kept = self.kept().unwrap_or_else(|| {
            panic!(
                "docs/pictures/{}.svg and its text are not what this test writes; {ADVICE}",
                self.name
            )
        });
        let end = Instant::now() + PATIENCE;
        let screen = pty.seen(self.when, |screen| {
            self.same(&kept, &Picture::of(screen)) || Instant::now() >= end
        });
        let now = Picture::of(&screen);
        assert!(
            self.same(&kept, &now),
            "The screen is not as in docs/pictures/{}.svg any more. If that is right: {ADVICE}\n\
             In the picture:\n{}\nOn the screen:\n{}\nRows that differ, picture first: {:#?}",
            self.name,
            kept.text(),
            now.text(),
            self.differences(&kept, &now)
        );
    }

    /// The picture in the repository, if both its files say the same and nothing else.
    fn kept(&self) -> Option<Picture> {
        let drawn = std::fs::read_to_string(self.file("svg")).ok()?;
        let twin = std::fs::read_to_string(self.file("txt")).ok()?;
        let kept = svg::read(&drawn)?;
        let is_ours = svg::write(&kept, self.title) == drawn && kept.text() == twin;
        is_ours.then_some(kept)
    }

    fn same(&self, one: &Picture, other: &Picture) -> bool {
        (one.columns, one.rows) == (other.columns, other.rows)
            && one.essence(self.moving) == other.essence(self.moving)
    }

    fn differences(&self, kept: &Picture, now: &Picture) -> Vec<String> {
        let (kept, now) = (kept.essence(self.moving), now.essence(self.moving));
        let rows = kept.keys().chain(now.keys());
        let mut rows: Vec<u16> = rows
            .copied()
            .filter(|row| kept.get(row) != now.get(row))
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter()
            .map(|row| format!("{row}: {:?} {:?}", kept.get(&row), now.get(&row)))
            .collect()
    }

    /// The screen, once nothing but numbers has moved for a while.
    fn still(&self, pty: &Pty) -> Picture {
        let mut last = Picture::of(&pty.seen(self.when, |_| true));
        let mut since = Instant::now();
        while since.elapsed() < STILL {
            std::thread::sleep(Duration::from_millis(50));
            let now = Picture::of(&pty.seen(self.when, |_| true));
            if !self.same(&last, &now) {
                since = Instant::now();
            }
            last = now;
        }
        last
    }

    fn file(&self, ending: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("docs/pictures")
            .join(format!("{}.{ending}", self.name))
    }
}

const ADVICE: &str = "UPDATE_EXPECTED=1 cargo test --test pictures; then look at what it made.";
