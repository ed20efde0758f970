/*
 * Translation control entries and DMA through them: windows of the PCI host bridge, made and
 * removed by RTAS, and of a VIO adapter; entries that name anything; a virtio disk whose requests
 * are under way meanwhile. What DMA may reach is checked against the entries. Input: steps.
 */
#include "fuzz_virtio.h"

enum {
    IOMMU_SLOT = 1, /* the disk behind the windows */
    RING = FUZZ_AREA,
    AVAIL = RING + 0x1000,
    USED = RING + 0x2000,
    REQUEST = RING + 0x3000,
    DATA = RING + 0x4000,
    LIST = RING + 0x8000,
    RTAS_BLOCK = RING + 0x9000,
    PAGE = 4096,
    PAGES = 16,
    BUFFER = 0x8000,
    VIO_UNIT = VIO_FIRST_REG + 2,
};

static const uint64_t numbers[] = {
    0, 1, 2, 3, 8, 16, 512, 513, 4096, 0x8000, 12, 16, 21, 24, 27, 30, 31, 63, 64,
    /* bus addresses: pages, the ends of the windows */
    RING, RING + 0xff8, DATA, PHB_DMA_SIZE - 8, PHB_DMA_SIZE, PHB_DMA_SIZE - PAGE, PHB_DMA64_BUS,
    PHB_DMA64_BUS + RING, PHB_DMA64_BUS + 0xfff8, PHB_DMA64_BUS - 8, 0x10000000, 0xffff000,
    PHB_MSI_WINDOW,
    /* entries */
    RING | 1, RING | 2, RING | 3, DATA | 3, FUZZ_RAM | 3, (FUZZ_RAM - PAGE) | 3,
    (FUZZ_RAM - 0x10000) | 3, UINT64_C(0x800000000000) | 3, PHB_MEM64_BASE | 3,
    /* logical bus numbers */
    PHB_LIOBN, PHB_LIOBN + 1, PHB_LIOBN + 2, VIO_UNIT, VIO_UNIT - 1, VIO_UNIT + 1, INT32_MAX,
    UINT32_MAX, UINT64_MAX, UINT64_MAX - 7};

static uint64_t number(struct fuzz_input *in)
{
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

static uint64_t bus_number(struct fuzz_input *in, uint8_t kind)
{
    static const uint32_t buses[] = {PHB_LIOBN, PHB_LIOBN + 1, VIO_UNIT};
    return (kind & 3) < ARRAY_SIZE(buses) ? buses[kind & 3] : number(in);
}

static void hypercall(struct fuzz_machine *m, uint64_t token, const uint64_t arguments[4])
{
    m->cpu->gpr[3] = token;
    memcpy(&m->cpu->gpr[4], arguments, 4 * sizeof *arguments);
    fuzz_hypercall(m);
}

static void tce_call(struct fuzz_machine *m, struct fuzz_input *in, uint8_t kind)
{
    static const uint64_t tokens[] = {0x1c, 0x20, 0x138, 0x13c};
    const uint64_t token = tokens[kind >> 6];
    uint64_t arguments[4] = {bus_number(in, kind >> 4)};
    arguments[1] = number(in);
    arguments[2] = token == 0x13c && kind & 8 ? (uint64_t)LIST : number(in);
    arguments[3] = token < 0x100 ? 0 : number(in);
    hypercall(m, token, arguments);
}

/* Makes, removes, asks for and resets windows; the bypass of the VIO adapter; quiesce. */
static void rtas_call(struct fuzz_machine *m, struct fuzz_input *in, uint8_t kind)
{
    static const struct {
        uint8_t call, nargs, nret;
    } calls[] = {{0x26, 3, 6}, {0x27, 5, 4}, {0x27, 5, 4}, {0x28, 1, 1},
                 {0x29, 3, 1}, {0x10, 2, 1}, {0x11, 0, 1}, {0x26, 3, 5}};
    const unsigned row = kind >> 5;
    uint32_t words[3 + 5] = {RTAS_TOKEN_BASE + calls[row].call,
                             calls[row].nargs,
                             calls[row].nret,
                             IOMMU_SLOT << 11,
                             PHB_BUID >> 32,
                             (uint32_t)PHB_BUID};
    if (calls[row].nargs == 5) {
        static const uint8_t shifts[] = {12, 16, 24, 21};
        words[6] = kind & 8 ? (uint32_t)number(in) : shifts[kind >> 3 & 3];
        words[7] = fuzz_byte(in);
    } else if (calls[row].nargs < 3) {
        words[3] = calls[row].call == 0x10 ? VIO_UNIT : PHB_LIOBN + (kind >> 3 & 3);
        words[4] = kind >> 4 & 1;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        fuzz_word(m, RTAS_BLOCK + 4 * i, words[i]);
    hypercall(m, 0xf000, (const uint64_t[4]){RTAS_BLOCK});
}

/* Whether every byte may be reached: each has a window with an entry for it that names RAM. */
static bool may_reach(struct fuzz_machine *m, const struct dma_window *windows, unsigned count,
                      uint64_t addr, uint64_t len, bool write)
{
    for (uint64_t i = 0; i < len; i++) {
        bool reached = false;
        for (unsigned w = 0; w < count && !reached; w++) {
            const uint64_t offset = addr + i - windows[w].bus;
            const uint64_t index = offset >> windows[w].page_shift;
            if (addr + i < windows[w].bus || index >= windows[w].entries)
                continue;
            const uint64_t tce = windows[w].tces[index],
                           mask = (UINT64_C(1) << windows[w].page_shift) - 1;
            reached = tce & (write ? 2 : 1) && (tce & ~mask) + (offset & mask) < m->p->bus.ram_size;
        }
        if (!reached)
            return false;
    }
    return true;
}

/* By a PCI device or, with bit 3, the VIO adapter; bit 4: it writes. */
static void dma(struct fuzz_machine *m, struct fuzz_input *in, uint8_t kind)
{
    static uint8_t buffer[BUFFER];
    const uint64_t addr = number(in);
    const size_t len = (size_t)(number(in) % (BUFFER + 1));
    const bool write = kind & 16;
    struct pci_device *const pci = m->p->pci.slots[IOMMU_SLOT];
    const struct vio_device *const vio = vio_find(m->p, VIO_UNIT);
    struct dma_window window;
    bool done;
    if (kind & 8) {
        done = write ? vio_dma_write(m->p, vio, addr, buffer, len)
                     : vio_dma_read(m->p, vio, addr, buffer, len);
        if (done && !vio->bypass && tce_window(m->p, VIO_UNIT, &window))
            assert(may_reach(m, &window, 1, addr, len, write));
    } else {
        done = write ? pci_dma_write(pci, false, addr, buffer, len)
                     : pci_dma_read(pci, false, addr, buffer, len);
        if (done)
            assert(may_reach(m, m->p->phb.windows, PHB_DMA_WINDOWS, addr, len, write));
    }
}

/* A read or a write of the disk, by addresses of the bus; its pages are those of step 5. */
static void request(struct fuzz_machine *m, struct fuzz_input *in, uint8_t kind)
{
    struct virtio_device *const v = fuzz_device(m, IOMMU_SLOT);
    struct virtqueue *const q = &v->queues[0];
    const uint64_t bus = kind & 0x20 ? PHB_DMA64_BUS : 0;
    const uint64_t at[] = {REQUEST, kind & 0x40 ? number(in) : bus + DATA, REQUEST + 64};
    const uint32_t sizes[] = {16, kind & 0x80 ? (uint32_t)number(in) : 4096, 1};
    uint8_t bytes[16] = {kind >> 4 & 1};
    bytes[8] = fuzz_byte(in);
    bus_write(&m->p->bus, REQUEST, bytes, sizeof bytes);
    for (unsigned i = 0; i < 3; i++) {
        virtio_store(v, bytes, 8, at[i]);
        virtio_store(v, bytes + 8, 4, sizes[i]);
        virtio_store(v, bytes + 12, 2,
                     (i < 2 ? 1u : 0) | (i == 2 || (i == 1 && !(kind & 16)) ? 2u : 0));
        virtio_store(v, bytes + 14, 2, i + 1);
        bus_write(&m->p->bus, RING + 16 * i, bytes, 16);
    }
    virtio_store(v, bytes, 2, 0);
    bus_write(&m->p->bus, AVAIL + 4 + 2 * (q->last_avail % 16u), bytes, 2);
    virtio_store(v, bytes, 2, (uint16_t)(q->last_avail + 1));
    bus_write(&m->p->bus, AVAIL + 2, bytes, 2);
    virtio_bar_write(&v->pci, 4, 0x3000, 2, 0);
}

static void reg(struct fuzz_machine *m, unsigned offset, unsigned size, uint32_t value)
{
    virtio_bar_write(&fuzz_device(m, IOMMU_SLOT)->pci, 4, offset, size, value);
}

static void start_disk(struct fuzz_machine *m)
{
    static const struct {
        uint8_t offset, size;
        uint32_t value;
    } writes[] = {{20, 1, 3},    {8, 4, 1},   {12, 4, 3},    {20, 1, 11},
                  {22, 2, 0},    {24, 2, 16}, {32, 4, RING}, {40, 4, AVAIL},
                  {48, 4, USED}, {28, 2, 1},  {20, 1, 15}};
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++)
        reg(m, writes[i].offset, writes[i].size, writes[i].value);
}

/* Entries for the driver's pages, in the first window or the second. */
static void map(struct fuzz_machine *m, uint8_t page, uint8_t kind)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (page != 0xff && page % PAGES != i)
            continue;
        const uint64_t real = RING + (uint64_t)PAGE * i, rights = kind >> 4 & 3;
        const uint64_t bus = kind & 0x40 ? PHB_DMA64_BUS : 0;
        hypercall(m, 0x20,
                  (const uint64_t[4]){PHB_LIOBN + (bus ? 1 : 0), bus + real, real | rights});
        hypercall(m, 0x20, (const uint64_t[4]){VIO_UNIT, real, real | rights});
    }
}

static void step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in);
    switch (kind & 7) {
    case 0:
        tce_call(m, in, kind);
        break;
    case 1:
        rtas_call(m, in, kind);
        break;
    case 2:
        dma(m, in, kind);
        break;
    case 3:
        request(m, in, kind);
        break;
    case 4:
        fuzz_pass(m, fuzz_byte(in));
        break;
    case 5:
        map(m, fuzz_byte(in), kind);
        break;
    case 6:
        pci_config_write(m->p->pci.slots[IOMMU_SLOT], PCI_COMMAND, 2, kind >> 4 & 7);
        if (kind & 0x80)
            start_disk(m);
        break;
    default:
        fuzz_store(m, in, numbers, ARRAY_SIZE(numbers));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_machine *m = fuzz_virtio_power_on(size);
    struct fuzz_input in = {data, size};
    map(m, 0xff, 0x30);
    start_disk(m);
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++) {
        step(m, &in);
        fuzz_check_devices(m);
    }
    return 0;
}
