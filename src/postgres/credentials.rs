//! Keys and secrets that the operator makes for programs, each for one instance.
//!
//! Each is a vendor, an application and a client of its own in Ed-Fi's tables, and a row in
//! `edfi_setup.credential` that remembers which. The names in Ed-Fi's tables are the operator's own, so
//! that Admin App and others show them as people know them.

use serde::{Deserialize, Serialize};

use crate::catalog::Dialect;
use crate::deployment::Secret;

use super::quote::{identifier, literal};
use super::rows::{array, begin, stored_secret};

/// Longest name of a client in Ed-Fi's table (`dbo.ApiClients.Name`, Ed-Fi-ODS v7.3.2), in characters.
const CLIENT_NAME: usize = 50;

/// A key and secret to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its own name, unique in the deployment.
    pub name: String,
    /// The instance it opens.
    pub instance: String,
    /// Name of the program.
    pub application: String,
    /// Key.
    pub key: Secret,
    /// Secret.
    pub secret: Secret,
    /// What it may do.
    pub claim_set: String,
    /// Education organizations that it works for.
    pub organizations: Vec<u64>,
    /// Namespaces of the descriptors that it may write.
    pub namespaces: Vec<String>,
}

/// A key and secret that is there, without its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRow {
    /// Its own name.
    pub name: String,
    /// The instance it opens.
    pub instance: String,
    /// Name of the program.
    pub application: String,
    /// What it may do.
    pub claim_set: String,
    /// Education organizations that it works for.
    pub organizations: Vec<u64>,
    /// Namespaces of the descriptors that it may write.
    pub namespaces: Vec<String>,
    /// Whether it opens its instance now; it rests while the instance is detached.
    pub active: bool,
}

/// The answer makes no sense: psql printed something else than asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database server's answer is not understood: {line}")]
pub struct CredentialError {
    /// The line.
    pub line: String,
}

/// A script that makes a credential, whole or not at all. It prints `added`, or `exists` when there is
/// one of that name, or `no instance`; then nothing was changed.
pub fn add_credential(dialect: Dialect, admin: &str, credential: &Credential) -> String {
    let instance = literal(&credential.instance);
    let (secret, hashed) = stored_secret(dialect, &credential.key, &credential.secret);
    let link = match dialect {
        Dialect::V7 => format!(
            "INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
    SELECT :client, odsinstanceid FROM dbo.odsinstances WHERE name = {instance};
"
        ),
        // Release 6 links no client to an instance.
        Dialect::V6 => String::new(),
    };
    let name = literal(&credential.name);
    let application = literal(&credential.application);
    let client: String = credential.application.chars().take(CLIENT_NAME).collect();
    let namespaces = credential.namespaces.iter().map(|prefix| literal(prefix));
    let organizations = credential.organizations.iter().map(u64::to_string);
    format!(
        "{begin}SELECT EXISTS (SELECT FROM edfi_setup.credential JOIN dbo.apiclients USING (apiclientid) WHERE credential.name = {name}) AS there,
    NOT EXISTS (SELECT FROM dbo.odsinstances WHERE name = {instance}) AS nowhere \\gset
\\if :there
ROLLBACK;
\\echo exists
\\elif :nowhere
ROLLBACK;
\\echo no instance
\\else
INSERT INTO dbo.vendors (vendorname) VALUES ({application}) RETURNING vendorid AS vendor \\gset
INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid) SELECT prefix, :vendor FROM unnest({namespaces}) AS prefix;
INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
    VALUES ({application}, :vendor, {claim_set}, 'uri://ed-fi.org') RETURNING applicationid AS application \\gset
INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid, secretishashed)
    VALUES ({key}, {secret}, {client}, true, false, 0, :application, {hashed}) RETURNING apiclientid AS client \\gset
{link}INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
    SELECT organization, :application FROM unnest({organizations}) AS organization;
INSERT INTO dbo.apiclientapplicationeducationorganizations (apiclient_apiclientid, applicationedorg_applicationedorgid)
    SELECT :client, applicationeducationorganizationid FROM dbo.applicationeducationorganizations WHERE application_applicationid = :application;
INSERT INTO edfi_setup.credential (name, instance, apiclientid, applicationid, vendorid) VALUES ({name}, {instance}, :client, :application, :vendor)
    ON CONFLICT (name) DO UPDATE SET instance = excluded.instance, rests = false, apiclientid = excluded.apiclientid,
    applicationid = excluded.applicationid, vendorid = excluded.vendorid, written = now();
COMMIT;
\\echo added
\\endif
",
        begin = begin(admin),
        claim_set = literal(&credential.claim_set),
        key = literal(credential.key.expose()),
        client = literal(&client),
        namespaces = array(namespaces, "text"),
        organizations = array(organizations, "bigint"),
    )
}

/// A script that prints the credentials of a tenant. It changes nothing.
pub fn list_credentials(admin: &str) -> String {
    format!(
        "\\connect {}
SELECT to_regclass('edfi_setup.credential') IS NOT NULL AS ours \\gset
\\if :ours
SELECT json_build_object('name', own.name, 'instance', own.instance, 'application', coalesce(applicationname, ''),
    'claim_set', coalesce(claimsetname, ''),
    'organizations', (SELECT coalesce(json_agg(educationorganizationid ORDER BY educationorganizationid), '[]')
        FROM dbo.applicationeducationorganizations WHERE application_applicationid = own.applicationid),
    'namespaces', (SELECT coalesce(json_agg(namespaceprefix ORDER BY namespaceprefix), '[]')
        FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = own.vendorid),
    'active', isapproved)
    FROM edfi_setup.credential own JOIN dbo.apiclients USING (apiclientid) JOIN dbo.applications USING (applicationid) ORDER BY own.name;
\\endif
",
        identifier(admin)
    )
}

/// Reads the answer to `list_credentials`.
pub fn read_credentials(output: &str) -> Result<Vec<CredentialRow>, CredentialError> {
    output
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            serde_json::from_str(line).map_err(|_| CredentialError {
                line: line.to_owned(),
            })
        })
        .collect()
}

/// A script that removes a credential with its tokens, whole or not at all, and the application and
/// vendor that were made for it unless somebody else uses them by now.
pub fn remove_credential(dialect: Dialect, admin: &str, name: &str) -> String {
    let links = match dialect {
        Dialect::V7 => {
            "DELETE FROM dbo.apiclientodsinstances WHERE apiclient_apiclientid IN (SELECT apiclientid FROM gone);\n"
        }
        Dialect::V6 => "",
    };
    format!(
        "{begin}CREATE TEMPORARY TABLE gone ON COMMIT DROP AS SELECT * FROM edfi_setup.credential WHERE name = {name};
DELETE FROM dbo.clientaccesstokens WHERE apiclient_apiclientid IN (SELECT apiclientid FROM gone);
{links}DELETE FROM dbo.apiclientapplicationeducationorganizations WHERE apiclient_apiclientid IN (SELECT apiclientid FROM gone);
DELETE FROM dbo.apiclients WHERE apiclientid IN (SELECT apiclientid FROM gone);
DELETE FROM dbo.applicationeducationorganizations WHERE application_applicationid IN (SELECT applicationid FROM gone)
    AND application_applicationid NOT IN (SELECT application_applicationid FROM dbo.apiclients WHERE application_applicationid IS NOT NULL);
DELETE FROM dbo.applications WHERE applicationid IN (SELECT applicationid FROM gone)
    AND applicationid NOT IN (SELECT application_applicationid FROM dbo.apiclients WHERE application_applicationid IS NOT NULL);
DELETE FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid IN (SELECT vendorid FROM gone)
    AND vendor_vendorid NOT IN (SELECT vendor_vendorid FROM dbo.applications WHERE vendor_vendorid IS NOT NULL);
DELETE FROM dbo.vendors WHERE vendorid IN (SELECT vendorid FROM gone)
    AND vendorid NOT IN (SELECT vendor_vendorid FROM dbo.applications WHERE vendor_vendorid IS NOT NULL);
DELETE FROM edfi_setup.credential WHERE name = {name};
COMMIT;
",
        begin = begin(admin),
        name = literal(name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_stands_in_no_script_but_hashed() {
        let credential = Credential {
            name: "our-sis".to_owned(),
            instance: "default".to_owned(),
            application: "O'Brien's SIS".to_owned(),
            key: Secret::new("the-key"),
            secret: Secret::new("the-secret"),
            claim_set: "SIS Vendor".to_owned(),
            organizations: vec![255_901],
            namespaces: vec!["uri://ed-fi.org".to_owned()],
        };
        let script = add_credential(Dialect::V7, "EdFi_Admin", &credential);
        assert!(!script.contains("the-secret"), "{script}");
        assert!(script.contains("'O''Brien''s SIS'"), "{script}");
        let plain = add_credential(Dialect::V6, "EdFi_Admin", &credential);
        assert!(plain.contains("'the-secret'") && !plain.contains("apiclientodsinstances"));
        for script in [&script, &list_credentials("EdFi_Admin")] {
            assert_eq!(
                script.matches("\\if ").count(),
                script.matches("\\endif").count()
            );
        }
    }

    #[test]
    fn reads_what_the_script_prints() {
        let line = r#"{"name" : "our-sis", "instance" : "default", "application" : "Our SIS", "claim_set" : "SIS Vendor", "organizations" : [255901], "namespaces" : [], "active" : true}"#;
        let read = read_credentials(line).unwrap();
        assert_eq!(read[0].organizations, [255_901]);
        assert!(read_credentials("psql: error").is_err());
    }
}
