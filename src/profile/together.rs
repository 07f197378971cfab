//! What the parts of a profile must be to each other, once each is right by itself.

use super::problems::{Place, Problem, Problems};
use super::yaml::Node;
use super::{AdminApiPlacement, CachePlacement, Isolation, Profile, codes};

/// Adds what does not fit together.
pub(super) fn add(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    instances(profile, root, problems);
    copies(profile, root, problems);
    replicas(profile, root, problems);
    extensions(profile, root, problems);
    admin_api(profile, root, problems);
}

/// The place of the first of these fields that the file has.
fn place<'a>(root: &'a Node, paths: &[&[&str]]) -> &'a Place {
    let find = |path: &[&str]| {
        let (last, groups) = path.split_last()?;
        let mut node = root;
        for name in groups {
            node = &node.get(name)?.value;
        }
        Some(&node.get(last)?.key_place)
    };
    paths
        .iter()
        .find_map(|path| find(path))
        .unwrap_or(&root.place)
}

/// A use case that keeps things apart needs to know which.
fn instances(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let instances = &profile.instances;
    let use_case = profile.use_case;
    let lists = [
        (
            "years",
            use_case.has_years(),
            instances.years.is_empty(),
            "[2026, 2027]",
        ),
        (
            "districts",
            use_case.has_districts(),
            instances.districts.is_empty(),
            "[255901, 255902]",
        ),
        (
            "tenants",
            use_case.has_tenants(),
            instances.tenants.is_empty(),
            "[north, south]",
        ),
    ];
    for (list, needed, empty, example) in lists {
        let path = format!("instances.{list}");
        if needed && empty {
            let at = place(root, &[&["instances", list], &["instances"], &["use_case"]]);
            problems.add(
                at,
                Problem::new(
                    codes::NO_INSTANCES,
                    format!(
                        "The use case {} needs at least one entry in `{path}`.",
                        use_case.word()
                    ),
                )
                .path(&path)
                .found("none")
                .expected("one entry or more")
                .help(format!("For example:\ninstances:\n  {list}: {example}")),
            );
        } else if !needed && !empty {
            problems.add(
                place(root, &[&["instances", list], &["instances"]]),
                Problem::warning(
                    codes::UNUSED,
                    format!(
                        "`{path}` has no effect in the use case {}.",
                        use_case.word()
                    ),
                )
                .path(&path)
                .help("Remove it, or leave it for another use case later."),
            );
        }
    }
}

/// What is copied has to be one of the profile's own.
fn copies(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let names = profile.instance_names();
    for (new, from) in &profile.instances.copies {
        let at = place(
            root,
            &[&["instances", "copies", new], &["instances", "copies"]],
        );
        let path = format!("instances.copies.{new}");
        if profile.instances.isolation == Isolation::ServerPerInstance {
            problems.add(
                at,
                Problem::new(
                    codes::INSTANCE,
                    format!("`{path}` copies a database, and each has a server of its own."),
                )
                .path(&path)
                .expected("no copies, or instances.isolation: shared-server")
                .help("A database can be copied only within one server. Remove the copy."),
            );
            return;
        }
        if new == from {
            problems.add(
                at,
                Problem::new(
                    codes::INSTANCE,
                    format!("`{path}` says that {new} is a copy of itself."),
                )
                .path(&path)
                .expected("the name of another instance"),
            );
        } else if !names.contains(new) {
            problems.add(
                at,
                Problem::warning(
                    codes::UNUSED,
                    format!("`{path}` has no effect: this profile has no instance {new}."),
                )
                .path(&path)
                .help("Remove it, or add the instance."),
            );
        }
    }
}

fn replicas(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let several = profile.api.replicas > 1;
    if several && profile.cache.placement == CachePlacement::None {
        problems.add(
            place(root, &[&["cache", "placement"], &["cache"], &["api", "replicas"], &["api"]]),
            Problem::new(
                codes::NEEDS_CACHE,
                format!(
                    "{} copies of the API need a cache that they share, and `cache.placement` is none.",
                    profile.api.replicas
                ),
            )
            .path("cache.placement")
            .found("none")
            .expected("internal")
            .help(
                "Each copy would remember old things for itself, and answer differently from the others \
                 for minutes. Set cache.placement to internal, or api.replicas to 1.",
            ),
        );
    }
}

fn extensions(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let lower = |at: usize| {
        let extension = profile.extensions.get(at)?;
        Some(extension.name.to_ascii_lowercase())
    };
    for at in 0..profile.extensions.len() {
        if (0..at).any(|before| lower(before) == lower(at)) {
            let path = format!("extensions[{at}].name");
            problems.add(
                place(root, &[&["extensions"]]),
                Problem::new(
                    codes::EXTENSION,
                    format!("`{path}` is the name of another extension, too."),
                )
                .path(&path)
                .expected("a name of its own for each extension"),
            );
        }
    }
}

/// Admin API 2.2.2 to 2.3.2 bring two tenants along that nobody asked for (`Tenants` in their appsettings.json),
/// and call themselves unhealthy as long as these have no databases.
fn admin_api(profile: &Profile, root: &Node, problems: &mut Problems<'_>) {
    let wanted = profile.admin_api.placement == AdminApiPlacement::Internal;
    if wanted && profile.use_case.has_tenants() {
        problems.add(
            place(root, &[&["admin_api", "placement"], &["admin_api"]]),
            Problem::new(
                codes::NO_ADMIN_API,
                format!(
                    "The Admin API cannot serve the use case {} here, and `admin_api.placement` is internal.",
                    profile.use_case.word()
                ),
            )
            .path("admin_api.placement")
            .found("internal")
            .expected("none")
            .help(
                "The Admin API of this release knows two tenants that are not yours, and is never healthy without \
                 them. Set admin_api.placement to none: this tool makes each tenant's keys.",
            ),
        );
    }
}
