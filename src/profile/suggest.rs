//! "Did you mean …?"

/// The candidate that somebody meant who wrote `word`, if one is close enough. Capitals, hyphens
/// and underscores do not count.
pub(super) fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = plain(word);
    candidates
        .iter()
        .filter_map(|candidate| {
            let other = plain(candidate);
            let allowed = (other.len().min(word.len()) / 3).min(3);
            if word.len().abs_diff(other.len()) > allowed {
                return None;
            }
            let distance = distance(&word, &other);
            (distance <= allowed).then_some((distance, *candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn plain(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Number of letters to insert, remove, change or swap with a neighbour to get from one word to
/// the other (optimal string alignment).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_a = None;
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        let mut previous_b = None;
        for (j, to) in b.iter().enumerate() {
            let at =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&last, j) + usize::from(from != to))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            if previous_a == Some(to) && previous_b == Some(from) && j > 0 {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
            previous_b = Some(to);
        }
        before = std::mem::replace(&mut last, row);
        previous_a = Some(from);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_keyboard_are_understood() {
        let fields = ["version", "name", "use_case", "data_standard", "port"];
        assert_eq!(closest("use-case", &fields), Some("use_case"));
        assert_eq!(closest("UseCase", &fields), Some("use_case"));
        assert_eq!(closest("dta_standard", &fields), Some("data_standard"));
        assert_eq!(closest("prot", &fields), Some("port"));
        assert_eq!(closest("verison", &fields), Some("version"));
        assert_eq!(closest("zebra", &fields), None);
        assert_eq!(closest("", &fields), None);
        assert_eq!(closest("é", &fields), None);
    }

    #[test]
    fn distance_counts_a_swap_once() {
        let chars = |s: &str| s.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("prot"), &chars("port")), 1);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("abc"), &chars("")), 3);
    }
}
