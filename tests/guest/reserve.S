/*
 * Load and reserve, store conditional: success, loss of the reservation, sizes, CR0, and what an
 * interrupt leaves. (Book II 1.7.4, 4.4.2; isa-notes 5)
 */
#include "common.inc"
#include "mmu.inc"

/* Runs, then CR0 = 0 0 stored SO, and the doubleword at A. */
#define RUN(label, stored, value) \
    PREPARE;                      \
    TRY(label, M_SF);             \
    EXPECT_CELL(REC_VECTOR, 0xc00); \
    OUTCOME(stored, value)
#define OUTCOME(stored, value)    \
    ld r20, REC_CR(0);            \
    rlwinm r20, r20, 4, 28, 31;   \
    EXPECT_REG(r20, stored);      \
    lis r3, A >> 16;              \
    ld r20, 0(r3);                \
    EXPECT_REG(r20, value)
#define PREPARE        \
    li64 r3, A;        \
    li64 r4, OLD;      \
    std r4, 0(r3);     \
    std r4, 8(r3);     \
    mr r24, r3;        \
    addi r25, r24, 128; \
    addi r26, r24, 8;  \
    li r27, 0;         \
    li64 r30, 0x3132333435363738; \
    li64 r31, 0x4142434445464748
#define A   SCRATCH
#define OLD 0x2122232425262728
#define YES 2
#define NO  0

main:
    bl      map_low
    li      r3, 0
    mtxer   r3
    /* Each size. */
    RUN(word, YES, 0x4546474825262728)
    EXPECT_GPR(5, 0x21222324)
    RUN(double, YES, 0x4142434445464748)
    EXPECT_GPR(5, OLD)
    RUN(half, YES, 0x4748232425262728)
    EXPECT_GPR(5, 0x2122)
    RUN(byte, YES, 0x4822232425262728)
    EXPECT_GPR(5, 0x21)
    UNLESS_QEMU(no_quad) /* its stqcx. never stores */
    RUN(quad, YES, 0x3132333435363738)
    EXPECT_GPR(6, OLD)
    EXPECT_GPR(7, OLD)
    li64    r3, A + 8
    ld      r20, 0(r3)
    EXPECT_REG(r20, 0x4142434445464748)
no_quad:
    /* CR0 gets SO. */
    li64    r3, 0x80000000
    mtxer   r3
    RUN(word, YES | 1, 0x4546474825262728)
    RUN(none, NO | 1, OLD)
    li      r3, 0
    mtxer   r3
    /* Without a reservation, and after one that was used. */
    RUN(none, NO, OLD)
    RUN(twice, NO, 0x4142434445464748)
    /* One reservation a thread: the later one counts. */
    RUN(moved, NO, OLD)
    /* The granule is 128 bytes: another one fails. */
    RUN(other_granule, NO, OLD)
    li64    r3, A + 128
    ld      r20, 0(r3)
    EXPECT_REG(r20, 0)
    /* A store of the same thread does not take it away; neither does a load, or dcbz elsewhere. */
    UNLESS_QEMU(failed_one) /* it compares the storage; and interrupts take its reservation away */
    RUN(own_store, YES, 0x4142434445464748)
    /* Interrupts do not clear it: TRY leaves through one and comes back through rfid. */
    PREPARE
    TRY(reserve_only, M_SF)
    PREPARE
    TRY(store_only, M_SF)
    OUTCOME(YES, 0x4142434445464748)
failed_one:
    /* A failed one clears it. */
    PREPARE
    TRY(reserve_only, M_SF)
    PREPARE
    TRY(other_store, M_SF)
    OUTCOME(NO, OLD)
    PREPARE
    TRY(store_only, M_SF)
    OUTCOME(NO, OLD)
    /* A misaligned one takes its interrupt first, and keeps the reservation. */
    PREPARE
    TRY(reserve_only, M_SF)
    PREPARE
    addi    r24, r24, 4
    TRY(store_only, M_SF)
    UNLESS_QEMU(may_not) /* it just fails */
    EXPECT_CELL(REC_VECTOR, 0x600)
may_not:
    /* One that may not store has its interrupt, and nothing is stored. */
    SLB(1, 0x10000000, 0x300, 0)
    MAP_4K(0x10000000, A + PTE_M + 3, 0x300)
    PREPARE
    lis     r24, 0x1000
    TRY(double, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0x300)
    EXPECT_DSISR(PROTECTED | STORE)
    lis     r3, A >> 16
    ld      r20, 0(r3)
    EXPECT_REG(r20, OLD)
    /* The reservation is on the real address: made through one alias, used through another. */
    SLB(2, 0x20000000, 0x301, 0)
    MAP_4K(0x20000000, A + PTE_RW, 0x301)
    UNLESS_QEMU(little) /* its reservation is on the effective address */
    PREPARE
    lis     r24, 0x1000
    lis     r25, 0x2000
    TRY(alias, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    OUTCOME(YES, 0x4142434445464748)
little:
    /* Little-endian. */
    PREPARE
    TRY_LE(double, 3, M_SF)
    OUTCOME(YES, 0x4847464544434241)
    PREPARE
    TRY_LE(half, 3, M_SF)
    OUTCOME(YES, 0x4847232425262728)
    UNLESS_QEMU(counting) /* stqcx. again */
    PREPARE
    TRY_LE(quad, 3, M_SF)
    OUTCOME(YES, 0x4847464544434241)
    /* An atomic counter that the decrementer interrupts time and again. */
counting:
    PREPARE
    li      r3, 0
    std     r3, 0(r24)
    li      r28, 300
    la64    r22, count
again:
    li      r3, 37
    mtdec   r3
    li64    r23, M_SF | M_EE
    TRY_REG(r22, r23)
    ld      r3, REC_CR(0)
    mtcr    r3
    ld      r22, REC_SRR0(0)
    ld      r3, REC_VECTOR(0)
    cmpdi   cr7, r3, 0x900
    li64    r3, 0x7fffffff
    mtdec   r3
    ld      r3, REC_CR(0)
    mtcrf   0xfe, r3
    ld      r3, REC_GPR(3)(0)
    ld      r5, REC_GPR(5)(0)
    beq     cr7, again_cr
    EXPECT_CELL(REC_VECTOR, 0xc00)
    EXPECT_GPR(28, 0)
    lis     r3, A >> 16
    ld      r20, 0(r3)
    EXPECT_REG(r20, 300)
    b       finish
again_cr:
    b       again

word:
    lwarx   r5, 0, r24
    stwcx.  r31, 0, r24
    sc
double:
    ldarx   r5, 0, r24
    stdcx.  r31, 0, r24
    sc
half:
    lharx   r5, 0, r24
    sthcx.  r31, 0, r24
    sc
byte:
    lbarx   r5, 0, r24
    stbcx.  r31, 0, r24
    sc
quad:
    lqarx   r6, 0, r24
    stqcx.  r30, 0, r24
    sc
twice:
    ldarx   r5, 0, r24
    stdcx.  r31, 0, r24
none:
    stdcx.  r30, 0, r24
    sc
moved:
    ldarx   r5, 0, r24
    ldarx   r5, 0, r25
    stdcx.  r31, 0, r24
    sc
other_granule:
    std     r27, 0(r25)
    ldarx   r5, 0, r24
    stdcx.  r31, 0, r25
    sc
own_store:
    ldarx   r5, 0, r24
    std     r30, 0(r24)
    ld      r5, 8(r24)
    dcbz    0, r25
    stdcx.  r31, 0, r24
    sc
reserve_only:
    ldarx   r5, 0, r24
    sc
store_only:
    stdcx.  r31, 0, r24
    sc
other_store:
    stdcx.  r31, 0, r25
    sc
alias:
    ldarx   r5, 0, r24
    stdcx.  r31, 0, r25
    sc
count:
1:  ldarx   r5, 0, r24
    addi    r5, r5, 1
    stdcx.  r5, 0, r24
    bne     1b
    addi    r28, r28, -1
    cmpdi   r28, 0
    bne     1b
    sc
