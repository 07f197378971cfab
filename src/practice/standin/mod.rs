//! Stand-ins for Ed-Fi's own programs, served by this binary inside practice images.
//!
//! Each is small, but honest: what it needs it takes from the environment, as the real image does, and what it answers
//! comes from the databases it was pointed at. A wrong host, key, row or route fails here as it would with the real one.
//! Facts about the real programs are those of ODS/API 7.3.2 and 6.2 (tag v6.2-patch2) and of Admin API 2.3.2. The release
//! that an image plays decides which of the two ways the ODS/API speaks.
//!
//! Variables that only the stand-ins know:
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `EDFI_PRACTICE_START_DELAY` | seconds between the last wait and the first answer | 0 |
//! | `EDFI_PRACTICE_WAIT_SECONDS` | seconds between two looks at a database that is not there | 10 |
//! | `EDFI_PRACTICE_RELEASE` | release named in the discovery document | 7.3.2 |
//! | `EDFI_PRACTICE_DATA_STANDARD` | data standard that the API was built for | 6.1.0 |

mod admin;
mod api;
mod cipher;
mod crash;
mod database;
mod forwarded;
mod http;
mod log;
mod npgsql;
mod problem;
mod redis;
mod sandbox;
mod secret_hash;
mod settings;
mod swagger;
mod wait;
mod web;

/// Whether a stored hash, packed as the ODS/API does it, is one of that secret.
#[cfg(test)]
pub use secret_hash::verify as opens;

use std::process::ExitCode;

use crash::Crash;
use settings::Settings;

/// Runs the stand-in of that name (`api`, `admin-api`, `sandbox-admin`, `swagger`) until it is told to stop.
/// Its settings come from the environment, as the real image's do.
///
/// Exit codes: 0 after SIGTERM or SIGINT; 134 if it refuses to start, which is what a .NET program leaves behind that
/// ends with an unhandled exception; 2 for a name that no stand-in has.
pub fn run(program: &str) -> ExitCode {
    let settings = match Settings::of_this_process() {
        Ok(settings) => settings,
        Err(crash) => return crash.report(),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return Crash::new("System.IO.IOException", error.to_string()).report(),
    };
    let outcome = match program {
        "api" => runtime.block_on(api::run(settings)),
        "admin-api" => runtime.block_on(admin::run(settings)),
        "sandbox-admin" => runtime.block_on(sandbox::run(settings)),
        "swagger" => runtime.block_on(swagger::run(settings)),
        _ => {
            log::complain(&format!(
                "there is no stand-in named '{program}'; there are: api, admin-api, sandbox-admin, swagger"
            ));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(crash) => crash.report(),
    }
}
