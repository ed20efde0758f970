#include "device_counters.h"

#include <stdlib.h>

#include "device_set.h"
#include "pseries_internal.h"

static const struct device_counter vio_counters[] = {
    DEVICE_COUNTER(vio_device, interrupts, "interrupts"), {0}};
static const struct device_counter pci_counters[] = {
    DEVICE_COUNTER(pci_device, interrupts, "interrupts"),
    DEVICE_COUNTER(pci_device, accesses, "accesses"),
    {0}};
static const struct device_counter scsi_counters[] = {DEVICE_BLOCK_COUNTERS(scsi_device, counters),
                                                      {0}};

/* Without a list: only counts. */
static void add(struct device_set *set, bool fill, const char *device,
                const struct device_counter *counters, const void *object)
{
    for (const struct device_counter *c = counters; c && c->name; c++, set->count_count++) {
        struct pseries_device_count *const row = fill ? &set->counts[set->count_count] : NULL;
        if (!row)
            continue;
        snprintf(row->name, sizeof row->name, "%s %s", device, c->name);
        row->count = (const uint64_t *)(const void *)((const uint8_t *)object + c->offset);
    }
}

/* Devices are called after what they are and where, so that names repeat with the run. */
static void add_all(struct pseries *p, bool fill)
{
    struct device_set *const set = p->devices;
    char name[64];
    set->count_count = 0;
    for (unsigned i = 0; i < p->vio.count; i++) {
        const struct vio_device *const d = &p->vio.devices[i];
        snprintf(name, sizeof name, "%s@%x", d->ops->model, d->reg);
        add(set, fill, name, vio_counters, d);
        add(set, fill, name, d->ops->counters, d->priv);
    }
    for (unsigned i = 0; i < PCI_SLOTS; i++) {
        const struct pci_device *const d = p->pci.slots[i];
        if (!d)
            continue;
        snprintf(name, sizeof name, "%s@0000:00:%02x.0", d->ops->model, i);
        add(set, fill, name, pci_counters, d);
        add(set, fill, name, d->ops->counters, d->priv);
    }
    for (unsigned i = 0; i < set->scsi_bus_count; i++)
        for (unsigned k = 0; k < set->scsi_buses[i]->count; k++) {
            const struct scsi_device *const d = set->scsi_buses[i]->devices[k];
            snprintf(name, sizeof name, "%s@%u:%u:%u:%u",
                     d->kind == SCSI_CDROM ? "scsi-cd" : "scsi-hd", i, d->channel, d->target,
                     d->lun);
            add(set, fill, name, scsi_counters, d);
        }
}

enum sim_status device_counters_collect(struct pseries *p)
{
    struct device_set *const set = p->devices;
    add_all(p, false);
    set->counts = calloc(set->count_count + 1, sizeof *set->counts);
    RETURN_IF(!set->counts, STATUS_NO_MEMORY, "no host memory for the devices' counters");
    add_all(p, true);
    return STATUS_OK;
}

size_t pseries_device_counts(const struct pseries *p, const struct pseries_device_count **out)
{
    *out = p->devices->counts;
    return p->devices->count_count;
}
