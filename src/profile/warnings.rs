//! What works, but is probably not meant.

use std::net::IpAddr;

use super::codes;
use super::problems::{Problem, Problems};
use super::yaml::Node;
use super::{FirstClient, Profile, UseCase};

/// Adds warnings about a profile that is otherwise right.
pub(super) fn add(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    first_client(profile, root, problems);
    host(profile, root, problems);
}

fn first_client(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let Some(entry) = root.get("first_client") else {
        return;
    };
    // A profile that the program wrote has the group with its defaults in it.
    if profile.use_case != UseCase::Sandbox || profile.first_client == FirstClient::default() {
        return;
    }
    problems.add(
        &entry.key_place,
        Problem::warning(
            codes::UNUSED,
            "`first_client` has no effect in the use case sandbox.",
        )
        .path("first_client")
        .help("Sandbox Admin makes the keys there. Remove the group, or leave it for later."),
    );
}

fn host(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let access = &profile.access;
    let only_here = access
        .listen
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    let name = access.host.to_ascii_lowercase();
    let means_here = name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if !only_here || means_here {
        return;
    }
    let Some(entry) = root
        .get("access")
        .and_then(|access| access.value.get("host"))
    else {
        return;
    };
    problems.add(
        &entry.value.place,
        Problem::warning(
            codes::UNREACHABLE,
            format!(
                "`access.host` is {}, but only this computer can reach {}.",
                access.host, access.listen
            ),
        )
        .path("access.host")
        .found(access.host.clone())
        .help(
            "Set access.listen to 0.0.0.0 to serve every network this computer is on. Leave it \
             if another program on this computer passes requests on.",
        ),
    );
}
