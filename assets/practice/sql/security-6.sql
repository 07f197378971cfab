
-- What EdFi_Security of ODS/API 6.2 has besides: everything belongs to an application, and a resource has a name to show.
CREATE TABLE dbo.applications (
    applicationid serial CONSTRAINT applications_pk PRIMARY KEY,
    applicationname character varying
);
INSERT INTO dbo.applications (applicationname) VALUES ('Ed-Fi ODS API');

ALTER TABLE dbo.authorizationstrategies ADD COLUMN application_applicationid integer DEFAULT 1 NOT NULL;
ALTER TABLE dbo.authorizationstrategies ALTER COLUMN application_applicationid DROP DEFAULT;
ALTER TABLE dbo.claimsets ADD COLUMN application_applicationid integer DEFAULT 1 NOT NULL;
ALTER TABLE dbo.claimsets ALTER COLUMN application_applicationid DROP DEFAULT;
ALTER TABLE dbo.resourceclaims ADD COLUMN application_applicationid integer DEFAULT 1 NOT NULL;
ALTER TABLE dbo.resourceclaims ALTER COLUMN application_applicationid DROP DEFAULT;
ALTER TABLE dbo.resourceclaims ADD COLUMN displayname character varying(255);
UPDATE dbo.resourceclaims SET displayname = resourcename;
ALTER TABLE dbo.resourceclaims ALTER COLUMN displayname SET NOT NULL;

INSERT INTO dbo.claimsets (claimsetname, application_applicationid, isedfipreset, forapplicationuseonly)
VALUES ('Ed-Fi ODS Admin App', 1, true, true);

ALTER TABLE ONLY dbo.authorizationstrategies
    ADD CONSTRAINT fk_authorizationstrategies_applications FOREIGN KEY (application_applicationid) REFERENCES dbo.applications(applicationid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.claimsets
    ADD CONSTRAINT fk_claimsets_applications FOREIGN KEY (application_applicationid) REFERENCES dbo.applications(applicationid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.resourceclaims
    ADD CONSTRAINT fk_resourceclaims_applications FOREIGN KEY (application_applicationid) REFERENCES dbo.applications(applicationid) ON DELETE CASCADE;
