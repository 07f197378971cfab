-- An ODS: schools, students and what they need, with the names of the Ed-Fi data standard.
-- What differs between data standards follows in a file of its own.

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE SCHEMA auth;
CREATE SCHEMA changes;
CREATE SCHEMA edfi;
CREATE SCHEMA util;

CREATE SEQUENCE changes.changeversionsequence START WITH 1;
CREATE FUNCTION changes.updatechangeversion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changeversion := pg_catalog.nextval('changes.changeversionsequence');
    RETURN NEW;
END $$;

CREATE TABLE edfi.descriptor (
    descriptorid serial CONSTRAINT descriptor_pk PRIMARY KEY,
    namespace character varying(255) NOT NULL,
    codevalue character varying(50) NOT NULL,
    shortdescription character varying(75) NOT NULL,
    description character varying(1024),
    priordescriptorid integer,
    effectivebegindate date,
    effectiveenddate date,
    discriminator character varying(128),
    uri character varying(306) GENERATED ALWAYS AS ((((namespace)::text || '#'::text) || (codevalue)::text)) STORED,
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    lastmodifieddate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    changeversion bigint DEFAULT nextval('changes.changeversionsequence') NOT NULL,
    CONSTRAINT descriptor_ak UNIQUE (namespace, codevalue)
);
CREATE UNIQUE INDEX ux_descriptor_uri ON edfi.descriptor (uri) INCLUDE (descriptorid, discriminator);
CREATE UNIQUE INDEX ux_219915_id ON edfi.descriptor (id);

CREATE TABLE edfi.educationorganizationcategorydescriptor (
    educationorganizationcategorydescriptorid integer CONSTRAINT educationorganizationcategorydescriptor_pk PRIMARY KEY
);
CREATE TABLE edfi.gradeleveldescriptor (
    gradeleveldescriptorid integer CONSTRAINT gradeleveldescriptor_pk PRIMARY KEY
);
CREATE TABLE edfi.localeducationagencycategorydescriptor (
    localeducationagencycategorydescriptorid integer CONSTRAINT localeducationagencycategorydescriptor_pk PRIMARY KEY
);
CREATE TABLE edfi.schoolcategorydescriptor (
    schoolcategorydescriptorid integer CONSTRAINT schoolcategorydescriptor_pk PRIMARY KEY
);

CREATE TABLE edfi.schoolyeartype (
    schoolyear smallint CONSTRAINT schoolyeartype_pk PRIMARY KEY,
    schoolyeardescription character varying(50) NOT NULL,
    currentschoolyear boolean NOT NULL,
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    lastmodifieddate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    changeversion bigint DEFAULT nextval('changes.changeversionsequence') NOT NULL
);
CREATE UNIQUE INDEX ux_464d7a_id ON edfi.schoolyeartype (id);

CREATE TABLE edfi.educationorganization (
    educationorganizationid bigint CONSTRAINT educationorganization_pk PRIMARY KEY,
    nameofinstitution character varying(75) NOT NULL,
    operationalstatusdescriptorid integer,
    shortnameofinstitution character varying(75),
    website character varying(255),
    discriminator character varying(128),
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    lastmodifieddate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    changeversion bigint DEFAULT nextval('changes.changeversionsequence') NOT NULL
);
CREATE UNIQUE INDEX ux_4525e6_id ON edfi.educationorganization (id);

CREATE TABLE edfi.educationorganizationcategory (
    educationorganizationid bigint NOT NULL,
    educationorganizationcategorydescriptorid integer NOT NULL,
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    CONSTRAINT educationorganizationcategory_pk
        PRIMARY KEY (educationorganizationid, educationorganizationcategorydescriptorid)
);

CREATE TABLE edfi.localeducationagency (
    localeducationagencyid bigint CONSTRAINT localeducationagency_pk PRIMARY KEY,
    charterstatusdescriptorid integer,
    educationservicecenterid bigint,
    localeducationagencycategorydescriptorid integer NOT NULL,
    parentlocaleducationagencyid bigint,
    stateeducationagencyid bigint
);

CREATE TABLE edfi.school (
    schoolid bigint CONSTRAINT school_pk PRIMARY KEY,
    administrativefundingcontroldescriptorid integer,
    charterapprovalagencytypedescriptorid integer,
    charterapprovalschoolyear smallint,
    charterstatusdescriptorid integer,
    internetaccessdescriptorid integer,
    localeducationagencyid bigint,
    magnetspecialprogramemphasisschooldescriptorid integer,
    schooltypedescriptorid integer,
    titleipartaschooldesignationdescriptorid integer
);
CREATE INDEX fk_6cd2e3_localeducationagency ON edfi.school (localeducationagencyid);

CREATE TABLE edfi.schoolcategory (
    schoolid bigint NOT NULL,
    schoolcategorydescriptorid integer NOT NULL,
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    CONSTRAINT schoolcategory_pk PRIMARY KEY (schoolid, schoolcategorydescriptorid)
);

CREATE TABLE edfi.schoolgradelevel (
    schoolid bigint NOT NULL,
    gradeleveldescriptorid integer NOT NULL,
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    CONSTRAINT schoolgradelevel_pk PRIMARY KEY (schoolid, gradeleveldescriptorid)
);

CREATE TABLE edfi.student (
    studentusi serial CONSTRAINT student_pk PRIMARY KEY,
    birthcity character varying(30),
    birthcountrydescriptorid integer,
    birthdate date NOT NULL,
    birthinternationalprovince character varying(150),
    birthsexdescriptorid integer,
    birthstateabbreviationdescriptorid integer,
    dateenteredus date,
    firstname character varying(75) NOT NULL,
    generationcodesuffix character varying(10),
    lastsurname character varying(75) NOT NULL,
    maidenname character varying(75),
    middlename character varying(75),
    multiplebirthstatus boolean,
    personaltitleprefix character varying(30),
    personid character varying(32),
    preferredfirstname character varying(75),
    preferredlastsurname character varying(75),
    sourcesystemdescriptorid integer,
    studentuniqueid character varying(32) NOT NULL,
    discriminator character varying(128),
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    lastmodifieddate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    changeversion bigint DEFAULT nextval('changes.changeversionsequence') NOT NULL
);
CREATE UNIQUE INDEX student_ui_studentuniqueid ON edfi.student (studentuniqueid) INCLUDE (studentusi);
CREATE UNIQUE INDEX ux_2a164d_id ON edfi.student (id);

CREATE TABLE edfi.studentschoolassociation (
    entrydate date NOT NULL,
    schoolid bigint NOT NULL,
    studentusi integer NOT NULL,
    classofschoolyear smallint,
    entrygradeleveldescriptorid integer NOT NULL,
    exitwithdrawdate date,
    primaryschool boolean,
    schoolyear smallint,
    discriminator character varying(128),
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    lastmodifieddate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    changeversion bigint DEFAULT nextval('changes.changeversionsequence') NOT NULL,
    CONSTRAINT studentschoolassociation_pk PRIMARY KEY (entrydate, schoolid, studentusi)
);
CREATE INDEX ix_studentschoolassociation_studentusi ON edfi.studentschoolassociation (studentusi);
CREATE UNIQUE INDEX ux_857b52_id ON edfi.studentschoolassociation (id);

CREATE TRIGGER updatechangeversion BEFORE UPDATE ON edfi.descriptor
    FOR EACH ROW EXECUTE FUNCTION changes.updatechangeversion();
CREATE TRIGGER updatechangeversion BEFORE UPDATE ON edfi.educationorganization
    FOR EACH ROW EXECUTE FUNCTION changes.updatechangeversion();
CREATE TRIGGER updatechangeversion BEFORE UPDATE ON edfi.student
    FOR EACH ROW EXECUTE FUNCTION changes.updatechangeversion();

-- Which education organization stands above which: every organization above itself, an agency above its schools.
CREATE TABLE auth.educationorganizationidtoeducationorganizationid (
    sourceeducationorganizationid bigint NOT NULL,
    targeteducationorganizationid bigint NOT NULL,
    CONSTRAINT educationorganizationidtoeducationorganizationid_pk
        PRIMARY KEY (sourceeducationorganizationid, targeteducationorganizationid)
);
CREATE INDEX ix_educationorganizationidtoeducationorganizationid
    ON auth.educationorganizationidtoeducationorganizationid (targeteducationorganizationid)
    INCLUDE (sourceeducationorganizationid);

CREATE VIEW auth.educationorganizationidtostudentusi AS
SELECT DISTINCT above.sourceeducationorganizationid, enrolled.studentusi
FROM auth.educationorganizationidtoeducationorganizationid above
JOIN edfi.studentschoolassociation enrolled ON enrolled.schoolid = above.targeteducationorganizationid;

CREATE FUNCTION edfi.edfi_localeducationagency_tr_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO auth.educationorganizationidtoeducationorganizationid
    VALUES (NEW.localeducationagencyid, NEW.localeducationagencyid);
    RETURN NULL;
END $$;
CREATE FUNCTION edfi.edfi_school_tr_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO auth.educationorganizationidtoeducationorganizationid
    SELECT NEW.schoolid, NEW.schoolid
    UNION
    SELECT above.sourceeducationorganizationid, NEW.schoolid
    FROM auth.educationorganizationidtoeducationorganizationid above
    WHERE above.targeteducationorganizationid = NEW.localeducationagencyid;
    RETURN NULL;
END $$;
CREATE TRIGGER insertauthtuples AFTER INSERT ON edfi.localeducationagency
    FOR EACH ROW EXECUTE FUNCTION edfi.edfi_localeducationagency_tr_insert();
CREATE TRIGGER insertauthtuples AFTER INSERT ON edfi.school
    FOR EACH ROW EXECUTE FUNCTION edfi.edfi_school_tr_insert();

INSERT INTO edfi.schoolyeartype (schoolyear, schoolyeardescription, currentschoolyear)
SELECT y, (y - 1)::text || '-' || y::text,
       y = pg_catalog.date_part('year', CURRENT_DATE)::integer + (pg_catalog.date_part('month', CURRENT_DATE) > 7)::integer
FROM pg_catalog.generate_series(1991, 2050) y;

INSERT INTO edfi.descriptor (namespace, codevalue, shortdescription, description, discriminator)
SELECT 'uri://ed-fi.org/' || kind, value, value, value, 'edfi.' || kind
FROM (VALUES
    ('EducationOrganizationCategoryDescriptor', ARRAY['State Education Agency', 'Education Service Center',
        'Local Education Agency', 'School', 'Organization Department']),
    ('LocalEducationAgencyCategoryDescriptor', ARRAY['Independent', 'Charter', 'Education Service Center', 'Other']),
    ('SchoolCategoryDescriptor', ARRAY['Elementary School', 'Middle School', 'High School', 'All Levels']),
    ('GradeLevelDescriptor', ARRAY['Kindergarten', 'First grade', 'Second grade', 'Third grade', 'Fourth grade',
        'Fifth grade', 'Sixth grade', 'Seventh grade', 'Eighth grade', 'Ninth grade', 'Tenth grade', 'Eleventh grade',
        'Twelfth grade'])
) AS descriptors (kind, codes), pg_catalog.unnest(codes) AS value;
INSERT INTO edfi.educationorganizationcategorydescriptor
    SELECT descriptorid FROM edfi.descriptor WHERE discriminator = 'edfi.EducationOrganizationCategoryDescriptor';
INSERT INTO edfi.localeducationagencycategorydescriptor
    SELECT descriptorid FROM edfi.descriptor WHERE discriminator = 'edfi.LocalEducationAgencyCategoryDescriptor';
INSERT INTO edfi.schoolcategorydescriptor
    SELECT descriptorid FROM edfi.descriptor WHERE discriminator = 'edfi.SchoolCategoryDescriptor';
INSERT INTO edfi.gradeleveldescriptor
    SELECT descriptorid FROM edfi.descriptor WHERE discriminator = 'edfi.GradeLevelDescriptor';
