/*
 * The floating-point status and control register (Book I 4.2.2): its bits, and how the exceptions
 * of an operation enter it. FPSCR is kept as a doubleword; the low word is bits 32:63 of the book.
 */
#ifndef HORNPIPE_ISA_FP_FPSCR_H
#define HORNPIPE_ISA_FP_FPSCR_H

#include <stdbool.h>
#include <stdint.h>

#define FPSCR_FX     UINT64_C(0x80000000)
#define FPSCR_FEX    UINT64_C(0x40000000)
#define FPSCR_VX     UINT64_C(0x20000000)
#define FPSCR_OX     UINT64_C(0x10000000)
#define FPSCR_UX     UINT64_C(0x08000000)
#define FPSCR_ZX     UINT64_C(0x04000000)
#define FPSCR_XX     UINT64_C(0x02000000)
#define FPSCR_VXSNAN UINT64_C(0x01000000)
#define FPSCR_VXISI  UINT64_C(0x00800000)
#define FPSCR_VXIDI  UINT64_C(0x00400000)
#define FPSCR_VXZDZ  UINT64_C(0x00200000)
#define FPSCR_VXIMZ  UINT64_C(0x00100000)
#define FPSCR_VXVC   UINT64_C(0x00080000)
#define FPSCR_FR     UINT64_C(0x00040000)
#define FPSCR_FI     UINT64_C(0x00020000)
#define FPSCR_FPRF   UINT64_C(0x0001f000)
#define FPSCR_FPCC   UINT64_C(0x0000f000)
#define FPSCR_VXSOFT UINT64_C(0x00000400)
#define FPSCR_VXSQRT UINT64_C(0x00000200)
#define FPSCR_VXCVI  UINT64_C(0x00000100)
#define FPSCR_VE     UINT64_C(0x00000080)
#define FPSCR_OE     UINT64_C(0x00000040)
#define FPSCR_UE     UINT64_C(0x00000020)
#define FPSCR_ZE     UINT64_C(0x00000010)
#define FPSCR_XE     UINT64_C(0x00000008)
#define FPSCR_RN     UINT64_C(0x00000003)
#define FPSCR_DRN    UINT64_C(0x700000000)

/* The invalid-operation exceptions, whose OR is VX. */
#define FPSCR_VX_ALL                                                                               \
    (FPSCR_VXSNAN | FPSCR_VXISI | FPSCR_VXIDI | FPSCR_VXZDZ | FPSCR_VXIMZ | FPSCR_VXVC |           \
     FPSCR_VXSOFT | FPSCR_VXSQRT | FPSCR_VXCVI)
/* Every exception bit that instructions set; FX, FEX and VX follow from them. */
#define FPSCR_EXCEPTIONS (FPSCR_OX | FPSCR_UX | FPSCR_ZX | FPSCR_XX | FPSCR_VX_ALL)
/* What a move to the FPSCR may write: all but reserved bits and the two summaries. */
#define FPSCR_WRITABLE   ((FPSCR_DRN | UINT64_C(0xfffff7ff)) & ~(FPSCR_FEX | FPSCR_VX))

#define FPSCR_FPRF_SHIFT 12

/* `fpscr` with the summaries VX and FEX made right. */
static inline uint64_t fpscr_summarize(uint64_t fpscr)
{
    fpscr &= ~(FPSCR_VX | FPSCR_FEX);
    if (fpscr & FPSCR_VX_ALL)
        fpscr |= FPSCR_VX;
    /* VX OX UX ZX XX stand 22 bits above VE OE UE ZE XE. */
    if (fpscr >> 22 & fpscr & (FPSCR_VE | FPSCR_OE | FPSCR_UE | FPSCR_ZE | FPSCR_XE))
        fpscr |= FPSCR_FEX;
    return fpscr;
}

/* Sets exception bits; FX becomes 1 if one of them was 0. */
static inline uint64_t fpscr_raise(uint64_t fpscr, uint64_t exceptions)
{
    if (exceptions & ~fpscr)
        fpscr |= FPSCR_FX;
    return fpscr_summarize(fpscr | exceptions);
}

/* True if `raised` holds an invalid operation or a zero divide that is enabled. */
static inline bool fpscr_suppresses(uint64_t fpscr, uint64_t raised)
{
    return ((raised & FPSCR_VX_ALL) && (fpscr & FPSCR_VE)) ||
           ((raised & FPSCR_ZX) && (fpscr & FPSCR_ZE));
}

/*
 * Enters a scalar operation: `raised` holds exceptions, FR and FI; `fprf` the five bits of its
 * result's class, or FPRF_KEEP. Returns whether the target is to be written (Book
 * I 4.4.1.2, 4.4.2.2).
 */
enum { FPRF_KEEP = -1 };
static inline bool fpscr_commit_scalar(uint64_t *fpscr, uint64_t raised, int fprf)
{
    uint64_t f = *fpscr & ~(FPSCR_FR | FPSCR_FI);
    const bool write = !fpscr_suppresses(f, raised);
    if (write && fprf != FPRF_KEEP)
        f = (f & ~FPSCR_FPRF) | (uint64_t)fprf << FPSCR_FPRF_SHIFT;
    f |= raised & (FPSCR_FR | FPSCR_FI);
    *fpscr = fpscr_raise(f, raised & FPSCR_EXCEPTIONS);
    return write;
}

/*
 * Enters the exceptions of all elements of a vector operation, which leaves FPRF, FR and FI alone.
 * Returns whether the target is to be written: not if any of the exceptions is enabled (Book
 * I 7.4).
 */
static inline bool fpscr_commit_vector(uint64_t *fpscr, uint64_t raised)
{
    raised &= FPSCR_EXCEPTIONS;
    *fpscr = fpscr_raise(*fpscr, raised);
    return !(fpscr_summarize(raised | (*fpscr & 0xff)) & FPSCR_FEX);
}

/* Writes the bits of `mask` as mtfsf and mtfsfi do: FX as told, FEX and VX by their rule. */
static inline uint64_t fpscr_write(uint64_t fpscr, uint64_t value, uint64_t mask)
{
    mask &= FPSCR_WRITABLE;
    return fpscr_summarize((fpscr & ~mask) | (value & mask));
}

#endif
