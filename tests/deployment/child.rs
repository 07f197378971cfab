//! Starting this test program again, in a role, for one test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROLE: &str = "EDFI_SETUP_TEST_ROLE_PATH";

/// Longest that anything here is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// The path that a child was given to work on; `None` in the test itself.
pub fn role() -> Option<PathBuf> {
    std::env::var_os(ROLE).map(PathBuf::from)
}

/// A command that runs `test` of this program in its role.
pub fn command(program: &Path, test: &str, path: &Path) -> Command {
    let mut command = Command::new(program);
    as_child(&mut command, test, path);
    command
}

/// Adds the arguments that make this program a child.
pub fn as_child(command: &mut Command, test: &str, path: &Path) {
    command
        .args(["--exact", test, "--nocapture"])
        .env(ROLE, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
}

/// A child that is killed, the hard way, when it is dropped.
pub struct Victim(Child);

impl Victim {
    pub fn start(test: &str, path: &Path) -> Self {
        let program = std::env::current_exe().unwrap();
        let child = command(&program, test, path).stdout(Stdio::null()).spawn();
        Self(child.unwrap())
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Looks again and again until `look` has seen what it waits for.
    pub fn until<T>(&mut self, mut look: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(seen) = look() {
                return seen;
            }
            assert!(
                self.0.try_wait().unwrap().is_none(),
                "the child ended by itself"
            );
            assert!(Instant::now() < deadline, "waited too long");
            std::thread::yield_now();
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// For a child: whether it should go on. It never outlives its parent's patience.
pub fn patience() -> impl FnMut() -> bool {
    let deadline = Instant::now() + PATIENCE;
    move || Instant::now() < deadline
}
