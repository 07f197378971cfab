//! The dashboard in a real terminal: borrows it, feeds the loop, carries out effects.

use std::cell::OnceCell;
use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::stream::{self, poll_fn, select};
use futures_util::{FutureExt, StreamExt};
use jiff::Timestamp;
use ratatui::Frame;
use tokio::sync::{mpsc, oneshot};

use crate::deployment::Redactor;
use crate::live::{Feed, Following, Lines, News};
use crate::tui::events::{App, Input, Sources};
use crate::tui::pace::Urgency;
use crate::tui::stage::{Ended, Order, Stage};
use crate::tui::theme::Theme;
use crate::words;

use super::draw;
use super::state::{Data, Effect, Facts, Mood, Onward, State, Tab};

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

/// What there is to show at once.
#[derive(Debug, Clone)]
pub struct Outset {
    /// All that is known without asking anybody.
    pub facts: Facts,
    /// Something to say first.
    pub words: Option<String>,
}

/// A deployment that was looked up and is being followed.
#[derive(Debug)]
pub struct Opened<H> {
    /// What does not change.
    pub facts: Facts,
    /// What happens.
    pub feed: Feed,
    /// Does what is asked for.
    pub hands: H,
    /// Takes secrets out of answers.
    pub redactor: Redactor,
}

/// Plays the dashboard until the operator leaves, or the program has to end. The first frame is drawn
/// before anything of `opening` is done; an error of it ends the view.
pub async fn play<H: Hands, E>(
    stage: &mut Stage,
    outset: Outset,
    opening: impl Future<Output = Result<Opened<H>, E>>,
) -> io::Result<Result<(Ended, Onward), E>> {
    let look = stage.look();
    let mut app = Dashboard {
        state: State::new(outset.facts, stage.size()?, Timestamp::now()),
        theme: look.theme,
    };
    app.state.mouse = look.mouse;
    if let Some(words) = outset.words {
        app.state.say(Mood::Plain, words);
    }
    let (answers, answered) = mpsc::channel(ANSWERS);
    let (fed, feeding) = oneshot::channel();
    let (read, reading) = oneshot::channel();
    let mut sources = sources(feeding, reading, answered);
    // Dropping what keeps the feed going ends it.
    let there: OnceCell<(H, Following)> = OnceCell::new();
    let opening = async {
        let Opened {
            facts,
            feed,
            hands,
            redactor,
        } = opening.await?;
        // Both are set once, and whoever could hear is in this very function.
        let _ = there.set((hands, feed.following));
        let _ = fed.send((Box::new(facts), feed.news, redactor));
        let _ = read.send(feed.lines);
        std::future::pending::<Result<Infallible, E>>().await
    };
    let mut onward = Onward::Shell;
    let perform = |effect: Effect| match effect {
        Effect::Act { .. } | Effect::Verify | Effect::Add { .. } => {
            if let Some((hands, _)) = there.get() {
                hands.begin(effect, answers.clone());
            }
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
            let Some((hands, _)) = there.get() else {
                return Order::Go;
            };
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
    let ended = tokio::select! {
        biased;
        ended = stage.play(&mut app, &mut sources, perform) => ended?,
        Err(error) = opening => return Ok(Err(error)),
    };
    Ok(Ok((ended, onward)))
}

/// The facts, the feed's news, and what takes secrets out of answers, once they are there.
type Fed = (Box<Facts>, mpsc::Receiver<News>, Redactor);

/// What comes from outside, as one kind of data.
fn sources(
    feeding: oneshot::Receiver<Fed>,
    reading: oneshot::Receiver<mpsc::Receiver<Lines>>,
    mut answered: mpsc::Receiver<Data>,
) -> Sources<Data> {
    let news = async move {
        let Ok((facts, mut news, redactor)) = feeding.await else {
            return stream::pending().boxed();
        };
        let news = poll_fn(move |context| news.poll_recv(context)).map(Data::News);
        let answers = poll_fn(move |context| answered.poll_recv(context))
            .map(move |answer| answer.without_secrets(&redactor));
        stream::iter([Data::Known(facts)])
            .chain(select(answers, news))
            .boxed()
    };
    let lines = async move {
        match reading.await {
            Ok(mut lines) => poll_fn(move |context| lines.poll_recv(context))
                .map(Data::Lines)
                .boxed(),
            Err(_) => stream::pending().boxed(),
        }
    };
    Sources {
        news: news.flatten_stream().boxed(),
        many: lines.flatten_stream().boxed(),
    }
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
