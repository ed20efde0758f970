/* The PCI bus: configuration space, BARs and where accesses go (PCI Local Bus 3.0, 6). */
#include "pci.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "pseries_internal.h"

static const struct state_field pci_device_fields[] = {
    STATE_ARRAY(pci_device, config),     STATE_FIELD(pci_device, line),
    STATE_ARRAY(pci_device, msix_table), STATE_ARRAY(pci_device, msix_pending),
    STATE_FIELD(pci_device, msi_first),  STATE_FIELD(pci_device, msi_count),
};
const struct state_desc pci_device_state_desc = STATE_DESC("pci-device", 1, pci_device_fields);

static const struct state_field pci_bus_fields[] = {STATE_ARRAY(pci_bus, msi_used)};
const struct state_desc pci_bus_state_desc = STATE_DESC("pci-bus", 1, pci_bus_fields);

/* -- Creation -- */

static void set_identity(struct pci_device *d, const struct pci_identity *id)
{
    uint8_t *const c = d->fixed;
    store_le16(c + PCI_VENDOR, id->vendor);
    store_le16(c + PCI_DEVICE, id->device);
    c[PCI_REVISION] = id->revision;
    c[PCI_CLASS] = (uint8_t)id->class_code;
    store_le16(c + PCI_CLASS + 1, (uint16_t)(id->class_code >> 8));
    store_le16(c + PCI_SUBSYSTEM_VENDOR, id->subsystem_vendor);
    store_le16(c + PCI_SUBSYSTEM, id->subsystem);
    c[PCI_INTERRUPT_PIN] = 1;
    store_le16(d->writable + PCI_COMMAND, PCI_COMMAND_WRITABLE);
    d->writable[PCI_CACHE_LINE] = d->writable[PCI_INTERRUPT_LINE] = 0xff;
}

enum sim_status pci_add(struct pseries *p, struct pci_device *d, int slot, const char *shown,
                        const struct pci_identity *identity)
{
    struct pci_bus *const bus = &p->pci;
    assert(slot >= -1 && slot < PCI_SLOTS && d->ops);
    if (slot == -1) {
        for (slot = 0; slot < PCI_SLOTS && bus->slots[slot];)
            slot++;
        RETURN_IF(slot == PCI_SLOTS, STATUS_RANGE, "%s: all %d slots of the PCI bus are taken",
                  shown, PCI_SLOTS);
    }
    RETURN_IF(bus->slots[slot], STATUS_RANGE, "%s: slot %d of the PCI bus has %s already", shown,
              slot, bus->slots[slot]->ops->model);
    d->p = p;
    d->slot = (unsigned)slot;
    d->next_cap = 0x40;
    set_identity(d, identity);
    bus->slots[slot] = d;
    bus->count++;
    return STATUS_OK;
}

void pci_add_bar(struct pci_device *d, unsigned bar, enum pci_bar_kind kind, uint64_t size)
{
    static const uint8_t flags[] = {
        [PCI_BAR_IO] = 1, [PCI_BAR_MEMORY32] = 0, [PCI_BAR_MEMORY64] = 0xc};
    const unsigned reg = PCI_BAR0 + 4 * bar;
    const uint64_t mask = ~(size - 1);
    assert(bar < PCI_BARS && (size & (size - 1)) == 0 && size >= 16);
    d->bars[bar] = (struct pci_bar){kind, size};
    d->fixed[reg] = flags[kind];
    store_le32(d->writable + reg, (uint32_t)mask);
    if (kind == PCI_BAR_MEMORY64)
        store_le32(d->writable + reg + 4, (uint32_t)(mask >> 32));
}

uint8_t pci_add_capability(struct pci_device *d, uint8_t id, uint8_t length)
{
    const uint8_t at = (uint8_t)d->next_cap;
    assert(d->next_cap + length <= PCI_CONFIG_SIZE && length % 4 == 0);
    d->fixed[at] = id;
    d->fixed[at + 1] = d->fixed[PCI_CAPABILITIES];
    d->fixed[PCI_CAPABILITIES] = at;
    d->fixed[PCI_STATUS] |= PCI_STATUS_CAPABILITIES;
    d->next_cap += length;
    return at;
}

/* -- Where BARs are -- */

static void add_region(struct pci_bus *bus, struct pci_device *d, unsigned bar)
{
    const unsigned reg = PCI_BAR0 + 4 * bar;
    const uint16_t command = load_le16(d->config + PCI_COMMAND);
    const enum pci_bar_kind kind = d->bars[bar].kind;
    const bool io = kind == PCI_BAR_IO;
    if (kind == PCI_BAR_NONE || !(command & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
        return;
    uint64_t base = load_le32(d->config + reg);
    if (kind == PCI_BAR_MEMORY64)
        base |= (uint64_t)load_le32(d->config + reg + 4) << 32;
    base &= ~(d->bars[bar].size - 1);
    bus->regions[bus->region_count++] = (struct pci_region){io, base, d->bars[bar].size, d, bar};
}

static void decode_bars(struct pci_bus *bus)
{
    bus->region_count = bus->last_hit = 0;
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++)
        for (unsigned bar = 0; bus->slots[slot] && bar < PCI_BARS; bar++)
            add_region(bus, bus->slots[slot], bar);
}

static bool is_in_region(const struct pci_region *r, bool io, uint64_t addr, unsigned size)
{
    return r->io == io && addr - r->base < r->size && size <= r->size - (addr - r->base);
}

/* Where BARs overlap, the one of the lower slot answers. */
static const struct pci_region *find_region(struct pci_bus *bus, bool io, uint64_t addr,
                                            unsigned size)
{
    if (bus->last_hit < bus->region_count &&
        is_in_region(&bus->regions[bus->last_hit], io, addr, size)) {
        bool first = true;
        for (unsigned i = 0; i < bus->last_hit && first; i++)
            first = !is_in_region(&bus->regions[i], io, addr, size);
        if (first)
            return &bus->regions[bus->last_hit];
    }
    for (unsigned i = 0; i < bus->region_count; i++) {
        if (is_in_region(&bus->regions[i], io, addr, size)) {
            bus->last_hit = i;
            return &bus->regions[i];
        }
    }
    return NULL;
}

/* The largest piece that devices take of an access: aligned, at most four bytes. */
static unsigned piece_size(uint64_t offset, unsigned size)
{
    unsigned piece = 4;
    while (piece > size || offset % piece)
        piece /= 2;
    return piece;
}

static uint32_t region_read(const struct pci_region *r, uint64_t offset, unsigned size)
{
    struct pci_device *const d = r->device;
    if (d->msix_cap && r->bar == d->msix_bar)
        return pci_msix_read(d, offset, size);
    return d->ops->bar_read(d, r->bar, offset, size);
}

uint64_t pci_read(struct pseries *p, bool io, uint64_t addr, unsigned size)
{
    const struct pci_region *const r = find_region(&p->pci, io, addr, size);
    uint64_t value = 0;
    if (!r)
        return UINT64_MAX >> (64 - 8 * size);
    r->device->accesses++;
    for (unsigned done = 0, n; done < size; done += n) {
        const uint64_t offset = addr - r->base + done;
        n = piece_size(offset, size - done);
        value |= (uint64_t)region_read(r, offset, n) << (8 * done);
    }
    return value;
}

void pci_write(struct pseries *p, bool io, uint64_t addr, unsigned size, uint64_t value)
{
    const struct pci_region *const found = find_region(&p->pci, io, addr, size);
    if (!found)
        return;
    const struct pci_region r = *found; /* the write may move the BARs */
    r.device->accesses++;
    for (unsigned done = 0, n; done < size; done += n) {
        const uint64_t offset = addr - r.base + done;
        n = piece_size(offset, size - done);
        const uint32_t part = (uint32_t)(value >> (8 * done)) & (UINT32_MAX >> (32 - 8 * n));
        if (r.device->msix_cap && r.bar == r.device->msix_bar)
            pci_msix_write(r.device, offset, n, part);
        else
            r.device->ops->bar_write(r.device, r.bar, offset, n, part);
    }
}

/* -- Configuration space -- */

struct pci_device *pci_find(struct pseries *p, uint32_t config_addr)
{
    const uint32_t bus = config_addr >> 16 & 0xff, slot = config_addr >> 11 & 0x1f;
    const uint32_t function = config_addr >> 8 & 7;
    return bus || function ? NULL : p->pci.slots[slot];
}

uint32_t pci_config_read(struct pci_device *d, unsigned reg, unsigned size)
{
    uint32_t value = 0;
    assert(reg < PCI_CONFIG_SIZE && size <= PCI_CONFIG_SIZE - reg);
    if (d->ops->config_read)
        d->ops->config_read(d, reg, size);
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)d->config[reg + i] << (8 * i);
    return value;
}

static bool touches(unsigned reg, unsigned size, unsigned first, unsigned length)
{
    return reg < first + length && first < reg + size;
}

void pci_config_write(struct pci_device *d, unsigned reg, unsigned size, uint32_t value)
{
    assert(reg < PCI_CONFIG_SIZE && size <= PCI_CONFIG_SIZE - reg);
    for (unsigned i = 0; i < size; i++) {
        uint8_t *const byte = &d->config[reg + i];
        const uint8_t mask = d->writable[reg + i];
        *byte = (uint8_t)((*byte & ~mask) | (value >> (8 * i) & mask));
    }
    if (touches(reg, size, PCI_COMMAND, 2)) {
        decode_bars(&d->p->pci);
        pci_update_line(d);
    } else if (touches(reg, size, PCI_BAR0, 4 * PCI_BARS)) {
        decode_bars(&d->p->pci);
    }
    if (d->msix_cap && touches(reg, size, d->msix_cap, PCI_CAP_MSIX_LENGTH))
        pci_msix_update(d);
    if (d->ops->config_written)
        d->ops->config_written(d, reg, size);
}

/* -- Reset -- */

static void reset_device(struct pci_device *d)
{
    d->line = false;
    memcpy(d->config, d->fixed, sizeof d->config);
    memset(d->msix_table, 0, sizeof d->msix_table);
    memset(d->msix_pending, 0, sizeof d->msix_pending);
    for (unsigned i = 0; i < d->msix_count; i++)
        d->msix_table[i * PCI_MSIX_ENTRY + 12] = 1; /* masked */
    d->msi_first = d->msi_count = 0;
    if (d->ops->reset)
        d->ops->reset(d);
}

void pci_reset(struct pseries *p)
{
    memset(p->pci.msi_used, 0, sizeof p->pci.msi_used);
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++)
        if (p->pci.slots[slot])
            reset_device(p->pci.slots[slot]);
    decode_bars(&p->pci);
}

void pci_fini(struct pseries *p)
{
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        struct pci_device *const d = p->pci.slots[slot];
        if (d && d->ops->fini)
            d->ops->fini(d);
    }
    memset(&p->pci, 0, sizeof p->pci);
}

uint64_t pci_hash(const struct pseries *p, uint64_t hash)
{
    hash = state_hash(&pci_bus_state_desc, &p->pci, hash);
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        const struct pci_device *const d = p->pci.slots[slot];
        if (!d)
            continue;
        hash = state_hash(&pci_device_state_desc, d, hash);
        if (d->ops->state)
            hash = state_hash(d->ops->state, d->priv, hash);
        if (d->ops->hash)
            hash = d->ops->hash(d, hash);
    }
    return hash;
}
