//! What the runs on a deployment did: one JSON object a line, only ever added to.
//!
//! The journal is told about, never acted on: what is missing is found by looking at the engine.
//! It is there so that `up` can say where the last run stopped, and for whoever has to help.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::file::{self, FileError};
use super::home::Folder;
use super::lock::Lock;
use super::redact::Redactor;
use super::secret::{self, NoRandom};
use crate::diagnostic::{Diagnostic, Severity};

mod last_run;

pub use last_run::LastRun;
use last_run::{Line, Telling};

/// Size in bytes at which the file is put aside and a new one begun.
const FULL: u64 = 5 * 1024 * 1024;
/// Bytes kept of one text, such as the last output of a container.
const LONGEST_TEXT: usize = 16 * 1024;

const RUN_BEGUN: &str = "run-begun";
const RUN_ENDED: &str = "run-ended";
const STEP_BEGUN: &str = "step-begun";
const STEP_ENDED: &str = "step-ended";

/// The journal of a deployment, open for one run. It may be shared by steps that run side by side.
#[derive(Debug)]
pub struct Journal {
    run: String,
    redactor: Redactor,
    path: PathBuf,
    older: PathBuf,
    sink: Mutex<Sink>,
    full: u64,
}

#[derive(Debug)]
struct Sink {
    file: File,
    size: u64,
}

/// How a step or a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should.
    Done,
    /// With an error.
    Failed,
    /// Because the operator said so.
    Cancelled,
}

/// One step of a plan, as the journal names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepMark {
    /// Id, the same in every run of the same plan.
    pub step: String,
    /// Its place in the plan, from 1.
    pub number: usize,
    /// Number of steps in the plan.
    pub of: usize,
    /// What it does, as in `create api`.
    pub title: String,
}

/// Why the journal could not be written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file could not be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// An entry is not a set of named values.
    #[error("an entry of kind {kind} cannot be written into the journal: {reason}")]
    Entry {
        /// Kind of the entry.
        kind: String,
        /// Why.
        reason: String,
    },
    /// No random numbers for the run's id.
    #[error(transparent)]
    NoRandom(#[from] NoRandom),
}

impl JournalError {
    /// The same as a finding. A run can go on without its journal.
    pub fn diagnostic(&self) -> Diagnostic {
        match self {
            Self::File(error) => error.diagnostic(),
            Self::Entry { .. } | Self::NoRandom(_) => {
                Diagnostic::new("E-2032", Severity::Warn, self.to_string())
                    .help("The run goes on; only its journal lacks something.")
            }
        }
    }
}

#[derive(Serialize)]
struct RunBegun<'a> {
    command: &'a str,
    tool_version: &'a str,
}

#[derive(Serialize)]
struct Ended<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'a str>,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl Journal {
    /// Opens the journal for a new run and notes its beginning. `command` is what the operator
    /// asked for. A line torn by a crash is mended first.
    pub fn begin(
        lock: &Lock,
        redactor: Redactor,
        command: &str,
        now: Timestamp,
    ) -> Result<Self, JournalError> {
        Self::begin_with_limit(lock, redactor, command, now, FULL)
    }

    fn begin_with_limit(
        lock: &Lock,
        redactor: Redactor,
        command: &str,
        now: Timestamp,
        full: u64,
    ) -> Result<Self, JournalError> {
        let path = lock.folder().journal();
        let failed = |error: io::Error| FileError::from_io("write", &path, &error);
        let mut file = file::open_or_make(&path)?;
        let size = mend(&mut file).map_err(failed)?;
        let journal = Self {
            run: secret::random_id()?,
            redactor,
            older: lock.folder().older_journal(),
            sink: Mutex::new(Sink { file, size }),
            path,
            full,
        };
        let begun = RunBegun {
            command,
            tool_version: env!("CARGO_PKG_VERSION"),
        };
        journal.write(now, RUN_BEGUN, &begun)?;
        Ok(journal)
    }

    /// Id of this run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Notes that a step begins.
    pub fn step_begun(&self, now: Timestamp, step: &StepMark) -> Result<(), JournalError> {
        self.write(now, STEP_BEGUN, step)
    }

    /// Notes how a step ended.
    pub fn step_ended(
        &self,
        now: Timestamp,
        step: &str,
        outcome: Outcome,
        reason: Option<&str>,
    ) -> Result<(), JournalError> {
        let step = Some(step);
        self.write(
            now,
            STEP_ENDED,
            &Ended {
                step,
                outcome,
                reason,
            },
        )
    }

    /// Notes how the run ended, and waits until the disk has everything.
    pub fn ended(
        &self,
        now: Timestamp,
        outcome: Outcome,
        reason: Option<&str>,
    ) -> Result<(), JournalError> {
        let step = None;
        self.write(
            now,
            RUN_ENDED,
            &Ended {
                step,
                outcome,
                reason,
            },
        )?;
        let sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(sink.file.sync_data().map_err(|error| self.failed(&error))?)
    }

    /// Adds an entry of any kind: a set of named values. Secrets are taken out of all texts in it,
    /// and very long ones are cut.
    ///
    /// The line is handed to the system before this returns, so it survives the end of this
    /// process; it is not waited for the disk, which would hold up every step.
    pub fn write(
        &self,
        now: Timestamp,
        kind: &str,
        entry: &impl Serialize,
    ) -> Result<(), JournalError> {
        let refused = |reason: String| JournalError::Entry {
            kind: kind.to_owned(),
            reason,
        };
        let Value::Object(fields) =
            serde_json::to_value(entry).map_err(|error| refused(error.to_string()))?
        else {
            return Err(refused("it is not a set of named values".to_owned()));
        };
        let mut line = Map::new();
        line.insert("time".to_owned(), now.to_string().into());
        line.insert("run".to_owned(), self.run.as_str().into());
        line.insert("kind".to_owned(), kind.into());
        for (name, value) in fields {
            // The journal's own three names win.
            line.entry(self.redactor.redact(&name)).or_insert(value);
        }
        for (name, value) in &mut line {
            if name != "run" {
                self.clean(value);
            }
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        Ok(self.append(text.as_bytes())?)
    }

    /// Redacted before it becomes JSON: a match must not begin in the middle of an escape.
    fn clean(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let mut clean = self.redactor.redact(text).into_owned();
                if clean.len() > LONGEST_TEXT {
                    let left_out = clean.len() - LONGEST_TEXT;
                    clean.truncate(clean.floor_char_boundary(LONGEST_TEXT));
                    clean = format!("{clean}… [{left_out} bytes left out]");
                }
                *text = clean;
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.clean(value)),
            Value::Object(fields) => {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(name, mut value)| {
                        self.clean(&mut value);
                        (self.redactor.redact(&name).into_owned(), value)
                    })
                    .collect();
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn append(&self, line: &[u8]) -> Result<(), FileError> {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        let added = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if sink.size > 0 && sink.size.saturating_add(added) > self.full {
            fs::rename(&self.path, &self.older).map_err(|error| self.failed(&error))?;
            sink.file = file::open_or_make(&self.path)?;
            sink.size = 0;
        }
        match sink.file.write_all(line) {
            Ok(()) => {
                sink.size += added;
                Ok(())
            }
            Err(error) => {
                // Half a line, on a full disk for instance, must not spoil the next one.
                let size = sink.size;
                let _ = sink.file.set_len(size);
                let _ = sink.file.seek(SeekFrom::Start(size));
                Err(self.failed(&error))
            }
        }
    }

    fn failed(&self, error: &io::Error) -> FileError {
        FileError::from_io("write", &self.path, error)
    }

    /// What the last run did and where it stopped; `None` if there was none. Lines that cannot be
    /// read are passed over. While somebody holds the lock, this is the run that is going on.
    pub fn last_run(folder: &Folder) -> Result<Option<LastRun>, FileError> {
        let mut telling = Telling::default();
        let newest = file::read(&folder.journal())?;
        let newest = newest.as_ref().map(|bytes| String::from_utf8_lossy(bytes));
        let newest = newest.unwrap_or_default();
        // A run that began before the file was put aside begins in the older one.
        if !newest
            .lines()
            .filter_map(Line::read)
            .any(|line| line.kind == RUN_BEGUN)
            && let Some(older) = file::read(&folder.older_journal())?
        {
            telling.hear(&String::from_utf8_lossy(&older));
        }
        telling.hear(&newest);
        Ok(telling.end())
    }
}

/// Makes a file end with a complete line, and stands at its end. Gives its size.
fn mend(file: &mut File) -> io::Result<u64> {
    let size = file.seek(SeekFrom::End(0))?;
    if size == 0 {
        return Ok(0);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    if last == *b"\n" {
        return Ok(size);
    }
    let mut all = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut all)?;
    let whole = all
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let torn = all.get(whole..).unwrap_or_default();
    if serde_json::from_slice::<Map<String, Value>>(torn).is_ok() {
        file.write_all(b"\n")?;
    } else {
        file.set_len(u64::try_from(whole).map_err(|_| ErrorKind::FileTooLarge)?)?;
    }
    file.seek(SeekFrom::End(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{Home, Secret, Secrets};
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt;

    struct Place {
        _folder: tempfile::TempDir,
        lock: Lock,
    }

    fn place() -> Place {
        let place = tempfile::tempdir().unwrap();
        let folder = Home::at(place.path()).folder("demo").unwrap();
        let lock = Lock::take(&folder, "test", Timestamp::now()).unwrap();
        Place {
            _folder: place,
            lock,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    fn secrets() -> Secrets {
        let value = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
        Secrets::with_values(
            "testtest",
            [value("db", "nabcdef123456"), value("x", "kind-of-secret")],
        )
    }

    fn begin(place: &Place) -> Journal {
        Journal::begin(&place.lock, Redactor::new(&secrets()), "up demo", at(0)).unwrap()
    }

    fn mark(number: usize, title: &str) -> StepMark {
        StepMark {
            step: title.replace(' ', "-"),
            number,
            of: 12,
            title: title.to_owned(),
        }
    }

    fn last(place: &Place) -> LastRun {
        Journal::last_run(place.lock.folder()).unwrap().unwrap()
    }

    fn lines(place: &Place) -> Vec<Value> {
        let text = fs::read_to_string(place.lock.folder().journal()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn it_tells_where_the_last_run_stopped() {
        let place = place();
        assert_eq!(Journal::last_run(place.lock.folder()).unwrap(), None);
        let journal = begin(&place);
        assert_eq!(
            last(&place).stopped().as_deref(),
            Some("the last run stopped before its first step")
        );
        journal.step_begun(at(1), &mark(6, "create db")).unwrap();
        journal
            .step_ended(at(2), "create-db", Outcome::Done, None)
            .unwrap();
        assert_eq!(
            last(&place).stopped().as_deref(),
            Some("the last run stopped after one step")
        );
        journal.step_begun(at(3), &mark(7, "create api")).unwrap();
        let run = last(&place);
        assert_eq!(
            run.stopped().as_deref(),
            Some("the last run stopped at step 7 of 12, create api")
        );
        assert_eq!(
            (run.command.as_str(), run.begun, run.last_heard),
            ("up demo", at(0), at(3))
        );
        assert_eq!((run.ended, run.done, run.open.len()), (None, 1, 1));

        journal
            .step_begun(at(4), &mark(5, "create gateway"))
            .unwrap();
        assert_eq!(
            last(&place).stopped().as_deref(),
            Some("the last run stopped in the midst of steps 5 (create gateway), 7 (create api)")
        );
        journal
            .step_ended(at(5), "create-gateway", Outcome::Done, None)
            .unwrap();
        journal
            .step_ended(at(5), "create-api", Outcome::Failed, Some("port 80"))
            .unwrap();
        journal.ended(at(6), Outcome::Failed, None).unwrap();
        let run = last(&place);
        assert_eq!(
            run.stopped().as_deref(),
            Some("the last run failed at step 7 of 12, create api")
        );
        assert_eq!(
            run.failed,
            [(mark(7, "create api"), Some("port 80".to_owned()))]
        );

        let second = begin(&place);
        second.ended(at(9), Outcome::Done, None).unwrap();
        assert_eq!(last(&place).stopped(), None);
        assert_ne!(journal.run(), second.run());
    }

    #[test]
    fn secrets_are_taken_out_and_every_line_stays_json() {
        let place = place();
        let journal = begin(&place);
        journal
            .write(
                at(1),
                "log",
                &json!({
                    "kind": "mine", "time": 3,
                    "lines": ["a\nabcdef123456", {"nabcdef123456": "nabcdef123456"}],
                    "kind-of-secret": 1,
                    "long": "é".repeat(LONGEST_TEXT),
                }),
            )
            .unwrap();
        let text = fs::read_to_string(place.lock.folder().journal()).unwrap();
        assert!(!text.contains("\"nabcdef123456") && !text.contains("kind-of-secret"));
        let line = &lines(&place)[1];
        assert_eq!(line["kind"], "log");
        assert_eq!(
            line["lines"],
            json!(["a\nabcdef123456", {"[secret: db]": "[secret: db]"}])
        );
        assert!(
            line["long"]
                .as_str()
                .unwrap()
                .ends_with("é… [16384 bytes left out]")
        );
        assert!(matches!(
            journal.write(at(2), "bare", &7).unwrap_err(),
            JournalError::Entry { .. }
        ));
    }

    #[test]
    fn a_line_torn_at_any_place_is_mended() {
        let place = place();
        begin(&place)
            .step_begun(at(1), &mark(1, "create api"))
            .unwrap();
        let path = place.lock.folder().journal();
        let whole = fs::read(&path).unwrap();
        let first_line = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let before = Journal::last_run(place.lock.folder()).unwrap();
            assert_eq!(before.is_some(), cut >= first_line - 1, "cut at {cut}");
            begin(&place).ended(at(2), Outcome::Done, None).unwrap();
            let kinds: Vec<_> = lines(&place)
                .iter()
                .map(|line| line["kind"].clone())
                .collect();
            assert_eq!(
                kinds[kinds.len() - 2..],
                ["run-begun", "run-ended"],
                "cut at {cut}"
            );
            assert_eq!(last(&place).ended, Some(Outcome::Done));
        }
    }

    #[test]
    fn it_stays_bounded_and_the_run_is_told_across_the_cut() {
        let place = place();
        let limit = 4096;
        let journal =
            Journal::begin_with_limit(&place.lock, Redactor::new(&secrets()), "up", at(0), limit)
                .unwrap();
        journal.step_begun(at(1), &mark(3, "create api")).unwrap();
        let folder = place.lock.folder();
        for number in 0.. {
            if folder.older_journal().exists() {
                break;
            }
            assert!(number < 1000, "never put aside");
            journal
                .write(at(2), "note", &json!({"text": "x".repeat(100)}))
                .unwrap();
        }
        for file in [folder.journal(), folder.older_journal()] {
            let found = fs::metadata(file).unwrap();
            assert!(found.len() <= limit);
            assert_eq!(found.permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(last(&place).open, [mark(3, "create api")]);
        assert_eq!(last(&place).command, "up");
    }

    #[test]
    fn what_is_not_a_line_is_passed_over() {
        let place = place();
        begin(&place);
        let path = place.lock.folder().journal();
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"\0\0\0\0\n{\"time\": 7}\n\xff\xfe\n[]\n");
        fs::write(&path, text).unwrap();
        assert_eq!(last(&place).command, "up demo");
    }
}
