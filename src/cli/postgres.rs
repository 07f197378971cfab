//! `postgres`: looking at an operator's own PostgreSQL server.

use std::path::Path;
use std::pin::pin;

use serde_json::json;

use crate::catalog::{Catalog, Release};
use crate::deployment::{Redactor, Secret};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::engine::docker::DockerEngine;
use crate::engine::{Engine, EngineError};
use crate::plain::clean;
use crate::server::target::FieldError;
use crate::server::test::{Progress, Report, Row, Stage, Verdict as Judged, Wanted, test};
use crate::server::tls::Credentials;
use crate::server::{
    Field, Fields, FromHere, FromNetwork, NetworkError, Target, Way, differences, password,
};
use crate::session::{Kind, Trouble};

use super::args::{From as Side, Postgres, PostgresTest};
use super::{Desk, STOPPED, Verdict, can_ask, stopped};

/// Runs a `postgres` command.
pub(super) async fn postgres(desk: &Desk, command: Postgres) -> Verdict {
    let Postgres::Test(args) = command;
    if let Some(code) = Box::pin(test_server(desk, &args)).await? {
        return Ok(code);
    }
    desk.printer
        .complain("Stopped waiting. Nothing was changed on the server.");
    Ok(STOPPED)
}

/// Everything that a test needs.
struct Case<'c> {
    desk: &'c Desk,
    wanted: Wanted,
    target: Target,
    credentials: Credentials,
}

/// The exit code; `None` when the operator does not want to wait any longer.
async fn test_server(desk: &Desk, args: &PostgresTest) -> Result<Option<u8>, Trouble> {
    let catalog = Catalog::embedded().map_err(|error| {
        Trouble::new(
            Kind::Failed,
            Diagnostic::new("E-8004", Severity::Block, sentence(&error.to_string())),
        )
    })?;
    let release = release(&catalog, args.release.as_deref())?;
    let target = target(desk, args)?;
    if let Some(password) = &target.password {
        desk.printer.guard(Redactor::of([(
            "postgres-password".to_owned(),
            password.expose(),
        )]));
    }
    let case = Case {
        desk,
        wanted: wanted(release, args),
        credentials: Credentials::load(&target.tls).map_err(|errors| input(&errors))?,
        target,
    };
    let engine = match args.from {
        Side::Host => None,
        Side::Network | Side::Both => Some(desk.engine().await?),
    };
    // One listener for all of it, so that a signal between two waits is not lost.
    let mut stop = pin!(stopped());
    let mut here = None;
    if args.from != Side::Network {
        here = Some(tokio::select! {
            report = case.test(&FromHere) => report,
            () = &mut stop => return Ok(None),
        });
    }
    let mut there = None;
    if let Some(engine) = &engine {
        let image = match &args.image {
            Some(image) => image.clone(),
            None => image(engine, release).await?,
        };
        let way = FromNetwork::open(engine, &image, args.network.as_deref())
            .await
            .map_err(network_trouble)?;
        let report = tokio::select! {
            report = case.test(&way) => Some(report),
            () = &mut stop => None,
        };
        // However it ended, the container goes.
        way.close().await.map_err(network_trouble)?;
        let Some(report) = report else {
            return Ok(None);
        };
        there = Some(report);
    }
    let ready = here.iter().chain(&there).all(Report::is_ready);
    finish(desk, ready, here.as_ref(), there.as_ref());
    Ok(Some(if ready { 0 } else { Kind::Blocked.exit_code() }))
}

fn finish(desk: &Desk, ready: bool, here: Option<&Report>, there: Option<&Report>) {
    let unlike = match (here, there) {
        (Some(here), Some(there)) => differences(here, there),
        _ => Vec::new(),
    };
    desk.printer.json(&json!({
        "event": "result",
        "ready": ready,
        "differences": unlike,
        "host": here.map(|report| &report.knowledge),
        "network": there.map(|report| &report.knowledge),
    }));
    for sentence in &unlike {
        desk.printer
            .say(format!("What differs: {}\n", clean(sentence)));
    }
    desk.printer.say(if ready {
        "Ready: nothing stands in the way. Nothing was changed on the server."
    } else {
        "Not yet: mend what is marked ✗ first, then test again. Nothing was changed on the server."
    });
}

/// The real database image of the release if it is on the engine, a practice image otherwise.
async fn image(engine: &DockerEngine, release: &Release) -> Result<String, EngineError> {
    let entry = release
        .images
        .get("db-ods-minimal")
        .or_else(|| release.images.get("db-admin"));
    let Some(entry) = entry else {
        return Ok("postgres".to_owned());
    };
    let tag = entry
        .tag
        .replace("{release}", &release.release)
        .replace("{standard.suffix}", "");
    let real = format!("{}:{tag}", entry.repository);
    if engine.image(&real).await?.is_some() {
        return Ok(real);
    }
    Ok(format!("{}/{real}", crate::practice::PREFIX))
}

fn network_trouble(error: NetworkError) -> Trouble {
    match error {
        NetworkError::Engine(error) => error.into(),
        NetworkError::NoImage(image) => Trouble::new(
            Kind::Blocked,
            Diagnostic::new(
                "E-8003",
                Severity::Block,
                format!("To look from inside a container network, a database image has to be on the engine, and {image} is not."),
            )
            .help("Name one that is there with --image, make practice images with: edfi-setup practice build, or test with --from host."),
        ),
    }
}

impl Case<'_> {
    /// Tests from one side, telling every row as it comes.
    async fn test<W: Way>(&self, way: &W) -> Report {
        let printer = &self.desk.printer;
        let (side, from) = if way.is_inside() {
            ("network", "inside a container network")
        } else {
            ("host", "this computer")
        };
        printer.say(format!(
            "PostgreSQL at {}; tested from {from}\n",
            self.target
        ));
        let mut tell = |progress: Progress| {
            if let Progress::Ended(row) = progress {
                printer.json(&json!({ "event": "stage", "from": side, "row": row }));
                say(self.desk, &row);
            }
        };
        let report = test(
            &self.target,
            &self.credentials,
            way,
            &self.wanted,
            &mut tell,
        )
        .await;
        printer.say("");
        report
    }
}

fn say(desk: &Desk, row: &Row) {
    let width = Stage::ALL
        .iter()
        .map(|stage| stage.word().len())
        .max()
        .unwrap_or(0);
    desk.printer.say(format!(
        "  {} {:<width$}  {}",
        row.verdict.mark(),
        row.stage.word(),
        clean(&row.found)
    ));
    if row.verdict == Judged::NotTried {
        return;
    }
    let indent = format!("    {:<width$}  ", "");
    if let Some(advice) = &row.advice {
        desk.printer.say(format!("{indent}→ {}", clean(advice)));
    }
    if let Some(said) = &row.server_said {
        desk.printer
            .say(format!("{indent}  The server says: {}", clean(said)));
    }
    if let Some(text) = &row.hand_over {
        desk.printer
            .say(format!("{indent}  {}", text.kind.introduction()));
        for line in text.text.lines() {
            desk.printer.say(format!("{indent}    {}", clean(line)));
        }
    }
}

/// The release that the server is to serve; the newest without a name.
fn release<'c>(catalog: &'c Catalog, name: Option<&str>) -> Result<&'c Release, Trouble> {
    let found = match name {
        Some(name) => catalog.release(name),
        None => catalog.releases().last(),
    };
    found.ok_or_else(|| {
        let known: Vec<&str> = catalog
            .releases()
            .iter()
            .map(|release| release.release.as_str())
            .collect();
        Trouble::new(
            Kind::Input,
            Diagnostic::new(
                "E-8002",
                Severity::Block,
                format!(
                    "There is no release {} in the catalog.",
                    name.unwrap_or_default()
                ),
            )
            .help(format!("Known are {}.", known.join(", "))),
        )
    })
}

fn wanted(release: &Release, args: &PostgresTest) -> Wanted {
    let databases = if args.make.is_empty() {
        vec![
            "EdFi_Admin".to_owned(),
            "EdFi_Security".to_owned(),
            "EdFi_Ods".to_owned(),
        ]
    } else {
        args.make.clone()
    };
    Wanted {
        release: release.release.clone(),
        postgres_major: release.postgres_major,
        connections: args.connections,
        databases,
    }
}

/// The target that the command line describes, with its password from where it may come from.
fn target(desk: &Desk, args: &PostgresTest) -> Result<Target, Trouble> {
    let pasted = match &args.url {
        None => Fields::default(),
        Some(url) => Fields::paste(url).map_err(|error| input(&[error]))?,
    };
    if pasted.password.is_some() {
        return Err(input(&[FieldError::new(
            Field::Password,
            "The address on the command line holds a password.",
            "Everybody on this computer can read command lines, so it is not used. Leave it out: it is asked for, or comes from --password-file or --password-env. Whoever could have seen it should not know it any longer: have it changed.",
        )]));
    }
    let given = Fields {
        host: args.host.clone(),
        port: args.port.clone(),
        user: args.user.clone(),
        password: None,
        database: args.database.clone(),
        tls: args.tls.clone(),
        authority: args.ca.clone(),
        certificate: args.cert.clone(),
        key: args.key.clone(),
    };
    let mut target = pasted
        .with(given)
        .target()
        .map_err(|errors| input(&errors))?;
    target.password = secret(desk, args, &target)?.filter(|password| !password.expose().is_empty());
    Ok(target)
}

fn secret(desk: &Desk, args: &PostgresTest, target: &Target) -> Result<Option<Secret>, Trouble> {
    if let Some(file) = &args.password_file {
        return password::from_file(Path::new(file))
            .map(Some)
            .map_err(|error| input(&[error]));
    }
    if let Some(name) = &args.password_env {
        return password::from_variable(name)
            .map(Some)
            .map_err(|error| input(&[error]));
    }
    if args.no_password || !can_ask() || !desk.printer.for_people() {
        return Ok(None);
    }
    let question = format!(
        "Password of {} (nothing, if the server asks for none):",
        target.user
    );
    let answer = inquire::Password::new(&question)
        .without_confirmation()
        .with_display_mode(inquire::PasswordDisplayMode::Masked)
        .prompt();
    super::answered(answer).map(|password| Some(Secret::new(password)))
}

fn input(errors: &[FieldError]) -> Trouble {
    Trouble::all(
        Kind::Input,
        errors.iter().map(FieldError::diagnostic).collect(),
    )
}
