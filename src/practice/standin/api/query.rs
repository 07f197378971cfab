//! Reading from an ODS. PostgreSQL makes the JSON; every statement takes the same first parameters:
//! the education organizations in reach (null for everything), a key, an id.

use tokio_postgres::Client;

use super::super::database::DatabaseError;
use super::super::problem::Problem;
use super::super::web;
use super::authorization::Reach;

/// A resource that the stand-in serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `schools`.
    School,
    /// `students`.
    Student,
    /// `schoolYearTypes`.
    SchoolYear,
}

const SCHOOL: &str = "
    SELECT json_strip_nulls(json_build_object(
        'id', replace(o.id::text, '-', ''),
        'schoolId', s.schoolid,
        'localEducationAgencyReference', CASE WHEN lea.id IS NOT NULL THEN json_build_object(
            'localEducationAgencyId', s.localeducationagencyid,
            'link', json_build_object('rel', 'LocalEducationAgency',
                'href', '/ed-fi/localEducationAgencies/' || replace(lea.id::text, '-', ''))) END,
        'educationOrganizationCategories', (
            SELECT json_agg(json_build_object('educationOrganizationCategoryDescriptor', d.uri) ORDER BY d.uri)
            FROM edfi.educationorganizationcategory c
            JOIN edfi.descriptor d ON d.descriptorid = c.educationorganizationcategorydescriptorid
            WHERE c.educationorganizationid = s.schoolid),
        'gradeLevels', (
            SELECT json_agg(json_build_object('gradeLevelDescriptor', d.uri) ORDER BY d.descriptorid)
            FROM edfi.schoolgradelevel g JOIN edfi.descriptor d ON d.descriptorid = g.gradeleveldescriptorid
            WHERE g.schoolid = s.schoolid),
        'nameOfInstitution', o.nameofinstitution,
        'schoolCategories', (
            SELECT json_agg(json_build_object('schoolCategoryDescriptor', d.uri) ORDER BY d.uri)
            FROM edfi.schoolcategory c JOIN edfi.descriptor d ON d.descriptorid = c.schoolcategorydescriptorid
            WHERE c.schoolid = s.schoolid),
        'shortNameOfInstitution', o.shortnameofinstitution,
        'webSite', o.website,
        '_etag', o.changeversion::text,
        '_lastModifiedDate', to_char(o.lastmodifieddate, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
    ))::text";

const FROM_SCHOOL: &str = "
    FROM edfi.school s
    JOIN edfi.educationorganization o ON o.educationorganizationid = s.schoolid
    LEFT JOIN edfi.educationorganization lea ON lea.educationorganizationid = s.localeducationagencyid
    WHERE ($1::bigint[] IS NULL OR EXISTS (
            SELECT 1 FROM auth.educationorganizationidtoeducationorganizationid a
            WHERE a.targeteducationorganizationid = s.schoolid AND a.sourceeducationorganizationid = ANY ($1)))
        AND ($2::text IS NULL OR s.schoolid::text = $2)
        AND ($3::text IS NULL OR o.id = $3::text::uuid)";

const STUDENT: &str = "
    SELECT json_strip_nulls(json_build_object(
        'id', replace(s.id::text, '-', ''),
        'studentUniqueId', s.studentuniqueid,
        'birthDate', s.birthdate,
        'firstName', s.firstname,
        'lastSurname', s.lastsurname,
        'middleName', s.middlename,
        '_etag', s.changeversion::text,
        '_lastModifiedDate', to_char(s.lastmodifieddate, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
    ))::text";

const FROM_STUDENT: &str = "
    FROM edfi.student s
    WHERE ($1::bigint[] IS NULL OR EXISTS (
            SELECT 1 FROM auth.educationorganizationidtostudentusi a
            WHERE a.studentusi = s.studentusi AND a.sourceeducationorganizationid = ANY ($1)))
        AND ($2::text IS NULL OR s.studentuniqueid = $2)
        AND ($3::text IS NULL OR s.id = $3::text::uuid)";

const SCHOOL_YEAR: &str = "
    SELECT json_build_object(
        'id', replace(y.id::text, '-', ''),
        'schoolYear', y.schoolyear,
        'currentSchoolYear', y.currentschoolyear,
        'schoolYearDescription', y.schoolyeardescription,
        '_etag', y.changeversion::text,
        '_lastModifiedDate', to_char(y.lastmodifieddate, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')
    )::text";

/// School years belong to no education organization: who is bound to some sees none.
const FROM_SCHOOL_YEAR: &str = "
    FROM edfi.schoolyeartype y
    WHERE $1::bigint[] IS NULL
        AND ($2::text IS NULL OR y.schoolyear::text = $2)
        AND ($3::text IS NULL OR y.id = $3::text::uuid)";

impl Kind {
    /// By the collection's name in lower case.
    pub fn find(name: &str) -> Option<Self> {
        [Self::School, Self::Student, Self::SchoolYear]
            .into_iter()
            .find(|kind| kind.plural().to_lowercase() == name)
    }

    /// The collection's name.
    pub fn plural(self) -> &'static str {
        match self {
            Self::School => "schools",
            Self::Student => "students",
            Self::SchoolYear => "schoolYearTypes",
        }
    }

    /// The last part of the resource claim's name.
    pub fn claim(self) -> &'static str {
        match self {
            Self::School => "school",
            Self::Student => "student",
            Self::SchoolYear => "schoolYearType",
        }
    }

    fn select(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::School => (SCHOOL, FROM_SCHOOL, "s.schoolid"),
            Self::Student => (STUDENT, FROM_STUDENT, "s.studentusi"),
            Self::SchoolYear => (SCHOOL_YEAR, FROM_SCHOOL_YEAR, "y.schoolyear"),
        }
    }
}

/// Which part of a collection is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// The most items.
    pub limit: i64,
    /// Items to leave out before.
    pub offset: i64,
    /// Whether the caller wants to know how many there are.
    pub total_count: bool,
    key: Option<String>,
}

impl Paging {
    /// Reads `limit` (25 unless given), `offset`, `totalCount`, and `schoolId`, `studentUniqueId` or `schoolYear`.
    pub fn read(query: &[(String, String)], most: i64) -> Result<Self, Problem> {
        let number = |name: &str, default: i64| {
            web::field(query, name).map_or(Ok(default), |text| {
                text.parse()
                    .map_err(|_| Problem::parameter(format!("'{name}' must be a whole number.")))
            })
        };
        let (limit, offset) = (number("limit", 25.min(most))?, number("offset", 0)?);
        if !(0..=most).contains(&limit) {
            return Err(Problem::parameter(format!(
                "'limit' must lie between 0 and {most}."
            )));
        }
        if offset < 0 {
            return Err(Problem::parameter("'offset' must not be negative."));
        }
        Ok(Self {
            limit,
            offset,
            total_count: web::field(query, "totalCount")
                .is_some_and(|text| text.eq_ignore_ascii_case("true")),
            key: web::field(query, "schoolId")
                .or_else(|| web::field(query, "studentUniqueId"))
                .or_else(|| web::field(query, "schoolYear"))
                .map(str::to_owned),
        })
    }
}

/// One page, each item as JSON.
pub async fn many(
    database: &Client,
    kind: Kind,
    reach: &Reach,
    paging: &Paging,
) -> Result<Vec<String>, DatabaseError> {
    let (select, from, order) = kind.select();
    let statement = format!("{select}{from} ORDER BY {order} LIMIT $4 OFFSET $5");
    let nothing = None::<&str>;
    let rows = database
        .query(
            &statement,
            &[
                &organizations(reach),
                &paging.key,
                &nothing,
                &paging.limit,
                &paging.offset,
            ],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?)
}

/// How many there are on all pages.
pub async fn count(
    database: &Client,
    kind: Kind,
    reach: &Reach,
    paging: &Paging,
) -> Result<i64, DatabaseError> {
    let (_, from, _) = kind.select();
    let nothing = None::<&str>;
    let statement = format!("SELECT count(*) {from}");
    let row = database
        .query_one(&statement, &[&organizations(reach), &paging.key, &nothing])
        .await?;
    Ok(row.try_get(0)?)
}

/// One item as JSON, if it is there and in reach.
pub async fn one(
    database: &Client,
    kind: Kind,
    reach: &Reach,
    id: &str,
) -> Result<Option<String>, DatabaseError> {
    let (select, from, _) = kind.select();
    let nothing = None::<&str>;
    let row = database
        .query_opt(
            &format!("{select}{from}"),
            &[&organizations(reach), &nothing, &id],
        )
        .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

fn organizations(reach: &Reach) -> Option<&[i64]> {
    match reach {
        Reach::Everything => None,
        Reach::Within(ids) => Some(ids),
    }
}

/// The id in a path, if it is one.
pub fn uuid(text: &str) -> Option<String> {
    let digits = text.replace('-', "");
    (digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(query: &str) -> Result<Paging, Problem> {
        Paging::read(&web::parse_form(query), 500)
    }

    #[test]
    fn pages_have_bounds() {
        let page = paging("limit=10&offset=20&totalCount=true&schoolId=255901001").unwrap();
        assert_eq!((page.limit, page.offset, page.total_count), (10, 20, true));
        assert_eq!(page.key.as_deref(), Some("255901001"));
        assert_eq!(paging("").unwrap().limit, 25);
        for query in ["limit=501", "limit=-1", "limit=x", "offset=-1"] {
            assert_eq!(paging(query).unwrap_err().status, 400, "{query}");
        }
    }

    #[test]
    fn ids_are_uuids() {
        assert!(uuid("0123456789abcdef0123456789abcdef").is_some());
        assert_eq!(uuid("1"), None);
    }
}
