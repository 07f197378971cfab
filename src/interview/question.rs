//! What a question is.

/// One question.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Its name, for drafts and other questions.
    pub id: &'static str,
    /// What it is about, in a word or three.
    pub title: &'static str,
    /// The question.
    pub wording: &'static str,
    /// One line beside it.
    pub help: &'static str,
    /// Why it is asked, and how to choose.
    pub why: &'static str,
    /// What an answer is.
    pub form: Form,
    /// The answer that is proposed.
    pub usual: Usual,
    /// When it applies.
    pub when: When,
    /// Questions after whose change this answer deserves another look.
    pub depends_on: &'static [&'static str],
    /// What can be looked up beside the answer, if there is time.
    pub checks: &'static [Check],
    /// Whether it is asked only on request, since almost everybody keeps the usual answer.
    pub more: More,
}

/// Whether a question is asked only on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// No: on the first way through.
    No,
    /// Yes, at the review.
    Yes,
    /// Yes, but on the first way through after these answers to another question.
    Unless {
        /// The other question.
        question: &'static str,
        /// The answers.
        is: &'static [&'static str],
    },
}

/// What an answer is, and which fields it sets.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// One of these. A question with one choice is not asked.
    Choice(&'static [Choice]),
    /// One of what the catalog has, as the value of this field.
    Catalog {
        /// Path of the field.
        field: &'static str,
        /// What of the catalog.
        shelf: Shelf,
    },
    /// A text or number, as the value of this field.
    Text {
        /// Path of the field.
        field: &'static str,
    },
    /// Several of them.
    List {
        /// Path of the field.
        field: &'static str,
    },
    /// Several folders on this computer, each with a name: `name = folder`.
    Folders {
        /// Path of the field.
        field: &'static str,
    },
    /// The name of a file on this computer.
    File {
        /// Path of the field.
        field: &'static str,
    },
}

impl Form {
    /// The one field that takes the answer as it is.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Choice(_) => None,
            Self::Catalog { field, .. }
            | Self::Text { field }
            | Self::List { field }
            | Self::Folders { field }
            | Self::File { field } => Some(field),
        }
    }

    /// The field, if the answer is several things.
    pub fn list(&self) -> Option<&'static str> {
        match self {
            Self::List { field } | Self::Folders { field } => Some(field),
            _ => None,
        }
    }

    /// Every field that an answer may set.
    pub fn fields(&self) -> Vec<&'static str> {
        match self {
            Self::Choice(choices) => choices
                .iter()
                .flat_map(|choice| choice.sets)
                .map(|(field, _)| *field)
                .collect(),
            _ => self.field().into_iter().collect(),
        }
    }
}

/// A part of the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Releases of the ODS/API.
    Releases,
    /// Data standards of the chosen release.
    DataStandards,
}

/// One of several answers.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Its name, for drafts and other questions.
    pub id: &'static str,
    /// What it is, in a line.
    pub title: &'static str,
    /// What it means for what is set up.
    pub means: &'static str,
    /// The same as a picture, up to 10 lines of up to 34 columns; see [`ascii`](super::ascii) for its twin.
    pub picture: &'static [&'static str],
    /// Fields and the values they get. `{practice}` stands for where practice images are. Without
    /// any, a question that hangs on this choice sets them.
    pub sets: &'static [(&'static str, &'static str)],
    /// What everybody who takes it should know.
    pub warning: Option<&'static str>,
    /// Whether it is there only while no registry is known to answer.
    pub stopgap: bool,
}

/// The answer that is proposed.
#[derive(Debug, Clone, Copy)]
pub enum Usual {
    /// What the field is in a profile that does not say it.
    Field,
    /// The first one there is.
    First,
    /// This.
    Is(&'static str),
    /// One thing after a certain answer to another question, something else after any other.
    After {
        /// The other question.
        question: &'static str,
        /// The answer to it.
        answer: &'static str,
        /// What is proposed then.
        then: &'static str,
        /// What is proposed otherwise.
        otherwise: &'static str,
    },
    /// The use case's usual name, or the first one after it that is free.
    FreeName,
    /// The present school year and the next one.
    SchoolYears,
    /// For a state a quarter of the engine's memory, if that is known; otherwise none.
    MemoryShare,
    /// `localhost` for this computer only, otherwise the name this computer has.
    Host,
    /// Practice images where no registry can be reached, otherwise the registry.
    Images,
    /// Nobody can know.
    Nothing,
}

/// When a question applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// To everybody.
    Always,
    /// After one of these answers to another question that applies itself.
    Answered {
        /// The other question.
        question: &'static str,
        /// The answers.
        is: &'static [&'static str],
    },
    /// After one of these: another question that applies itself, and its answers.
    Any(&'static [(&'static str, &'static [&'static str])]),
}

impl When {
    /// The questions it hangs on, each with the answers after which it applies.
    pub fn parents(&self) -> Vec<(&'static str, &'static [&'static str])> {
        match self {
            Self::Always => Vec::new(),
            Self::Answered { question, is } => vec![(question, is)],
            Self::Any(parents) => parents.to_vec(),
        }
    }
}

/// What can be looked up beside an answer. It takes time, so a face does it while the questions go
/// on; what it finds is told and holds nobody up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Is there a deployment of this name already?
    NameTaken,
    /// Does the network know the host name?
    HostResolves,
    /// Is the port free?
    PortFree,
    /// Can the images be had?
    ImagesObtainable,
}

impl Check {
    /// What is being looked up, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NameTaken => "whether the name is free",
            Self::HostResolves => "whether the network knows the name",
            Self::PortFree => "whether the port is free",
            Self::ImagesObtainable => "whether the images can be had",
        }
    }
}
