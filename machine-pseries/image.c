#include "image.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void image_sha256(const void *bytes, size_t size, uint8_t out[IMAGE_SHA256_BYTES])
{
    unsigned length = 0;
    const int ok = EVP_Digest(bytes, size, out, &length, EVP_sha256(), NULL);
    assert(ok == 1 && length == IMAGE_SHA256_BYTES);
}

static void hex_digest(const struct image_file *image, char out[IMAGE_SHA256_HEX])
{
    uint8_t digest[IMAGE_SHA256_BYTES];
    image_sha256(image->bytes, image->size, digest);
    for (unsigned i = 0; i < IMAGE_SHA256_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* All of an open file; the size that fstat() gave is only a hint of how much to expect. */
static enum sim_status read_whole(const char *option, const char *path, int fd, size_t size,
                                  uint8_t *bytes)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t n = read(fd, bytes + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        RETURN_IF(n < 0, STATUS_IO, "%s %s: cannot be read: %s", option, path, strerror(errno));
        RETURN_IF(n == 0, STATUS_IO, "%s %s: became shorter while it was read", option, path);
        done += (size_t)n;
    }
    return STATUS_OK;
}

static enum sim_status read_open_file(const char *option, const char *path, int fd,
                                      uint64_t max_size, struct image_file *out)
{
    struct stat st;
    RETURN_IF(fstat(fd, &st) != 0, STATUS_IO, "%s %s: %s", option, path, strerror(errno));
    RETURN_IF(S_ISDIR(st.st_mode), STATUS_IO, "%s %s: is a directory", option, path);
    RETURN_IF(!S_ISREG(st.st_mode), STATUS_IO, "%s %s: is not a regular file", option, path);
    RETURN_IF(st.st_size == 0, STATUS_FORMAT, "%s %s: the file is empty", option, path);
    RETURN_IF((uint64_t)st.st_size > max_size, STATUS_NO_FIT,
              "%s %s: %" PRIu64 " bytes, the most that fits is %" PRIu64, option, path,
              (uint64_t)st.st_size, max_size);
    const size_t size = (size_t)st.st_size;
    uint8_t *bytes = malloc(size);
    RETURN_IF(!bytes, STATUS_NO_MEMORY, "%s %s: no host memory for %zu bytes", option, path, size);
    const enum sim_status status = read_whole(option, path, fd, size, bytes);
    if (status != STATUS_OK) {
        free(bytes);
        return status;
    }
    out->bytes = bytes;
    out->size = size;
    hex_digest(out, out->sha256);
    return STATUS_OK;
}

enum sim_status image_read(const char *option, const char *path, uint64_t max_size,
                           struct image_file *out)
{
    memset(out, 0, sizeof *out);
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    RETURN_IF(fd < 0, STATUS_NO_FILE, "%s %s: %s", option, path, strerror(errno));
    const enum sim_status status = read_open_file(option, path, fd, max_size, out);
    close(fd);
    return status;
}

void image_free(struct image_file *image)
{
    free(image->bytes);
    memset(image, 0, sizeof *image);
}

enum sim_status image_find_firmware(char *path, size_t size)
{
    const char *const dirs[] = {getenv("HORNPIPE_FIRMWARE_DIR"), "/usr/share/qemu",
                                "/usr/share/slof"};
    for (unsigned i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
        if (!dirs[i] || !dirs[i][0])
            continue;
        const int n = snprintf(path, size, "%s/slof.bin", dirs[i]);
        if (n > 0 && (size_t)n < size && access(path, R_OK) == 0)
            return STATUS_OK;
    }
    path[0] = '\0';
    return status_fail(STATUS_NO_FILE,
                       "the firmware slof.bin is not installed: install Debian's package "
                       "qemu-system-data, name an image with -bios, or boot the kernel without "
                       "firmware with -M pseries,x-vof=on");
}
