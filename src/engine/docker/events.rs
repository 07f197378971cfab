//! The engine's event stream.

use futures_util::stream::{BoxStream, StreamExt};

use super::faults::Attempt;
use super::replies::{self, Event};
use super::transport::{self, Transport};
use super::{Result, lines};
use crate::engine::{EngineEvent, EngineEventKind, LABEL_DEPLOYMENT};

/// The events of a deployment. The request goes out when the stream is first polled.
pub(super) fn stream(
    transport: Transport,
    deployment: &str,
    since: Option<i64>,
) -> BoxStream<'static, Result<EngineEvent>> {
    let filters = serde_json::json!({
        "type": ["container"],
        "label": [format!("{LABEL_DEPLOYMENT}={deployment}")],
        // The last two are Podman's words for "die" and "destroy".
        "event": ["create", "start", "die", "oom", "health_status", "destroy", "died", "remove"],
    })
    .to_string();
    let since = since.map(|since| since.to_string());
    let mut query = vec![("filters", filters.as_str())];
    if let Some(since) = &since {
        query.push(("since", since));
    }
    let path = transport::path("/events", &query);
    let attempt = Attempt::new("follow its events", "the event stream");
    lines::stream(transport, path, attempt)
        .filter_map(|line| async { line.map(|line| understand(&line)).transpose() })
        .boxed()
}

/// What a line says, if it is one of the things we act on. Actions carry text behind a colon.
fn understand(line: &[u8]) -> Option<EngineEvent> {
    let event: Event = serde_json::from_slice(line).ok()?;
    let (action, detail) = event
        .action
        .split_once(':')
        .map_or((event.action.as_str(), ""), |(action, detail)| {
            (action, detail.trim())
        });
    let attributes = &event.actor.attributes;
    let kind = match action {
        "create" => EngineEventKind::Created,
        "start" => EngineEventKind::Started,
        "die" | "died" => EngineEventKind::Died {
            exit_code: ["exitCode", "containerExitCode"]
                .iter()
                .find_map(|name| attributes.get(*name)?.parse().ok())?,
        },
        "oom" => EngineEventKind::OutOfMemory,
        "health_status" => {
            let word = if detail.is_empty() {
                &event.health_status
            } else {
                detail
            };
            EngineEventKind::Health(replies::health(word))
        }
        "destroy" | "remove" => EngineEventKind::Removed,
        _ => return None,
    };
    Some(EngineEvent {
        name: attributes.get("name").cloned().unwrap_or_default(),
        container: event.actor.id,
        time: event.time,
        kind,
    })
}
