/*
 * PCI devices on bus 0 of the host bridge (PCI Local Bus 3.0): configuration space, BARs, the
 * interrupt pin and MSI-X. A device model supplies what its BARs do.
 */
#ifndef HORNPIPE_PCI_H
#define HORNPIPE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/state.h"
#include "base/status.h"
#include "device_counters.h"

struct pseries;
struct pci_device;

enum {
    PCI_SLOTS = 32,
    PCI_BARS = 6,
    PCI_CONFIG_SIZE = 256,
    PCI_REGIONS_MAX = PCI_SLOTS * PCI_BARS,
    PCI_MSIX_MAX = 128,
    PCI_MSIX_ENTRY = 16,
    PCI_MSIX_BAR_SIZE = 0x1000, /* the table from 0, the pending bits from 0x800 */
    PCI_MSIX_PBA = 0x800,
};

/* Registers of configuration space, and their bits. */
enum {
    PCI_VENDOR = 0x00,
    PCI_DEVICE = 0x02,
    PCI_COMMAND = 0x04,
    PCI_COMMAND_IO = 0x001,
    PCI_COMMAND_MEMORY = 0x002,
    PCI_COMMAND_MASTER = 0x004,
    PCI_COMMAND_NO_INTX = 0x400,
    PCI_COMMAND_WRITABLE = 0x507,
    PCI_STATUS = 0x06,
    PCI_STATUS_INTX = 0x08,
    PCI_STATUS_CAPABILITIES = 0x10,
    PCI_REVISION = 0x08,
    PCI_CLASS = 0x09, /* three bytes */
    PCI_CACHE_LINE = 0x0c,
    PCI_HEADER_TYPE = 0x0e,
    PCI_BAR0 = 0x10,
    PCI_SUBSYSTEM_VENDOR = 0x2c,
    PCI_SUBSYSTEM = 0x2e,
    PCI_CAPABILITIES = 0x34,
    PCI_INTERRUPT_LINE = 0x3c,
    PCI_INTERRUPT_PIN = 0x3d,
    PCI_MIN_GRANT = 0x3e,
    PCI_MAX_LATENCY = 0x3f,
};

/* Capabilities. */
enum { PCI_CAP_VENDOR = 0x09, PCI_CAP_MSIX = 0x11, PCI_CAP_MSIX_LENGTH = 12 };

enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEMORY32, PCI_BAR_MEMORY64 };

struct pci_bar {
    enum pci_bar_kind kind;
    uint64_t size; /* a power of two */
};

/* What a device model supplies. Accesses have 1, 2 or 4 bytes, are aligned, and lie in the BAR;
 * values are in the device's byte order, which is little-endian. */
struct pci_device_ops {
    const char *model; /* as -device spells it */
    uint32_t (*bar_read)(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size);
    void (*bar_write)(struct pci_device *d, unsigned bar, uint64_t offset, unsigned size,
                      uint32_t value);
    /* Before a read of and after a write to configuration space; may be NULL. */
    void (*config_read)(struct pci_device *d, unsigned reg, unsigned size);
    void (*config_written)(struct pci_device *d, unsigned reg, unsigned size);
    void (*reset)(struct pci_device *d);   /* may be NULL */
    const struct state_desc *state;        /* of struct pci_device's owner: `priv` */
    void (*fini)(struct pci_device *d);    /* frees the owner; may be NULL */
    const struct device_counter *counters; /* of `priv` */
    /* State that the description cannot name, chained into `hash`; may be NULL. */
    uint64_t (*hash)(const struct pci_device *d, uint64_t hash);
};

struct pci_device {
    struct pseries *p;
    const struct pci_device_ops *ops;
    void *priv; /* the device's own struct */
    unsigned slot;
    struct pci_bar bars[PCI_BARS];
    uint8_t writable[PCI_CONFIG_SIZE]; /* bits that the guest may change */
    uint8_t fixed[PCI_CONFIG_SIZE];    /* configuration space after a reset */
    uint8_t msix_cap, msix_bar;        /* where; cap 0: none */
    uint16_t msix_count;
    uint8_t last_cap;  /* capability that was added last */
    uint16_t next_cap; /* free space in configuration space */
    /* -- State -- */
    uint8_t config[PCI_CONFIG_SIZE];
    bool line; /* the device asserts its interrupt pin */
    uint8_t msix_table[PCI_MSIX_MAX * PCI_MSIX_ENTRY];
    uint8_t msix_pending[PCI_MSIX_MAX / 8];
    uint32_t msi_first, msi_count; /* sources that ibm,change-msi gave it */
    /* -- Counters -- */
    uint64_t interrupts; /* messages sent, and times that the pin rose */
    uint64_t accesses;   /* of the guest to its BARs */
};
extern const struct state_desc pci_device_state_desc;

/* A decoded BAR on the bus. */
struct pci_region {
    bool io;
    uint64_t base, size;
    struct pci_device *device;
    unsigned bar;
};

struct pci_bus {
    struct pci_device *slots[PCI_SLOTS];
    unsigned count;
    struct pci_region regions[PCI_REGIONS_MAX]; /* follows from the devices' configuration */
    unsigned region_count, last_hit;
    uint8_t msi_used[(0x2000 - 0x1300) / 8]; /* sources of the MSI pool */
};
extern const struct state_desc pci_bus_state_desc;

/* -- For device models, at creation -- */

/* What every device has; all zero for `class_code` of a vendor's own. */
struct pci_identity {
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint8_t revision;
    uint32_t class_code; /* 24 bits */
};

/* Puts `d` (zeroed; ops and priv set) on the bus; `slot` -1: the first that is free. STATUS_RANGE
 * when there is none, or the slot is taken: `shown` names the option. */
enum sim_status pci_add(struct pseries *p, struct pci_device *d, int slot, const char *shown,
                        const struct pci_identity *identity);
void pci_add_bar(struct pci_device *d, unsigned bar, enum pci_bar_kind kind, uint64_t size);
/* A capability of `length` bytes with its header; returns where it begins. */
uint8_t pci_add_capability(struct pci_device *d, uint8_t id, uint8_t length);
/* MSI-X with `count` vectors in a memory BAR of its own. */
void pci_add_msix(struct pci_device *d, unsigned bar, uint16_t count);

/* -- For device models, in a run -- */

/* The level of the device's interrupt pin. */
void pci_set_line(struct pci_device *d, bool up);
bool pci_msix_enabled(const struct pci_device *d);
/* Sends the message of a vector, or notes it while masked; a vector that does not exist is lost. */
void pci_msix_notify(struct pci_device *d, unsigned vector);

/* DMA by the device: [addr, addr + len) of the bus, through the host bridge's windows, or of RAM
 * with `bypass`. False: some byte cannot be reached; those before it may have been moved. */
/*
 * The RAM behind `addr`, for the device to read, or with `write` to store to: *len becomes the
 * bytes that lie there together, at least 1 of those asked for (at least 1). NULL: the access is
 * refused. Who has stored says so by bus_stored().
 */
uint8_t *pci_dma_span(const struct pci_device *d, bool bypass, uint64_t addr, bool write,
                      size_t *len);
bool pci_dma_read(const struct pci_device *d, bool bypass, uint64_t addr, void *out, size_t len);
bool pci_dma_write(const struct pci_device *d, bool bypass, uint64_t addr, const void *in,
                   size_t len);

/* -- The bus -- */

void pci_reset(struct pseries *p);
void pci_fini(struct pseries *p);
struct pci_device *pci_find(struct pseries *p, uint32_t config_addr); /* NULL: not there */
uint64_t pci_hash(const struct pseries *p, uint64_t hash);

/* Configuration space; `reg` + `size` lie in it. */
uint32_t pci_config_read(struct pci_device *d, unsigned reg, unsigned size);
void pci_config_write(struct pci_device *d, unsigned reg, unsigned size, uint32_t value);

/* An access to the bus: all ones, or lost, where no BAR is. `value` as little-endian. */
uint64_t pci_read(struct pseries *p, bool io, uint64_t addr, unsigned size);
void pci_write(struct pseries *p, bool io, uint64_t addr, unsigned size, uint64_t value);

/* Adds the devices' nodes under the host bridge's; 0 or a libfdt error. */
int pci_fdt(struct pseries *p, void *fdt, int parent);

/* -- Inside pci*.c -- */

void pci_update_line(struct pci_device *d);
uint32_t pci_msix_read(const struct pci_device *d, uint64_t offset, unsigned size);
void pci_msix_write(struct pci_device *d, uint64_t offset, unsigned size, uint32_t value);
/* Sends what waited while vectors were masked. */
void pci_msix_update(struct pci_device *d);
void pci_msi_release(struct pci_device *d);

#endif
