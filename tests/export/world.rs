//! What the tests here have in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

use edfi_setup::catalog::Catalog;
use edfi_setup::deployment::{Secret, Secrets};
use edfi_setup::extension::{Extension, Script};
use edfi_setup::profile::{self, Override};
use edfi_setup::stack::{self, Stack, StackInput};

use crate::compose::Compose;
use crate::practice::PREFIX;

pub const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n";

/// The stack of a built-in profile whose secrets have the values that `value` gives to their names.
pub fn stack_with(name: &str, set: &[&str], value: impl Fn(&str) -> String) -> Stack {
    stack_of_files(name, set, value, &["chain\n", KEY, "authority\n"])
}

/// The same with these texts for certificate, key and authority.
pub fn stack_of_files(
    name: &str,
    set: &[&str],
    value: impl Fn(&str) -> String,
    [chain, key, authority]: &[&str; 3],
) -> Stack {
    let overrides: Vec<Override> = set
        .iter()
        .map(|argument| Override::parse(argument).unwrap())
        .collect();
    let profile = profile::load(name, &overrides).unwrap().profile;
    let values = stack::secret_requests(&profile)
        .into_iter()
        .map(|request| (request.name.clone(), Secret::new(value(&request.name))));
    let secrets = Secrets::with_values("first", values);
    let extensions: Vec<Extension> = profile
        .extensions
        .iter()
        .map(|wanted| extension(&wanted.name))
        .collect();
    stack::build(&StackInput {
        profile: &profile,
        catalog: &Catalog::embedded().unwrap(),
        secrets: &secrets,
        adopted_secrets: &secrets.adopted_ids,
        chain_pem: chain,
        key_pem: &Secret::new(*key),
        authority_pem: Some(authority),
        extensions: &extensions,
        certificate_until: Some(1_800_000_000),
    })
    .unwrap()
}

/// An extension in its smallest form.
fn extension(name: &str) -> Extension {
    let script = |path: &str, text: &str| Script {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    Extension {
        name: name.to_owned(),
        program: vec![(
            "EdFi.Ods.Extensions.Sample.dll".to_owned(),
            Arc::from(&b"placeholder: here lies the extension's program\n"[..]),
        )],
        ods: vec![script(
            "Structure/Ods/0010-Tables.sql",
            "-- placeholder: here stands the extension's SQL\nSELECT 1;\n",
        )],
        security: vec![script(
            "Data/Security/0010-Claims.sql",
            "-- placeholder: here stand the extension's claims\nSELECT 1;\n",
        )],
    }
}

/// Names of the profiles that come with the program: one for each use case.
pub fn profiles() -> impl Iterator<Item = &'static str> {
    profile::built_in().iter().map(|(name, _)| *name)
}

/// The program, with a home of its own.
pub fn program(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_edfi-setup"))
        .args(arguments)
        .env("EDFI_SETUP_HOME", home.join("state"))
        .env("NO_COLOR", "1")
        .current_dir(home)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Makes the practice images that are missing, once; whatever test program comes first makes them for all.
pub fn practice_images() {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        let name = format!("{}.lock", PREFIX.replace('/', "-"));
        let lock = std::fs::File::create(std::env::temp_dir().join(name)).unwrap();
        lock.lock().unwrap();
        let home = tempfile::tempdir().unwrap();
        succeeded(&program(
            home.path(),
            &["practice", "build", "--prefix", PREFIX],
        ));
    });
}

/// Everything a program said.
pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Standard output of a program that must have succeeded.
pub fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every file below a folder, by its path there.
pub fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(place) = waiting.pop() {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                found.insert(name.display().to_string(), path.clone());
            }
        }
    }
    found
}

/// The variables of a `.env` text, by the rules of Compose's own reader (compose-go, `dotenv/parser.go`),
/// as far as quoted values go.
pub fn variables(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // Its first act.
    let text = text.replace("\r\n", "\n");
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if rest.starts_with('#') {
            rest = rest
                .split_once('\n')
                .map_or("", |(_, rest)| rest)
                .trim_start();
            continue;
        }
        let (name, value) = rest.split_once('=').unwrap();
        let quote = value.chars().next().unwrap();
        assert!(matches!(quote, '\'' | '"'), "{name} is not quoted");
        let (value, after) = quoted(value.get(1..).unwrap(), quote);
        let value = if quote == '"' {
            expanded(&value)
        } else {
            value
        };
        found.insert(name.to_owned(), value);
        rest = after.trim_start();
    }
    found
}

/// What stands before the closing quote, and what after it.
fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut escape = false;
    for (place, char) in text.char_indices() {
        match (char == quote, escape) {
            (false, false) if char == '\\' => escape = true,
            (false, _) => {
                if escape {
                    value.push('\\');
                }
                escape = false;
                value.push(char);
            }
            (true, true) => {
                escape = false;
                value.push(char);
            }
            (true, false) => return (value, text.get(place + 1..).unwrap()),
        }
    }
    panic!("a value without its closing quote");
}

/// Escapes, and `$$` for a dollar; a dollar that begins a variable is a mistake of ours.
fn expanded(text: &str) -> String {
    let mut escaped = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('$') => escaped.push_str("$$"),
                Some('r') => escaped.push('\r'),
                Some('n') => escaped.push('\n'),
                Some(char @ ('\\' | '"')) => escaped.push(char),
                other => panic!("an escape that is not expected: {other:?}"),
            },
            char => escaped.push(char),
        }
    }
    interpolated(&escaped, &BTreeMap::new())
}

/// `${NAME}` and `$$`, as Compose fills them in.
pub fn interpolated(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else {
            let (name, after) = after.strip_prefix('{').unwrap().split_once('}').unwrap();
            result.push_str(&variables[name]);
            rest = after;
        }
    }
    result + rest
}

/// A real Compose, or nothing where a developer may go on without it.
pub async fn real_compose() -> Option<Compose> {
    match Compose::find().await {
        Ok(compose) => Some(compose),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "{reason}");
            eprintln!("NOT TESTED: {reason}");
            None
        }
    }
}
