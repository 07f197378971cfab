//! Following one container: its log over all its runs, and what each run uses.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::gulps::{self, Gulps};
use super::{Line, Lines, News, Run, usage};
use crate::deployment::Redactor;
use crate::engine::{Engine, EngineError, LogLine, LogOptions, Phase, StatsSample};
use crate::plain::clean;

/// A line longer than this many bytes is cut and says so.
pub const LINE_KEPT: usize = 8 << 10;
/// Lines of history to begin with.
const TAIL: u32 = 1000;
/// After a stream broke although its container runs.
const AGAIN: Duration = Duration::from_secs(1);

/// The present run, as the feed tells its followers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Present {
    pub generation: u64,
    pub running: bool,
}

/// A container to follow.
#[derive(Debug)]
pub(super) struct Followed<E> {
    pub engine: E,
    pub container: String,
    pub present: watch::Receiver<Present>,
}

/// Reads a container's log, run after run, until nobody listens or the container is gone.
/// `last` is the time of the newest line handed over, so that nothing comes twice after a break.
pub(super) async fn log<E: Engine>(
    mut followed: Followed<E>,
    redactor: Redactor,
    last: Arc<AtomicI64>,
    began_nanos: i64,
    lines: mpsc::Sender<Lines>,
) {
    loop {
        let present = *followed.present.borrow_and_update();
        let newest = last.load(Ordering::Relaxed);
        let options = LogOptions {
            tail: (newest == 0).then_some(TAIL),
            since: (newest != 0).then_some(newest / 1_000_000_000),
            // What a container that has ended wrote last is only complete without following.
            follow: present.running,
        };
        let mut stream = followed.engine.logs(&followed.container, &options).fuse();
        let mut gulps = Gulps::begin(Instant::now());
        while let Some(chunk) = gulps::next(&mut stream).await {
            let taken = chunk.len();
            let known = last.load(Ordering::Relaxed);
            let fresh: Vec<Line> = chunk
                .into_iter()
                .filter_map(Result::ok)
                .map(|line| harmless(&line, &redactor))
                .filter(|line| line.at_nanos == 0 || newest == 0 || line.at_nanos > newest)
                .collect();
            let latest = fresh.iter().map(|line| line.at_nanos).max().unwrap_or(0);
            last.store(known.max(latest), Ordering::Relaxed);
            if !fresh.is_empty() {
                let history = latest < began_nanos;
                let batch = Lines {
                    container: followed.container.clone(),
                    lines: fresh,
                    history,
                };
                if lines.send(batch).await.is_err() {
                    return;
                }
            }
            if let Some(pause) = gulps.took(taken, Instant::now()) {
                tokio::time::sleep(pause).await;
            }
        }
        // The end of the run, or of the connection?
        if followed.present.has_changed().unwrap_or(false) {
            continue;
        }
        let known_broken = match followed.engine.inspect(&followed.container).await {
            Ok(state) => state.phase == Phase::Running && present.running,
            Err(EngineError::NotFound { .. }) => return,
            Err(_) => false,
        };
        let changed = followed.present.changed();
        let go_on = if known_broken {
            tokio::time::timeout(AGAIN, changed).await.unwrap_or(Ok(()))
        } else {
            changed.await
        };
        if go_on.is_err() {
            return;
        }
    }
}

/// A line fit for a screen: cleaned first, since an escape sequence could hide a secret in two halves.
fn harmless(line: &LogLine, redactor: &Redactor) -> Line {
    let at = line
        .time
        .as_deref()
        .and_then(|time| time.parse::<Timestamp>().ok());
    let clean = clean(&line.text);
    let safe = redactor.redact(&clean);
    let text = if safe.len() <= LINE_KEPT {
        safe.into_owned()
    } else {
        let cut = safe.floor_char_boundary(LINE_KEPT);
        let kept = safe.get(..cut).unwrap_or_default();
        format!("{kept} … ({} more bytes)", safe.len() - cut)
    };
    Line {
        at_nanos: at
            .and_then(|at| i64::try_from(at.as_nanosecond()).ok())
            .unwrap_or(0),
        stream: line.stream,
        text: text.into(),
    }
}

/// Measures a container while it runs, run after run.
pub(super) async fn stats<E: Engine>(mut followed: Followed<E>, news: mpsc::Sender<News>) {
    loop {
        let present = *followed.present.borrow_and_update();
        if present.running {
            let mut samples = followed.engine.stats(&followed.container);
            let mut before: Option<StatsSample> = None;
            loop {
                let sample = tokio::select! {
                    biased;
                    changed = followed.present.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                    sample = samples.next() => sample,
                };
                let Some(Ok(sample)) = sample else {
                    // What broke it shows in the events; a measure is not worth more than a pause.
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        changed = followed.present.changed() => if changed.is_err() { return },
                    }
                    break;
                };
                let usage = before.as_ref().and_then(|before| usage(before, &sample));
                before = Some(sample);
                let Some(usage) = usage else { continue };
                let run = Run {
                    container: followed.container.clone(),
                    generation: present.generation,
                };
                if news.send(News::Uses { run, usage }).await.is_err() {
                    return;
                }
            }
        } else if followed.present.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::LogStream;

    fn line(text: &str) -> LogLine {
        LogLine {
            stream: LogStream::Err,
            time: Some("2026-11-23T06:08:00.5Z".to_owned()),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_secret_is_found_behind_escape_sequences() {
        let redactor = Redactor::of([("db".to_owned(), "correcthorse")]);
        let safe = harmless(&line("password correct\u{1b}[31mhorse\u{1b}[0m"), &redactor);
        assert_eq!(&*safe.text, "password [secret: db]");
        assert_eq!(safe.at_nanos, 1_795_414_080_500_000_000);
        assert_eq!(safe.stream, LogStream::Err);
    }

    #[test]
    fn a_secret_across_the_cut_is_found_and_the_cut_is_named() {
        let redactor = Redactor::of([("db".to_owned(), "correcthorse")]);
        let long = format!(
            "{}correcthorse{}",
            "é".repeat(LINE_KEPT / 2 - 3),
            "x".repeat(100)
        );
        let safe = harmless(&line(&long), &redactor);
        assert!(!safe.text.contains("correct"), "{}", safe.text);
        assert!(safe.text.contains("more bytes)"), "{}", safe.text);
        assert!(safe.text.len() < LINE_KEPT + 40);
    }
}
