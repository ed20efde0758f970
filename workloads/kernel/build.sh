#!/bin/bash
# Builds a small Linux for the simulated machine from Debian's linux-source-6.1, and prints the path
# of its vmlinux. A kernel that was built from the same recipe, sources and compiler is not built
# again. Installs what it needs on Debian 12.
#
# usage: workloads/kernel/build.sh [OPTION]... RECIPE
#   RECIPE            a file RECIPE.config beside this script:
#                     be  big-endian, for POWER7, with 32-bit programs
#                     tm  little-endian, for POWER8, with transactional memory
#   --cache DIR       where kernels and sources are kept (default $HORNPIPE_CACHE, else
#                     $XDG_CACHE_HOME/hornpipe, else ~/.cache/hornpipe)
#   -j, --jobs N      compilers at once (default one for each processor)
#   --print-path      says where the vmlinux is or would be, and builds nothing
#
# Another recipe is another file: options of the kernel's configuration, added to common.config.
# Every one of them must come true, or the build fails before it begins.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
package=linux-source-6.1

fail() { echo "$0: $*" >&2 && exit 1; }
usage() { echo "usage: $0 [--cache DIR] [-j N] [--print-path] RECIPE (see --help)" >&2 && exit 2; }

cache=${HORNPIPE_CACHE:-${XDG_CACHE_HOME:-${HOME:?}/.cache}/hornpipe}
jobs=$(nproc) only_path=false recipe=
while [ $# -gt 0 ]; do
    case $1 in
    --cache) cache=${2:?--cache needs a directory} && shift ;;
    -j | --jobs) jobs=${2:?--jobs needs a number} && shift ;;
    --print-path) only_path=true ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" && exit 0 ;;
    -*) usage ;;
    *) [ -z "$recipe" ] && recipe=$1 || usage ;;
    esac
    shift
done
[ -n "$recipe" ] || usage
recipes=$(cd "$here" && ls -- *.config | sed -n '/^common\.config$/d;s/\.config$//p' | tr '\n' ' ')
case " $recipes" in *" $recipe "*) ;; *) fail "no recipe $recipe; there are: $recipes" ;; esac

"$here/../install.sh" kernel >&2

asked() { cat "$here/common.config" "$here/$recipe.config" | sed '/^#/d;/^$/d'; }
if asked | grep -qx CONFIG_CPU_LITTLE_ENDIAN=y; then
    cross=powerpc64le-linux-gnu-
else
    cross=powerpc64-linux-gnu-
fi
version=$(dpkg-query -W -f '${Version}' "$package")
key=$({
    asked | sort
    echo "$version"
    for tool in gcc ld; do "${cross}$tool" --version | head -1; done
    cat "$0"
} | sha256sum)
result=$cache/kernel/$recipe-${version//[!0-9.]/-}-${key:0:16}
$only_path && echo "$result/vmlinux" && exit 0

mkdir -p "$cache/kernel" || fail "cannot make $cache/kernel"
exec 9>"$cache/kernel/$recipe.lock"
flock 9
[ -f "$result/vmlinux" ] && echo "$result/vmlinux" && exit 0

# The sources, unpacked once for all recipes; not the drivers of what this machine never has.
source=$cache/kernel/source-$version
exec 8>"$cache/kernel/source.lock"
flock 8
if [ ! -d "$source" ]; then
    echo "unpacking $package $version" >&2
    rm -rf "$source.new" && mkdir "$source.new"
    tar -xf "/usr/src/$package.tar.xz" -C "$source.new" --strip-components=1 \
        --exclude='*/Documentation/*.rst' --exclude='*/drivers/gpu/*.[ch]' \
        --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/drivers/media/*.[ch]' ||
        fail "cannot unpack /usr/src/$package.tar.xz"
    mv "$source.new" "$source"
fi
flock -u 8

# Nothing of the host or the moment goes into the kernel, so it is the same wherever it is built.
export ARCH=powerpc CROSS_COMPILE=$cross LC_ALL=C
export KBUILD_BUILD_USER=hornpipe KBUILD_BUILD_HOST=hornpipe KBUILD_BUILD_VERSION=1
export KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026'
work=$result.building
rm -rf "$work" && mkdir -p "$work"
log=$work/build.log
run() { "$@" >>"$log" 2>&1 </dev/null 9>&- 8>&- || { tail -20 "$log" >&2; fail "$1 failed, see $log"; }; }

asked >"$work/asked"
run make -C "$source" O="$work" KCONFIG_ALLCONFIG="$work/asked" allnoconfig
refused=
while IFS= read -r line; do
    case $line in
    *=n) ! grep -q "^${line%=n}=" "$work/.config" ;;
    *) grep -qxF "$line" "$work/.config" ;;
    esac || refused+=" $line"
done <"$work/asked"
[ -z "$refused" ] || fail "the kernel's configuration does not take$refused"

echo "building the kernel of recipe $recipe ($log)" >&2
TIMEFORMAT='built in %R s, with %U s of CPU time and %S s in the system'
time run make -C "$work" -j "$jobs" vmlinux
cp "$work/vmlinux" "$work/vmlinux.new"
"${cross}strip" --strip-debug "$work/vmlinux.new"
rm -rf "$result" && mkdir "$result"
mv "$work/.config" "$result/config"
mv "$log" "$work/System.map" "$result"
mv "$work/vmlinux.new" "$result/vmlinux"
rm -rf "$work"
echo "$result/vmlinux"
