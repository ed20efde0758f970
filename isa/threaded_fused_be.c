#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 1
#include "isa/access.h"
#pragma GCC diagnostic ignored "-Wunused-function" /* most bodies are fused with no other */
#include "isa/sem_branch.h"
#include "isa/sem_fixed.h"
#include "isa/sem_spr.h"
#include "isa/sem_storage.h"
#include "isa/threaded_forms.h"
#define THREADED(name) fused_be_##name
#define THREADED_TABLE threaded_list_fused_be
#include "isa/threaded_fused.h"
