/*
 * Decimal arithmetic by the instructions of the decimal chapter: a loan's table, pi by Machin's
 * formula, and every operation on operands of all sizes. Prints the bits of the results, and what
 * they are in decimal.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t random_state = 1;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t bits64(_Decimal64 d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return bits;
}

/* A running sum over the results of many operations: each must be right for it to be right. */
static uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
}

static uint64_t mix64(uint64_t sum, _Decimal64 d)
{
    return mix(sum, bits64(d));
}

static uint64_t mix128(uint64_t sum, _Decimal128 d)
{
    uint64_t bits[2];
    memcpy(bits, &d, sizeof bits);
    return mix(mix(sum, bits[0]), bits[1]);
}

static void show64(const char *name, _Decimal64 d)
{
    printf("%s %016llx about %.15g\n", name, (unsigned long long)bits64(d), (double)d);
}

static void show128(const char *name, _Decimal128 d)
{
    const int64_t whole = (int64_t)d;
    const int64_t first = (int64_t)((d - whole) * 1e15DL);
    printf("%s %lld.%015lld sum %016llx\n", name, (long long)whole, (long long)first,
           (unsigned long long)mix128(0, d));
}

/* Rounding by DRN, 0 to 7, the last two being the decimal ones of the book. */
static __attribute__((noinline)) void set_rounding(int mode)
{
    const uint64_t image = (uint64_t)mode << 32;
    double d;
    memcpy(&d, &image, sizeof d);
    __asm__ volatile("mtfsf 1,%0,0,1" ::"d"(d));
}

static void loan(void)
{
    _Decimal64 rest = 250000.00DD;
    const _Decimal64 rate = 0.0425DD / 12, payment = 1547.61DD;
    int months = 0;
    while (rest > payment) {
        const _Decimal64 interest = rest * rate;
        /* Cents: adding and taking away what leaves two digits behind the point. */
        rest = rest + interest - payment;
        rest = (rest + 1e13DD) - 1e13DD;
        if (++months % 60 == 0)
            show64("rest", rest);
    }
    printf("%d months\n", months);
    show64("last payment", rest + rest * rate);
}

static _Decimal128 arctan_of_inverse(int x)
{
    _Decimal128 term = (_Decimal128)1 / x, sum = term;
    for (int n = 3; n < 60; n += 2) {
        term /= -(_Decimal128)(x * x);
        sum += term / n;
    }
    return sum;
}

static _Decimal64 draw64(void)
{
    _Decimal64 d = (_Decimal64)((int64_t)draw() >> (draw() % 63));
    for (unsigned n = (unsigned)(draw() % 12); n > 0; n--)
        d = draw() & 1 ? d / 10 : d * 1e3DD;
    return d;
}

static _Decimal128 draw128(void)
{
    const _Decimal128 d = (_Decimal128)(int64_t)draw() * (int64_t)draw();
    return draw() & 1 ? d / 1e17DL : d + draw64();
}

static __attribute__((noinline)) void operations64(int mode)
{
    uint64_t sum = 0, compared = 0;
    for (int i = 0; i < 3000; i++) {
        const _Decimal64 a = draw64(), b = draw64();
        sum = mix64(sum, a + b);
        sum = mix64(sum, a - b);
        sum = mix64(sum, a * b);
        if (b != 0)
            sum = mix64(sum, a / b);
        compared = mix(compared, (uint64_t)((a < b) + 2 * (a == b) + 4 * (a >= b)));
        sum = mix64(sum, (_Decimal64)(_Decimal32)a);
        if (a < 1e18DD && a > -1e18DD)
            sum = mix(sum, (uint64_t)(int64_t)a);
    }
    printf("64 bits, rounding %d: %016llx %016llx\n", mode, (unsigned long long)sum,
           (unsigned long long)compared);
}

/* No rounding to 64 bits: QEMU puts drdpq's result in the wrong register (drdpq-order). */
static __attribute__((noinline)) void operations128(int mode)
{
    uint64_t sum = 0, compared = 0;
    for (int i = 0; i < 2000; i++) {
        const _Decimal128 a = draw128(), b = draw128();
        sum = mix128(sum, a + b);
        sum = mix128(sum, a - b);
        sum = mix128(sum, a * b);
        if (b != 0)
            sum = mix128(sum, a / b);
        compared = mix(compared, (uint64_t)((a < b) + 2 * (a == b) + 4 * (a >= b)));
        if (a < 1e18DL && a > -1e18DL)
            sum = mix(sum, (uint64_t)(int64_t)a);
    }
    printf("128 bits, rounding %d: %016llx %016llx\n", mode, (unsigned long long)sum,
           (unsigned long long)compared);
}

/* What C has no operator for: exponents, digits moved, and binary-coded decimals. */
static void builtins(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < 2000; i++) {
        const _Decimal64 a = draw64();
        const _Decimal128 b = draw128();
        sum = mix(sum, (uint64_t)__builtin_dxex(a));
        sum = mix(sum, (uint64_t)__builtin_dxexq(b));
        sum = mix64(sum, __builtin_diex(390 + i % 20, a));
        sum = mix128(sum, __builtin_diexq(6170 + i % 20, b));
        sum = mix64(sum, __builtin_dscli(a, 3));
        sum = mix64(sum, __builtin_dscri(a, 5));
        sum = mix128(sum, __builtin_dscliq(b, 7));
        sum = mix128(sum, __builtin_dscriq(b, 11));
        sum = mix64(sum, __builtin_ddedpd(0, a));
        sum = mix64(sum, __builtin_denbcd(1, __builtin_ddedpd(2, a)));
    }
    printf("builtins: %016llx\n", (unsigned long long)sum);
}

int main(void)
{
    loan();
    show128("pi", 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239)));
    for (int mode = 0; mode < 8; mode++) {
        set_rounding(mode);
        operations64(mode);
        operations128(mode);
    }
    set_rounding(0);
    builtins();
    return 0;
}
