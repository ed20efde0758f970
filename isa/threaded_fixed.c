#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0 /* no row accesses storage */
#include "isa/sem_fixed.h"
#define THREADED_CALLS(effects) 0
#define THREADED(name)          threaded_##name
#define THREADED_TABLE          threaded_fill_fixed
#define THREADED_CHAPTER        "isa/insns_fixed.def"
#include "isa/threaded_chapter.h"
