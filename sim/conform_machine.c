#include "conform_machine.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "isa/spr.h"

enum { RAM_SIZE = CONFORM_DATA + 2 * CONFORM_WINDOW, NEAR = 64 };
#define NO_RESERVE (~UINT64_C(0))

/* -- Registers by id -- */

struct register_place {
    uint16_t offset;
    uint8_t size; /* 0: no such register */
};

#define PLACE(number, member)                                                                      \
    [number] = {(uint16_t)offsetof(struct cpu, member), sizeof(((struct cpu *)0)->member)}

static const struct register_place spr_places[1024] = {
    PLACE(8, lr),        PLACE(9, ctr),       PLACE(13, amr),      PLACE(17, dscr),
    PLACE(18, dsisr),    PLACE(19, dar),      PLACE(26, srr0),     PLACE(27, srr1),
    PLACE(28, cfar),     PLACE(29, amr),      PLACE(61, iamr),     PLACE(128, tfhar),
    PLACE(129, tfiar),   PLACE(130, texasr),  PLACE(136, ctrl),    PLACE(153, fscr),
    PLACE(157, uamor),   PLACE(159, pspb),    PLACE(176, dpdes),   PLACE(256, vrsave),
    PLACE(272, sprg[0]), PLACE(273, sprg[1]), PLACE(274, sprg[2]), PLACE(275, sprg[3]),
    PLACE(784, sier),    PLACE(785, mmcr2),   PLACE(786, mmcra),   PLACE(787, pmc[0]),
    PLACE(788, pmc[1]),  PLACE(789, pmc[2]),  PLACE(790, pmc[3]),  PLACE(791, pmc[4]),
    PLACE(792, pmc[5]),  PLACE(795, mmcr0),   PLACE(796, siar),    PLACE(797, sdar),
    PLACE(798, mmcr1),   PLACE(804, ebbhr),   PLACE(805, ebbrr),   PLACE(806, bescr),
    PLACE(815, tar),     PLACE(896, ppr),
};

static void set_reservation(struct cpu *cpu, uint64_t ea)
{
    cpu->reserve_valid = ea != NO_RESERVE;
    cpu->reserve_real = cpu->reserve_valid ? ea : 0;
}

static bool set_special(struct cpu *cpu, unsigned id, uint64_t value)
{
    switch (id) {
    case CONFORM_CR:
        cpu_set_cr(cpu, (uint32_t)value);
        return true;
    case CONFORM_MSR:
        cpu_set_msr(cpu, value);
        return true;
    case CONFORM_FPSCR:
        cpu->fpscr = value;
        return true;
    case CONFORM_VSCR:
        cpu->vscr = (uint32_t)value;
        return true;
    case CONFORM_RESERVE_EA:
        set_reservation(cpu, value);
        return true;
    case CONFORM_RESERVE_LEN:
        cpu->reserve_size = (uint8_t)value;
        return true;
    case CONFORM_SPR + 1:
        cpu_set_xer(cpu, value);
        return true;
    default:
        return false;
    }
}

static bool set_register(struct cpu *cpu, unsigned id, uint64_t value)
{
    if (id < CONFORM_GPR + 32) {
        cpu->gpr[id] = value;
        return true;
    }
    if (id >= CONFORM_VSR && id < CONFORM_VSR + 128) {
        VSR_D(cpu->vsr[(id - CONFORM_VSR) >> 1], id & 1) = value;
        return true;
    }
    if (set_special(cpu, id, value))
        return true;
    if (id < CONFORM_SPR || id >= CONFORM_SPR + 1024)
        return false;
    const struct register_place place = spr_places[id - CONFORM_SPR];
    uint8_t *at = (uint8_t *)cpu + place.offset;
    const uint32_t low = (uint32_t)value;
    if (place.size == 8)
        memcpy(at, &value, 8);
    else if (place.size == 4)
        memcpy(at, &low, 4);
    return place.size != 0;
}

static uint64_t get_special(const struct cpu *cpu, unsigned id)
{
    switch (id) {
    case CONFORM_CR:
        return cpu_get_cr(cpu);
    case CONFORM_MSR:
        return cpu->msr;
    case CONFORM_FPSCR:
        return cpu->fpscr;
    case CONFORM_VSCR:
        return cpu->vscr;
    case CONFORM_RESERVE_EA:
        return cpu->reserve_valid ? cpu->reserve_real : NO_RESERVE;
    case CONFORM_RESERVE_LEN:
        return cpu->reserve_size;
    case CONFORM_SPR + 1:
        return cpu_get_xer(cpu);
    default:
        return 0;
    }
}

/* 0 for what is no register, which set_register() leaves alone. */
static uint64_t get_register(const struct cpu *cpu, unsigned id)
{
    uint64_t value = 0;
    uint32_t low = 0;
    if (id < CONFORM_GPR + 32)
        return cpu->gpr[id];
    if (id >= CONFORM_VSR && id < CONFORM_VSR + 128)
        return VSR_D(cpu->vsr[(id - CONFORM_VSR) >> 1], id & 1);
    if (id < CONFORM_SPR || id >= CONFORM_SPR + 1024 || !spr_places[id - CONFORM_SPR].size)
        return get_special(cpu, id);
    const struct register_place place = spr_places[id - CONFORM_SPR];
    const uint8_t *at = (const uint8_t *)cpu + place.offset;
    if (place.size == 8) {
        memcpy(&value, at, 8);
        return value;
    }
    memcpy(&low, at, 4);
    return low;
}

/* -- Building it -- */

static void reset_window(struct conform_machine *m)
{
    memcpy(m->memory_expected, m->memory_base, CONFORM_WINDOW);
    bus_write(&m->bus, CONFORM_DATA, m->memory_base, CONFORM_WINDOW);
    m->memory_dirty = false;
}

static int by_offset(const void *a, const void *b)
{
    const struct conform_piece *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static void find_pieces(struct conform_machine *m)
{
    struct conform_piece all[CONFORM_RUNS_MAX];
    const unsigned count = cpu_state_desc.field_count;
    assert(count <= CONFORM_RUNS_MAX);
    for (unsigned i = 0; i < count; i++) {
        const struct state_field *f = &cpu_state_desc.fields[i];
        all[i] = (struct conform_piece){f->offset, f->size * f->count};
    }
    qsort(all, count, sizeof all[0], by_offset);
    for (unsigned i = 0; i < count; i++) {
        struct conform_piece *last = &m->pieces[m->piece_count];
        if (m->piece_count && last[-1].offset + last[-1].size == all[i].offset)
            last[-1].size += all[i].size;
        else
            m->pieces[m->piece_count++] = all[i];
    }
}

enum sim_status conform_machine_init(struct conform_machine *m, const struct cpu_model *model)
{
    memset(m, 0, sizeof *m);
    m->clock = (struct isa_clock){.hz = 1000000000, .cpi = 1};
    isa_init();
    TRY(bus_init(&m->bus, RAM_SIZE));
    m->cpu = cpu_create(model, 0, &m->bus, &m->clock);
    RETURN_IF(!m->cpu, STATUS_NO_MEMORY, "no memory for a CPU");
    find_pieces(m);
    return STATUS_OK;
}

void conform_machine_fini(struct conform_machine *m)
{
    cpu_destroy(m->cpu);
    m->cpu = NULL;
    bus_fini(&m->bus);
}

enum sim_status conform_machine_base(struct conform_machine *m, const struct conform_reader *r)
{
    RETURN_IF(r->base_memory.address != CONFORM_DATA || r->base_memory.length != CONFORM_WINDOW,
              STATUS_FORMAT, "%s: at offset 64: the data window is not 0x%x bytes at 0x%x", r->name,
              CONFORM_WINDOW, CONFORM_DATA);
    m->cpu->left = m->cpu->icount_end = 0; /* the same time for every engine, which reset notes */
    cpu_reset(m->cpu);
    m->cpu->intercept = true; /* conform_machine_run() takes them: no handler's instruction runs */
    for (unsigned i = 0; i < r->base_values.count; i++) {
        const unsigned id = conform_id(&r->base_values, i);
        RETURN_IF(!set_register(m->cpu, id, conform_value(&r->base_values, i)), STATUS_FORMAT,
                  "%s: at offset 64: there is no register 0x%x", r->name, id);
    }
    m->base = *m->cpu;
    memcpy(m->memory_base, r->base_memory.bytes, CONFORM_WINDOW);
    reset_window(m);
    return STATUS_OK;
}

bool conform_machine_window_is_base(const struct conform_machine *m)
{
    return m->memory_dirty ||
           memcmp(m->bus.ram + CONFORM_DATA, m->memory_base, CONFORM_WINDOW) == 0;
}

/* -- Running -- */

static enum sim_status bad_vector(const struct conform_reader *r, const struct conform_vector *v,
                                  const char *what, uint64_t value)
{
    return status_fail(STATUS_FORMAT, "%s: at offset %llu: %s 0x%llx", r->name,
                       (unsigned long long)v->offset, what, (unsigned long long)value);
}

static enum sim_status check_places(const struct conform_reader *r, const struct conform_vector *v)
{
    if (v->cia & 3 || v->cia < CONFORM_CODE || v->cia >= CONFORM_CODE + CONFORM_WINDOW)
        return bad_vector(r, v, "the instruction lies outside the code window, at", v->cia);
    const uint8_t *at = v->chunks;
    for (unsigned i = 0; i < v->chunks_in + v->chunks_out; i++) {
        const struct conform_chunk c = conform_chunk_next(&at);
        if (c.address < CONFORM_DATA || c.length > CONFORM_WINDOW ||
            c.address - CONFORM_DATA > CONFORM_WINDOW - c.length)
            return bad_vector(r, v, "memory outside the data window, at", c.address);
    }
    return STATUS_OK;
}

static enum sim_status apply(struct cpu *cpu, const struct conform_values *values,
                             const struct conform_reader *r, const struct conform_vector *v)
{
    for (unsigned i = 0; i < values->count; i++) {
        const unsigned id = conform_id(values, i);
        if (!set_register(cpu, id, conform_value(values, i)))
            return bad_vector(r, v, "there is no register", id);
    }
    return STATUS_OK;
}

/* The state before in m->cpu and memory, and the one to be expected. */
static enum sim_status prepare(struct conform_machine *m, const struct conform_reader *r,
                               const struct conform_vector *v)
{
    struct cpu *const cpu = m->cpu;
    TRY(check_places(r, v));
    /* Memory first: writing it ends a reservation. */
    const uint8_t *at = v->chunks;
    for (unsigned i = 0; i < v->chunks_in + v->chunks_out; i++) {
        const struct conform_chunk c = conform_chunk_next(&at);
        memcpy(m->memory_expected + (c.address - CONFORM_DATA), c.bytes, c.length);
        if (i < v->chunks_in)
            bus_write(&m->bus, c.address, c.bytes, c.length);
    }
    uint8_t word[4];
    store_be32(word, v->msr & MSR_LE ? __builtin_bswap32(v->word) : v->word);
    bus_write(&m->bus, v->cia, word, sizeof word);

    *cpu = m->base;
    TRY(apply(cpu, &v->in, r, v));
    cpu_set_msr(cpu, v->msr);
    cpu->nia = v->cia;
    /* The window has 16 pages: so about half of the accesses find theirs in the software TLB. */
    if (v->index % 32 == 0)
        mmu_flush_all(cpu);
    m->expected = *cpu;
    TRY(apply(&m->expected, &v->out, r, v));
    m->expected.nia = v->nia;
    if (v->outcome == CONFORM_INTERRUPT) /* Book III-S 6.4.3, with LPCR[ILE AIL]=0 */
        cpu_set_msr(&m->expected, MSR_SF | (cpu->msr & MSR_ME));
    return STATUS_OK;
}

static bool same_registers(const struct conform_machine *m, const struct cpu *a,
                           const struct cpu *b)
{
    for (unsigned i = 0; i < m->piece_count; i++) {
        const struct conform_piece p = m->pieces[i];
        if (memcmp((const uint8_t *)a + p.offset, (const uint8_t *)b + p.offset, p.size) != 0)
            return false;
    }
    return true;
}

/* The bytes of a chunk and some around it. */
static void neighbourhood(const struct conform_chunk *c, size_t *first, size_t *size)
{
    const size_t begin = c->address - CONFORM_DATA;
    const size_t end = begin + c->length;
    *first = begin > NEAR ? begin - NEAR : 0;
    *size = (end + NEAR < CONFORM_WINDOW ? end + NEAR : CONFORM_WINDOW) - *first;
}

static bool same_memory(const struct conform_machine *m, const struct conform_vector *v,
                        enum conform_memory memory)
{
    const uint8_t *const found = m->bus.ram + CONFORM_DATA;
    if (memory == CONFORM_WHOLE_WINDOW)
        return memcmp(found, m->memory_expected, CONFORM_WINDOW) == 0;
    const uint8_t *at = v->chunks;
    for (unsigned i = 0; i < v->chunks_in + v->chunks_out; i++) {
        const struct conform_chunk c = conform_chunk_next(&at);
        size_t first, size;
        neighbourhood(&c, &first, &size);
        if (memcmp(found + first, m->memory_expected + first, size) != 0)
            return false;
    }
    return true;
}

/* Puts back what the last vector could have changed in memory near its chunks. */
static void restore_memory(struct conform_machine *m, const struct conform_vector *v)
{
    const uint8_t *at = v->chunks;
    for (unsigned i = 0; i < v->chunks_in + v->chunks_out; i++) {
        const struct conform_chunk c = conform_chunk_next(&at);
        size_t first, size;
        neighbourhood(&c, &first, &size);
        memcpy(m->memory_expected + first, m->memory_base + first, size);
        bus_write(&m->bus, CONFORM_DATA + first, m->memory_base + first, size);
    }
}

/* Without the bits that the book leaves undefined. */
static bool same_where_defined(struct conform_machine *m, const struct conform_vector *v)
{
    struct cpu found = *m->cpu;
    for (unsigned i = 0; i < v->undefined.count; i++) {
        const unsigned id = conform_id(&v->undefined, i);
        const uint64_t mask = conform_value(&v->undefined, i);
        const uint64_t value =
            (get_register(&found, id) & ~mask) | (get_register(&m->expected, id) & mask);
        set_register(&found, id, value);
    }
    return same_registers(m, &found, &m->expected);
}

/*
 * The threaded engine leaves a budget that ends inside a block to the precise one. So a block of
 * three is made: the instruction, a guest marker where the run stops, and a branch that ends it.
 * False where that is of no use, as the instruction may go elsewhere, or the page ends.
 */
enum { BLOCK_INSNS = 3 };
static bool make_block(struct conform_machine *m, const struct conform_vector *v)
{
    static const uint32_t words[BLOCK_INSNS - 1] = {ISA_MARKER_WORD, 0x48000000};
    uint8_t bytes[sizeof words];
    const bool little_endian = v->msr & MSR_LE;
    if (!m->cpu->is_threaded || v->cia % TLB_PAGE_SIZE > TLB_PAGE_SIZE - 4 * BLOCK_INSNS ||
        !engine_threads(v->word, little_endian))
        return false;
    for (unsigned i = 0; i < BLOCK_INSNS - 1; i++)
        store_be32(bytes + 4 * (size_t)i, little_endian ? __builtin_bswap32(words[i]) : words[i]);
    return bus_write(&m->bus, v->cia + 4, bytes, sizeof bytes);
}

/* Runs the instruction, and nothing else that counts. */
static void run_one(struct conform_machine *m, const struct conform_vector *v)
{
    if (!make_block(m, v)) {
        m->stop = engine_run(m->cpu, 1, &m->retired);
        return;
    }
    m->stop = engine_run(m->cpu, BLOCK_INSNS, &m->retired);
    if (m->stop == STOP_MARKER && m->retired == 2) {
        m->cpu->nia = (v->cia + 4) & m->cpu->ea_mask;
        m->stop = STOP_BUDGET;
        m->retired = 1;
    }
}

/* Runs the vector and leaves all as it is then. */
static enum sim_status judge(struct conform_machine *m, const struct conform_reader *r,
                             const struct conform_vector *v, enum conform_memory memory,
                             enum conform_verdict *verdict)
{
    struct cpu *const cpu = m->cpu;
    if (m->memory_dirty)
        reset_window(m);
    m->memory_dirty = true; /* until all that this vector does is undone */
    TRY(prepare(m, r, v));
    run_one(m, v);
    if (m->stop == STOP_INTERRUPT) {
        cpu->intercept = false;
        cpu_take_interrupt(cpu, cpu->nia);
        m->retired = 1;
    }
    if (!cpu->reserve_valid) {
        cpu->reserve_real = 0;
        cpu->reserve_size = 0;
    }
    const bool same_mem = same_memory(m, v, memory);
    if (LIKELY(same_mem && m->retired == 1 && same_registers(m, cpu, &m->expected)))
        *verdict = CONFORM_EQUAL;
    else if (same_mem && m->retired == 1 && same_where_defined(m, v))
        *verdict = CONFORM_DIFFERS_UNDEFINED;
    else
        *verdict = CONFORM_DIFFERS_DEFINED;
    return STATUS_OK;
}

/* Undoes what the vector did to memory; or the next one does, and what differs can be looked at. */
static void settle(struct conform_machine *m, const struct conform_vector *v,
                   enum conform_memory memory, bool is_right)
{
    if (!is_right || memory == CONFORM_WHOLE_WINDOW)
        return;
    restore_memory(m, v);
    m->memory_dirty = false;
}

enum sim_status conform_machine_run(struct conform_machine *m, const struct conform_reader *r,
                                    const struct conform_vector *v, enum conform_memory memory,
                                    enum conform_verdict *verdict)
{
    TRY(judge(m, r, v, memory, verdict));
    settle(m, v, memory, *verdict != CONFORM_DIFFERS_DEFINED);
    return STATUS_OK;
}

static bool same_result(const struct conform_machine m[2])
{
    return m[0].stop == m[1].stop && m[0].retired == m[1].retired &&
           same_registers(&m[0], m[0].cpu, m[1].cpu) &&
           memcmp(m[0].bus.ram + CONFORM_DATA, m[1].bus.ram + CONFORM_DATA, CONFORM_WINDOW) == 0;
}

enum sim_status conform_machine_run_pair(struct conform_machine m[2],
                                         const struct conform_reader *r,
                                         const struct conform_vector *v, enum conform_memory memory,
                                         struct conform_pair *pair)
{
    bool is_right = true;
    for (unsigned i = 0; i < 2; i++) {
        TRY(judge(&m[i], r, v, memory, &pair->verdict[i]));
        is_right &= pair->verdict[i] != CONFORM_DIFFERS_DEFINED;
    }
    pair->differs =
        (pair->verdict[0] != CONFORM_EQUAL || pair->verdict[1] != CONFORM_EQUAL) && !same_result(m);
    for (unsigned i = 0; i < 2; i++)
        settle(&m[i], v, memory, is_right && !pair->differs);
    return STATUS_OK;
}

/* -- What differed -- */

static uint64_t field_value(const uint8_t *at, uint16_t size)
{
    uint64_t value = 0;
    memcpy(&value, at, size < 8 ? size : 8);
    return value;
}

/* A machine's state, or the one that was expected of it. */
struct whole_state {
    const struct cpu *cpu;
    const uint8_t *window;
};

static struct whole_state state_of(const struct conform_machine *m)
{
    return (struct whole_state){.cpu = m->cpu, .window = m->bus.ram + CONFORM_DATA};
}

static void visit_differences(const struct whole_state *expected, const struct whole_state *is,
                              conform_difference_fn *visit, void *ctx)
{
    for (unsigned i = 0; i < cpu_state_desc.field_count; i++) {
        const struct state_field *f = &cpu_state_desc.fields[i];
        for (uint32_t k = 0; k < f->count; k++) {
            const size_t offset = f->offset + (size_t)k * f->size;
            const uint8_t *want = (const uint8_t *)expected->cpu + offset;
            const uint8_t *found = (const uint8_t *)is->cpu + offset;
            if (memcmp(want, found, f->size) == 0)
                continue;
            struct conform_difference d = {.name = f->name,
                                           .index = f->count > 1 ? k : UINT32_MAX,
                                           .expected = {field_value(want, f->size)},
                                           .found = {field_value(found, f->size)},
                                           .wide = f->size == 16};
            if (d.wide) {
                d.expected[1] = field_value(want + 8, 8);
                d.found[1] = field_value(found + 8, 8);
            }
            visit(ctx, &d);
        }
    }
    for (uint32_t i = 0; i < CONFORM_WINDOW; i++) {
        if (is->window[i] == expected->window[i])
            continue;
        const struct conform_difference d = {.index = UINT32_MAX,
                                             .address = CONFORM_DATA + (uint64_t)i,
                                             .expected = {expected->window[i]},
                                             .found = {is->window[i]}};
        visit(ctx, &d);
    }
}

void conform_machine_differences(const struct conform_machine *m, conform_difference_fn *visit,
                                 void *ctx)
{
    const struct whole_state expected = {.cpu = &m->expected, .window = m->memory_expected};
    const struct whole_state found = state_of(m);
    visit_differences(&expected, &found, visit, ctx);
}

void conform_pair_differences(const struct conform_machine m[2], conform_difference_fn *visit,
                              void *ctx)
{
    const struct whole_state first = state_of(&m[0]), second = state_of(&m[1]);
    visit_differences(&first, &second, visit, ctx);
}

const char *conform_register_name(unsigned id, char *out, size_t size)
{
    static const char *const special[] = {
        "CR", "MSR", "FPSCR", "VSCR", NULL, "reservation", "reservation length"};
    if (id < CONFORM_GPR + 32)
        snprintf(out, size, "r%u", id);
    else if (id >= CONFORM_VSR && id < CONFORM_VSR + 128)
        snprintf(out, size, "vsr%u.d%u", (id - CONFORM_VSR) >> 1, id & 1);
    else if (id >= CONFORM_CR && id <= CONFORM_RESERVE_LEN && special[id - CONFORM_CR])
        snprintf(out, size, "%s", special[id - CONFORM_CR]);
    else if (id >= CONFORM_SPR && id < CONFORM_SPR + 1024 && spr_name(id - CONFORM_SPR))
        snprintf(out, size, "%s", spr_name(id - CONFORM_SPR));
    else
        snprintf(out, size, "register 0x%x", id);
    return out;
}
