#!/usr/bin/env bash
# Runs test projects one after the other and ends with one line: N passed, N failed, N skipped.
# usage: eng/test.sh PROJECT...      (names of projects under tests/, built in Release)
set -uo pipefail
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0 status=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in "$@"; do
  echo "== $project"
  "artifacts/bin/$project/release/$project" --no-progress --no-ansi 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  figure() { sed -n "s/^ *$1: \([0-9]*\)$/\1/p" "$log" | tail -n 1; }
  passed=$((passed + $(figure succeeded || echo 0) + 0))
  failures=$(figure failed)
  failed=$((failed + ${failures:-1}))
  skipped=$((skipped + $(figure skipped || echo 0) + 0))
  if [ "$code" != 0 ]; then
    status=1
    [ "${failures:-0}" != 0 ] || failed=$((failed + 1)) # died without saying how many
  fi
done
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
