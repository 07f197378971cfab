//! Writing to an ODS: a school or a student is created, or replaced where its key is known.

use serde_json::Value;
use tokio_postgres::Client;

use super::super::database::DatabaseError;
use super::super::problem::Problem;
use super::query::Kind;

const LOGGER: &str = "DataManagementController";

/// An item that was sent, with what the stand-in stores of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    /// A school.
    School(School),
    /// A student.
    Student(Student),
    /// A school year.
    SchoolYear(SchoolYear),
}

/// A school.
#[derive(Debug, PartialEq, Eq)]
pub struct School {
    id: i64,
    name: String,
    agency: Option<i64>,
    categories: Vec<String>,
    grades: Vec<String>,
}

/// A student.
#[derive(Debug, PartialEq, Eq)]
pub struct Student {
    unique_id: String,
    first_name: String,
    last_surname: String,
    birth_date: String,
}

/// A school year.
#[derive(Debug, PartialEq, Eq)]
pub struct SchoolYear {
    year: i64,
    description: String,
    is_current: bool,
}

impl Item {
    /// Reads an item; every required member must be there.
    pub fn read(kind: Kind, json: &Value) -> Result<Self, Problem> {
        let missing = |name: &str| Problem::data(format!("'{name}' is required."));
        let text = |name: &str| {
            json.get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty())
                .ok_or_else(|| missing(name))
        };
        let descriptors = |list: &str, name: &str| {
            let found: Vec<String> = json
                .get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|entry| Some(entry.get(name)?.as_str()?.to_owned()))
                .collect();
            if found.is_empty() {
                Err(missing(list))
            } else {
                Ok(found)
            }
        };
        Ok(match kind {
            Kind::School => Self::School(School {
                id: json
                    .get("schoolId")
                    .and_then(Value::as_i64)
                    .ok_or_else(|| missing("schoolId"))?,
                name: text("nameOfInstitution")?.to_owned(),
                agency: json
                    .pointer("/localEducationAgencyReference/localEducationAgencyId")
                    .and_then(Value::as_i64),
                categories: descriptors(
                    "educationOrganizationCategories",
                    "educationOrganizationCategoryDescriptor",
                )?,
                grades: descriptors("gradeLevels", "gradeLevelDescriptor")?,
            }),
            Kind::Student => Self::Student(Student {
                unique_id: text("studentUniqueId")?.to_owned(),
                first_name: text("firstName")?.to_owned(),
                last_surname: text("lastSurname")?.to_owned(),
                birth_date: text("birthDate")?.to_owned(),
            }),
            Kind::SchoolYear => Self::SchoolYear(SchoolYear {
                year: json
                    .get("schoolYear")
                    .and_then(Value::as_i64)
                    .ok_or_else(|| missing("schoolYear"))?,
                description: text("schoolYearDescription")?.to_owned(),
                is_current: json
                    .get("currentSchoolYear")
                    .and_then(Value::as_bool)
                    .ok_or_else(|| missing("currentSchoolYear"))?,
            }),
        })
    }

    /// Stores the item. Returns its id, and whether it is new.
    pub async fn store(&self, database: &Client) -> Result<(String, bool), Problem> {
        let failed = |error: tokio_postgres::Error| {
            let class = error
                .code()
                .map(|code| code.code().to_owned())
                .unwrap_or_default();
            // 22: a value does not fit its type; 23503: it names something that is not there.
            if class.starts_with("22") || class == "23503" {
                Problem::data("A value is not valid, or refers to something that does not exist.")
            } else {
                Problem::database(LOGGER, &DatabaseError::from(error))
            }
        };
        let row = match self {
            Self::Student(student) => {
                let statement = "
                    INSERT INTO edfi.student (studentuniqueid, firstname, lastsurname, birthdate, discriminator)
                    VALUES ($1, $2, $3, $4::text::date, 'edfi.Student')
                    ON CONFLICT (studentuniqueid) DO UPDATE SET
                        firstname = EXCLUDED.firstname, lastsurname = EXCLUDED.lastsurname,
                        birthdate = EXCLUDED.birthdate, lastmodifieddate = CURRENT_TIMESTAMP AT TIME ZONE 'UTC'
                    RETURNING replace(id::text, '-', ''), xmax = 0";
                let Student {
                    unique_id,
                    first_name,
                    last_surname,
                    birth_date,
                } = student;
                database
                    .query_one(
                        statement,
                        &[unique_id, first_name, last_surname, birth_date],
                    )
                    .await
            }
            Self::SchoolYear(school_year) => {
                let statement = "
                    INSERT INTO edfi.schoolyeartype (schoolyear, schoolyeardescription, currentschoolyear)
                    VALUES ($1::bigint::smallint, $2, $3)
                    ON CONFLICT (schoolyear) DO UPDATE SET
                        schoolyeardescription = EXCLUDED.schoolyeardescription,
                        currentschoolyear = EXCLUDED.currentschoolyear,
                        lastmodifieddate = CURRENT_TIMESTAMP AT TIME ZONE 'UTC'
                    RETURNING replace(id::text, '-', ''), xmax = 0";
                let SchoolYear {
                    year,
                    description,
                    is_current,
                } = school_year;
                database
                    .query_one(statement, &[year, description, is_current])
                    .await
            }
            Self::School(school) => {
                known(database, &[&school.categories, &school.grades]).await?;
                let statement = "
                    WITH organization AS (
                        INSERT INTO edfi.educationorganization (educationorganizationid, nameofinstitution, discriminator)
                        VALUES ($1::bigint, $2, 'edfi.School')
                        ON CONFLICT (educationorganizationid) DO UPDATE SET
                            nameofinstitution = EXCLUDED.nameofinstitution,
                            lastmodifieddate = CURRENT_TIMESTAMP AT TIME ZONE 'UTC'
                        RETURNING replace(id::text, '-', '') AS id, xmax = 0 AS created
                    ), school AS (
                        INSERT INTO edfi.school (schoolid, localeducationagencyid) VALUES ($1::bigint, $3::bigint)
                        ON CONFLICT DO NOTHING
                    ), categories AS (
                        INSERT INTO edfi.educationorganizationcategory
                            (educationorganizationid, educationorganizationcategorydescriptorid)
                        SELECT $1::bigint, descriptorid FROM edfi.descriptor WHERE uri = ANY ($4)
                        ON CONFLICT DO NOTHING
                    ), grades AS (
                        INSERT INTO edfi.schoolgradelevel (schoolid, gradeleveldescriptorid)
                        SELECT $1::bigint, descriptorid FROM edfi.descriptor WHERE uri = ANY ($5)
                        ON CONFLICT DO NOTHING
                    )
                    SELECT id, created FROM organization";
                let School {
                    id,
                    name,
                    agency,
                    categories,
                    grades,
                } = school;
                database
                    .query_one(statement, &[id, name, agency, categories, grades])
                    .await
            }
        };
        row.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .map_err(failed)
    }
}

/// Every descriptor must be there.
async fn known(database: &Client, uris: &[&Vec<String>]) -> Result<(), Problem> {
    let uris: Vec<&str> = uris
        .iter()
        .flat_map(|list| list.iter().map(String::as_str))
        .collect();
    let statement = "SELECT given FROM unnest($1::text[]) given WHERE NOT EXISTS (
                         SELECT 1 FROM edfi.descriptor WHERE uri = given) LIMIT 1";
    let row = database.query_opt(statement, &[&uris]).await;
    let unknown: Option<String> = row
        .and_then(|row| row.map(|row| row.try_get(0)).transpose())
        .map_err(|error| Problem::database(LOGGER, &error.into()))?;
    unknown.map_or(Ok(()), |uri| {
        Err(Problem::data(format!("There is no descriptor '{uri}'.")))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn required_members_are_required() {
        let student = json!({"studentUniqueId": "1", "firstName": "Amaya", "lastSurname": "Oakhurst", "birthDate": "2015-01-31"});
        assert!(Item::read(Kind::Student, &student).is_ok());
        let error = Item::read(Kind::Student, &json!({"studentUniqueId": "1"})).unwrap_err();
        assert_eq!(error.errors, ["'firstName' is required."]);
        let error = Item::read(
            Kind::School,
            &json!({"schoolId": 1, "nameOfInstitution": "x"}),
        )
        .unwrap_err();
        assert_eq!(
            error.errors,
            ["'educationOrganizationCategories' is required."]
        );
    }
}
