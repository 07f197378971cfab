//! Drawing the review. Only reads.

use std::ops::Range;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::diagnostic::Severity;
use crate::interview::{self, Change, Interview, ascii};
use crate::tui::page;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};

use super::layout::SummaryLayout;
use super::rows::{Row, row, sentence};
use super::state::{Button, Focus, Naming, Review, Tab};
use super::summary::{self, Entry};

/// Between buttons.
const APART: u16 = 3;
/// Widest title of an answer.
const TITLE: usize = 26;
/// Columns of a fact's label.
const LABEL: usize = 17;

/// Where each button is, as columns of its row.
pub(super) fn button_places(area: Rect) -> Vec<(Range<u16>, Button)> {
    let mut x = area.x + APART;
    Button::ALL
        .into_iter()
        .map(|button| {
            let end = x + u16::try_from(text::width(button.words())).unwrap_or(0);
            let place = x..end;
            x = end + APART;
            (place, button)
        })
        .collect()
}

impl Review {
    /// Draws into the page's body, and the name being typed into the line below it. The cursor stands on
    /// what is chosen.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: Theme, body: Rect, interview: &Interview) {
        debug_assert_eq!(body, page::body(self.size));
        let layout = self.layout();
        let buffer = frame.buffer_mut();
        self.draw_tabs(buffer, theme, layout.tabs);
        let mut cursor = if self.tab == Tab::Summary {
            let parts = layout.summary(self.facts().len());
            self.draw_summary(buffer, theme, layout.state, &parts, interview)
        } else {
            self.draw_text(buffer, theme, layout.state, layout.content);
            Position::new(layout.content.x, layout.content.y)
        };
        if let Some(naming) = &self.naming {
            cursor = self.draw_naming(buffer, theme, naming);
        }
        frame.set_cursor_position(cursor);
    }

    /// Where each tab is, as columns, with its words.
    pub(super) fn tab_places(&self) -> Vec<(Range<u16>, String)> {
        let known = self
            .preview
            .as_ref()
            .map_or(0, |preview| preview.things_to_know());
        // All of them fit even the least width.
        let narrow = self.size.0 < 76;
        let apart = if narrow { 1 } else { 2 };
        let mut x = 1;
        Tab::ALL
            .iter()
            .map(|tab| {
                let name = match tab {
                    Tab::Summary => "Summary".to_owned(),
                    Tab::Picture => "Picture".to_owned(),
                    Tab::Services => "Services".to_owned(),
                    Tab::Plan => "Plan".to_owned(),
                    Tab::Compose => "Compose".to_owned(),
                    Tab::Profile => "Profile".to_owned(),
                    Tab::GoodToKnow if narrow => format!("Notes ({known})"),
                    Tab::GoodToKnow => format!("Good to know ({known})"),
                };
                let words = if *tab == self.tab {
                    format!("[{name}]")
                } else {
                    name
                };
                let end = x + u16::try_from(text::width(&words)).unwrap_or(0);
                let place = x..end;
                x = end + apart;
                (place, words)
            })
            .collect()
    }

    fn draw_tabs(&self, buffer: &mut Buffer, theme: Theme, area: Rect) {
        let blocked = self.blocks() > 0;
        let mut paint = Paint::new(buffer, theme, area);
        for (tab, (place, words)) in Tab::ALL.iter().zip(self.tab_places()) {
            let tone = match tab {
                tab if *tab == self.tab => Tone::Focus,
                Tab::GoodToKnow if blocked => Tone::Bad,
                _ => Tone::Plain,
            };
            paint.to(place.start).put(&words, tone);
        }
    }

    /// The line below the tabs: what goes on at the left, what of how much is shown at the right.
    fn draw_state(
        &self,
        buffer: &mut Buffer,
        theme: Theme,
        area: Rect,
        shown: (usize, usize, usize),
    ) {
        let mut paint = Paint::new(buffer, theme, area);
        if self.working {
            paint
                .put("   ", Tone::Plain)
                .put(theme.glyph(Glyph::Busy), Tone::Busy)
                .put(" working out what this leads to", Tone::Quiet);
        }
        let (first, height, all) = shown;
        if all > height {
            let words = format!("{}-{} of {all} ", first + 1, (first + height).min(all));
            paint.right(&[(&words, Tone::Quiet)]);
        }
    }

    fn draw_text(&self, buffer: &mut Buffer, theme: Theme, state: Rect, area: Rect) {
        let rows = self.rows();
        let first = self.scrolled();
        let height = usize::from(area.height);
        self.draw_state(buffer, theme, state, (first, height, rows.len()));
        // The profile is that of the answers as they are.
        let old = self.working && self.tab != Tab::Profile;
        for (row, y) in rows.iter().skip(first).zip(area.y..area.bottom()) {
            draw_row(buffer, theme, Rect::new(area.x, y, area.width, 1), row, old);
        }
    }

    fn draw_summary(
        &self,
        buffer: &mut Buffer,
        theme: Theme,
        state: Rect,
        parts: &SummaryLayout,
        interview: &Interview,
    ) -> Position {
        let entries = summary::list(interview);
        let focus = summary::chosen(self.focus, &entries);
        let height = usize::from(parts.answers.height);
        let first = summary::first_shown(focus, &entries, height);
        self.draw_state(buffer, theme, state, (first, height, entries.len()));
        let titles = entries.iter().map(|entry| match entry {
            Entry::Answer(row) => text::width(row.title),
            Entry::Heading(_) => 0,
        });
        let titles = titles.max().unwrap_or(0).min(TITLE);
        let mut cursor = Position::new(parts.answers.x, parts.answers.y);
        let shown = entries.iter().skip(first);
        for (entry, y) in shown.zip(parts.answers.y..parts.answers.bottom()) {
            let place = Rect::new(parts.answers.x, y, parts.answers.width, 1);
            match entry {
                Entry::Heading(words) => {
                    let words = format!("   {words}");
                    draw_row(buffer, theme, place, &row(words, Tone::Quiet), false);
                }
                Entry::Answer(answer) => {
                    let is_chosen = focus == Focus::Answer(answer.id);
                    if is_chosen {
                        cursor = Position::new(place.x + 1, y);
                    }
                    let found = self.found.iter().find(|(id, _)| *id == answer.id);
                    let found = found.map(|(_, finding)| finding.severity);
                    let row = answer_row(theme, answer, found, is_chosen, titles);
                    draw_row(buffer, theme, place, &row, false);
                }
            }
        }
        self.draw_facts(buffer, theme, parts);
        Self::draw_buttons(buffer, theme, parts.buttons, focus).unwrap_or(cursor)
    }

    fn draw_facts(&self, buffer: &mut Buffer, theme: Theme, parts: &SummaryLayout) {
        let area = parts.facts;
        let x = area.x + u16::from(parts.beside);
        let width = usize::from(area.right().saturating_sub(x));
        let mut rows: Vec<Row> = Vec::new();
        for (label, words, tone) in self.facts() {
            let lead = vec![(format!("   {}", text::fit(label, LABEL, "…")), Tone::Quiet)];
            if parts.beside {
                rows.extend(sentence(lead, &words, tone, width));
            } else {
                let mut fact = lead;
                fact.push((words, tone));
                rows.push(fact);
            }
        }
        if parts.beside {
            let bar = theme.glyph(Glyph::Bar);
            for y in area.y..area.bottom() {
                put(buffer, theme, Rect::new(area.x, y, 1, 1), bar, Tone::Quiet);
            }
        }
        for (row, y) in rows.iter().zip(area.y..area.bottom()) {
            let place = Rect::new(x, y, area.right().saturating_sub(x), 1);
            draw_row(buffer, theme, place, row, self.working);
        }
    }

    /// The facts of the preview; first of all what stands in the way.
    pub(super) fn facts(&self) -> Vec<(&'static str, String, Tone)> {
        let Some(preview) = &self.preview else {
            return Vec::new();
        };
        let blocks = self.blocks();
        let in_the_way = (blocks > 0).then(|| {
            let things = if blocks == 1 { "thing" } else { "things" };
            let words = format!("{blocks} {things}: press 7");
            ("✗ In the way", words, Tone::Bad)
        });
        let facts = preview.facts.iter();
        in_the_way
            .into_iter()
            .chain(facts.map(|(label, words)| (*label, words.clone(), Tone::Plain)))
            .collect()
    }

    fn blocks(&self) -> usize {
        self.preview.as_ref().map_or(0, |preview| {
            let notes = preview.notes.iter();
            notes
                .filter(|note| note.severity == Severity::Block)
                .count()
        })
    }

    fn draw_buttons(
        buffer: &mut Buffer,
        theme: Theme,
        area: Rect,
        focus: Focus,
    ) -> Option<Position> {
        let mut cursor = None;
        let mut paint = Paint::new(buffer, theme, area);
        for (place, button) in button_places(area) {
            let is_chosen = focus == Focus::Button(button);
            if is_chosen {
                paint
                    .to(place.start - 2)
                    .put(theme.glyph(Glyph::Focus), Tone::Focus);
                cursor = Some(Position::new(place.start, area.y));
            }
            let tone = if is_chosen { Tone::Focus } else { Tone::Plain };
            paint.to(place.start).put(button.words(), tone);
        }
        cursor
    }

    /// The name being typed, and above it what there is to say to it.
    fn draw_naming(&self, buffer: &mut Buffer, theme: Theme, naming: &Naming) -> Position {
        const PROMPT: &str = " Save the profile as: ";
        let line = page::notice(self.size);
        if let Some((tone, words)) = &self.notice {
            let rows = sentence(row(" ", *tone), words, *tone, usize::from(line.width));
            let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).min(line.y);
            for (row, y) in rows.iter().zip(line.y - height..line.y) {
                let place = Rect::new(line.x, y, line.width, 1);
                blank(buffer, place);
                draw_row(buffer, theme, place, row, false);
            }
        }
        let mut paint = Paint::new(buffer, theme, line);
        paint.put(PROMPT, Tone::Title);
        let room = paint.room().saturating_sub(1);
        // The end is what is being typed.
        let mut from = 0;
        for (at, _) in naming.text.char_indices() {
            from = at;
            if text::width(naming.text.get(at..).unwrap_or_default()) <= room {
                break;
            }
        }
        paint.put(naming.text.get(from..).unwrap_or_default(), Tone::Plain);
        Position::new(paint.column(), line.y)
    }
}

/// An answer; `found` is the worst of what was looked up for it.
fn answer_row(
    theme: Theme,
    answer: &interview::Row,
    found: Option<Severity>,
    is_chosen: bool,
    titles: usize,
) -> Row {
    let (mark, tone) = if answer.open || found == Some(Severity::Block) {
        ("✗", Tone::Bad)
    } else if answer.look_again.is_some() || found == Some(Severity::Warn) {
        ("!", Tone::Note)
    } else {
        ("✓", Tone::Good)
    };
    let words = match (is_chosen, answer.change) {
        (true, _) => Tone::Focus,
        (false, Change::Never) => Tone::Quiet,
        (false, _) => Tone::Plain,
    };
    let focus = if is_chosen {
        theme.glyph(Glyph::Focus)
    } else {
        " "
    };
    let mut row = vec![
        (format!(" {focus} "), Tone::Focus),
        (format!("{mark} "), tone),
        (format!("{}  ", text::fit(answer.title, titles, "…")), words),
    ];
    // Before the answer, so that it is seen however long that is.
    if let Some(cause) = answer.look_again {
        row.push((format!("look again, {cause} was changed: "), Tone::Note));
    }
    row.push((answer.words.clone(), words));
    row
}

/// Draws a row, cut with a sign if it does not fit; quietly, if what it says is of yesterday.
fn draw_row(buffer: &mut Buffer, theme: Theme, place: Rect, row: &Row, old: bool) {
    let whole: usize = row.iter().map(|(piece, _)| text::width(piece)).sum();
    let mut paint = Paint::new(buffer, theme, place);
    let keep = usize::from(whole > paint.room());
    for (piece, tone) in row {
        let piece = if theme.ascii {
            ascii(piece)
        } else {
            piece.clone()
        };
        let tone = if old { Tone::Quiet } else { *tone };
        let room = paint.room().saturating_sub(keep);
        let fits = text::cut(&piece, room, "");
        paint.put(&fits, tone);
        if fits.len() < piece.len() {
            paint.put(theme.glyph(Glyph::More), Tone::Quiet);
            return;
        }
    }
}

fn blank(buffer: &mut Buffer, place: Rect) {
    let place = place.intersection(buffer.area);
    for x in place.x..place.right() {
        if let Some(cell) = buffer.cell_mut((x, place.y)) {
            cell.reset();
        }
    }
}
