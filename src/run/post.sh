# Posts the form on standard input to an address: post.sh ADDRESS
# The form holds a secret, so it is no argument, and the file it waits in is for this user's eyes only.
umask 077
form=$(mktemp) || exit 90
trap 'rm -f "$form"' EXIT
cat > "$form"
wget -q -T 30 -O /dev/null --post-file="$form" "$1"
