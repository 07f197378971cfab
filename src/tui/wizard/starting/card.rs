//! The card: what failed, why, what to do, and the ways on.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::diagnostic::{Diagnostic, sentence};
use crate::run::Failure;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};

use super::draw::Page;
use super::state::{Button, Finish, Starting};

impl Starting {
    pub(super) fn over(
        &self,
        frame: &mut Frame<'_>,
        theme: Theme,
        body: Rect,
        deployment: &str,
        finish: &Finish,
    ) {
        let mut page = self.card(frame, theme, body);
        if let Some(failure) = &finish.failure {
            tell(&mut page, failure, deployment);
        } else {
            let lead = format!(" {} ", theme.glyph(Glyph::Note));
            let words = "You stopped waiting. What was started keeps running; trying again goes on where it stopped.";
            page.say(&lead, Tone::Note, words, Tone::Plain);
        }
        let (serving, of) = self.serving();
        let stays = if self.undo.is_some() {
            " Undo never removes data."
        } else {
            ""
        };
        let words = format!("{serving} of {of} services serve and go on.{stays}");
        self.ways(frame, theme, body, &words);
    }

    pub(super) fn blocked(
        &self,
        frame: &mut Frame<'_>,
        theme: Theme,
        body: Rect,
        findings: &[Diagnostic],
    ) {
        let mut page = self.card(frame, theme, body);
        for finding in findings {
            let lead = format!(" {} ", theme.glyph(Glyph::Bad));
            page.say(&lead, Tone::Bad, &finding.message, Tone::Title);
            if let Some(help) = &finding.help {
                let lead = format!("   {} ", theme.glyph(Glyph::Arrow));
                page.say(&lead, Tone::Quiet, help, Tone::Plain);
            }
            page.say("   ", Tone::Plain, finding.code, Tone::Quiet);
            page.gap();
        }
        let words = if self.undo.is_some() {
            "This try changed nothing. Undo never removes data."
        } else {
            "Nothing was changed."
        };
        self.ways(frame, theme, body, words);
    }

    pub(super) fn undone(
        &self,
        frame: &mut Frame<'_>,
        theme: Theme,
        body: Rect,
        result: &Result<Vec<String>, Box<Diagnostic>>,
    ) {
        let mut page = self.card(frame, theme, body);
        match result {
            Ok(lines) => {
                let lead = format!(" {} ", theme.glyph(Glyph::Good));
                page.say(
                    &lead,
                    Tone::Good,
                    "The run is undone; all data stays.",
                    Tone::Title,
                );
                for line in lines {
                    page.say("     ", Tone::Plain, line, Tone::Plain);
                }
            }
            Err(wrong) => {
                let lead = format!(" {} ", theme.glyph(Glyph::Bad));
                page.say(&lead, Tone::Bad, &wrong.message, Tone::Title);
                if let Some(help) = &wrong.help {
                    page.say("   ", Tone::Plain, help, Tone::Plain);
                }
            }
        }
        self.ways(frame, theme, body, "");
    }

    /// The part of a card above the ways on.
    fn card<'f, 'b>(&self, frame: &'f mut Frame<'b>, theme: Theme, body: Rect) -> Page<'f, 'b> {
        let rows = u16::try_from(self.button_rows(body.width)).unwrap_or(1);
        Page {
            frame,
            theme,
            area: Rect {
                height: body.height.saturating_sub(rows + 2),
                ..body
            },
            y: body.y,
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

/// What failed, why, and what to do.
fn tell(page: &mut Page<'_, '_>, failure: &Failure, deployment: &str) {
    let theme = page.theme;
    let lead = format!(" {} ", theme.glyph(Glyph::Bad));
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
    page.say(&lead, Tone::Bad, &what, Tone::Title);
    page.gap();
    let label = |words: &str| format!("   {words:<15}");
    page.say(
        &label("What it means"),
        Tone::Quiet,
        &failure.meaning,
        Tone::Plain,
    );
    if let Some(probe) = &failure.last_probe {
        page.say(&label("Last probe"), Tone::Quiet, probe, Tone::Plain);
    }
    page.say(
        &label("Next step"),
        Tone::Quiet,
        &failure.next_step,
        Tone::Title,
    );
    let more = format!(
        "{} {} edfi-setup logs --name {deployment}",
        failure.code,
        theme.glyph(Glyph::Dot)
    );
    page.say(&label("More"), Tone::Quiet, &more, Tone::Quiet);
    if failure.last_lines.is_empty() || page.left() < 2 {
        return;
    }
    page.gap();
    page.say("   ", Tone::Plain, "Last lines", Tone::Quiet);
    let room = usize::from(page.left());
    let first = failure.last_lines.len().saturating_sub(room);
    for line in failure.last_lines.iter().skip(first) {
        let place = page.line();
        Paint::new(page.frame.buffer_mut(), theme, place)
            .put("     ", Tone::Plain)
            .cut(line, Tone::Plain);
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
