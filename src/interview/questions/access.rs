//! How people and programs reach the platform.

use super::super::question::{Check, Choice, Form, More, Question, Usual, When};
use super::CHOICE;

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        id: "reach",
        title: "Who can reach it",
        wording: "Who shall be able to reach the platform?",
        help: "Begin with this computer only; you can open it when all is as you want it.",
        why: "Until you say otherwise, nobody but this computer can connect. If programs on other computers \
              are to send or fetch data, it has to be open to the network. Everybody still needs a key.",
        form: Form::Choice(&[
            Choice {
                id: "here",
                title: "This computer only",
                means: "Other computers cannot connect at all.",
                picture: &[
                    "┌─ this computer ───────────────┐",
                    "│ your browser ───▶ platform    │",
                    "└───────────────────────────────┘",
                    "  other computers: no way in",
                ],
                sets: &[("access.listen", "127.0.0.1")],
                ..CHOICE
            },
            Choice {
                id: "network",
                title: "Everyone on the network",
                means: "Every computer that can reach this one can connect, on every network it is on.",
                picture: &[
                    "┌─ this computer ───────────────┐",
                    "│ your browser ─┬─▶ platform    │",
                    "└───────────────┼───────────────┘",
                    "                │",
                    "  other computers",
                ],
                sets: &[("access.listen", "0.0.0.0")],
                warning: Some(
                    "Make sure that a firewall keeps the rest of the world out, unless it is meant to get in.",
                ),
                ..CHOICE
            },
            Choice {
                id: "address",
                title: "One network only: I know this computer's address there",
                means: "Only computers on that network can connect.",
                picture: &[
                    "┌─ this computer ───────────────┐",
                    "│  10.0.0.7 ──────▶ platform    │",
                    "│  other addresses: no way in   │",
                    "└─────▲─────────────────────────┘",
                    "      │",
                    "  computers on that network",
                ],
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
        id: "listen-address",
        title: "Address of this computer",
        wording: "Which of this computer's network addresses shall it be?",
        help: "Numbers with dots, as in 10.0.0.7. “ip address” shows them.",
        why: "A computer has an address of its own on every network it is on. The platform answers only on \
              the one you write here.",
        form: Form::Text {
            field: "access.listen",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "reach",
            is: &["address"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "host",
        title: "Host name",
        wording: "Under which name do browsers and programs reach this computer?",
        help: "For this computer only: localhost. Otherwise its full name, as in edfi.district.example.",
        why: "The name becomes part of the address, and of the certificate that proves that it is really \
              this computer. Programs that use another name are turned away with a warning. Whoever looks \
              after your network knows it.",
        form: Form::Text {
            field: "access.host",
        },
        usual: Usual::Host,
        when: When::Always,
        depends_on: &["reach"],
        checks: &[Check::HostResolves],
        more: More::No,
    },
    Question {
        id: "port",
        title: "Port",
        wording: "On which port?",
        help: "443 is the usual one for https; with it, addresses need no number. 8443 is rarely taken.",
        why: "A computer tells its programs apart by numbers, the ports. Two programs cannot have the same \
              one, and 443 often belongs to another web server already.",
        form: Form::Text {
            field: "access.port",
        },
        usual: Usual::Field,
        when: When::Always,
        depends_on: &["reach"],
        checks: &[Check::PortFree],
        more: More::No,
    },
    Question {
        id: "certificate",
        title: "Certificate",
        wording: "Which certificate shall prove who this computer is?",
        help: "One made here costs nothing; browsers warn until they know the authority that comes with it.",
        why: "All traffic is encrypted, and for that a certificate is needed. If your district has one for \
              this computer's name, use it: browsers and programs trust it at once. If not, one is made here \
              now, and renewed when it gets old.",
        form: Form::Choice(&[
            Choice {
                id: "made",
                title: "One made here",
                means: "A small certificate authority is made for this installation. Give its file, ca.crt, to \
                        the programs that connect.",
                picture: &[
                    "  ca.crt, made here",
                    "    │ signs         you install it",
                    "    ▼                     │",
                    "  certificate ────▶ browsers and",
                    "                    programs",
                ],
                sets: &[("access.certificate", "")],
                ..CHOICE
            },
            Choice {
                id: "own",
                title: "Our own, from files",
                means: "Two files in PEM form: the certificate with those of the authorities in between, and its \
                        private key. You renew them yourself.",
                picture: &[
                    "  your authority",
                    "    │ signs         known already",
                    "    ▼                     │",
                    "  your files ─────▶ browsers and",
                    "                    programs",
                ],
                ..CHOICE
            },
        ]),
        usual: Usual::First,
        when: When::Always,
        depends_on: &["host"],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "certificate-chain",
        title: "Certificate file",
        wording: "In which file is the certificate?",
        help: "Its name with the folder, as in /etc/ssl/edfi/server.pem.",
        why: "The file begins with the certificate for this computer's name and goes on with those of the \
              authorities in between. It is checked before anything starts.",
        form: Form::File {
            field: "access.certificate.chain",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "certificate",
            is: &["own"],
        },
        depends_on: &["host"],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "certificate-key",
        title: "Key file",
        wording: "In which file is its private key?",
        help: "The file's name only, never the key itself.",
        why: "Whoever has the private key can pretend to be this computer. It is read when something starts, \
              and goes nowhere but into the gateway.",
        form: Form::File {
            field: "access.certificate.key",
        },
        usual: Usual::Nothing,
        when: When::Answered {
            question: "certificate",
            is: &["own"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "certificate-authority",
        title: "Authority file",
        wording: "In which file is the authority's certificate, if browsers do not know it?",
        help: "Only for a district's own authority. Otherwise: none.",
        why: "Certificates that are bought are known everywhere. For one from your district's own authority, \
              name the authority's file, so that the tool can check the answers it gets.",
        form: Form::File {
            field: "access.certificate.authority",
        },
        usual: Usual::Field,
        when: When::Answered {
            question: "certificate",
            is: &["own"],
        },
        depends_on: &[],
        checks: &[],
        more: More::No,
    },
    Question {
        id: "path",
        title: "First part of the address",
        wording: "How shall the first part of the API's address be called?",
        help: "As in https://host/api. Programs expect api.",
        why: "Some programs have the address of an older installation built in. For them it can be another \
              word.",
        form: Form::Text {
            field: "access.path",
        },
        usual: Usual::Field,
        when: When::Always,
        depends_on: &[],
        checks: &[],
        more: More::Yes,
    },
];
