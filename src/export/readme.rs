//! The page for whoever runs the exported project.

use std::fmt::Write as _;

use crate::profile::UseCase;
use crate::stack::{Instance, Stack};

use super::variables::client_variables;
use super::{ENV_FILE, VOLUMES_FILE};

/// Name of the file with the authority's certificate.
pub(super) const AUTHORITY_FILE: &str = "ca.crt";

/// Markdown. `secret` names the files that hold secrets.
pub(super) fn text(stack: &Stack, secret: &[String]) -> String {
    let name = &stack.deployment;
    let secret: Vec<String> = secret.iter().map(|name| format!("`{name}`")).collect();
    let mut text = format!(
        "# Ed-Fi platform {name}\n\n\
         ODS/API {}, data standard {}. Written by edfi-setup for Docker Compose 2.24 or newer. It does not need\n\
         edfi-setup to run.\n\n\
         **Passwords and keys** are in {}. Keep this folder to yourself, do not send it by mail, and keep a\n\
         copy of it in a safe place: without the passwords the data cannot be opened.\n",
        stack.release,
        stack.data_standard,
        secret.join(" and ")
    );
    start(&mut text);
    check(&mut text, stack);
    stop(&mut text, stack);
    limits(&mut text, stack);
    text
}

fn start(text: &mut String) {
    let _ = write!(
        text,
        "\n## Start\n\n\
         In this folder:\n\n\
         ```sh\n\
         sh {VOLUMES_FILE}            # once: makes the volumes for the data\n\
         docker compose up -d --wait\n\
         ```\n\n\
         The first start downloads the images and fills the databases, which can take several minutes. It ends by\n\
         itself when every service is healthy. The services named `prepare-…` end with `Exited (0)`: their work is done.\n"
    );
}

fn check(text: &mut String, stack: &Stack) {
    let access = &stack.access;
    let api = access.api();
    let trust = match access.authority_pem {
        Some(_) => format!("--cacert {AUTHORITY_FILE} "),
        None => String::new(),
    };
    let _ = write!(
        text,
        "\n## Check\n\n\
         ```sh\n\
         docker compose ps\n\
         docker compose logs --tail 50 api\n\
         curl {trust}{api}/\n\
         curl {trust}{api}/health\n\
         ```\n\n"
    );
    if access.authority_pem.is_some() {
        let _ = write!(
            text,
            "Browsers and programs must trust `{AUTHORITY_FILE}`, which was made for this deployment.\n\n"
        );
    }
    let _ = writeln!(text, "| what | address | sign in with |\n|---|---|---|");
    let keys = match stack.databases.clients.as_slice() {
        [] if stack.use_case == UseCase::Sandbox => {
            "`EDFI_POPULATED_KEY` and `EDFI_POPULATED_SECRET` (sample data), or `EDFI_MINIMAL_KEY` and `EDFI_MINIMAL_SECRET`".to_owned()
        }
        [only] => in_words(&client_variables(only)),
        _ => "see the instances below".to_owned(),
    };
    let _ = writeln!(text, "| API | {api}/ | {keys} |");
    if access.swagger {
        let _ = writeln!(text, "| Swagger UI | {}/ | the same |", access.base());
    }
    if access.sandbox_admin {
        let _ = writeln!(
            text,
            "| Sandbox Admin | {}/admin/ | `admin@{}` and `EDFI_ADMIN_PASSWORD` |",
            access.base(),
            access.host
        );
    }
    if let Some(address) = stack.admin_api_address() {
        let _ = writeln!(
            text,
            "| Admin API | {address}/ | the client that edfi-setup registered, see below |"
        );
    }
    if stack.databases.instances.len() > 1 {
        instances(text, stack);
    }
    let token = match stack.databases.instances.first() {
        Some(first) => &first.token_path,
        None => "oauth/token",
    };
    let _ = write!(
        text,
        "\nThe names in capitals stand in `{ENV_FILE}`. A token, which proves that key, API and databases work together:\n\n\
         ```sh\n\
         curl {trust}-u KEY:SECRET -d grant_type=client_credentials {api}/{token}\n\
         ```\n"
    );
}

/// Each instance with its addresses and keys.
fn instances(text: &mut String, stack: &Stack) {
    let databases = &stack.databases;
    let api = stack.access.api();
    let all_alike = |path: fn(&Instance) -> &String| {
        let mut paths = databases.instances.iter().map(path);
        let first = paths.next();
        paths.all(|other| Some(other) == first)
    };
    let how = if all_alike(|instance| &instance.data_path) {
        "All have the same address; the key decides which one is asked."
    } else if all_alike(|instance| &instance.token_path) {
        "Each has an address of its own. In this release every key opens all of them."
    } else {
        "Each has an address of its own, and its key is refused at the others."
    };
    let _ = write!(
        text,
        "\n**Instances.** {how}\n\n\
         | instance | data | tokens | key and secret | database |\n|---|---|---|---|---|\n"
    );
    for instance in &databases.instances {
        let Instance {
            name,
            data_path,
            token_path,
            service,
            database,
            ..
        } = instance;
        let keys: Vec<String> = databases
            .clients
            .iter()
            .filter(|client| client.instance == *name)
            .map(|client| in_words(&client_variables(client)))
            .collect();
        let _ = writeln!(
            text,
            "| {name} | {api}/{data_path} | {api}/{token_path} | {} | `{database}` in `{service}` |",
            keys.join(", ")
        );
    }
}

/// A key's and its secret's variable.
fn in_words([key, secret]: &[String; 2]) -> String {
    format!("`{key}` and `{secret}`")
}

fn stop(text: &mut String, stack: &Stack) {
    let volumes: Vec<&str> = stack.volumes.keys().map(String::as_str).collect();
    let _ = write!(
        text,
        "\n## Stop\n\n\
         ```sh\n\
         docker compose stop                  # everything stays; docker compose start goes on\n\
         docker compose down                  # removes the containers; all data stays\n\
         ```\n\n\
         Only this destroys the data, for good:\n\n\
         ```sh\n\
         docker compose down\n\
         docker volume rm {}\n\
         ```\n",
        volumes.join(" ")
    );
}

fn limits(text: &mut String, stack: &Stack) {
    let until = stack
        .certificate_until
        .and_then(|until| jiff::Timestamp::from_second(until).ok())
        .map(|until| format!(" The present one ends on {}.", until.strftime("%Y-%m-%d")))
        .unwrap_or_default();
    let admin_api = if stack.admin_api.is_some() {
        "- It does not make the Admin API's own tables and its client. Bring the deployment up once with edfi-setup:\n  \
           both then stand in the data. Key and secret: `edfi-setup secrets show admin-api-key`, and `admin-api-secret`.\n"
    } else {
        ""
    };
    let name = &stack.deployment;
    let more = match stack.databases.instances.len() {
        0 | 1 => "",
        _ => "- It adds no further instance. edfi-setup does.\n",
    };
    let _ = write!(
        text,
        "\n## What this does not do\n\n\
         - It does not check the computer first: memory, disk, ports, the clock.\n\
         - It does not renew the certificate.{until} A new one goes into `gateway/server.crt`, its key into `{ENV_FILE}`; then\n  \
           run `docker compose up -d --force-recreate gateway`.\n\
         - It makes no backups, and does not bring the databases to a newer release.\n{more}\
         - Changing a password in `{ENV_FILE}` does not change it in a database that exists.\n\
         - `docker compose config` prints every password. Do not put its output into a ticket.\n\
         {admin_api}\n\
         Where edfi-setup keeps the same passwords for {name} in its own folder, `edfi-setup up --name {name}` can take\n\
         over, and this folder can take over from it: the containers are made anew once each time, and the data stays.\n"
    );
}
