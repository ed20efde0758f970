/*
 * Clocks, through the vDSO and past it, never run back and agree; sleeping takes the time asked
 * for. builds: 64 32
 */
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "../user/check.h"

/* The kernel's own answer, with its struct: two longs. */
static int64_t asked(clockid_t clock)
{
    long time[2] = {0, 0};
    CHECK(syscall(SYS_clock_gettime, clock, time) == 0);
    return time[0] * 1000000000ll + time[1];
}

static int64_t told(clockid_t clock)
{
    struct timespec time;
    CHECK(!clock_gettime(clock, &time) && time.tv_nsec >= 0 && time.tv_nsec < 1000000000);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static void check_vdso(void)
{
    const ElfW(Ehdr) *vdso = (const void *)getauxval(AT_SYSINFO_EHDR);
    CHECK(vdso && !memcmp(vdso->e_ident, ELFMAG, 4) && vdso->e_ident[EI_DATA] == ELFDATA2MSB);
    if (!vdso)
        return;
    CHECK(vdso->e_machine == (sizeof(long) == 8 ? EM_PPC64 : EM_PPC));
    CHECK(vdso->e_ident[EI_CLASS] == (sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32));
    const char *platform = (const char *)getauxval(AT_PLATFORM);
    const char *base = (const char *)getauxval(AT_BASE_PLATFORM);
    printf("platform %s base %s hwcap %lx hwcap2 %lx page %lu\n", platform ? platform : "none",
           base ? base : "none", getauxval(AT_HWCAP), getauxval(AT_HWCAP2), getauxval(AT_PAGESZ));
}

static void check_order(clockid_t clock)
{
    int64_t last = told(clock);
    for (int i = 0; i < 3000; i++) {
        const int64_t now = i % 16 ? told(clock) : asked(clock);
        CHECK(now >= last && now - last < 1000000000);
        last = now;
    }
}

static uint64_t timebase(void)
{
#ifdef __powerpc64__
    uint64_t ticks;
    __asm__ volatile("mftb %0" : "=r"(ticks));
    return ticks;
#else
    uint32_t high, low, again;
    do
        __asm__ volatile("mftbu %0\n mftb %1\n mftbu %2" : "=r"(high), "=r"(low), "=r"(again));
    while (high != again);
    return (uint64_t)high << 32 | low;
#endif
}

int main(void)
{
    check_vdso();
    check_order(CLOCK_MONOTONIC);
    check_order(CLOCK_REALTIME);
    check_order(CLOCK_PROCESS_CPUTIME_ID);
    CHECK(told(CLOCK_REALTIME) > 1577836800ll * 1000000000);
    struct timeval day;
    CHECK(!gettimeofday(&day, NULL) && llabs(day.tv_sec - (int64_t)time(NULL)) <= 1);
    struct timespec fine;
    CHECK(!clock_getres(CLOCK_MONOTONIC, &fine) && fine.tv_sec == 0 && fine.tv_nsec == 1);

    const uint64_t ticks = timebase();
    const int64_t before = told(CLOCK_MONOTONIC);
    const struct timespec nap = {0, 30000000};
    CHECK(!nanosleep(&nap, NULL));
    const int64_t slept = told(CLOCK_MONOTONIC) - before;
    const int64_t ticked = (int64_t)(timebase() - ticks);
    CHECK(slept >= 30000000 && slept < 2000000000);
    /* 512 ticks in a microsecond. */
    CHECK(ticked * 1000 >= slept * 512 && ticked * 1000 - slept * 512 < 512 * 20000000ll);
    return finish();
}
