#define ISA_THREADED
#define ISA_THREADED_BIG_ENDIAN 1
#include "isa/sem_vmx.h"
#define THREADED_CALLS(effects) !((effects) & (E_LOAD | E_STORE))
#define THREADED(name)          threaded_be_##name
#define THREADED_TABLE          threaded_fill_vmx_be
#define THREADED_CHAPTER        "isa/insns_vmx.def"
#include "isa/threaded_chapter.h"
