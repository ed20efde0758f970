#!/bin/bash
# Fetches the sources of the real programs of this suite, and Debian's static busybox for ppc64el,
# from Debian 12's archive, through an apt of its own that leaves the system's alone. Quick when they
# are there already.
#
# usage: fetch.sh DIRECTORY
set -euo pipefail
mkdir -p "$1"
cd "$1"
top=$PWD
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
sources=(lua5.4 libzstd sqlite3 busybox)

mkdir -p apt/lists/partial apt/cache/archives/partial apt/etc
: >apt/status
cat >apt/etc/sources.list <<END
deb [arch=ppc64el signed-by=$keyring] http://deb.debian.org/debian bookworm main
deb-src [signed-by=$keyring] http://deb.debian.org/debian bookworm main
END
apt_get() {
    apt-get -q -o APT::Architecture=ppc64el -o APT::Architectures=ppc64el -o Dir::State="$top/apt" \
        -o Dir::State::status="$top/apt/status" -o Dir::State::lists="$top/apt/lists" \
        -o Dir::Cache="$top/apt/cache" -o Dir::Etc::sourcelist="$top/apt/etc/sources.list" \
        -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root "$@"
}

missing=()
for name in "${sources[@]}"; do
    [ -d "source/$name" ] || missing+=("$name")
done
[ ${#missing[@]} = 0 ] && [ -x debian/bin/busybox ] && exit 0
apt_get update
for name in "${missing[@]}"; do
    mkdir -p "download/$name" "unpacked/$name"
    (cd "download/$name" && apt_get source --download-only "$name")
    # As its authors made it: the suite builds by commands of its own.
    tar -xf "$(find "download/$name" -name '*.orig.tar.*' ! -name '*.asc')" -C "unpacked/$name" \
        --strip-components=1
    mkdir -p source
    mv "unpacked/$name" "source/$name"
done
if [ ! -x debian/bin/busybox ]; then
    mkdir -p download/debian
    (cd download/debian && apt_get download busybox-static:ppc64el)
    dpkg-deb -x download/debian/busybox-static_*.deb debian
fi
