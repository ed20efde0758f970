/* The machine's state as one list (contract 7), for comparing runs. */
#include <libfdt.h>

#include "pseries_internal.h"

static const struct state_field vcpu_fields[] = {
    STATE_FIELD(pseries_vcpu, vpa_addr),
    STATE_FIELD(pseries_vcpu, slb_shadow_addr),
    STATE_FIELD(pseries_vcpu, slb_shadow_size),
    STATE_FIELD(pseries_vcpu, dtl_addr),
    STATE_FIELD(pseries_vcpu, dtl_size),
    STATE_FIELD(pseries_vcpu, dispatches),
    STATE_FIELD(pseries_vcpu, prod),
    STATE_FIELD(pseries_vcpu, stopped),
    STATE_FIELD(pseries_vcpu, waits),
    STATE_FIELD(pseries_vcpu, waits_since),
    STATE_FIELD(pseries_vcpu, confer_until),
    STATE_FIELD(pseries_vcpu, confer_to),
    STATE_FIELD(pseries_vcpu, confer_number),
};
static const struct state_desc vcpu_state_desc = STATE_DESC("pseries-vcpu", 3, vcpu_fields);

static const struct state_field machine_fields[] = {
    STATE_FIELD(pseries, fdt_real),     STATE_FIELD(pseries, fdt_size),
    STATE_FIELD(pseries, kernel_real),  STATE_FIELD(pseries, kernel_size),
    STATE_FIELD(pseries, kernel_entry), STATE_FIELD(pseries, initrd_real),
    STATE_FIELD(pseries, initrd_size),  STATE_FIELD(pseries, kernel_le),
    STATE_FIELD(pseries, compat_pvr),   STATE_FIELD(pseries, cas_done),
    STATE_FIELD(pseries, ov5_form1),
};
static const struct state_desc machine_state_desc = STATE_DESC("pseries", 2, machine_fields);

/* FNV-1a by doublewords: tables of megabytes, mostly zero. */
static uint64_t hash_words(const void *words, uint64_t count, uint64_t hash)
{
    const uint64_t *p = words;
    for (uint64_t i = 0; i < count; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_bytes(const void *bytes, size_t count, uint64_t hash)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < count; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The live tree without the slack around its blocks. */
static uint64_t hash_tree(const void *fdt, uint64_t hash)
{
    const uint8_t *bytes = fdt;
    hash = hash_bytes(bytes + fdt_off_dt_struct(fdt), fdt_size_dt_struct(fdt), hash);
    return hash_bytes(bytes + fdt_off_dt_strings(fdt), fdt_size_dt_strings(fdt), hash);
}

static uint64_t hash_tces(const struct pseries *p, uint64_t hash)
{
    for (unsigned i = 0; i < p->vio.count; i++) {
        const struct vio_device *d = &p->vio.devices[i];
        if (d->tces)
            hash = hash_words(d->tces, d->ops->dma_window >> 12, hash);
    }
    for (unsigned i = 0; i < PHB_DMA_WINDOWS; i++) {
        const struct dma_window *w = &p->phb.windows[i];
        hash = state_hash(&dma_window_state_desc, w, hash);
        if (w->tces)
            hash = hash_words(w->tces, w->entries, hash);
    }
    return hash;
}

uint64_t pseries_state_hash(const struct pseries *p)
{
    uint64_t hash = state_hash(&machine_state_desc, p, STATE_HASH_INIT);
    for (unsigned i = 0; i < p->config.cpu_count; i++) {
        hash = state_hash(&cpu_state_desc, p->cpus[i], hash);
        hash = state_hash(&mmu_state_desc, p->cpus[i]->mmu, hash);
        hash = state_hash(&vcpu_state_desc, &p->vcpus[i], hash);
    }
    hash = state_hash(&event_queue_state_desc, &p->events, hash);
    hash = state_hash(&xics_state_desc, &p->xics, hash);
    hash = state_hash(&vty_state_desc, &p->vty, hash);
    hash = state_hash(&nvram_state_desc, &p->nvram, hash);
    hash = state_hash(&rtas_state_desc, &p->rtas, hash);
    hash = state_hash(&vof_state_desc, &p->vof, hash);
    for (unsigned i = 0; i < p->vio.count; i++) {
        const struct vio_device *const d = &p->vio.devices[i];
        hash = state_hash(&vio_device_state_desc, d, hash);
        if (d->ops->hash)
            hash = d->ops->hash(d, hash);
    }
    hash = devices_state_hash(p, hash);
    hash = pci_hash(p, hash);
    hash = hash_tces(p, hash);
    if (p->vof.fdt)
        hash = hash_tree(p->vof.fdt, hash);
    return hash_words(p->bus.hpt, p->bus.hpt_size / 8, hash);
}
