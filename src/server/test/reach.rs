//! Does the name lead anywhere, and does anybody answer there?

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use futures_util::future::join_all;

use super::advice::{HandOver, HandOverKind};
use super::{Row, Stage, Verdict};
use crate::server::target::{Place, Target, is_loopback};
use crate::server::way::{DialFault, NameFault, Spot, Way};

/// Where the target's name leads.
pub(super) async fn name<W: Way>(target: &Target, way: &W) -> (Row, Vec<Spot>) {
    let (host, port) = match &target.place {
        Place::Socket { .. } if way.is_inside() => {
            let row = Row::new(Stage::Name, Verdict::Block, "a socket on this computer")
                .advice("Containers cannot use a socket of this computer. Give the server's name or address, and let it listen on a network (listen_addresses).");
            return (row, Vec::new());
        }
        Place::Socket { .. } => {
            let path = target.place.socket().unwrap_or_default();
            let row = Row::new(Stage::Name, Verdict::Ok, "a socket on this computer");
            return (row, vec![Spot::Socket(path)]);
        }
        Place::Tcp { host, port } => (host, *port),
    };
    if way.is_inside() && is_loopback(host) {
        let row = Row::new(Stage::Name, Verdict::Block, format!("{host} is the container itself"))
            .advice(format!(
                "Inside a container, {host} means the container, not this computer. Give the name or address under which other computers find this one."
            ));
        return (row, Vec::new());
    }
    let spots = |addresses: &[IpAddr]| {
        addresses
            .iter()
            .map(|address| Spot::Address(SocketAddr::new(*address, port)))
            .collect()
    };
    if let Ok(address) = host.parse::<IpAddr>() {
        let kind = if address.is_ipv6() { "IPv6" } else { "IPv4" };
        let row = Row::new(
            Stage::Name,
            Verdict::Ok,
            format!("{address}, given as an {kind} address"),
        );
        return (row, spots(&[address]));
    }
    let who = if way.is_inside() {
        "containers"
    } else {
        "this computer"
    };
    match way.resolve(host).await {
        Ok(addresses) => {
            let row = Row::new(Stage::Name, Verdict::Ok, list(&addresses));
            (row, spots(&addresses))
        }
        Err(fault) => {
            let (found, advice) = match fault {
                NameFault::Unknown => (
                    "there is no such name".to_owned(),
                    format!(
                        "Look for a spelling mistake in {host}. If it is right, {who} may not know the names of your district: ask for the complete name (with its domain), or give the address."
                    ),
                ),
                NameFault::NoAnswer => (
                    "no name server answers".to_owned(),
                    format!(
                        "Names cannot be looked up from {who} now. Mend that first, or give the server's address instead of its name."
                    ),
                ),
                NameFault::Other(words) => (
                    format!("the name cannot be looked up ({words})"),
                    "Try again, or give the server's address instead of its name.".to_owned(),
                ),
            };
            (
                Row::new(Stage::Name, Verdict::Block, found).advice(advice),
                Vec::new(),
            )
        }
    }
}

fn list(addresses: &[IpAddr]) -> String {
    let words: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    words.join(", ")
}

/// Whether anybody listens; the first that does, in the order of the name's addresses.
pub(super) async fn port<W: Way>(
    target: &Target,
    way: &W,
    spots: Vec<Spot>,
) -> (Row, Option<Spot>) {
    // All at once: one that swallows packets must not keep the others waiting.
    let tries = spots.into_iter().map(|spot| async move {
        let begun = Instant::now();
        let answer = way.dial(&spot).await.map(drop);
        (spot, answer, begun.elapsed())
    });
    let answers = join_all(tries).await;
    let Some((spot, _, took)) = answers.iter().find(|(_, answer, _)| answer.is_ok()) else {
        let fault = answers
            .into_iter()
            .filter_map(|(_, answer, _)| answer.err())
            // A computer that refuses is there, and tells more than one that is silent.
            .min_by_key(|fault| !matches!(fault, DialFault::Refused))
            .unwrap_or(DialFault::NoRoute);
        return (closed(&fault, target, way.is_inside()), None);
    };
    let millis = took.as_millis().max(1);
    let open = format!("open, {millis} ms");
    let dead: Vec<String> = answers
        .iter()
        .filter(|(_, answer, _)| answer.is_err())
        .map(|(spot, _, _)| match spot {
            Spot::Address(address) => address.ip().to_string(),
            Spot::Socket(path) => path.display().to_string(),
        })
        .collect();
    let row = if dead.is_empty() {
        Row::new(Stage::Port, Verdict::Ok, open)
    } else {
        Row::new(
            Stage::Port,
            // Ed-Fi's programs try the addresses one after the other.
            if matches!(answers.first(), Some((_, Err(DialFault::Silent), _))) { Verdict::Warn } else { Verdict::Note },
            format!("{open}; not at {}", dead.join(", ")),
        )
        .advice("The name leads to several addresses, and not all of them answer. Programs that try one of these first have to wait. Ask for a name that leads only to addresses that answer.")
    };
    (row, Some(spot.clone()))
}

fn closed(fault: &DialFault, target: &Target, inside: bool) -> Row {
    let block = |found: &str| Row::new(Stage::Port, Verdict::Block, found);
    let place = &target.place;
    let port = match place {
        Place::Tcp { port, .. } | Place::Socket { port, .. } => *port,
    };
    let from = if inside {
        "the containers on this computer"
    } else {
        "this computer"
    };
    match fault {
        DialFault::Refused if place.socket().is_some() => block("nobody listens on the socket")
            .advice("The socket's file is there, but no server behind it. Start PostgreSQL."),
        DialFault::Refused => block("refused: the computer is there, nobody listens on the port")
            .advice(format!("Look at the port ({port}), and whether PostgreSQL runs. If it does, it may listen only for its own computer: listen_addresses has to name its network address, or '*'. Some firewalls refuse in this way, too."))
            .hand_over(HandOver::new(HandOverKind::Settings, format!("listen_addresses = '*'\nport = {port}"))),
        DialFault::Silent => block("silent: no answer at all")
            .advice("Nothing came back, not even a refusal. Most often a firewall swallows the packets, or the address is another computer's.")
            .hand_over(HandOver::new(
                HandOverKind::Firewall,
                format!("Please let {from} open TCP connections to {place}, and let the answers back."),
            )),
        DialFault::NoRoute => block("there is no way to that address")
            .advice(if inside {
                "The container network has no way to the address. Containers often have no IPv6: give a name that has an IPv4 address, too."
            } else {
                "This computer knows no way to the address. It may need a VPN, or the address is IPv6 and this network has none."
            })
            .hand_over(HandOver::new(
                HandOverKind::Firewall,
                format!("Please make a way from {from} to {place} (TCP)."),
            )),
        DialFault::NoSocket => block("the socket is not there")
            .advice(format!(
                "There is no file {}. Look at the folder and the port, and whether PostgreSQL runs on this computer.",
                place.socket().unwrap_or_default().display()
            )),
        DialFault::NoRights => block("this user may not use the socket")
            .advice("Run this command as a user who may, or give the server's name and port instead."),
        DialFault::Other(words) => block("cannot be reached").advice(format!("The system says: {words}.")),
    }
}
