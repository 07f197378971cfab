//! Drawing: reads the state, writes cells, nothing else.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::engine::LogStream;
use crate::live::Line;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put, question};
use crate::words;

use super::rows::{About, At, Pulling, Row, STILL};
use super::state::{Stage, Starting};

/// Rows of a log below the table, at least.
const LOG: u16 = 4;

/// A column of text, written from above.
struct Page<'f, 'b> {
    frame: &'f mut Frame<'b>,
    theme: Theme,
    area: Rect,
    y: u16,
}

impl Page<'_, '_> {
    fn line(&mut self) -> Rect {
        let place = Rect::new(self.area.x, self.y, self.area.width, 1);
        self.y = self.y.saturating_add(1);
        place.intersection(self.area)
    }

    fn gap(&mut self) {
        self.y = self.y.saturating_add(1);
    }

    fn left(&self) -> u16 {
        self.area.bottom().saturating_sub(self.y)
    }

    /// A sentence behind a lead, on as many rows as it needs.
    fn say(&mut self, lead: &str, lead_tone: Tone, words: &str, tone: Tone) {
        let indent = text::width(lead);
        let width = usize::from(self.area.width)
            .saturating_sub(indent + 1)
            .max(8);
        let words = self.theme.own(words);
        for (number, line) in text::sentences(&words, width).into_iter().enumerate() {
            let place = self.line();
            let mut paint = Paint::new(self.frame.buffer_mut(), self.theme, place);
            if number == 0 {
                paint.put(lead, lead_tone);
            } else {
                paint.put(&" ".repeat(indent), Tone::Plain);
            }
            paint.put(&line, tone);
        }
    }
}

impl Starting {
    /// Draws the body.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: Theme, body: Rect) {
        if self.log.is_some() {
            self.full_log(frame, theme, body);
            return;
        }
        if self.is_running() {
            self.running(frame, theme, body);
        } else {
            self.end_told(frame, theme, body);
        }
        if let (Some(choice), Some(undo)) = (self.asking, &self.undo) {
            question(
                frame,
                theme,
                body,
                ("Undo this run?", undo),
                ["Leave everything as it is", "Undo this run"].into_iter(),
                choice,
            );
        }
    }

    fn running(&self, frame: &mut Frame<'_>, theme: Theme, body: Rect) {
        let mut page = Page {
            frame,
            theme,
            area: body,
            y: body.y,
        };
        let place = page.line();
        self.bar(page.frame, theme, place);
        page.gap();
        match &self.stage {
            Stage::Before(words) => {
                let lead = format!("   {} ", theme.glyph(Glyph::Busy));
                page.say(&lead, Tone::Busy, words, Tone::Plain);
                return;
            }
            Stage::Stopping => page.say(
                "   ",
                Tone::Plain,
                "Not waiting any more. Containers keep running.",
                Tone::Note,
            ),
            Stage::Undoing => {
                page.say(
                    "   ",
                    Tone::Plain,
                    "Taking away what this run made.",
                    Tone::Note,
                );
            }
            _ => {}
        }
        self.table(&mut page);
        for note in &self.notes {
            let lead = format!("   {} ", theme.glyph(Glyph::Note));
            page.say(&lead, Tone::Note, &note.message, Tone::Plain);
        }
        page.gap();
        self.last_lines(&mut page);
    }

    /// How far the run is.
    pub(super) fn bar(&self, frame: &mut Frame<'_>, theme: Theme, place: Rect) {
        let (serving, of) = self.serving();
        let elapsed = words::elapsed(self.seconds(self.begun));
        let words = if of == 0 {
            format!("  {elapsed} ")
        } else {
            format!(
                "  {serving} of {of} serve {} {elapsed} ",
                theme.glyph(Glyph::Dot)
            )
        };
        let room = usize::from(place.width).saturating_sub(text::width(&words) + 2);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "columns of a screen"
        )]
        let full = ((room as f64) * self.progress.share()).floor() as usize;
        let (done, open) = if theme.ascii {
            ("#", "-")
        } else {
            ("█", "░")
        };
        Paint::new(frame.buffer_mut(), theme, place)
            .put(" ", Tone::Plain)
            .put(&done.repeat(full.min(room)), Tone::Good)
            .put(&open.repeat(room - full.min(room)), Tone::Quiet)
            .put(&words, Tone::Plain);
    }

    /// As many rows as leave room for a log, the focused one among them.
    fn table(&self, page: &mut Page<'_, '_>) {
        let room = usize::from(page.left().saturating_sub(LOG + 2).max(1));
        let focus = self.focused_place();
        let first = if self.rows.len() > room {
            (focus + 1).saturating_sub(room)
        } else {
            0
        };
        let names = self.rows.iter().map(|row| text::width(&row.name));
        let width = names.max().unwrap_or(0);
        for (number, row) in self.rows.iter().enumerate().skip(first).take(room) {
            let focused = number == focus;
            let place = page.line();
            if focused {
                let cursor = Position::new(place.x + 1, place.y);
                page.frame.set_cursor_position(cursor);
            }
            self.row(page, place, row, width, focused);
        }
    }

    fn focused_place(&self) -> usize {
        let name = self.focused().map(|row| row.name.as_str());
        let place = self
            .rows
            .iter()
            .position(|row| Some(row.name.as_str()) == name);
        place.unwrap_or(0)
    }

    fn row(&self, page: &mut Page<'_, '_>, place: Rect, row: &Row, width: usize, focused: bool) {
        let theme = page.theme;
        let (glyph, tone, state, right) = self.standing(row);
        let focus = if focused {
            theme.glyph(Glyph::Focus)
        } else {
            " "
        };
        let right = format!("{right} ");
        let right_width = u16::try_from(text::width(&right)).unwrap_or(0);
        let left = Rect {
            width: place.width.saturating_sub(right_width + 1),
            ..place
        };
        let name = text::fit(&row.name, width, "");
        let buffer = page.frame.buffer_mut();
        Paint::new(buffer, theme, left)
            .put(" ", Tone::Plain)
            .put(focus, Tone::Focus)
            .put(" ", Tone::Plain)
            .put(theme.glyph(glyph), tone)
            .put(" ", Tone::Plain)
            .put(&name, if focused { Tone::Focus } else { Tone::Plain })
            .put("  ", Tone::Plain)
            .cut(&theme.own(&state), Tone::Plain);
        Paint::new(buffer, theme, place)
            .to(left.right())
            .right(&[(&right, Tone::Quiet)]);
    }

    /// A row's sign, its words, and what stands at the right.
    fn standing(&self, row: &Row) -> (Glyph, Tone, String, String) {
        let since = || words::elapsed(self.seconds(row.since));
        match &row.at {
            At::Waits => (Glyph::Idle, Tone::Quiet, self.waits_for(row), String::new()),
            At::Unchanged => (
                Glyph::Good,
                Tone::Good,
                "is as it should be".to_owned(),
                String::new(),
            ),
            At::Pulling(pulling) => (Glyph::Down, Tone::Busy, self.download(pulling), since()),
            At::Busy(words) => (Glyph::Busy, Tone::Busy, words.clone(), since()),
            At::Done(words, milliseconds) => (
                Glyph::Good,
                Tone::Good,
                words.clone(),
                words::seconds(*milliseconds),
            ),
            At::Failed => (Glyph::Bad, Tone::Bad, "failed".to_owned(), String::new()),
        }
    }

    fn download(&self, pulling: &Pulling) -> String {
        let still = self.seconds(pulling.moved);
        let layers = format!("{} of {} layers", pulling.layers_done, pulling.layers);
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        let bytes = if pulling.bytes_total > 0 {
            format!(
                "image: {} of {} MB, {layers}",
                megabytes(pulling.bytes),
                megabytes(pulling.bytes_total)
            )
        } else {
            format!("image: {layers}")
        };
        if still >= STILL {
            let so_far = megabytes(pulling.bytes);
            return format!("image: nothing has come for {still} s, after {so_far} MB");
        }
        if let Some(rate) = pulling.rate() {
            let (whole, tenth) = (rate / 1_000_000, rate / 100_000 % 10);
            return format!("{bytes}, {whole}.{tenth} MB/s");
        }
        bytes
    }

    /// The first row that has to be done before this one, in words.
    fn waits_for(&self, row: &Row) -> String {
        let Some(plan) = &self.plan else {
            return "waits".to_owned();
        };
        let mut own = plan.steps.iter().filter(|step| match &row.about {
            About::Service { .. } => step.action.service() == Some(row.name.as_str()),
            About::Databases => matches!(step.action, crate::plan::Action::PrepareDatabases { .. }),
            About::Verification => step.action == crate::plan::Action::Verify,
        });
        let waited = own.find_map(|step| {
            step.after.iter().find_map(|before| {
                let service = plan.step(before)?.action.service()?;
                let other = self.rows.iter().find(|other| other.name == service)?;
                (other.name != row.name && !other.is_done()).then_some(service)
            })
        });
        match waited {
            Some(service) => format!("waits for {service}"),
            None => "waits".to_owned(),
        }
    }

    /// The focused service's last lines.
    fn last_lines(&self, page: &mut Page<'_, '_>) {
        let Some(row) = self.focused().filter(|row| row.is_service()) else {
            return;
        };
        if page.left() < 2 {
            return;
        }
        let theme = page.theme;
        let rule = theme.glyph(Glyph::Rule);
        let place = page.line();
        put(
            page.frame.buffer_mut(),
            theme,
            place,
            &rule.repeat(usize::from(place.width)),
            Tone::Quiet,
        );
        Paint::new(page.frame.buffer_mut(), theme, place)
            .put(" ", Tone::Plain)
            .put(rule, Tone::Quiet)
            .put(&format!(" {}, last lines ", row.name), Tone::Plain)
            .right(&[(" l full log ", Tone::Quiet), (rule, Tone::Quiet)]);
        let area = Rect {
            y: page.y,
            height: page.left(),
            ..page.area
        };
        self.lines_of(page.frame, theme, area, &row.name, 0);
    }

    fn lines_of(&self, frame: &mut Frame<'_>, theme: Theme, area: Rect, name: &str, above: usize) {
        let Some(lines) = self.lines.get(name) else {
            let words = " nothing was written yet";
            put(frame.buffer_mut(), theme, area, words, Tone::Quiet);
            return;
        };
        let end = lines.len().saturating_sub(above);
        let first = end.saturating_sub(usize::from(area.height));
        let shown = lines.iter().skip(first).take(end - first);
        for (line, y) in shown.zip(area.y..area.bottom()) {
            let place = Rect::new(area.x, y, area.width, 1);
            let mark = match line.stream {
                LogStream::Err => (theme.glyph(Glyph::Note), Tone::Note),
                LogStream::Out => (" ", Tone::Plain),
            };
            Paint::new(frame.buffer_mut(), theme, place)
                .put(" ", Tone::Plain)
                .put(&self.written(line), Tone::Quiet)
                .put(" ", Tone::Plain)
                .put(mark.0, mark.1)
                .put(" ", Tone::Plain)
                .cut(&line.text, Tone::Plain);
        }
    }

    /// When a line was written; blank where the engine did not say.
    fn written(&self, line: &Line) -> String {
        let at = Timestamp::from_nanosecond(line.at_nanos.into()).ok();
        match at.filter(|_| line.at_nanos != 0) {
            Some(at) => at
                .to_zoned(self.zone.clone())
                .strftime("%H:%M:%S")
                .to_string(),
            None => " ".repeat(8),
        }
    }

    fn full_log(&self, frame: &mut Frame<'_>, theme: Theme, body: Rect) {
        let Some(row) = self.focused() else { return };
        let above = self.log.unwrap_or(0);
        let lines = self
            .lines
            .get(&row.name)
            .map_or(0, std::collections::VecDeque::len);
        let dropped = self.dropped.get(&row.name).copied().unwrap_or(0);
        let mut facts = if above == 0 {
            format!("following {} {lines} lines", theme.glyph(Glyph::Dot))
        } else {
            format!(
                "{above} lines below {} {lines} lines",
                theme.glyph(Glyph::Dot)
            )
        };
        if dropped > 0 {
            facts = format!("{facts}, {dropped} older ones dropped");
        }
        Paint::new(frame.buffer_mut(), theme, body)
            .put(" ", Tone::Plain)
            .put(&row.name, Tone::Title)
            .right(&[(&facts, Tone::Quiet), (" ", Tone::Plain)]);
        frame.set_cursor_position(Position::new(body.x, body.y));
        let area = Rect {
            y: body.y + 1,
            height: body.height.saturating_sub(1),
            ..body
        };
        self.lines_of(frame, theme, area, &row.name, above);
    }
}
