//! A failed step, told so that an operator can act: what, why, last words, next step.

use serde::Serialize;

use crate::engine::{EngineError, PullFault};
use crate::verify::Check;

/// Everything we know about a failed step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Stable code, as in E-4003.
    pub code: &'static str,
    /// The service, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What failed, one sentence.
    pub what: String,
    /// What that means, one sentence.
    pub meaning: String,
    /// What the last probe said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_probe: Option<String>,
    /// The container's last lines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub last_lines: Vec<String>,
    /// The one thing to do next.
    pub next_step: String,
}

impl Failure {
    /// A refusal or breakdown of the engine.
    pub(super) fn engine(error: &EngineError, service: Option<&str>) -> Self {
        let (code, meaning, next_step) = match error {
            EngineError::PortBusy { port, .. } => (
                "E-4010",
                "Another program or container on this computer uses that port.",
                format!("See who it is with: edfi-setup check. Then stop it, or choose another port with --set access.port=PORT instead of {port}."),
            ),
            EngineError::DiskFull { .. } => (
                "E-4011",
                "There is no room left where the engine keeps its data.",
                "Make room on that disk, then run the same command again; it goes on where it stopped.".to_owned(),
            ),
            EngineError::NameTaken { name, .. } => (
                "E-4012",
                "Something that this program did not make already has that name.",
                format!("Choose another deployment name with --name, or remove {name} yourself if you know that nobody needs it."),
            ),
            EngineError::Unreachable { .. } | EngineError::Broken { .. } => (
                "E-4013",
                "The container engine does not answer any more.",
                "See whether the engine runs, then run the same command again; it goes on where it stopped.".to_owned(),
            ),
            EngineError::NoRights { .. } => (
                "E-4014",
                "The engine runs, but only its owner and the group docker may use it.",
                "Run the command as a user who may, or ask for membership in the group docker (which is as powerful as root).".to_owned(),
            ),
            EngineError::Pull { reference, fault } => return Self::pull(reference, fault),
            _ => (
                "E-4019",
                "The engine would not do what the plan asks for.",
                "Run: edfi-setup check. If it finds nothing, run the same command again with --output json and show the result to somebody who knows the engine.".to_owned(),
            ),
        };
        Self {
            code,
            service: service.map(str::to_owned),
            what: error.to_string(),
            meaning: meaning.to_owned(),
            next_step,
            ..Self::default()
        }
    }

    fn pull(reference: &str, fault: &PullFault) -> Self {
        let (code, meaning, next_step) = match fault {
            PullFault::RateLimited { .. } => (
                "E-4001",
                "The registry allows only so many downloads in a while, and they are used up from your address.",
                "Wait an hour and run the same command again, or log the engine in to the registry, or set images.registry to a mirror of your own.",
            ),
            PullFault::LoginNeeded { .. } => (
                "E-4002",
                "The registry wants to know who asks, or does not let this user have the image.",
                "Log in with docker login and run the same command again, or check images.registry in the profile.",
            ),
            PullFault::NoSuchTag { .. } => (
                "E-4003",
                "The registry answered, but has no image of this name and tag.",
                "Check images.registry and images.replace in the profile; a mirror may not hold this image yet.",
            ),
            PullFault::Proxy { .. } => (
                "E-4004",
                "A proxy or filter on the way refuses the download, or shows a certificate of its own that the engine does not trust.",
                "Ask your network team to let the engine reach the registry, or to give you the proxy's certificate for the engine. The engine has proxy settings of its own; the shell's do not count.",
            ),
            PullFault::NoRoute { .. } => (
                "E-4005",
                "The engine cannot find or reach the registry at all.",
                "Check the engine's network and name service. Without any way out, practice images can be made here: edfi-setup practice build.",
            ),
            PullFault::Stalled { .. } => (
                "E-4006",
                "The download began and then stood still.",
                "Run the same command again; what has arrived is kept.",
            ),
            PullFault::Other { .. } => (
                "E-4007",
                "The engine could not get the image.",
                "Run: edfi-setup check. Then run the same command again.",
            ),
        };
        let words = match fault {
            PullFault::RateLimited { reason }
            | PullFault::LoginNeeded { reason }
            | PullFault::NoSuchTag { reason }
            | PullFault::Proxy { reason }
            | PullFault::NoRoute { reason }
            | PullFault::Other { reason } => Some(reason.clone()),
            PullFault::Stalled { .. } => None,
        };
        Self {
            code,
            what: format!("{reference}: {fault}."),
            meaning: meaning.to_owned(),
            last_probe: words,
            next_step: next_step.to_owned(),
            ..Self::default()
        }
    }

    /// A question to the platform that was not answered well.
    pub(crate) fn wrong_answer(deployment: &str, check: &Check) -> Self {
        let about = check
            .instance
            .as_ref()
            .map(|instance| format!(" ({instance})"))
            .unwrap_or_default();
        Self {
            code: "E-4040",
            service: None,
            what: format!(
                "every service runs, but the question \"{}\"{about} was not answered well",
                check.question
            ),
            meaning: check.detail.clone(),
            next_step: check
                .next_step
                .clone()
                .unwrap_or_else(|| format!("Look at: edfi-setup logs api --name {deployment}.")),
            ..Self::default()
        }
    }

    /// Looks for a known cause in a service's last lines, which tells more than its exit code.
    pub(super) fn with_known_cause(mut self, deployment: &str) -> Self {
        let text = self.last_lines.join("\n");
        for (sign, meaning, next_step) in KNOWN_CAUSES {
            if text.contains(sign) {
                (*meaning).clone_into(&mut self.meaning);
                self.next_step = next_step.replace("NAME", deployment);
                break;
            }
        }
        self
    }
}

/// Words in a log, what they mean, what to do.
const KNOWN_CAUSES: &[(&str, &str, &str)] = &[
    (
        "password authentication failed",
        "The data was made with another password than this deployment has now.",
        "Give the data the present password: edfi-setup secrets adopt --name NAME. Or put the old secrets file back.",
    ),
    (
        "could not find the database system",
        "The data folder holds no complete database: its very first start was cut off, or files in it were lost.",
        "If this deployment never held data, remove it and bring it up again: edfi-setup remove NAME. If it did, remove nothing, and restore the data from your backup.",
    ),
    (
        "database files are incompatible with server",
        "The data was made by another major version of PostgreSQL.",
        "Go back to the release that made the data, make a copy with pg_dump, and load it into the new one.",
    ),
    (
        "No space left on device",
        "There is no room left where the engine keeps its data.",
        "Make room on that disk, then run the same command again.",
    ),
    (
        "OdsConnectionStringEncryptionKey",
        "The API got no usable key for connection strings.",
        "Put the deployment's secrets file back from your backup; the key in it must be the first one.",
    ),
    (
        "Address already in use",
        "Two programs in one container want the same port.",
        "Check images.replace in the profile: the image may not be the one expected.",
    ),
    (
        "cannot load certificate",
        "The gateway cannot read the certificate or its key.",
        "Check access.certificate in the profile with: edfi-setup profile check.",
    ),
];
