/*
 * What devices count: a kind of device declares its counters once, as named uint64_t fields of its
 * struct, and the machine has one list of all of them, for the run database.
 */
#ifndef HORNPIPE_DEVICE_COUNTERS_H
#define HORNPIPE_DEVICE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct pseries;

struct device_counter {
    const char *name; /* NULL ends the list */
    size_t offset;    /* of a uint64_t in the device's struct */
};

/* clang-format off */
#define DEVICE_COUNTER(type, member, shown)                                                        \
    {(shown), _Generic(&((struct type *)0)->member, uint64_t * : offsetof(struct type, member))}

/* Rows for a struct block_counters. */
#define DEVICE_BLOCK_COUNTERS(type, member)                                                        \
    DEVICE_COUNTER(type, member.ops[BLOCK_OP_CONTROL], "control_commands"),                        \
    DEVICE_COUNTER(type, member.ops[BLOCK_OP_READ], "reads"),                                      \
    DEVICE_COUNTER(type, member.ops[BLOCK_OP_WRITE], "writes"),                                    \
    DEVICE_COUNTER(type, member.ops[BLOCK_OP_FLUSH], "flushes"),                                   \
    DEVICE_COUNTER(type, member.ops[BLOCK_OP_DISCARD], "discards"),                                \
    DEVICE_COUNTER(type, member.bytes[BLOCK_OP_READ], "read_bytes"),                               \
    DEVICE_COUNTER(type, member.bytes[BLOCK_OP_WRITE], "written_bytes"),                           \
    DEVICE_COUNTER(type, member.errors, "errors")
/* clang-format on */

/* Makes the list, once all devices are there; freed with the devices. */
enum sim_status device_counters_collect(struct pseries *p);

#endif
