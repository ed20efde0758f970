/*
 * Facilities that are switched off: FP, VMX, VSX unavailable; facility unavailable with its cause
 * in FSCR.
 * (Book III-S 6.5.10, 6.5.17 - 6.5.19, 4.4.5; isa-notes 2, 3; pseries.md 8.8)
 */
#include "common.inc"
#include "mmu.inc"

#define ALL (M_FP | M_VEC | M_VSX)
#define OFF(vector, msr, text...) \
    b 2f;                         \
1:  text;                         \
    sc;                           \
2:  TRY(1b, msr);                 \
    EXPECT_INT(vector, 1b, msr)
#define ON(msr, text...)          \
    b 2f;                         \
1:  text;                         \
    sc;                           \
2:  TRY(1b, msr);                 \
    EXPECT_INT(0xc00, 1b + 8, msr)
/* Facility unavailable: also the cause. */
#define FACILITY(cause, msr, text...) \
    OFF(0xf60, msr, text);            \
    mfspr r20, 153;                   \
    srdi r20, r20, 56;                \
    EXPECT_REG(r20, cause)

main:
    bl      map_low
    li      r20, SCRATCH >> 16
    sldi    r20, r20, 16
    li      r21, 0x4000
    std     r21, 0(r20)

    /* Floating point. */
    OFF(0x800, M_SF, fadd f1, f2, f3)
    OFF(0x800, M_SF | M_VEC | M_VSX, lfd f1, 0(r20))
    OFF(0x800, M_SF, stfd f1, 0(r20))
    OFF(0x800, M_SF, mffs f1)
    OFF(0x800, M_SF, mtfsfi 7, 0)
    OFF(0x800, M_SF, mcrfs cr0, cr0)
    OFF(0x800, M_SF, fmr f1, f2)
    OFF(0x800, M_USER, fadd f1, f2, f3)
    ON(M_SF | M_FP, fmr f1, f2)
    ON(M_USER | M_FP, mffs f1)
    /* The facility comes before the access: no DAR, no data storage interrupt. */
    OFF(0x800, M_SF | M_DR, lfd f1, -8(0))

    /* Vectors. */
    OFF(0xf20, M_SF, vaddubm v1, v2, v3)
    OFF(0xf20, M_SF | M_FP | M_VSX, lvx v1, 0, r20)
    OFF(0xf20, M_SF, stvx v1, 0, r20)
    OFF(0xf20, M_SF, mfvscr v1)
    OFF(0xf20, M_USER, vcipher v1, v2, v3)
    ON(M_SF | M_VEC, vaddubm v1, v2, v3)
    OFF(0xf20, M_SF | M_FP | M_VSX, lvsl v1, 0, r20)
#define mfvrsave_ mfspr r3, 256
    ON(M_USER, mfvrsave_)

    /* Vector-scalar: MSR[VSX] and nothing else. */
    OFF(0xf40, M_SF | M_FP | M_VEC, xsadddp vs1, vs2, vs3)
    OFF(0xf40, M_SF, lxvd2x vs1, 0, r20)
    OFF(0xf40, M_SF, stxvd2x vs33, 0, r20)
    OFF(0xf40, M_SF, xxlor vs1, vs2, vs3)
    OFF(0xf40, M_USER | M_FP | M_VEC, xvaddsp vs1, vs2, vs3)
    ON(M_SF | M_VSX, xxlor vs1, vs2, vs3)
    ON(M_SF | M_VSX, lxvd2x vs40, 0, r20)
    /* Moves to and from the general registers go by the register's half. */
    OFF(0x800, M_SF | M_VEC | M_VSX, mfvsrd r3, vs5)
    OFF(0xf20, M_SF | M_FP | M_VSX, mfvsrd r3, vs37)
    OFF(0x800, M_SF | M_VEC | M_VSX, mtvsrwz vs5, r3)
    OFF(0xf20, M_SF | M_FP | M_VSX, mtvsrd vs37, r3)
    ON(M_SF | M_FP, mfvsrd r3, vs5)
    ON(M_SF | M_VEC, mtvsrd vs37, r3)

    /* FSCR: closed to problem state until opened, never to supervisor state. */
    li      r3, 0
    mtspr   153, r3
    FACILITY(8, M_USER, mfspr r3, 815)    /* TAR */
    FACILITY(8, M_USER, mtspr 815, r3)
    UNLESS_QEMU(ebb)                      /* no SPR 3 there, and bctar never asks FSCR */
    FACILITY(2, M_USER, mfspr r3, 3)      /* DSCR */
    FACILITY(2, M_USER, mtspr 3, r3)
    FACILITY(8, M_USER, bctar 20, 0)
    /* A bctar that is not taken needs the facility all the same. */
    FACILITY(8, M_USER, .long 0x4c000460 | 4 << 21) /* bctar 4,0: taken if CR0[LT]=0 */
ebb:
    FACILITY(7, M_USER, mfspr r3, 806)    /* BESCR */
    FACILITY(7, M_USER, mtspr 804, r3)    /* EBBHR */
    FACILITY(7, M_USER, mfspr r3, 805)    /* EBBRR */
    FACILITY(7, M_USER, mtspr 800, r3)    /* BESCRS */
    ON(M_SF, mfspr r3, 3)
    ON(M_SF, mtspr 815, r3)
    ON(M_SF, mfspr r3, 804)

    li      r3, 4                         /* DSCR alone */
    mtspr   153, r3
    UNLESS_QEMU(3f)
    ON(M_USER, mfspr r3, 3)
3:  FACILITY(8, M_USER, mfspr r3, 815)
    FACILITY(7, M_USER, mfspr r3, 806)
    /* The cause goes in front, the enables stay. */
    mfspr   r20, 153
    EXPECT_REG(r20, 0x0700000000000004)
    li      r3, 0x100
    mtspr   153, r3
    la64    r3, tar_end
    mtspr   815, r3
    TRY(through_tar, M_USER)
    EXPECT_INT(0xc00, tar_end + 4, M_USER)
    UNLESS_QEMU(3f)
    FACILITY(2, M_USER, mfspr r3, 3)
3:  li      r3, 0x80
    mtspr   153, r3
    ON(M_USER, mfspr r3, 806)
    /* The privileged number of DSCR knows no FSCR. */
    li      r3, 0
    mtspr   153, r3
    ON(M_SF, mfspr r3, 17)

    /* Transactional memory goes by MSR[TM]; privilege comes first. */
    FACILITY(5, M_SF, tbegin.)
    FACILITY(5, M_SF, tend.)
    FACILITY(5, M_SF, tcheck cr0)
    FACILITY(5, M_SF, tabort. r3)
    FACILITY(5, M_SF, mfspr r3, 128)
    FACILITY(5, M_SF, mtspr 130, r3)
    FACILITY(5, M_USER, mfspr r3, 131)
    FACILITY(5, M_USER, tbegin.)
    FACILITY(5, M_SF, treclaim. r3)
    FACILITY(5, M_SF, trechkpt.)
    FACILITY(5, M_USER, tsr. 1)
    b       2f
1:  treclaim. r3
    sc
2:  TRY(1b, M_USER)
    EXPECT_INT(0x700, 1b, M_USER | SRR1_PRIVILEGED)
    b       finish
through_tar:
    bctar   20, 0
    sc
tar_end:
    sc
