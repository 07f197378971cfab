//! Pictures made of characters.

/// The same picture for terminals that know letters only; every character keeps its place.
pub fn ascii(text: &str) -> String {
    let twin = |c: char| match c {
        '─' => '-',
        '│' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '✓' => '+',
        '▶' | '→' => '>',
        '◀' => '<',
        '▼' => 'v',
        '▲' => '^',
        '·' => '.',
        '•' => '*',
        '…' => '~',
        '✗' => 'x',
        '“' | '”' => '"',
        c if c.is_ascii() => c,
        _ => '?',
    };
    text.chars().map(twin).collect()
}
