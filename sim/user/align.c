/*
 * Unaligned and little-endian forms that the processor leaves to the alignment interrupt. Linux
 * does loads and stores for the program; larx and stcx. get SIGBUS, as nothing else is atomic.
 */
#include "isa/cpu.h"
#include "user/kernel.h"

enum { PO_LMW = 46, PO_STMW = 47, PO_LQ = 56, PO_STD = 62, PO_X = 31 };
enum { XO_LSWX = 533, XO_LSWI = 597, XO_STSWX = 661, XO_STSWI = 725 };

struct access {
    struct user_kernel *kernel;
    uint64_t ea;
    bool store;
};

static unsigned field(uint32_t word, unsigned first, unsigned length)
{
    return bits32(word, first, length);
}

/* `count` bytes at the access's place, to or from `bytes`. */
static bool transfer(struct access *access, uint8_t *bytes, size_t count)
{
    struct space *const space = &access->kernel->space;
    const bool done = access->store ? space_write(space, access->ea, bytes, count)
                                    : space_read(space, access->ea, bytes, count);
    access->ea += count;
    return done;
}

/* Words of lmw, stmw and the string forms: `count` bytes from register `first` on, wrapping. */
static enum align_result move_words(struct access *access, unsigned first, unsigned count)
{
    struct cpu *const cpu = access->kernel->cpu;
    for (unsigned r = first; count > 0; r = (r + 1) & 31) {
        uint8_t bytes[4] = {0};
        const unsigned part = count < 4 ? count : 4;
        if (access->store && cpu->big_endian)
            store_be32(bytes, (uint32_t)cpu->gpr[r]);
        else if (access->store)
            memcpy(bytes, &cpu->gpr[r], sizeof bytes);
        if (!transfer(access, bytes, part))
            return ALIGN_BAD_ADDRESS;
        if (!access->store)
            cpu->gpr[r] = cpu->big_endian ? load_be32(bytes) : load_le32(bytes);
        count -= part;
    }
    return ALIGN_DONE;
}

/* Strings are bytes: the leftmost of the register is the first, in either byte order. */
static enum align_result move_string(struct access *access, unsigned first, unsigned count)
{
    struct cpu *const cpu = access->kernel->cpu;
    for (unsigned r = first; count > 0; r = (r + 1) & 31) {
        uint8_t bytes[4] = {0};
        const unsigned part = count < 4 ? count : 4;
        if (access->store)
            store_be32(bytes, (uint32_t)cpu->gpr[r]);
        if (!transfer(access, bytes, part))
            return ALIGN_BAD_ADDRESS;
        if (!access->store)
            cpu->gpr[r] = load_be32(bytes);
        count -= part;
    }
    return ALIGN_DONE;
}

/* lq and stq: the even register is the doubleword at the lower address in big-endian order. */
static enum align_result move_quad(struct access *access, unsigned even)
{
    struct cpu *const cpu = access->kernel->cpu;
    if (even & 1)
        return ALIGN_REFUSED;
    uint8_t bytes[16];
    const unsigned low = cpu->big_endian ? even : even + 1, high = low ^ 1;
    if (access->store && cpu->big_endian) {
        store_be64(bytes, cpu->gpr[low]);
        store_be64(bytes + 8, cpu->gpr[high]);
    } else if (access->store) {
        memcpy(bytes, &cpu->gpr[low], 8);
        memcpy(bytes + 8, &cpu->gpr[high], 8);
    }
    if (!transfer(access, bytes, sizeof bytes))
        return ALIGN_BAD_ADDRESS;
    if (!access->store) {
        cpu->gpr[low] = cpu->big_endian ? load_be64(bytes) : load_le64(bytes);
        cpu->gpr[high] = cpu->big_endian ? load_be64(bytes + 8) : load_le64(bytes + 8);
    }
    return ALIGN_DONE;
}

enum align_result kernel_fix_alignment(struct user_kernel *kernel)
{
    struct cpu *const cpu = kernel->cpu;
    uint8_t bytes[4];
    if (!space_read(&kernel->space, cpu->nia, bytes, sizeof bytes))
        return ALIGN_BAD_ADDRESS;
    const uint32_t word = cpu->big_endian ? load_be32(bytes) : load_le32(bytes);
    const unsigned rt = field(word, 6, 5), ra = field(word, 11, 5), rb = field(word, 16, 5);
    const uint64_t base = ra ? cpu->gpr[ra] : 0;
    struct access access = {.kernel = kernel, .ea = base + (uint64_t)sext64(word & 0xffff, 16)};
    switch (field(word, 0, 6)) {
    case PO_LMW:
        return move_words(&access, rt, (32 - rt) * 4);
    case PO_STMW:
        access.store = true;
        return move_words(&access, rt, (32 - rt) * 4);
    case PO_LQ:
        access.ea = base + (uint64_t)sext64(word & 0xfff0, 16);
        return move_quad(&access, rt);
    case PO_STD:
        if ((word & 3) != 2)
            return ALIGN_REFUSED;
        access.store = true;
        access.ea = base + (uint64_t)sext64(word & 0xfffc, 16);
        return move_quad(&access, rt);
    case PO_X:
        break;
    default:
        return ALIGN_REFUSED;
    }
    const unsigned xo = field(word, 21, 10);
    access.store = xo == XO_STSWI || xo == XO_STSWX;
    if (xo == XO_LSWI || xo == XO_STSWI) {
        access.ea = base;
        return move_string(&access, rt, rb ? rb : 32);
    }
    if (xo == XO_LSWX || xo == XO_STSWX) {
        access.ea = base + cpu->gpr[rb];
        return move_string(&access, rt, cpu->string_count);
    }
    return ALIGN_REFUSED;
}
