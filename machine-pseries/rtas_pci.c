/*
 * RTAS: PCI configuration space (LoPAR 7.3.6.1). An access to an absent device, or one that is not
 * aligned, ends with status -1, and all ones when read.
 */
#include "pci.h"
#include "pseries_internal.h"

static uint32_t all_ones(uint32_t size)
{
    return size == 1 ? 0xff : size == 2 ? 0xffff : 0xffffffff;
}

/* The register of a configuration address: its low byte, and bits 8 to 11 in bits 28 to 31. */
static uint32_t config_register(uint32_t addr)
{
    return (addr >> 20 & 0xf00) | (addr & 0xff);
}

static struct pci_device *find_register(struct pseries *p, uint64_t buid, uint32_t addr,
                                        uint32_t size)
{
    if (buid != PHB_BUID || (size != 1 && size != 2 && size != 4) || addr % size ||
        config_register(addr) >= PCI_CONFIG_SIZE)
        return NULL;
    return pci_find(p, addr);
}

int32_t rtas_read_pci_config(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu;
    /* The call can only name the bridge of unit 0, and there is none. */
    call->rets[1] = all_ones(call->args[1]);
    return RTAS_HARDWARE;
}

int32_t rtas_write_pci_config(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu, (void)call;
    return RTAS_HARDWARE;
}

int32_t rtas_ibm_read_pci_config(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint64_t buid = (uint64_t)call->args[1] << 32 | call->args[2];
    const uint32_t addr = call->args[0], size = call->args[3];
    struct pci_device *const d = find_register(p, buid, addr, size);
    (void)cpu;
    call->rets[1] = d ? pci_config_read(d, config_register(addr), size) : all_ones(size);
    return d ? RTAS_OK : RTAS_HARDWARE;
}

int32_t rtas_ibm_write_pci_config(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    const uint64_t buid = (uint64_t)call->args[1] << 32 | call->args[2];
    const uint32_t addr = call->args[0], size = call->args[3];
    struct pci_device *const d = find_register(p, buid, addr, size);
    (void)cpu;
    if (!d)
        return RTAS_HARDWARE;
    pci_config_write(d, config_register(addr), size, call->args[4]);
    return RTAS_OK;
}
