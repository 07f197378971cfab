//! Makes the practice images that are not there yet, and leaves the others alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::errors::Error as EngineFault;
use bollard::query_parameters::{
    ImportImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions,
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::elf::Program;
use super::error::off_runtime;
use super::image::{self, Image};
use super::packages::{self, Packages, System, Tree};
use super::recipe::{self, Base, Top};
use super::{PracticeError, Role};

/// What stands before the official names of practice images, as a registry would.
pub const PREFIX: &str = "localhost/edfi-practice";

/// Names another folder for downloaded packages.
const CACHE_VARIABLE: &str = "EDFI_SETUP_CACHE";

/// Handing over an image may keep a slow disk busy for minutes before the engine says a word.
const LOAD_TIMEOUT: Duration = Duration::from_mins(15);

/// Untagged practice images that are younger may be somebody's who is just making them.
const ABANDONED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// A practice image that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it stands for.
    pub role: Role,
    /// Name and tag without the prefix, as in `edfialliance/ods-api-web-api:7.3.2`.
    pub reference: String,
    /// The release it plays, as in `7.3.2`.
    pub release: String,
    /// The data standard it plays, as in `6.1.0`.
    pub data_standard: String,
}

/// How practice images are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildOptions {
    /// Stands before every name, without a slash at its end. [`PREFIX`] unless somebody wants their own.
    pub prefix: String,
    /// How long the stand-ins take until they answer; the real programs take tens of seconds.
    pub start_delay: Duration,
    /// The `edfi-setup` program that goes into the stand-ins' images.
    pub executable: PathBuf,
}

/// What happens while images are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEvent {
    /// The image is what the recipe would make.
    UpToDate {
        /// Full name.
        reference: String,
    },
    /// The package archive's index is being read.
    ReadingIndex,
    /// Packages are being fetched.
    Fetching {
        /// How many.
        packages: usize,
        /// Bytes in all.
        bytes: u64,
    },
    /// Packages are being unpacked.
    Unpacking {
        /// How many.
        packages: usize,
    },
    /// The image is on the engine.
    Built {
        /// Full name.
        reference: String,
    },
    /// An image that the new one replaced is gone from the engine.
    Removed {
        /// Its id.
        id: String,
    },
}

/// Hears what happens.
pub type Report<'a> = &'a (dyn Fn(BuildEvent) + Send + Sync);

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildSummary {
    /// Full names of the images that were made.
    pub built: Vec<String>,
    /// Full names of those that were fine already.
    pub up_to_date: Vec<String>,
    /// Ids of replaced images that were removed.
    pub removed: Vec<String>,
    /// Wall time.
    pub took: Duration,
}

/// An image on its way.
#[derive(Debug)]
struct Job {
    reference: String,
    base: Base,
    top: Top,
    stamp: String,
    /// Id of ours that has the name now.
    previous: Option<String>,
}

/// Makes all wanted images that the engine does not have, or has from another recipe.
/// With nothing to do it asks the engine once for each image and touches neither disk nor network.
pub async fn build(
    client: &Docker,
    wanted: &[Wanted],
    options: &BuildOptions,
    report: Report<'_>,
) -> Result<BuildSummary, PracticeError> {
    let started = Instant::now();
    let mut summary = BuildSummary::default();
    let system = System::detect()?;
    let executable = options.executable.clone();
    let program = off_runtime(move || mark_of(&executable)).await?;
    let stamp = recipe::stamp_of_all(system.suite());
    let asked = wanted.iter().map(|wanted| {
        let top = recipe::top(wanted, options.start_delay, &program, stamp.clone());
        let reference = format!("{}/{}", options.prefix, wanted.reference);
        job(client, wanted.role, reference, top)
    });
    let mut groups: BTreeMap<Base, Vec<Job>> = BTreeMap::new();
    for (job, up_to_date) in future::try_join_all(asked).await? {
        if up_to_date {
            report(BuildEvent::UpToDate {
                reference: job.reference.clone(),
            });
            summary.up_to_date.push(job.reference);
        } else {
            groups.entry(job.base).or_default().push(job);
        }
    }
    if !groups.is_empty() {
        check_processor(client).await?;
        let packages = packages::fetch(&system, &cache_folder()?, report).await?;
        let previous: Vec<_> = groups
            .values()
            .flatten()
            .filter_map(|job| job.previous.clone())
            .collect();
        summary.built = make_all(client, groups, &packages, options, report).await?;
        summary.removed = remove_replaced(client, previous, report).await?;
    }
    summary.took = started.elapsed();
    Ok(summary)
}

/// Looks at what has the name now.
async fn job(
    client: &Docker,
    role: Role,
    reference: String,
    top: Top,
) -> Result<(Job, bool), PracticeError> {
    let stamp = top.stamp.clone().finish();
    let found = inspect(client, &reference).await?;
    let up_to_date = found.as_ref().is_some_and(|found| found.stamp == stamp);
    let job = Job {
        base: Base::of(role),
        top,
        stamp,
        previous: found.map(|found| found.id),
        reference,
    };
    Ok((job, up_to_date))
}

/// A practice image on the engine.
#[derive(Debug)]
struct Found {
    id: String,
    stamp: String,
    has_name: bool,
}

/// The practice image of that name or id; nothing if there is none or it is not one of ours.
async fn inspect(client: &Docker, name: &str) -> Result<Option<Found>, PracticeError> {
    let image = match client.inspect_image(name).await {
        Ok(image) => image,
        Err(EngineFault::DockerResponseServerError {
            status_code: 404, ..
        }) => return Ok(None),
        Err(error) => {
            return Err(PracticeError::engine(format!("look at image {name}"))(
                error,
            ));
        }
    };
    let labels = image.config.and_then(|config| config.labels);
    let stamp = labels.and_then(|mut labels| labels.remove(recipe::STAMP_LABEL));
    Ok(image.id.zip(stamp).map(|(id, stamp)| Found {
        id,
        stamp,
        has_name: image.repo_tags.is_some_and(|tags| !tags.is_empty()),
    }))
}

/// What changes whenever the program does: the linker's sum, or else one of our own.
fn mark_of(executable: &Path) -> Result<Vec<u8>, PracticeError> {
    if let Some(build_id) = Program::read(executable)?.build_id {
        return Ok(build_id);
    }
    let failed = || PracticeError::file("read", executable);
    let mut file = File::open(executable).map_err(failed())?;
    let mut sum = Sha256::new();
    let mut bytes = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut bytes).map_err(failed())?;
        if length == 0 {
            return Ok(sum.finalize().to_vec());
        }
        sum.update(bytes.get(..length).unwrap_or_default());
    }
}

async fn check_processor(client: &Docker) -> Result<(), PracticeError> {
    let version = client
        .version()
        .await
        .map_err(PracticeError::engine("tell its version"))?;
    let here = image::processor();
    match version.arch {
        Some(engine) if engine != here => Err(PracticeError::OtherProcessor { engine, here }),
        _ => Ok(()),
    }
}

/// Where downloaded packages are kept.
pub(super) fn cache_folder() -> Result<PathBuf, PracticeError> {
    use etcetera::BaseStrategy;
    if let Some(folder) = std::env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    etcetera::choose_base_strategy()
        .map(|strategy| strategy.cache_dir().join("edfi-setup"))
        .map_err(|error| PracticeError::File {
            operation: "find",
            path: PathBuf::from("the home folder"),
            source: std::io::Error::other(error),
        })
}

async fn make_all(
    client: &Docker,
    mut groups: BTreeMap<Base, Vec<Job>>,
    packages: &Packages,
    options: &BuildOptions,
    report: Report<'_>,
) -> Result<Vec<String>, PracticeError> {
    // The stand-ins need one package only and go ahead while the others are unpacked.
    let stand_ins = groups.remove(&Base::StandIn);
    let stand_ins = async {
        let Some(jobs) = stand_ins else {
            return Ok(Vec::new());
        };
        let tree = Arc::new(packages::unpack(&[packages.file("busybox-static")?]).await?);
        make(client, Base::StandIn, jobs, tree, options, report).await
    };
    let others = async {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let files = packages.files()?;
        report(BuildEvent::Unpacking {
            packages: files.len(),
        });
        let tree = Arc::new(packages::unpack(&files).await?);
        let at_a_time = std::thread::available_parallelism().map_or(2, usize::from);
        futures_util::stream::iter(groups)
            .map(|(base, jobs)| make(client, base, jobs, Arc::clone(&tree), options, report))
            .buffer_unordered(at_a_time)
            .try_concat()
            .await
    };
    let (mut built, others) = future::try_join(others, stand_ins).await?;
    built.extend(others);
    built.sort();
    Ok(built)
}

/// Makes all images of one base and hands them to the engine at once.
async fn make(
    client: &Docker,
    base: Base,
    jobs: Vec<Job>,
    tree: Arc<Tree>,
    options: &BuildOptions,
    report: Report<'_>,
) -> Result<Vec<String>, PracticeError> {
    let stamps: Vec<_> = jobs
        .iter()
        .map(|job| (job.reference.clone(), job.stamp.clone()))
        .collect();
    let images: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let mut config = job.top.config;
            config.labels = recipe::labels(&job.stamp);
            Image {
                reference: job.reference,
                top: job.top.layer,
                config,
            }
        })
        .collect();
    let executable = options.executable.clone();
    let archive = off_runtime(move || {
        let archive = tempfile::NamedTempFile::new()
            .map_err(PracticeError::file("create", std::env::temp_dir()))?;
        let layer = base.layer(&tree, &executable)?;
        image::write(archive.path(), &layer, &images, Timestamp::now())?;
        Ok(archive)
    })
    .await?;
    load(client, archive.path()).await?;
    let mut built = Vec::new();
    for (reference, stamp) in stamps {
        // The engine's answer to a load is meant for people; the image itself tells.
        if inspect(client, &reference)
            .await?
            .is_none_or(|found| found.stamp != stamp)
        {
            return Err(PracticeError::Engine {
                operation: format!("keep image {reference}"),
                reason: "it is not there after it was handed over".to_owned(),
            });
        }
        report(BuildEvent::Built {
            reference: reference.clone(),
        });
        built.push(reference);
    }
    Ok(built)
}

async fn load(client: &Docker, archive: &Path) -> Result<(), PracticeError> {
    use tokio::io::AsyncReadExt;
    let file = tokio::fs::File::open(archive)
        .await
        .map_err(PracticeError::file("open", archive))?;
    let body = futures_util::stream::try_unfold(file, |mut file| async move {
        let mut bytes = bytes::BytesMut::with_capacity(1 << 18);
        let length = file.read_buf(&mut bytes).await?;
        Ok::<_, std::io::Error>((length > 0).then(|| (Bytes::from(bytes), file)))
    });
    let client = client.clone().with_timeout(LOAD_TIMEOUT);
    let options = ImportImageOptionsBuilder::new().quiet(true).build();
    client
        .import_image(options, bollard::body_try_stream(body), None)
        .try_for_each(|_| future::ready(Ok(())))
        .await
        .map_err(PracticeError::engine("take over the images"))
}

/// Removes images of ours that lost their name: those replaced just now, and those that could not be
/// removed some other time because a container still used them. Whatever is in use stays.
async fn remove_replaced(
    client: &Docker,
    mut candidates: Vec<String>,
    report: Report<'_>,
) -> Result<Vec<String>, PracticeError> {
    candidates.extend(abandoned(client).await?);
    let mut removed = Vec::new();
    for id in candidates {
        let nameless = inspect(client, &id)
            .await?
            .is_some_and(|found| !found.has_name);
        if !nameless {
            continue;
        }
        match client
            .remove_image(&id, None::<RemoveImageOptions>, None)
            .await
        {
            Ok(_) => {
                report(BuildEvent::Removed { id: id.clone() });
                removed.push(id);
            }
            // In use by a container, or gone meanwhile.
            Err(EngineFault::DockerResponseServerError {
                status_code: 404 | 409,
                ..
            }) => {}
            Err(error) => {
                return Err(PracticeError::engine(format!("remove image {id}"))(error));
            }
        }
    }
    Ok(removed)
}

async fn abandoned(client: &Docker) -> Result<Vec<String>, PracticeError> {
    let ours = format!("{}=practice", recipe::DEPLOYMENT_LABEL);
    let filters = std::collections::HashMap::from([
        ("dangling", vec!["true"]),
        ("label", vec![ours.as_str(), recipe::STAMP_LABEL]),
    ]);
    let options = ListImagesOptionsBuilder::new().filters(&filters).build();
    let oldest = Timestamp::now() - ABANDONED_AFTER;
    Ok(client
        .list_images(Some(options))
        .await
        .map_err(PracticeError::engine("list images"))?
        .into_iter()
        .filter(|image| image.created < oldest.as_second())
        .map(|image| image.id)
        .collect())
}
