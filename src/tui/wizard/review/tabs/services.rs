//! Services with what they take, ports, images.

use crate::session::{Preview, Supply};
use crate::tui::text;
use crate::tui::theme::Tone;
use crate::words;

use super::super::rows::{Row, row, sentence};

const MORE: &str = "…";
/// Columns of a memory or size, as in "1060 MB".
const SIZE: usize = 8;

pub(super) fn rows(preview: &Preview, width: usize) -> Vec<Row> {
    if preview.services.is_empty() {
        return super::waiting("The services are known as soon as the answers are complete.");
    }
    let mut rows = services(preview, width);
    heading(&mut rows, "Ports");
    rows.extend(super::picture::doors(preview, width));
    heading(&mut rows, "Images");
    rows.extend(images(preview, width));
    heading(&mut rows, "Memory");
    rows.extend(memory(preview, width));
    rows
}

fn heading(rows: &mut Vec<Row>, words: &str) {
    rows.push(Row::new());
    rows.push(row(format!("   {words}"), Tone::Title));
}

fn services(preview: &Preview, width: usize) -> Vec<Row> {
    let names = super::column(preview.services.iter().map(|line| &*line.name), 20).max(7);
    let short = |image: &str| words::short_image(image).to_owned();
    let images: Vec<String> = preview
        .services
        .iter()
        .map(|line| short(&line.image))
        .collect();
    // The title comes first where both do not fit.
    let titles = super::column(preview.services.iter().map(|line| &*line.title), 60);
    let fixed = 3 + names + 2 + SIZE + 2;
    let titles = titles.min(width.saturating_sub(fixed));
    let room = width.saturating_sub(fixed + titles + 2);
    let widest = super::column(images.iter().map(String::as_str), room);
    let with_image = widest >= 16;
    let head = format!(
        "   {}  {:>SIZE$}  {}",
        text::fit("service", names, MORE),
        "memory",
        if with_image {
            format!("{}  image", text::fit("what it is", titles, MORE))
        } else {
            "what it is".to_owned()
        }
    );
    let mut rows = vec![row(head, Tone::Quiet)];
    for (line, image) in preview.services.iter().zip(&images) {
        let size = format!("{} MB", line.memory_mb);
        let title = if with_image {
            text::fit(&line.title, titles, MORE)
        } else {
            text::cut(&line.title, titles, MORE)
        };
        let mut cells = vec![
            (
                format!("   {}", text::fit(&line.name, names, MORE)),
                Tone::Title,
            ),
            (format!("  {size:>SIZE$}  {title}"), Tone::Plain),
        ];
        if with_image {
            cells.push((format!("  {}", text::cut(image, widest, MORE)), Tone::Quiet));
        }
        rows.push(cells);
    }
    rows
}

fn images(preview: &Preview, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in &preview.images {
        let (mark, tone, how) = match line.supply {
            Supply::There => ("✓", Tone::Good, "is there"),
            Supply::Get => ("·", Tone::Plain, "to get"),
            Supply::Make => ("·", Tone::Plain, "made here"),
            Supply::Unknown => ("·", Tone::Quiet, "not known"),
        };
        let size = format!("{} MB", line.megabytes);
        let lead = vec![
            (format!("   {mark} "), tone),
            (format!("{how:<9}  {size:>SIZE$}  "), Tone::Plain),
        ];
        rows.extend(sentence(lead, &line.image, Tone::Quiet, width));
    }
    let wanted = preview
        .images
        .iter()
        .filter(|line| line.supply == Supply::Get);
    let to_get: u64 = wanted.map(|line| line.megabytes).sum();
    if to_get > 0 {
        let words = format!(
            "To get: about {} unpacked; what travels is less, as it is packed.",
            words::bytes(to_get * 1_000_000)
        );
        rows.extend(sentence(
            row("   ", Tone::Plain),
            &words,
            Tone::Plain,
            width,
        ));
    }
    rows
}

fn memory(preview: &Preview, width: usize) -> Vec<Row> {
    let needed = words::bytes(preview.memory_needed.unwrap_or(0));
    let words = match preview.memory_there {
        Some(there) => format!(
            "Everything together takes about {needed}; the engine has {}.",
            words::bytes(there)
        ),
        None => format!("Everything together takes about {needed}."),
    };
    sentence(row("   ", Tone::Plain), &words, Tone::Plain, width)
}
