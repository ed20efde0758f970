#!/bin/bash
# What a disk costs the host: CPU time for each MB that a booted Linux reads or writes, under
# Hornpipe and under QEMU's TCG, over virtio-blk and spapr-vscsi, sequentially (256 KiB a request)
# and at random (4 KiB), with O_DIRECT.
#
# The cost of the guest's own instructions is the engine's and not the disk's, so it is told apart:
# perf samples where each simulator spends its time, and what is left of it when the functions that
# execute guest instructions are taken away (and in QEMU whatever has no name) is hypervisor, devices,
# files and the host's kernel. cpuidle is
# off, so that waiting is H_CEDE and no polling. Rounds are paired and pinned to one CPU; the other one measures.
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
