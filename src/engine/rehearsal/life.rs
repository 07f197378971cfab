//! The lives of simulated containers: started, crashing, started again, stopped.

use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Role;
use super::api::no_container;
use super::fault::Fault;
use super::inspect::health_word;
use super::role::{self, Ending, Stage};
use super::wire::Reply;
use super::world::{Answers, State, World};
use crate::deployment::Secret;
use crate::engine::{Health, LogStream, Phase};

/// Pause before a crashed container is started again; twice as long after each further crash.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Whoever ran this long has come up; a crash after that is a first one again.
const CAME_UP: Duration = Duration::from_secs(10);
/// Time a program takes to end when it is asked to.
const FAREWELL: Duration = Duration::from_millis(300);
/// Time that a restarted engine is away.
const AWAY: Duration = Duration::from_secs(4);

/// `POST /containers/ID/start`
pub(super) fn start(world: &Arc<World>, id: &str) -> Reply {
    let Some((lives, ports, is_gateway, service)) = world.look(|state| {
        let container = state.containers.get(id)?;
        let part = container
            .service
            .as_ref()
            .and_then(|name| state.parts.get(name));
        Some((
            container.lives(),
            container.ports.clone(),
            part.is_some_and(|part| part.role == Role::Gateway),
            container.service.clone(),
        ))
    }) else {
        return no_container(id);
    };
    if lives {
        return Reply::empty(304);
    }
    let mut doors = Vec::new();
    for (address, port, _) in &ports {
        match open_door(world, id, address, *port, is_gateway) {
            Ok(door) => doors.extend(door),
            Err(refused) => return refused,
        }
    }
    let stop = CancellationToken::new();
    world.change(|state| {
        if let Some(container) = state.containers.get_mut(id) {
            container.stop = stop.clone();
            container.restarts = 0;
        }
        begin(state, id);
    });
    tokio::spawn(live(Arc::clone(world), id.to_owned(), stop, doors));
    if world.look(|state| state.strikes(Fault::EngineGone, service.as_deref())) {
        go_away(world);
    }
    Reply::empty(204)
}

/// Opens a published port, as the engine does when a container starts. What is not the gateway
/// has nothing to say there.
fn open_door(
    world: &World,
    id: &str,
    address: &str,
    port: u16,
    is_gateway: bool,
) -> Result<Option<Arc<TcpListener>>, Reply> {
    let name = world.look(|state| state.containers.get(id).map(|one| one.name.clone()));
    let busy = |reason: &str| {
        let words = format!(
            "driver failed programming external connectivity on endpoint {}: {reason}",
            name.clone().unwrap_or_default()
        );
        Reply::error(500, &words)
    };
    let taken = world.look(|state| {
        let publishes =
            |ports: &[(String, u16, u16)]| ports.iter().any(|(_, taken, _)| *taken == port);
        let mut others = state
            .containers
            .values()
            .filter(|one| one.id != id && one.lives());
        state.strikes(Fault::PortBusy, None) || others.any(|one| publishes(&one.ports))
    });
    if taken {
        return Err(busy(&format!(
            "Bind for {address}:{port} failed: port is already allocated"
        )));
    }
    if !is_gateway {
        return Ok(None);
    }
    StdListener::bind((address, port))
        .and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        })
        .map(|listener| Some(Arc::new(listener)))
        .map_err(|error| {
            busy(&format!(
                "Error starting userland proxy: listen tcp4 {address}:{port}: bind: {}",
                if error.kind() == std::io::ErrorKind::AddrInUse {
                    "address already in use".to_owned()
                } else {
                    error.to_string()
                }
            ))
        })
}

/// The engine is restarted; its containers go on, as with "live restore". Once is enough.
fn go_away(world: &Arc<World>) {
    world.change(|state| state.faults.remove(&Fault::EngineGone));
    world.present.send_replace(false);
    let world = Arc::clone(world);
    tokio::spawn(async move {
        world.pass(AWAY).await;
        world.present.send_replace(true);
    });
}

/// `POST /containers/ID/stop`: answers when it has ended.
pub(super) async fn stop(world: &World, id: &str) -> Reply {
    let lives = world.look(|state| {
        state.containers.get(id).map(|container| {
            container.stop.cancel();
            container.lives()
        })
    });
    match lives {
        None => no_container(id),
        Some(false) => Reply::empty(304),
        Some(true) => {
            world
                .until(|state| {
                    let lives = state
                        .containers
                        .get(id)
                        .is_some_and(super::world::Container::lives);
                    (!lives).then_some(())
                })
                .await;
            Reply::empty(204)
        }
    }
}

/// Gives every database server the password that its container has.
pub(super) fn mend_passwords(state: &mut State) {
    let right: Vec<(String, Secret)> = state
        .containers
        .values()
        .filter_map(|container| {
            let password = container.env.get("POSTGRES_PASSWORD")?;
            let (volume, _) = container.mounts.first()?;
            Some((volume.clone(), password.clone()))
        })
        .collect();
    for (volume, password) in right {
        if let Some(volume) = state.volumes.get_mut(&volume)
            && volume.server.password.is_some()
        {
            volume.server.password = Some(password);
        }
    }
}

fn begin(state: &mut State, id: &str) {
    if let Some(container) = state.containers.get_mut(id) {
        container.phase = Phase::Running;
        container.started = Some(Timestamp::now());
        container.out_of_memory = false;
        container.health = if container.check.is_some() {
            Health::Starting
        } else {
            Health::None
        };
    }
    state.happen(id, "start", &[]);
}

async fn live(
    world: Arc<World>,
    id: String,
    stop: CancellationToken,
    doors: Vec<Arc<TcpListener>>,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let Some(stage) = Stage::of(&world, &id) else {
            return;
        };
        // Ends what a run began beside itself, such as the gateway's connections.
        let run = stop.child_token();
        let guard = run.clone().drop_guard();
        let crash = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            ending = role::play(&stage, &doors, run) => Some(ending),
            never = check_health(&world, &id) => match never {},
        };
        drop(guard);
        let Some(ending) = crash else {
            farewell(&world, &id, doors).await;
            return;
        };
        if !end(&world, &id, ending, true) {
            return;
        }
        if began.elapsed() > world.pace.take(CAME_UP) {
            pause = FIRST_PAUSE;
        }
        let stopped = tokio::select! {
            biased;
            () = stop.cancelled() => true,
            () = world.pass(pause) => false,
        };
        if stopped {
            end(&world, &id, ending, false);
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        world.change(|state| begin(state, &id));
    }
}

async fn farewell(world: &World, id: &str, doors: Vec<Arc<TcpListener>>) {
    world.change(|state| {
        if let Some(container) = state.containers.get_mut(id) {
            container.answers = Answers::Not;
            container.say(LogStream::Err, "asked to stop, shutting down");
        }
    });
    world.pass(FAREWELL).await;
    // Nobody may meet a closed door after the stop has been answered, or an open one.
    drop(doors);
    end(world, id, Ending::exit(0), false);
}

/// Notes the end of a run. Tells whether the container will be started again.
fn end(world: &World, id: &str, ending: Ending, by_itself: bool) -> bool {
    world.change(|state| {
        let Some(container) = state.containers.get_mut(id) else {
            return false;
        };
        let was_running = container.phase == Phase::Running;
        let again = by_itself && container.restarts_by_itself;
        container.answers = Answers::Not;
        container.exit_code = ending.exit_code;
        container.out_of_memory = ending.out_of_memory;
        container.finished = Some(Timestamp::now());
        container.phase = if again {
            Phase::Restarting
        } else {
            Phase::Exited
        };
        container.restarts += u64::from(again);
        if was_running {
            if ending.out_of_memory {
                state.happen(id, "oom", &[]);
            }
            state.happen(id, "die", &[("exitCode", ending.exit_code.to_string())]);
        }
        again
    })
}

/// The engine's own health check: calm, and patient in the time after a start. Where a service is
/// to be unhealthy the engine looks ten times as often, so that nobody has to wait for the verdict.
async fn check_health(world: &World, id: &str) -> Infallible {
    let found = world.look(|state| {
        let container = state.containers.get(id)?;
        let hurried = state.strikes(Fault::Unhealthy, container.service.as_deref());
        Some((container.check?, hurried))
    });
    let Some((check, hurried)) = found else {
        return std::future::pending().await;
    };
    let interval = if hurried {
        check.interval / 10
    } else {
        check.interval
    };
    let mut age = Duration::ZERO;
    let mut failures = 0;
    loop {
        world.pass(interval.max(Duration::from_secs(1))).await;
        age += interval;
        let answers = world.look(|state| state.containers.get(id).map(|one| one.answers));
        let serves = answers == Some(Answers::Well);
        if serves {
            failures = 0;
        } else if (hurried && answers == Some(Answers::Badly)) || age > check.start_period {
            failures += 1;
        }
        let (health, words) = if serves {
            (Health::Healthy, "")
        } else if failures >= check.retries {
            (Health::Unhealthy, "no good answer")
        } else {
            continue;
        };
        world.change(|state| {
            let Some(container) = state.containers.get_mut(id) else {
                return;
            };
            let changed = container.health != health;
            container.health = health;
            words.clone_into(&mut container.health_words);
            if changed {
                let action = format!("health_status: {}", health_word(health));
                state.happen(id, &action, &[]);
            }
        });
    }
}
