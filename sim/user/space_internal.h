/* Between space.c (mappings) and space_pages.c (pages). */
#ifndef HORNPIPE_USER_SPACE_INTERNAL_H
#define HORNPIPE_USER_SPACE_INTERNAL_H

#include "user/space.h"

bool space_pages_init(struct space *space);

/* Gives back the pages of a range; the caller flushes the TLB. */
void space_drop_pages(struct space *space, uint64_t start, uint64_t length);

/* Renames the pages of a range; there are none at the new place. */
void space_move_pages(struct space *space, uint64_t from, uint64_t to, uint64_t length);

/* space->source */
bool space_translate(void *ctx, uint64_t ea, enum mmu_access access, struct mmu_page *out,
                     uint64_t *cause);

#endif
