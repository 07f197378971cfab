//! The lines we hold: for each service a ring, bounded by lines and by bytes, and all together by bytes.

use std::collections::VecDeque;

use crate::engine::LogStream;

/// Lines kept of one service.
const LINES_KEPT: usize = 20_000;
/// Bytes kept of one service.
const BYTES_KEPT: usize = 4 << 20;
/// Bytes kept of all services together.
const BYTES_KEPT_TOGETHER: usize = 16 << 20;
/// What a line takes beside its text, about.
const OVERHEAD: usize = 64;

/// Which line: the service's place in the store, and the line's number in that service, which it
/// keeps when older lines are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct LineId {
    pub service: usize,
    pub number: u64,
}

/// A line held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Held {
    /// Nanoseconds since 1970; 0 if the engine did not say.
    pub at_nanos: i64,
    /// Counts all lines as they came.
    pub order: u64,
    pub kind: Kind,
    pub text: Box<str>,
}

/// Whose words they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Kind {
    Out,
    Err,
    /// Ours: the service ended, or was started.
    Mark,
}

impl From<LogStream> for Kind {
    fn from(stream: LogStream) -> Self {
        match stream {
            LogStream::Out => Self::Out,
            LogStream::Err => Self::Err,
        }
    }
}

/// All lines of a deployment.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct Store {
    rings: Vec<Ring>,
    order: u64,
    limits: Limits,
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(in crate::tui) struct Limits {
    pub lines: usize,
    pub bytes: usize,
    pub bytes_together: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lines: LINES_KEPT,
            bytes: BYTES_KEPT,
            bytes_together: BYTES_KEPT_TOGETHER,
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Ring {
    name: String,
    lines: VecDeque<Held>,
    /// Number of the first line held: so many were dropped.
    first: u64,
    bytes: usize,
}

impl Ring {
    fn drop_oldest(&mut self) -> bool {
        let Some(line) = self.lines.pop_front() else {
            return false;
        };
        self.first += 1;
        self.bytes = self.bytes.saturating_sub(line.text.len() + OVERHEAD);
        true
    }
}

impl Store {
    #[cfg(test)]
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The service's place; it gets one if it has none.
    pub fn place(&mut self, service: &str) -> usize {
        if let Some(place) = self.find(service) {
            return place;
        }
        self.rings.push(Ring {
            name: service.to_owned(),
            ..Ring::default()
        });
        self.rings.len() - 1
    }

    pub fn find(&self, service: &str) -> Option<usize> {
        self.rings.iter().position(|ring| ring.name == service)
    }

    pub fn name(&self, place: usize) -> &str {
        self.rings.get(place).map_or("", |ring| ring.name.as_str())
    }

    /// Columns of the widest service name.
    pub fn name_width(&self) -> usize {
        let widths = self
            .rings
            .iter()
            .map(|ring| crate::tui::text::width(&ring.name));
        widths.max().unwrap_or(0)
    }

    /// Takes a line; older ones make room.
    pub fn push(
        &mut self,
        place: usize,
        at_nanos: i64,
        kind: Kind,
        text: Box<str>,
    ) -> Option<LineId> {
        self.order += 1;
        let order = self.order;
        let limits = self.limits;
        let ring = self.rings.get_mut(place)?;
        ring.bytes += text.len() + OVERHEAD;
        ring.lines.push_back(Held {
            at_nanos,
            order,
            kind,
            text,
        });
        let number = ring.first + ring.lines.len() as u64 - 1;
        while ring.lines.len() > limits.lines || (ring.bytes > limits.bytes && ring.lines.len() > 1)
        {
            ring.drop_oldest();
        }
        while self.bytes() > limits.bytes_together {
            // Whoever holds most gives first, so that a quiet service's lines survive a loud one.
            let largest = self.rings.iter_mut().max_by_key(|ring| ring.bytes);
            if !largest.is_some_and(Ring::drop_oldest) {
                break;
            }
        }
        Some(LineId {
            service: place,
            number,
        })
    }

    pub fn get(&self, id: LineId) -> Option<&Held> {
        let ring = self.rings.get(id.service)?;
        let index = id.number.checked_sub(ring.first)?;
        ring.lines.get(usize::try_from(index).ok()?)
    }

    /// Lines of one service or of all, each service's oldest first.
    pub fn lines(&self, service: Option<usize>) -> impl Iterator<Item = (LineId, &Held)> {
        self.rings
            .iter()
            .enumerate()
            .filter(move |(place, _)| service.is_none_or(|wanted| wanted == *place))
            .flat_map(|(place, ring)| {
                ring.lines
                    .iter()
                    .zip(ring.first..)
                    .map(move |(line, number)| {
                        (
                            LineId {
                                service: place,
                                number,
                            },
                            line,
                        )
                    })
            })
    }

    /// The last lines of one service, newest first.
    pub fn latest(&self, place: usize) -> impl Iterator<Item = &Held> {
        self.rings
            .get(place)
            .into_iter()
            .flat_map(|ring| ring.lines.iter().rev())
    }

    /// How many older lines were dropped, of one service or of all.
    pub fn dropped(&self, service: Option<usize>) -> u64 {
        self.rings
            .iter()
            .enumerate()
            .filter(|(place, _)| service.is_none_or(|wanted| wanted == *place))
            .map(|(_, ring)| ring.first)
            .sum()
    }

    /// How many lines are held, of one service or of all.
    pub fn held(&self, service: Option<usize>) -> usize {
        self.rings
            .iter()
            .enumerate()
            .filter(|(place, _)| service.is_none_or(|wanted| wanted == *place))
            .map(|(_, ring)| ring.lines.len())
            .sum()
    }

    fn bytes(&self) -> usize {
        self.rings.iter().map(|ring| ring.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(store: &mut Store, service: &str, text: &str) -> LineId {
        let place = store.place(service);
        store.push(place, 0, Kind::Out, text.into()).unwrap()
    }

    #[test]
    fn a_ring_is_bounded_by_lines_and_by_bytes_and_counts_what_it_drops() {
        let mut store = Store::with_limits(Limits {
            lines: 3,
            bytes: 3 * (OVERHEAD + 10),
            bytes_together: 1 << 20,
        });
        let first = push(&mut store, "api", "one");
        for text in ["two", "three", "four"] {
            push(&mut store, "api", text);
        }
        assert_eq!(store.get(first), None);
        assert_eq!(store.dropped(None), 1);
        let last = push(&mut store, "api", &"x".repeat(150));
        assert_eq!(store.lines(None).count(), 1, "by bytes");
        assert_eq!(&*store.get(last).unwrap().text, "x".repeat(150));
        assert_eq!(store.dropped(Some(0)), 4);
    }

    #[test]
    fn a_loud_service_does_not_push_out_a_quiet_one() {
        let mut store = Store::with_limits(Limits {
            lines: 1000,
            bytes: 1 << 20,
            bytes_together: 20 * (OVERHEAD + 10),
        });
        let quiet = push(&mut store, "db", "0123456789");
        for _ in 0..500 {
            push(&mut store, "api", "0123456789");
        }
        assert!(store.get(quiet).is_some());
        assert_eq!(store.lines(None).count(), 20);
        assert_eq!(store.dropped(None), 481);
    }
}
