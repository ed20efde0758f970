/*
 * System calls: each record of the input is a number and six arguments, which may be small numbers,
 * addresses in the program's memory, or anything. The rest of the input lies in that memory.
 */
#include <stdlib.h>

#include "fuzz_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD = 2 + 6 * 9, CALLS_MAX = 64 };

/* A program whose one segment holds `branch to itself`, and its data. */
static size_t make_program(uint8_t *out, const uint8_t *data, size_t size)
{
    enum { HEADERS = 64 + 56, ROOM = 4096 };
    memset(out, 0, ROOM);
    memcpy(out, "\177ELF\2\1\1", 7);
    out[16] = 2;                       /* ET_EXEC */
    out[18] = 21;                      /* EM_PPC64 */
    out[24] = HEADERS, out[26] = 0x10; /* entry 0x100078 */
    out[32] = 64;
    out[48] = 2; /* ELFv2 */
    out[54] = 56;
    out[56] = 1;
    out[64] = 1, out[68] = 7; /* PT_LOAD, rwx */
    out[82] = out[90] = 0x10; /* address 0x100000 */
    out[97] = ROOM >> 8;      /* in the file */
    out[106] = 2;             /* 128 KiB in memory */
    memcpy(out + HEADERS, "\0\0\0\x48", 4);
    memcpy(out + 1024, data, size < ROOM - 1024 ? size : ROOM - 1024);
    return ROOM;
}

/* One argument from nine bytes: how to take the other eight. */
static uint64_t argument(const uint8_t *at)
{
    const uint64_t v = load_le64(at + 1);
    switch (at[0] & 7) {
    case 0:
        return v & 0xff;
    case 1:
        return 0x100400 + (v & 0xbff); /* the data */
    case 2:
        return 0x101000 + (v & 0x1fffff); /* behind it: there, then not there */
    case 3:
        return (v & 0xff) << 16;
    case 4:
        return SPACE_LIMIT - (v & 0xfffff);
    case 5:
        return (uint64_t) - (int64_t)(v & 0xff);
    case 6:
        return v & 0xffffffff;
    default:
        return v;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const args[] = {"fuzz", NULL};
    static uint8_t program[4096];
    struct fuzz_user user;
    const size_t length = make_program(program, data, size);
    if (!fuzz_user_start(&user, args, program, length))
        abort();
    struct cpu *const cpu = user.kernel->cpu;
    for (unsigned i = 0; i < CALLS_MAX && size >= RECORD && !user.kernel->ended; i++) {
        cpu->gpr[0] = load_le16(data) % 460;
        for (unsigned a = 0; a < 6; a++)
            cpu->gpr[3 + a] = argument(data + 2 + 9 * a);
        data += RECORD;
        size -= RECORD;
        kernel_system_call(user.kernel);
        if (!user.kernel->ended)
            signal_deliver(user.kernel);
        user.kernel->wait = WAIT_NOTHING;
        if (!user.kernel->ended)
            fuzz_user_run(&user, 100);
    }
    fuzz_user_end(&user);
    return 0;
}
