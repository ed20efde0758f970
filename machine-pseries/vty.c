/* spapr-vty: H_GET_TERM_CHAR and H_PUT_TERM_CHAR (LoPAR 16.6.3). */
#include "vty.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "pseries_internal.h"

enum { TERM_CHARS_MAX = 16, CONSOLE = 0 };

static const struct state_field vty_fields[] = {
    STATE_ARRAY(vty, fifo),
    STATE_FIELD(vty, head),
    STATE_FIELD(vty, count),
};
const struct state_desc vty_state_desc = STATE_DESC("vty", 1, vty_fields);

static void report_ready(struct pseries *p)
{
    if (p->host.console_ready)
        p->host.console_ready(p->host.ctx, CONSOLE);
}

/* What was typed before a machine reset is lost. */
static void reset(struct pseries *p, struct vio_device *d)
{
    struct vty *vty = d->priv;
    const bool was_full = vty->count == VTY_FIFO_SIZE;
    memset(vty->fifo, 0, sizeof vty->fifo);
    vty->head = vty->count = 0;
    if (was_full)
        report_ready(p);
}

static const struct vio_device_ops vty_ops = {
    .model = "spapr-vty",
    .node_name = "vty",
    .device_type = "serial",
    .compatible = "hvterm1",
    .reset = reset,
};

void vty_init(struct pseries *p)
{
    p->vty = (struct vty){.device = vio_add(p, &vty_ops, &p->vty)};
    assert(p->vty.device); /* first on the bus, and it has no TCE table */
}

void vty_path(const struct pseries *p, char *out, size_t size)
{
    snprintf(out, size, "/vdevice/%s@%x", vty_ops.node_name, p->vty.device->reg);
}

void vty_write(struct pseries *p, const uint8_t *bytes, size_t n)
{
    while (n && p->host.console_output) {
        const size_t part = n < TERM_CHARS_MAX ? n : TERM_CHARS_MAX;
        p->host.console_output(p->host.ctx, CONSOLE, bytes, part);
        bytes += part;
        n -= part;
    }
}

size_t vty_space(const struct pseries *p)
{
    return VTY_FIFO_SIZE - p->vty.count;
}

size_t vty_input(struct pseries *p, const uint8_t *bytes, size_t n)
{
    struct vty *vty = &p->vty;
    const bool was_empty = vty->count == 0;
    size_t taken = 0;

    while (taken < n && vty->count < VTY_FIFO_SIZE) {
        vty->fifo[(vty->head + vty->count) % VTY_FIFO_SIZE] = bytes[taken++];
        vty->count++;
    }
    if (was_empty && taken)
        vio_pulse(p, vty->device);
    return taken;
}

size_t vty_read(struct pseries *p, uint8_t *out, size_t max)
{
    struct vty *vty = &p->vty;
    const bool was_full = vty->count == VTY_FIFO_SIZE;
    size_t n = 0;

    while (n < max && vty->count) {
        const uint8_t byte = vty->fifo[vty->head];
        /* Guests drop a NUL that follows a CR in one answer: it comes first in the next. */
        if (n && byte == '\0' && out[n - 1] == '\r')
            break;
        out[n++] = byte;
        vty->head = (vty->head + 1) % VTY_FIFO_SIZE;
        vty->count--;
    }
    if (was_full && n)
        report_ready(p);
    return n;
}

/* True if `unit` is the vty: its unit address, or 0 for the lowest-numbered one. */
static bool is_vty(struct pseries *p, uint64_t unit)
{
    return p->vty.device && (unit == 0 || vio_find(p, unit) == p->vty.device);
}

int64_t h_get_term_char(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    uint8_t bytes[TERM_CHARS_MAX] = {0};
    (void)cpu;
    if (!is_vty(p, args[0]))
        return H_PARAMETER;
    args[0] = vty_read(p, bytes, sizeof bytes);
    args[1] = load_be64(bytes);
    args[2] = load_be64(bytes + 8);
    return H_SUCCESS;
}

int64_t h_put_term_char(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    uint8_t bytes[TERM_CHARS_MAX];
    (void)cpu;
    if (!is_vty(p, args[0]) || args[1] > sizeof bytes)
        return H_PARAMETER;
    store_be64(bytes, args[2]);
    store_be64(bytes + 8, args[3]);
    vty_write(p, bytes, args[1]);
    return H_SUCCESS;
}
