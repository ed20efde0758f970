/*
 * Floating-point enabled exceptions: a program interrupt exactly when MSR[FE0,FE1] is not 0 and
 * FPSCR[FEX] becomes 1; what is then written; and the change of FE while FEX is 1 already.
 * (Book I 4.4; Book III-S 6.5.9, rfid, mtmsrd)
 */
#include "common.inc"
#include "mmu.inc"

#define FX  0x80000000
#define FEX 0x40000000
#define VX  0x20000000
#define ZX  0x04000000
#define VXSNAN 0x01000000
#define VE  0x80
#define ZE  0x10
#define XE  0x08
#define XX  0x02000000
#define PRECISE (M_FE0 | M_FE1)
#define NEXT_IS 0x10000 /* SRR1: SRR0 is not the instruction that caused it */
#define OLD 0x4008000000000000

/* FPSCR = value, f1 = OLD, f2 = 1.0, f3 = 0, f4 = a signalling NaN, f5 = 1/3 */
#define PREPARE(fpscr) li64 r20, fpscr; bl prepare
/* After a probe: FPSCR without FPRF, FR and FI; and f1. */
#define STATE(fpscr, f1_image)  \
    bl state;                   \
    EXPECT_REG(r20, fpscr);     \
    ld r20, CELLS + 8(0);       \
    EXPECT_REG(r20, f1_image)

main:
    bl      map_low
    /* ZE: the result is not written, ZX and FEX are. */
    PREPARE(ZE)
    TRY(divide, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, divide, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    STATE(FX | FEX | ZX | ZE, OLD)
    PREPARE(ZE)
    TRY(divide, M_USER | M_FP | PRECISE)
    EXPECT_INT(0x700, divide, M_USER | M_FP | PRECISE | SRR1_FP_ENABLED)
    /* Either of the imprecise modes works as the precise one here. */
    PREPARE(ZE)
    TRY(divide, M_SF | M_FP | M_FE0)
    EXPECT_CELL(REC_VECTOR, 0x700)
    EXPECT_CELL_AT(REC_SRR0, divide)
    PREPARE(ZE)
    TRY(divide, M_SF | M_FP | M_FE1)
    EXPECT_CELL(REC_VECTOR, 0x700)
    /* FE0 = FE1 = 0: no interrupt, though FEX is 1. */
    PREPARE(ZE)
    TRY(divide, M_SF | M_FP)
    EXPECT_NO_INT(divide_end, M_SF | M_FP)
    UNLESS_QEMU(disabled) /* it looks at MSR, not at ZE, and writes the infinity */
    STATE(FX | FEX | ZX | ZE, OLD)
disabled:
    /* Not enabled: infinity. */
    PREPARE(0)
    TRY(divide, M_SF | M_FP | PRECISE)
    EXPECT_NO_INT(divide_end, M_SF | M_FP | PRECISE)
    STATE(FX | ZX, 0x7ff0000000000000)
    /* VE. */
    PREPARE(VE)
    TRY(signalling, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, signalling, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    STATE(FX | FEX | VX | VXSNAN | VE, OLD)
    /* XE: the result is written. */
    PREPARE(XE)
    TRY(inexact, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, inexact, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    STATE(FX | FEX | XX | XE, 0x3fd5555555555555)
    /* With Rc: CR1 is a copy of FX, FEX, VX, OX. */
    PREPARE(ZE)
    TRY(divide_dot, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, divide_dot, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    UNLESS_QEMU(compares) /* it interrupts before CR1 is written */
    ld      r20, REC_CR(0)
    rlwinm  r20, r20, 8, 28, 31
    EXPECT_REG(r20, 0xc)
compares:
    /* Compares write CR and FPCC all the same. */
    PREPARE(VE)
    TRY(compare, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, compare_insn, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    ld      r20, REC_CR(0)
    rlwinm  r20, r20, 12, 28, 31
    EXPECT_REG(r20, 1)
    /* Moves to FPSCR that make exception and enable both 1. */
    PREPARE(FX | ZX)
    TRY(enable, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, enable, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    STATE(FX | FEX | ZX | ZE, OLD)
    PREPARE(ZE)
    TRY(set_zx, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, set_zx, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED)
    UNLESS_QEMU(vector_scalar) /* its mtfsb1 never sets FX */
    STATE(FX | FEX | ZX | ZE, OLD)
vector_scalar:
    /* Vector-scalar: scalar and vector. */
    PREPARE(ZE)
    TRY(divide_vsx, M_SF | M_FP | M_VSX | PRECISE)
    EXPECT_INT(0x700, divide_vsx, M_SF | M_FP | M_VSX | PRECISE | SRR1_FP_ENABLED)
    STATE(FX | FEX | ZX | ZE, OLD)

    /* FEX is 1 already and FE comes on: before the next instruction, and SRR1 says so. */
    UNLESS_QEMU(finish) /* it looks at FEX only when an instruction sets it */
    PREPARE(FX | ZX | ZE)
    TRY(load, M_SF | M_FP | PRECISE)
    EXPECT_INT(0x700, load, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED | NEXT_IS)
    PREPARE(FX | ZX | ZE)
    TRY(load, M_USER | M_FP | M_FE1)
    EXPECT_INT(0x700, load, M_USER | M_FP | M_FE1 | SRR1_FP_ENABLED | NEXT_IS)
    PREPARE(FX | ZX | ZE)
    TRY(open, M_SF | M_FP)
    EXPECT_INT(0x700, opened, M_SF | M_FP | PRECISE | SRR1_FP_ENABLED | NEXT_IS)
    PREPARE(FX | ZX)
    TRY(open, M_SF | M_FP)
    EXPECT_NO_INT(opened + 8, M_SF | M_FP | PRECISE)
    b       finish

prepare:
    mflr    r22
    mfmsr   r3
    ori     r3, r3, M_FP
    mtmsrd  r3
    std     r20, CELLS(0)
    lfd     f0, CELLS(0)
    mtfsf   255, f0
    li64    r3, OLD
    std     r3, CELLS + 8(0)
    lfd     f1, CELLS + 8(0)
    li64    r3, 0x3ff0000000000000
    std     r3, CELLS + 8(0)
    lfd     f2, CELLS + 8(0)
    li      r3, 0
    std     r3, CELLS + 8(0)
    lfd     f3, CELLS + 8(0)
    li64    r3, 0x7ff0000000000001
    std     r3, CELLS + 8(0)
    lfd     f4, CELLS + 8(0)
    li64    r3, 0x4008000000000000
    std     r3, CELLS + 8(0)
    lfd     f5, CELLS + 8(0)
    li64    r3, HMSR
    mtmsrd  r3
    mtlr    r22
    blr
state:
    mflr    r22
    mfmsr   r3
    ori     r3, r3, M_FP
    mtmsrd  r3
    mffs    f0
    stfd    f0, CELLS(0)
    stfd    f1, CELLS + 8(0)
    li64    r3, HMSR
    mtmsrd  r3
    lwz     r20, CELLS + 4(0)
    li64    r3, 0x0007f000
    andc    r20, r20, r3
    mtlr    r22
    blr
divide:
    fdiv    f1, f2, f3
    sc
divide_end:
signalling:
    fadd    f1, f2, f4
    sc
inexact:
    fdiv    f1, f2, f5
    sc
divide_dot:
    fdiv.   f1, f2, f3
    sc
compare:
    li      r3, 0
    mtcr    r3
compare_insn:
    fcmpu   cr2, f2, f4
    sc
enable:
    mtfsb1  27
    sc
set_zx:
    mtfsb1  5
    sc
divide_vsx:
    xsdivdp vs1, vs2, vs3
    sc
load:
    ld      r5, 0(r0)
    sc
open:
    mfmsr   r3
    ori     r3, r3, PRECISE
    mtmsrd  r3
opened:
    nop
    sc
