//! The steps, and what is said before each question.

use std::borrow::Cow;

use serde::Serialize;

use crate::stack::Stack;

/// A step of the tour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The services.
    Services,
    /// Discovery.
    Discovery,
    /// A key and its token.
    Token,
    /// Schools.
    Schools,
    /// A student.
    Student,
    /// Something the key may not do.
    Refusal,
    /// Addresses for a browser.
    Addresses,
    /// Where data lives; stop, start, remove.
    Data,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Services,
        Self::Discovery,
        Self::Token,
        Self::Schools,
        Self::Student,
        Self::Refusal,
        Self::Addresses,
        Self::Data,
    ];

    /// Its number, from 1.
    pub fn number(self) -> usize {
        Self::ALL
            .iter()
            .position(|step| *step == self)
            .unwrap_or_default()
            + 1
    }

    /// The one after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    /// The one before it.
    pub fn before(self) -> Option<Self> {
        Self::ALL.get(self.number().checked_sub(2)?).copied()
    }

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Services => "What runs here",
            Self::Discovery => "The API introduces itself",
            Self::Token => "A key opens the door",
            Self::Schools => "Schools",
            Self::Student => "A student",
            Self::Refusal => "What this key may not do",
            Self::Addresses => "Where to click",
            Self::Data => "Where the data lives",
        }
    }
}

/// What is said before a step's question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// The step.
    pub step: Step,
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Heading.
    pub title: &'static str,
    /// What it is about, in sentences.
    pub text: Vec<Cow<'static, str>>,
    /// What will be asked.
    pub question: &'static str,
}

/// The words of a step, as they fit a deployment.
pub fn page(step: Step, stack: &Stack) -> Page {
    Page {
        step,
        number: step.number(),
        of: Step::ALL.len(),
        title: step.title(),
        text: text(step, stack),
        question: question(step),
    }
}

fn text(step: Step, stack: &Stack) -> Vec<Cow<'static, str>> {
    let mut sentences: Vec<Cow<'static, str>> = fixed_text(step, stack)
        .into_iter()
        .map(Cow::Borrowed)
        .collect();
    let databases = &stack.databases;
    if let (Step::Token, [first, _, ..]) = (step, databases.instances.as_slice())
        && let Some(last) = sentences.last_mut()
    {
        let own = format!(
            " It opens {}, the first of {} databases here.",
            first.name,
            databases.instances.len()
        );
        last.to_mut().push_str(&own);
    }
    sentences
}

fn fixed_text(step: Step, stack: &Stack) -> Vec<&'static str> {
    let is_sandbox = has_sandboxes(stack);
    match step {
        Step::Services => vec![
            "This platform is a small group of programs, called services.",
            "Each has one task, and a container of its own.",
            "Only the gateway can be reached from outside. It passes requests on to the others.",
        ],
        Step::Discovery => vec![
            "Every program that wants to work with the platform first opens its front page.",
            "Anybody may do that; no key is needed.",
            "The answer names the release, the data standard, and where to go from there.",
        ],
        Step::Token => vec![
            "Data is only for programs that have a key and a secret, much like a user name and a password.",
            "They hand both in and get a token: a pass that is good for a while.",
            if is_sandbox {
                "The tour uses the key of the sandbox, and one token for all steps."
            } else {
                "The tour has made itself a key that may only read. It is taken away at the end."
            },
        ],
        Step::Schools => vec![
            "With the token we may ask for data. Schools come first, since most other data belongs to one.",
            "The end of the address says what we want: schools, and of those only one.",
        ],
        Step::Student if is_sandbox => vec![
            "A student is asked for in the same way.",
            "A key sees only the students of the schools and districts it was made for.",
            "All students of the sandbox are invented.",
        ],
        Step::Student => vec![
            "A student is asked for in the same way.",
            "A key sees only the students of the schools and districts it was made for.",
            "This may be a real child, so the tour shows the form of the answer and hides what is in it.",
        ],
        Step::Refusal => vec![
            "A key can do what it was given the right to, and nothing else.",
            "This one may read the list of school years, but not change it.",
            "We try to write a year back just as it is, so nothing could change anyway.",
        ],
        Step::Addresses if stack.access.authority_pem.is_some() => vec![
            "These addresses are for a web browser.",
            "It will warn at first, because the certificate was made on this computer.",
            "It stops when it trusts the file named below.",
        ],
        Step::Addresses => vec!["These addresses are for a web browser."],
        Step::Data => vec![
            "Data lives in volumes of the container engine, apart from the services.",
            "A service can be stopped, or made anew, and its data stays.",
            "Passwords and keys are in one folder. Keep a copy of it: without it the data cannot be opened.",
        ],
    }
}

fn question(step: Step) -> &'static str {
    match step {
        Step::Services => "We ask the container engine which of them run.",
        Step::Discovery => "We open the front page.",
        Step::Token => "We hand in a key and a secret.",
        Step::Schools => "We ask for one school.",
        Step::Student => "We ask for one student.",
        Step::Refusal => "We read, and then try to write.",
        Step::Addresses => "We open each page once, to see that it is there.",
        Step::Data => "Nothing is asked here. These are the places and the commands.",
    }
}

/// Whether the deployment is a try-out with sandboxes.
pub(super) fn has_sandboxes(stack: &Stack) -> bool {
    !stack.databases.sandboxes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tour::rows::tests::stack;

    /// Longer ones cannot be read aloud in one breath.
    const LONGEST_SENTENCE: usize = 110;

    #[test]
    fn steps_lead_from_the_first_to_the_last_and_back() {
        let mut step = Step::Services;
        let mut seen = vec![step];
        while let Some(next) = step.next() {
            assert_eq!(next.before(), Some(step));
            step = next;
            seen.push(step);
        }
        assert_eq!(seen, Step::ALL);
        assert_eq!(Step::Services.before(), None);
    }

    #[test]
    fn every_sentence_is_short_and_whole() {
        for (profile, _) in crate::profile::built_in() {
            let stack = stack(profile);
            for step in Step::ALL {
                let page = page(step, &stack);
                assert!(!page.text.is_empty() && page.text.len() <= 3, "{step:?}");
                let texts = page.text.iter().map(AsRef::as_ref);
                for text in texts.chain([page.question]) {
                    assert!(text.ends_with('.'), "{text}");
                    assert!(!text.contains('!'), "{text}");
                    for sentence in text.split_inclusive(". ") {
                        assert!(sentence.chars().count() <= LONGEST_SENTENCE, "{sentence}");
                    }
                }
                assert!(page.title.chars().count() <= 30, "{}", page.title);
            }
        }
    }

    #[test]
    fn a_real_deployment_hides_and_a_sandbox_does_not_pretend_to() {
        let words = |profile: &str, step| page(step, &stack(profile)).text.join(" ");
        assert!(words("demo", Step::Student).contains("invented"));
        assert!(words("district-shared", Step::Student).contains("hides"));
        assert!(words("district-shared", Step::Token).contains("taken away"));
        assert!(!words("demo", Step::Token).contains("taken away"));
    }

    #[test]
    fn of_several_databases_the_one_that_is_shown_is_named() {
        let words = |profile: &str| page(Step::Token, &stack(profile)).text.join(" ");
        assert!(words("district-years").ends_with("It opens 2026, the first of 2 databases here."));
        assert!(words("tenants-years").contains("It opens north-2026, the first of 4"));
        assert!(!words("district-shared").contains("It opens"));
    }
}
