//! One borrowed terminal, on which full-screen views play one after the other.
//!
//! What every view needs of the outside is done here: drawing anew, going back to the shell for a while,
//! the mouse, the clipboard, a panic anywhere, signals. A view's own effects are its host's business.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::event::EventStream;
use futures_util::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use rustix::process::{Signal as Kill, kill_current_process_group};

use crate::deployment::{Redactor, Secret};

use super::backend::Canvas;
use super::events::{App, Left, Signal, Sources, Step, run, signals};
use super::terminal::{FrameWriter, Guard, OwnTerminal, Witness};
use super::theme::{Palette, Theme};

/// Exit codes, as shells expect them: a panic's, and that of a terminal that went away.
const PANICKED: u8 = 101;
const HUNG_UP: u8 = 129;
const INTERRUPTED: u8 = 130;
/// The longest that a stop comes after it was asked for.
const STOP: Duration = Duration::from_millis(300);

/// How it looks.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Colours and glyphs.
    pub theme: Theme,
    /// Whether the mouse is listened to.
    pub mouse: bool,
}

/// What a view's effect means for the stage.
pub enum Order {
    /// It was done, or is being done.
    Go,
    /// Draw everything anew.
    Redraw,
    /// Back to the shell for a while.
    Suspend,
    /// Mouse on or off.
    Mouse(bool),
    /// To the clipboard of the operator's own computer, if their terminal allows that.
    Copy(Secret),
    /// Lends the terminal to another program until that ends; what is told is how it went.
    Lend(
        tokio::process::Command,
        Box<dyn FnOnce(io::Result<ExitStatus>)>,
    ),
    /// The view is over.
    Leave,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Go => "Go",
            Self::Redraw => "Redraw",
            Self::Suspend => "Suspend",
            Self::Mouse(_) => "Mouse",
            // Perhaps a secret.
            Self::Copy(_) => "Copy",
            Self::Lend(..) => "Lend",
            Self::Leave => "Leave",
        })
    }
}

/// How a view ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// By itself; the next one can play.
    Left,
    /// With the whole program, and this exit code.
    Program(u8),
}

/// Secrets that must not be in a panic's words. They may become more while views play.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<Mutex<Vec<Redactor>>>);

impl Known {
    /// Takes these out, too, from now on.
    pub fn guard(&self, redactor: Redactor) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(redactor);
    }

    /// The words without any secret known so far.
    pub fn redact(&self, words: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(words.to_owned(), |words, redactor| {
            redactor.redact(&words).into_owned()
        })
    }
}

/// The terminal with everything that comes from it.
pub struct Stage {
    guard: Guard,
    terminal: Terminal<Canvas<FrameWriter>>,
    /// None while the terminal is lent.
    keys: Option<EventStream>,
    signals: Pin<Box<dyn Stream<Item = Signal> + Send>>,
    /// A signal that came while the terminal was lent.
    waiting: Option<Signal>,
    look: Look,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage")
            .field("look", &self.look)
            .finish_non_exhaustive()
    }
}

impl Stage {
    /// Borrows the terminal until the value is dropped. `crash_log` is where a panic's words are kept, and
    /// `advice` what is told after them.
    pub fn open(
        look: Look,
        known: Known,
        crash_log: PathBuf,
        advice: &'static str,
    ) -> io::Result<Self> {
        // Signals first: one that comes while the terminal is being taken must not end us half-way.
        let signals = signals()?;
        let witness = CrashLog {
            file: crash_log,
            known,
            advice,
        };
        let guard = Guard::enter(OwnTerminal, witness, look.mouse)?;
        let colours = look.theme.palette != Palette::Mono;
        let canvas = Canvas::new(guard.writer(), colours);
        let size = canvas.size()?;
        // The loop says when the size changes; ratatui would look again by itself, later than the view.
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.width, size.height));
        let terminal = Terminal::with_options(canvas, TerminalOptions { viewport })?;
        Ok(Self {
            guard,
            terminal,
            keys: None,
            waiting: None,
            signals: Box::pin(signals),
            look,
        })
    }

    /// How it looks now.
    pub fn look(&self) -> Look {
        self.look
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Plays a view until it leaves or the program has to end. `perform` must not wait.
    pub async fn play<A: App>(
        &mut self,
        app: &mut A,
        sources: &mut Sources<A::Data>,
        mut perform: impl FnMut(A::Effect) -> Order,
    ) -> io::Result<Ended> {
        self.terminal.clear()?;
        loop {
            if let Some(Signal::End(code)) = self.waiting.take() {
                return Ok(Ended::Program(code));
            }
            let mut wanted = None;
            let (guard, look) = (&self.guard, &mut self.look);
            let perform = |effect: A::Effect| match perform(effect) {
                Order::Go => Step::Go,
                Order::Mouse(on) => {
                    look.mouse = on;
                    // A terminal that cannot be written to shows at the next frame.
                    let _ = guard.set_mouse(on);
                    Step::Go
                }
                Order::Copy(text) => {
                    let _ = copy(guard.writer(), &text);
                    Step::Go
                }
                order @ (Order::Redraw | Order::Suspend | Order::Lend(..) | Order::Leave) => {
                    wanted = Some(order);
                    Step::Leave
                }
            };
            let left = tokio::select! {
                biased;
                () = guard.panicked() => Left::Signal(Signal::Panicked),
                left = run(
                    app,
                    &mut self.terminal,
                    self.keys.get_or_insert_with(EventStream::new),
                    &mut self.signals,
                    sources,
                    perform,
                    Timestamp::now,
                ) => left?,
            };
            match (left, wanted) {
                (Left::Signal(Signal::End(code)), _) => return Ok(Ended::Program(code)),
                (Left::Signal(Signal::Panicked), _) => return Ok(Ended::Program(PANICKED)),
                (Left::Closed, _) => return Ok(Ended::Program(HUNG_UP)),
                (Left::Effect, Some(Order::Suspend)) => self.suspend().await?,
                (Left::Effect, Some(Order::Lend(program, tell))) => {
                    tell(self.lend(program).await?);
                }
                (Left::Signal(Signal::Resume), _) => {
                    // Stopped from outside, and the shell has used the terminal since.
                    self.guard.give_back()?;
                    self.guard.take()?;
                }
                (Left::Effect, Some(Order::Redraw)) => {}
                (Left::Effect, _) => return Ok(Ended::Left),
            }
            self.terminal.clear()?;
        }
    }

    /// Gives the terminal to another program until that ends.
    async fn lend(
        &mut self,
        mut program: tokio::process::Command,
    ) -> io::Result<io::Result<ExitStatus>> {
        self.guard.give_back()?;
        // Whoever reads keys here would take them away from the other program.
        self.keys = None;
        let ended = program.status().await;
        // Ctrl-C went to both of us and was meant for the other one.
        let meant_for_us = |signal: Signal| signal != Signal::End(INTERRUPTED);
        while let Some(Some(signal)) = self.signals.next().now_or_never() {
            if meant_for_us(signal) {
                self.waiting = Some(signal);
            }
        }
        self.guard.take()?;
        Ok(ended)
    }

    /// Gives the terminal back and stops, as Ctrl-Z does elsewhere. Where there is no shell to go back
    /// to, the system ignores the request, and we go on at once.
    async fn suspend(&mut self) -> io::Result<()> {
        self.guard.give_back()?;
        kill_current_process_group(Kill::TSTP)?;
        // The stop comes a moment after the request; taking the terminal before it would hand the shell
        // a raw one.
        let resumed =
            (&mut self.signals).filter(|signal| std::future::ready(*signal == Signal::Resume));
        let _ = tokio::time::timeout(STOP, std::pin::pin!(resumed).next()).await;
        self.guard.take()
    }
}

/// OSC 52: the operator's own terminal takes the text, also over SSH, if it allows that.
fn copy(mut terminal: FrameWriter, text: &Secret) -> io::Result<()> {
    write!(
        terminal,
        "\u{1b}]52;c;{}\u{7}",
        STANDARD.encode(text.expose())
    )?;
    terminal.flush()
}

/// Keeps the words of a panic in a file, without secrets.
#[derive(Debug)]
struct CrashLog {
    file: PathBuf,
    known: Known,
    advice: &'static str,
}

impl Witness for CrashLog {
    fn panicked(&self, words: &str) -> String {
        let words = self.known.redact(words);
        let version = env!("CARGO_PKG_VERSION");
        let entry = format!("{} edfi-setup {version}: {words}\n", Timestamp::now());
        let kept = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.file)
            .and_then(|mut file| file.write_all(entry.as_bytes()));
        let place = match kept {
            Ok(()) => format!("This is written down in {}.", self.file.display()),
            Err(_) => "It could not be written down.".to_owned(),
        };
        format!(
            "edfi-setup stopped because of a mistake in the program: {words}\n{place} {}",
            self.advice
        )
    }
}
