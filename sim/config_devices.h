/* -drive, -blockdev, -device, -global: lists in struct run_config, for the machine. */
#ifndef HORNPIPE_CONFIG_DEVICES_H
#define HORNPIPE_CONFIG_DEVICES_H

#include "config.h"

option_parse_fn config_drive, config_blockdev, config_hd, config_cdrom, config_pflash,
    config_device, config_global;
option_show_fn config_show_drive, config_show_blockdev, config_show_device, config_show_global;

/* A node of -blockdev: `id`, the file and how it may be used are set. */
enum sim_status config_add_node(struct run_config *config, const struct option_use *use,
                                const struct pseries_drive *drive);

/* "drive.ID" without the file, which the guest can notice, and "drive.ID.file"; "blockdev.ID". */
void config_visit_drives(const struct run_config *config, bool nodes, config_visit_fn *visit,
                         void *ctx);

void config_devices_fini(struct run_config *config);

#endif
