#!/bin/bash
# Boots Debian's ppc64el installer kernel on a simulated POWER8, records the run, and prints what
# happened. Installs what it needs on Debian 12 and builds first; safe to repeat.
#
# usage: workloads/boot-linux.sh [--vof] [--installer | --interactive] [--db FILE] [-- OPTION...]
#   (default)      through SLOF to a shell, a few commands, power off
#   --installer    to the installer's first screen instead
#   --interactive  to a shell that is yours: type in it; `poweroff -f` or Ctrl-a x ends it
#   --vof          without firmware, through the built-in client interface
#   --db FILE      the run database (default build/linux-boot.db, replaced each time)
#   OPTION...      more options for `hornpipe run`
set -euo pipefail
cd "$(dirname "$0")/.."

machine=pseries
mode=shell
db=build/linux-boot.db
while [ $# -gt 0 ]; do
    case $1 in
    --vof) machine=pseries,x-vof=on ;;
    --installer) mode=installer ;;
    --interactive) mode=interactive ;;
    --db)
        db=${2:?--db needs a file name}
        shift
        ;;
    --)
        shift
        break
        ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
        exit 0
        ;;
    *)
        echo "$0: unknown option $1 (see --help)" >&2
        exit 2
        ;;
    esac
    shift
done

workloads/install.sh run
cmake --preset release >/dev/null
cmake --build build/release --target hornpipe -j "$(nproc)"

images=/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el
hornpipe=build/release/bin/hornpipe
append="console=hvc0"
script=$(mktemp)
trap 'rm -f "$script"' EXIT
more=()
case $mode in
shell)
    append="$append rdinit=/bin/sh"
    cat >"$script" <<'SCRIPT'
timeout 300s
expect ~ #\x20
send mount -t proc proc /proc; uname -a\n
expect ~ #\x20
send cat /proc/cpuinfo\n
expect ~ #\x20
send poweroff -f\n
expect reboot: Power down
SCRIPT
    more=(--script "$script")
    ;;
installer)
    cat >"$script" <<'SCRIPT'
timeout 600s
expect Choose the language to be used
stop
SCRIPT
    more=(--script "$script")
    ;;
interactive) append="$append rdinit=/bin/sh" ;;
esac

status=0
"$hornpipe" run -M "$machine" -cpu POWER8 -m 1G -nographic \
    -kernel "$images/vmlinux" -initrd "$images/initrd.gz" -append "$append" \
    --record "$db" --force "${more[@]}" "$@" || status=$?
echo
if [ "$status" != 0 ]; then
    echo "hornpipe run ended with status $status" >&2
fi
"$hornpipe" stat "$db"
echo "The run is in $db: see \`$hornpipe info $db\`, and trace/SCHEMA.md for the tables."
exit "$status"
