#!/bin/bash
# Makes an initrd of programs that check themselves: compiles each, static, for what its first lines
# say, and puts them into /tests beside an init that runs them all and powers off (init.c).
#
# usage: workloads/kernel/initrd.sh [--order be|le] OUTPUT SOURCE.c...
#   --order O    byte order (default be)
#   OUTPUT       the initrd (cpio, gzip); programs are built beside it, in OUTPUT.programs
# A line `builds: KIND...` in a source's first comment says which programs it makes (default 64):
#   64   NAME-64, 64-bit, with the C library: ELFv1 in big-endian, ELFv2 in little-endian
#   32   NAME-32, 32-bit, System V ABI, with the C library; big-endian only
#   v2   NAME-v2, 64-bit, ELFv2, without any library
# Programs are for POWER7 in big-endian, for POWER8 in little-endian. The same sources and compilers
# give the same file, byte for byte.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "$0: $*" >&2 && exit 1; }

order=be
while [ $# -gt 0 ]; do
    case $1 in
    --order) order=${2:?--order needs be or le} && shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    -*) fail "no option $1 (see --help)" ;;
    *) break ;;
    esac
    shift
done
[ $# -ge 2 ] || fail "an output and sources are needed (see --help)"
case $order in
be) gcc64=(powerpc64-linux-gnu-gcc -mcpu=power7) ;;
le) gcc64=(powerpc64le-linux-gnu-gcc -mcpu=power8) ;;
*) fail "no byte order $order: be or le" ;;
esac
output=$1 programs=$1.programs
shift

rm -rf "$programs" && mkdir -p "$programs/tests"
flags=(-O2 -std=gnu17 -Wall -Wextra -Werror -static)
compile() { # KIND SOURCE NAME
    case $1 in
    64) "${gcc64[@]}" "${flags[@]}" -o "$programs/tests/$3-64" "$2" -lm ;;
    32) [ $order = le ] || powerpc-linux-gnu-gcc -mcpu=power7 "${flags[@]}" -o "$programs/tests/$3-32" "$2" -lm ;;
    v2)
        "${gcc64[@]}" "${flags[@]}" -mabi=elfv2 -ffreestanding -nostdlib \
            -o "$programs/tests/$3-v2" "$2"
        ;;
    *) fail "$2: no kind $1" ;;
    esac
}
for source in "$@"; do
    kinds=$(sed -n '1,20s/^.*builds: \(.*\)$/\1/p' "$source")
    for kind in ${kinds:-64}; do
        compile "$kind" "$source" "$(basename "$source" .c)" || fail "cannot compile $source"
    done
done
"${gcc64[@]}" "${flags[@]}" -o "$programs/init" "$here/init.c" || fail "cannot compile init.c"
find "$programs" -exec touch -d @0 {} +
(cd "$programs" && find . | LC_ALL=C sort | cpio --quiet --reproducible -R 0:0 -o -H newc) |
    gzip -n >"$output"
