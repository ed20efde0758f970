#!/bin/bash
# Fetches packages of Debian 12 for ppc64el, with an apt state of its own, and unpacks them.
#
# usage: workloads/debian-packages.sh DIRECTORY PACKAGE...    unpacked into DIRECTORY
set -euo pipefail

if [ $# -lt 2 ]; then
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
fi
mkdir -p "$1"
to=$(cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{state/lists,cache/archives}/partial "$work/debs"

signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
mirror=${DEBIAN_MIRROR:-http://deb.debian.org}
printf 'deb %s %s main\n' "$signed" "$mirror/debian bookworm" \
    "$signed" "$mirror/debian-security bookworm-security" >"$work/sources.list"
options=(
    -q -o APT::Architecture=ppc64el -o APT::Architectures=ppc64el -o Acquire::Languages=none
    -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State=$work/state" -o "Dir::Cache=$work/cache" -o Dir::State::status=/dev/null
    -o APT::Sandbox::User=
)
{
    apt-get "${options[@]}" update || true # optional index files may be missing
    (cd "$work/debs" && apt-get "${options[@]}" download "$@")
} >&2
for deb in "$work"/debs/*.deb; do
    dpkg-deb -x "$deb" "$to"
done
