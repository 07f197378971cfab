-- Written by edfi-setup. It makes what is missing and leaves alone what is there, so it may run at any
-- time and runs at each start.
\set VERBOSITY terse
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Admin'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Admin') AS there \gset
\if :there
\connect "EdFi_Admin"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Admin.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.odsinstances') IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Admin' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Admin', 'EdFi_Admin' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Admin
\endif
\endif
\if :complete
\else
DROP DATABASE IF EXISTS "EdFi_Admin (being made)" WITH (FORCE);
CREATE DATABASE "EdFi_Admin (being made)" TEMPLATE template0;
\connect "EdFi_Admin (being made)"
\set ON_ERROR_STOP off
\o /dev/null
\i /tmp/EdFi_Admin.sql
\o
\set ON_ERROR_STOP on
\connect "EdFi_Admin (being made)"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Admin.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.odsinstances') IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \gset
\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\endif
\connect postgres
ALTER DATABASE "EdFi_Admin (being made)" RENAME TO "EdFi_Admin";
\echo made EdFi_Admin
\endif
COMMENT ON DATABASE "EdFi_Admin" IS 'edfi-setup: complete';
\endif
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Security'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Security') AS there \gset
\if :there
\connect "EdFi_Security"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Security.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.claimsets') IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Security' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Security', 'EdFi_Security' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Security
\endif
\endif
\if :complete
\else
DROP DATABASE IF EXISTS "EdFi_Security (being made)" WITH (FORCE);
CREATE DATABASE "EdFi_Security (being made)" TEMPLATE template0;
\connect "EdFi_Security (being made)"
\set ON_ERROR_STOP off
\o /dev/null
\i /tmp/EdFi_Security.sql
\o
\set ON_ERROR_STOP on
\connect "EdFi_Security (being made)"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Security.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.claimsets') IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \gset
\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\endif
\connect postgres
ALTER DATABASE "EdFi_Security (being made)" RENAME TO "EdFi_Security";
\echo made EdFi_Security
\endif
COMMENT ON DATABASE "EdFi_Security" IS 'edfi-setup: complete';
\endif
