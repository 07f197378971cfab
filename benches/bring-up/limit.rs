//! The physical limit: everything created, each service started the moment those it needs answer, and
//! the time until all do. Nothing is checked, written down or told, so nobody can be faster in this order.

use std::collections::BTreeSet;
use std::time::Instant;

use edfi_setup::engine::Engine;
use edfi_setup::plan;
use edfi_setup::stack::Service;
use futures_util::future::join_all;
use tokio::sync::watch;

use crate::answers;
use crate::world::World;

/// Seconds from the first thing created until every service answers.
pub async fn measure(world: &World) -> f64 {
    let stack = &world.stack;
    let engine = &world.engine;
    let start = Instant::now();
    engine
        .create_network(&plan::network_spec(stack))
        .await
        .unwrap();
    join_all(
        stack
            .services
            .values()
            .map(|service| create(world, service)),
    )
    .await;
    let (tell, _) = watch::channel(BTreeSet::<&str>::new());
    join_all(stack.services.values().map(|service| {
        let (tell, mut heard) = (&tell, tell.subscribe());
        async move {
            heard
                .wait_for(|done| {
                    service
                        .needs
                        .iter()
                        .all(|need| done.contains(need.as_str()))
                })
                .await
                .unwrap();
            engine
                .start(&stack.container_name(&service.name))
                .await
                .unwrap();
            answers::until(world, service).await;
            tell.send_modify(|done| {
                done.insert(&service.name);
            });
        }
    }))
    .await;
    start.elapsed().as_secs_f64()
}

async fn create(world: &World, service: &Service) {
    let (stack, engine) = (&world.stack, &world.engine);
    for mount in &service.mounts {
        let volume =
            plan::volume_spec(stack, &plan::Observation::default(), &mount.volume).unwrap();
        engine.create_volume(&volume).await.unwrap();
    }
    let container = plan::container_spec(stack, service);
    let id = engine.create_container(&container).await.unwrap();
    if !service.files.is_empty() {
        engine.upload(&id, &service.files).await.unwrap();
    }
}
