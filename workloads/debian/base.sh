#!/bin/bash
# Makes the disk as it is before the packages' scripts have run: debootstrap's first stage fetches
# the packages, everything is unpacked, and the tree becomes a file system. Run under fakeroot from
# beginning to end, which gives files their owners and devices without root.
#
# usage: base.sh WORK PACKAGES    makes WORK/image; WORK is a new directory, PACKAGES keeps .deb files;
#                                 build.sh sets root_start and SOURCE_DATE_EPOCH
set -euo pipefail
work=$1
tree=$work/tree
packages_dir=$2

suite=bookworm
packages=(
    systemd-sysv udev dbus libpam-systemd login e2fsprogs fdisk kmod
    python3 gcc libc6-dev perl sqlite3 linux-perf
    linux-image-powerpc64le initramfs-tools zstd grub-ieee1275 kexec-tools
)
uuid=48504950-0000-4000-8000-000000000012
prep_start=2048 disk_sectors=$((3 * 1024 * 1024 * 2)) # of 512 bytes

fetch_packages() {
    local mirror include
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
        "Codename: $suite" 'Component: main' | head -n 1)
    if [ -z "$mirror" ]; then
        echo "apt has no package list of Debian $suite: run apt-get update" >&2
        return 1
    fi
    include=$(IFS=, && echo "${packages[*]}")
    debootstrap --foreign --arch=ppc64el --variant=minbase \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --cache-dir="$packages_dir" --include="$include" "$suite" "$tree" "$mirror"
    rm -r "$tree/debootstrap"
    # In containers it is a link to /proc.
    rm -rf "$tree/proc"
    mkdir "$tree/proc"
}

# What `dpkg --unpack` would do on the machine that the package is for, without its scripts: files in
# place, and entries in dpkg's database. setup.sh runs the scripts.
unpack() { # DEB
    local info=$tree/var/lib/dpkg/info control=$work/control entry architecture path file
    rm -rf "$control"
    dpkg-deb -e "$1" "$control"
    entry=$(sed -n 's/^Package: //p' "$control/control")
    architecture=$(sed -n 's/^Architecture: //p' "$control/control")
    ! grep -q '^Multi-Arch: same' "$control/control" || entry=$entry:$architecture
    # /bin and its like are links into /usr, and stay so.
    dpkg-deb --fsys-tarfile "$1" | tar -xv -p --keep-directory-symlink -C "$tree" |
        sed -e 's,^\.,,' -e 's,/$,,' -e 's,^$,/.,' >"$info/$entry.list"
    {
        sed 's/^Package: .*/&\nStatus: install ok unpacked/' "$control/control"
        if [ -s "$control/conffiles" ]; then
            echo Conffiles:
            while read -r path; do
                [ ! -f "$tree$path" ] || echo " $path $(md5sum <"$tree$path" | cut -c 1-32)"
            done <"$control/conffiles"
        fi
        echo
    } >>"$tree/var/lib/dpkg/status"
    rm "$control/control"
    for file in "$control"/*; do
        [ ! -f "$file" ] || mv "$file" "$info/$entry.${file##*/}"
    done
}

unpack_packages() {
    local deb
    mkdir -p "$tree/var/lib/dpkg/info" "$tree/var/lib/dpkg/updates"
    echo 1 >"$tree/var/lib/dpkg/info/format"
    : >"$tree/var/lib/dpkg/available"
    : >"$tree/var/lib/dpkg/status"
    for deb in "$tree"/var/cache/apt/archives/*.deb; do
        unpack "$deb"
        rm "$deb"
    done
}

# What does not come from packages.
add_files() {
    echo hornpipe >"$tree/etc/hostname"
    : >"$tree/etc/resolv.conf"
    echo 48504950000040008000000000000012 >"$tree/etc/machine-id"
    printf '127.0.0.1 localhost\n127.0.1.1 hornpipe\n' >"$tree/etc/hosts"
    printf 'UUID=%s / ext4 errors=remount-ro 0 1\n' "$uuid" >"$tree/etc/fstab"
    # An initial RAM disk with the drivers of the machine's disks only.
    mkdir -p "$tree/etc/initramfs-tools/conf.d"
    echo MODULES=list >"$tree/etc/initramfs-tools/conf.d/hornpipe"
    printf '%s\n' ibmvscsi sd_mod sr_mod virtio_pci virtio_blk virtio_scsi crc32c_generic ext4 \
        >"$tree/etc/initramfs-tools/modules"
    find "$tree" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

make_image() {
    truncate -s $((disk_sectors * 512)) "$work/image"
    /sbin/sfdisk -q "$work/image" <<LAYOUT
label: dos
label-id: 0x48504950
start=$prep_start, size=$((root_start - prep_start)), type=41, bootable
start=$root_start, type=83
LAYOUT
    # GRUB 2.06 does not know the features that are left out.
    E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH /sbin/mke2fs -q -t ext4 -d "$tree" \
        -O ^metadata_csum_seed,^orphan_file -L debian -U "$uuid" \
        -E "offset=$((root_start * 512)),hash_seed=$uuid,lazy_itable_init=0,lazy_journal_init=0" \
        "$work/image" $(((disk_sectors - root_start) / 2))k
}

rm -rf "$work"
mkdir -p "$work"
fetch_packages
unpack_packages
add_files
make_image
