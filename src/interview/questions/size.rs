//! How much the platform is built for.

use super::super::question::{Choice, Form, More, Question, Usual, When};
use super::{CHOICE, REAL};

/// A state is asked; for others the usual answers are good.
const STATES: More = More::Unless {
    question: "use-case",
    is: &["state"],
};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "memory",
        title: "Memory for data",
        wording: "How much memory may PostgreSQL use for the data, in megabytes?",
        help: "A number from 256; a quarter of the computer's memory is a good beginning. None is possible too.",
        why: "By itself PostgreSQL takes little: enough for a district, slow for a state. With a number, its \
              settings are made for so much memory. Leave room for the other programs and for the computer \
              itself.",
        form: Form::Text {
            field: "postgres.memory_megabytes",
        },
        usual: Usual::MemoryShare,
        when: REAL,
        depends_on: &["use-case"],
        checks: &[],
        more: STATES,
    },
    Question {
        id: "copies",
        title: "Copies of the API",
        wording: "How many copies of the API shall share the work?",
        help: "One is enough for most districts. Copies can be added later.",
        why: "The API answers every request. Several copies answer more at once, and if one stops, the others \
              go on. They share a cache, a small program that remembers for all of them.",
        form: Form::Choice(&[
            Choice {
                id: "one",
                title: "One",
                means: "The API runs once.",
                sets: &[("api.replicas", "1")],
                picture: &["  gateway ───▶ API"],
                ..CHOICE
            },
            Choice {
                id: "two",
                title: "Two, with a cache that they share",
                means: "Two copies of the API, and one small container for the cache. About 1 GB more memory \
                        than one alone.",
                sets: &[("api.replicas", "2"), ("cache.placement", "internal")],
                picture: &[
                    "            ┌─▶ API ─┐",
                    "  gateway ──┤        ├─▶ cache",
                    "            └─▶ API ─┘",
                ],
                ..CHOICE
            },
            Choice {
                id: "more",
                title: "More: I know how many",
                means: "Up to 8 copies and the cache that they share.",
                sets: &[("cache.placement", "internal")],
                picture: &[
                    "            ┌─▶ API ─┐",
                    "  gateway ──┼─▶ API ─┼─▶ cache",
                    "            ├─▶ API ─┤",
                    "            └─▶  …  ─┘",
                ],
                ..CHOICE
            },
        ]),
        usual: Usual::After {
            question: "use-case",
            answer: "state",
            then: "two",
            otherwise: "one",
        },
        when: REAL,
        depends_on: &["use-case"],
        checks: &[],
        more: STATES,
    },
    Question {
        id: "copies-number",
        title: "Number of copies",
        wording: "How many copies?",
        help: "A number from 3 to 8.",
        why: "Each copy takes the memory of one API, about 700 MB. More copies than the computer has \
              processors rarely help.",
        form: Form::Text {
            field: "api.replicas",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "copies",
            is: &["more"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "cache",
        title: "Cache",
        wording: "Shall there be a cache beside the one API?",
        help: "Only if you mean to add copies of the API soon. One alone remembers for itself.",
        why: "A cache is a small program that remembers what several copies of the API have to know alike. One \
              copy does not need it. If it is there already, copies can be added without a pause.",
        form: Form::Choice(&[
            Choice {
                id: "no",
                title: "No",
                means: "The API remembers for itself.",
                sets: &[("cache.placement", "none")],
                picture: &["  gateway ───▶ API"],
                ..CHOICE
            },
            Choice {
                id: "yes",
                title: "Yes, a cache",
                means: "One more small container, in which nothing is kept for good.",
                sets: &[("cache.placement", "internal")],
                picture: &["  gateway ───▶ API ───▶ cache"],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: When::Answered {
            question: "copies",
            is: &["one"],
        },
        depends_on: &["copies"],
        checks: &[],
        more: More::Yes,
    },
];
