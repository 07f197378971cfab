//! A question: the choices or the field at the left, what they mean at the right.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::checks::Finding;
use crate::interview::{Offer, Question, ascii};
use crate::tui::keys::Context;
use crate::tui::page;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::put;

use super::super::listing::Entries;
use super::super::sheet::{Row, Sheet};
use super::super::state::Wizard;
use super::{mark, wide};

/// Columns of a picture, and the margin beside it.
const PICTURE: u16 = 34;
/// Narrower than this, what a choice means stands below it.
const TWO_COLUMNS: u16 = 76;
/// Wider than this, sentences are hard to read.
const READABLE: u16 = 72;

/// The question's place, and that of its meaning if there is room for it.
fn places(body: Rect) -> (Rect, Option<Rect>) {
    if body.width < TWO_COLUMNS {
        return (body, None);
    }
    let right = (body.width * 43 / 100).clamp(PICTURE, READABLE);
    let left = Rect {
        width: body.width - right - 2,
        ..body
    };
    let right = Rect {
        x: left.right() + 2,
        width: right,
        ..body
    };
    (left, Some(right))
}

/// Whether there is no room to explain beside the question why it is asked.
pub(in super::super) fn is_narrow(size: (u16, u16)) -> bool {
    size.0 < TWO_COLUMNS
}

pub(super) fn draw(frame: &mut Frame<'_>, wizard: &Wizard, theme: Theme, body: Rect) {
    let Some(question) = wizard.interview.current() else {
        return;
    };
    let (left, right) = places(body);
    let mut sheet = asked(wizard, theme, question, left);
    let width = right.map_or(wide(left) - 1, |right| wide(right) - 1);
    let meaning = meaning(wizard, theme, question, width, right.is_some());
    match right {
        Some(right) => {
            let bar = theme.glyph(Glyph::Bar);
            for y in body.y..body.bottom() {
                let place = Rect::new(left.right(), y, 1, 1);
                put(frame.buffer_mut(), theme, place, bar, Tone::Quiet);
            }
            meaning.draw(frame, theme, right, None);
        }
        // Asked for, the explanation takes the whole screen.
        None if wizard.asking.why => sheet = meaning,
        None => {
            sheet.gap();
            sheet.rows.extend(meaning.rows);
        }
    }
    sheet.draw(frame, theme, left, Some(wizard.asking.focus));
}

/// The question, what can be answered, and what is wrong with the answer.
fn asked(wizard: &Wizard, theme: Theme, question: &Question, place: Rect) -> Sheet {
    let width = wide(place) - 1;
    let mut sheet = Sheet::default();
    let margin = (" ", Tone::Plain);
    sheet.say(width, margin, &theme.own(question.wording), Tone::Title);
    sheet.gap();
    if let Some(cause) = wizard.interview.look_again(question.id) {
        let lead = format!(" {} ", theme.glyph(Glyph::Note));
        let words = format!(
            "“{}” was changed; look at this answer once more.",
            cause.title
        );
        sheet.say(width, (&lead, Tone::Note), &theme.own(&words), Tone::Plain);
        sheet.gap();
    }
    let mut below = below(wizard, theme, question, width);
    if let Some(list) = &wizard.asking.list {
        field(&mut sheet, wizard, theme, width);
        // What does not fit between the field and what is below is scrolled.
        let room = usize::from(place.height).saturating_sub(sheet.rows.len() + below.rows.len());
        entries(&mut sheet, wizard, list, theme, (width, room));
    } else if wizard.asking.context() == Context::Writing {
        field(&mut sheet, wizard, theme, width);
    } else {
        choices(&mut sheet, wizard, theme, question, width);
    }
    sheet.rows.append(&mut below.rows);
    sheet
}

/// What is wrong with the answer, and how to answer.
fn below(wizard: &Wizard, theme: Theme, question: &Question, width: usize) -> Sheet {
    let mut sheet = Sheet::default();
    let margin = (" ", Tone::Plain);
    if let Some(wrong) = &wizard.asking.wrong {
        sheet.rows.push(Row::default());
        let (glyph, tone) = mark(wrong);
        let lead = format!(" {} ", theme.glyph(glyph));
        sheet.say(
            width,
            (&lead, tone),
            &theme.own(&wrong.message),
            Tone::Plain,
        );
        if let Some(expected) = &wrong.expected {
            let words = format!("Expected: {expected}.");
            sheet.say(width, ("   ", Tone::Plain), &theme.own(&words), Tone::Plain);
        }
        if let Some(help) = &wrong.help {
            let lead = format!(" {} ", theme.glyph(Glyph::Arrow));
            sheet.say(width, (&lead, Tone::Quiet), &theme.own(help), Tone::Plain);
        }
    }
    sheet.rows.push(Row::default());
    sheet.say(width, margin, &theme.own(question.help), Tone::Quiet);
    sheet
}

/// The entries of a list around the chosen one, under a line that counts them.
fn entries(
    sheet: &mut Sheet,
    wizard: &Wizard,
    list: &Entries,
    theme: Theme,
    (width, room): (usize, usize),
) {
    let letters = wizard.asking.editor.text().trim();
    let shown = list.shown(letters);
    let words = match (list.all.len(), shown.len()) {
        (0, _) => "nothing in the list yet".to_owned(),
        (all, some) if some < all => format!("{some} of {all} have these letters"),
        (1, _) => "1 in the list".to_owned(),
        (all, _) => format!("{all} in the list"),
    };
    sheet.say(width, ("   ", Tone::Plain), &words, Tone::Quiet);
    let rows = room.saturating_sub(1).max(1);
    let first = match list.chosen {
        // The chosen one and what is around it; at the ends as much as there is.
        Some(chosen) => chosen
            .saturating_sub(rows / 2)
            .min(shown.len().saturating_sub(rows)),
        None => 0,
    };
    let window = shown.iter().enumerate().skip(first).take(rows);
    for (number, place) in window {
        let is_chosen = list.chosen == Some(number);
        let (focus, tone) = if is_chosen {
            (theme.glyph(Glyph::Focus), Tone::Focus)
        } else {
            (" ", Tone::Plain)
        };
        let entry = list.all.get(*place).map_or("", String::as_str);
        let lead = format!("   {focus} ");
        let entry = text::fit(entry, width.saturating_sub(text::width(&lead)), "…");
        sheet.rows.push(Row {
            pieces: vec![
                (lead, Tone::Focus),
                (theme.foreign(entry.trim_end()).into_owned(), tone),
            ],
            choice: Some(number),
            cursor: is_chosen.then_some(3),
        });
    }
    if first + rows < shown.len()
        && let Some(last) = sheet.rows.last_mut()
    {
        let more = format!("  and {} more", shown.len() - first - rows);
        last.pieces.push((more, Tone::Quiet));
    }
}

fn choices(sheet: &mut Sheet, wizard: &Wizard, theme: Theme, question: &Question, width: usize) {
    let answer = wizard.interview.effective(question.id);
    for (number, offer) in wizard.interview.offers(question).iter().enumerate() {
        let focused = number == wizard.asking.focus;
        let focus = if focused {
            theme.glyph(Glyph::Focus)
        } else {
            " "
        };
        let taken = answer.as_deref() == Some(&*offer.id);
        let dot = theme.glyph(if taken { Glyph::Taken } else { Glyph::Free });
        let lead = format!(" {focus} {dot} ");
        let tone = if focused { Tone::Focus } else { Tone::Plain };
        let first = sheet.rows.len();
        sheet.pick(
            width,
            (&lead, Tone::Focus),
            &theme.own(&offer.title),
            tone,
            Some(number),
        );
        if let (true, Some(row)) = (focused, sheet.rows.get_mut(first)) {
            row.cursor = Some(1);
        }
    }
}

/// The text being typed, its end visible and the cursor in it.
fn field(sheet: &mut Sheet, wizard: &Wizard, theme: Theme, width: usize) {
    let editor = &wizard.asking.editor;
    let chosen = wizard.asking.list.as_ref().and_then(|list| list.chosen);
    let focus = if chosen.is_some() {
        " "
    } else {
        theme.glyph(Glyph::Focus)
    };
    let lead = format!(" {focus} ");
    let room = width.saturating_sub(text::width(&lead) + 2);
    let mut before = editor.before();
    while text::width(before) > room {
        let mut chars = before.chars();
        chars.next();
        before = chars.as_str();
    }
    let hidden = editor.before().len() - before.len();
    let shown = editor.text().get(hidden..).unwrap_or_default();
    let column = text::width(&lead) + text::width(before);
    sheet.rows.push(Row {
        pieces: vec![
            (lead, Tone::Focus),
            (text::fit(shown, room + 1, ""), Tone::Field),
        ],
        choice: None,
        cursor: u16::try_from(column).ok().filter(|_| chosen.is_none()),
    });
}

/// What the choice under the cursor means, or why the question is asked; and what was looked up.
fn meaning(
    wizard: &Wizard,
    theme: Theme,
    question: &Question,
    width: usize,
    pictures: bool,
) -> Sheet {
    let mut sheet = Sheet::default();
    let offers = wizard.interview.offers(question);
    match offers.get(wizard.asking.focus) {
        Some(offer) if !wizard.asking.why => choice(&mut sheet, theme, offer, width, pictures),
        _ => {
            sheet.say(width, (" ", Tone::Plain), "Why we ask", Tone::Title);
            sheet.say(
                width,
                (" ", Tone::Plain),
                &theme.own(question.why),
                Tone::Plain,
            );
        }
    }
    looked_up(&mut sheet, wizard, theme, question, width);
    sheet
}

fn choice(sheet: &mut Sheet, theme: Theme, offer: &Offer, width: usize, pictures: bool) {
    if pictures {
        for line in offer.picture {
            let line = if theme.ascii {
                ascii(line)
            } else {
                (*line).to_owned()
            };
            sheet.rows.push(Row {
                pieces: vec![(line, Tone::Plain)],
                ..Row::default()
            });
        }
        sheet.gap();
    }
    sheet.say(
        width,
        (" ", Tone::Plain),
        &theme.own(&offer.means),
        Tone::Plain,
    );
    if let Some(warning) = offer.warning {
        sheet.gap();
        let lead = format!(" {} ", theme.glyph(Glyph::Note));
        sheet.say(width, (&lead, Tone::Note), &theme.own(warning), Tone::Plain);
    }
}

fn looked_up(sheet: &mut Sheet, wizard: &Wizard, theme: Theme, question: &Question, width: usize) {
    let candidate = wizard.asking.candidate(&wizard.interview);
    let known = wizard.beside.get(question.id);
    let Some(known) = known.filter(|known| Some(&known.answer) == candidate.as_ref()) else {
        return;
    };
    sheet.gap();
    let Some(findings) = &known.findings else {
        let lead = format!(" {} ", theme.glyph(Glyph::Busy));
        for check in question.checks {
            let words = format!("looking {}", check.words());
            sheet.say(width, (&lead, Tone::Busy), &words, Tone::Quiet);
        }
        return;
    };
    for finding in findings {
        found(sheet, theme, finding, width);
    }
}

fn found(sheet: &mut Sheet, theme: Theme, finding: &Finding, width: usize) {
    let (glyph, tone) = if finding.good {
        (Glyph::Good, Tone::Good)
    } else {
        mark(&finding.diagnostic)
    };
    let lead = format!(" {} ", theme.glyph(glyph));
    let words = theme.own(&finding.diagnostic.message);
    sheet.say(width, (&lead, tone), &words, Tone::Plain);
    if let (false, Some(help)) = (finding.good, &finding.diagnostic.help) {
        let lead = format!(" {} ", theme.glyph(Glyph::Arrow));
        sheet.say(width, (&lead, Tone::Quiet), &theme.own(help), Tone::Plain);
    }
}

/// The choice at a place of the screen.
pub(in super::super) fn offer_at(wizard: &Wizard, column: u16, row: u16) -> Option<usize> {
    let question = wizard.interview.current()?;
    let (left, _) = places(page::body(wizard.size));
    if column >= left.right() {
        return None;
    }
    let row = row.checked_sub(left.y).filter(|row| *row < left.height)?;
    asked(wizard, Theme::default(), question, left).choice_at(
        left.height,
        Some(wizard.asking.focus),
        row,
    )
}
