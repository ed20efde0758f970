/* Writes JSON. Keys are NULL within an array and for the outermost value. */
#ifndef HORNPIPE_ANALYSIS_JSON_OUT_H
#define HORNPIPE_ANALYSIS_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json_out {
    FILE *file;
    unsigned depth;
    bool has_previous; /* at this depth */
};

void json_begin(struct json_out *json, FILE *file);
void json_open(struct json_out *json, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json_out *json, char bracket);                 /* '}' or ']' */
void json_number(struct json_out *json, const char *key, int64_t value);
/* With `digits` after the point; null if it is not finite. */
void json_real(struct json_out *json, const char *key, double value, int digits);
/* Bytes that are not UTF-8 become U+FFFD. */
void json_text(struct json_out *json, const char *key, const char *value);
void json_null(struct json_out *json, const char *key);

#endif
