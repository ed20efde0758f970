#!/bin/bash
# What a disk costs the host: CPU time for each MB that a booted Linux reads or writes, under
# Hornpipe and under QEMU's TCG, over virtio-blk and spapr-vscsi, sequentially (256 KiB a request)
# and at random (4 KiB), with O_DIRECT.
#
# The cost of the guest's own instructions is subtracted, because it is the engine's and not the
# disk's: the instructions of the part times what an instruction costs that simulator in the same
# part on null_blk, a disk inside the guest's kernel, where the same program, block layer, waiting
# and a timer's interrupt are but no device is reached. Hornpipe's record says how many instructions
# a part has. QEMU's are counted by the guest's PMU, which misses some: the factor is that of the
# part on null_blk, where both run the same instructions. Runs that count are not timed. cpuidle is
# off, so that waiting is H_CEDE and no polling. Rounds are paired and pinned to one CPU; the other
# one measures.
#
# usage: workloads/bench/disks.sh [--rounds N] [--cpu N] [--mib N] [--no-build]
#   --mib N   moved by a sequential part (default 256); a random one moves an eighth
set -euo pipefail
cd "$(dirname "$0")/../.."
source workloads/bench/common.sh

rounds=3
mib=256
own_option() {
    case $1 in
    --mib) mib=${2:?} taken=2 ;;
    esac
}
bench_options "$@"

mkdir -p "$work/root/bench"
powerpc64le-linux-gnu-gcc -O2 -static -Wall -Wextra -o "$work/root/bench/disk" \
    workloads/bench/disks/disk.c
cp workloads/bench/disks/init "$work/root/bench/"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/bench.gz"
cat "$(workloads/debian-disk-tools.sh)" "$work/bench.gz" >"$work/initrd.gz"

echo "disks, $rounds rounds on CPU $cpu: $(host_name)"
qemu-system-ppc64 --version | head -n 1
workloads/bench/disks/compare.py "$work" "$rounds" "$cpu" "$mib"
