//! The samples under `docs/samples/` are what the built-in profiles export.
//! `UPDATE_EXPECTED=1 cargo test --test export` writes them anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use edfi_setup::export;

use crate::world::{files, profiles, stack_of_files};

const ADVICE: &str = "UPDATE_EXPECTED=1 cargo test --test export; then look at what it made";

/// In the place of certificates and of the key. None looks like a real one, to people and to scanners.
const PAIR: [&str; 3] = [
    "placeholder: here stands the server's certificate, PEM\n",
    "placeholder: here stands the server's private key, PEM\n",
    "placeholder: here stands the certificate of the authority to trust, PEM\n",
];

pub fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Whether what is expected is to be written instead of compared.
pub fn updates() -> bool {
    std::env::var_os("UPDATE_EXPECTED").is_some()
}

/// Every file of every sample, by its path below `docs/samples`.
fn samples() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut list = String::new();
    for name in profiles() {
        let value = |secret: &str| format!("placeholder-{secret}");
        let stack = stack_of_files(name, &[], value, &PAIR);
        let exported = export::compose(&stack);
        for file in exported.files {
            let path = format!("{name}/{}", file.name);
            found.insert(path, file.text.expose().to_owned());
        }
        for program in exported.programs {
            let path = format!("{name}/{}", program.name);
            let text = String::from_utf8(program.bytes.to_vec());
            found.insert(path, text.unwrap());
        }
        writeln!(list, "- [{name}]({name}/README.md)").unwrap();
    }
    let page = format!(
        "# Samples of exported projects\n\n\
         What `edfi-setup export compose PROFILE --to DIR` writes for each built-in profile, to look at and to compare\n\
         with. Which one fits whom: [use cases](../use-cases.md).\n\n\
         **These are not for use.** Every password, key and certificate in here is a placeholder and says so. The command\n\
         makes real ones.\n\n\
         {list}\n\
         This folder is made by a test, so it is always current: {ADVICE}.\n"
    );
    found.insert("README.md".to_owned(), page);
    found
}

#[test]
fn the_samples_are_current() {
    let folder = docs().join("samples");
    let wanted = samples();
    if updates() {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        for (name, text) in &wanted {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    assert!(folder.exists(), "there are no samples: {ADVICE}");
    let found: BTreeMap<String, String> = files(&folder)
        .into_iter()
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect();
    let names = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&wanted), "{ADVICE}");
    for (name, text) in &wanted {
        assert!(
            found[name] == *text,
            "docs/samples/{name} is not current: {ADVICE}"
        );
    }
}

/// Real images, and nothing that anybody could take for a secret.
#[test]
fn samples_name_real_images_and_no_secrets() {
    for (name, text) in samples() {
        assert!(!text.contains("practice"), "{name}");
        assert!(!text.contains("PRIVATE KEY-----"), "{name}");
        if name.ends_with("/.env") {
            for (variable, value) in crate::world::variables(&text) {
                assert!(value.contains("placeholder"), "{variable} in {name}");
            }
        }
        if name.ends_with("/compose.yaml") {
            let compose: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
            for (service, own) in compose["services"].as_mapping().unwrap() {
                let image = own["image"].as_str().unwrap();
                let (repository, tag) = image.rsplit_once(':').unwrap();
                assert!(
                    repository.contains('/') || repository == "redis",
                    "{service:?}: {image}"
                );
                let number = tag.trim_start_matches('v').split('.').next().unwrap();
                assert!(number.parse::<u32>().is_ok(), "{image}");
            }
        }
    }
}
