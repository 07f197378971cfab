//! A deployment's instances as programs see them.

use serde_json::{Value, json};

use crate::practice::PREFIX;
use crate::world::World;
use crate::world::https::{Answer, ask};

/// Writes a profile with this use case and these further lines, and gives its path.
pub fn profile(world: &World, use_case: &str, more: &str) -> String {
    let path = world.home().path().join("wanted.yml");
    let text = format!(
        "version: 1\nname: {}\nuse_case: {use_case}\n{more}\n\
         images: {{registry: {PREFIX}}}\naccess: {{port: {}}}\n",
        world.name, world.port
    );
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// A school that a test sends.
pub fn school(id: u64) -> Value {
    json!({
        "schoolId": id,
        "nameOfInstitution": format!("School {id}"),
        "educationOrganizationCategories": [{
            "educationOrganizationCategoryDescriptor": "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
        }],
        "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],
    })
}

/// A program with a token for one instance.
#[derive(Debug, Clone)]
pub struct Caller {
    authority: String,
    port: u16,
    bearer: String,
}

impl Caller {
    /// The instance's own client, whose tokens are granted below this prefix, as in `2026/`.
    pub fn of(world: &World, instance: &str, prefix: &str) -> Self {
        let [key, secret] =
            ["key", "secret"].map(|part| world.secret(&format!("client-{instance}-{part}")));
        Self::with(world, prefix, &key, &secret)
    }

    /// A client with this key and secret.
    pub fn with(world: &World, prefix: &str, key: &str, secret: &str) -> Self {
        let place = format!("/api/{prefix}oauth/token");
        let answer = world.token_at(&place, world.port, key, secret);
        assert_eq!(answer.status, 200, "{place}: {answer:?}");
        Self {
            authority: world.text("ca.crt"),
            port: world.port,
            bearer: format!("Bearer {}", answer.json()["access_token"].as_str().unwrap()),
        }
    }

    /// Reads what is below this prefix.
    pub fn get(&self, prefix: &str) -> Answer {
        let path = format!("/api/{prefix}data/v3/ed-fi/schools");
        ask(&self.authority, self.port, &path, Some(&self.bearer), None)
    }

    /// Sends a school to the instance below this prefix.
    pub fn send(&self, prefix: &str, id: u64) {
        let path = format!("/api/{prefix}data/v3/ed-fi/schools");
        let text = school(id).to_string();
        let body = Some(("application/json", text.as_str()));
        let answer = ask(&self.authority, self.port, &path, Some(&self.bearer), body);
        assert_eq!(answer.status, 201, "{path}: {answer:?}");
    }

    /// The ids of the schools below this prefix.
    pub fn schools(&self, prefix: &str) -> Vec<u64> {
        let answer = self.get(prefix);
        assert_eq!(answer.status, 200, "{prefix}: {answer:?}");
        let mut ids: Vec<u64> = answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|school| school["schoolId"].as_u64().unwrap())
            .collect();
        ids.sort_unstable();
        ids
    }
}
