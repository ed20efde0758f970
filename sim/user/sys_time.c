/* Clocks and sleeping, all from virtual time. */
#include "user/syscall.h"

enum { GCLOCK_REALTIME, GCLOCK_MONOTONIC, GCLOCK_PROCESS, GCLOCK_THREAD, GCLOCK_RAW };
enum { GCLOCK_REALTIME_COARSE = 5, GCLOCK_MONOTONIC_COARSE, GCLOCK_BOOTTIME };
enum { GCLOCK_TAI = 11, GTIMER_ABSTIME = 1 };

#define NS_A_SECOND UINT64_C(1000000000)

/* Nanoseconds that the clock shows, in seconds and the rest; false: there is no such clock. */
static bool read_clock(const struct user_kernel *kernel, uint64_t clock, uint64_t *seconds,
                       uint64_t *rest)
{
    const uint64_t now = kernel_now_ns(kernel);
    uint64_t idle = 0, base = 0;
    switch (clock) {
    case GCLOCK_REALTIME:
    case GCLOCK_REALTIME_COARSE:
    case GCLOCK_TAI:
        base = (uint64_t)kernel->settings->rtc_base;
        break;
    case GCLOCK_PROCESS:
    case GCLOCK_THREAD:
        idle = (uint64_t)((unsigned __int128)kernel->clock->idle_cycles * NS_A_SECOND /
                          kernel->clock->hz);
        break;
    case GCLOCK_MONOTONIC:
    case GCLOCK_RAW:
    case GCLOCK_MONOTONIC_COARSE:
    case GCLOCK_BOOTTIME:
        break;
    default:
        return false;
    }
    *seconds = base + (now - idle) / NS_A_SECOND;
    *rest = (now - idle) % NS_A_SECOND;
    return true;
}

static int64_t write_pair(struct user_kernel *kernel, uint64_t ea, uint64_t first, uint64_t second)
{
    return guest_write64(kernel, ea, first) && guest_write64(kernel, ea + 8, second) ? 0 : -EFAULT;
}

int64_t sys_clock_gettime(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t seconds, rest;
    if (!read_clock(kernel, (uint32_t)a[0], &seconds, &rest))
        return -EINVAL;
    return write_pair(kernel, a[1], seconds, rest);
}

int64_t sys_clock_getres(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t seconds, rest;
    if (!read_clock(kernel, (uint32_t)a[0], &seconds, &rest))
        return -EINVAL;
    return a[1] ? write_pair(kernel, a[1], 0, 1) : 0;
}

int64_t sys_gettimeofday(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t seconds, rest;
    read_clock(kernel, GCLOCK_REALTIME, &seconds, &rest);
    if (a[0] && write_pair(kernel, a[0], seconds, rest / 1000) < 0)
        return -EFAULT;
    if (a[1] && (!guest_write32(kernel, a[1], 0) || !guest_write32(kernel, a[1] + 4, 0)))
        return -EFAULT;
    return 0;
}

int64_t sys_time(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t seconds, rest;
    read_clock(kernel, GCLOCK_REALTIME, &seconds, &rest);
    if (a[0] && !guest_write64(kernel, a[0], seconds))
        return -EFAULT;
    return (int64_t)seconds;
}

/* -- Sleeping -- */

/* First timebase tick at which `ns` have passed. */
static uint64_t timebase_at(uint64_t ns)
{
    return (uint64_t)(((unsigned __int128)ns * TIMEBASE_HZ + NS_A_SECOND - 1) / NS_A_SECOND);
}

void syscall_sleep_until(struct user_kernel *kernel, uint64_t ns, int64_t result)
{
    const uint64_t wake = timebase_at(ns);
    kernel->wait_result = result;
    kernel->wait_remaining = 0;
    kernel->wake = wake;
    if (wake <= kernel_timebase(kernel))
        return;
    kernel->wait = WAIT_TIME;
}

int64_t sys_nanosleep(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t ns;
    const int error = syscall_read_time(kernel, a[0], &ns);
    if (error)
        return error;
    syscall_sleep_until(kernel, kernel_now_ns(kernel) + ns, 0);
    kernel->wait_remaining = a[1];
    return 0;
}

int64_t sys_clock_nanosleep(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t seconds, rest, ns;
    const uint64_t clock = (uint32_t)a[0];
    if (!read_clock(kernel, clock, &seconds, &rest) || clock == GCLOCK_THREAD)
        return -EINVAL;
    const int error = syscall_read_time(kernel, a[2], &ns);
    if (error)
        return error;
    const uint64_t now = kernel_now_ns(kernel);
    if (!(a[1] & GTIMER_ABSTIME)) {
        syscall_sleep_until(kernel, now + ns, 0);
        kernel->wait_remaining = a[3];
        return 0;
    }
    const uint64_t shown = seconds * NS_A_SECOND + rest;
    syscall_sleep_until(kernel, ns > shown ? now + (ns - shown) : now, 0);
    return 0;
}

int64_t sys_pause(struct user_kernel *kernel, const uint64_t *a)
{
    (void)a;
    kernel->wait = WAIT_SIGNAL;
    return -EINTR;
}

/* -- ITIMER_REAL -- */

/* What is left of the alarm, in timebase ticks. */
static uint64_t alarm_left(const struct user_kernel *kernel)
{
    const uint64_t now = kernel_timebase(kernel);
    return kernel->alarm > now ? kernel->alarm - now : 0;
}

static uint64_t ticks_of(uint64_t seconds, uint64_t micros)
{
    const uint64_t most = UINT64_MAX / 4 / TIMEBASE_HZ;
    return (seconds < most ? seconds : most) * TIMEBASE_HZ + micros * (TIMEBASE_HZ / 1000000);
}

static void set_alarm(struct user_kernel *kernel, uint64_t ticks, uint64_t interval)
{
    kernel->alarm = ticks ? kernel_timebase(kernel) + ticks : 0;
    kernel->alarm_interval = interval;
}

int64_t sys_alarm(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t left = alarm_left(kernel);
    set_alarm(kernel, ticks_of((uint32_t)a[0], 0), 0);
    return (int64_t)((left + TIMEBASE_HZ - 1) / TIMEBASE_HZ);
}

static int64_t write_timer(struct user_kernel *kernel, uint64_t ea)
{
    const uint64_t left = alarm_left(kernel), interval = kernel->alarm_interval;
    const uint64_t tick = TIMEBASE_HZ / 1000000;
    if (write_pair(kernel, ea, interval / TIMEBASE_HZ, interval % TIMEBASE_HZ / tick) < 0)
        return -EFAULT;
    return write_pair(kernel, ea + 16, left / TIMEBASE_HZ, left % TIMEBASE_HZ / tick);
}

/* Only ITIMER_REAL: the others are for profilers, which can see more here by other means. */
int64_t sys_getitimer(struct user_kernel *kernel, const uint64_t *a)
{
    return a[0] == 0 ? write_timer(kernel, a[1]) : -EINVAL;
}

int64_t sys_setitimer(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t v[4];
    if (a[0] != 0)
        return -EINVAL;
    for (unsigned i = 0; i < 4; i++)
        if (!guest_read64(kernel, a[1] + 8 * i, &v[i]))
            return -EFAULT;
    if (v[1] >= 1000000 || v[3] >= 1000000)
        return -EINVAL;
    if (a[2] && write_timer(kernel, a[2]) < 0)
        return -EFAULT;
    set_alarm(kernel, ticks_of(v[2], v[3]), ticks_of(v[0], v[1]));
    return 0;
}
