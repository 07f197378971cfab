//! The shared cache's own configuration: a password, a limit, and nothing kept on disk.

use crate::deployment::Secret;
use crate::engine::FileSpec;

/// Where the configuration is placed; the command in the catalog names it.
const PATH: &str = "/usr/local/etc/redis/redis.conf";
/// Memory for what is remembered, megabytes. The oldest goes when it is full.
pub(super) const MEGABYTES: u32 = 256;

/// The cache's files.
pub(super) fn files(password: &Secret, uid: u32) -> Vec<FileSpec> {
    let text = format!(
        "# Written by edfi-setup. Everything in here can be had again from the databases, so nothing is\n\
         # saved, and the least used goes first.\n\
         bind * -::*\n\
         protected-mode yes\n\
         port 6379\n\
         requirepass {}\n\
         maxmemory {MEGABYTES}mb\n\
         maxmemory-policy allkeys-lru\n\
         save \"\"\n\
         appendonly no\n",
        password.expose()
    );
    vec![FileSpec {
        path: PATH.to_owned(),
        content: Secret::new(text),
        mode: 0o400,
        uid,
        gid: uid,
    }]
}
