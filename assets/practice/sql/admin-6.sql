-- EdFi_Admin of ODS/API 6.2: who may call the API. Its instances are labels only: no connection string, no context, no
-- link to a client. Names, types and rules are those of that release; what the stand-ins never touch is left out.

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

-- The release's own scripts name this role, so nothing below works where it is missing. Inferred for its dumps.
CREATE SCHEMA dbo AUTHORIZATION postgres;

CREATE TABLE dbo.vendors (
    vendorid serial CONSTRAINT vendors_pk PRIMARY KEY,
    vendorname character varying
);

CREATE TABLE dbo.vendornamespaceprefixes (
    vendornamespaceprefixid serial CONSTRAINT vendornamespaceprefixes_pk PRIMARY KEY,
    namespaceprefix character varying(255) NOT NULL,
    vendor_vendorid integer NOT NULL
);
CREATE INDEX ix_vendornamespaceprefixes_vendorid
    ON dbo.vendornamespaceprefixes (vendor_vendorid) INCLUDE (namespaceprefix);

CREATE TABLE dbo.users (
    userid serial CONSTRAINT users_pk PRIMARY KEY,
    email character varying,
    fullname character varying,
    vendor_vendorid integer
);

CREATE TABLE dbo.odsinstances (
    odsinstanceid serial CONSTRAINT odsinstances_pk PRIMARY KEY,
    name character varying(100) NOT NULL,
    instancetype character varying(100) NOT NULL,
    status character varying(100) NOT NULL,
    isextended boolean NOT NULL,
    version character varying(20) NOT NULL
);
CREATE UNIQUE INDEX ux_name_instancetype ON dbo.odsinstances (name, instancetype);

CREATE TABLE dbo.odsinstancecomponents (
    odsinstancecomponentid serial CONSTRAINT odsinstancecomponents_pk PRIMARY KEY,
    name character varying(100) NOT NULL,
    url character varying(200) NOT NULL,
    version character varying(20) NOT NULL,
    odsinstance_odsinstanceid integer NOT NULL
);
CREATE UNIQUE INDEX ux_odsinstance_odsinstanceid_name ON dbo.odsinstancecomponents (odsinstance_odsinstanceid, name);

CREATE TABLE dbo.ownershiptokens (
    ownershiptokenid smallserial CONSTRAINT ownershiptokens_pkey PRIMARY KEY,
    description character varying(50)
);

CREATE TABLE dbo.applications (
    applicationid serial CONSTRAINT applications_pk PRIMARY KEY,
    applicationname character varying,
    vendor_vendorid integer,
    claimsetname character varying(255),
    odsinstance_odsinstanceid integer,
    operationalcontexturi character varying(255) DEFAULT ''::character varying NOT NULL
);
CREATE INDEX ix_odsinstance_odsinstanceid ON dbo.applications (odsinstance_odsinstanceid);
CREATE INDEX ix_vendor_vendorid ON dbo.applications (vendor_vendorid);

CREATE TABLE dbo.applicationeducationorganizations (
    applicationeducationorganizationid serial CONSTRAINT applicationeducationorganizations_pk PRIMARY KEY,
    educationorganizationid integer NOT NULL,
    application_applicationid integer
);
CREATE INDEX ix_application_applicationid ON dbo.applicationeducationorganizations (application_applicationid);

CREATE TABLE dbo.profiles (
    profileid serial CONSTRAINT profiles_pk PRIMARY KEY,
    profilename character varying NOT NULL
);

CREATE TABLE dbo.profileapplications (
    profile_profileid integer NOT NULL,
    application_applicationid integer NOT NULL,
    CONSTRAINT profileapplications_pk PRIMARY KEY (profile_profileid, application_applicationid)
);

CREATE TABLE dbo.apiclients (
    apiclientid serial CONSTRAINT apiclients_pk PRIMARY KEY,
    key character varying(50) NOT NULL,
    secret character varying(100) NOT NULL,
    name character varying(50) NOT NULL,
    isapproved boolean NOT NULL,
    usesandbox boolean NOT NULL,
    sandboxtype integer NOT NULL,
    application_applicationid integer,
    user_userid integer,
    keystatus character varying,
    challengeid character varying,
    challengeexpiry timestamp without time zone,
    activationcode character varying,
    activationretried integer,
    secretishashed boolean DEFAULT false NOT NULL,
    studentidentificationsystemdescriptor character varying(306),
    creatorownershiptokenid_ownershiptokenid smallint
);
CREATE INDEX ix_user_userid ON dbo.apiclients (user_userid);

CREATE TABLE dbo.apiclientownershiptokens (
    apiclientownershiptokenid serial CONSTRAINT apiclientownershiptokens_pkey PRIMARY KEY,
    apiclient_apiclientid integer NOT NULL,
    ownershiptoken_ownershiptokenid smallint NOT NULL
);

CREATE TABLE dbo.apiclientapplicationeducationorganizations (
    apiclient_apiclientid integer NOT NULL,
    applicationedorg_applicationedorgid integer NOT NULL,
    CONSTRAINT apiclientapplicationeducationorganizations_pk
        PRIMARY KEY (apiclient_apiclientid, applicationedorg_applicationedorgid)
);

CREATE TABLE dbo.clientaccesstokens (
    id uuid CONSTRAINT clientaccesstokens_pk PRIMARY KEY,
    expiration timestamp without time zone NOT NULL,
    scope character varying,
    apiclient_apiclientid integer
);
CREATE INDEX ix_clientaccesstokens_expiration ON dbo.clientaccesstokens (expiration DESC);

-- The login of Sandbox Admin's web page.
CREATE TABLE dbo.aspnetusers (
    id text CONSTRAINT pk_aspnetusers PRIMARY KEY,
    username character varying(256),
    normalizedusername character varying(256),
    email character varying(256),
    normalizedemail character varying(256),
    emailconfirmed boolean NOT NULL,
    passwordhash text,
    securitystamp text,
    concurrencystamp text,
    phonenumber text,
    phonenumberconfirmed boolean NOT NULL,
    twofactorenabled boolean NOT NULL,
    lockoutend timestamp with time zone,
    lockoutenabled boolean NOT NULL,
    accessfailedcount integer NOT NULL
);
CREATE INDEX emailindex ON dbo.aspnetusers (normalizedemail);
CREATE UNIQUE INDEX usernameindex ON dbo.aspnetusers (normalizedusername);

CREATE TABLE dbo.aspnetroles (
    id text CONSTRAINT pk_aspnetroles PRIMARY KEY,
    name character varying(256),
    normalizedname character varying(256),
    concurrencystamp text
);
CREATE UNIQUE INDEX rolenameindex ON dbo.aspnetroles (normalizedname);

CREATE TABLE dbo.aspnetuserroles (
    userid text NOT NULL,
    roleid text NOT NULL,
    CONSTRAINT pk_aspnetuserroles PRIMARY KEY (userid, roleid)
);

-- As in any dump, foreign keys come last.
ALTER TABLE ONLY dbo.vendornamespaceprefixes
    ADD CONSTRAINT fk_vendornamespaceprefixes_vendors FOREIGN KEY (vendor_vendorid) REFERENCES dbo.vendors(vendorid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.users
    ADD CONSTRAINT fk_users_vendors FOREIGN KEY (vendor_vendorid) REFERENCES dbo.vendors(vendorid);
ALTER TABLE ONLY dbo.odsinstancecomponents
    ADD CONSTRAINT fk_odsinstancecomponents_odsinstances FOREIGN KEY (odsinstance_odsinstanceid) REFERENCES dbo.odsinstances(odsinstanceid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.applications
    ADD CONSTRAINT fk_applications_odsinstances FOREIGN KEY (odsinstance_odsinstanceid) REFERENCES dbo.odsinstances(odsinstanceid);
ALTER TABLE ONLY dbo.applications
    ADD CONSTRAINT fk_applications_vendors FOREIGN KEY (vendor_vendorid) REFERENCES dbo.vendors(vendorid);
ALTER TABLE ONLY dbo.applicationeducationorganizations
    ADD CONSTRAINT fk_applicationeducationorganizations_applications FOREIGN KEY (application_applicationid) REFERENCES dbo.applications(applicationid);
ALTER TABLE ONLY dbo.profileapplications
    ADD CONSTRAINT fk_profileapplications_profiles FOREIGN KEY (profile_profileid) REFERENCES dbo.profiles(profileid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.profileapplications
    ADD CONSTRAINT fk_profileapplications_applications FOREIGN KEY (application_applicationid) REFERENCES dbo.applications(applicationid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.apiclients
    ADD CONSTRAINT fk_apiclients_applications FOREIGN KEY (application_applicationid) REFERENCES dbo.applications(applicationid);
ALTER TABLE ONLY dbo.apiclients
    ADD CONSTRAINT fk_apiclients_users FOREIGN KEY (user_userid) REFERENCES dbo.users(userid);
ALTER TABLE ONLY dbo.apiclients
    ADD CONSTRAINT fk_apiclients_creatorownershiptokenid_ownershiptokenid FOREIGN KEY (creatorownershiptokenid_ownershiptokenid) REFERENCES dbo.ownershiptokens(ownershiptokenid);
ALTER TABLE ONLY dbo.apiclientownershiptokens
    ADD CONSTRAINT fk_apiclientownershiptokens_apiclients_apiclient_apiclientid FOREIGN KEY (apiclient_apiclientid) REFERENCES dbo.apiclients(apiclientid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.apiclientownershiptokens
    ADD CONSTRAINT fk_apiclientownershiptokens_ownershiptokens_ownershiptoken_owne FOREIGN KEY (ownershiptoken_ownershiptokenid) REFERENCES dbo.ownershiptokens(ownershiptokenid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.apiclientapplicationeducationorganizations
    ADD CONSTRAINT fk_apiclientapplicationeducationorganizations_apiclients FOREIGN KEY (apiclient_apiclientid) REFERENCES dbo.apiclients(apiclientid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.apiclientapplicationeducationorganizations
    ADD CONSTRAINT fk_apiclientapplicationedorg_applicationedorg FOREIGN KEY (applicationedorg_applicationedorgid) REFERENCES dbo.applicationeducationorganizations(applicationeducationorganizationid) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.clientaccesstokens
    ADD CONSTRAINT fk_clientaccesstokens_apiclients FOREIGN KEY (apiclient_apiclientid) REFERENCES dbo.apiclients(apiclientid);
ALTER TABLE ONLY dbo.aspnetuserroles
    ADD CONSTRAINT fk_aspnetuserroles_aspnetusers_userid FOREIGN KEY (userid) REFERENCES dbo.aspnetusers(id) ON DELETE CASCADE;
ALTER TABLE ONLY dbo.aspnetuserroles
    ADD CONSTRAINT fk_aspnetuserroles_aspnetroles_roleid FOREIGN KEY (roleid) REFERENCES dbo.aspnetroles(id) ON DELETE CASCADE;
