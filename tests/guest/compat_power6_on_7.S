/*
 * A POWER7 in the mode of POWER6: what came with 2.06 is illegal in problem state; what came with
 * 2.07 it does not have in any state. (Book III-S 2.6, as of 2.06)
 *
 * guest: options: -cpu POWER7 -M max-cpu-compat=power6
 * guest: not under qemu: it enforces nothing of a mode
 */
#include "common.inc"
#include "mmu.inc"
#include "compat.inc"

#define MISSING(msr, text...)          \
    b 2f;                              \
1:  text;                              \
    sc;                                \
2:  TRY(1b, msr);                      \
    EXPECT_INT(0x700, 1b, (msr) | SRR1_ILLEGAL)

main:
    start_compat
    mfpvr   r21
    EXPECT_REG(r21, 0x003f0203)
    hidden_206
    shown_205
    MISSING(M_SF | OPEN, vaddudm v1, v2, v3)
    MISSING(M_USER | OPEN, vaddudm v1, v2, v3)
    MISSING(M_SF | OPEN, xsaddsp vs1, vs2, vs3)
    /* Quadwords are the privileged instructions that they are without a mode. */
    PRIVILEGED(lq r4, 0(r20))
    PRIVILEGED(stq r4, 0(r20))
    b       finish
