//! Giving data that was made with other passwords the present ones.

use crate::deployment::Secret;
use crate::engine::Engine;
use crate::plan::{container_spec, network_spec};
use crate::postgres;
use crate::stack::{Service, Stack};

use super::databases::psql;
use super::failure::Failure;
use super::serve::wait_until_it_serves;

/// For each volume: starts its database server if need be, and gives its login the present
/// password through the server's own socket, which asks for none. Data is not touched.
pub async fn adopt<E: Engine + Clone + 'static>(
    engine: &E,
    stack: &Stack,
    volumes: &[&str],
    say: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    let engine_failed = |error| Failure::engine(&error, None);
    let found = engine
        .observe(&stack.deployment)
        .await
        .map_err(engine_failed)?;
    if !found.networks.contains_key(&stack.network) {
        engine
            .create_network(&network_spec(stack))
            .await
            .map_err(engine_failed)?;
    }
    for volume in volumes {
        let service = stack
            .volumes
            .get(*volume)
            .and_then(|volume| stack.services.get(&volume.service));
        let Some(service) = service else {
            say(format!("{volume}: no service of this deployment uses it"));
            continue;
        };
        let container = stack.container_name(&service.name);
        if !found.containers.contains_key(&container) {
            engine
                .create_container(&container_spec(stack, service))
                .await
                .map_err(engine_failed)?;
        }
        engine.start(&container).await.map_err(engine_failed)?;
        wait_until_it_serves(engine, stack, service, &container).await?;
        if let Some(password) = password(service) {
            psql(
                engine,
                stack,
                &service.name,
                postgres::set_password(&stack.databases.user, password),
            )
            .await?;
            say(format!(
                "{volume}: {} has the present password",
                service.name
            ));
            if service.name == stack.databases.admin_service {
                warn_of_others(engine, stack, say).await?;
            }
        }
    }
    Ok(())
}

/// The key that encrypts connection strings is lost with the old secrets. Ours are written anew; what
/// others registered has to be entered again by them.
async fn warn_of_others<E: Engine>(
    engine: &E,
    stack: &Stack,
    say: &(dyn Fn(String) + Send + Sync),
) -> Result<(), Failure> {
    let script = postgres::other_instances(&stack.databases);
    let names = psql(engine, stack, &stack.databases.admin_service, script).await?;
    for name in names.lines().filter(|name| !name.is_empty()) {
        say(format!(
            "note: the connection of instance {name} was encrypted with a key that is lost; whoever registered it has to enter it again"
        ));
    }
    Ok(())
}

fn password(service: &Service) -> Option<&Secret> {
    service
        .env
        .get("POSTGRES_PASSWORD")
        .map(|value| &value.value)
}
