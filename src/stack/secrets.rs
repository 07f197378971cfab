//! Which secrets a profile's stack asks for.

use crate::deployment::{SecretKind, SecretRequest};
use crate::profile::{CachePlacement, Profile, UseCase};

use super::parts::has_instances;

/// Names of the key and the secret of an instance's own client.
///
/// The one instance of a shared platform keeps the names it had before there were several.
pub fn client_secrets(profile: &Profile, instance: &str) -> [String; 2] {
    let client = if has_instances(profile) {
        format!("client-{instance}")
    } else {
        "first-client".to_owned()
    };
    [format!("{client}-key"), format!("{client}-secret")]
}

/// The secrets that this profile's stack will ask for.
pub fn secret_requests(profile: &Profile) -> Vec<SecretRequest> {
    let mut wanted = vec![
        ("postgres-password".to_owned(), SecretKind::Password),
        ("connection-string-key".to_owned(), SecretKind::Key256),
    ];
    if profile.use_case == UseCase::Sandbox {
        let sandbox = [
            ("sandbox-admin-password", SecretKind::Password),
            ("minimal-key", SecretKind::ClientKey),
            ("minimal-secret", SecretKind::Password),
            ("populated-key", SecretKind::ClientKey),
            ("populated-secret", SecretKind::Password),
        ];
        wanted.extend(sandbox.map(|(name, kind)| (name.to_owned(), kind)));
    }
    for instance in profile.instance_names() {
        let [key, secret] = client_secrets(profile, &instance);
        wanted.push((key, SecretKind::ClientKey));
        wanted.push((secret, SecretKind::Password));
    }
    if profile.cache.placement == CachePlacement::Internal {
        wanted.push(("cache-password".to_owned(), SecretKind::Password));
    }
    wanted
        .into_iter()
        .map(|(name, kind)| SecretRequest { name, kind })
        .collect()
}
