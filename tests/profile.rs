//! The profile: bad files with their expected messages, good files with odd forms, round trips.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as loudly as tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use edfi_setup::diagnostic::{Severity, draw};
use edfi_setup::profile::{
    Access, AdminApi, AdminApiPlacement, Api, Cache, CachePlacement, ChosenBy, Extension,
    FirstClient, Images, Instances, Isolation, Logging, Override, OwnCertificate, Placement,
    Postgres, Profile, UseCase, built_in, codes, from_bytes, load, read, reference_page, schema,
    write,
};
use proptest::prelude::*;

/// Set to 1, this environment variable makes the tests write what they would compare with.
const UPDATE: &str = "UPDATE_EXPECTED";

fn updating() -> bool {
    std::env::var(UPDATE).is_ok_and(|value| value == "1")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> BTreeMap<String, PathBuf> {
    fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                path,
            )
        })
        .collect()
}

/// Reads a file the way `load` does, but under a name that does not depend on where we are.
fn outcome(
    name: &str,
    bytes: Vec<u8>,
    overrides: &[Override],
) -> (Vec<edfi_setup::diagnostic::Diagnostic>, String) {
    let label = PathBuf::from(format!("{name}.yml"));
    match from_bytes(&label, bytes) {
        Err(rejected) => (rejected.diagnostics, rejected.source.text),
        Ok(source) => match read(&source.text, &label, overrides) {
            Ok(reading) => (reading.warnings, source.text),
            Err(diagnostics) => (diagnostics, source.text),
        },
    }
}

fn overrides_beside(path: &Path) -> Vec<Override> {
    match fs::read_to_string(path.with_extension("set")) {
        Ok(lines) => lines
            .lines()
            .map(|line| Override::parse(line).unwrap())
            .collect(),
        Err(_) => Vec::new(),
    }
}

fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let mut report = Vec::new();
    for number in 0..expected.len().max(found.len()) {
        match (expected.get(number), found.get(number)) {
            (Some(a), Some(b)) if a == b => report.push(format!("  {a}")),
            (a, b) => {
                report.extend(a.map(|a| format!("- {a}")));
                report.extend(b.map(|b| format!("+ {b}")));
            }
        }
    }
    report.join("\n")
}

#[test]
fn every_bad_profile_gets_its_message() {
    let profiles = files("tests/bad-profiles", "yml");
    let messages = files("tests/bad-profiles", "txt");
    assert!(profiles.len() >= 45, "only {} bad profiles", profiles.len());
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, path) in &profiles {
        let (diagnostics, text) = outcome(name, fs::read(path).unwrap(), &overrides_beside(path));
        assert!(
            !diagnostics.is_empty(),
            "{name}.yml: nothing is wrong with it"
        );
        for diagnostic in &diagnostics {
            seen.insert(diagnostic.code);
            let shown = diagnostic
                .path
                .as_ref()
                .is_none_or(|path| diagnostic.message.contains(path.as_str()));
            assert!(
                shown,
                "{name}: the message does not name the field: {}",
                diagnostic.message
            );
            assert!(
                diagnostic.message.ends_with('.'),
                "{name}: no sentence: {}",
                diagnostic.message
            );
        }
        let drawn = draw(&diagnostics, &text, false);
        let json = serde_json::to_string(&diagnostics).unwrap();
        let all = format!("{drawn}{json}{diagnostics:?}");
        assert!(
            !all.contains("Hunter"),
            "{name}: a secret is repeated: {all}"
        );
        let golden = path.with_extension("txt");
        if updating() {
            fs::write(&golden, &drawn).unwrap();
        }
        let expected = fs::read_to_string(&golden)
            .unwrap_or_default()
            .replace("\r\n", "\n");
        if expected != drawn {
            wrong.push(format!("== {name}\n{}", difference(&expected, &drawn)));
        }
    }
    let arguments = files("tests/bad-profiles", "set");
    for name in messages
        .keys()
        .chain(arguments.keys())
        .filter(|name| !profiles.contains_key(*name))
    {
        wrong.push(format!("== {name}: there is no {name}.yml"));
    }
    assert!(
        wrong.is_empty(),
        "{}\n(set {UPDATE}=1 to accept)",
        wrong.join("\n\n")
    );

    // Codes that need something other than the text of a file have tests of their own.
    let elsewhere = [codes::UNREADABLE, codes::TOO_LARGE, codes::UNWRITABLE];
    for (code, meaning) in codes::ALL {
        assert!(
            seen.contains(code) || elsewhere.contains(code),
            "no bad profile shows {code}: {meaning}"
        );
    }
}

#[test]
fn a_colourful_drawing_differs_only_in_its_colours() {
    let text = "version: 1\nname: X\nuse_case: sandbox\n";
    let diagnostics = read(text, Path::new("x.yml"), &[]).unwrap_err();
    let plain = draw(&diagnostics, text, false);
    let colourful = draw(&diagnostics, text, true);
    assert!(!plain.contains('\u{1b}'));
    assert!(colourful.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = colourful.as_str();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain);
}

#[test]
fn as_json_a_problem_has_its_line_column_and_field() {
    let text =
        "\u{feff}version: 1\r\nname: é x\r\nuse_case: sandbox\r\naccess: {host: é, port: 0}\r\n";
    let diagnostics = read(text, Path::new("district.yml"), &[]).unwrap_err();
    let json = serde_json::to_value(&diagnostics).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    assert_eq!(
        json[2],
        serde_json::json!({
            "code": "E-1015",
            "severity": "block",
            "message": "`access.port` cannot be 0.",
            "location": {"file": "district.yml", "line": 4, "column": 25},
            "path": "access.port",
            "found": "0",
            "expected": "a whole number from 1 to 65535",
        })
    );
}

// Good files ---------------------------------------------------------------------------------

#[test]
fn odd_forms_of_good_files_are_read() {
    let found: BTreeSet<String> = files("tests/good-profiles", "yml").into_keys().collect();
    let good = |name: &str| {
        let path = root()
            .join("tests/good-profiles")
            .join(format!("{name}.yml"));
        let loaded = load(path.to_str().unwrap(), &[])
            .unwrap_or_else(|rejected| panic!("{}", rejected.draw(false)));
        assert_eq!(loaded.warnings, [], "{name}");
        loaded.profile
    };
    let expected = district("grand-bend");

    let plain = good("plain");
    assert_eq!(plain, expected);
    assert_eq!(good("windows-line-ends"), plain);
    assert_eq!(good("byte-order-mark"), plain);
    assert_eq!(good("byte-order-mark-and-windows-line-ends"), plain);
    assert_eq!(good("old-mac-line-ends"), plain);
    assert_eq!(good("no-line-end-at-the-end"), plain);
    assert_eq!(good("quoted"), plain);
    assert_eq!(good("on-one-line"), plain);
    assert_eq!(good("json"), plain);
    assert_eq!(good("document-marks-and-comments"), plain);
    assert_eq!(good("groups-commented-out"), plain);

    let texts = good("texts-that-look-like-something-else");
    assert_eq!(texts.first_client.claim_set, "yes");
    assert_eq!(
        texts.images.replace.values().collect::<Vec<_>>(),
        ["1_000:5.10", "cache:2026-11-23", "on:off", "12:30"]
    );
    assert_eq!(texts.access.host, "no");
    let certificate = texts.access.certificate.unwrap();
    assert_eq!(certificate.chain, Path::new("1_000"));
    assert_eq!(certificate.key, Path::new("2026-11-23"));
    assert_eq!(certificate.authority.unwrap(), Path::new("5.10"));

    let accents = good("not-english");
    assert_eq!(accents.first_client.claim_set, "Écoles publiques – 学校 🏫");
    assert_eq!(
        accents.first_client.namespaces,
        ["uri://école.example", "uri://学校.example"]
    );
    assert_eq!(
        accents.access.certificate.unwrap().key,
        Path::new("C:\\Schlüssel\\straße.pem")
    );

    let read: BTreeSet<String> = [
        "plain",
        "windows-line-ends",
        "byte-order-mark",
        "byte-order-mark-and-windows-line-ends",
        "old-mac-line-ends",
        "no-line-end-at-the-end",
        "quoted",
        "on-one-line",
        "json",
        "document-marks-and-comments",
        "groups-commented-out",
        "texts-that-look-like-something-else",
        "not-english",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(found, read);
}

fn district(name: &str) -> Profile {
    Profile {
        version: 1,
        name: name.to_owned(),
        use_case: UseCase::DistrictShared,
        release: "7.3.2".to_owned(),
        data_standard: "6.1.0".to_owned(),
        instances: Instances::default(),
        api: Api::default(),
        cache: Cache::default(),
        admin_api: AdminApi::default(),
        extensions: Vec::new(),
        postgres: Postgres::default(),
        access: Access::default(),
        swagger_ui: false,
        first_client: FirstClient::default(),
        images: Images::default(),
        logging: Logging::default(),
    }
}

#[test]
fn the_profiles_that_come_along_are_good_and_all_there() {
    let in_folder: Vec<String> = files("profiles", "yml").into_keys().collect();
    let mut embedded: Vec<&str> = built_in().iter().map(|(name, _)| *name).collect();
    embedded.sort_unstable();
    assert_eq!(in_folder, embedded);
    for (name, text) in built_in() {
        let on_disk = fs::read_to_string(root().join(format!("profiles/{name}.yml"))).unwrap();
        assert_eq!(*text, on_disk, "{name}");
        let loaded = load(name, &[]).unwrap_or_else(|rejected| panic!("{}", rejected.draw(false)));
        assert_eq!(loaded.warnings, [], "{name}");
        assert_eq!(loaded.draw(false), "");
        assert_eq!(loaded.source.text, *text);
        assert!(
            text.lines().all(|line| line.chars().count() <= 100),
            "{name}: a line is too long"
        );
        let comments = text
            .lines()
            .filter(|line| line.trim_start().starts_with('#'))
            .count();
        assert!(
            comments * 2 > text.lines().filter(|line| !line.is_empty()).count(),
            "{name}"
        );
    }
    let demo = load("demo", &[]).unwrap().profile;
    assert_eq!(
        (demo.name.as_str(), demo.use_case, demo.swagger_ui),
        ("demo", UseCase::Sandbox, true)
    );
    assert_eq!(
        (demo.access.host.as_str(), demo.access.port),
        ("localhost", 8443)
    );
    let district_shared = load("district-shared", &[]).unwrap().profile;
    let mut expected = district("district");
    expected.first_client.education_organizations = vec![255_901];
    assert_eq!(district_shared, expected);
}

// Names, paths and files that cannot be read ---------------------------------------------------

fn rejection(name: &str) -> edfi_setup::diagnostic::Diagnostic {
    let rejected = load(name, &[]).unwrap_err();
    assert_eq!(rejected.diagnostics.len(), 1, "{rejected}");
    assert!(!rejected.draw(false).is_empty());
    rejected.diagnostics[0].clone()
}

#[test]
fn what_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();

    let missing = rejection(&path("none.yml"));
    assert_eq!(missing.code, codes::UNREADABLE);
    assert!(
        missing.message.contains("there is no such file"),
        "{missing}"
    );

    let is_folder = rejection(folder.path().to_str().unwrap());
    assert_eq!(is_folder.code, codes::UNREADABLE);
    assert!(is_folder.message.contains("is a folder"), "{is_folder}");

    let unknown = rejection("distrct-shared");
    assert_eq!(unknown.code, codes::UNREADABLE);
    assert_eq!(unknown.help.unwrap(), "Did you mean district-shared?");
    let names: Vec<&str> = built_in().iter().map(|(name, _)| *name).collect();
    assert_eq!(
        unknown.expected.unwrap(),
        format!("a file, or one of: {}", names.join(", "))
    );
    assert_eq!(rejection("zebra").help, None);

    let large = path("large.yml");
    fs::write(&large, "# ".repeat(500_001)).unwrap();
    let too_large = rejection(&large);
    assert_eq!(too_large.code, codes::TOO_LARGE);
    assert!(
        too_large.message.contains("larger than 1 MB"),
        "{too_large}"
    );

    // A file without an ending can be named as well, a built-in profile comes first.
    let text = built_in()[0].1;
    fs::write(path("own-profile"), text).unwrap();
    assert_eq!(
        load(&path("own-profile"), &[]).unwrap().profile.name,
        "demo"
    );
}

// --set ----------------------------------------------------------------------------------------

fn with(arguments: &[&str]) -> Result<Profile, Vec<edfi_setup::diagnostic::Diagnostic>> {
    let overrides: Vec<Override> = arguments
        .iter()
        .map(|argument| Override::parse(argument).unwrap())
        .collect();
    let text = "version: 1\nname: grand-bend\nuse_case: district-shared\naccess:\n  port: 1\nfirst_client:\n  namespaces: [uri://a, uri://b]\n";
    read(text, Path::new("x.yml"), &overrides).map(|reading| reading.profile)
}

#[test]
fn values_are_put_over_those_of_the_file() {
    let profile = with(&[
        "access.port=9443",
        "name=other",
        "release= 7.10.0 ",
        "swagger_ui=true",
        "first_client.education_organizations=[1, 2]",
        "first_client.namespaces[1]=uri://c=d",
        "first_client.namespaces[2]='uri://e'",
        "first_client.claim_set=yes: no # maybe",
        "images.replace.api=mirror.example/api:1",
        "access.certificate={chain: a.pem, key: b.pem}",
        "logging.files=3",
        "logging.files=4",
    ])
    .unwrap();
    assert_eq!(profile.access.port, 9443);
    assert_eq!(profile.name, "other");
    assert_eq!(profile.release, "7.10.0");
    assert!(profile.swagger_ui);
    assert_eq!(profile.first_client.education_organizations, [1, 2]);
    assert_eq!(
        profile.first_client.namespaces,
        ["uri://a", "uri://c=d", "uri://e"]
    );
    assert_eq!(profile.first_client.claim_set, "yes: no # maybe");
    assert_eq!(profile.images.replace["api"], "mirror.example/api:1");
    assert_eq!(profile.access.certificate.unwrap().key, Path::new("b.pem"));
    assert_eq!(profile.logging.files, 4);
}

#[test]
fn a_value_on_the_command_line_can_mend_a_file_or_break_it() {
    let text = "version: 1\nuse_case: sandbox\naccess:\n  port: 99999\n";
    let name = Override::parse("name=demo").unwrap();
    let port = Override::parse("access.port=443").unwrap();
    assert_eq!(read(text, Path::new("x"), &[]).unwrap_err().len(), 2);
    assert_eq!(
        read(text, Path::new("x"), &[name.clone(), port])
            .unwrap()
            .profile
            .access
            .port,
        443
    );

    let broken = Override::parse("access.port=none").unwrap();
    let diagnostics = read(text, Path::new("x"), &[name, broken]).unwrap_err();
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].location, None);
    assert_eq!(diagnostics[0].path.as_deref(), Some("access.port"));
    assert!(
        diagnostics[0]
            .message
            .starts_with("--set access.port=none: "),
        "{}",
        diagnostics[0]
    );
}

#[test]
fn an_argument_without_sense_does_not_repeat_a_secret() {
    let error = Override::parse("admin password=Hunter-2").unwrap_err();
    assert!(!format!("{error:?}").contains("Hunter"), "{error:?}");
}

// Writing ----------------------------------------------------------------------------------------

/// Texts that some reader of YAML takes for something else.
const HOSTILE: [&str; 40] = [
    "yes",
    "no",
    "on",
    "off",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "1_000",
    "22:22",
    "12:30:45",
    "2026-11-23",
    "2026-11-23T10:00:00Z",
    "5.10",
    "7",
    "0x1F",
    "0o17",
    "1e3",
    ".inf",
    ".nan",
    "=",
    "<<",
    "#",
    "# a",
    "a #b",
    "a: b",
    "a:",
    "- a",
    "-",
    "? a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
];

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(&HOSTILE[..]).prop_map(str::to_owned),
        (
            proptest::sample::select(&HOSTILE[..]),
            "[ -~]{0,20}",
            proptest::sample::select(&HOSTILE[..])
        )
            .prop_map(|(a, b, c)| format!("{a}{b}{c}")),
        "[ -~]{1,120}",
        "[a-z🏫éß学 :#'\"\\\\]{1,60}",
        "\\PC{1,100}",
    ]
}

fn claim_set() -> impl Strategy<Value = String> {
    hostile_text().prop_filter_map("a claim set", |text| {
        let text = text.trim().to_owned();
        let login = text.contains('@') && text.contains(':');
        (!text.is_empty() && !login).then_some(text)
    })
}

fn file_name() -> impl Strategy<Value = PathBuf> {
    hostile_text().prop_filter_map("a file name", |text| {
        let login = text.contains('@') && text.contains(':');
        (!login).then(|| PathBuf::from(text))
    })
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(
            &[
                "no",
                "yes",
                "on",
                "null",
                "true",
                "n",
                "localhost",
                "e3",
                "::1",
                "10.0.0.7"
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\\.[a-z0-9]{1,5}){0,2}\\.[a-z]{2,5}",
    ]
}

fn version() -> impl Strategy<Value = String> {
    (0..100u32, 0..100u32, 0..1000u32).prop_map(|(a, b, c)| format!("{a}.{b}.{c}"))
}

fn image() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9]{1,8}(/[a-z0-9]{1,8}(-[a-z0-9]{1,3})?){0,2}:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,8}",
        "[a-z]{1,8}\\.[a-z]{2,8}(:[1-9][0-9]{0,3})?/[a-z0-9]{1,8}@sha256:[0-9a-f]{64}",
    ]
    .prop_filter("latest is no version", |image| !image.ends_with(":latest"))
}

fn access() -> impl Strategy<Value = Access> {
    let certificate = (file_name(), file_name(), proptest::option::of(file_name())).prop_map(
        |(chain, key, authority)| OwnCertificate {
            chain,
            key,
            authority,
        },
    );
    let address = prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
    ];
    let path = prop_oneof![
        Just("yes".to_owned()),
        "[A-Za-z0-9]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?"
    ]
    .prop_filter("taken", |path| {
        !["docs", "admin", "adminapi", "health"].contains(&path.to_lowercase().as_str())
    });
    (
        host(),
        1..=u16::MAX,
        address,
        path,
        proptest::option::of(certificate),
    )
        .prop_map(|(host, port, listen, path, certificate)| Access {
            host,
            port,
            listen,
            path,
            certificate,
        })
}

fn first_client() -> impl Strategy<Value = FirstClient> {
    let numbers = proptest::collection::btree_set(1..=9_223_372_036_854_775_807_u64, 0..4);
    let namespace = prop_oneof![
        "uri://[a-z.:#'&*!-]{1,20}",
        Just("uri://école.example/#a".to_owned()),
        "uri://[a-z]{1,200}",
    ];
    let namespaces = proptest::collection::btree_set(namespace, 0..4);
    (claim_set(), numbers, namespaces).prop_map(|(claim_set, numbers, namespaces)| FirstClient {
        claim_set,
        education_organizations: numbers.into_iter().collect(),
        namespaces: namespaces.into_iter().collect(),
    })
}

/// Instances for a use case, and whether several copies of the API share a cache.
fn instances() -> impl Strategy<Value = (UseCase, Instances)> {
    let use_cases = [
        UseCase::Sandbox,
        UseCase::DistrictShared,
        UseCase::DistrictYears,
        UseCase::Districts,
        UseCase::Tenants,
        UseCase::TenantsYears,
        UseCase::StateShared,
        UseCase::StateYears,
    ];
    let years = proptest::collection::btree_set(2000..=2099_u16, 1..4);
    let districts = proptest::collection::btree_set(1..=9_223_372_036_854_775_807_u64, 1..4);
    let tenants =
        proptest::collection::btree_set("(no|on|y1|[a-z][a-z0-9]{3,8}-[a-z0-9]{2,8})", 1..4);
    let copy = ("[a-z0-9]{1,8}", "[a-z0-9]{9,12}");
    (
        proptest::sample::select(use_cases.to_vec()),
        years,
        districts,
        tenants,
        any::<bool>(),
        proptest::collection::btree_map(copy.0, copy.1, 0..3),
    )
        .prop_map(|(use_case, years, districts, tenants, by_key, copies)| {
            let instances = Instances {
                years: years.into_iter().collect(),
                districts: districts.into_iter().collect(),
                tenants: tenants.into_iter().collect(),
                chosen_by: if by_key {
                    ChosenBy::Key
                } else {
                    ChosenBy::Address
                },
                isolation: Isolation::SharedServer,
                copies,
            };
            (use_case, instances)
        })
}

prop_compose! {
    fn profile()(
        name in prop_oneof![Just("no".to_owned()), Just("on".to_owned()), "[a-z][a-z0-9-]{0,38}[a-z0-9]"],
        (use_case, instances) in instances(),
        replicas in 1..=8u8,
        memory_megabytes in proptest::option::of(256..=1_000_000u32),
        folders in proptest::collection::btree_map("[a-z][a-z0-9]{0,8}", "[a-z/ é#:'-]{1,20}", 0..3),
        // Releases that no one has said anything about yet.
        release in version().prop_map(|version| format!("9{version}")),
        data_standard in version(),
        access in access(),
        swagger_ui in any::<bool>(),
        admin_api in any::<bool>(),
        first_client in first_client(),
        registry in proptest::option::of("[a-z]{1,8}\\.[a-z]{2,8}(:[1-9][0-9]{0,3})?(/[a-z0-9]{1,8}){0,2}"),
        replace in proptest::collection::btree_map("(y|n|on|no|[a-c][a-c0-9]{0,10})", image(), 0..4),
        file_megabytes in 1..=1000u32,
        files in 1..=100u32,
    ) -> Profile {
        Profile {
            version: 1,
            name,
            use_case,
            release,
            data_standard,
            instances,
            api: Api { replicas },
            cache: Cache {
                placement: if replicas > 1 { CachePlacement::Internal } else { CachePlacement::None },
            },
            admin_api: AdminApi {
                placement: if admin_api && !use_case.has_tenants() { AdminApiPlacement::Internal } else { AdminApiPlacement::None },
            },
            extensions: folders.into_iter().map(|(name, folder)| Extension { name, folder: folder.into() }).collect(),
            postgres: Postgres { placement: Placement::Internal, memory_megabytes },
            access,
            swagger_ui,
            first_client,
            images: Images { registry, replace },
            logging: Logging { file_megabytes, files },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(profile in profile()) {
        let text = write(&profile).unwrap();
        let again = read(&text, Path::new("x.yml"), &[])
            .map_err(|diagnostics| TestCaseError::fail(format!("{text}\n{}", draw(&diagnostics, &text, false))))?;
        prop_assert_eq!(&again.profile, &profile, "{}", text);
        // Other readers of YAML see the same.
        prop_assert_eq!(&serde_yaml::from_str::<Profile>(&text).unwrap(), &profile, "{}", text);
        prop_assert_eq!(&serde_saphyr::from_str::<Profile>(&text).unwrap(), &profile, "{}", text);
        // Windows line ends and a byte order mark change nothing.
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let again = read(&windows, Path::new("x.yml"), &[]).unwrap();
        prop_assert_eq!(&again.profile, &profile);
    }

    #[test]
    fn a_value_of_the_command_line_arrives_as_it_is(claim_set in claim_set()) {
        prop_assume!(!claim_set.starts_with(['[', '{', '"', '\'']));
        prop_assume!(!["~", "null", "Null", "NULL"].contains(&claim_set.as_str()));
        let profile = with(&[&format!("first_client.claim_set={claim_set}")]).unwrap();
        prop_assert_eq!(profile.first_client.claim_set, claim_set);
    }
}

#[test]
fn texts_that_another_reader_could_mistake_are_put_in_quotes() {
    for text in HOSTILE {
        let mut profile = district("no");
        profile.first_client.claim_set = text.to_owned();
        let written = write(&profile).unwrap();
        for field in ["  claim_set: ", "name: "] {
            let value = written
                .lines()
                .find_map(|line| line.strip_prefix(field))
                .unwrap();
            assert!(value.starts_with(['\'', '"']), "{field}{value}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_name_that_is_not_text_is_refused_when_writing() {
    use std::os::unix::ffi::OsStringExt;
    let odd = PathBuf::from(std::ffi::OsString::from_vec(vec![b'a', 0xff]));
    let mut profile = district("grand-bend");
    profile.access.certificate = Some(OwnCertificate {
        chain: odd,
        key: "key.pem".into(),
        authority: None,
    });
    assert_eq!(write(&profile).unwrap_err().code, codes::UNWRITABLE);
}

// Nothing panics -----------------------------------------------------------------------------------

/// Reads anything, draws what comes of it, and checks that all places are places of the text.
fn survives(bytes: Vec<u8>, overrides: &[Override]) {
    let (diagnostics, text) = outcome("x", bytes, overrides);
    for diagnostic in &diagnostics {
        if let Some(location) = &diagnostic.location {
            assert!(location.line >= 1 && location.column >= 1);
            assert!(location.bytes.end <= text.len(), "{diagnostic:?}");
            assert!(
                text.is_char_boundary(location.bytes.start),
                "{diagnostic:?}"
            );
            let (before, _) = text.split_at(location.bytes.start);
            let before = before.trim_start_matches('\u{feff}');
            let before = before.replace("\r\n", "\n").replace('\r', "\n");
            assert_eq!(before.split('\n').count(), location.line, "{diagnostic:?}");
            assert_eq!(
                before.rsplit('\n').next().unwrap().chars().count() + 1,
                location.column,
                "{diagnostic:?}"
            );
        }
    }
    for colour in [false, true] {
        let drawn = draw(&diagnostics, &text, colour);
        assert_eq!(drawn.is_empty(), diagnostics.is_empty());
        let raw =
            |c: char| c.is_control() && !matches!(c, '\n' | '\u{1b}') || c == '\u{1b}' && !colour;
        assert!(!drawn.contains(raw), "{drawn:?}");
    }
    let _ = serde_json::to_string(&diagnostics).unwrap();
}

fn yaml_like() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(
            &[
                "version: 1\n",
                "name: x1\n",
                "use_case: sandbox\n",
                "access:\n",
                "  port: ",
                "  host: ",
                "8443",
                "first_client:\n",
                "  namespaces:\n",
                "    - ",
                "[",
                "]",
                "{",
                "}",
                ": ",
                ":",
                "-",
                "- ",
                "\n",
                "\r\n",
                "\r",
                "\t",
                " ",
                "  ",
                "'",
                "\"",
                "#",
                "&a ",
                "*a",
                "!t ",
                "<<: ",
                "|\n",
                ">\n",
                "---\n",
                "...\n",
                "é",
                "🏫",
                "\u{feff}",
                "\u{7f}",
                "\u{85}",
                "\u{2028}",
                "\0",
                "%YAML 1.1\n",
                "? ",
                ",",
                "~",
                "password: x\n",
                "@",
            ][..]
        )
        .prop_map(str::to_owned),
        "\\PC{0,5}",
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survives(bytes, &[]);
    }

    #[test]
    fn any_yaml_like_text_is_survived(text in yaml_like()) {
        survives(text.into_bytes(), &[]);
    }

    #[test]
    fn any_change_of_a_good_file_is_survived(
        which in 0..2usize,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0..3u8, any::<u8>()), 1..8),
    ) {
        let mut bytes = built_in()[which].1.as_bytes().to_vec();
        for (place, kind, byte) in changes {
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.insert(at, byte % 128),
            }
        }
        survives(bytes, &[]);
    }

    #[test]
    fn any_argument_is_survived(argument in "[a-z.\\[\\]0-9=_ ]{0,20}|(name|access|access.port|first_client.namespaces|images.replace)(\\[[0-3]\\]|\\.[a-z]{1,4})?=(\\PC{0,12}|[\\[\\]{}:,&*! a'\"]{0,12})") {
        if let Ok(change) = Override::parse(&argument) {
            survives(built_in()[1].1.as_bytes().to_vec(), &[change]);
        }
    }

    #[test]
    fn any_place_can_be_drawn(text in yaml_like(), start in 0..80usize, end in 0..80usize, line in 0..5usize) {
        let mut diagnostic = edfi_setup::diagnostic::Diagnostic::new("E-0000", Severity::Note, "Something.");
        diagnostic.location = Some(edfi_setup::diagnostic::Location { file: "x".into(), line, column: 1, bytes: start..end });
        prop_assert!(draw(&[diagnostic], &text, false).contains("Something."));
    }
}

#[test]
fn a_range_with_the_byte_order_mark_in_it_can_be_drawn() {
    let mut diagnostic =
        edfi_setup::diagnostic::Diagnostic::new("E-0000", Severity::Note, "Something.");
    diagnostic.location = Some(edfi_setup::diagnostic::Location {
        file: "x".into(),
        line: 1,
        column: 1,
        bytes: 0..13,
    });
    let text = "\u{feff}    -     - 🏫";
    assert!(draw(&[diagnostic], text, false).contains("🏫"));
}

#[test]
fn hostile_files_of_full_size_come_to_an_end() {
    let head = "version: 1\nname: x1\nuse_case: sandbox\n";
    let fill = |piece: &str| {
        format!(
            "{head}{}",
            piece.repeat((999_000 - head.len()) / piece.len())
        )
    };
    let many: Vec<String> = (0..60_000)
        .map(|number| format!("field{number}: 1\n"))
        .collect();
    let many = format!("{head}{}", many.concat());
    let twice = format!("{many}{}", "field59999: 1\n".repeat(2000));
    let list = format!(
        "{head}first_client:\n  education_organizations: [{}]\n",
        "0, ".repeat(30_000)
    );
    let long_key = format!("{head}{}: 1\n", "k".repeat(900_000));
    for text in [
        fill("["),
        fill("a"),
        fill("- "),
        fill("\n"),
        fill("#"),
        fill("é: 1\n"),
        fill("a: {"),
        fill("\u{feff}"),
        fill("@"),
        fill("a:b@"),
        fill("password="),
        many,
        twice,
        list,
        long_key,
    ] {
        let (diagnostics, text) = outcome("x", text.into_bytes(), &[]);
        assert!(diagnostics.len() <= 41, "{}", diagnostics.len());
        assert!(draw(&diagnostics, &text, false).len() < 100_000);
    }
}

// Schema and reference page ------------------------------------------------------------------------

#[test]
fn the_schema_describes_what_is_read() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(schema["additionalProperties"], false);
    let access = &schema["properties"]["access"]["properties"];
    assert_eq!(access["port"]["minimum"], 1);
    assert_eq!(access["port"]["maximum"], 65535);
    assert_eq!(access["port"]["default"], 8443);
    assert_eq!(
        access["path"]["not"]["enum"],
        serde_json::json!(["docs", "admin", "adminapi", "health"])
    );
    assert!(access["host"]["pattern"].is_string());
    let client = &schema["properties"]["first_client"]["properties"];
    assert_eq!(client["education_organizations"]["items"]["minimum"], 1);
    assert_eq!(client["education_organizations"]["uniqueItems"], true);
    assert!(
        client["namespaces"]["items"]["pattern"]
            .as_str()
            .unwrap()
            .starts_with("^uri://")
    );
    assert!(
        schema["properties"]["images"]["properties"]["replace"]["additionalProperties"]["pattern"]
            .is_string()
    );
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(required, BTreeSet::from(["version", "name", "use_case"]));
    every_property_is_explained(&schema, "");
}

fn every_property_is_explained(schema: &serde_json::Value, path: &str) {
    let Some(properties) = schema["properties"]
        .as_object()
        .or_else(|| schema["anyOf"][0]["properties"].as_object())
    else {
        return;
    };
    for (name, property) in properties {
        let path = format!("{path}.{name}");
        assert!(
            property["description"]
                .as_str()
                .is_some_and(|text| text.len() > 10),
            "{path} is not explained"
        );
        every_property_is_explained(property, &path);
    }
}

#[test]
fn the_reference_page_is_up_to_date() {
    const BEGIN: &str = "<!-- Fields and codes: written by a test, see the end of this page. -->\n";
    const END: &str = "<!-- End of fields and codes. -->\n";
    let path = root().join("docs/profile.md");
    let page = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (head, rest) = page
        .split_once(BEGIN)
        .expect("the page has the mark where the fields begin");
    let (found, tail) = rest
        .split_once(END)
        .expect("the page has the mark where the codes end");
    let expected = format!("\n{}\n", reference_page());
    if updating() {
        fs::write(&path, format!("{head}{BEGIN}{expected}{END}{tail}")).unwrap();
    } else {
        assert!(
            found == expected,
            "docs/profile.md is stale (set {UPDATE}=1):\n{}",
            difference(found, &expected)
        );
    }
    for (name, _) in built_in() {
        assert!(
            head.contains(&format!("| `{name}` |")),
            "{name} is not introduced"
        );
    }
    // The example of the page is a good profile.
    let example = head
        .split_once("```yaml\n")
        .unwrap()
        .1
        .split_once("```")
        .unwrap()
        .0;
    read(example, Path::new("example"), &[])
        .unwrap_or_else(|diagnostics| panic!("{}", draw(&diagnostics, example, false)));
}
