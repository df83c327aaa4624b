#!/bin/sh
# Publish one event with curl:  publish.sh notifications title=Hello level=info
#
# RUNNEL_URL is where runnel is mounted; RUNNEL_TOKEN is what `runnel grant --publish CHANNEL` printed, and is not needed
# where runnel.conf says `publish = open`. On the machine that holds the store `runnel publish` is shorter.
set -eu

[ $# -ge 2 ] || { echo "usage: publish.sh CHANNEL key=value ..." >&2; exit 64; }
url=${RUNNEL_URL:-http://127.0.0.1/sse}/$1
shift

for pair; do
	shift
	set -- "$@" --data-urlencode "$pair"
done
[ -z "${RUNNEL_TOKEN:-}" ] || set -- "$@" -H "Authorization: Bearer $RUNNEL_TOKEN"

# --fail-with-body: a refusal is a failure, and its sentence is shown.
exec curl --silent --show-error --fail-with-body --max-time 10 "$@" "$url"
