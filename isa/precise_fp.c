#include "isa/sem_fp.h"
#define PRECISE_KNOWS_LATE
#define PRECISE_FMA_TWINS
#define PRECISE_CHAPTER "isa/insns_fp.def"
#include "isa/precise_chapter.h"
