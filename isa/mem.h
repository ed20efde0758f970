/*
 * Storage access by effective address: an inlined software-TLB hit, everything else in mem.c.
 * All return false after recording the interrupt in cpu->fault; nothing has been changed then.
 * Values are in host order; MSR[LE] decides the order in storage.
 */
#ifndef HORNPIPE_ISA_MEM_H
#define HORNPIPE_ISA_MEM_H

#include <string.h>

#include "base/bits.h"
#include "isa/bus.h"
#include "isa/cpu.h"

/*
 * Slow paths: page crossing, software-TLB miss, MMIO, stores into decoded code, watching. The
 * threaded engine has none: an access that does not hit fails, with nothing recorded.
 */
bool mem_load_slow(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t *value);
bool mem_store_slow(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t value);
#ifdef ISA_THREADED
#define MEM_SLOW(call)      ((void)sizeof(call), false)
#define MEM_BIG_ENDIAN(cpu) ISA_THREADED_BIG_ENDIAN
#else
#define MEM_SLOW(call)      (call)
#define MEM_BIG_ENDIAN(cpu) ((cpu)->big_endian)
#endif

static inline uint16_t mem_swap16(uint16_t v)
{
    return __builtin_bswap16(v);
}

/*
 * An entry that holds the page of the last byte holds that of the first: that page's entry is
 * another one otherwise.
 */
#define MEM_DEFINE(bits, swap)                                                                     \
    static inline bool mem_load##bits(struct cpu *cpu, uint64_t ea, uint##bits##_t *value)         \
    {                                                                                              \
        const struct tlb_entry *e = &cpu->dtlb->load[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];    \
        if (LIKELY(e->tag == ((ea + (bits / 8 - 1)) & TLB_PAGE_MASK))) {                           \
            uint##bits##_t v;                                                                      \
            memcpy(&v, (const void *)(uintptr_t)(e->addend + ea), sizeof v);                       \
            *value = MEM_BIG_ENDIAN(cpu) ? swap(v) : v;                                            \
            return true;                                                                           \
        }                                                                                          \
        uint64_t wide = 0;                                                                         \
        if (!MEM_SLOW(mem_load_slow(cpu, ea, bits / 8, &wide)))                                    \
            return false;                                                                          \
        *value = (uint##bits##_t)wide;                                                             \
        return true;                                                                               \
    }                                                                                              \
    static inline bool mem_store##bits(struct cpu *cpu, uint64_t ea, uint##bits##_t value)         \
    {                                                                                              \
        const struct tlb_entry *e = &cpu->dtlb->store[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];   \
        if (LIKELY(e->tag == ((ea + (bits / 8 - 1)) & TLB_PAGE_MASK))) {                           \
            const uint##bits##_t v = MEM_BIG_ENDIAN(cpu) ? swap(value) : value;                    \
            memcpy((void *)(uintptr_t)(e->addend + ea), &v, sizeof v);                             \
            return true;                                                                           \
        }                                                                                          \
        return MEM_SLOW(mem_store_slow(cpu, ea, bits / 8, value));                                 \
    }
#define MEM_NO_SWAP(v) (v)
MEM_DEFINE(8, MEM_NO_SWAP)
MEM_DEFINE(16, mem_swap16)
MEM_DEFINE(32, __builtin_bswap32)
MEM_DEFINE(64, __builtin_bswap64)
#undef MEM_NO_SWAP
#undef MEM_DEFINE

/*
 * Both halves or none: two doublewords at ea and ea+8, in storage order (v[0] is the lower
 * address), each in host order of the doubleword as MSR[LE] has it.
 */
bool mem_load_pair_slow(struct cpu *cpu, uint64_t ea, uint64_t v[2]);
bool mem_store_pair_slow(struct cpu *cpu, uint64_t ea, const uint64_t v[2]);

static inline bool mem_load_pair(struct cpu *cpu, uint64_t ea, uint64_t v[2])
{
    const struct tlb_entry *e = &cpu->dtlb->load[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];
    if (UNLIKELY(e->tag != ((ea + 15) & TLB_PAGE_MASK)))
        return MEM_SLOW(mem_load_pair_slow(cpu, ea, v));
    memcpy(v, (const void *)(uintptr_t)(e->addend + ea), 16);
    if (MEM_BIG_ENDIAN(cpu)) {
        v[0] = __builtin_bswap64(v[0]);
        v[1] = __builtin_bswap64(v[1]);
    }
    return true;
}

static inline bool mem_store_pair(struct cpu *cpu, uint64_t ea, const uint64_t v[2])
{
    const struct tlb_entry *e = &cpu->dtlb->store[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];
    if (UNLIKELY(e->tag != ((ea + 15) & TLB_PAGE_MASK)))
        return MEM_SLOW(mem_store_pair_slow(cpu, ea, v));
    const bool swap = MEM_BIG_ENDIAN(cpu);
    const uint64_t out[2] = {swap ? __builtin_bswap64(v[0]) : v[0],
                             swap ? __builtin_bswap64(v[1]) : v[1]};
    memcpy((void *)(uintptr_t)(e->addend + ea), out, 16);
    return true;
}

/* A quadword as one 128-bit value in the order of MSR[LE]: what lvx and lxvd2x build on. */
static inline bool mem_load128(struct cpu *cpu, uint64_t ea, union vsr *value)
{
    uint64_t v[2];
    if (!mem_load_pair(cpu, ea, v))
        return false;
    VSR_D(*value, 0) = MEM_BIG_ENDIAN(cpu) ? v[0] : v[1];
    VSR_D(*value, 1) = MEM_BIG_ENDIAN(cpu) ? v[1] : v[0];
    return true;
}

static inline bool mem_store128(struct cpu *cpu, uint64_t ea, const union vsr *value)
{
    uint64_t v[2];
    v[0] = MEM_BIG_ENDIAN(cpu) ? VSR_D(*value, 0) : VSR_D(*value, 1);
    v[1] = MEM_BIG_ENDIAN(cpu) ? VSR_D(*value, 1) : VSR_D(*value, 0);
    return mem_store_pair(cpu, ea, v);
}

/*
 * Proves that `len` (1..256) bytes at `ea` can be accessed, without accessing them: after it, the
 * single accesses inside the range cannot fault. For lmw, stmw, the string forms and dcbz.
 */
bool mem_probe(struct cpu *cpu, uint64_t ea, unsigned len, enum mmu_access access);

/*
 * lq and stq, `ea` aligned: what mem_probe() proves, and that the storage is not caching inhibited,
 * where they are a data storage interrupt as larx and stcx. are (Book III-S 6.5.3).
 */
bool mem_probe_quad(struct cpu *cpu, uint64_t ea, enum mmu_access access);

/* What the larx and stcx. primitives below do where the software TLB has no entry. */
bool mem_load_reserve_slow(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t v[2]);
bool mem_store_conditional_slow(struct cpu *cpu, uint64_t ea, unsigned size, const uint64_t v[2],
                                bool *stored);

/* Zeroes the 128-byte block that holds `ea`; `word` is the instruction, for the alignment DSISR. */
bool mem_dcbz_slow(struct cpu *cpu, uint64_t ea, uint32_t word);

static inline bool mem_dcbz(struct cpu *cpu, uint64_t ea, uint32_t word)
{
    const struct tlb_entry *e = &cpu->dtlb->store[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];
    if (UNLIKELY(e->tag != (ea & TLB_PAGE_MASK)))
        return MEM_SLOW(mem_dcbz_slow(cpu, ea, word));
    memset((void *)(uintptr_t)(e->addend + (ea & ~UINT64_C(127))), 0, 128);
    return true;
}

#ifdef ISA_THREADED
#define mem_probe(cpu, ea, len, access) MEM_SLOW(mem_probe(cpu, ea, len, access))
#define mem_probe_quad(cpu, ea, access) MEM_SLOW(mem_probe_quad(cpu, ea, access))
#endif

/* The value of `size` (1, 2, 4, 8) bytes at `host`, and back. */
static inline uint64_t mem_get(const struct cpu *cpu, const void *host, unsigned size)
{
    uint64_t v = 0;
    (void)cpu;
    memcpy(&v, host, size);
    return MEM_BIG_ENDIAN(cpu) ? __builtin_bswap64(v) >> (64 - 8 * size) : v;
}

static inline void mem_put(const struct cpu *cpu, void *host, unsigned size, uint64_t value)
{
    const uint64_t v = MEM_BIG_ENDIAN(cpu) ? __builtin_bswap64(value) >> (64 - 8 * size) : value;
    (void)cpu;
    memcpy(host, &v, size);
}

/* The larx and stcx. primitives; `size` 1, 2, 4, 8, 16, `ea` aligned by the caller's check. */
static inline bool mem_load_reserve(struct cpu *cpu, uint64_t ea, unsigned size, uint64_t v[2])
{
    const struct tlb_entry *e = &cpu->dtlb->load[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];
    if (UNLIKELY(size > 8 || e->tag != (ea & TLB_PAGE_MASK)))
        return MEM_SLOW(mem_load_reserve_slow(cpu, ea, size, v));
    const uint8_t *const host = (const uint8_t *)(uintptr_t)(e->addend + ea);
    v[0] = mem_get(cpu, host, size);
    v[1] = 0;
    cpu->reserve_valid = true;
    cpu->reserve_size = (uint8_t)size;
    cpu->reserve_real = (uint64_t)(host - cpu->bus->ram);
    return true;
}

/*
 * `*stored` says whether the reservation held: another address of the granule may succeed (Book II
 * 4.4.2) and does; another size fails. What other vCPUs have reserved is in no page with an entry
 * for stores (reserve.h).
 */
static inline bool mem_store_conditional(struct cpu *cpu, uint64_t ea, unsigned size,
                                         const uint64_t v[2], bool *stored)
{
    const struct tlb_entry *e = &cpu->dtlb->store[ea >> TLB_PAGE_SHIFT & (TLB_ENTRIES - 1)];
    if (UNLIKELY(size > 8 || e->tag != (ea & TLB_PAGE_MASK))) {
        *stored = false;
        return MEM_SLOW(mem_store_conditional_slow(cpu, ea, size, v, stored));
    }
    uint8_t *const host = (uint8_t *)(uintptr_t)(e->addend + ea);
    *stored = cpu->reserve_valid && cpu->reserve_size == size &&
              (cpu->reserve_real ^ (uint64_t)(host - cpu->bus->ram)) >> 7 == 0;
    cpu->reserve_valid = false;
    if (*stored)
        mem_put(cpu, host, size, v[0]);
    return true;
}

#endif
