//! What is in each practice image and how it runs. The contracts are those of the official images:
//! same users, folders, ports, environment names and stop signals.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::closure::{self, Origin, Placed};
use super::elf::Program;
use super::image::{Config, Layer, Owner};
use super::packages::Tree;
use super::stamp::Stamp;
use super::{PracticeError, Role, Wanted, dumps, generation};

/// Makes everything of this recipe new when the recipe changes.
const RECIPE: [&str; 11] = [
    include_str!("recipe.rs"),
    include_str!("closure.rs"),
    include_str!("image/layer.rs"),
    include_str!("image/archive.rs"),
    include_str!("packages/mod.rs"),
    POSTGRES_ENTRYPOINT,
    GATEWAY_ENTRYPOINT,
    NGINX_CONF,
    DEFAULT_CONF,
    POOLER_ENTRYPOINT,
    CACHE_ENTRYPOINT,
];

const POSTGRES_ENTRYPOINT: &str = include_str!("../../assets/practice/postgres-entrypoint.sh");
const GATEWAY_ENTRYPOINT: &str = include_str!("../../assets/practice/gateway-entrypoint.sh");
const NGINX_CONF: &str = include_str!("../../assets/practice/nginx.conf");
const DEFAULT_CONF: &str = include_str!("../../assets/practice/gateway-default.conf");
const INDEX_PAGE: &str = include_str!("../../assets/practice/gateway-index.html");
const POOLER_ENTRYPOINT: &str = include_str!("../../assets/practice/pooler-entrypoint.sh");
const CACHE_ENTRYPOINT: &str = include_str!("../../assets/practice/cache-entrypoint.sh");

/// `postgres` in the official PostgreSQL image on Alpine, which Ed-Fi's images build upon.
const POSTGRES: Owner = Owner::number(70);
/// `nginx` in the unprivileged nginx image.
const NGINX: Owner = Owner {
    user: 101,
    group: 101,
};
/// `redis` in the official Redis image on Alpine.
const REDIS: Owner = Owner {
    user: 999,
    group: 1000,
};
/// The user that Ed-Fi's programs run as.
const EDFI: Owner = Owner::number(1000);

/// Server modules that come along. Others of the package need libraries that we leave out.
const POSTGRES_MODULES: [&str; 14] = [
    "plpgsql",
    "dict_snowball",
    "pgcrypto",
    "uuid-ossp",
    "pg_trgm",
    "btree_gin",
    "btree_gist",
    "citext",
    "hstore",
    "unaccent",
    "tablefunc",
    "pg_stat_statements",
    "libpqwalreceiver",
    "pgoutput",
];
const POSTGRES_PROGRAMS: [&str; 10] = [
    "postgres",
    "initdb",
    "pg_ctl",
    "pg_isready",
    "psql",
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "createdb",
    "dropdb",
];

/// What entrypoints, health checks and a curious operator use of busybox.
const APPLETS: &str = "ash awk basename cat chmod chown cp cut date dd df dirname du echo env expr false find \
    free getopt grep gunzip gzip head hostname id kill killall less ln ls md5sum mkdir mktemp more mount mv nc netstat \
    nslookup od pgrep ping printenv printf ps pwd readlink realpath rm rmdir sed seq sh sha256sum sleep sort stat su \
    sync tail tar tee test top touch tr true uname uniq uptime usleep vi wc wget which whoami xargs";

/// Which base an image stands upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// PostgreSQL.
    Postgres,
    /// nginx.
    Nginx,
    /// `PgBouncer`.
    PgBouncer,
    /// Redis.
    Redis,
    /// This program.
    StandIn,
}

impl Base {
    /// The base of a role's image.
    pub fn of(role: Role) -> Self {
        match role {
            Role::DbAdmin | Role::DbOdsMinimal | Role::DbOdsSandbox => Self::Postgres,
            Role::WebApi | Role::AdminApi | Role::SandboxAdmin | Role::Swagger => Self::StandIn,
            Role::Gateway => Self::Nginx,
            Role::Pooler => Self::PgBouncer,
            Role::Cache => Self::Redis,
        }
    }

    /// The files that all images of this base share. `packages` is the unpacked packages.
    pub fn layer(self, packages: &Tree, executable: &Path) -> Result<Layer, PracticeError> {
        let mut layer = common(packages);
        match self {
            Self::Postgres => postgres(&mut layer, packages)?,
            Self::Nginx => nginx(&mut layer, packages)?,
            Self::PgBouncer => pgbouncer(&mut layer, packages)?,
            Self::Redis => redis(&mut layer, packages)?,
            Self::StandIn => stand_in(&mut layer, executable)?,
        }
        Ok(layer)
    }
}

/// The part of all stamps that does not depend on the image: suite and recipe.
pub fn stamp_of_all(suite: &str) -> Stamp {
    RECIPE
        .iter()
        .fold(Stamp::default().with(suite), Stamp::with)
        .with(std::env::consts::ARCH)
}

/// What one image has beyond its base, and how it runs.
#[derive(Debug, Clone)]
pub struct Top {
    /// Its files.
    pub layer: Layer,
    /// How it runs, without labels.
    pub config: Config,
    /// All that was put in, for the stamp.
    pub stamp: Stamp,
}

/// The top of the image that somebody wants. `program` is the mark of the executable's content.
pub fn top(wanted: &Wanted, start_delay: Duration, program: &[u8], stamp: Stamp) -> Top {
    let mut stamp = stamp.with(wanted.role.to_string());
    let mut layer = Layer::new();
    let config = match wanted.role {
        Role::DbAdmin | Role::DbOdsMinimal | Role::DbOdsSandbox => {
            let (name, script) = generation::init_script(wanted);
            stamp = stamp.with(&script);
            layer.text(
                &format!("/docker-entrypoint-initdb.d/{name}"),
                script,
                0o755,
            );
            // Once more: a folder of a layer above has its own mode.
            layer.folder("/tmp", 0o1777, Owner::ROOT);
            for (path, bytes) in dumps::files(wanted.role, &wanted.release, &wanted.data_standard) {
                stamp = stamp.with(&path).with(&bytes);
                layer.text(&path, bytes, 0o644);
            }
            postgres_config()
        }
        Role::WebApi | Role::AdminApi | Role::SandboxAdmin | Role::Swagger => {
            stamp = stamp.with(program);
            if wanted.role == Role::WebApi && dumps::has_tpdm(&wanted.data_standard) {
                // Once more: a folder of a layer above has its own owner.
                layer.folder("/app", 0o755, EDFI);
                for (path, text) in generation::tpdm_plugin(wanted) {
                    stamp = stamp.with(&path).with(&text);
                    layer.text(&path, text, 0o644);
                }
            }
            if wanted.role == Role::AdminApi {
                layer.folder("/app", 0o755, EDFI);
                for (path, text) in dumps::admin_api_files() {
                    stamp = stamp.with(&path).with(text);
                    // The real one lets nobody but its own user read it.
                    layer.text(&path, text, 0o600);
                }
            }
            stand_in_config(wanted, start_delay)
        }
        Role::Gateway => nginx_config(),
        Role::Pooler => pgbouncer_config(),
        Role::Cache => redis_config(),
    };
    for value in config.env.iter().chain(&config.entrypoint) {
        stamp = stamp.with(value);
    }
    Top {
        layer,
        config,
        stamp,
    }
}

fn common(packages: &Tree) -> Layer {
    let mut layer = Layer::new();
    for path in [
        "/proc", "/sys", "/dev", "/run", "/var/run", "/root", "/etc", "/var/tmp",
    ] {
        layer.folder(path, 0o755, Owner::ROOT);
    }
    layer.folder("/tmp", 0o1777, Owner::ROOT);
    layer.file(
        "/bin/busybox",
        packages.root().join("usr/bin/busybox"),
        0o755,
    );
    for applet in APPLETS.split_whitespace() {
        layer.link(&format!("/bin/{applet}"), "busybox");
    }
    layer.text(
        "/etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\n\
         postgres:x:70:70:PostgreSQL:/var/lib/postgresql:/bin/sh\n\
         nginx:x:101:101:nginx:/var/cache/nginx:/bin/false\n\
         redis:x:999:1000:Redis:/data:/bin/false\n\
         edfi:x:1000:1000:Ed-Fi:/app:/bin/sh\n\
         nobody:x:65534:65534:nobody:/:/bin/false\n",
        0o644,
    );
    layer.text(
        "/etc/group",
        "root:x:0:\npostgres:x:70:\nnginx:x:101:\nedfi:x:1000:\nnogroup:x:65534:\n",
        0o644,
    );
    layer.text(
        "/etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\n",
        0o644,
    );
    layer
}

/// Programs (path in the image, path in the tree) and plug-ins of a tree, with all that they need.
fn programs(
    layer: &mut Layer,
    packages: &Tree,
    programs: &[(String, String)],
    plug_ins: &[PathBuf],
) -> Result<(), PracticeError> {
    let root = packages.root();
    let mut files: Vec<_> = programs
        .iter()
        .map(|(_, inside)| root.join(inside.trim_start_matches('/')))
        .collect();
    let first = files.first().cloned().unwrap_or_default();
    let loader = Program::read(&first)?
        .loader
        .ok_or_else(|| PracticeError::Program {
            path: first,
            reason: "it names no loader".to_owned(),
        })?;
    for ((path, _), file) in programs.iter().zip(&files) {
        layer.file(path, file, 0o755);
    }
    files.extend_from_slice(plug_ins);
    let libraries = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let origin = Origin::Tree {
        root,
        libraries: &libraries,
    };
    place(layer, origin.closure(&loader, &files)?);
    Ok(())
}

fn place(layer: &mut Layer, placed: Vec<Placed>) {
    for Placed { path, content } in placed {
        layer.file(&path, content, 0o755);
    }
}

fn same_place(paths: &[&str]) -> Vec<(String, String)> {
    paths
        .iter()
        .map(|path| ((*path).to_owned(), (*path).to_owned()))
        .collect()
}

fn entrypoint(layer: &mut Layer, path: &str, script: &str) {
    layer.text(path, script, 0o755);
}

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn set(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

fn postgres(layer: &mut Layer, packages: &Tree) -> Result<(), PracticeError> {
    let root = packages.root();
    let version = newest_folder(&root.join("usr/lib/postgresql"))?;
    let lib = format!("/usr/lib/postgresql/{version}");
    let share = format!("/usr/share/postgresql/{version}");
    let wanted: Vec<_> = POSTGRES_PROGRAMS
        .iter()
        .map(|name| format!("{lib}/bin/{name}"))
        .map(|path| (path.clone(), path))
        .collect();
    let modules: Vec<_> = POSTGRES_MODULES
        .iter()
        .map(|name| format!("{lib}/lib/{name}.so"))
        .collect();
    let files: Vec<_> = modules
        .iter()
        .map(|path| root.join(path.trim_start_matches('/')))
        .collect();
    programs(layer, packages, &wanted, &files)?;
    for (path, file) in modules.iter().zip(files) {
        layer.file(path, file, 0o755);
    }
    for name in POSTGRES_PROGRAMS {
        layer.link(&format!("/usr/bin/{name}"), &format!("{lib}/bin/{name}"));
    }
    layer.folder_of(&share, &root.join(share.trim_start_matches('/')), &|path| {
        match path.split_once('/') {
            Some(("man", _)) => false,
            // An extension without its module would only seem to be there.
            Some(("extension", name)) => POSTGRES_MODULES.iter().any(|module| {
                name.starts_with(&format!("{module}-")) || name == format!("{module}.control")
            }),
            _ => true,
        }
    })?;
    layer.folder_of(
        "/usr/share/zoneinfo",
        &root.join("usr/share/zoneinfo"),
        &|path| {
            !["right/", "posix/", "tzdata.zi", "leap", "localtime"]
                .iter()
                .any(|other| path.starts_with(other))
        },
    )?;
    let locale = root.join("usr/lib/locale/C.utf8");
    if locale.exists() {
        layer.folder_of("/usr/lib/locale/C.utf8", &locale, &|_| true)?;
    }
    // initdb asks this program of the C library's for collations; the one above is all there is.
    layer.text("/usr/bin/locale", "#!/bin/sh\necho C.utf8\n", 0o755);
    layer.folder("/docker-entrypoint-initdb.d", 0o755, Owner::ROOT);
    layer.folder("/var/lib/postgresql", 0o1777, POSTGRES);
    layer.folder("/var/lib/postgresql/data", 0o1777, POSTGRES);
    layer.folder("/var/run/postgresql", 0o3777, POSTGRES);
    entrypoint(
        layer,
        "/usr/local/bin/docker-entrypoint.sh",
        POSTGRES_ENTRYPOINT,
    );
    Ok(())
}

fn postgres_config() -> Config {
    Config {
        user: "70:70".to_owned(),
        env: words(&[PATH, "LANG=C.UTF-8", "PGDATA=/var/lib/postgresql/data"]),
        entrypoint: words(&["/usr/local/bin/docker-entrypoint.sh"]),
        cmd: words(&["postgres"]),
        exposed_ports: set(&["5432/tcp"]),
        volumes: set(&["/var/lib/postgresql/data"]),
        // Ends open connections and stops in good order; SIGTERM would wait for clients to leave.
        stop_signal: "SIGINT".to_owned(),
        ..Config::default()
    }
}

fn nginx(layer: &mut Layer, packages: &Tree) -> Result<(), PracticeError> {
    let root = packages.root();
    programs(layer, packages, &same_place(&["/usr/sbin/nginx"]), &[])?;
    for name in [
        "mime.types",
        "fastcgi_params",
        "fastcgi.conf",
        "scgi_params",
        "uwsgi_params",
        "proxy_params",
    ] {
        layer.file(
            &format!("/etc/nginx/{name}"),
            root.join("etc/nginx").join(name),
            0o644,
        );
    }
    layer.text("/etc/nginx/nginx.conf", NGINX_CONF, 0o644);
    layer.text("/etc/nginx/conf.d/default.conf", DEFAULT_CONF, 0o644);
    layer.folder("/etc/nginx/conf.d", 0o775, NGINX);
    layer.text("/usr/share/nginx/html/index.html", INDEX_PAGE, 0o644);
    layer.folder("/docker-entrypoint.d", 0o755, Owner::ROOT);
    layer.folder("/var/cache/nginx", 0o755, NGINX);
    // The engine gives the container's own standard output and error to its user, so these may be opened.
    layer.link("/var/log/nginx/access.log", "/dev/stdout");
    layer.link("/var/log/nginx/error.log", "/dev/stderr");
    entrypoint(layer, "/docker-entrypoint.sh", GATEWAY_ENTRYPOINT);
    Ok(())
}

fn nginx_config() -> Config {
    Config {
        user: "101".to_owned(),
        env: words(&[PATH]),
        entrypoint: words(&["/docker-entrypoint.sh"]),
        cmd: words(&["nginx", "-g", "daemon off;"]),
        exposed_ports: set(&["8080/tcp"]),
        // Lets running requests end.
        stop_signal: "SIGQUIT".to_owned(),
        ..Config::default()
    }
}

fn pgbouncer(layer: &mut Layer, packages: &Tree) -> Result<(), PracticeError> {
    let version = newest_folder(&packages.root().join("usr/lib/postgresql"))?;
    let client = |name: &str| {
        (
            format!("/usr/bin/{name}"),
            format!("/usr/lib/postgresql/{version}/bin/{name}"),
        )
    };
    let wanted = [
        (
            "/usr/bin/pgbouncer".to_owned(),
            "/usr/sbin/pgbouncer".to_owned(),
        ),
        client("psql"),
        client("pg_isready"),
    ];
    programs(layer, packages, &wanted, &[])?;
    for path in ["/etc/pgbouncer", "/var/log/pgbouncer", "/var/run/pgbouncer"] {
        layer.folder(path, 0o755, POSTGRES);
    }
    entrypoint(layer, "/entrypoint.sh", POOLER_ENTRYPOINT);
    Ok(())
}

fn pgbouncer_config() -> Config {
    Config {
        user: "postgres".to_owned(),
        env: words(&[PATH]),
        entrypoint: words(&["/entrypoint.sh"]),
        cmd: words(&["/usr/bin/pgbouncer", "/etc/pgbouncer/pgbouncer.ini"]),
        exposed_ports: set(&["5432/tcp"]),
        // Lets running queries end.
        stop_signal: "SIGINT".to_owned(),
        ..Config::default()
    }
}

fn redis(layer: &mut Layer, packages: &Tree) -> Result<(), PracticeError> {
    let wanted = ["redis-server", "redis-cli"].map(|name| {
        // Debian's server is a link to the program that is also its checker.
        (format!("/usr/local/bin/{name}"), format!("/usr/bin/{name}"))
    });
    programs(layer, packages, &wanted, &[])?;
    layer.folder("/data", 0o755, REDIS);
    entrypoint(
        layer,
        "/usr/local/bin/docker-entrypoint.sh",
        CACHE_ENTRYPOINT,
    );
    Ok(())
}

fn redis_config() -> Config {
    Config {
        user: "999:1000".to_owned(),
        env: words(&[PATH]),
        entrypoint: words(&["docker-entrypoint.sh"]),
        cmd: words(&["redis-server"]),
        exposed_ports: set(&["6379/tcp"]),
        volumes: set(&["/data"]),
        working_dir: "/data".to_owned(),
        ..Config::default()
    }
}

fn stand_in(layer: &mut Layer, executable: &Path) -> Result<(), PracticeError> {
    // Linked here, so its libraries are this computer's.
    place(layer, closure::of_host_program(executable)?);
    layer.file("/app/edfi-setup", executable, 0o755);
    layer.folder("/app", 0o755, EDFI);
    layer.folder("/app/logs", 0o755, EDFI);
    Ok(())
}

fn stand_in_config(wanted: &Wanted, start_delay: Duration) -> Config {
    let mut entrypoint = words(&["/app/edfi-setup", "stand-in"]);
    entrypoint.extend(wanted.role.stand_in().map(str::to_owned));
    let mut env = vec![
        PATH.to_owned(),
        "ASPNETCORE_HTTP_PORTS=80".to_owned(),
        format!("EDFI_PRACTICE_RELEASE={}", wanted.release),
        format!("EDFI_PRACTICE_DATA_STANDARD={}", wanted.data_standard),
        format!("EDFI_PRACTICE_START_DELAY={}", start_delay.as_secs_f64()),
    ];
    env.extend(words(generation::defaults(wanted)));
    Config {
        user: "edfi".to_owned(),
        env,
        entrypoint,
        exposed_ports: set(&["80/tcp"]),
        working_dir: "/app".to_owned(),
        ..Config::default()
    }
}

/// The label that tells ours from others, and the stamp.
pub fn labels(stamp: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        (DEPLOYMENT_LABEL.to_owned(), "practice".to_owned()),
        (STAMP_LABEL.to_owned(), stamp.to_owned()),
    ])
}

/// What everything that we make on an engine carries.
pub const DEPLOYMENT_LABEL: &str = "io.edfi-setup.deployment";
/// What every practice image carries: the stamp of what it was made from.
pub const STAMP_LABEL: &str = "io.edfi-setup.practice";

/// The folder with the highest number for a name.
fn newest_folder(of: &Path) -> Result<String, PracticeError> {
    std::fs::read_dir(of)
        .map_err(PracticeError::file("read", of))?
        .filter_map(|entry| {
            entry
                .ok()?
                .file_name()
                .to_string_lossy()
                .parse::<u32>()
                .ok()
        })
        .max()
        .map(|version| version.to_string())
        .ok_or_else(|| PracticeError::Incomplete {
            program: "the PostgreSQL image".to_owned(),
            needs: "the package of the PostgreSQL server".to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(role: Role) -> Wanted {
        Wanted {
            role,
            reference: "x:1".to_owned(),
            release: "7.3.2".to_owned(),
            data_standard: "6.1.0".to_owned(),
        }
    }

    fn stamp(wanted: &Wanted, delay: u64, program: &[u8], suite: &str) -> String {
        top(
            wanted,
            Duration::from_secs(delay),
            program,
            stamp_of_all(suite),
        )
        .stamp
        .finish()
    }

    #[test]
    fn a_stamp_stays_while_nothing_changes() {
        for role in Role::ALL {
            let wanted = wanted(role);
            assert_eq!(
                stamp(&wanted, 0, b"p", "trixie"),
                stamp(&wanted, 0, b"p", "trixie")
            );
            assert_ne!(
                stamp(&wanted, 0, b"p", "trixie"),
                stamp(&wanted, 0, b"p", "noble")
            );
        }
    }

    #[test]
    fn only_stand_ins_follow_the_program_and_the_delay() {
        for role in Role::ALL {
            let wanted = wanted(role);
            let before = stamp(&wanted, 0, b"p", "trixie");
            let is_stand_in = role.stand_in().is_some();
            assert_eq!(
                before != stamp(&wanted, 0, b"q", "trixie"),
                is_stand_in,
                "{role}"
            );
            assert_eq!(
                before != stamp(&wanted, 5, b"p", "trixie"),
                is_stand_in,
                "{role}"
            );
        }
    }

    #[test]
    fn databases_and_stand_ins_follow_the_data_standard() {
        for role in [Role::DbOdsMinimal, Role::WebApi] {
            let newer = wanted(role);
            let older = Wanted {
                data_standard: "5.2.0".to_owned(),
                ..newer.clone()
            };
            assert_ne!(
                stamp(&newer, 0, b"p", "trixie"),
                stamp(&older, 0, b"p", "trixie"),
                "{role}"
            );
        }
    }

    #[test]
    fn what_differs_between_releases_differs_in_its_images() {
        for role in Role::ALL {
            let newer = wanted(role);
            let older = Wanted {
                release: "6.2.0".to_owned(),
                ..newer.clone()
            };
            let differs = role.is_database() || role.stand_in().is_some();
            let stamps = [&newer, &older].map(|wanted| stamp(wanted, 0, b"p", "trixie"));
            assert_eq!(stamps[0] != stamps[1], differs, "{role}");
            if role.is_database() {
                let (_, script) = generation::init_script(&newer);
                assert!(script.contains("CREATE ROLE postgres"), "{role}");
                let (_, script) = generation::init_script(&older);
                assert!(!script.contains("ROLE"), "{role}: {script}");
            }
        }
    }

    #[test]
    fn roles_of_one_base_have_stamps_of_their_own() {
        let stamps: BTreeSet<_> = Role::ALL
            .map(|role| stamp(&wanted(role), 0, b"p", "trixie"))
            .into();
        assert_eq!(stamps.len(), Role::ALL.len());
    }

    #[test]
    fn no_image_runs_as_root() {
        for role in Role::ALL {
            let user = top(&wanted(role), Duration::ZERO, b"p", stamp_of_all("trixie"))
                .config
                .user;
            assert!(!user.is_empty() && !user.starts_with('0'), "{role}: {user}");
        }
    }
}
