#include "isa/sem_branch.h"
#define PRECISE_CHAPTER "isa/insns_branch.def"
#include "isa/precise_chapter.h"
