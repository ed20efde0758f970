/*
 * The only processor stops itself: nothing can ever wake it.
 *
 * guest: status: 4
 * guest: prints: start
 * guest: says: nothing can wake it
 * guest: not under qemu: it does not see that nothing can wake the guest
 */
#include "common.inc"

main:
    la64    r3, text
    bl      puts
    li      r4, RTAS_ARGS
    li      r5, 0x2007 /* stop-self */
    stw     r5, 0(r4)
    li      r5, 0
    stw     r5, 4(r4)
    li      r5, 1
    stw     r5, 8(r4)
    li64    r3, H_RTAS
    sc      1
    b       failed
text:
    .asciz  "start\n"
