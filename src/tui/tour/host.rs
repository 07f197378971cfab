//! The tour on a stage: makes the guide ask, and sends it home at the end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{pending, poll_fn};
use jiff::Timestamp;
use ratatui::Frame;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::engine::Engine;
use crate::tour::{Guide, Step};
use crate::tui::events::{App, Input, Sources};
use crate::tui::pace::Urgency;
use crate::tui::stage::{Ended, Order, Stage};
use crate::tui::theme::Theme;

use super::draw;
use super::state::{Data, Effect, Tour};

/// Answers that may wait for the loop: more than steps can be under way.
const ANSWERS: usize = 16;

/// The tour as the loop sees it.
#[derive(Debug)]
struct Pages {
    tour: Tour,
    theme: Theme,
}

impl App for Pages {
    type Data = Data;
    type Effect = Effect;

    fn update(&mut self, input: Input<Data>, now: Timestamp) -> Vec<Effect> {
        self.tour.update(input, now)
    }

    fn urgency(&mut self) -> Urgency {
        std::mem::take(&mut self.tour.urgency)
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        draw::draw(frame, &self.tour, self.theme);
    }

    fn clock(&self, _now: Timestamp) -> Option<Duration> {
        None
    }
}

/// Plays the tour until the operator leaves it, or the program has to end. However it ends, the guide
/// has taken its key away then. `mode` is how the deployment runs, in the words of the header.
pub async fn play<E: Engine + 'static>(
    stage: &mut Stage,
    guide: Guide<E>,
    mode: &str,
) -> io::Result<Ended> {
    let guide = Arc::new(guide);
    let mut visits = JoinSet::new();
    let ended = play_with(stage, &guide, mode, &mut visits).await;
    visits.shutdown().await;
    guide.leave().await;
    ended
}

async fn play_with<E: Engine + 'static>(
    stage: &mut Stage,
    guide: &Arc<Guide<E>>,
    mode: &str,
    visits: &mut JoinSet<()>,
) -> io::Result<Ended> {
    let (answers, mut answered) = mpsc::channel(ANSWERS);
    let mut sources = Sources {
        news: poll_fn(move |context| answered.poll_recv(context)).boxed(),
        many: pending().boxed(),
    };
    let look = stage.look();
    let pages = Step::ALL.map(|step| guide.page(step)).into();
    let mut app = Pages {
        tour: Tour::new(guide.deployment(), mode, pages, stage.size()?, look.mouse),
        theme: look.theme,
    };
    let mut is_over = false;
    let mut perform = |effect| match effect {
        Effect::Visit(step) => {
            let (guide, answers) = (Arc::clone(guide), answers.clone());
            visits.spawn(async move {
                let visit = guide.visit(step).await;
                let _ = answers.send(Data(step, visit)).await;
            });
            Order::Go
        }
        Effect::Mouse(on) => Order::Mouse(on),
        Effect::Redraw => Order::Redraw,
        Effect::Suspend => Order::Suspend,
        Effect::End => Order::Leave,
        Effect::Leave => {
            is_over = true;
            Order::Leave
        }
    };
    for effect in app.tour.begin() {
        perform(effect);
    }
    match stage.play(&mut app, &mut sources, perform).await? {
        Ended::Left if is_over => Ok(Ended::Program(0)),
        ended => Ok(ended),
    }
}
