#include "watch.h"

#include <stdlib.h>
#include <string.h>

/* First cycle at which `ns` of virtual time have passed. */
static uint64_t cycle_at(uint64_t ns, uint64_t hz)
{
    const unsigned __int128 cycle = ((unsigned __int128)ns * hz + 999999999) / 1000000000;
    return cycle < WATCH_NEVER ? (uint64_t)cycle : WATCH_NEVER;
}

enum sim_status watch_init(struct watch_list *list, const struct run_trigger *triggers,
                           size_t count, uint64_t clock_hz)
{
    *list = (struct watch_list){0};
    if (count == 0)
        return STATUS_OK;
    list->watches = calloc(count, sizeof *list->watches);
    RETURN_IF(!list->watches, STATUS_NO_MEMORY, "no memory for %zu --until and --at", count);
    for (; list->count < count; list->count++) {
        struct watch *const watch = &list->watches[list->count];
        watch->trigger = &triggers[list->count];
        watch->cycle = WATCH_NEVER;
        if (watch->trigger->event == EVENT_VTIME)
            watch->cycle = cycle_at(watch->trigger->vtime_ns, clock_hz);
        if (watch->trigger->event == EVENT_CONSOLE) {
            const char *const text = watch->trigger->text;
            const enum sim_status status = match_init(&watch->match, text, strlen(text));
            if (status != STATUS_OK) {
                watch_fini(list);
                return status;
            }
        }
    }
    return STATUS_OK;
}

void watch_fini(struct watch_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        match_fini(&list->watches[i].match);
    free(list->watches);
    *list = (struct watch_list){0};
}

void watch_output(struct watch_list *list, const uint8_t *bytes, size_t n)
{
    for (size_t w = 0; w < list->count; w++) {
        struct watch *const watch = &list->watches[w];
        if (watch->trigger->event != EVENT_CONSOLE || watch->taken)
            continue;
        for (size_t i = 0; i < n && !watch->seen; i++)
            watch->seen = match_feed(&watch->match, bytes[i]);
    }
}

uint64_t watch_next_icount(const struct watch_list *list)
{
    uint64_t next = WATCH_NEVER;
    for (size_t i = 0; i < list->count; i++) {
        const struct watch *const watch = &list->watches[i];
        if (watch->trigger->event == EVENT_ICOUNT && !watch->taken && watch->trigger->icount < next)
            next = watch->trigger->icount;
    }
    return next;
}

uint64_t watch_next_cycle(const struct watch_list *list)
{
    uint64_t next = WATCH_NEVER;
    for (size_t i = 0; i < list->count; i++) {
        const struct watch *const watch = &list->watches[i];
        if (!watch->taken && watch->cycle < next)
            next = watch->cycle;
    }
    return next;
}

const struct run_trigger *watch_take(struct watch_list *list, uint64_t icount, uint64_t cycle)
{
    for (size_t i = 0; i < list->count; i++) {
        struct watch *const watch = &list->watches[i];
        const struct run_trigger *const trigger = watch->trigger;
        const bool come = watch->seen || cycle >= watch->cycle ||
                          (trigger->event == EVENT_ICOUNT && icount >= trigger->icount);
        if (come && !watch->taken) {
            watch->taken = true;
            return trigger;
        }
    }
    return NULL;
}
