/* The first stack: argc, argv, environment, auxiliary vector, and what they point to. */
#include <elf.h>
#include <stdlib.h>

#include "user/kernel.h"

enum { STRINGS_MAX = 4096, BLOCK_MAX = 1 << 20, AUX_MAX = 32 };

enum { GAT_IGNOREPPC = 22, GAT_DCACHEBSIZE = 19, GAT_ICACHEBSIZE = 20, GAT_UCACHEBSIZE = 21 };
enum { GAT_BASE_PLATFORM = 24, GAT_RANDOM = 25, GAT_HWCAP2 = 26, GAT_MINSIGSTKSZ = 51 };

/* AT_HWCAP and AT_HWCAP2 of Linux on these processors, without transactional memory. */
enum hwcap {
    HWCAP_POWER7_8 =
        0xdc0065c2,             /* 64 32 altivec fpu mmu smt icache-snoop dfp 2.06 vsx perfmon le */
    HWCAP2_POWER8 = 0xbe000000, /* 2.07 dscr ebb isel tar vcrypto */
    HWCAP2_POWER7 = 0x28000000, /* dscr isel */
};

struct builder {
    struct user_kernel *kernel;
    uint64_t at; /* the stack grows down to here */
    bool failed;
};

static uint64_t push(struct builder *b, const void *bytes, size_t n)
{
    b->at -= n;
    b->failed |= !space_fill(&b->kernel->space, b->at, bytes, n);
    return b->at;
}

static uint64_t push_string(struct builder *b, const char *text)
{
    return push(b, text, strlen(text) + 1);
}

static size_t count(const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    return n;
}

/* Pushes the strings of a NULL-ended list; their addresses go to `out`. */
static void push_list(struct builder *b, const char *const *list, uint64_t *out)
{
    for (size_t i = count(list); i-- > 0;)
        out[i] = push_string(b, list[i]);
}

static const char *platform(const struct cpu_model *model)
{
    return model->level >= ISA_207 ? "power8" : "power7";
}

struct strings {
    uint64_t exe, platform, random;
};

static unsigned make_aux(struct user_kernel *kernel, const struct strings *strings,
                         uint64_t aux[][2])
{
    const struct user_program *const program = &kernel->program;
    const bool p8 = kernel->settings->model->level >= ISA_207;
    const uint64_t pairs[][2] = {
        {GAT_IGNOREPPC, GAT_IGNOREPPC},
        {GAT_IGNOREPPC, GAT_IGNOREPPC},
        {GAT_DCACHEBSIZE, 128},
        {GAT_ICACHEBSIZE, 128},
        {GAT_UCACHEBSIZE, 0},
        {GAT_MINSIGSTKSZ, 4096 + 128},
        {AT_HWCAP, HWCAP_POWER7_8},
        {AT_PAGESZ, USER_PAGE},
        {AT_CLKTCK, 100},
        {AT_PHDR, program->headers},
        {AT_PHENT, sizeof(Elf64_Phdr)},
        {AT_PHNUM, program->header_count},
        {AT_BASE, 0},
        {AT_FLAGS, 0},
        {AT_ENTRY, program->entry},
        {AT_UID, USER_UID},
        {AT_EUID, USER_UID},
        {AT_GID, USER_UID},
        {AT_EGID, USER_UID},
        {AT_SECURE, 0},
        {GAT_RANDOM, strings->random},
        {GAT_HWCAP2, p8 ? HWCAP2_POWER8 : HWCAP2_POWER7},
        {AT_EXECFN, strings->exe},
        {AT_PLATFORM, strings->platform},
        {GAT_BASE_PLATFORM, strings->platform},
        {AT_NULL, 0},
    };
    _Static_assert(ARRAY_SIZE(pairs) <= AUX_MAX, "room for the auxiliary vector");
    memcpy(aux, pairs, sizeof pairs);
    return ARRAY_SIZE(pairs);
}

static void push_vector(struct builder *b, const uint64_t *words, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        uint8_t bytes[8];
        guest_put64(b->kernel, bytes, words[i]);
        push(b, bytes, sizeof bytes);
    }
}

/* Bytes of the strings of a list, their 0s included. */
static size_t length(const char *const *list)
{
    size_t n = 0;
    for (; *list; list++)
        n += strlen(*list) + 1;
    return n;
}

static void build(struct builder *b, uint64_t *words, const char *path)
{
    struct user_kernel *const kernel = b->kernel;
    const char *const *const args = kernel->settings->args;
    const char *const *const env = kernel->settings->env;
    const size_t argc = count(args), envc = count(env);
    static const uint8_t zero[8];
    struct strings strings;
    uint64_t aux[AUX_MAX][2];
    uint8_t random[16];

    push(b, zero, sizeof zero);
    strings.exe = push_string(b, path);
    push_list(b, env, words + argc + 2);
    push_list(b, args, words + 1);
    strings.platform = push_string(b, platform(kernel->settings->model));
    b->at &= ~UINT64_C(15);
    kernel_random(kernel, random, sizeof random);
    strings.random = push(b, random, sizeof random);

    const unsigned aux_count = make_aux(kernel, &strings, aux);
    words[0] = argc;
    const size_t total = argc + envc + 3; /* argc, two NULLs */
    if ((total + 2 * aux_count) & 1)
        b->at -= 8;
    push_vector(b, &aux[0][0], 2 * (size_t)aux_count);
    push_vector(b, words, total);
}

enum sim_status kernel_start(struct user_kernel *kernel, const char *path)
{
    const struct user_settings *const settings = kernel->settings;
    const size_t strings = count(settings->args) + count(settings->env);
    const size_t bytes = length(settings->args) + length(settings->env) + strlen(path);
    const unsigned prot =
        SPACE_READ | SPACE_WRITE | (kernel->program.stack_executable ? SPACE_EXEC : 0);
    struct builder b = {.kernel = kernel, .at = USER_STACK_TOP};
    RETURN_IF(strings > STRINGS_MAX || bytes > BLOCK_MAX || bytes > settings->stack_size / 4,
              STATUS_RANGE, "%s: arguments and environment are too long", path);
    RETURN_IF(space_map(&kernel->space, USER_STACK_TOP - settings->stack_size, settings->stack_size,
                        prot, SPACE_READ | SPACE_WRITE | SPACE_EXEC) != SPACE_OK,
              STATUS_NO_FIT, "-m: too small for a stack of %llu bytes",
              (unsigned long long)settings->stack_size);
    uint64_t *const words = calloc(strings + 3, sizeof *words);
    RETURN_IF(!words, STATUS_NO_MEMORY, "no memory for a process");
    build(&b, words, path);
    free(words);
    RETURN_IF(b.failed, STATUS_NO_FIT, "-m: too small for the program's first stack");
    kernel->cpu->gpr[1] = b.at;
    return STATUS_OK;
}
