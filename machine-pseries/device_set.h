/* Inside devices*.c: what -drive and -device made. */
#ifndef HORNPIPE_DEVICE_SET_H
#define HORNPIPE_DEVICE_SET_H

#include "device_counters.h"
#include "devices.h"
#include "pseries.h"
#include "scsi.h"

enum { DEVICE_SCSI_BUSES = 16 };

struct device_set {
    struct drive *drives; /* as config.drives, owned */
    size_t drive_count;
    struct pseries_drive default_cdrom; /* stands after the configured ones */
    struct scsi_bus *scsi_buses[DEVICE_SCSI_BUSES];
    unsigned scsi_bus_count;
    struct pseries_device_count *counts; /* owned: device_counters.c */
    size_t count_count;
};

/* scsi_create.c: a drive as a target of an adapter, as -drive if=scsi has it. */
enum sim_status scsi_create_for_drive(struct pseries *p, struct scsi_bus *bus, struct drive *drive);

extern const struct device_model scsi_hd_model, scsi_cd_model, spapr_vscsi_model;
extern const struct device_model virtio_blk_model, virtio_scsi_model;

/* vscsi.c: an adapter at the next place of the VIO bus. */
struct vscsi;
enum sim_status vscsi_create(struct pseries *p, const char *id, struct vscsi **out);
struct scsi_bus *vscsi_bus(struct vscsi *v);

#endif
