/*
 * The branch history: what is written and when, MMCRA[IFM], mfbhrbe, clrbhrb, MMCR0[BHRBA].
 * (Book I 8, Book III-S 9.4.4, 9.4.7; 2.07)
 *
 * guest: not under qemu: this one has no branch history
 */
#include "common.inc"
#include "mmu.inc"

#define MMCRA 786
#define MMCR0 795
#define FSCR  153
#define FCS   0x40000000
#define FCP   0x20000000
#define PMAE  0x04000000
#define BHRBA 0x00200000
#define FCPC  0x00001000
#define IFM(n) ((n) << 30)

/* Runs `branches` with MMCR0, MMCRA as given; then entry 0 is the last one written. */
#define RECORD(mmcr0, mmcra, msr) \
    clrbhrb;                      \
    li64  r20, mmcra;             \
    mtspr MMCRA, r20;             \
    li64  r20, (mmcr0);           \
    mtspr MMCR0, r20;             \
    TRY(branches, msr);           \
    EXPECT_CELL(REC_VECTOR, 0xc00); \
    li    r20, 0;                 \
    mtspr MMCR0, r20
#define ENTRY(n, label, target)   \
    la64    r20, label;           \
    addi    r20, r20, target;     \
    mfbhrbe r21, n;               \
    EXPECT_SAME(r21, r20)
#define EMPTY(n)                  \
    mfbhrbe r21, n;               \
    EXPECT_REG(r21, 0)

main:
    bl      map_low
    EMPTY(0)
    EMPTY(31)
    /* Without a filter: every taken branch; behind one to a register, its target. */
    RECORD(PMAE | FCS, IFM(0), M_USER)
    ENTRY(0, b6, 2)
    ENTRY(1, b5, 0)
    ENTRY(2, b4_to, 2)
    ENTRY(3, b4, 0)
    ENTRY(4, b3, 0)
    ENTRY(5, b2, 0)
    ENTRY(6, b1, 0)
    ENTRY(7, b0, 0)
    EMPTY(8)
    /* Calls alone. */
    RECORD(PMAE | FCS, IFM(1), M_USER)
    ENTRY(0, b4_to, 2)
    ENTRY(1, b4, 0)
    ENTRY(2, b1, 0)
    EMPTY(3)
    /* Neither I-form, nor what BO calls always: of that the target alone. */
    RECORD(PMAE | FCS, IFM(2), M_USER)
    ENTRY(0, b6, 2)
    ENTRY(1, b5, 0)
    ENTRY(2, b4_to, 2)
    ENTRY(3, b3, 0)
    ENTRY(4, b2, 0)
    EMPTY(5)
    /* Nor what CTR decides alone, or has a hint. */
    RECORD(PMAE | FCS, IFM(3), M_USER)
    ENTRY(0, b6, 2)
    ENTRY(1, b5, 0)
    ENTRY(2, b4_to, 2)
    EMPTY(3)

    /* Written while PMAE is 1, in the states that FCS, FCP and FCPC leave. */
    RECORD(FCS, IFM(0), M_USER)
    EMPTY(0)
    RECORD(PMAE | FCS, IFM(0), M_SF)
    EMPTY(0)
    RECORD(PMAE | FCS | FCP, IFM(0), M_USER)
    EMPTY(0)
    RECORD(PMAE | FCS | FCPC, IFM(0), M_USER)
    EMPTY(0)
    RECORD(PMAE | FCS | FCP | FCPC, IFM(0), M_USER)
    ENTRY(0, b6, 2)
    RECORD(PMAE | FCP, IFM(0), M_USER) /* what interrupts and returns to do */
    mfbhrbe r21, 0
    cmpdi   r21, 0
    li      r21, 1
    bne     1f
    li      r21, 0
1:  EXPECT_REG(r21, 1)

    /* The last 32 are kept; there is nothing behind them. */
    li64    r20, PMAE | FCS
    mtspr   MMCR0, r20
    li64    r20, IFM(0)
    mtspr   MMCRA, r20
    TRY(loop, M_USER)
    li      r20, 0
    mtspr   MMCR0, r20
    ENTRY(0, loop_end, 0)
    ENTRY(31, loop_end, 0)
    EMPTY(32)
    EMPTY(1023)
    clrbhrb
    EMPTY(0)
    EMPTY(31)

    /* In problem state by MMCR0[BHRBA]. */
    li      r3, 0
    mtspr   FSCR, r3
    TRY(read, M_USER)
    EXPECT_INT(0xf60, read, M_USER)
    mfspr   r20, FSCR
    EXPECT_REG(r20, 0x0400000000000000)
    TRY(clear, M_USER)
    EXPECT_INT(0xf60, clear, M_USER)
    li64    r20, BHRBA
    mtspr   MMCR0, r20
    TRY(read, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    EXPECT_GPR(21, 0)
    TRY(clear, M_USER)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    b       finish

branches:
    li      r3, 2
    mtctr   r3
    li      r3, 1
    cmpdi   r3, 1
    bne     b0 /* not taken */
b0: b       b1
    nop
b1: bl      b2
    nop
b2: bdnz    b3
    nop
b3: beq+    b3_to
    nop
b3_to:
    la64    r3, b4_to
    mtctr   r3
b4: bctrl
    nop
b4_to:
    bnectr  /* not taken */
    la64    r3, b6
    mtlr    r3
    crset   4*cr5+eq
b5: beqlr   cr5
    nop
b6: sc
loop:
    li      r3, 50
    mtctr   r3
1:  nop
loop_end:
    bdnz    1b
    sc
read:
    mfbhrbe r21, 0
    sc
clear:
    clrbhrb
    sc
