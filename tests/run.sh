#!/bin/bash
# Everything that shows that a checkout works: installs what it needs on Debian 12 (as root or
# through sudo), builds, and runs all tests. Safe to repeat; ends non-zero if anything failed.
#
# usage: tests/run.sh [PHASE...]      the phases by name, in their order; all when none is named
#        tests/run.sh long            the tests over two minutes (tests/long), in no default list
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

phases=(install build-release build-asan unit-release unit-asan cli conformance e2e)
all_phases="${phases[*]} long"
jobs=$(nproc)
logs=build/test-logs
export HORNPIPE_RELEASE=$PWD/build/release/bin/hornpipe
export HORNPIPE_ASAN=$PWD/build/asan-ubsan/bin/hornpipe
export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}
export PYTHONDONTWRITEBYTECODE=1

build() { # PRESET
    cmake --preset "$1" -DBUILD_TESTING=ON && cmake --build "build/$1" -j "$jobs"
}

run_phase() {
    case $1 in
    install) workloads/install.sh test ;;
    build-release) build release ;;
    build-asan) build asan-ubsan ;;
    unit-release) ctest --test-dir build/release -LE long -j "$jobs" --output-on-failure ;;
    unit-asan) ctest --test-dir build/asan-ubsan -LE long -j "$jobs" --output-on-failure ;;
    cli) HORNPIPE=$HORNPIPE_ASAN python3 tests/run_scripts.py -j "$jobs" tests/cli ;;
    conformance) HORNPIPE=$HORNPIPE_RELEASE tests/conformance/run.sh --count 200 --jobs "$jobs" ;;
    e2e) HORNPIPE=$HORNPIPE_RELEASE python3 tests/run_scripts.py -j "$jobs" tests/e2e ;;
    long)
        workloads/install.sh long &&
            HORNPIPE=$HORNPIPE_RELEASE python3 tests/run_scripts.py --timeout 3600 tests/long
        ;;
    *)
        echo "no phase $1; there are: $all_phases" >&2
        exit 2
        ;;
    esac
}

[ $# -gt 0 ] && phases=("$@")
mkdir -p "$logs"
started=$SECONDS
failed=()
summary=()
for phase in "${phases[@]}"; do
    begun=$SECONDS
    echo "== $phase"
    run_phase "$phase" 2>&1 | tee "$logs/$phase.log"
    if [ "${PIPESTATUS[0]}" = 0 ]; then
        verdict=passed
    else
        verdict=FAILED
        failed+=("$phase")
    fi
    summary+=("$(printf '%-14s %s  %4d s' "$phase" "$verdict" $((SECONDS - begun)))")
    # Without a build nothing after it means anything.
    case $phase-$verdict in install-FAILED | build-*-FAILED) break ;; esac
done

echo
echo "== summary ($((SECONDS - started)) s; logs in $logs)"
printf '%s\n' "${summary[@]}"
if [ ${#failed[@]} -gt 0 ]; then
    echo "FAILED: ${failed[*]}"
    exit 1
fi
echo "all passed"
