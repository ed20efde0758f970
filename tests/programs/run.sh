#!/bin/bash
# Real programs: builds each from its source with the cross compilers, static, for both byte orders
# and -O0 to -O3, runs it under hornpipe user and under qemu-user, and compares standard output,
# what it leaves behind, and exit status. Needs gcc-, gfortran- and libc6-dev cross packages for
# powerpc64 and powerpc64le, qemu-user, tcl and the network.
#
# usage: run.sh [-q] [-d DIRECTORY] [PROGRAM...]    of: lua zstd sqlite busybox fortran; all if none
#        -q is quick: -O2 only, without what takes long to build
#        HORNPIPE is the program (default build/release/bin/hornpipe)
#        ends with 77 if the compilers or qemu-user are not installed
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
hornpipe=$(realpath "${HORNPIPE:-$here/../../build/release/bin/hornpipe}")
directory=$here/../../build/programs
levels=(-O0 -O1 -O2 -O3)
quick=false
while getopts qd: option; do
    case $option in
    q) quick=true levels=(-O2) ;;
    d) directory=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
programs=("$@")
if [ $# = 0 ]; then
    programs=(fortran lua zstd)
    $quick || programs+=(sqlite busybox)
fi
for tool in {powerpc64,powerpc64le}-linux-gnu-{gcc,gfortran} qemu-ppc64 qemu-ppc64le; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; exit 77; }
done
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
[ "${programs[*]}" = fortran ] || "$here/fetch.sh" "$directory" >"$directory/fetch.log" 2>&1 || {
    echo "the sources cannot be fetched, see $directory/fetch.log"
    exit 1
}
source=$directory/source
ran=0 failed=0

# Runs one shell command under both and compares; $program stands for how to run the program.
# usage: compare NAME TARGET BINARY COMMAND
compare() {
    local name=$1 target=$2 binary=$3 command=$4 side program status
    local work=$directory/work
    for side in hornpipe qemu; do
        rm -rf "$work"
        mkdir -p "$work"
        awk 'BEGIN { for (i = 1; i <= 2000; i++) print i * 7919 % 3001, "line", i }' >"$work/in.txt"
        echo "a small file" >"$work/small.txt"
        cp "$here/script.lua" "$here/script.sql" "$work"
        if [ $side = hornpipe ]; then
            program="$hornpipe user --log-level error --allow-write . -- $binary"
        else
            # Not -cpu power8: it refuses mffsl, whose extra bits a POWER8 ignores (glibc uses it).
            program="qemu-${target/powerpc64/ppc64} $binary"
        fi
        (cd "$work" && export program && timeout 600 bash -c "$command") \
            >"$directory/$side.out" 2>"$directory/$side.err" </dev/null
        status=$?
        rm -f "$work/core" "$work"/qemu_*.core
        { echo "status $status"; cd "$work" && find . -type f -exec sha256sum {} + | sort; } \
            >>"$directory/$side.out"
    done
    ran=$((ran + 1))
    if ! cmp -s "$directory/hornpipe.out" "$directory/qemu.out"; then
        failed=$((failed + 1))
        echo "DIFFERS $name: $command"
        diff -a "$directory/hornpipe.out" "$directory/qemu.out" | head -5
        head -3 "$directory/hornpipe.err"
    fi
}

# -- Building: each puts one static program at $out, with $gcc, $gfortran and $level --

build_fortran() {
    $gfortran "$level" -static -o "$out" "$here/linear.f90" -J "$directory"
}
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
build_sqlite() {
    if [ ! -e "$source/sqlite3/amalgamation/shell.c" ]; then
        mkdir -p "$source/sqlite3/amalgamation" &&
            (cd "$source/sqlite3/amalgamation" && ../configure --disable-tcl --disable-readline &&
                make sqlite3.c shell.c) || return
    fi
    $gcc "$level" -static -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_THREADSAFE=0 \
        -DSQLITE_ENABLE_MATH_FUNCTIONS -o "$out" "$source"/sqlite3/amalgamation/{sqlite3,shell}.c -lm
}
build_busybox() {
    local tree=$directory/busybox-$target$level
    mkdir -p "$tree" && make -C "$source/busybox" O="$tree" defconfig &&
        sed -i -e 's/.*CONFIG_STATIC[ =].*/CONFIG_STATIC=y/' \
            -e "s/^CONFIG_EXTRA_CFLAGS=.*/CONFIG_EXTRA_CFLAGS=\"$level\"/" \
            -e 's/^CONFIG_TC=y/# CONFIG_TC is not set/' "$tree/.config" &&
        make -C "$tree" CROSS_COMPILE="$target-linux-gnu-" -j "$(nproc)" busybox &&
        cp "$tree/busybox" "$out"
}

# -- Running --

run_fortran() { compare "$1" "$2" "$3" '$program'; }
run_lua() { compare "$1" "$2" "$3" '$program script.lua'; }
run_zstd() {
    compare "$1" "$2" "$3" '$program -q -3 -c in.txt >in.zst && $program -q -d -c in.zst'
    compare "$1" "$2" "$3" '$program -q -19 --long in.txt -o in.zst && $program -q -t in.zst'
    compare "$1" "$2" "$3" '$program -q -t small.txt'
}
run_sqlite() {
    compare "$1" "$2" "$3" '$program -batch new.db <script.sql'
    compare "$1" "$2" "$3" '$program -batch new.db "SELECT nothing"'
}
run_busybox() {
    local line
    while IFS= read -r line <&3; do
        case $line in
        *' | '*) compare "$1" "$2" "$3" "${line% | *} | \$program ${line##* | }" ;;
        *) compare "$1" "$2" "$3" "\$program $line" ;;
        esac
    done 3<"$here/busybox.txt"
}

for name in "${programs[@]}"; do
    for target in powerpc64 powerpc64le; do
        gcc="$target-linux-gnu-gcc -w -mcpu=power8" gfortran="$target-linux-gnu-gfortran -mcpu=power8"
        for level in "${levels[@]}"; do
            out=$directory/$name.$target$level
            [ -x "$out" ] || "build_$name" >"$out.log" 2>&1 || {
                echo "FAILED to build $name for $target $level, see $out.log"
                failed=$((failed + 1))
                continue
            }
            before=$failed
            "run_$name" "$name $target $level" "$target" "$out"
            [ $failed = $before ] && echo "equal $name $target $level"
        done
    done
done
if [[ " ${programs[*]} " == *" busybox "* ]]; then
    run_busybox "busybox of Debian" powerpc64le "$directory/debian/bin/busybox"
fi
echo "$ran runs compared, $failed differ"
[ "$failed" = 0 ]
