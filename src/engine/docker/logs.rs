//! A container's log: from frames of bytes to lines with their time.

use bollard::container::LogOutput;

use crate::engine::{LogLine, LogStream};

/// A line longer than this is cut: memory stays bounded whatever a container prints.
const LINE_LIMIT: usize = 1 << 20;

/// Puts lines together, for each of the two outputs. Asked for timestamps, the engine writes one in
/// front of every piece of a line, so each piece loses its own and a line keeps its first.
#[derive(Debug, Default)]
pub(super) struct Lines {
    out: Piece,
    err: Piece,
}

#[derive(Debug, Default)]
struct Piece {
    time: Option<String>,
    text: Vec<u8>,
}

impl Lines {
    /// Takes one frame and gives the lines that it completes.
    pub fn take(&mut self, frame: LogOutput) -> Vec<LogLine> {
        let (stream, bytes) = match frame {
            LogOutput::StdErr { message } => (LogStream::Err, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } => {
                (LogStream::Out, message)
            }
            LogOutput::StdIn { .. } => return Vec::new(),
        };
        let piece = match stream {
            LogStream::Out => &mut self.out,
            LogStream::Err => &mut self.err,
        };
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (time, text) = split_time(part);
            if piece.time.is_none() {
                piece.time = time;
            }
            piece.text.extend_from_slice(text);
            if part.ends_with(b"\n") || piece.text.len() >= LINE_LIMIT {
                lines.push(piece.finish(stream));
            }
        }
        lines
    }

    /// What was begun and never ended with a line end.
    pub fn rest(&mut self) -> Vec<LogLine> {
        [
            (LogStream::Out, &mut self.out),
            (LogStream::Err, &mut self.err),
        ]
        .into_iter()
        .filter(|(_, piece)| !piece.text.is_empty())
        .map(|(stream, piece)| piece.finish(stream))
        .collect()
    }
}

impl Piece {
    fn finish(&mut self, stream: LogStream) -> LogLine {
        let Self { time, text } = std::mem::take(self);
        let text = text.strip_suffix(b"\n").unwrap_or(&text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        LogLine {
            stream,
            time,
            text: String::from_utf8_lossy(text).into_owned(),
        }
    }
}

/// The engine's timestamp and what follows it.
fn split_time(bytes: &[u8]) -> (Option<String>, &[u8]) {
    // "2026-11-23T06:08:00.000000000+00:00" is the longest form.
    let word = bytes.iter().take(36).position(|byte| *byte == b' ');
    let Some((word, rest)) = word.and_then(|end| bytes.split_at_checked(end)) else {
        return (None, bytes);
    };
    let time = std::str::from_utf8(word)
        .ok()
        .filter(|time| time.contains('T') && time.parse::<jiff::Timestamp>().is_ok());
    match time {
        Some(time) => (
            Some(time.to_owned()),
            rest.strip_prefix(b" ").unwrap_or(rest),
        ),
        None => (None, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn out(bytes: &'static [u8]) -> LogOutput {
        LogOutput::StdOut {
            message: bytes.into(),
        }
    }

    fn line(stream: LogStream, time: Option<&str>, text: &str) -> LogLine {
        LogLine {
            stream,
            time: time.map(str::to_owned),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_line_in_pieces_keeps_its_first_time_and_no_other() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(out(b"2026-11-23T06:08:00.1Z one ")), []);
        assert_eq!(
            lines.take(out(b"2026-11-23T06:08:00.2Z two\n")),
            [line(
                LogStream::Out,
                Some("2026-11-23T06:08:00.1Z"),
                "one two"
            )]
        );
    }

    #[test]
    fn outputs_are_kept_apart_while_their_lines_are_open() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(out(b"2026-11-23T06:08:00Z a")), []);
        let err = LogOutput::StdErr {
            message: (&b"2026-11-23T06:08:01Z b\n"[..]).into(),
        };
        assert_eq!(
            lines.take(err),
            [line(LogStream::Err, Some("2026-11-23T06:08:01Z"), "b")]
        );
        assert_eq!(
            lines.rest(),
            [line(LogStream::Out, Some("2026-11-23T06:08:00Z"), "a")]
        );
        assert_eq!(lines.rest(), []);
    }

    #[test]
    fn many_lines_in_a_frame_carriage_returns_and_bytes_that_are_no_text() {
        let mut lines = Lines::default();
        assert_eq!(
            lines.take(LogOutput::Console {
                message: (&b"2026-11-23T06:08:00Z a\r\n2026-11-23T06:08:01Z \xff\n\n"[..]).into()
            }),
            [
                line(LogStream::Out, Some("2026-11-23T06:08:00Z"), "a"),
                line(LogStream::Out, Some("2026-11-23T06:08:01Z"), "\u{fffd}"),
                line(LogStream::Out, None, ""),
            ]
        );
    }

    #[test]
    fn a_character_cut_in_two_is_whole_again() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(out(b"2026-11-23T06:08:00Z caf\xc3")), []);
        let whole = lines.take(out(b"2026-11-23T06:08:00Z \xa9\n"));
        assert_eq!(
            whole,
            [line(LogStream::Out, Some("2026-11-23T06:08:00Z"), "café")]
        );
    }

    #[test]
    fn the_containers_own_words_are_no_timestamp() {
        let mut lines = Lines::default();
        assert_eq!(
            lines.take(out(b"2026 was fine\n")),
            [line(LogStream::Out, None, "2026 was fine")]
        );
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let mut lines = Lines::default();
        let frame = vec![b'x'; LINE_LIMIT];
        let cut = lines.take(LogOutput::StdOut {
            message: frame.into(),
        });
        assert_eq!(cut.len(), 1);
        assert_eq!(lines.rest(), []);
    }
}
