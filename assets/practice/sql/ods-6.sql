
-- Data standard 6: citizenship left the student; schools and agencies gained federal reporting columns.
ALTER TABLE edfi.localeducationagency ADD COLUMN federallocalecodedescriptorid integer;
ALTER TABLE edfi.school
    ADD COLUMN accreditationstatusdescriptorid integer,
    ADD COLUMN federallocalecodedescriptorid integer,
    ADD COLUMN improvingschool boolean,
    ADD COLUMN postsecondaryinstitutionid bigint;
ALTER TABLE edfi.studentschoolassociation ADD COLUMN calendarcode character varying(120);
