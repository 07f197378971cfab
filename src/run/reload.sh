# Lets nginx take new files in while it serves. Runs in the gateway's container, as its own user, and goes
# on to its end even if nobody waits for it any more.
# Arguments: how long to wait for running requests, in seconds; then the files. Each new one lies
# beside the old one, under the same name with .next.
# Ends with 0; with 65 if nginx refuses the files, the old ones being back; with 66 if the files could not
# be put in place. Says "left N" if that many of the old workers still have requests to finish.
set -u
patience=$1
shift

# The brackets keep this shell itself out: these words stand in its command line, too.
workers() {
    grep -l '[n]ginx: worker process' /proc/[0-9]*/cmdline 2>/dev/null
}

place() {
    for file; do
        rm -f "$file.before" && ln "$file" "$file.before" || return 1
    done
    for file; do
        mv -f "$file.next" "$file" || return 1
    done
}

back() {
    for file; do
        if [ -e "$file.before" ]; then mv -f "$file.before" "$file"; fi
        rm -f "$file.next"
    done
}

if ! place "$@"; then
    back "$@"
    exit 66
fi
old=$(workers)
if ! { nginx -t && nginx -s reload; } >&2; then
    back "$@"
    exit 65
fi

# Old workers take no new requests from the moment when nginx has taken the files in, and end when the
# requests they have are finished.
among() {
    count=0
    for worker in $old; do
        if grep -q "$1" "$worker" 2>/dev/null; then count=$((count + 1)); fi
    done
    echo "$count"
}

tries=100
while [ "$(among '[n]ginx: worker process')" -ne "$(among '[n]ginx: worker process is shutting')" ]; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
        back "$@"
        echo "nginx found nothing wrong, but did not take the new files in" >&2
        exit 65
    fi
    sleep 0.1
done
for file; do
    rm -f "$file.before"
done

tries=$((patience * 10))
while :; do
    left=$(among '[n]ginx: worker process')
    if [ "$left" -eq 0 ]; then exit 0; fi
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
        echo "left $left"
        exit 0
    fi
    sleep 0.1
done
