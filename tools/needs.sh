#!/bin/sh
# Makes sure that programs are there: installs them as root on Debian, otherwise names what is missing and fails.
set -eu
missing=""
is_there() {
    # Debian keeps PostgreSQL's programs out of the PATH.
    [ "$1" = postgresql ] && { set -- initdb; ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && return; }
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]
}
for program in "$@"; do
    is_there "$program" || missing="$missing $program"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$missing" >&2
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(echo "$missing" | sed 's/varnishd/varnish/') >/dev/null
    exit 0
fi
echo "the tests need:$missing. Install them (on Debian: apt install$missing, where varnishd is in varnish) and run make test again." >&2
exit 1
