//! How a start ended: what is ready, or the card of what failed, why, what to do, and the ways on. Where it
//! is longer than the window it can be scrolled.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::diagnostic::{Diagnostic, sentence};
use crate::run::{Failure, Outcome};
use crate::tui::page;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};
use crate::tui::wizard::sheet::{Row, Sheet};

use super::state::{Button, Finish, Stage, Starting};

/// Rows above what is told of a deployment that is ready: how far the run came.
const BAR: u16 = 2;
/// Last lines that are worth scrolling to; where there is room there are more.
const LINES: usize = 5;

impl Starting {
    /// Where in the body the end is told.
    pub(super) fn told(&self, body: Rect) -> Rect {
        if self.is_ready() {
            return Rect {
                y: body.y + BAR,
                height: body.height.saturating_sub(BAR),
                ..body
            };
        }
        let rows = u16::try_from(self.button_rows(body.width)).unwrap_or(1);
        Rect {
            height: body.height.saturating_sub(rows + 2),
            ..body
        }
    }

    /// How far what is told can be scrolled.
    pub(super) fn most_scroll(&self) -> usize {
        let area = self.told(page::body(self.size));
        let rows = self.telling(Theme::default(), area).rows.len();
        rows.saturating_sub(usize::from(area.height))
    }

    pub(super) fn end_told(&self, frame: &mut Frame<'_>, theme: Theme, body: Rect) {
        let area = self.told(body);
        if self.is_ready() {
            self.bar(frame, theme, Rect { height: 1, ..body });
            frame.set_cursor_position(Position::new(area.x + 1, area.y));
        } else {
            self.ways(frame, theme, body, &self.stays());
        }
        let mut sheet = self.telling(theme, area);
        sheet.rows.drain(..self.scroll.min(sheet.rows.len()));
        sheet.draw(frame, theme, area, None);
    }

    /// What is told, as rows; of a log's last lines as many as there is room for.
    fn telling(&self, theme: Theme, area: Rect) -> Sheet {
        let mut paper = Paper {
            sheet: Sheet::default(),
            theme,
            width: usize::from(area.width).saturating_sub(1),
        };
        match &self.stage {
            Stage::Over(finish) if finish.outcome == Outcome::Done => {
                paper.ready(self.deployment(), finish);
            }
            Stage::Over(finish) => match &finish.failure {
                Some(failure) => {
                    paper.failed(failure, self.deployment());
                    paper.last_lines(&failure.last_lines, usize::from(area.height));
                }
                None => paper.say(
                    (Glyph::Note, Tone::Note),
                    "You stopped waiting. What was started keeps running; trying again goes on where it stopped.",
                    Tone::Plain,
                ),
            },
            Stage::Blocked(findings) => paper.blocked(findings),
            Stage::Undone(result) => paper.undone(result),
            Stage::Before(_) | Stage::Running | Stage::Stopping | Stage::Undoing => {}
        }
        paper.sheet
    }

    /// The deployment's name, once there is a plan.
    fn deployment(&self) -> &str {
        self.plan.as_ref().map_or("", |plan| &plan.deployment)
    }

    /// What the ways on leave as it is.
    fn stays(&self) -> String {
        let undo = match &self.undo {
            Some(_) => " Undo never removes data.",
            None => "",
        };
        match &self.stage {
            Stage::Over(_) => {
                let (serving, of) = self.serving();
                format!("{serving} of {of} services serve and go on.{undo}")
            }
            Stage::Blocked(_) if self.undo.is_some() => {
                format!("This try changed nothing.{undo}")
            }
            Stage::Blocked(_) => "Nothing was changed.".to_owned(),
            _ => String::new(),
        }
    }

    /// Rows that the buttons take.
    fn button_rows(&self, width: u16) -> usize {
        let widths: usize = self
            .buttons()
            .iter()
            .map(|button| text::width(button.words()) + 1)
            .sum();
        if widths + 3 > usize::from(width) {
            2
        } else {
            1
        }
    }

    fn ways(&self, frame: &mut Frame<'_>, theme: Theme, body: Rect, words: &str) {
        let buttons = self.buttons();
        let rows = self.button_rows(body.width);
        let each = buttons.len().div_ceil(rows);
        let first = body
            .bottom()
            .saturating_sub(u16::try_from(rows).unwrap_or(1) + 1);
        for (row, some) in buttons.chunks(each).enumerate() {
            let y = first + u16::try_from(row).unwrap_or(0);
            let place = Rect::new(body.x, y, body.width, 1);
            let mut column = body.x + 1;
            for (number, button) in some.iter().enumerate() {
                let chosen = row * each + number == self.button;
                let mut paint = Paint::new(frame.buffer_mut(), theme, place);
                paint.to(column);
                if chosen {
                    paint.put(theme.glyph(Glyph::Focus), Tone::Focus);
                    paint.put(button.words(), Tone::Focus);
                } else {
                    paint.put(" ", Tone::Plain).put(button.words(), Tone::Plain);
                }
                let after = paint.column();
                if chosen {
                    frame.set_cursor_position(Position::new(column, y));
                }
                column = after;
            }
        }
        let below = Rect::new(body.x, body.bottom().saturating_sub(1), body.width, 1);
        put(
            frame.buffer_mut(),
            theme,
            below,
            &format!("   {words}"),
            Tone::Quiet,
        );
    }
}

/// What is told, while it is being written.
struct Paper {
    sheet: Sheet,
    theme: Theme,
    width: usize,
}

impl Paper {
    /// A sentence behind a lead, on as many rows as it needs.
    fn write(&mut self, lead: &str, lead_tone: Tone, words: &str, tone: Tone) {
        let words = self.theme.own(words);
        self.sheet.say(self.width, (lead, lead_tone), &words, tone);
    }

    /// A sentence behind a sign.
    fn say(&mut self, (glyph, glyph_tone): (Glyph, Tone), words: &str, tone: Tone) {
        let lead = format!(" {} ", self.theme.glyph(glyph));
        self.write(&lead, glyph_tone, words, tone);
    }

    /// What failed, why, and what to do.
    fn failed(&mut self, failure: &Failure, deployment: &str) {
        // A service's name is no word to begin with a capital letter.
        let what = match &failure.service {
            Some(service) if failure.what.starts_with(service.as_str()) => {
                format!("{}.", failure.what.trim_end_matches('.'))
            }
            Some(service) if !failure.what.contains(service.as_str()) => {
                format!("{service}: {}", sentence(&failure.what))
            }
            _ => sentence(&failure.what),
        };
        self.say((Glyph::Bad, Tone::Bad), &what, Tone::Title);
        self.sheet.gap();
        let label = |words: &str| format!("   {words:<15}");
        let mut about = |words: &str, what: &str, tone| {
            self.write(&label(words), Tone::Quiet, what, tone);
        };
        about("What it means", &failure.meaning, Tone::Plain);
        if let Some(probe) = &failure.last_probe {
            about("Last probe", probe, Tone::Plain);
        }
        about("Next step", &failure.next_step, Tone::Title);
        let more = format!(
            "{} {} edfi-setup logs --name {deployment}",
            failure.code,
            self.theme.glyph(Glyph::Dot)
        );
        self.write(&label("More"), Tone::Quiet, &more, Tone::Quiet);
    }

    /// The newest of these lines: as many as there is room for, and some that can be scrolled to.
    fn last_lines(&mut self, lines: &[String], height: usize) {
        if lines.is_empty() {
            return;
        }
        self.sheet.gap();
        self.write("   ", Tone::Plain, "Last lines", Tone::Quiet);
        let room = height.saturating_sub(self.sheet.rows.len()).max(LINES);
        for line in lines.iter().skip(lines.len().saturating_sub(room)) {
            self.sheet.rows.push(Row {
                pieces: vec![
                    ("     ".to_owned(), Tone::Plain),
                    (line.clone(), Tone::Plain),
                ],
                ..Row::default()
            });
        }
    }

    fn blocked(&mut self, findings: &[Diagnostic]) {
        for finding in findings {
            self.sheet.gap();
            self.say((Glyph::Bad, Tone::Bad), &finding.message, Tone::Title);
            if let Some(help) = &finding.help {
                let lead = format!("   {} ", self.theme.glyph(Glyph::Arrow));
                self.write(&lead, Tone::Quiet, help, Tone::Plain);
            }
            self.write("   ", Tone::Plain, finding.code, Tone::Quiet);
        }
    }

    fn undone(&mut self, result: &Result<Vec<String>, Box<Diagnostic>>) {
        match result {
            Ok(lines) => {
                let words = "The run is undone; all data stays.";
                self.say((Glyph::Good, Tone::Good), words, Tone::Title);
                for line in lines {
                    self.write("     ", Tone::Plain, line, Tone::Plain);
                }
            }
            Err(wrong) => {
                self.say((Glyph::Bad, Tone::Bad), &wrong.message, Tone::Title);
                if let Some(help) = &wrong.help {
                    self.write("   ", Tone::Plain, help, Tone::Plain);
                }
            }
        }
    }

    fn ready(&mut self, deployment: &str, finish: &Finish) {
        let words = format!(
            "{deployment} is ready and verified: every question was answered through the gateway."
        );
        self.say((Glyph::Good, Tone::Good), &words, Tone::Title);
        let verification = finish.verification.iter();
        for check in verification.flat_map(|verification| &verification.checks) {
            let lead = format!("     {} ", self.theme.glyph(Glyph::Good));
            let about = check.instance.iter().map(|instance| format!(" {instance}"));
            let about: String = about.collect();
            let words = format!(
                "{}{about}: {} ({} ms)",
                check.question, check.detail, check.milliseconds
            );
            self.write(&lead, Tone::Good, &words, Tone::Plain);
        }
        self.sheet.gap();
        let labels = finish.places.iter().map(|(label, _)| text::width(label));
        let width = labels.max().unwrap_or(0);
        for (label, words) in &finish.places {
            let lead = format!("   {}  ", text::fit(label, width, ""));
            self.write(&lead, Tone::Quiet, words, Tone::Plain);
        }
        for note in &finish.notes {
            self.say((Glyph::Note, Tone::Note), &note.to_string(), Tone::Plain);
        }
    }
}

/// The button at a place of the screen.
pub(super) fn button_at(starting: &Starting, body: Rect, column: u16, row: u16) -> Option<usize> {
    let buttons = starting.buttons();
    let rows = starting.button_rows(body.width);
    let each = buttons.len().div_ceil(rows);
    let first = body
        .bottom()
        .saturating_sub(u16::try_from(rows).unwrap_or(1) + 1);
    let row = usize::from(row.checked_sub(first)?);
    let some: &[Button] = buttons.chunks(each).nth(row)?;
    let mut at = body.x + 1;
    for (number, button) in some.iter().enumerate() {
        let end = at + 1 + u16::try_from(text::width(button.words())).unwrap_or(0);
        if (at..end).contains(&column) {
            return Some(row * each + number);
        }
        at = end;
    }
    None
}
