/* spapr-nvram behind RTAS nvram-fetch and nvram-store (LoPAR 8): 64 KiB, or a drive's content. */
#ifndef HORNPIPE_NVRAM_H
#define HORNPIPE_NVRAM_H

#include <stdint.h>

#include "base/state.h"
#include "base/status.h"

struct pseries;
struct block;
struct vio_device;

enum { NVRAM_SIZE = 0x10000, NVRAM_SIZE_MIN = 0x2000, NVRAM_SIZE_MAX = 0x100000 };

struct nvram {
    struct vio_device *device;
    struct block *block; /* stores are written through to it; NULL: nothing is kept */
    uint32_t size;       /* NVRAM_SIZE, or the drive's */
    uint8_t bytes[NVRAM_SIZE_MAX];
    uint64_t fetches, stores, fetched_bytes, stored_bytes; /* counters */
};
extern const struct state_desc nvram_state_desc;

/* Creates the device, with what its drive holds; -prom-env strings go to the common partition. */
enum sim_status nvram_init(struct pseries *p);

/* nvram_env.c: puts NAME=VALUE strings, NULL-ended, into the common partition, in place of those of
 * the same name; where there is none, it makes one at 0. */
enum sim_status nvram_put_env(struct nvram *nvram, const char *const *list);

#endif
