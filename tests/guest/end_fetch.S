/*
 * Machine check whose vector is beyond everything: with interrupts little-endian the vectors are
 * another program, which is illegal throughout.
 *
 * guest: status: 4
 * guest: prints: start
 * guest: says: the guest hangs
 * guest: not under qemu: it does not see that the guest hangs
 */
#include "common.inc"

main:
    la64    r3, text
    bl      puts
    /* 0x00000000 in every vector's first word, in either order. */
    li      r3, 0x100
    li      r4, 0
1:  stw     r4, 0(r3)
    addi    r3, r3, 4
    cmpwi   r3, 0x1000
    blt     1b
    li      r4, 1
    li      r5, 4
    li      r6, 0
    li      r7, 0
    HCALL(H_SET_MODE)
    li      r3, 1
    sldi    r3, r3, 50
    mtctr   r3
    bctr
text:
    .asciz  "start\n"
