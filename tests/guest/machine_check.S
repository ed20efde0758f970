/*
 * Machine check: a real address where nothing is. DAR is the effective address, SRR1[42] says data.
 * (Book III-S 6.5.2; pseries.md 8.5, 8.6: ME stays, as a guest could never set it again)
 *
 * guest: not under qemu: it reads zeros where there is no storage
 */
#include "common.inc"
#include "mmu.inc"

#define MC_DATA 0x200000
#define NOWHERE 0x0000100000000000 /* behind RAM, no window */
#define MCHECK(ea, msr, text...) \
    b 2f;                        \
1:  text;                        \
    sc;                          \
2:  li r3, 0x55;                 \
    mtdsisr r3;                  \
    TRY(1b, msr);                \
    EXPECT_INT(0x200, 1b, (msr) | MC_DATA); \
    EXPECT_DAR(ea)

main:
    bl      map_low
    li64    r24, NOWHERE
    li      r25, 0x40
    li64    r26, 0x10000000 /* the first byte behind RAM */
    li64    r27, 0xf000000010000000
    li      r28, 0x77
    MCHECK(NOWHERE, M_SF, lwz r5, 0(r24))
    MCHECK(NOWHERE + 8, M_SF, std r5, 8(r24))
    MCHECK(NOWHERE + 0x40, M_SF | M_EE | M_RI, lbzx r5, r24, r25)
    MCHECK(NOWHERE + 8, M_SF, ldu r28, 8(r24))
    EXPECT_GPR(28, 0x77)
    EXPECT_GPR(24, NOWHERE)
    MCHECK(0x10000000, M_SF, lbz r5, 0(r26))
    MCHECK(0x10000000, M_SF, stb r5, 0(r26))
    /* The top four bits of a real-mode address do not count, DAR has them. */
    MCHECK(0xf000000010000000, M_SF, lbz r5, 0(r27))
    b       2f
1:  ld      r5, -8(r27)
    sc
2:  li64    r3, 0x5152535455565758
    std     r3, -8(r26)
    TRY(1b, M_SF)
    EXPECT_NO_INT(1b + 8, M_SF)
    EXPECT_GPR(5, 0x5152535455565758)
    /* Half in RAM: nothing is written. */
    li      r3, 0
    std     r3, -8(r26)
    li      r5, -1
    TRY(half, M_SF)
    EXPECT_CELL(REC_VECTOR, 0x200)
    li64    r26, 0x10000000
    ld      r20, -8(r26)
    EXPECT_REG(r20, 0)
    lis     r26, 0x1000
    li64    r24, NOWHERE
    li      r25, 0x40
    MCHECK(NOWHERE + 0x40, M_SF, dcbz r24, r25)
    MCHECK(NOWHERE, M_SF, lwarx r5, 0, r24)
    MCHECK(NOWHERE, M_SF, stwcx. r5, 0, r24)
    /* ME is still set: it comes again. */
    MCHECK(NOWHERE, M_SF, lwz r5, 0(r24))

    /* Mapped storage that is not there. */
    SLB(1, 0x20000000, 0x300, 0)
    MAP_4K(0x20000000, NOWHERE + PTE_I + PTE_G + 2, 0x300)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r23, 0x2000
    MCHECK(0x20000004, M_VIRTUAL, lwz r5, 4(r23))
    MCHECK(0x20000004, M_USER, stw r5, 4(r23))

    /* Fetching from there: SRR0 is the address; the cause is not the data side. */
    li64    r3, NOWHERE
    li64    r4, M_SF
    bl      try
    EXPECT_CELL(REC_VECTOR, 0x200)
    EXPECT_CELL(REC_SRR0, NOWHERE)
    ld      r20, REC_SRR1(0)
    li64    r21, MC_DATA
    and     r20, r20, r21
    EXPECT_REG(r20, 0)
    /* Running off the end of RAM. */
    lis     r3, 0x6000
    stw     r3, -4(r26)
    li64    r3, 0x0ffffffc
    li64    r4, M_SF
    bl      try
    EXPECT_CELL(REC_VECTOR, 0x200)
    EXPECT_CELL(REC_SRR0, 0x10000000)
    b       finish
half:
    std     r5, -4(r26)
    sc
