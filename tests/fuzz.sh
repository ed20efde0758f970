#!/bin/bash
# Fuzzes what takes input from the guest or from files: builds the fuzz preset (clang, sanitizers)
# and runs every target from its corpus, as many at a time as there are cores. An input that fails
# stays in build/fuzz/found/: once fixed, it goes to tests/fuzz/corpus/NAME/, named for the bug.
#
# usage: tests/fuzz.sh [SECONDS [NAME...]]      of each target, 240 by default
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

seconds=${1:-240}
case $seconds in '' | *[!0-9]*) echo "usage: tests/fuzz.sh [SECONDS [NAME...]]" >&2 && exit 2 ;; esac
shift
names=("$@")
[ $# -gt 0 ] || for source in tests/fuzz/fuzz_*.c; do
    name=${source##*/fuzz_}
    names+=("${name%.c}")
done

fuzz() { # NAME
    local name=$1 log=build/fuzz/logs/$1
    mkdir -p "build/fuzz/corpus/$name"
    if build/fuzz/bin/fuzz-"$name" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=4000 \
        -artifact_prefix="build/fuzz/found/$name-" -print_final_stats=1 \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    else
        echo "$name: FAILED, see $log"
        return 1
    fi
}
export -f fuzz
export seconds

workloads/install.sh fuzz || exit 1
cmake --preset fuzz -DBUILD_TESTING=ON &&
    cmake --build build/fuzz -j "$(nproc)" -t "${names[@]/#/fuzz-}" || exit 1
mkdir -p build/fuzz/logs build/fuzz/found
printf '%s\n' "${names[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'fuzz {}'
