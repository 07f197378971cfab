//! `v2/…`: vendors, applications, ODS instances and their contexts, and the list of claim sets.

use hyper::header::{HeaderValue, LOCATION};
use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::{Value, json};

use super::super::database::DatabaseError;
use super::super::http::{Reply, Request, json_reply, reply};
use super::super::npgsql::ConnectionString;
use super::super::web;
use super::settings::Tenant;
use super::{AdminApi, Refusal, failed, invalid};

/// Each takes an id (null for all), a limit and an offset, and gives one JSON object a row.
const VENDORS: &str = "
    SELECT json_build_object('id', vendorid, 'company', vendorname,
        'namespacePrefixes', COALESCE((SELECT string_agg(namespaceprefix, ',' ORDER BY vendornamespaceprefixid)
            FROM dbo.vendornamespaceprefixes WHERE vendor_vendorid = vendorid), ''),
        'contactName', (SELECT min(fullname) FROM dbo.users WHERE vendor_vendorid = vendorid),
        'contactEmailAddress', (SELECT min(email) FROM dbo.users WHERE vendor_vendorid = vendorid))::text
    FROM dbo.vendors WHERE $1::int4 IS NULL OR vendorid = $1 ORDER BY vendorid LIMIT $2 OFFSET $3";
const INSTANCES: &str = "
    SELECT json_build_object('id', odsinstanceid, 'name', name, 'instanceType', instancetype)::text
    FROM dbo.odsinstances WHERE $1::int4 IS NULL OR odsinstanceid = $1 ORDER BY odsinstanceid LIMIT $2 OFFSET $3";
const CONTEXTS: &str = "
    SELECT json_build_object('id', odsinstancecontextid, 'odsInstanceId', odsinstance_odsinstanceid,
        'contextKey', contextkey, 'contextValue', contextvalue)::text
    FROM dbo.odsinstancecontexts WHERE $1::int4 IS NULL OR odsinstancecontextid = $1
    ORDER BY odsinstancecontextid LIMIT $2 OFFSET $3";
const APPLICATIONS: &str = "
    SELECT json_build_object('id', applicationid, 'applicationName', applicationname, 'claimSetName', claimsetname,
        'vendorId', vendor_vendorid,
        'educationOrganizationIds', ARRAY(SELECT educationorganizationid FROM dbo.applicationeducationorganizations
            WHERE application_applicationid = applicationid ORDER BY 1),
        'odsInstanceIds', ARRAY(SELECT DISTINCT odsinstance_odsinstanceid FROM dbo.apiclientodsinstances
            JOIN dbo.apiclients ON apiclientid = apiclient_apiclientid
            WHERE application_applicationid = applicationid ORDER BY 1),
        'profileIds', ARRAY[]::int4[],
        'enabled', COALESCE((SELECT bool_and(isapproved) FROM dbo.apiclients
            WHERE application_applicationid = applicationid), true))::text
    FROM dbo.applications WHERE $1::int4 IS NULL OR applicationid = $1 ORDER BY applicationid LIMIT $2 OFFSET $3";
const CLAIM_SETS: &str = "
    SELECT json_build_object('id', claimsetid, 'name', claimsetname,
        '_isSystemReserved', isedfipreset OR forapplicationuseonly)::text
    FROM dbo.claimsets WHERE $1::int4 IS NULL OR claimsetid = $1 ORDER BY claimsetid LIMIT $2 OFFSET $3";

impl AdminApi {
    pub(super) async fn resource(
        &self,
        request: &Request,
        tenant: &Tenant,
        path: &[&str],
    ) -> Result<Reply, Refusal> {
        let missing = || {
            (
                404,
                json!({ "title": "Not found. There is no such item.", "status": 404 }),
            )
        };
        let (name, id) = match path {
            [name] => (*name, None),
            [name, id] => (*name, Some(id.parse::<i32>().map_err(|_| missing())?)),
            _ => return Err(missing()),
        };
        match (request.method.as_str(), name, id) {
            ("GET", "vendors", id) => self.read(request, &tenant.admin.0, VENDORS, id).await,
            ("GET", "odsinstances", id) => self.read(request, &tenant.admin.0, INSTANCES, id).await,
            ("GET", "odsinstancecontexts", id) => {
                self.read(request, &tenant.admin.0, CONTEXTS, id).await
            }
            ("GET", "applications", id) => {
                self.read(request, &tenant.admin.0, APPLICATIONS, id).await
            }
            ("GET", "claimsets", id) => {
                self.read(request, &tenant.security.0, CLAIM_SETS, id).await
            }
            ("POST", "vendors", None) => self.add_vendor(&body(request)?, tenant).await,
            ("POST", "odsinstances", None) => self.add_instance(&body(request)?, tenant).await,
            ("POST", "odsinstancecontexts", None) => {
                self.add_context(&body(request)?, tenant).await
            }
            ("POST", "applications", None) => self.add_application(&body(request)?, tenant).await,
            _ => Err(missing()),
        }
    }

    async fn read(
        &self,
        request: &Request,
        target: &str,
        statement: &str,
        id: Option<i32>,
    ) -> Result<Reply, Refusal> {
        let number = |name: &str, default: i64| {
            web::field(&request.query, name).map_or(Ok(default), |text| {
                text.parse()
                    .ok()
                    .filter(|number| *number >= 0)
                    .ok_or_else(|| invalid(name, "must be a number from 0 up."))
            })
        };
        let (limit, offset) = (
            number("limit", self.settings.page_size)?,
            number("offset", 0)?,
        );
        let rows = async {
            let database = self
                .databases
                .connect(&ConnectionString::parse(target)?)
                .await?;
            let rows = database.query(statement, &[&id, &limit, &offset]).await?;
            let items: Vec<String> = rows
                .iter()
                .map(|row| row.try_get(0))
                .collect::<Result<_, _>>()?;
            Ok::<_, DatabaseError>(items)
        };
        let items = rows.await.map_err(|error| failed(&error))?;
        let text = match (id, items.as_slice()) {
            (None, items) => format!("[{}]", items.join(",")),
            (Some(_), [item, ..]) => item.clone(),
            (Some(_), []) => {
                return Err((
                    404,
                    json!({ "title": "Not found. There is no such item.", "status": 404 }),
                ));
            }
        };
        Ok(reply(200, "application/json; charset=utf-8", text))
    }

    async fn add_vendor(&self, body: &Value, tenant: &Tenant) -> Result<Reply, Refusal> {
        let (company, contact, address) = (
            text(body, "company")?,
            text(body, "contactName")?,
            text(body, "contactEmailAddress")?,
        );
        let prefixes: Vec<&str> = text(body, "namespacePrefixes")?
            .split(',')
            .map(str::trim)
            .collect();
        let statement = "
            WITH vendor AS (INSERT INTO dbo.vendors (vendorname) VALUES ($1) RETURNING vendorid),
                 prefixes AS (INSERT INTO dbo.vendornamespaceprefixes (namespaceprefix, vendor_vendorid)
                              SELECT given, vendorid FROM vendor, unnest($2::text[]) given),
                 person AS (INSERT INTO dbo.users (fullname, email, vendor_vendorid)
                            SELECT $3::text, $4::text, vendorid FROM vendor)
            SELECT vendorid FROM vendor";
        let id = self
            .add(
                tenant,
                statement,
                &[&company, &prefixes, &contact, &address],
            )
            .await?;
        Ok(created("vendors", id))
    }

    /// The connection string is stored encrypted at once.
    async fn add_instance(&self, body: &Value, tenant: &Tenant) -> Result<Reply, Refusal> {
        let (name, connection) = (text(body, "name")?, text(body, "connectionString")?);
        let kind = body.get("instanceType").and_then(Value::as_str);
        ConnectionString::parse(connection)
            .map_err(|_| invalid("ConnectionString", "is not valid."))?;
        let encrypted = self.settings.cipher.encrypt(connection);
        let statement = "
            INSERT INTO dbo.odsinstances (name, instancetype, connectionstring)
            SELECT $1::text, $2::text, $3::text
            WHERE NOT EXISTS (SELECT 1 FROM dbo.odsinstances WHERE name = $1::text) RETURNING odsinstanceid";
        match self
            .try_add(tenant, statement, &[&name, &kind, &encrypted])
            .await?
        {
            Some(id) => Ok(created("odsInstances", id)),
            None => Err(invalid("Name", "is already in use.")),
        }
    }

    async fn add_context(&self, body: &Value, tenant: &Tenant) -> Result<Reply, Refusal> {
        let (instance, key, value) = (
            number(body, "odsInstanceId")?,
            text(body, "contextKey")?,
            text(body, "contextValue")?,
        );
        let statement = "
            INSERT INTO dbo.odsinstancecontexts (odsinstance_odsinstanceid, contextkey, contextvalue)
            SELECT odsinstanceid, $2::text, $3::text FROM dbo.odsinstances WHERE odsinstanceid = $1
            ON CONFLICT DO NOTHING RETURNING odsinstancecontextid";
        match self
            .try_add(tenant, statement, &[&instance, &key, &value])
            .await?
        {
            Some(id) => Ok(created("odsInstanceContexts", id)),
            None => Err(invalid(
                "OdsInstanceId",
                "names no instance, or one that has this key already.",
            )),
        }
    }

    async fn add_application(&self, body: &Value, tenant: &Tenant) -> Result<Reply, Refusal> {
        let (name, claim_set, vendor) = (
            text(body, "applicationName")?,
            text(body, "claimSetName")?,
            number(body, "vendorId")?,
        );
        let (organizations, instances) = (
            numbers(body, "educationOrganizationIds")?,
            numbers(body, "odsInstanceIds")?,
        );
        let enabled = body.get("enabled").and_then(Value::as_bool).unwrap_or(true);
        let (key, secret) = (
            Alphanumeric.sample_string(&mut rand::rng(), 12),
            Alphanumeric.sample_string(&mut rand::rng(), 24),
        );
        let statement = "
            WITH application AS (
                INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname, operationalcontexturi)
                SELECT $1::text, vendorid, $3::text, 'uri://ed-fi.org' FROM dbo.vendors
                WHERE vendorid = $2 AND $5::bigint[] <@ ARRAY(SELECT odsinstanceid::bigint FROM dbo.odsinstances)
                RETURNING applicationid
            ), organizations AS (
                INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
                SELECT given, applicationid FROM application, unnest($4::bigint[]) given
                RETURNING applicationeducationorganizationid
            ), client AS (
                INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype,
                    application_applicationid, secretishashed)
                SELECT $6::text, $7::text, left($1::text, 50), $8, false, 0, applicationid, false FROM application
                RETURNING apiclientid
            ), claims AS (
                INSERT INTO dbo.apiclientapplicationeducationorganizations
                SELECT apiclientid, applicationeducationorganizationid FROM client, organizations
            ), instances AS (
                INSERT INTO dbo.apiclientodsinstances (apiclient_apiclientid, odsinstance_odsinstanceid)
                SELECT apiclientid, given::int4 FROM client, unnest($5::bigint[]) given
            )
            SELECT applicationid FROM application";
        let added = self
            .try_add(
                tenant,
                statement,
                &[
                    &name,
                    &vendor,
                    &claim_set,
                    &organizations,
                    &instances,
                    &key,
                    &secret,
                    &enabled,
                ],
            )
            .await?;
        let id = added.ok_or_else(|| {
            invalid(
                "VendorId",
                "or OdsInstanceIds name something that does not exist.",
            )
        })?;
        let mut answer = json_reply(201, &json!({ "id": id, "key": key, "secret": secret }));
        locate(&mut answer, "applications", id);
        Ok(answer)
    }

    async fn add(
        &self,
        tenant: &Tenant,
        statement: &str,
        values: Values<'_>,
    ) -> Result<i32, Refusal> {
        let id = self.try_add(tenant, statement, values).await?;
        id.ok_or_else(|| failed(&DatabaseError::Statement("nothing was added".to_owned())))
    }

    async fn try_add(
        &self,
        tenant: &Tenant,
        statement: &str,
        values: Values<'_>,
    ) -> Result<Option<i32>, Refusal> {
        let row = self.admin(tenant).await?.query_opt(statement, values).await;
        let id = row.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        id.map_err(|error| failed(&error.into()))
    }
}

type Values<'a> = &'a [&'a (dyn tokio_postgres::types::ToSql + Sync)];

fn body(request: &Request) -> Result<Value, Refusal> {
    serde_json::from_slice(&request.body).map_err(|_| invalid("body", "is not valid JSON."))
}

fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let found = body
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty());
    found.ok_or_else(|| invalid(name, "must not be empty."))
}

fn number(body: &Value, name: &str) -> Result<i32, Refusal> {
    let found = body
        .get(name)
        .and_then(Value::as_i64)
        .and_then(|number| i32::try_from(number).ok());
    found
        .filter(|number| *number > 0)
        .ok_or_else(|| invalid(name, "must be a number above 0."))
}

fn numbers(body: &Value, name: &str) -> Result<Vec<i64>, Refusal> {
    let list: Option<Vec<i64>> = body
        .get(name)
        .and_then(Value::as_array)
        .and_then(|list| list.iter().map(Value::as_i64).collect());
    list.filter(|list| !list.is_empty())
        .ok_or_else(|| invalid(name, "must be a list of at least one number."))
}

fn created(name: &str, id: i32) -> Reply {
    let mut answer = reply(201, "application/json", "");
    locate(&mut answer, name, id);
    answer
}

fn locate(answer: &mut Reply, name: &str, id: i32) {
    if let Ok(place) = HeaderValue::from_str(&format!("/{name}/{id}")) {
        answer.headers_mut().insert(LOCATION, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_checked() {
        let body = json!({ "name": " ", "vendorId": 0, "ids": [1, "2"], "good": [1, 2] });
        assert_eq!(text(&body, "name").unwrap_err().0, 400);
        assert_eq!(number(&body, "vendorId").unwrap_err().0, 400);
        assert_eq!(numbers(&body, "ids").unwrap_err().0, 400);
        assert_eq!(numbers(&body, "missing").unwrap_err().0, 400);
        assert_eq!(numbers(&body, "good"), Ok(vec![1, 2]));
    }
}
