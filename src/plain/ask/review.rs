//! The review in lines: every answer with a number, what they lead to, and what to do with it.

use crate::interview::{Change, Interview, Row};
use crate::session::Preview;
use crate::words::short_image;

use super::{Asker, Ended, Said, understood};

/// What somebody wants at the review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// To change the answer to this question.
    Change(&'static str),
    /// To start.
    Start,
    /// To save the profile to a file.
    Save,
    /// To see the command that does the same.
    Command,
    /// To see the review again.
    Again,
    /// To go back to the last question.
    Back,
}

impl Asker<'_> {
    /// Shows the answers and what they lead to.
    pub fn show_review(&self, interview: &Interview, preview: &Preview) {
        self.heading("Review");
        let rows = interview.summary();
        self.show_rows(&rows, false);
        self.say("  ", "More, fine as they are for almost everybody:");
        self.show_rows(&rows, true);
        if !preview.picture.is_empty() {
            self.heading("Picture");
            self.block(preview.picture.iter().map(String::as_str));
        }
        if !preview.services.is_empty() {
            self.heading("Services");
            self.services(preview);
        }
        self.gap();
        for (label, words) in &preview.facts {
            self.say(&format!("  {label:<18}"), words);
        }
        if let Some(plan) = &preview.plan {
            self.heading("What starting will do");
            self.printer.say(plan.to_string().trim_end());
        }
        if !preview.profile.is_empty() {
            self.heading("Profile");
            self.block(preview.profile.lines());
        }
        self.heading("Good to know");
        for note in &preview.notes {
            self.diagnostic(note);
        }
        for (title, warning) in &preview.warnings {
            self.say(&format!("  ! {title}: "), warning);
        }
        if preview.things_to_know() == 0 {
            self.say("  ", "Nothing special.");
        }
    }

    /// What runs, and who can reach it.
    fn services(&self, preview: &Preview) {
        let names = preview
            .services
            .iter()
            .map(|line| line.name.chars().count());
        let width = names.max().unwrap_or(0);
        for line in &preview.services {
            let about = format!("{}, about {} MB of memory", line.title, line.memory_mb);
            self.say(&format!("  {:<width$}  ", line.name), &about);
            self.say(&format!("  {:<width$}  ", ""), short_image(&line.image));
        }
        for door in &preview.doors {
            let words = format!("{}, for {}", door.address, door.who);
            self.say(&format!("  {:<width$}  port ", door.service), &words);
        }
    }

    fn heading(&self, words: &str) {
        self.gap();
        self.say("", &format!("── {words} ──"));
    }

    fn show_rows(&self, rows: &[Row], more: bool) {
        let numbers = numbers(rows);
        let width = rows
            .iter()
            .map(|row| row.title.chars().count())
            .max()
            .unwrap_or(0);
        for row in rows
            .iter()
            .filter(|row| (row.change == Change::OnRequest) == more)
        {
            let number = numbers
                .iter()
                .position(|id| *id == row.id)
                .map_or_else(String::new, |place| (place + 1).to_string());
            let mark = if row.open {
                '✗'
            } else if row.look_again.is_some() {
                '!'
            } else {
                '✓'
            };
            let lead = format!("  {number:>2}  {mark} {:<width$}  ", row.title);
            let again = row
                .look_again
                .map(|cause| format!("  (look again: {cause} was changed)"));
            self.say(
                &lead,
                &format!("{}{}", row.words, again.unwrap_or_default()),
            );
        }
    }

    /// Asks what to do now.
    pub async fn at_review(&mut self, interview: &Interview) -> Result<Wanted, Ended> {
        let rows = interview.summary();
        let numbers = numbers(&rows);
        self.gap();
        self.say("", "What now?");
        let change = format!("1 to {}", numbers.len());
        for (word, means) in [
            ("start", "make it so"),
            ("save", "save the profile to a file, without starting"),
            (
                "command",
                "show the command that does the same without questions",
            ),
            ("quit", "leave; the answers are kept"),
            (&change, "change that answer"),
        ] {
            self.say(&format!("  {word:<9}"), means);
        }
        loop {
            let line = self.reader.read("What now", None).await?;
            let text = match understood(&line)? {
                Said::Back => return Ok(Wanted::Back),
                Said::Review => return Ok(Wanted::Again),
                Said::Help | Said::Why => {
                    self.say("  ", "Nothing was started yet. Type start, save, command, quit, review to see all of this again, or the number of an answer to change it.");
                    continue;
                }
                Said::Text(text) => text.to_lowercase(),
            };
            let number = text.parse::<usize>().ok();
            let row = number.and_then(|number| numbers.get(number.checked_sub(1)?));
            match (text.as_str(), row) {
                ("start", _) => return Ok(Wanted::Start),
                ("save", _) => return Ok(Wanted::Save),
                ("command", _) => return Ok(Wanted::Command),
                (_, Some(id)) => return Ok(Wanted::Change(id)),
                _ => self.say(
                    "  ✗ ",
                    &format!(
                        "Type start, save, command, quit, or a number from 1 to {}.",
                        numbers.len()
                    ),
                ),
            }
        }
    }
}

/// The questions that can be changed, in the order of their numbers: the usual ones first.
fn numbers(rows: &[Row]) -> Vec<&'static str> {
    let (more, usual): (Vec<&Row>, Vec<&Row>) = rows
        .iter()
        .filter(|row| row.change != Change::Never)
        .partition(|row| row.change == Change::OnRequest);
    usual.into_iter().chain(more).map(|row| row.id).collect()
}
