/* What only a CD-ROM drive knows (MMC-5 6). The disc is one data track of one session. */
#include <string.h>

#include "scsi_internal.h"

enum {
    LEAD_OUT = 0xaa,
    DATA_TRACK = 0x14, /* ADR 1, data */
    FRAMES_A_SECOND = 75,
    LEAD_IN_FRAMES = 150,
    PROFILE_CD_ROM = 0x0008,
    PROFILE_DVD_ROM = 0x0010,
    CD_BLOCKS_MAX = 80 * 60 * FRAMES_A_SECOND, /* more is a DVD */
};

static uint32_t disc_blocks(const struct scsi_device *d)
{
    return d->blocks > UINT32_MAX ? UINT32_MAX : (uint32_t)d->blocks;
}

/* An address as minutes, seconds, frames, or as a block. */
static void put_address(uint8_t *p, uint32_t block, bool msf)
{
    if (!msf) {
        store_be32(p, block);
        return;
    }
    const uint32_t frames = block + LEAD_IN_FRAMES;
    p[0] = 0;
    p[1] = (uint8_t)(frames / FRAMES_A_SECOND / 60);
    p[2] = (uint8_t)(frames / FRAMES_A_SECOND % 60);
    p[3] = (uint8_t)(frames % FRAMES_A_SECOND);
}

static size_t put_track(uint8_t *p, uint8_t track, uint32_t block, bool msf)
{
    p[1] = DATA_TRACK;
    p[2] = track;
    put_address(p + 4, block, msf);
    return 8;
}

void scsi_read_toc(const struct scsi_request *r)
{
    const bool msf = r->cdb[1] & 2;
    const unsigned format = (r->cdb[2] & 0xf) ? r->cdb[2] & 0xf : r->cdb[9] >> 6;
    const unsigned first = r->cdb[6];
    uint8_t data[4 + 16] = {0, 0, 1, 1}; /* tracks or sessions 1 to 1 */
    size_t size = 4;
    if (format > 1 || (format == 0 && first > 1 && first != LEAD_OUT)) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    if (format == 1 || first <= 1)
        size += put_track(data + size, 1, 0, msf);
    if (format == 0)
        size += put_track(data + size, LEAD_OUT, disc_blocks(r->device), msf);
    store_be16(data, (uint16_t)(size - 2));
    scsi_respond(r, data, size, load_be16(r->cdb + 7));
}

static uint16_t current_profile(const struct scsi_device *d)
{
    if (!scsi_has_medium(d))
        return 0;
    return d->blocks > CD_BLOCKS_MAX ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

/* Features 0 (profiles), 1 (core), 3 (removable medium). */
void scsi_get_configuration(const struct scsi_request *r)
{
    const unsigned type = r->cdb[1] & 3, start = load_be16(r->cdb + 2);
    const uint16_t profile = current_profile(r->device);
    const uint8_t features[3][12] = {
        {0, 0, 0x03, 8, 0, PROFILE_DVD_ROM, profile == PROFILE_DVD_ROM, 0, 0, PROFILE_CD_ROM,
         profile == PROFILE_CD_ROM},
        {0, 1, 0x0b, 8, 0, 0, 0, 1, 1}, /* physical interface SCSI */
        {0, 3, 0x0b, 4, 0x29},          /* tray, eject, lock */
    };
    uint8_t data[8 + sizeof features] = {0};
    size_t size = 8;
    if (type == 3) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    for (unsigned i = 0; i < 3; i++) {
        const unsigned code = features[i][1], n = 4u + features[i][3];
        if (type == 2 ? code != start : code < start)
            continue;
        memcpy(data + size, features[i], n);
        size += n;
    }
    store_be32(data, (uint32_t)(size - 4));
    store_be16(data + 6, profile);
    scsi_respond(r, data, size, load_be16(r->cdb + 7));
}

/* Polled only; the medium class alone. */
void scsi_get_event_status(const struct scsi_request *r)
{
    enum { CLASS_MEDIA = 4, MEDIA_BIT = 1 << CLASS_MEDIA };
    const struct scsi_device *const d = r->device;
    uint8_t data[8] = {0, 2, 0x80, MEDIA_BIT}; /* no event available */
    size_t size = 4;
    if (!(r->cdb[1] & 1)) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    if (r->cdb[4] & MEDIA_BIT) {
        data[1] = 6;
        data[2] = CLASS_MEDIA;
        data[5] = (uint8_t)((scsi_has_medium(d) ? 2 : 0) | (d->stopped ? 1 : 0));
        size = 8;
    }
    scsi_respond(r, data, size, load_be16(r->cdb + 7));
}

void scsi_read_disc_info(const struct scsi_request *r)
{
    uint8_t data[34] = {
        [1] = sizeof data - 2,
        [2] = 0x0e, /* complete, last session complete */
        [3] = 1,
        [4] = 1,
        [5] = 1,
        [6] = 1,
        [7] = 0x20, /* unrestricted use */
    };
    if (r->cdb[1] & 7) {
        scsi_illegal(r, ASC_CDB_FIELD);
        return;
    }
    scsi_respond(r, data, sizeof data, load_be16(r->cdb + 7));
}

void scsi_mechanism_status(const struct scsi_request *r)
{
    const uint8_t data[8] = {[1] = r->device->stopped ? 0x10 : 0, [5] = 1};
    scsi_respond(r, data, sizeof data, load_be16(r->cdb + 8));
}
