//! `logs`: what services write, with the service in front of each line.

use futures_util::StreamExt;
use futures_util::stream::select_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::diagnostic::{Diagnostic, Severity};
use crate::engine::{Engine, LogLine, LogOptions, LogStream};
use crate::plain::clean;
use crate::plan::LABEL_SERVICE;
use crate::session::{self, Kind, Trouble};

use super::args::Logs;
use super::{Desk, Verdict, now};

/// Shows logs.
pub(super) async fn logs(desk: &Desk, logs: Logs) -> Verdict {
    let since = logs.since.as_deref().map(parse_since).transpose()?;
    let engine = desk.engine().await?;
    let name = session::existing(&engine, &desk.home, logs.name.as_deref()).await?;
    // Secrets are taken out of logs too, as far as we have them.
    let _ = super::look::looked(desk, &name);
    let observed = engine.observe(&name).await?;
    let mut containers: Vec<(String, String)> = observed
        .containers
        .values()
        .map(|container| {
            (
                container
                    .labels
                    .get(LABEL_SERVICE)
                    .unwrap_or(&container.name)
                    .clone(),
                container.id.clone(),
            )
        })
        .collect();
    if let Some(unknown) = logs
        .services
        .iter()
        .find(|wanted| !containers.iter().any(|(service, _)| service == *wanted))
    {
        let known: Vec<&str> = containers
            .iter()
            .map(|(service, _)| service.as_str())
            .collect();
        return Err(Trouble::new(
            Kind::Input,
            Diagnostic::new(
                "E-5040",
                Severity::Block,
                format!("{name} has no service {unknown}."),
            )
            .help(format!(
                "Its services are: {}.",
                if known.is_empty() {
                    "none, it is down".to_owned()
                } else {
                    known.join(", ")
                }
            )),
        ));
    }
    if !logs.services.is_empty() {
        containers.retain(|(service, _)| logs.services.contains(service));
    }
    let width = containers
        .iter()
        .map(|(service, _)| service.chars().count())
        .max()
        .unwrap_or(0);
    let options = LogOptions {
        tail: Some(logs.tail),
        since,
        follow: logs.follow,
    };
    let streams = containers
        .iter()
        .map(|(service, id)| {
            let service = service.clone();
            engine
                .logs(id, &options)
                .map(move |line| (service.clone(), line))
                .boxed()
        })
        .collect::<Vec<_>>();
    let mut lines = select_all(streams);
    let show = |service: &str, line: &LogLine| show(desk, service, line, width, logs.timestamps);
    if logs.follow {
        loop {
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => return Ok(0),
                next = lines.next() => match next {
                    Some((service, line)) => show(&service, &line?),
                    None => return Ok(0),
                },
            }
        }
    }
    // A finished log is shown in the order of time across services.
    let mut all = Vec::new();
    while let Some((service, line)) = lines.next().await {
        all.push((service, line?));
    }
    all.sort_by(|(_, line), (_, other)| line.time.cmp(&other.time));
    for (service, line) in &all {
        show(service, line);
    }
    Ok(0)
}

fn show(desk: &Desk, service: &str, line: &LogLine, width: usize, timestamps: bool) {
    let is_error = line.stream == LogStream::Err;
    if desk.printer.for_people() {
        let time = line
            .time
            .as_deref()
            .filter(|_| timestamps)
            .map(|time| format!("{time} "))
            .unwrap_or_default();
        let mark = if is_error { "!" } else { "|" };
        desk.printer.say(format!(
            "{service:<width$} {mark} {time}{}",
            clean(&line.text)
        ));
    } else {
        let stream = if is_error { "stderr" } else { "stdout" };
        desk.printer.json(
            &json!({ "service": service, "stream": stream, "time": line.time, "text": line.text }),
        );
    }
}

/// An age such as `10m`, or a time.
fn parse_since(text: &str) -> Result<i64, Trouble> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_second());
    }
    if let Ok(age) = text.parse::<SignedDuration>()
        && !age.is_negative()
    {
        return Ok(now().as_second() - age.as_secs());
    }
    let days = text
        .strip_suffix('d')
        .and_then(|days| days.parse::<i64>().ok())
        .filter(|days| (0..=36_500).contains(days));
    if let Some(days) = days {
        return Ok(now().as_second() - days.saturating_mul(86_400));
    }
    Err(Trouble::new(
        Kind::Input,
        Diagnostic::new(
            "E-5041",
            Severity::Block,
            format!("--since {text} is neither an age nor a time."),
        )
        .help("Write an age such as 30s, 10m, 2h or 3d, or a time such as 2026-11-23T08:00:00Z."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_times_are_understood() {
        let now = now().as_second();
        assert!((now - 600 - parse_since("10m").unwrap()).abs() <= 1);
        assert!((now - 172_800 - parse_since("2d").unwrap()).abs() <= 1);
        assert_eq!(parse_since("2026-11-23T08:00:00Z").unwrap(), 1_795_420_800);
        assert!(parse_since("yesterday").is_err());
        assert!(parse_since("-5m").is_err());
    }
}
