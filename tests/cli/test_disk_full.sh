#!/bin/bash
# A disk that fills up while recording: one message that names the file, status 1, and a run
# database that can be read up to where it ended. Needs the right to mount (root, or user
# namespaces).
set -euo pipefail
cd "$(dirname "$0")"
program=$(realpath "${HORNPIPE:-../../build/release/bin/hornpipe}")
if [ -z "${IN_NAMESPACE-}" ]; then
    for flags in -m -rm; do
        if unshare $flags true 2>/dev/null; then
            IN_NAMESPACE=1 exec unshare $flags "$0"
        fi
    done
    echo "no right to mount a small file system"
    exit 77
fi

scratch=$(mktemp -d)
trap 'cd /; umount "$scratch" 2>/dev/null || true; rmdir "$scratch"' EXIT
mount -t tmpfs -o size=1M tmpfs "$scratch"
cd "$scratch"
{ head -c 256 /dev/zero; printf '\x48\0\0\0'; } >rom # b .

# Full from the beginning, then while the time series grows.
head -c 1M /dev/zero >filler 2>/dev/null || true
status=0
"$program" run -bios rom --record a.db --until icount=1k >out 2>err-start || status=$?
rm -f filler
message=$("$program" run -bios rom --record a.db --until icount=1k 2>&1) ||
    { echo "with space again: $message"; exit 1; }
[ $status = 1 ] || { echo "full from the beginning: status $status"; exit 1; }

rm -f a.db
message=$("$program" run -bios rom --record b.db --interval 1k --until icount=2G 2>&1 >/dev/null) &&
    { echo "the disk never became full"; exit 1; }
[ "$(wc -l <<<"$message")" = 1 ] || { echo "not one message: $message"; exit 1; }
grep -q '^hornpipe: error: --record b.db: ' <<<"$message" || { echo "message: $message"; exit 1; }
"$program" info b.db | grep -q '^status' || { echo "b.db cannot be read"; exit 1; }
"$program" stat --json b.db | grep -q '"instructions"' || { echo "b.db has no counts"; exit 1; }
