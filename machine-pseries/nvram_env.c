/* The variables of -prom-env in NVRAM: partitions (LoPAR 8.3) and the common one's strings. */
#include <string.h>

#include "base/bits.h"
#include "nvram.h"

/* Partition header (LoPAR 8.3): signature, checksum, length in 16-byte units, name. */
enum {
    HEADER_SIZE = 16,
    HEADER_NAME_SIZE = 12,
    SIGNATURE_SYSTEM = 0x70,
    SIGNATURE_FREE = 0x7f,
    COMMON_SIZE_MIN = 0x800,
};

/*
 * `name` is padded with NUL, or fills its 12 bytes exactly. The checksum is the 8-bit sum of the
 * other bytes with end-around carry. False if the carry of the last step makes another one:
 * readers disagree about that case.
 */
static bool put_header(uint8_t *header, uint8_t signature, size_t size, const char *name)
{
    header[0] = signature;
    store_be16(header + 2, (uint16_t)(size / HEADER_SIZE));
    memset(header + 4, 0, HEADER_NAME_SIZE);
    memcpy(header + 4, name, strnlen(name, HEADER_NAME_SIZE));

    unsigned sum = header[0];
    for (unsigned i = 2; i < HEADER_SIZE; i++)
        sum += header[i];
    const unsigned folded = (sum & 0xff) + (sum >> 8);
    header[1] = (uint8_t)(folded > 0xff ? folded - 0xff : folded);
    return folded <= 0xff;
}

/* The two headers; the common partition grows until every reader accepts both checksums. */
static void put_headers(uint8_t *bytes, size_t size, size_t total)
{
    static const char free_name[] = "\x77\x77\x77\x77\x77\x77\x77\x77\x77\x77\x77\x77";
    for (;; size += HEADER_SIZE) {
        bool plain = put_header(bytes, SIGNATURE_SYSTEM, size, "common");
        plain &= put_header(bytes + size, SIGNATURE_FREE, total - size, free_name);
        if (plain || size == total - HEADER_SIZE)
            return;
        memset(bytes + size, 0, HEADER_SIZE);
    }
}

/* -- Variables -- */

/* Variables of a common partition: bytes from `start` on, up to `end`; `used` of them hold any. */
struct env {
    uint8_t *start;
    size_t room, used;
};

static enum sim_status no_fit(const struct nvram *nvram, const char *variable)
{
    return status_fail(STATUS_NO_FIT,
                       "-prom-env '%.40s': the variables do not fit into %u bytes of NVRAM",
                       variable, (unsigned)nvram->size);
}

/* Removes the variable with the name that `text` has before its "=". */
static void remove_variable(struct env *env, const char *text, size_t name_length)
{
    for (size_t at = 0; at < env->used;) {
        const char *const variable = (const char *)env->start + at;
        const size_t len = strnlen(variable, env->used - at) + 1;
        if (len > name_length && memcmp(variable, text, name_length + 1) == 0) {
            const size_t rest = len < env->used - at ? env->used - at - len : 0;
            memmove(env->start + at, env->start + at + len, rest);
            env->used = at + rest;
        } else {
            at += len;
        }
    }
}

/* Room is kept for the NUL that ends the list. */
static enum sim_status put_variables(const struct nvram *nvram, struct env *env,
                                     const char *const *list)
{
    for (; *list; list++) {
        const size_t len = strlen(*list) + 1;
        const char *const equals = strchr(*list, '=');
        RETURN_IF(!equals || equals == *list, STATUS_USAGE, "-prom-env '%s': name=value expected",
                  *list);
        remove_variable(env, *list, (size_t)(equals - *list));
        if (env->used + len + 1 > env->room)
            return no_fit(nvram, *list);
        memcpy(env->start + env->used, *list, len);
        env->used += len;
    }
    memset(env->start + env->used, 0, env->room - env->used);
    return STATUS_OK;
}

/* The common partition of what a drive holds; false: there is none, or no valid chain to it. */
static bool find_common(struct nvram *nvram, struct env *env)
{
    for (size_t at = 0; at + HEADER_SIZE <= nvram->size;) {
        uint8_t *const header = nvram->bytes + at;
        const size_t size = (size_t)load_be16(header + 2) * HEADER_SIZE;
        if (size == 0 || size > nvram->size - at)
            return false;
        if (header[0] == SIGNATURE_SYSTEM &&
            strncmp((const char *)header + 4, "common", HEADER_NAME_SIZE) == 0) {
            *env = (struct env){.start = header + HEADER_SIZE, .room = size - HEADER_SIZE};
            while (env->used < env->room && env->start[env->used])
                env->used +=
                    strnlen((const char *)env->start + env->used, env->room - env->used) + 1;
            if (env->used > env->room) /* the last variable has no end */
                env->used = 0;
            return true;
        }
        at += size;
    }
    return false;
}

enum sim_status nvram_put_env(struct nvram *nvram, const char *const *list)
{
    struct env env;
    if (find_common(nvram, &env))
        return put_variables(nvram, &env, list);
    /* Room for the header of the free space behind it. */
    memset(nvram->bytes, 0, nvram->size);
    env = (struct env){.start = nvram->bytes + HEADER_SIZE,
                       .room = nvram->size - 2 * (size_t)HEADER_SIZE};
    TRY(put_variables(nvram, &env, list));
    size_t size = (HEADER_SIZE + env.used + 1 + HEADER_SIZE - 1) & ~(size_t)(HEADER_SIZE - 1);
    if (size < COMMON_SIZE_MIN)
        size = COMMON_SIZE_MIN;
    put_headers(nvram->bytes, size, nvram->size);
    return STATUS_OK;
}
