//! Removing practice images: exactly those under our prefix that carry our stamp.

use std::collections::{BTreeMap, HashMap};

use bollard::Docker;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions,
};

use super::PracticeError;
use super::STAMP_LABEL;

/// What became of the practice images under a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// Names that are gone.
    pub removed: Vec<String>,
    /// Names that stay, since a container is made of them, with the names of those containers.
    pub in_use: BTreeMap<String, Vec<String>>,
}

/// Removes the names of all practice images under a prefix; an image goes with its last name. What a
/// container is made of, running or not, stays.
pub async fn remove(client: &Docker, prefix: &str) -> Result<Removal, PracticeError> {
    let filters = HashMap::from([("label", vec![STAMP_LABEL])]);
    let options = ListImagesOptionsBuilder::new().filters(&filters).build();
    let images = client
        .list_images(Some(options))
        .await
        .map_err(PracticeError::engine("list images"))?;
    let users = users(client).await?;
    let mut removal = Removal::default();
    for image in images {
        let ours = |name: &&String| {
            name.strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        for name in image.repo_tags.iter().filter(ours) {
            if let Some(containers) = users.get(&image.id) {
                removal.in_use.insert(name.clone(), containers.clone());
                continue;
            }
            client
                .remove_image(name, None::<RemoveImageOptions>, None)
                .await
                .map_err(PracticeError::engine(format!("remove the image {name}")))?;
            removal.removed.push(name.clone());
        }
    }
    Ok(removal)
}

/// Names of the containers that are made of each image, by its id.
async fn users(client: &Docker) -> Result<HashMap<String, Vec<String>>, PracticeError> {
    let all = ListContainersOptionsBuilder::new().all(true).build();
    let containers = client
        .list_containers(Some(all))
        .await
        .map_err(PracticeError::engine("list containers"))?;
    let mut users: HashMap<String, Vec<String>> = HashMap::new();
    for container in containers {
        let name = container.names.unwrap_or_default().into_iter().next();
        let name = name.or(container.id).unwrap_or_default();
        let name = name.trim_start_matches('/').to_owned();
        users
            .entry(container.image_id.unwrap_or_default())
            .or_default()
            .push(name);
    }
    Ok(users)
}
