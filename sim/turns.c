#include "turns.h"

#include <assert.h>

/* A vCPU's own time. The only one has that of the machine. */
static uint64_t own_cycle(const struct loop *loop, unsigned vcpu)
{
    return loop->machine.cycle ? loop->machine.cycle(loop->machine.ctx, vcpu)
                               : clock_cycles(loop->clock, loop->icount);
}

static uint64_t timer_cycle(const struct loop *loop, unsigned vcpu)
{
    const uint64_t due = loop->machine.timer_due(loop->machine.ctx, vcpu);
    return due == LOOP_NEVER ? LOOP_NEVER : clock_cycles_at(loop->clock, due);
}

uint64_t turns_event_cycle(const struct loop *loop)
{
    return loop->machine.event_due ? loop->machine.event_due(loop->machine.ctx) : LOOP_NEVER;
}

uint64_t turns_own_business(const struct loop *loop)
{
    uint64_t next = watch_next_cycle(loop->watches);
    if (loop->script)
        next = least(next, script_deadline(loop->script));
    if (loop->replay)
        next = least(next, replay_next_cycle(loop->replay, loop->icount));
    return next;
}

void turns_look(struct loop *loop, unsigned i)
{
    struct loop_vcpu *const v = &loop->vcpus[i];
    const bool was_halted = v->halted;
    v->halted = loop->machine.halted(loop->machine.ctx, i);
    /* The last one to run may begin to wait within its turn: nothing is earlier than that. */
    if (v->halted && !was_halted && !turns_any_running(loop) &&
        own_cycle(loop, i) > loop->clock->now)
        loop->clock->now = own_cycle(loop, i);
    if (v->halted) {
        loop->machine.update(loop->machine.ctx, i);
        v->halted = loop->machine.halted(loop->machine.ctx, i);
    }
    if (!v->halted)
        v->ready = own_cycle(loop, i);
    else if (!was_halted || v->ready <= loop->clock->now) /* nothing else moves its timer */
        v->ready = timer_cycle(loop, i);
}

void turns_look_at_waiting(struct loop *loop)
{
    for (unsigned i = 0; i < loop->machine.vcpu_count; i++)
        if (loop->vcpus[i].halted)
            turns_look(loop, i);
}

void turns_reset(struct loop *loop)
{
    loop->turn_end = 0;
    for (unsigned i = 0; i < loop->machine.vcpu_count; i++) {
        loop->vcpus[i] = (struct loop_vcpu){.waits = STOP_BUDGET};
        turns_look(loop, i);
    }
}

unsigned turns_next(const struct loop *loop, unsigned except)
{
    unsigned found = loop->machine.vcpu_count;
    uint64_t ready = LOOP_NEVER;
    for (unsigned i = 0; i < loop->machine.vcpu_count; i++) {
        if (i != except && loop->vcpus[i].ready < ready) {
            ready = loop->vcpus[i].ready;
            found = i;
        }
    }
    return found;
}

uint64_t turns_ready(const struct loop *loop, unsigned vcpu)
{
    return vcpu < loop->machine.vcpu_count ? loop->vcpus[vcpu].ready : LOOP_NEVER;
}

bool turns_any_running(const struct loop *loop)
{
    for (unsigned i = 0; i < loop->machine.vcpu_count; i++)
        if (!loop->vcpus[i].halted)
            return true;
    return false;
}

void turns_move_time(struct loop *loop)
{
    const uint64_t ready = turns_ready(loop, turns_next(loop, LOOP_VCPUS_MAX));
    if (turns_any_running(loop) && ready > loop->clock->now)
        loop->clock->now = ready;
}

void turns_pass_idle(struct loop *loop, uint64_t cycles)
{
    loop->clock->idle_cycles += cycles;
    loop->clock->now += cycles;
}

uint64_t turns_budget(const struct loop *loop, unsigned vcpu, uint64_t end)
{
    const uint64_t now = loop->vcpus[vcpu].ready, timer = timer_cycle(loop, vcpu);
    const uint64_t business = turns_own_business(loop);
    uint64_t last = watch_next_icount(loop->watches);
    if (loop->replay)
        last = least(last, replay_next_icount(loop->replay));
    if (loop->interval)
        last = least(last, loop->next_interval);
    uint64_t budget = least(last - loop->icount, LOOP_BATCH_MAX - loop->icount % LOOP_BATCH_MAX);
    end = least(end, timer);
    /* A vCPU that is ahead may have passed what is done when the others have come there. */
    if (business > now)
        end = least(end, business);
    if (end != LOOP_NEVER) {
        assert(end > now);
        budget = least(budget, (end - now - 1) / loop->clock->cpi + 1);
    }
    assert(budget > 0);
    return budget;
}

uint64_t turns_end(const struct loop *loop)
{
    const uint64_t others = turns_ready(loop, turns_next(loop, loop->turn));
    const uint64_t end = loop->turn_end > others ? loop->turn_end : others;
    return loop->turn_end == 0 ? 0 : least(end, turns_event_cycle(loop));
}

bool turns_goes_on(const struct loop *loop)
{
    const struct loop_vcpu *const v = &loop->vcpus[loop->turn];
    return !v->halted && v->waits == STOP_BUDGET && v->ready < turns_end(loop);
}

void turns_begin(struct loop *loop, unsigned vcpu)
{
    loop->turn = vcpu;
    loop->turn_end = (loop->vcpus[vcpu].ready / CLOCK_TURN_CYCLES + 1) * CLOCK_TURN_CYCLES;
}
