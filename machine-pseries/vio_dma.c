/* DMA of VIO devices: through the TCE table, or to real addresses (ibm,set-tce-bypass). */
#include "pseries_internal.h"

#define TCE_PAGE UINT64_C(0x1000)

enum { TCE_READ = 1, TCE_WRITE = 2 };

/* Real address of `ioba` and how many of `len` bytes lie there; 0: the device may not. */
static size_t translate(const struct pseries *p, const struct vio_device *d, uint64_t ioba,
                        size_t len, unsigned right, uint64_t *real)
{
    if (d->bypass) {
        *real = ioba;
        return bus_is_ram(&p->bus, ioba, len) ? len : 0;
    }
    if (!d->tces || ioba >= d->ops->dma_window)
        return 0;
    const uint64_t tce = d->tces[ioba / TCE_PAGE], into = ioba % TCE_PAGE;
    const size_t n = TCE_PAGE - into < len ? (size_t)(TCE_PAGE - into) : len;
    *real = (tce & ~(TCE_PAGE - 1)) + into;
    return tce & right && bus_is_ram(&p->bus, *real, n) ? n : 0;
}

bool vio_dma_read(const struct pseries *p, const struct vio_device *d, uint64_t ioba, void *out,
                  size_t len)
{
    uint8_t *at = out;
    while (len > 0) {
        uint64_t real;
        const size_t n = translate(p, d, ioba, len, TCE_READ, &real);
        if (n == 0 || !bus_read(&p->bus, real, at, n))
            return false;
        at += n;
        ioba += n;
        len -= n;
    }
    return true;
}

bool vio_dma_write(struct pseries *p, const struct vio_device *d, uint64_t ioba, const void *in,
                   size_t len)
{
    const uint8_t *at = in;
    while (len > 0) {
        uint64_t real;
        const size_t n = translate(p, d, ioba, len, TCE_WRITE, &real);
        if (n == 0 || !bus_write(&p->bus, real, at, n))
            return false;
        at += n;
        ioba += n;
        len -= n;
    }
    return true;
}
