//! The wait of the start scripts: each database server in turn, for as long as it takes.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::crash::Crash;
use super::log;
use super::settings::Settings;

/// How long one look may take, as `pg_isready` has it.
const LOOK: Duration = Duration::from_secs(3);

/// Waits until every server in `hosts` takes connections, one after the other, then sleeps for
/// `EDFI_PRACTICE_START_DELAY` seconds: the time that a .NET program needs before it answers.
pub async fn for_servers(settings: &Settings, hosts: &[&str]) -> Result<(), Crash> {
    let pause = Duration::from_secs_f64(
        settings
            .number("EDFI_PRACTICE_WAIT_SECONDS", 10.0_f64)?
            .clamp(0.05, 3600.0),
    );
    let port = settings.number("POSTGRES_PORT", 5432_u16)?;
    let user = settings.variable("POSTGRES_USER").unwrap_or("postgres");
    let database = settings.variable("POSTGRES_DB").unwrap_or("postgres");
    for host in hosts {
        while !is_ready(host, port, user, database).await {
            log::complain(&format!(
                "no PostgreSQL takes connections at '{host}' yet; looking again in {pause:?}"
            ));
            tokio::time::sleep(pause).await;
        }
        log::complain(&format!("PostgreSQL at '{host}' takes connections"));
    }
    let delay = settings
        .number("EDFI_PRACTICE_START_DELAY", 0.0_f64)?
        .clamp(0.0, 3600.0);
    tokio::time::sleep(Duration::from_secs_f64(delay)).await;
    Ok(())
}

async fn is_ready(host: &str, port: u16, user: &str, database: &str) -> bool {
    matches!(
        tokio::time::timeout(LOOK, look(host, port, user, database)).await,
        Ok(Ok(true))
    )
}

/// What `pg_isready` does: begins a session and gives up as soon as the server has said anything but
/// "starting up", "shutting down" or "too many clients".
async fn look(host: &str, port: u16, user: &str, database: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(&startup_packet(user, database)).await?;
    let kind = stream.read_u8().await?;
    if kind != b'E' {
        return Ok(kind == b'R');
    }
    let length = stream.read_i32().await?.clamp(4, 4096);
    let mut fields = vec![0; usize::try_from(length - 4).unwrap_or_default()];
    stream.read_exact(&mut fields).await?;
    Ok(!refuses_for_now(&fields))
}

fn startup_packet(user: &str, database: &str) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(196_608_i32.to_be_bytes()); // protocol 3.0
    for text in ["user", user, "database", database] {
        body.extend(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    let length = i32::try_from(body.len() + 4).unwrap_or(i32::MAX);
    let mut packet = length.to_be_bytes().to_vec();
    packet.extend(body);
    packet
}

/// Whether an error response has SQLSTATE 57P03, cannot connect now.
fn refuses_for_now(fields: &[u8]) -> bool {
    fields
        .split(|byte| *byte == 0)
        .any(|field| field == b"C57P03")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_carries_its_own_length() {
        let packet = startup_packet("edfi", "postgres");
        assert_eq!(
            i32::from_be_bytes(packet[..4].try_into().unwrap()),
            i32::try_from(packet.len()).unwrap()
        );
        assert!(packet.ends_with(b"user\0edfi\0database\0postgres\0\0"));
    }

    #[test]
    fn starting_up_is_not_ready_but_a_wrong_user_is() {
        assert!(refuses_for_now(
            b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        ));
        assert!(!refuses_for_now(
            b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"
        ));
    }

    #[tokio::test]
    async fn a_server_that_asks_for_a_password_is_ready() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let length = stream.read_i32().await.unwrap();
            let mut body = vec![0; usize::try_from(length).unwrap() - 4];
            stream.read_exact(&mut body).await.unwrap();
            stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await.unwrap();
        });
        assert!(is_ready("127.0.0.1", port, "edfi", "postgres").await);
        server.await.unwrap();
        // Nobody listens any more.
        assert!(!is_ready("127.0.0.1", port, "edfi", "postgres").await);
    }
}
