#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 0
#include "isa/sem_storage.h"
#define THREADED_CALLS(effects) 0
#define THREADED(name)          threaded_le_##name
#define THREADED_TABLE          threaded_fill_storage_le
#define THREADED_CHAPTER        "isa/insns_storage.def"
#include "isa/threaded_chapter.h"
