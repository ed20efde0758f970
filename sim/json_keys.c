#include "json_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/compound.h"

enum { DEPTH_MAX = 8, KEY_SIZE = 128, STRING_SIZE = 8192 };

struct parser {
    const char *start, *at;
    FILE *out;
    bool first;             /* nothing is written yet */
    char key[KEY_SIZE];     /* of the member that is read, with those around it */
    char text[STRING_SIZE]; /* the last string */
    const char *why;        /* why it failed */
};

static bool fail(struct parser *p, const char *why)
{
    p->why = why;
    return false;
}

static void skip_blanks(struct parser *p)
{
    p->at += strspn(p->at, " \t\r\n");
}

static bool take(struct parser *p, char c)
{
    skip_blanks(p);
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

/* -- Strings (RFC 8259, 7) -- */

static bool read_hex(struct parser *p, uint32_t *code)
{
    *code = 0;
    for (unsigned i = 0; i < 4; i++, p->at++) {
        const char *const digits = "0123456789abcdef", c = *p->at;
        const char *const digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
        if (!digit)
            return false;
        *code = *code << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

static size_t put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Behind the backslash; a NUL has no place in a value. */
static bool read_escape(struct parser *p, char *to, size_t *n)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char c = *p->at++;
    const char *const name = c ? strchr(names, c) : NULL;
    uint32_t code, low;
    if (name) {
        *to = values[name - names];
        *n = 1;
        return true;
    }
    if (c != 'u' || !read_hex(p, &code) || code == 0 || (code & 0xfc00) == 0xdc00)
        return false;
    if ((code & 0xfc00) == 0xd800) { /* the first of a surrogate pair */
        if (p->at[0] != '\\' || p->at[1] != 'u')
            return false;
        p->at += 2;
        if (!read_hex(p, &low) || (low & 0xfc00) != 0xdc00)
            return false;
        code = 0x10000 + ((code & 0x3ff) << 10 | (low & 0x3ff));
    }
    *n = put_utf8(to, code);
    return true;
}

static bool read_string(struct parser *p)
{
    size_t size = 0;
    if (!take(p, '"'))
        return fail(p, "a string in quotes is expected");
    while (*p->at != '"') {
        size_t n = 1;
        if ((unsigned char)*p->at < 0x20)
            return fail(p, "the string does not end");
        if (size + 5 > sizeof p->text)
            return fail(p, "the string is too long");
        if (*p->at != '\\') {
            p->text[size] = *p->at++;
        } else {
            p->at++;
            if (!read_escape(p, p->text + size, &n))
                return fail(p, "no such escape");
        }
        size += n;
    }
    p->at++;
    p->text[size] = '\0';
    return true;
}

/* -- Values -- */

static bool read_object(struct parser *p, size_t key_length, unsigned depth);

/* A number, true or false, as it stands. */
static bool read_word(struct parser *p)
{
    const size_t n = strspn(p->at, "abcdefghijklmnopqrstuvwxyz0123456789+-.E");
    if (n == 0 || n >= sizeof p->text)
        return fail(p, "a string, a number, true, false or an object is expected");
    memcpy(p->text, p->at, n);
    p->text[n] = '\0';
    if (strcmp(p->text, "true") == 0)
        strcpy(p->text, "on");
    else if (strcmp(p->text, "false") == 0)
        strcpy(p->text, "off");
    else if (!strchr("-0123456789", p->text[0]))
        return fail(p, "a string, a number, true, false or an object is expected");
    p->at += n;
    return true;
}

static bool read_value(struct parser *p, size_t key_length, unsigned depth)
{
    skip_blanks(p);
    if (*p->at == '{')
        return depth < DEPTH_MAX ? read_object(p, key_length, depth + 1)
                                 : fail(p, "objects are nested too deep");
    if (!(*p->at == '"' ? read_string(p) : read_word(p)))
        return false;
    fprintf(p->out, "%s%s=", p->first ? "" : ",", p->key);
    compound_write(p->out, p->text);
    p->first = false;
    return true;
}

static bool read_member(struct parser *p, size_t key_length, unsigned depth)
{
    if (!read_string(p))
        return false;
    const size_t n = strlen(p->text);
    if (n == 0 || strpbrk(p->text, ",=") || key_length + n + 2 > KEY_SIZE)
        return fail(p, "no key of an option");
    if (key_length)
        p->key[key_length++] = '.';
    memcpy(p->key + key_length, p->text, n + 1);
    if (!take(p, ':'))
        return fail(p, "\":\" is expected");
    return read_value(p, key_length + n, depth);
}

static bool read_object(struct parser *p, size_t key_length, unsigned depth)
{
    if (!take(p, '{'))
        return fail(p, "an object is expected");
    if (take(p, '}'))
        return true;
    do
        if (!read_member(p, key_length, depth))
            return false;
    while (take(p, ','));
    return take(p, '}') || fail(p, "\",\" or \"}\" is expected");
}

static enum sim_status convert(const struct option_use *use, struct parser *p)
{
    p->start = p->at = use->value;
    p->first = true;
    const bool good = read_object(p, 0, 0);
    skip_blanks(p);
    if (good && !*p->at)
        return STATUS_OK;
    return status_fail(STATUS_USAGE, "%s: at byte %zu: %s", use->shown, (size_t)(p->at - p->start),
                       good ? "something follows the object" : p->why);
}

enum sim_status json_keys(const struct option_use *use, struct option_use *out)
{
    char *text = NULL;
    size_t size = 0;
    *out = *use;
    if (use->value[0] != '{')
        return STATUS_OK;
    struct parser *const p = calloc(1, sizeof *p);
    FILE *const stream = p ? open_memstream(&text, &size) : NULL;
    enum sim_status status = STATUS_NO_MEMORY;
    if (stream) {
        p->out = stream;
        status = convert(use, p);
        if (fclose(stream) != 0)
            status = STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK)
        out->value = option_strings_add(use->strings, text, size);
    free(text);
    free(p);
    RETURN_IF(status == STATUS_NO_MEMORY || !out->value, STATUS_NO_MEMORY,
              "out of memory reading %s", use->spelled);
    return status;
}
