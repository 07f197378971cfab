//! The first program that may connect.

use super::super::question::{Choice, Form, More, Question, Usual, When};
use super::{CHOICE, REAL};

/// Where one key for each database is not for that district's own data.
const NOT_BY_DISTRICT: When = When::Answered {
    question: "use-case",
    is: &["district", "tenants", "state"],
};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "claim-set",
        title: "First key: may do",
        wording: "A key is made for the first program that connects. What may that program do?",
        help: "If you are not sure, take the first one. Where there are several databases, each gets such a key.",
        why: "Every program that sends or fetches data needs a key, and each key has a list of things it may \
              do, called a claim set. Keys for other programs can be made later. Ed-Fi has lists ready for the usual kinds of programs. The less a \
              program may do, the less can go wrong.",
        form: Form::Choice(&[
            Choice {
                id: "everything",
                title: "Everything, to get to know the platform",
                means: "The claim set Ed-Fi Sandbox: reads and writes all data of the schools it is given.",
                sets: &[("first_client.claim_set", "Ed-Fi Sandbox")],
                warning: Some("Make a narrower key before real data comes in."),
                picture: &["  program ◀──▶ all data"],
                ..CHOICE
            },
            Choice {
                id: "sis",
                title: "What a student information system does",
                means: "The claim set SIS Vendor: sends students, staff, enrolment, attendance and grades.",
                sets: &[("first_client.claim_set", "SIS Vendor")],
                picture: &[
                    "  program ◀──▶ students, staff,",
                    "               grades, attendance",
                ],
                ..CHOICE
            },
            Choice {
                id: "roster",
                title: "Reading who is in which class",
                means: "The claim set Roster Vendor: reads schools, classes, students and staff; writes nothing.",
                sets: &[("first_client.claim_set", "Roster Vendor")],
                picture: &["  program ◀─── classes, students,", "               staff"],
                ..CHOICE
            },
            Choice {
                id: "assessment",
                title: "Sending test results",
                means: "The claim set Assessment Vendor: sends assessments and their results, reads who took them.",
                sets: &[("first_client.claim_set", "Assessment Vendor")],
                picture: &["  program ───▶ test results"],
                ..CHOICE
            },
            Choice {
                id: "other",
                title: "Something else: I know the claim set's name",
                means: "Any other claim set that Ed-Fi brings along.",
                picture: &["  program ◀──▶ ?"],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: REAL,
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "claim-set-name",
        title: "Claim set",
        wording: "What is the claim set called?",
        help: "Exactly as Ed-Fi writes it, as in Finance Vendor.",
        why: "A name that the platform does not know gives a key that may do nothing at all.",
        form: Form::Text {
            field: "first_client.claim_set",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "claim-set",
            is: &["other"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "education-organizations",
        title: "First key: whose data",
        wording: "Of which districts or schools may that program see data?",
        help: "Their numbers, several with commas in between. 255901 is the sample district; none is possible too.",
        why: "Every district, school and agency has a number in the Ed-Fi world, given by your state. A key \
              sees data of the organizations on its list, and of the schools that belong to them. Without any \
              number it can connect, but sees no students.",
        form: Form::List {
            field: "first_client.education_organizations",
        },
        usual: Usual::Field,
        when: NOT_BY_DISTRICT,
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "namespaces",
        title: "Namespaces",
        wording: "With what do the names of that program's own code lists begin?",
        help: "As in uri://ed-fi.org, several with spaces in between.",
        why: "Programs bring along lists of codes, called descriptors, whose names begin with a namespace. A \
              key may write only those that begin as said here. The maker of the program knows it.",
        form: Form::List {
            field: "first_client.namespaces",
        },
        usual: Usual::Field,
        when: REAL,
        depends_on: &[],
        checks: &[],
        more: More::Yes,
    },
];
