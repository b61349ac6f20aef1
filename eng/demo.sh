#!/usr/bin/env bash
# Three hosts on this machine, each with its own Docker and Weft's agent; networks across them; who reaches whom.
# Leaves nothing behind. KEEP=1 leaves it running and says how to look around.
set -euo pipefail
cd "$(dirname "$0")/.."

site=demo server=172.30.0.1:7440
hosts=eng/hosts.sh
bin=$PWD/artifacts/publish
export PATH=$bin/weft/release:$bin/weftd/release:$PATH
failures=0
export LC_ALL=C.UTF-8

[ "$(id -u)" = 0 ] || { echo "demo: network namespaces need root" >&2; exit 1; }

bold() { printf '\n\033[1m%s\033[0m\n' "$*"; }
on() { local host=$1; shift; "$hosts" exec "$site$host" "$@"; }

# Shows a command as a person would type it on that host, and its output.
show() {
  local host=$1
  shift
  local word line=""
  for word; do [[ $word =~ [[:space:]\(] ]] && word="'$word'"; line+=" $word"; done
  printf '\033[2mhost%s#\033[0m%s\n' "$host" "$line"
  on "$host" "$@"
}

# Says whether what should be is.
expect() { # yes|no TEXT HOST COMMAND...
  local want=$1 text=$2 host=$3 got=no
  shift 3
  if on "$host" timeout 10 "$@" > /dev/null 2>&1; then got=yes; fi
  if [ "$want" = "$got" ]; then
    printf '  %-62s %s\n' "$text" "$([ $got = yes ] && echo "reached" || echo "not reached, as it should be")"
  else
    printf '  \033[31m%-62s %s\033[0m\n' "$text" "$([ $got = yes ] && echo "reached, but must not be" || echo "NOT reached")"
    failures=$((failures + 1))
  fi
}

finish() {
  local code=$?
  if [ $code != 0 ]; then
    for number in 1 2 3; do on $number tail -n 20 /run/weftd.log 2>/dev/null || true; done
  fi
  if [ -n "${KEEP:-}" ]; then
    bold "Left running. To look around:"
    cat <<TEXT
  $hosts exec ${site}1 bash            a shell on host 1 (docker and weft are on its PATH)
  $hosts exec ${site}2 docker ps
  $hosts exec ${site}1 weft status
  $hosts down $site                    ends it and leaves nothing
TEXT
  else
    "$hosts" down "$site"
  fi
  exit $code
}

wait_for() { # HOST TEXT COMMAND...
  local host=$1 text=$2 deadline=$((SECONDS + 30))
  shift 2
  until on "$host" "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || { echo "demo: $text did not happen" >&2; exit 1; }
    sleep 0.1
  done
}

bold "Three hosts, each with its own Docker"
"$hosts" down "$site"
trap finish EXIT
"$hosts" up "$site" 3
image=$(mktemp)
eng/image.sh "$image"
for number in 1 2 3; do "$hosts" load "$site$number" busybox:1 "$image"; done
rm -f "$image"

bold "Weft: a server with an agent on host 1, agents on hosts 2 and 3"
on 1 sh -c "weftd up --listen $server > /run/weftd.log 2>&1 < /dev/null &"
wait_for 1 "the server's start" weft status
for number in 2 3; do
  token=$(on 1 weft token create "host$number" --role join)
  on $number sh -c "weftd agent --server https://$server --token $token > /run/weftd.log 2>&1 < /dev/null &"
done
wait_for 1 "the agents' joining" sh -c 'test "$(weft node list -o name | wc -l)" = 3'
show 1 weft node list

bold "Networks: one by Docker, two by Weft, and another project with the same prefix as frontend"
show 1 docker network create -d weft --subnet 10.1.0.0/24 frontend
show 1 weft network create backend --subnet 10.2.0.0/24 --subnet fd00:2::/64
show 1 weft network create management --subnet 10.3.0.0/24
show 1 weft project create acme
show 1 weft network create frontend --project acme --subnet 10.1.0.0/24
for number in 1 2 3; do wait_for $number "networks in Docker" docker network inspect frontend backend management acme.frontend; done
show 3 docker network ls --filter driver=weft

bold "Containers, with plain docker run, on every host"
run() { # HOST NETWORK NAME OPTIONS...
  local host=$1 network=$2 name=$3
  shift 3
  printf '\033[2mhost%s#\033[0m docker run -d --name %s --network %s%s busybox:1 httpd\n' "$host" "$name" "$network" "${*:+ $*}"
  on "$host" docker run -d --name "$name" --network "$network" "$@" busybox:1 \
    sh -c "echo $name on host$host > /www/index.html; exec httpd -f -h /www" > /dev/null
}
address() { # HOST CONTAINER
  on "$1" docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$2"
}
run 1 frontend web1
run 2 frontend web2 --ip 10.1.0.50 --network-alias web
run 2 backend api
run 3 backend db
run 3 management log
run 1 acme.frontend acme-web1
run 3 acme.frontend acme-web2 --ip 10.1.0.50
show 1 weft port list --all-projects

bold "Who reaches whom"
expect yes "web1 → web2, another host, by name" 1 docker exec web1 wget -qO- http://web2
expect yes "web1 → web2, by its alias" 1 docker exec web1 wget -qO- http://web
expect yes "web2 → web1, back again" 2 docker exec web2 wget -qO- http://web1
expect yes "api → db, another host, IPv6" 2 docker exec api ping -6 -c 1 -W 5 db
expect yes "api → db, a ping of 64 KiB in fragments" 2 docker exec api ping -c 1 -W 5 -s 65000 db
expect yes "acme-web1 → acme-web2, another project, same prefix" 1 docker exec acme-web1 wget -qO- http://acme-web2
expect no "web1 → api (frontend → backend)" 1 docker exec web1 wget -qO- "http://$(address 2 api)"
expect no "api → log (backend → management)" 2 docker exec api ping -c 1 -W 2 "$(address 3 log)"
expect no "web1 → acme-web2, by name" 1 docker exec web1 wget -qO- http://acme-web2
expect no "api → host 3 itself: backend has no way out" 2 docker exec api ping -c 1 -W 2 172.30.0.3

bold "The same address is another machine in another project"
shared=10.1.0.50
same() { # WANTED CONTAINER
  local answer
  answer=$(on 1 timeout 10 docker exec "$2" wget -qO- "http://$shared" 2>&1 || true)
  printf '  %s asked from %-10s %s\n' "$shared" "$2" "$answer"
  [ "$answer" = "$1" ] || failures=$((failures + 1))
}
same "web2 on host2" web1
same "acme-web2 on host3" acme-web1

bold "A policy: frontend may log to management, but not ssh there"
on 3 docker exec log sh -c "httpd -h /www -p 514; httpd -h /www -p 22"
log=$(address 3 log)
expect no "web1 → log, syslog, before there is a policy" 1 docker exec web1 timeout 2 wget -qO- "http://$log:514"
show 1 weft policy create logs --network frontend --network management \
  --rule "deny tcp frontend -> management 22 reject" --rule "allow tcp frontend -> management 514"
arrived() { on 1 docker exec web1 timeout 2 wget -qO- "http://$log:514" > /dev/null 2>&1; }
deadline=$((SECONDS + 10))
until arrived || [ $SECONDS -ge $deadline ]; do sleep 0.1; done
expect yes "web1 → log, syslog, another host" 1 docker exec web1 timeout 2 wget -qO- "http://$log:514"
expect yes "web2 → log, syslog" 2 docker exec web2 timeout 2 wget -qO- "http://$log:514"
expect no "web1 → log, ssh: refused at once" 1 docker exec web1 timeout 2 wget -qO- "http://$log:22"
expect no "log → web1: one way only" 3 docker exec log timeout 2 wget -qO- "http://$(address 1 web1)"
expect no "api → log: no policy for backend" 2 docker exec api timeout 2 wget -qO- "http://$log:514"
bold "Why not?"
show 1 weft explain --from web1 --to log --protocol tcp --port 22 || true
show 1 weft explain --from web1 --to log --protocol tcp --port 514
bold "And a packet sent to see: never delivered"
show 1 weft trace --from web1 --to log --protocol tcp --port 514

bold "Outside: a machine that is no host of Weft, and addresses that are ours there"
"$hosts" outside "$site" 1
machine=172.30.0.201
from_outside() { ip netns exec "$site-outside1" timeout 3 busybox wget -qO- "http://$1" 2> /dev/null; }
answers() { # yes|no TEXT ADDRESS [PART OF THE ANSWER]
  local want=$1 text=$2 got=no answer
  answer=$(from_outside "$3" || true)
  if [ -n "$answer" ] && grep -q "${4:-}" <<< "$answer"; then got=yes; fi
  printf '  %-62s %s\n' "$text" "${answer:-no answer}"
  [ "$want" = "$got" ] || { printf '  \033[31mnot as it should be\033[0m\n'; failures=$((failures + 1)); }
}
until_answers() { # ADDRESS
  local deadline=$((SECONDS + 20))
  until from_outside "$1" > /dev/null || [ $SECONDS -ge $deadline ]; do sleep 0.1; done
}
show 1 weft external-network update outside --subnet 172.30.0.0/24 --gateway 172.30.0.254 --pool 172.30.0.100-172.30.0.199
expect yes "web1 → the machine outside: Docker's networks have a way out" 1 docker exec web1 ping -c 1 -W 2 $machine
expect no "api → the machine outside: backend has none" 2 docker exec api ping -c 1 -W 2 $machine
run 3 frontend published -p 8080:80
until_answers 172.30.0.3:8080
answers yes "outside → host 3, port 8080, published by docker run" 172.30.0.3:8080 "published on host3"
show 1 weft floating-ip create web --port web1 --address 172.30.0.110
answers no "outside → web1's floating IP, before a rule allows it" 172.30.0.110
show 1 weft policy create site --network frontend --rule "allow tcp external outside -> frontend 80"
until_answers 172.30.0.110
answers yes "outside → web1's floating IP" 172.30.0.110 "web1 on host1"

bold "A load balancer, by labels: two who serve, on two hosts, one of them killed"
labels=(--label weft.load-balancer=shop --label weft.load-balancer.port=80 --label weft.load-balancer.floating-ip=172.30.0.120
  --label "weft.load-balancer.monitor=http:/,interval=500ms")
run 1 frontend shop1 "${labels[@]}"
run 2 frontend shop2 "${labels[@]}"
up_count() { on 1 weft get load-balancer shop -o json 2> /dev/null | grep -c '"state": "up"'; }
deadline=$((SECONDS + 20))
until [ "$(up_count)" = 2 ] || [ $SECONDS -ge $deadline ]; do sleep 0.2; done
show 1 weft load-balancer show shop
until_answers 172.30.0.120
several() { for _ in 1 2 3 4 5 6; do from_outside 172.30.0.120 || echo nobody; done | sort | uniq -c; }
several
[ "$(several | grep -c shop)" = 2 ] || { printf '  \033[31monly one of the two answers\033[0m\n'; failures=$((failures + 1)); }
show 1 docker kill shop1
deadline=$((SECONDS + 20))
until [ "$(up_count)" = 1 ] || [ $SECONDS -ge $deadline ]; do sleep 0.1; done
several
[ "$(several | tr -s ' ')" = " 6 shop2 on host2" ] || { printf '  \033[31mnot all answers are those of shop2\033[0m\n'; failures=$((failures + 1)); }

bold "A container without a network, attached by hand: the way of 2014"
on 2 docker run -d --name worker --network none busybox:1 sleep 1000000 > /dev/null
show 2 weft port attach --network frontend --container worker --name worker
expect yes "worker → web1" 2 docker exec worker wget -qO- "http://$(address 1 web1)"

bold "Questions: every flow is on record"
# Records are told when connections end, or after some seconds.
recorded() { # TEXT OPTIONS...: there is such a record
  local text=$1 deadline=$((SECONDS + 30))
  shift
  until [ -n "$(on 1 weft flows --since 15m --limit 1 -o ndjson "$@" 2> /dev/null)" ]; do
    [ $SECONDS -lt $deadline ] || { printf '  \033[31m%s: not on record\033[0m\n' "$text"; failures=$((failures + 1)); return; }
    sleep 0.2
  done
}
on 1 docker exec web1 timeout 2 wget -qO- "http://$log:514" > /dev/null || true
on 1 docker exec web1 timeout 2 wget -qO- "http://$log:22" > /dev/null 2>&1 || true
recorded "web1 → log, syslog" --where 'source.name = web1 and destination.name = log and destination.port = 514 and verdict = allowed'
recorded "web1 → log, ssh, denied" --where 'source.name = web1 and destination.port = 22 and verdict = denied and rule > 0'
bold "Who talked to management in the last minute?"
show 1 weft flows --since 1m --where 'destination.network = management and verdict = allowed' --limit 5
bold "What was denied, and by which rule?"
show 1 weft flows --since 15m --where 'verdict = denied and reason != multicast' --group-by source.name,destination.name,destination.port,reason,policy,rule \
  --aggregate 'sum(packets)' --order-by '-sum(packets)' --limit 10
bold "Top talkers"
show 1 weft flows --since 15m --top bytes --by source.name,destination.name --limit 5
bold "And is anything missing?"
show 1 weft flows status || true

bold "What the network says of itself"
show 1 weft status

if [ $failures = 0 ]; then bold "All as it should be."; else bold "$failures of the checks failed."; exit 1; fi
