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

__attribute__((format(printf, 2, 3))) static void differ(struct lockstep *l, const char *fmt, ...)
{
    char text[256];
    va_list args;
    if (l->differed)
        return;
    l->differed = true;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    l->differs(l->differs_ctx, text);
}

/* Element `index` of a field, as a number; the first eight bytes of what is wider. */
static uint64_t element(const struct cpu *cpu, const char *name, uint32_t index)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < cpu_state_desc.field_count; i++) {
        const struct state_field *const f = &cpu_state_desc.fields[i];
        if (strcmp(f->name, name) == 0)
            memcpy(&value, (const char *)cpu + f->offset + (size_t)f->size * index,
                   f->size < sizeof value ? f->size : sizeof value);
    }
    return value;
}

static void compare_vcpu(struct lockstep *l, unsigned vcpu)
{
    const struct cpu *const a = l->side[0].cpu(l->side[0].machine.ctx, vcpu);
    const struct cpu *const b = l->side[1].cpu(l->side[1].machine.ctx, vcpu);
    uint32_t index;
    const char *const name = state_first_difference(&cpu_state_desc, a, b, &index);
    if (name)
        differ(l,
               "lockstep: vCPU %u differs after %" PRIu64 " instructions, before 0x%016" PRIx64
               ": %s[%" PRIu32 "] is 0x%016" PRIx64 " (%s), 0x%016" PRIx64 " (%s)",
               vcpu, cpu_icount(a), a->nia, name, index, element(a, name, index), l->side[0].name,
               element(b, name, index), l->side[1].name);
}

static void compare_ram(struct lockstep *l)
{
    enum { PIECE = 1 << 20 };
    l->since_ram = 0;
    for (uint64_t at = 0; at < l->ram_size; at += PIECE) {
        const uint64_t n = l->ram_size - at < PIECE ? l->ram_size - at : PIECE;
        if (memcmp(l->side[0].ram + at, l->side[1].ram + at, n) == 0)
            continue;
        uint64_t first = at;
        while (l->side[0].ram[first] == l->side[1].ram[first])
            first++;
        differ(
            l, "lockstep: memory differs at real address 0x%" PRIx64 ": 0x%02x (%s), 0x%02x (%s)",
            first, l->side[0].ram[first], l->side[0].name, l->side[1].ram[first], l->side[1].name);
        return;
    }
}

static void compare_counters(struct lockstep *l, unsigned vcpu)
{
    struct cpu *const a = l->side[0].cpu(l->side[0].machine.ctx, vcpu);
    struct cpu *const b = l->side[1].cpu(l->side[1].machine.ctx, vcpu);
    char name[32];
    engine_settle_counters(a);
    engine_settle_counters(b);
    for (unsigned priv = 0; priv < PRIV_COUNT; priv++)
        for (unsigned op = 0; op < ISA_OP_COUNT; op++) {
            const uint64_t n = a->counters->insns[priv][op], m = b->counters->insns[priv][op];
            if (n == m)
                continue;
            isa_op_name(op, name, sizeof name);
            differ(l, "lockstep: vCPU %u counts %" PRIu64 " %s (%s), %" PRIu64 " (%s), state %u",
                   vcpu, n, name, l->side[0].name, m, l->side[1].name, priv);
        }
    if (memcmp(a->counters->branches_taken, b->counters->branches_taken,
               sizeof a->counters->branches_taken) != 0)
        differ(l, "lockstep: vCPU %u differs in branches taken", vcpu);
}

void lockstep_finish(struct lockstep *l)
{
    for (unsigned vcpu = 0; vcpu < l->side[0].machine.vcpu_count; vcpu++) {
        compare_vcpu(l, vcpu);
        compare_counters(l, vcpu);
    }
    compare_ram(l);
}

/* -- What the loop asks for -- */

static uint64_t piece(struct lockstep *l, uint64_t left)
{
    l->random = l->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    const uint64_t n = 1 + (l->random >> 33) % LOCKSTEP_PIECE_MAX;
    return n < left ? n : left;
}

static enum engine_stop pair_run(void *ctx, unsigned vcpu, uint64_t budget, uint64_t *retired)
{
    struct lockstep *const l = ctx;
    enum engine_stop why = STOP_BUDGET;
    *retired = 0;
    while (*retired < budget && !l->differed) {
        const uint64_t n = piece(l, budget - *retired);
        uint64_t done[2];
        why = l->side[0].machine.run(l->side[0].machine.ctx, vcpu, n, &done[0]);
        const enum engine_stop other =
            l->side[1].machine.run(l->side[1].machine.ctx, vcpu, n, &done[1]);
        if (why != other || done[0] != done[1])
            differ(l,
                   "lockstep: vCPU %u ran %" PRIu64 " instructions to stop %d (%s), %" PRIu64
                   " to stop %d (%s)",
                   vcpu, done[0], (int)why, l->side[0].name, done[1], (int)other, l->side[1].name);
        compare_vcpu(l, vcpu);
        *retired += done[0];
        l->since_ram += done[0];
        if (why != STOP_BUDGET || done[0] < n)
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
