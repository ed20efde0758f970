#include "base/numbers.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { FRACTION_DIGITS = 12 }; /* further ones are below any unit's resolution */

struct decimal {
    uint64_t whole;
    uint64_t fraction, fraction_one; /* fraction / fraction_one is what follows the point */
    const char *rest;
};

static int digit_value(char c, unsigned base)
{
    int value = -1;
    if (c >= '0' && c <= '9')
        value = c - '0';
    else if (c >= 'a' && c <= 'f')
        value = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
        value = c - 'A' + 10;
    return value >= 0 && (unsigned)value < base ? value : -1;
}

static void read_fraction(struct decimal *d)
{
    unsigned digits = 0;
    for (; digit_value(*d->rest, 10) >= 0; d->rest++) {
        if (digits++ >= FRACTION_DIGITS)
            continue;
        d->fraction = d->fraction * 10 + (uint64_t)digit_value(*d->rest, 10);
        d->fraction_one *= 10;
    }
}

/* Digits, or 0x and hexadecimal digits, or digits, a point and digits. */
static enum number_result read_decimal(const char *text, struct decimal *d)
{
    unsigned base = 10;
    *d = (struct decimal){.fraction_one = 1, .rest = text};
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        d->rest += 2;
    }
    if (digit_value(*d->rest, base) < 0)
        return NUMBER_MALFORMED;

    bool too_large = false;
    for (; digit_value(*d->rest, base) >= 0; d->rest++) {
        const uint64_t digit = (uint64_t)digit_value(*d->rest, base);
        too_large |= __builtin_mul_overflow(d->whole, base, &d->whole);
        too_large |= __builtin_add_overflow(d->whole, digit, &d->whole);
    }
    if (base == 10 && d->rest[0] == '.' && digit_value(d->rest[1], 10) >= 0) {
        d->rest++;
        read_fraction(d);
    }
    return too_large ? NUMBER_TOO_LARGE : NUMBER_OK;
}

static enum number_result scale(const struct decimal *d, uint64_t unit, uint64_t *out)
{
    const unsigned __int128 value = (unsigned __int128)d->whole * unit +
                                    (unsigned __int128)d->fraction * unit / d->fraction_one;
    if (value > UINT64_MAX)
        return NUMBER_TOO_LARGE;
    *out = (uint64_t)value;
    return NUMBER_OK;
}

/*
 * A number with at most one suffix letter out of `letters`, whose n-th is step to the power n.
 * A blank among the letters is no suffix.
 */
static enum number_result read_suffixed(const char *text, const char *letters, uint64_t step,
                                        uint64_t unit, uint64_t *out)
{
    struct decimal d;
    const enum number_result result = read_decimal(text, &d);
    if (result == NUMBER_MALFORMED)
        return result;
    if (*d.rest) {
        const char upper = (char)(*d.rest >= 'a' && *d.rest <= 'z' ? *d.rest - 'a' + 'A' : *d.rest);
        const char *letter = strchr(letters, upper);
        if (!letter || *letter == ' ' || d.rest[1])
            return NUMBER_MALFORMED;
        unit = 1;
        for (ptrdiff_t i = letter - letters; i > 0; i--)
            unit *= step;
    }
    return result == NUMBER_OK ? scale(&d, unit, out) : result;
}

enum number_result number_parse_size(const char *text, uint64_t unit, uint64_t *out)
{
    return read_suffixed(text, "BKMGTPE", 1024, unit, out);
}

enum number_result number_parse_count(const char *text, uint64_t *out)
{
    return read_suffixed(text, " KMGTPE", 1000, 1, out);
}

enum number_result number_parse_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    struct decimal d;
    const enum number_result result = read_decimal(text, &d);
    if (result == NUMBER_MALFORMED)
        return result;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(d.rest, units[i].name) == 0)
            return result == NUMBER_OK ? scale(&d, units[i].ns, ns) : result;
    }
    return NUMBER_MALFORMED;
}
