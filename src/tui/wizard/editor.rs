//! One line of text being typed. Pure.

use unicode_segmentation::UnicodeSegmentation;

/// A text and the place in it where the next character goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Editor {
    text: String,
    /// In bytes, always between two characters as people see them.
    at: usize,
}

impl Editor {
    /// With the cursor behind the text.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            at: text.len(),
        }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is before the cursor.
    pub fn before(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    fn after(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Types; what moves the cursor or ends the line is no character.
    pub fn insert(&mut self, typed: &str) {
        let typed: String = typed.chars().filter(|char| !char.is_control()).collect();
        self.text.insert_str(self.at, &typed);
        self.at += typed.len();
    }

    pub fn erase(&mut self) {
        let length = self
            .before()
            .graphemes(true)
            .next_back()
            .map_or(0, str::len);
        self.text.replace_range(self.at - length..self.at, "");
        self.at -= length;
    }

    pub fn delete(&mut self) {
        let length = self.after().graphemes(true).next().map_or(0, str::len);
        self.text.replace_range(self.at..self.at + length, "");
    }

    pub fn erase_all(&mut self) {
        *self = Self::default();
    }

    pub fn left(&mut self) {
        self.at -= self
            .before()
            .graphemes(true)
            .next_back()
            .map_or(0, str::len);
    }

    pub fn right(&mut self) {
        self.at += self.after().graphemes(true).next().map_or(0, str::len);
    }

    pub fn first(&mut self) {
        self.at = 0;
    }

    pub fn last(&mut self) {
        self.at = self.text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_are_what_people_see() {
        let mut editor = Editor::new("ae\u{301}漢");
        editor.left();
        editor.left();
        assert_eq!(editor.before(), "a");
        editor.delete();
        assert_eq!(editor.text(), "a漢");
        editor.insert("b\n\u{1b}c");
        assert_eq!((editor.text(), editor.before()), ("abc漢", "abc"));
        editor.erase();
        editor.first();
        editor.erase();
        editor.last();
        editor.delete();
        assert_eq!(editor.text(), "ab漢");
    }

    proptest! {
        #[test]
        fn no_key_breaks_it(text in ".{0,12}", keys in proptest::collection::vec(0_u8..8, 0..40)) {
            let mut editor = Editor::new(&text);
            for key in keys {
                match key {
                    0 => editor.left(),
                    1 => editor.right(),
                    2 => editor.erase(),
                    3 => editor.delete(),
                    4 => editor.first(),
                    5 => editor.last(),
                    6 => editor.insert("é👩‍🏫"),
                    _ => editor.insert("x"),
                }
                prop_assert!(editor.text().starts_with(editor.before()));
            }
        }
    }
}
