//! What keys and news do to the wizard. Pure: (state, event) gives state and effects.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;

use crate::deployment::Secret;
use crate::diagnostic::{Diagnostic, Severity};
use crate::interview::{Check, Interview, Keeping, Place, Question};
use crate::session::Preview;
use crate::tui::events::Input;
use crate::tui::help;
use crate::tui::keys::{self, Action, Context};
use crate::tui::pace::Urgency;
use crate::tui::page;

use super::asking::Asking;
use super::draw;
use super::review::ReviewWish;
use super::starting::{StartEnd, StartNews, StartWish, Starting};
use super::state::{Data, Effect, Leaving, LookedUp, Overlay, Screen, Wizard};
use super::welcome::Way;

impl Wizard {
    /// What has to be begun at once.
    pub fn begin(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.rehearsal {
            effects.push(Effect::LookAround(self.welcome.look_again()));
        }
        if self.dashboard.is_some() {
            effects.extend(self.arrive());
        }
        effects
    }

    /// Takes one event.
    pub fn update(&mut self, input: Input<Data>, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let mut effects = match input {
            Input::Key(key) => self.key(key),
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Paste(text) => self.paste(&text),
            Input::Resize(columns, rows) => {
                self.size = (columns, rows);
                self.review.resize(self.size);
                if let Some(starting) = &mut self.starting {
                    starting.resize(self.size);
                }
                self.want(Urgency::Now);
                Vec::new()
            }
            Input::Data(data) => self.data(data),
            Input::Clock => {
                if let Some(starting) = &mut self.starting {
                    starting.tick(now);
                }
                self.want(Urgency::Soon);
                Vec::new()
            }
        };
        self.keep_answers(&mut effects);
        effects
    }

    /// Keeps the answers as soon as they are others; before leaving, if that is wanted.
    fn keep_answers(&mut self, effects: &mut Vec<Effect>) {
        if self.rehearsal {
            return;
        }
        if let Some(draft) = self.keeping.next(&self.interview) {
            effects.insert(0, Effect::Keep(draft));
        }
    }

    /// Whether a key's action would do something now.
    pub(super) fn available(&self, action: Action) -> bool {
        match (self.context(), action) {
            // Elsewhere it stands beside the question all the time.
            (Context::Writing | Context::Listing, Action::Why) => draw::is_narrow(self.size),
            (Context::Writing, Action::EraseAll) => !self.asking.editor.text().is_empty(),
            (Context::Listing, Action::EraseAll) => self
                .asking
                .list_answer()
                .is_some_and(|answer| !answer.is_empty()),
            (Context::Review | Context::Typing, action) => self.review.available(action),
            (Context::Starting | Context::Ready | Context::Card, action) => self
                .starting
                .as_ref()
                .is_some_and(|starting| starting.available(action)),
            (Context::Welcome, Action::Again) => !self.rehearsal,
            (Context::Welcome, Action::PageUp) => self.welcome.scroll > 0,
            (Context::Welcome, Action::PageDown) => {
                self.welcome.scroll < draw::welcome_scroll(self)
            }
            _ => true,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let context = self.context();
        let Some(action) = keys::action(context, &key) else {
            return match key.code {
                KeyCode::Char(char)
                    if matches!(context, Context::Writing | Context::Listing)
                        && !key
                            .modifiers
                            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
                {
                    self.typed(char.encode_utf8(&mut [0; 4]))
                }
                KeyCode::Char(char)
                    if context == Context::Typing
                        && !key
                            .modifiers
                            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
                {
                    self.review.char(char);
                    self.want(Urgency::Now);
                    Vec::new()
                }
                _ => Vec::new(),
            };
        };
        if !self.available(action) {
            return Vec::new();
        }
        self.want(Urgency::Now);
        self.notice = None;
        match action {
            action
                if self.overlay.is_none()
                    && matches!(self.screen, Screen::Starting)
                    && is_own(action) =>
            {
                self.while_starting(action)
            }
            Action::Leave if matches!(self.screen, Screen::Starting) => {
                self.overlay = None;
                self.while_starting(action)
            }
            Action::Leave => self.leave(Leaving::Shell),
            Action::Suspend => vec![Effect::Suspend],
            Action::Redraw => vec![Effect::Redraw],
            Action::Mouse => {
                self.mouse = !self.mouse;
                vec![Effect::Mouse(self.mouse)]
            }
            Action::Help => {
                self.overlay = Some(Overlay::Help { scroll: 0 });
                Vec::new()
            }
            action => match (&self.overlay, &self.screen) {
                (Some(Overlay::Help { scroll }), _) => {
                    let scroll = *scroll;
                    self.in_help(action, scroll);
                    Vec::new()
                }
                (None, Screen::Welcome) => self.at_welcome(action),
                (None, Screen::Asking) => self.at_question(action),
                (None, Screen::Review) => self.at_review(action),
                (None, Screen::Starting) => Vec::new(),
            },
        }
    }

    fn while_starting(&mut self, action: Action) -> Vec<Effect> {
        let Some(starting) = &mut self.starting else {
            return Vec::new();
        };
        let wish = starting.action(action);
        self.wished_of_start(wish)
    }

    fn wished_of_start(&mut self, wish: StartWish) -> Vec<Effect> {
        let name = self.interview.effective("name").unwrap_or_default();
        let end = self.starting.as_ref().map(Starting::end);
        match wish {
            StartWish::None => Vec::new(),
            StartWish::StopWaiting => vec![Effect::StopWaiting],
            StartWish::Again => self.start(true),
            StartWish::Edit => {
                self.review.open_summary();
                self.interview.review();
                self.arrive()
            }
            StartWish::Undo => vec![Effect::Undo],
            StartWish::Leave => {
                let end = end.unwrap_or(StartEnd::Blocked);
                self.leave(Leaving::Started(name, end))
            }
            StartWish::Dashboard => self.leave(Leaving::Dashboard(name)),
            StartWish::Tour => self.leave(Leaving::Tour(name)),
        }
    }

    fn start(&mut self, again: bool) -> Vec<Effect> {
        self.screen = Screen::Starting;
        self.starting = Some(Starting::new(self.now, self.size, self.zone.clone()));
        vec![Effect::Start {
            interview: Box::new(self.interview.clone()),
            rehearsal: self.rehearsal,
            again,
        }]
    }

    fn leave(&mut self, leaving: Leaving) -> Vec<Effect> {
        if matches!(self.screen, Screen::Asking) {
            self.asking.keep(&mut self.interview);
        }
        vec![Effect::Leave(leaving)]
    }

    fn in_help(&mut self, action: Action, scroll: usize) {
        let page = usize::from(page::body(self.size).height);
        self.overlay = None;
        let context = self.context();
        let most = help::most_scroll(context, page);
        let scroll = match action {
            Action::Back => return,
            Action::Up => scroll.saturating_sub(1),
            Action::Down => scroll + 1,
            Action::PageUp => scroll.saturating_sub(page),
            Action::PageDown => scroll + page,
            _ => scroll,
        };
        self.overlay = Some(Overlay::Help {
            scroll: scroll.min(most),
        });
    }

    fn at_welcome(&mut self, action: Action) -> Vec<Effect> {
        let last = self.welcome.ways(&self.interview).len().saturating_sub(1);
        self.welcome.touched = true;
        match action {
            Action::Up => self.welcome.chosen = self.welcome.chosen.saturating_sub(1),
            Action::Down => self.welcome.chosen = (self.welcome.chosen + 1).min(last),
            Action::PageUp => self.welcome.scroll = self.welcome.scroll.saturating_sub(4),
            Action::PageDown => {
                self.welcome.scroll = (self.welcome.scroll + 4).min(draw::welcome_scroll(self));
            }
            Action::Again => return vec![Effect::LookAround(self.welcome.look_again())],
            Action::Quit => return self.leave(Leaving::Shell),
            Action::Enter => return self.take_way(),
            _ => {}
        }
        Vec::new()
    }

    fn take_way(&mut self) -> Vec<Effect> {
        match self.welcome.way(&self.interview) {
            Some(Way::GoOn) => {}
            Some(Way::Anew) => self.begin_anew(self.welcome.only_rehearsal),
            Some(Way::Rehearse) => self.begin_anew(true),
            Some(Way::Open(name)) => {
                self.rehearsal = self.welcome.only_rehearsal;
                return self.leave(Leaving::Dashboard(name));
            }
            Some(Way::Change(name)) => return vec![Effect::Answers(name)],
            None => return Vec::new(),
        }
        if self.welcome.blocked() && !self.rehearsal {
            self.notice = Some(Diagnostic::new(
                "E-5076",
                Severity::Warn,
                "Nothing can start before what was found is mended; answers can be given already.",
            ));
        }
        self.arrive()
    }

    fn begin_anew(&mut self, rehearsal: bool) {
        self.rehearsal = rehearsal;
        let mut world = self.welcome.world.clone();
        if rehearsal {
            // The simulated engine has a registry of its own.
            world.registry_answers = Some(true);
        }
        self.take_interview(Interview::new(world));
    }

    /// Goes on with other answers. What is kept stays as it is until one of them changes.
    fn take_interview(&mut self, interview: Interview) {
        self.keeping = Keeping::of_others(&interview);
        self.own_name = None;
        self.interview = interview;
        self.beside.clear();
        self.welcome.begun = true;
        self.welcome.chosen = 0;
    }

    /// Shows the place where the interview is.
    pub(super) fn arrive(&mut self) -> Vec<Effect> {
        match self.interview.place() {
            Place::Question(_) => {
                self.screen = Screen::Asking;
                self.asking = Asking::of(&self.interview);
                self.look_up()
            }
            Place::Review => {
                self.screen = Screen::Review;
                self.previews += 1;
                let (answers, _) = Preview::of_answers(&self.interview);
                self.review.expect(answers);
                self.review.look_at(self.found());
                let mut effects = vec![Effect::Preview {
                    number: self.previews,
                    interview: Box::new(self.interview.clone()),
                    rehearsal: self.rehearsal,
                }];
                for question in self.interview.asked() {
                    if let Some(answer) = self.interview.effective(question.id) {
                        effects.extend(self.look_up_answer(question, answer));
                    }
                }
                effects
            }
        }
    }

    fn at_review(&mut self, action: Action) -> Vec<Effect> {
        let wish = self.review.action(action, &self.interview);
        self.wished(wish)
    }

    fn wished(&mut self, wish: ReviewWish) -> Vec<Effect> {
        match wish {
            ReviewWish::None => Vec::new(),
            ReviewWish::Start => self.start(false),
            ReviewWish::Change(id) => {
                self.interview.jump(id);
                self.arrive()
            }
            ReviewWish::Save { name, replace } => vec![Effect::Save {
                interview: Box::new(self.interview.clone()),
                name,
                replace,
            }],
            ReviewWish::Copy(words) => vec![Effect::Copy(Secret::new(words))],
            ReviewWish::Dashboard => self.leave(Leaving::Back),
            ReviewWish::Back => {
                self.interview.back();
                self.arrive()
            }
        }
    }

    fn at_question(&mut self, action: Action) -> Vec<Effect> {
        let Some(question) = self.interview.current() else {
            return Vec::new();
        };
        if self.asking.list.is_some() {
            return self.at_list(question, action);
        }
        let last = self.interview.offers(question).len().saturating_sub(1);
        let asking = &mut self.asking;
        let typed = asking.context() == Context::Writing;
        match action {
            Action::Why => {
                asking.why = !asking.why;
                return Vec::new();
            }
            Action::Enter => return self.take_answer(),
            Action::Back if asking.why && !typed => {
                asking.why = false;
                return Vec::new();
            }
            Action::Back => return self.back(),
            Action::Review => {
                asking.keep(&mut self.interview);
                self.interview.review();
                return self.arrive();
            }
            Action::Up => asking.focus = asking.focus.saturating_sub(1),
            Action::Down => asking.focus = (asking.focus + 1).min(last),
            Action::First if typed => asking.editor.first(),
            Action::Last if typed => asking.editor.last(),
            Action::First => asking.focus = 0,
            Action::Last => asking.focus = last,
            Action::Left => asking.editor.left(),
            Action::Right => asking.editor.right(),
            Action::Erase => asking.editor.erase(),
            Action::Delete => asking.editor.delete(),
            Action::EraseAll => asking.editor.erase_all(),
            _ => return Vec::new(),
        }
        if !matches!(action, Action::Left | Action::Right) {
            asking.wrong = None;
        }
        self.look_up()
    }

    pub(super) fn typed(&mut self, text: &str) -> Vec<Effect> {
        self.asking.editor.insert(text);
        if let Some(list) = &mut self.asking.list {
            list.chosen = None;
        }
        self.asking.wrong = None;
        self.notice = None;
        self.want(Urgency::Now);
        self.look_up()
    }

    fn paste(&mut self, text: &str) -> Vec<Effect> {
        match self.context() {
            Context::Writing => return self.typed(text),
            Context::Listing => {
                self.want(Urgency::Now);
                return self.paste_entries(text);
            }
            Context::Typing => {
                self.review.paste(text);
                self.want(Urgency::Now);
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn take_answer(&mut self) -> Vec<Effect> {
        let (Some(question), Some(answer)) = (
            self.interview.current(),
            self.asking.candidate(&self.interview),
        ) else {
            return Vec::new();
        };
        if let Err(wrong) = self.interview.answer(question.id, &answer) {
            let typed = self.asking.list_answer();
            let typed = typed.unwrap_or_else(|| self.asking.editor.text().to_owned());
            self.interview.keep_typed(question.id, &typed);
            self.asking.wrong = Some(*wrong);
            return Vec::new();
        }
        self.interview.next();
        self.arrive()
    }

    pub(super) fn back(&mut self) -> Vec<Effect> {
        self.asking.keep(&mut self.interview);
        if self.interview.back() {
            return self.arrive();
        }
        self.screen = Screen::Welcome;
        self.welcome.chosen = 0;
        Vec::new()
    }

    /// Looks up what would be answered now, unless that is known or being looked up already.
    fn look_up(&mut self) -> Vec<Effect> {
        let question = self.interview.current();
        let answer = self.asking.candidate(&self.interview);
        let (Some(question), Some(answer)) = (question, answer) else {
            return Vec::new();
        };
        self.look_up_answer(question, answer).into_iter().collect()
    }

    fn look_up_answer(&mut self, question: &'static Question, answer: String) -> Option<Effect> {
        if question.checks.is_empty() || self.rehearsal {
            return None;
        }
        let known = self.beside.get(question.id);
        if known.is_some_and(|known| known.answer == answer) {
            return None;
        }
        self.beside.remove(question.id);
        let mut tried = self.interview.clone();
        tried.answer(question.id, &answer).ok()?;
        let reading = tried.profile().ok()?;
        let practice = self.interview.context().practice.as_str();
        let is_practice = reading.profile.images.registry.as_deref() == Some(practice);
        // Practice images are made when something starts; nobody has to have them.
        if is_practice && question.checks.contains(&Check::ImagesObtainable) {
            return None;
        }
        let looked_up = LookedUp {
            answer: answer.clone(),
            findings: None,
        };
        self.beside.insert(question.id, looked_up);
        Some(Effect::LookUp {
            question: question.id,
            answer,
            checks: question.checks,
            profile: Box::new(reading.profile),
        })
    }

    /// What was looked up for the answers that count, and is not as it should be.
    pub(super) fn found(&self) -> Vec<(&'static str, Diagnostic)> {
        let of = |(id, known): (&&'static str, &LookedUp)| {
            let own = *id == "name" && self.own_name.as_ref() == Some(&known.answer);
            let counts = !own && self.interview.effective(id).as_ref() == Some(&known.answer);
            let findings = known.findings.iter().filter(|_| counts).flatten();
            let id = *id;
            findings
                .filter(|finding| !finding.good)
                .map(|finding| (id, finding.diagnostic.clone()))
                .collect::<Vec<_>>()
        };
        self.beside.iter().flat_map(of).collect()
    }

    fn data(&mut self, data: Data) -> Vec<Effect> {
        match data {
            Data::Around(round, around) => {
                if round == self.welcome.round {
                    self.welcome
                        .found(around, &mut self.interview, self.rehearsal);
                    self.want(Urgency::Soon);
                }
            }
            Data::LookedUp {
                question,
                answer,
                findings,
            } => {
                let Some(known) = self.beside.get_mut(question) else {
                    return Vec::new();
                };
                if known.answer != answer {
                    return Vec::new();
                }
                let elsewhere = self.interview.place() != Place::Question(question);
                if elsewhere && self.interview.given(question) == Some(&answer) {
                    let bad = findings.iter().find(|finding| !finding.good);
                    self.notice = bad.map(|finding| finding.diagnostic.clone());
                }
                known.findings = Some(findings);
                self.review.look_at(self.found());
                self.want(Urgency::Soon);
            }
            Data::ListRead {
                question,
                file,
                read,
            } => {
                self.list_read(question, &file, read);
                self.want(Urgency::Now);
            }
            Data::Previewed(number, preview) => {
                if number == self.previews {
                    self.review.take(preview);
                    self.want(Urgency::Soon);
                }
            }
            Data::Start(news) => return self.start_news(news),
            Data::Saved(saved) => {
                self.review.saved(saved);
                self.want(Urgency::Now);
            }
            Data::Opened(Ok(profile)) => {
                self.rehearsal = self.welcome.only_rehearsal;
                let name = profile.name.clone();
                self.take_interview(Interview::open(self.welcome.world.clone(), *profile));
                self.own_name = Some(name);
                self.want(Urgency::Now);
                return self.arrive();
            }
            Data::Opened(Err(wrong)) | Data::NotKept(wrong) => {
                self.notice = Some(*wrong);
                self.want(Urgency::Now);
            }
        }
        Vec::new()
    }

    fn start_news(&mut self, news: StartNews) -> Vec<Effect> {
        let Some(starting) = &mut self.starting else {
            return Vec::new();
        };
        starting.take(news, self.now);
        let ready = starting.is_ready();
        self.want(Urgency::Soon);
        // The answers are a deployment now.
        if ready && !self.rehearsal && self.keeping.is_ours() {
            self.keeping = Keeping::of_others(&self.interview);
            return vec![Effect::Forget];
        }
        Vec::new()
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Vec<Effect> {
        let action = match mouse.kind {
            MouseEventKind::ScrollUp => Action::Up,
            MouseEventKind::ScrollDown => Action::Down,
            MouseEventKind::Down(MouseButton::Left) => {
                return self.click(mouse.column, mouse.row);
            }
            _ => return Vec::new(),
        };
        if self.context() == Context::Writing {
            return Vec::new();
        }
        if !self.available(action) {
            return Vec::new();
        }
        self.want(Urgency::Now);
        match (&self.overlay, &self.screen) {
            (Some(Overlay::Help { scroll }), _) => {
                let scroll = *scroll;
                self.in_help(action, scroll);
                Vec::new()
            }
            (None, Screen::Welcome) => self.at_welcome(action),
            (None, Screen::Asking) => self.at_question(action),
            (None, Screen::Review) => self.at_review(action),
            (None, Screen::Starting) => self.while_starting(action),
        }
    }

    /// The first click chooses, the second takes.
    fn click(&mut self, column: u16, row: u16) -> Vec<Effect> {
        if self.overlay.is_some() {
            return Vec::new();
        }
        match self.screen {
            Screen::Welcome => {
                let Some(way) = draw::way_at(self, row) else {
                    return Vec::new();
                };
                self.want(Urgency::Now);
                self.welcome.touched = true;
                if self.welcome.chosen == way {
                    return self.take_way();
                }
                self.welcome.chosen = way;
                Vec::new()
            }
            Screen::Starting => {
                self.want(Urgency::Now);
                let body = page::body(self.size);
                let wish = match &mut self.starting {
                    Some(starting) => starting.click(body, column, row),
                    None => StartWish::None,
                };
                self.wished_of_start(wish)
            }
            Screen::Review => {
                self.want(Urgency::Now);
                let wish = self.review.click(column, row, &self.interview);
                self.wished(wish)
            }
            Screen::Asking => {
                let Some(offer) = draw::offer_at(self, column, row) else {
                    return Vec::new();
                };
                self.want(Urgency::Now);
                if let Some(list) = &mut self.asking.list {
                    list.chosen = Some(offer);
                    return Vec::new();
                }
                if self.asking.focus == offer {
                    return self.take_answer();
                }
                self.asking.focus = offer;
                self.asking.wrong = None;
                self.look_up()
            }
        }
    }
}

/// Whether an action means something of its own while a deployment starts.
fn is_own(action: Action) -> bool {
    !matches!(
        action,
        Action::Help | Action::Mouse | Action::Redraw | Action::Suspend
    )
}
