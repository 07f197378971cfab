//! Programs that use the platform while something is done to it, and count every answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::api::Caller;
use crate::world::World;
use crate::world::https::{ask, basic};

/// Time between two requests of one program.
const PAUSE: Duration = Duration::from_millis(5);
/// The API grants a client 15 tokens at a time.
const TOKENS: usize = 14;
/// Time between two requests for a token.
const TOKEN_PAUSE: Duration = Duration::from_millis(60);

/// Programs at work.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    programs: Vec<JoinHandle<Vec<String>>>,
}

/// Keys that only ask for tokens.
#[derive(Debug, Clone)]
pub struct Keys {
    place: String,
    pairs: Vec<(String, String)>,
}

impl Keys {
    /// Makes some for an instance, whose tokens are granted below this prefix.
    pub fn make(world: &World, instance: &str, prefix: &str) -> Self {
        let pairs = (0..4).map(|number| {
            let application = format!("Load {number}");
            let mut command = world.program(&[
                "credentials",
                "add",
                "--name",
                &world.name,
                "--instance",
                instance,
                "--application",
                &application,
            ]);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let base = format!("credential-load-{number}-{instance}");
            (
                world.secret(&format!("{base}-key")),
                world.secret(&format!("{base}-secret")),
            )
        });
        Self {
            place: format!("/api/{prefix}oauth/token"),
            pairs: pairs.collect(),
        }
    }
}

impl Load {
    /// Begins: two programs that read with a token they have, one that reads the front page, and one that
    /// asks for tokens.
    pub fn begin(world: &World, caller: &Caller, prefix: &str, keys: &Keys) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let authority = world.text("ca.crt");
        let port = world.port;
        let mut programs = Vec::new();
        for _ in 0..2 {
            let (caller, prefix) = (caller.clone(), prefix.to_owned());
            programs.push(program(&stop, PAUSE, usize::MAX, move |_| {
                let answer = caller.get(&prefix);
                (answer.status != 200).then(|| format!("schools: {answer:?}"))
            }));
        }
        {
            let authority = authority.clone();
            programs.push(program(&stop, PAUSE * 4, usize::MAX, move |_| {
                let answer = ask(&authority, port, "/api/", None, None);
                (answer.status != 200).then(|| format!("front page: {answer:?}"))
            }));
        }
        let keys = keys.clone();
        let most = keys.pairs.len() * TOKENS;
        programs.push(program(&stop, TOKEN_PAUSE, most, move |count| {
            let (key, secret) = &keys.pairs[count % keys.pairs.len()];
            let form = (
                "application/x-www-form-urlencoded",
                "grant_type=client_credentials",
            );
            let answer = ask(
                &authority,
                port,
                &keys.place,
                Some(&basic(key, secret)),
                Some(form),
            );
            (answer.status != 200).then(|| format!("token: {}", answer.status))
        }));
        Self { stop, programs }
    }

    /// Ends them. Not one request may have failed. Gives how many there were.
    pub fn end(self, world: &World, during: &str) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        let mut count = 0;
        for program in self.programs {
            let answers = program
                .join()
                .unwrap_or_else(|_| panic!("{during}: no answer at all"));
            let failed: Vec<_> = answers.iter().filter(|answer| !answer.is_empty()).collect();
            assert!(
                failed.is_empty(),
                "{during}: {} of {}: {:?}",
                failed.len(),
                answers.len(),
                failed[0]
            );
            assert!(!answers.is_empty(), "{during}");
            count += answers.len();
        }
        // Room for the tokens of the next time.
        let tokens = "DELETE FROM dbo.clientaccesstokens WHERE apiclient_apiclientid IN (SELECT apiclientid FROM dbo.apiclients WHERE name LIKE 'Load %')";
        let databases =
            "SELECT datname FROM pg_database WHERE datname LIKE 'EdFi_Admin%' AND datallowconn";
        for database in world.sql("db-admin", "postgres", databases).lines() {
            world.sql("db-admin", database, tokens);
        }
        eprintln!("{during}: {count} requests, none failed");
        count
    }
}

fn program(
    stop: &Arc<AtomicBool>,
    pause: Duration,
    most: usize,
    request: impl Fn(usize) -> Option<String> + Send + 'static,
) -> JoinHandle<Vec<String>> {
    let stop = Arc::clone(stop);
    std::thread::spawn(move || {
        let mut answers = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            if answers.len() < most {
                answers.push(request(answers.len()).unwrap_or_default());
            }
            std::thread::sleep(pause);
        }
        answers
    })
}
