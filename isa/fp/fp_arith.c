#include <math.h>

#include "isa/fp/fp_core.h"

static struct fp_exact exact_of(const struct fp_operand *a)
{
    return (struct fp_exact){a->sign, a->exp, (fp_wide)a->sig << 64};
}

/* Product of two finite operands: at most 106 significant bits, exact. */
static struct fp_exact multiply(const struct fp_operand *a, const struct fp_operand *b)
{
    struct fp_exact out = {a->sign != b->sign, a->exp + b->exp + 1, (fp_wide)a->sig * b->sig};
    if (!(out.sig >> 127)) {
        out.sig <<= 1;
        out.exp--;
    }
    return out;
}

/*
 * Sum of two values of at most 106 significant bits, rounded. The lowest 22 bits of both are 0, so
 * shifting one place to make room loses nothing; a cancellation of more than one place needs
 * exponents that differ by one at most, where aligning loses nothing either.
 */
static uint64_t add_rounded(struct fp_env *env, enum fp_format format, struct fp_exact a,
                            struct fp_exact b)
{
    if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
        const struct fp_exact other = a;
        a = b;
        b = other;
    }
    const fp_wide aligned = fp_shift_jam(b.sig >> 1, (uint32_t)(a.exp - b.exp));
    a.sig >>= 1;
    a.exp++;
    a.sig = a.sign == b.sign ? a.sig + aligned : a.sig - aligned;
    if (!a.sig)
        return fp_zero(fp_cancelled_sign(env));
    const unsigned zeros = fp_clz128(a.sig);
    a.sig <<= zeros;
    a.exp -= (int32_t)zeros;
    return fp_round(env, format, a);
}

uint64_t fp_add(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b)
{
    const struct fp_operand x = fp_unpack(a), y = fp_unpack(b);
    if (x.kind == FP_KIND_NAN || y.kind == FP_KIND_NAN)
        return fp_propagate(env, a, b);
    if (x.kind == FP_KIND_INFINITY) {
        if (y.kind == FP_KIND_INFINITY && x.sign != y.sign)
            return fp_invalid(env, FPSCR_VXISI);
        return a;
    }
    if (y.kind == FP_KIND_INFINITY)
        return b;
    if (x.kind == FP_KIND_FINITE && y.kind == FP_KIND_FINITE)
        return add_rounded(env, format, exact_of(&x), exact_of(&y));
    if (x.kind == FP_KIND_FINITE)
        return fp_round(env, format, exact_of(&x));
    if (y.kind == FP_KIND_FINITE)
        return fp_round(env, format, exact_of(&y));
    return fp_zero(x.sign == y.sign ? x.sign : fp_cancelled_sign(env));
}

uint64_t fp_sub(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b)
{
    return fp_add(env, format, a, fp_is_nan(b) ? b : b ^ FP_SIGN);
}

uint64_t fp_mul(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b)
{
    const struct fp_operand x = fp_unpack(a), y = fp_unpack(b);
    const bool sign = x.sign != y.sign;
    if (x.kind == FP_KIND_NAN || y.kind == FP_KIND_NAN)
        return fp_propagate(env, a, b);
    if (x.kind == FP_KIND_INFINITY || y.kind == FP_KIND_INFINITY) {
        if (x.kind == FP_KIND_ZERO || y.kind == FP_KIND_ZERO)
            return fp_invalid(env, FPSCR_VXIMZ);
        return fp_infinity(sign);
    }
    if (x.kind == FP_KIND_ZERO || y.kind == FP_KIND_ZERO)
        return fp_zero(sign);
    return fp_round(env, format, multiply(&x, &y));
}

uint64_t fp_div(struct fp_env *env, enum fp_format format, uint64_t a, uint64_t b)
{
    const struct fp_operand x = fp_unpack(a), y = fp_unpack(b);
    const bool sign = x.sign != y.sign;
    if (x.kind == FP_KIND_NAN || y.kind == FP_KIND_NAN)
        return fp_propagate(env, a, b);
    if (x.kind == FP_KIND_INFINITY)
        return y.kind == FP_KIND_INFINITY ? fp_invalid(env, FPSCR_VXIDI) : fp_infinity(sign);
    if (y.kind == FP_KIND_INFINITY)
        return fp_zero(sign);
    if (y.kind == FP_KIND_ZERO) {
        if (x.kind == FP_KIND_ZERO)
            return fp_invalid(env, FPSCR_VXZDZ);
        env->raised |= FPSCR_ZX;
        return fp_infinity(sign);
    }
    if (x.kind == FP_KIND_ZERO)
        return fp_zero(sign);

    /* Both significands have their top bit set: the quotient has 63 or 64 bits. */
    const fp_wide dividend = (fp_wide)x.sig << 63;
    const fp_wide quotient = dividend / y.sig;
    struct fp_exact out = {sign, x.exp - y.exp, quotient << 64 | (dividend != quotient * y.sig)};
    if (!(out.sig >> 127)) {
        out.sig = out.sig << 1;
        out.exp--;
    }
    return fp_round(env, format, out);
}

/* Largest r with r * r <= v; v at least 2^126. */
static uint64_t square_root(fp_wide v)
{
    /* The host's root is good to 50 bits or so whatever its rounding; one step of Newton's doubles
     * that, and the loops make it exact. */
    const double guess = sqrt((double)(uint64_t)(v >> 64)) * 0x1p32;
    uint64_t r = guess < 0x1.fffffffffffffp63 ? (uint64_t)guess : UINT64_MAX;
    const fp_wide next = ((fp_wide)r + v / r) >> 1;
    r = next > UINT64_MAX ? UINT64_MAX : (uint64_t)next;
    while ((fp_wide)r * r > v)
        r--;
    while (r != UINT64_MAX && (fp_wide)(r + 1) * (r + 1) <= v)
        r++;
    return r;
}

uint64_t fp_sqrt(struct fp_env *env, enum fp_format format, uint64_t b)
{
    const struct fp_operand y = fp_unpack(b);
    if (y.kind == FP_KIND_NAN)
        return fp_propagate(env, b, b);
    if (y.kind == FP_KIND_ZERO)
        return b;
    if (y.sign)
        return fp_invalid(env, FPSCR_VXSQRT);
    if (y.kind == FP_KIND_INFINITY)
        return b;

    /* sig * 2^exp with an even exponent, as an integer of 127 or 128 bits. */
    const fp_wide radicand = (fp_wide)y.sig << 63 << ((unsigned)y.exp & 1);
    const uint64_t root = square_root(radicand);
    const bool inexact = (fp_wide)root * root != radicand;
    /* The analyzer takes unsigned __int128 for signed here. */
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    const struct fp_exact out = {false, y.exp >> 1, (fp_wide)root << 64 | inexact};
    return fp_round(env, format, out);
}

/* A multiply-add with a NaN among its operands: the first in the order a, b, c. */
static uint64_t fma_nan(struct fp_env *env, uint64_t a, uint64_t c, uint64_t b)
{
    if (fp_is_snan(a) || fp_is_snan(b) || fp_is_snan(c))
        env->raised |= FPSCR_VXSNAN;
    return (fp_is_nan(a) ? a : fp_is_nan(b) ? b : c) | FP_QUIET;
}

/* a * c + b of operands of which none is a NaN and no product is infinity times zero. */
static uint64_t fma_numbers(struct fp_env *env, enum fp_format format, const struct fp_operand *a,
                            const struct fp_operand *c, const struct fp_operand *b)
{
    const bool sign = a->sign != c->sign;
    if (a->kind == FP_KIND_INFINITY || c->kind == FP_KIND_INFINITY) {
        if (b->kind == FP_KIND_INFINITY && b->sign != sign)
            return fp_invalid(env, FPSCR_VXISI);
        return fp_infinity(sign);
    }
    if (b->kind == FP_KIND_INFINITY)
        return fp_infinity(b->sign);
    if (a->kind == FP_KIND_ZERO || c->kind == FP_KIND_ZERO) {
        if (b->kind == FP_KIND_FINITE)
            return fp_round(env, format, exact_of(b));
        return fp_zero(b->sign == sign ? sign : fp_cancelled_sign(env));
    }
    const struct fp_exact product = multiply(a, c);
    if (b->kind == FP_KIND_ZERO)
        return fp_round(env, format, product);
    return add_rounded(env, format, product, exact_of(b));
}

uint64_t fp_fma(struct fp_env *env, enum fp_format format, enum fp_fused kind, uint64_t a,
                uint64_t c, uint64_t b)
{
    const struct fp_operand x = fp_unpack(a), z = fp_unpack(c);
    struct fp_operand y = fp_unpack(b);
    const bool infinity_zero = (x.kind == FP_KIND_INFINITY && z.kind == FP_KIND_ZERO) ||
                               (x.kind == FP_KIND_ZERO && z.kind == FP_KIND_INFINITY);
    if (infinity_zero)
        env->raised |= FPSCR_VXIMZ;
    if (x.kind == FP_KIND_NAN || y.kind == FP_KIND_NAN || z.kind == FP_KIND_NAN)
        return fma_nan(env, a, c, b);
    if (infinity_zero)
        return FP_DEFAULT_NAN;
    if (kind & FP_MSUB)
        y.sign = !y.sign;
    const uint64_t result = fma_numbers(env, format, &x, &z, &y);
    return (kind & FP_NMADD) && !fp_is_nan(result) ? result ^ FP_SIGN : result;
}
