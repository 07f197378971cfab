//! Programs run inside a simulated container: probes, and psql with our scripts.

use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::api::no_container;
use super::gateway;
use super::server::Refused;
use super::stream::frame;
use super::web;
use super::wire::{Asked, Reply, Said};
use super::world::{Answers, Exec, State, World};
use crate::engine::{LogStream, Phase};

/// Exit code of a program that was killed because its container ended.
const KILLED: i64 = 137;
/// Exit code of a shell that finds no such program.
const NO_PROGRAM: i64 = 127;
/// Time one script takes.
const SCRIPT: Duration = Duration::from_millis(80);
/// Time in which nginx takes files in.
const RELOAD: Duration = Duration::from_millis(500);
/// How the names of files end that nginx is to take in.
const STAGED: &str = ".next";
/// Our script's exit code when nginx refuses them.
const REFUSED: i64 = 65;
/// The longest script read.
const LONGEST: u64 = 16 << 20;

/// `POST /containers/ID/exec`
pub(super) fn prepare(world: &World, container: &str, asked: &Asked) -> Reply {
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    let command: Vec<String> = body
        .get("Cmd")
        .and_then(|command| serde_json::from_value(command.clone()).ok())
        .unwrap_or_default();
    let reads = body.get("AttachStdin") == Some(&Value::Bool(true));
    world.change(|state| {
        if let Some(refused) = not_running(state, container) {
            return refused;
        }
        let id = world.id(state, "exec");
        let exec = Exec {
            container: container.to_owned(),
            command,
            reads,
            exit_code: None,
        };
        state.execs.insert(id.clone(), exec);
        Reply::json(201, &json!({ "Id": id }))
    })
}

fn not_running(state: &State, id: &str) -> Option<Reply> {
    let Some(container) = state.containers.get(id) else {
        return Some(no_container(id));
    };
    let words = match container.phase {
        Phase::Running => return None,
        Phase::Restarting => {
            format!("Container {id} is restarting, wait until the container is running")
        }
        _ => format!("Container {id} is not running"),
    };
    Some(Reply::error(409, &words))
}

/// `/exec/ID/start` and `/exec/ID/json`
pub(super) fn answer(world: &Arc<World>, id: &str, what: &str) -> Said {
    let exec = world.look(|state| state.execs.get(id).cloned());
    let Some(exec) = exec else {
        return Reply::error(404, &format!("No such exec instance: {id}")).into();
    };
    match what {
        "json" => Reply::json(
            200,
            &json!({
                "ID": id,
                "ContainerID": exec.container,
                "Running": exec.exit_code.is_none(),
                "ExitCode": exec.exit_code,
            }),
        )
        .into(),
        "start" => {
            let refused = world.look(|state| not_running(state, &exec.container));
            if let Some(refused) = refused {
                return refused.into();
            }
            let (world, id) = (Arc::clone(world), id.to_owned());
            Said::Talk(Box::new(move |wire| {
                Box::pin(async move { talk(&world, &id, &exec, wire).await })
            }))
        }
        // A terminal's size is of no interest to a program that does not run.
        "resize" => Reply::empty(200).into(),
        _ => Reply::error(404, "page not found").into(),
    }
}

async fn talk(world: &World, id: &str, exec: &Exec, mut wire: TokioIo<Upgraded>) {
    let code = tokio::select! {
        code = run(world, exec, &mut wire) => code,
        () = ended(world, &exec.container) => KILLED,
    };
    world.change(|state| {
        if let Some(exec) = state.execs.get_mut(id) {
            exec.exit_code = Some(code);
        }
    });
    // Whoever gave up waiting for the end does not need to hear of it.
    let _ = wire.shutdown().await;
}

/// Waits until the container's present run is over.
async fn ended(world: &World, container: &str) {
    let run = |state: &State| {
        let container = state.containers.get(container)?;
        (container.phase == Phase::Running).then_some((container.restarts, container.started))
    };
    let begun = world.look(run);
    world
        .until(|state| (run(state) != begun).then_some(()))
        .await;
}

async fn run(world: &World, exec: &Exec, wire: &mut TokioIo<Upgraded>) -> i64 {
    if exec
        .command
        .iter()
        .any(|word| word.contains("nginx -s reload"))
    {
        return reload(world, exec, wire).await;
    }
    if let [program, path] = exec.command.as_slice()
        && program == "cat"
    {
        return show(world, exec, path, wire).await;
    }
    let Some(task) = Task::of(&exec.command) else {
        let program = exec.command.first().map_or("", String::as_str);
        let words = format!("{program}: not found (a rehearsal knows its own programs only)\n");
        say(wire, LogStream::Err, &words).await;
        return NO_PROGRAM;
    };
    let mut script = String::new();
    if exec.reads
        && (&mut *wire)
            .take(LONGEST)
            .read_to_string(&mut script)
            .await
            .is_err()
    {
        return KILLED;
    }
    if let Some(program) = task.asks {
        let code = probe(world, exec, &task, program, wire).await;
        if code != 0 {
            return code;
        }
    }
    if !task.reads_script && task.posts.is_none() {
        return 0;
    }
    world.pass(SCRIPT).await;
    if let Some(posts) = &task.posts {
        return post(world, exec, posts, &script, wire).await;
    }
    let outcome = world.change(|state| match state.own_server(&exec.container) {
        Some(server) => server.run(&script),
        None => Err(Refused {
            exit_code: NO_PROGRAM,
            words: "psql: not found".to_owned(),
        }),
    });
    match outcome {
        Ok(output) => {
            say(wire, LogStream::Out, &output).await;
            0
        }
        Err(refused) => {
            say(wire, LogStream::Err, &format!("{}\n", refused.words)).await;
            refused.exit_code
        }
    }
}

/// Shows a file that was placed.
async fn show(world: &World, exec: &Exec, path: &str, wire: &mut TokioIo<Upgraded>) -> i64 {
    let text = world.look(|state| {
        let file = state.containers.get(&exec.container)?.files.get(path)?;
        Some(file.expose().to_owned())
    });
    if let Some(text) = text {
        say(wire, LogStream::Out, &text).await;
        return 0;
    }
    let words = format!("cat: can't open '{path}': No such file or directory\n");
    say(wire, LogStream::Err, &words).await;
    1
}

/// Our own script that lets nginx take files in: each new one lies beside the old one.
async fn reload(world: &World, exec: &Exec, wire: &mut TokioIo<Upgraded>) -> i64 {
    world.pass(RELOAD).await;
    let taken_in = world.change(|state| {
        let Some(container) = state.containers.get_mut(&exec.container) else {
            return Err("nginx is gone".to_owned());
        };
        let staged: Vec<String> = container
            .files
            .keys()
            .filter(|path| path.ends_with(STAGED))
            .cloned()
            .collect();
        let mut files = container.files.clone();
        for path in &staged {
            if let Some(file) = files.remove(path) {
                files.insert(path.trim_end_matches(STAGED).to_owned(), file);
            }
        }
        for path in &staged {
            container.files.remove(path);
        }
        gateway::check(&files)?;
        container.files = files;
        container.say(LogStream::Err, "signal 1 (SIGHUP) received, reconfiguring");
        Ok(())
    });
    match taken_in {
        Ok(()) => 0,
        Err(words) => {
            say(wire, LogStream::Err, &format!("nginx: [emerg] {words}\n")).await;
            REFUSED
        }
    }
}

/// What a command comes to.
#[derive(Debug, PartialEq, Eq)]
struct Task {
    /// The program that asks whether the service serves.
    asks: Option<Asks>,
    /// For how long, if it is not to be asked once only.
    patience: Option<Duration>,
    /// What the shell exits with if it does not serve.
    otherwise: Option<i64>,
    /// Whether psql reads a script afterwards.
    reads_script: bool,
    /// Where in the Admin API a form is posted, if that is what wget does.
    posts: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    PgIsReady,
    Wget,
    RedisCli,
}

impl Task {
    fn of(command: &[String]) -> Option<Self> {
        let all = command.join(" ");
        let says = |word: &str| all.contains(word);
        let asks = if says("pg_isready") {
            Some(Asks::PgIsReady)
        } else if says("wget") {
            Some(Asks::Wget)
        } else if says("redis-cli") {
            Some(Asks::RedisCli)
        } else {
            None
        };
        let reads_script = says("psql");
        if asks.is_none() && !reads_script {
            return None;
        }
        Some(Self {
            asks,
            patience: says("until ").then(|| patience(command)),
            otherwise: all
                .split_once("exit ")
                .filter(|_| reads_script)
                .and_then(|(_, rest)| rest.split([';', ' ', '\n']).next()?.parse().ok()),
            reads_script,
            posts: command
                .last()
                .and_then(|address| address.split_once("/connect/"))
                .map(|(_, what)| what.to_owned()),
        })
    }
}

/// What the Admin API in this container says to a form.
async fn post(
    world: &World,
    exec: &Exec,
    what: &str,
    text: &str,
    wire: &mut TokioIo<Upgraded>,
) -> i64 {
    let taken = world.change(|state| web::connect(state, &exec.container, what, text));
    match taken {
        Ok(()) => 0,
        Err(status) => {
            let words = format!("wget: server returned error: HTTP/1.1 {status}\n");
            say(wire, LogStream::Err, &words).await;
            1
        }
    }
}

/// How long our own loop asks: the number of its tries is its first argument; 200 of them are
/// quick, the others two a second.
fn patience(command: &[String]) -> Duration {
    let tries = command.iter().find_map(|word| word.parse::<u32>().ok());
    Duration::from_millis(500) * tries.unwrap_or(u32::MAX / 2).saturating_sub(180)
}

async fn probe(
    world: &World,
    exec: &Exec,
    task: &Task,
    program: Asks,
    wire: &mut TokioIo<Upgraded>,
) -> i64 {
    let look = |state: &State| {
        let container = state.containers.get(&exec.container)?;
        Some(container.answers)
    };
    let end = world.pass(task.patience.unwrap_or_default());
    tokio::pin!(end);
    let mut said = None;
    loop {
        let now = world.look(look);
        if now == Some(Answers::Well) {
            return 0;
        }
        if said != Some(now) {
            let (stream, words, _) = refusal(program, now == Some(Answers::Badly));
            // The shell that reads a script afterwards repeats the words on standard output.
            let stream = if task.otherwise.is_some() {
                LogStream::Out
            } else {
                stream
            };
            say(wire, stream, &format!("{words}\n")).await;
            said = Some(now);
        }
        if task.patience.is_none() {
            let (_, _, code) = refusal(program, false);
            return task.otherwise.unwrap_or(code);
        }
        tokio::select! {
            () = &mut end => return 1,
            () = world.until(|state| (look(state) != now).then_some(())) => {}
        }
    }
}

/// What the program says when the service does not serve, and its exit code.
fn refusal(program: Asks, badly: bool) -> (LogStream, &'static str, i64) {
    match (program, badly) {
        (Asks::PgIsReady, _) => (LogStream::Out, "127.0.0.1:5432 - no response", 2),
        (Asks::RedisCli, _) => (
            LogStream::Err,
            "Could not connect to Redis at 127.0.0.1:6379: Connection refused",
            1,
        ),
        (Asks::Wget, false) => (
            LogStream::Err,
            "wget: can't connect to remote host (127.0.0.1): Connection refused",
            1,
        ),
        (Asks::Wget, true) => (
            LogStream::Err,
            "wget: server returned error: HTTP/1.1 503 Service Unavailable",
            1,
        ),
    }
}

async fn say(wire: &mut TokioIo<Upgraded>, stream: LogStream, text: &str) {
    if !text.is_empty() {
        // A client that has gone away hears nothing; the program goes on, as on a real engine.
        let _ = wire.write_all(&frame(stream, text.as_bytes())).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(command: &[&str]) -> Option<Task> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        Task::of(&command)
    }

    #[test]
    fn probes_loops_and_scripts_are_told_apart() {
        let once = task(&["wget", "-q", "http://127.0.0.1/health"]).unwrap();
        assert_eq!((once.asks, once.patience), (Some(Asks::Wget), None));
        let again = task(&[
            "sh",
            "-c",
            "until \"$@\"; do\n exit 1; done",
            "probe",
            "560",
            "pg_isready",
        ]);
        let again = again.unwrap();
        assert_eq!(again.asks, Some(Asks::PgIsReady));
        assert_eq!(again.patience, Some(Duration::from_secs(190)));
        let look = task(&[
            "sh",
            "-c",
            "words=$('pg_isready' 2>&1) || { exit 91; }\nexec 'psql'\n",
        ]);
        let look = look.unwrap();
        assert_eq!((look.otherwise, look.reads_script), (Some(91), true));
        assert_eq!(task(&["bash", "-l"]), None);
    }
}
