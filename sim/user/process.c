/* The process: its start, its running and waiting, its end. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "isa/fp/fpscr.h"
#include "isa/msr.h"
#include "user/kernel.h"

/* Interrupts in a row without a completed instruction, after which nothing will ever complete. */
enum { STUCK_LIMIT = 100000 };

/* -- Time and chance -- */

uint64_t kernel_timebase(const struct user_kernel *kernel)
{
    return cpu_timebase(kernel->cpu);
}

uint64_t kernel_now_ns(const struct user_kernel *kernel)
{
    const uint64_t cycles = clock_cycles(kernel->clock, cpu_icount(kernel->cpu));
    return (uint64_t)((unsigned __int128)cycles * 1000000000 / kernel->clock->hz);
}

/* splitmix64: any fixed sequence would do that does not look like one. */
static uint64_t next_random(struct user_kernel *kernel)
{
    uint64_t z = kernel->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void kernel_random(struct user_kernel *kernel, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        uint8_t bytes[8];
        store_be64(bytes, next_random(kernel));
        memcpy(out + i, bytes, n - i < 8 ? n - i : 8);
    }
}

/* -- The end -- */

void kernel_exit(struct user_kernel *kernel, int status)
{
    kernel->ended = true;
    kernel->exit_status = status & 0xff;
    snprintf(kernel->reason, sizeof kernel->reason, "exit status %d", kernel->exit_status);
}

void kernel_die(struct user_kernel *kernel, int number, const char *why)
{
    kernel->ended = true;
    kernel->died = true;
    kernel->exit_status = 128 + number;
    snprintf(kernel->reason, sizeof kernel->reason, "killed by %s (%d): %s",
             signal_name((unsigned)number), number, why);
}

/* -- The start -- */

/* Code that handlers return to; gdb and unwinders know it by its words. */
static bool map_trampoline(struct user_kernel *kernel)
{
    static const uint32_t words[] = {
        0x38210080, /* addi r1,r1,128 */
        0x380000ac, /* li r0,172: rt_sigreturn */
        0x44000002, /* sc */
    };
    uint8_t bytes[sizeof words];
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        guest_put32(kernel, bytes + 4 * i, words[i]);
    kernel->trampoline = SPACE_MMAP_TOP;
    return space_map(&kernel->space, kernel->trampoline, USER_PAGE, SPACE_READ | SPACE_EXEC,
                     SPACE_READ | SPACE_EXEC) == SPACE_OK &&
           space_fill(&kernel->space, kernel->trampoline, bytes, sizeof bytes);
}

static enum sim_status load(struct user_kernel *kernel, const char *path, const uint8_t *bytes,
                            size_t size)
{
    TRY(user_elf_parse(path, bytes, size, USER_PIE_BASE, &kernel->program));
    TRY(user_elf_load(path, bytes, &kernel->program, &kernel->space));
    kernel->little_endian = kernel->program.little_endian;
    kernel->brk_start = kernel->brk_end =
        (kernel->program.end + USER_PAGE - 1) & ~(uint64_t)(USER_PAGE - 1);
    RETURN_IF(!map_trampoline(kernel), STATUS_NO_FIT, "-m: too small for %s", path);
    return STATUS_OK;
}

static enum sim_status enter(struct user_kernel *kernel, const char *path)
{
    struct cpu *const cpu = kernel->cpu;
    uint64_t entry = kernel->program.entry;
    TRY(kernel_start(kernel, path));
    if (kernel->program.function_descriptors) {
        uint64_t code, toc;
        RETURN_IF(!guest_read64(kernel, entry, &code) || !guest_read64(kernel, entry + 8, &toc),
                  STATUS_FORMAT, "%s: the entry's function descriptor cannot be read", path);
        /* A static PIE has not relocated its descriptors yet: Linux adds the base. */
        entry = code + kernel->program.base;
        cpu->gpr[2] = toc + kernel->program.base;
    } else {
        cpu->gpr[12] = entry;
    }
    cpu->nia = entry & ~UINT64_C(3);
    cpu->intercept = true;
    cpu->mmu->source = &kernel->space.source;
    cpu->fscr |= FSCR_TAR | FSCR_EBB;
    /*
     * Linux sets NJ in the last word of its VSCR image in memory; on a little-endian kernel that is
     * not the word that mtvscr takes, so NJ is 0 there (seen with Debian's kernel).
     */
    cpu->vscr = kernel->little_endian ? 0 : VSCR_NON_JAVA;
    cpu_set_msr(cpu, MSR_SF | MSR_EE | MSR_PR | MSR_ME | MSR_IR | MSR_DR | MSR_RI |
                         (kernel->little_endian ? MSR_LE : 0));
    return STATUS_OK;
}

static enum sim_status prepare(struct user_kernel *kernel, const char *path, const uint8_t *bytes,
                               size_t size)
{
    TRY(bus_init(&kernel->bus, kernel->settings->ram_size));
    TRY(bus_limit_code(&kernel->bus, kernel->settings->code_cache));
    TRY(space_init(&kernel->space, &kernel->bus));
    kernel->cpu = cpu_create(kernel->settings->model, 0, &kernel->bus, kernel->clock);
    RETURN_IF(!kernel->cpu || !files_init(kernel), STATUS_NO_MEMORY, "no memory for a process");
    kernel->space.cpu = kernel->cpu;
    TRY(engine_select(kernel->cpu, kernel->settings->engine));
    TRY(load(kernel, path, bytes, size));
    return enter(kernel, path);
}

enum sim_status kernel_create(const struct user_settings *settings, const struct user_host *host,
                              struct isa_clock *clock, struct vfs *vfs, const char *path,
                              const uint8_t *bytes, size_t size, struct user_kernel **out)
{
    struct user_kernel *const kernel = calloc(1, sizeof *kernel);
    if (!kernel) {
        vfs_fini(vfs);
        return status_fail(STATUS_NO_MEMORY, "no memory for a process");
    }
    kernel->settings = settings;
    kernel->host = *host;
    kernel->clock = clock;
    kernel->vfs = *vfs;
    *vfs = (struct vfs){0};
    kernel->umask = 022;
    kernel->stack_limit = settings->stack_size;
    kernel->signals.altstack.flags = GSS_DISABLE;
    const enum sim_status status = prepare(kernel, path, bytes, size);
    if (status != STATUS_OK) {
        kernel_destroy(kernel);
        return status;
    }
    *out = kernel;
    return STATUS_OK;
}

void kernel_destroy(struct user_kernel *kernel)
{
    if (!kernel)
        return;
    if (kernel->cpu)
        files_fini(kernel);
    cpu_destroy(kernel->cpu);
    space_fini(&kernel->space);
    bus_fini(&kernel->bus);
    vfs_fini(&kernel->vfs);
    free(kernel);
}

/* -- Running -- */

/* FPSCR[FEX] with MSR[FE0 FE1] set from outside is an interrupt at once (Book III-S 6.5.9). */
static void check_float(struct user_kernel *kernel)
{
    struct cpu *const cpu = kernel->cpu;
    if (!(cpu->fpscr & FPSCR_FEX) || !(cpu->msr & MSR_FP) || !(cpu->msr & (MSR_FE0 | MSR_FE1)))
        return;
    cpu->fault = (struct isa_fault){.vector = VECTOR_PROGRAM,
                                    .srr1 = SRR1_PROG_FP_ENABLED | SRR1_PROG_NOT_CURRENT};
    kernel_trap(kernel);
}

/* sc 1: a hypercall, which problem state may not make. */
static void refuse_hcall(struct user_kernel *kernel)
{
    enum { H_PRIVILEGE = -3 };
    kernel->cpu->gpr[3] = (uint64_t)(int64_t)H_PRIVILEGE;
}

static void after_stop(struct user_kernel *kernel, enum engine_stop stop)
{
    if (stop == STOP_HCALL)
        refuse_hcall(kernel);
    if (stop != STOP_INTERRUPT)
        return;
    kernel->cpu->reserve_valid = false; /* Linux drops it on the way back */
    kernel_trap(kernel);
    if (kernel->space.exhausted && !kernel->ended)
        kernel_die(kernel, GSIG_KILL, "out of memory; -m gives it more");
    if (!kernel->ended)
        signal_deliver(kernel);
    if (!kernel->ended)
        check_float(kernel);
    if (!kernel->ended)
        signal_deliver(kernel);
}

enum engine_stop kernel_run(struct user_kernel *kernel, uint64_t budget, uint64_t *retired)
{
    unsigned stuck = 0;
    assert(!kernel->ended && kernel->wait == WAIT_NOTHING);
    *retired = 0;
    while (*retired < budget && !kernel->ended && kernel->wait == WAIT_NOTHING) {
        uint64_t n = 0;
        const enum engine_stop stop = engine_run(kernel->cpu, budget - *retired, &n);
        *retired += n;
        stuck = n ? 0 : stuck + 1;
        if (stop == STOP_STUCK || stuck > STUCK_LIMIT)
            return STOP_STUCK;
        after_stop(kernel, stop);
    }
    return STOP_BUDGET;
}

/* -- Waiting -- */

static void wake_up(struct user_kernel *kernel, int64_t result)
{
    kernel->wait = WAIT_NOTHING;
    kernel_set_result(kernel, result);
}

/* A sleep that a signal ends tells what is left of it. */
static void interrupt_wait(struct user_kernel *kernel)
{
    const uint64_t now = kernel_timebase(kernel);
    if (kernel->wait == WAIT_TIME && kernel->wait_remaining && kernel->wake > now) {
        const uint64_t ns =
            (uint64_t)((unsigned __int128)(kernel->wake - now) * 1000000000 / TIMEBASE_HZ);
        guest_write64(kernel, kernel->wait_remaining, ns / 1000000000);
        guest_write64(kernel, kernel->wait_remaining + 8, ns % 1000000000);
    }
    wake_up(kernel, -EINTR);
}

static void raise_alarm(struct user_kernel *kernel, uint64_t now)
{
    const struct user_siginfo info = {.code = GCODE_KERNEL};
    const uint64_t interval = kernel->alarm_interval;
    /* Those that were missed come as one, as a pending signal is one. */
    kernel->alarm =
        interval ? kernel->alarm + ((now - kernel->alarm) / interval + 1) * interval : 0;
    signal_raise(kernel, GSIG_ALRM, &info);
}

void kernel_update(struct user_kernel *kernel)
{
    const uint64_t now = kernel_timebase(kernel);
    if (kernel->ended)
        return;
    if (kernel->wait == WAIT_TIME && kernel->wake <= now)
        wake_up(kernel, kernel->wait_result);
    if (kernel->alarm && kernel->alarm <= now)
        raise_alarm(kernel, now);
    if (!signal_waits(kernel))
        return;
    if (kernel->wait != WAIT_NOTHING)
        interrupt_wait(kernel);
    signal_deliver(kernel);
}

uint64_t kernel_due(const struct user_kernel *kernel)
{
    uint64_t due = UINT64_MAX;
    if (kernel->wait == WAIT_TIME)
        due = kernel->wake;
    if (kernel->alarm && kernel->alarm < due)
        due = kernel->alarm;
    return due;
}

uint64_t kernel_state_hash(struct user_kernel *kernel)
{
    uint64_t hash = state_hash(&cpu_state_desc, kernel->cpu, STATE_HASH_INIT);
    return space_hash(&kernel->space, hash);
}
