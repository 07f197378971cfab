//! What can be chosen, and what is proposed, after what was answered so far.

use super::question::{Form, Question, Shelf, Usual};
use super::state::Interview;
use crate::profile;

/// The part of the engine's memory that is proposed for a state's data.
const SHARE: u64 = 4;
/// Less than this, in megabytes, is nothing to propose.
const LEAST_SHARE: u64 = 256;

/// An answer that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name: what [`Interview::answer`] takes.
    pub id: String,
    /// What it is, in a line.
    pub title: String,
    /// What it means.
    pub means: String,
    /// The same as a picture.
    pub picture: &'static [&'static str],
    /// What everybody who takes it should know.
    pub warning: Option<&'static str>,
}

impl Interview {
    /// What can be chosen as an answer; empty where it is typed.
    pub fn offers(&self, question: &Question) -> Vec<Offer> {
        match question.form {
            Form::Choice(choices) => choices
                .iter()
                .filter(|choice| {
                    !choice.stopgap
                        || self.context.registry_answers != Some(true)
                        || self.answers.get(question.id).map(String::as_str) == Some(choice.id)
                })
                .map(|choice| Offer {
                    id: choice.id.to_owned(),
                    title: choice.title.to_owned(),
                    means: choice.means.to_owned(),
                    picture: choice.picture,
                    warning: choice.warning,
                })
                .collect(),
            Form::Catalog { shelf, .. } => self.on_shelf(shelf),
            Form::Text { .. } | Form::List { .. } | Form::Folders { .. } | Form::File { .. } => {
                Vec::new()
            }
        }
    }

    fn on_shelf(&self, wanted: Shelf) -> Vec<Offer> {
        let offer = |id: &str, title: String, means: String| Offer {
            id: id.to_owned(),
            title,
            means,
            picture: &[],
            warning: None,
        };
        let releases = &self.context.releases;
        match wanted {
            Shelf::Releases => releases
                .iter()
                .filter(|on_offer| {
                    let use_case = self.use_case();
                    use_case.is_none_or(|use_case| on_offer.use_cases.contains(&use_case))
                })
                .map(|on_offer| {
                    let until = format!("Ed-Fi supports it until {}.", on_offer.supported_until);
                    offer(
                        &on_offer.release,
                        format!("ODS/API {}", on_offer.release),
                        until,
                    )
                })
                .collect(),
            Shelf::DataStandards => {
                let release = self.effective("release");
                releases
                    .iter()
                    .find(|on_offer| Some(&on_offer.release) == release.as_ref())
                    .into_iter()
                    .flat_map(|on_offer| on_offer.data_standards.iter().enumerate())
                    .map(|(number, id)| {
                        let means = if number == 0 {
                            "The one this release was made for."
                        } else {
                            "For programs that do not speak the newer one yet."
                        };
                        offer(id, format!("Data standard {id}"), means.to_owned())
                    })
                    .collect()
            }
        }
    }

    /// The answer that is proposed.
    pub fn usual(&self, question: &Question) -> Option<String> {
        let is = |id: &str, answer: &str| self.effective(id).as_deref() == Some(answer);
        match question.usual {
            Usual::Field => profile::usual(question.form.field()?),
            Usual::First => self.offers(question).first().map(|offer| offer.id.clone()),
            Usual::Is(answer) => Some(answer.to_owned()),
            Usual::After {
                question,
                answer,
                then,
                otherwise,
            } => Some(
                if is(question, answer) {
                    then
                } else {
                    otherwise
                }
                .to_owned(),
            ),
            Usual::FreeName => Some(self.free_name()),
            Usual::Host => {
                let name = self.context.computer_name.as_ref();
                let own = name.filter(|_| !is("reach", "here"));
                Some(own.map_or("localhost", String::as_str).to_owned())
            }
            Usual::Images => {
                let reachable = self.context.registry_answers != Some(false);
                Some(if reachable { "registry" } else { "practice" }.to_owned())
            }
            Usual::SchoolYears => {
                let first = self.context.school_year?;
                Some(format!("{first}, {}", first + 1))
            }
            Usual::MemoryShare => {
                let share = self.context.engine_memory_mb.map(|memory| memory / SHARE);
                let state = is("use-case", "state");
                let share = share.filter(|share| state && *share >= LEAST_SHARE);
                Some(share.map_or_else(String::new, |share| share.to_string()))
            }
            Usual::Nothing => None,
        }
    }

    fn free_name(&self) -> String {
        let who = self.effective("use-case");
        let first = match who.as_deref() {
            Some("sandbox") => "demo",
            Some("districts") => "districts",
            Some("tenants") => "tenants",
            Some("state") => "state",
            _ => "district",
        };
        std::iter::once(first.to_owned())
            .chain((2..10_000).map(|number| format!("{first}-{number}")))
            .find(|name| !self.context.taken_names.contains(name))
            .unwrap_or_default()
    }
}
