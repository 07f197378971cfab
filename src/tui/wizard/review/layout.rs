//! Where everything is.
//!
//! ```text
//!  tabs
//!  working out …                                      12-30 of 96
//!  content …
//! ```
//!
//! On the summary the content is the answers, the facts below them or, on wide screens, beside them,
//! and the buttons in the last row.

use ratatui::layout::Rect;

use crate::tui::page;

/// From this width on facts stand beside the answers.
const WIDE: u16 = 110;
/// Answers that are always shown, whatever the facts take.
const ANSWERS: u16 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub tabs: Rect,
    pub state: Rect,
    pub content: Rect,
}

/// The summary's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SummaryLayout {
    pub answers: Rect,
    pub facts: Rect,
    pub buttons: Rect,
    /// Whether facts stand beside the answers.
    pub beside: bool,
}

impl Layout {
    pub fn of(size: (u16, u16)) -> Self {
        let body = page::body(size);
        let row = |number: u16| {
            let height = u16::from(body.height > number);
            Rect::new(body.x, body.y + number, body.width, height)
        };
        Self {
            tabs: row(0),
            state: row(1),
            content: Rect {
                y: body.y + 2,
                height: body.height.saturating_sub(2),
                ..body
            },
        }
    }

    /// With room for so many facts, as far as there is room.
    pub fn summary(&self, facts: usize) -> SummaryLayout {
        let content = self.content;
        let above = content.height.saturating_sub(2);
        let buttons = Rect {
            y: content.bottom().saturating_sub(1),
            height: content.height.min(1),
            ..content
        };
        if content.width >= WIDE {
            // An answer is a title and a sentence, a fact a word and a few numbers.
            let left = content.width * 11 / 20;
            return SummaryLayout {
                answers: Rect {
                    width: left,
                    height: above,
                    ..content
                },
                facts: Rect {
                    x: content.x + left,
                    width: content.width - left,
                    height: above,
                    ..content
                },
                buttons,
                beside: true,
            };
        }
        let wanted = u16::try_from(facts).unwrap_or(u16::MAX);
        let height = wanted.min(above.saturating_sub(ANSWERS + 1));
        // A row between answers and facts.
        let answers = above.saturating_sub(height + u16::from(height > 0));
        SummaryLayout {
            answers: Rect {
                height: answers,
                ..content
            },
            facts: Rect {
                y: content.y + above - height,
                height,
                ..content
            },
            buttons,
            beside: false,
        }
    }
}
