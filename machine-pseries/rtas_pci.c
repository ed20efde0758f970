/*
 * RTAS: PCI configuration space (LoPAR 7.3.6.1). The bus of the only host bridge is empty, so
 * that every access ends as one to an absent device: status -1, and all ones when read.
 */
#include "pseries_internal.h"

static uint32_t all_ones(uint32_t size)
{
    return size == 1 ? 0xff : size == 2 ? 0xffff : 0xffffffff;
}

int32_t rtas_read_pci_config(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu;
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
    (void)p, (void)cpu;
    call->rets[1] = all_ones(call->args[3]);
    return RTAS_HARDWARE;
}

int32_t rtas_ibm_write_pci_config(struct pseries *p, struct cpu *cpu, struct rtas_call *call)
{
    (void)p, (void)cpu, (void)call;
    return RTAS_HARDWARE;
}
