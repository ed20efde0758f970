/* Bodies of insns_fp.def: floating point (Book I 4). */
#ifndef HORNPIPE_ISA_SEM_FP_H
#define HORNPIPE_ISA_SEM_FP_H

#include "isa/fp/fp_body.h"

/* -- Loads and stores (4.6.2, 4.6.3, 4.6.4). Every update form writes RA last. -- */
#define EA_D EA(RA_OR_0 + DISP)
#define EA_X EA(RA_OR_0 + RB)

SEM(LFSX)
{
    LOAD(32, EA_X, value);
    WRITE_FRT(fp_widen(value));
    return ISA_NEXT;
}
SEM(LFSUX)
{
    const uint64_t ea = RA + RB;
    LOAD(32, EA(ea), value);
    WRITE_FRT(fp_widen(value));
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(LFDX)
{
    LOAD(64, EA_X, value);
    WRITE_FRT(value);
    return ISA_NEXT;
}
SEM(LFDUX)
{
    const uint64_t ea = RA + RB;
    LOAD(64, EA(ea), value);
    WRITE_FRT(value);
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(STFSX)
{
    STORE(32, EA_X, fp_narrow(FRS));
    return ISA_NEXT;
}
SEM(STFSUX)
{
    const uint64_t ea = RA + RB;
    STORE(32, EA(ea), fp_narrow(FRS));
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(STFDX)
{
    STORE(64, EA_X, FRS);
    return ISA_NEXT;
}
SEM(STFDUX)
{
    const uint64_t ea = RA + RB;
    STORE(64, EA(ea), FRS);
    WRITE_RA(ea);
    return ISA_NEXT;
}

/* The doubleword at EA belongs to the even register in either byte order (4.6.4). */
FP_BODY_INLINE enum isa_outcome fp_load_pair(struct cpu *cpu, const struct insn *op, uint64_t ea)
{
    uint64_t pair[2];
    REQUIRE(mem_load_pair(cpu, ea, pair));
    WRITE_FPR(op->rt & ~1u, pair[0]);
    WRITE_FPR(op->rt | 1u, pair[1]);
    return ISA_NEXT;
}
FP_BODY_INLINE enum isa_outcome fp_store_pair(struct cpu *cpu, const struct insn *op, uint64_t ea)
{
    const uint64_t pair[2] = {FPR(op->rt & ~1u), FPR(op->rt | 1u)};
    REQUIRE(mem_store_pair(cpu, ea, pair));
    return ISA_NEXT;
}
SEM(LFDPX)
{
    return fp_load_pair(cpu, op, EA_X);
}
SEM(LFIWAX)
{
    LOAD(32, EA_X, value);
    WRITE_FRT((uint64_t)(int64_t)(int32_t)value);
    return ISA_NEXT;
}
SEM(LFIWZX)
{
    LOAD(32, EA_X, value);
    WRITE_FRT(value);
    return ISA_NEXT;
}
SEM(STFDPX)
{
    return fp_store_pair(cpu, op, EA_X);
}
SEM(STFIWX)
{
    STORE(32, EA_X, FRS);
    return ISA_NEXT;
}
SEM(LFS)
{
    LOAD(32, EA_D, value);
    WRITE_FRT(fp_widen(value));
    return ISA_NEXT;
}
SEM(LFSU)
{
    const uint64_t ea = RA + DISP;
    LOAD(32, EA(ea), value);
    WRITE_FRT(fp_widen(value));
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(LFD)
{
    LOAD(64, EA_D, value);
    WRITE_FRT(value);
    return ISA_NEXT;
}
SEM(LFDU)
{
    const uint64_t ea = RA + DISP;
    LOAD(64, EA(ea), value);
    WRITE_FRT(value);
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(STFS)
{
    STORE(32, EA_D, fp_narrow(FRS));
    return ISA_NEXT;
}
SEM(STFSU)
{
    const uint64_t ea = RA + DISP;
    STORE(32, EA(ea), fp_narrow(FRS));
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(STFD)
{
    STORE(64, EA_D, FRS);
    return ISA_NEXT;
}
SEM(STFDU)
{
    const uint64_t ea = RA + DISP;
    STORE(64, EA(ea), FRS);
    WRITE_RA(ea);
    return ISA_NEXT;
}
SEM(LFDP)
{
    return fp_load_pair(cpu, op, EA_D);
}
SEM(STFDP)
{
    return fp_store_pair(cpu, op, EA_D);
}

/* -- Moves, sign and select (4.6.5, 4.6.9) -- */
SEM(FMR)
{
    return fp_move(FP_BODY, FRB);
}
SEM(FNEG)
{
    return fp_move(FP_BODY, FRB ^ FP_SIGN);
}
SEM(FABS)
{
    return fp_move(FP_BODY, FRB & ~FP_SIGN);
}
SEM(FNABS)
{
    return fp_move(FP_BODY, FRB | FP_SIGN);
}
SEM(FCPSGN)
{
    return fp_move(FP_BODY, (FRA & FP_SIGN) | (FRB & ~FP_SIGN));
}
SEM(FSEL)
{
    const bool at_least_zero = fp_relation(FRA, 0) & (FP_GT | FP_EQ);
    return fp_move(FP_BODY, at_least_zero ? FRC : FRB);
}

/* -- Arithmetic (4.6.6) -- */
SEM(FADD)
{
    return fp_binary(FP_BODY, FP_OP_ADD, FP_DOUBLE, FRA, FRB);
}
SEM(FADDS)
{
    return fp_binary(FP_BODY, FP_OP_ADD, FP_SINGLE, FRA, FRB);
}
SEM(FSUB)
{
    return fp_binary(FP_BODY, FP_OP_SUB, FP_DOUBLE, FRA, FRB);
}
SEM(FSUBS)
{
    return fp_binary(FP_BODY, FP_OP_SUB, FP_SINGLE, FRA, FRB);
}
SEM(FMUL)
{
    return fp_binary(FP_BODY, FP_OP_MUL, FP_DOUBLE, FRA, FRC);
}
SEM(FMULS)
{
    return fp_binary(FP_BODY, FP_OP_MUL, FP_SINGLE, FRA, FRC);
}
SEM(FDIV)
{
    return fp_binary(FP_BODY, FP_OP_DIV, FP_DOUBLE, FRA, FRB);
}
SEM(FDIVS)
{
    return fp_binary(FP_BODY, FP_OP_DIV, FP_SINGLE, FRA, FRB);
}
SEM(FSQRT)
{
    return fp_unary(FP_BODY, FP_OP_SQRT, FP_DOUBLE, FRB);
}
SEM(FSQRTS)
{
    return fp_unary(FP_BODY, FP_OP_SQRT, FP_SINGLE, FRB);
}
SEM(FRE)
{
    return fp_unary(FP_BODY, FP_OP_RECIP_ESTIMATE, FP_DOUBLE, FRB);
}
SEM(FRES)
{
    return fp_unary(FP_BODY, FP_OP_RECIP_ESTIMATE, FP_SINGLE, FRB);
}
SEM(FRSQRTE)
{
    return fp_unary(FP_BODY, FP_OP_RSQRT_ESTIMATE, FP_DOUBLE, FRB);
}
SEM(FRSQRTES)
{
    return fp_unary(FP_BODY, FP_OP_RSQRT_ESTIMATE, FP_SINGLE, FRB);
}
SEM(FMADD)
{
    return fp_fused(FP_BODY, FP_MADD, FP_DOUBLE, FRA, FRC, FRB);
}
SEM(FMADDS)
{
    return fp_fused(FP_BODY, FP_MADD, FP_SINGLE, FRA, FRC, FRB);
}
SEM(FMSUB)
{
    return fp_fused(FP_BODY, FP_MSUB, FP_DOUBLE, FRA, FRC, FRB);
}
SEM(FMSUBS)
{
    return fp_fused(FP_BODY, FP_MSUB, FP_SINGLE, FRA, FRC, FRB);
}
SEM(FNMADD)
{
    return fp_fused(FP_BODY, FP_NMADD, FP_DOUBLE, FRA, FRC, FRB);
}
SEM(FNMADDS)
{
    return fp_fused(FP_BODY, FP_NMADD, FP_SINGLE, FRA, FRC, FRB);
}
SEM(FNMSUB)
{
    return fp_fused(FP_BODY, FP_NMSUB, FP_DOUBLE, FRA, FRC, FRB);
}
SEM(FNMSUBS)
{
    return fp_fused(FP_BODY, FP_NMSUB, FP_SINGLE, FRA, FRC, FRB);
}

/* -- Conversions (4.6.7) -- */
SEM(FRSP)
{
    return fp_unary(FP_BODY, FP_OP_ROUND_SINGLE, FP_SINGLE, FRB);
}
SEM(FCTID)
{
    return fp_integer(FP_BODY, false, FP_INT64, FRB);
}
SEM(FCTIDZ)
{
    return fp_integer(FP_BODY, true, FP_INT64, FRB);
}
SEM(FCTIDU)
{
    return fp_integer(FP_BODY, false, FP_UINT64, FRB);
}
SEM(FCTIDUZ)
{
    return fp_integer(FP_BODY, true, FP_UINT64, FRB);
}
SEM(FCTIW)
{
    return fp_integer(FP_BODY, false, FP_INT32, FRB);
}
SEM(FCTIWZ)
{
    return fp_integer(FP_BODY, true, FP_INT32, FRB);
}
SEM(FCTIWU)
{
    return fp_integer(FP_BODY, false, FP_UINT32, FRB);
}
SEM(FCTIWUZ)
{
    return fp_integer(FP_BODY, true, FP_UINT32, FRB);
}
SEM(FCFID)
{
    return fp_unary(FP_BODY, FP_OP_FROM_SIGNED, FP_DOUBLE, FRB);
}
SEM(FCFIDS)
{
    return fp_unary(FP_BODY, FP_OP_FROM_SIGNED, FP_SINGLE, FRB);
}
SEM(FCFIDU)
{
    return fp_unary(FP_BODY, FP_OP_FROM_UNSIGNED, FP_DOUBLE, FRB);
}
SEM(FCFIDUS)
{
    return fp_unary(FP_BODY, FP_OP_FROM_UNSIGNED, FP_SINGLE, FRB);
}
SEM(FRIN)
{
    return fp_integral(FP_BODY, FP_RND_AWAY, FRB);
}
SEM(FRIZ)
{
    return fp_integral(FP_BODY, FP_RND_ZERO, FRB);
}
SEM(FRIP)
{
    return fp_integral(FP_BODY, FP_RND_UP, FRB);
}
SEM(FRIM)
{
    return fp_integral(FP_BODY, FP_RND_DOWN, FRB);
}

/* -- Comparisons and tests (4.6.8, 4.6.6.1) -- */
SEM(FCMPU)
{
    return fp_compare_body(FP_BODY, false, FRA, FRB);
}
SEM(FCMPO)
{
    return fp_compare_body(FP_BODY, true, FRA, FRB);
}
SEM(FTDIV)
{
    WRITE_CR_FIELD(FIELD(6, 3), fp_test_divide(FP_DOUBLE, FRA, FRB));
    return ISA_NEXT;
}
SEM(FTSQRT)
{
    WRITE_CR_FIELD(FIELD(6, 3), fp_test_sqrt(FP_DOUBLE, FRB));
    return ISA_NEXT;
}

/* -- FPSCR (4.6.10) -- */
#define FPSCR_BIT(n) (UINT64_C(1) << (31 - (n)))

SEM(MFFS)
{
    fp_settle(cpu);
    return fp_move(FP_BODY, cpu->fpscr);
}
/* Copying an exception bit to CR clears it; the summaries follow. */
SEM(MCRFS)
{
    fp_settle(cpu);
    const unsigned shift = 28 - 4 * FIELD(11, 3);
    const uint64_t field = UINT64_C(0xf) << shift;
    WRITE_CR_FIELD(FIELD(6, 3), cpu->fpscr >> shift & 0xf);
    cpu->fpscr = fpscr_summarize(cpu->fpscr & ~(field & (FPSCR_EXCEPTIONS | FPSCR_FX)));
    return isa_fp_done(cpu);
}
SEM(MTFSB0)
{
    fp_settle(cpu);
    cpu->fpscr = fpscr_write(cpu->fpscr, 0, FPSCR_BIT(FIELD(6, 5)));
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}
SEM(MTFSB1)
{
    fp_settle(cpu);
    const uint64_t bit = FPSCR_BIT(FIELD(6, 5));
    const uint64_t f = fpscr_write(cpu->fpscr, bit, bit);
    cpu->fpscr = bit & FPSCR_EXCEPTIONS & ~cpu->fpscr ? f | FPSCR_FX : f;
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}
/* W=1 names the upper word, which holds DRN only. */
SEM(MTFSFI)
{
    fp_settle(cpu);
    const unsigned shift = 28 - 4 * FIELD(6, 3) + (FIELD(15, 1) ? 32 : 0);
    cpu->fpscr = fpscr_write(cpu->fpscr, (uint64_t)FIELD(16, 4) << shift, UINT64_C(0xf) << shift);
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}
SEM(MTFSF)
{
    fp_settle(cpu);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 8; i++)
        if (FIELD(7 + i, 1))
            mask |= UINT64_C(0xf) << (28 - 4 * i);
    if (FIELD(15, 1))
        mask <<= 32;
    if (FIELD(6, 1))
        mask = ~UINT64_C(0);
    cpu->fpscr = fpscr_write(cpu->fpscr, FRB, mask);
    RECORD_CR1_IF_RC();
    return isa_fp_done(cpu);
}

#undef FPSCR_BIT
#undef EA_D
#undef EA_X

#endif
