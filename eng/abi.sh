#!/usr/bin/env bash
# Regenerates src/Weft.Dataplane/Abi/Abi.g.cs from bpf/lib/abi.h; with --check only says whether it differs.
set -euo pipefail
cd "$(dirname "$0")/.."
target=src/Weft.Dataplane/Abi/Abi.g.cs
new=$(mktemp); trap 'rm -f "$new"' EXIT

dotnet build src/Weft.Dataplane -t:CompileBpf -m:1 -v:quiet -nologo
btf=$(bpftool btf dump file artifacts/bpf/abi.bpf.o -j) || {
	echo "bpftool is missing or could not read artifacts/bpf/abi.bpf.o: run 'make setup'" >&2; exit 1; }
dotnet run eng/AbiGenerator.cs bpf/lib/abi.h bpf/lib/abi_outside.h bpf/lib/abi_reports.h <<<"$btf" >"$new"

if [ "${1:-}" = --check ]; then
	diff -u "$target" "$new" || { echo "$target is not what bpf/lib/abi.h says: run 'make abi'" >&2; exit 1; }
else
	cp "$new" "$target"
fi
