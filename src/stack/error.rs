//! Why no stack can be made.

use super::template::TemplateError;

/// Why no stack can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// The catalog has no such release.
    #[error("release {release} is not in the catalog; it knows {known}")]
    UnknownRelease {
        /// What the profile says.
        release: String,
        /// What there is.
        known: String,
    },
    /// The release cannot serve this use case.
    #[error("release {release} cannot serve {use_case}; take {others}")]
    UnservedUseCase {
        /// The release.
        release: String,
        /// What the profile wants, in words.
        use_case: &'static str,
        /// Releases that can.
        others: String,
    },
    /// The release was not built for that data standard.
    #[error("release {release} does not support data standard {standard}; it supports {known}")]
    UnknownStandard {
        /// The release.
        release: String,
        /// What the profile says.
        standard: String,
        /// What there is.
        known: String,
    },
    /// `images.replace` names a service that is not part of this deployment.
    #[error(
        "images.replace names {service}, which is not a service of this deployment; its services are {known}"
    )]
    UnknownService {
        /// What the profile says.
        service: String,
        /// What there is.
        known: String,
    },
    /// The release cannot do what the profile asks for.
    #[error("ODS/API {release} {cannot}")]
    Unsupported {
        /// The release.
        release: String,
        /// What it cannot do, and what to do instead.
        cannot: &'static str,
    },
    /// A secret is missing.
    #[error("the secret {name} is missing")]
    MissingSecret {
        /// Its name.
        name: String,
    },
    /// The catalog lacks an image that this use case needs.
    #[error("release {release} has no image for {role} in the catalog")]
    MissingImage {
        /// The release.
        release: String,
        /// The role.
        role: String,
    },
    /// A catalog value that cannot be filled in.
    #[error(transparent)]
    Template(#[from] TemplateError),
}
