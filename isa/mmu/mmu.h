/*
 * Address translation (Book III-S 5.7): SLB, hashed page table, and a software TLB in front that
 * no guest can see. The HPT itself belongs to the machine (bus.h).
 */
#ifndef HORNPIPE_ISA_MMU_H
#define HORNPIPE_ISA_MMU_H

#include <stdbool.h>
#include <stdint.h>

#include "base/state.h"

struct cpu;
struct isa_bus;

enum mmu_mode { MMU_REAL, MMU_SUPERVISOR, MMU_PROBLEM, MMU_MODE_COUNT };
enum mmu_access { MMU_LOAD, MMU_STORE, MMU_FETCH };

enum { TLB_PAGE_SHIFT = 12, TLB_PAGE_SIZE = 4096, TLB_INDEX_BITS = 9, SLB_ENTRIES_MAX = 64 };
enum { TLB_ENTRIES = 1 << TLB_INDEX_BITS };
#define TLB_PAGE_MASK (~UINT64_C(0) << TLB_PAGE_SHIFT)
#define TLB_NO_TAG    UINT64_C(0x800) /* never equal to a page address, with a mode or without */

/* A 4K page of effective addresses that needs no check: host address = ea + addend. */
struct tlb_entry {
    uint64_t tag; /* effective page address, or TLB_NO_TAG */
    uint64_t addend;
};

/* What an entry came from, for invalidation: not touched by hits. */
struct tlb_origin {
    uint32_t ptex; /* HPTE index, or TLB_NO_PTEX in real mode */
    uint8_t slb;   /* SLB entry */
};
#define TLB_NO_PTEX UINT32_MAX

struct tlb_data {
    struct tlb_entry load[TLB_ENTRIES], store[TLB_ENTRIES];
    struct tlb_origin load_origin[TLB_ENTRIES], store_origin[TLB_ENTRIES];
};

struct code_page;
struct tlb_code_entry {
    uint64_t tag;  /* effective page address, and below it the page's mode; or TLB_NO_TAG */
    uint64_t real; /* real page address */
    struct code_page *page;
};
struct tlb_code {
    struct tlb_code_entry entry[TLB_ENTRIES];
    struct tlb_origin origin[TLB_ENTRIES];
};

struct slb_entry {
    uint64_t esid; /* bits 0:35 ESID, V 0x0800_0000 */
    uint64_t vsid; /* the second word as slbmte has it */
};
#define SLB_V UINT64_C(0x08000000)

struct mmu_page;

/*
 * Who translates instead of SLB and hashed page table while translation is on: user-mode emulation,
 * whose kernel is the simulator. Asked on misses of the software TLB only; after a change of what
 * it would say, its owner flushes (mmu_flush_all()).
 */
struct mmu_source {
    void *ctx;
    /*
     * Fills `out`; or returns false and sets `*cause` to the DSISR or SRR1 bits of the storage
     * interrupt, 0 for a segment interrupt. Changes nothing the guest can see when it fails.
     */
    bool (*translate)(void *ctx, uint64_t ea, enum mmu_access access, struct mmu_page *out,
                      uint64_t *cause);
};

struct mmu {
    struct slb_entry slb[SLB_ENTRIES_MAX];
    const struct mmu_source *source; /* borrowed; NULL: SLB and hashed page table */
    /* Derived from here on. */
    struct tlb_data data[MMU_MODE_COUNT];
    struct tlb_code code[MMU_MODE_COUNT];
    struct tlb_data watched; /* stays empty: every access takes the slow path, which reports it */
    uint64_t walks, fills;   /* host-side statistics */
};
extern const struct state_desc mmu_state_desc;

/* A successful translation. */
struct mmu_page {
    uint64_t real;       /* of the byte asked for */
    unsigned page_shift; /* actual page size */
    uint32_t ptex;
    uint8_t slb;
    bool writable; /* stores need no further walk: allowed, and C is set */
    bool cache_inhibited;
};

/*
 * Translates `ea` in the present state of `cpu`; sets R (and C for a store) in the HPTE.
 * False: cpu->fault holds the storage or segment interrupt, and nothing was changed.
 */
bool mmu_translate(struct cpu *cpu, uint64_t ea, enum mmu_access access, struct mmu_page *out);

/* The same without changing R, C or cpu->fault, for debuggers: false if there is no translation. */
bool mmu_probe(struct cpu *cpu, uint64_t ea, struct mmu_page *out);

void mmu_reset(struct mmu *mmu);

/*
 * The entries of a software TLB that this HPTE can have filled: an entry's place is the low bits of
 * the page's number, and these follow from the HPTE and its place in the table.
 */
struct tlb_span {
    unsigned first, count;
};
struct tlb_span mmu_hpte_span(const struct isa_bus *bus, uint32_t ptex, uint64_t dw0, uint64_t dw1);

/* Drops software-TLB entries: all, those of one SLB entry, of one HPTE, of one real 4K page. */
void mmu_flush_all(struct cpu *cpu);
void mmu_flush_code(struct cpu *cpu); /* all of the code's */
void mmu_flush_slb(struct cpu *cpu, unsigned slb_index);
void mmu_flush_ptex(struct cpu *cpu, uint32_t ptex, struct tlb_span span);
void mmu_flush_store_page(struct cpu *cpu, uint64_t real_page);
void mmu_flush_code_page(struct cpu *cpu, const struct code_page *page);

/*
 * Base page shift and legal (actual shift, LP) pairs of a segment (pseries.md 8.3). `sllp` is
 * L|LP of the vsid word (mask 0x130). 0 when the encoding or size is not allowed on this machine.
 */
unsigned mmu_base_page_shift(uint64_t vsid_word, unsigned max_page_shift);

/*
 * Actual page shift of an HPTE in a segment of `base_shift`; 0 when its L and LP bits are not valid
 * there. `max_page_shift` as bus.max_page_shift.
 */
unsigned mmu_hpte_page_shift(uint64_t dw0, uint64_t dw1, unsigned base_shift,
                             unsigned max_page_shift);

/* slbmte, slbie, slbia; slbmte returns false for a B value or page size that does not exist. */
bool mmu_slbmte(struct cpu *cpu, uint64_t rs, uint64_t rb);
void mmu_slbie(struct cpu *cpu, uint64_t rb);
void mmu_slbia(struct cpu *cpu, unsigned ih);

/* Index of the valid SLB entry that holds `ea`, or -1. */
int mmu_slb_find(const struct cpu *cpu, uint64_t ea);

/* HPTE bits (pseries.md 8.3). */
#define HPTE0_B      UINT64_C(0xc000000000000000)
#define HPTE0_B_1T   UINT64_C(0x4000000000000000)
#define HPTE0_AVPN   UINT64_C(0x3fffffffffffff80)
#define HPTE0_BOLTED UINT64_C(0x10)
#define HPTE0_HYP_SW UINT64_C(0x60)
#define HPTE0_LARGE  UINT64_C(4)
#define HPTE0_SECOND UINT64_C(2)
#define HPTE0_VALID  UINT64_C(1)
#define HPTE1_PP0    UINT64_C(0x8000000000000000)
#define HPTE1_KEY_HI UINT64_C(0x3000000000000000)
#define HPTE1_RPN    UINT64_C(0x0ffffffffffff000)
#define HPTE1_KEY_LO UINT64_C(0xe00)
#define HPTE1_R      UINT64_C(0x100)
#define HPTE1_C      UINT64_C(0x80)
#define HPTE1_W      UINT64_C(0x40)
#define HPTE1_I      UINT64_C(0x20)
#define HPTE1_M      UINT64_C(0x10)
#define HPTE1_G      UINT64_C(0x08)
#define HPTE1_N      UINT64_C(4)
#define HPTE1_PP     UINT64_C(3)

#endif
