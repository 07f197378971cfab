//! The complete name of an image.

use crate::profile::Images;

/// Puts the profile's mirror in front of an image name, or takes the operator's replacement.
///
/// A mirror keeps the repository's path, as pull-through mirrors do: `edfialliance/ods-api-web-api`
/// becomes `mirror.district.example/edfialliance/ods-api-web-api`.
pub fn image_reference(service: &str, repository: &str, tag: &str, images: &Images) -> String {
    if let Some(own) = images.replace.get(service) {
        return own.clone();
    }
    match &images.registry {
        Some(registry) => format!("{}/{repository}:{tag}", registry.trim_end_matches('/')),
        None => format!("{repository}:{tag}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_goes_in_front_and_a_replacement_instead() {
        let mut images = Images::default();
        assert_eq!(
            image_reference("api", "edfialliance/a", "1.2.3", &images),
            "edfialliance/a:1.2.3"
        );
        images.registry = Some("mirror.example:5000/edfi".to_owned());
        assert_eq!(
            image_reference("api", "edfialliance/a", "1.2.3", &images),
            "mirror.example:5000/edfi/edfialliance/a:1.2.3"
        );
        images
            .replace
            .insert("api".to_owned(), "own/api:9.9.9".to_owned());
        assert_eq!(
            image_reference("api", "edfialliance/a", "1.2.3", &images),
            "own/api:9.9.9"
        );
        assert_eq!(
            image_reference("db-ods", "x/y", "1.2.3", &images),
            "mirror.example:5000/edfi/x/y:1.2.3"
        );
    }
}
