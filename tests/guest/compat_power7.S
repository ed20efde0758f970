/*
 * A POWER8 in the mode of POWER7: what came with 2.07 is illegal in problem state and as ever in
 * privileged state. (Book III-S 2.6; pseries.md 9)
 *
 * guest: options: -M max-cpu-compat=power7
 * guest: not under qemu: it enforces nothing of a mode
 */
#include "common.inc"
#include "mmu.inc"
#include "compat.inc"

main:
    start_compat
    /* The processor says what it is. */
    mfpvr   r21
    EXPECT_REG(r21, 0x004d0200)
    /* Every facility that the operating system could open is open. */
    li      r5, 0x184           /* TAR, EBB, DSCR */
    mtspr   153, r5
    li64    r5, 0x00280000      /* BHRBA, PMCC = 2 */
    mtspr   795, r5
    hidden_207
    shown_205
    /* Of 2.06. */
    SHOWN(popcntd r3, r4)
    SHOWN(isel r3, r4, r5, 2)
    SHOWN(ldbrx r3, 0, r20)
    SHOWN(lbarx r3, 0, r20)
    SHOWN(fcfidu f1, f2)
    SHOWN(xsadddp vs1, vs2, vs3)
    SHOWN(lxvd2x vs33, 0, r20)
    SHOWN(mfspr r5, 13)

    /* Priorities of problem state: medium high and very low are of 2.07. */
    li      r5, 100
    mtspr   159, r5             /* PSPB */
    TRY(priorities, M_USER)
    EXPECT_GPR(10, 2 << 50)
    EXPECT_GPR(11, 2 << 50)
    EXPECT_GPR(12, 2 << 50)
    b       finish
priorities:
    or      6, 6, 6
    or      1, 1, 1
    mfspr   r10, 896
    or      31, 31, 31
    mfspr   r11, 896
    or      5, 5, 5
    mfspr   r12, 896
    sc
