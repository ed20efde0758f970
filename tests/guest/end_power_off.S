/*
 * RTAS power-off ends the run with status 0.
 *
 * guest: prints: bye
 */
#include "common.inc"

main:
    la64    r3, text
    bl      puts
    li      r4, RTAS_ARGS
    li64    r5, RTAS_POWER_OFF
    stw     r5, 0(r4)
    li      r5, 2
    stw     r5, 4(r4)
    li      r5, 1
    stw     r5, 8(r4)
    li64    r3, H_RTAS
    sc      1
    b       failed
text:
    .asciz  "bye\n"
