//! What stands beside the platform, where images come from, how much log is kept.

use super::super::question::{Check, Choice, Form, More, Question, Usual, When};
use super::CHOICE;

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "swagger",
        title: "Swagger UI",
        wording: "Shall there be a web page to try the API by hand?",
        help: "Useful to look around. Leave it out where real data is.",
        why: "Swagger UI lists everything the API can do and sends requests from your browser. It shows \
              nothing without a key, but it makes it easier to change things by mistake, and it is one more \
              program to look after.",
        form: Form::Choice(&[
            Choice {
                id: "no",
                title: "No",
                means: "Only programs talk to the API.",
                sets: &[("swagger_ui", "false")],
                picture: &["  gateway ───▶ API"],
                ..CHOICE
            },
            Choice {
                id: "yes",
                title: "Yes, Swagger UI",
                means: "One more small container, found at the address without anything behind it.",
                sets: &[("swagger_ui", "true")],
                picture: &["  gateway ─┬─▶ API", "           └─▶ Swagger UI"],
                warning: Some(
                    "Swagger UI is meant for evaluation. Leave it out where real data is.",
                ),
                ..CHOICE
            },
        ]),
        usual: Usual::After {
            question: "use-case",
            answer: "sandbox",
            then: "yes",
            otherwise: "no",
        },
        when: When::Always,
        depends_on: &["use-case"],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "extensions",
        title: "Extensions",
        wording: "Which additions to the Ed-Fi data model?",
        help: "A name and the folder with what its makers deliver, as in sample = /srv/extensions/sample.",
        why: "Some states and programs add facts of their own to the data model. Such an extension was built \
              for one release and one data standard; its makers deliver a folder. Several go with semicolons \
              in between. Almost nobody needs one.",
        form: Form::Folders {
            field: "extensions",
        },
        usual: Usual::Field,
        when: When::Always,
        depends_on: &["release", "data-standard"],
        checks: &[],
        more: More::Yes,
    },
    Question {
        id: "images",
        title: "Images",
        wording: "Where shall the programs come from?",
        help: "From the internet, unless your district keeps a mirror or a firewall is in the way.",
        why: "The programs come as images, packages that a container engine runs. Ed-Fi publishes them on \
              Docker Hub. Districts that do not let servers reach the internet often have a mirror, a server \
              of their own with copies.",
        form: Form::Choice(&[
            Choice {
                id: "registry",
                title: "From where Ed-Fi publishes them (Docker Hub)",
                means: "The engine gets each image once and keeps it.",
                sets: &[("images.registry", "")],
                picture: &["  Docker Hub ───▶ this computer"],
                ..CHOICE
            },
            Choice {
                id: "mirror",
                title: "From a mirror inside our network",
                means: "Every image is asked for there and nowhere else.",
                picture: &["  mirror ───▶ this computer", "", "  Docker Hub: not asked"],
                ..CHOICE
            },
            Choice {
                id: "practice",
                title: "Practice images, made on this computer",
                means: "Real PostgreSQL and nginx from the system's own packages, and small stand-ins for Ed-Fi's \
                        programs that keep to the same contract. Needs Debian or Ubuntu.",
                picture: &[
                    "  Debian packages",
                    "        │",
                    "        ▼",
                    "  practice images on this computer",
                ],
                sets: &[("images.registry", "{practice}")],
                warning: Some(
                    "Practice images are for learning and trying out. Never put real student data in them.",
                ),
                stopgap: true,
            },
        ]),
        usual: Usual::Images,
        when: When::Always,
        depends_on: &[],
        checks: &[Check::ImagesObtainable],
        more: More::No,
    },
    Question {
        id: "mirror",
        title: "Mirror",
        wording: "What is the mirror's address?",
        help: "Host, port and folder without https://, as in mirror.district.example:5000/edfi.",
        why: "The address is put in front of every image's name. Whoever looks after the mirror knows it. If \
              it wants a login, give that to the engine with “docker login”, never here.",
        form: Form::Text {
            field: "images.registry",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "images",
            is: &["mirror"],
        },
        depends_on: &[],
        checks: &[Check::ImagesObtainable],
        more: More::No,
    },
    Question {
        id: "log-megabytes",
        title: "Size of a log file",
        wording: "How large may a log file get, in megabytes?",
        help: "A number from 1 to 1000. When it is full, the next one begins.",
        why: "Every program writes down what it does. Larger files keep more to look back at and take more \
              disk.",
        form: Form::Text {
            field: "logging.file_megabytes",
        },
        usual: Usual::Field,
        when: When::Always,
        depends_on: &[],
        checks: &[],
        more: More::Yes,
    },
    Question {
        id: "log-files",
        title: "Log files",
        wording: "How many log files does each program keep?",
        help: "A number from 1 to 100. The oldest goes when there is one too many.",
        why: "Size and number together are the most disk that a program's log can take.",
        form: Form::Text {
            field: "logging.files",
        },
        usual: Usual::Field,
        when: When::Always,
        depends_on: &[],
        checks: &[],
        more: More::Yes,
    },
];
