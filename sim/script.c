#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"

enum script_kind { SCRIPT_EXPECT, SCRIPT_SEND, SCRIPT_TIMEOUT, SCRIPT_STOP };

struct script_command {
    enum script_kind kind;
    unsigned line;
    uint8_t *text; /* send: owned, the bytes */
    size_t size;
    struct match match; /* expect */
    uint64_t value;     /* timeout: virtual ns; stop: the status */
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Resolves escapes in place; returns the length, or -1 when one is wrong. */
static long unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in != '\\') {
            *out++ = *in;
            continue;
        }
        switch (*++in) {
        case 'n':
            *out++ = '\n';
            break;
        case 'r':
            *out++ = '\r';
            break;
        case 't':
            *out++ = '\t';
            break;
        case '\\':
            *out++ = '\\';
            break;
        case 'x': {
            const int high = hex_digit(in[1]), low = high < 0 ? -1 : hex_digit(in[2]);
            if (high < 0 || low < 0)
                return -1;
            *out++ = (char)(high * 16 + low);
            in += 2;
            break;
        }
        default:
            return -1;
        }
    }
    return out - text;
}

static enum sim_status parse_text(const struct script *script, struct script_command *command,
                                  char *text)
{
    const long size = unescape(text);
    RETURN_IF(size < 0, STATUS_FORMAT,
              "--script %s:%u: a backslash is followed by none of n, r, t, \\ and xNN",
              script->path, command->line);
    RETURN_IF(size == 0, STATUS_FORMAT, "--script %s:%u: a text is missing", script->path,
              command->line);
    if (command->kind == SCRIPT_EXPECT)
        return match_init(&command->match, text, (size_t)size);
    command->text = malloc((size_t)size);
    RETURN_IF(!command->text, STATUS_NO_MEMORY, "--script %s: no memory", script->path);
    memcpy(command->text, text, (size_t)size);
    command->size = (size_t)size;
    return STATUS_OK;
}

static enum sim_status parse_timeout(const struct script *script, struct script_command *command,
                                     const char *text)
{
    command->value = SCRIPT_NEVER;
    if (strcmp(text, "none") == 0)
        return STATUS_OK;
    RETURN_IF(number_parse_time(text, &command->value) != NUMBER_OK || command->value == 0,
              STATUS_FORMAT, "--script %s:%u: timeout needs a time such as 60s, or none: '%s'",
              script->path, command->line, text);
    return STATUS_OK;
}

static enum sim_status parse_stop(const struct script *script, struct script_command *command,
                                  const char *text)
{
    if (*text == 0)
        return STATUS_OK;
    RETURN_IF(number_parse_count(text, &command->value) != NUMBER_OK || command->value > 255,
              STATUS_FORMAT, "--script %s:%u: stop needs a status from 0 to 255: '%s'",
              script->path, command->line, text);
    return STATUS_OK;
}

/* `line` has no blanks at its ends and is not empty. */
static enum sim_status parse_line(const struct script *script, struct script_command *command,
                                  char *line)
{
    char *const word = line;
    char *rest = line + strcspn(line, " \t");
    if (*rest)
        *rest++ = 0;
    rest += strspn(rest, " \t");
    if (strcmp(word, "expect") == 0) {
        command->kind = SCRIPT_EXPECT;
        return parse_text(script, command, rest);
    }
    if (strcmp(word, "send") == 0) {
        command->kind = SCRIPT_SEND;
        return parse_text(script, command, rest);
    }
    if (strcmp(word, "timeout") == 0) {
        command->kind = SCRIPT_TIMEOUT;
        return parse_timeout(script, command, rest);
    }
    if (strcmp(word, "stop") == 0) {
        command->kind = SCRIPT_STOP;
        return parse_stop(script, command, rest);
    }
    return status_fail(STATUS_FORMAT,
                       "--script %s:%u: '%s' is none of expect, send, timeout and stop",
                       script->path, command->line, word);
}

static enum sim_status add_line(struct script *script, char *line, unsigned number)
{
    struct script_command *const grown =
        realloc(script->commands, (script->count + 1) * sizeof *grown);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "--script %s: no memory", script->path);
    script->commands = grown;
    struct script_command *const command = &grown[script->count++];
    *command = (struct script_command){.line = number};
    return parse_line(script, command, line);
}

static enum sim_status read_lines(struct script *script, FILE *file)
{
    enum sim_status status = STATUS_OK;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    for (unsigned number = 1; status == STATUS_OK && (length = getline(&line, &room, file)) >= 0;
         number++) {
        if (memchr(line, 0, (size_t)length)) {
            status = status_fail(STATUS_FORMAT, "--script %s:%u: this is not a text file",
                                 script->path, number);
            break;
        }
        while (length > 0 && isspace((unsigned char)line[length - 1]))
            line[--length] = 0;
        char *const first = line + strspn(line, " \t");
        if (*first && *first != '#')
            status = add_line(script, first, number);
    }
    if (status == STATUS_OK && ferror(file))
        status = status_fail(STATUS_IO, "--script %s: %s", script->path, strerror(errno));
    free(line);
    return status;
}

enum sim_status script_load(struct script *script, const char *path, uint64_t clock_hz)
{
    *script = (struct script){.path = path,
                              .clock_hz = clock_hz,
                              .timeout_ns = SCRIPT_DEFAULT_TIMEOUT,
                              .deadline = SCRIPT_NEVER};
    FILE *const file = fopen(path, "r");
    RETURN_IF(!file, STATUS_NO_FILE, "--script %s: %s", path, strerror(errno));
    enum sim_status status = read_lines(script, file);
    fclose(file);

    size_t sent = 1;
    for (size_t i = 0; i < script->count; i++)
        sent += script->commands[i].size;
    if (status == STATUS_OK && !(script->typed = malloc(sent)))
        status = status_fail(STATUS_NO_MEMORY, "--script %s: no memory", path);
    if (status != STATUS_OK)
        script_fini(script);
    return status;
}

void script_fini(struct script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        free(script->commands[i].text);
        match_fini(&script->commands[i].match);
    }
    free(script->commands);
    free(script->typed);
    *script = (struct script){.deadline = SCRIPT_NEVER};
}

/* First cycle at which `ns` have passed since `cycle`. */
static uint64_t cycle_after(const struct script *script, uint64_t cycle, uint64_t ns)
{
    if (ns == SCRIPT_NEVER)
        return SCRIPT_NEVER;
    const unsigned __int128 at =
        cycle + ((unsigned __int128)ns * script->clock_hz + 999999999) / 1000000000;
    return at < SCRIPT_NEVER ? (uint64_t)at : SCRIPT_NEVER;
}

void script_start(struct script *script, uint64_t cycle)
{
    script->deadline = SCRIPT_NEVER;
    for (; script->next < script->count && !script->stopped; script->next++) {
        const struct script_command *const command = &script->commands[script->next];
        switch (command->kind) {
        case SCRIPT_EXPECT:
            script->deadline = cycle_after(script, cycle, script->timeout_ns);
            return;
        case SCRIPT_SEND:
            memcpy(script->typed + script->typed_size, command->text, command->size);
            script->typed_size += command->size;
            break;
        case SCRIPT_TIMEOUT:
            script->timeout_ns = command->value;
            break;
        case SCRIPT_STOP:
            script->stopped = true;
            script->stop_status = (int)command->value;
            break;
        }
    }
}

void script_output(struct script *script, const uint8_t *bytes, size_t n, uint64_t cycle)
{
    for (size_t i = 0; i < n && script->next < script->count && !script->stopped; i++) {
        if (match_feed(&script->commands[script->next].match, bytes[i])) {
            script->next++;
            script_start(script, cycle);
        }
    }
}

size_t script_typed(const struct script *script, const uint8_t **bytes)
{
    *bytes = script->typed + script->typed_taken;
    return script->typed_size - script->typed_taken;
}

void script_take(struct script *script, size_t n)
{
    script->typed_taken += n;
}

uint64_t script_deadline(const struct script *script)
{
    return script->deadline;
}

bool script_waiting(const struct script *script, char *out, size_t size)
{
    if (script->stopped || script->next >= script->count)
        return false;
    const struct script_command *const command = &script->commands[script->next];
    char text[80];
    size_t length = 0;
    for (size_t i = 0; i < command->match.size && length + 5 < sizeof text; i++) {
        const uint8_t byte = command->match.text[i];
        if (isprint(byte))
            text[length++] = (char)byte;
        else
            length += (size_t)snprintf(text + length, sizeof text - length, "\\x%02x", byte);
    }
    text[length] = 0;
    /* Without its directory, which differs from host to host: this becomes part of the record. */
    const char *const slash = strrchr(script->path, '/');
    snprintf(out, size, "%s:%u: expect \"%s\"", slash ? slash + 1 : script->path, command->line,
             text);
    return true;
}
