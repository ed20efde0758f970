/* Rounding, overflow, underflow, and the form of a result (Book I 5.5). */
#include <assert.h>

#include "isa/dfp/dfp_core.h"

enum dfp_rounding dfp_rounding_of(const struct fp_env *env, bool secondary, unsigned rmc)
{
    static const enum dfp_rounding modes[2][4] = {
        {DFP_RND_NEAREST_EVEN, DFP_RND_ZERO, DFP_RND_NEAREST_AWAY, DFP_RND_NEAREST_EVEN},
        {DFP_RND_UP, DFP_RND_DOWN, DFP_RND_AWAY, DFP_RND_NEAREST_ZERO}};
    return !secondary && rmc == 3 ? dfp_env_rounding(env) : modes[secondary][rmc];
}

/* True if the magnitude is to be incremented: `last` digit kept, `next` digit and more lost. */
static bool round_up(enum dfp_rounding mode, bool sign, unsigned last, unsigned next, bool more)
{
    switch (mode) {
    case DFP_RND_NEAREST_EVEN:
        return next > 5 || (next == 5 && (more || (last & 1)));
    case DFP_RND_ZERO:
        return false;
    case DFP_RND_UP:
        return (next || more) && !sign;
    case DFP_RND_DOWN:
        return (next || more) && sign;
    case DFP_RND_NEAREST_AWAY:
        return next >= 5;
    case DFP_RND_NEAREST_ZERO:
        return next > 5 || (next == 5 && more);
    case DFP_RND_AWAY:
        return next || more;
    case DFP_RND_PREPARE_SHORTER:
        return (next || more) && (last == 0 || last == 5);
    }
    return false;
}

static unsigned last_digit(const struct dfp_wide *w)
{
    /* 2^64 is 6 modulo 10, and so are its powers. */
    return (
        unsigned)((w->limb[0] % 10 + 6 * (w->limb[1] % 10 + w->limb[2] % 10 + w->limb[3] % 10)) %
                  10);
}

struct dfp_rounded dfp_round_off(enum dfp_rounding mode, bool sign, struct dfp_wide c,
                                 unsigned digits, bool sticky)
{
    unsigned next = 0;
    if (digits) {
        sticky |= dfp_wide_drop(&c, digits - 1);
        next = last_digit(&c);
        dfp_wide_drop(&c, 1);
    }
    struct dfp_rounded r = {c, next || sticky, false};
    r.incremented = round_up(mode, sign, last_digit(&c), next, sticky);
    if (r.incremented)
        r.coefficient = dfp_wide_add(c, dfp_wide_from(1));
    return r;
}

bool dfp_is_wrapped(const struct fp_env *env)
{
    return ((env->raised & FPSCR_OX) && (env->fpscr & FPSCR_OE)) ||
           ((env->raised & FPSCR_UX) && (env->fpscr & FPSCR_UE));
}

/* An overflow that is not enabled (5.5.10.3): infinity or the greatest number. */
static struct dfp_number overflowed(struct fp_env *env, const struct dfp_format *format, bool sign)
{
    const enum dfp_rounding mode = dfp_env_rounding(env);
    const bool stays = mode == DFP_RND_ZERO || mode == DFP_RND_PREPARE_SHORTER ||
                       mode == (sign ? DFP_RND_UP : DFP_RND_DOWN);
    env->raised |= FPSCR_OX;
    dfp_raise_inexact(env, !stays);
    if (!stays)
        return dfp_infinity(sign);
    return (struct dfp_number){.kind = DFP_FINITE,
                               .sign = sign,
                               .exp = format->xmax,
                               .coefficient = dfp_power(format->precision) - 1};
}

static int clamp(int v, int least, int most)
{
    return v < least ? least : v > most ? most : v;
}

/*
 * The form of an exact value whose exponent is nearest to `ideal`: with at most `precision` digits
 * and an exponent that `range` has.
 */
static void choose_form(struct dfp_number *n, unsigned precision, const struct dfp_format *range,
                        int ideal)
{
    const int target = clamp(ideal, range->xmin, range->xmax);
    while (n->exp < target && n->coefficient % 10 == 0) {
        n->coefficient /= 10;
        n->exp++;
    }
    const unsigned room = precision - dfp_digits(n->coefficient);
    if (n->exp > target) {
        const unsigned wanted = (unsigned)(n->exp - target);
        const unsigned moved = wanted < room ? wanted : room;
        n->coefficient *= dfp_power(moved);
        n->exp -= (int)moved;
    }
}

struct dfp_number dfp_round(struct fp_env *env, const struct dfp_format *format,
                            const struct dfp_format *source, struct dfp_exact v)
{
    const int wrap = source == format ? format->wrap : source->narrow_wrap;
    const unsigned precision = format->precision;
    const struct dfp_format *range = format;
    if (dfp_wide_is_zero(&v.coefficient)) {
        assert(!v.sticky);
        return dfp_zero(v.sign, clamp(v.ideal, format->xmin, format->xmax));
    }
    const unsigned digits = dfp_wide_digits(&v.coefficient);
    assert(!v.sticky || digits > precision);
    unsigned excess = digits > precision ? digits - precision : 0;
    const bool tiny = v.exp + (int)digits - 1 < format->emin;
    if (tiny && (env->fpscr & FPSCR_UE)) {
        env->raised |= FPSCR_UX;
        range = source;
        v.exp += wrap;
        v.ideal += wrap;
    } else if (tiny && format->xmin - v.exp > (int)excess) {
        excess = (unsigned)(format->xmin - v.exp);
    }

    const struct dfp_rounded r =
        dfp_round_off(dfp_env_rounding(env), v.sign, v.coefficient, excess, v.sticky);
    struct dfp_number n = {.kind = DFP_FINITE,
                           .sign = v.sign,
                           .exp = v.exp + (int)excess,
                           .coefficient = dfp_wide_low(&r.coefficient)};
    if (n.coefficient == dfp_power(precision)) {
        n.coefficient /= 10;
        n.exp++;
    }
    if (range == format && n.exp + (int)dfp_digits(n.coefficient) > format->xmax + (int)precision) {
        if (!(env->fpscr & FPSCR_OE))
            return overflowed(env, format, v.sign);
        env->raised |= FPSCR_OX;
        range = source;
        n.exp -= wrap;
        v.ideal -= wrap;
    }
    if (r.inexact) {
        dfp_raise_inexact(env, r.incremented);
        if (tiny)
            env->raised |= FPSCR_UX;
        v.ideal = range->xmin; /* an inexact result has all its digits */
    }
    choose_form(&n, precision, range, v.ideal);
    return n;
}

struct dfp_number dfp_propagate(struct fp_env *env, struct dfp_number a, struct dfp_number b)
{
    if (a.kind != DFP_SNAN && (b.kind == DFP_SNAN || a.kind != DFP_QNAN))
        a = b;
    return dfp_quieten(env, a);
}
