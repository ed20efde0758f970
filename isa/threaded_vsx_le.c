#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0
#include "isa/sem_vsx.h"
#define THREADED_CALLS(effects) !((effects) & (E_LOAD | E_STORE))
#define THREADED(name)          threaded_le_##name
#define THREADED_TABLE          threaded_fill_vsx_le
#define THREADED_CHAPTER        "isa/insns_vsx.def"
#include "isa/threaded_chapter.h"
