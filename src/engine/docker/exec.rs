//! A program inside a running container.

use std::io;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures_util::StreamExt;
use tokio::io::{AsyncWrite, AsyncWriteExt, DuplexStream};

use super::faults::Attempt;
use super::{DockerEngine, EngineError, Result};
use crate::deployment::Secret;
use crate::engine::{ExecOutcome, ExecSpec, LogStream};

/// Of each output this much is kept for the outcome; `on_output` sees all of it.
const KEPT: usize = 16 << 20;

pub(super) async fn run(
    engine: &DockerEngine,
    container: &str,
    exec: &ExecSpec,
    on_output: &(dyn Fn(LogStream, &[u8]) + Send + Sync),
) -> Result<ExecOutcome> {
    let program = exec.command.first().map_or("", String::as_str);
    let attempt = Attempt::new(
        format!("run {program} in container {container}"),
        format!("container {container}"),
    );
    let failed = |error: Error| attempt.failed(engine.address(), error);
    let config = ExecConfig {
        attach_stdin: Some(exec.stdin.is_some()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(exec.command.clone()),
        user: exec.user.clone(),
        ..ExecConfig::default()
    };
    let id = engine
        .client
        .create_exec(container, config)
        .await
        .map_err(failed)?
        .id;
    let started = engine
        .client
        .start_exec(&id, None::<StartExecOptions>)
        .await
        .map_err(failed)?;
    let StartExecResults::Attached { mut output, input } = started else {
        return Err(EngineError::NotUnderstood {
            operation: attempt.operation.clone(),
            reason: "the program was started without its output".to_owned(),
        });
    };
    let mut kept = Kept::default();
    let read = async {
        while let Some(frame) = output.next().await {
            let frame = match frame {
                // Podman cuts the line when a program ends without having read its input. What else
                // could have cut it shows at the question for the exit code.
                Err(Error::IOError { err }) if err.kind() == io::ErrorKind::ConnectionReset => {
                    break;
                }
                frame => frame?,
            };
            let (stream, bytes) = match frame {
                LogOutput::StdErr { message } => (LogStream::Err, message),
                LogOutput::StdOut { message } | LogOutput::Console { message } => {
                    (LogStream::Out, message)
                }
                LogOutput::StdIn { .. } => continue,
            };
            on_output(stream, &bytes);
            kept.keep(stream, &bytes);
        }
        Ok(())
    };
    // Both at once: a program that prints while it reads would wait for us, and we for it.
    let (read, ()) = tokio::join!(read, feed(input, exec.stdin.as_ref()));
    read.map_err(failed)?;
    let exit_code = exit_code(engine, &id).await.map_err(failed)?;
    Ok(ExecOutcome {
        exit_code,
        stdout: String::from_utf8_lossy(&kept.out).into_owned(),
        stderr: String::from_utf8_lossy(&kept.err).into_owned(),
    })
}

/// Bytes on their way that neither side has read yet.
const RELAYED: usize = 64 << 10;

/// A program whose input and output are bytes both ways. What it writes to standard error is dropped.
pub(super) async fn relay(
    engine: &DockerEngine,
    container: &str,
    command: &[String],
) -> Result<DuplexStream> {
    let program = command.first().map_or("", String::as_str);
    let attempt = Attempt::new(
        format!("run {program} in container {container}"),
        format!("container {container}"),
    );
    let failed = |error: Error| attempt.failed(engine.address(), error);
    let config = ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        cmd: Some(command.to_vec()),
        ..ExecConfig::default()
    };
    let id = engine
        .client
        .create_exec(container, config)
        .await
        .map_err(failed)?
        .id;
    let started = engine
        .client
        .start_exec(&id, None::<StartExecOptions>)
        .await
        .map_err(failed)?;
    let StartExecResults::Attached {
        mut output,
        mut input,
    } = started
    else {
        return Err(EngineError::NotUnderstood {
            operation: attempt.operation.clone(),
            reason: "the program was started without its output".to_owned(),
        });
    };
    let (ours, theirs) = tokio::io::duplex(RELAYED);
    let (mut from_us, mut to_us) = tokio::io::split(theirs);
    // Both tasks end with whichever side ends first: the program, or whoever holds our half.
    tokio::spawn(async move {
        let _ = tokio::io::copy(&mut from_us, &mut input).await;
        let _ = input.shutdown().await;
    });
    tokio::spawn(async move {
        while let Some(Ok(frame)) = output.next().await {
            if let LogOutput::StdOut { message } | LogOutput::Console { message } = frame
                && to_us.write_all(&message).await.is_err()
            {
                break;
            }
        }
        let _ = to_us.shutdown().await;
    });
    Ok(ours)
}

/// Writes what the program is to read and closes its input. A program may end without having read
/// everything; its exit code tells whether that was right, so a broken pipe is no error here.
async fn feed(mut input: std::pin::Pin<Box<dyn AsyncWrite + Send>>, text: Option<&Secret>) {
    if let Some(text) = text
        && input.write_all(text.expose().as_bytes()).await.is_ok()
    {
        let _ = input.shutdown().await;
    }
}

/// The exit code. The output may end a moment before the engine has noted the end.
async fn exit_code(engine: &DockerEngine, id: &str) -> std::result::Result<i64, Error> {
    let mut pause = Duration::from_millis(2);
    loop {
        let state = engine.client.inspect_exec(id).await?;
        if let (Some(code), Some(false) | None) = (state.exit_code, state.running) {
            return Ok(code);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

#[derive(Default)]
struct Kept {
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Kept {
    fn keep(&mut self, stream: LogStream, bytes: &[u8]) {
        let kept = match stream {
            LogStream::Out => &mut self.out,
            LogStream::Err => &mut self.err,
        };
        let room = KEPT.saturating_sub(kept.len()).min(bytes.len());
        kept.extend(bytes.iter().take(room));
    }
}
