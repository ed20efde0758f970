/*
 * PCI: configuration space, BARs wherever the guest puts them, MSI-X, TCEs and DMA windows.
 * Input: steps of a kind, a slot, and what the kind needs.
 */
#include "fuzz_virtio.h"

static const uint64_t numbers[] = {
    /* registers and small values */
    0, 1, 2, 3, 4, 5, 7, 8, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x34, 0x3c, 0x40, 0x84, 0x88, 0x8c,
    0x90, 0x94, 0x98, 0x9a, 0xfc, 0xff, 0x1000, 0x2000, 0x3000, 0x8000, 0xc000,
    /* addresses */
    FUZZ_LEGACY(0), FUZZ_LEGACY(1), FUZZ_MSIX(0), FUZZ_MSIX(1), FUZZ_MODERN(0), FUZZ_MODERN(1),
    FUZZ_MODERN(2), PHB_MEM32_BUS, PHB_MEM64_BASE, PHB_MEM64_BASE + PHB_MEM64_SIZE - 8,
    PHB_MSI_WINDOW, PHB_DMA64_BUS, PHB_DMA_SIZE, FUZZ_AREA, FUZZ_AREA | 3, FUZZ_RAM, FUZZ_RAM | 3,
    /* sources, windows */
    XICS_MSI_BASE, XICS_LSI_BASE, 0x1fff, PHB_LIOBN, PHB_LIOBN + 1, 12, 16, 20, 24, 30, 63,
    /* edges */
    INT32_MAX, UINT32_MAX, UINT64_MAX, UINT64_MAX - 3};

static uint64_t number(struct fuzz_input *in)
{
    return fuzz_number(in, numbers, ARRAY_SIZE(numbers));
}

/* An RTAS call with the counts of its row; the bridge's unit where most calls want it. */
static void call_rtas(struct fuzz_machine *m, struct fuzz_input *in, unsigned slot)
{
    static const struct {
        uint8_t token, nargs, nret;
    } calls[] = {{0x16, 4, 2}, {0x17, 5, 1}, {0x18, 4, 3}, {0x19, 6, 4}, {0x26, 3, 6},
                 {0x26, 3, 5}, {0x27, 5, 4}, {0x28, 1, 1}, {0x29, 3, 1}};
    const unsigned row = fuzz_byte(in) % ARRAY_SIZE(calls);
    uint32_t words[3 + 6] = {RTAS_TOKEN_BASE + calls[row].token,
                             calls[row].nargs,
                             calls[row].nret,
                             slot << 11,
                             PHB_BUID >> 32,
                             (uint32_t)PHB_BUID};
    if (calls[row].nargs == 1)
        words[3] = (uint32_t)number(in);
    else if (calls[row].token < 0x18)
        words[3] |= fuzz_byte(in);
    for (unsigned i = 3; i < calls[row].nargs; i++)
        words[3 + i] = (uint32_t)number(in);
    for (unsigned i = 0; i < 3u + calls[row].nargs; i++)
        fuzz_word(m, FUZZ_AREA + 0x8000 + 4 * i, words[i]);
    m->cpu->gpr[3] = 0xf000;
    m->cpu->gpr[4] = FUZZ_AREA + 0x8000;
    fuzz_hypercall(m);
}

static void put_tce(struct fuzz_machine *m, struct fuzz_input *in)
{
    m->cpu->gpr[3] = 0x20;
    m->cpu->gpr[4] = PHB_LIOBN + (fuzz_byte(in) & 1);
    m->cpu->gpr[5] = number(in);
    m->cpu->gpr[6] = number(in);
    fuzz_hypercall(m);
}

static void step(struct fuzz_machine *m, struct fuzz_input *in)
{
    const uint8_t kind = fuzz_byte(in), size = 1u << (kind >> 4 & 3);
    const unsigned slot = (kind >> 6) % FUZZ_SLOTS;
    struct pci_device *const d = m->p->pci.slots[slot];
    const uint8_t width = size < 4 ? size : 4; /* of configuration space */
    uint64_t value;
    switch (kind & 7) {
    case 0:
        pci_config_write(d, fuzz_byte(in) & ~(width - 1u), width, (uint32_t)number(in));
        break;
    case 1:
        pci_config_read(d, fuzz_byte(in) & 0xfc, 4);
        break;
    case 2:
        value = number(in);
        phb_mmio_write(m->p, value + fuzz_byte(in), size, number(in));
        break;
    case 3:
        phb_mmio_read(m->p, number(in) + fuzz_byte(in), size, &value);
        break;
    case 4:
        call_rtas(m, in, slot);
        break;
    case 5:
        put_tce(m, in);
        break;
    case 6:
        pci_msix_notify(d, fuzz_byte(in));
        pci_set_line(d, kind & 0x10);
        fuzz_pass(m, fuzz_byte(in));
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
    for (unsigned i = 0; i < FUZZ_CALLS && in.left; i++) {
        step(m, &in);
        fuzz_check_devices(m);
    }
    return 0;
}
