#!/bin/sh
# Starts nginx, after the scripts that somebody put into /docker-entrypoint.d.
set -eu

if [ "${1:-}" = nginx ]; then
    for file in /docker-entrypoint.d/*.sh; do
        if [ -x "$file" ]; then "$file"; fi
    done
fi
exec "$@"
