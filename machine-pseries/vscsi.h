/* spapr-vscsi: an SRP server behind a CRQ (LoPAR 17.2.3 and appendix on virtual SCSI). */
#ifndef HORNPIPE_VSCSI_H
#define HORNPIPE_VSCSI_H

#include "event.h"
#include "scsi.h"
#include "vio.h"

enum {
    VSCSI_SLOTS = 24, /* commands at a time; two of them are never granted */
    VSCSI_GRANTED = 22,
    VSCSI_IU_MAX = 256,
};

/* Information units of SRP and their fields. */
enum srp_opcode {
    SRP_LOGIN_REQ = 0x00,
    SRP_TSK_MGMT = 0x01,
    SRP_CMD = 0x02,
    SRP_I_LOGOUT = 0x03,
    SRP_LOGIN_RSP = 0xc0,
    SRP_RSP = 0xc1,
    SRP_LOGIN_REJ = 0xc2,
};

/* Elements of the CRQ. */
enum { CRQ_COMMAND = 0x80, CRQ_INIT = 0xc0, CRQ_FORMAT_SRP = 1, CRQ_FORMAT_MAD = 2 };

/* An information unit that came and is not answered yet. */
struct vscsi_slot {
    struct machine_event event;
    bool busy;
    uint8_t format;
    uint16_t length;
    uint64_t ioba;
    uint8_t iu[VSCSI_IU_MAX];
};

struct vscsi {
    struct vio_device *vio;
    struct pseries *p;
    struct scsi_bus bus;
    uint32_t next; /* element of the CRQ that is written next */
    struct vscsi_slot slots[VSCSI_SLOTS];
    /* Counters */
    uint64_t commands, management, datagrams, dropped;
};
extern const struct state_desc vscsi_state_desc, vscsi_slot_state_desc;

/* -- vscsi_srp.c -- */

/* An SRP unit is carried out; its answer goes into `slot`, length returned; 0: there is none. */
size_t vscsi_execute_srp(struct vscsi *v, struct vscsi_slot *slot);
/* How long it takes, in ns. */
uint64_t vscsi_delay_ns(struct vscsi *v, const struct vscsi_slot *slot);
/* The command with this tag, or all of a LUN (lun NULL: of every one), will not be answered. */
unsigned vscsi_cancel(struct vscsi *v, const struct vscsi_slot *by, const uint64_t *tag,
                      const uint64_t *lun);

/* -- vscsi_data.c: the initiator's buffers of a command -- */

struct srp_data {
    struct vscsi *v;
    const uint8_t *local; /* descriptors in the IU; NULL: the table is in guest memory */
    uint64_t table;       /* its I/O address */
    uint32_t count;
    uint64_t size; /* bytes in all, as the descriptor says */
    /* Where the last access ended */
    uint32_t index;
    uint64_t index_at; /* bytes before descriptor `index` */
};

/* Of an SRP_CMD; false: the descriptors are not well-formed. */
bool srp_data_parse(struct vscsi *v, const struct vscsi_slot *slot, struct srp_data *out,
                    struct srp_data *in);
bool srp_data_put(struct srp_data *data, uint64_t at, const void *bytes, size_t n);
bool srp_data_get(struct srp_data *data, uint64_t at, void *bytes, size_t n);

#endif
