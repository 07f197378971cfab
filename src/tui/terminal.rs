//! Borrowing the operator's terminal, and giving it back as it was: on exit, error, panic (also in a
//! spawned task), signals, and for the time of a suspension.
//!
//! One guard per program. Giving back is idempotent, and what was begun to be drawn when the terminal is
//! given back goes nowhere.

use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use tokio::sync::Notify;

/// A terminal as far as the guard needs it.
pub trait Device: Send {
    /// Raw mode on or off.
    fn raw(&mut self, on: bool) -> io::Result<()>;
    /// Writes and flushes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Says something after the terminal was given back.
    fn tell(&mut self, words: &str);
}

/// The terminal this program was started in.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnTerminal;

impl Device for OwnTerminal {
    fn raw(&mut self, on: bool) -> io::Result<()> {
        if on {
            enable_raw_mode()
        } else {
            disable_raw_mode()
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }

    fn tell(&mut self, words: &str) {
        let _ = writeln!(io::stderr().lock(), "{words}");
    }
}

/// What becomes of a panic's words: kept somewhere, and made fit to be shown.
pub trait Witness: Send + Sync {
    /// Keeps the words and says what to show, with secrets taken out. Called before the terminal is given back.
    fn panicked(&self, words: &str) -> String;
}

/// The borrowed terminal. Dropping it gives it back.
#[derive(Debug)]
pub struct Guard {
    shared: Arc<Shared>,
}

struct Shared {
    device: Mutex<Box<dyn Device>>,
    witness: Box<dyn Witness>,
    /// Whether the terminal is ours at the moment.
    ours: AtomicBool,
    mouse: AtomicBool,
    panicked: AtomicBool,
    panic_noticed: Notify,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("ours", &self.ours)
            .field("mouse", &self.mouse)
            .field("panicked", &self.panicked)
            .finish_non_exhaustive()
    }
}

/// The guard that a panic has to serve.
static CURRENT: Mutex<Option<Arc<Shared>>> = Mutex::new(None);
static HOOK: Once = Once::new();

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Guard {
    /// Borrows the terminal.
    pub fn enter(
        device: impl Device + 'static,
        witness: impl Witness + 'static,
        mouse: bool,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            device: Mutex::new(Box::new(device)),
            witness: Box::new(witness),
            ours: AtomicBool::new(false),
            mouse: AtomicBool::new(mouse),
            panicked: AtomicBool::new(false),
            panic_noticed: Notify::new(),
        });
        HOOK.call_once(|| {
            let usual = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                let current = lock(&CURRENT).clone();
                match current.filter(|shared| shared.ours.load(Ordering::SeqCst)) {
                    Some(shared) => shared.panic(info),
                    None => usual(info),
                }
            }));
        });
        let guard = Self { shared };
        *lock(&CURRENT) = Some(Arc::clone(&guard.shared));
        guard.take()?;
        Ok(guard)
    }

    /// Takes the terminal again after it was given back for a while.
    pub fn take(&self) -> io::Result<()> {
        self.shared.take()
    }

    /// Gives the terminal back. Doing it twice does nothing.
    pub fn give_back(&self) -> io::Result<()> {
        self.shared.give_back()
    }

    /// Whether mouse events are wanted. Without them the terminal's own selection works as usual.
    pub fn set_mouse(&self, on: bool) -> io::Result<()> {
        self.shared.mouse.store(on, Ordering::SeqCst);
        if self.shared.ours.load(Ordering::SeqCst) {
            lock(&self.shared.device).write(&mouse(on)?)?;
        }
        Ok(())
    }

    /// A writer for frames.
    pub fn writer(&self) -> FrameWriter {
        FrameWriter {
            shared: Arc::clone(&self.shared),
            frame: Vec::new(),
        }
    }

    /// Waits until some task has panicked. The terminal has been given back then, and all has been said.
    pub async fn panicked(&self) {
        loop {
            let noticed = self.shared.panic_noticed.notified();
            if self.shared.panicked.load(Ordering::SeqCst) {
                return;
            }
            noticed.await;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.give_back();
        let mut current = lock(&CURRENT);
        if current
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, &self.shared))
        {
            *current = None;
        }
    }
}

impl Shared {
    fn take(&self) -> io::Result<()> {
        if self.ours.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let taken = self.try_to_take();
        if taken.is_err() {
            let _ = self.give_back();
        }
        taken
    }

    fn try_to_take(&self) -> io::Result<()> {
        let mut bytes = Vec::new();
        queue!(
            bytes,
            EnterAlternateScreen,
            Clear(ClearType::All),
            EnableBracketedPaste
        )?;
        if self.mouse.load(Ordering::SeqCst) {
            bytes.extend(mouse(true)?);
        }
        let mut device = lock(&self.device);
        device.raw(true)?;
        device.write(&bytes)
    }

    /// Everything is undone, also when a part of it fails; the first error is told.
    fn give_back(&self) -> io::Result<()> {
        if !self.ours.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let mut bytes = mouse(false)?;
        queue!(
            bytes,
            DisableBracketedPaste,
            SetAttribute(Attribute::Reset),
            Show,
            LeaveAlternateScreen
        )?;
        let mut device = lock(&self.device);
        let written = device.write(&bytes);
        let cooked = device.raw(false);
        written.and(cooked)
    }

    fn panic(&self, info: &PanicHookInfo<'_>) {
        let words = self.witness.panicked(&told(info));
        let _ = self.give_back();
        lock(&self.device).tell(&words);
        self.panicked.store(true, Ordering::SeqCst);
        self.panic_noticed.notify_waiters();
    }
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("no words");
    let place = info
        .location()
        .map_or_else(String::new, |place| format!(" ({place})"));
    format!("{what}{place}")
}

fn mouse(on: bool) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if on {
        queue!(bytes, EnableMouseCapture)?;
    } else {
        queue!(bytes, DisableMouseCapture)?;
    }
    Ok(bytes)
}

/// Collects a frame and writes it at once, if the terminal is still ours.
#[derive(Debug)]
pub struct FrameWriter {
    shared: Arc<Shared>,
    frame: Vec<u8>,
}

impl Write for FrameWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        let mut device = lock(&self.shared.device);
        let written = if self.shared.ours.load(Ordering::SeqCst) {
            device.write(&self.frame)
        } else {
            Ok(())
        };
        self.frame.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Deeds = Arc<Mutex<Vec<String>>>;

    #[derive(Clone, Default)]
    struct Paper {
        deeds: Deeds,
        broken: bool,
    }

    impl Device for Paper {
        fn raw(&mut self, on: bool) -> io::Result<()> {
            lock(&self.deeds).push(format!("raw {on}"));
            Ok(())
        }

        fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
            if self.broken {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let words = String::from_utf8_lossy(bytes).replace('\u{1b}', "^");
            lock(&self.deeds).push(words);
            Ok(())
        }

        fn tell(&mut self, words: &str) {
            lock(&self.deeds).push(format!("told {words}"));
        }
    }

    struct Log(Deeds);

    impl Witness for Log {
        fn panicked(&self, words: &str) -> String {
            lock(&self.0).push("logged".to_owned());
            words.replace("hunter2", "[secret]")
        }
    }

    /// Tests of the one hook a process has take turns.
    static TURN: Mutex<()> = Mutex::new(());

    fn entered(paper: &Paper) -> Guard {
        Guard::enter(paper.clone(), Log(paper.deeds.clone()), true).unwrap()
    }

    fn deeds(paper: &Paper) -> Vec<String> {
        std::mem::take(&mut *lock(&paper.deeds))
    }

    fn is_given_back(words: &str) -> bool {
        [
            "^[?1049l", "^[?25h", "^[?1000l", "^[?1006l", "^[?2004l", "^[0m",
        ]
        .iter()
        .all(|undone| words.contains(undone))
    }

    #[test]
    fn it_is_given_back_once() {
        let _turn = lock(&TURN);
        let paper = Paper::default();
        let guard = entered(&paper);
        let taken = deeds(&paper);
        assert_eq!(taken[0], "raw true");
        assert!(taken[1].contains("^[?1049h") && taken[1].contains("^[?2004h"));
        guard.give_back().unwrap();
        guard.give_back().unwrap();
        let mut writer = guard.writer();
        writer.write_all(b"late frame").unwrap();
        writer.flush().unwrap();
        drop(guard);
        let given = deeds(&paper);
        assert_eq!(given.len(), 2, "{given:?}");
        assert!(is_given_back(&given[0]), "{given:?}");
        assert_eq!(given[1], "raw false");
    }

    #[test]
    fn suspended_and_taken_again() {
        let _turn = lock(&TURN);
        let paper = Paper::default();
        let guard = entered(&paper);
        guard.set_mouse(false).unwrap();
        guard.give_back().unwrap();
        deeds(&paper);
        guard.take().unwrap();
        let taken = deeds(&paper);
        assert_eq!(taken[0], "raw true");
        assert!(taken[1].contains("^[?1049h"));
        assert!(
            !taken[1].contains("^[?1000h"),
            "the mouse stays off: {taken:?}"
        );
    }

    #[test]
    fn raw_mode_goes_even_when_nothing_can_be_written() {
        let _turn = lock(&TURN);
        let paper = Paper {
            broken: true,
            ..Paper::default()
        };
        let entered = Guard::enter(paper.clone(), Log(paper.deeds.clone()), true);
        assert!(entered.is_err());
        assert_eq!(deeds(&paper), ["raw true", "raw false"]);
    }

    #[test]
    fn a_panic_is_logged_then_the_terminal_given_back_then_told() {
        let _turn = lock(&TURN);
        let paper = Paper::default();
        let guard = entered(&paper);
        deeds(&paper);
        let caught = std::panic::catch_unwind(|| panic!("password hunter2"));
        assert!(caught.is_err());
        let done = deeds(&paper);
        assert_eq!(done[0], "logged");
        assert!(is_given_back(&done[1]), "{done:?}");
        assert_eq!(done[2], "raw false");
        assert!(done[3].starts_with("told password [secret] ("), "{done:?}");
        assert_eq!(done.len(), 4);
        drop(guard);
        assert!(deeds(&paper).is_empty());
    }

    #[tokio::test]
    #[allow(clippy::await_holding_lock, reason = "tests take turns")]
    async fn a_panic_in_a_task_is_noticed() {
        let _turn = lock(&TURN);
        let paper = Paper::default();
        let guard = entered(&paper);
        let task = tokio::spawn(async { panic!("in a task") });
        guard.panicked().await;
        assert!(task.await.is_err());
        let done = deeds(&paper);
        assert!(done.iter().any(|deed| is_given_back(deed)), "{done:?}");
        // Still noticed by whoever asks later.
        guard.panicked().await;
    }
}
