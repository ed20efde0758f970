#!/bin/bash
# An image that changed when a reset reads it again: one message, status 1, a readable record.
# The guest says "ready" when its images have been read, and echoes what it is sent.
set -euo pipefail
cd "$(dirname "$0")"
program=$(realpath "${HORNPIPE:-../../build/release/bin/hornpipe}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

words=(
    3fe07100 # lis   r31,0x7100        the vty's unit address
    38600058 # li    r3,0x58           H_PUT_TERM_CHAR
    7fe4fb78 # mr    r4,r31
    38a00006 # li    r5,6
    3cc07265 # lis   r6,0x7265         "ready\n"
    60c66164 # ori   r6,r6,0x6164
    78c607c6 # sldi  r6,r6,32
    64c6790a # oris  r6,r6,0x790a
    44000022 # sc    1
    38600054 # li    r3,0x54           again: H_GET_TERM_CHAR
    7fe4fb78 # mr    r4,r31
    44000022 # sc    1
    2c240000 # cmpdi r4,0
    4182fff0 # beq   again
    7cc73378 # mr    r7,r6
    7ca62b78 # mr    r6,r5
    7c852378 # mr    r5,r4
    7fe4fb78 # mr    r4,r31
    38600058 # li    r3,0x58
    44000022 # sc    1
    4bffffd4 # b     again
)
{
    head -c 256 /dev/zero
    # shellcheck disable=SC2001,SC2059
    for word in "${words[@]}"; do printf "$(sed 's/../\\x&/g' <<<"$word")"; done
} >rom

# boot CHANGE: `output` is what the run says when it is reset after the command CHANGE, its errors
# last.
boot() {
    rm -f a.db
    coproc guest {
        status=0
        "$program" run -bios rom --record a.db --at console=now:reset --until console=done \
            2>errors || status=$?
        cat errors
        echo "[$status]"
    }
    # Copies: bash forgets guest[] as soon as the coprocess is gone, with lines still to be read.
    local line from to
    exec {from}<&"${guest[0]}" {to}>&"${guest[1]}"
    output=
    while IFS= read -r -t 60 line <&"$from"; do
        output+=$line$'\n'
        case $line in
        ready)
            if [ "$output" = $'ready\n' ]; then
                eval "$1"
                echo now >&"$to"
            else
                echo "done" >&"$to"
            fi
            ;;
        \[*) break ;;
        esac
    done
    exec {from}<&- {to}>&-
    wait
}

expect() {
    [ "$output" = "$1" ] && return
    echo "expected: $1"
    echo "got: $output"
    exit 1
}

boot true
expect $'ready\nnow\nready\ndone\n[0]\n'
boot 'printf x >>rom'
expect $'ready\nnow\nhornpipe: error: -bios rom: the file changed since the run began\n[1]\n'
"$program" info a.db | grep -q '^status *failed' || { echo "the record does not say so"; exit 1; }
boot 'rm rom'
expect $'ready\nnow\nhornpipe: error: -bios rom: No such file or directory\n[1]\n'
