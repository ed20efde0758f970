#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0
#include "isa/access.h"
#pragma GCC diagnostic ignored "-Wunused-function" /* most bodies are in no pair */
#include "isa/sem_branch.h"
#include "isa/sem_fixed.h"
#include "isa/sem_spr.h"
#include "isa/sem_storage.h"
#include "isa/threaded_forms.h"
#define THREADED(name) pair_le_##name
#define THREADED_TABLE threaded_fill_pairs_le
#include "isa/threaded_pairs.h"
