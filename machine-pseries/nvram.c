/* spapr-nvram: RTAS nvram-fetch and nvram-store (LoPAR 7.3.2, chapter 8). */
#include "nvram.h"

#include <string.h>

#include "fdt_node.h"
#include "pseries_internal.h"

/* Partition header (LoPAR 8.3): signature, checksum, length in 16-byte units, name. */
enum {
    HEADER_SIZE = 16,
    HEADER_NAME_SIZE = 12,
    SIGNATURE_SYSTEM = 0x70,
    SIGNATURE_FREE = 0x7f,
    COMMON_SIZE_MIN = 0x800,
};

static const struct state_field nvram_fields[] = {
    STATE_ARRAY(nvram, bytes),
};
const struct state_desc nvram_state_desc = STATE_DESC("nvram", 1, nvram_fields);

static int add_properties(struct pseries *p, struct vio_device *d, void *fdt, int node)
{
    (void)p, (void)d;
    return fdt_setprop_u32(fdt, node, "#bytes", NVRAM_SIZE);
}

static const struct vio_device_ops nvram_ops = {
    .model = "spapr-nvram",
    .node_name = "nvram",
    .device_type = "nvram",
    .compatible = "qemu,spapr-nvram",
    .fdt = add_properties,
};

/*
 * `name` is padded with NUL, or fills its 12 bytes exactly. The checksum is the 8-bit sum of the
 * other bytes with end-around carry. False if the carry of the last step makes another one:
 * readers disagree about that case.
 */
static bool put_header(uint8_t *header, uint8_t signature, size_t size, const char *name)
{
    header[0] = signature;
    store_be16(header + 2, (uint16_t)(size / HEADER_SIZE));
    memset(header + 4, 0, HEADER_NAME_SIZE);
    memcpy(header + 4, name, strnlen(name, HEADER_NAME_SIZE));

    unsigned sum = header[0];
    for (unsigned i = 2; i < HEADER_SIZE; i++)
        sum += header[i];
    const unsigned folded = (sum & 0xff) + (sum >> 8);
    header[1] = (uint8_t)(folded > 0xff ? folded - 0xff : folded);
    return folded <= 0xff;
}

/* The two headers; the common partition grows until every reader accepts both checksums. */
static void put_headers(uint8_t *bytes, size_t size)
{
    static const char free_name[] = "\x77\x77\x77\x77\x77\x77\x77\x77\x77\x77\x77\x77";
    for (;; size += HEADER_SIZE) {
        bool plain = put_header(bytes, SIGNATURE_SYSTEM, size, "common");
        plain &= put_header(bytes + size, SIGNATURE_FREE, NVRAM_SIZE - size, free_name);
        if (plain || size == NVRAM_SIZE - HEADER_SIZE)
            return;
        memset(bytes + size, 0, HEADER_SIZE);
    }
}

/* The strings as a common partition at 0, and the rest as free space. */
static enum sim_status put_prom_env(struct nvram *nvram, const char *const *env)
{
    size_t at = HEADER_SIZE;
    for (; *env; env++) {
        const size_t len = strlen(*env) + 1;
        const char *equals = strchr(*env, '=');
        RETURN_IF(!equals || equals == *env, STATUS_USAGE, "-prom-env '%s': name=value expected",
                  *env);
        /* Room for the closing NUL and for the header of the free space. */
        RETURN_IF(len > NVRAM_SIZE - HEADER_SIZE - 1 - at, STATUS_NO_FIT,
                  "-prom-env '%.40s': the variables do not fit into %d bytes of NVRAM", *env,
                  NVRAM_SIZE);
        memcpy(nvram->bytes + at, *env, len);
        at += len;
    }
    size_t size = (at + 1 + HEADER_SIZE - 1) & ~(size_t)(HEADER_SIZE - 1);
    if (size < COMMON_SIZE_MIN)
        size = COMMON_SIZE_MIN;
    put_headers(nvram->bytes, size);
    return STATUS_OK;
}

enum sim_status nvram_init(struct pseries *p)
{
    memset(&p->nvram, 0, sizeof p->nvram);
    p->nvram.device = vio_add(p, &nvram_ops, &p->nvram);
    RETURN_IF(!p->nvram.device, STATUS_RANGE, "more than %d VIO devices", VIO_MAX_DEVICES);
    if (p->config.prom_env && p->config.prom_env[0])
        return put_prom_env(&p->nvram, p->config.prom_env);
    return STATUS_OK;
}

/* True if args are an offset and a length within the NVRAM, and a buffer in RAM. */
static bool check_transfer(const struct pseries *p, const struct rtas_call *call)
{
    const uint64_t offset = call->args[0], buffer = call->args[1], len = call->args[2];
    return offset + len <= NVRAM_SIZE && bus_is_ram(&p->bus, buffer, len);
}

int32_t rtas_nvram_fetch(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu;
    if (!check_transfer(p, call))
        return RTAS_PARAMETER;
    bus_write(&p->bus, call->args[1], p->nvram.bytes + call->args[0], call->args[2]);
    call->rets[1] = call->args[2];
    return RTAS_OK;
}

int32_t rtas_nvram_store(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)cpu;
    if (!check_transfer(p, call))
        return RTAS_PARAMETER;
    bus_read(&p->bus, call->args[1], p->nvram.bytes + call->args[0], call->args[2]);
    call->rets[1] = call->args[2];
    return RTAS_OK;
}
