//! The command line: reads arguments, calls the rooms below, turns their verdict into an exit code.

mod args;
mod credentials;
mod dashboard;
mod data;
mod demo;
mod down;
mod export;
mod instances;
mod logs;
mod look;
mod postgres;
mod practice;
mod profile;
mod rehearse;
mod secrets;
mod setup;
mod show;
mod status;
mod tour;
mod up;
mod wizard;

use std::ffi::OsString;
use std::future::Future;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use clap::Parser;
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};

use crate::deployment::Home;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::docker::{DockerEngine, Environment};
use crate::plain::{Output, Printer};
use crate::session::{Kind, Trouble};
use crate::tui::{Look, Theme};

use args::{Cli, Command, Setup};

/// What every command needs.
#[derive(Debug)]
struct Desk {
    printer: Printer,
    home: Home,
}

/// Exit code when the operator stopped waiting: 128 + SIGINT, as shells expect.
const STOPPED: u8 = 130;

type Verdict = Result<u8, Trouble>;

/// Runs the program and gives its exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(arguments()) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                Kind::Input.exit_code()
            } else {
                0
            });
        }
    };
    let command = cli.command.unwrap_or_else(questions);
    if let Command::StandIn { program } = &command {
        return crate::practice::standin::run(program);
    }
    let printer = Printer::new(cli.output);
    let verdict = desk(printer).map(|desk| {
        let code = block_on(run(&desk, command)).and_then(|verdict| verdict);
        match code {
            Ok(code) => code,
            Err(trouble) => {
                desk.printer.findings(&trouble.findings, &trouble.text);
                trouble.kind.exit_code()
            }
        }
    });
    match verdict {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => {
            Printer::new(Output::Text).findings(&trouble.findings, &trouble.text);
            ExitCode::from(trouble.kind.exit_code())
        }
    }
}

/// The arguments, with the command that no command at all stands for where only its flags are given.
fn arguments() -> Vec<OsString> {
    const FLAGS: [&str; 4] = ["--theme", "--ascii", "--no-mouse", "--plain"];
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let is_flag = arguments
        .get(1)
        .and_then(|first| first.to_str())
        .is_some_and(|first| {
            let name = first.split('=').next().unwrap_or(first);
            FLAGS.contains(&name)
        });
    if is_flag {
        arguments.insert(1, "setup".into());
    }
    arguments
}

/// What no command at all means. Parsed, so that it heeds the environment as the command does.
fn questions() -> Command {
    let parsed = Cli::try_parse_from(["edfi-setup", "setup"]);
    let command = parsed.ok().and_then(|cli| cli.command);
    command.unwrap_or_else(|| Command::Setup(Setup::default()))
}

fn desk(printer: Printer) -> Result<Desk, Trouble> {
    let home = Home::find().map_err(|error| {
        Trouble::new(
            Kind::Failed,
            Diagnostic::new("E-5030", Severity::Block, error.to_string()),
        )
    })?;
    Ok(Desk { printer, home })
}

/// Two threads are plenty: the work is waiting.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Trouble> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Trouble::new(
                Kind::Failed,
                Diagnostic::new(
                    "E-5031",
                    Severity::Block,
                    format!("The program cannot start: {error}."),
                ),
            )
        })?;
    let result = runtime.block_on(work);
    // A stream that never ends must not keep a finished program alive.
    runtime.shutdown_background();
    Ok(result)
}

async fn run(desk: &Desk, command: Command) -> Verdict {
    match command {
        Command::Setup(setup) if !setup.plain && wizard::is_possible(desk) => {
            Box::pin(wizard::wizard(desk, setup)).await
        }
        Command::Setup(setup) => Box::pin(setup::setup(desk, setup)).await,
        Command::Demo(demo) => demo::demo(desk, demo).await,
        Command::Up(up) => up::up(desk, up).await,
        Command::Rehearse(args) => Box::pin(rehearse::rehearse(desk, args)).await,
        Command::Plan(wanted) => up::plan(desk, wanted).await,
        Command::Status(which) => status::status(desk, which.name()).await,
        Command::Dashboard(wanted) => dashboard::dashboard(desk, wanted).await,
        Command::Tour(wanted) => tour::tour(desk, wanted).await,
        Command::Logs(logs) => logs::logs(desk, logs).await,
        Command::Verify(which) => look::verify(desk, which.name()).await,
        Command::Check(wanted) => look::check(desk, wanted).await,
        Command::List => look::list(desk).await,
        Command::Down(down) => down::down(desk, down).await,
        Command::Add(add) => instances::add(desk, add).await,
        Command::Remove(remove) => instances::remove(desk, remove).await,
        Command::Data { command, which } => data::data(desk, command, which).await,
        Command::Credentials(command) => credentials::credentials(desk, command).await,
        Command::Secrets(secrets) => secrets::secrets(desk, secrets).await,
        Command::Export(exports) => export::exports(desk, exports),
        Command::Profile(profiles) => profile::profiles(desk, profiles),
        Command::Postgres(command) => postgres::postgres(desk, command).await,
        Command::Practice(practice) => practice::practice(desk, practice).await,
        // Answered before anything else is set up.
        Command::StandIn { .. } => Ok(0),
    }
}

impl From<&args::Screen> for Look {
    fn from(wanted: &args::Screen) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        Self {
            theme: Theme::detect(wanted.theme, wanted.ascii, variable),
            mouse: !wanted.no_mouse,
        }
    }
}

impl Desk {
    /// The engine, wherever the environment says it is.
    async fn engine(&self) -> Result<DockerEngine, Trouble> {
        Ok(DockerEngine::connect(&Environment::of_process()).await?)
    }
}

/// Asks a yes-or-no question; no is the default. Without a terminal nobody can answer, so the
/// flag that answers beforehand is named instead.
fn confirm(question: &str, flag: &str) -> Result<bool, Trouble> {
    if !can_ask() {
        return Err(nobody_to_ask(question, flag));
    }
    let answer = inquire::Confirm::new(question).with_default(false).prompt();
    answered(answer)
}

/// Asks for a word to be typed.
fn ask_for(question: &str, flag: &str) -> Result<String, Trouble> {
    if !can_ask() {
        return Err(nobody_to_ask(question, flag));
    }
    answered(inquire::Text::new(question).prompt())
}

fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn nobody_to_ask(question: &str, flag: &str) -> Trouble {
    Trouble::new(
        Kind::Input,
        Diagnostic::new(
            "E-5032",
            Severity::Block,
            format!("There is a question, and no terminal to ask it: {question}"),
        )
        .help(format!("Answer it beforehand with {flag}.")),
    )
}

fn answered<T>(answer: Result<T, inquire::InquireError>) -> Result<T, Trouble> {
    answer.map_err(|error| {
        Trouble::new(
            Kind::Blocked,
            Diagnostic::new(
                "E-5033",
                Severity::Block,
                format!("The question was not answered ({error})."),
            )
            .help("Nothing was changed."),
        )
    })
}

/// Waits until somebody wants the program to end.
async fn stopped() {
    let (Ok(mut terminate), Ok(mut hang_up)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::hangup()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
