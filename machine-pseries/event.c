#include "event.h"

#include "pseries_internal.h"

#define NS_PER_SECOND UINT64_C(1000000000)

static const struct state_field event_queue_fields[] = {STATE_FIELD(event_queue, armed)};
const struct state_desc event_queue_state_desc = STATE_DESC("event-queue", 1, event_queue_fields);

uint64_t pseries_now(const struct pseries *p)
{
    const struct cpu *const cpu = p->config.cpu_count == 1 ? p->cpus[0] : p->bus.running;
    return cpu ? cpu_cycles(cpu) : p->clock->now;
}

void event_cancel(struct pseries *p, struct machine_event *e)
{
    if (!e->armed)
        return;
    struct machine_event **at = &p->events.first;
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    e->armed = false;
}

static bool is_before(const struct machine_event *a, const struct machine_event *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void insert(struct pseries *p, struct machine_event *e)
{
    struct machine_event **at = &p->events.first;
    while (*at && is_before(*at, e))
        at = &(*at)->next;
    e->next = *at;
    *at = e;
}

void event_rejoin(struct pseries *p, struct machine_event *e)
{
    if (e->armed)
        insert(p, e);
}

void event_arm(struct pseries *p, struct machine_event *e, uint64_t ns)
{
    const unsigned __int128 cycles = (unsigned __int128)ns * p->clock->hz / NS_PER_SECOND;
    const uint64_t now = pseries_now(p), most = EVENT_NEVER - 1 - now;
    event_cancel(p, e);
    e->due = now + (cycles > most ? most : cycles ? (uint64_t)cycles : 1);
    e->order = ++p->events.armed;
    e->armed = true;
    insert(p, e);
}

void event_reset(struct pseries *p)
{
    while (p->events.first)
        event_cancel(p, p->events.first);
    p->events.armed = 0;
}

uint64_t pseries_next_event(const struct pseries *p)
{
    return p->events.first ? p->events.first->due : EVENT_NEVER;
}

void pseries_run_events(struct pseries *p)
{
    const uint64_t now = pseries_now(p);
    while (p->events.first && p->events.first->due <= now) {
        struct machine_event *const e = p->events.first;
        event_cancel(p, e);
        e->fire(p, e);
    }
}
