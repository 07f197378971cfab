//! Looking things up beside a question: a face asks while the operator goes on answering. What
//! comes out is a finding to tell; nothing waits for it.

use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::checks::{self, Finding, Needs, WantedPort};
use crate::deployment::Home;
use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Engine, EngineError};
use crate::interview::Check;
use crate::profile::Profile;

use super::open::look;

/// Time for the network to say whether it knows a name.
const NAME_ANSWER: Duration = Duration::from_secs(5);

/// Looks one thing up for the profile as it is so far. Without an engine, what only it could
/// answer is left out. `obtainable` is as for [`checks::gather()`].
pub async fn look_up<E, P, F>(
    check: Check,
    profile: &Profile,
    home: &Home,
    engine: Option<&E>,
    now: Timestamp,
    obtainable: P,
) -> Vec<Finding>
where
    E: Engine,
    P: Fn(String) -> F + Sync,
    F: Future<Output = Result<(), EngineError>> + Send,
{
    match check {
        Check::NameTaken => vec![name_taken(&profile.name, home, engine).await],
        Check::HostResolves => host_resolves(&profile.access.host)
            .await
            .into_iter()
            .collect(),
        Check::PortFree => {
            let port = profile.access.listen.parse().map(|address| WantedPort {
                address,
                port: profile.access.port,
            });
            let needs = Needs {
                deployment: profile.name.clone(),
                ports: port.into_iter().collect(),
                ..Needs::default()
            };
            judged(engine, &needs, obtainable, "C-3").await
        }
        Check::ImagesObtainable => {
            let Ok(looked) = look(home, profile, now) else {
                return Vec::new();
            };
            let mut images = looked.stack.images();
            // The first one speaks for the registry they all come from.
            images.truncate(1);
            let needs = Needs {
                images,
                ..Needs::default()
            };
            judged(engine, &needs, obtainable, "C-4").await
        }
    }
}

/// The findings whose code begins so.
async fn judged<E, P, F>(
    engine: Option<&E>,
    needs: &Needs,
    obtainable: P,
    codes: &str,
) -> Vec<Finding>
where
    E: Engine,
    P: Fn(String) -> F + Sync,
    F: Future<Output = Result<(), EngineError>> + Send,
{
    let Some(engine) = engine else {
        return Vec::new();
    };
    let facts = checks::gather(Ok(engine), needs, obtainable).await;
    let mut findings = checks::judge(&facts, needs);
    findings.retain(|finding| finding.diagnostic.code.starts_with(codes));
    findings
}

async fn name_taken<E: Engine>(name: &str, home: &Home, engine: Option<&E>) -> Finding {
    let here = home
        .list()
        .is_ok_and(|names| names.iter().any(|own| own == name));
    let there = match engine {
        Some(engine) => engine
            .deployments()
            .await
            .is_ok_and(|names| names.iter().any(|other| other == name)),
        None => false,
    };
    let subject = "name".to_owned();
    if !here && !there {
        return Finding {
            subject,
            good: true,
            diagnostic: Diagnostic::new(
                "C-5000",
                Severity::Note,
                format!("The name {name} is free."),
            ),
        };
    }
    let help = if here {
        "Starting would change that deployment to these answers; its data stays. Choose another name to make a new one."
    } else {
        "Its folder is not here, so it was probably made by another user of this computer. Choose another name."
    };
    Finding {
        subject,
        good: false,
        diagnostic: Diagnostic::new(
            "C-5001",
            Severity::Warn,
            format!("There is a deployment named {name} already."),
        )
        .help(help),
    }
}

/// Nothing for an address: there is no name to know.
async fn host_resolves(host: &str) -> Option<Finding> {
    if host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let answer = tokio::time::timeout(NAME_ANSWER, tokio::net::lookup_host((host, 443))).await;
    let first = match answer {
        Ok(Ok(mut addresses)) => addresses.next(),
        Ok(Err(_)) | Err(_) => None,
    };
    let subject = "host name".to_owned();
    Some(match first {
        Some(address) => Finding {
            subject,
            good: true,
            diagnostic: Diagnostic::new(
                "C-5100",
                Severity::Note,
                format!("The network knows {host} as {}.", address.ip()),
            ),
        },
        None => Finding {
            subject,
            good: false,
            diagnostic: Diagnostic::new(
                "C-5101",
                Severity::Warn,
                format!("The network does not know {host}."),
            )
            .help(
                "Ask whoever looks after your network to enter the name (in the DNS). Until then nobody finds this \
                 computer by it; everything else can go on.",
            ),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_looked_up() {
        let here = host_resolves("localhost").await.unwrap();
        assert!(here.good, "{here:?}");
        // Reserved for names that never exist (RFC 6761).
        let nowhere = host_resolves("no-such-host.invalid").await.unwrap();
        assert!(!nowhere.good && !nowhere.blocks(), "{nowhere:?}");
        assert_eq!(host_resolves("10.0.0.1").await, None);
    }

    #[tokio::test]
    async fn a_folder_takes_its_name() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::at(place.path());
        home.folder("mine").unwrap().make().unwrap();
        let engine = None::<&crate::engine::docker::DockerEngine>;
        let taken = name_taken("mine", &home, engine).await;
        assert!(!taken.good && !taken.blocks());
        assert!(name_taken("yours", &home, engine).await.good);
    }
}
