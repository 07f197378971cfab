//! Commands and flags.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::engine::rehearsal::FaultWish;
use crate::plain::Output;
use crate::session::lists::Kind;
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

const ADD: &str = "\
Examples:  edfi-setup add year 2027                 a new school year, empty
           edfi-setup add year 2027 --from 2026     the same, as a copy of last year's data
           edfi-setup add district 255903 255904    two districts
           edfi-setup add district @districts.csv   the first column of a file
           edfi-setup add tenant east               an organization with keys and rights of its own
What was detached earlier comes back with its data.";

const REMOVE: &str = "\
Examples:  edfi-setup remove grand-bend             the whole deployment, with all its data
           edfi-setup remove year 2025              one school year is served no more; its data stays
           edfi-setup remove district 255903 --name collaborative
With one word, a deployment is meant; with a kind and what to detach, its data stays.";

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
    /// Add a school year, district or tenant to a deployment that runs; nobody is interrupted
    #[command(after_help = ADD)]
    Add(Add),
    /// Remove a deployment with all its data, after naming it; or detach a year, district or tenant
    #[command(after_help = REMOVE)]
    Remove(Remove),
    /// Show which databases a deployment keeps, and delete what is served no more
    Data {
        #[command(subcommand)]
        command: Option<DataCommand>,
        #[command(flatten)]
        which: Named,
    },
    /// Make, list and remove keys for programs that use the API
    #[command(subcommand)]
    Credentials(Credentials),
    /// Show or repair passwords and keys
    #[command(subcommand)]
    Secrets(Secrets),
    /// Write a deployment as files that run without this program
    #[command(subcommand)]
    Export(Exports),
    /// Check profiles and show their form
    #[command(subcommand)]
    Profile(Profiles),
    /// Look at a PostgreSQL server of your own
    #[command(subcommand)]
    Postgres(Postgres),
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

/// `add`
#[derive(Debug, Args)]
pub struct Add {
    /// What to add
    pub kind: Kind,
    /// Which: one or several, or @FILE for the first column of a CSV
    #[arg(required = true, value_name = "VALUE")]
    pub values: Vec<String>,
    /// Begin with a copy of this one's data instead of empty
    #[arg(long, value_name = "VALUE")]
    pub from: Option<String>,
    #[command(flatten)]
    pub which: Named,
    /// Do not ask before starting
    #[arg(long, short)]
    pub yes: bool,
}

/// `remove`
#[derive(Debug, Args)]
pub struct Remove {
    /// Name of the deployment to remove; or year, district or tenant, and then which one to detach
    #[arg(value_name = "NAME | KIND VALUE…")]
    pub words: Vec<String>,
    /// Name of the deployment
    #[arg(long)]
    pub name: Option<String>,
    /// The deployment's name once more, instead of typing it when asked
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Do not ask before detaching
    #[arg(long, short)]
    pub yes: bool,
}

/// A deployment, where positional words mean something else.
#[derive(Debug, Args)]
pub struct Named {
    /// Name of the deployment; not needed when there is only one
    #[arg(long, global = true)]
    pub name: Option<String>,
}

/// `data`
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// List the databases: whose each is, its size, when it was last written
    List,
    /// Delete a database that is served no more, with everything in it, after typing its name
    Delete {
        /// The database, as the list names it
        database: String,
        /// Do not ask; the database's name has to be said once more with --confirm
        #[arg(long, short, requires = "confirm")]
        yes: bool,
        /// The database's name once more, instead of typing it when asked
        #[arg(long, value_name = "DATABASE", requires = "yes")]
        confirm: Option<String>,
    },
}

/// `credentials`
#[derive(Debug, Subcommand)]
pub enum Credentials {
    /// Make a key and secret for a program, and show them once
    Add {
        /// The program, as people call it: "Our SIS"
        #[arg(long, value_name = "NAME")]
        application: String,
        /// The instance it may use: a year, a district, a tenant, or tenant and year as in north-2027
        #[arg(long)]
        instance: Option<String>,
        /// What it may do
        #[arg(long, default_value = crate::session::credentials::CLAIM_SET)]
        claim_set: String,
        /// Education organizations it works for, separated by commas
        #[arg(long, value_name = "ID,…", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..=9_223_372_036_854_775_807))]
        organizations: Vec<u64>,
        /// Beginnings of the names of descriptors that it may write, separated by commas
        #[arg(long, value_name = "URI,…", value_delimiter = ',')]
        namespaces: Vec<String>,
        #[command(flatten)]
        which: Named,
    },
    /// List them, without keys and secrets
    List {
        #[command(flatten)]
        which: Named,
    },
    /// Show key and secret once more, after asking
    Show {
        /// Its name, as the list has it
        credential: String,
        #[command(flatten)]
        which: Named,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Remove one: its program is refused from then on
    Remove {
        /// Its name, as the list has it
        credential: String,
        #[command(flatten)]
        which: Named,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
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

/// `postgres`
#[derive(Debug, Subcommand)]
pub enum Postgres {
    /// Test a server in stages and say what to do about what stands in the way; changes nothing
    Test(Box<PostgresTest>),
}

/// `postgres test`
#[derive(Debug, Args)]
pub struct PostgresTest {
    // Help texts of their own: marks around an address would show on the screen.
    #[arg(
        help = "The server's address without a password, as in postgresql://edfi_owner@db.district.example:5432/postgres, or keywords as in \"host=db.district.example user=edfi_owner\""
    )]
    pub url: Option<String>,
    /// Name or address of the server, or the folder of its socket
    #[arg(long)]
    pub host: Option<String>,
    /// Port [default: 5432]
    #[arg(long)]
    pub port: Option<String>,
    /// Role to log in as, which is to own Ed-Fi's databases
    #[arg(long, short)]
    pub user: Option<String>,
    /// Database to log in to; nothing is written to it [default: postgres]
    #[arg(long)]
    pub database: Option<String>,
    /// disable, prefer, require, verify-ca or verify-full [default: verify-full]
    #[arg(long, value_name = "MODE")]
    pub tls: Option<String>,
    /// Certificates of the authorities to believe (PEM); without it those that this computer trusts
    #[arg(long, value_name = "FILE")]
    pub ca: Option<String>,
    /// Client certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub cert: Option<String>,
    /// Private key of the client certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub key: Option<String>,
    /// File that holds the password and that only you can read
    #[arg(long, value_name = "FILE", conflicts_with_all = ["password_env", "no_password"])]
    pub password_file: Option<String>,
    /// Environment variable that holds the password
    #[arg(long, value_name = "NAME", conflicts_with = "no_password")]
    pub password_env: Option<String>,
    /// Do not ask for a password
    #[arg(long)]
    pub no_password: bool,
    /// Release of the ODS/API that is to use the server; without it the newest
    #[arg(long)]
    pub release: Option<String>,
    /// Connections that the platform will hold at most
    #[arg(long, value_name = "N")]
    pub connections: Option<u32>,
    #[arg(
        long,
        value_name = "NAME",
        help = "A database that is to be made; may be given several times [default: EdFi_Admin, EdFi_Security, EdFi_Ods]"
    )]
    pub make: Vec<String>,
    /// From where to test: firewalls treat this computer and containers differently
    #[arg(long, value_enum, default_value_t = From::Host)]
    pub from: From,
    /// Container network to test from; without it one is made for the test
    #[arg(long)]
    pub network: Option<String>,
    /// Image of the container to test from: one of Ed-Fi's database images
    #[arg(long)]
    pub image: Option<String>,
}

/// From where a server is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    /// From this computer.
    Host,
    /// From inside a container network.
    Network,
    /// From both, and what differs.
    Both,
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
