#!/bin/sh
# Starts Redis. As in the official image, it answers to other containers without a password.
set -eu

case ${1:-} in
    '' | -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
    shift
    # A configuration file has to come first.
    case ${1:-} in
        *.conf) file=$1; shift; set -- redis-server "$file" --protected-mode no "$@" ;;
        *) set -- redis-server --protected-mode no "$@" ;;
    esac
fi
exec "$@"
