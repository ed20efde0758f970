/*
 * The hash of an image's content. A disk of many GB is not read again for each run: the user's
 * cache directory keeps a small file an image, named by device and inode, which holds while size
 * and times of the image are the same.
 */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "block_internal.h"

enum { PATH_SIZE = 4096, KEY_SIZE = 256, HEX = 64, SETTLED_SECONDS = 2 };

/* What the entry is good for. */
static void make_key(const struct block *block, char key[KEY_SIZE])
{
    const struct stat *const s = &block->stat;
    snprintf(key, KEY_SIZE, "1 %s %jd %jd.%09ld %jd.%09ld ",
             block->options.format == BLOCK_QCOW2 ? "qcow2" : "raw", (intmax_t)s->st_size,
             (intmax_t)s->st_mtim.tv_sec, s->st_mtim.tv_nsec, (intmax_t)s->st_ctim.tv_sec,
             s->st_ctim.tv_nsec);
}

/* Makes the directories too when asked to; false: there is no place for a cache. */
static bool cache_path(const struct block *block, bool make, char path[PATH_SIZE])
{
    const char *const xdg = getenv("XDG_CACHE_HOME"), *const home = getenv("HOME");
    int n;
    if (xdg && xdg[0] == '/')
        n = snprintf(path, PATH_SIZE, "%s", xdg);
    else if (home && home[0] == '/')
        n = snprintf(path, PATH_SIZE, "%s/.cache", home);
    else
        return false;
    static const char *const parts[] = {"", "/hornpipe", "/images"};
    for (unsigned i = 0; i < 3 && n > 0 && n < PATH_SIZE; i++) {
        n += snprintf(path + n, (size_t)(PATH_SIZE - n), "%s", parts[i]);
        if (make && n < PATH_SIZE && mkdir(path, 0700) != 0 && errno != EEXIST)
            return false;
    }
    if (n > 0 && n < PATH_SIZE)
        n += snprintf(path + n, (size_t)(PATH_SIZE - n), "/%jx-%jx", (uintmax_t)block->stat.st_dev,
                      (uintmax_t)block->stat.st_ino);
    return n > 0 && n < PATH_SIZE - 32; /* room for a temporary name */
}

static bool look_up(const struct block *block, const char *key, char sha256[65])
{
    char path[PATH_SIZE], line[KEY_SIZE + HEX + 2];
    if (!block->one_file || !cache_path(block, false, path))
        return false;
    FILE *const file = fopen(path, "re");
    if (!file)
        return false;
    const size_t length = strlen(key);
    const bool found = fgets(line, sizeof line, file) && strncmp(line, key, length) == 0 &&
                       strspn(line + length, "0123456789abcdef") == HEX &&
                       strcmp(line + length + HEX, "\n") == 0;
    fclose(file);
    if (found)
        snprintf(sha256, HEX + 1, "%.*s", HEX, line + length);
    return found;
}

/* A file whose times are of just now could change again without their changing. */
static void keep(const struct block *block, const char *key, const char *sha256)
{
    char path[PATH_SIZE], temporary[PATH_SIZE];
    const time_t now = time(NULL);
    if (!block->one_file || now - block->stat.st_mtim.tv_sec < SETTLED_SECONDS ||
        now - block->stat.st_ctim.tv_sec < SETTLED_SECONDS || !cache_path(block, true, path))
        return;
    if ((size_t)snprintf(temporary, sizeof temporary, "%s.%jd", path, (intmax_t)getpid()) >=
        sizeof temporary)
        return;
    FILE *const file = fopen(temporary, "we");
    if (!file)
        return;
    const bool written = fprintf(file, "%s%s\n", key, sha256) > 0;
    if (fclose(file) != 0 || !written || rename(temporary, path) != 0)
        unlink(temporary);
}

static enum sim_status hash_image(struct block *block, EVP_MD_CTX *ctx, uint8_t *piece)
{
    const struct block_options *const o = &block->options;
    for (uint64_t at = 0; at < block->image.size;) {
        const uint64_t left = block->image.size - at;
        const size_t n = left < BLOCK_PIECE_MAX ? (size_t)left : BLOCK_PIECE_MAX;
        const int error = block->image.ops->read(&block->image, at, piece, n);
        RETURN_IF(error, STATUS_IO, "%s: %s: cannot be read at %" PRIu64 ": %s", o->shown, o->file,
                  at, strerror(error));
        RETURN_IF(EVP_DigestUpdate(ctx, piece, n) != 1, STATUS_NO_MEMORY, "%s: %s: no hash",
                  o->shown, o->file);
        at += n;
    }
    return STATUS_OK;
}

static enum sim_status compute(struct block *block, char sha256[65])
{
    uint8_t digest[HEX / 2] = {0};
    unsigned length = 0;
    uint8_t *const piece = malloc(BLOCK_PIECE_MAX);
    EVP_MD_CTX *const ctx = EVP_MD_CTX_new();
    enum sim_status status = STATUS_OK;
    if (!piece || !ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
        status = status_fail(STATUS_NO_MEMORY, "%s: %s: no host memory to hash it",
                             block->options.shown, block->options.file);
    if (status == STATUS_OK)
        status = hash_image(block, ctx, piece);
    if (status == STATUS_OK)
        EVP_DigestFinal_ex(ctx, digest, &length);
    for (unsigned i = 0; i < HEX / 2; i++)
        snprintf(sha256 + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(ctx);
    free(piece);
    return status;
}

enum sim_status block_sha256(struct block *block, char sha256[65])
{
    char key[KEY_SIZE];
    make_key(block, key);
    if (look_up(block, key, sha256))
        return STATUS_OK;
    TRY(compute(block, sha256));
    keep(block, key, sha256);
    return STATUS_OK;
}
