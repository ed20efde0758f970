/*
 * A POWER8 in the mode of POWER6: what came with 2.06 and 2.07 is illegal in problem state and as
 * ever in privileged state; vectors and decimal floating point are older. (Book III-S 2.6)
 *
 * guest: options: -cpu POWER8,compat=power6
 * guest: not under qemu: it enforces nothing of a mode
 */
#include "common.inc"
#include "mmu.inc"
#include "compat.inc"

main:
    start_compat
    mfpvr   r21
    EXPECT_REG(r21, 0x004d0200)
    li      r5, 0x184
    mtspr   153, r5
    li64    r5, 0x00280000
    mtspr   795, r5
    hidden_207
    hidden_206
    shown_205
    b       finish
