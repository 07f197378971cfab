//! Every key once: this table feeds dispatch, the key bar, the help screen and the README.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::theme::{Glyph, Theme};

/// Where a key means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// The wizard's first screen.
    Welcome,
    /// A question with choices.
    Choosing,
    /// A question whose answer is typed.
    Writing,
    /// A question whose answer is a list.
    Listing,
    /// The review of all answers.
    Review,
    /// While a deployment starts.
    Starting,
    /// A deployment has just become ready.
    Ready,
    /// A step failed, and there are ways on.
    Card,
    /// The tour.
    Tour,
    /// On every screen of the wizard and the tour.
    Wizard,
    /// The services.
    Services,
    /// Logs.
    Logs,
    /// What services use.
    Resources,
    /// Addresses and credentials.
    Access,
    /// What happened.
    Events,
    /// On every tab of the dashboard.
    Dashboard,
    /// While text is typed.
    Typing,
    /// A question or a menu.
    Question,
    /// The help screen.
    Help,
}

impl Context {
    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Welcome => "Welcome",
            Self::Choosing => "A question with choices",
            Self::Writing => "A question to write an answer to",
            Self::Listing => "A question that asks for a list",
            Self::Review => "Review",
            Self::Starting => "While it starts",
            Self::Ready => "When it is ready",
            Self::Card => "When a step failed",
            Self::Tour => "Tour",
            Self::Wizard => "Wizard and tour, everywhere",
            Self::Services => "Services",
            Self::Logs => "Logs",
            Self::Resources => "Resources",
            Self::Access => "Access",
            Self::Events => "Events",
            Self::Dashboard => "Dashboard, everywhere",
            Self::Typing => "While typing",
            Self::Question => "Questions and menus",
            Self::Help => "This help",
        }
    }

    /// The keys that mean something here besides the place's own. On top of a screen (typing, a question,
    /// help) only those that always work do, so that no letter fires a shortcut while text is typed.
    pub fn general(self) -> Option<Self> {
        match self {
            Self::Welcome
            | Self::Choosing
            | Self::Review
            | Self::Starting
            | Self::Ready
            | Self::Card
            | Self::Tour => Some(Self::Wizard),
            Self::Services | Self::Logs | Self::Resources | Self::Access | Self::Events => {
                Some(Self::Dashboard)
            }
            Self::Writing
            | Self::Listing
            | Self::Typing
            | Self::Question
            | Self::Help
            | Self::Wizard
            | Self::Dashboard => None,
        }
    }

    const ALL: [Self; 19] = [
        Self::Welcome,
        Self::Choosing,
        Self::Writing,
        Self::Listing,
        Self::Review,
        Self::Starting,
        Self::Ready,
        Self::Card,
        Self::Tour,
        Self::Wizard,
        Self::Services,
        Self::Logs,
        Self::Resources,
        Self::Access,
        Self::Events,
        Self::Dashboard,
        Self::Typing,
        Self::Question,
        Self::Help,
    ];
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One up, down; a page; to the first and to the last.
    Up,
    /// One down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first.
    First,
    /// To the last; in logs, follow again.
    Last,
    /// To the left, or the one before.
    Left,
    /// To the right, or the next one.
    Right,
    /// Do what is chosen.
    Enter,
    /// One level back.
    Back,
    /// A tab by its number.
    Tab(usize),
    /// The next tab.
    NextTab,
    /// The tab before.
    PreviousTab,
    /// Actions on the chosen service.
    Menu,
    /// Verify the deployment.
    Verify,
    /// Search in logs.
    Find,
    /// The next place found.
    FindNext,
    /// The place found before.
    FindPrevious,
    /// Only lines with a text.
    Filter,
    /// Only lines of standard error.
    OnlyErrors,
    /// Times in front of lines on or off.
    Times,
    /// Wrap long lines or cut them.
    Wrap,
    /// Save the lines to a file.
    Save,
    /// Show or hide a credential.
    Reveal,
    /// Copy to the clipboard of the operator's own computer.
    Copy,
    /// Mouse on or off.
    Mouse,
    /// Draw everything anew.
    Redraw,
    /// Help.
    Help,
    /// Leave the dashboard.
    Quit,
    /// Leave from anywhere.
    Leave,
    /// Stop for now, back to the shell.
    Suspend,
    /// Why this is asked, and how to choose.
    Why,
    /// The same once more.
    Again,
    /// Start.
    Start,
    /// The log.
    Log,
    /// To the review of all answers.
    Review,
    /// Delete the last character typed.
    Erase,
    /// Delete the character at the cursor.
    Delete,
    /// Delete everything typed.
    EraseAll,
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A key by itself.
    Plain(KeyCode),
    /// With Ctrl.
    Ctrl(char),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// Keys, the first is shown in the key bar.
    pub keys: &'static [Key],
    /// What it does.
    pub action: Action,
    /// One or two words, for the key bar.
    pub label: &'static str,
    /// A sentence's part, for help.
    pub hint: &'static str,
    /// Whether it stands in the key bar when it works.
    pub bar: bool,
}

const fn char(char: char) -> Key {
    Key::Plain(KeyCode::Char(char))
}

const fn plain(code: KeyCode) -> Key {
    Key::Plain(code)
}

macro_rules! table {
    ($($context:ident { $($bar:ident [$($key:expr),+] $action:expr, $label:literal, $hint:literal;)+ })+) => {
        &[$($(Binding {
            context: Context::$context,
            keys: &[$($key),+],
            action: $action,
            label: $label,
            hint: $hint,
            bar: table!(@ $bar),
        },)+)+]
    };
    (@ bar) => { true };
    (@ off) => { false };
}

use Action as A;
use KeyCode as K;

/// The table. Keys of a place come before those that work everywhere.
pub const TABLE: &[Binding] = table! {
    Welcome {
        bar [plain(K::Up), char('k')] A::Up, "choose", "the choice before";
        off [plain(K::Down), char('j')] A::Down, "choose", "the next choice";
        bar [plain(K::Enter)] A::Enter, "go on", "take the choice";
        bar [plain(K::PageDown), char(' ')] A::PageDown, "more", "the rest of what was found";
        off [plain(K::PageUp)] A::PageUp, "less", "what was found, from above";
        bar [char('r')] A::Again, "check again", "look at this machine once more";
        bar [char('q')] A::Quit, "leave", "leave; nothing was changed";
    }
    Choosing {
        bar [plain(K::Up), char('k')] A::Up, "choose", "the choice before";
        off [plain(K::Down), char('j')] A::Down, "choose", "the next choice";
        off [plain(K::Home), char('g')] A::First, "first", "the first choice";
        off [plain(K::End), char('G')] A::Last, "last", "the last choice";
        bar [plain(K::Enter), plain(K::Right), char('l')] A::Enter, "next", "take the choice and go on";
        bar [plain(K::Left), char('h'), plain(K::Esc), plain(K::BackTab)] A::Back, "back", "the question before; no answer is lost";
        bar [plain(K::F(2)), char('w')] A::Why, "why we ask", "why this is asked, and how to choose";
        bar [plain(K::F(3)), char('r')] A::Review, "review", "to the review of all answers";
    }
    Writing {
        bar [plain(K::Enter), plain(K::Tab)] A::Enter, "next", "take the answer and go on";
        bar [plain(K::Esc), plain(K::Up), plain(K::BackTab)] A::Back, "back", "the question before; no answer is lost";
        bar [plain(K::F(2))] A::Why, "why we ask", "why this is asked, and how to choose";
        bar [plain(K::F(3))] A::Review, "review", "to the review of all answers";
        off [plain(K::Left)] A::Left, "left", "one character to the left";
        off [plain(K::Right)] A::Right, "right", "one character to the right";
        off [plain(K::Home), Key::Ctrl('a')] A::First, "beginning", "to the beginning";
        off [plain(K::End), Key::Ctrl('e')] A::Last, "end", "to the end";
        off [plain(K::Backspace), Key::Ctrl('h')] A::Erase, "erase", "delete the character before";
        off [plain(K::Delete), Key::Ctrl('d')] A::Delete, "delete", "delete the character at the cursor";
        bar [Key::Ctrl('u')] A::EraseAll, "erase all", "delete everything typed";
        bar [plain(K::F(1))] A::Help, "help", "every key";
    }
    Listing {
        bar [plain(K::Enter), plain(K::Tab)] A::Enter, "add or next", "add what is typed to the list; with nothing typed, take the list and go on";
        bar [plain(K::Down)] A::Down, "entry", "the next entry of the list";
        off [plain(K::Up)] A::Up, "entry", "the entry before, or back to the field";
        off [plain(K::PageDown)] A::PageDown, "page down", "a page down the list";
        off [plain(K::PageUp)] A::PageUp, "page up", "a page up the list";
        bar [plain(K::Delete), Key::Ctrl('d')] A::Delete, "take away", "take the chosen entry off the list; in the field, delete the character at the cursor";
        bar [plain(K::Esc), plain(K::BackTab)] A::Back, "back", "the question before; no answer is lost";
        bar [plain(K::F(2))] A::Why, "why we ask", "why this is asked, and how to choose";
        bar [plain(K::F(3))] A::Review, "review", "to the review of all answers";
        off [plain(K::Left)] A::Left, "left", "one character to the left";
        off [plain(K::Right)] A::Right, "right", "one character to the right";
        off [plain(K::Home), Key::Ctrl('a')] A::First, "beginning", "to the beginning";
        off [plain(K::End), Key::Ctrl('e')] A::Last, "end", "to the end";
        off [plain(K::Backspace), Key::Ctrl('h')] A::Erase, "erase", "delete the character before";
        off [Key::Ctrl('u')] A::EraseAll, "erase all", "delete everything typed; with nothing typed, the whole list";
        bar [plain(K::F(1))] A::Help, "help", "every key";
    }
    Review {
        bar [plain(K::Up), char('k')] A::Up, "row", "the row before, or one row up";
        off [plain(K::Down), char('j')] A::Down, "row", "the next row, or one row down";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), char(' '), Key::Ctrl('f')] A::PageDown, "page down", "a page down";
        off [plain(K::Home), char('g')] A::First, "first", "the first row";
        off [plain(K::End), char('G')] A::Last, "last", "the last row";
        bar [plain(K::Enter)] A::Enter, "change it", "change the chosen answer, or press the chosen button";
        bar [char('1')] A::Tab(0), "tab", "summary";
        off [char('2')] A::Tab(1), "picture", "the picture of what will run";
        off [char('3')] A::Tab(2), "services", "the services and what each takes";
        off [char('4')] A::Tab(3), "plan", "the steps and why each is taken";
        off [char('5')] A::Tab(4), "compose", "the same as a Compose file";
        off [char('6')] A::Tab(5), "profile", "the answers as a profile";
        off [char('7')] A::Tab(6), "good to know", "what stands in the way and what is good to know";
        off [plain(K::Tab), plain(K::Right), char('l')] A::NextTab, "next tab", "the next tab";
        off [plain(K::BackTab), plain(K::Left), char('h')] A::PreviousTab, "tab before", "the tab before";
        bar [char('s')] A::Start, "start", "start what the review shows";
        bar [char('p')] A::Save, "save", "save the answers as a profile";
        bar [char('c')] A::Copy, "copy", "copy the command that does the same, for your own computer's clipboard";
        bar [plain(K::Esc)] A::Back, "back", "back to the summary, then to the dashboard if you came from there, or to the last question";
        bar [char('q')] A::Quit, "dashboard", "back to the dashboard you came from; changed answers are kept";
    }
    Starting {
        bar [plain(K::Up), char('k')] A::Up, "service", "the service before, or one row up";
        off [plain(K::Down), char('j')] A::Down, "service", "the next service, or one row down";
        bar [char('l')] A::Log, "log", "the chosen service's full log, and back";
        off [plain(K::Esc)] A::Back, "back", "back from the full log";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "in the full log, a page up";
        off [plain(K::PageDown), char(' '), Key::Ctrl('f')] A::PageDown, "page down", "in the full log, a page down";
        off [plain(K::Home), char('g')] A::First, "oldest", "in the full log, the oldest lines";
        off [plain(K::End), char('G')] A::Last, "newest", "in the full log, the newest line, and follow again";
        bar [Key::Ctrl('c')] A::Leave, "stop waiting", "stop waiting; containers keep running";
    }
    Ready {
        bar [plain(K::Enter)] A::Enter, "dashboard", "to the dashboard of what now runs";
        bar [char('t')] A::Again, "tour", "a guided tour of what now runs";
        bar [plain(K::Up), char('k')] A::Up, "scroll", "one row up, where not all is shown";
        off [plain(K::Down), char('j')] A::Down, "scroll", "one row down";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), char(' '), Key::Ctrl('f')] A::PageDown, "page down", "a page down";
        bar [char('q')] A::Quit, "leave", "leave; everything goes on running";
    }
    Card {
        bar [plain(K::Left), char('h'), plain(K::BackTab)] A::Left, "choose", "the way before";
        off [plain(K::Right), plain(K::Tab)] A::Right, "choose", "the next way";
        bar [plain(K::Enter)] A::Enter, "do it", "take the way";
        bar [char('l')] A::Log, "full log", "the service's full log, and back";
        off [plain(K::Esc)] A::Back, "back", "back from the full log";
        bar [plain(K::Up), char('k')] A::Up, "scroll", "one row up, where not all is shown";
        off [plain(K::Down), char('j')] A::Down, "scroll", "one row down";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), char(' '), Key::Ctrl('f')] A::PageDown, "page down", "a page down";
        off [plain(K::Home), char('g')] A::First, "oldest", "in the full log, the oldest lines";
        off [plain(K::End), char('G')] A::Last, "newest", "in the full log, the newest line, and follow again";
    }
    Tour {
        bar [plain(K::Right), plain(K::Enter), char(' ')] A::Right, "next", "the next step";
        bar [plain(K::Left), plain(K::Esc), char('h')] A::Left, "before", "the step before";
        bar [char('r')] A::Again, "ask again", "make this step's request once more";
        bar [plain(K::Up), char('k')] A::Up, "scroll", "one row up";
        off [plain(K::Down), char('j')] A::Down, "scroll", "one row down";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), Key::Ctrl('f')] A::PageDown, "page down", "a page down";
        bar [char('q')] A::Quit, "end", "end the tour";
    }
    Wizard {
        off [char('m')] A::Mouse, "mouse", "mouse on or off; off lets you select text as usual";
        off [Key::Ctrl('l')] A::Redraw, "redraw", "draw everything anew";
        bar [char('?'), plain(K::F(1))] A::Help, "help", "every key";
        bar [Key::Ctrl('c')] A::Leave, "leave", "leave from anywhere; the answers are kept";
        off [Key::Ctrl('z')] A::Suspend, "suspend", "back to the shell for a while; fg returns";
    }
    Services {
        bar [plain(K::Up), char('k')] A::Up, "service", "the service before";
        off [plain(K::Down), char('j')] A::Down, "service", "the next service";
        off [plain(K::Home), char('g')] A::First, "first", "the first service";
        off [plain(K::End), char('G')] A::Last, "last", "the last service";
        bar [plain(K::Enter)] A::Enter, "log", "the chosen service's log";
        bar [char('a')] A::Menu, "actions", "restart, stop or start the chosen service";
    }
    Logs {
        off [plain(K::Up), char('k')] A::Up, "up", "one row up; the log stops following";
        off [plain(K::Down), char('j')] A::Down, "down", "one row down";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), char(' '), Key::Ctrl('f')] A::PageDown, "page down", "a page down";
        off [plain(K::Home), char('g')] A::First, "oldest", "the oldest line";
        bar [plain(K::End), char('G')] A::Last, "follow", "the newest line, and follow again";
        bar [plain(K::Left), char('h')] A::Left, "service", "the service before, or all together";
        off [plain(K::Right), char('l')] A::Right, "service", "the next service";
        bar [char('/')] A::Find, "find", "find a text; small letters find capitals, too";
        bar [char('n')] A::FindNext, "next", "the next place found";
        off [char('N')] A::FindPrevious, "previous", "the place found before";
        bar [char('f')] A::Filter, "filter", "show only lines with a text";
        off [char('e')] A::OnlyErrors, "errors", "show only what was written to standard error, marked !";
        off [char('t')] A::Times, "times", "times on or off";
        off [char('w')] A::Wrap, "wrap", "wrap long lines, or cut them";
        bar [char('s')] A::Save, "save", "save the lines shown to a file in the present folder";
        off [plain(K::Esc)] A::Back, "back", "drop the search, then the filter, then back to the services";
    }
    Resources {
        bar [plain(K::Up), char('k')] A::Up, "service", "the service before";
        off [plain(K::Down), char('j')] A::Down, "service", "the next service";
        off [plain(K::Home), char('g')] A::First, "first", "the first service";
        off [plain(K::End), char('G')] A::Last, "last", "the last service";
        bar [plain(K::Enter)] A::Enter, "log", "the chosen service's log";
        off [plain(K::Esc)] A::Back, "back", "back to the services";
    }
    Access {
        bar [plain(K::Up), char('k')] A::Up, "row", "the row before";
        off [plain(K::Down), char('j')] A::Down, "row", "the next row";
        off [plain(K::Home), char('g')] A::First, "first", "the first row";
        off [plain(K::End), char('G')] A::Last, "last", "the last row";
        bar [plain(K::Enter), char('s')] A::Reveal, "show/hide", "show a password or key, or hide it again";
        bar [char('c')] A::Copy, "copy", "copy it to your own computer's clipboard (if your terminal allows that)";
        bar [plain(K::Esc)] A::Back, "back", "hide what is shown, then back to the services";
    }
    Events {
        bar [plain(K::Up), char('k')] A::Up, "event", "the event before";
        off [plain(K::Down), char('j')] A::Down, "event", "the next event";
        off [plain(K::PageUp), Key::Ctrl('b')] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), char(' '), Key::Ctrl('f')] A::PageDown, "page down", "a page down";
        off [plain(K::Home), char('g')] A::First, "oldest", "the oldest event";
        bar [plain(K::End), char('G')] A::Last, "newest", "the newest event, and stay there";
        off [plain(K::Esc)] A::Back, "back", "back to the services";
    }
    Typing {
        bar [plain(K::Enter)] A::Enter, "done", "take the text";
        bar [plain(K::Esc)] A::Back, "cancel", "as it was before";
        off [plain(K::Backspace), Key::Ctrl('h')] A::Erase, "erase", "delete the last character";
        bar [Key::Ctrl('u')] A::EraseAll, "erase all", "delete everything typed";
    }
    Question {
        bar [plain(K::Up), char('k'), plain(K::Left), char('h'), plain(K::BackTab)] A::Up, "choose", "the choice before";
        off [plain(K::Down), char('j'), plain(K::Right), char('l'), plain(K::Tab)] A::Down, "choose", "the next choice";
        bar [plain(K::Enter)] A::Enter, "do it", "take the choice";
        bar [plain(K::Esc), char('q')] A::Back, "cancel", "nothing is done";
    }
    Help {
        bar [plain(K::Up), char('k')] A::Up, "scroll", "one row up";
        off [plain(K::Down), char('j')] A::Down, "scroll", "one row down";
        off [plain(K::PageUp)] A::PageUp, "page up", "a page up";
        off [plain(K::PageDown), char(' ')] A::PageDown, "page down", "a page down";
        bar [plain(K::Esc), char('q'), char('?'), plain(K::F(1))] A::Back, "close", "close the help";
    }
    Dashboard {
        bar [char('v')] A::Verify, "verify", "ask the platform real questions through its gateway";
        bar [char('T')] A::Again, "tour", "a guided tour of the deployment";
        off [char('C')] A::Review, "answers", "change the deployment's answers, and start what is new";
        bar [char('1')] A::Tab(0), "tab", "services";
        off [char('2')] A::Tab(1), "logs", "logs";
        off [char('3')] A::Tab(2), "resources", "resources";
        off [char('4')] A::Tab(3), "access", "access";
        off [char('5')] A::Tab(4), "events", "events";
        off [plain(K::Tab)] A::NextTab, "next tab", "the next tab";
        off [plain(K::BackTab)] A::PreviousTab, "tab before", "the tab before";
        off [char('m')] A::Mouse, "mouse", "mouse on or off; off lets you select text as usual";
        off [Key::Ctrl('l')] A::Redraw, "redraw", "draw everything anew";
        bar [char('?'), plain(K::F(1))] A::Help, "help", "every key";
        bar [char('q')] A::Quit, "quit", "leave; everything goes on running";
        off [Key::Ctrl('c')] A::Leave, "leave", "leave from anywhere; everything goes on running";
        off [Key::Ctrl('z')] A::Suspend, "suspend", "back to the shell for a while; fg returns";
    }
};

/// What works from anywhere, even while text is typed.
const ALWAYS: [Action; 3] = [Action::Leave, Action::Suspend, Action::Redraw];

/// What a key means here.
pub fn action(context: Context, key: &KeyEvent) -> Option<Action> {
    let pressed = |binding: &&Binding| binding.keys.iter().any(|wanted| wanted.is(key));
    let own = of(context).find(pressed);
    let general = of(context.general().unwrap_or(Context::Wizard))
        .filter(|binding| context.general().is_some() || ALWAYS.contains(&binding.action))
        .find(pressed);
    own.or(general).map(|binding| binding.action)
}

/// The bindings of a place for its key bar.
pub fn bar(context: Context) -> impl Iterator<Item = &'static Binding> {
    let own = move |action| of(context).any(|binding| binding.action == action);
    TABLE.iter().filter(move |binding| {
        let general = Some(binding.context) == context.general() && !own(binding.action);
        binding.bar && (binding.context == context || general)
    })
}

/// The bindings of a place, for help.
pub fn of(context: Context) -> impl Iterator<Item = &'static Binding> {
    TABLE
        .iter()
        .filter(move |binding| binding.context == context)
}

impl Key {
    fn is(self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match self {
            Self::Ctrl(char) => ctrl && key.code == KeyCode::Char(char),
            Self::Plain(code) => !ctrl && !alt && key.code == code,
        }
    }

    /// The key's name.
    pub fn name(self, theme: Theme) -> String {
        match self {
            Self::Ctrl(char) => format!("Ctrl-{}", char.to_ascii_uppercase()),
            Self::Plain(KeyCode::Char(' ')) => "Space".to_owned(),
            Self::Plain(KeyCode::Char(char)) => char.to_string(),
            Self::Plain(KeyCode::F(number)) => format!("F{number}"),
            Self::Plain(KeyCode::Enter) => theme.glyph(Glyph::Enter).to_owned(),
            Self::Plain(KeyCode::BackTab) => "Shift-Tab".to_owned(),
            Self::Plain(KeyCode::PageUp) => "PgUp".to_owned(),
            Self::Plain(KeyCode::PageDown) => "PgDn".to_owned(),
            Self::Plain(KeyCode::Up) if theme.ascii => "Up".to_owned(),
            Self::Plain(KeyCode::Down) if theme.ascii => "Down".to_owned(),
            Self::Plain(KeyCode::Left) if theme.ascii => "Left".to_owned(),
            Self::Plain(KeyCode::Right) if theme.ascii => "Right".to_owned(),
            Self::Plain(KeyCode::Up) => "↑".to_owned(),
            Self::Plain(KeyCode::Down) => "↓".to_owned(),
            Self::Plain(KeyCode::Left) => "←".to_owned(),
            Self::Plain(KeyCode::Right) => "→".to_owned(),
            Self::Plain(code) => code.to_string(),
        }
    }
}

impl Binding {
    /// The keys' names, as in "↑ k".
    pub fn names(&self, theme: Theme) -> String {
        let names: Vec<String> = self.keys.iter().map(|key| key.name(theme)).collect();
        names.join(" ")
    }

    /// The key's name in the key bar; pairs that belong together are one.
    pub fn bar_name(&self, theme: Theme) -> String {
        match (self.action, self.keys.first()) {
            (Action::Up, _) if self.keys.contains(&plain(K::Up)) => {
                theme.glyph(Glyph::UpDown).to_owned()
            }
            (Action::Left, _) if self.context != Context::Tour => {
                theme.glyph(Glyph::LeftRight).to_owned()
            }
            (Action::Tab(0), _) => {
                let is_tab = |other: &&Self| matches!(other.action, Action::Tab(_));
                format!("1-{}", of(self.context).filter(is_tab).count())
            }
            (_, Some(key)) => key.name(theme),
            (_, None) => String::new(),
        }
    }
}

/// The table for the README.
pub fn markdown() -> String {
    let theme = Theme::default();
    let mut text = String::from("| where | key | what it does |\n|---|---|---|\n");
    for context in Context::ALL {
        for (index, binding) in of(context).enumerate() {
            let place = if index == 0 { context.title() } else { "" };
            let names: Vec<String> = binding
                .keys
                .iter()
                .map(|key| format!("`{}`", key.name(theme)))
                .collect();
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {place} | {} | {} |", names.join(" "), binding.hint);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for context in Context::ALL {
            let mut seen: Vec<Key> = Vec::new();
            for key in of(context).flat_map(|binding| binding.keys) {
                assert!(!seen.contains(key), "{context:?}: {key:?} twice");
                seen.push(*key);
            }
        }
    }

    #[test]
    fn while_text_is_typed_letters_are_letters() {
        let press = |code, modifiers| KeyEvent::new(code, modifiers);
        for letter in 'a'..='z' {
            let key = press(KeyCode::Char(letter), KeyModifiers::NONE);
            assert_eq!(action(Context::Typing, &key), None, "{letter}");
            assert_eq!(action(Context::Writing, &key), None, "{letter}");
        }
        let leave = press(KeyCode::Char('c'), KeyModifiers::CONTROL);
        for context in Context::ALL {
            assert_eq!(action(context, &leave), Some(Action::Leave), "{context:?}");
        }
    }

    /// `UPDATE_EXPECTED=1 cargo test --lib tui::keys` writes the table into the README.
    #[test]
    fn the_readme_lists_every_key() {
        const BEGIN: &str = "<!-- keys -->\n";
        const END: &str = "<!-- end of keys -->";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        let (before, rest) = readme.split_once(BEGIN).expect("the table's begin");
        let (table, after) = rest.split_once(END).expect("the table's end");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            let text = format!("{before}{BEGIN}{}{END}{after}", markdown());
            std::fs::write(path, text).unwrap();
            return;
        }
        assert!(
            table.trim() == markdown().trim(),
            "README.md's key table is not the program's. It should be:\n{}",
            markdown()
        );
    }
}
