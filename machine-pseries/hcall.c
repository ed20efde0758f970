/* Dispatch of hypercalls: everything derived from hcalls.def (pseries.md 3.1). */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "pseries_internal.h"

static const struct {
    const char *name;
    const char *set;
    int64_t (*handler)(struct pseries *p, struct cpu *cpu, uint64_t *args);
} rows[] = {
#define HCALL(name, token, handler, set) {#name, set, handler},
#include "hcalls.def"
#undef HCALL
};

/* A token that two rows share does not compile. */
static enum hcall_row find_row(uint64_t token)
{
    switch (token) {
#define HCALL(name, token, handler, set)                                                           \
    case token:                                                                                    \
        return HCALL_ROW_##name;
#include "hcalls.def"
#undef HCALL
    default:
        return HCALL_ROW_COUNT;
    }
}

static bool acts_on_memory(enum hcall_row row)
{
    static const char *const sets[] = {"hcall-pft", "hcall-bulk", "hcall-copy", "hcall-tce",
                                       "hcall-multi-tce"};
    for (unsigned i = 0; i < ARRAY_SIZE(sets); i++)
        if (strcmp(rows[row].set, sets[i]) == 0)
            return true;
    return false;
}

void hcall_init(struct pseries *p)
{
    for (unsigned i = 0; i < HCALL_ROW_COUNT; i++) {
        p->hcall_counts[i].name = rows[i].name;
        p->hcall_on_memory[i] = acts_on_memory((enum hcall_row)i);
    }
    p->hcall_counts[HCALL_ROW_COUNT].name = "unknown";
}

int64_t hcall_unknown(struct pseries *p, uint64_t token)
{
    for (unsigned i = 0; i < p->unknown_token_count; i++)
        if (p->unknown_tokens[i] == token)
            return H_FUNCTION;
    /* A guest that tries them all is told apart only so far. */
    if (p->unknown_token_count < PSERIES_UNKNOWN_TOKENS) {
        p->unknown_tokens[p->unknown_token_count++] = token;
        log_info("the guest made an unknown hypercall, token 0x%" PRIx64, token);
    }
    return H_FUNCTION;
}

bool pseries_hcall_on_memory(const struct pseries *p, const struct cpu *cpu)
{
    return p->hcall_on_memory[find_row(cpu->gpr[3])];
}

enum pseries_action pseries_hcall(struct pseries *p, struct cpu *cpu)
{
    const uint64_t token = cpu->gpr[3];
    const enum hcall_row row = find_row(token);

    p->action = PSERIES_CONTINUE;
    p->hcall_counts[row].count++;
    if (cpu->msr & MSR_PR)
        cpu->gpr[3] = (uint64_t)H_PRIVILEGE;
    else if (row == HCALL_ROW_COUNT)
        cpu->gpr[3] = (uint64_t)hcall_unknown(p, token);
    else
        cpu->gpr[3] = (uint64_t)rows[row].handler(p, cpu, &cpu->gpr[4]);
    return p->action;
}

size_t pseries_hcall_counts(const struct pseries *p, const struct pseries_call_count **out)
{
    *out = p->hcall_counts;
    return ARRAY_SIZE(p->hcall_counts);
}

size_t pseries_rtas_counts(const struct pseries *p, const struct pseries_call_count **out)
{
    *out = p->rtas_counts;
    return ARRAY_SIZE(p->rtas_counts);
}
