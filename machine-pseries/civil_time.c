/*
 * The proleptic Gregorian calendar. Years are counted from March, so that the leap day is a
 * year's last; 146097 days are 400 years.
 */
#include "civil_time.h"

enum { DAYS_400_YEARS = 146097, DAYS_TO_1970 = 719468 }; /* from 0000-03-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(uint32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 0000-03-01 to the first of a month; m is 0 for March. */
static int64_t days_before(int64_t year, uint32_t m)
{
    return 365 * year + floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400) +
           (153 * m + 2) / 5;
}

void civil_from_seconds(int64_t seconds, struct civil_time *out)
{
    const int64_t days = floor_div(seconds, 86400) + DAYS_TO_1970;
    const uint32_t in_day = (uint32_t)(seconds - floor_div(seconds, 86400) * 86400);
    const int64_t era = floor_div(days, DAYS_400_YEARS);
    const uint32_t d = (uint32_t)(days - era * DAYS_400_YEARS);
    /* Years of the era: leap days every 4, not every 100, and one at the end of the 400. */
    const uint32_t y = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    const uint32_t in_year = d - (365 * y + y / 4 - y / 100);
    const uint32_t m = (5 * in_year + 2) / 153;

    out->year = era * 400 + y + (m >= 10);
    out->month = m < 10 ? m + 3 : m - 9;
    out->day = in_year - (153 * m + 2) / 5 + 1;
    out->hour = in_day / 3600;
    out->minute = in_day / 60 % 60;
    out->second = in_day % 60;
}

bool civil_to_seconds(uint32_t year, uint32_t month, uint32_t day, uint32_t hour, uint32_t minute,
                      uint32_t second, int64_t *out)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (year < 1 || year > 9999 || month < 1 || month > 12 || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    if (day < 1 || day > lengths[month - 1] + (uint32_t)(month == 2 && is_leap(year)))
        return false;
    const int64_t march_year = (int64_t)year - (month < 3);
    const uint32_t m = month < 3 ? month + 9 : month - 3;
    const int64_t days = days_before(march_year, m) + day - 1 - DAYS_TO_1970;
    *out = ((days * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}
