/*
 * --script FILE: drives the guest's console at deterministic moments. One command a line:
 *
 *   expect TEXT      wait until TEXT appears in the console output after the previous match
 *   send TEXT        type TEXT; nothing is added to it
 *   timeout TIME     longest virtual time of each expect from here on ("60s"); "none": no limit
 *   stop [STATUS]    end the run with this exit status (0)
 *
 * Blanks around TEXT do not belong to it. TEXT may hold \n \r \t \\ and \xNN. Empty lines and lines
 * that begin with # say nothing. A script that has run out leaves the guest to itself.
 */
#ifndef HORNPIPE_SCRIPT_H
#define HORNPIPE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "match.h"

#define SCRIPT_NEVER           UINT64_MAX
#define SCRIPT_DEFAULT_TIMEOUT (600 * UINT64_C(1000000000)) /* virtual ns */

struct script_command;

struct script {
    const char *path; /* borrowed */
    uint64_t clock_hz;
    struct script_command *commands; /* owned */
    size_t count, next;              /* commands[next] is the expect that is waited for */
    uint64_t timeout_ns;             /* SCRIPT_NEVER: none */
    uint64_t deadline;               /* cycle at which that expect has failed; SCRIPT_NEVER */
    uint8_t *typed;                  /* owned: what all sends so far make, room for all */
    size_t typed_size, typed_taken;
    bool stopped;
    int stop_status;
};

/* Reads the file; failures name it and the line. `path` is borrowed. Pair with script_fini(). */
enum sim_status script_load(struct script *script, const char *path, uint64_t clock_hz);
void script_fini(struct script *script);

/* Carries out what comes before the first expect, at virtual time `cycle`. */
void script_start(struct script *script, uint64_t cycle);

/* The guest wrote bytes at `cycle`. */
void script_output(struct script *script, const uint8_t *bytes, size_t n, uint64_t cycle);

/* What waits to be typed; script_take() removes its first `n` bytes. */
size_t script_typed(const struct script *script, const uint8_t **bytes);
void script_take(struct script *script, size_t n);

/* Cycle at which the present expect fails, or SCRIPT_NEVER. */
uint64_t script_deadline(const struct script *script);

/* True while an expect waits; describes it ("boot.script:3: expect \"login:\"") in `out`. */
bool script_waiting(const struct script *script, char *out, size_t size);

#endif
