/*
 * Virtual time (contract 3): an integer count of core cycles. Without a pipeline model an
 * instruction takes `cpi` cycles; idle time is added when every vCPU waits.
 */
#ifndef HORNPIPE_ISA_CLOCK_H
#define HORNPIPE_ISA_CLOCK_H

#include <stdint.h>

#define TIMEBASE_HZ UINT64_C(512000000)

struct isa_clock {
    uint64_t hz;          /* core cycles a second of virtual time, --clock */
    uint64_t cpi;         /* cycles an instruction, --cpi */
    uint64_t idle_cycles; /* cycles skipped while nothing ran */
};

/* Timebase ticks after `cycles` core cycles, rounded down. */
static inline uint64_t clock_timebase(const struct isa_clock *clock, uint64_t cycles)
{
    return (uint64_t)((unsigned __int128)cycles * TIMEBASE_HZ / clock->hz);
}

/* First cycle at which the timebase is at least `tb`. */
static inline uint64_t clock_cycles_at(const struct isa_clock *clock, uint64_t tb)
{
    return (uint64_t)(((unsigned __int128)tb * clock->hz + TIMEBASE_HZ - 1) / TIMEBASE_HZ);
}

/* Cycle at which an instruction count is reached: the one place that turns counts into time. */
static inline uint64_t clock_cycles(const struct isa_clock *clock, uint64_t icount)
{
    return icount * clock->cpi + clock->idle_cycles;
}

#endif
