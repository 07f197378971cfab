//! Rules against good texts, and against the patterns that editors get.

use predicates::Predicate;
use predicates::str::is_match;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::super::shape::Shape;
use super::*;

/// Field, rule, pattern, and whether the pattern says all that the rule says.
const PATTERNS: &[(&str, Rule, &str, bool)] = &[
    ("name", name, pattern::NAME, true),
    ("release", release, pattern::VERSION, false),
    ("data_standard", data_standard, pattern::VERSION, true),
    ("access.host", host, pattern::HOST, false),
    ("access.listen", listen, pattern::ADDRESS, false),
    ("access.path", path, pattern::PATH, false),
    ("access.certificate.chain", file_name, pattern::FILE, false),
    (
        "first_client.claim_set",
        claim_set,
        pattern::CLAIM_SET,
        false,
    ),
    (
        "first_client.namespaces[]",
        namespace,
        pattern::NAMESPACE,
        false,
    ),
    ("images.registry", registry, pattern::REGISTRY, false),
    ("images.replace.*", image, pattern::IMAGE, false),
    ("images.replace", service, pattern::SERVICE, true),
    ("instances.tenants[]", tenant, pattern::TENANT, false),
    ("instances.copies.*", instance, pattern::INSTANCE, true),
    ("extensions[].name", extension, pattern::EXTENSION, false),
    ("extensions[].folder", folder_name, pattern::FILE, false),
];

#[test]
fn every_rule_has_its_field_and_every_text_its_rule() {
    let shape = Shape::profile();
    let mut fields = Vec::new();
    shape.walk("", &mut fields);
    let texts: Vec<String> = fields
        .iter()
        .filter_map(|(path, field)| match &field.shape {
            Shape::Text => Some(path.clone()),
            Shape::List { entry, .. } if **entry == Shape::Text => Some(format!("{path}[]")),
            Shape::Table(inner) if **inner == Shape::Text => Some(format!("{path}.*")),
            _ => None,
        })
        .collect();
    let mut ruled: Vec<&str> = RULES.iter().map(|(path, _)| *path).collect();
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    ruled.sort_unstable();
    texts.sort_unstable();
    assert_eq!(ruled, texts);
    assert!(ruled.iter().all(|field| form(field).is_some()));
}

#[test]
fn good_texts_pass_and_their_patterns_agree() {
    let long = format!("a{}.example", ".b".repeat(100));
    let good: &[(&str, &[&str])] = &[
        ("name", &["ab", "grand-bend", "d2", "a--b"]),
        ("release", &["7.3.2", "0.0.0", "10.20.30"]),
        (
            "access.host",
            &[
                "localhost",
                "edfi.district.example",
                "a",
                "127.0.0.1",
                "::1",
                "fe80::1",
                "xn--cole-9oa.example",
                "EDFI",
                &long,
            ],
        ),
        (
            "access.listen",
            &["127.0.0.1", "0.0.0.0", "::", "::ffff:10.0.0.1"],
        ),
        ("access.path", &["api", "a", "API", "v7", "docs2", "x-1"]),
        (
            "access.certificate.chain",
            &["a.pem", "/etc/ssl/é.pem", "C:\\x y.pem"],
        ),
        ("first_client.claim_set", &["Ed-Fi Sandbox", "x", "Écoles"]),
        (
            "first_client.namespaces[]",
            &["uri://ed-fi.org", "uri://a", "uri://école/x#y"],
        ),
        (
            "images.registry",
            &[
                "mirror.example",
                "mirror.example:5000",
                "localhost/a/b",
                "host:5000/x_y/a__b/c--d",
                "10.0.0.1:5000",
            ],
        ),
        (
            "images.replace.*",
            &[
                "redis:8",
                "edfialliance/ods-api:7.3.2",
                "mirror.example:5000/a/b:1.2",
                "a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "a:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            ],
        ),
        ("images.replace", &["api", "db-ods", "a"]),
        (
            "instances.tenants[]",
            &["north", "n2", "a-b", "abcdefghijklmnopqrst"],
        ),
        (
            "instances.copies.*",
            &["2026", "255901", "north", "north-2027", "default"],
        ),
        ("extensions[].name", &["sample", "A-1", "x"]),
        ("extensions[].folder", &["a b", "/srv/é", "../x"]),
    ];
    for (field, texts) in good {
        let (_, rule, pattern, _) = PATTERNS.iter().find(|row| row.0 == *field).unwrap();
        for text in *texts {
            assert_eq!(rule(text), Ok(()), "{field}: {text}");
            assert!(
                is_match(*pattern).unwrap().eval(text),
                "{field}: {text} against {pattern}"
            );
        }
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

/// Texts that come near the form of every field.
const NEARLY: &str = "[a-c0-2A-B./:@_\\- é~]{0,12}|\\PC{0,8}|uri://\\PC{0,6}|\
    [a-b](-|\\.|:)[0-9a-f:.]{1,8}|[0-3.]{1,7}|[0-9a-f:]{1,9}";

#[test]
fn a_pattern_accepts_what_its_rule_accepts() {
    let texts = proptest::string::string_regex(NEARLY).unwrap();
    for (field, rule, pattern, exact) in PATTERNS {
        let pattern = is_match(*pattern).unwrap();
        runner(1000)
            .run(&texts, |text| {
                let (accepted, matched) = (rule(&text).is_ok(), pattern.eval(&text));
                prop_assert!(
                    !accepted || matched,
                    "{field}: the pattern refuses {text:?}"
                );
                prop_assert!(
                    !exact || accepted == matched,
                    "{field}: the pattern accepts {text:?}"
                );
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_rule_accepts_what_an_exact_pattern_makes() {
    for (field, rule, pattern, _) in PATTERNS.iter().filter(|row| row.3) {
        let bare = pattern.trim_start_matches('^').trim_end_matches('$');
        runner(500)
            .run(&proptest::string::string_regex(bare).unwrap(), |text| {
                prop_assert_eq!(rule(&text), Ok(()), "{}: {:?}", field, text);
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_login_is_refused_everywhere_a_digest_is_not() {
    assert!(no_login("https://me:word@mirror.example").is_err());
    assert!(no_login("me:word@mirror.example").is_err());
    assert_eq!(no_login("me@mirror.example"), Ok(()));
    assert_eq!(no_login("mirror:5000/a@sha256:00"), Ok(()));
    assert_eq!(no_login("a:1@sha256:00"), Ok(()));
    assert_eq!(no_login("C:\\users\\me@district\\a.pem"), Ok(()));
}
