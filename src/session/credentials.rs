//! A key and secret for a program: from an operator's words to what is written. Pure.

use crate::deployment::{CREDENTIAL, SecretKind, SecretRequest};
use crate::diagnostic::{Diagnostic, Severity};
use crate::profile::Profile;
use crate::stack::Stack;

/// What a student information system may do, which is what most programs are.
pub const CLAIM_SET: &str = "SIS Vendor";
/// Longest name of a program, in characters: what Ed-Fi's table holds.
const APPLICATION: usize = 50;
/// Longest part of a credential's name that comes from the program's.
const WORD: usize = 40;

/// What an operator asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The instance; not needed where there is only one.
    pub instance: Option<String>,
    /// Name of the program.
    pub application: String,
    /// Claim set.
    pub claim_set: Option<String>,
    /// Education organizations; those of the instance's own client without any.
    pub organizations: Vec<u64>,
    /// Namespaces; those of the instance's own client without any.
    pub namespaces: Vec<String>,
}

/// The same with everything decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Name of the credential.
    pub name: String,
    /// Its instance.
    pub instance: String,
    /// Name of the program.
    pub application: String,
    /// Claim set.
    pub claim_set: String,
    /// Education organizations.
    pub organizations: Vec<u64>,
    /// Namespaces.
    pub namespaces: Vec<String>,
}

/// Names of the secrets that hold a credential's key and secret.
pub fn secrets(name: &str) -> [String; 2] {
    ["key", "secret"].map(|part| format!("{CREDENTIAL}{name}-{part}"))
}

/// What has to be made for a credential.
pub fn requests(name: &str) -> [SecretRequest; 2] {
    let [key, secret] = secrets(name);
    [
        SecretRequest {
            name: key,
            kind: SecretKind::ClientKey,
        },
        SecretRequest {
            name: secret,
            kind: SecretKind::Password,
        },
    ]
}

/// Decides what the wish leaves open.
pub fn decide(profile: &Profile, stack: &Stack, wish: Wish) -> Result<Decided, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let application = wish.application.trim().to_owned();
    let word = word(&application);
    if word.is_empty() || application.chars().count() > APPLICATION {
        let mut finding = Diagnostic::new(
            "E-5120",
            Severity::Block,
            format!("{application:?} cannot be the name of a program."),
        );
        finding.expected = Some(format!(
            "1 to {APPLICATION} characters with a letter or digit among them, as in \"Our SIS\""
        ));
        wrong.push(finding);
    }
    if let Some(odd) = wish
        .namespaces
        .iter()
        .find(|namespace| !namespace.starts_with("uri://") || namespace.len() > 255)
    {
        wrong.push(
            Diagnostic::new(
                "E-5120",
                Severity::Block,
                format!("{odd:?} is no namespace."),
            )
            .help("A namespace begins with uri://, as in uri://ed-fi.org."),
        );
    }
    let names: Vec<&str> = super::addition::served(stack);
    let instance = match (&wish.instance, names.as_slice()) {
        (Some(wanted), _) if names.contains(&wanted.as_str()) => Some(wanted.clone()),
        (None, [only]) => Some((*only).to_owned()),
        (wanted, _) => {
            let message = match wanted {
                Some(wanted) => format!("{} has no instance {wanted}.", profile.name),
                None if names.is_empty() => format!(
                    "{} has no instance of its own: Sandbox Admin makes its keys.",
                    profile.name
                ),
                None => format!("{} has several instances; say which one.", profile.name),
            };
            wrong.push(Diagnostic::new("E-5124", Severity::Block, message).help(
                if names.is_empty() {
                    "Open Sandbox Admin in a browser; edfi-setup status names its address."
                        .to_owned()
                } else {
                    format!("Name one with --instance: {}.", names.join(", "))
                },
            ));
            None
        }
    };
    let (Some(instance), true) = (instance, wrong.is_empty()) else {
        return Err(wrong);
    };
    let own = stack
        .databases
        .clients
        .iter()
        .find(|client| client.instance == instance);
    let organizations = if wish.organizations.is_empty() {
        own.map(|client| client.education_organizations.clone())
            .unwrap_or_default()
    } else {
        wish.organizations
    };
    let namespaces = if wish.namespaces.is_empty() {
        own.map(|client| client.namespaces.clone())
            .unwrap_or_default()
    } else {
        wish.namespaces
    };
    Ok(Decided {
        name: match names.as_slice() {
            [_] if instance == "default" => word,
            _ => format!("{word}-{instance}"),
        },
        instance,
        application,
        claim_set: wish.claim_set.unwrap_or_else(|| CLAIM_SET.to_owned()),
        organizations,
        namespaces,
    })
}

/// A name as lower-case letters, digits and single hyphens.
fn word(name: &str) -> String {
    let mut word = String::new();
    for char in name.chars().take(WORD) {
        if char.is_ascii_alphanumeric() {
            word.push(char.to_ascii_lowercase());
        } else if !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
    }
    word.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile;
    use crate::stack::example;

    fn wish(instance: Option<&str>, application: &str) -> Wish {
        Wish {
            instance: instance.map(str::to_owned),
            application: application.to_owned(),
            ..Wish::default()
        }
    }

    fn decided(name: &str, wish: Wish) -> Result<Decided, Vec<Diagnostic>> {
        let profile = profile::load(name, &[]).unwrap().profile;
        decide(&profile, &example::stack(name), wish)
    }

    #[test]
    fn what_is_left_open_is_as_for_the_instance_s_own_client() {
        let one = decided("district-shared", wish(None, " Our SIS, 2nd! ")).unwrap();
        assert_eq!(
            (one.name.as_str(), one.instance.as_str()),
            ("our-sis-2nd", "default")
        );
        assert_eq!(one.application, "Our SIS, 2nd!");
        assert_eq!(one.claim_set, "SIS Vendor");
        let district = decided("districts", wish(Some("255901"), "SIS")).unwrap();
        assert_eq!(district.name, "sis-255901");
        assert_eq!(district.organizations, [255_901]);
        assert_eq!(secrets(&district.name)[0], "credential-sis-255901-key");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let code = |name: &str, wish: Wish| decided(name, wish).unwrap_err()[0].code;
        assert_eq!(code("district-years", wish(None, "SIS")), "E-5124");
        assert_eq!(code("district-years", wish(Some("1999"), "SIS")), "E-5124");
        assert_eq!(code("demo", wish(None, "SIS")), "E-5124");
        assert_eq!(code("district-shared", wish(None, " - ")), "E-5120");
        assert_eq!(
            code("district-shared", wish(None, &"x".repeat(51))),
            "E-5120"
        );
        let odd = Wish {
            namespaces: vec!["ed-fi.org".to_owned()],
            ..wish(None, "SIS")
        };
        assert_eq!(code("district-shared", odd), "E-5120");
    }
}
