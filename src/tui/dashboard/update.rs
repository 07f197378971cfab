//! What events do to the state. Pure: nothing is drawn, read or waited for here.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;

use crate::deployment::Secret;
use crate::engine::{EngineEvent, EngineEventKind, Health, Phase};
use crate::live::{Act, Lines, News, Run, Seen};
use crate::plain::clean;
use crate::plan::LABEL_SERVICE;
use crate::session::lists::Kind as List;
use crate::tui::events::Input;
use crate::tui::keys::{self, Action};
use crate::tui::pace::Urgency;
use crate::verify::Verification;
use crate::words;

use super::layout;
use super::state::{
    Data, Effect, HAPPENINGS, Happening, Link, Live, Mood, Notice, Onward, Overlay, Prompt,
    Purpose, Question, Service, Shown, State, Tab, Then, Verified,
};
use crate::tui::log::{Kind, Needle};

/// Rows that a turn of the mouse's wheel moves.
const WHEEL: usize = 3;
/// Longest text that can be searched for.
const NEEDLE: usize = 200;
/// Longest list that can be pasted to be added, bytes.
const LIST: usize = 20_000;

impl State {
    /// Takes one event.
    pub fn update(&mut self, input: Input<Data>, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        match input {
            Input::Key(key) => self.key(key),
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Paste(text) => {
                self.typed(&text);
                Vec::new()
            }
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.want(Urgency::Now);
                Vec::new()
            }
            Input::Clock => {
                self.want(Urgency::Now);
                Vec::new()
            }
            Input::Data(data) => {
                self.data(data);
                Vec::new()
            }
        }
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(action) = keys::action(self.context(), &key) else {
            let plain = !key
                .modifiers
                .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
            if let (KeyCode::Char(char), true) = (key.code, plain) {
                self.typed(char.encode_utf8(&mut [0; 4]));
            }
            return Vec::new();
        };
        if self.available(action) {
            self.notice = None;
            self.want(Urgency::Now);
            self.act(action)
        } else {
            Vec::new()
        }
    }

    /// Whether an action does something now. Only such keys stand in the key bar.
    pub(super) fn available(&self, action: Action) -> bool {
        if self.overlay.is_some() || self.prompt.is_some() {
            return true;
        }
        let service = self.focused_service();
        match (self.tab, action) {
            (_, Action::Verify) => {
                self.facts.is_ours
                    && !matches!(self.verified, Verified::Asking)
                    && self.link == Link::There
            }
            (_, Action::Again) => self.facts.is_ours && self.link == Link::There,
            (_, Action::Review) => self.facts.is_ours,
            (Tab::Services, Action::Menu) => {
                self.link == Link::There
                    && service
                        .is_some_and(|service| service.live.is_some() && service.busy.is_none())
            }
            (Tab::Services | Tab::Resources, _) if !is_general(action) => service.is_some(),
            (Tab::Logs, Action::Last) => self.view.top.is_some(),
            (Tab::Logs, Action::FindNext | Action::FindPrevious) => {
                self.view.place().is_some_and(|(_, of)| of > 0)
            }
            (Tab::Logs, Action::Save) => self.view.len() > 0,
            (Tab::Access, Action::Reveal) => self
                .facts
                .access
                .get(self.access)
                .is_some_and(|row| matches!(row.value, Shown::Hidden(_))),
            (Tab::Access, Action::Copy) => !self.facts.access.is_empty(),
            (Tab::Events, Action::Last) => self.happening.is_some(),
            _ => true,
        }
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Leave | Action::Quit => return vec![Effect::Leave(Onward::Shell)],
            Action::Suspend => return vec![Effect::Suspend],
            Action::Redraw => return vec![Effect::Redraw],
            _ => {}
        }
        if self.overlay.is_some() {
            return self.act_on_overlay(action);
        }
        if self.prompt.is_some() {
            self.act_on_prompt(action);
            return Vec::new();
        }
        match action {
            Action::Tab(number) => {
                if let Some(tab) = Tab::ALL.get(number) {
                    self.open(*tab);
                }
            }
            Action::NextTab => self.turn(1),
            Action::PreviousTab => self.turn(Tab::ALL.len() - 1),
            Action::Help => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Action::Mouse => {
                self.mouse = !self.mouse;
                let words = if self.mouse {
                    "The mouse is on."
                } else {
                    "The mouse is off: select text as usual."
                };
                self.say(Mood::Plain, words);
                return vec![Effect::Mouse(self.mouse)];
            }
            Action::Again => return vec![Effect::Leave(Onward::Tour)],
            Action::Review => return vec![Effect::Leave(Onward::Answers)],
            Action::Verify => {
                self.verified = Verified::Asking;
                return vec![Effect::Verify];
            }
            action => {
                return match self.tab {
                    Tab::Services | Tab::Resources => self.act_on_services(action),
                    Tab::Logs => self.act_on_logs(action),
                    Tab::Access => self.act_on_access(action),
                    Tab::Events => {
                        self.act_on_events(action);
                        Vec::new()
                    }
                };
            }
        }
        Vec::new()
    }

    fn open(&mut self, tab: Tab) {
        if self.tab == Tab::Access && tab != Tab::Access {
            // Nothing secret is left on a screen that somebody turns to later.
            self.revealed.clear();
        }
        self.tab = tab;
    }

    fn turn(&mut self, by: usize) {
        let at = Tab::ALL
            .iter()
            .position(|tab| *tab == self.tab)
            .unwrap_or(0);
        if let Some(tab) = Tab::ALL.get((at + by) % Tab::ALL.len()) {
            self.open(*tab);
        }
    }

    pub(super) fn say(&mut self, mood: Mood, words: impl Into<String>) {
        self.notice = Some(Notice {
            mood,
            words: words.into(),
        });
        self.want(Urgency::Now);
    }

    fn act_on_services(&mut self, action: Action) -> Vec<Effect> {
        let at = self.focused();
        let last = self.services.len().saturating_sub(1);
        let moved = match action {
            Action::Up => at.saturating_sub(1),
            Action::Down => (at + 1).min(last),
            Action::First => 0,
            Action::Last => last,
            _ => at,
        };
        if let Some(service) = self.services.get(moved) {
            self.focus.clone_from(&service.name);
        }
        match action {
            Action::Enter => {
                self.show_service(self.store.find(&self.focus));
                self.open(Tab::Logs);
            }
            Action::Menu => self.ask_what_to_do(),
            Action::Back => self.open(Tab::Services),
            _ => {}
        }
        Vec::new()
    }

    fn ask_what_to_do(&mut self) {
        let Some(service) = self.focused_service() else {
            return;
        };
        let Some(live) = &service.live else { return };
        let runs = matches!(
            live.state.phase,
            Phase::Running | Phase::Restarting | Phase::Paused
        );
        let ask = |act| Then::Ask {
            service: service.name.clone(),
            act,
        };
        let mut choices = vec![("Nothing".to_owned(), Then::Nothing)];
        if runs {
            choices.push(("Restart it".to_owned(), ask(Act::Restart)));
            choices.push(("Stop it".to_owned(), ask(Act::Stop)));
            if self.facts.can_open_shells {
                let shell = Effect::Shell {
                    service: service.name.clone(),
                    container: live.run.container.clone(),
                };
                choices.push(("Open a shell in it".to_owned(), Then::Do(shell)));
            }
        } else {
            let start = Effect::Act {
                service: service.name.clone(),
                container: live.run.container.clone(),
                act: Act::Start,
            };
            choices.push(("Start it".to_owned(), Then::Do(start)));
        }
        if self.facts.is_ours {
            let name = &self.facts.deployment;
            let go = |to| Then::Do(Effect::Leave(to));
            for list in &self.facts.lists {
                choices.push((
                    format!("Add a {} to {name}", list.title()),
                    Then::Type(*list),
                ));
            }
            choices.push((format!("Take a tour of {name}"), go(Onward::Tour)));
            choices.push((format!("Change the answers of {name}"), go(Onward::Answers)));
        }
        self.overlay = Some(Overlay::Question(Question {
            title: service.name.clone(),
            text: format!("What shall be done with {}?", service.name),
            choices,
            chosen: 0,
        }));
    }

    /// Asks before something that people notice; the safe choice is chosen.
    fn ask_whether(&self, service: &str, act: Act) -> Option<Overlay> {
        let found = self.services.iter().find(|found| found.name == service)?;
        let live = found.live.as_ref()?;
        let text = match act {
            Act::Restart => format!(
                "{service} does not answer for some seconds, and what needs it fails meanwhile. No data is lost."
            ),
            _ => format!(
                "{service} does not answer until somebody starts it again, and what needs it fails. No data is lost."
            ),
        };
        let effect = Effect::Act {
            service: service.to_owned(),
            container: live.run.container.clone(),
            act,
        };
        Some(Overlay::Question(Question {
            title: format!("{} {service}?", capital(act.verb())),
            text,
            choices: vec![
                ("Leave it as it is".to_owned(), Then::Nothing),
                (capital(act.verb()), Then::Do(effect)),
            ],
            chosen: 0,
        }))
    }

    fn act_on_overlay(&mut self, action: Action) -> Vec<Effect> {
        let page = usize::from(layout::body(self.size).height);
        let Some(overlay) = &mut self.overlay else {
            return Vec::new();
        };
        if action == Action::Back {
            self.overlay = None;
            return Vec::new();
        }
        match overlay {
            Overlay::Help { scroll } => {
                let most = crate::tui::help::most_scroll(self.tab.context(), page);
                *scroll = match action {
                    Action::Up => scroll.saturating_sub(1),
                    Action::Down => *scroll + 1,
                    Action::PageUp => scroll.saturating_sub(page),
                    Action::PageDown => *scroll + page,
                    _ => *scroll,
                }
                .min(most);
                Vec::new()
            }
            Overlay::Question(question) => {
                let count = question.choices.len().max(1);
                match action {
                    Action::Up => question.chosen = (question.chosen + count - 1) % count,
                    Action::Down => question.chosen = (question.chosen + 1) % count,
                    Action::Enter => {
                        let then = question
                            .choices
                            .get(question.chosen)
                            .map_or(Then::Nothing, |(_, then)| then.clone());
                        return self.chosen(then);
                    }
                    _ => {}
                }
                Vec::new()
            }
        }
    }

    fn chosen(&mut self, then: Then) -> Vec<Effect> {
        self.overlay = None;
        match then {
            Then::Nothing => Vec::new(),
            Then::Ask { service, act } => {
                self.overlay = self.ask_whether(&service, act);
                Vec::new()
            }
            Then::Type(list) => {
                self.begin_prompt(Purpose::Add(list));
                Vec::new()
            }
            Then::Do(effect) => {
                if let Effect::Add { text, .. } = &effect {
                    self.say(Mood::Busy, format!("Adding {text}: making what it needs"));
                }
                if let Effect::Act { service, act, .. } = &effect {
                    if let Some(found) = self
                        .services
                        .iter_mut()
                        .find(|found| found.name == *service)
                    {
                        found.busy = Some(*act);
                    }
                    let words = format!("{} {service}", capital(act.doing()));
                    self.say(Mood::Busy, words);
                }
                vec![effect]
            }
        }
    }

    // Logs

    fn show_service(&mut self, service: Option<usize>) {
        self.view.service = service;
        self.view.follow();
        self.view.rebuild(&self.store);
        if let Some(place) = service {
            self.store.name(place).clone_into(&mut self.focus);
        }
    }

    fn act_on_logs(&mut self, action: Action) -> Vec<Effect> {
        self.refresh();
        let window = self.window();
        let page = window.rows.saturating_sub(1).max(1);
        let (view, store) = (&mut self.view, &self.store);
        match action {
            Action::Up => view.up(store, window, 1),
            Action::Down => view.down(store, window, 1),
            Action::PageUp => view.up(store, window, page),
            Action::PageDown => view.down(store, window, page),
            Action::First => view.oldest(),
            Action::Last => view.follow(),
            Action::Left | Action::Right => {
                let next = self.next_log(action == Action::Right);
                self.show_service(next);
            }
            Action::Find => self.begin_prompt(Purpose::Find),
            Action::Filter => self.begin_prompt(Purpose::Filter),
            Action::FindNext | Action::FindPrevious => {
                view.step(store, window, action == Action::FindNext);
            }
            Action::OnlyErrors => {
                view.only_errors = !view.only_errors;
                view.rebuild(store);
            }
            Action::Times => self.rows.times = !self.rows.times,
            Action::Wrap => self.rows.wrap = !self.rows.wrap,
            Action::Save => return self.save(),
            Action::Back => {
                if view.query.is_some() {
                    view.query = None;
                    view.search(store);
                } else if view.filter.is_some() || view.only_errors {
                    view.filter = None;
                    view.only_errors = false;
                    view.rebuild(store);
                } else {
                    self.open(Tab::Services);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// All services, then one after the other, and round.
    fn next_log(&self, forward: bool) -> Option<usize> {
        let places: Vec<Option<usize>> = std::iter::once(None)
            .chain(
                self.services
                    .iter()
                    .map(|service| self.store.find(&service.name)),
            )
            .collect();
        let at = places
            .iter()
            .position(|place| *place == self.view.service)
            .unwrap_or(0);
        let by = if forward { 1 } else { places.len() - 1 };
        places.get((at + by) % places.len()).copied().flatten()
    }

    fn begin_prompt(&mut self, purpose: Purpose) {
        let before = match purpose {
            Purpose::Find => self.view.query.clone(),
            Purpose::Filter => self.view.filter.clone(),
            Purpose::Add(_) => None,
        };
        self.prompt = Some(Prompt {
            purpose,
            text: before
                .as_ref()
                .map_or_else(String::new, |needle| needle.text().to_owned()),
            before,
        });
    }

    fn typed(&mut self, text: &str) {
        let Some(prompt) = &mut self.prompt else {
            return;
        };
        let (line, most) = match prompt.purpose {
            Purpose::Find | Purpose::Filter => {
                (text.lines().next().unwrap_or_default().to_owned(), NEEDLE)
            }
            // A pasted list has one on each line.
            Purpose::Add(_) => (text.lines().collect::<Vec<_>>().join(" "), LIST),
        };
        for char in clean(&line).chars() {
            if prompt.text.len() + char.len_utf8() <= most {
                prompt.text.push(char);
            }
        }
        self.apply_prompt();
    }

    fn act_on_prompt(&mut self, action: Action) {
        let Some(prompt) = &mut self.prompt else {
            return;
        };
        match action {
            Action::Erase => {
                prompt.text.pop();
                self.apply_prompt();
            }
            Action::EraseAll => {
                prompt.text.clear();
                self.apply_prompt();
            }
            Action::Back => {
                prompt.text = prompt
                    .before
                    .as_ref()
                    .map_or_else(String::new, |needle| needle.text().to_owned());
                self.apply_prompt();
                self.prompt = None;
            }
            Action::Enter => {
                let purpose = prompt.purpose;
                let text = prompt.text.trim().to_owned();
                self.prompt = None;
                if let Purpose::Add(list) = purpose {
                    self.overlay = ask_to_add(list, text);
                    return;
                }
                if purpose == Purpose::Find && self.view.query.is_some() {
                    let window = self.window();
                    if !self.view.step(&self.store, window, true) {
                        self.say(
                            Mood::Note,
                            "It is not in these lines. New lines are looked at as they come.",
                        );
                    }
                }
            }
            _ => {}
        }
    }

    /// What is typed is in force at once.
    fn apply_prompt(&mut self) {
        self.want(Urgency::Now);
        let Some(prompt) = &self.prompt else { return };
        let needle = Needle::new(&prompt.text);
        match prompt.purpose {
            Purpose::Find => {
                self.view.query = needle;
                self.view.search(&self.store);
            }
            Purpose::Filter => {
                self.view.filter = needle;
                self.view.rebuild(&self.store);
            }
            Purpose::Add(_) => {}
        }
    }

    fn save(&mut self) -> Vec<Effect> {
        let mut text = String::new();
        for (id, line) in self.view.all(&self.store) {
            let time = Timestamp::from_nanosecond(line.at_nanos.into())
                .map_or_else(|_| String::new(), |time| time.to_string());
            let mark = match line.kind {
                Kind::Err => '!',
                Kind::Out => '|',
                Kind::Mark => '-',
            };
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{time} {} {mark} {}",
                self.store.name(id.service),
                line.text
            );
        }
        let which = self
            .view
            .service
            .map_or("all", |place| self.store.name(place));
        let name = format!("{}-{which}-log", self.facts.deployment);
        vec![Effect::Save { name, text }]
    }

    // Access and events

    fn act_on_access(&mut self, action: Action) -> Vec<Effect> {
        let last = self.facts.access.len().saturating_sub(1);
        match action {
            Action::Up => self.access = self.access.saturating_sub(1),
            Action::Down => self.access = (self.access + 1).min(last),
            Action::First => self.access = 0,
            Action::Last => self.access = last,
            Action::Reveal if self.revealed.remove(&self.access) => {}
            Action::Reveal => {
                self.revealed.insert(self.access);
            }
            Action::Copy => {
                let Some(row) = self.facts.access.get(self.access) else {
                    return Vec::new();
                };
                let value = match &row.value {
                    Shown::Open(text) => Secret::new(text.clone()),
                    Shown::Hidden(secret) => secret.clone(),
                };
                let words = format!("{} was sent to your terminal's clipboard.", row.label);
                self.say(Mood::Good, words);
                return vec![Effect::Copy(value)];
            }
            Action::Back if !self.revealed.is_empty() => self.revealed.clear(),
            Action::Back => self.open(Tab::Services),
            _ => {}
        }
        Vec::new()
    }

    fn act_on_events(&mut self, action: Action) {
        let page = usize::from(layout::body(self.size).height)
            .saturating_sub(3)
            .max(1);
        let oldest = self.happenings.len().saturating_sub(1);
        let at = self.happening.unwrap_or(0);
        self.happening = match action {
            Action::Up => Some((at + 1).min(oldest)),
            Action::PageUp => Some((at + page).min(oldest)),
            Action::First => Some(oldest),
            Action::Down => at.checked_sub(1).filter(|at| *at > 0),
            Action::PageDown => at.checked_sub(page).filter(|at| *at > 0),
            Action::Last => None,
            Action::Back => {
                self.open(Tab::Services);
                None
            }
            _ => self.happening,
        };
    }

    // Mouse

    fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let wheel = match mouse.kind {
            MouseEventKind::ScrollUp => Some(Action::Up),
            MouseEventKind::ScrollDown => Some(Action::Down),
            _ => None,
        };
        if let Some(action) = wheel {
            self.want(Urgency::Now);
            let times = if self.tab == Tab::Logs || self.overlay.is_some() {
                WHEEL
            } else {
                1
            };
            if self.prompt.is_some() || matches!(self.overlay, Some(Overlay::Question(_))) {
                return Vec::new();
            }
            return (0..times).flat_map(|_| self.act(action)).collect();
        }
        if mouse.kind != MouseEventKind::Down(MouseButton::Left)
            || self.overlay.is_some()
            || self.prompt.is_some()
        {
            return Vec::new();
        }
        self.want(Urgency::Now);
        if mouse.row == layout::tabs(self.size).y {
            let hit = layout::tab_places().find(|(_, place)| place.contains(&mouse.column));
            if let Some((tab, _)) = hit {
                self.open(tab);
            }
            return Vec::new();
        }
        let rows = layout::service_rows(self.size, self.services.len());
        if self.tab == Tab::Services && (rows.y..rows.bottom()).contains(&mouse.row) {
            let first = layout::first_row(self.focused(), usize::from(rows.height));
            let row = first + usize::from(mouse.row - rows.y);
            if let Some(service) = self.services.get(row) {
                self.focus.clone_from(&service.name);
            }
        }
        Vec::new()
    }

    // News

    fn data(&mut self, data: Data) {
        match data {
            Data::Known(facts) => self.know(*facts),
            Data::News(news) => self.news(news),
            Data::Lines(lines) => self.lines(lines),
            Data::Verified(result) => {
                match &result {
                    Ok(verification) => match verification.failure() {
                        None => self.say(
                            Mood::Good,
                            "Verified: every question was answered through the gateway.",
                        ),
                        Some(check) => {
                            let words = format!("Not verified: {}", clean(&check.detail));
                            self.say(Mood::Bad, words);
                        }
                    },
                    Err(reason) => {
                        let words = format!("Could not verify: {}", clean(reason));
                        self.say(Mood::Bad, words);
                    }
                }
                if result.as_ref().is_ok_and(Verification::passed) {
                    self.answered = Some(self.now);
                }
                self.verified = Verified::Now {
                    at: self.now,
                    result,
                };
            }
            Data::Acted {
                service,
                act,
                result,
            } => {
                if let Some(found) = self.services.iter_mut().find(|found| found.name == service) {
                    found.busy = None;
                }
                match result {
                    Ok(()) => self.say(Mood::Good, format!("{service} was {}.", act.done())),
                    Err(reason) => {
                        let words = format!("{service} was not {}: {}", act.done(), clean(&reason));
                        self.say(Mood::Bad, words);
                    }
                }
            }
            Data::Added {
                words,
                result: Ok(access),
            } => {
                // Rows move; what is shown must not be another's.
                self.revealed.clear();
                self.facts.access = access;
                self.answered = Some(self.now);
                self.happened(self.now, "", &words, Mood::Good);
                self.say(Mood::Good, words);
            }
            Data::Added {
                words,
                result: Err(reason),
            } => {
                let words = format!("{words} Not added: {}", clean(&reason));
                self.say(Mood::Bad, words.trim());
            }
            Data::ShellEnded(service, Ok(())) => {
                self.say(Mood::Plain, format!("The shell in {service} has ended."));
            }
            Data::ShellEnded(service, Err(reason)) => {
                let reason = clean(&reason);
                self.say(Mood::Bad, format!("No shell in {service}: {reason}"));
            }
            Data::Saved(Ok(file)) => self.say(Mood::Good, format!("Saved to {file}.")),
            Data::Saved(Err(reason)) => {
                self.say(Mood::Bad, format!("Not saved: {}", clean(&reason)));
            }
        }
    }

    fn news(&mut self, news: News) {
        match news {
            News::Seen(seen) => {
                if let Link::Gone(_) = self.link {
                    self.happened(self.now, "", "The engine answers again.", Mood::Good);
                    self.say(Mood::Good, "The engine answers again.");
                }
                self.link = Link::There;
                self.seen(seen);
                self.want(Urgency::Soon);
            }
            News::State { run, state } => {
                let Some(place) = self.service_of(&run.container) else {
                    return;
                };
                let Some(service) = self.services.get_mut(place) else {
                    return;
                };
                let Some(live) = &mut service.live else {
                    return;
                };
                if run.generation < live.run.generation {
                    return;
                }
                if run.generation > live.run.generation || state.phase != Phase::Running {
                    service.shown = None;
                }
                live.run = run;
                live.state = state;
                self.want(Urgency::Soon);
            }
            News::Happened { event, history } => self.told(&event, history),
            News::Uses { run, usage } => {
                let Some(place) = self.service_of(&run.container) else {
                    return;
                };
                let Some(service) = self.services.get_mut(place) else {
                    return;
                };
                let is_present = service.live.as_ref().is_some_and(|live| {
                    live.run.generation == run.generation && live.state.phase == Phase::Running
                });
                if !is_present {
                    return;
                }
                let changed = service.measure(usage);
                let visible = self.tab == Tab::Resources || (changed && self.tab == Tab::Services);
                if visible {
                    self.want(Urgency::Lazy);
                }
            }
            News::EngineGone { reason } => {
                if !matches!(self.link, Link::Gone(_)) {
                    let words = format!("The engine does not answer: {}", clean(&reason));
                    self.happened(self.now, "", &words, Mood::Bad);
                    self.want(Urgency::Soon);
                }
                self.link = Link::Gone(clean(&reason));
                for service in &mut self.services {
                    service.shown = None;
                }
            }
        }
    }

    fn seen(&mut self, seen: Vec<Seen>) {
        for service in &mut self.services {
            let is_there = |live: &Live| {
                seen.iter()
                    .any(|seen| seen.container.id == live.run.container)
            };
            if !service.live.as_ref().is_some_and(is_there) {
                service.live = None;
                service.shown = None;
            }
        }
        for Seen {
            container,
            generation,
        } in seen
        {
            let name = container
                .labels
                .get(LABEL_SERVICE)
                .unwrap_or(&container.name)
                .clone();
            let live = Live {
                run: Run {
                    container: container.id,
                    generation,
                },
                state: container.state,
            };
            self.store.place(&name);
            self.begun(&name, &live);
            let known = self
                .services
                .iter_mut()
                .find(|service| service.name == name);
            if let Some(service) = known {
                if service
                    .live
                    .as_ref()
                    .is_none_or(|known| known.run != live.run)
                {
                    service.shown = None;
                }
                service.live = Some(live);
                continue;
            }
            if self.focus.is_empty() {
                self.focus.clone_from(&name);
            }
            let mut service = Service::new(&name, "");
            service.live = Some(live);
            self.services.push(service);
        }
        // A service that is no part of the deployment any more goes with its container.
        let facts = &self.facts.services;
        self.services.retain(|service| {
            service.live.is_some() || facts.iter().any(|(name, _)| *name == service.name)
        });
    }

    /// Engines forget events soon; when a run began they always know.
    fn begun(&mut self, service: &str, live: &Live) {
        if let Some(started) = live.started() {
            let started = Timestamp::from_second(started.as_second()).unwrap_or(started);
            let words = words::happened(EngineEventKind::Started);
            self.happened(started, service, &words, Mood::Plain);
        }
    }

    fn told(&mut self, event: &EngineEvent, history: bool) {
        let service = match self
            .service_of(&event.container)
            .and_then(|at| self.services.get(at))
        {
            Some(service) => service.name.clone(),
            None => service_in(&self.facts.deployment, &event.name),
        };
        let mood = match event.kind {
            EngineEventKind::Died { exit_code: 0 } => Mood::Note,
            EngineEventKind::Died { .. }
            | EngineEventKind::OutOfMemory
            | EngineEventKind::Health(Health::Unhealthy) => Mood::Bad,
            EngineEventKind::Health(Health::Healthy) => Mood::Good,
            _ => Mood::Plain,
        };
        let words = words::happened(event.kind);
        let at = Timestamp::from_second(event.time).unwrap_or(self.now);
        self.happened(at, &service, &words, mood);
        let marks = matches!(
            event.kind,
            EngineEventKind::Started | EngineEventKind::Died { .. } | EngineEventKind::OutOfMemory
        );
        if marks && !history {
            let place = self.store.place(&service);
            // In the engine's own time, and never before the lines that are there.
            let newest = self
                .store
                .latest(place)
                .next()
                .map_or(0, |line| line.at_nanos);
            let at = event.time.saturating_mul(1_000_000_000).max(newest);
            self.take_line(place, at, Kind::Mark, format!("{service} {words}").into());
            self.want(Urgency::Soon);
        }
    }

    /// Notes what happened, in the order of time. Engines tell some things twice: as an event, and in the
    /// state of a container.
    fn happened(&mut self, at: Timestamp, service: &str, words: &str, mood: Mood) {
        let place = self.happenings.partition_point(|known| known.at <= at);
        let second = at.as_second();
        let is_known = self
            .happenings
            .range(..place)
            .rev()
            .take_while(|known| known.at.as_second() == second)
            .any(|known| known.service == service && known.words == words);
        if is_known {
            return;
        }
        let after = self.happenings.len() - place;
        let happening = Happening {
            at,
            service: service.to_owned(),
            words: words.to_owned(),
            mood,
        };
        self.happenings.insert(place, happening);
        if self.happenings.len() > HAPPENINGS {
            self.happenings.pop_front();
        }
        if let Some(chosen) = &mut self.happening
            && after <= *chosen
        {
            // Counted from the newest, so the chosen one moves on.
            *chosen = (*chosen + 1).min(self.happenings.len() - 1);
        }
        if self.tab == Tab::Events {
            self.want(Urgency::Soon);
        }
    }

    fn lines(&mut self, lines: Lines) {
        let Some(at) = self.service_of(&lines.container) else {
            return;
        };
        let Some(name) = self.services.get(at).map(|service| service.name.clone()) else {
            return;
        };
        let place = self.store.place(&name);
        let mut shown = false;
        for line in lines.lines {
            shown |= self.take_line(place, line.at_nanos, line.stream.into(), line.text);
        }
        if lines.history && self.view.service.is_none() {
            // Old lines of several services come service by service; together they go by time.
            self.stale = true;
        }
        self.view.forget(&self.store);
        let held = self.store.held(self.view.service);
        self.stale |= self.view.is_full_of_holes(held);
        let preview = self.tab == Tab::Services && self.focus == name;
        match (self.tab, shown, self.view.top) {
            (Tab::Logs, true, None) => self.want(Urgency::Soon),
            // Only the badge changes.
            (Tab::Logs, true, Some(_)) => self.want(Urgency::Lazy),
            _ if preview => self.want(Urgency::Soon),
            _ => {}
        }
    }

    fn take_line(&mut self, place: usize, at: i64, kind: Kind, text: Box<str>) -> bool {
        let id = self.store.push(place, at, kind, text);
        let line = id.and_then(|id| Some((id, self.store.get(id)?)));
        line.is_some_and(|(id, line)| self.view.push(id, kind, &line.text))
    }

    /// Chooses the lines anew if that is due: once for a frame, however many came.
    pub(super) fn refresh(&mut self) {
        if std::mem::take(&mut self.stale) {
            self.view.rebuild(&self.store);
        }
    }
}

fn is_general(action: Action) -> bool {
    keys::of(keys::Context::Dashboard).any(|binding| binding.action == action)
}

/// The service's name in a container's name, as in `api` of `demo-api-1`.
fn service_in(deployment: &str, container: &str) -> String {
    let inner = container
        .strip_prefix(deployment)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix("-1"));
    inner.unwrap_or(container).to_owned()
}

/// Asks before something is added; nothing typed is nothing to add.
fn ask_to_add(list: List, text: String) -> Option<Overlay> {
    if text.is_empty() {
        return None;
    }
    let meaning = match list {
        List::Year | List::District => {
            "A database of its own, a key of its own. What runs goes on running, and nobody is interrupted."
        }
        List::Tenant => {
            "Databases, keys and rights of its own. The API is told of it, and begins anew for that."
        }
    };
    Some(Overlay::Question(Question {
        title: format!("Add {} {text}?", list.title()),
        text: format!("{meaning} What was detached earlier comes back with its data."),
        choices: vec![
            ("Leave it as it is".to_owned(), Then::Nothing),
            ("Add".to_owned(), Then::Do(Effect::Add { list, text })),
        ],
        chosen: 0,
    }))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}
