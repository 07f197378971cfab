//! The steps, each with its causes.

use crate::plan::Plan;
use crate::session::Preview;
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::words;

use super::super::rows::{Row, row, sentence};

/// Widest object that has its causes beside it; those of a longer one stand below it.
const WIDEST: usize = 26;
/// Columns of a step's verb.
const VERB: usize = 16;
/// Least columns for causes beside their step.
const LEAST: usize = 22;

pub(super) fn rows(preview: &Preview, width: usize) -> Vec<Row> {
    let Some(plan) = &preview.plan else {
        return super::waiting("The steps are known as soon as an engine answers.");
    };
    if plan.is_empty() {
        let words = format!(
            "Nothing to do: {} is as its profile says ({} services run).",
            plan.deployment,
            plan.unchanged.len()
        );
        return sentence(row("   ", Tone::Plain), &words, Tone::Plain, width);
    }
    let objects: Vec<&str> = plan
        .steps
        .iter()
        .map(|step| words::short_image(Plan::wording(step).1))
        .collect();
    let short = objects.iter().copied();
    let column = super::column(short.filter(|object| text::width(object) <= WIDEST), WIDEST);
    let beside = 6 + VERB + 1 + column + 2;
    let beside = (width >= beside + LEAST).then_some(beside);
    let mut rows = Vec::new();
    for (number, (step, object)) in plan.steps.iter().zip(objects).enumerate() {
        let mark = if step.interrupts {
            ("! ", Tone::Note)
        } else {
            ("  ", Tone::Plain)
        };
        let mut lead = vec![
            (format!("{:>3} ", number + 1), Tone::Quiet),
            (mark.0.to_owned(), mark.1),
            (format!("{:<VERB$} ", Plan::wording(step).0), Tone::Plain),
        ];
        let mut causes = step.causes.iter();
        if beside.is_some() && text::width(object) <= column {
            lead.push((format!("{}  ", text::fit(object, column, "…")), Tone::Title));
            match causes.next() {
                Some(first) => rows.extend(sentence(lead, first, Tone::Quiet, width)),
                None => rows.push(lead),
            }
        } else {
            let room = width.saturating_sub(6 + VERB + 1);
            lead.push((text::cut(object, room, "…"), Tone::Title));
            rows.push(lead);
        }
        for cause in causes {
            let blanks = " ".repeat(beside.unwrap_or(8));
            rows.extend(sentence(
                row(blanks, Tone::Plain),
                cause,
                Tone::Quiet,
                width,
            ));
        }
    }
    rows.push(Row::new());
    if !plan.unchanged.is_empty() {
        let words = format!("Unchanged: {}.", plan.unchanged.join(", "));
        rows.extend(sentence(
            row("   ", Tone::Plain),
            &words,
            Tone::Plain,
            width,
        ));
    }
    let words = if plan.steps.iter().any(|step| step.interrupts) {
        "Steps marked ! take a running service away for a moment."
    } else {
        "Nothing that runs is interrupted."
    };
    rows.extend(sentence(row("   ", Tone::Plain), words, Tone::Quiet, width));
    rows
}
