//! The stack as a picture: the gateway, the programs behind it, the databases and the cache behind those.

use super::parts::CACHE;
use super::{GATEWAY, Stack};

/// Lines that a row of boxes takes.
const ROW: usize = 3;

/// Databases that are named beside their server; further ones are counted.
const NAMED: usize = 3;

impl Stack {
    /// Boxes and lines, up to 76 columns wide, from left to right in the way of a request; at the right the
    /// databases that each server holds.
    pub fn picture(&self) -> Vec<String> {
        let mut lines = self.small_picture();
        let servers = self.servers();
        let width = lines.iter().map(|line| line.chars().count()).max();
        let width = width.unwrap_or(0);
        for (row, server) in servers.iter().enumerate() {
            for (offset, name) in self.held_by(server).into_iter().enumerate() {
                let Some(line) = lines.get_mut(row * ROW + offset) else {
                    continue;
                };
                let blanks = " ".repeat(width - line.chars().count());
                *line = format!("{line}{blanks}  {name}");
            }
        }
        lines
    }

    /// The database servers, from above.
    fn servers(&self) -> Vec<&str> {
        let wanted = &self.databases.wanted;
        self.names(|name| wanted.iter().any(|database| database.service == name))
    }

    /// What a server holds, in as many lines as its box has.
    fn held_by(&self, server: &str) -> Vec<String> {
        let wanted = self.databases.wanted.iter();
        let mut names: Vec<String> = wanted
            .filter(|database| database.service == server && !database.template)
            .map(|database| database.name.clone())
            .collect();
        if server != self.databases.admin_service {
            let sandboxes = self.databases.sandboxes.iter();
            names.extend(sandboxes.map(|sandbox| format!("{} sandbox", sandbox.name)));
        }
        if names.len() > NAMED {
            let more = names.len() - (NAMED - 1);
            names.truncate(NAMED - 1);
            names.push(format!("and {more} more"));
        }
        names
    }

    /// The same without databases by name, up to 60 columns wide.
    pub fn small_picture(&self) -> Vec<String> {
        let is_cache = |name: &str| {
            let service = self.services.get(name);
            service.is_some_and(|service| service.role == CACHE)
        };
        let is_behind = |name: &str| {
            let wanted = &self.databases.wanted;
            is_cache(name) || wanted.iter().any(|database| database.service == name)
        };
        let mut behind: Vec<&str> = self.names(|name| is_behind(name));
        // Below the servers, whose databases are named by their rows.
        behind.sort_by_key(|name| is_cache(name));
        let programs: Vec<&str> = self.names(|name| name != GATEWAY && !is_behind(name));
        let asks = |name: &&str| {
            let needs = self.services.get(*name).map(|service| &service.needs);
            needs.is_some_and(|needs| needs.iter().any(|need| is_behind(need)))
        };
        let first = column(&[GATEWAY], |_| (false, true));
        let second = column(&programs, |row| (true, programs.get(row).is_some_and(asks)));
        let third = column(&behind, |_| (true, false));
        let left = rail(&[true], &vec![true; programs.len()]);
        let asking: Vec<bool> = programs.iter().map(asks).collect();
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

    fn names(&self, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
        let names = self.services.keys().map(String::as_str);
        names.filter(|name| wanted(name)).collect()
    }
}

/// Boxes of the same width below each other; `joined` says whether a line meets the box of a row
/// on its left and on its right.
fn column(names: &[&str], joined: impl Fn(usize) -> (bool, bool)) -> Vec<String> {
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
        let boxes = column(&["api", "swagger"], |row| (row == 0, false));
        assert_eq!(boxes[0], "┌─────────┐");
        assert_eq!(boxes[1], "▶ api     │");
        assert_eq!(boxes[4], "│ swagger │");
    }
}
