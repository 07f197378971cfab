if [ "$POSTGRES_USER" != postgres ]; then
    # The SQL gives its objects to a role of this name.
    psql --no-psqlrc -q --dbname postgres -v user="$POSTGRES_USER" <<'SQL'
CREATE ROLE postgres WITH NOLOGIN INHERIT;
GRANT :"user" TO postgres;
SQL
fi
