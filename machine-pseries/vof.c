/*
 * The built-in Open Firmware client interface (IEEE 1275 6.3; pseries.md 1.5): start of the client,
 * and the argument block of its calls.
 */
#include <libfdt.h>
#include <stdlib.h>

#include "pseries_internal.h"

/* The handler: r3 is the argument block, the result comes back in r3. */
static const uint32_t entry_code[] = {
    0x7c641b78, /* mr   r4,r3 */
    0x3c600000, /* lis  r3,0 */
    0x6063f005, /* ori  r3,r3,0xf005 */
    0x44000022, /* sc   1 */
    0x4e800020, /* blr */
};

enum { VOF_SPARE_BYTES = 0x40000, VOF_NAME_MAX = 64 };

static const struct state_field vof_fields[] = {
    STATE_ARRAY(vof, claims),
    STATE_FIELD(vof, claim_count),
    STATE_ARRAY(vof, instances),
    STATE_FIELD(vof, quiesced),
};
const struct state_desc vof_state_desc = STATE_DESC("vof", 1, vof_fields);

/* Every node needs a phandle: clients know nodes by nothing else. */
static int add_phandles(void *fdt)
{
    uint32_t next;
    int error = fdt_find_max_phandle(fdt, &next);
    for (int node = 0; error == 0 && node >= 0; node = fdt_next_node(fdt, node, NULL))
        if (fdt_get_phandle(fdt, node) == 0)
            error = fdt_setprop_u32(fdt, node, "phandle", ++next);
    return error;
}

/* Opens the node at `path` for the client and names it in /chosen. */
static bool open_for_client(struct pseries *p, const char *property, const char *path)
{
    struct vof_instance *instance = NULL;
    unsigned i = 0;
    while (i < VOF_MAX_INSTANCES && p->vof.instances[i].phandle)
        i++;
    if (i == VOF_MAX_INSTANCES)
        return false;
    instance = &p->vof.instances[i];
    const int node = fdt_path_offset(p->vof.fdt, path);
    const int chosen = fdt_path_offset(p->vof.fdt, "/chosen");
    if (node < 0 || fdt_setprop_u32(p->vof.fdt, chosen, property, i + 1) != 0)
        return false;
    instance->phandle = fdt_get_phandle(p->vof.fdt, fdt_path_offset(p->vof.fdt, path));
    fdt_get_path(p->vof.fdt, fdt_path_offset(p->vof.fdt, path), instance->path,
                 sizeof instance->path);
    return true;
}

/* The boot processor's node; "" if there is none. */
static void boot_cpu_path(const struct pseries *p, char *path, int size)
{
    const void *fdt = p->vof.fdt;
    path[0] = '\0';
    const int node = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "cpu", sizeof "cpu");
    if (node >= 0)
        fdt_get_path(fdt, node, path, size);
}

static enum sim_status claim_own_memory(struct pseries *p)
{
    bool ok = vof_claim(p, 0, VOF_RESERVE, 0) != VOF_ERROR;
    if (p->kernel_size)
        ok = ok && vof_claim(p, p->kernel_real, p->kernel_size, 0) != VOF_ERROR;
    if (p->initrd_size)
        ok = ok && vof_claim(p, p->initrd_real, p->initrd_size, 0) != VOF_ERROR;
    RETURN_IF(!ok, STATUS_NO_FIT, "-kernel %s: no memory left for the client interface",
              p->config.kernel);
    return STATUS_OK;
}

static enum sim_status start_tree(struct pseries *p, uint32_t size)
{
    char vty[64], cpu[VOF_PATH_MAX];
    const uint32_t capacity = size + VOF_SPARE_BYTES;
    void *fdt = realloc(p->vof.fdt, capacity);
    RETURN_IF(!fdt, STATUS_NO_MEMORY, "no host memory for the device tree");
    p->vof.fdt = fdt;
    p->vof.fdt_capacity = capacity;
    vty_path(p, vty, sizeof vty);
    bool ok = fdt_open_into(fdt, fdt, (int)capacity) == 0 && add_phandles(fdt) == 0;
    if (ok) {
        boot_cpu_path(p, cpu, sizeof cpu);
        ok = open_for_client(p, "stdout", vty) && open_for_client(p, "stdin", vty) &&
             open_for_client(p, "cpu", cpu);
    }
    RETURN_IF(!ok, STATUS_NO_FIT, "the device tree does not fit");
    return STATUS_OK;
}

enum sim_status vof_reset(struct pseries *p, void *fdt, uint32_t size)
{
    uint8_t code[sizeof entry_code];
    struct cpu *cpu = p->cpus[0];

    vof_fini(p);
    p->vof.fdt = fdt;
    TRY(start_tree(p, size));
    TRY(claim_own_memory(p));
    for (unsigned i = 0; i < ARRAY_SIZE(entry_code); i++)
        store_be32(code + (size_t)i * 4, entry_code[i]);
    bus_write(&p->bus, VOF_ENTRY, code, sizeof code);

    /* As Open Firmware enters a client, with the initrd where Linux looks for it. */
    cpu->gpr[1] = VOF_STACK;
    cpu->gpr[3] = p->initrd_real;
    cpu->gpr[4] = p->initrd_size;
    cpu->gpr[5] = VOF_ENTRY;
    cpu->nia = p->kernel_entry;
    return STATUS_OK;
}

void vof_fini(struct pseries *p)
{
    free(p->vof.fdt);
    memset(&p->vof, 0, sizeof p->vof);
}

bool vof_read_string(const struct pseries *p, uint64_t real, char *out, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!bus_read(&p->bus, real + i, &out[i], 1))
            return false;
        if (!out[i])
            return true;
    }
    return false;
}

/*
 * The argument block: service, nargs, nret, the arguments, the results: all 32 bits, big-endian.
 * r3 of the client: 0, or -1 if there is no such service.
 */
int64_t h_vof_client(struct pseries *p, struct cpu *cpu, uint64_t *args)
{
    const uint64_t block = (uint32_t)args[0];
    struct vof_call call = {.cpu = cpu};
    uint32_t service, nargs, nret;
    char name[VOF_NAME_MAX];

    if (!p->vof.fdt)
        return H_FUNCTION;
    if (!bus_read_be32(&p->bus, block, &service) || !bus_read_be32(&p->bus, block + 4, &nargs) ||
        !bus_read_be32(&p->bus, block + 8, &nret) || nargs > VOF_ARGS_MAX || nret > VOF_ARGS_MAX ||
        !bus_is_ram(&p->bus, block + 12, (uint64_t)(nargs + nret) * 4) ||
        !vof_read_string(p, service, name, sizeof name))
        return H_HARDWARE;
    call.nargs = nargs;
    call.nret = nret;
    for (unsigned i = 0; i < nargs; i++)
        bus_read_be32(&p->bus, block + 12 + (uint64_t)i * 4, &call.args[i]);
    const bool served = vof_serve(p, name, &call);
    if (!served)
        call.rets[0] = VOF_ERROR;
    for (unsigned i = 0; i < nret; i++)
        bus_write_be32(&p->bus, block + 12 + (uint64_t)(nargs + i) * 4, call.rets[i]);
    return served ? H_SUCCESS : H_HARDWARE;
}
