/*
 * Page protection: every pp with both keys, in both states, load, store and fetch; changed by
 * H_PROTECT on one page, so each line is also a change of rights that must be seen at once.
 * (Book III-S 5.7.9.1; pseries.md 8.4)
 */
#include "common.inc"
#include "mmu.inc"

#define EA 0x10000000
#define V  0x300

/* What a case must give: load, store, fetch each 1 if allowed. */
#define SUPERVISOR_CASE(pp, ks, load, store, fetch) CASE(pp, ks, M_VIRTUAL, load, store, fetch)
#define PROBLEM_CASE(pp, kp, load, store, fetch)    CASE(pp, kp, M_USER, load, store, fetch)
#define CASE(pp, seg, msr, load, store, fetch) \
    SLB(1, EA, V, seg);                        \
    li r3, pp;                                 \
    bl set_pp;                                 \
    EXPECT_REG(r3, H_SUCCESS);                 \
    TRY(do_load, msr);                         \
    allowed load, __LINE__, PROTECTED;         \
    TRY(do_store, msr);                        \
    allowed store, __LINE__, PROTECTED | STORE; \
    li64 r3, EA;                               \
    li64 r4, msr;                              \
    bl try;                                    \
    allowed_fetch fetch, __LINE__, ((msr) | PROTECTED)

    .macro allowed yes, line, dsisr:vararg
    .if \yes
    expect_cell REC_VECTOR, \line, 0xc00
    .else
    expect_cell REC_VECTOR, \line, 0x300
    expect_cell REC_DAR, \line, EA
    expect_cell REC_DSISR, \line, (\dsisr)
    .endif
    .endm
    .macro allowed_fetch yes, line, srr1:vararg
    .if \yes
    expect_cell REC_VECTOR, \line, 0xc00
    .else
    expect_int_addr 0x400, \line, (\srr1), EA
    .endif
    .endm

/* SLB words: only the key that is meant, so that the wrong one shows. */
#define KS0 SEG_KP
#define KS1 SEG_KS
#define KP0 SEG_KS
#define KP1 SEG_KP

main:
    bl      map_low
    SLB(1, EA, V, 0)
    MAP_4K(EA, SCRATCH + PTE_RW, V)
    std     r4, CELLS(0)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r24, EA >> 16
    lis     r3, 0x4400 /* sc, for the fetch */
    ori     r3, r3, 2
    lis     r4, SCRATCH >> 16
    stw     r3, 0(r4)

    /*              pp        load store fetch */
    SUPERVISOR_CASE(0, KS0,   1, 1, 1)
    SUPERVISOR_CASE(0, KS1,   0, 0, 0)
    PROBLEM_CASE   (0, KP0,   1, 1, 1)
    PROBLEM_CASE   (0, KP1,   0, 0, 0)
    SUPERVISOR_CASE(1, KS0,   1, 1, 1)
    SUPERVISOR_CASE(1, KS1,   1, 0, 1)
    PROBLEM_CASE   (1, KP0,   1, 1, 1)
    PROBLEM_CASE   (1, KP1,   1, 0, 1)
    SUPERVISOR_CASE(2, KS0,   1, 1, 1)
    SUPERVISOR_CASE(2, KS1,   1, 1, 1)
    PROBLEM_CASE   (2, KP0,   1, 1, 1)
    PROBLEM_CASE   (2, KP1,   1, 1, 1)
    SUPERVISOR_CASE(3, KS0,   1, 0, 1)
    SUPERVISOR_CASE(3, KS1,   1, 0, 1)
    PROBLEM_CASE   (3, KP0,   1, 0, 1)
    PROBLEM_CASE   (3, KP1,   1, 0, 1)
    SUPERVISOR_CASE(0x102, KS0, 1, 0, 1)
    SUPERVISOR_CASE(0x102, KS1, 0, 0, 0)
    PROBLEM_CASE   (0x102, KP0, 1, 0, 1)
    PROBLEM_CASE   (0x102, KP1, 0, 0, 0)
    /* And back. */
    SUPERVISOR_CASE(2, KS1,   1, 1, 1)
    PROBLEM_CASE   (1, KP1,   1, 0, 1)

    /* The state alone decides between Ks and Kp: same page, same segment. */
    SLB(1, EA, V, SEG_KP)
    li      r3, 0
    bl      set_pp
    TRY(do_store, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    TRY(do_load, M_USER)
    EXPECT_CELL(REC_VECTOR, 0x300)
    TRY(do_load, M_VIRTUAL)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    TRY(do_store, M_USER)
    EXPECT_CELL(REC_VECTOR, 0x300)
    li64    r3, EA
    li64    r4, M_USER
    bl      try
    EXPECT_CELL(REC_VECTOR, 0x400)
    li64    r3, EA
    li64    r4, M_VIRTUAL
    bl      try
    EXPECT_CELL(REC_VECTOR, 0xc00)
    /* Real mode knows neither. */
    lis     r24, SCRATCH >> 16
    TRY(do_store, M_SF)
    EXPECT_CELL(REC_VECTOR, 0xc00)
    b       finish

/* r3 = flags of H_PROTECT: pp0 0x100, pp 3. */
set_pp:
    mr      r4, r3
    ld      r5, CELLS(0)
    HCALL(H_PROTECT)
    blr
do_load:
    lwz     r5, 0(r24)
    sc
do_store:
    lis     r5, 0x4400
    ori     r5, r5, 2
    stw     r5, 0(r24)
    sc
