#include "isa/sem_system.h"
#define PRECISE_CHAPTER "isa/insns_system.def"
#include "isa/precise_chapter.h"
