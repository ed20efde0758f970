#!/bin/bash
# CPU time of one boot under Hornpipe and under QEMU's TCG, paired round by round and pinned to
# one CPU: the same kernel, initrd and command line, whose init powers the machine off at once.
# Prints each round, the medians, their ratio, peak memory, instruction counts, and what counting
# and recording cost. Run it on an otherwise idle machine.
#
# usage: workloads/bench/boot.sh [--rounds N] [--cpu N] [--slof] [--no-build]
#   --slof   through SLOF instead of -M x-vof=on
set -euo pipefail
cd "$(dirname "$0")/../.."
source workloads/bench/common.sh

rounds=5
machine=pseries,x-vof=on
own_option() {
    case $1 in
    --slof) machine=pseries taken=1 ;;
    esac
}
bench_options "$@"

guest=(-M "$machine" -cpu POWER8 -m 1G -nographic -nodefaults -serial stdio
    -kernel "$images/vmlinux" -initrd "$images/initrd.gz"
    -append 'console=hvc0 rdinit=/bin/sh -- -c "poweroff -f"')
qemu=(qemu-system-ppc64 -accel tcg "${guest[@]}")
hornpipe=(build/release/bin/hornpipe run "${guest[@]}")

# measure NAME COMMAND...: appends "CPU seconds, wall seconds, peak KiB" to $work/NAME.
measure() {
    local name=$1
    shift
    if ! taskset -c "$cpu" /usr/bin/time -o "$work/time" -f '%U %S %e %M' "$@" \
        </dev/null >"$work/output" 2>&1 || ! grep -q 'reboot: Power down' "$work/output"; then
        echo "$name did not boot to the end:" >&2
        tail -n 5 "$work/output" >&2
        exit 1
    fi
    awk '{ printf "%.2f %.2f %d\n", $1 + $2, $3, $4 }' "$work/time" >>"$work/$name"
    printf '  %-22s %s\n' "$name" "$(tail -n 1 "$work/$name" |
        awk '{ printf "%7.2f s CPU  %7.2f s wall  %7.0f MiB", $1, $2, $3 / 1024 }')"
}
median() { # NAME COLUMN
    sort -n -k "$2" "$work/$1" | awk -v c="$2" '{ v[NR] = $c }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

echo "boot of -M $machine, $rounds rounds on CPU $cpu: $(host_name)"
qemu-system-ppc64 --version | head -n 1
for round in $(seq "$rounds"); do
    echo "round $round"
    measure qemu "${qemu[@]}"
    measure hornpipe "${hornpipe[@]}"
    measure hornpipe-no-counters "${hornpipe[@]}" --counters off
    measure hornpipe-record "${hornpipe[@]}" --record "$work/run.db" --force
done

instructions=$(build/release/bin/hornpipe stat --json "$work/run.db" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["instructions"])')
echo "medians"
for name in qemu hornpipe hornpipe-no-counters hornpipe-record; do
    printf '  %-22s %7.2f s CPU  %7.0f MiB peak\n' "$name" "$(median $name 1)" \
        "$(median $name 3 | awk '{ print $1 / 1024 }')"
done
awk -v q="$(median qemu 1)" -v h="$(median hornpipe 1)" -v n="$(median hornpipe-no-counters 1)" \
    -v r="$(median hornpipe-record 1)" -v i="$instructions" -v mq="$(median qemu 3)" \
    -v mh="$(median hornpipe 3)" -v db="$(stat -c %s "$work/run.db")" 'BEGIN {
    printf "ratio to QEMU          %.2f\n", h / q
    printf "instructions           %.0f\n", i
    printf "instructions/CPU s     %.0f million\n", i / h / 1e6
    printf "cost of counting       %+.1f %%\n", (h / n - 1) * 100
    printf "cost of recording      %+.1f %%\n", (r / h - 1) * 100
    printf "peak memory to QEMU    %+.0f MiB\n", (mh - mq) / 1024
    printf "run database           %.0f KiB\n", db / 1024
}'
