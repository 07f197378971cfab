//! How fast time goes on an engine.

use std::num::NonZeroU32;
use std::time::Duration;

/// How many times faster than real the time of an engine goes. Real engines know only
/// [`Pace::REAL`]; a rehearsal may be in a hurry, and whoever waits for it is then too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(NonZeroU32);

impl Pace {
    /// Time as it is.
    pub const REAL: Self = Self(NonZeroU32::MIN);

    /// So many times faster; 0 counts as 1.
    pub fn times(factor: u32) -> Self {
        Self(NonZeroU32::new(factor).unwrap_or(NonZeroU32::MIN))
    }

    /// How long a time of that length really takes.
    #[must_use]
    pub fn take(self, time: Duration) -> Duration {
        time / self.0.get()
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::REAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shorter_by_the_factor_and_never_stands_still() {
        let minute = Duration::from_mins(1);
        assert_eq!(Pace::REAL.take(minute), minute);
        assert_eq!(Pace::times(20).take(minute), Duration::from_secs(3));
        assert_eq!(Pace::times(0), Pace::REAL);
    }
}
