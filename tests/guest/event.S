/*
 * Performance monitor alerts by counters that software makes negative, the interrupt, and
 * event-based branches. (Book III-S 9.4.4, 6.5.16; Book II 7; 2.07)
 *
 * Under QEMU only rfebb where it is open, for it does not ask FSCR: 7.2 makes alerts by counting
 * alone, and no event of what software writes.
 */
#include "common.inc"
#include "mmu.inc"

#define FSCR  153
#define UPMC1 771
#define UMMCR0 779
#define PMC(n) (786 + (n))
#define MMCR0 795
#define BESCRR 802
#define EBBHR 804
#define EBBRR 805
#define BESCR 806

#define FC      0x80000000
#define PMAE    0x04000000
#define FCECE   0x02000000
#define EBE     0x00100000
#define PMCC2   0x00080000
#define PMCC3   0x000c0000
#define PMC1CE  0x00008000
#define PMCJCE  0x00004000
#define TRIGGER 0x00002000
#define PMAO    0x00000080
#define GE      0x8000000000000000
#define EE      0x0000000200000000
#define PME     0x0000000100000000
#define EEO     2
#define PMEO    1

/* MMCR0 after it was written with PMC1, PMC6 as given. */
#define ALERT(pmc1, pmc6, value, want) \
    li64 r20, pmc1;                    \
    li64 r21, pmc6;                    \
    li64 r22, (value);                 \
    bl   alert;                        \
    EXPECT_REG(r23, want)

main:
    bl      map_low
    li      r3, 0
    mtspr   BESCR, r3

    UNLESS_QEMU(returns)
    ALERT(0x80000000, 0, PMAE | PMC1CE, PMAO | PMC1CE)
    ALERT(0x7fffffff, 0x80000000, PMAE | PMC1CE, PMAE | PMC1CE)
    ALERT(0, 0x80000000, PMAE | PMCJCE, PMAO | PMCJCE)
    ALERT(0x80000000, 0x7fffffff, PMAE | PMCJCE, PMAE | PMCJCE)
    ALERT(0x80000000, 0x80000000, PMAE, PMAE)
    /* FCECE freezes, with and without an alert. */
    ALERT(0x80000000, 0, PMAE | PMC1CE | FCECE, FC | PMAO | PMC1CE | FCECE)
    ALERT(0x80000000, 0, PMC1CE | FCECE, FC | PMC1CE | FCECE)
    ALERT(0, 0, PMAE | PMC1CE | FCECE, PMAE | PMC1CE | FCECE)
    /* A trigger ends, and FCECE counts as 0 then. */
    ALERT(0x80000000, 0, PMAE | PMC1CE | FCECE | TRIGGER, PMAO | PMC1CE | FCECE)
    ALERT(0, 0, PMAE | PMC1CE | TRIGGER, PMAE | PMC1CE | TRIGGER)
    ALERT(0x80000000, 0, PMAE | FCECE | TRIGGER, PMAE | FCECE)
    ALERT(0, 0x80000000, PMAE | FCECE | TRIGGER, PMAE | FCECE | TRIGGER)
    /* PMC5 and PMC6 can be left out. */
    ALERT(0, 0x80000000, PMAE | PMCJCE | PMCC3, PMAE | PMCJCE | PMCC3)
    ALERT(0, 0x80000000, PMAE | PMCJCE | PMCC2, PMAO | PMCJCE | PMCC2)
    /* The write of a counter does it too; and once more when it was not made positive. */
    ALERT(0, 0, PMAE | PMC1CE, PMAE | PMC1CE)
    li64    r3, 0x80000000
    mtspr   PMC(1), r3
    mfspr   r20, MMCR0
    EXPECT_REG(r20, PMAO | PMC1CE)
    li64    r3, PMAE | PMC1CE
    mtspr   MMCR0, r3
    mfspr   r20, MMCR0
    EXPECT_REG(r20, PMAO | PMC1CE)
    li      r3, 0
    mtspr   PMC(1), r3

    /* The interrupt, while PMAO is 1 and EE as well. */
    li64    r20, PMAE
    mtspr   MMCR0, r20
    TRY(call, M_SF | M_EE)
    EXPECT_NO_INT(call_end, M_SF | M_EE)
    li64    r20, PMAO
    TRY(set_mmcr0, M_SF | M_EE)
    EXPECT_INT(0xf00, set_mmcr0 + 4, M_SF | M_EE)
    TRY(call, M_USER)
    EXPECT_INT(0xf00, call, M_USER)
    TRY(call, M_SF)
    EXPECT_NO_INT(call_end, M_SF)
    TRY(open, M_SF)
    EXPECT_INT(0xf00, opened, M_SF | M_EE)
    li      r20, 0
    TRY(set_mmcr0, M_SF)
    TRY(call, M_SF | M_EE)
    EXPECT_NO_INT(call_end, M_SF | M_EE)

    /* With EBE it is an event instead: BESCR[PMEO]. */
    li64    r20, PMAO | EBE
    TRY(set_mmcr0, M_SF | M_EE)
    EXPECT_NO_INT(set_mmcr0_end, M_SF | M_EE)
    mfspr   r20, BESCR
    EXPECT_REG(r20, PMEO)
    /* Software clears it, and it stays so while PMAO does. */
    li      r3, PMEO
    mtspr   BESCRR, r3
    li64    r3, PMAO | EBE | FC
    mtspr   MMCR0, r3
    mfspr   r20, BESCR
    EXPECT_REG(r20, 0)

    /* BESCR has its bits and no others. */
    li      r3, -1
    mtspr   BESCR, r3
    mfspr   r20, BESCR
    EXPECT_REG(r20, 0x80000003c0000003)
    li      r3, 0
    mtspr   BESCR, r3
    mtspr   MMCR0, r3

    /* An event-based branch, behind the write that makes it due. */
    li      r3, 0x80
    mtspr   FSCR, r3
    la64    r3, handler
    mtspr   EBBHR, r3
    li64    r20, PMAE | EBE | PMCC2 | PMC1CE
    mtspr   MMCR0, r20
    li64    r20, GE | PME
    li64    r21, 0x80000000
    TRY(user_event, M_USER)
    EXPECT_INT(0xc00, handler_end, M_USER)
    la64    r22, user_event_next
    ld      r23, REC_GPR(10)(0)
    EXPECT_SAME(r23, r22)
    EXPECT_GPR(11, PME | PMEO)
    EXPECT_GPR(12, PMAO)
    /* Not again: GE is 0. */
    TRY(call, M_USER)
    EXPECT_NO_INT(call_end, M_USER)
    /* Due when problem state is entered: in front of its first instruction. */
    li64    r3, GE | PME | PMEO
    mtspr   BESCR, r3
    TRY(call, M_SF | M_EE)
    EXPECT_NO_INT(call_end, M_SF | M_EE)
    TRY(call, M_USER)
    EXPECT_INT(0xc00, handler_end, M_USER)
    la64    r22, call
    ld      r23, REC_GPR(10)(0)
    EXPECT_SAME(r23, r22)
    /* The external one has bits of its own. */
    li64    r3, GE | EE | EEO
    mtspr   BESCR, r3
    TRY(call, M_USER)
    EXPECT_INT(0xc00, handler_end, M_USER)
    EXPECT_GPR(11, EE | EEO)
    li64    r3, GE | EE | PMEO
    mtspr   BESCR, r3
    TRY(call, M_USER)
    EXPECT_NO_INT(call_end, M_USER)
    /* Nor while FSCR closes the facility; the interrupts are not its matter. */
    li64    r3, GE | PME | PMEO
    mtspr   BESCR, r3
    li      r3, 0
    mtspr   FSCR, r3
    TRY(call, M_USER)
    EXPECT_NO_INT(call_end, M_USER)
    TRY(return_1, M_USER)
    EXPECT_INT(0xf60, return_1, M_USER)
    mfspr   r20, FSCR
    EXPECT_REG(r20, 0x0700000000000000)

returns:
    /* rfebb: S=0 leaves GE 0, S=1 sets it, and what is due comes at once. */
    li      r3, 0x80
    mtspr   FSCR, r3
    li      r3, 0
    mtspr   BESCR, r3
    mtspr   MMCR0, r3
    la64    r3, call
    UNLESS_QEMU(1f) /* it would go on at an odd address */
    ori     r3, r3, 3
1:  mtspr   EBBRR, r3
    TRY(return_0, M_USER)
    EXPECT_NO_INT(call_end, M_USER)
    mfspr   r20, BESCR
    EXPECT_REG(r20, 0)
    TRY(return_1, M_USER)
    EXPECT_NO_INT(call_end, M_USER)
    UNLESS_QEMU(1f) /* it has GE 0 after S=1 too */
    mfspr   r20, BESCR
    EXPECT_REG(r20, GE)
1:  TRY(return_0, M_SF)
    EXPECT_NO_INT(call_end, M_SF)
    UNLESS_QEMU(finish)
    li64    r3, PME | PMEO
    mtspr   BESCR, r3
    TRY(return_1, M_USER)
    EXPECT_INT(0xc00, handler_end, M_USER)
    la64    r22, call
    ld      r23, REC_GPR(10)(0)
    EXPECT_SAME(r23, r22)
    /* It may not ask for a transaction. */
    li64    r3, 0x40000000
    mtspr   BESCR, r3
    TRY(return_1, M_USER)
    EXPECT_INT(0x700, return_1, M_USER | 0x200000)
    li      r3, 0
    mtspr   BESCR, r3
    b       finish

alert:
    li      r3, 0
    mtspr   MMCR0, r3
    mtspr   PMC(1), r20
    mtspr   PMC(6), r21
    mtspr   MMCR0, r22
    mfspr   r23, MMCR0
    li      r3, 0
    mtspr   MMCR0, r3
    mtspr   PMC(1), r3
    mtspr   PMC(6), r3
    mtspr   MMCR0, r22
    blr
set_mmcr0:
    mtspr   MMCR0, r20
    sc
set_mmcr0_end:
call:
    sc
call_end:
open:
    li      r3, M_EE >> 1
    add     r3, r3, r3
    mtmsrd  r3, 1
opened:
    sc
user_event:
    mtspr   BESCR, r20
    mtspr   UPMC1, r21
user_event_next:
    sc
handler:
    mfspr   r10, EBBRR
    mfspr   r11, BESCR
    mfspr   r12, UMMCR0
    sc
handler_end:
return_0:
    rfebb   0
return_1:
    rfebb   1
