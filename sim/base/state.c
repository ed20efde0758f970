#include "base/state.h"

#include <string.h>

size_t state_size(const struct state_desc *desc)
{
    size_t total = 0;
    for (unsigned i = 0; i < desc->field_count; i++)
        total += (size_t)desc->fields[i].size * desc->fields[i].count;
    return total;
}

void state_save(const struct state_desc *desc, const void *object, uint8_t *out)
{
    for (unsigned i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        const size_t bytes = (size_t)f->size * f->count;
        memcpy(out, (const uint8_t *)object + f->offset, bytes);
        out += bytes;
    }
}

enum sim_status state_restore(const struct state_desc *desc, void *object, const uint8_t *in,
                              size_t len)
{
    RETURN_IF(len != state_size(desc), STATUS_FORMAT,
              "state of %s: %zu bytes given, version %u has %zu", desc->name, len, desc->version,
              state_size(desc));
    for (unsigned i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        const size_t bytes = (size_t)f->size * f->count;
        memcpy((uint8_t *)object + f->offset, in, bytes);
        in += bytes;
    }
    return STATUS_OK;
}

const char *state_first_difference(const struct state_desc *desc, const void *a, const void *b,
                                   uint32_t *index)
{
    for (unsigned i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        for (uint32_t k = 0; k < f->count; k++) {
            const size_t at = f->offset + (size_t)k * f->size;
            if (memcmp((const uint8_t *)a + at, (const uint8_t *)b + at, f->size) != 0) {
                *index = k;
                return f->name;
            }
        }
    }
    return NULL;
}

uint64_t state_hash(const struct state_desc *desc, const void *object, uint64_t hash)
{
    for (unsigned i = 0; i < desc->field_count; i++) {
        const struct state_field *f = &desc->fields[i];
        const uint8_t *p = (const uint8_t *)object + f->offset;
        for (size_t n = (size_t)f->size * f->count; n; n--)
            hash = (hash ^ *p++) * UINT64_C(0x100000001b3);
    }
    return hash;
}
