//! Talking to the API's stand-in and to its databases, from inside their containers.

use std::fmt::Write as _;

use edfi_setup::practice::Role;

use super::Lab;

/// A password without what breaks connection strings.
pub const PLAIN: &str = "a.b~c_d-1";

/// A request's outcome: status and body; the body of a refusal is not shown by busybox's wget.
pub type Answer = (u16, String);

impl Lab {
    /// Databases in their own servers, all with a plain password.
    pub async fn plain_database(&self, part: &str, role: Role, more: &[&str]) {
        let user = self.set.user;
        self.create(part, role, |body| {
            let mut env = vec![
                format!("POSTGRES_USER={user}"),
                format!("POSTGRES_PASSWORD={PLAIN}"),
            ];
            env.extend(more.iter().map(|more| (*more).to_owned()));
            body.env = Some(env);
        })
        .await;
        self.start(part).await;
        self.until(part, || self.sql(part, "postgres", PLAIN, "SELECT 1"))
            .await;
    }

    /// Runs SQL that has to work.
    pub async fn run(&self, part: &str, database: &str, sql: &str) -> String {
        let (code, text) = self.sql(part, database, PLAIN, sql).await;
        assert_eq!(code, 0, "{sql}: {text}");
        text
    }

    /// The variables that every API needs.
    pub fn api_env(&self, more: &[(&str, &str)]) -> Vec<String> {
        let (admin, ods) = (self.named("admin"), self.named("ods"));
        let waits = format!("{admin} {ods}");
        let mut env: Vec<String> = [
            ("POSTGRES_USER", self.set.user),
            ("POSTGRES_PASSWORD", PLAIN),
            ("ADMIN_POSTGRES_HOST", &admin),
            ("ODS_POSTGRES_HOST", &ods),
            ("ODS_WAIT_POSTGRES_HOSTS", &waits),
            ("EDFI_PRACTICE_WAIT_SECONDS", "0.1"),
        ]
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
        env.extend(more.iter().map(|(name, value)| format!("{name}={value}")));
        env
    }

    pub async fn create_api(&self, part: &str, more: &[(&str, &str)]) {
        let env = self.api_env(more);
        self.create(part, Role::WebApi, |body| body.env = Some(env))
            .await;
    }

    pub async fn start_api(&self, part: &str) {
        self.start(part).await;
        let health = ["wget", "-q", "-O", "-", "http://127.0.0.1/health"];
        self.until(part, || self.exec(part, &[], &health)).await;
    }

    /// An API that must not start.
    pub async fn refused_api(&self, part: &str, more: &[(&str, &str)]) -> String {
        self.create_api(part, more).await;
        self.start(part).await;
        assert_eq!(self.ends(part).await, 134, "{}", self.logs(part).await);
        self.logs(part).await
    }

    pub async fn get(&self, part: &str, path: &str, token: &str) -> Answer {
        let header = format!("Authorization: Bearer {token}");
        let address = format!("http://127.0.0.1{path}");
        let command = ["wget", "-q", "-O", "-", "--header", &header, &address];
        outcome(&self.exec(part, &[], &command).await)
    }

    pub async fn ask_token(&self, part: &str, path: &str, key: &str, secret: &str) -> Answer {
        let form = format!("grant_type=client_credentials&client_id={key}&client_secret={secret}");
        let address = format!("http://127.0.0.1{path}");
        let command = ["wget", "-q", "-O", "-", "--post-data", &form, &address];
        outcome(&self.exec(part, &[], &command).await)
    }

    pub async fn token(&self, part: &str, path: &str, key: &str) -> String {
        let (status, body) = self.ask_token(part, path, key, "secret").await;
        assert_eq!(status, 200, "{body}\n{}", self.logs(part).await);
        let json: serde_json::Value = serde_json::from_str(&body).unwrap();
        json["access_token"].as_str().unwrap().to_owned()
    }

    /// A client with the secret `secret`, in the database of that name.
    pub async fn client(&self, database: &str, key: &str, organizations: &[i64], more: &str) {
        let mut list = String::new();
        for id in organizations {
            let _ = write!(list, "{id},");
        }
        let list = list.trim_end_matches(',');
        let sql = format!(
            "WITH v AS (INSERT INTO dbo.vendors (vendorname) VALUES ('{key}') RETURNING vendorid),
             a AS (INSERT INTO dbo.applications (applicationname, vendor_vendorid, claimsetname)
                   SELECT '{key}', vendorid, 'Ed-Fi Sandbox' FROM v RETURNING applicationid),
             c AS (INSERT INTO dbo.apiclients (key, secret, name, isapproved, usesandbox, sandboxtype, application_applicationid)
                   SELECT '{key}', 'secret', '{key}', true, false, 0, applicationid FROM a RETURNING apiclientid),
             e AS (INSERT INTO dbo.applicationeducationorganizations (educationorganizationid, application_applicationid)
                   SELECT given, applicationid FROM a CROSS JOIN unnest(ARRAY[{list}]::integer[]) given
                   RETURNING applicationeducationorganizationid)
             INSERT INTO dbo.apiclientapplicationeducationorganizations
             SELECT apiclientid, applicationeducationorganizationid FROM c CROSS JOIN e; {more}"
        );
        self.run("admin", database, &sql).await;
    }

    /// A school of that name.
    pub async fn school(&self, database: &str, name: &str) {
        let sql = format!(
            "INSERT INTO edfi.educationorganization (educationorganizationid, nameofinstitution, discriminator)
             VALUES (1, '{name}', 'edfi.School'); INSERT INTO edfi.school (schoolid) VALUES (1)"
        );
        self.run("ods", database, &sql).await;
    }
}

fn outcome((code, text): &(i64, String)) -> Answer {
    if *code == 0 {
        return (200, text.clone());
    }
    let status = text
        .split_once("HTTP/1.1 ")
        .and_then(|(_, rest)| rest.get(..3)?.parse().ok());
    (status.unwrap_or(0), text.clone())
}

/// The names of the schools in an answer.
pub fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.0, 200, "{}", answer.1);
    let json: serde_json::Value = serde_json::from_str(&answer.1).unwrap();
    json.as_array()
        .unwrap()
        .iter()
        .map(|school| school["nameOfInstitution"].as_str().unwrap().to_owned())
        .collect()
}
