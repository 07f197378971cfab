//! The questions, in the order in which they are asked.

mod access;
mod client;
mod extras;
mod instances;
mod size;
mod start;
mod who;

use std::sync::LazyLock;

use super::question::{Choice, Question, When};

/// Every question, in order.
pub static ALL: LazyLock<Vec<&'static Question>> = LazyLock::new(|| {
    [
        who::QUESTIONS,
        instances::QUESTIONS,
        start::QUESTIONS,
        size::QUESTIONS,
        access::QUESTIONS,
        client::QUESTIONS,
        extras::QUESTIONS,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// The question of that name.
pub fn find(id: &str) -> Option<&'static Question> {
    ALL.iter().find(|question| question.id == id).copied()
}

/// A choice that says nothing special; the questions fill in what matters.
const CHOICE: Choice = Choice {
    id: "",
    title: "",
    means: "",
    picture: &[],
    sets: &[],
    warning: None,
    stopgap: false,
};

/// Everything but a try-out.
const REAL: When = When::Answered {
    question: "use-case",
    is: &["district", "districts", "tenants", "state"],
};
