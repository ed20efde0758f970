/*
 * What the targets of PCI and virtio share: a machine with two virtio disks, one of them behind the
 * bridge's DMA windows, and a virtio SCSI adapter with a disk, their BARs in place; and
 * spapr-vscsi.
 */
#ifndef HORNPIPE_FUZZ_VIRTIO_H
#define HORNPIPE_FUZZ_VIRTIO_H

#include <unistd.h>

#include "fuzz_machine.h"

#include "machine-pseries/devices.h"
#include "machine-pseries/virtio.h"

enum { FUZZ_SLOTS = 3, FUZZ_IMAGE_SIZE = 0x40000, FUZZ_TIME_NS = 10000000 };

/* Where the BARs of a slot are, for the processor. */
#define FUZZ_LEGACY(slot) (PHB_IO_BASE + 0x1000 * ((slot) + 1))
#define FUZZ_MSIX(slot)   (PHB_MEM32_BASE + 0x10000 * (slot))
#define FUZZ_MODERN(slot) (PHB_MEM64_BASE + 0x10000 * (slot))

static inline void fuzz_make_image(char *path)
{
    const int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, FUZZ_IMAGE_SIZE) != 0)
        abort();
    close(fd);
}

static inline void fuzz_virtio_create(struct fuzz_machine *m)
{
    static char path[] = "/tmp/hornpipe-fuzz-XXXXXX";
    static const struct pseries_property blk[] = {{"drive", "d0"}},
                                         iommu[] = {{"drive", "d1"},
                                                    {"disable-legacy", "on"},
                                                    {"iommu_platform", "on"}},
                                         disk[] = {{"drive", "d2"}};
    static const struct pseries_device_option devices[] = {
        {"-device virtio-blk-pci", "virtio-blk-pci", blk, ARRAY_SIZE(blk)},
        {"-device virtio-blk-pci", "virtio-blk-pci", iommu, ARRAY_SIZE(iommu)},
        {"-device virtio-scsi-pci", "virtio-scsi-pci", NULL, 0},
        {"-device scsi-hd", "scsi-hd", disk, ARRAY_SIZE(disk)},
        {"-device spapr-vscsi", "spapr-vscsi", NULL, 0},
    };
    static struct pseries_drive drives[3];
    static const char *const ids[] = {"d0", "d1", "d2"};
    fuzz_make_image(path);
    for (unsigned i = 0; i < 3; i++)
        drives[i] = (struct pseries_drive){.shown = "-drive",
                                           .id = ids[i],
                                           .interface = DRIVE_IF_NONE,
                                           .file = path,
                                           .format = BLOCK_RAW,
                                           .snapshot = true};
    const struct pseries_config config = {
        .cpu = cpu_model_find("POWER8"),
        .ram_size = FUZZ_RAM,
        .cpu_count = 1,
        .sockets = 1,
        .threads = 1,
        .vof = true,
        .max_page_shift = 24,
        .cap_vsx = true,
        .cap_dfp = true,
        .hotplug_events = true,
        .kernel_address = PSERIES_KERNEL_BASE,
        .kernel = HORNPIPE_SOURCE_DIR "/tests/fuzz/corpus/elf/big-endian",
        .append = "console=hvc0",
        .clock_hz = 1000000000,
        .vty_count = 1,
        .drives = drives,
        .drive_count = ARRAY_SIZE(drives),
        .devices = devices,
        .device_count = ARRAY_SIZE(devices),
    };
    const struct pseries_host host = {.console_output = fuzz_output};
    isa_init();
    m->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    if (pseries_create(&config, &host, &m->clock, &m->p) != STATUS_OK)
        abort();
    unlink(path);
    log_set_sink(fuzz_drop_line, NULL);
    m->cpu = pseries_cpu(m->p, 0);
}

static inline struct virtio_device *fuzz_device(struct fuzz_machine *m, unsigned slot)
{
    return m->p->pci.slots[slot % FUZZ_SLOTS]->priv;
}

/* As after power-on and what firmware does. */
static inline struct fuzz_machine *fuzz_virtio_power_on(size_t size)
{
    static struct fuzz_machine m;
    if (!m.p)
        fuzz_virtio_create(&m);
    fuzz_reset_devices(&m, size);
    for (unsigned slot = 0; slot < FUZZ_SLOTS; slot++) {
        struct pci_device *const d = m.p->pci.slots[slot];
        pci_config_write(d, PCI_BAR0, 4, 0x1000 * (slot + 1));
        pci_config_write(d, PCI_BAR0 + 4, 4, (uint32_t)PHB_MEM32_BUS + 0x10000 * slot);
        pci_config_write(d, PCI_BAR0 + 16, 4, 0x10000 * slot);
        pci_config_write(d, PCI_BAR0 + 20, 4, PHB_MEM64_BASE >> 32);
        pci_config_write(d, PCI_COMMAND, 2, 7);
    }
    return &m;
}

/* Lets up to FUZZ_TIME_NS pass. */
static inline void fuzz_pass(struct fuzz_machine *m, uint8_t how_long)
{
    m->clock.idle_cycles += (uint64_t)FUZZ_TIME_NS * how_long / 255;
    pseries_run_events(m->p);
}

/* What holds whatever the guest did. */
static inline void fuzz_check_devices(struct fuzz_machine *m)
{
    assert(m->p->pci.region_count <= PCI_REGIONS_MAX);
    for (unsigned slot = 0; slot < FUZZ_SLOTS; slot++) {
        const struct virtio_device *const v = fuzz_device(m, slot);
        uint32_t in_flight = 0;
        for (unsigned i = 0; i < v->queue_count; i++) {
            assert(v->queues[i].in_flight <= v->queues[i].size);
            in_flight += v->queues[i].in_flight;
        }
        assert(v->pending_count <= v->pending_max);
        assert(v->broken || v->pending_count == in_flight);
        assert(!(v->features & ~v->host_features));
        assert(v->pending_count == 0 || v->broken || v->completion.armed);
    }
}

#endif
