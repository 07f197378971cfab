//! What holds for all that the built-in profiles export. Their whole text is compared with the samples.

use edfi_setup::deployment::Secret;
use edfi_setup::export::{self, Exported, FileMode};
use edfi_setup::stack::Stack;

use crate::world::{KEY, profiles, stack_with, variables};

fn stack_of(name: &str, set: &[&str]) -> Stack {
    stack_with(name, set, |secret| format!("value-of-{secret}"))
}

fn text_of<'a>(exported: &'a Exported, name: &str) -> &'a str {
    let file = exported.files.iter().find(|file| file.name == name);
    file.unwrap_or_else(|| panic!("no file {name}"))
        .text
        .expose()
}

#[test]
fn the_compose_text_alone_is_the_same() {
    for name in profiles() {
        let stack = stack_of(name, &[]);
        let exported = export::compose(&stack);
        let compose = &exported.files[0];
        assert_eq!(compose.name, export::COMPOSE_FILE);
        assert_eq!(compose.text.expose(), export::compose_text(&stack));
    }
}

#[test]
fn secrets_stand_in_private_files_only() {
    for name in profiles() {
        let exported = export::compose(&stack_of(name, &["swagger_ui=true"]));
        for file in &exported.files {
            let text = file.text.expose();
            let secret = text.contains("value-of-") || text.contains(KEY.lines().nth(1).unwrap());
            assert_eq!(secret, file.mode == FileMode::Private, "{}", file.name);
        }
    }
}

/// The page for people speaks of no variable and no file that is not there.
#[test]
fn the_page_names_only_what_there_is() {
    for name in profiles() {
        let exported = export::compose(&stack_of(name, &[]));
        let text = |name: &str| text_of(&exported, name);
        let known = variables(text(export::ENV_FILE));
        let readme = text("README.md");
        let quoted: Vec<&str> = readme.split('`').skip(1).step_by(2).collect();
        let mut named = 0;
        for word in quoted {
            if word.starts_with("EDFI_") {
                assert!(known.contains_key(word), "{word} in {name}");
                named += 1;
            }
            if word.starts_with("gateway/") || word == "ca.crt" {
                text(word);
            }
        }
        assert!(named >= 2, "{named} in {name}");
    }
}

/// Whoever has the folder finds every instance, its addresses and its keys.
#[test]
fn every_instance_is_told_with_its_addresses_and_keys() {
    let sets: [&[&str]; 3] = [
        &[],
        &["instances.chosen_by=key"],
        &["instances.isolation=server-per-instance"],
    ];
    // Release 6 has no such choices.
    let can = |(name, set): &(&str, &[&str])| set.is_empty() || !name.starts_with("legacy");
    let all = profiles().flat_map(|name| sets.map(|set| (name, set)));
    for (name, set) in all.filter(can) {
        let stack = stack_of(name, set);
        let exported = export::compose(&stack);
        let known = variables(text_of(&exported, export::ENV_FILE));
        let readme = text_of(&exported, "README.md");
        let databases = &stack.databases;
        for client in &databases.clients {
            for value in [&client.key, &client.secret] {
                let (variable, _) = known
                    .iter()
                    .find(|(_, own)| own.as_str() == value.expose())
                    .unwrap_or_else(|| panic!("no variable for {} in {name}", client.name));
                assert!(readme.contains(&format!("`{variable}`")), "{variable}");
            }
        }
        for instance in databases.instances.iter().skip(1) {
            for path in [&instance.data_path, &instance.token_path] {
                let address = format!("{}/{path} |", stack.access.api());
                assert!(readme.contains(&address), "{address} in {name}");
            }
        }
        let by_key = readme.contains("the key decides");
        let several = databases.instances.len() > 1;
        assert_eq!(
            by_key,
            several
                && databases
                    .instances
                    .iter()
                    .all(|one| one.data_path == "data/v3"),
            "{name} {set:?}"
        );
    }
}

/// The order of what Compose starts: each server's preparation follows it, and every program waits.
#[test]
fn every_server_is_prepared_before_a_program_starts() {
    for (name, set) in [
        (
            "district-years",
            &["instances.isolation=server-per-instance"][..],
        ),
        ("tenants-years", &[]),
        ("state-years", &[]),
    ] {
        let stack = stack_of(name, set);
        let text = export::compose_text(&stack);
        let compose: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let services = compose["services"].as_mapping().unwrap();
        let servers: Vec<&String> = stack
            .services
            .values()
            .filter(|service| !service.mounts.is_empty())
            .map(|service| &service.name)
            .collect();
        assert!(servers.len() >= 2, "{name}");
        for api in stack.services.values().filter(|one| one.role == "api") {
            let waits = &compose["services"][&api.name]["depends_on"];
            for server in &servers {
                let preparation = format!("prepare-{server}");
                assert!(services.contains_key(preparation.as_str()), "{preparation}");
                let condition = waits[&preparation]["condition"].as_str();
                assert_eq!(condition, Some("service_completed_successfully"), "{name}");
            }
            let gateway = &compose["services"]["gateway"]["depends_on"][&api.name];
            assert_eq!(gateway["condition"].as_str(), Some("service_healthy"));
            let aliases = compose["services"][&api.name]["networks"]["default"]["aliases"].clone();
            let aliases: Vec<String> = serde_yaml::from_value(aliases).unwrap_or_default();
            assert_eq!(aliases, api.aliases, "{}", api.name);
        }
    }
}

/// Where browsers know the certificate's authority already, nobody is told to trust another.
#[test]
fn a_certificate_that_everybody_trusts_needs_no_authority() {
    let mut stack = stack_of("district-shared", &[]);
    stack.access.authority_pem = None;
    let exported = export::compose(&stack);
    for file in &exported.files {
        assert_ne!(file.name, "ca.crt");
        assert!(!file.text.expose().contains("ca.crt"), "{}", file.name);
    }
}

#[test]
fn two_secrets_never_share_a_variable() {
    let stack = stack_of("demo", &[]);
    let exported = export::compose(&stack);
    let env = exported
        .files
        .iter()
        .find(|file| file.name == export::ENV_FILE);
    let known = variables(env.unwrap().text.expose());
    for service in stack.services.values() {
        for (name, value) in service.env.iter().filter(|(_, value)| value.secret) {
            let variable = known.get(&format!("EDFI_{name}"));
            assert_eq!(
                variable.map(String::as_str),
                Some(value.value.expose()),
                "{name}"
            );
        }
    }
    assert_eq!(known["EDFI_GATEWAY_SERVER_KEY"], KEY);
}

#[test]
fn the_same_setting_with_another_value_gets_a_variable_of_its_own() {
    let mut stack = stack_of("district-shared", &[]);
    let api = stack.services.get_mut("api").unwrap();
    let setting = api.env.get_mut("POSTGRES_PASSWORD").unwrap();
    setting.value = Secret::new("another");
    let exported = export::compose(&stack);
    let env = exported
        .files
        .iter()
        .find(|file| file.name == export::ENV_FILE);
    let known = variables(env.unwrap().text.expose());
    assert_eq!(
        known["EDFI_POSTGRES_PASSWORD"],
        "value-of-postgres-password"
    );
    assert_eq!(known["EDFI_API_POSTGRES_PASSWORD"], "another");
    let compose = export::compose_text(&stack);
    assert!(compose.contains("POSTGRES_PASSWORD: \"${EDFI_API_POSTGRES_PASSWORD}\""));
}

/// The program is mounted where the API looks, and the SQL stands in the scripts, behind what makes a database.
#[test]
fn an_extension_travels_with_the_project() {
    let stack = stack_of("extension", &[]);
    let exported = export::compose(&stack);
    let names: Vec<&str> = exported
        .programs
        .iter()
        .map(|program| program.name.as_str())
        .collect();
    assert_eq!(names, ["extensions/sample/EdFi.Ods.Extensions.Sample.dll"]);
    let text = text_of(&exported, export::COMPOSE_FILE);
    let compose: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    let volumes = compose["services"]["api"]["volumes"].as_sequence().unwrap();
    let targets: Vec<&str> = volumes
        .iter()
        .filter(|volume| volume["source"].as_str() == Some("./extensions/sample"))
        .map(|volume| volume["target"].as_str().unwrap())
        .collect();
    assert_eq!(
        targets,
        ["/app/Plugin/sample", "/app/Plugin_Disabled/sample"]
    );
    for (file, part) in [
        ("databases/db-ods.sql", "here stands the extension's SQL"),
        (
            "databases/db-admin.sql",
            "here stand the extension's claims",
        ),
    ] {
        let script = text_of(&exported, file);
        let made = script.find("\\echo made").unwrap();
        assert!(script.find(part).is_some_and(|at| at > made), "{file}");
        let [ifs, ends] = ["\\if ", "\\endif"].map(|word| script.matches(word).count());
        assert_eq!(ifs, ends, "{file}");
    }
}
