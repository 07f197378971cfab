//! Who uses the platform, and what is kept apart. In the operator's words: the names that Ed-Fi has for
//! it are the profile's and the catalog's business.

use super::super::question::{Choice, Form, More, Question, Usual, When};
use super::CHOICE;

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "use-case",
        title: "Use case",
        wording: "Who will use this platform?",
        help: "You can begin with a try-out and set up the real one beside it later.",
        why: "The answer decides which databases are made and which programs stand around them. A try-out \
              comes with an invented district full of schools, students and grades. Everything else begins \
              empty, ready for your own data. Several platforms can run on the same computer; they share \
              nothing.",
        form: Form::Choice(&[
            Choice {
                id: "district",
                title: "One district",
                means: "The programs of one school district, such as its student information system, send and \
                        fetch data here.",
                picture: &[
                    "  your programs",
                    "       │ https",
                    "  ┌────▼────┐",
                    "  │ gateway │",
                    "  └────┬────┘",
                    "    ┌──▼──┐     ┌───────────┐",
                    "    │ API ├─────▶ your data │",
                    "    └─────┘     └───────────┘",
                ],
                ..CHOICE
            },
            Choice {
                id: "districts",
                title: "Several districts, kept apart",
                means: "Each district has a database of its own, and its key opens no other. All are served by \
                        one set of programs, looked after together. For collaboratives and service centers.",
                picture: &[
                    "  programs of all districts",
                    "       │ https",
                    "  ┌────▼────┐   ┌──────────────┐",
                    "  │ gateway │ ┌─▶ district 901 │",
                    "  └────┬────┘ │ ├──────────────┤",
                    "    ┌──▼──┐   ├─▶ district 902 │",
                    "    │ API ├───┤ ├──────────────┤",
                    "    └─────┘   └─▶ district 903 │",
                    "                └──────────────┘",
                ],
                sets: &[("use_case", "districts")],
                ..CHOICE
            },
            Choice {
                id: "tenants",
                title: "Several organizations that share nothing but the platform",
                means: "Each has databases, keys and rights of its own, as if it were alone here, and an address \
                        that begins with its name. For whoever runs the platform for others.",
                picture: &[
                    "  gateway ───▶ API",
                    "                │",
                    "       ┌────────┴───────┐",
                    "┌─ north ──────┐ ┌─ south ──────┐",
                    "│ keys, rights │ │ keys, rights │",
                    "│ data         │ │ data         │",
                    "└──────────────┘ └──────────────┘",
                ],
                ..CHOICE
            },
            Choice {
                id: "state",
                title: "A state agency",
                means: "The data of all districts of a state, sent by their programs. Built for a lot of it: \
                        two copies of the API share the work, and PostgreSQL gets a share of the memory.",
                picture: &[
                    "  programs of all districts",
                    "  ┌────▼────┐",
                    "  │ gateway ├──┐",
                    "  └────┬────┘  │",
                    "    ┌──▼──┐ ┌──▼──┐  ┌───────┐",
                    "    │ API │ │ API ├──▶ cache │",
                    "    └──┬──┘ └──┬──┘  └───────┘",
                    "    ┌──▼───────▼──┐",
                    "    │ large data  │",
                    "    └─────────────┘",
                ],
                ..CHOICE
            },
            Choice {
                id: "sandbox",
                title: "A try-out with sample data",
                means: "Two databases to play with, an empty one and one with a sample district, and a web page, \
                        Sandbox Admin, that makes keys to them. Not for real students.",
                picture: &[
                    " your browser",
                    "      │ https",
                    " ┌────▼────┐   ┌───────────────┐",
                    " │ gateway ├───▶ Sandbox Admin │",
                    " └────┬────┘   └───────────────┘",
                    "   ┌──▼──┐       ┌──────────┐",
                    "   │ API ├────┬──▶ empty    │",
                    "   └─────┘    │  ├──────────┤",
                    "              └──▶ sample   │",
                    "                 └──────────┘",
                ],
                sets: &[("use_case", "sandbox")],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: When::Always,
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "district-data",
        title: "Databases",
        wording: "How shall the district's data be kept?",
        help: "If you are not sure, ask whoever looks after the student information system.",
        why: "Most districts keep all years together. Some programs expect a database for each school year, \
              with the year in the address; then last year's data stays as it was when the new year begins. \
              Data does not move from one way to the other by itself.",
        form: Form::Choice(&[
            Choice {
                id: "shared",
                title: "Everything together",
                means: "One database for all schools and all years, empty at first. Your programs reach it \
                        through one address.",
                picture: &[
                    "  your programs",
                    "       │ https",
                    "  ┌────▼────┐",
                    "  │ gateway │",
                    "  └────┬────┘",
                    "    ┌──▼──┐     ┌──────────┐",
                    "    │ API ├─────▶ one      │",
                    "    └─────┘     │ database │",
                    "                └──────────┘",
                ],
                sets: &[("use_case", "district-shared")],
                ..CHOICE
            },
            Choice {
                id: "years",
                title: "A database for each school year",
                means: "One server keeps them all. Programs say the year in the address, or have a key for each \
                        year. Years can be added later without a pause.",
                picture: &[
                    "  your programs",
                    "       │ https",
                    "  ┌────▼────┐",
                    "  │ gateway │     one server",
                    "  └────┬────┘     ┌──────────┐",
                    "    ┌──▼──┐     ┌─▶ 2026     │",
                    "    │ API ├─────┤ ├──────────┤",
                    "    └─────┘     └─▶ 2027     │",
                    "                  └──────────┘",
                ],
                sets: &[("use_case", "district-years")],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: When::Answered {
            question: "use-case",
            is: &["district"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "tenant-data",
        title: "Databases",
        wording: "How shall each organization's data be kept?",
        help: "The same way for all of them; organizations can be added later.",
        why: "Each organization has its own databases in any case. If their programs expect a database for \
              each school year, every organization gets one for every year.",
        form: Form::Choice(&[
            Choice {
                id: "shared",
                title: "Everything of an organization together",
                means: "One database for each organization, for all its schools and years.",
                picture: &[
                    "              ┌───────────────┐",
                    "            ┌─▶ data of north │",
                    "    ┌─────┐ │ ├───────────────┤",
                    "    │ API ├─┤ │ data of south │",
                    "    └─────┘ └─▶               │",
                    "              └───────────────┘",
                ],
                sets: &[("use_case", "tenants")],
                ..CHOICE
            },
            Choice {
                id: "years",
                title: "A database for each school year",
                means: "Every organization has a database for every year. The address has the organization's \
                        name and then the year.",
                picture: &[
                    "              ┌────────────┐",
                    "            ┌─▶ north 2026 │",
                    "            │ ├────────────┤",
                    "            ├─▶ north 2027 │",
                    "    ┌─────┐ │ └────────────┘",
                    "    │ API ├─┤ ┌────────────┐",
                    "    └─────┘ ├─▶ south 2026 │",
                    "            │ ├────────────┤",
                    "            └─▶ south 2027 │",
                    "              └────────────┘",
                ],
                sets: &[("use_case", "tenants-years")],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: When::Answered {
            question: "use-case",
            is: &["tenants"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "state-data",
        title: "Databases",
        wording: "How shall the state's data be kept?",
        help: "Most states keep each school year apart, so that a closed year stays as it was.",
        why: "With a database for each school year, a year that was reported stays untouched while the next \
              one is collected, and each database stays smaller. Everything together is simpler: one address, \
              one database.",
        form: Form::Choice(&[
            Choice {
                id: "years",
                title: "A database for each school year",
                means: "One server keeps them all. Programs say the year in the address, or have a key for each \
                        year. Years can be added later without a pause.",
                picture: &[
                    "                one server",
                    "                ┌──────────────┐",
                    "   ┌─────┐    ┌─▶ 2026         │",
                    "   │ API ├──┐ │ │              │",
                    "   └─────┘  ├─┤ ├──────────────┤",
                    "   ┌─────┐  │ │ │ 2027         │",
                    "   │ API ├──┘ └─▶              │",
                    "   └─────┘      └──────────────┘",
                ],
                sets: &[("use_case", "state-years")],
                ..CHOICE
            },
            Choice {
                id: "shared",
                title: "Everything together",
                means: "One large database for all districts and all years, reached through one address.",
                picture: &[
                    "   ┌─────┐",
                    "   │ API ├──┐   ┌──────────────┐",
                    "   └─────┘  ├───▶ one large    │",
                    "   ┌─────┐  │   │ database     │",
                    "   │ API ├──┘   └──────────────┘",
                    "   └─────┘",
                ],
                sets: &[("use_case", "state-shared")],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: When::Answered {
            question: "use-case",
            is: &["state"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
];
