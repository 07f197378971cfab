//! The stack as a picture: the gateway, the programs behind it, the databases behind those.

use std::collections::{HashMap, HashSet};

use super::parts::CACHE;
use super::{GATEWAY, Stack};

/// Lines that a row of boxes takes.
const ROW: usize = 3;

/// Databases that are named beside their server; further ones are counted.
const NAMED: usize = 3;

/// Servers with data that get a box; of more, so many less one do, and the others share one.
const SERVERS: usize = 4;

/// The widest line.
const WIDEST: usize = 76;

/// The longest name in a box.
const NAME: usize = 22;

/// A box: its words, and the services that it stands for.
struct Boxed<'a> {
    words: String,
    services: Vec<&'a str>,
}

impl Stack {
    /// Boxes and lines, up to 76 columns wide, from left to right in the way of a request; at the right the
    /// databases that each server holds.
    pub fn picture(&self) -> Vec<String> {
        let mut lines = self.small_picture();
        let held = self.held();
        let width = lines.iter().map(|line| line.chars().count()).max();
        let width = width.unwrap_or(0);
        for (row, behind) in self.behind().iter().enumerate() {
            let [service] = behind.services.as_slice() else {
                continue;
            };
            let names = held.get(service).map(Vec::as_slice).unwrap_or_default();
            for (offset, name) in few(names).into_iter().enumerate() {
                let Some(line) = lines.get_mut(row * ROW + offset) else {
                    continue;
                };
                let blanks = " ".repeat(width - line.chars().count());
                let whole = format!("{line}{blanks}  {name}");
                *line = shortened(&whole, WIDEST);
            }
        }
        lines
    }

    /// What each server holds, by its name.
    fn held(&self) -> HashMap<&str, Vec<String>> {
        let mut held: HashMap<&str, Vec<String>> = HashMap::new();
        for database in &self.databases.wanted {
            let names = held.entry(&database.service).or_default();
            if !database.template {
                names.push(database.name.clone());
            }
        }
        for (server, names) in &mut held {
            if *server != self.databases.admin_service {
                let sandboxes = self.databases.sandboxes.iter();
                names.extend(sandboxes.map(|sandbox| format!("{} sandbox", sandbox.name)));
            }
        }
        held
    }

    /// The same without databases by name, up to 60 columns wide.
    pub fn small_picture(&self) -> Vec<String> {
        let behind = self.behind();
        let programs = self.programs(&behind);
        let known: HashSet<&str> = behind
            .iter()
            .flat_map(|own| &own.services)
            .copied()
            .collect();
        let asks = |program: &Boxed<'_>| {
            let service = program.services.first();
            let needs = service.and_then(|name| self.services.get(*name));
            needs.is_some_and(|own| own.needs.iter().any(|need| known.contains(need.as_str())))
        };
        let words = |boxes: &[Boxed<'_>]| -> Vec<String> {
            boxes.iter().map(|own| own.words.clone()).collect()
        };
        let asking: Vec<bool> = programs.iter().map(asks).collect();
        let first = column(&[GATEWAY.to_owned()], |_| (false, true));
        let second = column(&words(&programs), |row| {
            (true, asking.get(row).copied().unwrap_or(false))
        });
        let third = column(&words(&behind), |_| (true, false));
        let left = rail(&[true], &vec![true; programs.len()]);
        let right = rail(&asking, &vec![true; behind.len()]);
        let columns = [first, left, second, right, third];
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        (0..height)
            .map(|line| {
                let text: String = columns
                    .iter()
                    .map(|column| {
                        let width = column.first().map_or(0, |line| line.chars().count());
                        column
                            .get(line)
                            .cloned()
                            .unwrap_or_else(|| " ".repeat(width))
                    })
                    .collect();
                text.trim_end().to_owned()
            })
            .collect()
    }

    /// What programs ask: the database servers from above, then the cache.
    fn behind(&self) -> Vec<Boxed<'_>> {
        let wanted = self.databases.wanted.iter();
        let keep: HashSet<&str> = wanted.map(|database| database.service.as_str()).collect();
        let names = || self.services.keys().map(String::as_str);
        let (platform, data): (Vec<&str>, Vec<&str>) = names()
            .filter(|name| keep.contains(name))
            .partition(|name| *name == self.databases.admin_service);
        let mut boxes: Vec<Boxed<'_>> = platform.into_iter().map(one).collect();
        match data.split_at_checked(SERVERS - 1) {
            Some((first, others)) if others.len() > 1 => {
                boxes.extend(first.iter().copied().map(one));
                boxes.push(Boxed {
                    words: format!("{} more servers", others.len()),
                    services: others.to_vec(),
                });
            }
            _ => boxes.extend(data.into_iter().map(one)),
        }
        boxes.extend(names().filter(|name| self.is_cache(name)).map(one));
        boxes
    }

    /// What answers requests, copies of one program together.
    fn programs(&self, behind: &[Boxed<'_>]) -> Vec<Boxed<'_>> {
        let known: HashSet<&str> = behind
            .iter()
            .flat_map(|own| &own.services)
            .copied()
            .collect();
        let mut boxes: Vec<Boxed<'_>> = Vec::new();
        let mut by_role: HashMap<&str, usize> = HashMap::new();
        for (name, service) in &self.services {
            if name == GATEWAY || known.contains(name.as_str()) {
                continue;
            }
            let place = by_role.entry(&service.role).or_insert(boxes.len());
            match boxes.get_mut(*place) {
                Some(copies) => {
                    copies.services.push(name);
                    let first = copies.services.first().copied().unwrap_or_default();
                    copies.words = format!("{first}, {} copies", copies.services.len());
                }
                None => boxes.push(one(name)),
            }
        }
        boxes
    }

    fn is_cache(&self, name: &str) -> bool {
        let service = self.services.get(name);
        service.is_some_and(|service| service.role == CACHE)
    }
}

/// A box for one service. A long name is cut, so that all boxes find room beside each other.
fn one(name: &str) -> Boxed<'_> {
    Boxed {
        words: shortened(name, NAME),
        services: vec![name],
    }
}

/// As many names as a box has lines; further ones are counted.
fn few(names: &[String]) -> Vec<String> {
    match names.get(..NAMED - 1) {
        Some(first) if names.len() > NAMED => {
            let mut few = first.to_vec();
            few.push(format!("and {} more", names.len() - first.len()));
            few
        }
        _ => names.to_vec(),
    }
}

/// Not longer than there is room for.
fn shortened(words: &str, room: usize) -> String {
    if words.chars().count() <= room {
        return words.to_owned();
    }
    let start: String = words.chars().take(room - 1).collect();
    format!("{start}…")
}

/// Boxes of the same width below each other; `joined` says whether a line meets the box of a row
/// on its left and on its right.
fn column(names: &[String], joined: impl Fn(usize) -> (bool, bool)) -> Vec<String> {
    let width = names
        .iter()
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0);
    let edge = "─".repeat(width + 2);
    names
        .iter()
        .enumerate()
        .flat_map(|(row, name)| {
            let (left, right) = joined(row);
            let left = if left { '▶' } else { '│' };
            let right = if right { '├' } else { '│' };
            [
                format!("┌{edge}┐"),
                format!("{left} {name:<width$} {right}"),
                format!("└{edge}┘"),
            ]
        })
        .collect()
}

/// The lines between two columns: a rail that everything on both sides is joined to.
fn rail(from: &[bool], to: &[bool]) -> Vec<String> {
    let rows = from.len().max(to.len());
    let joined = |side: &[bool], row: usize| side.get(row).copied().unwrap_or(false);
    let on: Vec<usize> = (0..rows)
        .filter(|row| joined(from, *row) || joined(to, *row))
        .collect();
    let (Some(first), Some(last)) = (on.first(), on.last()) else {
        return vec![" ".repeat(3); rows * ROW];
    };
    (0..rows * ROW)
        .map(|line| {
            let (row, middle) = (line / ROW, line % ROW == ROW / 2);
            let (left, right) = (middle && joined(from, row), middle && joined(to, row));
            let at = |row: usize| row * ROW + ROW / 2;
            let (above, below) = (at(*first) < line, line < at(*last));
            let (above, below) = (above && line <= at(*last), below && line >= at(*first));
            let rail = match (left, right, above, below) {
                (true, true, true, true) => '┼',
                (true, true, true, false) => '┴',
                (true, true, false, true) => '┬',
                (true, true, false, false) => '─',
                (true, false, true, true) => '┤',
                (true, false, true, false) => '┘',
                (true, false, false, true) => '┐',
                (false, true, true, true) => '├',
                (false, true, true, false) => '└',
                (false, true, false, true) => '┌',
                (false, false, true, true) => '│',
                _ => ' ',
            };
            let dash = |joined| if joined { '─' } else { ' ' };
            format!("{}{rail}{}", dash(left), dash(right))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rails_join_what_they_should() {
        assert_eq!(
            rail(&[true], &[true]).get(1).map(String::as_str),
            Some("───")
        );
        let three = rail(&[true], &[true, true, true]);
        let middles: Vec<&str> = three
            .iter()
            .skip(1)
            .step_by(ROW)
            .map(String::as_str)
            .collect();
        assert_eq!(middles, ["─┬─", " ├─", " └─"]);
        assert_eq!(three[2], " │ ");
        assert_eq!(three[8], "   ");
        let uneven = rail(&[true, true, false], &[true]);
        let middles: Vec<&str> = uneven
            .iter()
            .skip(1)
            .step_by(ROW)
            .map(String::as_str)
            .collect();
        assert_eq!(middles, ["─┬─", "─┘ ", "   "]);
    }

    #[test]
    fn a_box_is_as_wide_as_the_widest() {
        let boxes = column(&["api".to_owned(), "swagger".to_owned()], |row| {
            (row == 0, false)
        });
        assert_eq!(boxes[0], "┌─────────┐");
        assert_eq!(boxes[1], "▶ api     │");
        assert_eq!(boxes[4], "│ swagger │");
    }

    /// What cannot be drawn in so much room, and what is drawn wrong.
    fn pictures(set: &[&str]) -> Vec<String> {
        let stack = crate::stack::example::stack_with("state-years", set);
        let small = stack.small_picture();
        let whole = stack.picture();
        let widest = |lines: &[String]| lines.iter().map(|line| line.chars().count()).max();
        assert!(widest(&small) <= Some(60), "{small:#?}");
        assert!(widest(&whole) <= Some(76), "{whole:#?}");
        whole
    }

    #[test]
    fn copies_share_a_box_and_the_cache_stands_behind_them() {
        let picture = pictures(&[]);
        insta::assert_snapshot!(picture.join("\n"));
    }

    #[test]
    fn many_servers_are_counted() {
        let years = "instances.years=[2026, 2027, 2028, 2029, 2030, 2031]";
        let each = "instances.isolation=server-per-instance";
        let picture = pictures(&[years, each, "swagger_ui=true", "api.replicas=8"]);
        insta::assert_snapshot!(picture.join("\n"));
        let four = "instances.years=[2026, 2027, 2028, 2029]";
        assert!(!pictures(&[four, each]).join("").contains("more servers"));
        let long = [
            "use_case=tenants-years",
            "instances.tenants=[a-name-of-20-letters, b-name-of-20-letters, north, south]",
            years,
            each,
        ];
        pictures(&long);
    }
}
