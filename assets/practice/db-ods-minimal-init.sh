#!/bin/sh
# Makes EdFi_Ods from the minimal template. Runs once, on an empty data folder.
# Errors inside the SQL do not stop it, as they do not stop the official image.
set -e

# @ROLE@

content=/tmp/EdFi_Ods_Minimal_Template.sql
with_tpdm=/tmp/EdFi_Ods_Minimal_Template_TPDM_Core.sql
# Newer data standards have no TPDM variant; then the core one is taken without a word.
if [ "${TPDM_ENABLED:-}" = true ] && [ -f "$with_tpdm" ]; then content=$with_tpdm; fi

psql --no-psqlrc -q --dbname postgres -o /dev/null -v user="$POSTGRES_USER" -v content="$content" <<'SQL'
CREATE DATABASE "EdFi_Ods" TEMPLATE template0 STRATEGY file_copy;
GRANT ALL PRIVILEGES ON DATABASE "EdFi_Ods" TO :"user";
\connect EdFi_Ods
\i :content
SQL
