/* RTAS dispatcher: the argument block of H_RTAS, and the /rtas node (LoPAR 7.2, B.6.3.1). */
#include "rtas.h"

#include <string.h>

#include "base/log.h"
#include "fdt_node.h"
#include "pseries_internal.h"

/* Firmware and operating systems pass effective addresses of real mode: the top four bits do not
 * take part in the address (Book III-S 5.7.3). */
#define REAL_MODE_MASK UINT64_C(0x0fffffffffffffff)

enum { BLOCK_HEADER = 12, ERROR_LOG_MAX = 0x800, EVENT_SCANS_PER_MINUTE = 1 };

typedef int32_t rtas_fn(struct pseries *p, struct cpu *cpu, struct rtas_call *call);

static const struct {
    const char *name;
    rtas_fn *handler;
    uint8_t number, nargs_min, nargs_max, nret_min, nret_max;
} rows[] = {
#define RTAS(id, call_name, num, a_min, a_max, r_min, r_max, fn)                                   \
    {call_name, fn, num, a_min, a_max, r_min, r_max},
#include "rtas.def"
#undef RTAS
};

/* Row + 1 by number; 0: no such call. */
static const uint8_t row_by_number[] = {
#define RTAS(id, call_name, num, a_min, a_max, r_min, r_max, fn) [num] = RTAS_ROW_##id + 1,
#include "rtas.def"
#undef RTAS
};

#define RTAS(id, call_name, num, a_min, a_max, r_min, r_max, fn)                                   \
    _Static_assert((a_min) <= (a_max) && (a_max) <= RTAS_ARGS_MAX && (r_min) <= (r_max) &&         \
                       (r_max) <= RTAS_ARGS_MAX,                                                   \
                   call_name);
#include "rtas.def"
#undef RTAS

static const struct state_field rtas_fields[] = {
    STATE_FIELD(rtas, rtc_offset),
    STATE_FIELD(rtas, base),
};
const struct state_desc rtas_state_desc = STATE_DESC("rtas", 1, rtas_fields);

/* mr r4,r3; lis r3,0; ori r3,r3,0xf000; sc 1; blr */
const uint8_t rtas_blob[RTAS_BLOB_SIZE] = {
    0x7c, 0x64, 0x1b, 0x78, 0x3c, 0x60, 0x00, 0x00, 0x60, 0x63,
    0xf0, 0x00, 0x44, 0x00, 0x00, 0x22, 0x4e, 0x80, 0x00, 0x20,
};

void rtas_init(struct pseries *p)
{
    memset(&p->rtas, 0, sizeof p->rtas);
    for (unsigned i = 0; i < RTAS_ROW_COUNT; i++)
        p->rtas_counts[i] = (struct pseries_call_count){rows[i].name, 0};
    p->rtas_counts[RTAS_ROW_COUNT] = (struct pseries_call_count){"unknown", 0};
}

void rtas_reset(struct pseries *p)
{
    p->rtas.base = 0;
}

/* Row of a token, or RTAS_ROW_COUNT. */
static unsigned find_row(uint32_t token)
{
    const uint32_t number = token - RTAS_TOKEN_BASE;
    if (token == RTAS_TOKEN_DISPLAY)
        return RTAS_ROW_DISPLAY_CHARACTER;
    if (number < ARRAY_SIZE(row_by_number) && row_by_number[number])
        return row_by_number[number] - 1u;
    return RTAS_ROW_COUNT;
}

static void log_unknown(struct rtas *r, uint32_t token)
{
    for (uint32_t i = 0; i < r->logged_count; i++)
        if (r->logged[i] == token)
            return;
    if (r->logged_count == RTAS_LOGGED_MAX)
        return;
    r->logged[r->logged_count++] = token;
    log_warning("the guest calls RTAS token 0x%x, which does not exist (named once)", token);
}

/* Runs the handler of `row` on the block at `real`, whose `nargs` words and `nret` are in RAM. */
static void run_call(struct pseries *p, struct cpu *cpu, unsigned row, uint64_t real,
                     uint32_t nargs, uint32_t nret)
{
    const uint64_t args = real + BLOCK_HEADER, rets = args + UINT64_C(4) * nargs;
    struct rtas_call call = {.nargs = nargs, .nret = nret};

    if (nargs < rows[row].nargs_min || nargs > rows[row].nargs_max || nret < rows[row].nret_min ||
        nret > rows[row].nret_max) {
        if (nret)
            bus_write_be32(&p->bus, rets, (uint32_t)RTAS_PARAMETER);
        return;
    }
    for (uint32_t i = 0; i < nargs; i++)
        bus_read_be32(&p->bus, args + 4 * i, &call.args[i]);
    call.rets[0] = (uint32_t)rows[row].handler(p, cpu, &call);
    for (uint32_t i = 0; i < nret; i++)
        bus_write_be32(&p->bus, rets + 4 * i, call.rets[i]);
}

int64_t h_rtas(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t real = args[0] & REAL_MODE_MASK;
    uint32_t token, nargs, nret;

    if (!bus_read_be32(&p->bus, real, &token) || !bus_read_be32(&p->bus, real + 4, &nargs) ||
        !bus_read_be32(&p->bus, real + 8, &nret))
        return H_PARAMETER;
    if (!bus_is_ram(&p->bus, real, BLOCK_HEADER + UINT64_C(4) * nargs + UINT64_C(4) * nret))
        return H_PARAMETER;

    const unsigned row = find_row(token);
    p->rtas_counts[row].count++;
    if (row == RTAS_ROW_COUNT) {
        log_unknown(&p->rtas, token);
        if (nret)
            bus_write_be32(&p->bus, real + BLOCK_HEADER + UINT64_C(4) * nargs,
                           (uint32_t)RTAS_PARAMETER);
        return H_PARAMETER;
    }
    run_call(p, cpu, row, real, nargs, nret);
    return H_SUCCESS;
}

/* -- Device tree -- */

uint32_t rtas_size(const struct pseries *p)
{
    /* The blob, the machine check log, and a system reset save area a vCPU. */
    return RTAS_BLOB_SIZE + ERROR_LOG_MAX + 16 * p->config.cpu_count + 8;
}

/* Every function set that a row of hcalls.def names, once, NUL ended. */
static void add_hypertas_functions(struct fdt_node *n)
{
    static const char *const sets[] = {
#define HCALL(name, token, handler, set) set,
#include "hcalls.def"
#undef HCALL
    };
    char list[1024];
    size_t used = 0;
    for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
        const size_t len = strlen(sets[i]) + 1;
        bool known = len == 1;
        for (size_t k = 0; k < i && !known; k++)
            known = strcmp(sets[k], sets[i]) == 0;
        if (known)
            continue;
        if (used + len > sizeof list) {
            n->error = -FDT_ERR_NOSPACE;
            return;
        }
        memcpy(list + used, sets[i], len);
        used += len;
    }
    fdt_node_bytes(n, "ibm,hypertas-functions", list, used);
}

int rtas_fdt(struct pseries *p, void *fdt, int parent)
{
    struct fdt_node n = fdt_node_add(fdt, parent, "rtas");
    add_hypertas_functions(&n);
    fdt_node_string(&n, "qemu,hypertas-functions", "hcall-memop1");
    fdt_node_u32(&n, "rtas-size", rtas_size(p));
    fdt_node_u32(&n, "rtas-error-log-max", ERROR_LOG_MAX);
    fdt_node_u32(&n, "rtas-event-scan-rate", EVENT_SCANS_PER_MINUTE);
    fdt_node_empty(&n, "ibm,change-msix-capable");
    fdt_node_empty(&n, "ibm,extended-os-term");
    FDT_NODE_CELLS(&n, "ibm,lrdr-capacity", 0, 0, 0, 0x10000000,
                   p->config.cpu_count / p->config.threads);
    FDT_NODE_CELLS(&n, "ibm,max-associativity-domains", 4, 0, 0, 0, 1);
    FDT_NODE_CELLS(&n, "ibm,associativity-reference-points", 4, 4, 2);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        fdt_node_u32(&n, rows[i].name, RTAS_TOKEN_BASE + rows[i].number);
    return n.error;
}
