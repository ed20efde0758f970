# What the benches share; sourced by them, from the top of the tree. A bench sets `rounds`, defines
# own_option(), calls bench_options "$@", and then finds: rounds, cpu (to pin to), images (Debian's
# kernel and initrd), work (a directory that goes away at the end), and the release build made.
cpu=$(($(nproc) - 1))
build=yes
images=/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el

# The options that every bench has; for any other one own_option "$@" sets `taken` to the arguments
# that it took, 0 if it does not know it.
bench_options() {
    while [ $# -gt 0 ]; do
        taken=2
        case $1 in
        --rounds) rounds=${2:?} ;;
        --cpu) cpu=${2:?} ;;
        --no-build)
            build=no
            taken=1
            ;;
        *)
            taken=0
            own_option "$@"
            ;;
        esac
        if [ "$taken" = 0 ]; then
            sed -n 's/^# usage: /usage: /p' "$0" >&2
            exit 2
        fi
        shift "$taken"
    done
    if [ $build = yes ]; then
        workloads/install.sh bench
        cmake --preset release >/dev/null
        cmake --build build/release --target hornpipe -j "$(nproc)"
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
}

# The host, for the head of a table.
host_name() {
    echo "$(uname -m), $(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)"
}
