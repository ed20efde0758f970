#include "isa/sem_vmx.h"
#define PRECISE_CHAPTER "isa/insns_vmx.def"
#include "isa/precise_chapter.h"
