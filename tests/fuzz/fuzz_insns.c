/*
 * A program of valid instructions, run three times: at once, watched, and in pieces. All must end
 * in the same state (contracts 2 and 4). Input: MSR bits to change, attributes of the pages, then
 * six bytes an instruction: its row, and its operands. Interrupt vectors skip the instruction;
 * effective addresses are real addresses whether translated or not: RAM, and behind it a device.
 */
#include "base/bits.h"
#include "fuzz_cpu.h"
#include "isa/insn.h"
#include "isa/retired.h"

enum { RAM_SIZE = 1 << 16, VECTORS_END = 0x2000, ENTRY = 0x3000, DATA = 0x4000, PAGE_SIZE = 4096 };
enum { HEAD = 16, STEP = 6, STEPS_MAX = 500, BUDGET = 1000, PTEG_SIZE = 128, SLB_KP = 0x400 };
enum mode { AT_ONCE, WATCHED, IN_PIECES, MODES };

static void put_program(uint8_t *ram, const uint8_t *data, size_t steps, bool little_endian)
{
    /* mfsrr0 r31; addi r31,r31,4; mtsrr0 r31; rfid */
    static const uint32_t skip[] = {0x7ffa02a6, 0x3bff0004, 0x7ffa03a6, 0x4c000024};
    for (unsigned i = 0; i < VECTORS_END / 4; i++)
        store_be32(ram + (size_t)i * 4, skip[i % 4]);
    for (size_t i = 0; i <= steps; i++) {
        uint32_t word = 0x48000002 | ENTRY; /* behind the last: back to the first */
        if (i < steps) {
            const struct isa_row *row = &isa_rows[load_be16(data + i * STEP) % ISA_ROW_COUNT];
            word = row->value | (load_be32(data + i * STEP + 2) & ~row->mask);
        }
        store_be32(ram + ENTRY + i * 4, little_endian ? __builtin_bswap32(word) : word);
    }
    for (size_t i = 0; i < RAM_SIZE - DATA; i++)
        ram[DATA + i] = data[i % (steps * STEP)];
}

static bool device_read(void *ctx, uint64_t real, unsigned size, uint64_t *value)
{
    (void)ctx;
    *value = real * UINT64_C(0x9e3779b97f4a7c15) >> (64 - 8 * size);
    return real < 2 * RAM_SIZE;
}

/* `ctx` sums up what was written, in its order. */
static bool device_write(void *ctx, uint64_t real, unsigned size, uint64_t value)
{
    *(uint64_t *)ctx = (*(uint64_t *)ctx ^ real ^ size) * UINT64_C(0x100000001b3) ^ value;
    return real < 2 * RAM_SIZE;
}

/* Four bits a page: PP, N, caching inhibited; the device's pages are as those of RAM. */
static void put_page(uint8_t *hpte, uint64_t real, unsigned attributes)
{
    const bool inhibited = real >= RAM_SIZE || (attributes & 8);
    store_be64(hpte, HPTE0_VALID);
    store_be64(hpte + 8, real | (inhibited ? HPTE1_I | HPTE1_G : HPTE1_M) |
                             (attributes & (HPTE1_N | HPTE1_PP)));
}

static void power_on(struct fuzz_cpu *f, const uint8_t *data, size_t size)
{
    struct cpu *cpu = f->cpu;
    cpu_set_msr(cpu, load_be64(data) ^ (MSR_SF | MSR_FP | MSR_VEC | MSR_VSX | MSR_ME));
    put_program(f->bus.ram, data + HEAD, (size - HEAD) / STEP, cpu->msr & MSR_LE);
    for (unsigned i = 0; i < 32; i++)
        cpu->gpr[i] = load_be64(f->bus.ram + DATA + (size_t)i * 8) >> (i % 4 * 16);
    for (unsigned i = 0; i < 64; i++)
        cpu->vsr[i].q = (unsigned __int128)cpu->gpr[i % 32] << 64 | cpu->gpr[(i + i / 8) % 32];
    mmu_slbmte(cpu, SLB_KP, SLB_V);
    for (uint64_t i = 0; i < 2 * RAM_SIZE / PAGE_SIZE; i++)
        put_page(f->hpt + i * PTEG_SIZE, i * PAGE_SIZE, load_be64(data + 8) >> (i % 16 * 4) & 15);
    cpu->nia = ENTRY;
}

static void check_records(void *ctx, const struct isa_retired *records, size_t n)
{
    assert(n >= 1 && n <= ISA_WATCH_BATCH);
    for (size_t i = 0; i < n; i++)
        *(uint64_t *)ctx += !(records[i].flags & RETIRED_INTERRUPT);
}

static uint64_t run(struct cpu *cpu, enum mode mode)
{
    uint64_t total = 0, retired;
    while (total < BUDGET) {
        const uint64_t piece = mode == IN_PIECES ? 1 + total % 3 : BUDGET;
        const uint64_t budget = piece < BUDGET - total ? piece : BUDGET - total;
        const enum engine_stop why = engine_precise_run(cpu, budget, &retired);
        /* A store to a device ends a run early. */
        assert(retired <= budget && (retired > 0 || why != STOP_BUDGET));
        total += retired;
        if (why == STOP_STUCK)
            break;
        if (why == STOP_HCALL)
            cpu->gpr[3] = (uint64_t)-2;
    }
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_cpu f[MODES];
    static struct isa_watch watch;
    uint64_t seen = 0, total[MODES], written[MODES] = {0};
    if (size < HEAD + STEP || size > HEAD + STEP * STEPS_MAX)
        return 0;
    for (enum mode mode = AT_ONCE; mode < MODES; mode++) {
        struct cpu *first = f[AT_ONCE].cpu, *cpu;
        uint32_t index;
        fuzz_cpu_create(&f[mode], RAM_SIZE);
        cpu = f[mode].cpu;
        f[mode].bus.mmio_read = device_read;
        f[mode].bus.mmio_write = device_write;
        f[mode].bus.mmio_ctx = &written[mode];
        watch = (struct isa_watch){.batch = check_records, .ctx = &seen};
        cpu->watch = mode == WATCHED ? &watch : NULL;
        cpu->uncounted = mode == IN_PIECES;
        power_on(&f[mode], data, size);
        total[mode] = run(cpu, mode);
        if (mode == AT_ONCE)
            continue;
        assert(total[mode] == total[AT_ONCE] && written[mode] == written[AT_ONCE]);
        assert(!state_first_difference(&cpu_state_desc, first, cpu, &index));
        assert(!state_first_difference(&mmu_state_desc, first->mmu, cpu->mmu, &index));
        assert(memcmp(f[mode].bus.ram, f[AT_ONCE].bus.ram, RAM_SIZE) == 0);
        assert(memcmp(f[mode].hpt, f[AT_ONCE].hpt, FUZZ_HPT_SIZE) == 0);
    }
    assert(seen == total[WATCHED]);
    for (enum mode mode = AT_ONCE; mode < MODES; mode++)
        fuzz_cpu_destroy(&f[mode]);
    return 0;
}
