/*
 * What the floating-point benches share: the lines that tell a measuring host where the program's
 * own part begins and ends, and an end that powers the machine off when run as init.
 */
#ifndef BENCH_H
#define BENCH_H

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

static inline void bench_begin(const char *name)
{
    printf("\nbench %s begin\n", name);
    fflush(stdout);
}

/* Prints a double so that every bit of it is compared. */
static inline void bench_result(const char *what, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    printf("result %s %.12g %016" PRIx64 "\n", what, value, bits);
}

static inline int bench_end(const char *name)
{
    printf("bench %s end\n", name);
    fflush(stdout);
    if (getpid() == 1)
        reboot(RB_POWER_OFF);
    return 0;
}

#endif
