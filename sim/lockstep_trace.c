#include "lockstep_trace.h"

#include <inttypes.h>
#include <stddef.h>

#include "isa/insn.h"

static void take(void *ctx, const struct isa_retired *records, size_t n)
{
    struct lockstep_trace *const t = ctx;
    for (const struct isa_retired *r = records; r < records + n; r++) {
        if (r->flags & RETIRED_INTERRUPT) {
            t->after_interrupt = true;
            t->interrupted = r->cia;
            continue;
        }
        t->last[t->count++ % LOCKSTEP_LAST] =
            (struct lockstep_traced){.icount = t->icount++,
                                     .cia = r->cia,
                                     .ea = r->ea,
                                     .word = r->word,
                                     .flags = r->flags,
                                     .after_interrupt = t->after_interrupt,
                                     .interrupted = t->interrupted};
        t->after_interrupt = false;
    }
}

void lockstep_trace_begin(struct lockstep_trace *trace, struct cpu *cpu)
{
    trace->watch.batch = take;
    trace->watch.ctx = trace;
    trace->icount = cpu_icount(cpu);
    cpu->watch = &trace->watch;
    cpu_derive(cpu);
}

void lockstep_trace_end(struct cpu *cpu)
{
    cpu->watch = NULL;
    cpu_derive(cpu);
}

const struct lockstep_traced *lockstep_trace_last(const struct lockstep_trace *trace)
{
    return trace->count ? &trace->last[(trace->count - 1) % LOCKSTEP_LAST] : NULL;
}

void lockstep_trace_print(const struct lockstep_trace *trace, FILE *out)
{
    const uint64_t first = trace->count > LOCKSTEP_LAST ? trace->count - LOCKSTEP_LAST : 0;
    for (uint64_t i = first; i < trace->count; i++) {
        const struct lockstep_traced *const t = &trace->last[i % LOCKSTEP_LAST];
        char text[80];
        isa_disassemble(t->word, t->cia, text, sizeof text);
        if (t->after_interrupt)
            fprintf(out, "%14s  0x%016" PRIx64 "  interrupt\n", "", t->interrupted);
        fprintf(out, "%14" PRIu64 "  0x%016" PRIx64 "  %08" PRIx32 "  %s", t->icount, t->cia,
                t->word, text);
        if (t->flags & RETIRED_HAS_EA)
            fprintf(out, "  [0x%016" PRIx64 "]", t->ea);
        fputc('\n', out);
    }
}
