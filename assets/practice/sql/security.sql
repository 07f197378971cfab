-- EdFi_Security: what a claim set may do. The claim sets and their grants are those of ODS/API 7.3; of the several
-- hundred resources only those are here that the stand-ins serve, with the domains above them.

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE SCHEMA dbo;

CREATE TABLE dbo.actions (
    actionid serial CONSTRAINT actions_pk PRIMARY KEY,
    actionname character varying(255) NOT NULL,
    actionuri character varying(2048) NOT NULL
);

CREATE TABLE dbo.authorizationstrategies (
    authorizationstrategyid serial CONSTRAINT authorizationstrategies_pk PRIMARY KEY,
    displayname character varying(255) NOT NULL,
    authorizationstrategyname character varying(255) NOT NULL
);

CREATE TABLE dbo.claimsets (
    claimsetid serial CONSTRAINT claimsets_pk PRIMARY KEY,
    claimsetname character varying(255) NOT NULL CONSTRAINT uc_claimsets_claimsetname UNIQUE,
    isedfipreset boolean DEFAULT false NOT NULL,
    forapplicationuseonly boolean DEFAULT false NOT NULL
);

CREATE TABLE dbo.resourceclaims (
    resourceclaimid serial CONSTRAINT resourceclaims_pk PRIMARY KEY,
    resourcename character varying(255) NOT NULL,
    claimname character varying(850) NOT NULL CONSTRAINT uc_resourceclaims_claimname UNIQUE,
    parentresourceclaimid integer
);

CREATE TABLE dbo.resourceclaimactions (
    resourceclaimactionid serial CONSTRAINT resourceclaimactionid_pk PRIMARY KEY,
    resourceclaimid integer NOT NULL,
    actionid integer NOT NULL,
    validationrulesetname character varying
);
CREATE UNIQUE INDEX resourceclaimactions_ui_resourceclaimid_actionid
    ON dbo.resourceclaimactions (resourceclaimid, actionid);

CREATE TABLE dbo.resourceclaimactionauthorizationstrategies (
    resourceclaimactionauthorizationstrategyid serial CONSTRAINT resourceclaimactionauthorizationstrategies_pk PRIMARY KEY,
    resourceclaimactionid integer NOT NULL,
    authorizationstrategyid integer NOT NULL
);
CREATE UNIQUE INDEX resourceclaimactionauthorizationstrategies_ui_resourceclaimacti
    ON dbo.resourceclaimactionauthorizationstrategies (resourceclaimactionid, authorizationstrategyid);

CREATE TABLE dbo.claimsetresourceclaimactions (
    claimsetresourceclaimactionid serial CONSTRAINT claimsetresourceclaimactions_pk PRIMARY KEY,
    claimsetid integer NOT NULL,
    resourceclaimid integer NOT NULL,
    actionid integer NOT NULL,
    validationrulesetnameoverride character varying
);
CREATE UNIQUE INDEX claimsetresourceclaimactions_ui_claimsetid_resourceclaimid_acti
    ON dbo.claimsetresourceclaimactions (claimsetid, resourceclaimid, actionid);

CREATE TABLE dbo.claimsetresourceclaimactionauthorizationstrategyoverrides (
    claimsetresourceclaimactionauthorizationstrategyoverrideid serial
        CONSTRAINT claimsetresourceclaimactionauthorizationstrategyoverrides_pk PRIMARY KEY,
    claimsetresourceclaimactionid integer NOT NULL,
    authorizationstrategyid integer NOT NULL
);
CREATE UNIQUE INDEX actionauthorizationstrategyoverrides_ui_claimsetresourceclaimac
    ON dbo.claimsetresourceclaimactionauthorizationstrategyoverrides (claimsetresourceclaimactionid, authorizationstrategyid);

INSERT INTO dbo.actions (actionname, actionuri) VALUES
    ('Create', 'http://ed-fi.org/odsapi/actions/create'),
    ('Read', 'http://ed-fi.org/odsapi/actions/read'),
    ('Update', 'http://ed-fi.org/odsapi/actions/update'),
    ('Delete', 'http://ed-fi.org/odsapi/actions/delete'),
    ('ReadChanges', 'http://ed-fi.org/odsapi/actions/readChanges');

INSERT INTO dbo.authorizationstrategies (displayname, authorizationstrategyname) VALUES
    ('No Further Authorization Required', 'NoFurtherAuthorizationRequired'),
    ('Relationships with Education Organizations and People', 'RelationshipsWithEdOrgsAndPeople'),
    ('Relationships with Education Organizations only', 'RelationshipsWithEdOrgsOnly'),
    ('Namespace Based', 'NamespaceBased'),
    ('Relationships with People only', 'RelationshipsWithPeopleOnly'),
    ('Relationships with Students only', 'RelationshipsWithStudentsOnly'),
    ('Relationships with Students only (through StudentEducationOrganizationResponsibilityAssociation)',
     'RelationshipsWithStudentsOnlyThroughResponsibility'),
    ('Ownership Based', 'OwnershipBased'),
    ('Relationships with Education Organizations and People (including deletes)',
     'RelationshipsWithEdOrgsAndPeopleIncludingDeletes'),
    ('Relationships With Students Only Including Deletes', 'RelationshipsWithStudentsOnlyIncludingDeletes'),
    ('Relationships with Education Organizations only (Inverted)', 'RelationshipsWithEdOrgsOnlyInverted'),
    ('Relationships with Education Organizations and People (Inverted)', 'RelationshipsWithEdOrgsAndPeopleInverted'),
    ('Relationships with Students only (through StudentEducationOrganizationResponsibilityAssociation, including deletes)',
     'RelationshipsWithStudentsOnlyThroughResponsibilityIncludingDeletes');

INSERT INTO dbo.claimsets (claimsetid, claimsetname, isedfipreset, forapplicationuseonly) VALUES
    (1, 'SIS Vendor', true, false),
    (2, 'Ed-Fi Sandbox', true, false),
    (3, 'Roster Vendor', true, false),
    (4, 'Assessment Vendor', true, false),
    (5, 'Assessment Read', true, false),
    (6, 'Bootstrap Descriptors and EdOrgs', true, true),
    (8, 'District Hosted SIS Vendor', true, false),
    (10, 'AB Connect', true, false),
    (11, 'Ed-Fi API Publisher - Reader', true, false),
    (12, 'Ed-Fi API Publisher - Writer', true, false),
    (13, 'Finance Vendor', true, false),
    (14, 'Education Preparation Program', true, false);
SELECT pg_catalog.setval('dbo.claimsets_claimsetid_seq', 14);

-- Domains first, then the resources below them.
INSERT INTO dbo.resourceclaims (resourcename, claimname) VALUES
    ('types', 'http://ed-fi.org/ods/identity/claims/domains/edFiTypes'),
    ('systemDescriptors', 'http://ed-fi.org/ods/identity/claims/domains/systemDescriptors'),
    ('managedDescriptors', 'http://ed-fi.org/ods/identity/claims/domains/managedDescriptors'),
    ('educationOrganizations', 'http://ed-fi.org/ods/identity/claims/domains/educationOrganizations'),
    ('people', 'http://ed-fi.org/ods/identity/claims/domains/people'),
    ('relationshipBasedData', 'http://ed-fi.org/ods/identity/claims/domains/relationshipBasedData'),
    ('primaryRelationships', 'http://ed-fi.org/ods/identity/claims/domains/primaryRelationships'),
    ('tpdm', 'http://ed-fi.org/ods/identity/claims/domains/tpdm');
INSERT INTO dbo.resourceclaims (resourcename, claimname, parentresourceclaimid)
SELECT leaf.name, 'http://ed-fi.org/ods/identity/claims/' || leaf.name, parent.resourceclaimid
FROM (VALUES
    ('schoolYearType', 'types'),
    ('educationOrganizationCategoryDescriptor', 'systemDescriptors'),
    ('gradeLevelDescriptor', 'systemDescriptors'),
    ('localEducationAgencyCategoryDescriptor', 'systemDescriptors'),
    ('schoolCategoryDescriptor', 'systemDescriptors'),
    ('localEducationAgency', 'educationOrganizations'),
    ('school', 'educationOrganizations'),
    ('student', 'people'),
    ('studentSchoolAssociation', 'primaryRelationships')
) AS leaf (name, domain)
JOIN dbo.resourceclaims parent ON parent.resourcename = leaf.domain;
-- An extension's resources have its schema in their names.
INSERT INTO dbo.resourceclaims (resourcename, claimname, parentresourceclaimid)
SELECT 'candidate', 'http://ed-fi.org/ods/identity/claims/tpdm/candidate', resourceclaimid
FROM dbo.resourceclaims WHERE resourcename = 'tpdm';

-- What each action on a domain asks of a client, unless its claim set says otherwise.
WITH defaults (domain, action, strategy) AS (VALUES
    ('types', 'Read', 'NoFurtherAuthorizationRequired'),
    ('systemDescriptors', 'Create', 'NamespaceBased'),
    ('systemDescriptors', 'Read', 'NoFurtherAuthorizationRequired'),
    ('systemDescriptors', 'Update', 'NamespaceBased'),
    ('systemDescriptors', 'Delete', 'NamespaceBased'),
    ('systemDescriptors', 'ReadChanges', 'NoFurtherAuthorizationRequired'),
    ('managedDescriptors', 'Create', 'NamespaceBased'),
    ('managedDescriptors', 'Read', 'NoFurtherAuthorizationRequired'),
    ('managedDescriptors', 'Update', 'NamespaceBased'),
    ('managedDescriptors', 'Delete', 'NamespaceBased'),
    ('managedDescriptors', 'ReadChanges', 'NoFurtherAuthorizationRequired'),
    ('educationOrganizations', 'Create', 'NoFurtherAuthorizationRequired'),
    ('educationOrganizations', 'Read', 'NoFurtherAuthorizationRequired'),
    ('educationOrganizations', 'Update', 'NoFurtherAuthorizationRequired'),
    ('educationOrganizations', 'Delete', 'NoFurtherAuthorizationRequired'),
    ('educationOrganizations', 'ReadChanges', 'NoFurtherAuthorizationRequired'),
    ('people', 'Create', 'NoFurtherAuthorizationRequired'),
    ('people', 'Read', 'RelationshipsWithEdOrgsAndPeople'),
    ('people', 'Update', 'RelationshipsWithEdOrgsAndPeople'),
    ('people', 'Delete', 'NoFurtherAuthorizationRequired'),
    ('people', 'ReadChanges', 'RelationshipsWithEdOrgsAndPeopleIncludingDeletes'),
    ('relationshipBasedData', 'Create', 'RelationshipsWithEdOrgsAndPeople'),
    ('relationshipBasedData', 'Read', 'RelationshipsWithEdOrgsAndPeople'),
    ('relationshipBasedData', 'Update', 'RelationshipsWithEdOrgsAndPeople'),
    ('relationshipBasedData', 'Delete', 'RelationshipsWithEdOrgsAndPeople'),
    ('relationshipBasedData', 'ReadChanges', 'RelationshipsWithEdOrgsAndPeopleIncludingDeletes'),
    ('tpdm', 'Read', 'NoFurtherAuthorizationRequired'),
    ('primaryRelationships', 'Create', 'RelationshipsWithEdOrgsOnly'),
    ('primaryRelationships', 'Read', 'RelationshipsWithEdOrgsAndPeople'),
    ('primaryRelationships', 'Update', 'RelationshipsWithEdOrgsAndPeople'),
    ('primaryRelationships', 'Delete', 'RelationshipsWithEdOrgsAndPeople'),
    ('primaryRelationships', 'ReadChanges', 'RelationshipsWithEdOrgsAndPeopleIncludingDeletes')
), allowed AS (
    INSERT INTO dbo.resourceclaimactions (resourceclaimid, actionid)
    SELECT r.resourceclaimid, a.actionid
    FROM defaults d
    JOIN dbo.resourceclaims r ON r.resourcename = d.domain
    JOIN dbo.actions a ON a.actionname = d.action
    RETURNING resourceclaimactionid, resourceclaimid, actionid
)
INSERT INTO dbo.resourceclaimactionauthorizationstrategies (resourceclaimactionid, authorizationstrategyid)
SELECT w.resourceclaimactionid, s.authorizationstrategyid
FROM allowed w
JOIN dbo.resourceclaims r USING (resourceclaimid)
JOIN dbo.actions a USING (actionid)
JOIN defaults d ON d.domain = r.resourcename AND d.action = a.actionname
JOIN dbo.authorizationstrategies s ON s.authorizationstrategyname = d.strategy;

-- Grants: claim set, resources, actions, and the strategy that replaces the default, if any.
WITH grants (claimset, resources, actions, strategy) AS (VALUES
    ('SIS Vendor', 'types,systemDescriptors,educationOrganizations', 'Read', NULL),
    ('SIS Vendor', 'managedDescriptors,people,primaryRelationships,relationshipBasedData', 'Create,Read,Update,Delete', NULL),
    ('Ed-Fi Sandbox', 'types', 'Read', NULL),
    ('Ed-Fi Sandbox', 'systemDescriptors,managedDescriptors,educationOrganizations,people,primaryRelationships,relationshipBasedData',
     'Create,Read,Update,Delete,ReadChanges', NULL),
    ('Roster Vendor', 'educationOrganizations,student,studentSchoolAssociation', 'Read', NULL),
    ('Assessment Vendor', 'types,systemDescriptors,student', 'Read', NULL),
    ('Assessment Vendor', 'managedDescriptors', 'Create,Read,Update,Delete', NULL),
    ('Assessment Read', 'student', 'Read', NULL),
    ('Bootstrap Descriptors and EdOrgs', 'educationOrganizations,localEducationAgency,school,managedDescriptors', 'Create',
     'NoFurtherAuthorizationRequired'),
    ('Bootstrap Descriptors and EdOrgs', 'systemDescriptors', 'Create,Read,Update', 'NoFurtherAuthorizationRequired'),
    ('District Hosted SIS Vendor', 'types,systemDescriptors,educationOrganizations', 'Read', NULL),
    ('District Hosted SIS Vendor', 'localEducationAgency', 'Read,Update', NULL),
    ('District Hosted SIS Vendor', 'managedDescriptors,people,primaryRelationships,school', 'Create,Read,Update,Delete', NULL),
    ('Ed-Fi API Publisher - Reader', 'types', 'Read', NULL),
    ('Ed-Fi API Publisher - Reader',
     'systemDescriptors,managedDescriptors,educationOrganizations,people,primaryRelationships,relationshipBasedData',
     'Read,ReadChanges', NULL),
    ('Ed-Fi API Publisher - Writer', 'types,systemDescriptors,managedDescriptors', 'Create,Read,Update,Delete',
     'NoFurtherAuthorizationRequired'),
    ('Ed-Fi API Publisher - Writer', 'educationOrganizations,people,primaryRelationships,relationshipBasedData',
     'Create,Read,Update,Delete', NULL),
    ('Ed-Fi Sandbox', 'tpdm', 'Read', NULL),
    ('Education Preparation Program', 'systemDescriptors,tpdm', 'Read', NULL)
), spread AS (
    SELECT c.claimsetid, r.resourceclaimid, a.actionid, g.strategy
    FROM grants g
    JOIN dbo.claimsets c ON c.claimsetname = g.claimset
    JOIN dbo.resourceclaims r ON r.resourcename = ANY (pg_catalog.string_to_array(g.resources, ','))
    JOIN dbo.actions a ON a.actionname = ANY (pg_catalog.string_to_array(g.actions, ','))
), granted AS (
    INSERT INTO dbo.claimsetresourceclaimactions (claimsetid, resourceclaimid, actionid)
    SELECT claimsetid, resourceclaimid, actionid FROM spread
    RETURNING claimsetresourceclaimactionid, claimsetid, resourceclaimid, actionid
)
INSERT INTO dbo.claimsetresourceclaimactionauthorizationstrategyoverrides (claimsetresourceclaimactionid, authorizationstrategyid)
SELECT g.claimsetresourceclaimactionid, s.authorizationstrategyid
FROM granted g
JOIN spread USING (claimsetid, resourceclaimid, actionid)
JOIN dbo.authorizationstrategies s ON s.authorizationstrategyname = spread.strategy;

-- As in any dump, foreign keys come last.
ALTER TABLE ONLY dbo.resourceclaims
    ADD CONSTRAINT fk_resourceclaims_resourceclaims FOREIGN KEY (parentresourceclaimid) REFERENCES dbo.resourceclaims(resourceclaimid);
ALTER TABLE ONLY dbo.resourceclaimactions
    ADD CONSTRAINT fk_resourceclaimactions_resourceclaims FOREIGN KEY (resourceclaimid) REFERENCES dbo.resourceclaims(resourceclaimid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.resourceclaimactions
    ADD CONSTRAINT fk_resourceclaimactions_actions FOREIGN KEY (actionid) REFERENCES dbo.actions(actionid);
ALTER TABLE ONLY dbo.resourceclaimactionauthorizationstrategies
    ADD CONSTRAINT fk_actionauthorizationstrategies_actionauthorizationid FOREIGN KEY (resourceclaimactionid) REFERENCES dbo.resourceclaimactions(resourceclaimactionid);
ALTER TABLE ONLY dbo.resourceclaimactionauthorizationstrategies
    ADD CONSTRAINT fk_actionauthorizationstrategies_authorizationstrategyid FOREIGN KEY (authorizationstrategyid) REFERENCES dbo.authorizationstrategies(authorizationstrategyid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.claimsetresourceclaimactions
    ADD CONSTRAINT fk_claimsetresourceclaimactions_claimsets FOREIGN KEY (claimsetid) REFERENCES dbo.claimsets(claimsetid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.claimsetresourceclaimactions
    ADD CONSTRAINT fk_claimsetresourceclaimactions_resourceclaims FOREIGN KEY (resourceclaimid) REFERENCES dbo.resourceclaims(resourceclaimid);
ALTER TABLE ONLY dbo.claimsetresourceclaimactions
    ADD CONSTRAINT fk_claimsetresourceclaimactions_actions FOREIGN KEY (actionid) REFERENCES dbo.actions(actionid);
ALTER TABLE ONLY dbo.claimsetresourceclaimactionauthorizationstrategyoverrides
    ADD CONSTRAINT fk_actionauthorizationstrategyoverrides_actionauthorizations FOREIGN KEY (claimsetresourceclaimactionid) REFERENCES dbo.claimsetresourceclaimactions(claimsetresourceclaimactionid);
ALTER TABLE ONLY dbo.claimsetresourceclaimactionauthorizationstrategyoverrides
    ADD CONSTRAINT fk_actionauthorizationstrategyoverrides_authorizationstrategies FOREIGN KEY (authorizationstrategyid) REFERENCES dbo.authorizationstrategies(authorizationstrategyid) ON DELETE CASCADE;
