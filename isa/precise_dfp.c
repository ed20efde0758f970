#include "isa/sem_dfp.h"
#define PRECISE_CHAPTER "isa/insns_dfp.def"
#include "isa/precise_chapter.h"
