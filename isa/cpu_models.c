/* The processor models of cpus.def. */
#include <stddef.h>
#include <strings.h>

#include "isa/cpu.h"

const struct cpu_model cpu_models[] = {
#define CPU(name, versioned, pvr, level, slb_entries) {name, versioned, pvr, level, slb_entries},
#include "isa/cpus.def"
#undef CPU
    {NULL, NULL, 0, ISA_206, 0},
};

const struct cpu_model *cpu_model_find(const char *name)
{
    for (const struct cpu_model *m = cpu_models; m->name; m++)
        if (strcasecmp(m->name, name) == 0 || strcasecmp(m->versioned_name, name) == 0)
            return m;
    return NULL;
}
