//! The live test of a server, in stages. Nothing is changed by it.
//!
//! Every stage has its own result, told when it comes: what was found, what to do about it in plain words,
//! and, where somebody else has to act, text that can be handed to them as it is. Where going on makes no
//! sense the rest is "not tried yet". Dropping the future ends the test and its connections.

mod advice;
mod ask;
mod databases;
mod judge;
mod login;
mod protection;
mod reach;

use std::net::IpAddr;

use serde::Serialize;

use super::session::{Door, Reached, Session};
use super::target::Target;
use super::tls::{Credentials, Shown};
use super::way::{Spot, Way};

pub use advice::{HandOver, HandOverKind};
pub use databases::{Existing, Kind, Whose};

/// One stage. Their order is that of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// The name leads to addresses.
    Name,
    /// The port answers.
    Port,
    /// The way is protected as wanted.
    Tls,
    /// The role is let in.
    Login,
    /// PostgreSQL is new enough.
    Version,
    /// The server takes writes: neither a standby nor read-only.
    Writes,
    /// The role may do what is needed.
    Rights,
    /// What is there already, and whose it is.
    Databases,
    /// Encoding and locale of new databases.
    Encoding,
    /// Extensions and functions that Ed-Fi's SQL uses.
    Extensions,
    /// Connections that are free, against those that are needed.
    Connections,
    /// Time for a question and its answer.
    Latency,
    /// Difference between the clocks.
    Clock,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Port,
        Self::Tls,
        Self::Login,
        Self::Version,
        Self::Writes,
        Self::Rights,
        Self::Databases,
        Self::Encoding,
        Self::Extensions,
        Self::Connections,
        Self::Latency,
        Self::Clock,
    ];

    /// The word for it on a screen; none is longer than eleven letters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Port => "port",
            Self::Tls => "TLS",
            Self::Login => "login",
            Self::Version => "version",
            Self::Writes => "writes",
            Self::Rights => "rights",
            Self::Databases => "databases",
            Self::Encoding => "encoding",
            Self::Extensions => "extensions",
            Self::Connections => "connections",
            Self::Latency => "latency",
            Self::Clock => "clock",
        }
    }
}

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All is well.
    Ok,
    /// Good to know.
    Note,
    /// Works, but somebody should look at it.
    Warn,
    /// Nothing can start before this is mended.
    Block,
    /// An earlier stage stopped the test.
    NotTried,
}

impl Verdict {
    /// The mark in front of a row.
    pub fn mark(self) -> char {
        match self {
            Self::Ok => '✓',
            Self::Note | Self::NotTried => '·',
            Self::Warn => '!',
            Self::Block => '✗',
        }
    }
}

/// The result of one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which one.
    pub stage: Stage,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found, a few words.
    pub found: String,
    /// What it means and what to do, one or more sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Text for whoever has to act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
    /// The server's own words, where it had some. Untrusted: escape them before they meet a terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_said: Option<String>,
}

impl Row {
    fn new(stage: Stage, verdict: Verdict, found: impl Into<String>) -> Self {
        Self {
            stage,
            verdict,
            found: found.into(),
            advice: None,
            hand_over: None,
            server_said: None,
        }
    }

    fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    fn hand_over(mut self, hand_over: HandOver) -> Self {
        self.hand_over = Some(hand_over);
        self
    }

    fn said(mut self, words: impl Into<String>) -> Self {
        self.server_said = Some(words.into());
        self
    }
}

/// What the test is to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The ODS/API release, for sentences, as in 7.3.2.
    pub release: String,
    /// The PostgreSQL that release needs at least, as in 16.
    pub postgres_major: u32,
    /// Connections that the platform will hold at most; `None` where that is not known yet.
    pub connections: Option<u32>,
    /// Databases that are to be made.
    pub databases: Vec<String>,
}

/// What a test tells while it goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A stage begins.
    Begins(Stage),
    /// A stage has ended, or was not tried.
    Ended(Row),
}

/// What is known after a test, besides its rows. What was not reached keeps its empty value.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Knowledge {
    /// Every address of the name.
    pub addresses: Vec<IpAddr>,
    /// The one that answered first.
    pub reached: Option<String>,
    /// What the server showed in TLS; nothing on a connection without.
    pub certificate: Option<Shown>,
    /// The server's version number, as in 160004.
    pub version: Option<u32>,
    /// What the role may do.
    pub rights: Option<Rights>,
    /// Databases that are there.
    pub existing: Vec<Existing>,
    /// Whether new databases can have UTF-8 with the server's own locale; `Some(false)` means that they
    /// need the locale C.
    pub own_locale: Option<bool>,
    /// Connections that are free for this role now.
    pub free_connections: Option<u32>,
    /// Middle of five round trips, microseconds.
    pub round_trip_micros: Option<u64>,
    /// How far the server's clock is ahead of ours, milliseconds.
    pub clock_ahead_millis: Option<i64>,
}

/// What a role may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Rights {
    /// The role, as the server knows it.
    pub role: String,
    /// A superuser. Not needed.
    pub superuser: bool,
    /// May make databases.
    pub create_databases: bool,
    /// May make roles.
    pub create_roles: bool,
    /// Connections it may hold; -1 for any number.
    pub connection_limit: i64,
    /// When its password ends, seconds since 1970.
    pub password_ends: Option<i64>,
    /// There is a role named postgres.
    pub postgres_exists: bool,
    /// It is the role postgres, or a member of it.
    pub is_postgres: bool,
    /// A role that only managed servers have, as in `rds_superuser`.
    pub managed: Option<String>,
}

/// The end of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Every stage.
    pub rows: Vec<Row>,
    /// What was learned.
    pub knowledge: Knowledge,
}

impl Report {
    /// Whether nothing stands in the way.
    pub fn is_ready(&self) -> bool {
        self.rows
            .iter()
            .all(|row| !matches!(row.verdict, Verdict::Block | Verdict::NotTried))
    }

    /// The row of a stage.
    pub fn row(&self, stage: Stage) -> Option<&Row> {
        self.rows.iter().find(|row| row.stage == stage)
    }
}

/// Tests a server. `tell` hears of every stage as it comes.
pub async fn test<W: Way>(
    target: &Target,
    credentials: &Credentials,
    way: &W,
    wanted: &Wanted,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Report {
    let mut run = Run {
        target,
        credentials,
        way,
        wanted,
        tell,
        report: Report {
            rows: Vec::new(),
            knowledge: Knowledge::default(),
        },
    };
    // Boxed: the stages together are large, and whoever waits for a test keeps them.
    let _ = Box::pin(run.all()).await;
    run.leave_the_rest();
    run.report
}

/// A stage stopped the test.
struct Stopped;

struct Run<'t, W> {
    target: &'t Target,
    credentials: &'t Credentials,
    way: &'t W,
    wanted: &'t Wanted,
    tell: &'t mut (dyn FnMut(Progress) + Send),
    report: Report,
}

impl<'t, W: Way> Run<'t, W> {
    async fn all(&mut self) -> Result<(), Stopped> {
        let spot = self.reach().await?;
        let door = Door {
            way: self.way,
            spot,
            target: self.target,
            credentials: self.credentials,
        };
        let reached = self.protect(&door).await?;
        let session = self.log_in(&door, reached).await?;
        self.ask(&door, &session).await
    }

    async fn reach(&mut self) -> Result<Spot, Stopped> {
        self.begin(Stage::Name);
        let (row, spots) = reach::name(self.target, self.way).await;
        self.report.knowledge.addresses = spots
            .iter()
            .filter_map(|spot| match spot {
                Spot::Address(address) => Some(address.ip()),
                Spot::Socket(_) => None,
            })
            .collect();
        self.end(row)?;
        self.begin(Stage::Port);
        let (row, spot) = reach::port(self.target, self.way, spots).await;
        self.end(row)?;
        let spot = spot.ok_or(Stopped)?;
        self.report.knowledge.reached = Some(spot.to_string());
        Ok(spot)
    }

    async fn protect(&mut self, door: &Door<'t, W>) -> Result<Reached, Stopped> {
        self.begin(Stage::Tls);
        let (row, reached, shown) = protection::protect(door, jiff::Timestamp::now()).await;
        self.report.knowledge.certificate = shown;
        self.end(row)?;
        reached.ok_or(Stopped)
    }

    async fn log_in(&mut self, door: &Door<'t, W>, reached: Reached) -> Result<Session, Stopped> {
        self.begin(Stage::Login);
        let encrypted = reached.shown.is_some();
        match door.enter(reached, &self.target.database).await {
            Ok(session) => {
                let found = format!(
                    "{}, in the database {}",
                    self.target.user, self.target.database
                );
                self.end(Row::new(Stage::Login, Verdict::Ok, found))?;
                Ok(session)
            }
            Err(fault) => {
                self.end(login::row(
                    &fault,
                    self.target,
                    encrypted,
                    self.way.is_inside(),
                ))?;
                Err(Stopped)
            }
        }
    }

    fn begin(&mut self, stage: Stage) {
        (self.tell)(Progress::Begins(stage));
    }

    /// Tells a row. One that blocks before anybody is logged in stops the test: nothing behind it
    /// could be found out.
    fn end(&mut self, row: Row) -> Result<(), Stopped> {
        let stops = row.verdict == Verdict::Block && row.stage <= Stage::Login;
        self.report.rows.push(row.clone());
        (self.tell)(Progress::Ended(row));
        if stops { Err(Stopped) } else { Ok(()) }
    }

    fn leave_the_rest(&mut self) {
        for stage in Stage::ALL {
            if self.report.row(stage).is_none() {
                let _ = self.end(Row::new(stage, Verdict::NotTried, "not tried yet"));
            }
        }
    }
}
