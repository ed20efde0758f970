#include "lockstep.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "isa/engine.h"

#define RAM_COMPARED_EVERY UINT64_C(1000000000) /* instructions */

void lockstep_init(struct lockstep *lockstep)
{
    lockstep->random = 1;
}

/* -- Differences -- */

void lockstep_end(struct lockstep *l, const char *why)
{
    if (l->ended)
        return;
    l->ended = true;
    l->ends(l->ends_ctx, why);
}

/* The first one counts. `after`: the machine's count when there was none yet. */
__attribute__((format(printf, 5, 6))) static void differ(struct lockstep *l,
                                                         enum lockstep_kind kind, unsigned vcpu,
                                                         uint64_t after, const char *fmt, ...)
{
    struct lockstep_difference *const d = &l->difference;
    va_list args;
    if (l->ended)
        return;
    *d =
        (struct lockstep_difference){.kind = kind, .vcpu = vcpu, .after = after, .upto = l->icount};
    va_start(args, fmt);
    vsnprintf(d->text, sizeof d->text, fmt, args);
    va_end(args);
    lockstep_end(l, d->text);
}

bool lockstep_vcpu_differs(const struct lockstep *l, unsigned vcpu)
{
    uint32_t index;
    return state_first_difference(&cpu_state_desc, lockstep_cpu(l, 0, vcpu),
                                  lockstep_cpu(l, 1, vcpu), &index);
}

/* A number of 1 to 8 or of 16 bytes, in the host's order, in hexadecimal. */
static void print_number(char *out, size_t size, const void *at, unsigned bytes)
{
    uint64_t d[2] = {0};
    memcpy(d, at, bytes < sizeof d ? bytes : sizeof d);
    if (bytes > 8)
        snprintf(out, size, "0x%016" PRIx64 "%016" PRIx64, d[1], d[0]);
    else
        snprintf(out, size, "0x%0*" PRIx64, (int)(2 * bytes), d[0]);
}

bool lockstep_next_difference(const struct lockstep *l, unsigned vcpu, unsigned *place, char *text,
                              size_t size)
{
    const char *const a = (const char *)lockstep_cpu(l, 0, vcpu);
    const char *const b = (const char *)lockstep_cpu(l, 1, vcpu);
    char value[2][36], index[16] = "";
    unsigned first = 0; /* place of a field's first element */
    for (unsigned i = 0; i < cpu_state_desc.field_count; i++) {
        const struct state_field *const f = &cpu_state_desc.fields[i];
        for (uint32_t k = *place > first ? *place - first : 0; k < f->count; k++) {
            const size_t at = f->offset + (size_t)f->size * k;
            if (memcmp(a + at, b + at, f->size) == 0)
                continue;
            print_number(value[0], sizeof value[0], a + at, f->size);
            print_number(value[1], sizeof value[1], b + at, f->size);
            if (f->count > 1)
                snprintf(index, sizeof index, "[%" PRIu32 "]", k);
            snprintf(text, size, "%s%s is %s (%s), %s (%s)", f->name, index, value[0],
                     l->side[0].name, value[1], l->side[1].name);
            *place = first + k + 1;
            return true;
        }
        first += f->count;
    }
    return false;
}

static void compare_vcpu(struct lockstep *l, unsigned vcpu, uint64_t after)
{
    const struct cpu *const cpu = lockstep_cpu(l, 0, vcpu);
    unsigned place = 0;
    char text[128];
    if (LIKELY(!lockstep_vcpu_differs(l, vcpu)))
        return;
    lockstep_next_difference(l, vcpu, &place, text, sizeof text);
    differ(l, LOCKSTEP_VCPU, vcpu, after,
           "lockstep: vCPU %u differs after %" PRIu64 " instructions, before 0x%016" PRIx64 ": %s",
           vcpu, cpu_icount(cpu), cpu->nia, text);
}

bool lockstep_ram_differs(const struct lockstep *l, uint64_t *real)
{
    enum { PIECE = 1 << 20 };
    for (uint64_t at = 0; at < l->ram_size; at += PIECE) {
        const uint64_t n = l->ram_size - at < PIECE ? l->ram_size - at : PIECE;
        if (memcmp(l->side[0].ram + at, l->side[1].ram + at, n) == 0)
            continue;
        for (*real = at; l->side[0].ram[*real] == l->side[1].ram[*real];)
            ++*real;
        return true;
    }
    return false;
}

static void compare_ram(struct lockstep *l)
{
    uint64_t real;
    l->since_ram = 0;
    if (l->ended || !lockstep_ram_differs(l, &real))
        return;
    differ(l, LOCKSTEP_MEMORY, 0, 0,
           "lockstep: memory differs at real address 0x%" PRIx64 ": 0x%02x (%s), 0x%02x (%s)", real,
           l->side[0].ram[real], l->side[0].name, l->side[1].ram[real], l->side[1].name);
    l->difference.real = real;
}

bool lockstep_counters_differ(const struct lockstep *l, unsigned vcpu, char *text, size_t size)
{
    struct cpu *const a = lockstep_cpu(l, 0, vcpu);
    struct cpu *const b = lockstep_cpu(l, 1, vcpu);
    char name[32];
    if (a->uncounted)
        return false;
    engine_settle_counters(a);
    engine_settle_counters(b);
    for (unsigned priv = 0; priv < PRIV_COUNT; priv++) {
        const char *const state = priv == PRIV_PROBLEM ? "problem" : "privileged";
        for (unsigned op = 0; op < ISA_OP_COUNT; op++) {
            const uint64_t n = a->counters->insns[priv][op], m = b->counters->insns[priv][op];
            if (n == m)
                continue;
            isa_op_name(op, name, sizeof name);
            snprintf(text, size,
                     "the count of %s in %s state is %" PRIu64 " (%s), %" PRIu64 " (%s)", name,
                     state, n, l->side[0].name, m, l->side[1].name);
            return true;
        }
        const uint64_t n = a->counters->branches_taken[priv], m = b->counters->branches_taken[priv];
        if (n != m) {
            snprintf(text, size,
                     "the count of branches taken in %s state is %" PRIu64 " (%s), %" PRIu64
                     " (%s)",
                     state, n, l->side[0].name, m, l->side[1].name);
            return true;
        }
    }
    return false;
}

bool lockstep_disks_differ(const struct lockstep *l, char *text, size_t size)
{
    struct pseries_disk_difference d;
    if (!l->disks_differ || !l->disks_differ(l->disks_ctx, &d))
        return false;
    snprintf(text, size, "%s differs at byte %" PRIu64 ": 0x%02x (%s), 0x%02x (%s)", d.drive,
             d.offset, d.bytes[0], l->side[0].name, d.bytes[1], l->side[1].name);
    return true;
}

const char *lockstep_stop_name(enum engine_stop why)
{
    static const char *const names[] = {
        [STOP_BUDGET] = "the end of the budget",
        [STOP_HCALL] = "a hypercall",
        [STOP_TIMER] = "a write to the decrementer",
        [STOP_STUCK] = "endless interrupts",
        [STOP_MARKER] = "a guest marker",
        [STOP_CLOCK] = "the reading of a clock",
        [STOP_INTERRUPT] = "an interrupt",
    };
    return names[why];
}

void lockstep_finish(struct lockstep *l)
{
    char text[192];
    for (unsigned vcpu = 0; vcpu < l->side[0].machine.vcpu_count; vcpu++) {
        compare_vcpu(l, vcpu, 0);
        if (!l->ended && lockstep_counters_differ(l, vcpu, text, sizeof text))
            differ(l, LOCKSTEP_COUNTERS, vcpu, 0, "lockstep: vCPU %u: %s", vcpu, text);
    }
    compare_ram(l);
    if (!l->ended && lockstep_disks_differ(l, text, sizeof text))
        differ(l, LOCKSTEP_DISK, 0, 0, "lockstep: %s", text);
}

/* -- What the loop asks for -- */

static uint64_t piece(struct lockstep *l, uint64_t left)
{
    l->random = l->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t n = 1 + (l->random >> 33) % LOCKSTEP_PIECE_MAX;
    return n < left ? n : left;
}

static void observe(struct lockstep *l, unsigned vcpu, uint64_t length)
{
    if (l->observe)
        l->observe(l->observe_ctx, vcpu, length);
}

static enum engine_stop pair_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct lockstep *const l = ctx;
    enum engine_stop why = STOP_BUDGET;
    *retired = 0;
    while (*retired < budget) {
        const uint64_t n = piece(l, budget - *retired), after = l->icount;
        uint64_t done[2];
        observe(l, vcpu, n);
        if (l->ended)
            break;
        why = l->side[0].machine.run(l->side[0].machine.ctx, vcpu, n, &done[0]);
        const enum engine_stop other =
            l->side[1].machine.run(l->side[1].machine.ctx, vcpu, n, &done[1]);
        *retired += done[0];
        l->icount += done[0];
        l->since_ram += done[0];
        if (why != other || done[0] != done[1])
            differ(l, LOCKSTEP_STOP, vcpu, after,
                   "lockstep: vCPU %u runs %" PRIu64 " instructions to %s (%s), %" PRIu64
                   " to %s (%s)",
                   vcpu, done[0], lockstep_stop_name(why), l->side[0].name, done[1],
                   lockstep_stop_name(other), l->side[1].name);
        compare_vcpu(l, vcpu, after);
        observe(l, vcpu, 0);
        if (why != STOP_BUDGET || done[0] < n || l->ended)
            break;
    }
    if (l->since_ram >= RAM_COMPARED_EVERY)
        compare_ram(l);
    return why;
}

#define BOTH(call, ...)                                                                            \
    (l->side[1].machine.call(l->side[1].machine.ctx, ##__VA_ARGS__),                               \
     l->side[0].machine.call(l->side[0].machine.ctx, ##__VA_ARGS__))

static uint64_t pair_cycle(void *ctx, unsigned vcpu)
{
    struct lockstep *const l = ctx;
    return BOTH(cycle, vcpu);
}

static void pair_limit_clock(void *ctx, unsigned vcpu, uint64_t cycle)
{
    struct lockstep *const l = ctx;
    BOTH(limit_clock, vcpu, cycle);
}

static bool pair_hcall_at_once(void *ctx, unsigned vcpu)
{
    struct lockstep *const l = ctx;
    return l->side[0].machine.hcall_at_once(l->side[0].machine.ctx, vcpu);
}

static enum pseries_action pair_hcall(void *ctx, unsigned vcpu)
{
    struct lockstep *const l = ctx;
    return BOTH(hcall, vcpu);
}

static void pair_marker(void *ctx, unsigned vcpu, uint64_t arguments[2])
{
    struct lockstep *const l = ctx;
    l->side[0].machine.marker(l->side[0].machine.ctx, vcpu, arguments);
}

static bool pair_halted(void *ctx, unsigned vcpu)
{
    struct lockstep *const l = ctx;
    return l->side[0].machine.halted(l->side[0].machine.ctx, vcpu);
}

static void pair_update(void *ctx, unsigned vcpu)
{
    struct lockstep *const l = ctx;
    BOTH(update, vcpu);
}

static uint64_t pair_timer_due(void *ctx, unsigned vcpu)
{
    struct lockstep *const l = ctx;
    return l->side[0].machine.timer_due(l->side[0].machine.ctx, vcpu);
}

static uint64_t pair_event_due(void *ctx)
{
    struct lockstep *const l = ctx;
    return l->side[0].machine.event_due(l->side[0].machine.ctx);
}

static void pair_run_events(void *ctx)
{
    struct lockstep *const l = ctx;
    BOTH(run_events);
}

static enum sim_status pair_reset(void *ctx)
{
    struct lockstep *const l = ctx;
    TRY(l->side[1].machine.reset(l->side[1].machine.ctx));
    return l->side[0].machine.reset(l->side[0].machine.ctx);
}

static const char *pair_panic_message(void *ctx)
{
    struct lockstep *const l = ctx;
    return l->side[0].machine.panic_message(l->side[0].machine.ctx);
}

static size_t pair_input(void *ctx, const uint8_t *bytes, size_t n)
{
    struct lockstep *const l = ctx;
    return BOTH(input, bytes, n);
}

struct loop_machine lockstep_machine(struct lockstep *lockstep)
{
    return (struct loop_machine){
        .ctx = lockstep,
        .vcpu_count = lockstep->side[0].machine.vcpu_count,
        .run = pair_run,
        .cycle = pair_cycle,
        .limit_clock = pair_limit_clock,
        .hcall_at_once = pair_hcall_at_once,
        .hcall = pair_hcall,
        .marker = pair_marker,
        .halted = pair_halted,
        .update = pair_update,
        .timer_due = pair_timer_due,
        .event_due = pair_event_due,
        .run_events = pair_run_events,
        .reset = pair_reset,
        .panic_message = pair_panic_message,
        .input = pair_input,
    };
}
