/*
 * The arithmetic operations by number, and what the last one has not yet entered in the FPSCR.
 *
 * FR, FI and FPRF are written by nearly every scalar operation and read by nearly nobody. Where
 * the host computes a result (fp_fast.h) they stay behind as a note of the operation, from which
 * the exact arithmetic finds them when somebody looks: fp_settle() (isa/cpu.h).
 */
#ifndef HORNPIPE_ISA_FP_FP_OP_H
#define HORNPIPE_ISA_FP_FP_OP_H

#include "isa/fp/fp.h"

enum fp_op {
    FP_OP_ADD,            /* a + b */
    FP_OP_SUB,            /* a - b */
    FP_OP_MUL,            /* a * b */
    FP_OP_DIV,            /* a / b */
    FP_OP_SQRT,           /* of b, as all that follow but the fused ones */
    FP_OP_RECIP_ESTIMATE, /* 1 / b */
    FP_OP_RSQRT_ESTIMATE, /* 1 / sqrt(b) */
    FP_OP_ROUND_SINGLE,   /* frsp */
    FP_OP_FROM_SIGNED,    /* b is an integer */
    FP_OP_FROM_UNSIGNED,  /* b is an integer */
    FP_OP_MADD,           /* a * c + b; from here on in the order of enum fp_fused */
    FP_OP_MSUB,
    FP_OP_NMADD,
    FP_OP_NMSUB,
    FP_OP_COUNT
};

/* An operation and the format of its result; `variant` is that of the instruction. */
struct fp_how {
    uint8_t op, format, variant;
};

/* What is late: nothing if `stale` is 0. */
struct fp_late {
    uint32_t stale; /* FPSCR bits among FR, FI and FPRF that follow from the operation */
    struct fp_how how;
    uint64_t a, c, b;
};

/* Carries out an operation exactly; operands that it does not have are ignored. */
static inline uint64_t fp_operate(struct fp_env *env, enum fp_op op, enum fp_format format,
                                  uint64_t a, uint64_t c, uint64_t b)
{
    switch (op) {
    case FP_OP_ADD:
        return fp_add(env, format, a, b);
    case FP_OP_SUB:
        return fp_sub(env, format, a, b);
    case FP_OP_MUL:
        return fp_mul(env, format, a, b);
    case FP_OP_DIV:
        return fp_div(env, format, a, b);
    case FP_OP_SQRT:
        return fp_sqrt(env, format, b);
    case FP_OP_RECIP_ESTIMATE:
        return fp_recip_estimate(env, format, b);
    case FP_OP_RSQRT_ESTIMATE:
        return fp_rsqrt_estimate(env, format, b);
    case FP_OP_ROUND_SINGLE:
        return fp_round_single(env, b);
    case FP_OP_FROM_SIGNED:
        return fp_from_signed(env, format, (int64_t)b);
    case FP_OP_FROM_UNSIGNED:
        return fp_from_unsigned(env, format, b);
    default:
        return fp_fma(env, format, (enum fp_fused)(op - FP_OP_MADD), a, c, b);
    }
}

#endif
