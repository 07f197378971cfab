-- Who may administer, and what was granted to whom. Names and types as in Admin API 2.3.2 (OpenIddict's four tables).
CREATE TABLE IF NOT EXISTS adminapi.applications (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_applications PRIMARY KEY,
    clientid character varying(256),
    clientsecret character varying(256),
    displayname character varying(256),
    type character varying(256),
    consenttype character varying(256),
    permissions character varying,
    requirements character varying,
    properties character varying,
    displaynames character varying,
    redirecturis character varying,
    postlogoutredirecturis character varying,
    concurrencytoken character varying(128)
);

CREATE TABLE IF NOT EXISTS adminapi.scopes (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_scopes PRIMARY KEY,
    name character varying(256),
    displayname character varying(256),
    description character varying,
    resources character varying,
    properties character varying,
    displaynames character varying,
    descriptions character varying,
    concurrencytoken character varying(128)
);

CREATE TABLE IF NOT EXISTS adminapi.authorizations (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_authorizations PRIMARY KEY,
    applicationid integer NOT NULL CONSTRAINT fk_authorizationsid_applicationid
        REFERENCES adminapi.applications (id) ON DELETE RESTRICT,
    subject character varying(256),
    status character varying(256),
    scopes character varying,
    properties character varying,
    creationdate timestamp without time zone,
    concurrencytoken character varying(128)
);

CREATE TABLE IF NOT EXISTS adminapi.tokens (
    id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_tokens PRIMARY KEY,
    applicationid integer,
    authorizationid integer,
    subject character varying(256),
    status character varying(256),
    type character varying(256),
    referenceid character varying(256),
    payload character varying,
    properties character varying,
    creationdate timestamp without time zone,
    expirationdate timestamp without time zone,
    redemptiondate timestamp without time zone,
    concurrencytoken character varying(128)
);
