//! The dashboard in a real terminal: borrows it, feeds the loop, carries out effects.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{poll_fn, select};
use jiff::Timestamp;
use ratatui::Frame;
use tokio::sync::mpsc;

use crate::deployment::Redactor;
use crate::live::{Feed, Following};
use crate::tui::events::{App, Input, Sources};
use crate::tui::pace::Urgency;
use crate::tui::stage::{Ended, Order, Stage};
use crate::tui::theme::Theme;
use crate::words;

use super::draw;
use super::state::{Data, Effect, Facts, Onward, State, Tab};

/// Answers that may wait for the loop.
const ANSWERS: usize = 64;

/// What the dashboard can have done, without knowing how: starting the work must not wait; the answer
/// comes as data.
pub trait Hands {
    /// Begins an action on a service, or a verification. Other effects are the dashboard's own.
    fn begin(&self, effect: Effect, answers: mpsc::Sender<Data>);

    /// The program that opens a shell in a container, for a terminal that is lent to it.
    fn shell(&self, container: &str) -> tokio::process::Command;
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

/// Plays the dashboard until the operator leaves, or the program has to end.
pub async fn play(
    stage: &mut Stage,
    facts: Facts,
    feed: Feed,
    hands: impl Hands,
    redactor: Redactor,
) -> io::Result<(Ended, Onward)> {
    let look = stage.look();
    let mut app = Dashboard {
        state: State::new(facts, stage.size()?, Timestamp::now()),
        theme: look.theme,
    };
    app.state.mouse = look.mouse;
    let (answers, answered) = mpsc::channel(ANSWERS);
    let (mut sources, _following) = sources(feed, answered, redactor);
    let mut onward = Onward::Shell;
    let perform = |effect: Effect| match effect {
        Effect::Act { .. } | Effect::Verify => {
            hands.begin(effect, answers.clone());
            Order::Go
        }
        Effect::Save { name, text } => {
            save(name, text, answers.clone());
            Order::Go
        }
        Effect::Mouse(on) => Order::Mouse(on),
        Effect::Copy(secret) => Order::Copy(secret),
        Effect::Redraw => Order::Redraw,
        Effect::Suspend => Order::Suspend,
        Effect::Shell { service, container } => {
            let answers = answers.clone();
            Order::Lend(
                hands.shell(&container),
                Box::new(move |ended| {
                    let result = match ended {
                        Ok(_) => Ok(()),
                        Err(error) => Err(error.to_string()),
                    };
                    // There is room: nothing was answered while the terminal was lent.
                    let _ = answers.try_send(Data::ShellEnded(service, result));
                }),
            )
        }
        Effect::Leave(to) => {
            onward = to;
            Order::Leave
        }
    };
    let ended = stage.play(&mut app, &mut sources, perform).await?;
    Ok((ended, onward))
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
