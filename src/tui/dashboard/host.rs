//! The dashboard in a real terminal: borrows it, feeds the loop, carries out effects.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::event::EventStream;
use futures_util::stream::{poll_fn, select};
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use ratatui::{Frame, Terminal};
use rustix::process::{Signal as Kill, kill_current_process_group};
use tokio::sync::mpsc;

use crate::deployment::{Redactor, Secret};
use crate::live::{Feed, Following};
use crate::tui::backend::Canvas;
use crate::tui::events::{App, Input, Left, Signal, Sources, Step, run, signals};
use crate::tui::pace::Urgency;
use crate::tui::terminal::{FrameWriter, Guard, OwnTerminal, Witness};
use crate::tui::theme::{Palette, Theme};
use crate::words;

use super::draw;
use super::state::{Data, Effect, Facts, State, Tab};

/// Answers that may wait for the loop.
const ANSWERS: usize = 64;
/// Exit codes, as shells expect them: a panic's, and that of a terminal that went away.
const PANICKED: u8 = 101;
const HUNG_UP: u8 = 129;
/// The longest that a stop comes after it was asked for.
const STOP: Duration = Duration::from_millis(300);

/// What the dashboard can have done, without knowing how: starting the work must not wait; the answer
/// comes as data.
pub trait Hands {
    /// Begins an action on a service, or a verification. Other effects are the dashboard's own.
    fn begin(&self, effect: Effect, answers: mpsc::Sender<Data>);
}

/// How it looks.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Colours and glyphs.
    pub theme: Theme,
    /// Whether the mouse is listened to.
    pub mouse: bool,
}

/// The dashboard as the loop sees it.
#[derive(Debug)]
pub struct Dashboard {
    /// What is known.
    pub state: State,
    /// How it looks.
    pub theme: Theme,
}

impl App for Dashboard {
    type Data = Data;
    type Effect = Effect;

    fn update(&mut self, input: Input<Data>, now: Timestamp) -> Vec<Effect> {
        self.state.update(input, now)
    }

    fn urgency(&mut self) -> Urgency {
        self.state.refresh();
        std::mem::take(&mut self.state.urgency)
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        draw::draw(frame, &self.state, self.theme);
    }

    /// Ages are the only clocks: in the header, and on the services tab in each row.
    fn clock(&self, now: Timestamp) -> Option<Duration> {
        let state = &self.state;
        let rows = state
            .services
            .iter()
            .filter(|_| state.tab == Tab::Services)
            .filter_map(|service| service.live.as_ref()?.started());
        rows.chain(state.since())
            .map(|started| words::age_lasts(now.as_second() - started.as_second()))
            .min()
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs)
    }
}

/// Shows the dashboard until the operator leaves; gives the program's exit code. `crash_log` is where a
/// panic's words are kept.
pub async fn show(
    facts: Facts,
    look: Look,
    feed: Feed,
    hands: impl Hands,
    redactor: Redactor,
    crash_log: PathBuf,
) -> io::Result<u8> {
    let mut signals = signals()?;
    let witness = CrashLog {
        file: crash_log,
        redactor: redactor.clone(),
    };
    let guard = Guard::enter(OwnTerminal, witness, look.mouse)?;
    let colours = look.theme.palette != Palette::Mono;
    let mut terminal = Terminal::new(Canvas::new(guard.writer(), colours))?;
    let size = terminal.size()?;
    let mut state = State::new(facts, (size.width, size.height), Timestamp::now());
    state.mouse = look.mouse;
    let mut app = Dashboard {
        state,
        theme: look.theme,
    };
    let (answers, answered) = mpsc::channel(ANSWERS);
    let (mut sources, _following) = sources(feed, answered, redactor);
    let mut keys = EventStream::new();
    loop {
        let mut wanted = None;
        let perform = |effect: Effect| match effect {
            Effect::Act { .. } | Effect::Verify => {
                hands.begin(effect, answers.clone());
                Step::Go
            }
            Effect::Save { name, text } => {
                save(name, text, answers.clone());
                Step::Go
            }
            Effect::Mouse(on) => {
                // A terminal that cannot be written to shows at the next frame.
                let _ = guard.set_mouse(on);
                Step::Go
            }
            Effect::Copy(secret) => {
                let _ = copy(guard.writer(), &secret);
                Step::Go
            }
            Effect::Redraw | Effect::Suspend | Effect::Quit => {
                wanted = Some(effect);
                Step::Leave
            }
        };
        let left = tokio::select! {
            biased;
            () = guard.panicked() => Left::Signal(Signal::Panicked),
            left = run(
                &mut app,
                &mut terminal,
                &mut keys,
                &mut signals,
                &mut sources,
                perform,
                Timestamp::now,
            ) => left?,
        };
        match (left, wanted) {
            (Left::Signal(Signal::End(code)), _) => return Ok(code),
            (Left::Signal(Signal::Panicked), _) => return Ok(PANICKED),
            (Left::Closed, _) => return Ok(HUNG_UP),
            (Left::Effect, Some(Effect::Suspend)) => {
                suspend(&guard, &mut signals).await?;
                terminal.clear()?;
            }
            (Left::Signal(Signal::Resume), _) => {
                // Stopped from outside, and the shell has used the terminal since.
                guard.give_back()?;
                guard.take()?;
                terminal.clear()?;
            }
            (Left::Effect, Some(Effect::Redraw)) => terminal.clear()?,
            (Left::Effect, _) => return Ok(0),
        }
    }
}

/// What comes from outside, as one kind of data; and what keeps it coming.
fn sources(
    feed: Feed,
    mut answered: mpsc::Receiver<Data>,
    redactor: Redactor,
) -> (Sources<Data>, Following) {
    let Feed {
        mut news,
        mut lines,
        following,
    } = feed;
    let news = poll_fn(move |context| news.poll_recv(context)).map(Data::News);
    let answers = poll_fn(move |context| answered.poll_recv(context))
        .map(move |answer| answer.without_secrets(&redactor));
    let lines = poll_fn(move |context| lines.poll_recv(context)).map(Data::Lines);
    let sources = Sources {
        news: select(answers, news).boxed(),
        many: lines.boxed(),
    };
    (sources, following)
}

/// Gives the terminal back and stops, as Ctrl-Z does elsewhere. Where there is no shell to go back to,
/// the system ignores the request, and we go on at once.
async fn suspend(
    guard: &Guard,
    signals: &mut (impl Stream<Item = Signal> + Unpin),
) -> io::Result<()> {
    guard.give_back()?;
    kill_current_process_group(Kill::TSTP)?;
    // The stop comes a moment after the request; taking the terminal before it would hand the shell
    // a raw one.
    let resumed = signals.filter(|signal| std::future::ready(*signal == Signal::Resume));
    let _ = tokio::time::timeout(STOP, std::pin::pin!(resumed).next()).await;
    guard.take()
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

/// Writes a new file in the present folder, readable by its owner alone, and never over another.
fn save(name: String, text: String, answers: mpsc::Sender<Data>) {
    tokio::task::spawn_blocking(move || {
        let stamp = Timestamp::now().strftime("%Y%m%d-%H%M%S");
        let file = PathBuf::from(format!("{name}-{stamp}.txt"));
        let result = write_new(&file, &text)
            .map(|()| file.display().to_string())
            .map_err(|error| format!("{}: {error}", file.display()));
        let _ = answers.blocking_send(Data::Saved(result));
    });
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    file.write_all(text.as_bytes())
}

/// Keeps the words of a panic in a file, without secrets.
#[derive(Debug)]
struct CrashLog {
    file: PathBuf,
    redactor: Redactor,
}

impl Witness for CrashLog {
    fn panicked(&self, words: &str) -> String {
        let words = self.redactor.redact(words);
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
            "edfi-setup stopped because of a mistake in the program: {words}\n{place} The deployment goes on running; start the dashboard again with the same command."
        )
    }
}
