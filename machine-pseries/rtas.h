/* RTAS: the table of calls and the argument block (LoPAR 7). */
#ifndef HORNPIPE_RTAS_H
#define HORNPIPE_RTAS_H

#include <stdint.h>

#include "base/state.h"

struct cpu;
struct pseries;

enum {
    RTAS_TOKEN_BASE = 0x2000,
    RTAS_TOKEN_DISPLAY = 0xa, /* display-character for callers that have no device tree */
    RTAS_ARGS_MAX = 16,
    RTAS_BLOB_SIZE = 20,
    RTAS_LOGGED_MAX = 32, /* unknown tokens that are named in the log */
};

/* Numbers of calls that the host bridge's node names. */
enum {
    RTAS_DDW_QUERY = 0x26,
    RTAS_DDW_CREATE = 0x27,
    RTAS_DDW_REMOVE = 0x28,
    RTAS_DDW_RESET = 0x29,
};

enum rtas_row {
#define RTAS(id, name, number, nargs_min, nargs_max, nret_min, nret_max, handler) RTAS_ROW_##id,
#include "rtas.def"
#undef RTAS
    RTAS_ROW_COUNT
};

/* Status words. */
enum {
    RTAS_OK = 0,
    RTAS_HARDWARE = -1,
    RTAS_BUSY = -2,
    RTAS_PARAMETER = -3,
    RTAS_NONE = 1,
    RTAS_NOT_AUTHORIZED = -9002,
    RTAS_SYSPARM_PARAMETER = -9999,
};

struct rtas_call {
    uint32_t args[RTAS_ARGS_MAX];
    uint32_t rets[RTAS_ARGS_MAX]; /* [0] is the status, stored by the dispatcher */
    uint32_t nargs, nret;
};

struct rtas {
    int64_t rtc_offset; /* seconds that set-time-of-day added; survives a reset */
    uint64_t base;      /* real address where the blob was instantiated, 0 before */

    /* Unknown tokens met so far, for the log only. */
    uint32_t logged[RTAS_LOGGED_MAX];
    uint32_t logged_count;
};
extern const struct state_desc rtas_state_desc;

#define RTAS(id, name, number, nargs_min, nargs_max, nret_min, nret_max, handler)                  \
    int32_t handler(struct pseries *p, struct cpu *cpu, struct rtas_call *call);
#include "rtas.def"
#undef RTAS

void rtas_init(struct pseries *p);
void rtas_reset(struct pseries *p);

/* Adds the /rtas node (pseries.md 2.4) under the node at `parent`; 0 or a libfdt error. */
int rtas_fdt(struct pseries *p, void *fdt, int parent);

/* Bytes that /rtas rtas-size announces, and the 20-byte entry blob. */
uint32_t rtas_size(const struct pseries *p);
extern const uint8_t rtas_blob[RTAS_BLOB_SIZE];

#endif
