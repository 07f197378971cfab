//! Styles by what they mean, and glyphs with an ASCII twin each.
//!
//! State is always glyph + word + colour, never colour alone. The default uses the terminal's own
//! sixteen colours and its own foreground, so it follows the operator's dark or light scheme.

use ratatui::style::{Color, Modifier, Style};

use crate::interview::ascii;

/// Which colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Palette {
    /// The terminal's own colours
    #[default]
    Terminal,
    /// Darker colours, for a light background
    Light,
    /// Bright colours and reversed bars
    HighContrast,
    /// No colours at all; chosen by itself where `NO_COLOR` is set
    Mono,
}

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary text.
    Plain,
    /// Secondary text.
    Quiet,
    /// Headings.
    Title,
    /// What is chosen.
    Focus,
    /// All is well.
    Good,
    /// Look at it.
    Note,
    /// Something is wrong.
    Bad,
    /// Something is under way.
    Busy,
    /// A key in the key bar.
    Key,
    /// A field that text is typed into.
    Field,
    /// An address.
    Address,
    /// Text that was searched for.
    Found,
    /// Where the search stands.
    FoundHere,
}

/// Colours and glyphs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Theme {
    /// Colours.
    pub palette: Palette,
    /// Whether only ASCII characters may be drawn.
    pub ascii: bool,
}

/// A sign with an ASCII twin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyph {
    /// All is well.
    Good,
    /// Look at it.
    Note,
    /// Something is wrong.
    Bad,
    /// Something is under way.
    Busy,
    /// Nothing to say.
    Idle,
    /// What is chosen.
    Focus,
    /// An answer that was taken, among others.
    Taken,
    /// One that was not.
    Free,
    /// A line across.
    Rule,
    /// Between two things side by side.
    Bar,
    /// Text goes on that does not fit.
    More,
    /// A hidden character.
    Hidden,
    /// Below.
    Down,
    /// What to do.
    Arrow,
    /// Between words.
    Dot,
    /// Keys up and down.
    UpDown,
    /// Keys left and right.
    LeftRight,
    /// The Enter key.
    Enter,
}

impl Theme {
    /// What the environment asks for. `chosen` is the operator's own word and outranks it.
    pub fn detect(
        chosen: Option<Palette>,
        ascii: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let palette = chosen.unwrap_or_else(|| {
            if set("NO_COLOR").is_some() {
                Palette::Mono
            } else {
                Palette::Terminal
            }
        });
        // A locale that names another character set is believed; none at all is common over SSH and
        // says nothing of the terminal.
        let locale = set("LC_ALL")
            .or_else(|| set("LC_CTYPE"))
            .or_else(|| set("LANG"));
        let other_characters = locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            !locale.contains("utf-8") && !locale.contains("utf8")
        });
        let console = set("TERM").is_some_and(|term| term == "linux");
        Self {
            palette,
            ascii: ascii || other_characters || console,
        }
    }

    /// How text of this meaning looks.
    pub fn style(self, tone: Tone) -> Style {
        let modifier = match tone {
            Tone::Plain | Tone::Good | Tone::Busy => Modifier::empty(),
            Tone::Quiet if self.palette == Palette::HighContrast => Modifier::empty(),
            Tone::Quiet => Modifier::DIM,
            Tone::Title | Tone::Focus | Tone::Key | Tone::Note | Tone::Bad => Modifier::BOLD,
            Tone::Address | Tone::Field => Modifier::UNDERLINED,
            Tone::Found => Modifier::UNDERLINED.union(Modifier::BOLD),
            Tone::FoundHere => Modifier::REVERSED.union(Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match self.colour(tone) {
            Some(colour) => style.fg(colour),
            None => style,
        }
    }

    fn colour(self, tone: Tone) -> Option<Color> {
        // Yellow, black and white are left out: one background or another swallows them.
        let [good, note, bad, busy, key, found] = match self.palette {
            Palette::Mono => return None,
            Palette::Terminal => [
                Color::Green,
                Color::Magenta,
                Color::Red,
                Color::Cyan,
                Color::Cyan,
                Color::Magenta,
            ],
            Palette::Light => [
                Color::Green,
                Color::Magenta,
                Color::Red,
                Color::Blue,
                Color::Blue,
                Color::Blue,
            ],
            Palette::HighContrast => [
                Color::LightGreen,
                Color::LightMagenta,
                Color::LightRed,
                Color::LightCyan,
                Color::LightCyan,
                Color::LightMagenta,
            ],
        };
        match tone {
            Tone::Plain | Tone::Quiet | Tone::Title | Tone::Focus | Tone::Address | Tone::Field => {
                None
            }
            Tone::Good => Some(good),
            Tone::Note => Some(note),
            Tone::Bad => Some(bad),
            Tone::Busy => Some(busy),
            Tone::Key => Some(key),
            Tone::Found | Tone::FoundHere => Some(found),
        }
    }

    /// The sign, or its twin.
    pub fn glyph(self, glyph: Glyph) -> &'static str {
        let (sign, twin) = match glyph {
            Glyph::Good => ("✓", "+"),
            Glyph::Note => ("!", "!"),
            Glyph::Bad => ("✗", "x"),
            Glyph::Idle => ("·", "."),
            Glyph::Focus => ("▸", ">"),
            Glyph::Taken => ("●", "*"),
            Glyph::Free => ("○", "o"),
            Glyph::Rule => ("─", "-"),
            Glyph::Bar => ("│", "|"),
            Glyph::Busy | Glyph::More => ("…", "~"),
            Glyph::Hidden => ("•", "*"),
            Glyph::Down => ("▼", "v"),
            Glyph::Arrow => ("→", "->"),
            Glyph::Dot => ("·", "-"),
            Glyph::UpDown => ("↑↓", "Up/Dn"),
            Glyph::LeftRight => ("←→", "Lt/Rt"),
            Glyph::Enter => ("⏎", "Enter"),
        };
        if self.ascii { twin } else { sign }
    }

    /// Eight heights for a sparkline, lowest first.
    pub fn heights(self) -> [&'static str; 8] {
        if self.ascii {
            ["_", ".", "-", "=", "+", "*", "%", "#"]
        } else {
            ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        }
    }

    /// Words of ours, in characters this terminal can show.
    pub fn own(self, words: &str) -> String {
        if self.ascii {
            ascii(words)
        } else {
            words.to_owned()
        }
    }

    /// Text of others, in characters this terminal can show.
    pub fn foreign(self, text: &str) -> std::borrow::Cow<'_, str> {
        if !self.ascii || text.is_ascii() {
            return text.into();
        }
        text.chars()
            .map(|char| if char.is_ascii() { char } else { '?' })
            .collect::<String>()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(pairs: &[(&str, &str)]) -> Theme {
        Theme::detect(None, false, |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_is_listened_to() {
        assert_eq!(detect(&[]), Theme::default());
        assert_eq!(detect(&[("NO_COLOR", "1")]).palette, Palette::Mono);
        assert_eq!(detect(&[("NO_COLOR", "")]).palette, Palette::Terminal);
        assert!(detect(&[("LANG", "C")]).ascii);
        assert!(!detect(&[("LANG", "C"), ("LC_ALL", "de_DE.UTF-8")]).ascii);
        assert!(detect(&[("TERM", "linux"), ("LANG", "C.UTF-8")]).ascii);
        let chosen = Theme::detect(Some(Palette::Light), false, |_| Some("1".to_owned()));
        assert_eq!(chosen.palette, Palette::Light);
    }

    #[test]
    fn mono_knows_no_colour_and_ascii_no_other_character() {
        let mono = Theme {
            palette: Palette::Mono,
            ascii: true,
        };
        for tone in [
            Tone::Plain,
            Tone::Quiet,
            Tone::Title,
            Tone::Focus,
            Tone::Good,
            Tone::Note,
            Tone::Bad,
            Tone::Busy,
            Tone::Key,
            Tone::Field,
            Tone::Address,
            Tone::Found,
            Tone::FoundHere,
        ] {
            let style = mono.style(tone);
            assert_eq!((style.fg, style.bg), (None, None), "{tone:?}");
        }
        assert!(mono.heights().iter().all(|height| height.is_ascii()));
        assert_eq!(mono.foreign("Grüße ✓"), "Gr??e ?");
    }
}
