//! Drawing: findings as a compiler shows them, with the line they are about.

use std::ops::Range;

use annotate_snippets::{
    AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str,
};

use super::{Diagnostic, Location, Severity};

/// What stands on the screen in place of a secret.
const MASK: char = '*';

/// Draws findings about one text, each with its line, an underline, what was expected and what to do.
///
/// `text` is the file the locations point into, as it was read; findings without a place are drawn
/// without a line. Values that look like secrets are masked. With `colour` the result holds ANSI
/// escapes, otherwise it is plain text. Never panics, whatever the locations are.
pub fn draw(diagnostics: &[Diagnostic], text: &str, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut drawn = String::new();
    for diagnostic in diagnostics {
        if !drawn.is_empty() {
            drawn.push('\n');
        }
        drawn.push_str(renderer.render(&[group(diagnostic, text)]).trim_end());
        drawn.push('\n');
    }
    drawn
}

fn group<'a>(diagnostic: &'a Diagnostic, text: &str) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Block => Level::ERROR,
        Severity::Warn => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .primary_title(normalize_untrusted_str(&diagnostic.message))
        .id(diagnostic.code);
    let mut group = Group::with_title(title);
    match &diagnostic.location {
        Some(location) => group = with_line(group, diagnostic, location, text),
        None => {
            for (word, what) in [
                ("found", &diagnostic.found),
                ("expected", &diagnostic.expected),
            ] {
                if let Some(what) = what {
                    let line = normalize_untrusted_str(&format!("{word}: {what}"));
                    group = group.element(Level::NOTE.no_name().message(line));
                }
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

fn with_line<'a>(
    group: Group<'a>,
    diagnostic: &'a Diagnostic,
    location: &Location,
    text: &str,
) -> Group<'a> {
    let file = normalize_untrusted_str(&location.file.to_string_lossy());
    let (line, bytes) = line_at(text, &location.bytes);
    let (line, bytes, whole) = clipped(masked(&line), bytes);
    let label = diagnostic
        .expected
        .as_ref()
        .map(|expected| normalize_untrusted_str(&format!("expected {expected}")));
    let snippet = Snippet::source(line)
        .line_start(location.line)
        .annotation(AnnotationKind::Primary.span(bytes).label(label));
    if whole {
        return group.element(snippet.path(file));
    }
    // In a part of a line, columns cannot be counted from its beginning.
    let origin = Origin::path(file)
        .line(location.line)
        .char_column(location.column);
    group.element(origin).element(snippet)
}

/// The line in which a byte range begins, and the part of the range within that line. Works for
/// every line end that YAML knows (LF, CR LF, CR), with or without a byte order mark.
fn line_at(text: &str, bytes: &Range<usize>) -> (String, Range<usize>) {
    let start = text.floor_char_boundary(bytes.start);
    let end = text.floor_char_boundary(bytes.end.max(start));
    let (before, rest) = text.split_at_checked(start).unwrap_or((text, ""));
    let head = before.rsplit(['\n', '\r']).next().unwrap_or_default();
    let head = head.trim_start_matches('\u{feff}');
    let whole = rest.split(['\n', '\r']).next().unwrap_or_default();
    let tail = if head.is_empty() && before.trim_start_matches('\u{feff}').is_empty() {
        whole.trim_start_matches('\u{feff}')
    } else {
        whole
    };
    // A byte order mark that was taken off takes its part of the range with it.
    let width = (end - start).saturating_sub(whole.len() - tail.len());
    let width = tail.floor_char_boundary(width.min(tail.len()));
    (format!("{head}{tail}"), head.len()..head.len() + width)
}

/// The part of a very long line that can matter on a screen, and whether it is the whole line.
fn clipped(line: String, bytes: Range<usize>) -> (String, Range<usize>, bool) {
    const AROUND: usize = 1000;
    let end = line.floor_char_boundary(bytes.end.min(bytes.start + AROUND));
    let first = line.floor_char_boundary(bytes.start.saturating_sub(AROUND));
    let last = line.floor_char_boundary(end + AROUND);
    match line.get(first..last) {
        Some(part) if part.len() < line.len() => {
            (part.to_owned(), bytes.start - first..end - first, false)
        }
        _ => (line, bytes, true),
    }
}

/// The text with everything hidden that looks like a secret or has no form on a terminal. Keeps
/// its length in bytes, so places in it stay where they are.
pub(crate) fn masked(line: &str) -> String {
    let visible: String = line
        .chars()
        .map(|c| match c {
            '\u{80}'..='\u{9f}' | '\u{ad}' => '·',
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => '\u{fffd}',
            c => c,
        })
        .collect();
    let mut hidden = logins(&visible);
    hidden.extend(secret_value(&visible));
    hidden.extend(private_key(&visible));
    hidden.sort_by_key(|range| range.start);
    let mut hidden = hidden.into_iter().peekable();
    let mut until = 0;
    let mut masked = String::with_capacity(visible.len());
    for (at, c) in visible.char_indices() {
        while let Some(range) = hidden.next_if(|range| range.start <= at) {
            until = until.max(range.end);
        }
        if at < until && !c.is_whitespace() {
            masked.extend(std::iter::repeat_n(MASK, c.len_utf8()));
        } else {
            masked.push(c);
        }
    }
    masked
}

/// In `password: abc` or `token=abc`, the place of `abc`: the rest of the line.
fn secret_value(line: &str) -> Option<Range<usize>> {
    line.match_indices([':', '=']).find_map(|(at, _)| {
        let name = line.get(..at)?.trim_end_matches(['"', '\'', ' ', '\t']);
        let name = name
            .rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .next()?;
        names_a_secret(name).then_some(at + 1..line.len())
    })
}

/// In `https://name:word@host`, the place of `name:word`. A digest (`name:tag@sha256:…`) is none.
fn logins(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for part in line.split_inclusive(|c: char| {
        c.is_whitespace() || matches!(c, '/' | '\\' | '"' | '\'' | '[' | '{' | ',')
    }) {
        let login = part.rfind('@').filter(|at| {
            let (before, after) = part.split_at_checked(*at).unwrap_or_default();
            before.contains(':') && !after.starts_with("@sha256:")
        });
        found.extend(login.map(|at| start..start + at));
        start += part.len();
    }
    found
}

/// Whether a text holds a user name with a password.
pub(crate) fn holds_a_login(text: &str) -> bool {
    !logins(text).is_empty()
}

/// What follows the heading of a private key that stands in one line.
fn private_key(line: &str) -> Option<Range<usize>> {
    const HEADING: &str = "PRIVATE KEY-----";
    let at = line.find(HEADING)? + HEADING.len();
    Some(at..line.len())
}

/// Whether a field of this name would hold a secret.
pub(crate) fn names_a_secret(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "password",
        "passwort",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "credential",
        "apikey",
        "privatekey",
    ];
    let plain: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    WORDS.iter().any(|word| plain.contains(word))
}
