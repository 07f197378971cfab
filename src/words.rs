//! How we say things, the same on every face: states, ages, sizes.

use crate::engine::{EngineEventKind, Health, Phase};

/// An age in the largest fitting unit.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..=0 => "0 s".to_owned(),
        1..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86400),
    }
}

/// Seconds until `age` says something else.
pub fn age_lasts(seconds: i64) -> i64 {
    match seconds {
        ..=0 => 1 - seconds,
        1..=118 => 1,
        119..=7199 => 60 - seconds % 60,
        7200..=172_799 => 3600 - seconds % 3600,
        _ => 86400 - seconds % 86400,
    }
}

/// A word as a shell takes it, for commands that can be copied from the screen.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@%=:,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// An image's name without where it comes from, for tables: its last part.
pub fn short_image(image: &str) -> &str {
    // What comes after an @ is a checksum, which may be long, too.
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    name.rsplit('/').next().unwrap_or(name)
}

/// How long something took, to a tenth of a second.
pub fn seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

/// How long something has been going on, to the second.
pub fn elapsed(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{} s", seconds.max(0)),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// What a container does.
pub fn phase(phase: Phase, exit_code: Option<i64>) -> String {
    match phase {
        Phase::Created => "never started".to_owned(),
        Phase::Running => "running".to_owned(),
        Phase::Restarting => "keeps restarting".to_owned(),
        Phase::Paused => "paused".to_owned(),
        Phase::Exited => {
            exit_code.map_or_else(|| "stopped".to_owned(), |code| format!("stopped ({code})"))
        }
        Phase::Dead => "dead".to_owned(),
    }
}

/// The verdict of the engine's own health check, as `status` words it.
pub fn health(health: Health) -> &'static str {
    match health {
        Health::Healthy => "serves",
        Health::Unhealthy => "does not serve",
        Health::Starting => "starting",
        Health::None => "unknown",
    }
}

/// The same for a container, whose check says nothing when it does not run.
pub fn serving(phase: Phase, known: Health) -> &'static str {
    match phase {
        Phase::Running => health(known),
        _ => "-",
    }
}

/// Bytes as people read them, in units of 1000.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// What happened, as in "stopped with exit code 137".
pub fn happened(kind: EngineEventKind) -> String {
    match kind {
        EngineEventKind::Created => "was created".to_owned(),
        EngineEventKind::Started => "was started".to_owned(),
        EngineEventKind::Died { exit_code: 0 } => "ended".to_owned(),
        EngineEventKind::Died { exit_code } => format!("ended with exit code {exit_code}"),
        EngineEventKind::OutOfMemory => "ran out of memory".to_owned(),
        EngineEventKind::Health(Health::None) => "has no health check".to_owned(),
        EngineEventKind::Health(verdict) => self::health(verdict).to_owned(),
        EngineEventKind::Removed => "was removed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_well() {
        assert_eq!(age(-5), "0 s");
        assert_eq!(age(59), "59 s");
        assert_eq!(age(600), "10 min");
        assert_eq!(age(7200), "2 h");
        assert_eq!(age(200_000), "2 d");
    }

    #[test]
    fn times_read_well() {
        assert_eq!(seconds(1_949), "1.9 s");
        assert_eq!(elapsed(-3), "0 s");
        assert_eq!(elapsed(59), "59 s");
        assert_eq!(elapsed(125), "2 min 5 s");
    }

    #[test]
    fn an_age_lasts_until_its_words_change() {
        for seconds in (-3..130).chain(7000..7300).chain(172_000..173_000) {
            let lasts = age_lasts(seconds);
            assert!(lasts > 0);
            assert_ne!(age(seconds + lasts), age(seconds), "{seconds} + {lasts}");
            assert_eq!(
                age(seconds + lasts - 1),
                age(seconds),
                "{seconds} + {lasts} - 1"
            );
        }
    }

    #[test]
    fn words_for_a_shell_are_quoted_when_they_must_be() {
        assert_eq!(
            shell_word("access.host=edfi.example:1,2"),
            "access.host=edfi.example:1,2"
        );
        assert_eq!(shell_word("Ed-Fi Sandbox"), "'Ed-Fi Sandbox'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn images_are_called_by_their_last_part() {
        assert_eq!(
            short_image("localhost:5000/practice/edfialliance/ods-api:7.3.2"),
            "ods-api:7.3.2"
        );
        assert_eq!(short_image("nginx@sha256:0123/4"), "nginx");
        assert_eq!(short_image("nginx"), "nginx");
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(bytes(0), "0 MB");
        assert_eq!(bytes(1), "1 MB");
        assert_eq!(bytes(412_000_001), "413 MB");
        assert_eq!(bytes(23_540_000_000), "23.5 GB");
    }
}
