//! The `edfi-setup` program: hands over to the library and exits with its verdict.

use std::process::ExitCode;

fn main() -> ExitCode {
    edfi_setup::cli::main()
}
