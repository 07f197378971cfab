//! The first screen: what was found on this machine, and what there is to begin with.

use crate::checks::Finding;
use crate::interview::{Context as World, Interview};

use super::state::{Around, Opening};

/// Something to begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// The answers that are there.
    GoOn,
    /// The first question, without any answer.
    Anew,
    /// A deployment's dashboard.
    Open(String),
    /// A deployment's answers.
    Change(String),
    /// Everything, but nothing really runs.
    Rehearse,
}

/// The first screen.
#[derive(Debug)]
pub(super) struct Welcome {
    pub world: World,
    pub deployments: Vec<String>,
    /// Whether nothing shall really run, whatever is chosen.
    pub only_rehearsal: bool,
    /// Whether there are answers to go on with.
    pub begun: bool,
    /// Which look-around the findings are of.
    pub round: u32,
    pub findings: Vec<Finding>,
    pub engine: Option<bool>,
    /// Whether the registry has been asked.
    pub registry_asked: bool,
    pub done: bool,
    /// Rows of the findings above the window.
    pub scroll: usize,
    pub chosen: usize,
    /// Whether the operator has chosen already; then nothing is proposed any more.
    pub touched: bool,
}

impl Welcome {
    pub fn new(opening: Opening) -> Self {
        Self {
            begun: opening.draft.is_some() || opening.profile.is_some(),
            world: opening.world,
            deployments: opening.deployments,
            only_rehearsal: opening.rehearsal,
            round: 0,
            findings: Vec::new(),
            engine: None,
            registry_asked: false,
            done: opening.rehearsal,
            scroll: 0,
            chosen: 0,
            touched: false,
        }
    }

    /// What can be begun with, in words.
    pub fn ways(&self, interview: &Interview) -> Vec<(Way, String)> {
        let mut ways = Vec::new();
        if self.begun {
            ways.push((Way::GoOn, go_on(interview)));
        }
        let anew = if self.begun && !self.only_rehearsal {
            "Set up a new deployment; its first answer replaces those that are kept"
        } else {
            "Set up a new deployment"
        };
        ways.push((Way::Anew, anew.to_owned()));
        if self.only_rehearsal {
            return ways;
        }
        for name in &self.deployments {
            ways.push((
                Way::Open(name.clone()),
                format!("Open {name}: its services, logs and addresses"),
            ));
            ways.push((
                Way::Change(name.clone()),
                format!("Change the answers of {name}"),
            ));
        }
        ways.push((
            Way::Rehearse,
            "Practise without an engine: nothing really runs".to_owned(),
        ));
        ways
    }

    pub fn way(&self, interview: &Interview) -> Option<Way> {
        let mut ways = self.ways(interview);
        (self.chosen < ways.len()).then(|| ways.swap_remove(self.chosen).0)
    }

    /// Begins to look around anew.
    pub fn look_again(&mut self) -> u32 {
        self.round += 1;
        self.findings.clear();
        self.engine = None;
        self.registry_asked = false;
        self.done = false;
        self.scroll = 0;
        self.round
    }

    /// Takes what was found.
    pub fn found(&mut self, around: Around, interview: &mut Interview, rehearsal: bool) {
        match around {
            Around::Found(findings) => self.findings.extend(findings),
            Around::Engine(answers) => {
                self.engine = Some(answers);
                if !answers {
                    self.propose(interview, &Way::Rehearse);
                }
            }
            Around::Taken(names) => {
                self.world.taken_names.clone_from(&names);
                if !rehearsal {
                    interview.learn(|world| world.taken_names = names);
                }
            }
            Around::Memory(memory) => {
                self.world.engine_memory_mb = memory;
                if !rehearsal {
                    interview.learn(|world| world.engine_memory_mb = memory);
                }
            }
            Around::Registry(answers) => {
                self.registry_asked = true;
                self.world.registry_answers = answers;
                // The simulated engine has a registry of its own.
                if !rehearsal {
                    interview.learn(|world| world.registry_answers = answers);
                }
            }
            Around::Done => self.done = true,
        }
    }

    fn propose(&mut self, interview: &Interview, wanted: &Way) {
        let ways = self.ways(interview);
        let place = ways.iter().position(|(way, _)| way == wanted);
        // Answers that are there come first: whoever wrote them wants to go on.
        if let (Some(place), false, false) = (place, self.touched, self.begun) {
            self.chosen = place;
        }
    }

    /// Whether something was found that nothing can be started with. Images that cannot be had are no
    /// such thing: practice images are made here.
    pub fn blocked(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.blocks() && !is_about_images(finding))
    }
}

/// Whether a finding is about images.
pub(super) fn is_about_images(finding: &Finding) -> bool {
    finding.diagnostic.code.starts_with("C-4")
}

fn go_on(interview: &Interview) -> String {
    let name = interview.effective("name").unwrap_or_default();
    let summary = interview.summary();
    match summary.iter().filter(|row| row.given).count() {
        0 => format!("Go on with {name}"),
        1 => format!("Go on with {name}: one answer is there"),
        given => format!("Go on with {name}: {given} answers are there"),
    }
}
