//! Stacks for tests of other rooms: those of the profiles that come with the program.

use super::{Stack, StackInput, build, secret_requests};
use crate::catalog::Catalog;
use crate::deployment::{Secret, Secrets};
use crate::profile::{self, Override};

/// The stack of a built-in profile, with made-up secrets that tell their names.
pub fn stack(profile: &str) -> Stack {
    stack_with(profile, &[])
}

/// The same with values set as on the command line.
pub fn stack_with(profile: &str, set: &[&str]) -> Stack {
    let changes: Vec<Override> = set
        .iter()
        .map(|argument| Override::parse(argument).unwrap())
        .collect();
    let profile = profile::load(profile, &changes).unwrap().profile;
    let values = secret_requests(&profile).into_iter().map(|request| {
        let value = Secret::new(format!("value of '{}\\", request.name));
        (request.name, value)
    });
    let secrets = Secrets::with_values("set", values);
    build(&StackInput {
        profile: &profile,
        catalog: &Catalog::embedded().unwrap(),
        secrets: &secrets,
        adopted_secrets: &[],
        chain_pem: "chain",
        key_pem: &Secret::new("key"),
        authority_pem: Some("authority"),
        extensions: &[],
        certificate_until: None,
    })
    .unwrap()
}
