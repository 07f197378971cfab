//! The list of the questions for `docs/interview.md`, from the questions themselves.

use std::fmt::Write as _;

use super::context::Context;
use super::question::{Form, More, Question, Usual};
use super::questions::{ALL, find};
use super::state::Interview;

/// Every question with its words, choices, default, condition and fields, as Markdown.
pub fn questions_page(context: Context) -> String {
    let interview = Interview::new(context);
    let mut page = String::new();
    for (number, question) in ALL.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = writeln!(page, "## {}. {}\n", number + 1, question.title);
        let _ = writeln!(page, "**{}** {}\n", question.wording, question.help);
        let _ = writeln!(page, "*Why we ask:* {}\n", question.why);
        choices(&mut page, question, &interview);
        facts(&mut page, question);
    }
    page
}

fn choices(page: &mut String, question: &Question, interview: &Interview) {
    for offer in interview.offers(question) {
        let _ = writeln!(
            page,
            "- `{}` **{}.** {}",
            offer.id, offer.title, offer.means
        );
        if let Some(warning) = offer.warning {
            let _ = writeln!(page, "  {warning}");
        }
        if !offer.picture.is_empty() {
            let _ = writeln!(page, "\n  ```text");
            for line in offer.picture {
                let _ = writeln!(page, "  {line}");
            }
            let _ = writeln!(page, "  ```\n");
        }
    }
    if !interview.offers(question).is_empty() {
        page.push('\n');
    }
}

fn facts(page: &mut String, question: &Question) {
    let mut facts = vec![format!("Name: `{}`", question.id)];
    facts.extend(usual(question).map(|usual| format!("Proposed: {usual}")));
    let parents = question.when.parents();
    if !parents.is_empty() {
        let answers: Vec<String> = parents
            .iter()
            .map(|(question, is)| format!("`{question}` = {}", is.join(", ")))
            .collect();
        facts.push(format!("Asked after: {}", answers.join("; or ")));
    }
    match question.more {
        More::No => {}
        More::Yes => facts.push("Asked on request, at the review".to_owned()),
        More::Unless { question, is } => facts.push(format!(
            "Asked on request, at the review, unless `{question}` = {}",
            is.join(", ")
        )),
    }
    if !question.depends_on.is_empty() {
        let titles: Vec<&str> = question
            .depends_on
            .iter()
            .filter_map(|id| Some(find(id)?.title))
            .collect();
        facts.push(format!(
            "Look again after a change of: {}",
            titles.join(", ")
        ));
    }
    let mut fields = question.form.fields();
    fields.dedup();
    if !fields.is_empty() {
        facts.push(format!("Sets: `{}`", fields.join("`, `")));
    }
    for check in question.checks {
        facts.push(format!("Looked up beside it: {}", check.words()));
    }
    if matches!(question.form, Form::Choice([_])) {
        facts.push("Not asked: there is one answer so far".to_owned());
    }
    let _ = writeln!(page, "{}.\n", facts.join(". "));
}

fn usual(question: &Question) -> Option<String> {
    Some(match question.usual {
        Usual::Field => match crate::profile::usual(question.form.field()?)? {
            none if none.is_empty() => "none".to_owned(),
            value => format!("`{value}`"),
        },
        Usual::First => "the first".to_owned(),
        Usual::Is(answer) => format!("`{answer}`"),
        Usual::After {
            question,
            answer,
            then,
            otherwise,
        } => {
            let title = find(question).map_or(question, |question| question.title);
            format!("`{then}` after {title} = {answer}, else `{otherwise}`")
        }
        Usual::FreeName => {
            "`district`, or after the use case; with a number if that name is taken".to_owned()
        }
        Usual::SchoolYears => "the present school year and the next one".to_owned(),
        Usual::MemoryShare => {
            "a quarter of the engine's memory for a state, none for others".to_owned()
        }
        Usual::Host => {
            "`localhost`, or this computer's name when others are to reach it".to_owned()
        }
        Usual::Images => "`registry`, or `practice` where it cannot be reached".to_owned(),
        Usual::Nothing => return None,
    })
}
