//! How many connections the API may hold to each server, and what the servers are told of it.
//!
//! Npgsql keeps a pool of connections for each connection string, in each copy of the API. All pools
//! together must fit into what a server takes, or requests are refused under load. PostgreSQL takes
//! 100 by itself; a larger number costs it memory only as far as connections are really open.

use crate::profile::{Isolation, Profile};

use super::parts::{api_services, has_admin_api, has_instances, ods_servers};

/// Connections that a pool may hold where there are few pools; what Ed-Fi's newer official stacks use.
const USUAL: u32 = 20;
/// The smallest pool that still lets one slow request leave room for others.
const LEAST: u32 = 2;
/// Connections that all pools to one server together may hold, as long as that leaves each the least.
const TOGETHER: u32 = 400;
/// Connections for everybody who is not the API: our own scripts, backups, an administrator.
const OTHERS: u32 = 20;
/// Connections that the Admin API may hold to each of its two databases. One administrator at a time is the rule.
pub(super) const ADMIN_API: u32 = 10;
/// What PostgreSQL takes without being told.
const POSTGRES_USUAL: u32 = 100;
/// Numbers of pools for which room is made at once, where instances or tenants can be added: one more
/// then changes neither a server's settings nor the API's, and nobody is interrupted. PostgreSQL pays
/// for connections that it could take with little more than some kilobytes of shared memory for each.
const ROOM: [u32; 6] = [20, 40, 80, 200, 1_000, 5_000];
/// Queries of which each may take its whole working memory at the same time. More connections than
/// that are there for pools that rest.
const AT_WORK: u32 = 100;

/// The largest pool for each connection string, and what each server must take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pools {
    /// For each ODS.
    pub ods: u32,
    /// For each of the platform's own databases.
    pub admin: u32,
    /// Connections that a server with data must take.
    pub ods_server: u32,
    /// Connections that the server with the platform's own databases must take.
    pub admin_server: u32,
}

/// Deals the connections out.
pub(super) fn pools(profile: &Profile) -> Pools {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).max(1);
    let copies = count(api_services(profile).len());
    let instances = if has_instances(profile) {
        count(profile.instance_names().len())
    } else {
        1
    };
    let on_one_server = instances.div_ceil(count(ods_servers(profile).len()));
    let tenants = if profile.use_case.has_tenants() {
        count(profile.instances.tenants.len())
    } else {
        1
    };
    let ods_pools = copies.saturating_mul(on_one_server);
    let shared = profile.instances.isolation == Isolation::SharedServer;
    // Copies of the API can be added, too.
    let several = copies > 1;
    let (ods, ods_all) = share(if several || (has_instances(profile) && shared) {
        room(ods_pools)
    } else {
        ods_pools
    });
    // Admin and Security of each tenant, and the maintenance database.
    let admin_pools = copies.saturating_mul(tenants.saturating_mul(2) + 1);
    let (admin, admin_all) = share(if several || profile.use_case.has_tenants() {
        room(admin_pools)
    } else {
        admin_pools
    });
    let admin_api = if has_admin_api(profile) {
        2 * ADMIN_API
    } else {
        0
    };
    Pools {
        ods,
        admin,
        ods_server: server(ods_all),
        admin_server: server(admin_all.saturating_add(admin_api)),
    }
}

/// The number of pools that room is made for when there are so many.
fn room(pools: u32) -> u32 {
    let enough = ROOM.into_iter().find(|room| *room >= pools);
    enough.unwrap_or(pools)
}

/// The size of each of so many pools, and all of them together.
fn share(pools: u32) -> (u32, u32) {
    let size = (TOGETHER / pools.max(1)).clamp(LEAST, USUAL);
    (size, size.saturating_mul(pools))
}

fn server(pools: u32) -> u32 {
    pools.saturating_add(OTHERS).max(POSTGRES_USUAL)
}

/// What a PostgreSQL server is started with: nothing where its own settings will do.
///
/// `memory` is what it may use, in megabytes. The shares are those that PostgreSQL's own documentation
/// gives as reasonable beginnings for a server that has its memory to itself.
pub(super) fn server_command(connections: u32, memory: Option<u32>) -> Vec<String> {
    let mut settings = Vec::new();
    if connections > POSTGRES_USUAL {
        settings.push(("max_connections", connections.to_string()));
    }
    if let Some(memory) = memory {
        let megabytes = |amount: u32| format!("{amount}MB");
        settings.extend([
            ("shared_buffers", megabytes((memory / 4).max(128))),
            ("effective_cache_size", megabytes(memory / 4 * 3)),
            (
                "maintenance_work_mem",
                megabytes((memory / 16).clamp(64, 2048)),
            ),
            (
                "work_mem",
                megabytes((memory / 4 / connections.clamp(1, AT_WORK)).clamp(4, 256)),
            ),
            ("wal_compression", "on".to_owned()),
            ("max_wal_size", megabytes((memory / 2).clamp(1024, 16384))),
            ("checkpoint_completion_target", "0.9".to_owned()),
            // A container's /dev/shm holds 64 MB, too little for parallel queries.
            ("dynamic_shared_memory_type", "sysv".to_owned()),
        ]);
    }
    if settings.is_empty() {
        return Vec::new();
    }
    let mut command = vec!["postgres".to_owned()];
    for (name, value) in settings {
        command.push("-c".to_owned());
        command.push(format!("{name}={value}"));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_pools_are_as_usual_and_need_no_other_server() {
        assert_eq!(share(1), (20, 20));
        assert_eq!(server(20), 100);
        assert!(server_command(100, None).is_empty());
    }

    #[test]
    fn many_pools_get_smaller_and_the_server_takes_them_all() {
        assert_eq!(share(40), (10, 400));
        assert_eq!(share(1000), (2, 2000));
        assert_eq!(server(2000), 2020);
        let command = server_command(2020, None);
        assert_eq!(command, ["postgres", "-c", "max_connections=2020"]);
    }

    #[test]
    fn one_more_instance_changes_no_setting_of_what_runs() {
        let with = |years: std::ops::Range<u16>| {
            let mut profile = crate::profile::load("district-years", &[]).unwrap().profile;
            profile.instances.years = years.collect();
            pools(&profile)
        };
        let few = with(2020..2021);
        assert_eq!((few.ods, few.ods_server), (20, 420));
        for last in 2022..=2040 {
            assert_eq!(with(2020..last), few, "{last}");
        }
        // Beyond that pools get smaller; what the server must take stays the same up to 200.
        assert_eq!(with(2020..2041).ods_server, 420);
        assert_eq!(room(200), 200);
        assert_eq!(share(room(201)), (2, 2000));
        assert_eq!(room(6000), 6000);
    }

    #[test]
    fn memory_is_dealt_out_in_shares() {
        let command = server_command(100, Some(8192)).join(" ");
        for part in [
            "shared_buffers=2048MB",
            "effective_cache_size=6144MB",
            "maintenance_work_mem=512MB",
            "work_mem=20MB",
        ] {
            assert!(command.contains(part), "{command}");
        }
    }
}
