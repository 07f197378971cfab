//! The questions behind the login. All of them only read, and any role may ask them.

use std::time::{Duration, Instant};

use super::judge::{self, Capacity, Clusters, Extensions, Writes};
use super::{Progress, Rights, Row, Run, Stage, Stopped, Verdict, databases};
use crate::server::session::{AskFault, Door, Session};
use crate::server::way::Way;

/// Round trips of which the middle one counts.
const ROUND_TRIPS: usize = 5;

const VERSION: &str = "SELECT json_build_array(current_setting('server_version_num')::int, current_setting('server_version'), version())";

const WRITES: &str = "SELECT json_build_object(
    'standby', pg_is_in_recovery(),
    'read_only', current_setting('default_transaction_read_only') = 'on',
    'source', (SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only'))";

/// The names of managed servers' own administrators are those of their makers' documentation.
const RIGHTS: &str = "SELECT json_build_object(
    'role', r.rolname, 'superuser', r.rolsuper, 'create_databases', r.rolcreatedb OR r.rolsuper,
    'create_roles', r.rolcreaterole OR r.rolsuper, 'connection_limit', r.rolconnlimit,
    'password_ends', CASE WHEN isfinite(r.rolvaliduntil) THEN extract(epoch FROM r.rolvaliduntil)::bigint END,
    'postgres_exists', EXISTS (SELECT FROM pg_roles WHERE rolname = 'postgres'),
    'is_postgres', EXISTS (SELECT FROM pg_roles p WHERE p.rolname = 'postgres' AND pg_has_role(r.oid, p.oid, 'MEMBER')),
    'managed', (SELECT min(rolname) FROM pg_roles WHERE rolname IN ('rds_superuser', 'azure_pg_admin', 'cloudsqlsuperuser', 'alloydbsuperuser', 'supabase_admin', 'neon_superuser', 'doadmin', 'avnadmin')))
    FROM pg_roles r WHERE r.rolname = current_user";

const CLUSTERS: &str = "SELECT json_build_object(
    'templates', (SELECT json_agg(json_build_object('name', datname, 'encoding', pg_encoding_to_char(encoding),
        'collate', datcollate, 'ctype', datctype) ORDER BY datname)
        FROM pg_database WHERE datname IN ('template0', 'template1')))";

const EXTENSIONS: &str = "SELECT json_build_object(
    'uuid', to_regprocedure('pg_catalog.gen_random_uuid()') IS NOT NULL,
    'plpgsql', EXISTS (SELECT FROM pg_extension WHERE extname = 'plpgsql'),
    'pgcrypto', EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgcrypto'),
    'trusted', coalesce((SELECT bool_or(trusted) FROM pg_available_extension_versions WHERE name = 'pgcrypto'), false))";

/// Other sessions are counted by what any role may see: a database and a process. What the server keeps
/// for its administrators is not free for us.
const CAPACITY: &str = "SELECT json_build_object(
    'maximum', current_setting('max_connections')::int,
    'kept', current_setting('superuser_reserved_connections')::int + coalesce(nullif(current_setting('reserved_connections', true), ''), '0')::int,
    'used', (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND pid <> pg_backend_pid()
        AND coalesce(backend_type, 'client backend') = 'client backend'),
    'role_limit', (SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user),
    'role_used', (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()))";

impl<'t, W: Way> Run<'t, W> {
    /// Asks everything. Only a connection that is gone ends it.
    pub(super) async fn ask(
        &mut self,
        door: &Door<'t, W>,
        session: &Session,
    ) -> Result<(), Stopped> {
        self.version(session).await?;
        self.writes(session).await?;
        self.rights(session).await?;
        self.databases(door, session).await?;
        self.encoding(session).await?;
        self.extensions(session).await?;
        self.connections(session).await?;
        self.latency(session).await?;
        self.clock(session).await
    }

    /// Ends a stage with what was answered, or with why there was no answer.
    fn answered<T>(
        &mut self,
        stage: Stage,
        answer: Result<T, AskFault>,
        judge: impl FnOnce(&mut Self, T) -> Row,
    ) -> Result<(), Stopped> {
        let (row, lost) = match answer {
            Ok(answer) => (judge(self, answer), false),
            Err(fault) => (no_answer(stage, &fault), fault.is_lost()),
        };
        self.report.rows.push(row.clone());
        (self.tell)(Progress::Ended(row));
        if lost { Err(Stopped) } else { Ok(()) }
    }

    async fn version(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Version);
        let answer = session.json::<(u32, String, String)>(VERSION).await;
        self.answered(Stage::Version, answer, |run, (number, name, whole)| {
            run.report.knowledge.version = Some(number);
            judge::version(number, &name, &whole, run.wanted)
        })
    }

    async fn writes(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Writes);
        let answer = session.json::<Writes>(WRITES).await;
        self.answered(Stage::Writes, answer, |run, writes| {
            judge::writes(&writes, &run.target.user, &run.target.database)
        })
    }

    async fn rights(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Rights);
        let answer = session.json::<Rights>(RIGHTS).await;
        self.answered(Stage::Rights, answer, |run, rights| {
            let row = judge::rights(&rights, jiff::Timestamp::now().as_second());
            run.report.knowledge.rights = Some(rights);
            row
        })
    }

    async fn databases(&mut self, door: &Door<'t, W>, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Databases);
        let answer = databases::find(door, session, &self.wanted.databases).await;
        self.answered(Stage::Databases, answer, |run, found| {
            let row = databases::judge(&found, run.wanted);
            run.report.knowledge.existing = found.existing;
            row
        })
    }

    async fn encoding(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Encoding);
        let answer = session.json::<Clusters>(CLUSTERS).await;
        self.answered(Stage::Encoding, answer, |run, clusters| {
            let (row, own_locale) = judge::encoding(&clusters);
            run.report.knowledge.own_locale = Some(own_locale);
            row
        })
    }

    async fn extensions(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Extensions);
        let answer = session.json::<Extensions>(EXTENSIONS).await;
        self.answered(Stage::Extensions, answer, |_, found| {
            judge::extensions(&found)
        })
    }

    async fn connections(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Connections);
        let answer = session.json::<Capacity>(CAPACITY).await;
        self.answered(Stage::Connections, answer, |run, capacity| {
            run.report.knowledge.free_connections = Some(capacity.free());
            judge::connections(&capacity, run.wanted.connections, &run.target.user)
        })
    }

    async fn latency(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Latency);
        let answer = round_trip(session).await;
        self.answered(Stage::Latency, answer, |run, middle| {
            let micros = u64::try_from(middle.as_micros()).unwrap_or(u64::MAX);
            run.report.knowledge.round_trip_micros = Some(micros);
            judge::latency(micros)
        })
    }

    async fn clock(&mut self, session: &Session) -> Result<(), Stopped> {
        self.begin(Stage::Clock);
        let before = jiff::Timestamp::now();
        let begun = Instant::now();
        let answer = session
            .json::<i64>("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint")
            .await;
        let doubt = i64::try_from(begun.elapsed().as_millis() / 2).unwrap_or(i64::MAX);
        self.answered(Stage::Clock, answer, |run, theirs| {
            let ahead = theirs - before.as_millisecond().saturating_add(doubt);
            run.report.knowledge.clock_ahead_millis = Some(ahead);
            judge::clock(ahead, doubt)
        })
    }
}

async fn round_trip(session: &Session) -> Result<Duration, AskFault> {
    let mut times = Vec::with_capacity(ROUND_TRIPS);
    for _ in 0..ROUND_TRIPS {
        let begun = Instant::now();
        session.value("SELECT 1").await?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times.get(ROUND_TRIPS / 2).copied().unwrap_or_default())
}

fn no_answer(stage: Stage, fault: &AskFault) -> Row {
    let row = if fault.is_lost() {
        Row::new(stage, Verdict::Block, "the connection to the server was lost")
            .advice("It was good until here. The server may be restarting, or somebody ended the connection. Test again.")
    } else {
        // A pooler or a relative of PostgreSQL may not answer everything.
        Row::new(stage, Verdict::Warn, "the server does not answer this question")
            .advice("It may be a relative of PostgreSQL, or a pooler is in between. Its own words are below.")
    };
    row.said(fault.to_string())
}
