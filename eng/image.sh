#!/usr/bin/env bash
# A root file system for containers, from this host's own programs: no registry is needed.
#
#   image.sh TAR [PROGRAM...]     busybox with its links, and the programs with the libraries they load
set -euo pipefail

tar=$1
shift
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{bin,etc,lib,lib64,proc,run,sys,tmp,usr/bin,usr/lib,usr/sbin,var/log,var/lib,www}
chmod 1777 "$tree/tmp"
printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nwww-data:x:33:33::/:/bin/false\n' > "$tree/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\nwww-data:x:33:\n' > "$tree/etc/group"
/bin/busybox --list | while read -r applet; do ln -sf busybox "$tree/bin/$applet"; done
rm "$tree/bin/busybox"
cp /bin/busybox "$tree/bin/busybox"

add() { # FILE: with what it loads
  local file
  for file in "$1" $(ldd "$1" | grep -o '/[^ ]*'); do
    mkdir -p "$tree$(dirname "$file")"
    cp -L "$file" "$tree$file"
  done
}

for program in "$@"; do
  file=$(command -v "$program") || { echo "image: there is no program $program" >&2; exit 1; }
  rm -f "$tree/bin/$(basename "$program")" # busybox has one of that name
  add "$file"
done
tar -C "$tree" -cf "$tar.new" .
mv "$tar.new" "$tar"
