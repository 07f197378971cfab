//! Is the way protected as wanted?

use jiff::Timestamp;

use super::advice::{HandOver, HandOverKind};
use super::{Row, Stage, Verdict};
use crate::server::session::{Door, ReachFault, Reached};
use crate::server::target::{Place, TlsMode};
use crate::server::tls::{self, Distrust, HandshakeFault, Offer, Shown};
use crate::server::way::Way;

/// With less than this many days left, somebody should look at the certificate.
const SOON: i64 = 30;

/// Protects a connection, and says what was found.
pub(super) async fn protect<W: Way>(
    door: &Door<'_, W>,
    now: Timestamp,
) -> (Row, Option<Reached>, Option<Shown>) {
    let mode = door.target.tls.mode;
    match door.reach(now).await {
        Ok(reached) => {
            let row = match &reached.shown {
                Some(shown) => protected(shown, mode, door, now),
                None => unprotected(door, mode).await,
            };
            let shown = reached.shown.clone();
            (row, Some(reached), shown)
        }
        Err(ReachFault::NotBelieved(shown)) => {
            let row = not_believed(&shown, mode, door, now);
            (row, None, Some(*shown))
        }
        Err(fault) => (fault_row(&fault), None, None),
    }
}

fn ends(shown: &Shown, now: Timestamp) -> String {
    match shown.days_left(now) {
        ..0 => format!("it ended on {}", day(shown)),
        0 => "it ends today".to_owned(),
        1 => "it ends in 1 day".to_owned(),
        days => format!("it ends in {days} days"),
    }
}

fn day(shown: &Shown) -> String {
    shown.not_after.strftime("%Y-%m-%d").to_string()
}

fn protected<W: Way>(shown: &Shown, mode: TlsMode, door: &Door<'_, W>, now: Timestamp) -> Row {
    let who = format!("{}, from {}", shown.title, shown.issuer);
    if !mode.verifies() {
        let better = if shown.suffices(TlsMode::VerifyFull) {
            "verify-full would work here: choose it.".to_owned()
        } else {
            format!(
                "For more, choose verify-full, with a CA file that stands behind the certificate ({}).",
                reason(shown, TlsMode::VerifyFull, door, now)
            )
        };
        return Row::new(
            Stage::Tls,
            Verdict::Note,
            format!("encrypted ({}), not verified: {who}", shown.version),
        )
        .advice(format!("{mode}: {} {better}", mode.protects()));
    }
    let found = format!("verified ({}): {who}; {}", shown.version, ends(shown, now));
    let days = shown.days_left(now);
    if days < SOON {
        return Row::new(Stage::Tls, Verdict::Warn, found)
            .advice("When it ends, nothing connects any more. Ask for a new one in time.")
            .hand_over(HandOver::new(
                HandOverKind::Certificate,
                format!(
                    "Please renew the certificate of {} before {}.",
                    door.target.place,
                    day(shown)
                ),
            ));
    }
    if mode == TlsMode::VerifyCa {
        let better = if shown.name_fits {
            "verify-full would work here: choose it."
        } else {
            "verify-full needs a certificate for the name that is asked for."
        };
        return Row::new(Stage::Tls, Verdict::Note, found)
            .advice(format!("{mode}: {} {better}", mode.protects()));
    }
    if shown.name_only_in_title {
        return Row::new(Stage::Tls, Verdict::Note, found).advice(
            "The certificate names the server only in its common name. Newer programs want it as a subject alternative name; ask for that at the next renewal.",
        );
    }
    Row::new(Stage::Tls, Verdict::Ok, found)
}

async fn unprotected<W: Way>(door: &Door<'_, W>, mode: TlsMode) -> Row {
    if let Place::Socket { .. } = door.target.place {
        return Row::new(
            Stage::Tls,
            Verdict::Ok,
            "not needed: a socket stays on this computer",
        );
    }
    if door.target.place.stays_on_this_computer() {
        return Row::new(
            Stage::Tls,
            Verdict::Note,
            "not encrypted; the connection stays on this computer",
        );
    }
    let offered = match mode {
        TlsMode::Disable => match door.way.dial(&door.spot).await {
            Ok(mut link) => tls::offer(&mut link).await == Offer::Yes,
            Err(_) => false,
        },
        // It was asked already, and has none.
        _ => false,
    };
    let found = if offered {
        "not encrypted, though the server offers TLS"
    } else {
        "not encrypted: the server offers no TLS"
    };
    let row = Row::new(Stage::Tls, Verdict::Warn, found);
    if offered {
        row.advice(format!(
            "{mode}: {} The server offers TLS: choose verify-full.",
            mode.protects()
        ))
    } else {
        row.advice(format!(
            "{mode}: {} Have TLS switched on, then choose verify-full.",
            mode.protects()
        ))
        .hand_over(switch_on())
    }
}

fn switch_on() -> HandOver {
    HandOver::new(
        HandOverKind::Settings,
        "ssl = on\nssl_cert_file = 'server.crt'\nssl_key_file = 'server.key'",
    )
}

/// Why a certificate does not suffice, a few words.
fn reason<W: Way>(shown: &Shown, mode: TlsMode, door: &Door<'_, W>, now: Timestamp) -> String {
    match &shown.distrust {
        Some(Distrust::UnknownAuthority) if shown.self_signed => {
            "it is signed by itself".to_owned()
        }
        Some(Distrust::UnknownAuthority) => {
            format!(
                "its authority, {}, is not among {}",
                shown.issuer,
                door.credentials.believes()
            )
        }
        Some(Distrust::Expired) => ends(shown, now),
        Some(Distrust::NotYet) => "its time has not begun".to_owned(),
        Some(Distrust::NotForServers) => "it may not be shown by servers".to_owned(),
        Some(Distrust::Other(words)) => words.clone(),
        None if mode == TlsMode::VerifyFull && !shown.name_fits => {
            format!("it is for {}", names(shown))
        }
        None => "nothing is wrong with it".to_owned(),
    }
}

fn names(shown: &Shown) -> String {
    if shown.names.is_empty() {
        shown.title.clone()
    } else {
        shown.names.join(", ")
    }
}

fn not_believed<W: Way>(shown: &Shown, mode: TlsMode, door: &Door<'_, W>, now: Timestamp) -> Row {
    let host = match &door.target.place {
        Place::Tcp { host, .. } => host.as_str(),
        Place::Socket { .. } => "",
    };
    let found = format!(
        "the certificate is not believed: {}",
        reason(shown, mode, door, now)
    );
    let row = Row::new(Stage::Tls, Verdict::Block, found);
    let nothing_sent = "Nothing was sent to the server, no password either.";
    match &shown.distrust {
        Some(Distrust::UnknownAuthority) => row
            .advice(format!(
                "{nothing_sent} Get the certificate of the authority that issued it, from whoever runs the server, and give it as the CA file. {}",
                if shown.self_signed {
                    "A server that signed its own certificate has that certificate itself for a CA file."
                } else {
                    "Managed servers offer it for download."
                }
            ))
            .hand_over(HandOver::new(
                HandOverKind::Certificate,
                format!("Please send me the CA certificate (PEM) behind the certificate of {} ({}, issued by {}).", door.target.place, shown.title, shown.issuer),
            )),
        Some(Distrust::Expired) => row
            .advice(format!("{nothing_sent} The server needs a new certificate. If this computer's clock is wrong, mend that instead."))
            .hand_over(HandOver::new(
                HandOverKind::Certificate,
                format!("Please renew the certificate of {}: it ended on {}.", door.target.place, day(shown)),
            )),
        Some(Distrust::NotYet) => row.advice(format!("{nothing_sent} Most often this computer's clock is behind. Look at it.")),
        Some(Distrust::NotForServers | Distrust::Other(_)) => row
            .advice(format!("{nothing_sent} The server needs another certificate."))
            .hand_over(HandOver::new(
                HandOverKind::Certificate,
                format!("Please issue a server certificate for {host}, with that name as subject alternative name."),
            )),
        None => row
            .advice(format!(
                "{nothing_sent} The certificate is good, but not for {host}. Either another server answers, or this one has a second name: give a name that the certificate is for. verify-ca would let it pass, and any other server of the same authority, too."
            ))
            .hand_over(HandOver::new(
                HandOverKind::Certificate,
                format!("Please issue a certificate for {} that names {host} as a subject alternative name.", door.target.place),
            )),
    }
}

fn fault_row(fault: &ReachFault) -> Row {
    let block = |found: String| Row::new(Stage::Tls, Verdict::Block, found);
    match fault {
        ReachFault::NoTls => block("the server offers no TLS".to_owned())
            .advice("Nothing was sent to the server, no password either. Have TLS switched on. Without it, whoever can listen on the way reads every student's data.")
            .hand_over(switch_on()),
        ReachFault::Offer(Offer::Closed) => block("the server closes every connection at once".to_owned())
            .advice("The port is open, but whoever is behind it hangs up. A gateway without a server behind it does that, and a server that only takes connections from certain addresses."),
        ReachFault::Offer(Offer::Silent) => block("the port is open, but nobody says a word".to_owned())
            .advice("Something takes the connection and does not answer: a gateway whose server is away, or a server that is overloaded. Try again; if it stays, ask whoever runs the server."),
        ReachFault::Offer(_) => block("whatever answers is no PostgreSQL server".to_owned())
            .advice("Look at the port. Another program listens there."),
        ReachFault::Handshake(fault) => handshake_row(fault),
        ReachFault::Dial(_) => block("the port closed meanwhile".to_owned())
            .advice("It was open a moment ago. The server may be restarting, or a firewall allows only a few connections. Try again."),
        // Told with the certificate itself.
        ReachFault::NotBelieved(shown) => block(format!("the certificate of {} is not believed", shown.title)),
    }
}

/// Also for what shows only at the login, as TLS 1.3 has it.
pub(super) fn handshake_row(fault: &HandshakeFault) -> Row {
    let block = |found: String| Row::new(Stage::Tls, Verdict::Block, found);
    match fault {
        HandshakeFault::TooOld => block("the server speaks no TLS that is still safe".to_owned())
            .advice("It offers nothing from TLS 1.2 on. Ask for a newer configuration of the server (ssl_min_protocol_version)."),
        HandshakeFault::ClientCertificate => block("the server does not accept the client certificate".to_owned())
            .advice("It knows another authority than the one that issued yours, or yours has ended. Ask which authority it believes (ssl_ca_file), and get a client certificate from that one."),
        HandshakeFault::Closed => block("the server ended TLS in the middle".to_owned())
            .advice("A client certificate may be missing, or a device on the way does not let TLS pass."),
        HandshakeFault::Silent => block("TLS began and never ended".to_owned())
            .advice("Packets get lost on the way, often the large ones. Ask whoever keeps the network about its packet size (MTU)."),
        HandshakeFault::Other(words) => block(format!("TLS fails: {words}"))
            .advice("Ask whoever runs the server to look at its log at this moment."),
    }
}
