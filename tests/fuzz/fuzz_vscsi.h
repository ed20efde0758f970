/*
 * What the targets of spapr-vscsi share: an adapter with a disk and a CD-ROM. Both hold the bytes
 * of this program's temporary file, which is never written (snapshot=on).
 */
#ifndef HORNPIPE_FUZZ_VSCSI_H
#define HORNPIPE_FUZZ_VSCSI_H

#include <unistd.h>

#include "machine-pseries/devices.h"
#include "machine-pseries/vscsi.h"

static struct pseries_drive drives[2];

#define FUZZ_CONFIG .drives = drives, .drive_count = 2
#include "fuzz_machine.h"

enum {
    UNIT = VIO_FIRST_REG + 2,
    H_PUT_TCE_TOKEN = 0x20,
    H_REG_CRQ_TOKEN = 0xfc,
    H_FREE_CRQ_TOKEN = 0x100,
    H_VIO_SIGNAL_TOKEN = 0x104,
    H_SEND_CRQ_TOKEN = 0x108,
    H_ENABLE_CRQ_TOKEN = 0x2b0,
    IMAGE_SIZE = 1 << 20,
};

static inline void fuzz_make_drives(void)
{
    static char path[] = "/tmp/hornpipe-fuzz-XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0 || ftruncate(fd, IMAGE_SIZE) != 0)
        abort();
    close(fd);
    for (unsigned i = 0; i < 2; i++)
        drives[i] = (struct pseries_drive){.shown = "-drive",
                                           .media = i ? DRIVE_CDROM : DRIVE_DISK,
                                           .unit = i,
                                           .file = path,
                                           .readonly = i > 0,
                                           .snapshot = true,
                                           .unmap = true};
}

static inline bool fuzz_call(struct fuzz_machine *m, uint64_t token, uint64_t a, uint64_t b,
                             uint64_t c)
{
    m->cpu->gpr[3] = token;
    m->cpu->gpr[4] = a;
    m->cpu->gpr[5] = b;
    m->cpu->gpr[6] = c;
    return fuzz_hypercall(m);
}

/* As after power-on. */
static inline struct fuzz_machine *fuzz_vscsi_power_on(size_t size)
{
    static struct fuzz_machine m;
    if (!m.p) {
        fuzz_make_drives();
        fuzz_create(&m);
        unlink(drives[0].file);
        assert(vio_find(m.p, UNIT));
    }
    fuzz_reset_devices(&m, size);
    return &m;
}

static inline void fuzz_map(struct fuzz_machine *m, uint64_t page, uint64_t rights)
{
    fuzz_call(m, H_PUT_TCE_TOKEN, UNIT, page, page | rights);
}

/* What holds whatever the guest did. */
static inline void fuzz_check_vscsi(struct fuzz_machine *m)
{
    const struct vio_device *const d = vio_find(m->p, UNIT);
    const struct vscsi *const v = d->priv;
    assert(d->crq_size ? v->next < d->crq_size / 16 : v->next == 0);
    for (unsigned i = 0; i < VSCSI_SLOTS; i++) {
        assert(v->slots[i].busy == v->slots[i].event.armed);
        assert(v->slots[i].length <= VSCSI_IU_MAX);
        assert(d->crq_size || !v->slots[i].busy);
    }
}

#endif
