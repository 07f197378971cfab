//! The guide: makes a step's requests and gives what there is to show.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::deployment::{Redactor, Secret};
use crate::engine::Engine;
use crate::run::{Failure, Traces, lend_keys};
use crate::stack::Stack;
use crate::verify::{Answer, Ask, Body, Client, Credential, RequestError, TOKEN_FORM, advice};

use super::answers::{self, Meaning};
use super::rows;
use super::step::{Page, Step, has_sandboxes, page};
use super::visit::{Exchange, Row, Visit};

/// Asks on behalf of one tour: with one key and one token, however often a step is repeated.
///
/// Whoever has one calls [`Guide::leave`] at the end, however the tour ended: it takes the key away.
#[derive(Debug)]
pub struct Guide<E> {
    engine: E,
    stack: Arc<Stack>,
    folder: Option<PathBuf>,
    client: Client,
    known: Redactor,
    traces: Traces,
    purse: Mutex<Purse>,
}

/// The key, and what it was exchanged for.
#[derive(Debug, Default)]
struct Purse {
    credential: Option<Credential>,
    grant: Option<Grant>,
}

#[derive(Debug, Clone)]
struct Grant {
    token: Secret,
    exchange: Exchange,
}

/// A request for data: where, with what, and what its answer means.
struct Question<'q> {
    path: &'q str,
    json: Option<&'q str>,
    judge: &'q (dyn Fn(&Answer) -> Meaning + Sync),
}

impl<E: Engine> Guide<E> {
    /// A guide to a deployment whose gateway is at `address`. `folder` is the deployment's own, and
    /// `known` takes out the deployment's secrets.
    pub fn new(
        engine: E,
        stack: Arc<Stack>,
        folder: Option<PathBuf>,
        address: &str,
        known: Redactor,
    ) -> Result<Self, RequestError> {
        Ok(Self {
            client: Client::new(&stack.access, address)?,
            engine,
            stack,
            folder,
            known,
            traces: Traces::default(),
            purse: Mutex::default(),
        })
    }

    /// The deployment's name.
    pub fn deployment(&self) -> &str {
        &self.stack.deployment
    }

    /// The words of a step.
    pub fn page(&self, step: Step) -> Page {
        page(step, &self.stack)
    }

    /// Does a step. It can be done any number of times.
    pub async fn visit(&self, step: Step) -> Visit {
        match step {
            Step::Services => self.services().await,
            Step::Discovery => self.discovery().await,
            Step::Token => self.token().await,
            Step::Schools => self.schools().await,
            Step::Student => self.student().await,
            Step::Refusal => self.refusal().await,
            Step::Addresses => self.addresses().await,
            Step::Data => Visit {
                rows: rows::places(&self.stack, self.folder.as_deref()),
                ..Visit::default()
            },
        }
    }

    /// Takes the tour's key away. A guide that is asked afterwards makes itself another.
    pub async fn leave(&self) {
        *self.purse.lock().await = Purse::default();
        self.traces.tidy(&self.engine, &self.stack).await;
    }

    async fn services(&self) -> Visit {
        match self.engine.observe(&self.stack.deployment).await {
            Ok(observed) => Visit {
                rows: rows::services(&self.stack, &observed),
                ..Visit::default()
            },
            Err(error) => Visit::stuck(
                format!("The container engine does not tell: {error}."),
                "See whether the engine runs: edfi-setup check.",
            ),
        }
    }

    async fn discovery(&self) -> Visit {
        let api = self.stack.access.api();
        let path = format!("/{}/", self.stack.access.path);
        let ask = Ask {
            path: &path,
            ..Ask::default()
        };
        let judge = |answer: &Answer| answers::discovery(answer, &api);
        one(self.ask(&ask, None, &judge).await.0)
    }

    async fn token(&self) -> Visit {
        let mut purse = self.purse.lock().await;
        if let Some(grant) = &purse.grant {
            let again = format!(
                "{} It is used for the whole tour, so this is the answer of the first time.",
                grant.exchange.meaning
            );
            return one(Exchange {
                meaning: again,
                ..grant.exchange.clone()
            });
        }
        match self.grant(&mut purse).await {
            Ok(grant) => one(grant.exchange),
            Err(visit) => *visit,
        }
    }

    async fn schools(&self) -> Visit {
        let expected = self
            .stack
            .databases
            .sandboxes
            .iter()
            .any(|sandbox| sandbox.populated);
        let path = self.data("schools?limit=1");
        self.read(&path, &|answer| answers::schools(answer, expected))
            .await
    }

    async fn student(&self) -> Visit {
        let invented = has_sandboxes(&self.stack);
        let path = self.data("students?limit=1");
        self.read(&path, &|answer| answers::students(answer, invented))
            .await
    }

    async fn refusal(&self) -> Visit {
        let path = self.data("schoolYearTypes?limit=1");
        let read = Question {
            path: &path,
            json: None,
            judge: &answers::school_years,
        };
        let (first, answer) = match self.ask_with_token(&read).await {
            Ok(asked) => asked,
            Err(visit) => return *visit,
        };
        let back = answer.as_ref().and_then(answers::as_it_was);
        let Some(back) = back else {
            // Without one to write back unchanged, nothing is written at all.
            return one(first);
        };
        let path = self.data("schoolYearTypes");
        let write = Question {
            path: &path,
            json: Some(&back),
            judge: &answers::refusal,
        };
        match self.ask_with_token(&write).await {
            Ok((second, _)) => Visit {
                exchanges: vec![first, second],
                ..Visit::default()
            },
            Err(visit) => *visit,
        }
    }

    async fn addresses(&self) -> Visit {
        let base = self.stack.access.base();
        let mut found = Vec::new();
        for page in rows::pages(&self.stack) {
            let row = Row::new(page.label, format!("{base}{}", page.path));
            let ask = Ask {
                path: &page.path,
                ..Ask::default()
            };
            found.push(match self.client.ask(&ask).await {
                // A page may send the browser on, as to its login.
                Ok(answer) => row.found((200..400).contains(&answer.status), status(answer.status)),
                Err(error) => row.found(false, self.hide(&error.to_string(), None)),
            });
        }
        found.extend(rows::beside_pages(&self.stack, self.folder.as_deref()));
        Visit {
            rows: found,
            ..Visit::default()
        }
    }

    /// The path of a resource.
    fn data(&self, resource: &str) -> String {
        let instance = self.stack.databases.instances.first();
        let data = instance.map_or("data/v3", |instance| instance.data_path.as_str());
        format!("/{}/{data}/ed-fi/{resource}", self.stack.access.path)
    }

    async fn read(&self, path: &str, judge: &(dyn Fn(&Answer) -> Meaning + Sync)) -> Visit {
        let question = Question {
            path,
            json: None,
            judge,
        };
        match self.ask_with_token(&question).await {
            Ok((exchange, _)) => one(exchange),
            Err(visit) => *visit,
        }
    }

    /// Asks with the tour's token. One that no longer counts is exchanged for another, once: tours may
    /// take longer than tokens live.
    async fn ask_with_token(
        &self,
        question: &Question<'_>,
    ) -> Result<(Exchange, Option<Answer>), Box<Visit>> {
        let mut purse = self.purse.lock().await;
        let grant = self.grant(&mut purse).await?;
        let (exchange, answer) = self.ask_holding(question, &grant.token).await;
        if exchange.status != Some(401) {
            return Ok((exchange, answer));
        }
        *purse = Purse::default();
        self.traces.tidy(&self.engine, &self.stack).await;
        let grant = self.grant(&mut purse).await?;
        Ok(self.ask_holding(question, &grant.token).await)
    }

    async fn ask_holding(
        &self,
        question: &Question<'_>,
        token: &Secret,
    ) -> (Exchange, Option<Answer>) {
        let ask = Ask {
            path: question.path,
            authorization: Some(format!("Bearer {}", token.expose())),
            body: question.json.map(Body::Json),
        };
        let with = match question.json {
            None => "with the token".to_owned(),
            Some(json) => format!("with the token, and {json}"),
        };
        let (exchange, answer) = self.ask(&ask, Some(with), question.judge).await;
        (self.hide_in(exchange, token), answer)
    }

    /// The token, asked for if there is none yet.
    async fn grant(&self, purse: &mut Purse) -> Result<Grant, Box<Visit>> {
        if let Some(grant) = &purse.grant {
            return Ok(grant.clone());
        }
        let credential = if let Some(credential) = &purse.credential {
            credential.clone()
        } else {
            let lent = self.credential().await;
            let lent = lent.map_err(|failure| Box::new(no_key(failure)))?;
            purse.credential.insert(lent).clone()
        };
        let path = format!("/{}/{}", self.stack.access.path, credential.token_path);
        let ask = Ask {
            path: &path,
            authorization: Some(credential.basic()),
            body: Some(Body::Form(TOKEN_FORM)),
        };
        let with = "with the key and its secret".to_owned();
        let (exchange, answer) = self.ask(&ask, Some(with), &answers::token).await;
        let exchange = self.hide_in(exchange, &credential.secret);
        let exchange = self.hide_in(exchange, &credential.key);
        let token = answer
            .filter(|_| exchange.good)
            .and_then(|answer| serde_json::from_str::<Value>(&answer.body).ok())
            .and_then(|body| body.get("access_token")?.as_str().map(Secret::new));
        match token {
            Some(token) => Ok(purse.grant.insert(Grant { token, exchange }).clone()),
            None => Err(Box::new(one(exchange))),
        }
    }

    /// The key that shows most: of sandboxes the one with sample data.
    async fn credential(&self) -> Result<Credential, Failure> {
        let now = Timestamp::now().as_second();
        let mut lent = lend_keys(&self.engine, &self.stack, now, &self.traces).await?;
        lent.sort_by_key(|credential| !credential.expects_schools);
        lent.into_iter().next().ok_or_else(|| Failure {
            what: "This deployment has no instance to ask.".to_owned(),
            next_step: format!(
                "Bring it up again: edfi-setup up --name {}.",
                self.stack.deployment
            ),
            ..Failure::default()
        })
    }

    async fn ask(
        &self,
        ask: &Ask<'_>,
        with: Option<String>,
        judge: &(dyn Fn(&Answer) -> Meaning + Sync),
    ) -> (Exchange, Option<Answer>) {
        let method = if ask.body.is_some() { "POST" } else { "GET" };
        let request = format!("{method} {}{}", self.stack.access.base(), ask.path);
        let begun = Instant::now();
        let asked = self.client.ask(ask).await;
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let meaning = match &asked {
            Ok(answer) => judge(answer),
            Err(error) => Meaning {
                words: format!("There was no answer: {error}."),
                next_step: Some(advice(error)),
                ..Meaning::default()
            },
        };
        let answer = asked.ok();
        let hide = |line: &String| self.hide(line, None);
        let exchange = Exchange {
            request,
            with,
            status: answer.as_ref().map(|answer| answer.status),
            milliseconds,
            lines: meaning.lines.iter().map(hide).collect(),
            good: meaning.good,
            meaning: self.hide(&meaning.words, None),
            example: meaning.example,
            next_step: meaning.next_step,
        };
        (exchange, answer)
    }

    fn hide_in(&self, exchange: Exchange, secret: &Secret) -> Exchange {
        let hide = |text: &String| self.hide(text, Some(secret));
        Exchange {
            lines: exchange.lines.iter().map(hide).collect(),
            meaning: hide(&exchange.meaning),
            ..exchange
        }
    }

    /// The text without any secret of the deployment, and without this one.
    fn hide(&self, text: &str, secret: Option<&Secret>) -> String {
        let text = self.known.redact(text);
        match secret.map(Secret::expose) {
            Some(secret) if !secret.is_empty() => text.replace(secret, "••••••••"),
            _ => text.into_owned(),
        }
    }
}

fn one(exchange: Exchange) -> Visit {
    Visit {
        exchanges: vec![exchange],
        ..Visit::default()
    }
}

fn no_key(failure: Failure) -> Visit {
    let what = failure.what.trim_end_matches('.');
    Visit::stuck(
        format!("There is no key for the tour: {what}."),
        failure.next_step,
    )
}

fn status(status: u16) -> String {
    match status {
        200..400 => "answers".to_owned(),
        status => format!("status {status}"),
    }
}
