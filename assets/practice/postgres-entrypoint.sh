#!/bin/sh
# Starts PostgreSQL. On an empty data folder it first makes the cluster and runs what lies in
# /docker-entrypoint-initdb.d. Takes the environment of the official PostgreSQL image.
set -eu

say() { echo "entrypoint: $*"; }
fail() { echo "entrypoint: $*" >&2; exit 1; }

# The value of $1, or the content of the file that $1_FILE names.
setting() {
    eval "value=\${$1:-} file=\${$1_FILE:-}"
    if [ -n "$value" ] && [ -n "$file" ]; then
        fail "$1 and $1_FILE are both set; set one of them."
    fi
    if [ -n "$file" ]; then value=$(cat "$file"); fi
    printf '%s' "$value"
}

if [ "${1:-}" = "" ] || [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 700 "$PGDATA"
    chown -R postgres:postgres "$PGDATA" /var/run/postgresql
    exec su -p -s /bin/sh -c 'exec "$0" "$@"' postgres "$0" "$@"
fi

if [ -s "$PGDATA/PG_VERSION" ]; then
    say "found data in $PGDATA; nothing is set up again."
    exec "$@"
fi

POSTGRES_USER=$(setting POSTGRES_USER)
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=$(setting POSTGRES_DB)
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
POSTGRES_PASSWORD=$(setting POSTGRES_PASSWORD)
POSTGRES_HOST_AUTH_METHOD=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
export POSTGRES_USER POSTGRES_DB POSTGRES_PASSWORD

if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    fail "the data folder is empty and POSTGRES_PASSWORD is not set. Set it to a password for the user $POSTGRES_USER."
fi

say "$PGDATA is empty; making a new cluster for the user $POSTGRES_USER."
mkdir -p "$PGDATA"
chmod 700 "$PGDATA"
# The password goes through a pipe: an argument could be seen by others.
if [ -n "$POSTGRES_PASSWORD" ]; then
    TZ=${TZ:-UTC} initdb -D "$PGDATA" -U "$POSTGRES_USER" -E UTF8 --locale=C --no-sync --no-instructions \
        --auth-local=trust --auth-host="$POSTGRES_HOST_AUTH_METHOD" -c listen_addresses='*' \
        --pwfile=/dev/fd/3 ${POSTGRES_INITDB_ARGS:-} 3<<PASSWORD
$POSTGRES_PASSWORD
PASSWORD
else
    TZ=${TZ:-UTC} initdb -D "$PGDATA" -U "$POSTGRES_USER" -E UTF8 --locale=C --no-sync --no-instructions \
        --auth-local=trust --auth-host=trust -c listen_addresses='*' ${POSTGRES_INITDB_ARGS:-}
fi
printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >> "$PGDATA/pg_hba.conf"

# On the socket only, so that nobody outside takes it for ready. What is written now is synced once, below. It takes the
# arguments given, too: a bad one fails now. As with the official image the folder is not empty then any more, and who
# starts again with good ones gets a cluster that none of the scripts below has seen.
"$@" -D "$PGDATA" -c listen_addresses='' -c archive_mode=off -c fsync=off -c full_page_writes=off -c synchronous_commit=off \
    -c max_wal_senders=0 -c wal_level=minimal -c autovacuum=off -c log_min_messages=fatal &
server=$!
# The server notes its state in this file; reading it costs less than asking over the socket.
is_ready() {
    [ -f "$PGDATA/postmaster.pid" ] || return 1
    while read -r line; do
        case $line in ready*) return 0 ;; esac
    done < "$PGDATA/postmaster.pid"
    return 1
}
until is_ready; do
    kill -0 "$server" || fail "the new cluster does not start."
    usleep 10000
done

# As the scripts of the official image expect to find it.
export PGUSER="$POSTGRES_USER" PGDATABASE="$POSTGRES_DB" PGHOST=/var/run/postgresql
sql() { psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password -q "$@"; }

if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE :"name";\n' | sql --dbname postgres -v name="$POSTGRES_DB"
fi

for file in /docker-entrypoint-initdb.d/*; do
    case $file in
        *.sh)
            say "running $file"
            if [ -x "$file" ]; then "$file"; else . "$file"; fi
            ;;
        *.sql) say "running $file"; sql -f "$file" ;;
        *.sql.gz) say "running $file"; gunzip -c "$file" | sql ;;
        /docker-entrypoint-initdb.d/\*) ;;
        *) say "leaving $file alone" ;;
    esac
done
unset PGUSER PGDATABASE PGHOST

kill -INT "$server"
wait "$server"
# Beside the start: whoever waits for the first answer need not wait for the disk. It complains about
# files that the starting server takes away; those need no sync.
initdb --sync-only -D "$PGDATA" >/dev/null 2>&1 &
unset POSTGRES_PASSWORD
say "the cluster is set up; starting it."
exec "$@"
