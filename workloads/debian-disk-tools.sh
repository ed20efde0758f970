#!/bin/bash
# Makes an initial RAM disk for tests of disks: the Debian installer's, with the kernel's modules for
# SCSI, virtio and ext4 in /m, sfdisk, mke2fs and e2fsck. Debian's packages for ppc64el are fetched
# (50 MB); the result is kept in the user's cache directory.
#
# usage: workloads/debian-disk-tools.sh    prints the path of the RAM disk
set -euo pipefail

images=/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el
release=$(strings -n 20 "$images/vmlinux" | sed -n 's/^Linux version \([^ ]*\) .*/\1/p' | head -n 1)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hornpipe/disk-tools
result=$cache/initrd-$release-$(cksum <"$0" | cut -d ' ' -f 1).gz
modules=(
    scsi_transport_srp ibmvscsi crct10dif_common crct10dif_generic crc-t10dif crc64
    crc64_rocksoft_generic crc64-rocksoft t10-pi sd_mod cdrom sr_mod isofs crc16 mbcache jbd2 crc32c_generic ext4
    virtio virtio_ring virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk virtio_scsi
)
packages=(
    "linux-image-$release" e2fsprogs fdisk libblkid1 libc6 libcom-err2 libext2fs2 libfdisk1
    libreadline8 libsmartcols1 libtinfo6 libuuid1
)
libraries=(blkid com_err e2p ext2fs fdisk readline smartcols tinfo uuid c m dl pthread)

if [ -s "$result" ] && [ "$result" -nt "$images/initrd.gz" ]; then
    echo "$result"
    exit 0
fi
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/tools/{m,sbin,lib/powerpc64le-linux-gnu}
"$(dirname "$0")/debian-packages.sh" "$work/root" "${packages[@]}"

for module in "${modules[@]}"; do
    find "$work/root/lib/modules" -name "$module.ko" -exec cp {} "$work/tools/m/" \;
done
cp "$work"/root/sbin/{mke2fs,e2fsck,sfdisk} "$work/tools/sbin/"
for library in "${libraries[@]}"; do
    find "$work/root" -path '*powerpc64le-linux-gnu*' -name "lib$library.so.*" \
        -exec cp -a {} "$work/tools/lib/powerpc64le-linux-gnu/" \;
done
{
    echo '#!/bin/sh'
    echo '# Loads the modules for disks, in an order in which each finds what it needs.'
    printf 'for m in'
    printf ' %s' "${modules[@]}"
    printf '; do [ ! -e /m/$m.ko ] || insmod /m/$m.ko; done\n'
} >"$work/tools/m/load"
chmod +x "$work/tools/m/load"
(cd "$work/tools" && find . | sort | cpio -o -H newc --quiet --reproducible | gzip -n) >"$work/tools.gz"
cat "$images/initrd.gz" "$work/tools.gz" >"$work/initrd.gz"
mv "$work/initrd.gz" "$result"
echo "$result"
