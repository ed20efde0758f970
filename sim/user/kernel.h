/*
 * The Linux that a user-mode program sees: one process with one thread, its files, signals and
 * address space. Nothing here reads the host's clock, randomness, names or numbers.
 */
#ifndef HORNPIPE_USER_KERNEL_H
#define HORNPIPE_USER_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "isa/bus.h"
#include "isa/clock.h"
#include "isa/cpu.h"
#include "isa/engine.h"
#include "user/files.h"
#include "user/signals.h"
#include "user/space.h"
#include "user/user_elf.h"
#include "user/vfs.h"

/* What the program is told of itself, the same on every host. */
enum { USER_PID = 1000, USER_PPID = 1, USER_UID = 1000, USER_PAGE = 65536 };

#define VSCR_NON_JAVA UINT32_C(0x00010000)

#define USER_STACK_TOP UINT64_C(0x7ffffffff000)
#define USER_PIE_BASE  UINT64_C(0x100000000)

enum { USER_CALLS = 452 }; /* numbers that the table knows: 0.. */

/* What the kernel tells its owner; any member may be NULL. */
struct user_host {
    void *ctx;
    /* The program wrote to descriptor 1 or 2 of the start; the host has it already. */
    void (*output)(void *ctx, unsigned stream, const uint8_t *bytes, size_t n);
    /* It read from descriptor 0; `live`: the host decided how much. */
    void (*input)(void *ctx, const uint8_t *bytes, size_t n, bool live);
    /* Something worth a line in the record: an unknown system call. */
    void (*event)(void *ctx, const char *kind, const char *text);
};

struct user_settings {
    uint64_t code_cache; /* bytes */
    const struct cpu_model *model;
    enum engine_kind engine;
    const char *const *env; /* NULL-ended, beside or instead of the fixed set */
    const char *const *args;
    uint64_t ram_size;
    uint64_t stack_size;
    int64_t rtc_base; /* CLOCK_REALTIME at the start */
    bool trace_calls; /* --strace */
};

/* Why the process does not run. */
enum user_wait {
    WAIT_NOTHING, /* it runs */
    WAIT_TIME,    /* until `wake`, then the call returns `wait_result` */
    WAIT_SIGNAL,  /* for a signal only */
};

struct user_kernel {
    const struct user_settings *settings; /* borrowed */
    struct user_host host;
    struct isa_clock *clock; /* borrowed */
    struct isa_bus bus;
    struct space space;
    struct cpu *cpu; /* owned */
    struct user_program program;
    struct vfs vfs;
    struct user_files files;
    struct user_signals signals;
    bool little_endian; /* of the program's data */

    uint64_t brk_start, brk_end;
    uint64_t trampoline; /* address of the code that handlers return to */
    uint64_t random;     /* state of getrandom() */
    uint32_t umask;
    uint64_t fpexc; /* MSR_FE0 | MSR_FE1, as prctl() set them */
    bool unaligned_sigbus;
    bool used_vmx, used_vsx;
    char name[16]; /* PR_SET_NAME */
    uint64_t clear_tid;
    uint64_t stack_limit;

    /* -- The system call that is being done -- */
    uint64_t number, arguments[6];
    bool keeps_registers; /* rt_sigreturn: r3 and CR0 are what it restored */

    enum user_wait wait;
    uint64_t wake; /* timebase */
    int64_t wait_result;
    uint64_t wait_remaining; /* guest address for what is left of a sleep, or 0 */
    uint64_t alarm;          /* timebase of ITIMER_REAL, 0: off */
    uint64_t alarm_interval; /* timebase ticks */

    /* -- The end -- */
    bool ended;
    int exit_status;  /* as a shell tells it */
    char reason[256]; /* one line */
    bool died;        /* by a signal */

    /* -- Counts -- */
    uint64_t calls[USER_CALLS + 1]; /* by number; the last: numbers that nobody has */
    bool told[USER_CALLS + 1];      /* the log has named it */
};

/*
 * Creates the process of the `size` bytes of `path`, ready to run its first instruction. `vfs` is
 * taken over whatever happens. Pair with kernel_destroy().
 */
enum sim_status kernel_create(const struct user_settings *settings, const struct user_host *host,
                              struct isa_clock *clock, struct vfs *vfs, const char *path,
                              const uint8_t *bytes, size_t size, struct user_kernel **out);
void kernel_destroy(struct user_kernel *kernel);

/*
 * Runs at most `budget` instructions, with the system calls and signals on the way; ends early when
 * the process waits or has ended. STOP_BUDGET, or STOP_STUCK if no instruction completes any more.
 */
enum engine_stop kernel_run(struct user_kernel *kernel, uint64_t budget, uint64_t *retired);

/* Brings waits and timers up to date after time has moved. */
void kernel_update(struct user_kernel *kernel);

/* Timebase at which kernel_update() will change something; UINT64_MAX: never. */
uint64_t kernel_due(const struct user_kernel *kernel);

/* A hash of registers and memory. */
uint64_t kernel_state_hash(struct user_kernel *kernel);

/* -- Inside sim/user -- */

/* Ends the process: exit(), or death by a signal. */
void kernel_exit(struct user_kernel *kernel, int status);
void kernel_die(struct user_kernel *kernel, int number, const char *why);

/* Does what the interrupt in cpu->fault asks for (trap.c). */
void kernel_trap(struct user_kernel *kernel);

/* The system call that the registers hold (syscall.c). */
void kernel_system_call(struct user_kernel *kernel);

/* Ends a call: r3 and CR0[SO]. */
void kernel_set_result(struct user_kernel *kernel, int64_t result);

/* Puts argv, environment and auxiliary vector on a new stack (process.c). */
enum sim_status kernel_start(struct user_kernel *kernel, const char *path);

/* Does the instruction that raised the alignment interrupt; see align.c. */
enum align_result { ALIGN_DONE, ALIGN_BAD_ADDRESS, ALIGN_REFUSED };
enum align_result kernel_fix_alignment(struct user_kernel *kernel);

/* Virtual nanoseconds since the start. */
uint64_t kernel_now_ns(const struct user_kernel *kernel);
uint64_t kernel_timebase(const struct user_kernel *kernel);

/* Next bytes of the fixed pseudo-random sequence. */
void kernel_random(struct user_kernel *kernel, uint8_t *out, size_t n);

/* Name of a system call, NULL for a number that nobody has. */
const char *kernel_call_name(unsigned number);
/* False if it answers ENOSYS. */
bool kernel_call_exists(unsigned number);

/* -- The program's byte order -- */

static inline void guest_put16(const struct user_kernel *kernel, void *at, uint16_t v)
{
    const uint16_t ordered = kernel->little_endian ? v : __builtin_bswap16(v);
    memcpy(at, &ordered, sizeof ordered);
}

static inline void guest_put32(const struct user_kernel *kernel, void *at, uint32_t v)
{
    const uint32_t ordered = kernel->little_endian ? v : __builtin_bswap32(v);
    memcpy(at, &ordered, sizeof ordered);
}

static inline void guest_put64(const struct user_kernel *kernel, void *at, uint64_t v)
{
    const uint64_t ordered = kernel->little_endian ? v : __builtin_bswap64(v);
    memcpy(at, &ordered, sizeof ordered);
}

static inline uint32_t guest_get32(const struct user_kernel *kernel, const void *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return kernel->little_endian ? v : __builtin_bswap32(v);
}

static inline uint64_t guest_get64(const struct user_kernel *kernel, const void *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return kernel->little_endian ? v : __builtin_bswap64(v);
}

static inline uint16_t guest_get16(const struct user_kernel *kernel, const void *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return kernel->little_endian ? v : __builtin_bswap16(v);
}

/* Single values in the program's memory; false: it may not be accessed. */
static inline bool guest_read32(struct user_kernel *kernel, uint64_t ea, uint32_t *v)
{
    uint8_t bytes[4];
    if (!space_read(&kernel->space, ea, bytes, sizeof bytes))
        return false;
    *v = guest_get32(kernel, bytes);
    return true;
}

static inline bool guest_read64(struct user_kernel *kernel, uint64_t ea, uint64_t *v)
{
    uint8_t bytes[8];
    if (!space_read(&kernel->space, ea, bytes, sizeof bytes))
        return false;
    *v = guest_get64(kernel, bytes);
    return true;
}

static inline bool guest_write32(struct user_kernel *kernel, uint64_t ea, uint32_t v)
{
    uint8_t bytes[4];
    guest_put32(kernel, bytes, v);
    return space_write(&kernel->space, ea, bytes, sizeof bytes);
}

static inline bool guest_write64(struct user_kernel *kernel, uint64_t ea, uint64_t v)
{
    uint8_t bytes[8];
    guest_put64(kernel, bytes, v);
    return space_write(&kernel->space, ea, bytes, sizeof bytes);
}

#endif
