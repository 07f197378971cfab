//! Removing practice images: exactly those under our prefix that carry our stamp.

use std::collections::HashMap;

use bollard::Docker;
use bollard::query_parameters::{ListImagesOptionsBuilder, RemoveImageOptions};

use super::{PracticeError, STAMP_LABEL};

/// Removes the names of all practice images under a prefix; an image goes with its last name.
/// Gives the names removed. One that a container still uses stays, and that is an error.
pub async fn remove(client: &Docker, prefix: &str) -> Result<Vec<String>, PracticeError> {
    let filters = HashMap::from([("label", vec![STAMP_LABEL])]);
    let options = ListImagesOptionsBuilder::new().filters(&filters).build();
    let images = client
        .list_images(Some(options))
        .await
        .map_err(PracticeError::engine("list images"))?;
    let mut removed = Vec::new();
    for name in images.into_iter().flat_map(|image| image.repo_tags) {
        if name
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with('/'))
        {
            client
                .remove_image(&name, None::<RemoveImageOptions>, None)
                .await
                .map_err(PracticeError::engine(format!("remove the image {name}")))?;
            removed.push(name);
        }
    }
    Ok(removed)
}
