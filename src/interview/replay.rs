//! The command that does without questions what the answers say.

use crate::profile::{self, Profile, UseCase};
use crate::words::shell_word;

/// Arguments of `edfi-setup up` that lead to this profile: the profile of its use case that comes
/// with the program, and what is different.
pub fn replay(profile: &Profile) -> Vec<String> {
    let name = match profile.use_case {
        UseCase::Sandbox => "demo",
        other => other.word(),
    };
    let mut arguments = vec!["up".to_owned(), name.to_owned()];
    // The profiles that come with the program can be read; a test sees to it.
    if let Ok(loaded) = profile::load(name, &[]) {
        for change in profile::differences(&loaded.profile, profile) {
            arguments.push("--set".to_owned());
            arguments.push(change);
        }
    }
    arguments
}

/// The same as one line for a shell.
pub fn command(profile: &Profile) -> String {
    let words: Vec<String> = std::iter::once("edfi-setup".to_owned())
        .chain(replay(profile))
        .map(|word| shell_word(&word))
        .collect();
    words.join(" ")
}

/// The profile an interview begins with: what must be there, everything else as usual.
pub fn starting_profile() -> Profile {
    let usual = |field| profile::usual(field).unwrap_or_default();
    Profile {
        version: 1,
        name: "district".to_owned(),
        use_case: UseCase::DistrictShared,
        release: usual("release"),
        data_standard: usual("data_standard"),
        instances: profile::Instances::default(),
        api: profile::Api::default(),
        cache: profile::Cache::default(),
        admin_api: profile::AdminApi::default(),
        extensions: Vec::new(),
        postgres: profile::Postgres::default(),
        access: profile::Access::default(),
        swagger_ui: false,
        first_client: profile::FirstClient::default(),
        images: profile::Images::default(),
        logging: profile::Logging::default(),
    }
}
