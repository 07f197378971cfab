//! Values for a list from a file: the first column of a CSV, or one value a line.

use super::lists::Kind;

/// Words that head a first column where a tenant's name could stand; numbers need no such list.
const HEADINGS: [&str; 6] = ["tenant", "tenants", "name", "names", "id", "key"];

/// Values given on the command line or in a field: several in one word are separated by commas.
pub fn split(word: &str) -> Vec<String> {
    word.split([',', ';', '\n', '\t', ' '])
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The values in a file's text. A heading is passed over; empty lines and lines that begin with `#`
/// are, too. What cannot be a value is given back as it stands, so that it can be told.
pub fn from_text(kind: Kind, text: &str) -> Vec<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut values: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(first_cell)
        .collect();
    let is_heading = values.first().is_some_and(|first| match kind {
        Kind::Year | Kind::District => !first.contains(|c: char| c.is_ascii_digit()),
        Kind::Tenant => HEADINGS.contains(&first.to_lowercase().as_str()),
    });
    if is_heading {
        values.remove(0);
    }
    values
}

/// The first cell of a row: quoted, it may hold separators, and a quotation mark twice is one.
fn first_cell(line: &str) -> String {
    let Some(quoted) = line.strip_prefix('"') else {
        let end = line.find([',', ';', '\t']).unwrap_or(line.len());
        let cell = line.split_at_checked(end).map_or(line, |(cell, _)| cell);
        return cell.trim().to_owned();
    };
    let mut cell = String::new();
    let mut chars = quoted.chars();
    while let Some(char) = chars.next() {
        if char != '"' {
            cell.push(char);
        } else if chars.as_str().starts_with('"') {
            cell.push('"');
            chars.next();
        } else {
            break;
        }
    }
    cell.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_s_first_column_counts() {
        let csv = "\u{feff}\"District, number\",Name\r\n255901,\"Grand Bend\"\r\n\r\n\"255902\";x\r\n# later\n255903\n";
        let values = from_text(Kind::District, csv);
        assert_eq!(values, ["255901", "255902", "255903"]);
        assert_eq!(
            from_text(Kind::Tenant, "Name\nnorth\nsouth"),
            ["north", "south"]
        );
        assert_eq!(from_text(Kind::Tenant, "north\nsouth"), ["north", "south"]);
        assert_eq!(from_text(Kind::Year, "2026\nnext\n"), ["2026", "next"]);
        assert!(from_text(Kind::Year, "").is_empty());
        assert_eq!(from_text(Kind::Tenant, "\"a\"\"b\",x"), ["a\"b"]);
    }

    #[test]
    fn several_values_in_one_word_are_several() {
        assert_eq!(split("2027,2028; 2029"), ["2027", "2028", "2029"]);
        assert!(split(" , ").is_empty());
    }
}
