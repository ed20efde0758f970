#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0
#include "isa/sem_fp.h"
#define THREADED_CALLS(effects) !((effects) & (E_LOAD | E_STORE))
#define THREADED(name)          threaded_le_##name
#define THREADED_TABLE          threaded_fill_fp_le
#define THREADED_CHAPTER        "isa/insns_fp.def"
#include "isa/threaded_chapter.h"
