//! How a conversation ends, other than with a start.

use std::future::Future;

use crate::diagnostic::{Diagnostic, Severity};
use crate::plain::ask::{Ended, give_back_terminal};
use crate::session::{Kind, Trouble};

use super::super::{Desk, STOPPED, Verdict, stopped};

/// Why the conversation is over.
pub(super) enum Over {
    /// There is no further answer.
    Ended(Ended),
    /// Something cannot be done.
    Trouble(Trouble),
}

impl From<Ended> for Over {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl From<Trouble> for Over {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Does something until it is done, or until somebody wants the program to end.
pub(super) async fn until_stopped<T>(work: impl Future<Output = T>) -> Result<T, Over> {
    tokio::select! {
        done = work => return Ok(done),
        () = stopped() => {}
    }
    give_back_terminal();
    Err(Over::Ended(Ended::Interrupted))
}

/// What the program says and gives back at the end.
pub(super) fn finish(desk: &Desk, verdict: Option<u8>, over: Over) -> Verdict {
    const KEPT: &str = "Your answers are kept; edfi-setup goes on with them.";
    match over {
        Over::Trouble(trouble) => Err(trouble),
        Over::Ended(Ended::Quit) => {
            desk.printer.say(format!("\n{KEPT}"));
            Ok(verdict.unwrap_or(Kind::Blocked.exit_code()))
        }
        Over::Ended(Ended::Interrupted) => {
            desk.printer.complain(&format!("\nLeft. {KEPT}"));
            Ok(STOPPED)
        }
        Over::Ended(Ended::EndOfInput) => match verdict {
            // A start that failed matters more than what was not said after it.
            Some(failed) if failed != 0 => Ok(failed),
            _ => Err(Trouble::new(
                Kind::Input,
                Diagnostic::new(
                    "E-5062",
                    Severity::Block,
                    "The answers ended before anything was started.",
                )
                .help(KEPT),
            )),
        },
        Over::Ended(Ended::Failed(reason)) => Err(Trouble::new(
            Kind::Failed,
            Diagnostic::new(
                "E-5066",
                Severity::Block,
                format!("The answer cannot be read: {reason}."),
            )
            .help(KEPT),
        )),
    }
}

pub(super) fn nobody_to_ask() -> Trouble {
    Trouble::new(
        Kind::Input,
        Diagnostic::new(
            "E-5061",
            Severity::Block,
            "There are questions, and no terminal to ask them in.",
        )
        .help(
            "Run edfi-setup in a terminal. Without one: edfi-setup demo for a try-out, edfi-setup up PROFILE --yes \
             with a profile of your own, or the answers line by line to edfi-setup setup --plain.",
        ),
    )
}
