# Asks until the answer is yes: probe.sh SECONDS PORT PROGRAM [ARGUMENT…]
# A program that asks costs some milliseconds of processor time, and on a small machine the service that is
# starting needs them. So as long as nothing listens on the port, asking is mostly left out: the kernel's
# tables tell, and reading them costs nothing. PORT is in hexadecimal, as it stands there.
end=$(($(date +%s) + $1)); port=$2; shift 2; n=0
listens() {
  unknown=0
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    unknown=1
    while read -r number address peer state rest; do
      # 0A is a socket that listens.
      case "$address $state" in *":$port 0A") return 0 ;; esac
    done < "$table"
  done
  return $unknown
}
# Once in a while it is asked all the same, for the sake of its words.
until { [ $((n % 20)) = 19 ] || listens; } && "$@"; do
  n=$((n + 1))
  if [ $((n % 20)) = 0 ] && [ "$(date +%s)" -gt "$end" ]; then exit 1; fi
  if [ "$n" -lt 200 ]; then sleep 0.05; else sleep 0.5; fi
done
