//! Looking things up while the questions go on.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::checks::Finding;
use crate::deployment::Home;
use crate::engine::docker::DockerEngine;
use crate::interview::{Check, Interview};
use crate::profile::Profile;
use crate::session;

use super::super::look::registry_answer;
use super::super::now;

/// Most answers come at once; this long the next question waits for one.
const SOON: Duration = Duration::from_millis(800);

/// What was found for an answer.
#[derive(Debug)]
struct Found {
    id: &'static str,
    answer: Option<String>,
    findings: Vec<Finding>,
}

/// Look-ups on their way.
#[derive(Debug, Default)]
pub(super) struct Beside(JoinSet<Found>);

impl Beside {
    /// Begins to look something up for the answer just given.
    pub fn begin(
        &mut self,
        check: Check,
        id: &'static str,
        interview: &Interview,
        profile: Profile,
        home: Home,
        engine: Option<DockerEngine>,
    ) {
        let answer = interview.effective(id);
        self.0.spawn(async move {
            let asked = engine.as_ref();
            let obtainable = |image: String| async move {
                match asked {
                    Some(engine) => registry_answer(engine, &image).await,
                    None => Ok(()),
                }
            };
            let findings = session::look_up(check, &profile, &home, asked, now(), obtainable).await;
            Found {
                id,
                answer,
                findings,
            }
        });
    }

    /// What has come in so far.
    pub async fn found(&mut self, interview: &Interview) -> Vec<Finding> {
        self.within(interview, Duration::ZERO).await
    }

    /// The same, after a short wait.
    pub async fn soon(&mut self, interview: &Interview) -> Vec<Finding> {
        self.within(interview, SOON).await
    }

    /// Everything; each look-up gives up by itself.
    pub async fn all(&mut self, interview: &Interview) -> Vec<Finding> {
        self.within(interview, Duration::from_secs(30)).await
    }

    async fn within(&mut self, interview: &Interview, wait: Duration) -> Vec<Finding> {
        let mut found = Vec::new();
        let until = tokio::time::Instant::now() + wait;
        while !self.0.is_empty() {
            match tokio::time::timeout_at(until, self.0.join_next()).await {
                Ok(Some(Ok(one))) => {
                    // What was found for an answer that is no longer there interests nobody.
                    if interview.effective(one.id) == one.answer {
                        found.extend(one.findings);
                    }
                }
                // A look-up that failed altogether has nothing to say.
                Ok(Some(Err(_))) => {}
                Ok(None) | Err(_) => break,
            }
        }
        found
    }
}
