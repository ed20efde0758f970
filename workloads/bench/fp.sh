#!/bin/bash
# CPU time of floating-point programs in a booted guest, under Hornpipe's default engine and under
# QEMU's TCG: nbody, daxpy and dgemm, built by gcc -O3 -mcpu=power8, each the init of the same
# kernel. Only the program's own part counts, between two lines that it prints; what it computes
# must be the same to the bit. Rounds are paired and pinned to one CPU; the other one measures.
#
# usage: workloads/bench/fp.sh [--rounds N] [--cpu N] [--no-build] [--hornpipe FILE] [PROGRAM...]
#   --hornpipe FILE  another binary than the release build's, which is not built then
set -euo pipefail
cd "$(dirname "$0")/../.."
source workloads/bench/common.sh

rounds=3
hornpipe=build/release/bin/hornpipe
programs=()
own_option() {
    case $1 in
    --hornpipe) hornpipe=${2:?} build=no taken=2 ;;
    nbody | daxpy | dgemm)
        programs+=("$1")
        taken=1
        ;;
    esac
}
bench_options "$@"
[ ${#programs[@]} -gt 0 ] || programs=(nbody daxpy dgemm)

mkdir "$work/root"
for program in "${programs[@]}"; do
    powerpc64le-linux-gnu-gcc -O3 -mcpu=power8 -static -Wall -Wextra \
        -o "$work/root/$program" "workloads/bench/fp/$program.c" -lm
done
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"

guest=(-M pseries,x-vof=on -cpu POWER8 -m 1G -nographic -nodefaults -serial stdio
    -kernel "$images/vmlinux" -initrd "$work/initrd.gz")

# measure NAME PROGRAM COMMAND...: appends seconds to $work/PROGRAM.NAME, results go to a log.
measure() {
    local name=$1 program=$2 seconds
    shift 2
    seconds=$(workloads/bench/fp/measure.py "$program" "$work/log" taskset -c "$cpu" \
        "$@" "${guest[@]}" -append "console=hvc0 rdinit=/$program") || {
        tail -n 5 "$work/log" >&2
        exit 1
    }
    echo "$seconds" >>"$work/$program.$name"
    tr -d '\r' <"$work/log" | grep '^result ' >"$work/$program.$name.results"
    printf '  %-6s %-9s %7.3f s\n' "$program" "$name" "$seconds"
}
median() { # PROGRAM NAME
    sort -n "$work/$1.$2" | awk '{ v[NR] = $1 }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

echo "floating point, $rounds rounds on CPU $cpu: $(host_name)"
qemu-system-ppc64 --version | head -n 1
for round in $(seq "$rounds"); do
    echo "round $round"
    for program in "${programs[@]}"; do
        measure qemu "$program" qemu-system-ppc64 -accel tcg
        measure hornpipe "$program" "$hornpipe" run
        if ! diff "$work/$program.qemu.results" "$work/$program.hornpipe.results" >&2; then
            echo "$program: the results differ (above: < QEMU, > Hornpipe)" >&2
            exit 1
        fi
    done
done

echo "medians of CPU seconds in the program's part"
printf '  %-8s %9s %9s %7s\n' program Hornpipe QEMU ratio
for program in "${programs[@]}"; do
    awk -v p="$program" -v h="$(median "$program" hornpipe)" -v q="$(median "$program" qemu)" \
        'BEGIN { printf "  %-8s %9.3f %9.3f %7.2f\n", p, h, q, h / q }'
done
