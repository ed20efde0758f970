/*
 * PAPR interrupt controller: presentation (ICP) and source (ICS) state machines
 * (LoPAR 6, "Interrupt Controller"; hypercalls 14.5.4.7; RTAS 7.3.10).
 */
#include "xics.h"

#include <assert.h>
#include <string.h>

#include "fdt_node.h"
#include "pseries_internal.h"

_Static_assert(sizeof(struct xics_server) == 8 && sizeof(struct xics_source) == 6,
               "described as opaque bytes: no padding");

static const struct state_field xics_fields[] = {
    STATE_ARRAY(xics, servers),
    STATE_ARRAY(xics, sources),
    STATE_ARRAY(xics, waiting),
};
const struct state_desc xics_state_desc = STATE_DESC("xics", 1, xics_fields);

static uint32_t xisr(const struct xics_server *s)
{
    return s->xirr & 0xffffff;
}

static uint8_t cppr(const struct xics_server *s)
{
    return (uint8_t)(s->xirr >> 24);
}

static void set_xisr(struct xics_server *s, uint32_t source)
{
    s->xirr = (s->xirr & 0xff000000) | source;
}

static void set_cppr(struct xics_server *s, uint8_t value)
{
    s->xirr = (uint32_t)value << 24 | xisr(s);
}

/* The source of an interrupt number, or NULL: the IPI, spurious, or a number of nobody. */
static struct xics_source *find_source(struct pseries *p, uint32_t number)
{
    const uint32_t index = number - XICS_SOURCE_BASE;
    return index < XICS_SOURCE_COUNT ? &p->xics.sources[index] : NULL;
}

static struct xics_server *find_server(struct pseries *p, uint64_t server)
{
    if (server >= XICS_MAX_SERVERS || !pseries_find_cpu(p, server))
        return NULL;
    return &p->xics.servers[server];
}

static struct xics_server *own_server(struct pseries *p, const struct cpu *cpu)
{
    assert(cpu->pir < XICS_MAX_SERVERS);
    return &p->xics.servers[cpu->pir];
}

/* The external interrupt input of the server's vCPU: a level. */
static void set_line(struct pseries *p, const struct xics_server *s, bool up)
{
    struct cpu *cpu = pseries_find_cpu(p, (uint64_t)(s - p->xics.servers));
    if (!cpu)
        return;
    if (up)
        cpu->pending |= PENDING_EXTERNAL;
    else
        cpu->pending &= ~(uint32_t)PENDING_EXTERNAL;
}

static void set_status(struct pseries *p, struct xics_source *src, uint8_t status)
{
    const size_t index = (size_t)(src - p->xics.sources);
    const uint64_t bit = UINT64_C(1) << (index % 64);
    src->status = status;
    if (status & (XICS_ASSERTED | XICS_REJECTED))
        p->xics.waiting[index / 64] |= bit;
    else
        p->xics.waiting[index / 64] &= ~bit;
}

/* The server gives `number` back: the source tries again at the next resend. */
static void reject(struct pseries *p, uint32_t number)
{
    struct xics_source *src = find_source(p, number);
    if (!src)
        return; /* an IPI stays in MFRR */
    if (src->lsi)
        set_status(p, src, src->status & ~XICS_SENT);
    else
        set_status(p, src, src->status | XICS_REJECTED);
}

static void present(struct pseries *p, struct xics_server *s, uint32_t number, uint8_t priority)
{
    if (xisr(s))
        reject(p, xisr(s));
    set_xisr(s, number);
    s->pending_priority = priority;
    set_line(p, s, true);
}

/* True if the server would not present something of this priority now. */
static bool is_shut(const struct xics_server *s, uint8_t priority)
{
    return priority >= cppr(s) || (xisr(s) && s->pending_priority <= priority);
}

static void deliver(struct pseries *p, const struct xics_source *src)
{
    const uint32_t number = XICS_SOURCE_BASE + (uint32_t)(src - p->xics.sources);
    struct xics_server *s = &p->xics.servers[src->server];
    if (is_shut(s, src->priority))
        reject(p, number);
    else
        present(p, s, number, src->priority);
}

static void check_ipi(struct pseries *p, struct xics_server *s)
{
    if (!is_shut(s, s->mfrr))
        present(p, s, XICS_IPI, s->mfrr);
}

static void trigger_msi(struct pseries *p, struct xics_source *src)
{
    if (src->priority == XICS_MASKED)
        set_status(p, src, src->status | XICS_MASKED_PENDING);
    else
        deliver(p, src);
}

/* What is due at a source goes to its server: LSI still asserted, MSI rejected or unmasked. */
static void resend_source(struct pseries *p, struct xics_source *src)
{
    if (src->lsi) {
        if ((src->status & XICS_ASSERTED) && !(src->status & XICS_SENT) &&
            src->priority != XICS_MASKED) {
            set_status(p, src, src->status | XICS_SENT);
            deliver(p, src);
        }
    } else if (src->status & (XICS_REJECTED | XICS_MASKED_PENDING)) {
        set_status(p, src, src->status & ~(XICS_REJECTED | XICS_MASKED_PENDING));
        trigger_msi(p, src);
    }
}

/* The server takes less favoured interrupts than before. */
static void resend(struct pseries *p, struct xics_server *s)
{
    check_ipi(p, s);
    for (size_t i = 0; i < ARRAY_SIZE(p->xics.waiting); i++) {
        /* A copy: a source that is rejected again is not tried twice. */
        for (uint64_t bits = p->xics.waiting[i]; bits; bits &= bits - 1)
            resend_source(p, &p->xics.sources[i * 64 + (size_t)__builtin_ctzll(bits)]);
    }
}

static void write_cppr(struct pseries *p, struct xics_server *s, uint8_t value)
{
    const uint8_t old = cppr(s);
    set_cppr(s, value);
    if (value >= old) {
        if (!xisr(s))
            resend(p, s);
    } else if (xisr(s) && s->pending_priority >= value) {
        const uint32_t number = xisr(s);
        set_xisr(s, 0);
        s->pending_priority = XICS_MASKED;
        set_line(p, s, false);
        reject(p, number);
    }
}

static uint32_t accept_interrupt(struct pseries *p, struct xics_server *s)
{
    const uint32_t xirr = s->xirr;
    set_line(p, s, false);
    s->xirr = (uint32_t)s->pending_priority << 24;
    s->pending_priority = XICS_MASKED;
    return xirr;
}

static void end_of_interrupt(struct pseries *p, struct xics_server *s, uint32_t xirr)
{
    struct xics_source *src = find_source(p, xirr & 0xffffff);
    set_cppr(s, (uint8_t)(xirr >> 24));
    if (src && src->lsi)
        set_status(p, src, src->status & ~XICS_SENT);
    if (!xisr(s))
        resend(p, s);
}

void xics_reset(struct pseries *p)
{
    struct xics *x = &p->xics;
    for (unsigned i = 0; i < XICS_MAX_SERVERS; i++) {
        x->servers[i] = (struct xics_server){.pending_priority = XICS_MASKED, .mfrr = XICS_MASKED};
        set_line(p, &x->servers[i], false);
    }
    for (unsigned i = 0; i < XICS_SOURCE_COUNT; i++)
        x->sources[i] = (struct xics_source){
            .priority = XICS_MASKED, .saved_priority = XICS_MASKED, .lsi = x->sources[i].lsi};
    memset(x->waiting, 0, sizeof x->waiting);
}

void xics_set_lsi(struct pseries *p, uint32_t source, bool is_lsi)
{
    struct xics_source *src = find_source(p, source);
    assert(src);
    src->lsi = is_lsi;
    set_status(p, src, 0);
}

void xics_pulse(struct pseries *p, uint32_t source)
{
    struct xics_source *src = find_source(p, source);
    assert(src && !src->lsi);
    trigger_msi(p, src);
}

void xics_set_level(struct pseries *p, uint32_t source, bool level)
{
    struct xics_source *src = find_source(p, source);
    assert(src && src->lsi);
    set_status(p, src, level ? src->status | XICS_ASSERTED : src->status & ~XICS_ASSERTED);
    resend_source(p, src);
}

/* -- Hypercalls -- */

int64_t h_eoi(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    end_of_interrupt(p, own_server(p, cpu), (uint32_t)args[0]);
    return H_SUCCESS;
}

int64_t h_cppr(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    write_cppr(p, own_server(p, cpu), (uint8_t)args[0]);
    return H_SUCCESS;
}

int64_t h_ipi(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    struct xics_server *s = find_server(p, args[0]);
    (void)cpu;
    if (!s)
        return H_PARAMETER;
    s->mfrr = (uint8_t)args[1];
    check_ipi(p, s);
    return H_SUCCESS;
}

int64_t h_ipoll(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const struct xics_server *s = find_server(p, args[0]);
    (void)cpu;
    if (!s)
        return H_PARAMETER;
    args[0] = s->xirr;
    args[1] = s->mfrr;
    return H_SUCCESS;
}

int64_t h_xirr(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    args[0] = accept_interrupt(p, own_server(p, cpu));
    return H_SUCCESS;
}

int64_t h_xirr_x(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    args[0] = accept_interrupt(p, own_server(p, cpu));
    args[1] = cpu_timebase(cpu);
    return H_SUCCESS;
}

/* -- RTAS -- */

static void write_xive(struct pseries *p, struct xics_source *src, uint8_t priority, uint8_t saved)
{
    src->priority = priority;
    src->saved_priority = saved;
    /* What waited for the old server or under the mask is offered to the new one. */
    resend_source(p, src);
}

int32_t rtas_set_xive(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    struct xics_source *src = find_source(p, call->args[0]);
    (void)cpu;
    if (!src || !find_server(p, call->args[1]) || call->args[2] > 0xff)
        return RTAS_PARAMETER;
    src->server = (uint16_t)call->args[1];
    write_xive(p, src, (uint8_t)call->args[2], (uint8_t)call->args[2]);
    return RTAS_OK;
}

int32_t rtas_get_xive(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const struct xics_source *src = find_source(p, call->args[0]);
    (void)cpu;
    if (!src)
        return RTAS_PARAMETER;
    call->rets[1] = src->server;
    call->rets[2] = src->priority;
    return RTAS_OK;
}

int32_t rtas_int_off(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    struct xics_source *src = find_source(p, call->args[0]);
    (void)cpu;
    if (!src)
        return RTAS_PARAMETER;
    write_xive(p, src, XICS_MASKED, src->priority);
    return RTAS_OK;
}

int32_t rtas_int_on(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    struct xics_source *src = find_source(p, call->args[0]);
    (void)cpu;
    if (!src)
        return RTAS_PARAMETER;
    write_xive(p, src, src->saved_priority, src->saved_priority);
    return RTAS_OK;
}

/* -- Device tree (LoPAR B.6.12, pseries.md 2.5 and 2.6) -- */

static int add_event_sources(struct pseries *p, void *fdt, int parent)
{
    struct fdt_node n = fdt_node_add(fdt, parent, "event-sources");
    fdt_node_empty(&n, "interrupt-controller");
    fdt_node_u32(&n, "#interrupt-cells", 2);
    if (p->config.hotplug_events)
        FDT_NODE_CELLS(&n, "interrupt-ranges", XICS_EPOW, 1, XICS_HOTPLUG, 1);
    else
        FDT_NODE_CELLS(&n, "interrupt-ranges", XICS_EPOW, 1);

    /* libfdt puts a new node first: the later one comes first in the tree. */
    if (p->config.hotplug_events) {
        struct fdt_node hotplug = fdt_node_child(&n, "hot-plug-events");
        FDT_NODE_CELLS(&hotplug, "interrupts", XICS_HOTPLUG, 0);
        n.error = hotplug.error;
    }
    struct fdt_node epow = fdt_node_child(&n, "epow-events");
    FDT_NODE_CELLS(&epow, "interrupts", XICS_EPOW, 0);
    return n.error ? n.error : epow.error;
}

int xics_fdt(struct pseries *p, void *fdt, int parent)
{
    const int error = add_event_sources(p, fdt, parent);
    if (error)
        return error;
    struct fdt_node n = fdt_node_add(fdt, parent, "interrupt-controller");
    fdt_node_string(&n, "device_type", "PowerPC-External-Interrupt-Presentation");
    fdt_node_string(&n, "compatible", "IBM,ppc-xicp");
    fdt_node_empty(&n, "interrupt-controller");
    fdt_node_u32(&n, "#interrupt-cells", 2);
    FDT_NODE_CELLS(&n, "ibm,interrupt-server-ranges", 0, p->config.cpu_count);
    fdt_node_u32(&n, "linux,phandle", PSERIES_INTC_PHANDLE);
    fdt_node_u32(&n, "phandle", PSERIES_INTC_PHANDLE);
    return n.error;
}
