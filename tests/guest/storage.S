/*
 * Data and instruction storage and segment interrupts: SRR0, SRR1, DAR, DSISR of every cause.
 * (Book III-S 6.5.3 - 6.5.6; pseries.md 8.5)
 */
#include "common.inc"
#include "mmu.inc"

/* A conditional store that no reservation precedes: QEMU fails it without looking, as it may. */
#define DSI_CONDITIONAL(dar, dsisr, msr, text...) \
    UNLESS_QEMU(9f);                  \
    DSI(dar, dsisr, msr, text);       \
9:
/* Cache management: any byte of the block may be in DAR; QEMU has its first. */
#define DSI_BLOCK(dar, dsisr, msr, text...) \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  TRY(1b, msr);                     \
    EXPECT_INT(0x300, 1b, msr);       \
    EXPECT_DSISR(dsisr);              \
    UNLESS_QEMU(9f);                  \
    EXPECT_DAR(dar);                  \
9:
#define DSI(dar, dsisr, msr, text...) \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  TRY(1b, msr);                     \
    EXPECT_INT(0x300, 1b, msr);       \
    EXPECT_DAR(dar);                  \
    EXPECT_DSISR(dsisr)
#define DSEG(dar, msr, text...)       \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  li r3, 0x55;                      \
    mtdsisr r3;                       \
    TRY(1b, msr);                     \
    EXPECT_INT(0x380, 1b, msr);       \
    EXPECT_DAR(dar)
#define DSEG_CONDITIONAL(dar, msr, text...) \
    UNLESS_QEMU(9f);                  \
    DSEG(dar, msr, text);             \
9:
#define DSEG_BLOCK(dar, msr, text...) \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  TRY(1b, msr);                     \
    EXPECT_INT(0x380, 1b, msr);       \
    UNLESS_QEMU(9f);                  \
    EXPECT_DAR(dar);                  \
9:
#define FINE(msr, text...)            \
    b 2f;                             \
1:  text;                             \
    sc;                               \
2:  TRY(1b, msr);                     \
    EXPECT_INT(0xc00, 1b + 8, msr)
/* Fetching from an address: DAR and DSISR are not set by it. */
#define ISI(vector, ea, cause, msr)   \
    li r3, 0x123;                     \
    mtdar r3;                         \
    mtdsisr r3;                       \
    li64 r3, ea;                      \
    li64 r4, msr;                     \
    bl try;                           \
    EXPECT_INT_ADDR(vector, ea, (msr) | (cause)); \
    EXPECT_DAR(0x123);                \
    EXPECT_DSISR(0x123)

#define NONE  0x10000000 /* no page */
#define RO    0x10001000 /* pp = 3 */
#define NOEX  0x10002000 /* N */
#define KEYED 0x10003000 /* key 5 */
#define IO    0x10004000 /* guarded, caching inhibited */
#define SUP   0x10005000 /* pp = 0: key 1 has no right */
#define PLAIN 0x10006000
#define KEY_RO 0x10007000 /* key 5 and pp = 3 */
#define NOSEG 0x3000000000000000
#define V     0x300

main:
    bl      map_low
    SLB(1, NONE, V, SEG_KP)
    SLB(2, 0x20000000, V + 1, SEG_N)
    MAP_4K(RO, SCRATCH + 0x1000 + PTE_M + 3, V)
    MAP_4K(NOEX, SCRATCH + 0x2000 + PTE_M + PTE_N + 2, V)
    MAP_4K(KEYED, SCRATCH + 0x3000 + PTE_RW | PTE_KEY(5), V)
    MAP_4K(IO, 0x200080000000 + PTE_I + PTE_G + 2, V)
    EXPECT_REG(r3, 0)
    MAP_4K(SUP, SCRATCH + 0x5000 + PTE_M, V)
    MAP_4K(PLAIN, SCRATCH + 0x6000 + PTE_RW, V)
    MAP_4K(KEY_RO, SCRATCH + 0x7000 + PTE_M + 3 | PTE_KEY(5), V)
    MAP_4K(0x20000000, SCRATCH + PTE_RW, V + 1)
    EXPECT_REG(r3, 0)
    li      r20, 0
    lis     r20, NONE >> 16
    addi    r21, r20, 0x1000
    addi    r22, r20, 0x2000
    addi    r23, r20, 0x3000
    addi    r24, r20, 0x4000
    addi    r25, r20, 0x5000
    addi    r26, r20, 0x6000
    addi    r27, r20, 0x7000
    li64    r28, NOSEG
    li      r29, 0x48

    /* No entry. */
    DSI(NONE, NO_HPTE, M_VIRTUAL, lwz r5, 0(r20))
    DSI(NONE + 8, NO_HPTE | STORE, M_VIRTUAL, std r5, 8(r20))
    DSI(NONE + 0x48, NO_HPTE, M_USER, lbzx r5, r20, r29)
    DSI(NONE + 4, NO_HPTE | STORE, M_USER, stwu r5, 4(r20))
    DSI(NONE + 0x48, NO_HPTE, M_SF | M_DR, lwarx r5, r20, r29)
    DSI_CONDITIONAL(NONE + 0x48, NO_HPTE | STORE, M_SF | M_DR, stwcx. r5, r20, r29)
    DSI_BLOCK(NONE + 0x48, NO_HPTE | STORE, M_SF | M_DR, dcbz r20, r29)
    DSI(NONE + 0x48, NO_HPTE, M_SF | M_DR, dcbst r20, r29)
    DSI(NONE + 0x48, NO_HPTE, M_SF | M_DR, dcbf r20, r29)
    DSI_BLOCK(NONE + 0x48, NO_HPTE, M_SF | M_DR, icbi r20, r29)
    DSI(NONE + 8, NO_HPTE, M_VIRTUAL | M_FP, lfdu f1, 8(r20))
    DSI(NONE + 0x48, NO_HPTE | STORE, M_VIRTUAL | M_FP, stfsx f1, r20, r29)
    DSI(NONE + 0x40, NO_HPTE, M_VIRTUAL | M_VEC, lvx v1, r20, r29)
    DSI(NONE + 0x48, NO_HPTE | STORE, M_VIRTUAL | M_VSX, stxvd2x vs1, r20, r29)
    DSI(NONE + 16, NO_HPTE, M_VIRTUAL, lmw r30, 16(r20))
    DSI(NONE, NO_HPTE | STORE, M_VIRTUAL, stswi r5, r20, 4)
    /* Prefetches and the like never fault. */
    FINE(M_VIRTUAL, dcbt r20, r29)
    FINE(M_VIRTUAL, dcbtst r20, r29)
    FINE(M_VIRTUAL, dcbt r28, r29)
    /* An update form that faults leaves its registers. */
    li      r31, 0x77
    TRY(update, M_VIRTUAL)
    EXPECT_GPR(20, NONE)
    EXPECT_GPR(31, 0x77)

    /* Protection. */
    FINE(M_VIRTUAL, lwz r5, 0(r21))
    DSI(RO + 4, PROTECTED | STORE, M_VIRTUAL, stw r5, 4(r21))
    DSI(RO, PROTECTED | STORE, M_USER, sth r5, 0(r21))
    DSI_BLOCK(RO + 0x48, PROTECTED | STORE, M_VIRTUAL, dcbz r21, r29)
    FINE(M_VIRTUAL, stw r5, 4(r25))
    DSI(SUP, PROTECTED, M_USER, lwz r5, 0(r25))
    DSI(SUP, PROTECTED | STORE, M_USER, stw r5, 0(r25))
    DSI(SUP + 0x48, PROTECTED, M_USER, dcbst r25, r29)

    /* Virtual page class keys: AMR has two bits a key, write and read. */
    li64    r3, 0x0020000000000000 /* key 5: no store */
    mtspr   29, r3
    FINE(M_VIRTUAL, lwz r5, 0(r23))
    DSI(KEYED, BY_KEY | STORE, M_VIRTUAL, stw r5, 0(r23))
    DSI(KEYED, BY_KEY | STORE, M_USER, stw r5, 0(r23))
    FINE(M_VIRTUAL, stw r5, 0(r26))
    li64    r3, 0x0010000000000000 /* no load */
    mtspr   29, r3
    UNLESS_QEMU(stored) /* AMR does not touch what is in its TLB */
    DSI(KEYED, BY_KEY, M_VIRTUAL, lwz r5, 0(r23))
stored:
    FINE(M_VIRTUAL, stw r5, 0(r23))
    li64    r3, 0x0030000000000000
    mtspr   29, r3
    DSI(KEYED, BY_KEY, M_USER, lwz r5, 0(r23))
    DSI(KEYED, BY_KEY | STORE, M_USER, stw r5, 0(r23))
    /* Both a key and pp: one bit or the other at least, and nothing else. */
    TRY(both, M_VIRTUAL)
    EXPECT_INT(0x300, both, M_VIRTUAL)
    ld      r20, REC_DSISR(0)
    andi.   r3, r20, 0xffff
    EXPECT_REG(r3, 0)
    ld      r20, REC_DSISR(0)
    li64    r3, (PROTECTED | BY_KEY)
    andc    r21, r20, r3
    EXPECT_REG(r21, STORE)
    ld      r20, REC_DSISR(0)
    li64    r3, (PROTECTED | BY_KEY)
    and.    r20, r20, r3
    mfcr    r20
    rlwinm  r20, r20, 3, 31, 31
    EXPECT_REG(r20, 0)
    li      r3, 0
    mtspr   29, r3
    FINE(M_VIRTUAL, stw r5, 0(r23))
    lis     r20, NONE >> 16
    addi    r21, r20, 0x1000

    /* Load and reserve where storage does not allow it. */
    UNLESS_QEMU(segments) /* it does them in any storage */
    DSI(IO, BAD_ACCESS, M_VIRTUAL, lwarx r5, 0, r24)
    DSI(IO, BAD_ACCESS | STORE, M_VIRTUAL, stwcx. r5, 0, r24)
    DSI(IO + 16, BAD_ACCESS, M_VIRTUAL, lq r10, 16(r24))
    DSI(IO + 32, BAD_ACCESS | STORE, M_USER, stq r10, 32(r24))
segments:

    /* Segments: DAR, and no DSISR. */
    DSEG(NOSEG, M_VIRTUAL, lwz r5, 0(r28))
    EXPECT_DSISR(0x55)
    DSEG(NOSEG + 8, M_USER, std r5, 8(r28))
    DSEG_CONDITIONAL(NOSEG + 0x48, M_VIRTUAL, stdcx. r5, r28, r29)
    DSEG_BLOCK(NOSEG + 0x48, M_VIRTUAL, dcbz r28, r29)

    /* Instruction side. */
    ISI(0x480, NOSEG, 0, M_VIRTUAL)
    ISI(0x480, NOSEG + 0x1230, 0, M_USER)
    ISI(0x480, 0x40000000, 0, M_SF | M_IR)
    ISI(0x400, NONE + 0xffc, NO_HPTE, M_VIRTUAL)
    ISI(0x400, NONE, NO_HPTE, M_USER)
    ISI(0x400, NOEX + 4, NO_EXEC, M_VIRTUAL)
    ISI(0x400, NOEX, NO_EXEC, M_USER)
    ISI(0x400, IO, NO_EXEC, M_VIRTUAL)
    ISI(0x400, 0x20000000, NO_EXEC, M_VIRTUAL)
    ISI(0x400, SUP + 0x10, PROTECTED, M_USER)
    FINE(M_VIRTUAL, lwz r5, 0(r22))
    /* IAMR: a key without execution. */
    li64    r3, 0x0010000000000000
    mtspr   61, r3
    UNLESS_QEMU(by_data) /* IAMR does not touch what is in its TLB either */
    ISI(0x400, KEYED, BY_KEY, M_VIRTUAL)
    ISI(0x400, KEYED, BY_KEY, M_USER)
by_data:
    FINE(M_VIRTUAL, lwz r5, 0(r23))
    li      r3, 0
    mtspr   61, r3
    /* With AMR closed the same page still executes: sc at its start. */
    lis     r3, 0x4400
    ori     r3, r3, 2
    lis     r4, SCRATCH >> 16
    ori     r4, r4, 0x3000
    stw     r3, 0(r4)
    li64    r3, 0x0030000000000000
    mtspr   29, r3
    li64    r3, KEYED
    li64    r4, M_USER
    bl      try
    EXPECT_INT_ADDR(0xc00, KEYED + 4, M_USER)
    li      r3, 0
    mtspr   29, r3
    /* Running off the end of the last page: SRR0 is the address that is not there. */
    lis     r3, 0x6000
    lis     r4, SCRATCH >> 16
    ori     r4, r4, 0x7000
    stw     r3, 0xffc(r4)
    ISI(0x400, KEY_RO + 0x1000, NO_HPTE, M_VIRTUAL)
    li64    r3, (KEY_RO + 0xffc)
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_INT_ADDR(0x400, KEY_RO + 0x1000, M_VIRTUAL | NO_HPTE)
    b       finish

update:
    ldu     r31, 8(r20)
both:
    stw     r5, 0(r27)
    sc
