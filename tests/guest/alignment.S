/*
 * Alignment interrupts: when, DAR, and the DSISR that describes the instruction; and the unaligned
 * accesses that have none. (Book III-S 6.5.8; Book I 1.10, 3.3.4 - 3.3.6; isa-notes 5)
 *
 * DSISR: DS-form: 12:13 = instruction 30:31; X-form: 15:16 = 29:30, 17 = 25, 18:21 = 21:24; D- and
 * DS-form: 17 = 5, 18:21 = 1:4; 22:26 = 6:10 for all. 27:31 may be anything here.
 */
#include "common.inc"
#include "mmu.inc"

#define X_DSISR(xo, rt) \
    ((((xo) & 3) << 15) | ((((xo) >> 5) & 1) << 14) | (((xo) >> 6) << 10) | ((rt) << 5))
/* Instruction bit 5 is the last of the primary opcode, 1:4 the four before it. */
#define D_DSISR(po, rt) ((((po) & 1) << 14) | ((((po) >> 1) & 15) << 10) | ((rt) << 5))
#define DS_DSISR(po, xo, rt) (((xo) << 18) | D_DSISR(po, rt))

/* QEMU: DSISR has instruction bits 6:15 alone, and what was there before. */
#define EXPECT_ALIGN(dar, dsisr) \
    EXPECT_DAR(dar);             \
    UNLESS_QEMU(8f);             \
    ld r20, REC_DSISR(0);        \
    clrrdi r20, r20, 5;          \
    EXPECT_REG(r20, dsisr);      \
8:
#define ALIGN(dar, dsisr, text...) \
    b 2f;                          \
1:  text;                          \
    sc;                            \
2:  TRY(1b, M_SF);                 \
    EXPECT_INT(0x600, 1b, M_SF);   \
    EXPECT_ALIGN(dar, dsisr)
/* QEMU: DAR is not written by multiples and strings. */
#define ALIGN_LE(dar, dsisr, text...)             \
    b 2f;                                         \
1:  text;                                         \
    sc;                                           \
2:  TRY_LE(1b, 2, M_SF);                          \
    EXPECT_INT_ADDR(0x600, LE_AT, M_SF | M_LE);   \
    UNLESS_QEMU(7f);                              \
    EXPECT_ALIGN(dar, dsisr);                     \
7:
#define ALIGN_MAPPED(dar, dsisr, text...)         \
    b 2f;                                         \
1:  text;                                         \
    sc;                                           \
2:  TRY(1b, M_VIRTUAL);                           \
    EXPECT_INT(0x600, 1b, M_VIRTUAL);             \
    EXPECT_ALIGN(dar, dsisr)
#define FINE(msr, text...)   \
    b 2f;                    \
1:  text;                    \
    sc;                      \
2:  TRY(1b, M_SF | msr);     \
    EXPECT_INT(0xc00, 1b + 8, M_SF | msr)
#define FINE_LE(text...)     \
    b 2f;                    \
1:  text;                    \
    sc;                      \
2:  TRY_LE(1b, 2, M_SF);     \
    EXPECT_INT_ADDR(0xc00, LE_AT + 8, M_SF | M_LE)

#define BUFFER  SCRATCH
#define IO_EA   0x10000000     /* an empty PCI window, caching inhibited and guarded */
#define IO_REAL 0x200080000000

/* Left to the handler: r26, r28 = BUFFER; r27 = index; r29 = BUFFER + 8; r25 = IO_EA. */
main:
    bl      map_low
    SLB(1, IO_EA, 0x200, 0)
    MAP_4K(IO_EA, IO_REAL | PTE_I | PTE_G | 2, 0x200)
    EXPECT_REG(r3, H_SUCCESS)
    lis     r25, IO_EA >> 16
    li      r27, 3
    mtxer   r27
    lis     r28, BUFFER >> 16
    mr      r26, r28
    addi    r29, r28, 8

    /* Load and reserve, store conditional: natural alignment. */
    ALIGN(BUFFER + 3, X_DSISR(20, 5), lwarx r5, r28, r27)
    ALIGN(BUFFER + 3, X_DSISR(84, 6), ldarx r6, r28, r27)
    ALIGN(BUFFER + 3, X_DSISR(116, 7), lharx r7, r28, r27)
    ALIGN(BUFFER + 3, X_DSISR(276, 8), lqarx r8, r28, r27)
    UNLESS_QEMU(bytes) /* its store conditional of another address than reserved just fails */
    ALIGN(BUFFER + 3, X_DSISR(150, 5), stwcx. r5, r28, r27)
    ALIGN(BUFFER + 3, X_DSISR(214, 6), stdcx. r6, r28, r27)
    ALIGN(BUFFER + 3, X_DSISR(726, 7), sthcx. r7, r28, r27)
    ALIGN(BUFFER + 3, X_DSISR(182, 8), stqcx. r8, r28, r27)
bytes:
    FINE(0, lbarx r6, r28, r27)
    li      r27, 4
    ALIGN(BUFFER + 4, X_DSISR(84, 6), ldarx r6, r28, r27)
    FINE(0, lwarx r6, r28, r27)
    li      r27, 8
    ALIGN(BUFFER + 8, X_DSISR(276, 8), lqarx r8, r28, r27)
    FINE(0, ldarx r6, r28, r27)
    li      r27, 3
    ALIGN_LE(BUFFER + 3, X_DSISR(20, 5), lwarx r5, r28, r27)

    /* Quadwords. */
    UNLESS_QEMU(aligned) /* it takes them at any address */
    ALIGN(BUFFER + 24, D_DSISR(56, 10), lq r10, 16(r29))
    ALIGN(BUFFER + 24, DS_DSISR(62, 2, 10), stq r10, 16(r29))
aligned:
    FINE(0, lq r10, 16(r28))
    FINE(0, stq r10, 16(r28))

    /* Multiples and strings in little-endian mode, at any alignment. */
    ALIGN_LE(BUFFER, D_DSISR(46, 30), lmw r30, 0(r28))
    ALIGN_LE(BUFFER, D_DSISR(47, 30), stmw r30, 0(r28))
    ALIGN_LE(BUFFER, X_DSISR(597, 5), lswi r5, r28, 4)
    ALIGN_LE(BUFFER, X_DSISR(725, 5), stswi r5, r28, 4)
    ALIGN_LE(BUFFER + 3, X_DSISR(533, 5), lswx r5, r28, r27)
    ALIGN_LE(BUFFER + 3, X_DSISR(661, 5), stswx r5, r28, r27)

    /* What hardware does at any alignment in cached storage. */
    FINE(0, lwz r5, 1(r28))
    FINE(0, lha r5, 3(r28))
    FINE(0, ld r5, 4(r28))
    FINE(0, ldx r5, r28, r27)
    FINE(0, std r5, 12(r28))
    FINE(0, sthx r5, r28, r27)
    FINE(0, lwbrx r5, r28, r27)
    FINE(0, stdbrx r5, r28, r27)
    FINE(0, lmw r30, 2(r28))
    FINE(0, stmw r30, 2(r28))
    FINE(0, lswi r5, r26, 3)
    FINE(M_FP, lfd f1, 3(r28))
    FINE(M_FP, stfs f1, 1(r28))
    FINE(M_FP, stfdx f1, r28, r27)
    FINE(M_VSX, lxvd2x vs1, r28, r27)
    FINE(M_VSX, stxvw4x vs1, r28, r27)
    FINE(M_VEC, lvx v1, r28, r27) /* which drops the low bits */
    FINE(0, dcbz r28, r27)
    FINE_LE(lwz r7, 1(r28))
    FINE_LE(ld r7, 4(r28))
    FINE_LE(stdx r7, r28, r27)
    FINE_LE(sthbrx r7, r28, r27)

    /* Caching inhibited: dcbz never, and nothing that is not aligned. */
    UNLESS_QEMU(finish) /* it does not look at I here */
    ALIGN_MAPPED(IO_EA, X_DSISR(1014, 0), dcbz 0, r25)
    ALIGN_MAPPED(IO_EA + 3, X_DSISR(1014, 0), dcbz r25, r27)
    ALIGN_MAPPED(IO_EA + 2, D_DSISR(32, 5), lwz r5, 2(r25))
    ALIGN_MAPPED(IO_EA + 4, DS_DSISR(58, 0, 5), ld r5, 4(r25))
    ALIGN_MAPPED(IO_EA + 3, X_DSISR(407, 5), sthx r5, r25, r27)
    b       finish
