//! What is to be set up, under which name.

use super::super::question::{Check, Choice, Form, More, Question, Shelf, Usual, When};
use super::CHOICE;

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "name",
        title: "Name",
        wording: "What shall this installation be called?",
        help: "Lower-case letters, digits and hyphens, beginning with a letter. For example grand-bend.",
        why: "You will use the name whenever you look at, stop or change this installation. Containers and \
              databases carry it too, which is why it has to be simple. It cannot be changed later without \
              setting up anew.",
        form: Form::Text { field: "name" },
        usual: Usual::FreeName,
        when: When::Always,
        depends_on: &[],
        checks: &[Check::NameTaken],
        more: More::No,
    },
    Question {
        id: "release",
        title: "Release",
        wording: "Which release of the Ed-Fi ODS/API?",
        help: "The first one is the newest. Take it, unless a program you use asks for another.",
        why: "The release is the version of the programs that Ed-Fi publishes. It stays as it is until you \
              change it here: nothing is updated behind your back.",
        form: Form::Catalog {
            field: "release",
            shelf: Shelf::Releases,
        },
        usual: Usual::First,
        when: When::Always,
        depends_on: &["use-case"],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "data-standard",
        title: "Data standard",
        wording: "Which version of the Ed-Fi data standard?",
        help: "Ask the maker of your student information system; without an answer take the first one.",
        why: "The data standard says which facts about students and schools are kept, and under which names. \
              The programs that send data here must speak the same version. A database cannot change to \
              another version by itself.",
        form: Form::Catalog {
            field: "data_standard",
            shelf: Shelf::DataStandards,
        },
        usual: Usual::First,
        when: When::Always,
        depends_on: &["release"],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "postgres",
        title: "PostgreSQL",
        wording: "Where shall the data be kept?",
        help: "PostgreSQL is the database program that keeps all data.",
        why: "The database program can be part of this installation.",
        form: Form::Choice(&[Choice {
            id: "internal",
            title: "In containers, on this computer",
            means: "PostgreSQL runs beside the other programs. Nobody can reach it from outside. Its data stays \
                    when the containers go.",
            picture: &[
                "┌─ this computer ─────────────┐",
                "│  ┌─────┐     ┌────────────┐ │",
                "│  │ API ├─────▶ PostgreSQL │ │",
                "│  └─────┘     └─────┬──────┘ │",
                "│                ┌───▼───┐    │",
                "│                │ data  │    │",
                "│                └───────┘    │",
                "└─────────────────────────────┘",
            ],
            sets: &[("postgres.placement", "internal")],
            ..CHOICE
        }]),
        usual: Usual::First,
        when: When::Always,
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
];
