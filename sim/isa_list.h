/* `hornpipe info --isa`: the instructions of the simulator's own tables. */
#ifndef HORNPIPE_SIM_ISA_LIST_H
#define HORNPIPE_SIM_ISA_LIST_H

#include <stdbool.h>
#include <stdio.h>

struct cpu_model;

/* All of them, or those that `model` has if it is not NULL; as columns, or as one JSON object. */
void isa_list(const struct cpu_model *model, bool json, FILE *out);

#endif
