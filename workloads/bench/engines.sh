#!/bin/bash
# CPU time of programs in a booted guest under every engine: QEMU's TCG, the same with -icount (which
# counts instructions as we do), and Hornpipe's precise and threaded ones. One boot per engine and
# round runs all programs; each counts between two lines that it prints, and what it computes must be
# the same everywhere. A boot counts from the start of the simulator to the first line of init: with
# SLOF (boot-slof), and without. Rounds are pinned to one CPU; the other one measures.
#
# usage: workloads/bench/engines.sh [--rounds N] [--cpu N] [--no-build] [PART...]
#   PART  boot boot-slof integer sort gzip interpreter nbody daxpy dgemm triad chase getpid fork exec
set -euo pipefail
cd "$(dirname "$0")/../.."
source workloads/bench/common.sh

rounds=3
parts=()
own_option() {
    case $1 in
    getpid | fork | exec)
        parts+=("system:$1")
        taken=1
        ;;
    boot | boot-slof | integer | sort | gzip | interpreter | nbody | daxpy | dgemm | triad | chase)
        parts+=("$1")
        taken=1
        ;;
    esac
}
bench_options "$@"
[ ${#parts[@]} -gt 0 ] || parts=(boot boot-slof integer sort gzip interpreter nbody daxpy dgemm
    triad chase system:getpid system:fork system:exec)

root=$work/root
mkdir "$root"
compile() { # PROGRAM SOURCE OPTION...
    powerpc64le-linux-gnu-gcc -O2 -mcpu=power8 -static -Wall -Wextra -o "$root/$1" \
        "workloads/bench/$2" "${@:3}"
}
# Two libraries for ppc64el of Debian's: zlib is linked, and what it compresses is the other one.
workloads/debian-packages.sh "$work/packages" zlib1g-dev libzstd-dev
libraries=$work/packages/usr/lib/powerpc64le-linux-gnu
cp "$libraries/libzstd.a" "$root/text"
for program in integer sort interpreter triad chase system; do
    compile "$program" "engines/$program.c"
done
compile init engines/programs.c
compile gzip engines/gzip.c -I"$work/packages/usr/include" "$libraries/libz.a"
for program in nbody daxpy dgemm; do
    compile "$program" "fp/$program.c" -O3 -lm
done
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"

echo "engines, $rounds rounds on CPU $cpu: $(host_name)"
qemu-system-ppc64 --version | head -n 1
workloads/bench/engines/compare.py "$work" "$rounds" "$cpu" "${parts[@]}"
