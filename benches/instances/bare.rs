//! What the database server needs for the same clones when nobody asks for more.

use std::fmt::Write as _;
use std::time::Instant;

use edfi_setup::deployment::Secret;
use edfi_setup::engine::{Engine, ExecSpec};
use edfi_setup::postgres;

use crate::world::World;

/// Seconds that psql takes to clone the template that often, one after the other. The clones go again.
pub async fn clone(world: &World, count: usize) -> f64 {
    let mut make = String::new();
    let mut remove = String::new();
    for number in 0..count {
        // Writing to a String cannot fail.
        let _ = writeln!(
            make,
            "CREATE DATABASE bench_{number} TEMPLATE \"EdFi_Ods_Template\";"
        );
        let _ = writeln!(remove, "DROP DATABASE bench_{number};");
    }
    let start = Instant::now();
    psql(world, make).await;
    let seconds = start.elapsed().as_secs_f64();
    psql(world, remove).await;
    seconds
}

async fn psql(world: &World, script: String) {
    let exec = ExecSpec {
        command: postgres::psql("postgres"),
        stdin: Some(Secret::new(script)),
        user: None,
    };
    let container = world.stack.container_name("db-ods");
    let outcome = world
        .engine
        .exec(&container, &exec, &|_, _| {})
        .await
        .unwrap();
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
}
