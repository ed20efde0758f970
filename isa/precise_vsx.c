#include "isa/sem_vsx.h"
#define PRECISE_KNOWS_LATE
#define PRECISE_FMA_TWINS
#define PRECISE_CHAPTER "isa/insns_vsx.def"
#include "isa/precise_chapter.h"
