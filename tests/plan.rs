//! Plans: their text, their causes, and that carrying one out leaves nothing to do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::collections::BTreeMap;

use edfi_setup::catalog::Catalog;
use edfi_setup::deployment::{Secret, Secrets};
use edfi_setup::engine::{
    ContainerState, Health, ImageInfo, ObservedContainer, ObservedNetwork, ObservedVolume, Phase,
};
use edfi_setup::plan::{
    self, Action, DatabaseState, Observation, Plan, SPARE, STAMP, container_spec, files_to_place,
    network_spec, plan, read_stamp, registration_spec, service as service_of, volume_spec,
};
use edfi_setup::postgres::{client_fingerprint, instance_fingerprint};
use edfi_setup::profile::{self, Override, Profile};
use edfi_setup::stack::{self, Stack, StackInput};
use proptest::prelude::*;

fn profile_of(name: &str, set: &[&str]) -> Profile {
    let overrides: Vec<Override> = set
        .iter()
        .map(|argument| Override::parse(argument).unwrap())
        .collect();
    profile::load(name, &overrides).unwrap().profile
}

fn secrets_for(profile: &Profile, id: &str) -> Secrets {
    let values = stack::secret_requests(profile).into_iter().map(|request| {
        (
            request.name.clone(),
            Secret::new(format!("value-of-{}", request.name)),
        )
    });
    Secrets::with_values(id, values)
}

fn stack_with(name: &str, set: &[&str], secrets_id: &str) -> Stack {
    let profile = profile_of(name, set);
    let secrets = secrets_for(&profile, secrets_id);
    let catalog = Catalog::embedded().unwrap();
    stack::build(&StackInput {
        profile: &profile,
        catalog: &catalog,
        secrets: &secrets,
        adopted_secrets: &secrets.adopted_ids,
        chain_pem: "chain",
        key_pem: &Secret::new("key"),
        authority_pem: Some("authority"),
        extensions: &[],
        certificate_until: None,
    })
    .unwrap()
}

fn stack_of(name: &str, set: &[&str]) -> Stack {
    stack_with(name, set, "first")
}

/// Databases with everything that is wanted.
fn prepared(stack: &Stack) -> DatabaseState {
    let mut state = DatabaseState::default();
    for database in &stack.databases.wanted {
        let names = state.databases.entry(database.service.clone()).or_default();
        names.insert(database.name.clone());
    }
    for instance in &stack.databases.instances {
        state
            .instances
            .insert(instance.name.clone(), instance_fingerprint(instance));
    }
    for client in &stack.databases.clients {
        state
            .clients
            .insert(client.name.clone(), client_fingerprint(client));
    }
    state
}

/// The Admin API's tables are in the databases, made by the SQL in its container.
fn administered(stack: &Stack, found: &Observation, state: &mut DatabaseState) {
    let Some(admin_api) = &stack.admin_api else {
        return;
    };
    let container = stack.container_name(&admin_api.service);
    let there = found.engine.containers.contains_key(&container);
    assert!(
        there,
        "the SQL is read out of a container that is not there"
    );
    for database in &stack.databases.wanted {
        if admin_api.folder_for(database).is_some() {
            let marks = state.extended.entry(database.service.clone()).or_default();
            let marks = marks.entry(database.name.clone()).or_default();
            marks.insert(admin_api.mark.clone());
        }
    }
    let before = found.databases.as_ref();
    state.administrator = before.and_then(|before| before.administrator.clone());
}

/// Our client is registered with the Admin API.
fn registered(stack: &Stack, found: &mut Observation, service: &str) {
    let container = &found.engine.containers[&stack.container_name(service)];
    assert_eq!(container.state.phase, Phase::Running);
    let client = &stack.admin_api.as_ref().unwrap().client;
    // A run looks into the databases by itself where it did not know them.
    let state = found.databases.get_or_insert_default();
    state.administrator = Some(client.fingerprint());
}

/// What the engine would show after these steps: the plan carried out on paper.
fn carried_out(stack: &Stack, plan: &Plan, mut found: Observation) -> Observation {
    for step in &plan.steps {
        for id in &step.after {
            assert!(
                plan.steps.iter().position(|other| other.id == *id)
                    < plan.steps.iter().position(|other| other.id == step.id),
                "{} stands before {id}, which it waits for",
                step.id
            );
        }
        match &step.action {
            Action::Pull { image } => {
                found.images.insert(image.clone(), Some(image_info(image)));
            }
            Action::CreateNetwork { network } => {
                let labels = network_spec(stack).labels;
                let id = network.clone();
                found
                    .engine
                    .networks
                    .insert(network.clone(), ObservedNetwork { id, labels });
            }
            Action::CreateVolume { volume } => {
                let labels = volume_spec(stack, &found, volume).unwrap().labels;
                found
                    .engine
                    .volumes
                    .insert(volume.clone(), ObservedVolume { labels });
            }
            Action::RemoveContainer { container, service } => {
                assert!(found.engine.containers.remove(container).is_some());
                found.live_files.remove(service);
                found.not_serving.remove(service);
            }
            Action::Reload { service, only } => {
                let gateway = &found.engine.containers[&stack.container_name(service)];
                assert_eq!(gateway.state.phase, Phase::Running, "reloaded while down");
                for copy in only {
                    let copy = &found.engine.containers[&stack.container_name(copy)];
                    let phase = copy.state.phase;
                    assert_eq!(
                        phase,
                        Phase::Running,
                        "requests go to {} while down",
                        copy.name
                    );
                }
                take_in(stack, &mut found, service, only);
            }
            Action::CreateContainer { service } => {
                let spec = container_spec(stack, &service_of(stack, service).unwrap());
                assert!(
                    !found.engine.containers.contains_key(&spec.name),
                    "{service} is there already"
                );
                let image = found.images[&spec.image]
                    .clone()
                    .expect("created before its image was there");
                let container = observed(
                    &spec.name,
                    spec.labels,
                    &spec.image,
                    &image.id,
                    Phase::Created,
                );
                found.engine.containers.insert(spec.name, container);
            }
            Action::Start { service } => {
                for need in &service_of(stack, service).unwrap().needs {
                    let needed = &found.engine.containers[&stack.container_name(need)];
                    assert_eq!(
                        needed.state.phase,
                        Phase::Running,
                        "{service} starts before {need}"
                    );
                }
                let name = stack.container_name(service);
                found.engine.containers.get_mut(&name).unwrap().state.phase = Phase::Running;
                found.not_serving.remove(service);
                if service == "gateway" {
                    take_in(stack, &mut found, service, &[]);
                }
            }
            Action::PrepareDatabases { .. } => {
                let mut state = prepared(stack);
                administered(stack, &found, &mut state);
                found.databases = Some(state);
            }
            Action::RegisterAdminClient { service } => registered(stack, &mut found, service),
            Action::Verify => assert_eq!(step.id, plan.steps.last().unwrap().id),
        }
    }
    found
}

/// A spare copy of the API is there.
fn with_spare(stack: &Stack, found: &mut Observation, phase: Phase) {
    let spec = container_spec(stack, &service_of(stack, SPARE).unwrap());
    let id = image_info(&spec.image).id;
    let container = observed(&spec.name, spec.labels, &spec.image, &id, phase);
    found.engine.containers.insert(spec.name, container);
}

/// The gateway takes files in.
fn take_in(stack: &Stack, found: &mut Observation, service: &str, only: &[String]) {
    let files = files_to_place(stack, &stack.services[service], only);
    let stamp = files.iter().find(|file| file.path == STAMP).unwrap();
    let stamp = read_stamp(stamp.content.expose()).unwrap();
    found.live_files.insert(service.to_owned(), stamp);
}

fn image_info(reference: &str) -> ImageInfo {
    ImageInfo {
        id: format!("sha256:{reference}"),
        size_bytes: 1,
        digest: None,
        labels: BTreeMap::new(),
    }
}

fn observed(
    name: &str,
    labels: BTreeMap<String, String>,
    image: &str,
    image_id: &str,
    phase: Phase,
) -> ObservedContainer {
    ObservedContainer {
        id: format!("id-{name}"),
        name: name.to_owned(),
        labels,
        image: image.to_owned(),
        image_id: image_id.to_owned(),
        state: ContainerState {
            phase,
            health: Health::None,
            health_output: None,
            exit_code: (phase == Phase::Exited).then_some(0),
            oom_killed: false,
            error: None,
            started_at: None,
            finished_at: None,
            restart_count: 0,
            ports: Vec::new(),
        },
    }
}

fn nothing(stack: &Stack) -> Observation {
    let mut found = Observation::default();
    for image in stack.images() {
        found.images.insert(image, None);
    }
    found
}

fn running(stack: &Stack) -> Observation {
    let found = nothing(stack);
    carried_out(stack, &plan(stack, &found), found)
}

#[test]
fn first_plans_read_like_this() {
    for (name, _) in profile::built_in() {
        let stack = stack_of(name, &[]);
        insta::assert_snapshot!(
            format!("first_plan_{name}"),
            plan(&stack, &nothing(&stack)).to_string()
        );
    }
}

#[test]
fn nothing_to_do_is_said() {
    let stack = stack_of("district-shared", &[]);
    let again = plan(&stack, &running(&stack));
    assert!(again.is_empty());
    insta::assert_snapshot!("nothing_to_do", again.to_string());
}

#[test]
fn a_changed_profile_touches_only_what_it_changes() {
    let before = running(&stack_of("district-shared", &[]));
    let text = |set: &[&str]| {
        let stack = stack_of("district-shared", set);
        let mut found = before.clone();
        for image in stack.images() {
            found.images.entry(image).or_insert(None);
        }
        let plan = plan(&stack, &found);
        let after = carried_out(&stack, &plan, found);
        assert!(
            edfi_setup::plan::plan(&stack, &after).is_empty(),
            "the second plan is not empty"
        );
        plan.to_string()
    };
    insta::assert_snapshot!("another_port", text(&["access.port=9443"]));
    insta::assert_snapshot!("swagger_added", text(&["swagger_ui=true"]));
    insta::assert_snapshot!("another_path", text(&["access.path=ods"]));
    insta::assert_snapshot!(
        "another_registry",
        text(&["images.registry=mirror.example:5000"])
    );
    insta::assert_snapshot!(
        "another_claim_set",
        text(&["first_client.claim_set=SIS Vendor"])
    );
}

#[test]
fn the_admin_api_comes_with_its_tables_and_its_client() {
    let without = stack_of("district-shared", &[]);
    let with = stack_of("district-shared", &["admin_api.placement=internal"]);
    let mut found = running(&without);
    for image in with.images() {
        found.images.entry(image).or_insert(None);
    }
    let first = plan(&with, &found);
    insta::assert_snapshot!("admin_api_added", first.to_string());
    let found = carried_out(&with, &first, found);
    assert!(plan(&with, &found).is_empty());
    insta::assert_snapshot!("admin_api_removed", plan(&without, &found).to_string());

    // A client with another secret, and a container that a killed run left.
    let mut odd = found;
    odd.databases.as_mut().unwrap().administrator = Some("other".to_owned());
    let (service, spec) = registration_spec(&with).unwrap();
    assert_eq!(spec.name, "district-register-admin-api-1");
    assert!(spec.ports.is_empty() && spec.aliases == [service.name.clone()]);
    assert_eq!(
        service.env["Authentication__AllowRegistration"].shown(),
        "true"
    );
    let own = &with.services["admin-api"].env["Authentication__AllowRegistration"];
    assert_eq!(own.shown(), "false");
    let left = observed(&spec.name, spec.labels, &spec.image, "any", Phase::Running);
    odd.engine.containers.insert(spec.name, left);
    insta::assert_snapshot!("admin_api_repaired", plan(&with, &odd).to_string());
}

#[test]
fn a_service_out_of_the_profile_is_removed_by_a_step() {
    let with = stack_of("district-shared", &["swagger_ui=true"]);
    let without = stack_of("district-shared", &[]);
    insta::assert_snapshot!(
        "swagger_removed",
        plan(&without, &running(&with)).to_string()
    );
}

#[test]
fn stopped_half_made_and_silent_services_have_their_causes() {
    let stack = stack_of("district-shared", &[]);
    let mut found = running(&stack);
    let mut set = |service: &str, phase: Phase| {
        let container = found
            .engine
            .containers
            .get_mut(&stack.container_name(service))
            .unwrap();
        container.state.phase = phase;
        container.state.exit_code = (phase == Phase::Exited).then_some(137);
    };
    set("api", Phase::Exited);
    set("db-admin", Phase::Created);
    found
        .not_serving
        .insert("gateway".to_owned(), "connection refused".to_owned());
    found.databases = None;
    insta::assert_snapshot!("patient", plan(&stack, &found).to_string());
}

#[test]
fn new_secrets_on_old_data_block() {
    let stack = stack_of("district-shared", &[]);
    let newer = stack_with("district-shared", &[], "second");
    let plan = plan(&newer, &running(&stack));
    let codes: Vec<_> = plan.blocks().map(|finding| finding.code).collect();
    assert_eq!(codes, ["E-3001", "E-3001"]);
    let help = plan.blocks().next().unwrap().help.clone().unwrap();
    assert!(help.contains("secrets adopt --name district"), "{help}");
}

#[test]
fn data_of_another_standard_blocks() {
    let stack = stack_of("district-shared", &[]);
    let other = stack_of("district-shared", &["data_standard=5.2.0"]);
    let plan = plan(&other, &running(&stack));
    assert!(plan.blocks().any(|finding| finding.code == "E-3002"));
}

#[test]
fn no_secret_stands_in_a_plan_or_a_label() {
    for (name, _) in profile::built_in() {
        let stack = stack_of(name, &[]);
        let plan = plan(&stack, &nothing(&stack));
        let json = serde_json::to_string(&plan).unwrap();
        let mut texts = vec![json, plan.to_string(), format!("{stack:?}")];
        for service in stack.services.values() {
            let spec = container_spec(&stack, service);
            texts.push(format!("{spec:?}"));
            texts.extend(spec.labels.into_values());
        }
        for text in texts {
            assert!(!text.contains("value-of-"), "a secret in {text}");
        }
    }
}

#[test]
fn unknown_releases_standards_and_services_are_named() {
    let catalog = Catalog::embedded().unwrap();
    let error = |set: &[&str]| {
        let profile = profile_of("district-shared", set);
        let secrets = secrets_for(&profile, "x");
        stack::build(&StackInput {
            profile: &profile,
            catalog: &catalog,
            secrets: &secrets,
            adopted_secrets: &[],
            chain_pem: "",
            key_pem: &Secret::new(""),
            authority_pem: None,
            extensions: &[],
            certificate_until: None,
        })
        .unwrap_err()
        .to_string()
    };
    assert_eq!(
        error(&["release=7.9.9"]),
        "release 7.9.9 is not in the catalog; it knows 6.2.0, 7.3.2"
    );
    assert_eq!(
        error(&["data_standard=4.0.0"]),
        "release 7.3.2 does not support data standard 4.0.0; it supports 6.1.0, 5.2.0"
    );
    assert!(error(&["images.replace.apj=own/api:1.0.0"]).contains("apj"));
    let six = [
        "release=6.2.0",
        "data_standard=4.0.0",
        "admin_api.placement=internal",
    ];
    assert!(
        error(&six).contains("set admin_api.placement to none"),
        "{}",
        error(&six)
    );
}

/// A release that has no tenants, as the ODS/API had none before 7.
#[test]
fn a_use_case_that_a_release_cannot_serve_is_refused() {
    let few = "use_cases: [sandbox, district-shared, district-years, districts]\nrelease:";
    let text = include_str!("../assets/catalog/releases/7.3.2.yml");
    let older = text.replacen("\nrelease: 7.3.2", &format!("\n{few} 6.9.9"), 1);
    let catalog = Catalog::of(&[("7.3.2.yml", text), ("6.9.9.yml", &older)]).unwrap();
    let stack = |profile: &Profile| {
        let secrets = secrets_for(profile, "x");
        stack::build(&StackInput {
            profile,
            catalog: &catalog,
            secrets: &secrets,
            adopted_secrets: &[],
            chain_pem: "",
            key_pem: &Secret::new(""),
            authority_pem: None,
            extensions: &[],
            certificate_until: None,
        })
        .map(|stack| stack.release)
        .map_err(|error| error.to_string())
    };
    let old = &["release=6.9.9"];
    for name in ["demo", "district-shared", "district-years", "districts"] {
        assert_eq!(
            stack(&profile_of(name, old)),
            Ok("6.9.9".to_owned()),
            "{name}"
        );
    }
    for name in ["tenants", "tenants-years", "state-shared", "state-years"] {
        let error = stack(&profile_of(name, old)).unwrap_err();
        assert!(error.starts_with("release 6.9.9 cannot serve "), "{error}");
        assert!(error.ends_with("; take 7.3.2"), "{error}");
    }
}

/// What is missing of many is told by a few of them.
#[test]
fn a_change_of_many_instances_is_told_in_a_few_lines() {
    let few = stack_of("districts", &["instances.districts=[1, 2]"]);
    let list: Vec<String> = (1..=1000).map(|number: u32| number.to_string()).collect();
    let many = format!("instances.districts=[{}]", list.join(", "));
    let more = stack_of("districts", &[&many]);
    insta::assert_snapshot!(
        "many_districts_more",
        plan(&more, &running(&few)).to_string()
    );
    insta::assert_snapshot!(
        "many_districts_fewer",
        plan(&few, &running(&more)).to_string()
    );
}

/// Any state an engine can be in, with what we made at any time.
fn any_observation(stack: Stack, other: Stack) -> impl Strategy<Value = Observation> {
    let services = stack.services.len() + other.services.len();
    (
        proptest::collection::vec(0_u8..8, services),
        any::<bool>(),
        any::<bool>(),
        proptest::collection::vec(any::<bool>(), 12),
        (0_u8..5, 0_u8..5),
    )
        .prop_map(move |(states, network, databases, flags, (live, spare))| {
            let mut found = nothing(&stack);
            let full = running(&stack);
            let mut older = running(&other);
            // The same deployment at an earlier time: its images are known under their names.
            found.images.extend(older.images.clone());
            let mut containers = full.engine.containers.clone();
            for (name, container) in std::mem::take(&mut older.engine.containers) {
                if !containers.contains_key(&name) || flags[0] {
                    containers.insert(name, container);
                }
            }
            for ((name, mut container), state) in containers.into_iter().zip(states) {
                container.state.phase = match state {
                    0 => continue,
                    1 => Phase::Created,
                    2 => Phase::Exited,
                    3 => Phase::Paused,
                    4 => Phase::Restarting,
                    5 => Phase::Dead,
                    _ => Phase::Running,
                };
                found.engine.containers.insert(name, container);
            }
            for (number, (volume, observed)) in full.engine.volumes.iter().enumerate() {
                if flags.get(number + 1).copied().unwrap_or_default() {
                    found
                        .engine
                        .volumes
                        .insert(volume.clone(), observed.clone());
                }
            }
            for (number, image) in full.images.keys().enumerate() {
                if flags.get(number + 4).copied().unwrap_or_default() {
                    found.images.insert(image.clone(), Some(image_info(image)));
                }
            }
            if network {
                found.engine.networks = full.engine.networks.clone();
            }
            // What an interrupted replacement leaves: a spare copy, and a gateway that sends there.
            let left = if flags[1] { &stack } else { &other };
            if spare > 0 {
                let phases = [
                    Phase::Running,
                    Phase::Exited,
                    Phase::Created,
                    Phase::Running,
                ];
                with_spare(left, &mut found, phases[usize::from(spare - 1)]);
                if spare == 4 {
                    found
                        .not_serving
                        .insert(SPARE.to_owned(), "silent".to_owned());
                }
            }
            let gateway = found
                .engine
                .containers
                .get(&stack.container_name("gateway"));
            if gateway.is_some_and(|gateway| gateway.state.phase == Phase::Running) {
                match live {
                    0 => {}
                    1 => take_in(&stack, &mut found, "gateway", &[]),
                    2 => take_in(left, &mut found, "gateway", &[SPARE.to_owned()]),
                    3 => take_in(&stack, &mut found, "gateway", &[SPARE.to_owned()]),
                    _ => take_in(&other, &mut found, "gateway", &[]),
                }
            }
            if databases {
                found.databases.clone_from(&full.databases);
            }
            found
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_plan_carried_out_leaves_nothing_to_do(
        (found, swagger) in any::<bool>().prop_flat_map(|swagger| {
            let set: &[&str] = if swagger { &["swagger_ui=true", "admin_api.placement=internal"] } else { &[] };
            let other: &[&str] = if swagger { &["access.port=9000"] } else { &["swagger_ui=true", "access.path=ods"] };
            (any_observation(stack_of("district-shared", set), stack_of("district-shared", other)), Just(swagger))
        })
    ) {
        let set: &[&str] = if swagger { &["swagger_ui=true", "admin_api.placement=internal"] } else { &[] };
        let stack = stack_of("district-shared", set);
        let first = plan(&stack, &found);
        let after = carried_out(&stack, &first, found);
        let second = plan(&stack, &after);
        prop_assert!(second.is_empty(), "after\n{first}\nstill\n{second}");
    }

    #[test]
    fn any_number_of_steps_of_a_plan_can_be_lost(stop in 0_usize..24) {
        let stack = stack_of("demo", &[]);
        let found = nothing(&stack);
        let mut first = plan(&stack, &found);
        first.steps.truncate(stop);
        // The databases are unknown to a run that begins while their servers do not all serve.
        let partial = Plan { steps: first.steps.into_iter().filter(|step| step.action != Action::Verify).collect(), ..first };
        let halfway = carried_out(&stack, &partial, found);
        let second = plan(&stack, &halfway);
        let after = carried_out(&stack, &second, halfway);
        prop_assert!(plan(&stack, &after).is_empty());
    }
}

#[test]
fn practice_data_is_not_given_to_the_real_server() {
    let stack = stack_of("district-shared", &[]);
    let mut practice = nothing(&stack);
    for image in stack.images() {
        let mut info = image_info(&image);
        info.labels
            .insert("io.edfi-setup.practice".to_owned(), "stamp".to_owned());
        practice.images.insert(image, Some(info));
    }
    let mut found = carried_out(&stack, &plan(&stack, &practice), practice);
    assert!(plan(&stack, &found).findings.is_empty());
    // Volumes made for an export do not say what will write to them.
    let mut silent = found.clone();
    for info in found.images.values_mut().flatten() {
        info.labels.clear();
    }
    for volume in silent.engine.volumes.values_mut() {
        volume.labels.remove("io.edfi-setup.origin");
    }
    assert!(plan(&stack, &silent).findings.is_empty());
    let codes: Vec<_> = plan(&stack, &found)
        .blocks()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(codes, ["E-3004", "E-3004"]);
}

/// The deployment at an earlier time, when a setting of its API was another one.
fn before_a_setting_changed(stack: &Stack) -> Observation {
    let mut before = stack.clone();
    for service in before.services.values_mut() {
        if service.role == "api" {
            let value = Secret::new("old");
            let value = stack::EnvValue {
                value,
                secret: false,
            };
            service.env.insert("SETTING".to_owned(), value);
        }
    }
    running(&before)
}

/// The copies of the API to which the gateway sends requests now.
fn asked(stack: &Stack, found: &Observation) -> Vec<String> {
    let copies: Vec<String> = stack
        .services
        .values()
        .filter(|service| service.role == "api")
        .map(|service| service.name.clone())
        .collect();
    let mut sets = vec![vec![SPARE.to_owned()]];
    for copy in &copies {
        sets.push(
            copies
                .iter()
                .filter(|other| *other != copy)
                .cloned()
                .collect(),
        );
    }
    for only in sets {
        let mut turned = found.clone();
        take_in(stack, &mut turned, "gateway", &only);
        if !only.is_empty() && turned.live_files == found.live_files {
            return only;
        }
    }
    copies
}

/// Carries out steps one after the other. Somebody answers after each, and nobody is removed who is
/// asked.
fn nobody_notices(stack: &Stack, plan: &Plan, mut found: Observation) -> Observation {
    for step in &plan.steps {
        assert!(!step.interrupts, "{} interrupts:\n{plan}", step.id);
        if let Action::RemoveContainer { service, container } = &step.action {
            let runs = found.engine.containers[container].state.phase == Phase::Running;
            let is_asked = asked(stack, &found).contains(service);
            assert!(
                !(runs && is_asked),
                "{service} goes while it is asked:\n{plan}"
            );
        }
        let one = Plan {
            steps: vec![plan::Step {
                after: Vec::new(),
                ..step.clone()
            }],
            ..plan.clone()
        };
        found = carried_out(stack, &one, found);
        let answers = asked(stack, &found).iter().any(|copy| {
            let container = found.engine.containers.get(&stack.container_name(copy));
            container.is_some_and(|copy| copy.state.phase == Phase::Running)
        });
        assert!(answers, "nobody answers after {}:\n{plan}", step.id);
    }
    found
}

#[test]
fn a_changed_setting_of_the_api_interrupts_nobody() {
    for (name, copies) in [
        ("district-shared", 1),
        ("state-shared", 2),
        ("state-shared", 3),
    ] {
        let stack = stack_of(name, &[&format!("api.replicas={copies}")]);
        let found = before_a_setting_changed(&stack);
        let plan = plan(&stack, &found);
        insta::assert_snapshot!(format!("rolling_{copies}"), plan.to_string());
        let after = nobody_notices(&stack, &plan, found);
        assert!(edfi_setup::plan::plan(&stack, &after).is_empty());
    }
}

#[test]
fn a_replacement_that_was_cut_off_is_finished_and_nobody_notices() {
    for (name, copies) in [
        ("district-shared", 1),
        ("state-shared", 2),
        ("state-shared", 3),
    ] {
        let stack = stack_of(name, &[&format!("api.replicas={copies}")]);
        let found = before_a_setting_changed(&stack);
        let whole = plan(&stack, &found);
        for cut in 0..whole.steps.len() {
            let mut part = whole.clone();
            part.steps.truncate(cut);
            part.steps.retain(|step| step.action != Action::Verify);
            let halfway = nobody_notices(&stack, &part, found.clone());
            let rest = plan(&stack, &halfway);
            let after = nobody_notices(&stack, &rest, halfway);
            assert!(
                plan(&stack, &after).is_empty(),
                "cut after {cut} of\n{whole}"
            );
            assert!(
                !after
                    .engine
                    .containers
                    .contains_key(&stack.container_name(SPARE))
            );
        }
    }
}

#[test]
fn one_more_tenant_interrupts_nobody() {
    let before = stack_of("tenants", &[]);
    let names: Vec<String> = before
        .databases
        .tenants
        .iter()
        .filter_map(|tenant| tenant.name.clone())
        .collect();
    let set = format!("instances.tenants=[{}, onemore]", names.join(", "));
    let stack = stack_of("tenants", &[&set]);
    let mut found = running(&before);
    for image in stack.images() {
        found.images.entry(image).or_insert(None);
    }
    let plan = plan(&stack, &found);
    insta::assert_snapshot!("one_more_tenant", plan.to_string());
    let place = |id: &str| plan.steps.iter().position(|step| step.id == id).unwrap();
    assert!(place("databases") < place("start:api-spare"));
    let after = nobody_notices(&stack, &plan, found);
    assert!(edfi_setup::plan::plan(&stack, &after).is_empty());
}

#[test]
fn fewer_copies_interrupt_nobody() {
    let found = running(&stack_of("state-shared", &["api.replicas=3"]));
    let stack = stack_of("state-shared", &["api.replicas=2"]);
    let plan = plan(&stack, &found);
    insta::assert_snapshot!("fewer_copies", plan.to_string());
    let gone = format!("remove:{}", stack.container_name("api-3"));
    assert!(
        plan.step(&gone)
            .unwrap()
            .after
            .contains(&"turn:api-3".to_owned())
    );
    let after = nobody_notices(&stack, &plan, found);
    assert!(edfi_setup::plan::plan(&stack, &after).is_empty());
}

#[test]
fn what_cannot_stand_beside_the_old_is_said_to_interrupt() {
    let interrupts = |stack: &Stack, found: Observation| {
        let mut found = found;
        for image in stack.images() {
            found
                .images
                .entry(image.clone())
                .or_insert(Some(image_info(&image)));
        }
        let plan = plan(stack, &found);
        assert!(plan.step("create:api-spare").is_none(), "{plan}");
        plan.step("remove:api").is_some_and(|step| step.interrupts)
    };
    let stack = stack_of("district-shared", &[]);
    // Other addresses, another image, another port of the gateway, a gateway of an earlier version.
    for set in ["access.path=ods", "images.replace.api=own/api:1.0.0"] {
        let stack = stack_of("district-shared", &[set]);
        assert!(
            interrupts(&stack, running(&stack_of("district-shared", &[]))),
            "{set}"
        );
    }
    let with_port = stack_of("district-shared", &["access.port=9443"]);
    assert!(interrupts(&with_port, before_a_setting_changed(&stack)));
    let mut earlier = before_a_setting_changed(&stack);
    earlier.live_files.clear();
    assert!(interrupts(&stack, earlier));
}
