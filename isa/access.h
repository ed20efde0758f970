/*
 * The vocabulary of instruction bodies: the only way from a body to state (contract 1).
 *
 *   SEM(ADDI) { WRITE_RT(RA_OR_0 + SI); return ISA_NEXT; }
 *
 * A body is a function of (cpu, op, variant); it never knows which engine runs it. Rule: everything
 * that can fault comes before the first architected write. Read an operand before writing one.
 */
#ifndef HORNPIPE_ISA_ACCESS_H
#define HORNPIPE_ISA_ACCESS_H

#include "isa/cpu.h"
#include "isa/insn.h"
#include "isa/mem.h"
#include "isa/outcome.h"

/* Bodies are static without `inline`, so that one that no row names is an unused function. */
#pragma GCC diagnostic ignored "-Wattributes"
#define SEM(id)                                                                                    \
    __attribute__((always_inline)) static enum isa_outcome sem_##id(                               \
        struct cpu *cpu __attribute__((unused)), const struct insn *op __attribute__((unused)),    \
        const unsigned variant __attribute__((unused)) ISA_SEM_CIA)

/*
 * What differs between engines. The threaded one knows CIA from where it is in a page, runs 64-bit
 * mode only, and stores neither CIA nor the target of a branch.
 */
#ifdef ISA_THREADED
#define ISA_SEM_CIA                                                                                \
    , const uint64_t cia __attribute__((unused)), uint64_t *const nia __attribute__((unused))
#define CIA          cia
#define WRITE_NIA(v) (*nia = (v))
#define EA_MASK      ((void)cpu, ~UINT64_C(0))
#else
#define ISA_SEM_CIA
#define CIA          (cpu->cia)
#define WRITE_NIA(v) (cpu->nia = (v))
#define EA_MASK      (cpu->ea_mask)
#endif

/* -- Operands: general -- */
#define RC_BIT            (variant & VARIANT_RC)
#define OE_BIT            (variant & VARIANT_OE)
#define LK_BIT            (variant & VARIANT_RC)
#define AA_BIT            (variant & VARIANT_OE)
#define RT                (cpu->gpr[op->rt])
#define RS                (cpu->gpr[op->rt])
#define RA                (cpu->gpr[op->ra])
#define RA_OR_0           (cpu->gpr[op->ra0])
#define RB                (cpu->gpr[op->rb])
#define GPR(n)            (cpu->gpr[n])
#define WRITE_RT(v)       (cpu->gpr[op->rt] = (v))
#define WRITE_RA(v)       (cpu->gpr[op->ra] = (v))
#define SI                ((uint64_t)(int64_t)op->imm)
#define UI                ((uint64_t)(uint16_t)op->imm)
#define DISP              ((uint64_t)(int64_t)op->imm) /* D, DS or DQ, scaled */
#define FIELD(first, len) bits32(op->word, first, len)
#define SF64              (EA_MASK == ~UINT64_C(0)) /* 64-bit mode */

/* -- Condition register, XER -- */
#define CR_FIELD(n)          (cpu->cr[n])
#define WRITE_CR_FIELD(n, v) (cpu->cr[n] = (uint8_t)(v))
#define CR_BIT(n)            (cpu->cr[(n) >> 2] >> (3 - ((n)&3)) & 1u)
#define CA                   (cpu->ca)
#define WRITE_CA(v)          (cpu->ca = (uint8_t)(v))
enum { CR_LT = 8, CR_GT = 4, CR_EQ = 2, CR_SO = 1 };

/* One of CR_LT, CR_GT, CR_EQ, without a branch, which the host would often predict wrongly. */
static inline unsigned compare_signed(int64_t a, int64_t b)
{
    return CR_EQ + (CR_GT - CR_EQ) * (unsigned)(a > b) + (CR_LT - CR_EQ) * (unsigned)(a < b);
}

/* CR0 from a result, by the mode's width (Book I 2.3.1). */
#define RECORD_CR0(v)                                                                              \
    do {                                                                                           \
        const int64_t r_ = SF64 ? (int64_t)(v) : (int64_t)(int32_t)(v);                            \
        cpu->cr[0] = (uint8_t)(compare_signed(r_, 0) | (cpu->so & 1u));                            \
    } while (0)
#define RECORD_CR0_IF_RC(v)                                                                        \
    do {                                                                                           \
        if (RC_BIT)                                                                                \
            RECORD_CR0(v);                                                                         \
    } while (0)
/* CR1 from FPSCR[FX FEX VX OX] */
#define RECORD_CR1_IF_RC()                                                                         \
    do {                                                                                           \
        if (RC_BIT)                                                                                \
            cpu->cr[1] = (uint8_t)(cpu->fpscr >> 28 & 0xf);                                        \
    } while (0)

/* -- Storage. A failing access leaves the body with ISA_INTERRUPT. -- */
#define EA(x) ((x)&EA_MASK)
#define LOAD(bits, ea, var)                                                                        \
    uint##bits##_t var;                                                                            \
    do {                                                                                           \
        if (UNLIKELY(!mem_load##bits(cpu, (ea), &var)))                                            \
            return ISA_INTERRUPT;                                                                  \
    } while (0)
#define STORE(bits, ea, v)                                                                         \
    do {                                                                                           \
        if (UNLIKELY(!mem_store##bits(cpu, (ea), (uint##bits##_t)(v))))                            \
            return ISA_INTERRUPT;                                                                  \
    } while (0)
/* Leaves the body when a call that reports through cpu->fault fails. */
#define REQUIRE(call)                                                                              \
    do {                                                                                           \
        if (UNLIKELY(!(call)))                                                                     \
            return ISA_INTERRUPT;                                                                  \
    } while (0)

/* -- Floating point: FPR i is doubleword 0 of VSR i; doubleword 1 is zeroed on writes -- */
#define FPR(n)       (VSR_D(cpu->vsr[n], 0))
#define FRA          FPR(op->ra)
#define FRB          FPR(op->rb)
#define FRC          FPR(op->rc)
#define FRS          FPR(op->rt)
#define WRITE_FRT(v) WRITE_FPR(op->rt, v)
#define WRITE_FPR(n, v)                                                                            \
    do {                                                                                           \
        VSR_D(cpu->vsr[n], 0) = (v);                                                               \
        VSR_D(cpu->vsr[n], 1) = 0;                                                                 \
    } while (0)

/* -- Vector: VRs as union vsr, by value; VSX fields are 6-bit register numbers already -- */
#define VRA              (cpu->vsr[32 + op->ra])
#define VRB              (cpu->vsr[32 + op->rb])
#define VRC              (cpu->vsr[32 + op->rc])
#define VRS              (cpu->vsr[32 + op->rt])
#define WRITE_VRT(value) (cpu->vsr[32 + op->rt].whole = (value).whole)
#define XA               (cpu->vsr[op->ra])
#define XB               (cpu->vsr[op->rb])
#define XC               (cpu->vsr[op->rc])
#define XS               (cpu->vsr[op->rt])
#define XT               (cpu->vsr[op->rt])
#define WRITE_XT(value)  (cpu->vsr[op->rt].whole = (value).whole)
#define VSCR_SAT         1u
#define VSCR_NJ          0x10000u

#endif
