//! Running the program and hearing what it says while it runs.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use serde_json::Value;

use super::{DEADLINE, lock};

/// A program that runs.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
    seen: String,
    said: Arc<Mutex<String>>,
    arguments: String,
}

/// A program that ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
    arguments: String,
}

impl Running {
    pub fn spawn(mut command: Command, said: Arc<Mutex<String>>) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        Self {
            child,
            lines,
            errors: Some(errors),
            seen: String::new(),
            said,
            arguments: format!("{command:?}"),
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line; none at the end.
    fn next(&mut self) -> Option<String> {
        match self.lines.recv_timeout(DEADLINE) {
            Ok(line) => {
                self.seen.push_str(&line);
                self.seen.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                let _ = self.child.kill();
                panic!("{} says nothing more after\n{}", self.arguments, self.seen)
            }
        }
    }

    /// Reads events until one is as wanted; none if the program ends before.
    pub fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        loop {
            let line = self.next()?;
            let event: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if wanted(&event) {
                return Some(event);
            }
        }
    }

    /// Reads lines until one holds a text.
    pub fn until_line(&mut self, text: &str) {
        while !self.seen.contains(text) {
            assert!(
                self.next().is_some(),
                "{text:?} was not said:\n{}",
                self.seen
            );
        }
    }

    /// Sends a signal, as in `INT`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$1\" \"$2\"", "kill", signal])
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success(), "{signal} could not be sent");
    }

    /// Ends it at once, by a signal that it cannot see.
    pub fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        self.collect()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Ran {
        self.collect()
    }

    fn collect(&mut self) -> Ran {
        let end = Instant::now() + DEADLINE;
        while self.next().is_some() {
            assert!(Instant::now() < end, "{} does not end", self.arguments);
        }
        let status = self.child.wait().unwrap();
        let errors = self.errors.take().unwrap().join().unwrap();
        let ran = Ran {
            code: status.code(),
            out: std::mem::take(&mut self.seen),
            err: errors,
            arguments: self.arguments.clone(),
        };
        let mut said = lock(&self.said);
        said.push_str(&ran.out);
        said.push_str(&ran.err);
        ran
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Only a test that fails leaves one behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    /// Expects an exit code.
    pub fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Expects a text in what was said.
    pub fn says(&self, text: &str) -> &Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "{text:?} was not said:\n{self}"
        );
        self
    }

    /// Everything on standard output, which is JSON lines.
    pub fn events(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}\n{self}"));
        self.out.lines().map(parse).collect()
    }

    /// The only JSON value on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }

    /// The last event of that name.
    pub fn event(&self, name: &str) -> Value {
        let events = self.events();
        let found = events.into_iter().rfind(|event| event["event"] == name);
        found.unwrap_or_else(|| panic!("no event {name}:\n{self}"))
    }

    /// Ids of the plan's steps.
    pub fn steps(&self) -> Vec<String> {
        step_ids(&self.event("plan")["plan"])
    }

    /// Causes of one of the plan's steps.
    pub fn causes(&self, step: &str) -> String {
        let plan = self.event("plan");
        let steps = plan["plan"]["steps"].as_array().unwrap();
        let found = steps.iter().find(|other| other["id"] == step);
        let found = found.unwrap_or_else(|| panic!("no step {step}:\n{self}"));
        found["causes"].to_string()
    }
}

/// Ids of a plan's steps.
pub fn step_ids(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap();
    let id = |step: &Value| step["id"].as_str().unwrap().to_owned();
    steps.iter().map(id).collect()
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            out,
            err,
            arguments,
        } = self;
        write!(
            f,
            "{arguments}\nended with {code:?}\n--- out\n{out}\n--- err\n{err}"
        )
    }
}
