//! Practice images: real PostgreSQL, nginx, PgBouncer and Redis from packages, and small
//! stand-ins for Ed-Fi's own programs, for machines where no registry can be reached.

mod build;
mod closure;
pub mod dumps;
mod elf;
mod error;
mod generation;
mod image;
mod packages;
mod recipe;
mod remove;
mod role;
mod stamp;
pub mod standin;

pub use build::{BuildEvent, BuildOptions, BuildSummary, PREFIX, Report, Wanted, build};
pub use error::PracticeError;
pub(crate) use generation::dialect_of;
pub use recipe::{DEPLOYMENT_LABEL, STAMP_LABEL};
pub use remove::{Removal, remove};
pub use role::Role;

/// Gets the first of these packages that the distribution's archive has, unpacked in the user's cache
/// and not installed, and gives the folder that stands for `/`. So a comparison with another program can
/// bring that program along.
pub async fn unpacked_package(names: &[&str]) -> Result<std::path::PathBuf, PracticeError> {
    let system = packages::System::detect()?;
    packages::fetch_unpacked(&system, &build::cache_folder()?, names).await
}
