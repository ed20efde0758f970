/*
 * Contract 7: state is enumerable. A component describes its state once, as named, versioned
 * fields of a struct; saving, restoring, comparing and hashing all read that one description.
 */
#ifndef HORNPIPE_BASE_STATE_H
#define HORNPIPE_BASE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct state_field {
    const char *name;
    uint32_t offset; /* in the component's struct */
    uint16_t size;   /* bytes of one element: 1, 2, 4, 8, or any size for opaque bytes */
    uint32_t count;  /* elements */
};

struct state_desc {
    const char *name; /* of the component kind, unique in the program */
    uint16_t version; /* raised whenever the field list changes */
    uint16_t field_count;
    const struct state_field *fields;
};

/* clang-format off */
/* One field of struct `type`; arrays give one row with their element count. */
#define STATE_FIELD(type, member)                                                                  \
    {#member, offsetof(struct type, member), sizeof(((struct type *)0)->member), 1}
#define STATE_ARRAY(type, member)                                                                  \
    {#member, offsetof(struct type, member), sizeof(((struct type *)0)->member[0]),                \
     sizeof(((struct type *)0)->member) / sizeof(((struct type *)0)->member[0])}
#define STATE_DESC(desc_name, desc_version, field_array)                                           \
    {desc_name, desc_version, sizeof(field_array) / sizeof((field_array)[0]), field_array}
/* clang-format on */

/* Bytes that state_save() writes for this description. */
size_t state_size(const struct state_desc *desc);

/* Writes the fields of `object` in order, little-endian, without padding. */
void state_save(const struct state_desc *desc, const void *object, uint8_t *out);

/* Reads what state_save() wrote; STATUS_FORMAT if `len` is not state_size(). */
enum sim_status state_restore(const struct state_desc *desc, void *object, const uint8_t *in,
                              size_t len);

/* Name of the first field that differs, with its element index; NULL when all are equal. */
const char *state_first_difference(const struct state_desc *desc, const void *a, const void *b,
                                   uint32_t *index);

/* FNV-1a over what state_save() would write, chained through `hash` (start: STATE_HASH_INIT). */
#define STATE_HASH_INIT UINT64_C(0xcbf29ce484222325)
uint64_t state_hash(const struct state_desc *desc, const void *object, uint64_t hash);

#endif
