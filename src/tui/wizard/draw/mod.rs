//! Drawing: reads the state, writes cells, nothing else.

mod asking;
mod welcome;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::diagnostic::{Diagnostic, Severity};
use crate::tui::help;
use crate::tui::page::{self, Head, page};
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, put};

use super::state::{Overlay, Screen, Wizard};

pub(super) use asking::{is_narrow, offer_at};
pub(super) use welcome::{way_at, welcome_scroll};

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, wizard: &Wizard, theme: Theme) {
    let step;
    let name;
    let mode = match wizard.screen {
        // Nothing is answered yet that would tell.
        Screen::Welcome if !wizard.rehearsal => "",
        _ => wizard.mode(),
    };
    let head = match wizard.screen {
        Screen::Welcome => Head {
            step: "",
            title: "Welcome",
            deployment: "",
            mode,
        },
        Screen::Starting => {
            name = wizard.interview.effective("name").unwrap_or_default();
            let starting = wizard.starting.as_ref();
            Head {
                step: "",
                title: starting.map_or("Starting", super::starting::Starting::title),
                deployment: &name,
                mode,
            }
        }
        Screen::Review => {
            name = wizard.interview.effective("name").unwrap_or_default();
            Head {
                step: "",
                title: "Review",
                deployment: &name,
                mode,
            }
        }
        Screen::Asking => {
            let (number, of) = wizard.interview.step().unwrap_or_default();
            step = if of == 0 {
                String::new()
            } else {
                format!("{number} of {of}")
            };
            name = wizard.interview.effective("name").unwrap_or_default();
            let question = wizard.interview.current();
            Head {
                step: &step,
                title: question.map_or("", |question| question.title),
                deployment: &name,
                mode,
            }
        }
    };
    let context = wizard.context();
    let available = |action| wizard.available(action);
    let Some(body) = page(frame, theme, head, context, available) else {
        return;
    };
    // Somewhere quiet, unless the screen has a better place.
    frame.set_cursor_position(Position::new(body.x, body.y));
    match (&wizard.overlay, &wizard.screen) {
        (Some(Overlay::Help { scroll }), screen) => {
            let below = match screen {
                Screen::Welcome => crate::tui::keys::Context::Welcome,
                Screen::Asking => wizard.asking.context(),
                Screen::Review => crate::tui::keys::Context::Review,
                Screen::Starting => match &wizard.starting {
                    Some(starting) => starting.context(),
                    None => crate::tui::keys::Context::Starting,
                },
            };
            help::draw(frame, theme, body, below, *scroll);
        }
        (None, Screen::Welcome) => welcome::draw(frame, wizard, theme, body),
        (None, Screen::Asking) => asking::draw(frame, wizard, theme, body),
        (None, Screen::Starting) => {
            if let Some(starting) = &wizard.starting {
                starting.draw(frame, theme, body);
            }
        }
        (None, Screen::Review) => wizard.review.draw(frame, theme, body, &wizard.interview),
    }
    let area = frame.area();
    let place = page::notice((area.width, area.height));
    if let (Screen::Review, Some((tone, words))) = (&wizard.screen, wizard.review.notice()) {
        put(
            frame.buffer_mut(),
            theme,
            place,
            &format!(" {}", theme.own(words)),
            tone,
        );
    } else if let Some(notice) = &wizard.notice {
        let (glyph, tone) = mark(notice);
        Paint::new(frame.buffer_mut(), theme, place)
            .put(" ", Tone::Plain)
            .put(theme.glyph(glyph), tone)
            .put(" ", Tone::Plain)
            .cut(&notice.message, Tone::Plain);
    }
}

fn mark(diagnostic: &Diagnostic) -> (Glyph, Tone) {
    match diagnostic.severity {
        Severity::Note => (Glyph::Dot, Tone::Quiet),
        Severity::Warn => (Glyph::Note, Tone::Note),
        Severity::Block => (Glyph::Bad, Tone::Bad),
    }
}

fn wide(area: Rect) -> usize {
    usize::from(area.width)
}
