/*
 * Bodies of the floating-point rows of insns_vsx.def (Book I 7): a line a row. Scalars are the
 * operations of sem_fp.h on doubleword 0 of VSRs. Vectors collect the exceptions of all elements
 * and write the whole target or, if one of them is enabled, nothing.
 */
#ifndef HORNPIPE_ISA_SEM_VSX_FP_H
#define HORNPIPE_ISA_SEM_VSX_FP_H

#include "isa/fp/fp_body.h"

/*
 * POWER8 puts a word result into both words of its doubleword (User's Manual; the book leaves the
 * other one undefined), and compilers rely on it.
 */
FP_BODY_INLINE uint64_t vsx_both_words(uint32_t word)
{
    return (uint64_t)word << 32 | word;
}

/* Type-A forms add to XT, type-M forms multiply by it. */
enum vsx_fused_form { VSX_TYPE_A, VSX_TYPE_M };

FP_BODY_INLINE enum isa_outcome vsx_scalar_fused(FP_BODY_PARAMS, enum fp_fused kind,
                                                 enum vsx_fused_form form, enum fp_format format)
{
    const uint64_t t = FRS, b = FRB;
    return fp_fused(FP_BODY, kind, format, FRA, form == VSX_TYPE_A ? b : t,
                    form == VSX_TYPE_A ? t : b);
}

FP_BODY_INLINE enum isa_outcome vsx_fused(struct cpu *cpu, const struct insn *op,
                                          enum fp_fused kind, enum vsx_fused_form form,
                                          enum fp_format format)
{
    return fp_vector(cpu, op, FP_OP_MADD + kind, format, &XA, form == VSX_TYPE_A ? &XB : &XT,
                     form == VSX_TYPE_A ? &XT : &XB);
}

#define VSX_S_BINARY(id, what, format)                                                             \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_binary(FP_BODY, what, format, FRA, FRB);                                         \
    }
#define VSX_V_BINARY(id, what, format)                                                             \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_vector(cpu, op, what, format, &XA, &XA, &XB);                                    \
    }
#define VSX_S_UNARY(id, what, format)                                                              \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_unary(FP_BODY, what, format, FRB);                                               \
    }
#define VSX_V_UNARY(id, what, format)                                                              \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_vector(cpu, op, what, format, &XB, &XB, &XB);                                    \
    }
#define VSX_S_FUSED(id, kind, form, format)                                                        \
    SEM(id)                                                                                        \
    {                                                                                              \
        return vsx_scalar_fused(FP_BODY, kind, form, format);                                      \
    }
#define VSX_V_FUSED(id, kind, form, format)                                                        \
    SEM(id)                                                                                        \
    {                                                                                              \
        return vsx_fused(cpu, op, kind, form, format);                                             \
    }

/* -- Arithmetic -- */
VSX_S_BINARY(XSADDDP, FP_OP_ADD, FP_DOUBLE)
VSX_S_BINARY(XSADDSP, FP_OP_ADD, FP_SINGLE)
VSX_V_BINARY(XVADDDP, FP_OP_ADD, FP_DOUBLE)
VSX_V_BINARY(XVADDSP, FP_OP_ADD, FP_SINGLE)
VSX_S_BINARY(XSSUBDP, FP_OP_SUB, FP_DOUBLE)
VSX_S_BINARY(XSSUBSP, FP_OP_SUB, FP_SINGLE)
VSX_V_BINARY(XVSUBDP, FP_OP_SUB, FP_DOUBLE)
VSX_V_BINARY(XVSUBSP, FP_OP_SUB, FP_SINGLE)
VSX_S_BINARY(XSMULDP, FP_OP_MUL, FP_DOUBLE)
VSX_S_BINARY(XSMULSP, FP_OP_MUL, FP_SINGLE)
VSX_V_BINARY(XVMULDP, FP_OP_MUL, FP_DOUBLE)
VSX_V_BINARY(XVMULSP, FP_OP_MUL, FP_SINGLE)
VSX_S_BINARY(XSDIVDP, FP_OP_DIV, FP_DOUBLE)
VSX_S_BINARY(XSDIVSP, FP_OP_DIV, FP_SINGLE)
VSX_V_BINARY(XVDIVDP, FP_OP_DIV, FP_DOUBLE)
VSX_V_BINARY(XVDIVSP, FP_OP_DIV, FP_SINGLE)
VSX_S_UNARY(XSSQRTDP, FP_OP_SQRT, FP_DOUBLE)
VSX_S_UNARY(XSSQRTSP, FP_OP_SQRT, FP_SINGLE)
VSX_V_UNARY(XVSQRTDP, FP_OP_SQRT, FP_DOUBLE)
VSX_V_UNARY(XVSQRTSP, FP_OP_SQRT, FP_SINGLE)
VSX_S_UNARY(XSREDP, FP_OP_RECIP_ESTIMATE, FP_DOUBLE)
VSX_S_UNARY(XSRESP, FP_OP_RECIP_ESTIMATE, FP_SINGLE)
VSX_V_UNARY(XVREDP, FP_OP_RECIP_ESTIMATE, FP_DOUBLE)
VSX_V_UNARY(XVRESP, FP_OP_RECIP_ESTIMATE, FP_SINGLE)
VSX_S_UNARY(XSRSQRTEDP, FP_OP_RSQRT_ESTIMATE, FP_DOUBLE)
VSX_S_UNARY(XSRSQRTESP, FP_OP_RSQRT_ESTIMATE, FP_SINGLE)
VSX_V_UNARY(XVRSQRTEDP, FP_OP_RSQRT_ESTIMATE, FP_DOUBLE)
VSX_V_UNARY(XVRSQRTESP, FP_OP_RSQRT_ESTIMATE, FP_SINGLE)
VSX_S_FUSED(XSMADDADP, FP_MADD, VSX_TYPE_A, FP_DOUBLE)
VSX_S_FUSED(XSMADDASP, FP_MADD, VSX_TYPE_A, FP_SINGLE)
VSX_S_FUSED(XSMADDMDP, FP_MADD, VSX_TYPE_M, FP_DOUBLE)
VSX_S_FUSED(XSMADDMSP, FP_MADD, VSX_TYPE_M, FP_SINGLE)
VSX_V_FUSED(XVMADDADP, FP_MADD, VSX_TYPE_A, FP_DOUBLE)
VSX_V_FUSED(XVMADDASP, FP_MADD, VSX_TYPE_A, FP_SINGLE)
VSX_V_FUSED(XVMADDMDP, FP_MADD, VSX_TYPE_M, FP_DOUBLE)
VSX_V_FUSED(XVMADDMSP, FP_MADD, VSX_TYPE_M, FP_SINGLE)
VSX_S_FUSED(XSMSUBADP, FP_MSUB, VSX_TYPE_A, FP_DOUBLE)
VSX_S_FUSED(XSMSUBASP, FP_MSUB, VSX_TYPE_A, FP_SINGLE)
VSX_S_FUSED(XSMSUBMDP, FP_MSUB, VSX_TYPE_M, FP_DOUBLE)
VSX_S_FUSED(XSMSUBMSP, FP_MSUB, VSX_TYPE_M, FP_SINGLE)
VSX_V_FUSED(XVMSUBADP, FP_MSUB, VSX_TYPE_A, FP_DOUBLE)
VSX_V_FUSED(XVMSUBASP, FP_MSUB, VSX_TYPE_A, FP_SINGLE)
VSX_V_FUSED(XVMSUBMDP, FP_MSUB, VSX_TYPE_M, FP_DOUBLE)
VSX_V_FUSED(XVMSUBMSP, FP_MSUB, VSX_TYPE_M, FP_SINGLE)
VSX_S_FUSED(XSNMADDADP, FP_NMADD, VSX_TYPE_A, FP_DOUBLE)
VSX_S_FUSED(XSNMADDASP, FP_NMADD, VSX_TYPE_A, FP_SINGLE)
VSX_S_FUSED(XSNMADDMDP, FP_NMADD, VSX_TYPE_M, FP_DOUBLE)
VSX_S_FUSED(XSNMADDMSP, FP_NMADD, VSX_TYPE_M, FP_SINGLE)
VSX_V_FUSED(XVNMADDADP, FP_NMADD, VSX_TYPE_A, FP_DOUBLE)
VSX_V_FUSED(XVNMADDASP, FP_NMADD, VSX_TYPE_A, FP_SINGLE)
VSX_V_FUSED(XVNMADDMDP, FP_NMADD, VSX_TYPE_M, FP_DOUBLE)
VSX_V_FUSED(XVNMADDMSP, FP_NMADD, VSX_TYPE_M, FP_SINGLE)
VSX_S_FUSED(XSNMSUBADP, FP_NMSUB, VSX_TYPE_A, FP_DOUBLE)
VSX_S_FUSED(XSNMSUBASP, FP_NMSUB, VSX_TYPE_A, FP_SINGLE)
VSX_S_FUSED(XSNMSUBMDP, FP_NMSUB, VSX_TYPE_M, FP_DOUBLE)
VSX_S_FUSED(XSNMSUBMSP, FP_NMSUB, VSX_TYPE_M, FP_SINGLE)
VSX_V_FUSED(XVNMSUBADP, FP_NMSUB, VSX_TYPE_A, FP_DOUBLE)
VSX_V_FUSED(XVNMSUBASP, FP_NMSUB, VSX_TYPE_A, FP_SINGLE)
VSX_V_FUSED(XVNMSUBMDP, FP_NMSUB, VSX_TYPE_M, FP_DOUBLE)
VSX_V_FUSED(XVNMSUBMSP, FP_NMSUB, VSX_TYPE_M, FP_SINGLE)

/* -- Maximum and minimum: FPRF, FR and FI stay, so a scalar is a vector of one element -- */
typedef uint64_t vsx_select_fn(struct fp_env *, uint64_t, uint64_t);

FP_BODY_INLINE enum isa_outcome vsx_select(struct cpu *cpu, const struct insn *op,
                                           vsx_select_fn *fn, enum fp_format format)
{
    struct fp_env env = FP_ENV;
    const union vsr a = XA, b = XB;
    union vsr t;
    for (unsigned i = 0; i < vsx_elements(format); i++)
        vsx_set_element(&t, format, i,
                        fn(&env, vsx_element(&a, format, i), vsx_element(&b, format, i)));
    return vsx_complete(cpu, op, &env, t);
}

FP_BODY_INLINE enum isa_outcome vsx_select_scalar(struct cpu *cpu, const struct insn *op,
                                                  vsx_select_fn *fn)
{
    struct fp_env env = FP_ENV;
    union vsr t = {0};
    VSR_D(t, 0) = fn(&env, FRA, FRB);
    return vsx_complete(cpu, op, &env, t);
}

SEM(XSMAXDP)
{
    return vsx_select_scalar(cpu, op, fp_max);
}
SEM(XSMINDP)
{
    return vsx_select_scalar(cpu, op, fp_min);
}
#define VSX_V_SELECT(id, fn, format)                                                               \
    SEM(id)                                                                                        \
    {                                                                                              \
        return vsx_select(cpu, op, fn, format);                                                    \
    }
VSX_V_SELECT(XVMAXDP, fp_max, FP_DOUBLE)
VSX_V_SELECT(XVMAXSP, fp_max, FP_SINGLE)
VSX_V_SELECT(XVMINDP, fp_min, FP_DOUBLE)
VSX_V_SELECT(XVMINSP, fp_min, FP_SINGLE)

/* -- Signs: no arithmetic, no exception -- */
#define VSX_S_SIGN(id, value)                                                                      \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_move(FP_BODY, value);                                                            \
    }
VSX_S_SIGN(XSABSDP, FRB & ~FP_SIGN)
VSX_S_SIGN(XSNABSDP, FRB | FP_SIGN)
VSX_S_SIGN(XSNEGDP, FRB ^ FP_SIGN)
VSX_S_SIGN(XSCPSGNDP, (FRA & FP_SIGN) | (FRB & ~FP_SIGN))

/* The sign bits of both doublewords, of all words. */
#define VSX_SIGNS_DP ((unsigned __int128)FP_SIGN << 64 | FP_SIGN)
#define VSX_SIGNS_SP (VSX_SIGNS_DP | VSX_SIGNS_DP >> 32)
#define VSX_V_SIGN(id, value)                                                                      \
    SEM(id)                                                                                        \
    {                                                                                              \
        WRITE_XT(((union vsr){.q = (value)}));                                                     \
        return ISA_NEXT;                                                                           \
    }
VSX_V_SIGN(XVABSDP, XB.q & ~VSX_SIGNS_DP)
VSX_V_SIGN(XVABSSP, XB.q & ~VSX_SIGNS_SP)
VSX_V_SIGN(XVNABSDP, XB.q | VSX_SIGNS_DP)
VSX_V_SIGN(XVNABSSP, XB.q | VSX_SIGNS_SP)
VSX_V_SIGN(XVNEGDP, XB.q ^ VSX_SIGNS_DP)
VSX_V_SIGN(XVNEGSP, XB.q ^ VSX_SIGNS_SP)
VSX_V_SIGN(XVCPSGNDP, (XA.q & VSX_SIGNS_DP) | (XB.q & ~VSX_SIGNS_DP))
VSX_V_SIGN(XVCPSGNSP, (XA.q & VSX_SIGNS_SP) | (XB.q & ~VSX_SIGNS_SP))

/* -- Comparisons -- */
SEM(XSCMPODP)
{
    return fp_compare_body(FP_BODY, true, FRA, FRB);
}
SEM(XSCMPUDP)
{
    return fp_compare_body(FP_BODY, false, FRA, FRB);
}

/* `wanted` relations give ones. CR6 is undefined when an enabled exception occurs: left alone. */
FP_BODY_INLINE enum isa_outcome vsx_compare(FP_BODY_PARAMS, bool ordered, unsigned wanted,
                                            enum fp_format format)
{
    struct fp_env env = FP_ENV;
    const union vsr a = XA, b = XB;
    union vsr t = {0};
    for (unsigned i = 0; i < vsx_elements(format); i++) {
        if (!(fp_compare(&env, ordered, vsx_element(&a, format, i), vsx_element(&b, format, i)) &
              wanted))
            continue;
        if (format == FP_DOUBLE)
            t.d[i] = UINT64_MAX;
        else
            t.w[i] = UINT32_MAX;
    }
    if (fpscr_commit_vector(&cpu->fpscr, env.raised)) {
        WRITE_XT(t);
        if (RC_BIT)
            WRITE_CR_FIELD(6, !~t.q ? CR_LT : !t.q ? CR_EQ : 0);
    }
    return isa_fp_done(cpu);
}
#define VSX_V_COMPARE(id, ordered, wanted, format)                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        return vsx_compare(FP_BODY, ordered, wanted, format);                                      \
    }
VSX_V_COMPARE(XVCMPEQDP, false, FP_EQ, FP_DOUBLE)
VSX_V_COMPARE(XVCMPEQSP, false, FP_EQ, FP_SINGLE)
VSX_V_COMPARE(XVCMPGEDP, true, FP_GT | FP_EQ, FP_DOUBLE)
VSX_V_COMPARE(XVCMPGESP, true, FP_GT | FP_EQ, FP_SINGLE)
VSX_V_COMPARE(XVCMPGTDP, true, FP_GT, FP_DOUBLE)
VSX_V_COMPARE(XVCMPGTSP, true, FP_GT, FP_SINGLE)

/* -- Tests for software divide and square root: flags of any element -- */
SEM(XSTDIVDP)
{
    WRITE_CR_FIELD(FIELD(6, 3), fp_test_divide(FP_DOUBLE, FRA, FRB));
    return ISA_NEXT;
}
SEM(XSTSQRTDP)
{
    WRITE_CR_FIELD(FIELD(6, 3), fp_test_sqrt(FP_DOUBLE, FRB));
    return ISA_NEXT;
}
FP_BODY_INLINE enum isa_outcome vsx_test_divide(struct cpu *cpu, const struct insn *op,
                                                enum fp_format format)
{
    unsigned cr = 0;
    for (unsigned i = 0; i < vsx_elements(format); i++)
        cr |= fp_test_divide(format, vsx_element(&XA, format, i), vsx_element(&XB, format, i));
    WRITE_CR_FIELD(FIELD(6, 3), cr);
    return ISA_NEXT;
}
FP_BODY_INLINE enum isa_outcome vsx_test_sqrt(struct cpu *cpu, const struct insn *op,
                                              enum fp_format format)
{
    unsigned cr = 0;
    for (unsigned i = 0; i < vsx_elements(format); i++)
        cr |= fp_test_sqrt(format, vsx_element(&XB, format, i));
    WRITE_CR_FIELD(FIELD(6, 3), cr);
    return ISA_NEXT;
}
SEM(XVTDIVDP)
{
    return vsx_test_divide(cpu, op, FP_DOUBLE);
}
SEM(XVTDIVSP)
{
    return vsx_test_divide(cpu, op, FP_SINGLE);
}
SEM(XVTSQRTDP)
{
    return vsx_test_sqrt(cpu, op, FP_DOUBLE);
}
SEM(XVTSQRTSP)
{
    return vsx_test_sqrt(cpu, op, FP_SINGLE);
}

/* -- Rounding to an integer: only the "exact" forms (IC) can be inexact -- */
#define VSX_S_INTEGRAL(id, mode)                                                                   \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_integral(FP_BODY, mode, FRB);                                                    \
    }
VSX_S_INTEGRAL(XSRDPI, FP_RND_AWAY)
VSX_S_INTEGRAL(XSRDPIM, FP_RND_DOWN)
VSX_S_INTEGRAL(XSRDPIP, FP_RND_UP)
VSX_S_INTEGRAL(XSRDPIZ, FP_RND_ZERO)
SEM(XSRDPIC)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_round_integral(&env, fp_env_rounding(&env), FRB);
    return fp_complete(FP_BODY, &env, fp_result_class(FP_DOUBLE, value), value);
}

FP_BODY_INLINE enum isa_outcome vsx_integral(struct cpu *cpu, const struct insn *op,
                                             enum fp_rounding mode, uint64_t ignored,
                                             enum fp_format format)
{
    struct fp_env env = FP_ENV;
    const union vsr b = XB;
    union vsr t;
    for (unsigned i = 0; i < vsx_elements(format); i++)
        vsx_set_element(&t, format, i, fp_round_integral(&env, mode, vsx_element(&b, format, i)));
    env.raised &= ~ignored;
    return vsx_complete(cpu, op, &env, t);
}
#define VSX_V_INTEGRAL(id, mode, format)                                                           \
    SEM(id)                                                                                        \
    {                                                                                              \
        return vsx_integral(cpu, op, mode, FPSCR_XX, format);                                      \
    }
VSX_V_INTEGRAL(XVRDPI, FP_RND_AWAY, FP_DOUBLE)
VSX_V_INTEGRAL(XVRDPIM, FP_RND_DOWN, FP_DOUBLE)
VSX_V_INTEGRAL(XVRDPIP, FP_RND_UP, FP_DOUBLE)
VSX_V_INTEGRAL(XVRDPIZ, FP_RND_ZERO, FP_DOUBLE)
VSX_V_INTEGRAL(XVRSPI, FP_RND_AWAY, FP_SINGLE)
VSX_V_INTEGRAL(XVRSPIM, FP_RND_DOWN, FP_SINGLE)
VSX_V_INTEGRAL(XVRSPIP, FP_RND_UP, FP_SINGLE)
VSX_V_INTEGRAL(XVRSPIZ, FP_RND_ZERO, FP_SINGLE)
SEM(XVRDPIC)
{
    return vsx_integral(cpu, op, (enum fp_rounding)(cpu->fpscr & FPSCR_RN), 0, FP_DOUBLE);
}
SEM(XVRSPIC)
{
    return vsx_integral(cpu, op, (enum fp_rounding)(cpu->fpscr & FPSCR_RN), 0, FP_SINGLE);
}

/* -- Conversions between formats -- */
SEM(XSRSP)
{
    return fp_unary(FP_BODY, FP_OP_ROUND_SINGLE, FP_SINGLE, FRB);
}
SEM(XSCVDPSP)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_round_single(&env, FRB);
    return fp_complete(FP_BODY, &env, fp_result_class(FP_SINGLE, value),
                       vsx_both_words(fp_narrow(value)));
}
SEM(XSCVSPDP)
{
    struct fp_env env = FP_ENV;
    const uint64_t value = fp_quieten(&env, fp_widen(VSR_W(XB, 0)));
    return fp_complete(FP_BODY, &env, fp_result_class(FP_DOUBLE, value), value);
}
/* The non-signalling forms move NaNs as they are and leave the FPSCR alone. */
SEM(XSCVDPSPN)
{
    return fp_move(FP_BODY, vsx_both_words(fp_narrow(FRB)));
}
SEM(XSCVSPDPN)
{
    return fp_move(FP_BODY, fp_widen(VSR_W(XB, 0)));
}

/* Element i of doublewords: `value` in terms of env and d, the doubleword of XB. */
#define VSX_V_CONVERT(id, value)                                                                   \
    SEM(id)                                                                                        \
    {                                                                                              \
        struct fp_env env = FP_ENV;                                                                \
        union vsr t = XB;                                                                          \
        for (unsigned i = 0; i < 2; i++) {                                                         \
            const uint64_t d = t.d[i];                                                             \
            t.d[i] = (value);                                                                      \
        }                                                                                          \
        return vsx_complete(cpu, op, &env, t);                                                     \
    }
/* The same for words: w is the word of XB. */
#define VSX_V_CONVERT_W(id, value)                                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        struct fp_env env = FP_ENV;                                                                \
        union vsr t = XB;                                                                          \
        for (unsigned i = 0; i < 4; i++) {                                                         \
            const uint32_t w = t.w[i];                                                             \
            t.w[i] = (value);                                                                      \
        }                                                                                          \
        return vsx_complete(cpu, op, &env, t);                                                     \
    }
/* The single-precision or word operand that stands in the left half of a doubleword. */
#define VSX_LEFT(d) ((uint32_t)((d) >> 32))

VSX_V_CONVERT(XVCVDPSP, vsx_both_words(fp_narrow(fp_round_single(&env, d))))
VSX_V_CONVERT(XVCVSPDP, fp_quieten(&env, fp_widen(VSX_LEFT(d))))

/* -- To integers: always truncating -- */
#define VSX_S_INTEGER(id, type)                                                                    \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_integer(FP_BODY, true, type, FRB);                                               \
    }
VSX_S_INTEGER(XSCVDPSXDS, FP_INT64)
VSX_S_INTEGER(XSCVDPUXDS, FP_UINT64)
#define VSX_S_INTEGER_W(id, type)                                                                  \
    SEM(id)                                                                                        \
    {                                                                                              \
        struct fp_env env = FP_ENV;                                                                \
        const uint64_t value = fp_to_integer(&env, FP_RND_ZERO, type, FRB);                        \
        return fp_complete(FP_BODY, &env, FPRF_KEEP, vsx_both_words((uint32_t)value));             \
    }
VSX_S_INTEGER_W(XSCVDPSXWS, FP_INT32)
VSX_S_INTEGER_W(XSCVDPUXWS, FP_UINT32)
#define VSX_TRUNCATE(type, value) fp_to_integer(&env, FP_RND_ZERO, type, value)
VSX_V_CONVERT(XVCVDPSXDS, VSX_TRUNCATE(FP_INT64, d))
VSX_V_CONVERT(XVCVDPUXDS, VSX_TRUNCATE(FP_UINT64, d))
VSX_V_CONVERT(XVCVDPSXWS, vsx_both_words((uint32_t)VSX_TRUNCATE(FP_INT32, d)))
VSX_V_CONVERT(XVCVDPUXWS, vsx_both_words((uint32_t)VSX_TRUNCATE(FP_UINT32, d)))
VSX_V_CONVERT(XVCVSPSXDS, VSX_TRUNCATE(FP_INT64, fp_widen(VSX_LEFT(d))))
VSX_V_CONVERT(XVCVSPUXDS, VSX_TRUNCATE(FP_UINT64, fp_widen(VSX_LEFT(d))))
VSX_V_CONVERT_W(XVCVSPSXWS, (uint32_t)VSX_TRUNCATE(FP_INT32, fp_widen(w)))
VSX_V_CONVERT_W(XVCVSPUXWS, (uint32_t)VSX_TRUNCATE(FP_UINT32, fp_widen(w)))

/* -- From integers -- */
#define VSX_S_FROM(id, what, format)                                                               \
    SEM(id)                                                                                        \
    {                                                                                              \
        return fp_unary(FP_BODY, what, format, FRB);                                               \
    }
VSX_S_FROM(XSCVSXDDP, FP_OP_FROM_SIGNED, FP_DOUBLE)
VSX_S_FROM(XSCVSXDSP, FP_OP_FROM_SIGNED, FP_SINGLE)
VSX_S_FROM(XSCVUXDDP, FP_OP_FROM_UNSIGNED, FP_DOUBLE)
VSX_S_FROM(XSCVUXDSP, FP_OP_FROM_UNSIGNED, FP_SINGLE)
VSX_V_CONVERT(XVCVSXDDP, fp_from_signed(&env, FP_DOUBLE, (int64_t)d))
VSX_V_CONVERT(XVCVUXDDP, fp_from_unsigned(&env, FP_DOUBLE, d))
VSX_V_CONVERT(XVCVSXDSP, vsx_both_words(fp_narrow(fp_from_signed(&env, FP_SINGLE, (int64_t)d))))
VSX_V_CONVERT(XVCVUXDSP, vsx_both_words(fp_narrow(fp_from_unsigned(&env, FP_SINGLE, d))))
VSX_V_CONVERT_W(XVCVSXWSP, fp_narrow(fp_from_signed(&env, FP_SINGLE, (int32_t)w)))
VSX_V_CONVERT_W(XVCVUXWSP, fp_narrow(fp_from_unsigned(&env, FP_SINGLE, w)))

/* A word is always exact in double format: these two do not know the FPSCR. */
#define VSX_V_FROM_W(id, expr)                                                                     \
    SEM(id)                                                                                        \
    {                                                                                              \
        struct fp_env env = {0};                                                                   \
        union vsr t = XB;                                                                          \
        for (unsigned i = 0; i < 2; i++)                                                           \
            t.d[i] = (expr);                                                                       \
        WRITE_XT(t);                                                                               \
        return ISA_NEXT;                                                                           \
    }
VSX_V_FROM_W(XVCVSXWDP, fp_from_signed(&env, FP_DOUBLE, (int32_t)VSX_LEFT(t.d[i])))
VSX_V_FROM_W(XVCVUXWDP, fp_from_unsigned(&env, FP_DOUBLE, VSX_LEFT(t.d[i])))

/* -- Merges of words of FPRs (Book I 4.6.5) -- */
SEM(FMRGOW)
{
    return fp_move(FP_BODY, FRA << 32 | (uint32_t)FRB);
}
SEM(FMRGEW)
{
    return fp_move(FP_BODY, (FRA & UINT64_C(0xffffffff00000000)) | FRB >> 32);
}

#undef VSX_LEFT
#undef VSX_TRUNCATE

#endif
