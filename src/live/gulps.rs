//! Reading a flood in gulps. An engine hands each line over by itself, and both sides wake up for it. When
//! nobody reads for a moment the engine waits, and then hands over all that was written meanwhile at once,
//! which costs both of us a fraction. Lines of a quiet log are read as they come.

use std::time::Duration;

use futures_util::stream::Fuse;
use futures_util::{Stream, StreamExt};
use tokio::time::Instant;

/// How long lines that come one after the other are gathered.
const GATHER: Duration = Duration::from_millis(2);
/// Lines taken at once, at most.
const MOST: usize = 512;
/// So many gathered at once were waiting for us; more may be.
const WAITING: usize = 64;
/// So many lines from one pause to the next are a flood.
const FLOOD: usize = 100;
/// How long a flood is left alone: as long as its frames are apart.
const PAUSE: Duration = Duration::from_millis(100);

/// Decides when to pause.
#[derive(Debug)]
pub(super) struct Gulps {
    since: Instant,
    lines: usize,
}

impl Gulps {
    pub fn begin(now: Instant) -> Self {
        Self {
            since: now,
            lines: 0,
        }
    }

    /// So many lines were taken at once; says how long to leave the rest alone.
    pub fn took(&mut self, lines: usize, now: Instant) -> Option<Duration> {
        if now.duration_since(self.since) > PAUSE * 2 {
            *self = Self::begin(now);
        }
        self.lines += lines;
        if lines >= WAITING || self.lines < FLOOD {
            return None;
        }
        *self = Self::begin(now);
        Some(PAUSE)
    }
}

/// The next piece, and what comes right behind it. Nothing at the end.
pub(super) async fn next<S: Stream + Unpin>(stream: &mut Fuse<S>) -> Option<Vec<S::Item>> {
    let mut taken = vec![stream.next().await?];
    let mut enough = std::pin::pin!(tokio::time::sleep(GATHER));
    while taken.len() < MOST {
        tokio::select! {
            biased;
            next = stream.next() => match next {
                Some(next) => taken.push(next),
                // The next call finds it again.
                None => break,
            },
            () = &mut enough => break,
        }
    }
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_quiet_log_is_never_left_alone() {
        let start = Instant::now();
        let mut gulps = Gulps::begin(start);
        for second in 0..1000 {
            assert_eq!(gulps.took(20, start + 1000 * second * MS), None);
        }
    }

    #[test]
    fn a_flood_is_left_alone_once_nothing_waits() {
        let start = Instant::now();
        let mut gulps = Gulps::begin(start);
        assert_eq!(gulps.took(500, start), None, "more is waiting");
        assert_eq!(gulps.took(63, start + 4 * MS), Some(PAUSE));
        assert_eq!(gulps.took(512, start + 105 * MS), None);
        assert_eq!(gulps.took(488, start + 108 * MS), None);
        assert_eq!(gulps.took(20, start + 110 * MS), Some(PAUSE));
        assert_eq!(gulps.took(20, start + 212 * MS), None, "it is over");
    }

    #[tokio::test(start_paused = true)]
    async fn lines_come_whole_in_order_and_end() {
        let mut stream = stream::iter(0..600).fuse();
        let mut seen = Vec::new();
        while let Some(taken) = next(&mut stream).await {
            assert!(taken.len() <= MOST);
            seen.extend(taken);
        }
        assert_eq!(seen, (0..600).collect::<Vec<_>>());

        // A line on its own waits no longer than lines are gathered.
        let mut slow = stream::iter([1]).chain(stream::pending()).fuse();
        let start = Instant::now();
        assert_eq!(next(&mut slow).await, Some(vec![1]));
        assert_eq!(start.elapsed(), GATHER);
    }
}
