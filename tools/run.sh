#!/bin/sh
# Reads CORPUS into its index, then serves it on PORT. Rejected pages (exit 1) do not stop it.
set -eu
searchsvc=.venv/bin/searchsvc
index=index
if [ "$CORPUS" != corpus ]; then
    # An index of its own for every other folder, named after the folder's whole path.
    index=index/of-$(printf %s "$(cd "$CORPUS" 2>/dev/null && pwd -P || printf %s "$CORPUS")" | cksum | tr ' ' '-')
fi
status=0
"$searchsvc" ingest "$CORPUS" --index "$index" || status=$?
if [ "$status" -eq 3 ]; then
    # Most often an index of an older version of this program.
    echo "searchsvc: to start over, remove the folder $index" >&2
fi
[ "$status" -le 1 ] || exit "$status"
exec "$searchsvc" serve --index "$index" --port "$PORT" --editors-link
