//! Making users, clients and sandbox databases. Every step is a no-op where its result is already there.

use tokio_postgres::{Client, Transaction};

use super::super::database::{DatabaseError, open};
use super::super::npgsql::ConnectionString;
use super::super::{log, secret_hash};
use super::LOGGER;
use super::settings::{Sandbox, SandboxSettings};

const FULL_NAME: &str = "Test Admin";
const CLAIM_SET: &str = "Ed-Fi Sandbox";
const OPERATIONAL_CONTEXT: &str = "uri://ed-fi-api-host.org";
const NAMESPACES: [&str; 3] = ["uri://ed-fi.org", "uri://gbisd.edu", "uri://tpdm.ed-fi.org"];

/// Makes the login, the vendor, and both sandboxes.
pub async fn everything(settings: &SandboxSettings) -> Result<(), DatabaseError> {
    let mut admin = open(&settings.admin).await?;
    let transaction = admin.transaction().await?;
    login(&transaction, settings).await?;
    let (vendor, user) = vendor_and_user(&transaction, settings).await?;
    transaction.commit().await?;
    let master = open(&settings.master).await?;
    for sandbox in &settings.sandboxes {
        clone(&master, sandbox).await?;
        let agencies = agencies(settings, sandbox).await?;
        let transaction = admin.transaction().await?;
        register(&transaction, settings, sandbox, vendor, user, &agencies).await?;
        transaction.commit().await?;
        log::info(LOGGER, &format!("sandbox '{}' is there", sandbox.name));
    }
    Ok(())
}

async fn login(admin: &Transaction<'_>, settings: &SandboxSettings) -> Result<(), DatabaseError> {
    let known = admin
        .query_opt(
            "SELECT 1 FROM dbo.aspnetusers WHERE email = $1",
            &[&settings.user],
        )
        .await?;
    if known.is_some() {
        return Ok(());
    }
    admin
        .execute(
            "INSERT INTO dbo.aspnetroles (id, name, normalizedname)
             VALUES (gen_random_uuid()::text, 'Administrator', 'ADMINISTRATOR') ON CONFLICT DO NOTHING",
            &[],
        )
        .await?;
    let hash = secret_hash::identity_hash(&settings.password.0);
    admin
        .execute(
            "WITH login AS (
                 INSERT INTO dbo.aspnetusers (id, username, normalizedusername, email, normalizedemail, emailconfirmed,
                     passwordhash, securitystamp, phonenumberconfirmed, twofactorenabled, lockoutenabled, accessfailedcount)
                 VALUES (gen_random_uuid()::text, $1::text, upper($1::text), $1::text, upper($1::text), true,
                     $2::text, gen_random_uuid()::text, false, false, true, 0)
                 RETURNING id
             )
             INSERT INTO dbo.aspnetuserroles (userid, roleid)
             SELECT login.id, role.id FROM login CROSS JOIN dbo.aspnetroles role WHERE role.name = 'Administrator'",
            &[&settings.user, &hash],
        )
        .await?;
    Ok(())
}

async fn vendor_and_user(
    admin: &Transaction<'_>,
    settings: &SandboxSettings,
) -> Result<(i32, i32), DatabaseError> {
    let vendor = number(
        admin,
        "WITH known AS (SELECT vendorid FROM dbo.vendors WHERE vendorname = $1::text ORDER BY 1 LIMIT 1),
              made AS (INSERT INTO dbo.vendors (vendorname)
                       SELECT $1::text WHERE NOT EXISTS (SELECT 1 FROM known) RETURNING vendorid)
         SELECT vendorid FROM known UNION ALL SELECT vendorid FROM made",
        &[&FULL_NAME],
    )
    .await?;
    let prefixes = NAMESPACES.as_slice();
    admin
        .execute(
            "INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
             SELECT given, $2 FROM unnest($1::text[]) given WHERE NOT EXISTS (
                 SELECT 1 FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = $2 AND namespaceprefix = given)",
            &[&prefixes, &vendor],
        )
        .await?;
    let user = number(
        admin,
        "WITH known AS (SELECT userid FROM dbo.users WHERE email = $1::text ORDER BY 1 LIMIT 1),
              made AS (INSERT INTO dbo.users (email, fullname, vendor_vendorid)
                       SELECT $1::text, $2::text, $3::int4 WHERE NOT EXISTS (SELECT 1 FROM known) RETURNING userid)
         SELECT userid FROM known UNION ALL SELECT userid FROM made",
        &[&settings.user, &FULL_NAME, &vendor],
    )
    .await?;
    Ok((vendor, user))
}

/// Clones the template. Sessions on it would be in the way, so they are ended first, as the real one does.
async fn clone(master: &Client, sandbox: &Sandbox) -> Result<(), DatabaseError> {
    let (name, template) = (sandbox.database(), sandbox.kind.template());
    if master
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await?
        .is_some()
    {
        return Ok(());
    }
    master
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
            &[&template],
        )
        .await?;
    let statement = format!(
        "CREATE DATABASE {} TEMPLATE {}",
        quoted(&name),
        quoted(template)
    );
    master.batch_execute(&statement).await?;
    Ok(())
}

/// The local education agencies in the sandbox: what its client is given.
async fn agencies(
    settings: &SandboxSettings,
    sandbox: &Sandbox,
) -> Result<Vec<i64>, DatabaseError> {
    let database = open(&ConnectionString::parse(&settings.connection(sandbox))?).await?;
    let rows = database
        .query(
            "SELECT localeducationagencyid::bigint FROM edfi.localeducationagency ORDER BY 1",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?)
}

async fn register(
    admin: &Transaction<'_>,
    settings: &SandboxSettings,
    sandbox: &Sandbox,
    vendor: i32,
    user: i32,
    agencies: &[i64],
) -> Result<(), DatabaseError> {
    let application_name = format!("Default Sandbox Application {}", sandbox.kind.name());
    let application = number(
        admin,
        "WITH known AS (SELECT applicationid FROM dbo.applications
                        WHERE applicationname = $1::text AND vendor_vendorid = $2::int4 ORDER BY 1 LIMIT 1),
              made AS (INSERT INTO dbo.applications
                           (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
                       SELECT $1::text, $2::int4, $3::text, $4::text WHERE NOT EXISTS (SELECT 1 FROM known) RETURNING applicationid)
         SELECT applicationid FROM known UNION ALL SELECT applicationid FROM made",
        &[&application_name, &vendor, &CLAIM_SET, &OPERATIONAL_CONTEXT],
    )
    .await?;
    let kind = sandbox.kind as i32;
    // A secret that the API has hashed meanwhile stays as it is.
    admin
        .execute(
            "INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype,
                 application_applicationid, user_userid, secretishashed)
             SELECT $1::text, $2::text, $3::text, true, true, $4::int4, $5::int4, $6::int4, false
             WHERE NOT EXISTS (SELECT 1 FROM dbo.apiclients WHERE key = $1::text)",
            &[
                &sandbox.key,
                &sandbox.secret.0,
                &sandbox.name,
                &kind,
                &application,
                &user,
            ],
        )
        .await?;
    let client = number(
        admin,
        "SELECT min(apiclientid) FROM dbo.apiclients WHERE key = $1",
        &[&sandbox.key],
    )
    .await?;
    admin
        .execute(
            "INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
             SELECT given, $2 FROM unnest($1::bigint[]) given WHERE NOT EXISTS (
                 SELECT 1 FROM dbo.applicationeducationorganizations
                 WHERE application_applicationid = $2 AND educationorganizationid = given)",
            &[&agencies, &application],
        )
        .await?;
    admin
        .execute(
            "INSERT INTO dbo.apiclientapplicationeducationorganizations
             SELECT $1, applicationeducationorganizationid
             FROM dbo.applicationeducationorganizations WHERE application_applicationid = $2
             ON CONFLICT DO NOTHING",
            &[&client, &application],
        )
        .await?;
    if settings.links_instances {
        link(admin, settings, sandbox, client).await?;
    }
    Ok(())
}

/// Makes the sandbox an ODS instance of its client.
async fn link(
    admin: &Transaction<'_>,
    settings: &SandboxSettings,
    sandbox: &Sandbox,
    client: i32,
) -> Result<(), DatabaseError> {
    admin
        .execute(
            "INSERT INTO dbo.odsinstances (name, instancetype, connectionstring) VALUES ($1, 'Sandbox', $2)
             ON CONFLICT (name, instancetype) DO NOTHING",
            &[&sandbox.name, &settings.connection(sandbox)],
        )
        .await?;
    admin
        .execute(
            "INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
             SELECT $1, odsinstanceid FROM dbo.odsinstances instance
             WHERE name = $2 AND instancetype = 'Sandbox' AND NOT EXISTS (
                 SELECT 1 FROM dbo.apiclientodsinstances
                 WHERE apiclient_apiclientid = $1 AND odsinstance_odsinstanceid = instance.odsinstanceid)",
            &[&client, &sandbox.name],
        )
        .await?;
    Ok(())
}

/// The number that the statement gives.
async fn number(
    admin: &Transaction<'_>,
    statement: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<i32, DatabaseError> {
    Ok(admin.query_one(statement, parameters).await?.try_get(0)?)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_case_and_their_quotes() {
        assert_eq!(
            quoted("EdFi_Ods_Sandbox_a\"b"),
            "\"EdFi_Ods_Sandbox_a\"\"b\""
        );
    }
}
