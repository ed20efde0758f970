#include "isa/sem_storage.h"
#define PRECISE_CHAPTER "isa/insns_storage.def"
#include "isa/precise_chapter.h"
