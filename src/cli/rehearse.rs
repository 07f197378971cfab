//! `rehearse`: the same program against a simulated engine.

use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::engine::Pace;
use crate::engine::rehearsal::{Fault, FaultWish, NOTICE, Place};
use crate::plain::{Printer, Table};
use crate::session::{self, Kind, Rehearsing, Trouble, Wish};

use super::args::{Demo, Rehearse};
use super::show::{Scene, show};
use super::up::{Ask, bring_up};
use super::wizard::{self, Begin, Rehearsed, Script};
use super::{Desk, STOPPED, Verdict, can_ask, confirm};

/// Rehearses a bring-up, with what is to go wrong.
pub(super) async fn rehearse(desk: &Desk, rehearse: Rehearse) -> Verdict {
    if rehearse.list_faults {
        list_faults(&desk.printer);
        return Ok(0);
    }
    // Whoever wants no questions wants no screens.
    if !rehearse.plain && !rehearse.yes && wizard::is_possible(desk) {
        return Box::pin(in_full_screen(desk, rehearse)).await;
    }
    let play = Play {
        verb: "up",
        for_real: for_real(&rehearse),
        wish: rehearse.wanted.into(),
        faults: rehearse.fault,
        pace: Pace::times(rehearse.speed),
        seed: rehearse.seed,
        ask: if rehearse.yes { Ask::No } else { Ask::Yes },
        recover: rehearse.recover || rehearse.yes,
    };
    perform(desk, play).await
}

/// The wizard, in which nothing really runs.
async fn in_full_screen(desk: &Desk, rehearse: Rehearse) -> Verdict {
    let wish = Wish::from(rehearse.wanted);
    let named = wish.profile.is_some() || wish.name.is_some() || !wish.set.is_empty();
    let begin = if named {
        Begin::Profile(Box::new(
            session::rehearsed_profile(&desk.home, &wish)?.profile,
        ))
    } else {
        Begin::Kept
    };
    let script = Script {
        begin,
        only_rehearsal: true,
        rehearsed: Rehearsed {
            faults: rehearse.fault,
            pace: Pace::times(rehearse.speed),
            seed: rehearse.seed,
        },
        ..Script::default()
    };
    let first = Scene::Wizard(Box::new(script.clone()));
    show(desk, &rehearse.screen, script, first).await
}

/// The demo where there is no engine: rehearsed, and said so.
pub(super) async fn instead_of_demo(desk: &Desk, demo: Demo, why: Diagnostic) -> Verdict {
    desk.printer.findings(&[why], "");
    desk.printer.say(
        "Without a container engine nothing can run on this computer, so this demo is only rehearsed: you see what would happen, and nothing does. With an engine, run the same command again for a real one.",
    );
    let play = Play {
        verb: "demo",
        for_real: "edfi-setup demo".to_owned(),
        wish: Wish {
            profile: Some("demo".to_owned()),
            name: demo.name,
            set: demo.set,
        },
        faults: Vec::new(),
        pace: Pace::REAL,
        seed: 0,
        ask: Ask::No,
        recover: false,
    };
    perform(desk, play).await
}

struct Play {
    verb: &'static str,
    /// The same for real, to be told at the end.
    for_real: String,
    wish: Wish,
    faults: Vec<FaultWish>,
    pace: Pace,
    seed: u64,
    ask: Ask,
    recover: bool,
}

/// The command that would do for real what was rehearsed.
fn for_real(rehearse: &Rehearse) -> String {
    let wanted = &rehearse.wanted;
    let mut words = vec!["edfi-setup up".to_owned()];
    match (&wanted.profile, &wanted.name) {
        (None, None) => words.push("district-shared".to_owned()),
        (profile, _) => words.extend(profile.clone()),
    }
    words.extend(wanted.name.iter().map(|name| format!("--name {name}")));
    words.extend(wanted.set.iter().map(|set| format!("--set {set}")));
    words.join(" ")
}

async fn perform(desk: &Desk, play: Play) -> Verdict {
    // Whatever is said from here on says what it is, and keeps the rehearsal's secrets to itself.
    let printer = Printer::rehearsing(desk.printer.output());
    let set =
        match session::rehearse(&desk.home, &play.wish, &play.faults, play.pace, play.seed).await {
            Ok(set) => set,
            Err(trouble) => return Ok(complain(&printer, &trouble)),
        };
    let stage = Desk {
        printer,
        home: set.home.clone(),
    };
    let code = acts(&stage, &play, &set).await;
    close(&stage.printer, &play, code);
    Ok(code)
}

fn complain(printer: &Printer, trouble: &Trouble) -> u8 {
    printer.findings(&trouble.findings, &trouble.text);
    trouble.kind.exit_code()
}

async fn acts(stage: &Desk, play: &Play, set: &Rehearsing) -> u8 {
    open(&stage.printer, play, set);
    let code = act(stage, play, set, play.ask).await;
    if matches!(code, 0 | STOPPED) || play.faults.is_empty() {
        return code;
    }
    stage.printer.say(format!(
        "\n{NOTICE}. This is how it would look. For real, you would now do what the next step says, and then run the same command again: {}",
        play.for_real
    ));
    match wants_recovery(play) {
        Ok(true) => {}
        Ok(false) => return code,
        Err(trouble) => return complain(&stage.printer, &trouble),
    }
    set.rehearsal.mend().await;
    let faults: Vec<String> = play.faults.iter().map(ToString::to_string).collect();
    stage.printer.say(format!(
        "\nThe cause is mended ({} no longer strikes). The same command again:\n",
        faults.join(", ")
    ));
    stage
        .printer
        .json(&json!({ "event": "mended", "faults": faults }));
    act(stage, play, set, Ask::No).await
}

fn wants_recovery(play: &Play) -> Result<bool, Trouble> {
    if play.recover || !can_ask() {
        return Ok(play.recover);
    }
    confirm(
        "Shall the cause be mended and the same command be run again?",
        "--recover",
    )
}

async fn act(stage: &Desk, play: &Play, set: &Rehearsing, ask: Ask) -> u8 {
    match bring_up(stage, &set.engine, &set.loaded, play.verb, ask).await {
        Ok(code) => code,
        Err(trouble) => complain(&stage.printer, &trouble),
    }
}

fn open(printer: &Printer, play: &Play, set: &Rehearsing) {
    printer.say(format!("{NOTICE}."));
    for change in &set.changes {
        printer.say(change);
    }
    for wish in &play.faults {
        printer.say(format!(
            "What will go wrong: {wish}, {}.",
            wish.fault.about()
        ));
    }
    let faults: Vec<String> = play.faults.iter().map(ToString::to_string).collect();
    printer.json(&json!({
        "event": "rehearsal",
        "notice": NOTICE,
        "changes": set.changes,
        "faults": faults,
    }));
}

fn close(printer: &Printer, play: &Play, code: u8) {
    if code == Kind::Blocked.exit_code() || code == STOPPED {
        printer.say(format!("\n{NOTICE}, and nothing is left of it."));
    } else {
        printer.say(format!(
            "\n{NOTICE}, and nothing is left of it. For real: {}",
            play.for_real
        ));
    }
}

fn list_faults(printer: &Printer) {
    if !printer.for_people() {
        let faults: Vec<_> = Fault::ALL
            .into_iter()
            .map(|fault| {
                json!({ "fault": fault.name(), "about": fault.about(), "at": FaultWish::from(fault).service() })
            })
            .collect();
        printer.json(&json!({ "faults": faults }));
        return;
    }
    let mut table = Table::new(&["fault", "what happens", "where"]);
    for fault in Fault::ALL {
        let place = match fault.place() {
            Place::Service(usual) => format!("{usual}, or =SERVICE"),
            Place::Data(usual) => format!("{usual}, or =SERVICE with data"),
            Place::Fixed => String::new(),
        };
        table.row([fault.name().to_owned(), fault.about().to_owned(), place]);
    }
    printer.say(table.to_string());
}
