//! A window on the lines: which are shown, where we stand, what was found. Pure.
//!
//! The place is kept by the line, not by a number of rows, so text does not move when older lines are
//! dropped, the width changes or lines wrap. Only rows near the window are ever measured.

use std::collections::VecDeque;

use super::store::{Held, Kind, LineId, Store};
use crate::tui::text;

/// How text is drawn; decides how many rows a line takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct Window {
    /// Columns for a line's text.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Whether long lines wrap.
    pub wrap: bool,
}

impl Window {
    fn height(self, text: &str) -> usize {
        if self.wrap {
            text::height(text, self.columns)
        } else {
            1
        }
    }
}

/// The first row of the window: a line by its place in `shown` (counted from the very first), and how many
/// of its rows are above the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct Top {
    pub row: u64,
    pub above: usize,
}

/// A window on the store.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct View {
    /// One service's lines, or all.
    pub service: Option<usize>,
    /// Only lines with this.
    pub filter: Option<Needle>,
    /// Only lines of standard error.
    pub only_errors: bool,
    /// Marks lines with this.
    pub query: Option<Needle>,
    /// Where we stand; without it we follow.
    pub top: Option<Top>,
    /// Lines that came while we did not follow.
    pub fresh: u64,
    /// Lines to show, oldest first. Some may have been dropped from the store.
    shown: VecDeque<LineId>,
    /// Lines that went out at the front of `shown`.
    gone: u64,
    /// Lines of `shown` with a hit.
    hits: VecDeque<u64>,
    /// The hit we stand on.
    pub hit: Option<u64>,
}

/// A text to look for. Small letters find capitals, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) struct Needle {
    text: String,
    exact: bool,
}

impl Needle {
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self {
            exact: text.chars().any(char::is_uppercase),
            text: text.to_owned(),
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte ranges of all places in a text.
    pub fn places(&self, hay: &str) -> Vec<std::ops::Range<usize>> {
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(at) = hay.get(from..).and_then(|rest| self.first(rest)) {
            let start = from + at;
            let end = start + self.text.len();
            places.push(start..end);
            from = end;
        }
        places
    }

    pub fn is_in(&self, hay: &str) -> bool {
        self.first(hay).is_some()
    }

    /// Letters beyond ASCII are only found as they are written; their other forms may differ in length.
    fn first(&self, hay: &str) -> Option<usize> {
        if self.exact {
            return hay.find(&self.text);
        }
        let needle = self.text.as_bytes();
        let (first, _) = needle.split_first()?;
        let bytes = hay.as_bytes();
        bytes
            .windows(needle.len())
            .enumerate()
            .filter(|(_, window)| {
                window
                    .first()
                    .is_some_and(|byte| byte.eq_ignore_ascii_case(first))
            })
            .find(|(at, window)| window.eq_ignore_ascii_case(needle) && hay.is_char_boundary(*at))
            .map(|(at, _)| at)
    }
}

impl View {
    /// Chooses the lines anew, in the order of time; keeps our place by the line.
    pub fn rebuild(&mut self, store: &Store) {
        let anchor = self.top.and_then(|top| self.id(top.row));
        let hit = self.hit.and_then(|hit| self.id(hit));
        let mut chosen: Vec<(i64, u64, LineId)> = store
            .lines(self.service)
            .filter(|(_, line)| self.wants(line.kind, &line.text))
            .map(|(id, line)| (line.at_nanos, line.order, id))
            .collect();
        // Within a service lines stay as they came; a stable sort by time would tear apart lines
        // whose engine gave them the same time out of order.
        if self.service.is_none() {
            chosen.sort_by_key(|(at, order, _)| (*at, *order));
        }
        self.gone = 0;
        self.shown = chosen.into_iter().map(|(_, _, id)| id).collect();
        if let Some(top) = &mut self.top {
            let row = anchor.and_then(|anchor| self.shown.iter().position(|id| *id == anchor));
            *top = Top {
                row: row.unwrap_or_else(|| self.shown.len().saturating_sub(1)) as u64,
                above: if row.is_some() { top.above } else { 0 },
            };
        }
        self.search(store);
        let row = hit.and_then(|hit| self.shown.iter().position(|id| *id == hit));
        self.hit = row
            .map(|row| row as u64)
            .filter(|row| self.hits.contains(row));
    }

    /// Looks for the query in all lines shown.
    pub fn search(&mut self, store: &Store) {
        self.hits.clear();
        self.hit = None;
        let Some(query) = &self.query else { return };
        self.hits = self
            .shown
            .iter()
            .zip(self.gone..)
            .filter(|(id, _)| store.get(**id).is_some_and(|line| query.is_in(&line.text)))
            .map(|(_, row)| row)
            .collect();
    }

    /// Takes a line that was just pushed to the store; says whether it is shown here.
    pub fn push(&mut self, id: LineId, kind: Kind, text: &str) -> bool {
        let wanted =
            self.service.is_none_or(|service| service == id.service) && self.wants(kind, text);
        if wanted {
            if self.query.as_ref().is_some_and(|query| query.is_in(text)) {
                self.hits.push_back(self.end());
            }
            self.shown.push_back(id);
            if self.top.is_some() {
                self.fresh += 1;
            }
        }
        wanted
    }

    /// Forgets lines that the store has dropped: those at the front, and, when they have become many,
    /// those in between.
    pub fn forget(&mut self, store: &Store) {
        while let Some(first) = self.shown.front()
            && store.get(*first).is_none()
        {
            self.shown.pop_front();
            self.gone += 1;
        }
        while self.hits.front().is_some_and(|hit| *hit < self.gone) {
            self.hits.pop_front();
        }
        if self.hit.is_some_and(|hit| hit < self.gone) {
            self.hit = None;
        }
        if let Some(top) = &mut self.top
            && top.row < self.gone
        {
            *top = Top {
                row: self.gone,
                above: 0,
            };
        }
    }

    /// Whether so many lines in between are gone that `rebuild` pays.
    pub fn is_full_of_holes(&self, held: usize) -> bool {
        self.shown.len() > held.saturating_mul(2) + 1024
    }

    fn wants(&self, kind: Kind, text: &str) -> bool {
        if kind == Kind::Mark {
            return self.filter.is_none() && !self.only_errors;
        }
        (!self.only_errors || kind == Kind::Err)
            && self.filter.as_ref().is_none_or(|filter| filter.is_in(text))
    }

    fn end(&self) -> u64 {
        self.gone + self.shown.len() as u64
    }

    fn id(&self, row: u64) -> Option<LineId> {
        let index = usize::try_from(row.checked_sub(self.gone)?).ok()?;
        self.shown.get(index).copied()
    }

    /// Lines shown.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Where the hit we stand on is among all hits, counted from 1, and how many there are.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.query.as_ref()?;
        let at = self
            .hit
            .map_or(0, |hit| self.hits.partition_point(|row| *row <= hit));
        Some((at, self.hits.len()))
    }

    /// The rows of the window from its top: line and the number of its rows that are above.
    pub fn visible(&self, store: &Store, window: Window) -> Vec<(LineId, usize)> {
        let top = self.first_row(store, window);
        let mut rows = 0;
        let mut visible = Vec::new();
        for row in top.row..self.end() {
            if rows >= window.rows {
                break;
            }
            let Some(id) = self.id(row) else { break };
            let Some(line) = store.get(id) else { continue };
            let above = if row == top.row { top.above } else { 0 };
            rows += window.height(&line.text).saturating_sub(above);
            visible.push((id, above));
        }
        visible
    }

    /// The top while following: as many rows as fit, counted from the end.
    fn first_row(&self, store: &Store, window: Window) -> Top {
        self.top.unwrap_or_else(|| self.bottom(store, window))
    }

    fn bottom(&self, store: &Store, window: Window) -> Top {
        let end = Top {
            row: self.end(),
            above: 0,
        };
        self.moved_up(store, window, end, window.rows)
    }

    fn moved_up(&self, store: &Store, window: Window, from: Top, rows: usize) -> Top {
        let mut top = from;
        let mut left = rows;
        loop {
            if top.above >= left {
                top.above -= left;
                return top;
            }
            left -= top.above;
            top.above = 0;
            let Some(before) = top.row.checked_sub(1).filter(|row| *row >= self.gone) else {
                return top;
            };
            top.row = before;
            if let Some(line) = self.id(before).and_then(|id| store.get(id)) {
                top.above = window.height(&line.text);
            }
        }
    }

    /// Up: stops following.
    pub fn up(&mut self, store: &Store, window: Window, rows: usize) {
        let top = self.first_row(store, window);
        self.stand(self.moved_up(store, window, top, rows));
    }

    /// Down: at the end we follow again.
    pub fn down(&mut self, store: &Store, window: Window, rows: usize) {
        let Some(mut top) = self.top else { return };
        let bottom = self.bottom(store, window);
        let mut left = rows;
        while (top.row, top.above) < (bottom.row, bottom.above) && left > 0 {
            let line = self.id(top.row).and_then(|id| store.get(id));
            let below = line.map_or(0, |line| {
                window.height(&line.text).saturating_sub(top.above)
            });
            if below > left {
                top.above += left;
                left = 0;
            } else {
                left -= below;
                top = Top {
                    row: top.row + 1,
                    above: 0,
                };
            }
        }
        if (top.row, top.above) >= (bottom.row, bottom.above) {
            self.follow();
        } else {
            self.stand(top);
        }
    }

    /// To the oldest line.
    pub fn oldest(&mut self) {
        self.stand(Top {
            row: self.gone,
            above: 0,
        });
    }

    /// To the newest line, and stay there.
    pub fn follow(&mut self) {
        self.top = None;
        self.fresh = 0;
    }

    fn stand(&mut self, top: Top) {
        if self.top.is_none() {
            self.fresh = 0;
        }
        self.top = Some(top);
    }

    /// Whether this line is the hit we stand on.
    pub fn is_hit(&self, id: LineId) -> bool {
        self.hit.and_then(|hit| self.id(hit)) == Some(id)
    }

    /// To the next hit (or the one before), counted from where we stand; goes round at the end. `false`
    /// if there is none.
    pub fn step(&mut self, store: &Store, window: Window, forward: bool) -> bool {
        let len = self.hits.len();
        if len == 0 {
            return false;
        }
        let index = match (self.hit, forward) {
            (Some(hit), true) => self.hits.partition_point(|row| *row <= hit) % len,
            (Some(hit), false) => (self.hits.partition_point(|row| *row < hit) + len - 1) % len,
            // Begin with the newest that is not below the window.
            (None, _) => {
                let end = self
                    .visible(store, window)
                    .last()
                    .and_then(|(id, _)| self.shown.iter().rposition(|shown| shown == id))
                    .map_or(self.end(), |at| self.gone + at as u64);
                self.hits
                    .partition_point(|row| *row <= end)
                    .saturating_sub(1)
            }
        };
        let Some(row) = self.hits.get(index).copied() else {
            return false;
        };
        self.hit = Some(row);
        self.show(store, window, row);
        true
    }

    /// Moves the window only if the line is not wholly in it.
    fn show(&mut self, store: &Store, window: Window, row: u64) {
        let wanted = self.id(row);
        let mut used = 0;
        let is_visible = self.visible(store, window).into_iter().any(|(id, above)| {
            let height = store.get(id).map_or(0, |line| window.height(&line.text));
            used += height.saturating_sub(above);
            Some(id) == wanted && above == 0 && used <= window.rows
        });
        if !is_visible {
            let line = Top { row, above: 0 };
            let top = self.moved_up(store, window, line, window.rows / 2);
            self.stand(top);
        } else if self.top.is_none() {
            // Standing on a hit means not to be carried off by new lines.
            let top = self.bottom(store, window);
            self.stand(top);
        }
    }

    /// All lines shown, oldest first.
    pub fn all<'s>(&'s self, store: &'s Store) -> impl Iterator<Item = (LineId, &'s Held)> {
        self.shown
            .iter()
            .filter_map(|id| Some((*id, store.get(*id)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Limits;
    use super::*;
    use proptest::prelude::*;

    const WINDOW: Window = Window {
        columns: 10,
        rows: 4,
        wrap: true,
    };

    struct Lab {
        store: Store,
        view: View,
    }

    impl Lab {
        fn new(lines: usize) -> Self {
            let limits = Limits {
                lines,
                bytes: 1 << 20,
                bytes_together: 1 << 20,
            };
            Self {
                store: Store::with_limits(limits),
                view: View::default(),
            }
        }

        fn push(&mut self, service: &str, text: &str) {
            let place = self.store.place(service);
            let id = self.store.push(place, 0, Kind::Out, text.into()).unwrap();
            self.view.push(id, Kind::Out, text);
            self.view.forget(&self.store);
        }

        fn numbered(count: usize) -> Self {
            let mut lab = Self::new(1000);
            for number in 0..count {
                lab.push("api", &format!("line {number}"));
            }
            lab
        }

        fn visible(&self) -> Vec<String> {
            self.view
                .visible(&self.store, WINDOW)
                .into_iter()
                .map(|(id, _)| self.store.get(id).unwrap().text.to_string())
                .collect()
        }
    }

    #[test]
    fn following_shows_the_newest_and_up_stops_it() {
        let mut lab = Lab::numbered(10);
        assert_eq!(lab.visible(), ["line 6", "line 7", "line 8", "line 9"]);
        lab.view.up(&lab.store, WINDOW, 2);
        assert_eq!(lab.visible(), ["line 4", "line 5", "line 6", "line 7"]);
        lab.push("api", "line 10");
        assert_eq!(lab.visible()[0], "line 4", "the text stands still");
        assert_eq!(lab.view.fresh, 1);
        lab.view.down(&lab.store, WINDOW, 2);
        assert!(lab.view.top.is_some());
        lab.view.down(&lab.store, WINDOW, 9);
        assert_eq!((lab.view.top, lab.view.fresh), (None, 0));
        assert_eq!(lab.visible()[3], "line 10");
    }

    #[test]
    fn wrapped_lines_scroll_row_by_row() {
        let mut lab = Lab::new(100);
        lab.push("api", "first");
        lab.push("api", &"0123456789".repeat(5));
        lab.push("api", "last");
        let shown = lab.view.visible(&lab.store, WINDOW);
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].1, 2, "two of its five rows are above");
        lab.view.up(&lab.store, WINDOW, 1);
        assert_eq!(lab.view.visible(&lab.store, WINDOW)[0].1, 1);
        lab.view.up(&lab.store, WINDOW, 100);
        assert_eq!(lab.visible()[0], "first");
        lab.view.down(&lab.store, WINDOW, 100);
        assert_eq!(lab.view.top, None);
    }

    #[test]
    fn text_stands_still_while_older_lines_are_dropped() {
        let mut lab = Lab::new(10);
        for number in 0..10 {
            lab.push("api", &format!("line {number}"));
        }
        lab.view.up(&lab.store, WINDOW, 2);
        for number in 10..14 {
            lab.push("api", &format!("line {number}"));
        }
        assert_eq!(lab.visible(), ["line 4", "line 5", "line 6", "line 7"]);
        for number in 14..24 {
            lab.push("api", &format!("line {number}"));
        }
        assert_eq!(lab.visible()[0], "line 14", "what we stood on is gone");
        assert_eq!(lab.store.dropped(None), 14);
    }

    #[test]
    fn search_counts_goes_round_and_takes_new_lines() {
        let mut lab = Lab::numbered(30);
        lab.view.query = Needle::new("LINE 2");
        lab.view.search(&lab.store);
        assert_eq!(lab.view.place(), Some((0, 0)), "capitals are meant");
        lab.view.query = Needle::new("line 2");
        lab.view.search(&lab.store);
        assert_eq!(lab.view.place(), Some((0, 11)), "2 and 20 to 29");
        assert!(lab.view.step(&lab.store, WINDOW, true));
        assert_eq!(lab.view.place(), Some((11, 11)), "the newest first");
        assert!(lab.view.step(&lab.store, WINDOW, true));
        assert_eq!(lab.view.place(), Some((1, 11)));
        assert!(lab.visible().contains(&"line 2".to_owned()));
        lab.view.step(&lab.store, WINDOW, false);
        assert_eq!(lab.view.place(), Some((11, 11)));
        lab.push("api", "LINE 2 again");
        assert_eq!(lab.view.place(), Some((11, 12)));
        let needle = Needle::new("ab").unwrap();
        assert_eq!(needle.places("xABab"), [1..3, 3..5]);
    }

    #[test]
    fn a_filter_keeps_our_place() {
        let mut lab = Lab::numbered(40);
        lab.push("db", "other 1");
        lab.view.up(&lab.store, WINDOW, 20);
        lab.view.filter = Needle::new("1");
        lab.view.rebuild(&lab.store);
        assert_eq!(lab.view.len(), 14);
        lab.view.filter = None;
        lab.view.service = lab.store.find("db");
        lab.view.rebuild(&lab.store);
        assert_eq!(lab.view.len(), 1);
    }

    #[test]
    fn all_services_are_merged_by_time() {
        let mut lab = Lab::new(100);
        for (service, at) in [("a", 1), ("a", 4), ("b", 2), ("b", 3)] {
            let place = lab.store.place(service);
            let text = format!("{at}");
            lab.store.push(place, at, Kind::Out, text.into());
        }
        lab.view.rebuild(&lab.store);
        assert_eq!(lab.visible(), ["1", "2", "3", "4"]);
    }

    proptest! {
        /// Whatever is done, the window never shows a line twice or out of order, and is full if it can be.
        #[test]
        fn the_window_is_always_a_stretch_of_the_lines(
            deeds in prop::collection::vec((0..7_u8, 0..12_usize), 1..60),
        ) {
            let mut lab = Lab::new(20);
            let mut number = 0;
            for (deed, amount) in deeds {
                match deed {
                    0..=1 => for _ in 0..amount {
                        lab.push("api", &format!("{number:03} {}", "x".repeat(number * 7 % 40)));
                        number += 1;
                    },
                    2 => lab.view.up(&lab.store, WINDOW, amount),
                    3 => lab.view.down(&lab.store, WINDOW, amount),
                    4 => lab.view.oldest(),
                    5 => {
                        lab.view.query = Needle::new(&amount.to_string());
                        lab.view.search(&lab.store);
                        lab.view.step(&lab.store, WINDOW, amount % 2 == 0);
                    }
                    _ => lab.view.rebuild(&lab.store),
                }
                let visible = lab.visible();
                let numbers: Vec<usize> = visible.iter().map(|line| line.get(..3).unwrap().parse().unwrap()).collect();
                prop_assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{numbers:?}");
                prop_assert_eq!(visible.is_empty(), number == 0);
                if lab.view.top.is_none() && number > 0 {
                    prop_assert_eq!(numbers.last(), Some(&(number - 1)));
                }
            }
        }
    }
}
