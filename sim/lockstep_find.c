#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "lockstep_find.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "isa/engine.h"
#include "isa/insn.h"

/* Instructions before the range from which vCPUs are watched. */
#define TRACED_BEFORE UINT64_C(4000000)

enum { LOOKS = 1000, FIELDS_TOLD = 8 };

static bool is_a_piece(const struct lockstep_difference *d)
{
    return d->upto - d->after <= LOCKSTEP_PIECE_MAX;
}

/* -- Answers -- */

static void answer_range(struct lockstep_find *f, const struct lockstep_difference *range)
{
    f->found = LOCKSTEP_FOUND_RANGE;
    f->range = *range;
    lockstep_end(f->lockstep, "found");
}

/* An answer that is no instruction. */
__attribute__((format(printf, 2, 3))) static void answer_text(struct lockstep_find *f,
                                                              const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (vasprintf(&f->report, fmt, args) < 0)
        f->report = NULL;
    va_end(args);
    f->found = f->report ? LOCKSTEP_FOUND_PLACE : LOCKSTEP_FOUND_NOTHING;
    lockstep_end(f->lockstep, "found");
}

/* -- A long range: how far all is equal -- */

static bool asked_differs(const struct lockstep_find *f)
{
    const struct lockstep *const l = f->lockstep;
    char text[192];
    switch (f->asked.kind) {
    case LOCKSTEP_VCPU:
        return lockstep_vcpu_differs(l, f->asked.vcpu);
    case LOCKSTEP_MEMORY:
        return l->side[0].ram[f->asked.real] != l->side[1].ram[f->asked.real];
    case LOCKSTEP_COUNTERS:
        return lockstep_counters_differ(l, f->asked.vcpu, text, sizeof text);
    case LOCKSTEP_DISK:
        return lockstep_disks_differ(l, text, sizeof text);
    default:
        return false;
    }
}

/* What a piece does not account for: hypercalls, devices, timers between two of them. */
static void between_pieces(struct lockstep_find *f, unsigned vcpu)
{
    answer_text(f,
                "%s; it came between two runs of an engine, after %" PRIu64
                " instructions of the machine, before vCPU %u goes on: by a hypercall, a device or"
                " a timer, from state that is not compared",
                f->asked.text, f->lockstep->icount, vcpu);
}

static void narrow(struct lockstep_find *f, unsigned vcpu, bool after_piece)
{
    struct lockstep *const l = f->lockstep;
    const bool is_dear = f->asked.kind == LOCKSTEP_COUNTERS || f->asked.kind == LOCKSTEP_DISK;
    struct lockstep_difference range = f->asked;
    if (l->icount < f->asked.after)
        return;
    if (is_dear && l->icount != f->asked.upto &&
        (!after_piece || l->icount - f->equal < (f->asked.upto - f->asked.after) / LOOKS))
        return;
    if (!asked_differs(f)) {
        f->equal = l->icount;
        return;
    }
    if (!after_piece) {
        between_pieces(f, vcpu);
        return;
    }
    range.after = f->equal;
    range.upto = l->icount;
    answer_range(f, &range);
}

/* -- Probes: what a piece comes to, in a process of its own -- */

struct probe {
    unsigned vcpu;
    uint64_t by_precise; /* so many of the threaded side are the precise engine's first */
    uint64_t length;     /* instructions in all */
    unsigned steps;      /* so many after `by_precise` by their handlers alone; 0: as ever */
};

struct ran {
    enum engine_stop why;
    uint64_t done;
};

static struct ran run_reference(struct lockstep *l, const struct probe *p)
{
    struct ran ran;
    ran.why = l->side[0].machine.run(l->side[0].machine.ctx, p->vcpu, p->length, &ran.done);
    return ran;
}

/* False if the instructions are not the threaded engine's to step. */
static bool run_other(struct lockstep *l, const struct probe *p, struct ran *ran)
{
    struct cpu *const cpu = lockstep_cpu(l, 1, p->vcpu);
    *ran = (struct ran){.why = STOP_BUDGET};
    if (p->by_precise)
        ran->why = engine_precise_run(cpu, p->by_precise, &ran->done);
    if (ran->why != STOP_BUDGET || ran->done < p->by_precise || ran->done == p->length)
        return !p->steps;
    const uint64_t before = ran->done;
    if (p->steps)
        return engine_threaded_step(cpu, p->steps);
    ran->why =
        l->side[1].machine.run(l->side[1].machine.ctx, p->vcpu, p->length - before, &ran->done);
    ran->done += before;
    return true;
}

static void tell_memory(const struct lockstep *l, uint64_t real, FILE *out)
{
    const uint64_t at = real & ~UINT64_C(7);
    fprintf(out, "memory at real address 0x%" PRIx64 " is", real);
    for (unsigned side = 0; side < 2; side++) {
        fputs(side ? "," : "", out);
        for (uint64_t i = real; i < at + 8; i++)
            fprintf(out, " %02x", l->side[side].ram[i]);
        fprintf(out, " (%s)", l->side[side].name);
    }
    fputc('\n', out);
}

/* One line for each difference, into `out`; false if there is none. */
static bool tell_differences(const struct lockstep_find *f, const struct probe *p,
                             const struct ran ran[2], FILE *out)
{
    const struct lockstep *const l = f->lockstep;
    const unsigned vcpus[2] = {p->vcpu, f->asked.vcpu};
    char text[256];
    uint64_t real;
    bool any = false;
    if (!p->steps && (ran[0].why != ran[1].why || ran[0].done != ran[1].done)) {
        any = true;
        fprintf(out, "%" PRIu64 " instructions to %s (%s), %" PRIu64 " to %s (%s)\n", ran[0].done,
                lockstep_stop_name(ran[0].why), l->side[0].name, ran[1].done,
                lockstep_stop_name(ran[1].why), l->side[1].name);
    }
    for (unsigned i = 0; i < (vcpus[0] == vcpus[1] ? 1 : 2); i++) {
        unsigned place = 0, told = 0;
        while (told < FIELDS_TOLD &&
               lockstep_next_difference(l, vcpus[i], &place, text, sizeof text)) {
            if (i)
                fprintf(out, "vCPU %u: ", vcpus[i]);
            fprintf(out, "%s\n", text);
            told++;
            any = true;
        }
    }
    if (lockstep_ram_differs(l, &real)) {
        tell_memory(l, real, out);
        any = true;
    }
    if (f->asked.kind == LOCKSTEP_COUNTERS && !p->steps &&
        lockstep_counters_differ(l, f->asked.vcpu, text, sizeof text)) {
        fprintf(out, "%s\n", text);
        any = true;
    }
    if (f->asked.kind == LOCKSTEP_DISK && lockstep_disks_differ(l, text, sizeof text)) {
        fprintf(out, "%s\n", text);
        any = true;
    }
    return any;
}

/* A step that has gone on to another instruction: this was done with the next one, or not at all.
 */
static bool is_step_astray(const struct lockstep *l, const struct probe *p)
{
    const struct cpu *const a = lockstep_cpu(l, 0, p->vcpu), *const b = lockstep_cpu(l, 1, p->vcpu);
    const bool in_sequence = a->nia == ((a->cia + 4) & a->ea_mask);
    return in_sequence && b->nia != a->nia;
}

enum { PROBE_EQUAL, PROBE_DIFFERS, PROBE_CANNOT };

/* In the forked process. Its exit status. */
static int probe_do(const struct lockstep_find *f, const struct probe *p)
{
    struct lockstep *const l = f->lockstep;
    struct ran ran[2];
    ran[0] = run_reference(l, p);
    if (!run_other(l, p, &ran[1]) || (p->steps && is_step_astray(l, p)))
        return PROBE_CANNOT;
    FILE *const out = fmemopen(f->probe_text, LOCKSTEP_PROBE_TEXT, "w");
    if (!out)
        return PROBE_CANNOT;
    const bool any = tell_differences(f, p, ran, out);
    fclose(out);
    return any ? PROBE_DIFFERS : PROBE_EQUAL;
}

static int probe(const struct lockstep_find *f, const struct probe *p)
{
    int status;
    memset(f->probe_text, 0, LOCKSTEP_PROBE_TEXT);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(probe_do(f, p));
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return PROBE_CANNOT;
    return WEXITSTATUS(status);
}

/* -- A piece: which instruction -- */

/* A length that makes a difference where one less makes none; 0: a probe has failed. */
static uint64_t shortest(const struct lockstep_find *f, unsigned vcpu, uint64_t piece)
{
    uint64_t equal = 0, differs = piece;
    while (differs - equal > 1) {
        const uint64_t middle = equal + (differs - equal) / 2;
        const int is = probe(f, &(struct probe){.vcpu = vcpu, .length = middle});
        if (is == PROBE_CANNOT)
            return 0;
        *(is == PROBE_DIFFERS ? &differs : &equal) = middle;
    }
    return differs;
}

/* How many the precise engine may do first so that there is still a difference; UINT64_MAX: as 0.
 */
static uint64_t furthest(const struct lockstep_find *f, unsigned vcpu, uint64_t length)
{
    uint64_t differs = 0, equal = length;
    while (equal - differs > 1) {
        const uint64_t middle = differs + (equal - differs) / 2;
        const int is =
            probe(f, &(struct probe){.vcpu = vcpu, .by_precise = middle, .length = length});
        if (is == PROBE_CANNOT)
            return UINT64_MAX;
        *(is == PROBE_DIFFERS ? &differs : &equal) = middle;
    }
    return differs;
}

/* The last probe's text: its first line goes on with the sentence, the others follow. */
static void print_report(const struct lockstep_find *f, unsigned vcpu, const char *how, FILE *out)
{
    const struct lockstep_trace *const trace = f->traces[vcpu];
    const struct lockstep_traced *const last = lockstep_trace_last(trace);
    const char *line = f->probe_text;
    const char *end = line + strcspn(line, "\n");
    char text[80];
    isa_disassemble(last->word, last->cia, text, sizeof text);
    fprintf(out, "lockstep: vCPU %u, instruction %" PRIu64 " at 0x%016" PRIx64 ", %s", vcpu,
            last->icount, last->cia, text);
    if (last->after_interrupt)
        fprintf(out, ", or the interrupt before it at 0x%016" PRIx64, last->interrupted);
    fprintf(out, ": %s%.*s\n", how, (int)(end - line), line);
    for (line = end + 1; *line; line = end + 1) {
        end = line + strcspn(line, "\n");
        fprintf(out, "  %.*s\n", (int)(end - line), line);
        if (!*end)
            break;
    }
    const uint64_t lines = trace->count < LOCKSTEP_LAST ? trace->count : LOCKSTEP_LAST;
    fprintf(out,
            "  The last %" PRIu64 " instructions of vCPU %u, that one included"
            " (number, address, word, instruction, storage address):\n",
            lines, vcpu);
    lockstep_trace_print(trace, out);
}

static void answer_instruction(struct lockstep_find *f, unsigned vcpu, const char *how)
{
    size_t size;
    FILE *const out = open_memstream(&f->report, &size);
    if (!out)
        return;
    print_report(f, vcpu, how, out);
    f->found = fclose(out) == 0 ? LOCKSTEP_FOUND_PLACE : LOCKSTEP_FOUND_NOTHING;
    lockstep_end(f->lockstep, "found");
}

/*
 * What the instruction after `first` makes different, alone or with the least number of those that
 * follow it; else what is different at the end. Into probe_text and `how`, which introduces it.
 */
static void tell_how(const struct lockstep_find *f, unsigned vcpu, uint64_t first, uint64_t length,
                     char *how, size_t size)
{
    const uint64_t after = length - first - 1;
    *how = 0;
    for (unsigned steps = 1; f->asked.kind != LOCKSTEP_COUNTERS && steps <= ENGINE_FUSED_MAX;
         steps++) {
        const struct probe step = {
            .vcpu = vcpu, .by_precise = first, .length = first + steps, .steps = steps};
        if (step.length > length || probe(f, &step) != PROBE_DIFFERS)
            continue;
        if (steps > 1)
            snprintf(how, size, "not alone, but with the next %u; after these ", steps - 1);
        return;
    }
    if (f->asked.kind != LOCKSTEP_COUNTERS)
        snprintf(how, size, "not alone, but in its block; %" PRIu64 " instructions later ", after);
    probe(f, &(struct probe){.vcpu = vcpu, .by_precise = first, .length = length});
}

static void name_instruction(struct lockstep_find *f, unsigned vcpu, uint64_t piece)
{
    const uint64_t length = shortest(f, vcpu, piece);
    const uint64_t first = length ? furthest(f, vcpu, length) : UINT64_MAX;
    char how[96];
    if (first == UINT64_MAX) {
        answer_text(f, "%s; which instruction it is cannot be told: a trial of the piece failed",
                    f->asked.text);
        return;
    }
    const struct probe none = {.vcpu = vcpu, .by_precise = length, .length = length};
    if (probe(f, &none) == PROBE_DIFFERS) {
        answer_text(f,
                    "%s; the precise engine comes to it on both sides within %" PRIu64
                    " instructions, so it comes from state that is not compared",
                    f->asked.text, length);
        return;
    }
    tell_how(f, vcpu, first, length, how, sizeof how);
    run_reference(f->lockstep, &(struct probe){.vcpu = vcpu, .length = first + 1});
    answer_instruction(f, vcpu, how);
}

/* Before the first piece of the range: false if the engines differ already. */
static bool begins_equal(struct lockstep_find *f, unsigned vcpu)
{
    const struct lockstep *const l = f->lockstep;
    struct lockstep_difference earlier = f->asked;
    char text[128];
    unsigned place = 0;
    earlier.after = 0;
    earlier.upto = l->icount;
    if (lockstep_ram_differs(l, &earlier.real)) {
        earlier.kind = LOCKSTEP_MEMORY;
        snprintf(earlier.text, sizeof earlier.text,
                 "lockstep: memory differs at real address 0x%" PRIx64, earlier.real);
    } else if (lockstep_next_difference(l, vcpu, &place, text, sizeof text)) {
        earlier.kind = LOCKSTEP_VCPU;
        earlier.vcpu = vcpu;
        snprintf(earlier.text, sizeof earlier.text, "lockstep: vCPU %u differs: %s", vcpu, text);
    } else if (!asked_differs(f)) {
        return true;
    }
    answer_range(f, &earlier);
    return false;
}

static void examine(struct lockstep_find *f, unsigned vcpu, uint64_t piece)
{
    struct lockstep *const l = f->lockstep;
    if (l->icount + piece <= f->asked.after)
        return;
    if (l->icount > f->asked.upto) {
        lockstep_end(l, "nothing found");
        return;
    }
    if (!f->is_begun && !begins_equal(f, vcpu))
        return;
    f->is_begun = true;
    /* Pieces of a run that took live input may be cut elsewhere. */
    if (l->icount < f->asked.upto && piece > f->asked.upto - l->icount)
        piece = f->asked.upto - l->icount;
    if (probe(f, &(struct probe){.vcpu = vcpu, .length = piece}) != PROBE_EQUAL)
        name_instruction(f, vcpu, piece);
}

/* -- Looking on -- */

static void begin_traces(struct lockstep_find *f)
{
    const unsigned count = f->lockstep->side[0].machine.vcpu_count;
    f->traces = calloc(count, sizeof(struct lockstep_trace *));
    for (unsigned i = 0; f->traces && i < count; i++) {
        f->traces[i] = calloc(1, sizeof(struct lockstep_trace));
        if (f->traces[i])
            lockstep_trace_begin(f->traces[i], lockstep_cpu(f->lockstep, 0, i));
    }
}

static void observe(void *ctx, unsigned vcpu, uint64_t length)
{
    struct lockstep_find *const f = ctx;
    const struct lockstep *const l = f->lockstep;
    if (!is_a_piece(&f->asked)) {
        narrow(f, vcpu, length == 0);
        return;
    }
    if (l->icount + TRACED_BEFORE < f->asked.after || length == 0)
        return;
    if (!f->traces)
        begin_traces(f);
    if (!f->traces || !f->traces[vcpu]) {
        lockstep_end(f->lockstep, "no memory");
        return;
    }
    f->traces[vcpu]->icount = cpu_icount(lockstep_cpu(l, 0, vcpu));
    examine(f, vcpu, length);
}

void lockstep_find_begin(struct lockstep_find *find, struct lockstep *lockstep)
{
    void *const shared =
        mmap(NULL, LOCKSTEP_PROBE_TEXT, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    find->lockstep = lockstep;
    find->equal = find->asked.after;
    if (shared == MAP_FAILED)
        return;
    find->probe_text = shared;
    lockstep->observe = observe;
    lockstep->observe_ctx = find;
}

void lockstep_find_end(struct lockstep_find *find)
{
    struct lockstep *const l = find->lockstep;
    if (find->found == LOCKSTEP_FOUND_NOTHING && l->difference.kind != LOCKSTEP_EQUAL) {
        find->found = LOCKSTEP_FOUND_RANGE;
        find->range = l->difference;
    }
    for (unsigned i = 0; find->traces && i < l->side[0].machine.vcpu_count; i++) {
        lockstep_trace_end(lockstep_cpu(l, 0, i));
        free(find->traces[i]);
    }
    free((void *)find->traces);
    find->traces = NULL;
    if (find->probe_text)
        munmap(find->probe_text, LOCKSTEP_PROBE_TEXT);
    find->probe_text = NULL;
    l->observe = NULL;
}
