//! Which secrets a profile's stack asks for.

use crate::deployment::{SecretKind, SecretRequest};
use crate::profile::{CachePlacement, Profile, UseCase};

use super::parts::{has_admin_api, has_instances};

/// Name of the key of the Admin API's client.
pub const ADMIN_API_KEY: &str = "admin-api-key";
/// Name of its secret.
pub const ADMIN_API_SECRET: &str = "admin-api-secret";

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
    if has_admin_api(profile) {
        wanted.extend([
            ("admin-api-signing-key".to_owned(), SecretKind::Key256),
            (ADMIN_API_KEY.to_owned(), SecretKind::ClientKey),
            (ADMIN_API_SECRET.to_owned(), SecretKind::MixedPassword),
        ]);
    }
    wanted
        .into_iter()
        .map(|(name, kind)| SecretRequest { name, kind })
        .collect()
}
