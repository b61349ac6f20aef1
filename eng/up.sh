#!/usr/bin/env bash
# Weft on this host for its own Docker, until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "up: run as root" >&2; exit 1; }
exec artifacts/publish/weftd/release/weftd up "$@"
