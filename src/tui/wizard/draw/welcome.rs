//! The first screen.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::checks::Finding;
use crate::tui::page;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};

use super::super::sheet::Sheet;
use super::super::state::Wizard;
use super::super::welcome::is_about_images;
use super::{mark, wide};

/// Rows that the choices get, at most.
const CHOICES: u16 = 7;

const INTRO: &str = "This wizard sets up the Ed-Fi platform on this computer. It asks about ten questions, \
                     shows you what it will create, and starts nothing before you say so. Going back never loses an answer. Practice means: real containers with \
                     small stand-in programs, to learn with.";
const SHORT: &str = "This wizard sets up the Ed-Fi platform, and starts nothing before you say so.";
const REHEARSAL: &str = "This is a rehearsal: everything goes as it would, and nothing really runs. It asks about ten \
                         questions, shows you what would be created, and leaves nothing behind.";
const PRACTICE: &str =
    "Practice images can be made on this computer instead; the questions propose them.";

/// Where the findings are, and where the choices.
fn places(wizard: &Wizard, body: Rect) -> (Rect, Rect) {
    let ways = wizard.welcome.ways(&wizard.interview).len();
    let rows = u16::try_from(ways).unwrap_or(u16::MAX).min(CHOICES);
    let below = Rect {
        y: body.bottom().saturating_sub(rows),
        height: rows,
        ..body
    };
    let above = Rect {
        height: body.height.saturating_sub(rows + 1),
        ..body
    };
    (above, below)
}

pub(super) fn draw(frame: &mut Frame<'_>, wizard: &Wizard, theme: Theme, body: Rect) {
    let (above, below) = places(wizard, body);
    let mut sheet = upper(wizard, theme, above);
    sheet
        .rows
        .drain(..most_scroll(&sheet, above).min(wizard.welcome.scroll));
    sheet.draw(frame, theme, above, None);
    ways(wizard, theme).draw(frame, theme, below, Some(wizard.welcome.chosen));
}

/// What is said and found.
fn upper(wizard: &Wizard, theme: Theme, area: Rect) -> Sheet {
    let width = wide(area).min(100);
    let room = usize::from(area.height);
    let intro = if wizard.rehearsal { REHEARSAL } else { INTRO };
    let mut sheet = said(theme, width, intro);
    let findings = findings(wizard, theme, width);
    if sheet.rows.len() + 1 + findings.rows.len() > room && !wizard.rehearsal {
        sheet = said(theme, width, SHORT);
    }
    if sheet.rows.len() + 1 + findings.rows.len() <= room {
        sheet.gap();
    }
    sheet.rows.extend(findings.rows);
    sheet
}

fn most_scroll(sheet: &Sheet, area: Rect) -> usize {
    sheet.rows.len().saturating_sub(usize::from(area.height))
}

/// How far what was found can be scrolled.
pub(in super::super) fn welcome_scroll(wizard: &Wizard) -> usize {
    let (above, _) = places(wizard, page::body(wizard.size));
    most_scroll(&upper(wizard, Theme::default(), above), above)
}

fn said(theme: Theme, width: usize, words: &str) -> Sheet {
    let mut sheet = Sheet::default();
    sheet.say(
        width - 1,
        (" ", Tone::Plain),
        &theme.own(words),
        Tone::Plain,
    );
    sheet
}

fn findings(wizard: &Wizard, theme: Theme, width: usize) -> Sheet {
    let mut sheet = Sheet::default();
    if wizard.rehearsal {
        return sheet;
    }
    let welcome = &wizard.welcome;
    sheet.say(
        width,
        (" ", Tone::Plain),
        "What was found here",
        Tone::Title,
    );
    let subjects = welcome
        .findings
        .iter()
        .map(|found| text::width(&found.subject));
    let label = subjects.max().unwrap_or(0).max(6);
    for finding in &welcome.findings {
        one(&mut sheet, theme, width, label, finding);
    }
    let waiting = match (welcome.done, welcome.engine, welcome.registry_asked) {
        (true, _, _) => return sheet,
        (false, None, _) => ("engine", "looking for a container engine"),
        (false, Some(_), false) => ("images", "asking the image registry"),
        (false, _, _) => ("more", "looking"),
    };
    let lead = format!(
        "   {} {}  ",
        theme.glyph(Glyph::Busy),
        text::fit(waiting.0, label, "")
    );
    sheet.say(width, (&lead, Tone::Busy), waiting.1, Tone::Quiet);
    sheet
}

/// A finding, and what to do if it is not as it should be.
fn one(sheet: &mut Sheet, theme: Theme, width: usize, label: usize, finding: &Finding) {
    let replaceable = is_about_images(finding) && finding.blocks();
    let (glyph, tone) = match finding.good {
        true => (Glyph::Good, Tone::Good),
        false if replaceable => (Glyph::Note, Tone::Note),
        false => mark(&finding.diagnostic),
    };
    let lead = format!(
        "   {} {}  ",
        theme.glyph(glyph),
        text::fit(&finding.subject, label, "")
    );
    let words = theme.own(&finding.diagnostic.message);
    sheet.say(width, (&lead, tone), &words, Tone::Plain);
    let lead = format!("     {}  {} ", " ".repeat(label), theme.glyph(Glyph::Arrow));
    let mut advise = |words: &str| {
        sheet.say(width, (&lead, Tone::Quiet), &theme.own(words), Tone::Plain);
    };
    if replaceable {
        advise(PRACTICE);
    }
    if let (false, Some(help)) = (finding.good, &finding.diagnostic.help) {
        advise(help);
    }
}

fn ways(wizard: &Wizard, theme: Theme) -> Sheet {
    let mut sheet = Sheet::default();
    let ways = wizard.welcome.ways(&wizard.interview);
    for (number, (_, words)) in ways.into_iter().enumerate() {
        let words = theme.own(&words);
        let chosen = number == wizard.welcome.chosen;
        let (lead, tone) = if chosen {
            (format!(" {} ", theme.glyph(Glyph::Focus)), Tone::Focus)
        } else {
            ("   ".to_owned(), Tone::Plain)
        };
        sheet.rows.push(super::super::sheet::Row {
            pieces: vec![(lead, Tone::Focus), (words, tone)],
            choice: Some(number),
            cursor: chosen.then_some(1),
        });
    }
    sheet
}

/// The way at a row of the screen.
pub(in super::super) fn way_at(wizard: &Wizard, row: u16) -> Option<usize> {
    let (_, below) = places(wizard, page::body(wizard.size));
    let row = row.checked_sub(below.y).filter(|row| *row < below.height)?;
    ways(wizard, Theme::default()).choice_at(below.height, Some(wizard.welcome.chosen), row)
}
