#!/bin/sh
# Makes the two templates that sandboxes are copied from. Runs once, on an empty data folder.
# Errors inside the SQL do not stop it, as they do not stop the official image.
set -e

# @ROLE@

# Beside each other, as they have nothing in common.
for name in EdFi_Ods_Minimal_Template EdFi_Ods_Populated_Template; do
    content=/tmp/$name.sql
    with_tpdm=/tmp/${name}_TPDM_Core.sql
    # Newer data standards have no TPDM variant; then the core one is taken without a word.
    if [ "${TPDM_ENABLED:-}" = true ] && [ -f "$with_tpdm" ]; then content=$with_tpdm; fi

    # A template that somebody is connected to cannot be copied, so connections are disallowed at last.
    psql --no-psqlrc -q --dbname postgres -o /dev/null -v user="$POSTGRES_USER" -v name="$name" -v content="$content" <<'SQL' &
CREATE DATABASE :"name" TEMPLATE template0 STRATEGY file_copy;
GRANT ALL PRIVILEGES ON DATABASE :"name" TO :"user";
\connect :name
\i :content
\connect postgres
ALTER DATABASE :"name" WITH IS_TEMPLATE true ALLOW_CONNECTIONS false;
SQL
done
wait
