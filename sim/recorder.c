#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/insn.h"
#include "isa/missing.h"

#define CONSOLE_UNIT 0x71000000u /* the vty's unit address */

enum source_kind {
    SOURCE_OP,
    SOURCE_VECTOR,
    SOURCE_HCALL,
    SOURCE_RTAS,
    SOURCE_BRANCHES_TAKEN,
    SOURCE_SLB_MISSES,
    SOURCE_HASH_FAULTS,
    SOURCE_ILLEGAL,
    SOURCE_SYSCALL,
    SOURCE_DEVICE,
};

struct recorder_source {
    enum source_kind kind;
    unsigned index; /* op, vector, or row of the calls */
};

static unsigned vcpu_count(const struct recorder *recorder)
{
    return recorder->guest.machine ? pseries_cpu_count(recorder->guest.machine) : 1;
}

static struct cpu *vcpu_at(const struct recorder *recorder, unsigned vcpu)
{
    return recorder->guest.machine ? pseries_cpu(recorder->guest.machine, vcpu)
                                   : recorder->guest.cpu;
}

/* Hypercalls and RTAS calls; a program has none. */
static size_t hcall_counts(const struct recorder *recorder, const struct pseries_call_count **out)
{
    *out = NULL;
    return recorder->guest.machine ? pseries_hcall_counts(recorder->guest.machine, out) : 0;
}

static size_t rtas_counts(const struct recorder *recorder, const struct pseries_call_count **out)
{
    *out = NULL;
    return recorder->guest.machine ? pseries_rtas_counts(recorder->guest.machine, out) : 0;
}

static size_t device_counts(const struct recorder *recorder,
                            const struct pseries_device_count **out)
{
    *out = NULL;
    return recorder->guest.machine ? pseries_device_counts(recorder->guest.machine, out) : 0;
}

/* -- The dictionary -- */

/* Bits of the op's variant that the row has. */
static unsigned variant_mask(const struct isa_row *row)
{
    switch ((enum isa_variants)row->variants) {
    case VARIANTS_V1:
        return 0;
    case VARIANTS_RC:
    case VARIANTS_LK:
        return VARIANT_RC;
    case VARIANTS_OERC:
    case VARIANTS_AALK:
        return VARIANT_RC | VARIANT_OE;
    }
    return 0;
}

static struct run_db_counter *add_counter(struct recorder *recorder, enum run_db_kind kind,
                                          const char *name, enum source_kind source, unsigned index)
{
    const unsigned i = recorder->counter_count++;
    recorder->sources[i] = (struct recorder_source){source, index};
    recorder->counters[i] = (struct run_db_counter){.kind = kind, .name = name};
    return &recorder->counters[i];
}

static void add_op(struct recorder *recorder, unsigned op)
{
    const struct isa_row *const row = &isa_rows[OP_ROW(op)];
    char *const name = recorder->names[recorder->counter_count];
    isa_op_name(op, name, sizeof recorder->names[0]);
    struct run_db_counter *const counter =
        add_counter(recorder, RUN_DB_INSTRUCTION, name, SOURCE_OP, op);
    counter->class_name = isa_units[row->unit].class_name;
    counter->is_branch = row->effects & E_BRANCH;
    if (row->effects & (E_LOAD | E_STORE)) {
        counter->access = row->effects & E_STORE ? RUN_DB_STORE : RUN_DB_LOAD;
        counter->size_bytes = isa_row_access_size(row);
    }
}

static void add_ops(struct recorder *recorder)
{
    for (unsigned row = ROW_INVALID + 1; row < ISA_ROW_COUNT; row++)
        for (unsigned variant = 0; variant < 4; variant++)
            if (!(variant & ~variant_mask(&isa_rows[row])))
                add_op(recorder, row * 4 + variant);
    /* The guest marker is an xori that retires under an op of its own. */
    const unsigned marker = recorder->counter_count;
    add_op(recorder, ROW_XORI * 4);
    recorder->sources[marker].index = OP_MARKER;
}

static void add_calls(struct recorder *recorder, enum run_db_kind kind, enum source_kind source,
                      const struct pseries_call_count *calls, size_t count)
{
    for (unsigned i = 0; i < count; i++)
        add_counter(recorder, kind, calls[i].name, source, i);
}

static void add_syscalls(struct recorder *recorder)
{
    for (unsigned number = 0; number < recorder->guest.syscall_count; number++) {
        char *const name = recorder->names[recorder->counter_count];
        recorder->guest.syscall_name(number, name, RECORDER_NAME);
        add_counter(recorder, RUN_DB_EVENT, name, SOURCE_SYSCALL, number);
    }
}

static void add_devices(struct recorder *recorder)
{
    const struct pseries_device_count *devices;
    const size_t count = device_counts(recorder, &devices);
    for (unsigned i = 0; i < count; i++)
        add_counter(recorder, RUN_DB_EVENT, devices[i].name, SOURCE_DEVICE, i);
}

static enum sim_status make_dictionary(struct recorder *recorder)
{
    const struct pseries_call_count *hcalls, *rtas;
    const struct pseries_device_count *devices;
    const size_t hcall_count = hcall_counts(recorder, &hcalls);
    const size_t rtas_count = rtas_counts(recorder, &rtas);
    const size_t room = ISA_OP_COUNT + VECTOR_COUNT + hcall_count + rtas_count +
                        recorder->guest.syscall_count + device_counts(recorder, &devices) + 8;
    recorder->counters = calloc(room, sizeof *recorder->counters);
    recorder->sources = calloc(room, sizeof *recorder->sources);
    recorder->names = calloc(room, sizeof *recorder->names);
    recorder->missing_seen =
        calloc((size_t)vcpu_count(recorder) * ISA_MISSING_MAX, sizeof *recorder->missing_seen);
    RETURN_IF(!recorder->counters || !recorder->sources || !recorder->names ||
                  !recorder->missing_seen,
              STATUS_NO_MEMORY, "--record: no memory for the counters");
    add_ops(recorder);
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++)
        add_counter(recorder, RUN_DB_INTERRUPT, isa_vector_name(vector), SOURCE_VECTOR, vector);
    add_calls(recorder, RUN_DB_HCALL, SOURCE_HCALL, hcalls, hcall_count);
    add_calls(recorder, RUN_DB_RTAS, SOURCE_RTAS, rtas, rtas_count);
    add_counter(recorder, RUN_DB_EVENT, RUN_DB_BRANCHES_TAKEN, SOURCE_BRANCHES_TAKEN, 0);
    add_counter(recorder, RUN_DB_EVENT, RUN_DB_SLB_MISSES, SOURCE_SLB_MISSES, 0);
    add_counter(recorder, RUN_DB_EVENT, RUN_DB_HASH_FAULTS, SOURCE_HASH_FAULTS, 0);
    add_counter(recorder, RUN_DB_EVENT, RUN_DB_ILLEGAL_WORDS, SOURCE_ILLEGAL, 0);
    add_syscalls(recorder);
    add_devices(recorder);
    return STATUS_OK;
}

static void describe_images(struct recorder *recorder)
{
    const struct pseries_image *images;
    if (!recorder->guest.machine)
        return;
    const size_t count = pseries_images(recorder->guest.machine, &images);
    for (size_t i = 0; i < count; i++) {
        const struct run_db_image image = {.option = images[i].option,
                                           .path = images[i].path,
                                           .size_bytes = images[i].size,
                                           .sha256 = images[i].sha256};
        run_db_image(recorder->db, &image);
    }
}

enum sim_status recorder_init(struct recorder *recorder, struct run_db *db,
                              const struct recorder_guest *guest, const struct isa_clock *clock,
                              const char *model, uint64_t interval)
{
    *recorder = (struct recorder){.db = db, .guest = *guest, .clock = clock};
    enum sim_status status = make_dictionary(recorder);
    if (status == STATUS_OK)
        status = run_db_snapshot_init(&recorder->snapshot, vcpu_count(recorder),
                                      recorder->counter_count);
    if (status != STATUS_OK) {
        recorder_fini(recorder);
        return status;
    }
    const struct run_db_machine description = {.vcpu_count = vcpu_count(recorder),
                                               .vcpu_model = model,
                                               .clock_hz = clock->hz,
                                               .interval_instructions = interval,
                                               .counters = recorder->counters,
                                               .counter_count = recorder->counter_count};
    run_db_machine(db, &description);
    describe_images(recorder);
    return STATUS_OK;
}

void recorder_fini(struct recorder *recorder)
{
    run_db_snapshot_fini(&recorder->snapshot);
    free(recorder->counters);
    free(recorder->sources);
    free(recorder->names);
    free(recorder->missing_seen);
    *recorder = (struct recorder){0};
}

/* -- Numbers -- */

/* Calls and devices are the machine's, not a vCPU's: they stand with vCPU 0, in supervisor state.
 */
static uint64_t read_call(const struct pseries_call_count *calls, unsigned index, unsigned vcpu,
                          unsigned privilege)
{
    return calls && vcpu == 0 && privilege == RUN_DB_SUPERVISOR ? calls[index].count : 0;
}

static uint64_t read_device(const struct pseries_device_count *devices, unsigned index,
                            unsigned vcpu, unsigned privilege)
{
    return devices && vcpu == 0 && privilege == RUN_DB_SUPERVISOR ? *devices[index].count : 0;
}

static void read_counters(struct recorder *recorder, unsigned vcpu, unsigned privilege)
{
    const struct isa_counters *const c = vcpu_at(recorder, vcpu)->counters;
    const struct pseries_call_count *hcalls, *rtas;
    const struct pseries_device_count *devices;
    uint64_t *const counts = run_db_counts(&recorder->snapshot, vcpu, privilege);
    hcall_counts(recorder, &hcalls);
    rtas_counts(recorder, &rtas);
    device_counts(recorder, &devices);
    for (unsigned i = 0; i < recorder->counter_count; i++) {
        const unsigned index = recorder->sources[i].index;
        switch (recorder->sources[i].kind) {
        case SOURCE_OP:
            counts[i] = c->insns[privilege][index];
            break;
        case SOURCE_VECTOR:
            counts[i] = c->interrupts[privilege][index];
            break;
        case SOURCE_HCALL:
            counts[i] = read_call(hcalls, index, vcpu, privilege);
            break;
        case SOURCE_RTAS:
            counts[i] = read_call(rtas, index, vcpu, privilege);
            break;
        case SOURCE_BRANCHES_TAKEN:
            counts[i] = c->branches_taken[privilege];
            break;
        case SOURCE_SLB_MISSES:
            counts[i] = c->slb_misses[privilege];
            break;
        case SOURCE_HASH_FAULTS:
            counts[i] = c->hash_faults[privilege];
            break;
        case SOURCE_ILLEGAL:
            counts[i] = c->illegal_unknown[privilege];
            break;
        case SOURCE_SYSCALL:
            counts[i] = privilege == RUN_DB_PROBLEM ? recorder->guest.syscalls[index] : 0;
            break;
        case SOURCE_DEVICE:
            counts[i] = read_device(devices, index, vcpu, privilege);
            break;
        }
    }
}

_Static_assert((int)PRIV_PROBLEM == (int)RUN_DB_PROBLEM &&
                   (int)PRIV_SUPERVISOR == (int)RUN_DB_SUPERVISOR,
               "ORDER privilege");

/* That of a vCPU that waits now is entered when it goes on. */
static uint64_t idle_cycles(const struct recorder *recorder, const struct cpu *cpu)
{
    const uint64_t idle = recorder->clock->idle_cycles + cpu->idle_cycles;
    const uint64_t own = cpu_cycles(cpu), now = recorder->clock->now;
    return cpu->halted && now > own ? idle + (now - own) : idle;
}

static const struct run_db_snapshot *take_snapshot(struct recorder *recorder, uint64_t icount,
                                                   uint64_t cycle)
{
    struct run_db_snapshot *const snapshot = &recorder->snapshot;
    snapshot->icount = icount;
    snapshot->cycle = cycle;
    for (unsigned vcpu = 0; vcpu < snapshot->vcpu_count; vcpu++) {
        snapshot->vcpu_icount[vcpu] = cpu_icount(vcpu_at(recorder, vcpu));
        snapshot->vcpu_idle_cycles[vcpu] = idle_cycles(recorder, vcpu_at(recorder, vcpu));
        engine_settle_counters(vcpu_at(recorder, vcpu));
        for (unsigned privilege = 0; privilege < RUN_DB_PRIVILEGES; privilege++)
            read_counters(recorder, vcpu, privilege);
    }
    return snapshot;
}

/* -- The loop's hooks -- */

static void on_console(void *ctx, uint64_t icount, uint64_t cycle, const uint8_t *bytes, size_t n)
{
    struct recorder *const recorder = ctx;
    run_db_console(recorder->db, icount, cycle, CONSOLE_UNIT, bytes, n);
}

static void on_input(void *ctx, uint64_t icount, uint64_t cycle, const char *source,
                     const void *bytes, size_t n)
{
    struct recorder *const recorder = ctx;
    run_db_input(recorder->db, icount, cycle, source, bytes, n);
}

static void on_event(void *ctx, uint64_t icount, uint64_t cycle, const char *kind, const char *text)
{
    struct recorder *const recorder = ctx;
    run_db_event(recorder->db, icount, cycle, kind, text);
}

static void on_interval(void *ctx, uint64_t icount, uint64_t cycle)
{
    struct recorder *const recorder = ctx;
    run_db_interval(recorder->db, take_snapshot(recorder, icount, cycle));
}

/* Missing instructions since the last call. Seldom any, so that calling it often costs little. */
static void on_batch(void *ctx, uint64_t icount)
{
    struct recorder *const recorder = ctx;
    const unsigned vcpus = vcpu_count(recorder);
    for (unsigned vcpu = 0; vcpu < vcpus; vcpu++) {
        const struct isa_missing *list;
        const struct cpu *const cpu = vcpu_at(recorder, vcpu);
        const size_t count = isa_missing_list(cpu, &list);
        uint64_t *const seen = recorder->missing_seen + (size_t)vcpu * ISA_MISSING_MAX;
        for (size_t i = 0; i < count; i++) {
            const char *const name =
                list[i].row == ROW_INVALID ? NULL : isa_rows[list[i].row].mnemonic;
            /* One that is new was met in this batch, in which no other vCPU ran: where it began or
             * was cut is no part of the record. */
            const uint64_t first = icount - (cpu_icount(cpu) - list[i].icount);
            for (; seen[i] < list[i].count; seen[i]++)
                run_db_missing(recorder->db, name, list[i].word, list[i].cia, first);
        }
    }
}

static bool on_tick(void *ctx, uint64_t icount, uint64_t cycle)
{
    struct recorder *const recorder = ctx;
    if (run_db_wants_totals(recorder->db))
        run_db_totals(recorder->db, take_snapshot(recorder, icount, cycle));
    return !run_db_failed(recorder->db);
}

struct loop_recorder recorder_hooks(struct recorder *recorder)
{
    return (struct loop_recorder){
        .ctx = recorder,
        .console = on_console,
        .input = on_input,
        .event = on_event,
        .interval = on_interval,
        .batch = on_batch,
        .tick = on_tick,
    };
}

const struct run_db_snapshot *recorder_finish(struct recorder *recorder, uint64_t icount,
                                              uint64_t cycle)
{
    return take_snapshot(recorder, icount, cycle);
}
