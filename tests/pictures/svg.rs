//! Pictures as SVG, and back: what is in the repository is read as it was written.

use std::fmt::Write as _;

use crate::picture::{Picture, Piece, Style};

/// Tenths of a pixel; whole numbers, so that the same screen gives the same bytes everywhere.
const COLUMN: u32 = 84;
const ROW: u32 = 165;
const MARGIN: u32 = 120;
/// From a row's upper edge to the line that letters stand on.
const BASE: u32 = 125;

const BACKGROUND: &str = "#15181e";
const FOREGROUND: &str = "#d3d7de";
const QUIET: &str = "#8b93a1";

/// A terminal's sixteen colours, calm on a dark ground.
const COLOURS: [&str; 16] = [
    "#3b414d", "#e08585", "#8fc28a", "#d9c07c", "#85aadf", "#c99bd6", "#7cc0c9", "#c4c9d2",
    "#6b7280", "#eda0a0", "#a9d6a4", "#e8d59b", "#a3c1ec", "#dab5e4", "#9ad3da", "#eef0f4",
];

/// Draws.
pub fn write(picture: &Picture, title: &str) -> String {
    let width = pixels(u32::from(picture.columns) * COLUMN + 2 * MARGIN);
    let height = pixels(u32::from(picture.rows) * ROW + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, \
         Consolas, monospace\" font-size=\"14\" fill=\"{FOREGROUND}\" xml:space=\"preserve\" role=\"img\">\n\
         <title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{BACKGROUND}\"/>\n",
        escaped(title)
    );
    for piece in &picture.pieces {
        let _ = writeln!(svg, "{}", element(piece));
    }
    svg.push_str("</svg>\n");
    svg
}

fn element(piece: &Piece) -> String {
    let left = MARGIN + u32::from(piece.column) * COLUMN;
    let top = MARGIN + u32::from(piece.row) * ROW;
    let width = pixels(u32::from(piece.width) * COLUMN);
    let colour = match (piece.style.colour, piece.style.quiet) {
        (Some(number), _) => COLOURS[usize::from(number)],
        (None, true) => QUIET,
        (None, false) => FOREGROUND,
    };
    let mut element = String::new();
    let mut attributes = String::new();
    if piece.style.reversed {
        let _ = write!(
            element,
            "<rect x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{}\" fill=\"{colour}\"/>",
            pixels(left),
            pixels(top),
            pixels(ROW)
        );
        attributes.push_str(&attribute("fill", BACKGROUND));
    } else if colour != FOREGROUND {
        attributes.push_str(&attribute("fill", colour));
    }
    if piece.style.bold {
        attributes.push_str(&attribute("font-weight", "bold"));
    }
    if piece.style.underlined {
        attributes.push_str(&attribute("text-decoration", "underline"));
    }
    let _ = write!(
        element,
        "<text x=\"{}\" y=\"{}\" textLength=\"{width}\"{attributes}>{}</text>",
        pixels(left),
        pixels(top + BASE),
        escaped(&piece.text)
    );
    element
}

fn attribute(name: &str, value: &str) -> String {
    format!(" {name}=\"{value}\"")
}

fn pixels(tenths: u32) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Reads what [`write()`] wrote; nothing if it is anything else.
pub fn read(svg: &str) -> Option<Picture> {
    let mut lines = svg.lines();
    let head = lines.next()?;
    let size = |name, each| Some((tenths(value(head, name)?)? - 2 * MARGIN) / each);
    let columns = u16::try_from(size("width", COLUMN)?).ok()?;
    let rows = u16::try_from(size("height", ROW)?).ok()?;
    let pieces: Option<Vec<Piece>> = lines
        .filter(|line| line.contains("<text "))
        .map(piece)
        .collect();
    Some(Picture {
        columns,
        rows,
        pieces: pieces?,
    })
}

fn piece(line: &str) -> Option<Piece> {
    let (rect, text) = line.split_at(line.find("<text ")?);
    let (attributes, content) = text.strip_suffix("</text>")?.split_once('>')?;
    let reversed = !rect.is_empty();
    let colour = value(if reversed { rect } else { attributes }, "fill");
    let place = |name, each, before| Some((tenths(value(attributes, name)?)? - before) / each);
    let piece = Piece {
        row: u16::try_from(place("y", ROW, MARGIN + BASE)?).ok()?,
        column: u16::try_from(place("x", COLUMN, MARGIN)?).ok()?,
        width: u16::try_from(place("textLength", COLUMN, 0)?).ok()?,
        style: Style {
            colour: colour
                .and_then(|colour| COLOURS.iter().position(|known| *known == colour))
                .and_then(|number| u8::try_from(number).ok()),
            bold: value(attributes, "font-weight").is_some(),
            quiet: colour == Some(QUIET),
            underlined: value(attributes, "text-decoration").is_some(),
            reversed,
        },
        text: content
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    };
    Some(piece)
}

fn value<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn tenths(pixels: &str) -> Option<u32> {
    let (whole, tenth) = pixels.split_once('.')?;
    Some(whole.parse::<u32>().ok()? * 10 + tenth.parse::<u32>().ok()?)
}

#[test]
fn what_is_written_can_be_read() {
    let written = "a<b>&\"c\" \u{1b}[1;32mgood\u{1b}[m\r\n \u{1b}[7;4m key \u{1b}[m \u{1b}[2mquiet …\u{1b}[m 日本 end";
    let mut terminal = vt100::Parser::new(3.try_into().unwrap(), 40.try_into().unwrap(), 0);
    terminal.process(written.as_bytes());
    let picture = Picture::of(terminal.screen());
    assert_eq!(read(&write(&picture, "Title")), Some(picture.clone()));
    assert!(picture.text().contains("quiet … 日本 end"));
    assert_eq!(read("<svg>"), None);
}
