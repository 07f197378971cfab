//! Asking services from outside, every 50 ms, what the product's probes ask from inside.

use std::net::IpAddr;
use std::time::Duration;

use bollard::query_parameters::InspectContainerOptions;
use edfi_setup::stack::Service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::World;

const PAUSE: Duration = Duration::from_millis(50);
/// A service that is silent for longer has a fault.
const PATIENCE: Duration = Duration::from_mins(3);

/// Waits until a service that is running answers.
pub async fn until(world: &World, service: &Service) {
    let container = world.stack.container_name(&service.name);
    let asking = async {
        let address = address(world, &container).await;
        while !answers(service, address).await.unwrap_or_default() {
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| panic!("{container} does not answer"));
}

/// The container's address on the deployment's network, reachable from this machine.
async fn address(world: &World, container: &str) -> IpAddr {
    loop {
        let found = world
            .engine
            .client()
            .inspect_container(container, None::<InspectContainerOptions>)
            .await
            .unwrap();
        let address = found
            .network_settings
            .and_then(|settings| settings.networks)
            .and_then(|mut networks| networks.remove(&world.stack.network))
            .and_then(|network| network.ip_address)
            .and_then(|address| address.parse().ok());
        if let Some(address) = address {
            return address;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn answers(service: &Service, address: IpAddr) -> std::io::Result<bool> {
    let question = service.probe.command.last().unwrap();
    match question.strip_prefix("http://127.0.0.1:") {
        Some(rest) => {
            let (port, path) = rest.split_once('/').unwrap();
            http(address, port.parse().unwrap(), path).await
        }
        None => postgres(address).await,
    }
}

async fn http(address: IpAddr, port: u16, path: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect((address, port)).await?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut beginning = [0; 12];
    stream.read_exact(&mut beginning).await?;
    Ok(beginning.ends_with(b" 200"))
}

/// What `pg_isready` does: begins a session; a server that asks for a password takes connections.
async fn postgres(address: IpAddr) -> std::io::Result<bool> {
    const PROTOCOL_3: i32 = 3 << 16;
    let body = b"user\0postgres\0database\0postgres\0\0";
    let length = i32::try_from(body.len() + 8).unwrap();
    let mut stream = TcpStream::connect((address, 5432)).await?;
    let head = [length.to_be_bytes(), PROTOCOL_3.to_be_bytes()].concat();
    stream.write_all(&[&head, &body[..]].concat()).await?;
    Ok(stream.read_u8().await? == b'R')
}
