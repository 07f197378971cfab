//! Log lines in the form of the console appender in the real image's `log4net.config`:
//! date, thread, level, last part of the logger's name, message.

use std::io::Write;

use jiff::Zoned;

/// Something worth knowing.
pub fn info(logger: &str, message: &str) {
    write("INFO ", logger, message);
}

/// Something to look at.
pub fn warn(logger: &str, message: &str) {
    write("WARN ", logger, message);
}

/// Something that failed.
pub fn error(logger: &str, message: &str) {
    write("ERROR", logger, message);
}

/// A bare line on standard error, as start scripts and the runtime write them.
pub fn complain(message: &str) {
    // A closed pipe is no reason to stop serving.
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

fn write(level: &str, logger: &str, message: &str) {
    let time = Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
    let _ = writeln!(
        std::io::stdout().lock(),
        "{time} [1] {level} {logger} - {message}"
    );
}
