#!/bin/sh
# Makes the minimal template, closes it, and clones the ODS from it, under the name in ODS_DB. Runs once, on an empty data
# folder. Errors inside the SQL do not stop it, as they do not stop the official image.
set -e

content=/tmp/EdFi_Ods_Minimal_Template.sql
if [ "${TPDM_ENABLED:-}" = true ]; then content=/tmp/EdFi_Ods_Minimal_Template_TPDM_Core.sql; fi

psql --no-psqlrc -q --dbname postgres -o /dev/null -v user="$POSTGRES_USER" -v name="${ODS_DB:-EdFi_Ods}" -v content="$content" <<'SQL'
CREATE DATABASE "EdFi_Ods_Minimal_Template" TEMPLATE template0 STRATEGY file_copy;
GRANT ALL PRIVILEGES ON DATABASE "EdFi_Ods_Minimal_Template" TO :"user";
\connect EdFi_Ods_Minimal_Template
\i :content
\connect postgres
ALTER DATABASE "EdFi_Ods_Minimal_Template" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false;
CREATE DATABASE :"name" TEMPLATE "EdFi_Ods_Minimal_Template" STRATEGY file_copy;
GRANT ALL PRIVILEGES ON DATABASE :"name" TO :"user";
SQL
