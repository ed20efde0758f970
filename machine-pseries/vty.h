/* spapr-vty: the hypervisor console (hvterm1, LoPAR 16.6). */
#ifndef HORNPIPE_VTY_H
#define HORNPIPE_VTY_H

#include <stddef.h>
#include <stdint.h>

#include "base/state.h"

struct pseries;
struct vio_device;

enum { VTY_FIFO_SIZE = 16 };

struct vty {
    struct vio_device *device;
    uint8_t fifo[VTY_FIFO_SIZE];
    uint32_t head, count;
};
extern const struct state_desc vty_state_desc;

/* Creates the vty on the VIO bus. */
void vty_init(struct pseries *p);

/* Node path of the console for /chosen: "/vdevice/vty@71000000". */
void vty_path(const struct pseries *p, char *out, size_t size);

/* Writes to the console as H_PUT_TERM_CHAR does, for firmware services (VOF, display-character). */
void vty_write(struct pseries *p, const uint8_t *bytes, size_t n);

/* Offers input; returns how many bytes the FIFO took. An interrupt when it was empty. */
size_t vty_input(struct pseries *p, const uint8_t *bytes, size_t n);

/* Takes up to `max` bytes as H_GET_TERM_CHAR does; returns how many. */
size_t vty_read(struct pseries *p, uint8_t *out, size_t max);

/* Free bytes in the FIFO. */
size_t vty_space(const struct pseries *p);

#endif
