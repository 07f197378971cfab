//! What can go wrong in a rehearsal, on request.

use std::fmt;
use std::str::FromStr;

/// A scripted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The registry's rate limit is reached.
    PullRateLimit,
    /// The registry wants a login.
    PullLogin,
    /// The registry has no such image.
    PullMissing,
    /// A proxy shows a certificate of its own.
    PullProxy,
    /// The registry's name does not resolve.
    PullNoRoute,
    /// A download begins and stands still.
    PullStall,
    /// A service runs and answers badly.
    Unhealthy,
    /// A service runs and never answers.
    NeverReady,
    /// A service crashes at each start.
    CrashLoop,
    /// The kernel kills a service for lack of memory.
    OutOfMemory,
    /// Somebody takes the published port first.
    PortBusy,
    /// Somebody else's container has the name.
    NameTaken,
    /// No room on the engine's disk.
    DiskFull,
    /// The engine goes away in the midst of a run and comes back.
    EngineGone,
    /// The engine's event stream breaks again and again.
    EventsCut,
    /// The engine's disk is slow.
    SlowDisk,
    /// The data was made with another password.
    WrongPassword,
    /// The API does not know the key.
    Verify401,
    /// The gateway does not reach the API.
    Verify502,
}

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At a service; this one if none is named.
    Service(&'static str),
    /// At a service with data; this one if none is named.
    Data(&'static str),
    /// At one place only, which need not be named.
    Fixed,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 19] = [
        Self::PullRateLimit,
        Self::PullLogin,
        Self::PullMissing,
        Self::PullProxy,
        Self::PullNoRoute,
        Self::PullStall,
        Self::Unhealthy,
        Self::NeverReady,
        Self::CrashLoop,
        Self::OutOfMemory,
        Self::PortBusy,
        Self::NameTaken,
        Self::DiskFull,
        Self::EngineGone,
        Self::EventsCut,
        Self::SlowDisk,
        Self::WrongPassword,
        Self::Verify401,
        Self::Verify502,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Where it strikes.
    pub fn place(self) -> Place {
        self.entry().1
    }

    /// What happens, in one line.
    pub fn about(self) -> &'static str {
        self.entry().2
    }

    fn entry(self) -> (&'static str, Place, &'static str) {
        use Place::{Data, Fixed, Service};
        match self {
            Self::PullRateLimit => (
                "pull-429",
                Service("api"),
                "the registry's rate limit is used up",
            ),
            Self::PullLogin => (
                "pull-login",
                Service("api"),
                "the registry wants a login for an image",
            ),
            Self::PullMissing => (
                "pull-missing",
                Service("api"),
                "the registry has no such image",
            ),
            Self::PullProxy => (
                "pull-proxy",
                Service("api"),
                "a proxy on the way shows a certificate of its own",
            ),
            Self::PullNoRoute => (
                "pull-no-route",
                Service("api"),
                "the registry's name cannot be found",
            ),
            Self::PullStall => (
                "pull-stall",
                Service("api"),
                "a download begins and stands still",
            ),
            Self::Unhealthy => (
                "unhealthy",
                Service("api"),
                "a service runs, but answers with errors only",
            ),
            Self::NeverReady => (
                "never-ready",
                Service("api"),
                "a service runs, but never answers (takes minutes; use --speed)",
            ),
            Self::CrashLoop => (
                "crash-loop",
                Service("api"),
                "a service crashes each time it is started",
            ),
            Self::OutOfMemory => (
                "oom",
                Service("db-ods"),
                "a service is stopped because memory runs out",
            ),
            Self::PortBusy => (
                "port-busy",
                Fixed,
                "another program takes the gateway's port at the last moment",
            ),
            Self::NameTaken => (
                "name-taken",
                Service("api"),
                "somebody else's container has the name already",
            ),
            Self::DiskFull => (
                "disk-full",
                Service("db-ods"),
                "no room is left while an image is unpacked",
            ),
            Self::EngineGone => (
                "engine-gone",
                Service("api"),
                "the engine goes away while a service starts, and comes back",
            ),
            Self::EventsCut => (
                "events-cut",
                Fixed,
                "the engine's event stream breaks again and again; the run copes",
            ),
            Self::SlowDisk => (
                "slow-disk",
                Fixed,
                "unpacking and filling databases take eight times as long; the run waits",
            ),
            Self::WrongPassword => (
                "wrong-password",
                Data("db-admin"),
                "the data in a volume was made with another password",
            ),
            Self::Verify401 => (
                "verify-401",
                Fixed,
                "everything runs, but the API refuses the key",
            ),
            Self::Verify502 => (
                "verify-502",
                Fixed,
                "everything runs, but the gateway does not reach the API",
            ),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A fault and where it is to strike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultWish {
    /// The fault.
    pub fault: Fault,
    /// The service named for it, if one was.
    pub service: Option<String>,
}

impl FaultWish {
    /// The service at which it strikes, if it strikes at one.
    pub fn service(&self) -> Option<&str> {
        match (&self.service, self.fault.place()) {
            (Some(service), _) => Some(service),
            (None, Place::Service(usual) | Place::Data(usual)) => Some(usual),
            (None, Place::Fixed) => None,
        }
    }
}

impl From<Fault> for FaultWish {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            service: None,
        }
    }
}

impl fmt::Display for FaultWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.service() {
            Some(service) => write!(f, "{}={service}", self.fault),
            None => self.fault.fmt(f),
        }
    }
}

/// Text that names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchFault {
    /// The name is unknown.
    #[error("there is no fault named {0}; \"edfi-setup rehearse --list-faults\" shows them")]
    Unknown(String),
    /// This one strikes at one place only.
    #[error("{0} strikes at one place only; leave =… away")]
    Placed(Fault),
}

impl FromStr for FaultWish {
    type Err = NoSuchFault;

    /// Reads `NAME` or `NAME=SERVICE`.
    fn from_str(text: &str) -> Result<Self, NoSuchFault> {
        let (name, service) = text
            .split_once('=')
            .map_or((text, None), |(name, service)| (name, Some(service)));
        let fault = Fault::ALL
            .into_iter()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| NoSuchFault::Unknown(name.to_owned()))?;
        if service.is_some() && fault.place() == Place::Fixed {
            return Err(NoSuchFault::Placed(fault));
        }
        Ok(Self {
            fault,
            service: service.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_has_a_line() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(FaultWish::from(fault)));
            assert!(!fault.about().is_empty() && !fault.about().contains('\n'));
        }
        let at: FaultWish = "crash-loop=swagger".parse().unwrap();
        assert_eq!(at.service(), Some("swagger"));
        assert_eq!(at.to_string(), "crash-loop=swagger");
        assert_eq!(
            "oom".parse::<FaultWish>().unwrap().to_string(),
            "oom=db-ods"
        );
        for bad in ["", "boom", "port-busy=api", "=api"] {
            assert!(bad.parse::<FaultWish>().is_err(), "{bad}");
        }
    }
}
