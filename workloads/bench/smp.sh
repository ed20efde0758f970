#!/bin/bash
# Instructions per second of host CPU time with one vCPU busy and with eight: the same work, dealt
# out to as many processes, each on a vCPU of its own. Rounds are paired and pinned to one CPU; only
# the part between two lines that the guest prints counts. Prints each round, the medians, and their
# ratio, which should be at least 0.9.
#
# usage: workloads/bench/smp.sh [--rounds N] [--cpu N] [--vcpus N] [--no-build] [compute] [kernel]
#   compute  sorting, hashing and walking lists in problem state
#   kernel   fork, exit and wait, pipes, page faults
set -euo pipefail
cd "$(dirname "$0")/../.."
source workloads/bench/common.sh

rounds=5
vcpus=8
modes=()
own_option() {
    case $1 in
    --vcpus) vcpus=${2:?} taken=2 ;;
    compute | kernel)
        modes+=("$1")
        taken=1
        ;;
    esac
}
bench_options "$@"
[ ${#modes[@]} -gt 0 ] || modes=(compute kernel)

mkdir "$work/root"
powerpc64le-linux-gnu-gcc -O2 -mcpu=power8 -static -Wall -Wextra -o "$work/root/load" \
    workloads/bench/smp/load.c
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.gz"

declare -A units=([compute]=400 [kernel]=800)

guest() { # MODE VCPUS OPTION...: the command line
    local mode=$1 n=$2
    shift 2
    command=(build/release/bin/hornpipe run -M pseries,x-vof=on -m 1G -nographic -nodefaults -serial stdio
        -kernel "$images/vmlinux" -initrd "$work/initrd.gz" -smp "$n" "$@"
        -append "console=hvc0 rdinit=/load -- $mode $n ${units[$mode]}")
}

# count MODE VCPUS: the instructions of the part, by a recorded run that is not timed, into
# $work/MODE.VCPUS.count; a run has as many each time. Checks what the guest computed.
count() {
    local mode=$1 n=$2
    guest "$mode" "$n" --record "$work/run.db" --force
    "${command[@]}" </dev/null >"$work/log"
    tr -d '\r' <"$work/log" | grep '^result ' >"$work/$mode.$n.result"
    cmp "$work/$mode.1.result" "$work/$mode.$n.result"
    PYTHONPATH=workloads/bench python3 -c 'import sys, timed_guest
print(timed_guest.recorded_instructions(sys.argv[1])[sys.argv[2]])' "$work/run.db" "$mode" \
        >"$work/$mode.$n.count"
}

# measure MODE VCPUS: appends "millions of instructions a second" to $work/MODE.VCPUS.
measure() {
    local mode=$1 n=$2 seconds instructions
    guest "$mode" "$n"
    seconds=$(workloads/bench/fp/measure.py "$mode" "$work/log" taskset -c "$cpu" "${command[@]}") || {
        tail -n 5 "$work/log" >&2
        exit 1
    }
    instructions=$(<"$work/$mode.$n.count")
    awk -v i="$instructions" -v s="$seconds" 'BEGIN { printf "%.2f\n", i / s / 1e6 }' \
        >>"$work/$mode.$n"
    printf '  %-8s %2d vCPUs  %7.2f s  %6.0f million instructions  %7.2f million a second\n' \
        "$mode" "$n" "$seconds" "$((instructions / 1000000))" "$(tail -n 1 "$work/$mode.$n")"
}
median() { # MODE VCPUS
    sort -n "$work/$1.$2" | awk '{ v[NR] = $1 }
        END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

echo "1 and $vcpus vCPUs, $rounds rounds on CPU $cpu: $(host_name)"
for mode in "${modes[@]}"; do
    count "$mode" 1
    count "$mode" "$vcpus"
done
for round in $(seq "$rounds"); do
    echo "round $round"
    for mode in "${modes[@]}"; do
        measure "$mode" 1
        measure "$mode" "$vcpus"
    done
done
echo "medians, million instructions a second of CPU time"
printf '  %-8s %9s %9s %7s\n' mode "1 vCPU" "$vcpus vCPUs" ratio
for mode in "${modes[@]}"; do
    awk -v m="$mode" -v a="$(median "$mode" 1)" -v b="$(median "$mode" "$vcpus")" \
        'BEGIN { printf "  %-8s %9.2f %9.2f %7.2f\n", m, a, b, b / a }'
done
