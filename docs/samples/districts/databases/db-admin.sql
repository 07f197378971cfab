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
\connect "EdFi_Security"
SELECT string_agg(DISTINCT wanted, ', ') AS unknown, count(*) > 0 AS refused FROM unnest(ARRAY['Ed-Fi Sandbox']::text[]) AS wanted
    WHERE NOT EXISTS (SELECT FROM dbo.claimsets WHERE claimsetname = wanted) \gset
\if :refused
\warn There is no claim set named :unknown
SELECT 'there is ' || claimsetname FROM dbo.claimsets ORDER BY claimsetname;
DO $$ BEGIN RAISE EXCEPTION 'a claim set of the profile is unknown; put one of those above into first_client.claim_set and export again'; END $$;
\endif
\connect "EdFi_Admin"
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
    SELECT '255901', 'ODS', 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_255901;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = '255901' AND instancetype = 'ODS');
UPDATE dbo.odsinstances SET connectionstring = 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_255901;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE name = '255901' AND instancetype = 'ODS'
    AND NOT EXISTS (SELECT FROM edfi_setup.instance WHERE name = '255901' AND fingerprint = '7ffeabf1');
INSERT INTO edfi_setup.instance (name, fingerprint) VALUES ('255901', '7ffeabf1')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now()
    WHERE edfi_setup.instance.fingerprint <> excluded.fingerprint;
UPDATE dbo.apiclients SET isapproved = true WHERE apiclientid IN (SELECT apiclientid FROM edfi_setup.credential WHERE instance = '255901' AND rests);
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT apiclientid, odsinstanceid FROM edfi_setup.credential JOIN dbo.apiclients USING (apiclientid), dbo.odsinstances
    WHERE instance = '255901' AND rests AND odsinstances.name = '255901' AND instancetype = 'ODS';
UPDATE edfi_setup.credential SET rests = false WHERE instance = '255901' AND rests;
DELETE FROM dbo.odsinstancecontexts WHERE (contextkey <> 'instanceId' OR contextvalue <> '255901')
    AND odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = '255901' AND instancetype = 'ODS');
INSERT INTO dbo.odsinstancecontexts (odsinstance_odsinstanceid, contextkey, contextvalue)
    SELECT odsinstanceid, 'instanceId', '255901' FROM dbo.odsinstances WHERE name = '255901' AND instancetype = 'ODS'
    ON CONFLICT DO NOTHING;
INSERT INTO dbo.odsinstances (name, instancetype, connectionstring)
    SELECT '255902', 'ODS', 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_255902;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = '255902' AND instancetype = 'ODS');
UPDATE dbo.odsinstances SET connectionstring = 'host=db-ods;port=5432;username=postgres;password=placeholder-postgres-password;database=EdFi_Ods_255902;application name=EdFi.Ods.WebApi;pooling=true;maximum pool size=20;'
    WHERE name = '255902' AND instancetype = 'ODS'
    AND NOT EXISTS (SELECT FROM edfi_setup.instance WHERE name = '255902' AND fingerprint = '3489fd48');
INSERT INTO edfi_setup.instance (name, fingerprint) VALUES ('255902', '3489fd48')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now()
    WHERE edfi_setup.instance.fingerprint <> excluded.fingerprint;
UPDATE dbo.apiclients SET isapproved = true WHERE apiclientid IN (SELECT apiclientid FROM edfi_setup.credential WHERE instance = '255902' AND rests);
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT apiclientid, odsinstanceid FROM edfi_setup.credential JOIN dbo.apiclients USING (apiclientid), dbo.odsinstances
    WHERE instance = '255902' AND rests AND odsinstances.name = '255902' AND instancetype = 'ODS';
UPDATE edfi_setup.credential SET rests = false WHERE instance = '255902' AND rests;
DELETE FROM dbo.odsinstancecontexts WHERE (contextkey <> 'instanceId' OR contextvalue <> '255902')
    AND odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = '255902' AND instancetype = 'ODS');
INSERT INTO dbo.odsinstancecontexts (odsinstance_odsinstanceid, contextkey, contextvalue)
    SELECT odsinstanceid, 'instanceId', '255902' FROM dbo.odsinstances WHERE name = '255902' AND instancetype = 'ODS'
    ON CONFLICT DO NOTHING;
SELECT NOT EXISTS (SELECT FROM edfi_setup.client WHERE name = 'client of 255901' AND fingerprint = '503d65ca')
    OR NOT EXISTS (SELECT FROM dbo.apiclients WHERE name = 'edfi-setup: client of 255901') AS differs \gset
\if :differs
INSERT INTO dbo.vendors (vendorname) SELECT 'edfi-setup: client of 255901' WHERE NOT EXISTS (SELECT FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of 255901');
SELECT min(vendorid) AS vendor FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of 255901' \gset
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix <> ALL (ARRAY['uri://ed-fi.org']::text[]);
INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
    SELECT prefix, :vendor FROM unnest(ARRAY['uri://ed-fi.org']::text[]) AS prefix
    WHERE NOT EXISTS (SELECT FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix = prefix);
INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
    SELECT 'edfi-setup: client of 255901', :vendor, 'Ed-Fi Sandbox', 'uri://ed-fi.org'
    WHERE NOT EXISTS (SELECT FROM dbo.applications WHERE applicationname = 'edfi-setup: client of 255901' AND vendor_vendorid = :vendor);
SELECT min(applicationid) AS application FROM dbo.applications WHERE applicationname = 'edfi-setup: client of 255901' AND vendor_vendorid = :vendor \gset
UPDATE dbo.applications SET claimsetname = 'Ed-Fi Sandbox' WHERE applicationid = :application;
INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid, secretishashed)
    SELECT 'placeholder-client-255901-key', 'AEgeZoXoAwAAEAAAAICbtnGGtcATV4c0xJbkcnTx3D3lobGL5rc7mV4YezQA5i+TWIW3M9acFvMd/vRNWg==', 'edfi-setup: client of 255901', true, false, 0, :application, true
    WHERE NOT EXISTS (SELECT FROM dbo.apiclients WHERE application_applicationid = :application);
SELECT min(apiclientid) AS client FROM dbo.apiclients WHERE application_applicationid = :application \gset
UPDATE dbo.apiclients SET key = 'placeholder-client-255901-key', secret = 'AEgeZoXoAwAAEAAAAICbtnGGtcATV4c0xJbkcnTx3D3lobGL5rc7mV4YezQA5i+TWIW3M9acFvMd/vRNWg==', secretishashed = true, isapproved = true WHERE apiclientid = :client;
DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client
    AND odsinstance_odsinstanceid NOT IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = '255901');
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT :client, odsinstanceid FROM dbo.odsinstances WHERE name = '255901'
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
INSERT INTO edfi_setup.client (name, fingerprint) VALUES ('client of 255901', '503d65ca')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now();
\endif
SELECT NOT EXISTS (SELECT FROM edfi_setup.client WHERE name = 'client of 255902' AND fingerprint = 'be4ec7cb')
    OR NOT EXISTS (SELECT FROM dbo.apiclients WHERE name = 'edfi-setup: client of 255902') AS differs \gset
\if :differs
INSERT INTO dbo.vendors (vendorname) SELECT 'edfi-setup: client of 255902' WHERE NOT EXISTS (SELECT FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of 255902');
SELECT min(vendorid) AS vendor FROM dbo.vendors WHERE vendorname = 'edfi-setup: client of 255902' \gset
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix <> ALL (ARRAY['uri://ed-fi.org']::text[]);
INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
    SELECT prefix, :vendor FROM unnest(ARRAY['uri://ed-fi.org']::text[]) AS prefix
    WHERE NOT EXISTS (SELECT FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix = prefix);
INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
    SELECT 'edfi-setup: client of 255902', :vendor, 'Ed-Fi Sandbox', 'uri://ed-fi.org'
    WHERE NOT EXISTS (SELECT FROM dbo.applications WHERE applicationname = 'edfi-setup: client of 255902' AND vendor_vendorid = :vendor);
SELECT min(applicationid) AS application FROM dbo.applications WHERE applicationname = 'edfi-setup: client of 255902' AND vendor_vendorid = :vendor \gset
UPDATE dbo.applications SET claimsetname = 'Ed-Fi Sandbox' WHERE applicationid = :application;
INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid, secretishashed)
    SELECT 'placeholder-client-255902-key', 'AEgeZoXoAwAAEAAAALf2NnZHofGqcBqS8722+C+RU4LO/XwZmKVwVFtdNhupRf190EIVLzmOuKi/Vfcuvg==', 'edfi-setup: client of 255902', true, false, 0, :application, true
    WHERE NOT EXISTS (SELECT FROM dbo.apiclients WHERE application_applicationid = :application);
SELECT min(apiclientid) AS client FROM dbo.apiclients WHERE application_applicationid = :application \gset
UPDATE dbo.apiclients SET key = 'placeholder-client-255902-key', secret = 'AEgeZoXoAwAAEAAAALf2NnZHofGqcBqS8722+C+RU4LO/XwZmKVwVFtdNhupRf190EIVLzmOuKi/Vfcuvg==', secretishashed = true, isapproved = true WHERE apiclientid = :client;
DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client
    AND odsinstance_odsinstanceid NOT IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = '255902');
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT :client, odsinstanceid FROM dbo.odsinstances WHERE name = '255902'
    AND NOT EXISTS (SELECT FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client AND odsinstance_odsinstanceid = odsinstanceid);
DELETE FROM dbo.apiclientapplicationeducationorganizations WHERE apiclient_apiclientid = :client
    AND applicationedorg_applicationedorgid NOT IN (SELECT applicationeducationorganizationid FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = ANY (ARRAY[255902]::bigint[]));
DELETE FROM dbo.applicationeducationorganizations WHERE application_applicationid = :application
    AND educationorganizationid <> ALL (ARRAY[255902]::bigint[]);
INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
    SELECT organization, :application FROM unnest(ARRAY[255902]::bigint[]) AS organization
    WHERE NOT EXISTS (SELECT FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = organization);
INSERT INTO dbo.apiclientapplicationeducationorganizations (apiclient_apiclientid, applicationedorg_applicationedorgid)
    SELECT :client, applicationeducationorganizationid FROM dbo.applicationeducationorganizations
    WHERE application_applicationid = :application
    AND NOT EXISTS (SELECT FROM dbo.apiclientapplicationeducationorganizations
        WHERE apiclient_apiclientid = :client AND applicationedorg_applicationedorgid = applicationeducationorganizationid);
INSERT INTO edfi_setup.client (name, fingerprint) VALUES ('client of 255902', 'be4ec7cb')
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now();
\endif
COMMIT;
