#include "json_keys.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/compound.h"

enum { DEPTH_MAX = 8, KEY_SIZE = 128 };

/* What is written of an object. */
struct writer {
    const struct option_use *use;
    FILE *out;
    bool first;         /* nothing is written yet */
    char key[KEY_SIZE]; /* of the member, with those around it */
};

static enum sim_status write_object(struct writer *w, json_t *object, size_t key_length,
                                    unsigned depth);

static enum sim_status write_value(struct writer *w, json_t *value, size_t key_length,
                                   unsigned depth)
{
    char number[32];
    const char *text = number;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(w, value, key_length, depth + 1);
    case JSON_STRING:
        text = json_string_value(value);
        break;
    case JSON_INTEGER:
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        snprintf(number, sizeof number, "%.17g", json_real_value(value));
        break;
    case JSON_TRUE:
        text = "on";
        break;
    case JSON_FALSE:
        text = "off";
        break;
    default:
        return status_fail(STATUS_USAGE,
                           "%s: %s: must be a string, a number, true, false or an"
                           " object",
                           w->use->shown, w->key);
    }
    fprintf(w->out, "%s%s=", w->first ? "" : ",", w->key);
    compound_write(w->out, text);
    w->first = false;
    return STATUS_OK;
}

static enum sim_status write_object(struct writer *w, json_t *object, size_t key_length,
                                    unsigned depth)
{
    const char *name;
    json_t *value;
    RETURN_IF(depth > DEPTH_MAX, STATUS_USAGE, "%s: objects are nested too deep", w->use->shown);
    json_object_foreach(object, name, value)
    {
        const size_t n = strlen(name), at = key_length ? key_length + 1 : 0;
        RETURN_IF(n == 0 || strpbrk(name, ",=") || at + n + 1 > KEY_SIZE, STATUS_USAGE,
                  "%s: '%s' is no key of an option", w->use->shown, name);
        if (key_length)
            w->key[key_length] = '.';
        memcpy(w->key + at, name, n + 1);
        TRY(write_value(w, value, at + n, depth));
    }
    return STATUS_OK;
}

/* The members of an object as a compound value; STATUS_NO_MEMORY is not yet reported. */
static enum sim_status convert(const struct option_use *use, json_t *object, struct option_use *out)
{
    char *text = NULL;
    size_t size = 0;
    struct writer w = {.use = use, .out = open_memstream(&text, &size), .first = true};
    if (!w.out)
        return STATUS_NO_MEMORY;
    enum sim_status status = write_object(&w, object, 0, 0);
    if (fclose(w.out) != 0)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK && !(out->value = option_strings_add(use->strings, text, size)))
        status = STATUS_NO_MEMORY;
    free(text);
    return status;
}

enum sim_status json_keys(const struct option_use *use, struct option_use *out)
{
    json_error_t error;
    *out = *use;
    if (use->value[0] != '{')
        return STATUS_OK;
    json_t *const object = json_loads(use->value, JSON_REJECT_DUPLICATES, &error);
    RETURN_IF(!object, STATUS_USAGE, "%s: at byte %d: %s", use->shown, error.position, error.text);
    const enum sim_status status = convert(use, object, out);
    json_decref(object);
    RETURN_IF(status == STATUS_NO_MEMORY, STATUS_NO_MEMORY, "out of memory reading %s",
              use->spelled);
    return status;
}
