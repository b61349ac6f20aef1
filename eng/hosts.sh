#!/usr/bin/env bash
# Hosts on one machine: each a network, mount, PID, IPC and UTS namespace with its own dockerd, joined by
# a fabric. The one definition of how a host is made; the demo, the benchmarks and the end-to-end tests use it.
#
#   hosts.sh up SITE COUNT [--owner PID] [--mtu BYTES] [--dns ADDRESS] [--no-docker]
#                                     hosts SITE1..SITEn with fabric addresses 172.30.0.1..n, fd30::1..n
#   hosts.sh outside SITE NUMBER      a machine on the same wire that is no host of it: namespace
#                                     SITE-outsideNUMBER at 172.30.0.200+NUMBER, fd30::200+NUMBER
#   hosts.sh docker HOST start|stop|kill|wait    its dockerd
#   hosts.sh exec HOST COMMAND...     as if logged in there (DOCKER_HOST is its own)
#   hosts.sh load HOST IMAGE TAR      an image from a root file system
#   hosts.sh down SITE                nothing is left
#   hosts.sh sweep                    takes down the sites whose owner is gone
#
# A host sees its own /run, /var/lib/docker, /var/lib/weft, /sys/fs/bpf and /etc/resolv.conf, so daemons run
# there with their default paths. Its first process ends with everything in it: containers, too.
# State is in $WEFT_HOSTS/SITE; the directory exists before anything else does and goes last.
set -euo pipefail

root=${WEFT_HOSTS:-/var/tmp/weft-hosts}

die() { echo "hosts: $*" >&2; exit 1; }

site_of() { echo "${1%%[0-9]*}"; }
home_of() { echo "$root/$(site_of "$1")/$1"; }
holder_of() { cat "$(home_of "$1")/holder" 2>/dev/null || die "no host $1; is it up?"; }

# A process id alone may be another's by now.
started() { awk '{ sub(/^.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }
alive() { [ -n "$1" ] && [ -n "${2:-}" ] && [ "$(started "$1")" = "$2" ]; }

enter() { # HOST COMMAND...
  local holder
  holder=$(holder_of "$1")
  shift
  nsenter -t "$holder" -m -n -p -i -u -- "$@"
}

# dockerd wants one hierarchy for each controller; a machine without an init system has none.
cgroups() {
  mountpoint -q /sys/fs/cgroup && return
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  local controller
  while read -r controller _ _ enabled; do
    [ "$enabled" = 1 ] || continue
    mkdir -p "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null || rmdir "/sys/fs/cgroup/$controller"
  done < <(grep -v '^#' /proc/cgroups)
  mkdir -p /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}

fabric() { # SITE MTU
  local switch="$1-fabric"
  ip netns add "$switch"
  ip -n "$switch" link set lo up
  ip -n "$switch" link add fabric mtu "$2" type bridge
  ip -n "$switch" address add 172.30.0.254/24 dev fabric
  ip -n "$switch" address add fd30::fffe/64 dev fabric nodad
  ip -n "$switch" link set fabric up
}

# Runs in the new namespaces, as the first process of the host.
first_process() { # HOME HOSTNAME
  local home=$1
  hostname "$2"
  mount --make-rprivate /
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 run /run
  mkdir -p /run/lock /run/docker/plugins /var/lib/docker /var/lib/weft
  mount --bind "$home/docker" /var/lib/docker
  mount --bind "$home/weft" /var/lib/weft
  mount --bind "$home/resolv.conf" "$(readlink -f /etc/resolv.conf || echo /etc/resolv.conf)"
  mount -t bpf bpf /sys/fs/bpf
  echo ready > "$home/ready"
  trap 'exit 0' TERM
  while :; do sleep 86400 & wait $! || true; done # bash takes the orphans in
}

host() { # SITE NUMBER MTU DNS
  local name="$1$2" home="$root/$1/$1$2"
  mkdir -p "$home"/{docker,weft}
  echo "nameserver $4" > "$home/resolv.conf"
  echo "{}" > "$home/daemon.json"
  ip netns add "$name"
  ip -n "$1-fabric" link add "port$2" mtu "$3" type veth peer name fabric0 netns "$name"
  ip -n "$1-fabric" link set "port$2" master fabric up
  ip -n "$name" link set lo up
  ip -n "$name" link set fabric0 mtu "$3" up
  ip -n "$name" address add "172.30.0.$2/24" dev fabric0
  ip -n "$name" address add "fd30::$2/64" dev fabric0 nodad
  ip -n "$name" route add default via 172.30.0.254
  nsenter --net="/run/netns/$name" unshare -m -u -i -p --fork --kill-child \
    "$0" --first-process "$home" "$name" < /dev/null > "$home/holder.log" 2>&1 &
  local launcher=$! deadline=$((SECONDS + 10))
  until [ -e "$home/ready" ]; do
    [ $SECONDS -lt $deadline ] || die "host $name did not start: $(cat "$home/holder.log")"
    sleep 0.02
  done
  pgrep -P "$launcher" > "$home/holder"
}

up() { # SITE COUNT OPTIONS
  local site=$1 count=$2 owner= mtu=1500 dns=172.30.0.254 docker=1
  [[ "$site" =~ ^[a-z][a-z-]{0,9}$ ]] || die "SITE is up to ten letters and dashes"
  [[ "$count" =~ ^[1-9][0-9]?$ ]] || die "COUNT is 1 to 99"
  shift 2
  while [ $# -gt 0 ]; do
    case $1 in
      --owner) owner=$2; shift 2 ;;
      --mtu) mtu=$2; shift 2 ;;
      --dns) dns=$2; shift 2 ;;
      --no-docker) docker=; shift ;;
      *) die "unknown option $1" ;;
    esac
  done
  [ "$(id -u)" = 0 ] || die "run as root"
  [ ! -e "$root/$site" ] || die "site $site is up; hosts.sh down $site"
  mkdir -p "$root/$site"
  [ -z "$owner" ] || echo "$owner $(started "$owner")" > "$root/$site/owner"
  trap 'code=$?; [ $code = 0 ] || down '"$site"'; exit $code' EXIT
  cgroups
  fabric "$site" "$mtu"
  local number
  for number in $(seq "$count"); do
    host "$site" "$number" "$mtu" "$dns"
    [ -z "$docker" ] || docker_start "$site$number"
  done
  [ -z "$docker" ] || for number in $(seq "$count"); do docker_wait "$site$number"; done
}

outside() { # SITE NUMBER
  local site=$1 name="$1-outside$2"
  [[ "$2" =~ ^[1-9]$ ]] || die "NUMBER is 1 to 9"
  [ -d "$root/$site" ] || die "no site $site; is it up?"
  ip netns add "$name"
  ip -n "$site-fabric" link add "outside$2" type veth peer name eth0 netns "$name"
  ip -n "$site-fabric" link set "outside$2" master fabric up
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 up
  ip -n "$name" address add "172.30.0.20$2/24" dev eth0
  ip -n "$name" address add "fd30::20$2/64" dev eth0 nodad
}

docker_start() {
  local name=$1 home
  home=$(home_of "$name")
  rm -f "$home/docker.pid"
  # A first process of a host does not wait for what nsenter started: it is a child of the caller's shell.
  enter "$name" dockerd -H unix:///run/docker.sock -H "unix://$home/docker.sock" \
    --pidfile "$home/docker.pid" --cgroup-parent "weft-hosts-$name" --config-file "$home/daemon.json" \
    --userland-proxy=false < /dev/null >> "$home/docker.log" 2>&1 &
  disown
}

docker_wait() {
  local home deadline=$((SECONDS + 60))
  home=$(home_of "$1")
  until docker -H "unix://$home/docker.sock" version > /dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || die "dockerd of $1 does not answer: $(tail -n 5 "$home/docker.log")"
    sleep 0.05
  done
}

docker_end() { # HOST SIGNAL
  local pid deadline=$((SECONDS + 30))
  pid=$(cat "$(home_of "$1")/docker.pid" 2>/dev/null) || return 0
  enter "$1" kill "-$2" "$pid" 2>/dev/null || return 0
  while enter "$1" kill -0 "$pid" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || die "dockerd of $1 does not end"
    sleep 0.05
  done
}

down() { # SITE
  local site=$1 home name holder
  [ -d "$root/$site" ] || return 0
  for home in "$root/$site/$site"[0-9]*; do
    [ -d "$home" ] || continue
    name=${home##*/}
    holder=$(cat "$home/holder" 2>/dev/null || true)
    # The first process of a PID namespace takes all others with it; make sure that it still is ours.
    if [ -n "$holder" ] && tr '\0' ' ' < "/proc/$holder/cmdline" 2>/dev/null | grep -qF -- "--first-process $home"; then
      kill -9 "$holder" 2>/dev/null || true
      while [ -e "/proc/$holder" ]; do sleep 0.02; done
    fi
    ip netns delete "$name" 2>/dev/null || true
    find /sys/fs/cgroup -depth -type d -path "*/weft-hosts-$name*" -exec rmdir {} + 2>/dev/null || true
  done
  for name in $(ip netns list | sed -n "s/^\($site-outside[1-9]\).*/\1/p"); do ip netns delete "$name"; done
  ip netns delete "$site-fabric" 2>/dev/null || true
  rm -rf "${root:?}/$site"
}

sweep() {
  local dir pid since
  for dir in "$root"/*/; do
    [ -f "$dir/owner" ] || continue
    read -r pid since < "$dir/owner"
    alive "$pid" "$since" || down "$(basename "$dir")"
  done
}

command=${1:-}
[ -n "$command" ] || { sed -n '2,18s/^# \{0,1\}//p' "$0"; exit 2; }
shift
case $command in
  up) up "$@" ;;
  down) down "$1" ;;
  sweep) sweep ;;
  exec) name=$1; shift; enter "$name" env DOCKER_HOST=unix:///run/docker.sock "$@" ;;
  outside) outside "$@" ;;
  load) docker -H "unix://$(home_of "$1")/docker.sock" import "$3" "$2" > /dev/null ;;
  docker)
    case $2 in
      start) docker_start "$1" ;;
      wait) docker_wait "$1" ;;
      stop) docker_end "$1" TERM ;;
      kill) docker_end "$1" KILL ;;
      *) die "docker start, stop, kill or wait" ;;
    esac ;;
  --first-process) first_process "$@" ;;
  *) die "unknown command $command" ;;
esac
