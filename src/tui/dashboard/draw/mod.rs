//! Drawing: reads the state, writes cells, nothing else.

mod access;
mod happenings;
mod logs;
mod resources;
mod services;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};

use crate::engine::{Health, Phase};
use crate::tui::help;
use crate::tui::text;
use crate::tui::theme::{Glyph, Theme, Tone};
use crate::tui::widgets::{Paint, key_bar, put, question};
use crate::words;

use super::layout;
use super::state::{Link, Mood, Overlay, Purpose, Service, State, Tab, Verified};

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let area = frame.area();
    let size = (area.width, area.height);
    if size.0 < layout::LEAST.0 || size.1 < layout::LEAST.1 {
        too_small(frame, theme);
        return;
    }
    header(frame, state, theme);
    tabs(frame, state, theme);
    let rule = theme.glyph(Glyph::Rule).repeat(usize::from(area.width));
    for place in layout::rules(size) {
        put(frame.buffer_mut(), theme, place, &rule, Tone::Quiet);
    }
    let body = layout::body(size);
    if let Some(Overlay::Help { scroll }) = &state.overlay {
        help::draw(frame, theme, body, state.tab.context(), *scroll);
    } else {
        match state.tab {
            Tab::Services => services::draw(frame, state, theme),
            Tab::Logs => logs::draw(frame, state, theme, body),
            Tab::Resources => resources::draw(frame, state, theme, body),
            Tab::Access => access::draw(frame, state, theme, body),
            Tab::Events => happenings::draw(frame, state, theme, body),
        }
    }
    notice(frame, state, theme);
    if let Some(Overlay::Question(asked)) = &state.overlay {
        question(
            frame,
            theme,
            body,
            (&asked.title, &asked.text),
            asked.choices.iter().map(|(choice, _)| choice.as_str()),
            asked.chosen,
        );
    }
    key_bar(
        frame.buffer_mut(),
        theme,
        layout::keys(size),
        state.context(),
        |action| state.available(action),
    );
}

fn too_small(frame: &mut Frame<'_>, theme: Theme) {
    let area = frame.area();
    let (columns, rows) = layout::LEAST;
    let words = format!(
        "This window is too small: {columns} columns and {rows} rows are needed. Make it larger, or press q and use: edfi-setup status"
    );
    let lines = text::sentences(&words, usize::from(area.width).max(1));
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        let place = Rect::new(area.x, y, area.width, 1);
        put(frame.buffer_mut(), theme, place, line, Tone::Plain);
    }
    frame.set_cursor_position(Position::new(area.x, area.y));
}

/// The verdict on the whole deployment.
fn verdict(state: &State) -> (Mood, String) {
    let of = state.services.len();
    let serving = state.serving();
    match &state.link {
        Link::Looking => (Mood::Busy, "looking".to_owned()),
        Link::Gone(_) => (Mood::Bad, "engine gone".to_owned()),
        Link::There if of == 0 => (Mood::Note, "nothing there".to_owned()),
        Link::There if serving == of => (Mood::Good, "ready".to_owned()),
        Link::There if state.services.iter().all(|service| service.live.is_none()) => {
            (Mood::Note, "down".to_owned())
        }
        Link::There
            if state
                .services
                .iter()
                .any(|service| is_starting(state, service)) =>
        {
            (Mood::Busy, "starting".to_owned())
        }
        Link::There => (Mood::Bad, "not ready".to_owned()),
    }
}

fn is_starting(state: &State, service: &Service) -> bool {
    service.live.as_ref().is_some_and(|live| {
        live.state.phase == Phase::Running && state.health(live) == Health::Starting
    })
}

/// Begins every header.
const OURS: &str = " edfi-setup   ";

fn header(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let area = frame.area();
    let place = layout::header((area.width, area.height));
    let (mood, word) = verdict(state);
    let dot = format!(" {} ", theme.glyph(Glyph::Dot));
    let mut pieces = vec![
        (mark(theme, mood).to_owned(), tone(mood)),
        (format!(" {word}"), tone(mood)),
    ];
    if !state.facts.mode.is_empty() {
        pieces.push((format!("{dot}{}", state.facts.mode), Tone::Plain));
    }
    // Beside the program's name, one blank between both sides and one at the end.
    let room = |pieces: &[(String, Tone)]| {
        let width: usize = pieces.iter().map(|(words, _)| text::width(words)).sum();
        usize::from(area.width).saturating_sub(width + OURS.len() + 2)
    };
    // The deployment's name says more than a number does.
    let name_width = text::width(&state.facts.deployment);
    let add = |pieces: &mut Vec<(String, Tone)>, at: usize, words: String, tone: Tone| {
        pieces.insert(at, (words, tone));
        if room(pieces) < name_width {
            pieces.remove(at);
        }
    };
    if state.link == Link::There && !state.services.is_empty() {
        let count = format!("{dot}{} of {}", state.serving(), state.services.len());
        add(&mut pieces, 2, count, Tone::Plain);
    }
    if let (Link::There, Some(since)) = (&state.link, state.since()) {
        let age = words::age(state.seconds_since(since));
        let last = pieces.len();
        add(&mut pieces, last, format!("{dot}{age}"), Tone::Quiet);
    }
    let name = text::cut(
        &state.facts.deployment,
        room(&pieces),
        theme.glyph(Glyph::More),
    );
    let pieces: Vec<(&str, Tone)> = pieces
        .iter()
        .map(|(words, tone)| (words.as_str(), *tone))
        .collect();
    Paint::new(frame.buffer_mut(), theme, place)
        .put(OURS, Tone::Quiet)
        .put(&name, Tone::Title)
        .right(&[pieces.as_slice(), &[(" ", Tone::Plain)]].concat());
}

fn tabs(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let area = frame.area();
    let place = layout::tabs((area.width, area.height));
    let mut paint = Paint::new(frame.buffer_mut(), theme, place);
    for (tab, columns) in layout::tab_places() {
        paint.to(columns.start);
        if tab == state.tab {
            paint
                .put("[", Tone::Focus)
                .put(tab.title(), Tone::Focus)
                .put("]", Tone::Focus);
        } else {
            paint.put(" ", Tone::Plain).put(tab.title(), Tone::Plain);
        }
    }
    paint.put("  ", Tone::Plain);
    if let Some(address) = &state.facts.address {
        paint.right(&[(address, Tone::Quiet), (" ", Tone::Plain)]);
    }
}

/// The answer to the last key, the text being typed, or why the engine does not answer.
fn notice(frame: &mut Frame<'_>, state: &State, theme: Theme) {
    let area = frame.area();
    let place = layout::notice((area.width, area.height));
    let mut paint = Paint::new(frame.buffer_mut(), theme, place);
    paint.put(" ", Tone::Plain);
    if let Some(prompt) = &state.prompt {
        let label = match prompt.purpose {
            Purpose::Find => "find: ".to_owned(),
            Purpose::Filter => "show only lines with: ".to_owned(),
            Purpose::Add(list) => format!("add {}, as in {}: ", list.title(), list.example()),
        };
        paint.put(&label, Tone::Title);
        // The end of a long text is what is being typed.
        let room = paint.room().saturating_sub(1);
        let mut shown = prompt.text.as_str();
        while text::width(shown) > room {
            let mut chars = shown.chars();
            chars.next();
            shown = chars.as_str();
        }
        paint.put(shown, Tone::Plain);
        let cursor = Position::new(paint.column(), place.y);
        frame.set_cursor_position(cursor);
        return;
    }
    let gone;
    let (mood, words) = match (&state.notice, &state.link) {
        (Some(notice), _) => (notice.mood, notice.words.as_str()),
        (None, Link::Gone(reason)) => {
            gone = format!("The engine does not answer; trying again: {reason}");
            (Mood::Bad, gone.as_str())
        }
        (None, _) => return,
    };
    if mood != Mood::Plain {
        paint
            .put(mark(theme, mood), tone(mood))
            .put(" ", Tone::Plain);
    }
    paint.cut(words, Tone::Plain);
}

fn mark(theme: Theme, mood: Mood) -> &'static str {
    theme.glyph(match mood {
        Mood::Plain => Glyph::Idle,
        Mood::Good => Glyph::Good,
        Mood::Note => Glyph::Note,
        Mood::Bad => Glyph::Bad,
        Mood::Busy => Glyph::Busy,
    })
}

fn tone(mood: Mood) -> Tone {
    match mood {
        Mood::Plain => Tone::Plain,
        Mood::Good => Tone::Good,
        Mood::Note => Tone::Note,
        Mood::Bad => Tone::Bad,
        Mood::Busy => Tone::Busy,
    }
}

/// A service's state in a word, and what to think of it.
fn standing(state: &State, service: &Service) -> (Mood, String, String) {
    if let Some(act) = service.busy {
        return (Mood::Busy, act.doing().to_owned(), "-".to_owned());
    }
    let Some(live) = &service.live else {
        let (mood, word) = match state.link {
            Link::Looking => (Mood::Busy, "looking"),
            Link::There | Link::Gone(_) => (Mood::Note, "not there"),
        };
        return (mood, word.to_owned(), "-".to_owned());
    };
    let doing = words::phase(live.state.phase, live.state.exit_code);
    let health = state.health(live);
    let serving = words::serving(live.state.phase, health).to_owned();
    let mood = match (live.state.phase, health) {
        (Phase::Running, Health::Healthy) => Mood::Good,
        (Phase::Running, Health::Starting) => Mood::Busy,
        (Phase::Running, Health::None) => Mood::Plain,
        (Phase::Running, Health::Unhealthy) | (Phase::Restarting | Phase::Dead, _) => Mood::Bad,
        (Phase::Exited, _) if live.state.exit_code.unwrap_or(0) != 0 => Mood::Bad,
        (Phase::Exited | Phase::Created | Phase::Paused, _) => Mood::Note,
    };
    (mood, doing, serving)
}

/// A share of one processor.
fn percent(cpus: f32) -> String {
    let percent = cpus * 100.0;
    if percent < 1.0 {
        "<1 %".to_owned()
    } else {
        format!("{percent:.0} %")
    }
}

/// The time of day.
fn clock(state: &State, at: Timestamp) -> String {
    at.to_zoned(state.facts.zone.clone())
        .strftime("%H:%M:%S")
        .to_string()
}

/// The date too, if it is not today.
fn date(state: &State, at: Timestamp) -> String {
    let zone = &state.facts.zone;
    let at = at.to_zoned(zone.clone());
    if at.date() == state.now.to_zoned(zone.clone()).date() {
        at.strftime("%H:%M:%S").to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// What is known of verifying, in words.
fn verification(state: &State) -> (Mood, String) {
    match &state.verified {
        Verified::Before(None) if state.facts.is_ours => (
            Mood::Plain,
            "not yet; v asks the platform real questions".to_owned(),
        ),
        Verified::Before(None) => (
            Mood::Plain,
            "only where the deployment's folder is".to_owned(),
        ),
        Verified::Before(Some(at)) => (Mood::Plain, format!("last at {}", date(state, *at))),
        Verified::Asking => (Mood::Busy, "asking the platform".to_owned()),
        Verified::Now {
            at,
            result: Ok(verification),
        } => {
            let count = verification.checks.len();
            match verification.failure() {
                None => (
                    Mood::Good,
                    format!("{count} questions answered at {}", clock(state, *at)),
                ),
                Some(check) => {
                    let about = check.instance.as_deref().unwrap_or_default();
                    let gap = if about.is_empty() { "" } else { " " };
                    (
                        Mood::Bad,
                        format!("{}{gap}{about}: {}", check.question, check.detail),
                    )
                }
            }
        }
        Verified::Now {
            result: Err(reason),
            ..
        } => (Mood::Bad, reason.clone()),
    }
}
