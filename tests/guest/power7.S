/*
 * What POWER7 lacks: the instructions of 2.07 are illegal in any state, its SPRs are numbers that
 * mean nothing, MSR[TM] and [TS] do not exist, problem state may not use lq and stq.
 *
 * guest: options: -cpu POWER7
 */
#include "common.inc"
#include "mmu.inc"

#define ALL (M_FP | M_VEC | M_VSX)
#define ILLEGAL(msr, text...) \
    b 2f;                     \
1:  text;                     \
    sc;                       \
2:  TRY(1b, msr);             \
    EXPECT_INT(0x700, 1b, (msr) | SRR1_ILLEGAL)
#define PRIVILEGED(msr, text...) \
    b 2f;                     \
1:  text;                     \
    sc;                       \
2:  TRY(1b, msr);             \
    EXPECT_INT(0x700, 1b, (msr) | SRR1_PRIVILEGED)
#define FINE(msr, text...)    \
    b 2f;                     \
1:  text;                     \
    sc;                       \
2:  TRY(1b, msr);             \
    EXPECT_INT(0xc00, 1b + 8, msr)
/* In supervisor state the register stays as it was, and nothing is written: that number is undefined. */
#define NO_SPR(n)             \
    li64 r5, 0x123456789abcdef0; \
    mtspr n, r5;              \
    mfspr r5, n;              \
    EXPECT_REG(r5, 0x123456789abcdef0)

main:
    bl      map_low
    mfpvr   r20
    EXPECT_REG(r20, 0x003f0203)
    li      r20, SCRATCH >> 16
    sldi    r20, r20, 16

    /* Of 2.07, whatever the facilities and the state. */
    ILLEGAL(M_SF | ALL, vaddudm v1, v2, v3)
    ILLEGAL(M_SF, vpmsumd v1, v2, v3)
    ILLEGAL(M_USER | ALL, vcipher v1, v2, v3)
    ILLEGAL(M_SF | ALL, xsaddsp vs1, vs2, vs3)
    ILLEGAL(M_SF, xxlorc vs1, vs2, vs3)
    ILLEGAL(M_SF | ALL, mfvsrd r3, vs5)
    ILLEGAL(M_SF | ALL, lxsspx vs1, 0, r20)
    ILLEGAL(M_SF, bctar 20, 0)
    ILLEGAL(M_USER, bctar 20, 0)
    ILLEGAL(M_SF, tbegin.)
    ILLEGAL(M_USER, trechkpt.)
    ILLEGAL(M_SF, rfebb)
    ILLEGAL(M_SF, mfbhrbe r3, 0)
    ILLEGAL(M_SF, clrbhrb)
    ILLEGAL(M_SF, msgsndp r20)
    ILLEGAL(M_USER, msgclrp r20)
    ILLEGAL(M_SF, msgsnd r20)
    ILLEGAL(M_SF, lqarx r4, 0, r20)
    ILLEGAL(M_SF, .long 0x7c00002c) /* icbt */
    ILLEGAL(M_SF, .long 0x7c000126) /* mtsle */
    /* Of 2.06. */
    FINE(M_SF | M_VSX, xsadddp vs1, vs2, vs3)
    FINE(M_SF | M_VEC, vaddubm v1, v2, v3)
    FINE(M_USER, popcntd r3, r4)
    FINE(M_SF, lbarx r4, 0, r20)
    UNLESS_QEMU(nops_done) /* it refuses the no-op, and gives the others to POWER7 */
    FINE(M_SF, .long 0x7c000424)    /* a reserved no-op */
    ILLEGAL(M_SF | ALL, vcmpequd v1, v2, v3)
    ILLEGAL(M_SF | ALL, vsubudm v1, v2, v3)
nops_done:

    /* Quadwords are for supervisors. */
    FINE(M_SF, lq r4, 0(r20))
    FINE(M_SF, stq r4, 0(r20))
    PRIVILEGED(M_USER, lq r4, 0(r20))
    PRIVILEGED(M_USER, stq r4, 0(r20))

    /* SPRs of 2.07: undefined numbers. */
    NO_SPR(3)
    NO_SPR(61)
    NO_SPR(128)
    NO_SPR(130)
    NO_SPR(153)
    NO_SPR(159)
    NO_SPR(176)
    NO_SPR(180)
    NO_SPR(446)
    NO_SPR(784)
    NO_SPR(785)
    NO_SPR(800)
    NO_SPR(804)
    NO_SPR(808)
    NO_SPR(815)
    NO_SPR(848)
    NO_SPR(888)
    PRIVILEGED(M_USER, mfspr r5, 153)
    PRIVILEGED(M_USER, mfspr r5, 785)
    /* The PMU's registers may be read in problem state. */
    FINE(M_USER, mfspr r5, 771)
    FINE(M_USER, mfspr r5, 779)
    UNLESS_QEMU(own_done) /* unknown numbers are privileged there, and it has not all of these */
    ILLEGAL(M_USER, mfspr r5, 3)
    ILLEGAL(M_USER, mfspr r5, 128)
    ILLEGAL(M_USER, mfspr r5, 769)
    ILLEGAL(M_USER, mfspr r5, 806)
    ILLEGAL(M_USER, mtspr 808, r5)
    ILLEGAL(M_USER, mfspr r5, 815)
    /* Its own are the hypervisor's. */
    PRIVILEGED(M_SF, mfspr r5, 340)
    PRIVILEGED(M_SF, mtspr 343, r5)
    PRIVILEGED(M_SF, mfspr r5, 1013)
    PRIVILEGED(M_SF, mtspr 1015, r5)
    /* The PMU's registers may not be written there: that number is undefined. */
    ILLEGAL(M_USER, mtspr 771, r5)
own_done:

    /* Priorities of problem state: low, medium low, medium; others change nothing. */
    UNLESS_QEMU(priority_done)
    TRY(priorities, M_USER)
    EXPECT_GPR(10, 2 << 50)
    EXPECT_GPR(11, 2 << 50)
    EXPECT_GPR(12, 2 << 50)
priority_done:

    /* MSR: the bits of transactions are dropped. */
    li64    r20, 0x8000000700000000
    TRY(set_msr, M_SF)
    EXPECT_GPR(3, M_SF)

    /* An alert is always an interrupt: MMCR0[EBE] is no bit of 2.06. */
    UNLESS_QEMU(finish)
    li64    r20, 0x00100080
    TRY(set_mmcr0, M_SF | M_EE)
    EXPECT_INT(0xf00, set_mmcr0 + 4, M_SF | M_EE)
    b       finish
set_msr:
    mtmsrd  r20
    mfmsr   r3
    li      r4, M_ME
    andc    r3, r3, r4
    sc
priorities:
    or      1, 1, 1
    mfspr   r10, 896
    or      31, 31, 31
    mfspr   r11, 896
    or      5, 5, 5
    mfspr   r12, 896
    sc
set_mmcr0:
    mtspr   795, r20
    sc
