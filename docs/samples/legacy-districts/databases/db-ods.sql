-- Written by edfi-setup. It makes what is missing and leaves alone what is there, so it may run at any
-- time and runs at each start.
\set VERBOSITY terse
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Ods_Minimal_Template'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Ods_Minimal_Template') AS there \gset
\if :there
SELECT NOT datallowconn AS complete FROM pg_database WHERE datname = 'EdFi_Ods_Minimal_Template' \gset
\if :complete
\else
\connect "EdFi_Ods_Minimal_Template"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Ods_Minimal_Template_TPDM_Core.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('edfi.school') IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \gset
\connect postgres
\endif
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Ods_Minimal_Template' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Ods_Minimal_Template', 'EdFi_Ods_Minimal_Template' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Ods_Minimal_Template
\endif
\endif
\if :complete
\else
DROP DATABASE IF EXISTS "EdFi_Ods_Minimal_Template (being made)" WITH (FORCE);
CREATE DATABASE "EdFi_Ods_Minimal_Template (being made)" TEMPLATE template0;
\connect "EdFi_Ods_Minimal_Template (being made)"
\set ON_ERROR_STOP off
\o /dev/null
\i /tmp/EdFi_Ods_Minimal_Template_TPDM_Core.sql
\o
\set ON_ERROR_STOP on
\connect "EdFi_Ods_Minimal_Template (being made)"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Ods_Minimal_Template_TPDM_Core.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('edfi.school') IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \gset
\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\endif
\connect postgres
ALTER DATABASE "EdFi_Ods_Minimal_Template (being made)" RENAME TO "EdFi_Ods_Minimal_Template";
\echo made EdFi_Ods_Minimal_Template
\endif
COMMENT ON DATABASE "EdFi_Ods_Minimal_Template" IS 'edfi-setup: complete';
\endif
SELECT 'ALTER DATABASE "EdFi_Ods_Minimal_Template" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false' FROM pg_database WHERE datname = 'EdFi_Ods_Minimal_Template' AND NOT (datistemplate AND NOT datallowconn) \gexec
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Ods_255901'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Ods_255901') AS there \gset
\if :there
\connect "EdFi_Ods_255901"
SELECT to_regclass('edfi.school') IS NOT NULL AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Ods_255901' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Ods_255901', 'EdFi_Ods_255901' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Ods_255901
\endif
\endif
\if :complete
\else
CREATE DATABASE "EdFi_Ods_255901" TEMPLATE "EdFi_Ods_Minimal_Template";
\echo made EdFi_Ods_255901
\endif
SELECT format('COMMENT ON DATABASE %I IS %L', 'EdFi_Ods_255901', coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'EdFi_Ods_Minimal_Template'), 'edfi-setup: complete')) \gexec
\endif
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Ods_255902'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Ods_255902') AS there \gset
\if :there
\connect "EdFi_Ods_255902"
SELECT to_regclass('edfi.school') IS NOT NULL AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Ods_255902' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Ods_255902', 'EdFi_Ods_255902' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Ods_255902
\endif
\endif
\if :complete
\else
CREATE DATABASE "EdFi_Ods_255902" TEMPLATE "EdFi_Ods_Minimal_Template";
\echo made EdFi_Ods_255902
\endif
SELECT format('COMMENT ON DATABASE %I IS %L', 'EdFi_Ods_255902', coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'EdFi_Ods_Minimal_Template'), 'edfi-setup: complete')) \gexec
\endif
