//! From the start of the process until there is something to see.

use std::time::Instant;

use portable_pty::CommandBuilder;

use crate::figures::{head, line};
use crate::pty::Pty;
use crate::sandbox::Sandbox;
use crate::viewer::our_command;

const TIMES: usize = 20;

/// The wizard's first frame, and the dashboard's.
pub fn measure(sandbox: &Sandbox) {
    let home = tempfile::tempdir().unwrap();
    head("first frame after the start of the process, milliseconds");
    let first = |arguments: &[&str], shown: &str| {
        let times = (0..TIMES).map(|_| until(our_command(arguments, home.path()), shown));
        times.collect()
    };
    line("wizard", first(&["setup"], "Welcome"), Some(15.0));
    let dashboard = ["dashboard", &*sandbox.name];
    line(
        "dashboard of ten services",
        first(&dashboard, "[Services]"),
        Some(15.0),
    );
    line(
        "dashboard of ten services, all of them shown",
        first(&dashboard, "10 of 10"),
        None,
    );
}

fn until(command: CommandBuilder, shown: &str) -> f64 {
    let start = Instant::now();
    let mut pty = Pty::start(command, 80, 24);
    pty.until_shows(shown);
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    pty.press("\u{3}");
    pty.ended();
    milliseconds
}
