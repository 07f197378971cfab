//! Where the engine is: the docker command's own rules, over plain values.
//!
//! The order is the docker command's: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the context that
//! `docker context use` has written to `config.json`, then the well-known sockets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::EngineError;

/// The settings of a process that say where its container engine is.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Variables, by name. Only [`Environment::NAMES`] are looked at.
    pub variables: BTreeMap<String, String>,
    /// Home folder of the user, which holds `.docker`.
    pub home: Option<PathBuf>,
    /// Sockets of engines that serve the whole machine, with what usually listens there.
    pub system_sockets: Vec<(PathBuf, &'static str)>,
}

impl Default for Environment {
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            home: None,
            system_sockets: vec![
                ("/var/run/docker.sock".into(), "the default socket"),
                ("/run/podman/podman.sock".into(), "the Podman socket"),
            ],
        }
    }
}

impl Environment {
    /// The variables that matter.
    pub const NAMES: [&'static str; 7] = [
        "DOCKER_HOST",
        "DOCKER_CONTEXT",
        "DOCKER_CONFIG",
        "DOCKER_TLS",
        "DOCKER_TLS_VERIFY",
        "DOCKER_CERT_PATH",
        "XDG_RUNTIME_DIR",
    ];

    /// The environment of this process. Nothing but [`Self::NAMES`] is copied.
    pub fn of_process() -> Self {
        Self {
            variables: Self::NAMES
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
                .collect(),
            home: etcetera::home_dir().ok(),
            ..Self::default()
        }
    }

    /// The same environment with one variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// A variable's value; an empty one counts as not set, as for the docker command.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Folder of the docker command's settings.
    pub(super) fn config_folder(&self) -> Option<PathBuf> {
        match self.variable("DOCKER_CONFIG") {
            Some(folder) => Some(folder.into()),
            None => Some(self.home.as_ref()?.join(".docker")),
        }
    }
}

/// One place where an engine may be, and why we look there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub address: Address,
    pub tls: Option<TlsFiles>,
    pub found_by: String,
}

/// How to get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Unix(PathBuf),
    Tcp { host: String, port: u16 },
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
        }
    }
}

/// Files for a TLS connection, in PEM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TlsFiles {
    /// Authority that signed the engine's certificate; the system's own authorities without it.
    pub authority: Option<PathBuf>,
    /// Our certificate and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whether the engine's certificate is looked at.
    pub verify: bool,
}

impl TlsFiles {
    /// Those of the three usual files that exist in a folder.
    fn in_folder(folder: &Path, verify: bool) -> Self {
        let existing = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        Self {
            authority: existing("ca.pem"),
            identity: existing("cert.pem").zip(existing("key.pem")),
            verify,
        }
    }

    fn is_empty(&self) -> bool {
        self.authority.is_none() && self.identity.is_none()
    }
}

/// Places to look for an engine, best first. Exactly one when the settings name one.
pub(super) fn places(environment: &Environment) -> Result<Vec<Place>, EngineError> {
    if let Some(host) = environment.variable("DOCKER_HOST") {
        let tls = tls_by_variables(environment)?;
        let place = place(host, tls, "DOCKER_HOST", "DOCKER_HOST".to_owned())?;
        return Ok(vec![place]);
    }
    match context_name(environment)? {
        Some((name, found_by)) => Ok(vec![context(environment, &name, found_by)?]),
        None => Ok(well_known(environment)),
    }
}

fn well_known(environment: &Environment) -> Vec<Place> {
    let mut sockets: Vec<(PathBuf, &str)> = environment.system_sockets.clone();
    let mut of_user: Vec<(PathBuf, &str)> = Vec::new();
    let runtime = environment.variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    if let Some(runtime) = &runtime {
        of_user.push((runtime.join("docker.sock"), "the rootless Docker socket"));
    }
    if let Some(home) = &environment.home {
        for (socket, name) in [
            (
                ".docker/run/docker.sock",
                "the user's Docker Desktop socket",
            ),
            (
                ".docker/desktop/docker.sock",
                "the user's Docker Desktop socket",
            ),
        ] {
            of_user.push((home.join(socket), name));
        }
    }
    if let Some(runtime) = &runtime {
        of_user.push((
            runtime.join("podman/podman.sock"),
            "the rootless Podman socket",
        ));
    }
    // The machine's first socket comes before the user's own, its others after them.
    let after_first = sockets.len().min(1);
    sockets.splice(after_first..after_first, of_user);
    sockets
        .into_iter()
        .map(|(socket, name)| Place {
            address: Address::Unix(socket),
            tls: None,
            found_by: name.to_owned(),
        })
        .collect()
}

/// The context in force and how we know it; none when it is the built-in `default`.
fn context_name(environment: &Environment) -> Result<Option<(String, String)>, EngineError> {
    #[derive(Deserialize)]
    struct Config {
        #[serde(rename = "currentContext", default)]
        current_context: String,
    }
    if let Some(name) = environment.variable("DOCKER_CONTEXT") {
        let found_by = format!("docker context \"{name}\", named by DOCKER_CONTEXT");
        return Ok((name != "default").then(|| (name.to_owned(), found_by)));
    }
    let Some(path) = environment
        .config_folder()
        .map(|folder| folder.join("config.json"))
    else {
        return Ok(None);
    };
    // No file, or another user's folder: then nobody has chosen a context here.
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(None);
    };
    let config: Config = serde_json::from_str(&text).map_err(|error| EngineError::Settings {
        what: path.display().to_string(),
        reason: format!("this is not the JSON that docker writes ({error})"),
    })?;
    let name = config.current_context;
    let found_by = format!("docker context \"{name}\", named in {}", path.display());
    Ok((!name.is_empty() && name != "default").then_some((name, found_by)))
}

/// Reads a context's description. Its folder is named by the sha256 of the context's name.
fn context(environment: &Environment, name: &str, found_by: String) -> Result<Place, EngineError> {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "Endpoints", default)]
        endpoints: BTreeMap<String, Endpoint>,
    }
    #[derive(Deserialize)]
    struct Endpoint {
        #[serde(rename = "Host", default)]
        host: String,
        #[serde(rename = "SkipTLSVerify", default)]
        skip_tls_verify: bool,
    }
    let wrong = |reason: String| EngineError::Settings {
        what: format!("docker context \"{name}\""),
        reason,
    };
    let folder = environment
        .config_folder()
        .ok_or_else(|| wrong("there is no home folder that could hold it".to_owned()))?
        .join("contexts");
    let id = hex(&Sha256::digest(name.as_bytes()));
    let path = folder.join("meta").join(&id).join("meta.json");
    let text = std::fs::read_to_string(&path).map_err(|error| {
        wrong(format!(
            "{} could not be read ({error}); `docker context ls` lists the contexts there are",
            path.display()
        ))
    })?;
    let meta: Meta = serde_json::from_str(&text)
        .map_err(|error| wrong(format!("{} makes no sense ({error})", path.display())))?;
    let endpoint = meta
        .endpoints
        .get("docker")
        .filter(|endpoint| !endpoint.host.is_empty())
        .ok_or_else(|| wrong("it does not say where its engine is".to_owned()))?;
    let files = TlsFiles::in_folder(
        &folder.join("tls").join(&id).join("docker"),
        !endpoint.skip_tls_verify,
    );
    let tls = (!files.is_empty() || endpoint.skip_tls_verify).then_some(files);
    place(
        &endpoint.host,
        tls,
        &format!("docker context \"{name}\""),
        found_by,
    )
}

fn tls_by_variables(environment: &Environment) -> Result<Option<TlsFiles>, EngineError> {
    let verify = environment.variable("DOCKER_TLS_VERIFY").is_some();
    if !verify && environment.variable("DOCKER_TLS").is_none() {
        return Ok(None);
    }
    let folder = environment
        .variable("DOCKER_CERT_PATH")
        .map(PathBuf::from)
        .or_else(|| environment.config_folder())
        .ok_or_else(|| EngineError::Settings {
            what: "DOCKER_TLS_VERIFY".to_owned(),
            reason: "it asks for TLS, but DOCKER_CERT_PATH does not say where the certificates are"
                .to_owned(),
        })?;
    Ok(Some(TlsFiles::in_folder(&folder, verify)))
}

/// Understands an address such as `unix:///var/run/docker.sock` or `tcp://10.0.0.5:2376`.
fn place(
    host: &str,
    tls: Option<TlsFiles>,
    what: &str,
    found_by: String,
) -> Result<Place, EngineError> {
    let wrong = |reason: String| EngineError::Settings {
        what: what.to_owned(),
        reason,
    };
    let Some((scheme, rest)) = host.split_once("://") else {
        return Err(wrong(format!(
            "\"{host}\" is no address; it should begin with unix:// or tcp://"
        )));
    };
    let (address, tls) = match scheme {
        "unix" => (Address::Unix(rest.into()), None),
        "tcp" | "http" => {
            let port = if tls.is_some() { 2376 } else { 2375 };
            (tcp(rest, port).map_err(wrong)?, tls)
        }
        "https" => {
            let tls = tls.unwrap_or(TlsFiles {
                verify: true,
                ..TlsFiles::default()
            });
            (tcp(rest, 2376).map_err(wrong)?, Some(tls))
        }
        "ssh" => {
            return Err(wrong(format!(
                "\"{host}\" is an engine behind SSH, which edfi-setup cannot reach yet. Run edfi-setup on \
                 that computer itself, or forward its socket (ssh -L /tmp/engine.sock:/var/run/docker.sock) \
                 and set DOCKER_HOST=unix:///tmp/engine.sock"
            )));
        }
        other => {
            return Err(wrong(format!(
                "\"{host}\" begins with {other}://; only unix://, tcp:// and http:// are understood"
            )));
        }
    };
    Ok(Place {
        address,
        tls,
        found_by,
    })
}

fn tcp(rest: &str, default_port: u16) -> Result<Address, String> {
    let rest = rest.trim_end_matches('/');
    if rest.contains('/') {
        return Err(format!(
            "\"{rest}\" has a path behind the port, which is not supported"
        ));
    }
    let not_a_port = |text: &str| format!("\"{text}\" is not a port number");
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    Ok(Address::Tcp {
        host: if host.is_empty() { "127.0.0.1" } else { host }.to_owned(),
        port: match port {
            Some(port) => port.parse().map_err(|_| not_a_port(port))?,
            None => default_port,
        },
    })
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
