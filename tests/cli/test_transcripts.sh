#!/bin/bash
# Types what stands behind "$ " in transcripts/*.txt and compares all that the program says (both
# streams, and "[STATUS]" when it is not 0) with what stands below it. Each file has an empty
# directory of its own; its commands are lines of bash, without input, and share no variables. "## "
# begins a comment.
#
# usage: test_transcripts.sh [--update] [NAME...]      NAME is a file's name without .txt
#        HORNPIPE is the program (default build/release/bin/hornpipe)
set -euo pipefail
cd "$(dirname "$0")"
program=$(realpath "${HORNPIPE:-../../build/release/bin/hornpipe}")
export TRANSCRIPT_TOOLS=$PWD
[ -x "$program" ] || { echo "$program is not there; build it first" >&2; exit 1; }

update=false
[ "${1-}" = --update ] && update=true && shift
if [ $# = 0 ]; then
    set -- transcripts/*.txt
    set -- "${@#transcripts/}"
    set -- "${@%.txt}"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/bin"
ln -s "$program" "$scratch/bin/hornpipe"
export PATH=$scratch/bin:$PATH LC_ALL=C

# Writes to stdout what the transcript on stdin should be.
replay() {
    local line status first=true
    while IFS= read -r line <&3; do
        case $line in
        "## "*)
            $first || echo
            echo "$line"
            ;;
        '$ '*)
            echo "$line"
            status=0
            bash -c "${line#\$ }" 2>&1 </dev/null || status=$?
            [ $status = 0 ] || echo "[$status]"
            ;;
        esac
        first=false
    done
}

failed=0
for name; do
    mkdir "$scratch/$name"
    (cd "$scratch/$name" && replay) 3<"transcripts/$name.txt" >"$scratch/$name.out"
    if $update; then
        cp "$scratch/$name.out" "transcripts/$name.txt"
    elif ! diff -u "transcripts/$name.txt" "$scratch/$name.out"; then
        failed=1
    fi
done
exit $failed
