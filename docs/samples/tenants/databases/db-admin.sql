-- Written by edfi-setup. It makes what is missing and leaves alone what is there, so it may run at any
-- time and runs at each start.
\set VERBOSITY terse
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Admin_Template'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Admin_Template') AS there \gset
\if :there
SELECT NOT datallowconn AS complete FROM pg_database WHERE datname = 'EdFi_Admin_Template' \gset
\if :complete
\else
\connect "EdFi_Admin_Template"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Admin.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.odsinstances') IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \gset
\connect postgres
\endif
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Admin_Template' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Admin_Template', 'EdFi_Admin_Template' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Admin_Template
\endif
\endif
\if :complete
\else
DROP DATABASE IF EXISTS "EdFi_Admin_Template (being made)" WITH (FORCE);
CREATE DATABASE "EdFi_Admin_Template (being made)" TEMPLATE template0;
\connect "EdFi_Admin_Template (being made)"
\set ON_ERROR_STOP off
\o /dev/null
\i /tmp/EdFi_Admin.sql
\o
\set ON_ERROR_STOP on
\connect "EdFi_Admin_Template (being made)"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Admin.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.odsinstances') IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \gset
\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\endif
\connect postgres
ALTER DATABASE "EdFi_Admin_Template (being made)" RENAME TO "EdFi_Admin_Template";
\echo made EdFi_Admin_Template
\endif
COMMENT ON DATABASE "EdFi_Admin_Template" IS 'edfi-setup: complete';
\endif
SELECT 'ALTER DATABASE "EdFi_Admin_Template" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false' FROM pg_database WHERE datname = 'EdFi_Admin_Template' AND NOT (datistemplate AND NOT datallowconn) \gexec
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Admin_north'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Admin_north') AS there \gset
\if :there
\connect "EdFi_Admin_north"
SELECT to_regclass('dbo.odsinstances') IS NOT NULL AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Admin_north' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Admin_north', 'EdFi_Admin_north' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Admin_north
\endif
\endif
\if :complete
\else
CREATE DATABASE "EdFi_Admin_north" TEMPLATE "EdFi_Admin_Template";
\echo made EdFi_Admin_north
\endif
SELECT format('COMMENT ON DATABASE %I IS %L', 'EdFi_Admin_north', coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'EdFi_Admin_Template'), 'edfi-setup: complete')) \gexec
\endif
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Admin_south'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Admin_south') AS there \gset
\if :there
\connect "EdFi_Admin_south"
SELECT to_regclass('dbo.odsinstances') IS NOT NULL AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Admin_south' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Admin_south', 'EdFi_Admin_south' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Admin_south
\endif
\endif
\if :complete
\else
CREATE DATABASE "EdFi_Admin_south" TEMPLATE "EdFi_Admin_Template";
\echo made EdFi_Admin_south
\endif
SELECT format('COMMENT ON DATABASE %I IS %L', 'EdFi_Admin_south', coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'EdFi_Admin_Template'), 'edfi-setup: complete')) \gexec
\endif
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Security_Template'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Security_Template') AS there \gset
\if :there
SELECT NOT datallowconn AS complete FROM pg_database WHERE datname = 'EdFi_Security_Template' \gset
\if :complete
\else
\connect "EdFi_Security_Template"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Security.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.claimsets') IS NOT NULL AND (SELECT count(*) FROM pg_constraint WHERE contype = 'f') >= :keys AS complete \gset
\connect postgres
\endif
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Security_Template' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Security_Template', 'EdFi_Security_Template' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Security_Template
\endif
\endif
\if :complete
\else
DROP DATABASE IF EXISTS "EdFi_Security_Template (being made)" WITH (FORCE);
CREATE DATABASE "EdFi_Security_Template (being made)" TEMPLATE template0;
\connect "EdFi_Security_Template (being made)"
\set ON_ERROR_STOP off
\o /dev/null
\i /tmp/EdFi_Security.sql
\o
\set ON_ERROR_STOP on
\connect "EdFi_Security_Template (being made)"
\set keys `grep -c 'FOREIGN KEY (' /tmp/EdFi_Security.sql 2>/dev/null | grep . || echo 0`
SELECT to_regclass('dbo.claimsets') IS NULL OR (SELECT count(*) FROM pg_constraint WHERE contype = 'f') < :keys AS partial \gset
\if :partial
DO $$ BEGIN RAISE EXCEPTION 'the SQL in the image could not be restored whole; the disk may be full'; END $$;
\endif
\connect postgres
ALTER DATABASE "EdFi_Security_Template (being made)" RENAME TO "EdFi_Security_Template";
\echo made EdFi_Security_Template
\endif
COMMENT ON DATABASE "EdFi_Security_Template" IS 'edfi-setup: complete';
\endif
SELECT 'ALTER DATABASE "EdFi_Security_Template" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false' FROM pg_database WHERE datname = 'EdFi_Security_Template' AND NOT (datistemplate AND NOT datallowconn) \gexec
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Security_north'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Security_north') AS there \gset
\if :there
\connect "EdFi_Security_north"
SELECT to_regclass('dbo.claimsets') IS NOT NULL AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Security_north' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Security_north', 'EdFi_Security_north' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Security_north
\endif
\endif
\if :complete
\else
CREATE DATABASE "EdFi_Security_north" TEMPLATE "EdFi_Security_Template";
\echo made EdFi_Security_north
\endif
SELECT format('COMMENT ON DATABASE %I IS %L', 'EdFi_Security_north', coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'EdFi_Security_Template'), 'edfi-setup: complete')) \gexec
\endif
SELECT coalesce((SELECT starts_with(shobj_description(oid, 'pg_database'), 'edfi-setup: complete') FROM pg_database WHERE datname = 'EdFi_Security_south'), false) AS known \gset
\if :known
\else
\set complete false
SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'EdFi_Security_south') AS there \gset
\if :there
\connect "EdFi_Security_south"
SELECT to_regclass('dbo.claimsets') IS NOT NULL AS complete \gset
\connect postgres
\if :complete
\else
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'EdFi_Security_south' \g /dev/null
SELECT format('ALTER DATABASE %I RENAME TO %I', 'EdFi_Security_south', 'EdFi_Security_south' || ' (incomplete ' || to_char(now(), 'YYYY-MM-DD HH24:MI:SS') || ')') \gexec
\echo aside EdFi_Security_south
\endif
\endif
\if :complete
\else
CREATE DATABASE "EdFi_Security_south" TEMPLATE "EdFi_Security_Template";
\echo made EdFi_Security_south
\endif
SELECT format('COMMENT ON DATABASE %I IS %L', 'EdFi_Security_south', coalesce((SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'EdFi_Security_Template'), 'edfi-setup: complete')) \gexec
\endif
\connect "EdFi_Security_north"
SELECT string_agg(DISTINCT wanted, ', ') AS unknown, count(*) > 0 AS refused FROM unnest(ARRAY['Ed-Fi Sandbox']::text[]) AS wanted
    WHERE NOT EXISTS (SELECT FROM dbo.claimsets WHERE claimsetname = wanted) \gset
\if :refused
\warn There is no claim set named :unknown
SELECT 'there is ' || claimsetname FROM dbo.claimsets ORDER BY claimsetname;
DO $$ BEGIN RAISE EXCEPTION 'a claim set of the profile is unknown; put one of those above into first_client.claim_set and export again'; END $$;
\endif
\connect "EdFi_Security_south"
SELECT string_agg(DISTINCT wanted, ', ') AS unknown, count(*) > 0 AS refused FROM unnest(ARRAY['Ed-Fi Sandbox']::text[]) AS wanted
    WHERE NOT EXISTS (SELECT FROM dbo.claimsets WHERE claimsetname = wanted) \gset
\if :refused
\warn There is no claim set named :unknown
SELECT 'there is ' || claimsetname FROM dbo.claimsets ORDER BY claimsetname;
DO $$ BEGIN RAISE EXCEPTION 'a claim set of the profile is unknown; put one of those above into first_client.claim_set and export again'; END $$;
\endif
\connect "EdFi_Admin_north"
\set VERBOSITY terse
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL log_min_error_statement = panic;
SET LOCAL log_error_verbosity = terse;
CREATE SCHEMA IF NOT EXISTS edfi_setup;
CREATE TABLE IF NOT EXISTS edfi_setup.instance (name text PRIMARY KEY, fingerprint text NOT NULL, written timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS edfi_setup.client (name text PRIMARY KEY, fingerprint text NOT NULL, written timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS edfi_setup.credential (name text PRIMARY KEY, instance text NOT NULL, rests boolean NOT NULL DEFAULT false,
    apiclientid integer NOT NULL, applicationid integer NOT NULL, vendorid integer NOT NULL, written timestamptz NOT NULL DEFAULT now());
LOCK TABLE edfi_setup.instance, edfi_setup.client, edfi_setup.credential IN EXCLUSIVE MODE;
INSERT INTO dbo.odsinstances (name, instancetype, connectionstring)
    SELECT 'north', 'ODS', 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_north;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = 'north' AND instancetype = 'ODS');
UPDATE dbo.odsinstances SET connectionstring = 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_north;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE name = 'north' AND instancetype = 'ODS'
    AND NOT EXISTS (SELECT FROM edfi_setup.instance WHERE name = 'north' AND fingerprint = '25c774aa');
INSERT INTO edfi_setup.instance (name, fingerprint) VALUES ('north', '25c774aa')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now()
    WHERE edfi_setup.instance.fingerprint <> excluded.fingerprint;
UPDATE dbo.apiclients SET isapproved = true WHERE apiclientid IN (SELECT apiclientid FROM edfi_setup.credential WHERE instance = 'north' AND rests);
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT apiclientid, odsinstanceid FROM edfi_setup.credential JOIN dbo.apiclients USING (apiclientid), dbo.odsinstances
    WHERE instance = 'north' AND rests AND odsinstances.name = 'north' AND instancetype = 'ODS';
UPDATE edfi_setup.credential SET rests = false WHERE instance = 'north' AND rests;
SELECT NOT EXISTS (SELECT FROM edfi_setup.client WHERE name = 'client of north' AND fingerprint = '2c702016')
    OR NOT EXISTS (SELECT FROM dbo.apiclients WHERE name = 'edfi-setup: client of north') AS differs \gset
\if :differs
INSERT INTO dbo.vendors (vendorname) SELECT 'edfi-setup: client of north' WHERE NOT EXISTS (SELECT FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of north');
SELECT min(vendorid) AS vendor FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of north' \gset
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix <> ALL (ARRAY['uri://ed-fi.org']::text[]);
INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
    SELECT prefix, :vendor FROM unnest(ARRAY['uri://ed-fi.org']::text[]) AS prefix
    WHERE NOT EXISTS (SELECT FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix = prefix);
INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
    SELECT 'edfi-setup: client of north', :vendor, 'Ed-Fi Sandbox', 'uri://ed-fi.org'
    WHERE NOT EXISTS (SELECT FROM dbo.applications WHERE applicationname = 'edfi-setup: client of north' AND vendor_vendorid = :vendor);
SELECT min(applicationid) AS application FROM dbo.applications WHERE applicationname = 'edfi-setup: client of north' AND vendor_vendorid = :vendor \gset
UPDATE dbo.applications SET claimsetname = 'Ed-Fi Sandbox' WHERE applicationid = :application;
INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid, secretishashed)
    SELECT 'placeholder-client-north-key', 'AEgeZoXoAwAAEAAAANsBMZEZXYOZpZIay3nm7bCT+HSgUaFk0cmYnCbsF2tS2a1GRNBvt8ConQifEi2wwA==', 'edfi-setup: client of north', true, false, 0, :application, true
    WHERE NOT EXISTS (SELECT FROM dbo.apiclients WHERE application_applicationid = :application);
SELECT min(apiclientid) AS client FROM dbo.apiclients WHERE application_applicationid = :application \gset
UPDATE dbo.apiclients SET key = 'placeholder-client-north-key', secret = 'AEgeZoXoAwAAEAAAANsBMZEZXYOZpZIay3nm7bCT+HSgUaFk0cmYnCbsF2tS2a1GRNBvt8ConQifEi2wwA==', secretishashed = true, isapproved = true WHERE apiclientid = :client;
DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client
    AND odsinstance_odsinstanceid NOT IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = 'north');
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT :client, odsinstanceid FROM dbo.odsinstances WHERE name = 'north'
    AND NOT EXISTS (SELECT FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client AND odsinstance_odsinstanceid = odsinstanceid);
DELETE FROM dbo.apiclientapplicationeducationorganizations WHERE apiclient_apiclientid = :client
    AND applicationedorg_applicationedorgid NOT IN (SELECT applicationeducationorganizationid FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = ANY (ARRAY[255901]::bigint[]));
DELETE FROM dbo.applicationeducationorganizations WHERE application_applicationid = :application
    AND educationorganizationid <> ALL (ARRAY[255901]::bigint[]);
INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
    SELECT organization, :application FROM unnest(ARRAY[255901]::bigint[]) AS organization
    WHERE NOT EXISTS (SELECT FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = organization);
INSERT INTO dbo.apiclientapplicationeducationorganizations (apiclient_apiclientid, applicationedorg_applicationedorgid)
    SELECT :client, applicationeducationorganizationid FROM dbo.applicationeducationorganizations
    WHERE application_applicationid = :application
    AND NOT EXISTS (SELECT FROM dbo.apiclientapplicationeducationorganizations
        WHERE apiclient_apiclientid = :client AND applicationedorg_applicationedorgid = applicationeducationorganizationid);
INSERT INTO edfi_setup.client (name, fingerprint) VALUES ('client of north', '2c702016')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now();
\endif
COMMIT;
\connect "EdFi_Admin_south"
\set VERBOSITY terse
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL log_min_error_statement = panic;
SET LOCAL log_error_verbosity = terse;
CREATE SCHEMA IF NOT EXISTS edfi_setup;
CREATE TABLE IF NOT EXISTS edfi_setup.instance (name text PRIMARY KEY, fingerprint text NOT NULL, written timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS edfi_setup.client (name text PRIMARY KEY, fingerprint text NOT NULL, written timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS edfi_setup.credential (name text PRIMARY KEY, instance text NOT NULL, rests boolean NOT NULL DEFAULT false,
    apiclientid integer NOT NULL, applicationid integer NOT NULL, vendorid integer NOT NULL, written timestamptz NOT NULL DEFAULT now());
LOCK TABLE edfi_setup.instance, edfi_setup.client, edfi_setup.credential IN EXCLUSIVE MODE;
INSERT INTO dbo.odsinstances (name, instancetype, connectionstring)
    SELECT 'south', 'ODS', 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_south;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = 'south' AND instancetype = 'ODS');
UPDATE dbo.odsinstances SET connectionstring = 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_south;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE name = 'south' AND instancetype = 'ODS'
    AND NOT EXISTS (SELECT FROM edfi_setup.instance WHERE name = 'south' AND fingerprint = '3f13a262');
INSERT INTO edfi_setup.instance (name, fingerprint) VALUES ('south', '3f13a262')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now()
    WHERE edfi_setup.instance.fingerprint <> excluded.fingerprint;
UPDATE dbo.apiclients SET isapproved = true WHERE apiclientid IN (SELECT apiclientid FROM edfi_setup.credential WHERE instance = 'south' AND rests);
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT apiclientid, odsinstanceid FROM edfi_setup.credential JOIN dbo.apiclients USING (apiclientid), dbo.odsinstances
    WHERE instance = 'south' AND rests AND odsinstances.name = 'south' AND instancetype = 'ODS';
UPDATE edfi_setup.credential SET rests = false WHERE instance = 'south' AND rests;
SELECT NOT EXISTS (SELECT FROM edfi_setup.client WHERE name = 'client of south' AND fingerprint = 'a47c64ce')
    OR NOT EXISTS (SELECT FROM dbo.apiclients WHERE name = 'edfi-setup: client of south') AS differs \gset
\if :differs
INSERT INTO dbo.vendors (vendorname) SELECT 'edfi-setup: client of south' WHERE NOT EXISTS (SELECT FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of south');
SELECT min(vendorid) AS vendor FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of south' \gset
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix <> ALL (ARRAY['uri://ed-fi.org']::text[]);
INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
    SELECT prefix, :vendor FROM unnest(ARRAY['uri://ed-fi.org']::text[]) AS prefix
    WHERE NOT EXISTS (SELECT FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix = prefix);
INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
    SELECT 'edfi-setup: client of south', :vendor, 'Ed-Fi Sandbox', 'uri://ed-fi.org'
    WHERE NOT EXISTS (SELECT FROM dbo.applications WHERE applicationname = 'edfi-setup: client of south' AND vendor_vendorid = :vendor);
SELECT min(applicationid) AS application FROM dbo.applications WHERE applicationname = 'edfi-setup: client of south' AND vendor_vendorid = :vendor \gset
UPDATE dbo.applications SET claimsetname = 'Ed-Fi Sandbox' WHERE applicationid = :application;
INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid, secretishashed)
    SELECT 'placeholder-client-south-key', 'AEgeZoXoAwAAEAAAAIMhq9L/cK9gVPomufhhaGztApzLJGm6hOv9nIWscfwQy7ew1rK2Y8wuqXdKXeZQXQ==', 'edfi-setup: client of south', true, false, 0, :application, true
    WHERE NOT EXISTS (SELECT FROM dbo.apiclients WHERE application_applicationid = :application);
SELECT min(apiclientid) AS client FROM dbo.apiclients WHERE application_applicationid = :application \gset
UPDATE dbo.apiclients SET key = 'placeholder-client-south-key', secret = 'AEgeZoXoAwAAEAAAAIMhq9L/cK9gVPomufhhaGztApzLJGm6hOv9nIWscfwQy7ew1rK2Y8wuqXdKXeZQXQ==', secretishashed = true, isapproved = true WHERE apiclientid = :client;
DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client
    AND odsinstance_odsinstanceid NOT IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = 'south');
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT :client, odsinstanceid FROM dbo.odsinstances WHERE name = 'south'
    AND NOT EXISTS (SELECT FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client AND odsinstance_odsinstanceid = odsinstanceid);
DELETE FROM dbo.apiclientapplicationeducationorganizations WHERE apiclient_apiclientid = :client
    AND applicationedorg_applicationedorgid NOT IN (SELECT applicationeducationorganizationid FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = ANY (ARRAY[255901]::bigint[]));
DELETE FROM dbo.applicationeducationorganizations WHERE application_applicationid = :application
    AND educationorganizationid <> ALL (ARRAY[255901]::bigint[]);
INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
    SELECT organization, :application FROM unnest(ARRAY[255901]::bigint[]) AS organization
    WHERE NOT EXISTS (SELECT FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = organization);
INSERT INTO dbo.apiclientapplicationeducationorganizations (apiclient_apiclientid, applicationedorg_applicationedorgid)
    SELECT :client, applicationeducationorganizationid FROM dbo.applicationeducationorganizations
    WHERE application_applicationid = :application
    AND NOT EXISTS (SELECT FROM dbo.apiclientapplicationeducationorganizations
        WHERE apiclient_apiclientid = :client AND applicationedorg_applicationedorgid = applicationeducationorganizationid);
INSERT INTO edfi_setup.client (name, fingerprint) VALUES ('client of south', 'a47c64ce')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now();
\endif
COMMIT;
