//! When to draw: at once after a key, now and then in a flood, never when nothing changed. Pure.

use std::time::Duration;

use tokio::time::Instant;

/// How soon a change should be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Nothing changed on the screen.
    #[default]
    None,
    /// A number that moves by itself: once a second will do.
    Lazy,
    /// News: ten times a second, however many arrive.
    Soon,
    /// An answer to a key: with the next frame.
    Now,
}

impl Urgency {
    /// The least time between two frames.
    fn interval(self) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::Lazy => Some(Duration::from_secs(1)),
            Self::Soon => Some(Duration::from_millis(100)),
            Self::Now => Some(Duration::from_millis(16)),
        }
    }
}

/// Decides when the next frame is due.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<Instant>,
    urgency: Urgency,
}

impl Pace {
    /// Something changed.
    pub fn want(&mut self, urgency: Urgency) {
        self.urgency = self.urgency.max(urgency);
    }

    /// When to draw, if there is something to draw.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let interval = self.urgency.interval()?;
        Some(self.last.map_or(now, |last| last + interval))
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.last = Some(now);
        self.urgency = Urgency::None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn nothing_changed_means_no_frame_ever() {
        let mut pace = Pace::default();
        let start = Instant::now();
        assert_eq!(pace.due(start), None);
        pace.want(Urgency::Now);
        assert_eq!(pace.due(start), Some(start));
        pace.drawn(start);
        assert_eq!(pace.due(start + Duration::from_hours(1)), None);
        pace.want(Urgency::None);
        assert_eq!(pace.due(start + Duration::from_hours(1)), None);
    }

    #[test]
    fn a_key_overtakes_a_flood() {
        let mut pace = Pace::default();
        let start = Instant::now();
        pace.drawn(start);
        pace.want(Urgency::Soon);
        assert_eq!(pace.due(start + MS), Some(start + 100 * MS));
        pace.want(Urgency::Now);
        pace.want(Urgency::Lazy);
        assert_eq!(pace.due(start + MS), Some(start + 16 * MS));
    }
}
