/* Numbers as users write them on a command line. */
#ifndef HORNPIPE_BASE_NUMBERS_H
#define HORNPIPE_BASE_NUMBERS_H

#include <stdint.h>

enum number_result {
    NUMBER_OK,
    NUMBER_MALFORMED, /* not of the form; also when something follows it */
    NUMBER_TOO_LARGE, /* of the form, but no uint64_t */
};

/*
 * A size: "512M", "1.5G", "0x1000", suffixes B K M G T P E in powers of 1024, either case.
 * Without a suffix it counts `unit` bytes. A fraction of a byte is dropped.
 */
enum number_result number_parse_size(const char *text, uint64_t unit, uint64_t *out);

/* A count: "100", "0x64", "10k", "1.5M", suffixes k M G T P E in powers of 1000, either case. */
enum number_result number_parse_count(const char *text, uint64_t *out);

/* A time in nanoseconds: "1.5s", "200ms", "10us", "5ns"; the unit must be given. */
enum number_result number_parse_time(const char *text, uint64_t *ns);

#endif
