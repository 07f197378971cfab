-- Written by edfi-setup. It makes what is missing and leaves alone what is there, so it may run at any
-- time and runs at each start.
\set VERBOSITY terse
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Ods'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Ods') AS there \gset
\if :there
\connect "EdFi_Ods"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Ods_Minimal_Template.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('edfi.school') IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Ods' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Ods', 'EdFi_Ods' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Ods
\endif
\endif
\if :complete
\else
DROP DATABASE IF EXISTS "EdFi_Ods (being made)" WITH (FORCE);
CREATE DATABASE "EdFi_Ods (being made)" TEMPLATE template0;
\connect "EdFi_Ods (being made)"
\set ON_ERROR_STOP off
\o /dev/null
\i /tmp/EdFi_Ods_Minimal_Template.sql
\o
\set ON_ERROR_STOP on
\connect "EdFi_Ods (being made)"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Ods_Minimal_Template.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('edfi.school') IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \gset
\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\endif
\connect postgres
ALTER DATABASE "EdFi_Ods (being made)" RENAME TO "EdFi_Ods";
\echo made EdFi_Ods
\endif
COMMENT ON DATABASE "EdFi_Ods" IS 'edfi-setup: complete';
\endif
