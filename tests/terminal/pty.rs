//! A program in a terminal of its own, and the screen that an operator would see.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long the slowest thing a test waits for may take on a busy machine.
const DEADLINE: Duration = Duration::from_mins(1);

/// The terminal.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// The terminal's settings before the program ran.
    settings: String,
}

struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    /// Whether the screen is a whole frame, as far as the program says: a terminal shows no other.
    whole: bool,
    ended: bool,
}

/// What a program writes before and after a frame.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

impl Seen {
    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        // A mark may come in two pieces.
        let from = self.bytes.len().saturating_sub(FRAME_BEGINS.len() - 1);
        self.bytes.extend_from_slice(bytes);
        let fresh = self.bytes.get(from..).unwrap_or_default();
        let last = |mark: &[u8]| fresh.windows(mark.len()).rposition(|window| window == mark);
        match (last(FRAME_BEGINS), last(FRAME_ENDS)) {
            (None, None) => {}
            (begins, ends) => self.whole = ends > begins,
        }
    }
}

impl Pty {
    /// Starts a program in a terminal of this size.
    pub fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system()
            .openpty(size(columns, rows))
            .expect("a terminal");
        let settings = settings(&*pair.master);
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let seen = Arc::new((
            Mutex::new(Seen {
                screen: vt100::Parser::new(many(rows), many(columns), 0),
                bytes: Vec::new(),
                whole: true,
                ended: false,
            }),
            Condvar::new(),
        ));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = writer.0.lock().unwrap_or_else(PoisonError::into_inner);
                let bytes = buffer.get(..count).unwrap_or_default();
                seen.take(bytes);
                seen.ended = count == 0;
                writer.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self {
            keys: pair.master.take_writer().expect("a writer"),
            master: pair.master,
            child,
            seen,
            settings,
        }
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the terminal takes it");
        self.keys.flush().expect("the terminal takes it");
    }

    /// Changes the window's size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let mut seen = self.seen.0.lock().unwrap();
        seen.screen.screen_mut().set_size(many(rows), many(columns));
        drop(seen);
        self.master
            .resize(size(columns, rows))
            .expect("it can be resized");
    }

    /// Waits until the screen is as wanted, and gives its text.
    pub fn until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> String {
        self.seen(what, wanted).contents()
    }

    /// Waits until the screen is as wanted, and gives it. Half a frame is never looked at.
    pub fn seen(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> vt100::Screen {
        let end = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        loop {
            if seen.whole && wanted(seen.screen.screen()) {
                return seen.screen.screen().clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !seen.ended,
                "{what} did not come; the screen is:\n{}",
                seen.screen.screen().contents()
            );
            (seen, _) = self.seen.1.wait_timeout(seen, left).unwrap();
        }
    }

    /// Waits until the screen shows a text.
    pub fn until_shows(&self, text: &str) -> String {
        self.until(text, |screen| screen.contents().contains(text))
    }

    /// Everything that was written to the terminal so far.
    pub fn bytes(&self) -> String {
        String::from_utf8_lossy(&self.seen.0.lock().unwrap().bytes).into_owned()
    }

    /// The program's process.
    pub fn process(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Waits for the program's end; checks that the terminal is as it was before; gives the exit code and
    /// what is on the screen.
    pub fn ended(mut self) -> (u32, String) {
        let end = Instant::now() + DEADLINE;
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.ended {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the program goes on; the screen is:\n{}",
                seen.screen.screen().contents()
            );
            (seen, _) = self.seen.1.wait_timeout(seen, left).unwrap();
        }
        let screen = seen.screen.screen();
        assert!(is_given_back(screen), "the terminal was not given back");
        let text = screen.contents();
        drop(seen);
        assert_eq!(
            settings(&*self.master),
            self.settings,
            "the terminal's settings"
        );
        let status: ExitStatus = self.child.wait().expect("it ended");
        (status.exit_code(), text)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// Whether nothing of a full-screen view is left switched on.
pub fn is_given_back(screen: &vt100::Screen) -> bool {
    !screen.alternate_screen()
        && !screen.hide_cursor()
        && !screen.bracketed_paste()
        && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
}

fn many(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("a terminal has columns and rows")
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}
