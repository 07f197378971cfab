//! What a claim set may do with a resource: decided from the rows of `EdFi_Security`.

use std::sync::Arc;

use super::super::database::DatabaseError;
use super::super::problem::Problem;
use super::Api;
use super::client::ApiClient;
use super::settings::Tenant;

const LOGGER: &str = "ResourceAuthorization";

/// One claim of the line from a resource up to its domain, as one claim set has it for one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    name: String,
    /// The claim set has this claim, for whatever action.
    held: bool,
    /// The claim set has this claim for the action.
    allowed: bool,
    /// Strategies of the claim set for it, which replace the defaults.
    overrides: Vec<String>,
    /// Strategies that the claim asks of everybody.
    defaults: Vec<String>,
}

/// How much of a resource a client may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    Everything,
    /// What belongs to these education organizations and the ones below them.
    Within(Vec<i64>),
}

impl Api {
    /// How far this client reaches with that action, or why not at all.
    pub(super) async fn authorize(
        &self,
        tenant: &Tenant,
        client: &ApiClient,
        resource: &str,
        action: &str,
    ) -> Result<Reach, Problem> {
        let key = (
            tenant.name.clone(),
            client.claim_set.clone(),
            resource.to_owned(),
            action.to_owned(),
        );
        let line = if let Some(line) = self.permissions.get(&key) {
            line
        } else {
            let read = self
                .claims(tenant, &client.claim_set, resource, action)
                .await;
            let line = Arc::new(read.map_err(|error| Problem::database(LOGGER, &error))?);
            self.permissions.put(key, Arc::clone(&line));
            line
        };
        reach(
            strategies(&line, &client.claim_set, action)?,
            &client.education_organizations,
        )
    }

    async fn claims(
        &self,
        tenant: &Tenant,
        claim_set: &str,
        resource: &str,
        action: &str,
    ) -> Result<Vec<Claim>, DatabaseError> {
        let statement = "
            WITH RECURSIVE line AS (
                SELECT resourceclaimid, claimname, parentresourceclaimid, 0 AS height
                FROM dbo.resourceclaims
                WHERE lower(claimname) = lower('http://ed-fi.org/ods/identity/claims/' || $1)
                UNION ALL
                SELECT parent.resourceclaimid, parent.claimname, parent.parentresourceclaimid, line.height + 1
                FROM line JOIN dbo.resourceclaims parent ON parent.resourceclaimid = line.parentresourceclaimid
            ), held AS (
                SELECT held.claimsetresourceclaimactionid, held.resourceclaimid, a.actionname
                FROM dbo.claimsetresourceclaimactions held
                JOIN dbo.claimsets c USING (claimsetid)
                JOIN dbo.actions a USING (actionid)
                WHERE c.claimsetname = $2
            )
            SELECT line.claimname,
                   EXISTS (SELECT 1 FROM held WHERE held.resourceclaimid = line.resourceclaimid),
                   EXISTS (SELECT 1 FROM held WHERE held.resourceclaimid = line.resourceclaimid AND actionname = $3),
                   ARRAY(SELECT s.authorizationstrategyname FROM held
                         JOIN dbo.claimsetresourceclaimactionauthorizationstrategyoverrides
                             USING (claimsetresourceclaimactionid)
                         JOIN dbo.authorizationstrategies s USING (authorizationstrategyid)
                         WHERE held.resourceclaimid = line.resourceclaimid AND actionname = $3 ORDER BY 1),
                   ARRAY(SELECT s.authorizationstrategyname FROM dbo.resourceclaimactions asked
                         JOIN dbo.actions a USING (actionid)
                         JOIN dbo.resourceclaimactionauthorizationstrategies USING (resourceclaimactionid)
                         JOIN dbo.authorizationstrategies s USING (authorizationstrategyid)
                         WHERE asked.resourceclaimid = line.resourceclaimid AND a.actionname = $3 ORDER BY 1)
            FROM line ORDER BY line.height";
        let database = self.databases.connect(&tenant.security).await?;
        let rows = database
            .query(statement, &[&resource, &claim_set, &action])
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Claim {
                    name: row.try_get(0)?,
                    held: row.try_get(1)?,
                    allowed: row.try_get(2)?,
                    overrides: row.try_get(3)?,
                    defaults: row.try_get(4)?,
                })
            })
            .collect()
    }
}

/// The strategies that apply: those of the claim set nearest to the resource, else the nearest defaults.
fn strategies<'a>(
    line: &'a [Claim],
    claim_set: &str,
    action: &str,
) -> Result<&'a [String], Problem> {
    if line.is_empty() {
        return Err(Problem::security_configuration(
            "There is no security metadata for this resource.",
        ));
    }
    let names = || {
        line.iter()
            .map(|claim| format!("'{}'", claim.name))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !line.iter().any(|claim| claim.held) {
        let error = format!(
            "The client's claim set '{claim_set}' must include one of these resource claims: {}.",
            names()
        );
        return Err(Problem::denied(
            "security:authorization:access-denied:resource",
            error,
        ));
    }
    if !line.iter().any(|claim| claim.allowed) {
        let error = format!(
            "The client's claim set '{claim_set}' must allow the action '{action}' on one of these resource claims: {}.",
            names()
        );
        return Err(Problem::denied(
            "security:authorization:access-denied:action",
            error,
        ));
    }
    let overrides = line
        .iter()
        .filter(|claim| claim.allowed)
        .map(|claim| &claim.overrides);
    overrides
        .chain(line.iter().map(|claim| &claim.defaults))
        .find(|strategies| !strategies.is_empty())
        .map(Vec::as_slice)
        .ok_or_else(|| {
            Problem::security_configuration("No authorization strategy is defined for this action.")
        })
}

fn reach(strategies: &[String], education_organizations: &[i64]) -> Result<Reach, Problem> {
    if strategies
        .iter()
        .all(|strategy| strategy == "NoFurtherAuthorizationRequired")
    {
        Ok(Reach::Everything)
    } else if strategies
        .iter()
        .all(|strategy| strategy.starts_with("RelationshipsWith"))
    {
        Ok(Reach::Within(education_organizations.to_vec()))
    } else {
        let names = strategies.join(", ");
        Err(Problem::security_configuration(format!(
            "The strategies {names} do not fit this resource."
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(
        name: &str,
        held: bool,
        allowed: bool,
        overrides: &[&str],
        defaults: &[&str],
    ) -> Claim {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Claim {
            name: name.to_owned(),
            held,
            allowed,
            overrides: owned(overrides),
            defaults: owned(defaults),
        }
    }

    const FREE: &str = "NoFurtherAuthorizationRequired";
    const RELATED: &str = "RelationshipsWithEdOrgsAndPeople";

    fn decided(line: &[Claim], organizations: &[i64]) -> Result<Reach, Problem> {
        reach(strategies(line, "SIS Vendor", "Read")?, organizations)
    }

    #[test]
    fn schools_are_open_and_students_are_not() {
        let school = [
            claim("school", false, false, &[], &[]),
            claim("educationOrganizations", true, true, &[], &[FREE]),
        ];
        assert_eq!(decided(&school, &[]), Ok(Reach::Everything));
        let student = [
            claim("student", false, false, &[], &[]),
            claim("people", true, true, &[], &[RELATED]),
        ];
        assert_eq!(
            decided(&student, &[255_901]),
            Ok(Reach::Within(vec![255_901]))
        );
        assert_eq!(decided(&student, &[]), Ok(Reach::Within(vec![])));
    }

    #[test]
    fn an_override_counts_more_than_any_default() {
        let line = [
            claim("student", false, false, &[], &[RELATED]),
            claim("people", true, true, &[FREE], &[RELATED]),
        ];
        assert_eq!(decided(&line, &[]), Ok(Reach::Everything));
    }

    #[test]
    fn refusals_say_what_is_missing() {
        assert_eq!(decided(&[], &[]).unwrap_err().status, 500);
        let none = decided(&[claim("school", false, false, &[], &[FREE])], &[]).unwrap_err();
        assert_eq!(
            (none.status, none.kind),
            (403, "security:authorization:access-denied:resource")
        );
        let other = decided(&[claim("school", true, false, &[], &[FREE])], &[]).unwrap_err();
        assert_eq!(other.kind, "security:authorization:access-denied:action");
        assert!(other.errors[0].contains("'SIS Vendor'") && other.errors[0].contains("'school'"));
        let misfit = decided(
            &[claim("school", true, true, &["NamespaceBased"], &[FREE])],
            &[],
        )
        .unwrap_err();
        assert_eq!(misfit.status, 500);
    }
}
