//! Opening a deployment: to change it, with its lock, or only to look at it.

use std::path::Path;

use jiff::Timestamp;

use crate::catalog::Catalog;
use crate::deployment::{
    Certificate, Folder, Home, Lock, Renewal, Secrets, check_own_pair, ensure_certificate,
    issue_certificate, read_profile,
};
use crate::diagnostic::{Diagnostic, Severity, sentence};
use crate::extension::{self, Extension};
use crate::profile::{self, Loaded, Override, Profile, Source};
use crate::stack::{self, GATEWAY, Stack, StackInput};

use super::trouble::{Kind, Trouble};

/// What the operator said on the command line.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Name of a built-in profile, or path of a file.
    pub profile: Option<String>,
    /// Name of the deployment, before the one in the profile.
    pub name: Option<String>,
    /// `--set` arguments.
    pub set: Vec<String>,
}

/// A deployment opened to be changed.
#[derive(Debug)]
pub struct Opened {
    /// Its lock; whoever holds it may change things.
    pub lock: Lock,
    /// Its secrets.
    pub secrets: Secrets,
    /// What should be.
    pub stack: Stack,
    /// Things to mention.
    pub warnings: Vec<Diagnostic>,
}

/// A deployment opened to be looked at. Nothing was written.
#[derive(Debug)]
pub struct Looked {
    /// Its secrets; made up where the deployment has none yet.
    pub secrets: Secrets,
    /// What should be.
    pub stack: Stack,
    /// Names of the secrets that were made up, and of the certificate if it was. Nobody keeps them.
    pub made_up: Vec<String>,
}

/// The embedded catalog.
pub fn catalog() -> Result<Catalog, Trouble> {
    Catalog::embedded().map_err(|error| {
        Trouble::new(
            Kind::Failed,
            Diagnostic::new("E-5020", Severity::Block, error.to_string()),
        )
    })
}

/// The profile that the operator means: the one named, or the one last applied to the deployment.
pub fn profile(home: &Home, wish: &Wish) -> Result<Loaded, Trouble> {
    let overrides = overrides(wish)?;
    let Some(named) = &wish.profile else {
        return last_applied(home, wish, &overrides);
    };
    let mut loaded = profile::load(named, &overrides)?;
    anchor_paths(&mut loaded);
    Ok(loaded)
}

/// Paths in a profile are relative to the file they stand in. The copy that is kept with the
/// deployment must mean the same files, so they are made absolute here.
fn anchor_paths(loaded: &mut Loaded) {
    let file = loaded.source.file.clone();
    let folder = file
        .parent()
        .filter(|_| file.exists())
        .unwrap_or(Path::new(""));
    let anchored = |path: &Path| {
        let path = folder.join(path);
        std::path::absolute(&path).unwrap_or(path)
    };
    for extension in &mut loaded.profile.extensions {
        extension.folder = anchored(&extension.folder);
    }
    let Some(own) = &mut loaded.profile.access.certificate else {
        return;
    };
    own.chain = anchored(&own.chain);
    own.key = anchored(&own.key);
    own.authority = own.authority.as_deref().map(anchored);
}

/// `--name` is an override like any other, so that its form is checked by the same rule.
fn overrides(wish: &Wish) -> Result<Vec<Override>, Trouble> {
    let name = wish.name.iter().map(|name| format!("name={name}"));
    let (good, bad): (Vec<_>, Vec<_>) = wish
        .set
        .iter()
        .cloned()
        .chain(name)
        .map(|argument| Override::parse(&argument))
        .partition(Result::is_ok);
    let findings: Vec<Diagnostic> = bad
        .into_iter()
        .filter_map(Result::err)
        .map(|finding| *finding)
        .collect();
    if findings.is_empty() {
        Ok(good.into_iter().filter_map(Result::ok).collect())
    } else {
        Err(Trouble::all(Kind::Input, findings))
    }
}

fn last_applied(home: &Home, wish: &Wish, overrides: &[Override]) -> Result<Loaded, Trouble> {
    let none = |message: &str, help: String| {
        Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5021", Severity::Block, message).help(help),
        )
    };
    let names = home
        .list()
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?;
    let name = match (&wish.name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => only,
        (None, []) => {
            return Err(none(
                "No profile was named.",
                "Name a profile that comes with this program (district-shared, demo) or a file of your own, as in: edfi-setup up district-shared.".to_owned(),
            ));
        }
        (None, several) => {
            return Err(none(
                "No profile was named, and there are several deployments.",
                format!(
                    "Name a profile, or one of the deployments with --name: {}.",
                    several.join(", ")
                ),
            ));
        }
    };
    let folder = folder(home, name)?;
    let text = read_profile(&folder)
        .map_err(|error| Trouble::new(Kind::Failed, error.diagnostic()))?
        .ok_or_else(|| {
            none(
                &format!("The deployment {name} has no profile yet."),
                format!(
                    "Name a profile for it, as in: edfi-setup up district-shared --name {name}."
                ),
            )
        })?;
    let file = folder.profile();
    let source = Source {
        file: file.clone(),
        text,
    };
    match profile::read(&source.text, Path::new(&file), overrides) {
        Ok(reading) => Ok(Loaded {
            profile: reading.profile,
            warnings: reading.warnings,
            source,
        }),
        Err(findings) => Err(Trouble {
            kind: Kind::Input,
            findings,
            text: source.text,
        }),
    }
}

pub(super) fn folder(home: &Home, name: &str) -> Result<Folder, Trouble> {
    home.folder(name).map_err(|error| {
        Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5010", Severity::Block, sentence(&error.to_string())),
        )
    })
}

/// Opens a deployment to change it: takes its lock, makes what secrets and certificates it lacks.
/// `command` is what other runs are told while this one holds the lock.
pub fn take(
    home: &Home,
    profile: &Profile,
    command: &str,
    now: Timestamp,
) -> Result<Opened, Trouble> {
    let folder = folder(home, &profile.name)?;
    let lock = Lock::take(&folder, command, now)
        .map_err(|error| Trouble::new(Kind::Busy, error.diagnostic()))?;
    // Everything that can be wrong with the input comes before the first thing written.
    let catalog = catalog()?;
    let own = own_certificate(profile, now)?;
    let (extensions, mut warnings) = extensions(profile)?;
    let failed = |finding: Diagnostic| Trouble::new(Kind::Failed, finding);
    let mut secrets = Secrets::ensured(&lock, &stack::secret_requests(profile))
        .map_err(|error| failed(error.diagnostic()))?;
    let certificate = match own {
        Some((certificate, notes)) => {
            warnings.extend(notes);
            certificate
        }
        None => {
            ensure_certificate(&lock, &mut secrets, &profile.access.host, GATEWAY, now)
                .map_err(|error| failed(error.diagnostic()))?
                .0
        }
    };
    let stack = build(profile, &catalog, &secrets, &certificate, &extensions)?;
    Ok(Opened {
        lock,
        secrets,
        stack,
        warnings,
    })
}

/// Opens a deployment to look at it. What it lacks is made up and kept nowhere.
pub fn look(home: &Home, profile: &Profile, now: Timestamp) -> Result<Looked, Trouble> {
    let failed = |finding: Diagnostic| Trouble::new(Kind::Failed, finding);
    let folder = folder(home, &profile.name)?;
    let catalog = catalog()?;
    let mut secrets = match Secrets::load(&folder).map_err(|error| failed(error.diagnostic()))? {
        Some(secrets) => secrets,
        None => Secrets::fresh().map_err(|error| failed(error.diagnostic()))?,
    };
    let mut made_up = secrets
        .ensure(&stack::secret_requests(profile))
        .map_err(|error| failed(error.diagnostic()))?;
    let certificate = if let Some((certificate, _)) = own_certificate(profile, now)? {
        certificate
    } else {
        let host = &profile.access.host;
        let (certificate, renewal) =
            issue_certificate(&mut secrets, folder.name(), host, GATEWAY, now)
                .map_err(|error| failed(error.diagnostic()))?;
        if renewal != Renewal::Kept {
            made_up.push("certificate".to_owned());
        }
        certificate
    };
    let (extensions, _) = extensions(profile)?;
    let stack = build(profile, &catalog, &secrets, &certificate, &extensions)?;
    Ok(Looked {
        secrets,
        stack,
        made_up,
    })
}

/// The profile's extensions, read from their folders, and what should be known about them.
fn extensions(profile: &Profile) -> Result<(Vec<Extension>, Vec<Diagnostic>), Trouble> {
    let mut found = Vec::new();
    let mut notes = Vec::new();
    let mut problems = Vec::new();
    for wanted in &profile.extensions {
        let standard = &profile.data_standard;
        match extension::read(&wanted.name, &wanted.folder, &profile.release, standard) {
            Ok((extension, more)) => {
                found.push(extension);
                notes.extend(more);
            }
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() {
        Ok((found, notes))
    } else {
        Err(Trouble::all(Kind::Input, problems))
    }
}

fn own_certificate(
    profile: &Profile,
    now: Timestamp,
) -> Result<Option<(Certificate, Vec<Diagnostic>)>, Trouble> {
    let Some(own) = &profile.access.certificate else {
        return Ok(None);
    };
    match check_own_pair(own, &profile.access.host, now) {
        Ok(checked) => Ok(Some((checked.certificate, checked.findings))),
        Err(findings) => Err(Trouble::all(Kind::Input, findings)),
    }
}

fn build(
    profile: &Profile,
    catalog: &Catalog,
    secrets: &Secrets,
    certificate: &Certificate,
    extensions: &[Extension],
) -> Result<Stack, Trouble> {
    stack::build(&StackInput {
        profile,
        catalog,
        secrets,
        adopted_secrets: &secrets.adopted_ids,
        chain_pem: &certificate.chain_pem,
        key_pem: &certificate.key_pem,
        authority_pem: certificate.authority_pem.as_deref(),
        extensions,
        certificate_until: Some(certificate.not_after.as_second()),
    })
    .map_err(|error| {
        Trouble::new(
            Kind::Input,
            Diagnostic::new("E-5022", Severity::Block, sentence(&error.to_string())),
        )
    })
}
