//! The use cases themselves. `demo` and `district-shared` have tests of their own in `bring_up`.

use crate::platform::{Instance, Platform};
use crate::round::{Apart, goes_round};

/// Memory that a state's profile asks for, in a size that fits a test.
const LITTLE: &str = "postgres.memory_megabytes=512";

#[test]
fn one_district_with_years() {
    let platform = Platform::of("district-years", &[]);
    goes_round(
        &platform,
        &["2026", "2027"].map(Instance::of),
        Apart::ByAddress,
    );
    let services: Vec<String> = platform.world.ids().into_keys().collect();
    assert_eq!(services, ["api", "db-admin", "db-ods", "gateway"]);
}

/// Each year in a server, a container and a volume of its own.
#[test]
fn one_district_with_a_server_for_each_year() {
    let platform = Platform::of(
        "district-years",
        &["instances.isolation=server-per-instance"],
    );
    goes_round(
        &platform,
        &["2026", "2027"].map(Instance::of),
        Apart::ByAddress,
    );
    let world = &platform.world;
    let services: Vec<String> = world.ids().into_keys().collect();
    assert_eq!(
        services,
        ["api", "db-admin", "db-ods-2026", "db-ods-2027", "gateway"]
    );
    assert_eq!(world.observed().volumes.len(), 3);
    for year in ["2026", "2027"] {
        let names = "SELECT nameofinstitution FROM edfi.educationorganization";
        let found = world.sql(&format!("db-ods-{year}"), "EdFi_Ods", names);
        assert_eq!(found, format!("client-{year}"));
    }
}

#[test]
fn several_districts() {
    let platform = Platform::of("districts", &[]);
    let districts = ["255901", "255902"].map(Instance::of);
    goes_round(&platform, &districts, Apart::ByAddress);
}

#[test]
fn several_districts_by_key() {
    let platform = Platform::of("districts", &["instances.chosen_by=key"]);
    let districts =
        ["255901", "255902"].map(|number| Instance::at(&format!("client-{number}"), ""));
    goes_round(&platform, &districts, Apart::ByKey);
}

#[test]
fn tenants() {
    let platform = Platform::of("tenants", &[]);
    let tenants = ["north", "south"].map(Instance::of);
    goes_round(&platform, &tenants, Apart::ByAddress);
    // A tenant's key is not even known to the other.
    let world = &platform.world;
    let [key, secret] = ["key", "secret"].map(|part| world.secret(&format!("client-north-{part}")));
    let answer = world.token_at(&tenants[1].token, world.port, &key, &secret);
    assert_eq!(answer.status, 401, "{answer:?}");
    let clients = "SELECT count(*) FROM dbo.apiclients";
    for tenant in ["north", "south"] {
        assert_eq!(
            world.sql("db-admin", &format!("EdFi_Admin_{tenant}"), clients),
            "1"
        );
    }
}

#[test]
fn tenants_with_years() {
    let platform = Platform::of("tenants-years", &[]);
    let instances = [
        ("north", "2026"),
        ("north", "2027"),
        ("south", "2026"),
        ("south", "2027"),
    ]
    .map(|(tenant, year)| {
        Instance::at(
            &format!("client-{tenant}-{year}"),
            &format!("{tenant}/{year}/"),
        )
    });
    goes_round(&platform, &instances, Apart::ByAddress);
}

#[test]
fn a_state() {
    let platform = Platform::of("state-shared", &[LITTLE]);
    goes_round(&platform, &[Instance::at("first-client", "")], Apart::Alone);
    let world = &platform.world;
    let services: Vec<String> = world.ids().into_keys().collect();
    assert_eq!(
        services,
        ["api", "api-2", "cache", "db-admin", "db-ods", "gateway"]
    );
    assert_eq!(
        world.sql("db-ods", "postgres", "SHOW shared_buffers"),
        "128MB"
    );
}

#[test]
fn a_state_with_years() {
    let platform = Platform::of("state-years", &[LITTLE]);
    let years = ["2026", "2027"].map(Instance::of);
    goes_round(&platform, &years, Apart::ByAddress);
}

#[test]
fn one_district_of_release_6() {
    let platform = Platform::of("legacy-shared", &[]);
    goes_round(&platform, &[Instance::at("first-client", "")], Apart::Alone);
}

/// Tokens have one address there, and the year stands behind the version.
#[test]
fn years_of_release_6() {
    let platform = Platform::of("legacy-years", &[]);
    let years = ["2026", "2027"].map(|year| Instance {
        client: format!("client-{year}"),
        token: "/api/oauth/token".to_owned(),
        data: format!("/api/data/v3/{year}/ed-fi"),
    });
    goes_round(&platform, &years, Apart::ByYearOnly);
}

#[test]
fn districts_of_release_6() {
    let platform = Platform::of("legacy-districts", &[]);
    let districts =
        ["255901", "255902"].map(|number| Instance::at(&format!("client-{number}"), ""));
    goes_round(&platform, &districts, Apart::ByKey);
}
