
-- TPDM 1.1.0, the teacher preparation extension: one of its tables, so that its presence can be told.
CREATE SCHEMA tpdm;
CREATE TABLE tpdm.candidate (
    candidateidentifier character varying(32) CONSTRAINT candidate_pk PRIMARY KEY,
    birthdate date NOT NULL,
    firstname character varying(75) NOT NULL,
    lastsurname character varying(75) NOT NULL,
    middlename character varying(75),
    personid character varying(32),
    sourcesystemdescriptorid integer,
    discriminator character varying(128),
    createdate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    lastmodifieddate timestamp without time zone DEFAULT (CURRENT_TIMESTAMP AT TIME ZONE 'UTC') NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    changeversion bigint DEFAULT nextval('changes.changeversionsequence') NOT NULL
);
