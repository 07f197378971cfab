//! Adding to a deployment's lists of years, districts and tenants, and taking away from them: from an
//! operator's words to changes of the profile. Pure; the profile's own rules have the last word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use crate::diagnostic::{Diagnostic, Severity};
use crate::profile::{self, Override, Profile, UseCase};

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A school year, by the year in which it ends
    #[value(alias = "years")]
    Year,
    /// A district, by the number that the state gave it
    #[value(alias = "districts")]
    District,
    /// A tenant, by its short name
    #[value(alias = "tenants")]
    Tenant,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Year, Self::District, Self::Tenant];

    /// The kind that a word of the command line names.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| word == kind.word() || word == kind.list())
    }

    /// As in `add year`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::District => "district",
            Self::Tenant => "tenant",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Year => "school year",
            Self::District => "district",
            Self::Tenant => "tenant",
        }
    }

    /// Name of its list in `instances`.
    pub fn list(self) -> &'static str {
        match self {
            Self::Year => "years",
            Self::District => "districts",
            Self::Tenant => "tenants",
        }
    }

    /// Whether a use case has such a list.
    pub fn is_in(self, use_case: UseCase) -> bool {
        match self {
            Self::Year => use_case.has_years(),
            Self::District => use_case.has_districts(),
            Self::Tenant => use_case.has_tenants(),
        }
    }

    /// An example of a value.
    pub fn example(self) -> &'static str {
        match self {
            Self::Year => "2027",
            Self::District => "255903",
            Self::Tenant => "east",
        }
    }

    fn of_profile(self, profile: &Profile) -> Vec<String> {
        let lists = &profile.instances;
        match self {
            Self::Year => lists.years.iter().map(u16::to_string).collect(),
            Self::District => lists.districts.iter().map(u64::to_string).collect(),
            Self::Tenant => lists.tenants.clone(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What becomes of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The list.
    pub kind: Kind,
    /// The values, each once.
    pub values: Vec<String>,
    /// Those of them that the profile has already. Adding them again goes on with what was begun.
    pub known: Vec<String>,
    /// The instances that it is about, by name.
    pub instances: Vec<String>,
    /// What each of these is to be copied from, where copies were asked for.
    pub copies: BTreeMap<String, String>,
    /// The same as `--set` arguments over the profile.
    pub set: Vec<String>,
}

/// Adds values to a list; with `from`, their databases begin as copies of that value's.
pub fn add(
    profile: &Profile,
    kind: Kind,
    values: &[String],
    from: Option<&str>,
) -> Result<Change, Vec<Diagnostic>> {
    has_list(profile, kind)?;
    let values = checked(kind, values)?;
    let from = from
        .map(|from| checked(kind, &[from.to_owned()]))
        .transpose()?
        .and_then(|from| from.into_iter().next());
    if let Some(from) = from.as_ref().filter(|from| values.contains(from)) {
        return Err(vec![
            Diagnostic::new(
                "E-5105",
                Severity::Block,
                format!("{from} cannot begin as a copy of itself."),
            )
            .help(format!("Name another {} after --from.", kind.title())),
        ]);
    }
    let mut list = kind.of_profile(profile);
    let (known, new): (Vec<_>, Vec<_>) = values
        .iter()
        .cloned()
        .partition(|value| list.contains(value));
    list.extend(new);
    let mut instances = Vec::new();
    let mut copies = BTreeMap::new();
    for value in &values {
        let names = names(profile, kind, value);
        if let Some(from) = &from {
            let sources = self::names(profile, kind, from);
            copies.extend(names.iter().cloned().zip(sources));
        }
        instances.extend(names);
    }
    let mut set = vec![list_argument(kind, &list)];
    if !copies.is_empty() {
        let mut all = profile.instances.copies.clone();
        all.extend(copies.clone());
        set.push(copies_argument(&all));
    }
    Ok(Change {
        kind,
        values,
        known,
        instances,
        copies,
        set,
    })
}

/// Takes values away from a list. At least one stays.
pub fn remove(profile: &Profile, kind: Kind, values: &[String]) -> Result<Change, Vec<Diagnostic>> {
    has_list(profile, kind)?;
    let values = checked(kind, values)?;
    let mut list = kind.of_profile(profile);
    let missing: Vec<Diagnostic> = values
        .iter()
        .filter(|value| !list.contains(value))
        .map(|value| {
            Diagnostic::new(
                "E-5104",
                Severity::Block,
                format!("{} has no {} {value}.", profile.name, kind.title()),
            )
            .help(format!("It has: {}.", list.join(", ")))
        })
        .collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    list.retain(|value| !values.contains(value));
    if list.is_empty() {
        return Err(vec![
            Diagnostic::new(
                "E-5103",
                Severity::Block,
                format!("{} would be left without any {}.", profile.name, kind.title()),
            )
            .help(format!(
                "Add another one first, as in: edfi-setup add {kind} {example} --name {name}. To stop the deployment and keep its data: edfi-setup down {name}. To remove all of it: edfi-setup remove {name}.",
                example = kind.example(),
                name = profile.name,
            )),
        ]);
    }
    let instances: Vec<String> = values
        .iter()
        .flat_map(|value| names(profile, kind, value))
        .collect();
    let mut set = vec![list_argument(kind, &list)];
    let mut copies = profile.instances.copies.clone();
    copies.retain(|name, _| !instances.contains(name));
    if copies != profile.instances.copies {
        set.push(copies_argument(&copies));
    }
    Ok(Change {
        kind,
        known: values.clone(),
        values,
        instances,
        copies: BTreeMap::new(),
        set,
    })
}

/// The part of a profile that has the list, as it would stand in a file of the operator's own.
pub fn as_lines(profile: &Profile, kind: Kind) -> String {
    let list = kind.of_profile(profile).join(", ");
    let mut lines = format!("instances:\n  {}: [{list}]", kind.list());
    if !profile.instances.copies.is_empty() {
        lines.push_str("\n  copies:");
        for (name, from) in &profile.instances.copies {
            // Writing to a String cannot fail.
            let _ = write!(lines, "\n    \"{name}\": \"{from}\"");
        }
    }
    lines
}

/// Names of the instances that a value stands for.
fn names(profile: &Profile, kind: Kind, value: &str) -> Vec<String> {
    let lists = &profile.instances;
    let use_case = profile.use_case;
    match kind {
        Kind::Year if use_case.has_tenants() => lists
            .tenants
            .iter()
            .map(|tenant| format!("{tenant}-{value}"))
            .collect(),
        Kind::Tenant if use_case.has_years() => lists
            .years
            .iter()
            .map(|year| format!("{value}-{year}"))
            .collect(),
        _ => vec![value.to_owned()],
    }
}

fn list_argument(kind: Kind, list: &[String]) -> String {
    format!("instances.{}=[{}]", kind.list(), list.join(", "))
}

fn copies_argument(copies: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = copies
        .iter()
        .map(|(name, from)| format!("\"{name}\": \"{from}\""))
        .collect();
    format!("instances.copies={{{}}}", pairs.join(", "))
}

fn has_list(profile: &Profile, kind: Kind) -> Result<(), Vec<Diagnostic>> {
    if kind.is_in(profile.use_case) {
        return Ok(());
    }
    let own: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| kind.is_in(profile.use_case))
        .collect();
    let help = match own.first() {
        Some(other) => format!(
            "Add one of these, as in: edfi-setup add {other} {} --name {}.",
            other.example(),
            profile.name
        ),
        None => format!(
            "It keeps everything in one database. For a database for each {title}, make another deployment, as in: edfi-setup up {built_in} --name {name}-2. The one that runs stays as it is.",
            title = kind.title(),
            built_in = match kind {
                Kind::Year => "district-years",
                Kind::District => "districts",
                Kind::Tenant => "tenants",
            },
            name = profile.name,
        ),
    };
    let lists: Vec<&str> = own.iter().map(|kind| kind.list()).collect();
    let has = if lists.is_empty() {
        "no such list at all".to_owned()
    } else {
        format!("a list of {}", lists.join(" and one of "))
    };
    Err(vec![
        Diagnostic::new(
            "E-5102",
            Severity::Block,
            format!(
                "{} has no {}: its use case is {}, which has {has}.",
                profile.name,
                kind.list(),
                profile.use_case.word(),
            ),
        )
        .help(help),
    ])
}

/// The values, each once and in its usual form; or all that is wrong with them.
fn checked(kind: Kind, values: &[String]) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut seen = BTreeSet::new();
    let mut good = Vec::new();
    let mut wrong = Vec::new();
    for value in values {
        match form(kind, value) {
            Ok(value) => {
                if seen.insert(value.clone()) {
                    good.push(value);
                }
            }
            Err(finding) => wrong.push(*finding),
        }
    }
    if good.is_empty() && wrong.is_empty() {
        wrong.push(
            Diagnostic::new(
                "E-5100",
                Severity::Block,
                format!("No {} was named.", kind.title()),
            )
            .help(format!("As in: edfi-setup add {kind} {}.", kind.example())),
        );
    }
    if wrong.is_empty() {
        Ok(good)
    } else {
        Err(wrong)
    }
}

fn form(kind: Kind, value: &str) -> Result<String, Box<Diagnostic>> {
    let value = value.trim();
    let wrong = |expected: &str| {
        let mut finding = Diagnostic::new(
            "E-5100",
            Severity::Block,
            format!("{value:?} is no {}.", kind.title()),
        );
        finding.expected = Some(expected.to_owned());
        Box::new(finding)
    };
    match kind {
        Kind::Year => value
            .parse::<u16>()
            .ok()
            .filter(|year| (2000..=2099).contains(year))
            .map(|year| year.to_string())
            .ok_or_else(|| wrong("the year in which the school year ends, 2000 to 2099")),
        Kind::District => value
            .parse::<i64>()
            .ok()
            .filter(|number| *number > 0)
            .map(|number| number.to_string())
            .ok_or_else(|| wrong("the number that the state gave the district, as in 255901")),
        // The profile knows which names are taken.
        Kind::Tenant => Override::parse(&format!("instances.tenants=[{value:?}]"))
            .and_then(|change| profile::check(&change))
            .map(|()| value.to_owned())
            .map_err(|_| {
                wrong("2 to 20 lower-case letters, digits and hyphens, as in east; no word that addresses use otherwise")
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Profile {
        profile::load(name, &[]).unwrap().profile
    }

    fn words(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    fn applied(profile: &Profile, change: &Change) -> Profile {
        let set: Vec<Override> = change
            .set
            .iter()
            .map(|argument| Override::parse(argument).unwrap())
            .collect();
        let text = profile::write(profile).unwrap();
        let read = profile::read(&text, std::path::Path::new("test.yml"), &set);
        read.unwrap().profile
    }

    #[test]
    fn what_is_added_can_be_taken_away_again() {
        for (name, kind, value, from) in [
            ("district-years", Kind::Year, "2031", "2026"),
            ("districts", Kind::District, "255999", "255901"),
            ("tenants", Kind::Tenant, "east", "north"),
            ("tenants-years", Kind::Tenant, "east", "north"),
            ("tenants-years", Kind::Year, "2031", "2026"),
            ("state-years", Kind::Year, "2031", "2026"),
        ] {
            let before = of(name);
            let change = add(&before, kind, &words(&[value, value]), Some(from)).unwrap();
            let after = applied(&before, &change);
            let names = after.instance_names();
            let new: Vec<_> = names
                .iter()
                .filter(|name| !before.instance_names().contains(name))
                .collect();
            assert_eq!(
                change.instances.iter().collect::<BTreeSet<_>>(),
                new.into_iter().collect(),
                "{name}"
            );
            assert_eq!(after.instances.copies.len(), change.instances.len());
            assert!(
                after
                    .instances
                    .copies
                    .values()
                    .all(|from| names.contains(from))
            );

            let again = add(&after, kind, &words(&[value]), None).unwrap();
            assert_eq!(again.known, [value]);
            assert_eq!(applied(&after, &again), after);

            let gone = remove(&after, kind, &words(&[value])).unwrap();
            assert_eq!(gone.instances, change.instances);
            assert_eq!(applied(&after, &gone), before);
        }
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let years = of("district-years");
        let wrong = add(
            &years,
            Kind::Year,
            &words(&["2027", "1999", "next", ""]),
            None,
        );
        assert_eq!(wrong.unwrap_err().len(), 3);
        let tenants = of("tenants");
        for bad in ["East", "a", "oauth", "-x", "a b", "x\"y"] {
            let wrong = add(&tenants, Kind::Tenant, &words(&[bad]), None).unwrap_err();
            assert_eq!(wrong[0].code, "E-5100", "{bad}");
        }
        let codes = |result: Result<Change, Vec<Diagnostic>>| result.unwrap_err()[0].code;
        assert_eq!(codes(add(&years, Kind::Year, &[], None)), "E-5100");
        assert_eq!(
            codes(add(&years, Kind::Year, &words(&["2030"]), Some("2030"))),
            "E-5105"
        );
        assert_eq!(
            codes(add(&years, Kind::District, &words(&["1"]), None)),
            "E-5102"
        );
        assert_eq!(
            codes(add(
                &of("district-shared"),
                Kind::Year,
                &words(&["2030"]),
                None
            )),
            "E-5102"
        );
        assert_eq!(
            codes(remove(&years, Kind::Year, &words(&["2090"]))),
            "E-5104"
        );
        let all: Vec<String> = years.instances.years.iter().map(u16::to_string).collect();
        assert_eq!(codes(remove(&years, Kind::Year, &all)), "E-5103");
    }
}
