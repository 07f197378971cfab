//! The YAML parser's complaints, in words an operator can use.

use std::ops::Range;

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::super::codes;
use super::super::problems::Problem;
use super::super::rules::{invisible, spoken};

/// Where the parser stopped, in bytes, and why.
pub(super) fn explain(text: &str, error: &ScanError) -> (Range<usize>, Problem) {
    let at = text.floor_char_boundary(error.marker().byte_offset().unwrap_or(text.len()));
    let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    let width = rest
        .chars()
        .next()
        .filter(|c| !matches!(c, '\n' | '\r'))
        .map_or(0, char::len_utf8);
    if let Some(tab) = tab_in_indentation(before, rest) {
        let problem = Problem::new(codes::TAB, "This line is indented with a tab.")
            .expected("spaces")
            .help("Use two spaces for each level; most editors can turn tabs into spaces.");
        return (tab, problem);
    }
    let (message, help) = words(error.kind(), rest);
    let mut problem = Problem::new(codes::SYNTAX, message);
    if let Some(help) = help {
        problem = problem.help(help);
    }
    (at..at + width, problem)
}

/// The first tab in the indentation of the line where the parser stopped, or of its neighbours:
/// the parser may notice a tab only after it, or look ahead.
fn tab_in_indentation(before: &str, rest: &str) -> Option<Range<usize>> {
    let line_start = before.rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let previous_start = before
        .get(..line_start)
        .map(|text| text.trim_end_matches(['\n', '\r']))
        .and_then(|text| text.rfind(['\n', '\r']))
        .map_or(0, |end| end + 1);
    let next_start = rest.find('\n').map(|end| before.len() + end + 1);
    let text = format!("{before}{rest}");
    let starts = [Some(previous_start), Some(line_start), next_start];
    starts.into_iter().flatten().find_map(|start| {
        let line = text.get(start..)?;
        let indentation = line
            .find(|c| !matches!(c, ' ' | '\t'))
            .unwrap_or(line.len());
        let tab = line.get(..indentation)?.find('\t')?;
        Some(start + tab..start + tab + 1)
    })
}

fn words(kind: &ErrorKind, rest: &str) -> (String, Option<&'static str>) {
    const COLON: &str = "A line is “name: value”. Lines of one group begin in the same column. Text with a colon \
         and a space in it needs quotes around it.";
    const QUOTES: &str = "Put quotes around the whole text: 'like this'.";
    let (message, help) = match kind {
        ErrorKind::UnclosedQuotedScalar => (
            "A quotation mark is opened here and never closed.",
            Some("Close it at the end of the text, with the same sign."),
        ),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => (
            "Between double quotes a backslash begins a special sign, and this one does not exist.",
            Some("Use single quotes, as in 'C:\\certificates\\server.pem'."),
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "There is text after the closing quotation mark.",
            Some("Put the quotation marks around the whole text, or leave them out."),
        ),
        ErrorKind::UnclosedFlowCollection { open } => {
            return (
                format!("The bracket {open} is opened here and never closed."),
                Some("Close it, or write one entry per line without brackets."),
            );
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            return (
                format!("The bracket {open} is closed with {close}."),
                Some("A list is closed with ], a group of fields with }."),
            );
        }
        ErrorKind::MisplacedFlowCollectionEnd => (
            "There is a closing bracket too many.",
            Some("Remove it, or put quotes around the text."),
        ),
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator => (
            "A bracket is opened and not closed, or a comma is missing inside of it.",
            Some("Write entries with commas in between, as in [255901, 255902]."),
        ),
        ErrorKind::InvalidColonPlacement | ErrorKind::FlowMappingValueAdjacentCollection => (
            "This colon does not fit: a bracket before it is not closed, or a comma is missing.",
            Some("Write entries with commas in between, as in [255901, 255902]."),
        ),
        ErrorKind::MissingAnchorOrAliasName => (
            "A value cannot begin with this sign unless it is in quotes.",
            Some(QUOTES),
        ),
        ErrorKind::UnexpectedCharacter { character } if !invisible(*character) => {
            return (
                format!("A value cannot begin with {}.", spoken(*character)),
                Some(QUOTES),
            );
        }
        ErrorKind::BomInsideDocument => (
            "There is an invisible sign (a byte order mark) in the middle of the file.",
            Some("Delete the line and type it again."),
        ),
        ErrorKind::RecursionLimitExceeded => {
            ("Values are nested too deeply here for a profile.", None)
        }
        ErrorKind::CommentNotSeparated => (
            "There is no space before the # of a comment.",
            Some("Put a space before it, or quotes around the text it belongs to."),
        ),
        ErrorKind::SimpleKeyExpected
        | ErrorKind::InvalidSimpleKey
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::MappingValueNotAllowed
        | ErrorKind::MappingKeyNotAllowed
        | ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::BlockEntryInFlowCollection
        | ErrorKind::UnexpectedEofBlockMapping
        | ErrorKind::UnexpectedEofBlockSequence => (
            "This line does not fit: a colon is missing, or it begins in the wrong column.",
            Some(COLON),
        ),
        other => {
            if let Some(stray) = rest.chars().next().filter(|c| invisible(*c)) {
                return (
                    format!("There is {} in the file.", spoken(stray)),
                    Some("Delete it, or type the line again."),
                );
            }
            return (
                format!("This is not YAML as we can read it: {other}."),
                None,
            );
        }
    };
    (message.to_owned(), help)
}
