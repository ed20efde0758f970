#!/bin/bash
# Without SLOF and without x-vof=on: an error that names the package and the option. Needs the
# right to mount, to hide an installed SLOF (root, or user namespaces).
set -euo pipefail
cd "$(dirname "$0")"
program=$(realpath "${HORNPIPE:-../../build/release/bin/hornpipe}")
if [ -z "${IN_NAMESPACE-}" ]; then
    for flags in -m -rm; do
        if unshare $flags true 2>/dev/null; then
            IN_NAMESPACE=1 exec unshare $flags "$0"
        fi
    done
    echo "no right to hide the firmware"
    exit 77
fi
for dir in /usr/share/qemu /usr/share/slof; do
    [ ! -d $dir ] || mount -t tmpfs tmpfs $dir
done

status=0
message=$(env -u HORNPIPE_FIRMWARE_DIR "$program" run --until icount=1 2>&1) || status=$?
[ $status = 1 ] || { echo "status $status"; exit 1; }
[ "$(wc -l <<<"$message")" = 1 ] || { echo "not one message: $message"; exit 1; }
for word in slof.bin qemu-system-data -bios x-vof=on; do
    grep -q -e "$word" <<<"$message" || { echo "no $word in: $message"; exit 1; }
done
