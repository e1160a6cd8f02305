#!/bin/sh
# Makes sure that programs are there: installs them as root on Debian, otherwise names what is missing and fails.
set -eu
missing=""
for program in "$@"; do
    if ! command -v "$program" >/dev/null 2>&1 && [ ! -x "/usr/sbin/$program" ]; then
        missing="$missing $program"
    fi
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$missing" >&2
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
    exit 0
fi
echo "the tests need:$missing. Install them (on Debian: apt install$missing) and run make test again." >&2
exit 1
