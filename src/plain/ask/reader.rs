//! Reading a line: with inquire where the terminal can do it, bare everywhere else.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use inquire::InquireError;

/// Why there is no answer, and will be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked to leave.
    Quit,
    /// The input is at its end. That is never a yes.
    EndOfInput,
    /// Ctrl-C.
    Interrupted,
    /// The input cannot be read.
    Failed(String),
}

/// Where answers come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A terminal that can move its cursor: the line can be edited.
    Terminal,
    /// One line after the other, from a plain terminal or a pipe.
    Lines,
}

impl Reader {
    /// The reader for this process; none where nobody can answer. Without a terminal, answers are
    /// taken from a pipe only if `piped` says that this is meant.
    pub fn of_process(piped: bool) -> Option<Self> {
        let term = std::env::var("TERM").unwrap_or_default();
        match (io::stdin().is_terminal(), io::stderr().is_terminal()) {
            (true, true) if !term.is_empty() && term != "dumb" => Some(Self::Terminal),
            (true, _) => Some(Self::Lines),
            (false, _) => piped.then_some(Self::Lines),
        }
    }

    /// Asks, and waits for one line. An empty one stands for the usual answer.
    pub(crate) async fn read(self, prompt: &str, usual: Option<&str>) -> Result<String, Ended> {
        let prompt = with_usual(prompt, usual);
        beside(move || self.line(&prompt)).await
    }

    /// Asks for entries, and waits for one line or more of them: a line that ends with a comma goes on in
    /// the next one, and so does a pasted text, which a terminal hands over line by line.
    pub(crate) async fn read_several(
        self,
        prompt: &str,
        usual: Option<&str>,
    ) -> Result<String, Ended> {
        let prompt = with_usual(prompt, usual);
        beside(move || {
            let mut text = self.line(&prompt)?;
            while goes_on(&text) || self.is_pasting() {
                let line = self.line("more:")?;
                // What separates entries in every list: some know commas, some semicolons.
                text.push('\n');
                text.push_str(&line);
            }
            Ok(text)
        })
        .await
    }

    fn line(self, prompt: &str) -> Result<String, Ended> {
        match self {
            Self::Terminal => edited(prompt),
            Self::Lines => bare(prompt),
        }
    }

    /// Whether more has been typed than anybody can type in that time.
    fn is_pasting(self) -> bool {
        const TYPED_BY_NOBODY: Duration = Duration::from_millis(30);
        if self != Self::Terminal || crossterm::terminal::enable_raw_mode().is_err() {
            return false;
        }
        let more = crossterm::event::poll(TYPED_BY_NOBODY).unwrap_or(false);
        give_back_terminal();
        more
    }
}

fn with_usual(prompt: &str, usual: Option<&str>) -> String {
    match usual {
        Some(usual) if !usual.is_empty() => format!("{prompt} [{usual}]:"),
        _ => format!("{prompt}:"),
    }
}

async fn beside(
    read: impl FnOnce() -> Result<String, Ended> + Send + 'static,
) -> Result<String, Ended> {
    match tokio::task::spawn_blocking(read).await {
        Ok(line) => line,
        Err(error) => Err(Ended::Failed(error.to_string())),
    }
}

/// Whether entries go on in the next line.
fn goes_on(text: &str) -> bool {
    text.trim_end().ends_with([',', ';'])
}

fn edited(prompt: &str) -> Result<String, Ended> {
    match inquire::Text::new(prompt)
        .with_help_message(super::WORDS)
        .prompt()
    {
        Ok(line) => Ok(line),
        // Esc: one step back, as everywhere.
        Err(InquireError::OperationCanceled) => Ok("back".to_owned()),
        Err(InquireError::OperationInterrupted) => Err(Ended::Interrupted),
        Err(error) => Err(Ended::Failed(error.to_string())),
    }
}

fn bare(prompt: &str) -> Result<String, Ended> {
    let mut out = io::stdout().lock();
    // Whoever closed our output may still have a last answer for us.
    let _ = writeln!(out, "{prompt}").and_then(|()| out.flush());
    drop(out);
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(Ended::EndOfInput),
        Ok(_) => Ok(line),
        Err(error) => Err(Ended::Failed(error.to_string())),
    }
}

/// Gives the terminal back as it was, for an end in the middle of a question.
pub(crate) fn give_back_terminal() {
    let _ = crossterm::terminal::disable_raw_mode();
}
