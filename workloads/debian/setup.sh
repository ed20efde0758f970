#!/bin/sh
# Runs once inside of the new system, as root, with its disk at /: the packages' scripts, and what
# makes the system a guest without a keyboard.
#
# usage: setup.sh packages | boot     "boot" writes GRUB to the disk, and ends with "setup.sh: done"
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true

# As dpkg runs them; the one that makes /etc/passwd goes first.
run_preinst() { # SCRIPT
    name=${1##*/}
    name=${name%.preinst}
    DPKG_MAINTSCRIPT_PACKAGE=${name%:*} DPKG_MAINTSCRIPT_NAME=preinst \
        DPKG_MAINTSCRIPT_ARCH=ppc64el DPKG_ADMINDIR=/var/lib/dpkg DPKG_ROOT='' \
        DPKG_RUNNING_VERSION="$dpkg_version" "$1" install </dev/null
}

set_packages_up() {
    # Nothing starts while it is set up.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    dpkg_version=$(dpkg-query -W -f '${Version}' dpkg)
    ldconfig
    [ -e /usr/bin/awk ] || ln -s mawk /usr/bin/awk
    run_preinst /var/lib/dpkg/info/base-passwd.preinst
    for script in /var/lib/dpkg/info/*.preinst; do
        case $script in */base-passwd.preinst) continue ;; esac
        run_preinst "$script"
    done
    # Nobody needs a half-made disk, so dpkg need not flush every file.
    dpkg --force-unsafe-io --configure -a </dev/null
    [ -z "$(dpkg --audit)" ]
    rm /usr/sbin/policy-rc.d
    passwd -d root
    rm -f /var/cache/ldconfig/aux-cache /var/log/*.log
}

set_boot_up() {
    cat >/etc/default/grub <<'GRUB'
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_TERMINAL=console
GRUB_CMDLINE_LINUX="console=hvc0"
GRUB
    # No udev runs here; update-grub names the root by its UUID only if this is there.
    mkdir -p /dev/disk/by-uuid
    ln -sf ../../sda2 "/dev/disk/by-uuid/$(blkid -s UUID -o value /dev/sda2)"
    grub-install --no-nvram /dev/sda1
    update-grub
    sync
    echo "setup.sh: ""done"
}

case $1 in
packages) set_packages_up ;;
boot) set_boot_up ;;
esac
