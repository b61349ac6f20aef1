#!/usr/bin/env bash
# Brings libchdb.so, ClickHouse as a library, which tests/Weft.ClickHouseServer serves over HTTP for tests and benchmarks.
# Comes once from the npm registry that this machine is set up for, into the user's cache; WEFT_CHDB names another file.
# Without it everything builds; the tests that need ClickHouse fail and say so.
# usage: eng/chdb.sh            (prints the path)
set -euo pipefail
version=26.5.3
sha256=4330da79405733f7572f27c1442f46c03a08301f00859dce0368645731b1e1dc # of libchdb.so in that version

if [ -n "${WEFT_CHDB:-}" ]; then
  [ -f "$WEFT_CHDB" ] || { echo "chdb: WEFT_CHDB names $WEFT_CHDB, which is not there" >&2; exit 1; }
  echo "$WEFT_CHDB"
  exit
fi
[ "$(uname -s -m)" = "Linux x86_64" ] || { echo "chdb: only for Linux on x86-64" >&2; exit 1; }
home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
folder=${XDG_CACHE_HOME:-$home/.cache}/weft/chdb-$version
library=$folder/libchdb.so
if [ ! -f "$library" ]; then
  command -v npm > /dev/null || { echo "chdb: needs npm to fetch @chdb/lib-linux-x64-gnu $version" >&2; exit 1; }
  mkdir -p "$folder"
  work=$(mktemp -d "$folder/fetch.XXXXXX") # beside where it goes, so that the last step is a rename
  trap 'rm -rf "$work"' EXIT
  echo "chdb: fetching ClickHouse $version (160 MB, once)" >&2
  (cd "$work" && npm pack --silent "@chdb/lib-linux-x64-gnu@$version" > /dev/null)
  tar -xzf "$work"/*.tgz -C "$work" package/libchdb.so
  echo "$sha256  $work/package/libchdb.so" | sha256sum --check --quiet - >&2
  mv "$work/package/libchdb.so" "$library"
fi
echo "$library"
