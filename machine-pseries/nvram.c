/* spapr-nvram: RTAS nvram-fetch and nvram-store (LoPAR 7.3.2, chapter 8). */
#include "nvram.h"

#include <inttypes.h>
#include <string.h>

#include "devices.h"
#include "fdt_node.h"
#include "pseries_internal.h"

static const struct state_field nvram_fields[] = {
    STATE_FIELD(nvram, size),
    STATE_ARRAY(nvram, bytes),
};
const struct state_desc nvram_state_desc = STATE_DESC("nvram", 2, nvram_fields);

static int add_properties(struct pseries *p, struct vio_device *d, void *fdt, int node)
{
    (void)d;
    return fdt_setprop_u32(fdt, node, "#bytes", p->nvram.size);
}

static const struct device_counter counters[] = {
    DEVICE_COUNTER(nvram, fetches, "fetches"),
    DEVICE_COUNTER(nvram, stores, "stores"),
    DEVICE_COUNTER(nvram, fetched_bytes, "fetched_bytes"),
    DEVICE_COUNTER(nvram, stored_bytes, "stored_bytes"),
    {0},
};

static const struct vio_device_ops nvram_ops = {
    .model = "spapr-nvram",
    .node_name = "nvram",
    .device_type = "nvram",
    .compatible = "qemu,spapr-nvram",
    .fdt = add_properties,
    .counters = counters,
};

static enum sim_status read_drive(struct pseries *p)
{
    struct drive *drive;
    p->nvram.size = NVRAM_SIZE;
    TRY(devices_nvram_drive(p, &drive));
    if (!drive)
        return STATUS_OK;
    const char *const shown = drive->config->shown;
    RETURN_IF(!drive->block || block_is_readonly(drive->block), STATUS_USAGE,
              "%s: NVRAM needs a file that it may write", shown);
    const uint64_t size = block_size(drive->block);
    RETURN_IF(size < NVRAM_SIZE_MIN || size > NVRAM_SIZE_MAX, STATUS_RANGE,
              "%s: %s: %" PRIu64 " bytes; NVRAM has from 8 KiB to 1 MiB", shown,
              drive->config->file, size);
    RETURN_IF(block_read(drive->block, 0, p->nvram.bytes, (size_t)size) != 0, STATUS_IO,
              "%s: %s: cannot be read", shown, drive->config->file);
    p->nvram.block = drive->block;
    p->nvram.size = (uint32_t)size;
    return STATUS_OK;
}

enum sim_status nvram_init(struct pseries *p)
{
    memset(&p->nvram, 0, sizeof p->nvram);
    p->nvram.device = vio_add(p, &nvram_ops, &p->nvram);
    RETURN_IF(!p->nvram.device, STATUS_RANGE, "more than %d VIO devices", VIO_MAX_DEVICES);
    TRY(read_drive(p));
    if (!p->config.prom_env || !p->config.prom_env[0])
        return STATUS_OK;
    TRY(nvram_put_env(&p->nvram, p->config.prom_env));
    RETURN_IF(p->nvram.block && block_write(p->nvram.block, 0, p->nvram.bytes, p->nvram.size) != 0,
              STATUS_IO, "-prom-env: %s: cannot be written", block_file(p->nvram.block));
    return STATUS_OK;
}

/* True if args are an offset and a length within the NVRAM, and a buffer in RAM. */
static bool check_transfer(const struct pseries *p, const struct rtas_call *call)
{
    const uint64_t offset = call->args[0], buffer = call->args[1], len = call->args[2];
    return offset + len <= p->nvram.size && bus_is_ram(&p->bus, buffer, len);
}

int32_t rtas_nvram_fetch(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu;
    if (!check_transfer(p, call))
        return RTAS_PARAMETER;
    p->nvram.fetches++;
    p->nvram.fetched_bytes += call->args[2];
    bus_write(&p->bus, call->args[1], p->nvram.bytes + call->args[0], call->args[2]);
    call->rets[1] = call->args[2];
    return RTAS_OK;
}

int32_t rtas_nvram_store(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu;
    if (!check_transfer(p, call))
        return RTAS_PARAMETER;
    uint8_t *const bytes = p->nvram.bytes + call->args[0];
    p->nvram.stores++;
    p->nvram.stored_bytes += call->args[2];
    bus_read(&p->bus, call->args[1], bytes, call->args[2]);
    if (p->nvram.block && call->args[2] > 0 &&
        block_write(p->nvram.block, call->args[0], bytes, call->args[2]) != 0)
        return RTAS_HARDWARE;
    call->rets[1] = call->args[2];
    return RTAS_OK;
}
