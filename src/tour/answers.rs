//! What an answer means, in a sentence or two, and whether it is as it should be.

use serde_json::{Value, json};

use crate::verify::{Answer, wrong_status};

use super::sketch::{cut, hidden, line, sketch};

/// Characters of a reason that the platform gives.
const REASON: usize = 240;

/// What is made of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    /// The answer in a few lines.
    pub lines: Vec<String>,
    /// Whether it is as it should be.
    pub good: bool,
    /// What it means.
    pub words: String,
    /// What it would look like if there were something.
    pub example: Vec<String>,
    /// What to do, where it is not as it should be.
    pub next_step: Option<String>,
}

impl Meaning {
    fn good(lines: Vec<String>, words: impl Into<String>) -> Self {
        Self {
            lines,
            good: true,
            words: words.into(),
            ..Self::default()
        }
    }

    fn wrong(lines: Vec<String>, words: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            lines,
            words: words.into(),
            next_step: Some(next_step.into()),
            ..Self::default()
        }
    }
}

fn parsed(answer: &Answer) -> Option<Value> {
    serde_json::from_str(&answer.body).ok()
}

/// An answer of another kind than the one asked for.
fn unexpected(answer: &Answer) -> Meaning {
    let lines = parsed(answer).map_or_else(Vec::new, |value| sketch(&value, PROBLEM));
    let (_, next_step) = wrong_status(answer);
    let words = match answer.status {
        200..300 => "The answer has another form than the API's.".to_owned(),
        401 => "The platform does not know this key or token.".to_owned(),
        403 => "This key has no right to ask for that.".to_owned(),
        429 => "This key has been given as many tokens as it may have at a time. They expire after half an hour.".to_owned(),
        502..=504 => "The gateway answers, but the service behind it does not.".to_owned(),
        status => format!("The platform answered with status {status}, which was not expected."),
    };
    Meaning::wrong(lines, words, next_step)
}

/// Members of a problem's description.
const PROBLEM: &[&str] = &["status", "title", "detail", "type", "errors"];

/// Discovery. `api` is the address at which people reach the API.
pub(super) fn discovery(answer: &Answer, api: &str) -> Meaning {
    let document = match parsed(answer) {
        Some(document) if answer.status == 200 => document,
        _ => return unexpected(answer),
    };
    let lines = sketch(
        &document,
        &[
            "version",
            "informationalVersion",
            "dataModels.name",
            "dataModels.version",
            "urls.dataManagementApi",
            "urls.oauth",
        ],
    );
    let text = |path: &str| document.pointer(path).and_then(Value::as_str);
    let address = text("/urls/dataManagementApi").unwrap_or_default();
    if !address.starts_with(&format!("{api}/")) {
        return Meaning::wrong(
            lines,
            format!("The API calls itself by another address than {api}."),
            "access.host and access.port in the profile must be the ones that people use.",
        );
    }
    let words = match (text("/version"), text("/dataModels/0/version")) {
        (Some(release), Some(standard)) => {
            format!("This is release {release}, and it speaks data standard {standard}.")
        }
        (Some(release), None) => format!("This is release {release}."),
        (None, _) => "The API is there.".to_owned(),
    };
    Meaning::good(
        lines,
        format!("{words} A program finds all it needs from here."),
    )
}

/// A token, which is not in what is given back. The caller has taken it out of the answer already.
pub(super) fn token(answer: &Answer) -> Meaning {
    let document = match parsed(answer) {
        Some(document) if answer.status == 200 && document.get("access_token").is_some() => {
            document
        }
        // Whatever it is, it may hold a token, so it is not quoted.
        _ if answer.status == 200 => {
            return Meaning {
                lines: Vec::new(),
                ..unexpected(answer)
            };
        }
        _ => return unexpected(answer),
    };
    let lasts = document.get("expires_in").and_then(Value::as_i64);
    let lasts = lasts.map_or_else(
        || "for a while".to_owned(),
        |seconds| format!("for {} minutes", seconds / 60),
    );
    let mut shown = document;
    if let Some(token) = shown.get_mut("access_token") {
        *token = json!("••••••••");
    }
    let lines = sketch(&shown, &["access_token", "token_type", "expires_in"]);
    Meaning::good(
        lines,
        format!("The key was accepted. The token is good {lasts}; the tour keeps it to itself."),
    )
}

/// Schools.
pub(super) fn schools(answer: &Answer, expected: bool) -> Meaning {
    let Some(items) = list(answer) else {
        return unexpected(answer);
    };
    let lines = sketch(
        &items,
        &[
            "schoolId",
            "nameOfInstitution",
            "localEducationAgencyReference.localEducationAgencyId",
        ],
    );
    match (items.get(0), expected) {
        (Some(_), _) => Meaning::good(
            lines,
            "There it is. Every answer has this form: names on the left, values on the right.",
        ),
        (None, false) => Meaning {
            example: sketch(
                &json!([{ "schoolId": 255_901_001, "nameOfInstitution": "Grand Bend High School" }]),
                &["schoolId", "nameOfInstitution"],
            ),
            ..Meaning::good(
                lines,
                "The list is empty: there are no schools yet. They come with the first data. One would look like this:",
            )
        },
        (None, true) => Meaning::wrong(
            lines,
            "The list is empty, but there should be sample data.",
            "Look at how the sandboxes were made: edfi-setup logs sandbox-admin db-ods.",
        ),
    }
}

/// Students. Of those who may be real only the form is shown.
pub(super) fn students(answer: &Answer, invented: bool) -> Meaning {
    let members = &["studentUniqueId", "firstName", "lastSurname", "birthDate"];
    let Some(items) = list(answer) else {
        return unexpected(answer);
    };
    if items.get(0).is_none() {
        let example = json!([{
            "studentUniqueId": "604822",
            "firstName": "Amaya",
            "lastSurname": "Example",
            "birthDate": "2015-01-31",
        }]);
        return Meaning {
            example: sketch(&example, members),
            ..Meaning::good(
                sketch(&items, members),
                "The list is empty: there are no students yet that this key may see. One would look like this:",
            )
        };
    }
    if invented {
        return Meaning::good(
            sketch(&items, members),
            "A record of one student, invented like all of the sample data.",
        );
    }
    Meaning::good(
        sketch(&hidden(&items), members),
        "A record of one student. What is in it is hidden here; a program with this right would see it.",
    )
}

/// School years, read.
pub(super) fn school_years(answer: &Answer) -> Meaning {
    match list(answer) {
        Some(items) => Meaning::good(vec![line(&items, &["schoolYear"])], "Reading is allowed."),
        None => unexpected(answer),
    }
}

/// A school year as it was read, without what the platform adds. None if there is none.
pub(super) fn as_it_was(answer: &Answer) -> Option<String> {
    let items = list(answer)?;
    let members = items.get(0)?.as_object()?;
    let own = members
        .iter()
        .filter(|(name, _)| *name != "id" && !name.starts_with('_') && *name != "link");
    let own: serde_json::Map<String, Value> = own
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Some(Value::Object(own).to_string())
}

/// An attempt to write, which must be refused.
pub(super) fn refusal(answer: &Answer) -> Meaning {
    let problem = parsed(answer).unwrap_or_default();
    let lines = sketch(&problem, &["status", "title", "detail", "type"]);
    match answer.status {
        403 => {
            let reason = problem.pointer("/errors/0").and_then(Value::as_str);
            let reason = reason.map_or_else(String::new, |reason| {
                format!(" The platform's reason: {}", cut(reason, REASON))
            });
            Meaning::good(
                lines,
                format!(
                    "Refused, as it should be. 403 means: the key is known, but it lacks the right.{reason}"
                ),
            )
        }
        200..300 => Meaning::wrong(
            lines,
            "This key may write here, too. Nothing has changed, since the same was written back.",
            "Somebody has given its claim set more rights than Ed-Fi did. See whether that is meant.",
        ),
        _ => unexpected(answer),
    }
}

fn list(answer: &Answer) -> Option<Value> {
    parsed(answer).filter(|value| answer.status == 200 && value.is_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &Value) -> Answer {
        Answer {
            status,
            body: body.to_string(),
        }
    }

    const API: &str = "https://localhost:8443/api";

    #[test]
    fn discovery_is_right_only_with_our_own_address() {
        let document = |root: &str| {
            json!({
                "version": "7.3",
                "dataModels": [{ "name": "Ed-Fi", "version": "6.1.0" }],
                "urls": { "dataManagementApi": format!("{root}/data/v3/") },
            })
        };
        let right = discovery(&answer(200, &document(API)), API);
        assert!(
            right.good && right.words.contains("release 7.3"),
            "{right:?}"
        );
        assert!(right.words.contains("standard 6.1.0"), "{right:?}");
        let wrong = discovery(&answer(200, &document("http://api")), API);
        assert!(!wrong.good && wrong.next_step.is_some());
        let page = Answer {
            status: 502,
            body: "<html>".to_owned(),
        };
        let gone = discovery(&page, API);
        assert!(!gone.good && gone.words.contains("gateway"), "{gone:?}");
    }

    #[test]
    fn a_token_is_never_shown_whatever_form_it_has() {
        let body = json!({ "access_token": "s3cr3t", "expires_in": 1800, "token_type": "bearer" });
        let granted = token(&answer(200, &body));
        assert!(
            granted.good && granted.words.contains("30 minutes"),
            "{granted:?}"
        );
        assert!(granted.lines.join("").contains("••••"));
        for body in [body, json!(["s3cr3t"]), json!({ "token": "s3cr3t" })] {
            let meaning = token(&answer(200, &body));
            assert!(!format!("{meaning:?}").contains("s3cr3t"), "{meaning:?}");
        }
        let many = token(&answer(429, &json!({ "title": "Too Many Tokens" })));
        assert!(
            !many.good && many.words.contains("half an hour"),
            "{many:?}"
        );
    }

    #[test]
    fn students_who_may_be_real_are_hidden() {
        let body = json!([{ "firstName": "Amaya", "birthDate": "2015-01-31", "cityOfBirth": "x" }]);
        let real = students(&answer(200, &body), false);
        let shown = real.lines.join("\n");
        assert!(real.good && shown.contains("firstName"), "{shown}");
        assert!(
            !shown.contains("Amaya") && !shown.contains("2015"),
            "{shown}"
        );
        let invented = students(&answer(200, &body), true);
        assert!(invented.lines.join("\n").contains("Amaya"));
    }

    #[test]
    fn an_empty_list_is_told_honestly_and_has_an_example() {
        for meaning in [
            students(&answer(200, &json!([])), false),
            schools(&answer(200, &json!([])), false),
        ] {
            assert!(
                meaning.good && meaning.words.contains("empty"),
                "{meaning:?}"
            );
            assert_eq!(meaning.lines, ["[]"]);
            assert!(!meaning.example.is_empty());
        }
        let missing = schools(&answer(200, &json!([])), true);
        assert!(!missing.good && missing.next_step.is_some());
    }

    #[test]
    fn what_is_written_back_is_what_was_read() {
        let read = answer(
            200,
            &json!([{ "id": "1", "schoolYear": 1991, "currentSchoolYear": false, "_etag": "5" }]),
        );
        let back: Value = serde_json::from_str(&as_it_was(&read).unwrap()).unwrap();
        assert_eq!(
            back,
            json!({ "schoolYear": 1991, "currentSchoolYear": false })
        );
        assert_eq!(as_it_was(&answer(200, &json!([]))), None);
        assert_eq!(as_it_was(&answer(403, &json!([{}]))), None);
    }

    #[test]
    fn only_a_refusal_is_right() {
        let problem =
            json!({ "title": "Authorization Denied", "status": 403, "errors": ["lacks"] });
        let refused = refusal(&answer(403, &problem));
        assert!(
            refused.good && refused.words.ends_with("reason: lacks"),
            "{refused:?}"
        );
        for status in [200, 201, 400, 401, 500] {
            let other = refusal(&answer(status, &json!({})));
            assert!(!other.good && other.next_step.is_some(), "{status}");
        }
    }
}
