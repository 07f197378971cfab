//! A use case that runs, and its instances as programs see them.

use serde_json::{Value, json};

use crate::world::{Answer, PREFIX, Ran, World};

/// One instance: how its secrets are named, and its two addresses below `/api/`.
#[derive(Debug, Clone)]
pub struct Instance {
    pub client: String,
    pub token: String,
    pub data: String,
}

impl Instance {
    /// As release 7 has it: what chooses the instance stands before everything.
    pub fn at(client: &str, place: &str) -> Self {
        Self {
            client: client.to_owned(),
            token: format!("/api/{place}oauth/token"),
            data: format!("/api/{place}data/v3/ed-fi"),
        }
    }

    /// The same for an instance that has the name of its place.
    pub fn of(name: &str) -> Self {
        Self::at(&format!("client-{name}"), &format!("{name}/"))
    }
}

/// A school as a student information system would send it.
pub fn school(name: &str) -> Value {
    json!({
        "schoolId": 255_901_001,
        "nameOfInstitution": name,
        "educationOrganizationCategories": [{
            "educationOrganizationCategoryDescriptor": "uri://ed-fi.org/EducationOrganizationCategoryDescriptor#School"
        }],
        "gradeLevels": [{"gradeLevelDescriptor": "uri://ed-fi.org/GradeLevelDescriptor#Ninth grade"}],
    })
}

/// A deployment of a built-in profile.
pub struct Platform {
    pub world: World,
    words: Vec<String>,
}

impl Platform {
    /// Of this profile, with these changes, practice images and a port of its own.
    pub fn of(profile: &str, set: &[&str]) -> Self {
        let world = World::new();
        let mut words = vec![
            profile.to_owned(),
            format!("--name={}", world.name),
            format!("--set=access.port={}", world.port),
            format!("--set=images.registry={PREFIX}"),
        ];
        words.extend(set.iter().map(|change| format!("--set={change}")));
        Self { world, words }
    }

    /// Brings it up and gives what was said; it is verified then.
    pub fn up(&self) -> Ran {
        let words = self.words.iter().map(String::as_str);
        let all: Vec<&str> = ["up", "--yes", "--output", "json"]
            .into_iter()
            .chain(words)
            .collect();
        let ran = self.world.run(&all);
        ran.expect(0);
        assert_eq!(ran.event("ready")["verified"], true, "{ran}");
        ran
    }

    /// A token of this instance's own client, asked for at its own address.
    pub fn token(&self, of: &Instance) -> String {
        let [key, secret] =
            ["key", "secret"].map(|part| self.world.secret(&format!("{}-{part}", of.client)));
        let answer = self
            .world
            .token_at(&of.token, self.world.port, &key, &secret);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Reads or, with a body, sends data at the instance's address.
    pub fn data(&self, at: &Instance, token: &str, body: Option<&Value>) -> Answer {
        let path = format!("{}/schools", at.data);
        let bearer = format!("Bearer {token}");
        match body {
            None => self.world.get(self.world.port, &path, Some(&bearer)),
            Some(body) => self.world.send(self.world.port, &path, &bearer, body),
        }
    }
}
