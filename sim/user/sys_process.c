/* Who and where the process is, its limits, and what one thread needs of threads. */
#include <stdio.h>

#include "isa/msr.h"
#include "user/syscall.h"

int64_t sys_exit(struct user_kernel *kernel, const uint64_t *a)
{
    kernel_exit(kernel, (int)(a[0] & 0xff));
    return 0;
}

int64_t sys_exit_group(struct user_kernel *kernel, const uint64_t *a)
{
    return sys_exit(kernel, a);
}

/* -- Identity: fixed numbers -- */

#define CONSTANT(name, value)                                                                      \
    int64_t sys_##name(struct user_kernel *kernel, const uint64_t *a)                              \
    {                                                                                              \
        (void)kernel, (void)a;                                                                     \
        return (value);                                                                            \
    }
CONSTANT(getpid, USER_PID)
CONSTANT(gettid, USER_PID)
CONSTANT(getppid, USER_PPID)
CONSTANT(getuid, USER_UID)
CONSTANT(geteuid, USER_UID)
CONSTANT(getgid, USER_UID)
CONSTANT(getegid, USER_UID)
CONSTANT(getpgrp, USER_PID)
CONSTANT(setsid, -EPERM)
CONSTANT(sched_yield, 0)
CONSTANT(sched_getscheduler, 0)
CONSTANT(sched_setaffinity, 0)
CONSTANT(set_robust_list, 0)
CONSTANT(wait4, -ECHILD)
CONSTANT(rseq, -ENOSYS) /* as a kernel without it; every glibc asks */
CONSTANT(waitid, -ECHILD)
CONSTANT(setpriority, 0)
CONSTANT(getpriority, 20)
#undef CONSTANT

/* Becoming oneself succeeds, becoming anybody else does not. */
static int64_t become(const uint64_t *a, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if ((uint32_t)a[i] != USER_UID && (uint32_t)a[i] != UINT32_MAX)
            return -EPERM;
    return 0;
}

#define BECOME(name, count)                                                                        \
    int64_t sys_##name(struct user_kernel *kernel, const uint64_t *a)                              \
    {                                                                                              \
        (void)kernel;                                                                              \
        return become(a, (count));                                                                 \
    }
BECOME(setuid, 1)
BECOME(setgid, 1)
BECOME(setreuid, 2)
BECOME(setregid, 2)
BECOME(setresuid, 3)
BECOME(setresgid, 3)
#undef BECOME

int64_t sys_getresuid(struct user_kernel *kernel, const uint64_t *a)
{
    for (unsigned i = 0; i < 3; i++)
        if (!guest_write32(kernel, a[i], USER_UID))
            return -EFAULT;
    return 0;
}

int64_t sys_getresgid(struct user_kernel *kernel, const uint64_t *a)
{
    return sys_getresuid(kernel, a);
}

int64_t sys_getgroups(struct user_kernel *kernel, const uint64_t *a)
{
    if ((int32_t)a[0] < 0)
        return -EINVAL;
    if (a[0] == 0)
        return 1;
    return guest_write32(kernel, a[1], USER_UID) ? 1 : -EFAULT;
}

int64_t sys_setgroups(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel, (void)a;
    return -EPERM;
}

static bool is_self(uint64_t pid)
{
    return (uint32_t)pid == 0 || (uint32_t)pid == USER_PID;
}

int64_t sys_getpgid(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel;
    return is_self(a[0]) ? USER_PID : -ESRCH;
}

int64_t sys_getsid(struct user_kernel *kernel, const uint64_t *a)
{
    return sys_getpgid(kernel, a);
}

int64_t sys_setpgid(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel;
    return is_self(a[0]) && is_self(a[1]) ? 0 : -ESRCH;
}

int64_t sys_set_tid_address(struct user_kernel *kernel, const uint64_t *a)
{
    kernel->clear_tid = a[0];
    return USER_PID;
}

int64_t sys_umask(struct user_kernel *kernel, const uint64_t *a)
{
    const uint32_t old = kernel->umask;
    kernel->umask = (uint32_t)a[0] & 0777;
    return old;
}

/* -- The system -- */

int64_t sys_uname(struct user_kernel *kernel, const uint64_t *a)
{
    enum { FIELD = 65 };
    char fields[6][FIELD] = {"Linux", "hornpipe", "6.1.0", "#1 SMP", "", "(none)"};
    snprintf(fields[4], FIELD, "ppc64%s", kernel->little_endian ? "le" : "");
    return space_write(&kernel->space, a[0], fields, sizeof fields) ? 0 : -EFAULT;
}

int64_t sys_sysinfo(struct user_kernel *kernel, const uint64_t *a)
{
    uint8_t bytes[112] = {0};
    const uint64_t used = (uint64_t)kernel->space.page_count * SPACE_PAGE;
    guest_put64(kernel, bytes, kernel_now_ns(kernel) / 1000000000);
    guest_put64(kernel, bytes + 32, kernel->bus.ram_size);
    guest_put64(kernel, bytes + 40, kernel->bus.ram_size - used);
    guest_put16(kernel, bytes + 80, 1);
    guest_put32(kernel, bytes + 104, 1);
    return space_write(&kernel->space, a[0], bytes, sizeof bytes) ? 0 : -EFAULT;
}

int64_t sys_getcpu(struct user_kernel *kernel, const uint64_t *a)
{
    for (unsigned i = 0; i < 2; i++)
        if (a[i] && !guest_write32(kernel, a[i], 0))
            return -EFAULT;
    return 0;
}

int64_t sys_sched_getaffinity(struct user_kernel *kernel, const uint64_t *a)
{
    if (!is_self(a[0]))
        return -ESRCH;
    if (a[1] < 8 || (a[1] & 7))
        return -EINVAL;
    return guest_write64(kernel, a[2], 1) ? 8 : -EFAULT;
}

int64_t sys_sched_getparam(struct user_kernel *kernel, const uint64_t *a)
{
    return guest_write32(kernel, a[1], 0) ? 0 : -EFAULT;
}

int64_t sys_sched_setscheduler(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel;
    return a[1] == 0 ? 0 : -EPERM;
}

int64_t sys_sched_get_priority_max(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel;
    return a[0] == 1 || a[0] == 2 ? 99 : a[0] == 0 || a[0] == 3 ? 0 : -EINVAL;
}

int64_t sys_sched_get_priority_min(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel;
    return a[0] == 1 || a[0] == 2 ? 1 : a[0] == 0 || a[0] == 3 ? 0 : -EINVAL;
}

int64_t sys_getrandom(struct user_kernel *kernel, const uint64_t *a)
{
    uint8_t bytes[256];
    const uint64_t wanted = a[1] < 0x1ffffff ? a[1] : 0x1ffffff;
    if (a[2] & ~UINT64_C(7))
        return -EINVAL;
    for (uint64_t done = 0; done < wanted; done += sizeof bytes) {
        const size_t n = wanted - done < sizeof bytes ? (size_t)(wanted - done) : sizeof bytes;
        kernel_random(kernel, bytes, n);
        if (!space_write(&kernel->space, a[0] + done, bytes, n))
            return done ? (int64_t)done : -EFAULT;
    }
    return (int64_t)wanted;
}

/* -- Limits -- */

enum { RLIM_FSIZE = 1, RLIM_STACK = 3, RLIM_CORE = 4, RLIM_NPROC = 6, RLIM_NOFILE = 7 };
enum { RLIM_COUNT = 16 };

static uint64_t soft_limit(const struct user_kernel *kernel, uint64_t resource)
{
    switch (resource) {
    case RLIM_STACK:
        return kernel->stack_limit;
    case RLIM_CORE:
        return 0;
    case RLIM_NPROC:
        return 1;
    case RLIM_NOFILE:
        return USER_FDS;
    default:
        return UINT64_MAX;
    }
}

static int64_t write_limit(struct user_kernel *kernel, uint64_t resource, uint64_t ea)
{
    const uint64_t hard = resource == RLIM_NOFILE ? USER_FDS : UINT64_MAX;
    if (resource >= RLIM_COUNT)
        return -EINVAL;
    return guest_write64(kernel, ea, soft_limit(kernel, resource)) &&
                   guest_write64(kernel, ea + 8, hard)
               ? 0
               : -EFAULT;
}

/* A lower limit is accepted and not enforced. */
static int64_t read_limit(struct user_kernel *kernel, uint64_t resource, uint64_t ea)
{
    uint64_t soft, hard;
    if (resource >= RLIM_COUNT)
        return -EINVAL;
    if (!guest_read64(kernel, ea, &soft) || !guest_read64(kernel, ea + 8, &hard))
        return -EFAULT;
    if (soft > hard)
        return -EINVAL;
    if (resource == RLIM_STACK)
        kernel->stack_limit = soft;
    return 0;
}

int64_t sys_getrlimit(struct user_kernel *kernel, const uint64_t *a)
{
    return write_limit(kernel, (uint32_t)a[0], a[1]);
}

int64_t sys_setrlimit(struct user_kernel *kernel, const uint64_t *a)
{
    return read_limit(kernel, (uint32_t)a[0], a[1]);
}

int64_t sys_prlimit64(struct user_kernel *kernel, const uint64_t *a)
{
    int64_t result = 0;
    if (!is_self(a[0]))
        return -ESRCH;
    if ((uint32_t)a[1] >= RLIM_COUNT)
        return -EINVAL;
    if (a[3])
        result = write_limit(kernel, (uint32_t)a[1], a[3]);
    return result == 0 && a[2] ? read_limit(kernel, (uint32_t)a[1], a[2]) : result;
}

/* -- Accounting -- */

static uint64_t busy_ns(const struct user_kernel *kernel)
{
    const uint64_t cycles = clock_cycles(kernel->clock, cpu_icount(kernel->cpu));
    return (uint64_t)((unsigned __int128)(cycles - kernel->clock->idle_cycles) * 1000000000 /
                      kernel->clock->hz);
}

int64_t sys_getrusage(struct user_kernel *kernel, const uint64_t *a)
{
    uint8_t bytes[144] = {0};
    const int32_t who = (int32_t)a[0];
    if (who < -1 || who > 1)
        return -EINVAL;
    if (who >= 0 ? who == 1 || who == 0 : false) {
        const uint64_t micros = busy_ns(kernel) / 1000;
        guest_put64(kernel, bytes, micros / 1000000);
        guest_put64(kernel, bytes + 8, micros % 1000000);
        guest_put64(kernel, bytes + 32, (uint64_t)kernel->space.page_count * 4);
    }
    return space_write(&kernel->space, a[1], bytes, sizeof bytes) ? 0 : -EFAULT;
}

int64_t sys_times(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t tick = 10000000; /* AT_CLKTCK is 100 */
    uint8_t bytes[32] = {0};
    guest_put64(kernel, bytes, busy_ns(kernel) / tick);
    if (a[0] && !space_write(&kernel->space, a[0], bytes, sizeof bytes))
        return -EFAULT;
    return (int64_t)(kernel_now_ns(kernel) / tick);
}

/* -- prctl -- */

enum {
    GPR_SET_PDEATHSIG = 1,
    GPR_GET_DUMPABLE = 3,
    GPR_SET_DUMPABLE = 4,
    GPR_GET_UNALIGN = 5,
    GPR_SET_UNALIGN = 6,
    GPR_GET_FPEXC = 11,
    GPR_SET_FPEXC = 12,
    GPR_SET_NAME = 15,
    GPR_GET_NAME = 16,
    GPR_GET_ENDIAN = 19,
    GPR_SET_ENDIAN = 20,
    GPR_SET_NO_NEW_PRIVS = 38,
    GPR_GET_NO_NEW_PRIVS = 39,
    UNALIGN_SIGBUS = 2,
};

/* PR_FP_EXC_*: 0 off, 1 imprecise non-recoverable, 2 recoverable, 3 precise: all precise here. */
static int64_t set_fpexc(struct user_kernel *kernel, uint64_t mode)
{
    struct cpu *const cpu = kernel->cpu;
    if (mode > 3)
        return -EINVAL;
    kernel->fpexc = (mode & 2 ? MSR_FE0 : 0) | (mode & 1 ? MSR_FE1 : 0);
    if (cpu->msr & MSR_FP)
        cpu_set_msr(cpu, (cpu->msr & ~(MSR_FE0 | MSR_FE1)) | kernel->fpexc);
    return 0;
}

static int64_t set_endian(struct user_kernel *kernel, uint64_t mode)
{
    struct cpu *const cpu = kernel->cpu;
    if (mode > 1)
        return -EINVAL;
    cpu_set_msr(cpu, mode == 1 ? cpu->msr | MSR_LE : cpu->msr & ~MSR_LE);
    return 0;
}

static int64_t put32(struct user_kernel *kernel, uint64_t ea, uint32_t v)
{
    return guest_write32(kernel, ea, v) ? 0 : -EFAULT;
}

int64_t sys_prctl(struct user_kernel *kernel, const uint64_t *a)
{
    switch ((uint32_t)a[0]) {
    case GPR_SET_PDEATHSIG:
    case GPR_SET_DUMPABLE:
    case GPR_SET_NO_NEW_PRIVS:
        return 0;
    case GPR_GET_DUMPABLE:
    case GPR_GET_NO_NEW_PRIVS:
        return 1;
    case GPR_GET_UNALIGN:
        return put32(kernel, a[1], kernel->unaligned_sigbus ? UNALIGN_SIGBUS : 0);
    case GPR_SET_UNALIGN:
        kernel->unaligned_sigbus = a[1] & UNALIGN_SIGBUS;
        return 0;
    case GPR_GET_FPEXC:
        return put32(kernel, a[1],
                     (kernel->fpexc & MSR_FE0 ? 2 : 0) | (kernel->fpexc & MSR_FE1 ? 1 : 0));
    case GPR_SET_FPEXC:
        return set_fpexc(kernel, a[1]);
    case GPR_SET_NAME: {
        char name[sizeof kernel->name] = "";
        const int64_t n = space_read_string(&kernel->space, a[1], name, sizeof name - 1);
        if (n == -1)
            return -EFAULT;
        name[sizeof name - 1] = 0;
        memcpy(kernel->name, name, sizeof name);
        return 0;
    }
    case GPR_GET_NAME:
        return space_write(&kernel->space, a[1], kernel->name, sizeof kernel->name) ? 0 : -EFAULT;
    case GPR_GET_ENDIAN:
        return put32(kernel, a[1], kernel->cpu->big_endian ? 0 : 1);
    case GPR_SET_ENDIAN:
        return set_endian(kernel, a[1]);
    default:
        return -EINVAL;
    }
}

int64_t sys_switch_endian(struct user_kernel *kernel, const uint64_t *a)
{
    (void)a;
    cpu_set_msr(kernel->cpu, kernel->cpu->msr ^ MSR_LE);
    kernel->keeps_registers = true;
    return 0;
}

int64_t sys_personality(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel;
    return (uint32_t)a[0] == UINT32_MAX || a[0] == 0 ? 0 : -EINVAL;
}

/* -- For threads: there is one, so nobody else ever wakes it -- */

enum { GFUTEX_WAIT = 0, GFUTEX_WAKE = 1, GFUTEX_WAIT_BITSET = 9, GFUTEX_WAKE_BITSET = 10 };
enum { GFUTEX_COMMAND = 0x7f };

int64_t sys_futex(struct user_kernel *kernel, const uint64_t *a)
{
    uint32_t value;
    uint64_t ns;
    if (a[0] & 3)
        return -EINVAL;
    if (!guest_read32(kernel, a[0], &value))
        return -EFAULT;
    switch (a[1] & GFUTEX_COMMAND) {
    case GFUTEX_WAKE:
    case GFUTEX_WAKE_BITSET:
        return 0;
    case GFUTEX_WAIT:
    case GFUTEX_WAIT_BITSET:
        break;
    default:
        return -ENOSYS;
    }
    if (value != (uint32_t)a[2])
        return -EAGAIN;
    if (!a[3]) {
        kernel->wait = WAIT_SIGNAL;
        return -EINTR;
    }
    const int error = syscall_read_time(kernel, a[3], &ns);
    if (error)
        return error;
    /* WAIT_BITSET has a moment of CLOCK_MONOTONIC, WAIT a span. */
    const bool is_span = (a[1] & GFUTEX_COMMAND) == GFUTEX_WAIT;
    syscall_sleep_until(kernel, is_span ? kernel_now_ns(kernel) + ns : ns, -ETIMEDOUT);
    return -ETIMEDOUT;
}

int64_t sys_membarrier(struct user_kernel *kernel, const uint64_t *a)
{
    enum { QUERY = 0, GLOBAL = 1 };
    (void)kernel;
    return a[0] == QUERY ? GLOBAL : a[0] == GLOBAL ? 0 : -EINVAL;
}
