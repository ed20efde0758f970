/*
 * ibm,os-term with a message: the guest's panic, told and in the status.
 *
 * guest: status: 3
 * guest: prints: start
 * guest: says: OS panic: by hand
 * guest: not under qemu: it has no exit status for a panic
 */
#include "common.inc"

main:
    la64    r3, text
    bl      puts
    li      r4, RTAS_ARGS
    li64    r5, 0x201f
    stw     r5, 0(r4)
    li      r5, 1
    stw     r5, 4(r4)
    stw     r5, 8(r4)
    la64    r5, message
    stw     r5, 12(r4)
    li64    r3, H_RTAS
    sc      1
    b       failed
text:
    .asciz  "start\n"
message:
    .asciz  "OS panic: by hand"
