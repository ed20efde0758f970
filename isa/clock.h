/*
 * Virtual time (contract 3): an integer count of core cycles. Without a pipeline model an
 * instruction takes `cpi` cycles; idle time is added when every vCPU waits. Each vCPU has a time of
 * its own (cpu_cycles()): they advance in parallel, in turns (sim/loop.h).
 */
#ifndef HORNPIPE_ISA_CLOCK_H
#define HORNPIPE_ISA_CLOCK_H

#include <stdint.h>

#define TIMEBASE_HZ UINT64_C(512000000)

/*
 * Several vCPUs: a turn ends at the next multiple of this many cycles. Shorter ones cost time, as
 * the host's caches are another vCPU's; longer ones let a vCPU wait longer for what another writes.
 */
enum { CLOCK_TURN_CYCLES = 20000 };

struct isa_clock {
    uint64_t hz;          /* core cycles a second of virtual time, --clock */
    uint64_t cpi;         /* cycles an instruction, --cpi */
    uint64_t idle_cycles; /* cycles skipped while nothing ran */
    uint64_t now;         /* the machine's time between two runs: no vCPU that runs is behind it */
};

/* Up to this clock a division of 128 bits, which is slow, is not needed for timebase ticks. */
#define CLOCK_HZ_MAX (UINT64_C(1) << 34)

/* (a * b + round) / c modulo 2^64, where b * c < 2^63: `a` is whole c and a rest. */
static inline uint64_t clock_scale(uint64_t a, uint64_t b, uint64_t c, uint64_t round)
{
    return a / c * b + (a % c * b + round) / c;
}

/* Timebase ticks after `cycles` core cycles, rounded down. */
static inline uint64_t clock_timebase(const struct isa_clock *clock, uint64_t cycles)
{
    if (__builtin_expect(clock->hz <= CLOCK_HZ_MAX, 1))
        return clock_scale(cycles, TIMEBASE_HZ, clock->hz, 0);
    return (uint64_t)((unsigned __int128)cycles * TIMEBASE_HZ / clock->hz);
}

/* First cycle at which the timebase is at least `tb`. */
static inline uint64_t clock_cycles_at(const struct isa_clock *clock, uint64_t tb)
{
    if (__builtin_expect(clock->hz <= CLOCK_HZ_MAX, 1))
        return clock_scale(tb, clock->hz, TIMEBASE_HZ, TIMEBASE_HZ - 1);
    return (uint64_t)(((unsigned __int128)tb * clock->hz + TIMEBASE_HZ - 1) / TIMEBASE_HZ);
}

/* Cycle at which one vCPU that never waited alone reaches an instruction count. */
static inline uint64_t clock_cycles(const struct isa_clock *clock, uint64_t icount)
{
    return icount * clock->cpi + clock->idle_cycles;
}

#endif
