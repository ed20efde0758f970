/* A file compressed by zlib at its usual level, and decompressed again. */
#include <stdlib.h>

#include <zlib.h>

#include "../fp/bench.h"

enum { LEVEL = 6, REPEATS = 4 };

static unsigned char *read_all(const char *path, size_t *size)
{
    FILE *const f = fopen(path, "rb");
    unsigned char *bytes;
    if (!f || fseek(f, 0, SEEK_END))
        exit(1);
    *size = (size_t)ftell(f);
    rewind(f);
    bytes = malloc(*size);
    if (!bytes || fread(bytes, 1, *size, f) != *size)
        exit(1);
    fclose(f);
    return bytes;
}

int main(int argc, char **argv)
{
    const long repeats = argc > 2 ? strtol(argv[2], NULL, 0) : REPEATS;
    size_t size;
    unsigned char *const in = read_all(argc > 1 ? argv[1] : "/text", &size);
    unsigned char *const packed = malloc(compressBound(size)), *const out = malloc(size);
    bench_begin("gzip");
    for (long r = 0; r < repeats; r++) {
        uLongf packed_size = compressBound(size), out_size = size;
        if (compress2(packed, &packed_size, in, size, LEVEL) != Z_OK ||
            uncompress(out, &out_size, packed, packed_size) != Z_OK || out_size != size ||
            memcmp(in, out, size) != 0)
            return 1;
        printf("result gzip %lu %08lx\n", (unsigned long)packed_size,
               crc32(0, packed, (uInt)packed_size));
    }
    return bench_end("gzip");
}
