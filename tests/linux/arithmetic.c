/*
 * Integers and floating point of a program on a real kernel, and how glibc prints them. What it
 * prints must be the same under user-mode emulation.
 * builds: 64 32
 */
#include <fenv.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "../user/check.h"

static uint64_t random_state = 0x123456789abcdef0;

static uint64_t random64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Quotient by shifting and subtracting: never the instruction or the library that is judged. */
static uint64_t slow_divide(uint64_t a, uint64_t b, uint64_t *rest)
{
    uint64_t quotient = 0, left = 0;
    for (int i = 63; i >= 0; i--) {
        const int carried = left >> 63;
        left = left << 1 | (a >> i & 1);
        if (carried || left >= b) {
            left -= b;
            quotient |= 1ull << i;
        }
    }
    *rest = left;
    return quotient;
}

static void check_division(void)
{
    uint64_t digest = 0;
    for (int i = 0; i < 2000; i++) {
        const uint64_t a = random64() >> (i & 31), b = (random64() >> (i * 7 & 63)) | 1;
        uint64_t rest;
        const uint64_t quotient = slow_divide(a, b, &rest);
        CHECK(a / b == quotient && a % b == rest);
        const int64_t sa = (int64_t)a, sb = (int64_t)(b >> 1 | 1);
        CHECK(sa / sb * sb + sa % sb == sa);
        CHECK((int32_t)a == INT_MIN || (int32_t)a / 7 * 7 + (int32_t)a % 7 == (int32_t)a);
        digest = digest * 31 + quotient + rest;
    }
    printf("division %016llx\n", (unsigned long long)digest);
    CHECK(LLONG_MIN / 3 == -3074457345618258602LL);
}

static void check_multiply(void)
{
    uint64_t digest = 0;
    for (int i = 0; i < 2000; i++) {
        const uint64_t a = random64(), b = random64();
        const uint64_t low = (uint32_t)a * (uint64_t)(uint32_t)b;
        const uint64_t mid1 = (a >> 32) * (uint32_t)b, mid2 = (uint32_t)a * (b >> 32);
        CHECK(a * b == low + (mid1 << 32) + (mid2 << 32));
        int64_t sum;
        CHECK(__builtin_add_overflow((int64_t)a, (int64_t)b, &sum) ==
              ((int64_t)((a ^ (uint64_t)sum) & (b ^ (uint64_t)sum)) < 0));
        digest += a * b + (uint64_t)__builtin_popcountll(a) + (uint64_t)__builtin_clzll(b | 1) +
                  __builtin_bswap64(a);
    }
    printf("multiply %016llx\n", (unsigned long long)digest);
    const union {
        uint32_t word;
        uint8_t bytes[4];
    } order = {0x01020304};
    CHECK(order.bytes[0] == 1 && order.bytes[3] == 4);
}

static void check_float(void)
{
    volatile double one = 1, three = 3, tiny = DBL_MIN, huge = DBL_MAX, zero = 0;
    char text[80];
    snprintf(text, sizeof text, "%.17g %a %.9g", one / three, one / three,
             (float)one / (float)three);
    CHECK(!strcmp(text, "0.33333333333333331 0x1.5555555555555p-2 0.333333343"));
    snprintf(text, sizeof text, "%g %g %g %g", tiny / 4, huge * 2, zero / zero, -zero);
    CHECK(!strcmp(text, "5.56268e-309 inf nan -0") || !strcmp(text, "5.56268e-309 inf -nan -0"));
    CHECK(fma(0x1.0000001p0, 0x1.0000001p0, -1) == 0x1.00000008p-27);
    CHECK(sqrt(2) == 0x1.6a09e667f3bcdp0 && (int64_t)-1e18 == -1000000000000000000LL);
    CHECK((uint64_t)1.8e19 == 18000000000000000000ULL && (double)UINT64_MAX == 0x1p64);
    for (int mode = 0; mode < 4; mode++) {
        fesetround(mode);
        feclearexcept(FE_ALL_EXCEPT);
        printf("round %d: %a %a %x\n", mode, one / three, rint(-2.5), fetestexcept(FE_ALL_EXCEPT));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    (void)(one / zero);
    volatile double infinite = one / zero;
    CHECK(isinf(infinite) && fetestexcept(FE_ALL_EXCEPT) == FE_DIVBYZERO);
    long double pair = 1;
    for (int i = 1; i < 40; i++)
        pair = pair / i + 1;
    printf("long double %.33Lg\n", pair);
    double sum = 0;
    for (int i = 1; i < 3000; i++)
        sum += sin(i) * exp(-i / 1000.0) + pow(i, 0.3) - log(i) + atan2(i, 3 - i) + cbrt(i);
    printf("functions %.17g %a\n", sum, sum);
    printf("printed %f %e %.0f %.3g %Lf %s\n", 1e10 / 3, 1e-300, 0.5, 12345.678, 2.5L, "text");
    CHECK(strtod("1.7976931348623157e308", NULL) == DBL_MAX &&
          strtod("4.9e-324", NULL) == 0x1p-1074);
}

int main(void)
{
    check_division();
    check_multiply();
    check_float();
    return finish();
}
