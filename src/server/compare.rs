//! What differs between two tests of one server: from this computer, and from inside a container network.

use super::test::{Report, Stage, Verdict};

/// What differs, one sentence each. Firewalls and `pg_hba.conf` treat the two differently, and it is the
/// containers that will connect.
pub fn differences(from_here: &Report, from_inside: &Report) -> Vec<String> {
    let passes = |report: &Report, stage: Stage| {
        report
            .row(stage)
            .is_some_and(|row| row.verdict < Verdict::Block)
    };
    for stage in Stage::ALL {
        let (here, inside) = (passes(from_here, stage), passes(from_inside, stage));
        if here == inside {
            continue;
        }
        // The stages behind the first difference differ because of it.
        return vec![sentence(stage, here, from_here, from_inside)];
    }
    let mut sentences = Vec::new();
    let addresses = |report: &Report| {
        let mut addresses = report.knowledge.addresses.clone();
        addresses.sort_unstable();
        addresses
    };
    let (here, inside) = (addresses(from_here), addresses(from_inside));
    if here != inside && !here.is_empty() && !inside.is_empty() {
        sentences.push(
            "The name leads to other addresses from inside the container network than from this computer. If both are the same server, nothing has to be done.".to_owned(),
        );
    }
    sentences
}

fn sentence(stage: Stage, here: bool, from_here: &Report, from_inside: &Report) -> String {
    let (good, bad) = if here {
        ("this computer", "inside the container network")
    } else {
        ("inside the container network", "this computer")
    };
    let failed = if here { from_inside } else { from_here };
    let found = failed.row(stage).map_or("", |row| row.found.as_str());
    let why = match stage {
        Stage::Name => "Names are looked up differently there.",
        Stage::Port => "A firewall, or the way between the networks, treats the two differently.",
        Stage::Login => {
            "The server sees two different addresses, and its pg_hba.conf treats them differently."
        }
        _ => "Perhaps two different servers answer.",
    };
    let matters = if here {
        "Ed-Fi's programs run in containers, so this has to be mended."
    } else {
        "Ed-Fi's programs run in containers, so they can work; this tool needs the other way, too."
    };
    format!(
        "From {good} the {} is fine, from {bad} it is not: {found}. {why} {matters}",
        stage.word()
    )
}
