#include "isa/sem_fixed.h"
#define PRECISE_CHAPTER "isa/insns_fixed.def"
#include "isa/precise_chapter.h"
