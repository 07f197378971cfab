//! Which years, districts and organizations there are, and how a program says which one it means.

use super::super::question::{Choice, Form, More, Question, Usual, When};
use super::CHOICE;

/// Where each school year has a database.
const YEARS: When = When::Any(&[
    ("district-data", &["years"]),
    ("tenant-data", &["years"]),
    ("state-data", &["years"]),
]);

/// Where an address can have a part that chooses the database.
const CHOSEN: When = When::Any(&[
    ("use-case", &["districts"]),
    ("district-data", &["years"]),
    ("tenant-data", &["years"]),
    ("state-data", &["years"]),
]);

/// Where there are several databases beside each other.
const SEVERAL: When = When::Any(&[
    ("use-case", &["districts", "tenants"]),
    ("district-data", &["years"]),
    ("state-data", &["years"]),
]);

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "districts",
        title: "Districts",
        wording: "Which districts?",
        help: "Their numbers, with commas or spaces in between; or a file that lists them: @districts.csv.",
        why: "Every district has a number that the state gave it, and it becomes the name of its database and \
              part of its address. A list can be pasted, or come from a file: the numbers in the first column \
              count, a line of headings is skipped. Districts can be added later without a pause.",
        form: Form::List {
            field: "instances.districts",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "use-case",
            is: &["districts"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "tenants",
        title: "Organizations",
        wording: "Which organizations?",
        help: "A short name for each, with commas or spaces in between, as in north, south.",
        why: "The name becomes part of the address, as in https://host/api/north, so it has to be simple: \
              lower-case letters, digits and hyphens. A list can be pasted, or come from a file: \
              @organizations.csv. Organizations can be added later.",
        form: Form::List {
            field: "instances.tenants",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "use-case",
            is: &["tenants"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "years",
        title: "School years",
        wording: "Which school years?",
        help: "Each by the year in which it ends: 2027 is the school year 2026-27.",
        why: "Each gets a database, empty at first. The present year and the next one are a good beginning: \
              programs often begin to send the next year's data in summer. A year can be added later without \
              a pause.",
        form: Form::List {
            field: "instances.years",
        },
        usual: Usual::SchoolYears,
        when: YEARS,
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "chosen-by",
        title: "Chosen by",
        wording: "How shall a program say which database it means?",
        help: "By the address, unless a program cannot write anything into it.",
        why: "With the year or the district in the address, one look at it tells which data is meant, and a \
              key still opens only its own. Some programs know one address only; for them the key alone can \
              decide. All programs then do it the same way.",
        form: Form::Choice(&[
            Choice {
                id: "address",
                title: "By the address",
                means: "The year or the district's number stands in the address, and each database has a key of \
                        its own.",
                picture: &[
                    "  https://host/api/2026/data/v3",
                    "                    │",
                    "                    ▼",
                    "               ┌──────┐",
                    "               │ 2026 │",
                    "               └──────┘",
                ],
                sets: &[("instances.chosen_by", "address")],
                ..CHOICE
            },
            Choice {
                id: "key",
                title: "By the key alone",
                means: "One address for all. Each key opens one database, and a program has as many keys as it \
                        works with databases.",
                picture: &[
                    "  https://host/api/data/v3",
                    "",
                    "  key A ─────▶ ┌──────┐",
                    "               │ 2026 │",
                    "               ├──────┤",
                    "  key B ─────▶ │ 2027 │",
                    "               └──────┘",
                ],
                sets: &[("instances.chosen_by", "key")],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: CHOSEN,
        depends_on: &["use-case"],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "isolation",
        title: "Servers",
        wording: "Shall each database have a server of its own?",
        help: "One server for all takes the least memory; the databases in it are kept apart all the same.",
        why: "A key opens one database and no other, in one server too. A server for each lets you stop, move \
              or limit one without the others, and takes about 250 MB of memory each time.",
        form: Form::Choice(&[
            Choice {
                id: "shared",
                title: "One server for all",
                means: "PostgreSQL runs once and keeps every database.",
                picture: &[
                    "            ┌─ server ─┐",
                    "  API ──────▶ one      │",
                    "            │ two      │",
                    "            │ three    │",
                    "            └──────────┘",
                ],
                sets: &[("instances.isolation", "shared-server")],
                ..CHOICE
            },
            Choice {
                id: "each",
                title: "A server for each",
                means: "PostgreSQL runs as often as there are databases, each time in a container with data of \
                        its own.",
                picture: &[
                    "            ┌─ server ─┐",
                    "         ┌──▶ one      │",
                    "         │  └──────────┘",
                    "  API ───┤  ┌─ server ─┐",
                    "         └──▶ two      │",
                    "            └──────────┘",
                ],
                sets: &[
                    ("instances.isolation", "server-per-instance"),
                    ("instances.copies", ""),
                ],
                warning: Some(
                    "Every database takes a server's memory. A new one cannot begin as a copy of another.",
                ),
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: SEVERAL,
        depends_on: &["use-case"],
        checks: &[],
        more: More::Yes,
    },
];
