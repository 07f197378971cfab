//! From a stack to files that do without this program: a Compose project with everything our own runs
//! would do, databases and rows included. Pure, but for [`write()`], which puts the files into a folder.

mod compose;
mod databases;
mod dotenv;
mod folder;
mod readme;
mod services;
mod variables;
mod volumes;
mod yaml;

pub use folder::{FolderError, Written, write};

use std::fmt::Write as _;
use std::sync::Arc;

use crate::deployment::Secret;
use crate::stack::Stack;

use databases::preparations;
use variables::{Variables, client_variables, is_public};

/// Name of the file that Compose reads.
pub const COMPOSE_FILE: &str = "compose.yaml";
/// Name of the file with every password and key.
pub const ENV_FILE: &str = ".env";
/// Name of the script that makes the volumes.
pub const VOLUMES_FILE: &str = "create-volumes.sh";

/// A project for somebody else's tool.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its files.
    pub files: Vec<ExportedFile>,
    /// Programs of extensions: files that are no text, and no secret.
    pub programs: Vec<ExportedProgram>,
}

impl Exported {
    /// The paths of everything below the folder.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().map(|file| file.name.as_str());
        files.chain(self.programs.iter().map(|program| program.name.as_str()))
    }
}

/// A file of an extension's program.
#[derive(Debug, Clone)]
pub struct ExportedProgram {
    /// Path below the folder, with `/` between its parts.
    pub name: String,
    /// Content.
    pub bytes: Arc<[u8]>,
}

/// One file of an exported project.
#[derive(Debug, Clone)]
pub struct ExportedFile {
    /// Path below the folder, with `/` between its parts.
    pub name: String,
    /// What stands in it.
    pub text: Secret,
    /// Who may read it.
    pub mode: FileMode,
    /// What it is for, for people.
    pub about: String,
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// Everybody.
    Public,
    /// Its owner only: it holds secrets.
    Private,
}

/// A Compose v2 project for the stack.
pub fn compose(stack: &Stack) -> Exported {
    let variables = Variables::of(stack);
    let mut files = vec![
        public(
            COMPOSE_FILE,
            compose::text(stack, &variables),
            "the platform, for docker compose",
        ),
        private(
            ENV_FILE,
            environment(stack, &variables),
            "every password and key",
        ),
        public(
            VOLUMES_FILE,
            volumes::script(stack),
            "makes the volumes that hold the data",
        ),
    ];
    if let Some(authority) = &stack.access.authority_pem {
        let about = "the certificate that browsers and programs have to trust";
        files.push(public(readme::AUTHORITY_FILE, authority.clone(), about));
    }
    for preparation in preparations(stack) {
        let about = format!("makes the databases in {}", preparation.server);
        let name = preparation.file();
        files.push(if preparation.secret {
            private(&name, preparation.script(), &about)
        } else {
            public(&name, preparation.script(), &about)
        });
    }
    for service in stack.services.values() {
        for file in service.files.iter().filter(|file| is_public(file.mode)) {
            let about = format!("for {}, as {}", service.name, file.path);
            let name = services::file_name(service, file);
            files.push(public(&name, file.content.expose(), &about));
        }
    }
    let secret: Vec<String> = files
        .iter()
        .filter(|file| file.mode == FileMode::Private)
        .map(|file| file.name.clone())
        .collect();
    let about = "how to start, check and stop it";
    files.push(public("README.md", readme::text(stack, &secret), about));
    let programs = stack.databases.extensions.iter().flat_map(|extension| {
        extension
            .program
            .iter()
            .map(|(path, bytes)| ExportedProgram {
                name: format!("{}/{path}", extension_folder(&extension.name)),
                bytes: Arc::clone(bytes),
            })
    });
    Exported {
        files,
        programs: programs.collect(),
    }
}

/// Place in the folder of an extension's program.
fn extension_folder(name: &str) -> String {
    format!("extensions/{name}")
}

/// The text of `compose.yaml` alone. It holds no secrets, only the names of their variables.
pub fn compose_text(stack: &Stack) -> String {
    compose::text(stack, &Variables::of(stack))
}

/// The `.env` file.
fn environment(stack: &Stack, variables: &Variables) -> String {
    let mut text = format!(
        "# Passwords and keys of the Ed-Fi platform {}. Keep this file to yourself, and a copy in a safe place:\n\
         # without it the data cannot be opened. docker compose reads it by itself from beside {COMPOSE_FILE}.\n\
         #\n\
         # Values stand in quotes, so that they are taken as they are. A database keeps the password it was made\n\
         # with: changing it here alone locks the programs out.\n",
        stack.deployment
    );
    for variable in variables.iter() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n# For {}.", variable.used_by.join(", "));
        text.push_str(&dotenv::assignment(&variable.name, &variable.value));
    }
    let clients = &stack.databases.clients;
    if !clients.is_empty() {
        text.push_str(
            "\n# Keys and secrets for programs that use the API. They are for you to read: docker compose does not\n\
             # use them, they stand in the databases.\n",
        );
    }
    for client in clients {
        let data = stack.databases.instance(&client.instance);
        let data = data.map_or("data/v3", |instance| instance.data_path.as_str());
        let _ = writeln!(
            text,
            "\n# The {}: {}/{data}",
            client.name,
            stack.access.api()
        );
        let names = client_variables(client);
        for (name, value) in names.iter().zip([&client.key, &client.secret]) {
            text.push_str(&dotenv::assignment(name, value));
        }
    }
    text
}

fn public(name: &str, text: impl Into<String>, about: &str) -> ExportedFile {
    file(name, text.into(), about, FileMode::Public)
}

fn private(name: &str, text: impl Into<String>, about: &str) -> ExportedFile {
    file(name, text.into(), about, FileMode::Private)
}

fn file(name: &str, text: String, about: &str, mode: FileMode) -> ExportedFile {
    ExportedFile {
        name: name.to_owned(),
        text: Secret::new(text),
        mode,
        about: about.to_owned(),
    }
}
