//! A screen as a drawing: pieces of text, each in one style, at their columns and rows.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How a piece of text looks, in the drawing's own colours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Style {
    pub colour: Option<u8>,
    pub bold: bool,
    pub quiet: bool,
    pub underlined: bool,
    /// Foreground and background change places.
    pub reversed: bool,
}

/// Text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub row: u16,
    pub column: u16,
    /// Columns it takes.
    pub width: u16,
    pub style: Style,
    pub text: String,
}

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pub columns: u16,
    pub rows: u16,
    pub pieces: Vec<Piece>,
}

impl Picture {
    /// What a terminal shows.
    pub fn of(screen: &vt100::Screen) -> Self {
        let (rows, columns) = screen.size();
        let (rows, columns) = (rows.get(), columns.get());
        let pieces = (0..rows).flat_map(|row| pieces(screen, row, columns));
        Self {
            columns,
            rows,
            pieces: pieces.collect(),
        }
    }

    /// The same without any style.
    pub fn text(&self) -> String {
        let mut all = String::new();
        for row in 0..self.rows {
            let mut column = 0;
            for piece in self.pieces.iter().filter(|piece| piece.row == row) {
                let gap = usize::from(piece.column - column);
                let _ = write!(all, "{:gap$}{}", "", piece.text);
                column = piece.column + piece.width;
            }
            all.truncate(all.trim_end_matches(' ').len());
            all.push('\n');
        }
        all
    }

    /// What must not change. In rows with one of these words numbers move, with their units and with
    /// what stands behind them; there they count as one sign, and columns as nothing.
    pub fn essence(&self, moving: &[&str]) -> BTreeMap<u16, Vec<(Option<u16>, Style, String)>> {
        let mut rows: BTreeMap<u16, Vec<&Piece>> = BTreeMap::new();
        for piece in &self.pieces {
            rows.entry(piece.row).or_default().push(piece);
        }
        let essence = |pieces: Vec<&Piece>| {
            let moves = moving
                .iter()
                .any(|word| pieces.iter().any(|piece| piece.text.contains(word)));
            let essence = pieces.into_iter().map(|piece| {
                let style = piece.style.clone();
                if moves {
                    (None, style, without_numbers(&piece.text))
                } else {
                    (Some(piece.column), style, piece.text.clone())
                }
            });
            essence.collect()
        };
        rows.into_iter()
            .map(|(row, pieces)| (row, essence(pieces)))
            .collect()
    }
}

fn pieces(screen: &vt100::Screen, row: u16, columns: u16) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for column in 0..columns {
        let cell = screen.cell(row, column).expect("it is on the screen");
        if cell.is_wide_continuation() {
            continue;
        }
        let text = if cell.has_contents() {
            cell.contents()
        } else {
            " "
        };
        let width = if cell.is_wide() { 2 } else { 1 };
        let style = style(cell);
        // A blank has no colour of its own.
        let invisible = text == " " && !style.underlined && !style.reversed;
        match pieces.last_mut() {
            Some(last)
                if last.style == style
                    || invisible && !last.style.underlined && !last.style.reversed =>
            {
                last.text.push_str(text);
                last.width += width;
            }
            _ if invisible => pieces.push(Piece {
                row,
                column,
                width,
                style: Style::default(),
                text: text.to_owned(),
            }),
            _ => pieces.push(Piece {
                row,
                column,
                width,
                style,
                text: text.to_owned(),
            }),
        }
    }
    pieces.into_iter().filter_map(trimmed).collect()
}

/// Without the blanks around it that cannot be seen.
fn trimmed(mut piece: Piece) -> Option<Piece> {
    if piece.style.underlined || piece.style.reversed {
        return Some(piece);
    }
    let before = piece.text.len() - piece.text.trim_start_matches(' ').len();
    let after = piece.text.len() - piece.text.trim_end_matches(' ').len();
    let inside = piece.text.trim_matches(' ').to_owned();
    if inside.is_empty() {
        return None;
    }
    piece.column += u16::try_from(before).expect("a row is short");
    piece.width -= u16::try_from(before + after).expect("a row is short");
    piece.text = inside;
    Some(piece)
}

fn style(cell: &vt100::Cell) -> Style {
    let colour = match cell.fgcolor() {
        vt100::Color::Default => None,
        vt100::Color::Idx(number @ 0..=15) => Some(number),
        other => panic!("the theme has sixteen colours, and {other:?} is none of them"),
    };
    assert_eq!(
        cell.bgcolor(),
        vt100::Color::Default,
        "the theme has no backgrounds"
    );
    Style {
        colour,
        bold: cell.bold(),
        // Secondary text has no colour.
        quiet: cell.dim() && colour.is_none(),
        underlined: cell.underline(),
        reversed: cell.inverse(),
    }
}

/// With one sign for each number and its unit, and one blank for each gap.
fn without_numbers(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let mut signs: Vec<String> = Vec::new();
    for word in words {
        let is_unit = matches!(
            word,
            "B" | "kB" | "KiB" | "MiB" | "MB" | "GB" | "GiB" | "%" | "ms" | "s" | "min" | "h" | "d"
        );
        if is_unit && signs.last().is_some_and(|sign| sign.ends_with('#')) {
            continue;
        }
        let mut sign = String::new();
        let mut number = false;
        for char in word.chars() {
            let goes_on = number && matches!(char, '.' | ',' | ':');
            if char.is_ascii_digit() || goes_on {
                if !number {
                    sign.push('#');
                }
                number = true;
            } else {
                number = false;
                sign.push(char);
            }
        }
        signs.push(sign);
    }
    signs.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(written: &str) -> Picture {
        let mut terminal = vt100::Parser::new(2.try_into().unwrap(), 30.try_into().unwrap(), 0);
        terminal.process(written.as_bytes());
        Picture::of(terminal.screen())
    }

    #[test]
    fn equal_styles_are_one_piece() {
        let found = picture("plain \u{1b}[32mgood\u{1b}[39m  \u{1b}[32mtoo\u{1b}[m\r\n  x");
        let texts: Vec<_> = found
            .pieces
            .iter()
            .map(|piece| (piece.row, piece.column, piece.width, &*piece.text))
            .collect();
        assert_eq!(
            texts,
            [(0, 0, 5, "plain"), (0, 6, 9, "good  too"), (1, 2, 1, "x")]
        );
        assert_eq!(found.pieces[1].style.colour, Some(2));
        assert_eq!(found.text(), "plain good  too\n  x\n");
    }

    #[test]
    fn only_numbers_in_moving_rows_may_move() {
        let essence = |written| picture(written).essence(&["ready"]);
        assert_eq!(essence("ready  9.5 s"), essence("ready 11.25 s"));
        assert_eq!(essence("ready 999 KiB x"), essence("ready  1.2 MiB x"));
        assert_ne!(essence("ready  9 s"), essence("steady 9 s"));
        assert_ne!(essence("other  9"), essence("other  8"));
        assert_ne!(essence("ready 9"), essence("\u{1b}[1mready 9"));
    }
}
