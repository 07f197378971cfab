//! The loop: signals before keys before news, update all that is there, then draw once.

use std::io;

use crossterm::event::{Event, KeyEvent, KeyEventKind, MouseEvent};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt};
use jiff::Timestamp;
use ratatui::backend::Backend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal};
use tokio::signal::unix::{Signal as Arriving, SignalKind, signal};
use tokio::time::{Duration, Instant};

use super::pace::{Pace, Urgency};

/// What comes in.
#[derive(Debug)]
pub enum Input<D> {
    /// A key was pressed.
    Key(KeyEvent),
    /// Something with the mouse.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// News from elsewhere.
    Data(D),
    /// A visible clock has moved on.
    Clock,
}

/// A full-screen view: pure but for its own state. Drawing reads, updating never draws or waits.
pub trait App {
    /// News from elsewhere.
    type Data;
    /// What updating asks the world to do.
    type Effect;

    /// Takes one event; gives what is to be done.
    fn update(&mut self, input: Input<Self::Data>, now: Timestamp) -> Vec<Self::Effect>;

    /// How soon to draw, for all updates since it was last asked.
    fn urgency(&mut self) -> Urgency;

    /// Draws the state as it is.
    fn draw(&self, frame: &mut Frame<'_>);

    /// When the next visible clock will show something else; `None` if no clock is visible.
    fn clock(&self, now: Timestamp) -> Option<Duration>;
}

/// News from elsewhere, the important before the many. Both come from bounded channels: when the view is
/// slow, they wait.
pub struct Sources<D> {
    /// What must not wait behind a flood.
    pub news: BoxStream<'static, D>,
    /// The flood.
    pub many: BoxStream<'static, D>,
}

impl<D> std::fmt::Debug for Sources<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sources")
    }
}

impl<D> Sources<D> {
    /// What is there already, without waiting.
    fn at_hand(&mut self) -> Option<D> {
        let news = self.news.next().now_or_never().flatten();
        news.or_else(|| self.many.next().now_or_never().flatten())
    }
}

/// What the operating system asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// End; with the exit code that says so.
    End(u8),
    /// Go on after a stop.
    Resume,
    /// A task panicked; the terminal has been given back already.
    Panicked,
}

/// What an effect means for the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was done, or is being done.
    Go,
    /// Leave the loop so that the caller can do something with the terminal.
    Leave,
}

/// Why the loop was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// An effect asked for it.
    Effect,
    /// A signal.
    Signal(Signal),
    /// The terminal sends nothing any more.
    Closed,
}

/// How many pieces of news are taken between two looks at keys and at the frame.
const TAKEN_AT_ONCE: usize = 16;

/// Runs until something ends it. `perform` carries out effects and must not wait.
pub async fn run<A, B>(
    app: &mut A,
    terminal: &mut Terminal<B>,
    keys: &mut (impl Stream<Item = io::Result<Event>> + Unpin),
    signals: &mut (impl Stream<Item = Signal> + Unpin),
    sources: &mut Sources<A::Data>,
    mut perform: impl FnMut(A::Effect) -> Step,
    now: impl Fn() -> Timestamp,
) -> io::Result<Left>
where
    A: App,
    B: Backend,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut pace = Pace::default();
    pace.want(Urgency::Now);
    loop {
        let due = pace.due(Instant::now());
        if due.is_some_and(|due| due <= Instant::now()) {
            // The size is asked for here and nowhere else: what terminals tell of it may be overtaken, and a
            // frame must be as large as the view believes.
            let size = terminal.size().map_err(io::Error::other)?;
            let area = Rect::new(0, 0, size.width, size.height);
            if terminal.get_frame().area() != area {
                terminal.resize(area).map_err(io::Error::other)?;
                for effect in app.update(Input::Resize(size.width, size.height), now()) {
                    perform(effect);
                }
                let _ = app.urgency();
            }
            terminal
                .draw(|frame| app.draw(frame))
                .map_err(io::Error::other)?;
            pace.drawn(Instant::now());
            continue;
        }
        let clock = app.clock(now()).map(|pause| Instant::now() + pause);
        let mut inputs = Vec::new();
        tokio::select! {
            biased;
            Some(signal) = signals.next() => return Ok(Left::Signal(signal)),
            event = keys.next() => match event {
                None => return Ok(Left::Closed),
                Some(event) => match event? {
                    Event::Resize(..) => pace.want(Urgency::Now),
                    event => inputs.extend(understood(event)),
                },
            },
            () = until(due) => continue,
            Some(data) = sources.news.next() => inputs.push(Input::Data(data)),
            Some(data) = sources.many.next() => inputs.push(Input::Data(data)),
            () = until(clock) => {}
        }
        // What has arrived meanwhile goes into the same frame.
        while inputs.len() < TAKEN_AT_ONCE {
            let Some(data) = sources.at_hand() else { break };
            inputs.push(Input::Data(data));
        }
        // Also where news came at the same moment: afterwards the next tick is another one.
        if clock.is_some_and(|clock| clock <= Instant::now()) {
            inputs.push(Input::Clock);
        }
        // Everything that was taken is told, even if the first of it leads elsewhere: nobody tells it again.
        let mut leave = false;
        for input in inputs {
            for effect in app.update(input, now()) {
                leave |= perform(effect) == Step::Leave;
            }
        }
        pace.want(app.urgency());
        if leave {
            return Ok(Left::Effect);
        }
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Events we know; others are none of our business.
fn understood<D>(event: Event) -> Option<Input<D>> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Input::Key(key)),
        Event::Mouse(mouse) => Some(Input::Mouse(mouse)),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Key(_) | Event::Resize(..) | Event::FocusGained | Event::FocusLost => None,
    }
}

/// The signals that a full-screen program has to care for. The request to stop is left to the system: it
/// knows whether there is a shell that could let us go on.
pub fn signals() -> io::Result<impl Stream<Item = Signal> + Unpin> {
    // Exit codes: 128 and the signal's number, as shells expect.
    let wanted = [
        (SignalKind::hangup(), Signal::End(129)),
        (SignalKind::interrupt(), Signal::End(130)),
        (SignalKind::terminate(), Signal::End(143)),
        (SignalKind::from_raw(SIGCONT), Signal::Resume),
    ];
    let mut streams = Vec::new();
    for (kind, meaning) in wanted {
        streams.push(Box::pin(arriving(signal(kind)?, meaning)));
    }
    Ok(futures_util::stream::select_all(streams))
}

const SIGCONT: i32 = rustix::process::Signal::CONT.as_raw();

fn arriving(stream: Arriving, meaning: Signal) -> impl Stream<Item = Signal> {
    futures_util::stream::unfold(stream, move |mut stream| async move {
        stream.recv().await.map(|()| (meaning, stream))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyModifiers};
    use futures_util::stream::poll_fn;
    use ratatui::backend::TestBackend;
    use std::cell::{Cell, RefCell};
    use tokio::sync::mpsc;

    #[derive(Default)]
    struct Counter {
        seen: Vec<String>,
        urgency: Urgency,
        clock: Option<Duration>,
        frames: Cell<u32>,
        sizes: Vec<(u16, u16)>,
        drawn: RefCell<Vec<(u16, u16)>>,
    }

    impl App for Counter {
        type Data = &'static str;
        type Effect = char;

        fn update(&mut self, input: Input<Self::Data>, _: Timestamp) -> Vec<char> {
            match input {
                Input::Key(key) => {
                    self.urgency = Urgency::Now;
                    self.seen.push(format!("{}", key.code));
                    key.code.as_char().into_iter().collect()
                }
                Input::Data(data) => {
                    if data != "quiet" {
                        self.urgency = self.urgency.max(Urgency::Soon);
                    }
                    self.seen.push(data.to_owned());
                    Vec::new()
                }
                Input::Clock => {
                    self.urgency = Urgency::Now;
                    self.seen.push("clock".to_owned());
                    Vec::new()
                }
                Input::Resize(columns, rows) => {
                    self.sizes.push((columns, rows));
                    Vec::new()
                }
                _ => Vec::new(),
            }
        }

        fn urgency(&mut self) -> Urgency {
            std::mem::take(&mut self.urgency)
        }

        fn draw(&self, frame: &mut Frame<'_>) {
            let area = frame.area();
            self.drawn.borrow_mut().push((area.width, area.height));
            self.frames.set(self.frames.get() + 1);
        }

        fn clock(&self, _: Timestamp) -> Option<Duration> {
            self.clock
        }
    }

    fn key(char: char) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::NONE))
    }

    struct Desk {
        news: mpsc::Sender<&'static str>,
        many: mpsc::Sender<&'static str>,
        sources: Sources<&'static str>,
        terminal: Terminal<TestBackend>,
    }

    fn desk() -> Desk {
        let (news, mut news_out) = mpsc::channel(64);
        let (many, mut many_out) = mpsc::channel(10_000);
        Desk {
            news,
            many,
            sources: Sources {
                news: poll_fn(move |context| news_out.poll_recv(context)).boxed(),
                many: poll_fn(move |context| many_out.poll_recv(context)).boxed(),
            },
            terminal: Terminal::new(TestBackend::new(20, 5)).unwrap(),
        }
    }

    async fn go(
        app: &mut Counter,
        desk: &mut Desk,
        keys: impl Stream<Item = Event>,
        signals: impl Stream<Item = Signal>,
    ) -> Left {
        run(
            app,
            &mut desk.terminal,
            &mut Box::pin(keys.map(Ok)),
            &mut Box::pin(signals),
            &mut desk.sources,
            |effect| if effect == 'q' { Step::Leave } else { Step::Go },
            || Timestamp::UNIX_EPOCH,
        )
        .await
        .unwrap()
    }

    fn never<T>() -> impl Stream<Item = T> {
        futures_util::stream::pending()
    }

    /// Events at moments of the paused clock.
    fn later<T: 'static>(events: Vec<(u64, T)>) -> impl Stream<Item = T> {
        futures_util::stream::unfold(events.into_iter(), |mut events| async move {
            let Some((pause, event)) = events.next() else {
                return std::future::pending().await;
            };
            tokio::time::sleep(Duration::from_millis(pause)).await;
            Some((event, events))
        })
    }

    #[tokio::test(start_paused = true)]
    async fn an_hour_in_which_nothing_visible_happens_costs_one_frame() {
        let mut app = Counter::default();
        let mut desk = desk();
        for _ in 0..50 {
            desk.many.send("quiet").await.unwrap();
        }
        let left = go(
            &mut app,
            &mut desk,
            later(vec![(3_600_000, key('q'))]),
            never(),
        )
        .await;
        assert_eq!(left, Left::Effect);
        assert_eq!(app.frames.get(), 1, "the first");
        assert_eq!(app.seen.len(), 51);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_costs_a_handful_of_frames_and_a_key_overtakes_it() {
        let mut app = Counter::default();
        let mut desk = desk();
        for _ in 0..5_000 {
            desk.many.send("line").await.unwrap();
        }
        let keys = later(vec![(0, key('x')), (1_000, key('q'))]);
        go(&mut app, &mut desk, keys, never()).await;
        let place = app.seen.iter().position(|seen| seen == "x").unwrap();
        assert!(place <= 2 * TAKEN_AT_ONCE, "{place}");
        assert_eq!(app.seen.len(), 5_002);
        assert!(app.frames.get() <= 12, "{}", app.frames.get());
    }

    #[tokio::test(start_paused = true)]
    async fn important_news_overtake_the_many() {
        let mut app = Counter::default();
        let mut desk = desk();
        for _ in 0..100 {
            desk.many.send("line").await.unwrap();
        }
        desk.news.send("news").await.unwrap();
        go(&mut app, &mut desk, later(vec![(1_000, key('q'))]), never()).await;
        assert_eq!(app.seen[0], "news");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_taken_with_a_key_that_leaves_is_not_lost() {
        let mut app = Counter::default();
        let mut desk = desk();
        for _ in 0..5 {
            desk.news.send("news").await.unwrap();
        }
        let keys = futures_util::stream::iter([key('q')]).chain(never());
        let left = go(&mut app, &mut desk, keys, never()).await;
        assert_eq!(left, Left::Effect);
        let waiting = desk.sources.at_hand().is_some();
        assert!(waiting || app.seen.len() == 6, "{:?}", app.seen);
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_comes_before_everything() {
        let mut app = Counter::default();
        let mut desk = desk();
        desk.news.send("news").await.unwrap();
        let keys = futures_util::stream::iter([key('x')]).chain(never());
        let signals = futures_util::stream::iter([Signal::End(143)]).chain(never());
        let left = go(&mut app, &mut desk, keys, signals).await;
        assert_eq!(left, Left::Signal(Signal::End(143)));
        assert!(app.seen.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_ticks_only_while_it_is_visible() {
        let mut app = Counter {
            clock: Some(Duration::from_secs(1)),
            ..Counter::default()
        };
        let mut desk = desk();
        go(
            &mut app,
            &mut desk,
            later(vec![(10_500, key('q'))]),
            never(),
        )
        .await;
        assert_eq!(app.seen.iter().filter(|seen| *seen == "clock").count(), 10);
        assert_eq!(app.frames.get(), 11);
    }

    #[tokio::test(start_paused = true)]
    async fn a_view_hears_of_the_size_that_its_next_frame_has() {
        let mut app = Counter::default();
        let mut desk = desk();
        // What the terminal tells is of no size any more.
        desk.terminal.backend_mut().resize(33, 7);
        let keys = later(vec![(50, Event::Resize(99, 9)), (50, key('q'))]);
        go(&mut app, &mut desk, keys, never()).await;
        assert_eq!(app.sizes, [(33, 7)]);
        assert_eq!(*app.drawn.borrow(), [(33, 7), (33, 7)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_ticks_though_news_come_at_the_same_moment() {
        let mut app = Counter {
            clock: Some(Duration::from_secs(1)),
            ..Counter::default()
        };
        let mut desk = desk();
        let every_second = later((0..10).map(|_| (1_000, "quiet")).collect());
        desk.sources.news = every_second.boxed();
        go(
            &mut app,
            &mut desk,
            later(vec![(10_500, key('q'))]),
            never(),
        )
        .await;
        assert_eq!(app.seen.iter().filter(|seen| *seen == "clock").count(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_terminal_that_is_gone_ends_it() {
        let mut app = Counter::default();
        let left = go(
            &mut app,
            &mut desk(),
            futures_util::stream::empty(),
            never(),
        )
        .await;
        assert_eq!(left, Left::Closed);
    }
}
