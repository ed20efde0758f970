#!/bin/bash
# Installs the Debian 12 packages that a set needs; quick when they are there already. As root, or
# through sudo. Sets: run (build and boot), test, fuzz, ci, bench, programs (tests/programs),
# kernel (workloads/kernel), debian (workloads/debian), long (tests/long); each contains the ones
# that it builds on.
#
# usage: workloads/install.sh SET
set -euo pipefail

run_packages=(
    gcc libc6-dev cmake ninja-build pkg-config python3
    libsqlite3-dev libfdt-dev libjansson-dev libnbd-dev libzstd-dev libssl-dev libcmocka-dev
    qemu-system-data qemu-utils debian-installer-12-netboot-ppc64el
)
test_packages=(
    "${run_packages[@]}"
    binutils-powerpc64-linux-gnu cpio e2fsprogs git gzip python3-gmpy2 sqlite3 util-linux
    gcc-powerpc64-linux-gnu gfortran-powerpc64-linux-gnu libc6-dev-ppc64-cross
    gcc-powerpc64le-linux-gnu gfortran-powerpc64le-linux-gnu libc6-dev-ppc64el-cross qemu-user
    qemu-system-ppc
)
programs_packages=("${test_packages[@]}" bzip2 make tcl xz-utils)
kernel_packages=(
    bc bison cpio flex gcc gzip libc6-dev linux-source-6.1 make python3 xz-utils
    gcc-powerpc64-linux-gnu libc6-dev-ppc64-cross gcc-powerpc64le-linux-gnu libc6-dev-ppc64el-cross
    gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
)
debian_packages=("${run_packages[@]}" cpio debian-archive-keyring debootstrap e2fsprogs fakeroot fdisk gzip)
long_packages=("${test_packages[@]}" "${kernel_packages[@]}" "${debian_packages[@]}")
fuzz_packages=("${test_packages[@]}" clang libclang-rt-14-dev)
ci_packages=("${test_packages[@]}" clang clang-format clang-tidy)
bench_packages=(
    "${run_packages[@]}"
    binutils cpio debian-archive-keyring gcc-powerpc64le-linux-gnu gzip libc6-dev-ppc64el-cross
    linux-perf qemu-system-ppc time util-linux
)

case "${1-}" in
run) packages=("${run_packages[@]}") ;;
test) packages=("${test_packages[@]}") ;;
fuzz) packages=("${fuzz_packages[@]}") ;;
ci) packages=("${ci_packages[@]}") ;;
bench) packages=("${bench_packages[@]}") ;;
programs) packages=("${programs_packages[@]}") ;;
kernel) packages=("${kernel_packages[@]}") ;;
debian) packages=("${debian_packages[@]}") ;;
long) packages=("${long_packages[@]}") ;;
*)
    echo "usage: $0 run|test|fuzz|ci|bench|programs|kernel|debian|long" >&2
    exit 2
    ;;
esac

missing=()
for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=()
elif command -v sudo >/dev/null; then
    as_root=(sudo)
else
    echo "install.sh: not root and no sudo; please install: ${missing[*]}" >&2
    exit 1
fi
apt_get() {
    # A package list held by another apt-get is waited for rather than failed on.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o DPkg::Lock::Timeout=300 "$@"
}
echo "installing: ${missing[*]}"
apt_get update
apt_get install --no-install-recommends "${missing[@]}"
