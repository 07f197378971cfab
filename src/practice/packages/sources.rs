//! Reads the machine's own package sources, to find the mirror that it already uses.
//!
//! Both forms that apt knows are read (`sources.list(5)`): one line per source, and deb822 paragraphs.

use std::path::Path;

/// One package source of the machine, with the fields that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where the archive is, as apt writes it: `http:`, `https:`, `mirror+file:`, `file:` …
    pub uri: String,
    /// The suite, as in `bookworm` or `noble-updates`.
    pub suite: String,
    /// Sections, as in `main`.
    pub components: Vec<String>,
    /// The file with the keys for this source, if it names one.
    pub signed_by: Option<String>,
    /// Whether the operator told apt to trust it unsigned.
    pub trusted: bool,
}

/// All sources under apt's folder: `sources.list` and everything in `sources.list.d`.
/// What cannot be read is left out; apt itself would complain about it.
pub fn of_machine(folder: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    if let Ok(text) = std::fs::read_to_string(folder.join("sources.list")) {
        found.extend(one_line(&text));
    }
    let mut parts: Vec<_> = std::fs::read_dir(folder.join("sources.list.d"))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    parts.sort();
    for path in parts {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        match path.extension().and_then(|end| end.to_str()) {
            Some("list") => found.extend(one_line(&text)),
            Some("sources") => found.extend(deb822(&text)),
            _ => {}
        }
    }
    found
}

/// Reads the form with one source per line: `deb [options] URI suite component…`.
pub fn one_line(text: &str) -> Vec<Source> {
    text.lines().filter_map(one_source).collect()
}

fn one_source(line: &str) -> Option<Source> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let mut rest = line.strip_prefix("deb")?;
    // `deb-src`, and words that only begin alike.
    if !rest.starts_with([' ', '\t', '[']) {
        return None;
    }
    rest = rest.trim_start();
    let mut signed_by = None;
    let mut trusted = false;
    if let Some(inside) = rest.strip_prefix('[') {
        let (options, after) = inside.split_once(']')?;
        for (key, value) in options
            .split_whitespace()
            .filter_map(|option| option.split_once('='))
        {
            match key.trim_end_matches(['+', '-']) {
                "signed-by" => signed_by = Some(value.to_owned()),
                "trusted" => trusted = yes(value),
                _ => {}
            }
        }
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uri: words.next()?,
        suite: words.next()?,
        components: words.collect(),
        signed_by,
        trusted,
    })
}

/// Reads the form with fields in paragraphs. A paragraph with several URIs or suites gives a source for each pair.
pub fn deb822(text: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            found.extend(paragraph(&std::mem::take(&mut fields)));
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    found
}

fn paragraph(fields: &[(String, String)]) -> Vec<Source> {
    let field = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let enabled = field("enabled");
    if !field("types").split_whitespace().any(|kind| kind == "deb")
        || (!enabled.is_empty() && !yes(enabled))
    {
        return Vec::new();
    }
    // A key written into the source itself starts with an armour line, not with a path.
    let signed_by = Some(field("signed-by").trim())
        .filter(|value| value.starts_with('/'))
        .map(str::to_owned);
    let mut found = Vec::new();
    for uri in field("uris").split_whitespace() {
        for suite in field("suites").split_whitespace() {
            found.push(Source {
                uri: uri.to_owned(),
                suite: suite.to_owned(),
                components: field("components")
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                signed_by: signed_by.clone(),
                trusted: yes(field("trusted")),
            });
        }
    }
    found
}

/// The words that apt takes for yes.
fn yes(value: &str) -> bool {
    ["yes", "true", "with", "on", "enable", "1"]
        .iter()
        .any(|word| value.trim().eq_ignore_ascii_case(word))
}

/// The sources that may be the distribution's own archive, the likeliest first.
///
/// Others publish for a suite of the same name, so the suite alone does not tell. The archive itself
/// has an `-updates` suite beside it, and is signed with the distribution's keys; and if we guess
/// wrong, the signature check refuses and the next one is tried.
pub fn main_archives(sources: &[Source], distribution: &str, own_suite: &str) -> Vec<Source> {
    const BRANCHES: [&str; 7] = [
        "stable",
        "oldstable",
        "oldoldstable",
        "testing",
        "unstable",
        "sid",
        "devel",
    ];
    let name = distribution.to_ascii_lowercase();
    let score = |source: &Source| {
        let updates = format!("{}-updates", source.suite);
        let has_updates = sources
            .iter()
            .any(|other| other.uri == source.uri && other.suite == updates);
        let own_keys = source
            .signed_by
            .as_ref()
            .is_some_and(|path| path.contains(&format!("{name}-archive")));
        let other_keys = source.signed_by.is_some() && !own_keys;
        let named = source.uri.trim_end_matches('/').ends_with(&name);
        4 * i32::from(own_keys) + 2 * i32::from(has_updates) + i32::from(named)
            - 4 * i32::from(other_keys)
    };
    let mut found: Vec<Source> = Vec::new();
    for source in sources {
        let suite_fits = (!own_suite.is_empty() && source.suite == own_suite)
            || BRANCHES.contains(&source.suite.as_str());
        if suite_fits
            && source.components.iter().any(|part| part == "main")
            && !source.uri.starts_with("cdrom:")
            && !found.iter().any(|known| known.uri == source.uri)
        {
            found.push(source.clone());
        }
    }
    // Stable: what the machine lists first stays first among equals.
    found.sort_by_key(|source| std::cmp::Reverse(score(source)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKWORM: &str = "\
Types: deb
# a snapshot would be listed here
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
";

    #[test]
    fn deb822_gives_a_source_for_each_suite() {
        let sources = deb822(BOOKWORM);
        let seen: Vec<_> = sources
            .iter()
            .map(|source| (source.uri.as_str(), source.suite.as_str()))
            .collect();
        assert_eq!(
            seen,
            [
                ("http://mirror.example/debian", "bookworm"),
                ("http://mirror.example/debian", "bookworm-updates"),
                ("http://mirror.example/debian-security", "bookworm-security"),
            ]
        );
        assert_eq!(
            sources[0].signed_by.as_deref(),
            Some("/usr/share/keyrings/debian-archive-keyring.gpg")
        );
    }

    #[test]
    fn deb822_of_ubuntu_with_folded_fields_and_a_disabled_paragraph() {
        let sources = deb822(
            "Enabled: yes\nTypes: deb deb-src\nURIs: https://archive.example/ubuntu/\nSuites: noble\n noble-updates\n\tnoble-backports\n\
             Components: main restricted universe multiverse\nSigned-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg\n\n\n\
             Enabled: no\nTypes: deb\nURIs: https://other.example/ubuntu\nSuites: noble\nComponents: main\n\n\
             Types: deb-src\nURIs: https://sources.example/ubuntu\nSuites: noble\nComponents: main\n",
        );
        assert_eq!(sources.len(), 3);
        assert_eq!(sources[2].suite, "noble-backports");
        assert!(sources[0].components.iter().any(|part| part == "universe"));
    }

    #[test]
    fn a_key_inside_the_source_is_no_path() {
        let sources = deb822(
            "Types: deb\r\nURIs: http://m.example/debian\r\nSuites: trixie\r\nComponents: main\r\nSigned-By:\r\n -----BEGIN PGP PUBLIC KEY BLOCK-----\r\n .\r\n mQINBF\r\n",
        );
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].signed_by, None);
        assert_eq!(sources[0].suite, "trixie");
    }

    #[test]
    fn one_line_form_with_options_and_comments() {
        let sources = one_line(
            "# old: deb http://gone.example/debian jessie main\n\
             deb http://mirror.example/debian bookworm main contrib # main archive\n\
             deb-src http://mirror.example/debian bookworm main\n\
             deb\t[ arch=amd64 signed-by=/etc/apt/keyrings/x.gpg trusted=yes ] https://x.example/debian bookworm stable\n\
             debs http://nonsense.example bookworm main\n\
             deb [broken http://mirror.example/debian bookworm main\n",
        );
        assert_eq!(sources.len(), 2);
        assert_eq!(sources[0].components, ["main", "contrib"]);
        assert!(!sources[0].trusted);
        assert_eq!(
            sources[1].signed_by.as_deref(),
            Some("/etc/apt/keyrings/x.gpg")
        );
        assert!(sources[1].trusted);
    }

    #[test]
    fn one_line_form_of_ubuntu() {
        let sources = one_line(
            "deb http://archive.example/ubuntu/ jammy main restricted\n\
             deb http://archive.example/ubuntu/ jammy-updates main restricted\n\
             deb http://archive.example/ubuntu/ jammy universe\n\
             deb http://security.example/ubuntu/ jammy-security main restricted\n",
        );
        let archives = main_archives(&sources, "Ubuntu", "jammy");
        assert_eq!(archives.len(), 1);
        assert_eq!(archives[0].uri, "http://archive.example/ubuntu/");
    }

    #[test]
    fn the_main_archive_comes_before_others_that_use_its_suites_name() {
        let mut sources = one_line(
            "deb [signed-by=/usr/share/keyrings/vendor.gpg] https://apt.vendor.example bookworm main\n\
             deb https://packages.other.example/debian bookworm main\n\
             deb https://docker.example/linux/debian bookworm stable\n\
             deb cdrom:[Debian 12]/ bookworm main\n",
        );
        sources.extend(deb822(BOOKWORM));
        let archives: Vec<_> = main_archives(&sources, "Debian", "bookworm")
            .into_iter()
            .map(|source| source.uri)
            .collect();
        assert_eq!(
            archives,
            [
                "http://mirror.example/debian",
                "https://packages.other.example/debian",
                "https://apt.vendor.example",
            ]
        );
    }

    #[test]
    fn a_machine_that_follows_a_branch_is_understood() {
        let sources = one_line("deb mirror+file:/etc/apt/mirrors/debian.list stable main\n");
        let archives = main_archives(&sources, "Debian", "bookworm");
        assert_eq!(archives[0].uri, "mirror+file:/etc/apt/mirrors/debian.list");
    }

    #[test]
    fn both_places_of_a_machine_are_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        std::fs::write(
            folder.path().join("sources.list"),
            "deb http://a.example/debian bookworm main\n",
        )
        .unwrap();
        let part = |name: &str, text: &str| {
            std::fs::write(folder.path().join("sources.list.d").join(name), text).unwrap();
        };
        part("b.sources", BOOKWORM);
        part("c.list", "deb http://c.example/debian bookworm main\n");
        part(
            "d.list.disabled",
            "deb http://d.example/debian bookworm main\n",
        );
        let uris: Vec<_> = of_machine(folder.path())
            .into_iter()
            .map(|source| source.uri)
            .collect();
        assert_eq!(uris.len(), 5);
        assert_eq!(uris[0], "http://a.example/debian");
        assert_eq!(uris[4], "http://c.example/debian");
    }
}
