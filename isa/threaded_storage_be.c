#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 1
#include "isa/sem_storage.h"
#define THREADED_CALLS(effects) 0
#define THREADED(name)          threaded_be_##name
#define THREADED_TABLE          threaded_fill_storage_be
#define THREADED_CHAPTER        "isa/insns_storage.def"
#include "isa/threaded_chapter.h"
