#include "block.h"

/*
 * A disk as a device in virtual time (contract 3). A command occupies the link for its transfer,
 * one command after another, and completes a latency after that; no completion overtakes an earlier
 * one. 8 us a 4 KiB page is 512 MB/s, the latencies let one thread have some ten thousand reads a
 * second: round figures of a solid-state disk behind a 6 Gb/s link.
 */
/* clang-format off */
const struct block_time block_times[BLOCK_OP_COUNT] = {
    [BLOCK_OP_CONTROL] = {"control", 10000, 0},
    [BLOCK_OP_READ] = {"read", 80000, 8000},
    [BLOCK_OP_WRITE] = {"write", 40000, 8000},
    [BLOCK_OP_FLUSH] = {"flush", 400000, 0},
    [BLOCK_OP_DISCARD] = {"discard", 100000, 0},
};
/* clang-format on */

uint64_t block_delay_ns(struct block_clock *clock, uint64_t now_ns, enum block_op op,
                        uint64_t bytes)
{
    const struct block_time *const t = &block_times[op];
    const uint64_t start = clock->link_free_ns > now_ns ? clock->link_free_ns : now_ns;
    clock->link_free_ns = start + bytes / 4096 * t->ns_per_4k + bytes % 4096 * t->ns_per_4k / 4096;
    uint64_t due = clock->link_free_ns + t->latency_ns;
    if (due < clock->last_due_ns)
        due = clock->last_due_ns;
    clock->last_due_ns = due;
    return due - now_ns;
}
