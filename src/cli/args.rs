//! Commands and flags.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::engine::rehearsal::FaultWish;
use crate::plain::Output;
use crate::tui::Palette;

/// From a bare machine to a working Ed-Fi platform, in a terminal.
#[derive(Debug, Parser)]
#[command(name = "edfi-setup", version, about, disable_help_subcommand = true, after_help = AFTER)]
pub struct Cli {
    /// For whom to write: text for people, json for programs.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Without one, the questions begin.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const AFTER: &str = "\
To begin:       edfi-setup                       questions, then everything by itself
                edfi-setup demo                  a try-out with sample data, no questions
                edfi-setup up district-shared    one district, on this computer
                edfi-setup rehearse              see how it goes, without running anything
Exit codes:     0 done, 1 something failed, 2 wrong input, 3 blocked or declined,
                4 another run is at work, 5 no usable engine, 130 stopped waiting";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer questions, see what they lead to, start; the same as no command at all
    Setup(Setup),
    /// Set up a try-out with sample data; asks nothing
    Demo(Demo),
    /// Bring a deployment up, or make it what its profile says
    Up(Up),
    /// Practise `up` on a simulated engine: nothing really runs, and what you choose goes wrong
    Rehearse(Rehearse),
    /// Show what `up` would do, and change nothing
    Plan(Wanted),
    /// Show services, health and instances
    Status(Which),
    /// Watch a deployment in full screen: services, logs, use, access, events
    Dashboard(Dashboard),
    /// Take a guided tour of a deployment that runs, with real requests and their answers
    Tour(Tour),
    /// Show what services write
    Logs(Logs),
    /// Ask the platform real questions through its gateway
    Verify(Which),
    /// Check whether this machine is ready for a deployment
    Check(Wanted),
    /// List the deployments
    List,
    /// Stop a deployment and remove its containers; all data stays
    Down(Down),
    /// Remove a deployment with all its data, after naming it
    Remove(Remove),
    /// Show or repair passwords and keys
    #[command(subcommand)]
    Secrets(Secrets),
    /// Write a deployment as files that run without this program
    #[command(subcommand)]
    Export(Exports),
    /// Check profiles and show their form
    #[command(subcommand)]
    Profile(Profiles),
    /// Make or remove practice images, for machines without a registry
    #[command(subcommand)]
    Practice(Practice),
    /// A stand-in for one of Ed-Fi's programs, inside a practice image
    #[command(hide = true, name = "stand-in")]
    StandIn {
        /// Which one
        program: String,
    },
}

/// A profile and what is put over it.
#[derive(Debug, Clone, Args)]
pub struct Wanted {
    /// A profile that comes with this program (district-shared, demo), or a file; without it the
    /// one last applied
    pub profile: Option<String>,
    /// Name of the deployment, instead of the one in the profile
    #[arg(long)]
    pub name: Option<String>,
    /// Change a value of the profile for this run, as in --set access.port=9443
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

/// `up`
#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub wanted: Wanted,
    /// Do not ask before starting
    #[arg(long, short)]
    pub yes: bool,
}

/// `rehearse`
#[derive(Debug, Args)]
pub struct Rehearse {
    #[command(flatten)]
    pub wanted: Wanted,
    /// Do not ask; after a fault, mend its cause and run again
    #[arg(long, short)]
    pub yes: bool,
    /// What is to go wrong, as in --fault oom or --fault crash-loop=swagger; --list-faults names them
    #[arg(long, value_name = "NAME[=SERVICE]")]
    pub fault: Vec<FaultWish>,
    /// After a fault, mend its cause and run the same command again without asking
    #[arg(long)]
    pub recover: bool,
    /// Let time go so many times faster
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub speed: u32,
    /// Another rehearsal: other sizes, other pauses; the same number gives the same one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// List what can go wrong, and do nothing
    #[arg(long)]
    pub list_faults: bool,
    /// In plain lines, without a full screen
    #[arg(long)]
    pub plain: bool,
    #[command(flatten)]
    pub screen: Screen,
}

/// `setup`
#[derive(Debug, Args)]
pub struct Setup {
    /// A profile to begin from, its answers given: a file, or one that comes with this program
    pub profile: Option<String>,
    /// Ask in plain lines, without a full screen; also takes the answers from a pipe
    #[arg(long)]
    pub plain: bool,
    #[command(flatten)]
    pub screen: Screen,
    /// Registry prefix of practice images
    #[arg(long, hide = true, default_value = crate::practice::PREFIX)]
    pub practice_prefix: String,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            profile: None,
            plain: false,
            screen: Screen::default(),
            practice_prefix: crate::practice::PREFIX.to_owned(),
        }
    }
}

/// `demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Name of the deployment
    #[arg(long)]
    pub name: Option<String>,
    /// Change a value of the demo profile, as in --set access.port=9443
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Use practice images without looking for the real ones
    #[arg(long)]
    pub practice: bool,
}

/// A deployment.
#[derive(Debug, Args)]
pub struct Which {
    /// Name of the deployment; not needed when there is only one
    #[arg(value_name = "NAME")]
    pub positional: Option<String>,
    /// The same, as a flag
    #[arg(long = "name", value_name = "NAME", conflicts_with = "positional")]
    pub flag: Option<String>,
}

impl Which {
    /// The name, however it was given.
    pub fn name(&self) -> Option<&str> {
        self.positional.as_deref().or(self.flag.as_deref())
    }
}

/// `dashboard`
#[derive(Debug, Args)]
pub struct Dashboard {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub screen: Screen,
}

/// How full-screen views look.
#[derive(Debug, Clone, Default, Args)]
pub struct Screen {
    /// Colours; the terminal's own without it, none where `NO_COLOR` is set
    #[arg(long, value_enum, env = "EDFI_SETUP_THEME")]
    pub theme: Option<Palette>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Leave the mouse to the terminal, for selecting text (the key m switches)
    #[arg(long)]
    pub no_mouse: bool,
}

/// `tour`
#[derive(Debug, Args)]
pub struct Tour {
    #[command(flatten)]
    pub which: Which,
    /// In plain lines; waits for Enter after each step
    #[arg(long)]
    pub plain: bool,
    /// In plain lines, without waiting between the steps
    #[arg(long, short)]
    pub yes: bool,
    #[command(flatten)]
    pub screen: Screen,
}

/// `logs`
#[derive(Debug, Args)]
pub struct Logs {
    /// Services; all of them without any
    pub services: Vec<String>,
    /// Name of the deployment; not needed when there is only one
    #[arg(long)]
    pub name: Option<String>,
    /// Go on with new lines as they come
    #[arg(long, short)]
    pub follow: bool,
    /// Only lines from this moment on: an age such as 10m, 2h, 3d, or a time such as 2026-11-23T08:00:00Z
    #[arg(long)]
    pub since: Option<String>,
    /// Only the last lines of each service
    #[arg(long, default_value_t = 200)]
    pub tail: u32,
    /// Show when each line was written
    #[arg(long, short)]
    pub timestamps: bool,
}

/// `down`
#[derive(Debug, Args)]
pub struct Down {
    #[command(flatten)]
    pub which: Which,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// `remove`
#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    pub which: Which,
    /// The deployment's name once more, instead of typing it when asked
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
}

/// `secrets`
#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Show passwords and keys, after asking
    Show {
        /// Only this one, as in first-client-secret
        secret: Option<String>,
        /// Name of the deployment; not needed when there is only one
        #[arg(long)]
        name: Option<String>,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Give data that was made with other passwords the present ones
    Adopt {
        /// Name of the deployment; not needed when there is only one
        #[arg(long)]
        name: Option<String>,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
}

/// `export`
#[derive(Debug, Subcommand)]
pub enum Exports {
    /// A project for Docker Compose
    Compose {
        #[command(flatten)]
        wanted: Wanted,
        /// Folder to write into: new, or empty
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Replace the files that an earlier export wrote into the folder
        #[arg(long)]
        force: bool,
    },
}

/// `profile`
#[derive(Debug, Subcommand)]
pub enum Profiles {
    /// Check a profile and say everything that is wrong with it
    Check {
        /// A file, or a profile that comes with this program
        file: String,
        /// Put a value over it first
        #[arg(long, value_name = "PATH=VALUE")]
        set: Vec<String>,
    },
    /// Print the JSON schema, for editors
    Schema,
    /// List the profiles that come with this program
    List,
    /// Print a profile that comes with this program, to start your own from
    Show {
        /// Its name
        profile: String,
    },
}

/// `practice`
#[derive(Debug, Subcommand)]
pub enum Practice {
    /// Make the practice images that are missing
    Build {
        /// Registry prefix of their names
        #[arg(long, default_value = crate::practice::PREFIX)]
        prefix: String,
        /// Seconds the stand-ins of Ed-Fi's programs take to start, as the real ones do
        #[arg(long, default_value_t = 0)]
        start_delay: u64,
        /// Use this program inside the images instead of the running one
        #[arg(long, hide = true)]
        executable: Option<PathBuf>,
    },
    /// Remove the practice images
    Remove {
        /// Registry prefix of their names
        #[arg(long, default_value = crate::practice::PREFIX)]
        prefix: String,
    },
}
