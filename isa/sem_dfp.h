/* Bodies of insns_dfp.def: decimal floating point (Book I 5). */
#ifndef HORNPIPE_ISA_SEM_DFP_H
#define HORNPIPE_ISA_SEM_DFP_H

#include "isa/dfp/dfp_body.h"

/* -- Long, from and to short (primary opcode 59) -- */
SEM(DADD)
{
    return dfp_binary(FP_BODY, dfp_add, &dfp_long);
}
SEM(DQUA)
{
    return dfp_dqua(FP_BODY, &dfp_long);
}
SEM(DMUL)
{
    return dfp_binary(FP_BODY, dfp_mul, &dfp_long);
}
SEM(DRRND)
{
    return dfp_drrnd(FP_BODY, &dfp_long);
}
SEM(DSCLI)
{
    return dfp_dscli(FP_BODY, &dfp_long);
}
SEM(DQUAI)
{
    return dfp_dquai(FP_BODY, &dfp_long);
}
SEM(DSCRI)
{
    return dfp_dscri(FP_BODY, &dfp_long);
}
SEM(DRINTX)
{
    return dfp_drint(FP_BODY, true, &dfp_long);
}
SEM(DCMPO)
{
    return dfp_compare_body(FP_BODY, true, &dfp_long);
}
SEM(DTSTEX)
{
    return dfp_tested(FP_BODY, dfp_test_exponent(dfp_read(cpu, &dfp_long, op->ra),
                                                 dfp_read(cpu, &dfp_long, op->rb)));
}
SEM(DTSTDC)
{
    return dfp_tested(FP_BODY,
                      dfp_test_class(&dfp_long, dfp_read(cpu, &dfp_long, op->ra), FIELD(16, 6)));
}
SEM(DTSTDG)
{
    return dfp_tested(FP_BODY,
                      dfp_test_group(&dfp_long, dfp_read(cpu, &dfp_long, op->ra), FIELD(16, 6)));
}
SEM(DRINTN)
{
    return dfp_drint(FP_BODY, false, &dfp_long);
}
/* A signalling NaN in short format is kept as it is: short is only how numbers are stored. */
SEM(DCTDP)
{
    const struct fp_env env = FP_ENV;
    return dfp_complete(FP_BODY, &env, &dfp_long,
                        dfp_widen(dfp_decode(&dfp_short, FRB & UINT32_MAX)));
}
SEM(DCTFIX)
{
    return dfp_dctfix(FP_BODY, &dfp_long);
}
SEM(DDEDPD)
{
    return dfp_ddedpd(FP_BODY, &dfp_long);
}
SEM(DXEX)
{
    return dfp_dxex(FP_BODY, &dfp_long);
}
SEM(DSUB)
{
    return dfp_binary(FP_BODY, dfp_sub, &dfp_long);
}
SEM(DDIV)
{
    return dfp_binary(FP_BODY, dfp_div, &dfp_long);
}
SEM(DCMPU)
{
    return dfp_compare_body(FP_BODY, false, &dfp_long);
}
SEM(DTSTSF)
{
    return dfp_tested(FP_BODY,
                      dfp_test_significance((unsigned)FRA & 63, dfp_read(cpu, &dfp_long, op->rb)));
}
/* A wrapped result is in long format, as the source (5.6.5.1); so it is with DRDPQ. */
SEM(DRSP)
{
    struct fp_env env = FP_ENV;
    const struct dfp_number result =
        dfp_narrow(&env, &dfp_short, &dfp_long, dfp_read(cpu, &dfp_long, op->rb));
    return dfp_complete(FP_BODY, &env, dfp_is_wrapped(&env) ? &dfp_long : &dfp_short, result);
}
SEM(DCFFIX)
{
    return dfp_dcffix(FP_BODY, &dfp_long);
}
SEM(DENBCD)
{
    return dfp_denbcd(FP_BODY, &dfp_long);
}
SEM(DIEX)
{
    return dfp_diex(FP_BODY, &dfp_long);
}

/* -- Extended: operands in even-odd pairs (primary opcode 63) -- */
SEM(DADDQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra | op->rb);
    return dfp_binary(FP_BODY, dfp_add, &dfp_extended);
}
SEM(DQUAQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra | op->rb);
    return dfp_dqua(FP_BODY, &dfp_extended);
}
SEM(DMULQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra | op->rb);
    return dfp_binary(FP_BODY, dfp_mul, &dfp_extended);
}
SEM(DRRNDQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_drrnd(FP_BODY, &dfp_extended);
}
SEM(DSCLIQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra);
    return dfp_dscli(FP_BODY, &dfp_extended);
}
SEM(DQUAIQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_dquai(FP_BODY, &dfp_extended);
}
SEM(DSCRIQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra);
    return dfp_dscri(FP_BODY, &dfp_extended);
}
SEM(DRINTXQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_drint(FP_BODY, true, &dfp_extended);
}
SEM(DCMPOQ)
{
    DFP_REQUIRE_EVEN(op->ra | op->rb);
    return dfp_compare_body(FP_BODY, true, &dfp_extended);
}
SEM(DTSTEXQ)
{
    DFP_REQUIRE_EVEN(op->ra | op->rb);
    return dfp_tested(FP_BODY, dfp_test_exponent(dfp_read(cpu, &dfp_extended, op->ra),
                                                 dfp_read(cpu, &dfp_extended, op->rb)));
}
SEM(DTSTDCQ)
{
    DFP_REQUIRE_EVEN(op->ra);
    return dfp_tested(
        FP_BODY, dfp_test_class(&dfp_extended, dfp_read(cpu, &dfp_extended, op->ra), FIELD(16, 6)));
}
SEM(DTSTDGQ)
{
    DFP_REQUIRE_EVEN(op->ra);
    return dfp_tested(
        FP_BODY, dfp_test_group(&dfp_extended, dfp_read(cpu, &dfp_extended, op->ra), FIELD(16, 6)));
}
SEM(DRINTNQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_drint(FP_BODY, false, &dfp_extended);
}
SEM(DCTQPQ)
{
    DFP_REQUIRE_EVEN(op->rt);
    struct fp_env env = FP_ENV;
    const struct dfp_number b = dfp_quieten(&env, dfp_read(cpu, &dfp_long, op->rb));
    return dfp_complete(FP_BODY, &env, &dfp_extended, dfp_widen(b));
}
SEM(DCTFIXQ)
{
    DFP_REQUIRE_EVEN(op->rb);
    return dfp_dctfix(FP_BODY, &dfp_extended);
}
SEM(DDEDPDQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_ddedpd(FP_BODY, &dfp_extended);
}
SEM(DXEXQ)
{
    DFP_REQUIRE_EVEN(op->rb);
    return dfp_dxex(FP_BODY, &dfp_extended);
}
SEM(DSUBQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra | op->rb);
    return dfp_binary(FP_BODY, dfp_sub, &dfp_extended);
}
SEM(DDIVQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->ra | op->rb);
    return dfp_binary(FP_BODY, dfp_div, &dfp_extended);
}
SEM(DCMPUQ)
{
    DFP_REQUIRE_EVEN(op->ra | op->rb);
    return dfp_compare_body(FP_BODY, false, &dfp_extended);
}
SEM(DTSTSFQ)
{
    DFP_REQUIRE_EVEN(op->rb);
    return dfp_tested(
        FP_BODY, dfp_test_significance((unsigned)FRA & 63, dfp_read(cpu, &dfp_extended, op->rb)));
}
/* The long result stands in the even register, zeros in the odd one. */
SEM(DRDPQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    struct fp_env env = FP_ENV;
    const struct dfp_number b = dfp_quieten(&env, dfp_read(cpu, &dfp_extended, op->rb));
    const struct dfp_number result = dfp_narrow(&env, &dfp_long, &dfp_extended, b);
    if (dfp_is_wrapped(&env))
        return dfp_complete(FP_BODY, &env, &dfp_extended, result);
    return dfp_complete_image(FP_BODY, &env, &dfp_extended, dfp_result_class(&dfp_long, result),
                              dfp_encode(&dfp_long, result) << 64);
}
SEM(DCFFIXQ)
{
    DFP_REQUIRE_EVEN(op->rt);
    return dfp_dcffix(FP_BODY, &dfp_extended);
}
SEM(DENBCDQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_denbcd(FP_BODY, &dfp_extended);
}
SEM(DIEXQ)
{
    DFP_REQUIRE_EVEN(op->rt | op->rb);
    return dfp_diex(FP_BODY, &dfp_extended);
}

#endif
