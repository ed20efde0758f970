#include "compat.h"

#include <strings.h>

#include "pseries_internal.h"

#define PCR_POWER7 (PCR_V206 | PCR_TM_DIS)
#define PCR_POWER6 (PCR_POWER7 | PCR_V205 | PCR_VSX_DIS)

const struct compat_mode compat_modes[] = {
    {"power6", 0x0f000002, ISA_206, PCR_POWER6, 2},
    {"power7", 0x0f000003, ISA_206, PCR_POWER7, 4},
    {"power7+", 0x0f100003, ISA_206, PCR_POWER7, 4},
    {"power8", 0x0f000004, ISA_207, 0, 8},
    {NULL, 0, ISA_206, 0, 0},
};

const struct compat_mode *compat_find(const char *name)
{
    for (const struct compat_mode *m = compat_modes; m->name; m++)
        if (strcasecmp(m->name, name) == 0)
            return m;
    return NULL;
}

bool compat_fits(const struct compat_mode *mode, const struct cpu_model *model)
{
    return model->level >= mode->level;
}

const struct compat_mode *compat_now(const struct pseries *p)
{
    for (const struct compat_mode *m = compat_modes; m->name; m++)
        if (m->pvr == p->compat_pvr)
            return m;
    return NULL;
}

void compat_enter(struct pseries *p, const struct compat_mode *mode)
{
    p->compat_pvr = mode ? mode->pvr : 0;
    for (unsigned i = 0; i < p->config.cpu_count; i++)
        cpu_set_pcr(p->cpus[i], mode ? mode->pcr : 0);
}

unsigned compat_threads(const struct pseries *p)
{
    const struct compat_mode *const mode = compat_now(p);
    const unsigned threads = p->config.threads;
    return mode && mode->threads < threads ? mode->threads : threads;
}
