//! One question in lines.

use crate::interview::{Interview, Offer, Question};

use super::list::{Listed, in_brackets};
use super::{Asker, Ended, Said, WORDS, understood};

/// What came of a question.
#[derive(Debug, Clone, Copy)]
pub enum Turn {
    /// It was answered; the interview has the answer.
    Answered(&'static Question),
    /// One step back.
    Back,
    /// On to the review.
    Review,
}

impl Asker<'_> {
    /// Asks a question until it is answered or somebody goes elsewhere.
    pub async fn question(
        &mut self,
        interview: &mut Interview,
        question: &'static Question,
    ) -> Result<Turn, Ended> {
        let offers = interview.offers(question);
        self.show_question(interview, question, &offers);
        loop {
            let usual = interview.proposed(question);
            let number = usual.as_ref().and_then(|usual| number_of(&offers, usual));
            let list = question.form.list();
            let shown = number
                .map(|number| number.to_string())
                .or(match (list, &usual) {
                    (Some(field), Some(usual)) => Some(in_brackets(field, usual)),
                    _ => usual.clone(),
                });
            let line = match list {
                Some(_) => self.reader.read_several("Answer", shown.as_deref()).await?,
                None => self.reader.read("Answer", shown.as_deref()).await?,
            };
            let text = match understood(&line)? {
                Said::Back => return Ok(Turn::Back),
                Said::Review => return Ok(Turn::Review),
                Said::Help => {
                    self.show_help(question, &offers);
                    continue;
                }
                Said::Why => {
                    self.gap();
                    self.say("  ", question.why);
                    continue;
                }
                Said::Text(text) => text,
            };
            if let Some(field) = list {
                let there = usual.clone().unwrap_or_default();
                match self.of_list(interview, question, field, &there, &text) {
                    Listed::No => {}
                    Listed::Told => continue,
                    Listed::Taken => return Ok(Turn::Answered(question)),
                }
            }
            let answer = match (text.as_str(), usual) {
                ("", Some(usual)) => usual,
                ("none" | "None" | "-", _) if offers.is_empty() => String::new(),
                _ if offers.is_empty() => text,
                _ => chosen(&offers, &text),
            };
            match interview.answer(question.id, &answer) {
                Ok(()) => {
                    self.tell_warning(&offers, &answer);
                    return Ok(Turn::Answered(question));
                }
                Err(wrong) => {
                    let mut wrong = *wrong;
                    if !offers.is_empty() {
                        wrong.expected = Some(format!("a number from 1 to {}", offers.len()));
                    }
                    self.diagnostic(&wrong);
                }
            }
        }
    }

    fn show_question(&self, interview: &Interview, question: &Question, offers: &[Offer]) {
        self.gap();
        let title = match interview.step() {
            Some((number, of)) if !interview.reviewed() => {
                format!("{} ({number} of {of})", question.title)
            }
            _ => question.title.to_owned(),
        };
        self.say("", &format!("── {title} ──"));
        self.say("", question.wording);
        self.say("  ", question.help);
        for (number, offer) in offers.iter().enumerate() {
            self.say(&format!("  {}  ", number + 1), &offer.title);
            self.say("     ", &offer.means);
        }
        if let Some(cause) = interview.look_again(question.id) {
            self.say(
                "  ! ",
                &format!("Look again: {} was changed since.", cause.title),
            );
        }
        if let Some(typed) = interview.typed(question.id) {
            self.say("  · ", &format!("Typed before, and not accepted: {typed}"));
        }
    }

    fn show_help(&self, question: &Question, offers: &[Offer]) {
        self.gap();
        self.say("  ", question.help);
        for (number, offer) in offers.iter().enumerate() {
            self.say(
                &format!("  {}  ", number + 1),
                &format!("{}. {}", offer.title, offer.means),
            );
            self.block(offer.picture.iter().copied());
        }
        let how = match (question.form.list(), offers.is_empty()) {
            (Some(_), _) => super::list::HOW,
            (None, true) => "Type the answer.",
            (None, false) => "Type the number of an answer.",
        };
        self.say("  ", &format!(
            "{how} Enter alone takes what stands in brackets; none means no value. These words work \
             everywhere: {WORDS}. A word in double quotes is an answer like any other."
        ));
    }

    fn tell_warning(&self, offers: &[Offer], answer: &str) {
        let chosen = offers.iter().find(|offer| offer.id == answer);
        if let Some(warning) = chosen.and_then(|offer| offer.warning) {
            self.say("  ! ", warning);
        }
    }
}

fn number_of(offers: &[Offer], id: &str) -> Option<usize> {
    let place = offers.iter().position(|offer| offer.id == id)?;
    Some(place + 1)
}

/// The offer that is meant, by number, name or title; the text itself if none is.
fn chosen(offers: &[Offer], text: &str) -> String {
    let by_number = text
        .parse::<usize>()
        .ok()
        .and_then(|number| offers.get(number.checked_sub(1)?));
    let same = |word: &str| word.to_lowercase() == text.to_lowercase();
    by_number
        .or_else(|| {
            offers
                .iter()
                .find(|offer| same(&offer.id) || same(&offer.title))
        })
        .map_or_else(|| text.to_owned(), |offer| offer.id.clone())
}
