#!/bin/sh
# Writes PgBouncer's configuration from the environment and starts it.
# Two families of names are understood: DB_HOST, DB_USER, … and POSTGRESQL_HOST, PGBOUNCER_PORT, ….
set -eu

folder=/etc/pgbouncer
fail() { echo "entrypoint: $*" >&2; exit 1; }

if [ -n "${DATABASE_URL:-}" ]; then
    address=${DATABASE_URL#*://}
    login=${address%@*}
    if [ "$login" != "$address" ]; then
        DB_USER=${login%%:*}
        if [ "$login" != "$DB_USER" ]; then DB_PASSWORD=${login#*:}; fi
    fi
    place=${address##*@}
    if [ "${place#*/}" != "$place" ]; then DB_NAME=${place#*/}; fi
    place=${place%%/*}
    DB_HOST=${place%%:*}
    if [ "$place" != "$DB_HOST" ]; then DB_PORT=${place#*:}; fi
fi

# The second family stores passwords as they are, as logging in to PostgreSQL with SCRAM needs.
if [ -n "${POSTGRESQL_HOST:-}" ]; then
    AUTH_TYPE=${AUTH_TYPE:-${PGBOUNCER_AUTH_TYPE:-scram-sha-256}}
    LISTEN_PORT=${LISTEN_PORT:-${PGBOUNCER_PORT:-6432}}
    POOL_MODE=${POOL_MODE:-${PGBOUNCER_POOL_MODE:-}}
    MAX_CLIENT_CONN=${MAX_CLIENT_CONN:-${PGBOUNCER_MAX_CLIENT_CONN:-}}
    DEFAULT_POOL_SIZE=${DEFAULT_POOL_SIZE:-${PGBOUNCER_DEFAULT_POOL_SIZE:-}}
fi
DB_HOST=${DB_HOST:-${POSTGRESQL_HOST:-}}
DB_PORT=${DB_PORT:-${POSTGRESQL_PORT:-5432}}
DB_USER=${DB_USER:-${POSTGRESQL_USERNAME:-${POSTGRESQL_USER:-postgres}}}
DB_PASSWORD=${DB_PASSWORD:-${POSTGRESQL_PASSWORD:-}}
DB_NAME=${DB_NAME:-${PGBOUNCER_DATABASE:-*}}
AUTH_TYPE=${AUTH_TYPE:-md5}
AUTH_FILE=${AUTH_FILE:-$folder/userlist.txt}

if [ ! -f "$folder/pgbouncer.ini" ]; then
    if [ -z "$DB_HOST" ]; then fail "DB_HOST is not set; it names the PostgreSQL server."; fi

    umask 077
    touch "$AUTH_FILE"
    if [ -n "$DB_PASSWORD" ] && ! grep -qF "\"$DB_USER\" " "$AUTH_FILE"; then
        case $AUTH_TYPE in
            plain | scram-sha-256) stored=$DB_PASSWORD ;;
            *) stored=md5$(printf '%s%s' "$DB_PASSWORD" "$DB_USER" | md5sum | cut -d ' ' -f 1) ;;
        esac
        printf '"%s" "%s"\n' "$DB_USER" "$(printf '%s' "$stored" | sed 's/"/""/g')" >> "$AUTH_FILE"
    fi

    {
        echo '[databases]'
        echo "$DB_NAME = host=$DB_HOST port=$DB_PORT auth_user=$DB_USER"
        echo '[pgbouncer]'
        echo "listen_addr = ${LISTEN_ADDR:-0.0.0.0}"
        echo "listen_port = ${LISTEN_PORT:-5432}"
        echo "unix_socket_dir = ${UNIX_SOCKET_DIR:-}"
        echo "auth_file = $AUTH_FILE"
        echo "auth_type = $AUTH_TYPE"
        echo "ignore_startup_parameters = ${IGNORE_STARTUP_PARAMETERS:-extra_float_digits}"
        echo "admin_users = ${ADMIN_USERS:-postgres}"
        for name in AUTH_HBA_FILE AUTH_USER AUTH_QUERY POOL_MODE MAX_CLIENT_CONN DEFAULT_POOL_SIZE MIN_POOL_SIZE \
            RESERVE_POOL_SIZE RESERVE_POOL_TIMEOUT MAX_DB_CONNECTIONS MAX_USER_CONNECTIONS SERVER_ROUND_ROBIN \
            APPLICATION_NAME_ADD_HOST MAX_PREPARED_STATEMENTS LOG_CONNECTIONS LOG_DISCONNECTIONS \
            LOG_POOLER_ERRORS LOG_STATS STATS_PERIOD VERBOSE STATS_USERS SERVER_RESET_QUERY \
            SERVER_RESET_QUERY_ALWAYS SERVER_CHECK_DELAY SERVER_CHECK_QUERY SERVER_LIFETIME SERVER_IDLE_TIMEOUT \
            SERVER_CONNECT_TIMEOUT SERVER_LOGIN_RETRY CLIENT_LOGIN_TIMEOUT AUTODB_IDLE_TIMEOUT DNS_MAX_TTL \
            DNS_NXDOMAIN_TTL CLIENT_TLS_SSLMODE CLIENT_TLS_KEY_FILE CLIENT_TLS_CERT_FILE CLIENT_TLS_CA_FILE \
            SERVER_TLS_SSLMODE SERVER_TLS_CA_FILE SERVER_TLS_KEY_FILE SERVER_TLS_CERT_FILE QUERY_TIMEOUT \
            QUERY_WAIT_TIMEOUT CLIENT_IDLE_TIMEOUT IDLE_TRANSACTION_TIMEOUT; do
            eval "value=\${$name:-}"
            if [ -n "$value" ]; then echo "$(echo "$name" | tr 'A-Z' 'a-z') = $value"; fi
        done
    } > "$folder/pgbouncer.ini"
fi

exec "$@"
