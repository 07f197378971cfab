//! The interview: any way through the questions leads to the same profile, nothing said is lost,
//! and what is written about the questions is what is asked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as loudly as tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use edfi_setup::catalog::Catalog;
use edfi_setup::interview::{
    ALL, Change, Context, Form, Interview, OnOffer, Place, Usual, ascii, find, questions_page,
    replay,
};
use edfi_setup::profile::{
    CachePlacement, Override, Profile, UseCase, built_in, load, read, schema, write,
};
use proptest::prelude::*;

fn context() -> Context {
    Context::new(&Catalog::embedded().unwrap())
}

/// A world with more in it than today's catalog has.
fn wide() -> Context {
    let on_offer = |release: &str, standards: &[&str], use_cases: &[UseCase]| OnOffer {
        release: release.to_owned(),
        supported_until: "long".to_owned(),
        data_standards: standards.iter().map(|id| (*id).to_owned()).collect(),
        use_cases: use_cases.to_vec(),
    };
    Context {
        releases: vec![
            on_offer("9.0.0", &["6.1.0", "7.0.0"], &UseCase::ALL),
            on_offer("7.3.2", &["6.1.0", "5.2.0"], &UseCase::ALL),
            on_offer(
                "6.2.0",
                &["4.0.0"],
                &[
                    UseCase::Sandbox,
                    UseCase::DistrictShared,
                    UseCase::DistrictYears,
                    UseCase::Districts,
                ],
            ),
        ],
        school_year: Some(2027),
        engine_memory_mb: Some(32_000),
        taken_names: vec!["district".to_owned()],
        computer_name: Some("edfi.district.example".to_owned()),
        folder: "/home/somebody".into(),
        ..context()
    }
}

fn profile(text: &str) -> Profile {
    let text = format!("version: 1\nname: opened\n{text}");
    read(&text, Path::new("test.yml"), &[]).unwrap().profile
}

/// Profiles to begin from: what the questions ask for, and what they do not.
fn beginnings() -> Vec<Option<Profile>> {
    let texts = [
        "use_case: sandbox\nfirst_client: {claim_set: SIS Vendor, education_organizations: [7]}\n",
        "use_case: district-shared\nrelease: 9.1.1\naccess: {listen: 10.0.0.7, path: edfi}\n\
         first_client: {claim_set: Own Set, namespaces: ['uri://a,b']}\n",
        "use_case: district-shared\nimages: {registry: localhost/edfi-practice, replace: {api: 'a.b/c:1'}}\n\
         access: {certificate: {chain: /c.pem, key: ' k'}}\nlogging: {files: 9}\n",
        "use_case: districts\ninstances: {districts: [1, 2], chosen_by: key, copies: {2: '1'}, years: [2020]}\n\
         api: {replicas: 3}\ncache: {placement: internal}\npostgres: {memory_megabytes: 512}\n\
         extensions: [{name: sample, folder: /s}, {name: semi, folder: 'a;b'}]\n",
        "use_case: tenants-years\ninstances: {tenants: [north, south], years: [2026]}\n\
         extensions: [{name: sample, folder: a b}]\n",
        "use_case: state-years\ninstances: {years: [2026, 2027], isolation: server-per-instance}\n\
         api: {replicas: 2}\ncache: {placement: internal}\n",
    ];
    std::iter::once(None)
        .chain(texts.map(|text| Some(profile(text))))
        .collect()
}

fn begin(beginning: Option<&Profile>) -> Interview {
    match beginning {
        None => Interview::new(wide()),
        Some(profile) => Interview::open(wide(), profile.clone()),
    }
}

/// Things people say, right ones and wrong ones.
fn sayings(id: &str) -> &'static [&'static str] {
    match id {
        "use-case" => &[
            "sandbox",
            "district",
            "districts",
            "tenants",
            "state",
            "school",
        ],
        "district-data" | "tenant-data" | "state-data" => &["shared", "years", "months"],
        "years" => &[
            "2026",
            "2026, 2027 2030",
            "2027-28",
            "1999",
            "2026 2026",
            "",
        ],
        "districts" => &["255901", "255901\n255902;255903", "1, 1", "abc", "0", ""],
        "tenants" => &[
            "north",
            "north, south",
            "North",
            "n",
            "data",
            "north north",
            "",
        ],
        "chosen-by" => &["address", "key", "chance"],
        "isolation" => &["shared", "each", "none"],
        "memory" => &["4096", "", "100", "much"],
        "copies" => &["one", "two", "more", "none"],
        "copies-number" => &["3", "8", "2", "1", "9", ""],
        "cache" => &["yes", "no", "redis"],
        "extensions" => &[
            "sample = ext/sample",
            "a=/b; c = d e",
            "",
            "a",
            "a=b; A=c",
            "ed-fi = x",
        ],
        "name" => &["grand-bend", "ab", "Grand Bend", ""],
        "release" => &["9.0.0", "7.3.2", "6.2.0", "5.4"],
        "data-standard" => &["6.1.0", "5.2.0", "7.0.0", "4.0.0"],
        "postgres" => &["internal", "external"],
        "reach" => &["here", "network", "address"],
        "listen-address" => &["10.0.0.7", "::1", "127.0.0.1", "everywhere"],
        "host" => &["localhost", "edfi.example", "10.0.0.7", "https://a"],
        "port" => &["443", "9443", "0", "many"],
        "certificate" => &["made", "own"],
        "certificate-chain" => &["/etc/c.pem", "certs/c.pem", ""],
        "certificate-key" => &["key.pem", "-----BEGIN PRIVATE KEY-----"],
        "certificate-authority" => &["ca.pem", ""],
        "path" => &["edfi", "admin", "a/b"],
        "claim-set" => &["everything", "sis", "roster", "assessment", "other"],
        "claim-set-name" => &["Finance Vendor", "null", "[x", "SIS Vendor", ""],
        "education-organizations" => &["255901", "1,2;3 4", "", "x", "5 5"],
        "namespaces" => &["uri://a.org uri://b.org", "", "http://a"],
        "swagger" => &["yes", "no", "perhaps"],
        "images" => &["registry", "mirror", "practice"],
        "mirror" => &["mirror.example:5000/edfi", "localhost/edfi-practice", "a b"],
        "log-megabytes" | "log-files" => &["1", "100", "1001"],
        other => panic!("nobody knows what people say to {other}"),
    }
}

#[derive(Debug, Clone)]
enum Act {
    Say(usize),
    Type,
    Next,
    Back,
    Jump(usize),
    Review,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_usize..8).prop_map(Act::Say),
        1 => Just(Act::Type),
        6 => Just(Act::Next),
        3 => Just(Act::Back),
        3 => (0_usize..32).prop_map(Act::Jump),
        1 => Just(Act::Review),
    ]
}

/// Does what was said; the accepted answers are written down beside it.
fn walk(interview: &mut Interview, acts: &[Act]) -> BTreeMap<&'static str, String> {
    let mut said = BTreeMap::new();
    for act in acts {
        match (act, interview.current()) {
            (Act::Say(number), Some(question)) => {
                let sayings = sayings(question.id);
                let before = interview.given(question.id).map(str::to_owned);
                if interview
                    .answer(question.id, sayings[number % sayings.len()])
                    .is_ok()
                {
                    let kept = interview.given(question.id).unwrap().to_owned();
                    said.insert(question.id, kept);
                } else {
                    assert_eq!(interview.given(question.id), before.as_deref());
                }
            }
            (Act::Type, Some(question)) => interview.keep_typed(question.id, "half an ans"),
            (Act::Next, _) => interview.next(),
            (Act::Back, _) => {
                interview.back();
            }
            (Act::Jump(number), _) => {
                let id = ALL[number % ALL.len()].id;
                let asked = interview.is_asked(find(id).unwrap());
                assert_eq!(interview.jump(id), asked);
            }
            (Act::Review, _) => interview.review(),
            (Act::Say(_) | Act::Type, None) => {}
        }
        if let Some(question) = interview.current() {
            assert!(
                interview.is_asked(question) || matches!(act, Act::Say(_)),
                "{question:?}"
            );
        }
    }
    said
}

/// The same answers, one after the other.
fn directly(beginning: Option<&Profile>, said: &BTreeMap<&'static str, String>) -> Interview {
    let mut interview = begin(beginning);
    for question in ALL.iter() {
        let Some(answer) = said.get(question.id) else {
            continue;
        };
        if interview.answer(question.id, answer).is_ok() {
            continue;
        }
        // A data standard that only another release has, or a release that cannot serve this use case:
        // it was said while another answer stood there.
        let (other, ways) = match question.id {
            "release" => (
                "use-case",
                vec!["district".to_owned(), "sandbox".to_owned()],
            ),
            _ => (
                "release",
                wide().releases.into_iter().map(|on| on.release).collect(),
            ),
        };
        let before = interview.effective(other).unwrap();
        let use_case = interview.effective("use-case").unwrap();
        interview.answer("use-case", "sandbox").unwrap();
        let there = ways.iter().any(|way| {
            interview.answer(other, way).unwrap();
            interview.answer(question.id, answer).is_ok()
        });
        assert!(there, "{} = {answer}", question.id);
        // The answer that was there can be said again, whatever it has become beside the others.
        interview.answer(other, &before).unwrap();
        interview.answer("use-case", &use_case).unwrap();
    }
    interview
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_way_leads_to_the_profile_of_its_answers(
        beginning in proptest::sample::select(beginnings()),
        acts in proptest::collection::vec(act(), 0..60),
    ) {
        let mut interview = begin(beginning.as_ref());
        let said = walk(&mut interview, &acts);
        for (id, answer) in &said {
            prop_assert_eq!(interview.given(id), Some(answer.as_str()));
        }
        let direct = directly(beginning.as_ref(), &said);
        let made = interview.profile().map(|reading| reading.profile);
        prop_assert_eq!(&made, &direct.profile().map(|reading| reading.profile));

        let kept = Interview::resume(wide(), &interview.draft()).unwrap();
        prop_assert_eq!(&kept, &interview);

        let Ok(made) = made else {
            prop_assert!(!interview.unanswered().is_empty());
            return Ok(());
        };
        // The file is a face like the others: opened again, it gives the same answers.
        let text = write(&made).unwrap();
        let file = read(&text, Path::new("saved.yml"), &[]).unwrap().profile;
        prop_assert_eq!(&file, &made);
        let opened = Interview::open(wide(), file);
        prop_assert_eq!(&opened.profile().unwrap().profile, &made);
        for question in ALL.iter().filter(|question| interview.is_asked(question)) {
            if opened.given(question.id).is_some() {
                prop_assert_eq!(opened.effective(question.id), interview.effective(question.id));
            }
        }
        // So is the command line.
        let arguments = replay(&made);
        let changes: Vec<Override> = arguments
            .iter()
            .skip(2)
            .filter(|word| *word != "--set")
            .map(|change| Override::parse(change).unwrap())
            .collect();
        prop_assert_eq!(&load(&arguments[1], &changes).unwrap().profile, &made);
    }

    #[test]
    fn forth_and_back_come_to_the_same_places(forth in 0_usize..20) {
        let mut interview = begin(None);
        let mut places = vec![interview.place()];
        for _ in 0..forth {
            interview.next();
            if places.last() != Some(&interview.place()) {
                places.push(interview.place());
            }
        }
        while let Some(place) = places.pop() {
            prop_assert_eq!(interview.place(), place);
            prop_assert_eq!(interview.back(), !places.is_empty());
        }
    }
}

#[test]
fn profiles_open_and_come_back_equal() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good-profiles");
    let mut profiles: Vec<Profile> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yml"))
        .map(|path| load(path.to_str().unwrap(), &[]).unwrap().profile)
        .collect();
    assert!(profiles.len() > 5);
    profiles.extend(beginnings().into_iter().flatten());
    let built_in = built_in().iter();
    profiles.extend(built_in.map(|(name, _)| load(name, &[]).unwrap().profile));
    for profile in profiles {
        let interview = Interview::open(context(), profile.clone());
        assert_eq!(interview.place(), Place::Review);
        assert_eq!(interview.profile().unwrap().profile, profile);
    }
}

#[test]
fn a_question_with_one_answer_is_not_asked_and_still_answered() {
    let mut interview = Interview::new(context());
    // Only one release serves organizations that share nothing.
    interview.answer("use-case", "tenants").unwrap();
    let asked: Vec<&str> = interview
        .asked()
        .iter()
        .map(|question| question.id)
        .collect();
    assert!(!asked.contains(&"postgres"));
    let rows = interview.summary();
    let row = rows.iter().find(|row| row.id == "postgres").unwrap();
    assert_eq!(row.change, Change::Never);
    assert!(asked.contains(&"data-standard"));
    assert!(Interview::new(wide()).is_asked(find("release").unwrap()));
}

#[test]
fn what_does_not_apply_is_skipped_both_ways_and_kept() {
    let mut interview = Interview::new(context());
    interview.answer("claim-set", "roster").unwrap();
    interview.answer("education-organizations", "1, 2").unwrap();
    interview.answer("use-case", "sandbox").unwrap();
    let asked = interview.asked();
    assert!(!asked.iter().any(|question| question.id == "claim-set"));
    let made = interview.profile().unwrap().profile;
    assert_eq!(
        made.first_client,
        edfi_setup::profile::FirstClient::default()
    );
    interview.answer("use-case", "district").unwrap();
    let made = interview.profile().unwrap().profile;
    assert_eq!(made.first_client.claim_set, "Roster Vendor");
    assert_eq!(made.first_client.education_organizations, [1, 2]);
}

#[test]
fn a_change_asks_for_another_look_and_clears_nothing() {
    let mut interview = Interview::new(wide());
    interview.answer("release", "7.3.2").unwrap();
    interview.answer("data-standard", "5.2.0").unwrap();
    interview.answer("release", "9.0.0").unwrap();
    assert_eq!(interview.given("data-standard"), Some("5.2.0"));
    assert_eq!(interview.look_again("data-standard").unwrap().id, "release");
    let problems = interview.problems();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0.id, "data-standard");
    let row = interview
        .summary()
        .into_iter()
        .find(|row| row.id == "data-standard")
        .unwrap();
    assert!(row.open && row.look_again == Some("Release"));
    interview.answer("data-standard", "7.0.0").unwrap();
    assert!(interview.look_again("data-standard").is_none() && interview.problems().is_empty());
    // The same answer once more changes nothing.
    interview.answer("release", "9.0.0").unwrap();
    assert!(interview.look_again("data-standard").is_none());
}

#[test]
fn from_the_review_a_change_leads_back_there_by_what_it_brings_up() {
    let mut interview = Interview::new(context());
    interview.review();
    assert!(interview.jump("certificate"));
    interview.answer("certificate", "own").unwrap();
    let mut seen = Vec::new();
    interview.next();
    while let Some(question) = interview.current() {
        seen.push(question.id);
        interview.answer(question.id, "file.pem").unwrap();
        interview.next();
    }
    assert_eq!(
        seen,
        [
            "certificate-chain",
            "certificate-key",
            "certificate-authority"
        ]
    );
    assert!(interview.jump("port"));
    interview.next();
    assert_eq!(interview.place(), Place::Review);
    assert!(!interview.jump("mirror"), "it does not apply");
}

#[test]
fn an_answer_that_is_missing_is_named() {
    let mut interview = Interview::new(context());
    interview.answer("images", "mirror").unwrap();
    let findings = interview.profile().unwrap_err();
    assert_eq!(findings.len(), 1);
    assert!(findings[0].message.starts_with("Mirror"), "{findings:?}");
    // One way to say one thing.
    let error = interview
        .answer("mirror", "localhost/edfi-practice")
        .unwrap_err();
    assert!(error.message.contains("Practice images"), "{error}");
}

#[test]
fn defaults_follow_the_world() {
    let mut interview = Interview::new(Context {
        registry_answers: Some(false),
        ..wide()
    });
    let usual = |interview: &Interview, id: &str| interview.effective(id).unwrap();
    assert_eq!(usual(&interview, "name"), "district-2");
    assert_eq!(usual(&interview, "host"), "localhost");
    assert_eq!(usual(&interview, "images"), "practice");
    assert_eq!(usual(&interview, "swagger"), "no");
    interview.answer("reach", "network").unwrap();
    interview.answer("use-case", "sandbox").unwrap();
    assert_eq!(usual(&interview, "name"), "demo");
    assert_eq!(usual(&interview, "host"), "edfi.district.example");
    assert_eq!(usual(&interview, "swagger"), "yes");
    let reachable = Interview::new(Context {
        registry_answers: Some(true),
        ..wide()
    });
    assert_eq!(usual(&reachable, "images"), "registry");
    let images = reachable.offers(find("images").unwrap());
    assert!(!images.iter().any(|offer| offer.id == "practice"));
}

/// An answer to the first questions, and the use case, the list that is asked for, and what is proposed.
#[test]
fn every_use_case_has_its_questions() {
    for (answers, use_case, lists, name) in [
        (vec![("use-case", "sandbox")], "sandbox", vec![], "demo"),
        (vec![], "district-shared", vec![], "district-2"),
        (
            vec![("district-data", "years")],
            "district-years",
            vec!["years"],
            "district-2",
        ),
        (
            vec![("use-case", "districts")],
            "districts",
            vec!["districts"],
            "districts",
        ),
        (
            vec![("use-case", "tenants")],
            "tenants",
            vec!["tenants"],
            "tenants",
        ),
        (
            vec![("use-case", "tenants"), ("tenant-data", "years")],
            "tenants-years",
            vec!["tenants", "years"],
            "tenants",
        ),
        (
            vec![("use-case", "state")],
            "state-years",
            vec!["years"],
            "state",
        ),
        (
            vec![("use-case", "state"), ("state-data", "shared")],
            "state-shared",
            vec![],
            "state",
        ),
    ] {
        let mut interview = Interview::new(wide());
        for (id, answer) in answers {
            interview.answer(id, answer).unwrap();
        }
        assert_eq!(interview.use_case().unwrap().word(), use_case);
        assert_eq!(interview.effective("name").unwrap(), name);
        let asked: Vec<&str> = interview
            .asked()
            .iter()
            .map(|question| question.id)
            .collect();
        let several = ["districts", "tenants", "years"];
        let listed: Vec<&str> = several
            .into_iter()
            .filter(|id| asked.contains(id))
            .collect();
        assert_eq!(listed, lists, "{use_case}");
        let state = use_case.starts_with("state");
        assert_eq!(asked.contains(&"copies"), state, "{use_case}");
        assert_eq!(asked.contains(&"memory"), state, "{use_case}");
        let needed = lists.iter().filter(|list| **list != "years").count();
        assert_eq!(interview.unanswered().len(), needed, "{use_case}");
        interview.answer("districts", "255901").unwrap();
        interview.answer("tenants", "north").unwrap();
        let profile = interview.profile().unwrap().profile;
        assert_eq!(profile.use_case.word(), use_case);
        if lists.contains(&"years") {
            assert_eq!(profile.instances.years, [2027, 2028]);
        }
        let memory = state.then_some(8000);
        assert_eq!(profile.postgres.memory_megabytes, memory);
        assert_eq!(profile.api.replicas, if state { 2 } else { 1 });
        assert_eq!(
            Interview::open(wide(), profile.clone())
                .profile()
                .unwrap()
                .profile,
            profile
        );
    }
}

#[test]
fn several_copies_of_the_api_always_have_a_cache() {
    let mut interview = Interview::new(wide());
    interview.answer("cache", "no").unwrap();
    for (answers, copies, cache) in [
        (vec![("copies", "two")], 2, CachePlacement::Internal),
        (
            vec![("copies", "more"), ("copies-number", "5")],
            5,
            CachePlacement::Internal,
        ),
        (vec![("copies", "one")], 1, CachePlacement::None),
        (vec![("cache", "yes")], 1, CachePlacement::Internal),
    ] {
        for (id, answer) in answers {
            interview.answer(id, answer).unwrap();
        }
        let profile = interview.profile().unwrap().profile;
        assert_eq!(
            (profile.api.replicas, profile.cache.placement),
            (copies, cache)
        );
    }
    // Two ways to say one thing would be read back as one of them.
    interview.answer("copies", "more").unwrap();
    assert!(interview.answer("copies-number", "2").is_err());
}

#[test]
fn a_release_is_offered_for_what_it_serves_and_refused_with_the_reason() {
    let mut interview = Interview::new(wide());
    let offered = |interview: &Interview| -> Vec<String> {
        let offers = interview.offers(find("release").unwrap());
        offers.into_iter().map(|offer| offer.id).collect()
    };
    assert_eq!(offered(&interview), ["9.0.0", "7.3.2", "6.2.0"]);
    interview.answer("release", "6.2.0").unwrap();
    interview.answer("use-case", "tenants").unwrap();
    interview.answer("tenants", "north").unwrap();
    assert_eq!(offered(&interview), ["9.0.0", "7.3.2"]);
    assert_eq!(interview.look_again("release").unwrap().id, "use-case");
    let problems = interview.problems();
    let message = &problems[0].1.message;
    assert_eq!(
        message,
        "Release: ODS/API 6.2.0 cannot serve several organizations with keys and rights of their own."
    );
    let refused = interview.answer("release", "5.4").unwrap_err();
    assert!(
        refused.message.starts_with("Release: 5.4 is older than"),
        "{refused}"
    );
    assert!(refused.help.unwrap().contains("7.3.2"));
}

/// With another release, the data standard that was chosen may not be there: then the first one is proposed.
#[test]
fn what_cannot_be_chosen_is_not_proposed() {
    let mut interview = Interview::new(wide());
    let standard = find("data-standard").unwrap();
    interview.answer("data-standard", "7.0.0").unwrap();
    assert_eq!(interview.proposed(standard).as_deref(), Some("7.0.0"));
    interview.answer("release", "6.2.0").unwrap();
    assert_eq!(
        interview.given("data-standard"),
        Some("7.0.0"),
        "it is kept"
    );
    assert_eq!(interview.proposed(standard).as_deref(), Some("4.0.0"));
    let host = find("host").unwrap();
    assert_eq!(interview.proposed(host).as_deref(), Some("localhost"));
}

#[test]
fn a_wrong_entry_of_a_list_is_named() {
    let mut interview = Interview::new(wide());
    let mut message = |id, text: &str| interview.answer(id, text).unwrap_err().message;
    assert_eq!(
        message("districts", "255901, 255902\n2559o3"),
        "Districts: entry 3 (“2559o3”) is not a whole number but “2559o3”."
    );
    assert_eq!(
        message("districts", "255901 255902 255901"),
        "Districts: entry 3 (“255901”) is the same as entry 1 (“255901”)."
    );
    assert_eq!(
        message("years", "2026 1999"),
        "School years: entry 2 (“1999”) cannot be 1999."
    );
    assert!(
        message("tenants", "north South")
            .starts_with("Organizations: entry 2 (“South”) cannot have a capital")
    );
    assert_eq!(
        message("extensions", "sample"),
        "The field Extensions: entry 1 (“sample”), its folder, is missing."
    );
    assert_eq!(
        message("districts", ""),
        "Districts: this question needs an answer."
    );
}

#[test]
fn a_long_list_is_told_by_a_few_entries() {
    let mut interview = Interview::new(wide());
    interview.answer("use-case", "districts").unwrap();
    let many: Vec<String> = (1..=1000).map(|number: u32| number.to_string()).collect();
    interview.answer("districts", &many.join("\n")).unwrap();
    let words = interview.words(find("districts").unwrap());
    assert_eq!(words, "1, 2, 3, 4 and 996 more");
    interview.answer("districts", "1 2 3 4 5").unwrap();
    assert_eq!(interview.words(find("districts").unwrap()), "1, 2, 3, 4, 5");
}

#[test]
fn a_draft_keeps_no_login_and_is_not_read_by_an_older_program() {
    let mut interview = Interview::new(context());
    interview.keep_typed("mirror", "https://me:hunter2@mirror.example");
    interview.keep_typed("certificate-key", "-----BEGIN PRIVATE KEY-----");
    interview.keep_typed("name", "half a na");
    let draft = interview.draft();
    assert!(!draft.contains("hunter2") && !draft.contains("BEGIN"));
    assert!(draft.contains("half a na"));
    let newer = draft.replacen("\"version\": 1", "\"version\": 2", 1);
    let error = Interview::resume(context(), &newer).unwrap_err();
    assert!(error.to_string().contains("newer"), "{error}");
    assert!(Interview::resume(context(), "{").is_err());
}

#[test]
fn questions_are_well_formed() {
    let mut ids = BTreeSet::new();
    for question in ALL.iter() {
        let id = question.id;
        assert!(ids.insert(id), "{id} is there twice");
        assert!(question.wording.ends_with('?'), "{id}");
        for text in [question.help, question.why] {
            assert!(text.ends_with('.') && !text.contains("  "), "{id}: {text}");
        }
        assert!(
            question.help.chars().count() <= 110,
            "{id}: help is one line"
        );
        for other in question.depends_on {
            assert!(
                ids.contains(other),
                "{id} depends on {other}, which comes later"
            );
        }
        for (question, is) in question.when.parents() {
            let Form::Choice(choices) = find(question).unwrap().form else {
                panic!("{id} hangs on {question}, which has no choices");
            };
            for answer in is {
                assert!(
                    choices.iter().any(|choice| choice.id == *answer),
                    "{id}: {answer}"
                );
            }
            assert!(ids.contains(question), "{id} comes before {question}");
        }
        if let (Usual::Is(answer), Form::Choice(choices)) = (question.usual, question.form) {
            assert!(choices.iter().any(|choice| choice.id == answer), "{id}");
        }
        if let Form::Choice(choices) = question.form {
            for choice in choices {
                assert!(
                    !choice.title.is_empty() && choice.means.ends_with('.'),
                    "{id}"
                );
                assert!(
                    (1..=10).contains(&choice.picture.len()),
                    "{id}: {}",
                    choice.id
                );
                for line in choice.picture {
                    assert!(line.chars().count() <= 34, "{id}: {line}");
                    let twin = ascii(line);
                    assert!(
                        twin.is_ascii() && !twin.contains('?') || line.contains('?'),
                        "{line}"
                    );
                    assert_eq!(twin.chars().count(), line.chars().count());
                }
            }
        }
    }
}

/// A field that is new in the profile needs a question, or a reason here.
#[test]
fn every_field_of_the_profile_has_its_question() {
    // An Admin API is for those who run an Admin App already; docs/admin-api.md tells them.
    const WITHOUT: &[&str] = &["version", "images.replace", "admin_api.placement"];
    let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
    let mut fields = BTreeSet::new();
    leaves("", &schema, &mut fields);
    let asked: BTreeSet<String> = ALL
        .iter()
        .flat_map(|question| question.form.fields())
        .map(str::to_owned)
        .collect();
    for field in &fields {
        let known = asked.contains(field) || WITHOUT.contains(&field.as_str());
        assert!(known, "no question sets {field}");
    }
    for field in asked {
        assert!(
            fields.contains(&field) || field == "access.certificate",
            "{field}"
        );
    }
}

fn leaves(path: &str, schema: &serde_json::Value, found: &mut BTreeSet<String>) {
    let inner = schema
        .get("anyOf")
        .and_then(|any| any.get(0))
        .unwrap_or(schema);
    match inner
        .get("properties")
        .and_then(serde_json::Value::as_object)
    {
        Some(properties) => {
            for (name, schema) in properties {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                leaves(&path, schema, found);
            }
        }
        None => {
            found.insert(path.to_owned());
        }
    }
}

/// The words of all questions, for people to read and for us to notice when they change.
/// `UPDATE_EXPECTED=1` writes the page.
#[test]
fn the_page_about_the_questions_is_current() {
    const HEAD: &str = "\
# The questions

`edfi-setup` asks these questions, in this order; those that do not apply are skipped. This page is made from the
questions themselves (`UPDATE_EXPECTED=1 cargo test --test interview`).

An answer can be changed at any time: `back`, or its number at the review. Nothing is started before you say so, and
what you answered is kept when you leave. Answers become a [profile](profile.md), and a profile can be opened as answers:
`edfi-setup setup my-district.yml`.

";
    let page = format!(
        "{HEAD}{}",
        questions_page(context()).trim_end().to_owned() + "\n"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/interview.md");
    if std::env::var("UPDATE_EXPECTED").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/interview.md is not current: UPDATE_EXPECTED=1 cargo test --test interview"
    );
}
