//! Rows in `EdFi_Admin`: instances the API serves, and clients that may use it.
//!
//! The API encrypts connection strings in place, so they cannot be compared later. What we wrote is
//! remembered as a fingerprint in a schema of our own, `edfi_setup`, beside Ed-Fi's tables.
//! Table and column names: Ed-Fi-ODS v7.3.2, `EdFi.Ods.Admin.DataAccess` scripts for PostgreSQL.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalog::Dialect;
use crate::deployment::Secret;
use crate::fingerprint;
use crate::stack::{Client, Instance};

use super::quote::{identifier, literal};
use super::secret_hash::packed_hash;

/// Prefix of everything we write, so that people and we recognise it.
pub(super) const OURS: &str = "edfi-setup: ";
/// A claim set that may read everything and change nothing.
const READ_ONLY_CLAIM_SET: &str = "Ed-Fi API Publisher - Reader";
/// A verification that was killed leaves its client; the next one removes it after this time.
const VERIFY_CLIENT_SECONDS: i64 = 600;

/// A client that exists only while a verification runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyClient {
    /// Key.
    pub key: Secret,
    /// Secret.
    pub secret: Secret,
    /// The instance it may read.
    pub instance: String,
    /// Education organizations whose people it may see.
    pub education_organizations: Vec<u64>,
}

/// One verification, by when it began and a word of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyMark {
    /// Seconds since 1970.
    pub begun: i64,
    /// Letters and digits.
    pub word: String,
}

/// Tells whether an instance's row is the one we would write.
pub fn instance_fingerprint(instance: &Instance) -> String {
    let mut whole = format!("{} {}", instance.kind, instance.connection_string.expose());
    if let Some((key, value)) = &instance.context {
        let _ = write!(whole, " {key}={value}");
    }
    fingerprint::short(&whole)
}

/// Tells whether a client's rows are the ones we would write.
pub fn client_fingerprint(client: &Client) -> String {
    fingerprint::short(&format!(
        "{} {} {} {} {:?} {:?}",
        client.instance,
        client.key.expose(),
        client.secret.expose(),
        client.claim_set,
        client.education_organizations,
        client.namespaces
    ))
}

/// A script that writes a tenant's instances and clients, as far as they are missing or differ, and
/// takes these names of our instances away, with our clients that may use nothing else. Databases stay.
pub fn write_rows(
    dialect: Dialect,
    admin: &str,
    instances: &[&Instance],
    clients: &[&Client],
    detached: &[&str],
) -> String {
    let mut script = begin(admin);
    if !detached.is_empty() {
        detach(&mut script, dialect, detached);
    }
    for instance in instances {
        write_instance(&mut script, dialect, instance);
    }
    for client in clients {
        write_client(&mut script, dialect, client, &client_fingerprint(client));
    }
    script.push_str("COMMIT;\n");
    script
}

/// A script that makes a verification's clients, and removes those that killed verifications left.
pub fn make_verify_clients(
    dialect: Dialect,
    admin: &str,
    mark: &VerifyMark,
    clients: &[&VerifyClient],
) -> String {
    let mut script = begin(admin);
    let oldest = mark.begun - VERIFY_CLIENT_SECONDS;
    let _ = writeln!(
        script,
        "CREATE TEMPORARY TABLE gone ON COMMIT DROP AS SELECT name FROM edfi_setup.client
    WHERE name LIKE 'verify %' AND split_part(name, ' ', 2)::bigint < {oldest};"
    );
    delete_gone(&mut script, dialect);
    for (number, client) in clients.iter().enumerate() {
        let rows = Client {
            name: format!("{} {number}", verify_name(mark)),
            instance: client.instance.clone(),
            key: client.key.clone(),
            secret: client.secret.clone(),
            claim_set: READ_ONLY_CLAIM_SET.to_owned(),
            education_organizations: client.education_organizations.clone(),
            namespaces: vec!["uri://ed-fi.org".to_owned()],
        };
        write_client(&mut script, dialect, &rows, "verify");
    }
    script.push_str("COMMIT;\n");
    script
}

/// A script that removes a verification's clients and their tokens.
pub fn remove_verify_clients(dialect: Dialect, admin: &str, mark: &VerifyMark) -> String {
    let mut script = begin(admin);
    let _ = writeln!(
        script,
        "CREATE TEMPORARY TABLE gone ON COMMIT DROP AS SELECT name FROM edfi_setup.client WHERE name LIKE {};",
        literal(&format!("{} %", verify_name(mark)))
    );
    delete_gone(&mut script, dialect);
    script.push_str("COMMIT;\n");
    script
}

/// A script that says which of these claim sets Ed-Fi does not know, and then which it knows.
pub fn unknown_claim_sets(security: &str, clients: &[&Client]) -> String {
    let mut script = format!("\\connect {}\n", identifier(security));
    let names: BTreeSet<&str> = clients
        .iter()
        .map(|client| client.claim_set.as_str())
        .collect();
    for name in names {
        let name = literal(name);
        let _ = writeln!(
            script,
            "SELECT 'unknown ' || {name} WHERE NOT EXISTS (SELECT FROM dbo.claimsets WHERE claimsetname = {name});"
        );
    }
    script.push_str("SELECT 'known ' || claimsetname FROM dbo.claimsets ORDER BY claimsetname;\n");
    script
}

/// A script that fails if Ed-Fi does not know one of these claim sets: where nobody reads answers, a
/// program would else be refused everything and nobody would know why.
pub fn require_claim_sets(security: &str, clients: &[&Client]) -> String {
    let names: BTreeSet<&str> = clients
        .iter()
        .map(|client| client.claim_set.as_str())
        .collect();
    let names = array(names.into_iter().map(literal), "text");
    format!(
        "\\connect {security}
SELECT string_agg(DISTINCT wanted, ', ') AS unknown, count(*) > 0 AS refused FROM unnest({names}) AS wanted
    WHERE NOT EXISTS (SELECT FROM dbo.claimsets WHERE claimsetname = wanted) \\gset
\\if :refused
\\warn There is no claim set named :unknown
SELECT 'there is ' || claimsetname FROM dbo.claimsets ORDER BY claimsetname;
DO $$ BEGIN RAISE EXCEPTION 'a claim set of the profile is unknown; put one of those above into first_client.claim_set and export again'; END $$;
\\endif
",
        security = identifier(security),
    )
}

/// A script that names instances of a tenant which others than we have registered.
pub fn other_instances(admin: &str, instances: &[&Instance]) -> String {
    let own: Vec<String> = instances
        .iter()
        .map(|instance| literal(&instance.name))
        .collect();
    format!(
        "\\connect {}\nSELECT name FROM dbo.odsinstances WHERE name <> ALL (ARRAY[{}]::text[]) ORDER BY name;\n",
        identifier(admin),
        own.join(", ")
    )
}

fn verify_name(mark: &VerifyMark) -> String {
    format!("verify {} {}", mark.begun, mark.word)
}

pub(super) fn begin(admin: &str) -> String {
    // The lock keeps two runs from writing the same row twice; Ed-Fi's tables have few unique keys.
    // A failing statement must not put the values it holds into the server's log.
    format!(
        "\\connect {admin}
\\set VERBOSITY terse
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
",
        admin = identifier(admin),
    )
}

/// Takes our instances of these names away, and our clients that then may use none. Credentials that the
/// operator made for them stay and rest: they come back with their instance.
fn detach(script: &mut String, dialect: Dialect, names: &[&str]) {
    let names = array(names.iter().map(|name| literal(name)), "text");
    let ours = literal(OURS);
    let _ = write!(
        script,
        "CREATE TEMPORARY TABLE detached ON COMMIT DROP AS SELECT odsinstanceid FROM dbo.odsinstances
    WHERE name IN (SELECT name FROM edfi_setup.instance WHERE name = ANY ({names}));
CREATE TEMPORARY TABLE resting ON COMMIT DROP AS SELECT apiclientid FROM edfi_setup.credential WHERE instance = ANY ({names}) AND NOT rests;
UPDATE dbo.apiclients SET isapproved = false WHERE apiclientid IN (SELECT apiclientid FROM resting);
DELETE FROM dbo.clientaccesstokens WHERE apiclient_apiclientid IN (SELECT apiclientid FROM resting);
UPDATE edfi_setup.credential SET rests = true WHERE apiclientid IN (SELECT apiclientid FROM resting);
"
    );
    // Release 6 links applications to instances, which decides nothing, and clients to none; so our clients go by name.
    script.push_str(match dialect {
        Dialect::V7 => {
            "CREATE TEMPORARY TABLE orphan ON COMMIT DROP AS SELECT DISTINCT apiclient_apiclientid AS id FROM dbo.apiclientodsinstances
    WHERE odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM detached);
DELETE FROM dbo.apiclientodsinstances WHERE odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM detached);
DELETE FROM dbo.odsinstancecontexts WHERE odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM detached);
DELETE FROM dbo.odsinstancederivatives WHERE odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM detached);
"
        }
        Dialect::V6 => {
            "UPDATE dbo.applications SET odsinstance_odsinstanceid = NULL WHERE odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM detached);
"
        }
    });
    let orphans = match dialect {
        Dialect::V7 => format!(
            "{ours} || name IN (SELECT name FROM dbo.apiclients WHERE apiclientid IN (SELECT id FROM orphan)
        AND apiclientid NOT IN (SELECT apiclient_apiclientid FROM dbo.apiclientodsinstances))"
        ),
        Dialect::V6 => format!("name IN (SELECT 'client of ' || gone FROM unnest({names}) AS gone)"),
    };
    let _ = write!(
        script,
        "DELETE FROM dbo.odsinstances WHERE odsinstanceid IN (SELECT odsinstanceid FROM detached);
DELETE FROM edfi_setup.instance WHERE name = ANY ({names});
CREATE TEMPORARY TABLE gone ON COMMIT DROP AS SELECT name FROM edfi_setup.client
    WHERE {orphans};
"
    );
    delete_gone(script, dialect);
}

fn write_instance(script: &mut String, dialect: Dialect, instance: &Instance) {
    let name = literal(&instance.name);
    let kind = literal(&instance.kind);
    let connection = literal(instance.connection_string.expose());
    let mark = literal(&instance_fingerprint(instance));
    match dialect {
        Dialect::V7 => {
            let _ = write!(
                script,
                "INSERT INTO dbo.odsinstances (name, instancetype, connectionstring)
    SELECT {name}, {kind}, {connection}
    WHERE NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = {name} AND instancetype = {kind});
UPDATE dbo.odsinstances SET connectionstring = {connection}
    WHERE name = {name} AND instancetype = {kind}
    AND NOT EXISTS (SELECT FROM edfi_setup.instance WHERE name = {name} AND fingerprint = {mark});
"
            );
        }
        // Nothing depends on it there; it shows administration programs what there is.
        Dialect::V6 => {
            let _ = write!(
                script,
                "INSERT INTO dbo.odsinstances (name, instancetype, status, isextended, version)
    SELECT {name}, {kind}, 'OK', false, '6.2'
    WHERE NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = {name} AND instancetype = {kind});
"
            );
        }
    }
    let _ = write!(
        script,
        "INSERT INTO edfi_setup.instance (name, fingerprint) VALUES ({name}, {mark})
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now()
    WHERE edfi_setup.instance.fingerprint <> excluded.fingerprint;
UPDATE dbo.apiclients SET isapproved = true WHERE apiclientid IN (SELECT apiclientid FROM edfi_setup.credential WHERE instance = {name} AND rests);
"
    );
    if dialect == Dialect::V7 {
        let _ = write!(
            script,
            "INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT apiclientid, odsinstanceid FROM edfi_setup.credential JOIN dbo.apiclients USING (apiclientid), dbo.odsinstances
    WHERE instance = {name} AND rests AND odsinstances.name = {name} AND instancetype = {kind};
"
        );
    }
    let _ = writeln!(
        script,
        "UPDATE edfi_setup.credential SET rests = false WHERE instance = {name} AND rests;"
    );
    if dialect == Dialect::V6 {
        return;
    }
    if let Some((key, value)) = &instance.context {
        write_context(script, &name, &kind, &literal(key), &literal(value));
    }
}

/// The route value that leads to an instance, and no other one.
fn write_context(script: &mut String, name: &str, kind: &str, key: &str, value: &str) {
    let _ = write!(
        script,
        "DELETE FROM dbo.odsinstancecontexts WHERE (contextkey <> {key} OR contextvalue <> {value})
    AND odsinstance_odsinstanceid IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = {name} AND instancetype = {kind});
INSERT INTO dbo.odsinstancecontexts (odsinstance_odsinstanceid, contextkey, contextvalue)
    SELECT odsinstanceid, {key}, {value} FROM dbo.odsinstances WHERE name = {name} AND instancetype = {kind}
    ON CONFLICT DO NOTHING;
"
    );
}

/// A secret as it is stored, and whether that is a hash. The fingerprint is of the secret itself: the
/// API may store another hash of it at the first use, and that is no change of ours. The settings
/// inside 6.2's image say `PlainTextSecrets`.
pub(super) fn stored_secret(dialect: Dialect, key: &Secret, secret: &Secret) -> (String, bool) {
    match dialect {
        Dialect::V7 => (literal(&packed_hash(key, secret)), true),
        Dialect::V6 => (literal(secret.expose()), false),
    }
}

fn write_client(script: &mut String, dialect: Dialect, client: &Client, mark: &str) {
    let mark = literal(mark);
    let own_name = literal(&client.name);
    let name = literal(&format!("{OURS}{}", client.name));
    let claim_set = literal(&client.claim_set);
    let key = literal(client.key.expose());
    let (secret, hashed) = stored_secret(dialect, &client.key, &client.secret);
    let instance = literal(&client.instance);
    let prefixes = array(
        client.namespaces.iter().map(|prefix| literal(prefix)),
        "text",
    );
    let organizations = array(
        client.education_organizations.iter().map(u64::to_string),
        "bigint",
    );
    let link = match dialect {
        Dialect::V7 => format!(
            "DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client
    AND odsinstance_odsinstanceid NOT IN (SELECT odsinstanceid FROM dbo.odsinstances WHERE name = {instance});
INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT :client, odsinstanceid FROM dbo.odsinstances WHERE name = {instance}
    AND NOT EXISTS (SELECT FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid = :client AND odsinstance_odsinstanceid = odsinstanceid);
"
        ),
        Dialect::V6 => String::new(),
    };
    // A changed client is the same row with new values: its key may be known to programs already.
    let _ = write!(
        script,
        "SELECT NOT EXISTS (SELECT FROM edfi_setup.client WHERE name = {own_name} AND fingerprint = {mark})
    OR NOT EXISTS (SELECT FROM dbo.apiclients WHERE name = {name}) AS differs \\gset
\\if :differs
INSERT INTO dbo.vendors (vendorname) SELECT {name} WHERE NOT EXISTS (SELECT FROM dbo.vendors WHERE vendorname = {name});
SELECT min(vendorid) AS vendor FROM dbo.vendors WHERE vendorname = {name} \\gset
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix <> ALL ({prefixes});
INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
    SELECT prefix, :vendor FROM unnest({prefixes}) AS prefix
    WHERE NOT EXISTS (SELECT FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = :vendor AND namespaceprefix = prefix);
INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
    SELECT {name}, :vendor, {claim_set}, 'uri://ed-fi.org'
    WHERE NOT EXISTS (SELECT FROM dbo.applications WHERE applicationname = {name} AND vendor_vendorid = :vendor);
SELECT min(applicationid) AS application FROM dbo.applications WHERE applicationname = {name} AND vendor_vendorid = :vendor \\gset
UPDATE dbo.applications SET claimsetname = {claim_set} WHERE applicationid = :application;
INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid, secretishashed)
    SELECT {key}, {secret}, {name}, true, false, 0, :application, {hashed}
    WHERE NOT EXISTS (SELECT FROM dbo.apiclients WHERE application_applicationid = :application);
SELECT min(apiclientid) AS client FROM dbo.apiclients WHERE application_applicationid = :application \\gset
UPDATE dbo.apiclients SET key = {key}, secret = {secret}, secretishashed = {hashed}, isapproved = true WHERE apiclientid = :client;
{link}DELETE FROM dbo.apiclientapplicationeducationorganizations WHERE apiclient_apiclientid = :client
    AND applicationedorg_applicationedorgid NOT IN (SELECT applicationeducationorganizationid FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = ANY ({organizations}));
DELETE FROM dbo.applicationeducationorganizations WHERE application_applicationid = :application
    AND educationorganizationid <> ALL ({organizations});
INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
    SELECT organization, :application FROM unnest({organizations}) AS organization
    WHERE NOT EXISTS (SELECT FROM dbo.applicationeducationorganizations
        WHERE application_applicationid = :application AND educationorganizationid = organization);
INSERT INTO dbo.apiclientapplicationeducationorganizations (apiclient_apiclientid, applicationedorg_applicationedorgid)
    SELECT :client, applicationeducationorganizationid FROM dbo.applicationeducationorganizations
    WHERE application_applicationid = :application
    AND NOT EXISTS (SELECT FROM dbo.apiclientapplicationeducationorganizations
        WHERE apiclient_apiclientid = :client AND applicationedorg_applicationedorgid = applicationeducationorganizationid);
INSERT INTO edfi_setup.client (name, fingerprint) VALUES ({own_name}, {mark})
    ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, written = now();
\\endif
"
    );
}

/// Removes the clients named in the temporary table `gone`, and nothing that others made.
fn delete_gone(script: &mut String, dialect: Dialect) {
    let ours = literal(OURS);
    let links = match dialect {
        Dialect::V7 => {
            "DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid IN (SELECT apiclientid FROM gone_client);\n"
        }
        Dialect::V6 => "",
    };
    let _ = write!(
        script,
        "CREATE TEMPORARY TABLE gone_application ON COMMIT DROP AS SELECT applicationid, vendor_vendorid
    FROM dbo.applications WHERE applicationname IN (SELECT {ours} || name FROM gone);
CREATE TEMPORARY TABLE gone_client ON COMMIT DROP AS SELECT apiclientid
    FROM dbo.apiclients WHERE application_applicationid IN (SELECT applicationid FROM gone_application);
DELETE FROM dbo.clientaccesstokens WHERE apiclient_apiclientid IN (SELECT apiclientid FROM gone_client);
{links}DELETE FROM dbo.apiclientapplicationeducationorganizations WHERE apiclient_apiclientid IN (SELECT apiclientid FROM gone_client);
DELETE FROM dbo.apiclients WHERE apiclientid IN (SELECT apiclientid FROM gone_client);
DELETE FROM dbo.applicationeducationorganizations WHERE application_applicationid IN (SELECT applicationid FROM gone_application);
DELETE FROM dbo.applications WHERE applicationid IN (SELECT applicationid FROM gone_application);
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid IN (SELECT vendor_vendorid FROM gone_application);
DELETE FROM dbo.vendors WHERE vendorid IN (SELECT vendor_vendorid FROM gone_application);
DELETE FROM edfi_setup.client WHERE name IN (SELECT name FROM gone);
DROP TABLE gone, gone_application, gone_client;
"
    );
}

pub(super) fn array(items: impl Iterator<Item = String>, kind: &str) -> String {
    format!("ARRAY[{}]::{kind}[]", items.collect::<Vec<_>>().join(", "))
}
