#!/bin/sh
# Makes EdFi_Admin and EdFi_Security and fills them. Runs once, on an empty data folder.
# Errors inside the SQL do not stop it, as they do not stop the official image.
set -e

# @ROLE@

# Beside each other, as they have nothing in common.
for name in EdFi_Security EdFi_Admin; do
    psql --no-psqlrc -q --dbname postgres -o /dev/null -v user="$POSTGRES_USER" -v name="$name" -v content="/tmp/$name.sql" <<'SQL' &
CREATE DATABASE :"name" TEMPLATE template0 STRATEGY file_copy;
GRANT ALL PRIVILEGES ON DATABASE :"name" TO :"user";
\connect :name
\i :content
SQL
done
wait
