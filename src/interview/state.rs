//! Where we are, what was answered, and the ways forth and back.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::question::{Form, More, Question};
use super::questions::{ALL, find};
use super::values;
use crate::diagnostic::Diagnostic;
use crate::profile::Profile;

/// A place in the interview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// At the question of that name.
    Question(&'static str),
    /// At the end, from where every answer can be changed.
    Review,
}

/// Answers by question.
pub(super) type Answers = BTreeMap<&'static str, String>;

/// The state of an interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interview {
    pub(super) context: Context,
    /// The profile it began with; what no question asks stays as it is there.
    pub(super) base: Profile,
    /// Questions whose field in `base` cannot be said as an answer; it stays until answered.
    pub(super) unsayable: BTreeSet<&'static str>,
    pub(super) answers: Answers,
    /// Typed, but not accepted; kept to be typed on.
    pub(super) typed: Answers,
    /// Answers that deserve another look, with the question that was changed.
    pub(super) look_again: BTreeMap<&'static str, &'static str>,
    pub(super) place: Place,
    /// Where we were before, the last place last, each place once.
    pub(super) history: Vec<Place>,
    /// Whether an answer was changed since the review; then what it brings up is asked.
    pub(super) changing: bool,
    /// Whether the review was reached; from then on every way leads back to it.
    pub(super) reviewed: bool,
}

impl Interview {
    /// An interview from the beginning.
    pub fn new(context: Context) -> Self {
        let mut interview = Self {
            base: super::starting_profile(),
            unsayable: BTreeSet::new(),
            answers: Answers::new(),
            typed: Answers::new(),
            look_again: BTreeMap::new(),
            place: Place::Review,
            history: Vec::new(),
            changing: false,
            reviewed: false,
            context,
        };
        interview.place = interview.after(None);
        interview
    }

    /// An interview in which a profile has answered everything; it begins at the review.
    pub fn open(context: Context, profile: Profile) -> Self {
        let (answers, unsayable) = values::answers(&context, &profile);
        Self {
            base: profile,
            unsayable,
            answers,
            place: Place::Review,
            reviewed: true,
            ..Self::new(context)
        }
    }

    /// What is known of the world.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Takes in what was found out about the world meanwhile. Answers that were given stay as they are.
    pub fn learn(&mut self, found: impl FnOnce(&mut Context)) {
        found(&mut self.context);
    }

    /// Whether both hold the same answers, wherever they are.
    pub(super) fn holds_the_same(&self, other: &Self) -> bool {
        self.answers == other.answers && self.typed == other.typed && self.base == other.base
    }

    /// Where we are.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The question we are at; none at the review.
    pub fn current(&self) -> Option<&'static Question> {
        match self.place {
            Place::Question(id) => find(id),
            Place::Review => None,
        }
    }

    /// Whether the review was reached already.
    pub fn reviewed(&self) -> bool {
        self.reviewed
    }

    /// Whether a question has anything to do with what was answered so far.
    pub fn applies(&self, question: &Question) -> bool {
        applies(question, &|id| self.effective(id))
    }

    /// Whether a question applies and there is something to choose.
    pub fn is_asked(&self, question: &Question) -> bool {
        if !self.applies(question) {
            return false;
        }
        let choosing = matches!(question.form, Form::Choice(_) | Form::Catalog { .. });
        let offers = self.offers(question);
        match offers.as_slice() {
            [only] if choosing => self
                .answers
                .get(question.id)
                .is_some_and(|answer| *answer != only.id),
            _ => true,
        }
    }

    /// The questions that are asked without asking for more, in order.
    pub fn asked(&self) -> Vec<&'static Question> {
        ALL.iter()
            .copied()
            .filter(|question| !self.on_request(question) && self.is_asked(question))
            .collect()
    }

    /// Whether a question is asked only on request.
    pub fn on_request(&self, question: &Question) -> bool {
        match question.more {
            More::No => false,
            More::Yes => true,
            More::Unless { question, is } => {
                let answer = self.effective(question);
                !answer.is_some_and(|answer| is.contains(&&*answer))
            }
        }
    }

    /// Number of the current question and of all, as in 2 of 9.
    pub fn step(&self) -> Option<(usize, usize)> {
        let asked = self.asked();
        let number = asked
            .iter()
            .position(|question| self.place == Place::Question(question.id))?;
        Some((number + 1, asked.len()))
    }

    /// The answer that was given, used or not.
    pub fn given(&self, id: &str) -> Option<&str> {
        self.answers.get(id).map(String::as_str)
    }

    /// The answer that counts: the one given, else the usual one.
    pub fn effective(&self, id: &str) -> Option<String> {
        match self.answers.get(id) {
            Some(answer) => Some(answer.clone()),
            None => self.usual(find(id)?),
        }
    }

    /// The answer that is taken where none is said: the one that counts, unless it can be chosen no more.
    pub fn proposed(&self, question: &Question) -> Option<String> {
        let answer = self.effective(question.id);
        let offers = self.offers(question);
        let there = offers
            .iter()
            .any(|offer| answer.as_ref() == Some(&offer.id));
        match offers.into_iter().next() {
            Some(first) if !there => Some(first.id),
            _ => answer,
        }
    }

    /// What stands in the field when the question is shown: what was typed last, else the answer.
    pub fn shown(&self, id: &str) -> Option<String> {
        self.typed.get(id).cloned().or_else(|| self.effective(id))
    }

    /// Takes an answer: the name of an offer, or a text. Says what is wrong with it otherwise, and
    /// keeps the answer that was there.
    pub fn answer(&mut self, id: &str, text: &str) -> Result<(), Box<Diagnostic>> {
        let question = find(id).ok_or_else(|| values::no_such_question(id))?;
        let answer = self.accepted(question, text)?;
        self.typed.remove(question.id);
        self.look_again.remove(question.id);
        let before = self.effective(question.id);
        let changed = before.as_deref() != Some(&*answer);
        self.answers.insert(question.id, answer);
        self.changing |= changed;
        if changed {
            for other in ALL
                .iter()
                .filter(|other| other.depends_on.contains(&question.id))
            {
                if self.answers.contains_key(other.id) {
                    self.look_again.insert(other.id, question.id);
                }
            }
        }
        Ok(())
    }

    /// The form in which a text would be kept as the answer, or what is wrong with it.
    pub fn checked(&self, id: &str, text: &str) -> Result<String, Box<Diagnostic>> {
        let question = find(id).ok_or_else(|| values::no_such_question(id))?;
        self.accepted(question, text)
    }

    /// Keeps a text that is not an answer yet, to be shown when the question comes again.
    pub fn keep_typed(&mut self, id: &str, text: &str) {
        if let Some(question) = find(id) {
            self.typed.insert(question.id, text.to_owned());
        }
    }

    /// What was typed and not accepted.
    pub fn typed(&self, id: &str) -> Option<&str> {
        self.typed.get(id).map(String::as_str)
    }

    /// The question after whose change this answer deserves another look.
    pub fn look_again(&self, id: &str) -> Option<&'static Question> {
        find(self.look_again.get(id)?)
    }

    /// Goes on: to the next question on the first pass; later to what a changed answer has brought up,
    /// then to the review.
    pub fn next(&mut self) {
        let next = match self.place {
            Place::Review => return,
            Place::Question(id) if self.reviewed && self.changing => self.brought_up(id),
            Place::Question(_) if self.reviewed => Place::Review,
            Place::Question(id) => self.after(Some(id)),
        };
        self.go(next);
    }

    /// Goes back to where we were before, or to the question before this one. Asks nothing and
    /// loses nothing. False if there is nothing before.
    pub fn back(&mut self) -> bool {
        while let Some(place) = self.history.pop() {
            if place != self.place && self.can_be_at(place) {
                self.place = place;
                self.changing &= place != Place::Review;
                return true;
            }
        }
        let asked = self.asked();
        let before = match self.place {
            Place::Review => asked.last(),
            Place::Question(id) => {
                let here = place_in_order(id);
                asked
                    .iter()
                    .rev()
                    .find(|question| place_in_order(question.id) < here)
            }
        };
        match before {
            Some(question) => {
                self.place = Place::Question(question.id);
                true
            }
            None => false,
        }
    }

    /// Goes to a question, if it is one that can be asked.
    pub fn jump(&mut self, id: &str) -> bool {
        match find(id) {
            Some(question) if self.is_asked(question) => {
                self.go(Place::Question(question.id));
                true
            }
            _ => false,
        }
    }

    /// Goes to the review. What was not answered keeps its usual answer.
    pub fn review(&mut self) {
        self.go(Place::Review);
    }

    fn go(&mut self, place: Place) {
        if place != self.place {
            self.remember(self.place);
            self.place = place;
        }
        if place == Place::Review {
            self.reviewed = true;
            self.changing = false;
        }
    }

    /// Takes note of a place that is left. One that was left before counts from now on, so that moving to
    /// and fro adds nothing.
    pub(super) fn remember(&mut self, place: Place) {
        self.history.retain(|before| *before != place);
        self.history.push(place);
    }

    fn can_be_at(&self, place: Place) -> bool {
        match place {
            Place::Review => true,
            Place::Question(id) => find(id).is_some_and(|question| self.is_asked(question)),
        }
    }

    /// The first question after this one, or the first of all.
    fn after(&self, id: Option<&str>) -> Place {
        let here = id.map(place_in_order);
        self.asked()
            .iter()
            .find(|question| here.is_none_or(|here| place_in_order(question.id) > here))
            .map_or(Place::Review, |question| Place::Question(question.id))
    }

    /// The first unanswered question that an answer has brought up: it hangs on this one, or on
    /// one that this one hangs on.
    fn brought_up(&self, id: &str) -> Place {
        let mut line = vec![id];
        let mut seen = 0;
        while let Some(id) = line.get(seen).copied() {
            let parents = find(id).map(|question| question.when.parents());
            for (parent, _) in parents.unwrap_or_default() {
                if !line.contains(&parent) {
                    line.push(parent);
                }
            }
            seen += 1;
        }
        self.asked()
            .iter()
            .find(|question| {
                let parents = question.when.parents();
                let hangs = parents.iter().any(|(parent, _)| line.contains(parent));
                hangs && !self.answers.contains_key(question.id)
            })
            .map_or(Place::Review, |question| Place::Question(question.id))
    }
}

fn place_in_order(id: &str) -> usize {
    ALL.iter()
        .position(|question| question.id == id)
        .unwrap_or(usize::MAX)
}

/// Whether a question applies, given what others were answered.
pub(super) fn applies(question: &Question, answer: &dyn Fn(&str) -> Option<String>) -> bool {
    let parents = question.when.parents();
    parents.is_empty()
        || parents.iter().any(|(parent, is)| {
            find(parent).is_some_and(|parent| applies(parent, answer))
                && answer(parent).is_some_and(|answer| is.contains(&answer.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::interview::question::More;

    fn reviewed() -> Interview {
        let mut interview = Interview::new(Context::new(&Catalog::embedded().unwrap()));
        interview.review();
        interview
    }

    /// A question with another one that hangs on one of its answers, and that answer.
    fn parent_and_child() -> (&'static str, &'static str, &'static str) {
        let interview = reviewed();
        ALL.iter()
            .find_map(|question| {
                let (on, is) = question.when.parents().into_iter().next()?;
                let is = *is.first()?;
                let other = interview.effective(on).as_deref() != Some(is);
                let asked = question.more == More::No && interview.is_asked(find(on)?);
                (other && asked).then_some((on, is, question.id))
            })
            .expect("some question hangs on another")
    }

    #[test]
    fn only_a_changed_answer_brings_up_what_hangs_on_it() {
        let (on, is, child) = parent_and_child();
        let mut interview = reviewed();
        assert!(interview.jump(on));
        interview.answer(on, is).unwrap();
        interview.next();
        assert_eq!(interview.place(), Place::Question(child));
        // It keeps its usual answer; who looks at the first one again is not asked for it again.
        interview.review();
        assert!(interview.jump(on));
        interview.answer(on, is).unwrap();
        interview.next();
        assert_eq!(interview.place(), Place::Review);
        // The way back does not count as a change either.
        assert!(interview.jump(on));
        assert!(interview.back());
        assert!(interview.jump(on));
        interview.next();
        assert_eq!(interview.place(), Place::Review);
    }

    #[test]
    fn moving_to_and_fro_does_not_make_a_draft_longer() {
        let mut interview = reviewed();
        let asked: Vec<&str> = interview.asked().iter().map(|asked| asked.id).collect();
        let walk = |interview: &mut Interview| {
            for id in &asked {
                interview.jump(id);
                interview.review();
            }
        };
        walk(&mut interview);
        let once = interview.draft();
        for _ in 0..20 {
            walk(&mut interview);
        }
        assert_eq!(interview.draft(), once);
        // What was left last comes first.
        assert!(interview.back());
        assert_eq!(interview.place(), Place::Question(asked[asked.len() - 1]));
    }
}
