//! From text to a tree whose every part knows its place.
//!
//! Texts keep their spelling: `5.10` stays `5.10`, `yes` stays `yes`. What a text means is decided
//! later, by the field it is for.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Span};

use super::super::codes;
use super::super::problems::{Place, Problem, Problems, shown};
use super::syntax;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::profile) struct Node {
    /// Where it is written.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// What a value is, before anybody knows what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::profile) enum Kind {
    /// One text. Plain means without quotes: only such a text can be a number, or nothing.
    Scalar {
        /// The text, spelt as in the file.
        text: String,
        /// Whether it stands without quotes.
        plain: bool,
    },
    /// Values in order.
    List(Vec<Node>),
    /// Names with their values, in order, each name once.
    Map(Vec<Entry>),
    /// Something that has been complained about already.
    Broken,
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::profile) struct Entry {
    /// The name.
    pub key: String,
    /// Where the name is written.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Whether there is no value: nothing written, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// What it is, in words.
    pub fn kind_in_words(&self) -> String {
        match &self.kind {
            Kind::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Kind::Scalar { text, plain: true } => format!("“{}”", shown(text)),
            Kind::Scalar { text, plain: false } => format!("the text “{}” in quotes", shown(text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a group of fields".to_owned(),
            Kind::Broken => "something unreadable".to_owned(),
        }
    }

    /// The value of that name, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// Reads a text into a tree. `None` if there is none; the reason is among the problems.
pub(in crate::profile) fn tree(text: &str, problems: &mut Problems<'_>) -> Option<Node> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        shift: text.len() - body.len(),
        ..Builder::default()
    };
    for event in Parser::new_from_str_with_options(body, options()) {
        match event {
            Ok((event, span)) => {
                if !builder.take(event, &span, problems) {
                    return None;
                }
            }
            Err(error) => {
                // The tree is incomplete: complaints about what is missing in it would be wrong.
                let (range, problem) = syntax::explain(body, &error);
                let range = range.start + builder.shift..range.end + builder.shift;
                problems.add(&range.into(), problem);
                return None;
            }
        }
    }
    match builder.root {
        Some(root) if !root.is_null() => Some(root),
        _ => {
            problems.add(
                &(0..0).into(),
                Problem::new(codes::EMPTY, "The profile is empty.")
                    .expected("at least version, name and use_case")
                    .help("Profiles come with the program as examples to copy; docs/profile.md lists them. For one district: district-shared."),
            );
            None
        }
    }
}

/// Reads a text that is one value, as in `--set path=[1, 2]`.
pub(in crate::profile) fn value(text: &str, place: &Place) -> Result<Node, String> {
    let file = std::path::Path::new("");
    let mut problems = Problems::new(text, file, &[]);
    let node = tree(text, &mut problems);
    match (node, problems.finish().into_iter().next()) {
        (Some(mut node), None) => {
            node.move_to(place);
            Ok(node)
        }
        (_, Some(problem)) => Err(problem.message),
        (None, None) => Err("There is no value.".to_owned()),
    }
}

impl Node {
    fn move_to(&mut self, place: &Place) {
        self.place = place.clone();
        match &mut self.kind {
            Kind::List(nodes) => nodes.iter_mut().for_each(|node| node.move_to(place)),
            Kind::Map(entries) => {
                for entry in entries {
                    entry.key_place = place.clone();
                    entry.value.move_to(place);
                }
            }
            Kind::Scalar { .. } | Kind::Broken => {}
        }
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.emit_comments = false;
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    // Ours has four levels; whatever is deeper is no profile.
    options.flow_nesting_limit = 24;
    options.block_nesting_limit = 24;
    options
}

/// Builds the tree from the parser's events.
#[derive(Debug, Default)]
struct Builder {
    /// Bytes before the parser's text: a byte order mark.
    shift: usize,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

/// A list or map whose end has not come yet.
#[derive(Debug)]
enum Open {
    List(Place, Vec<Node>),
    Map {
        place: Place,
        entries: Vec<Entry>,
        places: HashMap<String, Place>,
        key: Option<Key>,
    },
}

#[derive(Debug)]
enum Key {
    Good(String, Place),
    /// Already complained about: its value is dropped.
    Bad,
}

impl Builder {
    fn place(&self, span: &Span) -> Place {
        let range = span.byte_range().unwrap_or_default();
        (range.start + self.shift..range.end.max(range.start) + self.shift).into()
    }

    /// Takes one event. False: no use to go on.
    fn take(&mut self, event: Event<'_>, span: &Span, problems: &mut Problems<'_>) -> bool {
        let place = self.place(span);
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    problems.add(
                        &place,
                        Problem::new(
                            codes::SEVERAL_DOCUMENTS,
                            "A second document begins here; a profile is one document.",
                        )
                        .help("Remove the line with the three hyphens, or make two files."),
                    );
                    return false;
                }
            }
            Event::Anchor(_, name) => {
                problems.add(&place, not_used(&format!("the anchor &{}", shown(&name))));
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                problems.add(&place, not_used("an alias (*)"));
                self.add(
                    Node {
                        place,
                        kind: Kind::Broken,
                    },
                    problems,
                );
            }
            Event::Scalar(text, style, _, tag) => {
                let kind = Kind::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                let kind = if tag.is_some() {
                    complain_of_tag(&self.tag_place(span), problems);
                    Kind::Broken
                } else {
                    kind
                };
                self.add(Node { place, kind }, problems);
            }
            Event::SequenceStart(_, _, tag) => {
                if tag.is_some() {
                    complain_of_tag(&self.tag_place(span), problems);
                }
                self.open.push(Open::List(place, Vec::new()));
            }
            Event::MappingStart(_, _, tag) => {
                if tag.is_some() {
                    complain_of_tag(&self.tag_place(span), problems);
                }
                self.open.push(Open::Map {
                    place,
                    entries: Vec::new(),
                    places: HashMap::new(),
                    key: None,
                });
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(place, nodes)) => {
                    self.add(
                        Node {
                            place,
                            kind: Kind::List(nodes),
                        },
                        problems,
                    );
                }
                Some(Open::Map { place, entries, .. }) => {
                    self.add(
                        Node {
                            place,
                            kind: Kind::Map(entries),
                        },
                        problems,
                    );
                }
                None => {}
            },
            _ => {}
        }
        true
    }

    fn tag_place(&self, span: &Span) -> Place {
        self.place(&span.tag_span().unwrap_or(*span))
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node, problems: &mut Problems<'_>) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, nodes)) => nodes.push(node),
            Some(Open::Map {
                entries,
                places,
                key,
                ..
            }) => match key.take() {
                None => *key = Some(check_key(node, places, problems)),
                Some(Key::Bad) => {}
                Some(Key::Good(key, key_place)) => entries.push(Entry {
                    key,
                    key_place,
                    value: node,
                }),
            },
        }
    }
}

fn check_key(node: Node, places: &mut HashMap<String, Place>, problems: &mut Problems<'_>) -> Key {
    let Kind::Scalar { text, plain } = node.kind else {
        if node.kind != Kind::Broken {
            problems.add(
                &node.place,
                Problem::new(
                    codes::UNKNOWN,
                    "The name of a field cannot be a list or a group.",
                )
                .expected("a name, a colon and a value"),
            );
        }
        return Key::Bad;
    };
    if plain && text == "<<" {
        problems.add(&node.place, not_used("the merge key <<"));
        return Key::Bad;
    }
    if let Some(first) = places.get(&text) {
        problems.add(
            &node.place,
            Problem::new(
                codes::DUPLICATE,
                format!("The field `{}` is given twice.", shown(&text)),
            )
            .expected("each field once")
            .first(first)
            .help("Keep the one you mean."),
        );
        return Key::Bad;
    }
    places.insert(text.clone(), node.place.clone());
    Key::Good(text, node.place)
}

fn not_used(what: &str) -> Problem {
    Problem::new(
        codes::NOT_USED_HERE,
        format!("A profile does not use {what}."),
    )
    .expected("the value itself")
    .help("Write the value out. If the text really begins with this sign, put quotes around it.")
}

fn complain_of_tag(place: &Place, problems: &mut Problems<'_>) {
    problems.add(place, not_used("a YAML tag (!)"));
}
