#!/usr/bin/env bash
# make bench: the table of README, measured on this machine. Arguments go to the harness (--help).
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bench: network namespaces need root" >&2; exit 1; }
dotnet build bench/Weft.Bench -c Release --nologo -v quiet
exec artifacts/bin/Weft.Bench/release/Weft.Bench --output bench/results "$@"
