#include "json_out.h"

#include <inttypes.h>
#include <math.h>

void json_begin(struct json_out *json, FILE *file)
{
    *json = (struct json_out){.file = file};
}

/* Length of the UTF-8 sequence at `s` (RFC 3629); 0 if there is none. */
static unsigned utf8_length(const unsigned char *s)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0x80)
        return 1;
    const unsigned length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc0 || s[0] >= 0xf8)
        return 0;
    uint32_t code = s[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) /* a NUL ends it too */
            return 0;
        code = code << 6 | (s[i] & 0x3fu);
    }
    const bool is_surrogate = code >= 0xd800 && code < 0xe000;
    return code < least[length] || code > 0x10ffff || is_surrogate ? 0 : length;
}

static void write_string(struct json_out *json, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', json->file);
    while (*s) {
        const unsigned length = utf8_length(s);
        if (length == 0)
            fputs("\\ufffd", json->file);
        else if (*s == '"' || *s == '\\')
            fprintf(json->file, "\\%c", *s);
        else if (*s == '\n')
            fputs("\\n", json->file);
        else if (*s < 0x20 || *s == 0x7f)
            fprintf(json->file, "\\u%04x", *s);
        else
            fwrite(s, 1, length, json->file);
        s += length ? length : 1;
    }
    fputc('"', json->file);
}

static void start_value(struct json_out *json, const char *key)
{
    if (json->has_previous)
        fputc(',', json->file);
    if (json->depth > 0)
        fprintf(json->file, "\n%*s", (int)(2 * json->depth), "");
    if (key) {
        write_string(json, key);
        fputs(": ", json->file);
    }
    json->has_previous = true;
}

void json_open(struct json_out *json, const char *key, char bracket)
{
    start_value(json, key);
    fputc(bracket, json->file);
    json->depth++;
    json->has_previous = false;
}

void json_close(struct json_out *json, char bracket)
{
    json->depth--;
    if (json->has_previous)
        fprintf(json->file, "\n%*s", (int)(2 * json->depth), "");
    fputc(bracket, json->file);
    if (json->depth == 0)
        fputc('\n', json->file);
    json->has_previous = true;
}

void json_number(struct json_out *json, const char *key, int64_t value)
{
    start_value(json, key);
    fprintf(json->file, "%" PRId64, value);
}

void json_real(struct json_out *json, const char *key, double value, int digits)
{
    if (!isfinite(value)) {
        json_null(json, key);
        return;
    }
    start_value(json, key);
    fprintf(json->file, "%.*f", digits, value);
}

void json_text(struct json_out *json, const char *key, const char *value)
{
    start_value(json, key);
    write_string(json, value);
}

void json_null(struct json_out *json, const char *key)
{
    start_value(json, key);
    fputs("null", json->file);
}
