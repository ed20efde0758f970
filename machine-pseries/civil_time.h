/* Seconds since 1970-01-01 00:00:00 UTC and the Gregorian calendar. */
#ifndef HORNPIPE_CIVIL_TIME_H
#define HORNPIPE_CIVIL_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct civil_time {
    int64_t year;
    uint32_t month, day; /* from 1 */
    uint32_t hour, minute, second;
};

void civil_from_seconds(int64_t seconds, struct civil_time *out);

/* False if there is no such date (years 1 to 9999) or time (no leap seconds). */
bool civil_to_seconds(uint32_t year, uint32_t month, uint32_t day, uint32_t hour, uint32_t minute,
                      uint32_t second, int64_t *out);

#endif
