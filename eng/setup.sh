#!/usr/bin/env bash
# Installs what building and testing need on Debian 12, beyond the .NET SDK. Safe to run again.
set -euo pipefail

packages=(
  clang-19 llvm-19 libbpf-dev bpftool linux-libc-dev   # the vrouter and its ABI
  gcc zlib1g-dev                                        # NativeAOT
  docker.io busybox-static iproute2 iputils-ping ethtool tcpdump procps util-linux jq  # tests, demo
  iperf3 sockperf wrk nginx-light haproxy nftables socat  # traffic, and what is measured beside Weft
  docker-compose                                        # the example of docs, in the end-to-end tests
  clang-format-19
  nfdump pmacct                                         # flow collectors that read what Weft exports
)

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] || { echo "setup: run as root to install: ${missing[*]}" >&2; exit 1; }
  echo "setup: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # Packages must not start daemons: the tests start their own, in namespaces.
  policy=/usr/sbin/policy-rc.d
  created_policy=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    created_policy=1
  fi
  trap '[ -z "$created_policy" ] || rm -f "$policy"' EXIT
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" > /tmp/weft-setup.log 2>&1 ||
    { tail -n 30 /tmp/weft-setup.log >&2; exit 1; }
fi

if [ "$(id -u)" = 0 ] && ! mountpoint -q /sys/fs/bpf; then
  mount -t bpf bpf /sys/fs/bpf
fi

# ClickHouse for the tests of its store. Without it the product builds all the same, and those tests say what is missing.
eng=$(cd "$(dirname "$0")" && pwd)
"$eng/chdb.sh" > /dev/null || echo "setup: without ClickHouse; tests that need it will fail" >&2
