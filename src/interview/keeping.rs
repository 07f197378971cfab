//! What is kept for another day. There is room for one set of answers; those that are there may be
//! others, and stay until something is answered otherwise.

use super::state::Interview;

/// Decides when answers are to be kept, and whether what is kept is ours to forget.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// The text as it was kept last.
    kept: String,
    /// The answers it began with, as long as nothing else was answered.
    untouched: Option<Box<Interview>>,
}

impl Keeping {
    /// For answers that are kept already.
    pub fn of_kept(interview: &Interview) -> Self {
        Self {
            kept: interview.draft(),
            untouched: None,
        }
    }

    /// For answers from elsewhere: none at all, or those of a profile.
    pub fn of_others(interview: &Interview) -> Self {
        Self {
            kept: interview.draft(),
            untouched: Some(Box::new(interview.clone())),
        }
    }

    /// The text to be kept now, if it is another one.
    pub fn next(&mut self, interview: &Interview) -> Option<String> {
        if !self.is_other(interview) {
            return None;
        }
        let draft = interview.draft();
        if draft == self.kept {
            return None;
        }
        self.untouched = None;
        self.kept.clone_from(&draft);
        Some(draft)
    }

    /// Whether something was answered otherwise than in the beginning, or already before.
    pub fn is_other(&self, interview: &Interview) -> bool {
        let first = self.untouched.as_deref();
        first.is_none_or(|first| !first.holds_the_same(interview))
    }

    /// Whether what is kept are these answers, so that it goes when they are a deployment.
    pub fn is_ours(&self) -> bool {
        self.untouched.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::interview::Context;

    fn interview() -> Interview {
        Interview::new(Context::new(&Catalog::embedded().unwrap()))
    }

    #[test]
    fn looking_around_replaces_and_forgets_nothing() {
        let mut interview = interview();
        let mut keeping = Keeping::of_others(&interview);
        interview.review();
        interview.back();
        assert_eq!(keeping.next(&interview), None);
        assert!(!keeping.is_ours());
        interview.answer("name", "other").unwrap();
        assert!(keeping.next(&interview).unwrap().contains("other"));
        assert!(keeping.is_ours());
        assert_eq!(keeping.next(&interview), None, "it is kept");
        // From now on the place is worth keeping, too.
        interview.review();
        assert!(keeping.next(&interview).is_some());
    }

    #[test]
    fn answers_that_were_kept_are_ours_from_the_beginning() {
        let mut interview = interview();
        let mut keeping = Keeping::of_kept(&interview);
        assert!(keeping.is_ours());
        assert_eq!(keeping.next(&interview), None);
        interview.review();
        assert!(keeping.next(&interview).is_some());
    }
}
