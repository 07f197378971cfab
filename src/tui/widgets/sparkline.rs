//! A quantity over time in one row, newest at the right.

use crate::tui::theme::Theme;

/// One character a value, the last `columns` of them; `most` is the full height.
pub(in crate::tui) fn sparkline(
    theme: Theme,
    values: impl ExactSizeIterator<Item = f64>,
    most: f64,
    columns: usize,
) -> String {
    let heights = theme.heights();
    let known = values.len().min(columns);
    let mut line = " ".repeat(columns - known);
    for value in values.skip_while_count(known) {
        let share = if most > 0.0 {
            (value / most).clamp(0.0, 1.0)
        } else {
            0.0
        };
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 7"
        )]
        let height = (share * 7.0).round() as usize;
        line.push_str(heights.get(height).copied().unwrap_or(" "));
    }
    line
}

/// The last so many of an iterator that knows its length.
trait LastOf: ExactSizeIterator + Sized {
    fn skip_while_count(self, keep: usize) -> std::iter::Skip<Self> {
        let skip = self.len() - keep;
        self.skip(skip)
    }
}

impl<I: ExactSizeIterator> LastOf for I {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_at_the_right_and_never_out_of_range() {
        let theme = Theme::default();
        let values = [0.0, 0.5, 1.0, 7.0, -1.0];
        assert_eq!(sparkline(theme, values.into_iter(), 1.0, 7), "  ▁▅██▁");
        assert_eq!(sparkline(theme, values.into_iter(), 1.0, 2), "█▁");
        assert_eq!(sparkline(theme, values.into_iter(), 0.0, 5), "▁▁▁▁▁");
    }
}
