//! Labels that tell ours from others, and let Compose see the deployment.

use std::collections::BTreeMap;

use crate::engine::{LABEL_DEPLOYMENT, LABEL_PRACTICE, NetworkSpec, VolumeSpec};
use crate::stack::{Service, Stack, Volume};

use super::Observation;

/// The service a container or volume belongs to.
pub const LABEL_SERVICE: &str = "io.edfi-setup.service";
/// The public name of the secrets a volume's data was made with.
pub const LABEL_SECRETS: &str = "io.edfi-setup.secrets";
/// What a container was made from; see `spec`.
pub(super) const LABEL_SPEC: &str = "io.edfi-setup.spec";
/// The data standard a volume's data was made with.
pub(super) const LABEL_STANDARD: &str = "io.edfi-setup.data-standard";
/// The release a volume's data was made with.
pub(super) const LABEL_RELEASE: &str = "io.edfi-setup.release";
/// The image a volume's data was made with.
pub(super) const LABEL_MADE_BY: &str = "io.edfi-setup.made-by";
/// Whether a volume's data was made by practice images or by real ones: their servers differ. A volume
/// that was made for an export does not say.
pub(super) const LABEL_ORIGIN: &str = "io.edfi-setup.origin";
/// Made by practice images.
pub(super) const ORIGIN_PRACTICE: &str = "practice";
/// Made by Ed-Fi's own images.
pub(super) const ORIGIN_REAL: &str = "real";
/// What a volume holds, for people.
const LABEL_HOLDS: &str = "io.edfi-setup.holds";

/// Labels of a container: our own, and those by which Compose v2 recognises its containers
/// (names from Compose's own `pkg/api/labels.go`), so that `docker compose -p NAME ps` and others work.
pub(super) fn container(
    stack: &Stack,
    service: &Service,
    spec: &str,
    hash: &str,
) -> BTreeMap<String, String> {
    // `service_started`, not `service_healthy`: Compose reads it when it starts or stops without a
    // file, and would otherwise sit out the calm health interval of every service.
    let depends_on = service
        .needs
        .iter()
        .map(|need| format!("{need}:service_started:false"))
        .collect::<Vec<_>>()
        .join(",");
    let pairs = [
        (LABEL_DEPLOYMENT, stack.deployment.as_str()),
        (LABEL_SERVICE, &service.name),
        (LABEL_SPEC, spec),
        ("com.docker.compose.project", &stack.deployment),
        ("com.docker.compose.service", &service.name),
        ("com.docker.compose.container-number", "1"),
        ("com.docker.compose.oneoff", "False"),
        ("com.docker.compose.config-hash", hash),
        ("com.docker.compose.depends_on", &depends_on),
    ];
    owned(&pairs)
}

/// The network to create.
pub fn network_spec(stack: &Stack) -> NetworkSpec {
    NetworkSpec {
        name: stack.network.clone(),
        labels: owned(&[
            (LABEL_DEPLOYMENT, stack.deployment.as_str()),
            ("com.docker.compose.project", &stack.deployment),
            ("com.docker.compose.network", "default"),
        ]),
    }
}

/// The volume of that name to create. Never with the compose project label: `docker compose down -v`
/// deletes what carries it, and this is district data.
pub fn volume_spec(stack: &Stack, found: &Observation, name: &str) -> Option<VolumeSpec> {
    let volume = stack.volumes.get(name)?;
    let mut labels = volume_labels(stack, volume);
    let origin = data_origin(stack, found, &volume.service);
    labels.insert(LABEL_ORIGIN.to_owned(), origin.to_owned());
    Some(VolumeSpec {
        name: name.to_owned(),
        labels,
    })
}

/// Labels of a volume, as far as they are known without looking at the engine.
pub fn volume_labels(stack: &Stack, volume: &Volume) -> BTreeMap<String, String> {
    let made_by = stack
        .services
        .get(&volume.service)
        .map(|service| repository(&service.image));
    owned(&[
        (LABEL_DEPLOYMENT, stack.deployment.as_str()),
        (LABEL_SERVICE, &volume.service),
        (LABEL_SECRETS, &stack.secrets_id),
        (LABEL_RELEASE, &stack.release),
        (LABEL_STANDARD, &stack.data_standard),
        (LABEL_MADE_BY, made_by.unwrap_or_default()),
        (LABEL_HOLDS, &volume.holds),
    ])
}

/// What sort of image will write a service's data. Practice images are always on the engine already,
/// since no registry has them, so their label can be seen before anything starts.
pub(super) fn data_origin(stack: &Stack, found: &Observation, service: &str) -> &'static str {
    let image = stack
        .services
        .get(service)
        .and_then(|service| found.images.get(&service.image)?.as_ref());
    match image {
        Some(image) if image.labels.contains_key(LABEL_PRACTICE) => ORIGIN_PRACTICE,
        _ => ORIGIN_REAL,
    }
}

/// The last part of an image name, without registry and tag: what the image is, wherever it came from.
pub(super) fn repository(image: &str) -> &str {
    let name = image.rsplit('/').next().unwrap_or(image);
    name.split([':', '@']).next().unwrap_or(name)
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
