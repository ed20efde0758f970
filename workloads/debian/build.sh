#!/bin/bash
# Makes a disk with Debian 12 for ppc64el that SLOF boots from: a PReP partition with GRUB, and an
# ext4 file system with systemd, Python, gcc, Perl, SQLite, perf and kexec-tools. Console hvc0, user
# root without a password. debootstrap fetches the packages, from the mirror that the host's apt
# uses; their scripts run in Hornpipe, with Debian's kernel. No root, no mounts, no loop devices.
#
# The disk is kept in the user's cache directory under a name that is a digest of the recipe; making
# it takes about ten minutes and 4 GB. An interrupted call is taken up after its last whole stage.
#
# usage: workloads/debian/build.sh      prints the path of the disk, a raw image of 3 GiB
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
hornpipe=${HORNPIPE:-$root/build/release/bin/hornpipe}

export SOURCE_DATE_EPOCH=1767225600 # 2026-01-01, where the simulated clock begins
export root_start=18432 # where the ext4 file system begins, in sectors of 512 bytes

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hornpipe
key=$(cat "$here"/*.sh | sha256sum | cut -c 1-12)
dir=$cache/debian-$key
base=$cache/debian-base-$({ cat "$here/base.sh" && echo "$root_start $SOURCE_DATE_EPOCH"; } |
    sha256sum | cut -c 1-12).img
disk=$dir/disk.img

if [ -s "$disk" ]; then
    echo "$disk"
    exit 0
fi
exec 3>&1 1>&2 # standard output is for the path

fail() {
    echo "build.sh: $*" >&2
    exit 1
}

# The packages' scripts, in Hornpipe: the installer's kernel and shell, and the tree as its disk.
run_setup() { # IMAGE
    local initrd images=/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el
    [ -x "$hornpipe" ] || fail "$hornpipe is not there: build it (see README.md), or set HORNPIPE"
    initrd=$("$root/workloads/debian-disk-tools.sh")
    (cd "$here" && echo setup.sh | cpio -o -H newc --quiet | gzip -n) | cat "$initrd" - >"$dir/initrd.gz"
    cat >"$dir/setup.script" <<'SCRIPT'
timeout none
expect ~ #\x20
send mount -t proc p /proc; mount -t sysfs s /sys; mount -t devtmpfs d /dev; /m/load; sleep 1\n
expect ~ #\x20
send mkdir /t; mount /dev/sda2 /t; cd /t; mount -t devtmpfs d dev; mount -t proc p proc\n
expect t #\x20
send mount -t sysfs s sys; mount -t tmpfs t run; cp /setup.sh .; cd /\n
expect ~ #\x20
send chroot /t sh -ec '/setup.sh packages; /setup.sh boot' || poweroff -f\n
expect setup.sh: done
expect ~ #\x20
send cd /t; umount dev proc sys run; rm setup.sh; cd /; umount /t && exec poweroff -f\n
expect reboot: Power down
SCRIPT
    echo "setting the packages up in Hornpipe ($dir/setup.log)"
    "$hornpipe" run -cpu POWER8 -m 2G -nographic -M pseries,x-vof=on \
        -append "console=hvc0 rdinit=/bin/sh" -kernel "$images/vmlinux" -initrd "$dir/initrd.gz" -drive "file=$1,format=raw" \
        --script "$dir/setup.script" </dev/null >"$dir/setup.log" 2>&1 || {
        tail -n 15 "$dir/setup.log"
        fail "setting the packages up failed, see $dir/setup.log"
    }
    /sbin/e2fsck -fn "$1?offset=$((root_start * 512))" \
        >"$dir/e2fsck.log" 2>&1 || fail "the file system is not clean, see $dir/e2fsck.log"
}

"$root/workloads/install.sh" debian
mkdir -p "$dir"
exec 9>"$dir/lock"
flock -n 9 || { echo "waiting for another build.sh" && flock 9; }
if [ ! -s "$disk" ]; then
    free=$(df --output=avail -k "$dir" | tail -n 1)
    [ "$free" -gt 4000000 ] || fail "$dir has less than 4 GB of room"
    rm -rf "$dir"/work.*
    if [ ! -s "$base" ]; then
        echo "fetching and unpacking Debian's packages ($dir/packages.log)"
        mkdir -p "$cache/debian-packages"
        fakeroot "$here/base.sh" "$dir/work.tree" "$cache/debian-packages" \
            >"$dir/packages.log" 2>&1 || {
            tail -n 5 "$dir/packages.log"
            fail "making the tree failed, see $dir/packages.log"
        }
        mv "$dir/work.tree/image" "$base"
        rm -rf "$dir/work.tree"
    fi
    cp --sparse=always "$base" "$dir/work.img"
    run_setup "$dir/work.img"
    mv "$dir/work.img" "$disk"
    rm "$base" "$dir/initrd.gz"
fi
echo "$disk" >&3
