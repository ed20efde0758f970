/* spapr-nvram: 64 KiB behind RTAS nvram-fetch and nvram-store (LoPAR 8). */
#ifndef HORNPIPE_NVRAM_H
#define HORNPIPE_NVRAM_H

#include <stdint.h>

#include "base/state.h"
#include "base/status.h"

struct pseries;
struct vio_device;

enum { NVRAM_SIZE = 0x10000 };

struct nvram {
    struct vio_device *device;
    uint8_t bytes[NVRAM_SIZE];
};
extern const struct state_desc nvram_state_desc;

/* Creates the device; -prom-env strings become a common partition. */
enum sim_status nvram_init(struct pseries *p);

#endif
