#!/bin/bash
# Real programs: builds each with the cross compilers, static, for both byte orders and -O0 to -O3,
# runs it under hornpipe user and under qemu-user, and compares standard output, what it leaves
# behind, and exit status. The README beside says what is run.
#
# usage: run.sh [OPTION]... [PROGRAM...]   of: decimal vectors fortran lua zstd sqlite busybox
#   -q, --quick         -O2 only, and unless programs are named only those without much to build
#   --level N[,N]...    of optimisation, 0 to 3 (default all)
#   --target T[,T]...   powerpc64, powerpc64le (default both)
#   -j, --jobs N        at once (default 1)
#   -d, --directory D   for sources and built programs, which are kept (default build/programs)
# HORNPIPE is the program (default build/release/bin/hornpipe).
# Ends with 77 if the compilers or qemu-user are not installed: workloads/install.sh programs.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hornpipe=$(realpath "${HORNPIPE:-$here/../../build/release/bin/hornpipe}")
directory=$here/../../build/programs
levels=(0 1 2 3) targets=(powerpc64 powerpc64le) jobs=1 quick=false programs=()
while [ $# -gt 0 ]; do
    case $1 in
    -q | --quick) quick=true levels=(2) ;;
    --level) IFS=, read -ra levels <<<"${2?}" && shift ;;
    --target) IFS=, read -ra targets <<<"${2?}" && shift ;;
    -j | --jobs) jobs=${2?} && shift ;;
    -d | --directory) directory=${2?} && shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    -*) echo "$0: no option $1 (see --help)" >&2 && exit 2 ;;
    *) programs+=("$1") ;;
    esac
    shift
done
if [ ${#programs[@]} = 0 ]; then
    programs=(decimal vectors fortran lua zstd)
    $quick || programs+=(sqlite busybox)
fi
for tool in {powerpc64,powerpc64le}-linux-gnu-{gcc,gfortran} qemu-ppc64 qemu-ppc64le; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
mkdir -p "$directory/log"
directory=$(cd "$directory" && pwd)
source=$directory/source

# Runs one shell command under both and compares; `run` in it runs the program.
# usage: compare NAME TARGET BINARY COMMAND
compare() {
    local name=$1 target=$2 binary=$3 command=$4 side program status cpu=POWER8
    local work=$binary.work out=$binary.out
    [ "$target" = powerpc64 ] && cpu=POWER7
    rm -rf "$out"
    mkdir -p "$out"
    for side in hornpipe qemu; do
        rm -rf "$work"
        mkdir -p "$work"
        awk 'BEGIN { for (i = 1; i <= 2000; i++) print i * 7919 % 3001, "line", i }' >"$work/in.txt"
        echo "a small file" >"$work/small.txt"
        cp "$here/script.lua" "$here/script.sql" "$work"
        if [ $side = hornpipe ]; then
            program="$hornpipe user -cpu $cpu --log-level error --allow-write . -- $binary"
        else
            # Not -cpu power8: it refuses mffsl, whose extra bits a POWER8 ignores (glibc uses it).
            program="qemu-${target/powerpc64/ppc64} $binary"
        fi
        (cd "$work" && export program && timeout 600 bash -c 'run() { $program "$@"; }'"; $command") \
            >"$out/$side" 2>"$out/$side.err" </dev/null
        status=$?
        rm -f "$work/core" "$work"/qemu_*.core
        { echo "status $status"; cd "$work" && find . -type f -exec sha256sum {} + | sort; } \
            >>"$out/$side"
    done
    if cmp -s "$out/hornpipe" "$out/qemu"; then
        echo "same"
    else
        echo "DIFFERS $name: $command"
        diff -a "$out/hornpipe" "$out/qemu" | head -5
        head -3 "$out/hornpipe.err"
    fi
    rm -rf "$work"
}

# -- Building: each puts one static program at $out, with $gcc, $gfortran and $level --

build_decimal() { $gcc "$level" -static -o "$out" "$here/decimal.c"; }
build_vectors() { $gcc "$level" -static -o "$out" "$here/vectors.c"; }
build_fortran() { $gfortran "$level" -static -o "$out" "$here/linear.f90"; }
build_lua() {
    local files
    files=("$source"/lua5.4/src/*.c)
    $gcc "$level" -static -DLUA_USE_POSIX -o "$out" "${files[@]/*\/luac.c/-lm}" -lm
}
build_zstd() {
    $gcc "$level" -static -DZSTD_DISABLE_ASM -DBACKTRACE_ENABLE=0 -I "$source/libzstd/lib" \
        -o "$out" "$source"/libzstd/lib/{common,compress,decompress,dictBuilder}/*.c \
        "$source"/libzstd/programs/*.c
}
prepare_sqlite() {
    [ -e "$source/sqlite3/amalgamation/shell.c" ] && return
    mkdir -p "$source/sqlite3/amalgamation" && cd "$source/sqlite3/amalgamation" &&
        ../configure --disable-tcl --disable-readline && make sqlite3.c shell.c
}
build_sqlite() {
    $gcc "$level" -static -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_THREADSAFE=0 \
        -DSQLITE_ENABLE_MATH_FUNCTIONS -o "$out" "$source"/sqlite3/amalgamation/{sqlite3,shell}.c -lm
}
# Only what busybox.config asks for: eight whole ones take long to build.
build_busybox() {
    local tree=$out.tree asked=$here/busybox.config
    mkdir -p "$tree" && make -C "$source/busybox" O="$tree" allnoconfig </dev/null &&
        sed -i -e "/^CONFIG_EXTRA_CFLAGS=/d" "$tree/.config" &&
        sed -i "$(sed 's|.*|/CONFIG_&[ =]/d|' "$asked")" "$tree/.config" &&
        { sed 's/.*/CONFIG_&=y/' "$asked" && echo "CONFIG_EXTRA_CFLAGS=\"$level ${gcc##* }\""; } \
            >>"$tree/.config" &&
        { yes '' 2>/dev/null || true; } | timeout 600 make -C "$tree" oldconfig &&
        make -C "$tree" CROSS_COMPILE="$target-linux-gnu-" busybox &&
        cp "$tree/busybox" "$out"
}

# -- Running: each is given NAME TARGET BINARY --

run_decimal() { compare "$@" 'run'; }
run_vectors() { compare "$@" 'run'; }
run_fortran() { compare "$@" 'run'; }
run_lua() { compare "$@" 'run script.lua'; }
run_zstd() {
    local n
    for n in 1 3 9 19; do
        compare "$@" "run -q -$n in.txt -o in.zst && run -q -d -c in.zst"
    done
    compare "$@" 'run -q -19 --long in.txt -o in.zst && run -q -t in.zst'
    compare "$@" "awk 'BEGIN { for (i = 0; i < 9000; i++) print i * i % 7919, sin(i) }' >big.txt
        run -q -19 big.txt -o big.zst && run -q -9 --check big.txt -o 9.zst && run -q -d -c big.zst"
    compare "$@" 'run -q --train -B512 in.txt -o words && run -q -D words small.txt -o small.zst &&
        run -q -D words -d -c small.zst'
    compare "$@" 'run -q -t small.txt'
}
run_sqlite() {
    compare "$@" 'run -batch new.db <script.sql && run -batch new.db .dump'
    compare "$@" 'run -batch new.db "SELECT nothing"'
}
run_busybox() {
    local line
    while IFS= read -r line <&3; do
        compare "$@" "$line"
    done 3<"$here/busybox.txt"
}

# usage: one PROGRAM TARGET LEVEL
one() {
    local name=$1 target=$2 level=-O$3 out=$directory/$1.$2-O$3 cpu=power8
    [ "$target" = powerpc64 ] && cpu=power7
    local gcc="$target-linux-gnu-gcc -w -mcpu=$cpu" gfortran="$target-linux-gnu-gfortran -mcpu=$cpu"
    # What a source of this suite itself has become since then is built anew.
    [ -x "$out" ] && [ ! "$here/decimal.c" -nt "$out" ] && [ ! "$here/vectors.c" -nt "$out" ] &&
        [ ! "$here/linear.f90" -nt "$out" ] || "build_$name" >"$out.log" 2>&1 ||
        { echo "FAILED to build, see $out.log" && return; }
    "run_$name" "$name $target $level" "$target" "$out"
}

for name in "${programs[@]}"; do
    declare -F "build_$name" >/dev/null || { echo "$0: no program $name" >&2 && exit 2; }
    case $name in
    lua | zstd | sqlite | busybox)
        "$here/fetch.sh" "$directory" >"$directory/log/fetch" 2>&1 || {
            echo "the sources cannot be fetched, see $directory/log/fetch"
            exit 1
        }
        ;;
    esac
    [ "$name" != sqlite ] || (prepare_sqlite) >"$directory/log/prepare" 2>&1 || {
        echo "sqlite3 cannot be prepared, see $directory/log/prepare"
        exit 1
    }
done
started=()
start() { # LOG COMMAND...
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
        wait -n
    done
    started+=("$1")
    "${@:2}" >"$directory/log/$1" 2>&1 &
}
for name in "${programs[@]}"; do
    for target in "${targets[@]}"; do
        for level in "${levels[@]}"; do
            start "$name.$target-O$level" one "$name" "$target" "$level"
        done
    done
    [ "$name" != busybox ] ||
        start busybox.debian run_busybox "Debian's busybox" powerpc64le "$directory/debian/bin/busybox"
done
wait
ran=0 failed=0
for name in "${started[@]}"; do
    same=$(grep -c '^same$' "$directory/log/$name")
    wrong=$(grep -c '^DIFFERS\|^FAILED' "$directory/log/$name")
    [ "$wrong$same" != 00 ] || wrong=1
    ran=$((ran + same + wrong)) failed=$((failed + wrong))
    printf '%-28s %3d runs the same\n' "$name" "$same"
    grep -v '^same$' "$directory/log/$name"
done
echo "$ran runs, $failed differ"
[ "$failed" = 0 ]
