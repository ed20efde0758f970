/*
 * The guest half of qemu_user.py: runs single instructions under a user-mode emulator. It reads
 * records of complete state from standard input and writes what became of it to standard output.
 *
 * Nothing of this program may be in the registers while the instruction runs, so it leaves the
 * instruction by a signal: the code window is full of traps. General registers come back in the
 * signal frame; everything that a frame may not hold is stored by the handler's own code, before
 * any compiled code runs.
 */
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define CODE_BASE   UINT64_C(0x10000000)
#define DATA_BASE   UINT64_C(0x20000000)
#define WINDOW_SIZE 0x10000u
#define STATE_BASE  UINT64_C(0x0FFE0000) /* struct area, known to the assembly by its address */
#define PAD_BASE    UINT64_C(0x0FFF0000) /* where enter_code is copied: in reach of the window */
#define PAD_SIZE    0x10000u
#define TRAP        0x7FE00008u
#define STACK_SIZE  0x10000u
#define MAX_CHUNKS  64

/* Registers of a record and of a result, as qemu_user.py lays them out. */
struct state {
    uint64_t gpr[32];
    uint64_t vsr[64][2];
    uint64_t cr, xer, lr, ctr, fpscr, vscr, vrsave, tar;
};

struct record {
    struct state state;
    uint64_t reserve_ea, reserve_length;
    uint64_t cia, word;
    uint64_t flags;
    uint64_t chunks; /* each: address, length, bytes to a multiple of 8 */
};

struct result {
    struct state state;
    uint64_t nip, signal, code, address;
    uint64_t granules; /* each: address, the doubleword */
};

#define FLAG_MEMORY 1 /* the instruction may store: look for changes */
#define FLAG_TAR    2 /* SPR 815 exists */

struct area {
    struct state in;
    struct state out;
    uint64_t host[24]; /* r1 r2 r13-r31 lr cr of run_code's caller */
    uint64_t signal, info, context;
    uint64_t reserve_ea, reserve_length, flags;
    uint64_t scratch[4];
};

#define OFFSET_OUT     1344
#define OFFSET_HOST    2688
#define OFFSET_SIGNAL  2880
#define OFFSET_RESERVE 2904
#define OFFSET_SCRATCH 2928

_Static_assert(sizeof(struct state) == OFFSET_OUT, "assembly offsets");
_Static_assert(__builtin_offsetof(struct area, host) == OFFSET_HOST, "assembly offsets");
_Static_assert(__builtin_offsetof(struct area, signal) == OFFSET_SIGNAL, "assembly offsets");
_Static_assert(__builtin_offsetof(struct area, reserve_ea) == OFFSET_RESERVE, "assembly offsets");
_Static_assert(__builtin_offsetof(struct area, scratch) == OFFSET_SCRATCH, "assembly offsets");

/* clang-format off */
__asm__(
    "    .machine power8\n"
    "    .text\n"
    "    .balign 16\n"
    "    .globl enter_code, enter_branch, enter_end, leave_code\n"
    "enter_code:\n"
    "    lis 3, 0x0FFE\n"
    "    std 1, 2688(3)\n"
    "    std 2, 2696(3)\n"
    "    .set n, 13\n"
    "    .rept 19\n"
    "    std n, 2704 + 8 * (n - 13)(3)\n"
    "    .set n, n + 1\n"
    "    .endr\n"
    "    mflr 0\n"
    "    std 0, 2856(3)\n"
    "    mfcr 0\n"
    "    std 0, 2864(3)\n"
    /* The reservation: none is made by a store that ends one. */
    "    addi 5, 3, 2928\n"
    "    ldarx 6, 0, 5\n"
    "    stdcx. 6, 0, 5\n"
    "    ld 5, 2904(3)\n"
    "    ld 6, 2912(3)\n"
    "    cmpdi 6, 1\n"
    "    bne 1f\n"
    "    lbarx 7, 0, 5\n"
    "1:  cmpdi 6, 2\n"
    "    bne 1f\n"
    "    lharx 7, 0, 5\n"
    "1:  cmpdi 6, 4\n"
    "    bne 1f\n"
    "    lwarx 7, 0, 5\n"
    "1:  cmpdi 6, 8\n"
    "    bne 1f\n"
    "    ldarx 7, 0, 5\n"
    "1:  cmpdi 6, 16\n"
    "    bne 1f\n"
    "    lqarx 8, 0, 5\n"
    "1:  lfd 0, 1312(3)\n"
    "    mtfsf 255, 0, 1, 0\n"
    "    li 5, 1312\n" /* VSCR is the last word of this pair */
    "    lxvd2x 32, 3, 5\n"
    "    mtvscr 0\n"
    "    .set n, 0\n"
    "    .rept 64\n"
    "    li 5, 256 + 16 * n\n"
    "    lxvd2x n, 3, 5\n"
    "    .set n, n + 1\n"
    "    .endr\n"
    "    ld 5, 2920(3)\n"
    "    andi. 5, 5, 2\n"
    "    beq 1f\n"
    "    ld 0, 1336(3)\n"
    "    mtspr 815, 0\n"
    "1:  ld 0, 1280(3)\n"
    "    mtcrf 255, 0\n"
    "    ld 0, 1288(3)\n"
    "    mtxer 0\n"
    "    ld 0, 1296(3)\n"
    "    mtlr 0\n"
    "    ld 0, 1304(3)\n"
    "    mtctr 0\n"
    "    ld 0, 1328(3)\n"
    "    mtspr 256, 0\n"
    "    ld 0, 0(3)\n"
    "    ld 1, 8(3)\n"
    "    ld 2, 16(3)\n"
    "    .set n, 4\n"
    "    .rept 28\n"
    "    ld n, 8 * n(3)\n"
    "    .set n, n + 1\n"
    "    .endr\n"
    "    ld 3, 24(3)\n"
    "enter_branch:\n"
    "    b .\n"
    "enter_end:\n"
    "    .balign 16\n"
    /* The handler: (signal, info, context) in r3, r4, r5. */
    "leave_code:\n"
    "    lis 6, 0x0FFE\n"
    "    addi 7, 6, 1344\n"
    "    .set n, 0\n"
    "    .rept 64\n"
    "    li 8, 256 + 16 * n\n"
    "    stxvd2x n, 7, 8\n"
    "    .set n, n + 1\n"
    "    .endr\n"
    "    mfvscr 0\n"
    "    addi 9, 6, 2928\n"
    "    stxvd2x 32, 0, 9\n"
    "    ld 9, 2936(6)\n"
    "    std 9, 1320(7)\n"
    "    mfspr 9, 256\n"
    "    std 9, 1328(7)\n"
    "    ld 9, 2920(6)\n"
    "    andi. 9, 9, 2\n"
    "    beq 1f\n"
    "    mfspr 9, 815\n"
    "    std 9, 1336(7)\n"
    "1:  std 3, 2880(6)\n"
    "    std 4, 2888(6)\n"
    "    std 5, 2896(6)\n"
    "    ld 1, 2688(6)\n"
    "    ld 2, 2696(6)\n"
    "    .set n, 13\n"
    "    .rept 19\n"
    "    ld n, 2704 + 8 * (n - 13)(6)\n"
    "    .set n, n + 1\n"
    "    .endr\n"
    "    ld 0, 2856(6)\n"
    "    mtlr 0\n"
    "    ld 0, 2864(6)\n"
    "    mtcrf 255, 0\n"
    "    blr\n"
);
/* clang-format on */

extern const char enter_code[], enter_branch[], enter_end[], leave_code[];

#define AREA ((volatile struct area *)STATE_BASE)

static uint8_t base_memory[WINDOW_SIZE], before[WINDOW_SIZE];
static uint8_t alternate_stack[STACK_SIZE] __attribute__((aligned(16)));

/* A function pointer to `address`: in ELFv1 that is a descriptor. */
struct descriptor {
    uint64_t entry, toc, environment;
};

static struct descriptor enter_descriptor, leave_descriptor;

static void *callable(struct descriptor *descriptor, uint64_t address)
{
#if defined(_CALL_ELF) && _CALL_ELF == 2
    (void)descriptor;
    return (void *)(uintptr_t)address;
#else
    descriptor->entry = address;
    return descriptor;
#endif
}

/* The address of assembly, whose symbols are no functions. */
static uint64_t address_of(const char *symbol)
{
    return (uint64_t)(uintptr_t)symbol;
}

static void flush_line(uint64_t address)
{
    __asm__ volatile("dcbst 0, %0\n sync\n icbi 0, %0\n isync" : : "r"(address) : "memory");
}

static void put_word(uint64_t address, uint32_t word)
{
    *(volatile uint32_t *)(uintptr_t)address = word;
    flush_line(address);
}

static int read_all(void *data, size_t size)
{
    uint8_t *to = data;
    while (size) {
        ssize_t n = read(0, to, size);
        if (n <= 0)
            return 0;
        to += n;
        size -= (size_t)n;
    }
    return 1;
}

static void write_all(const void *data, size_t size)
{
    const uint8_t *from = data;
    while (size) {
        ssize_t n = write(1, from, size);
        if (n <= 0)
            _exit(3);
        from += n;
        size -= (size_t)n;
    }
}

static void map(uint64_t address, size_t size)
{
    void *at = mmap((void *)(uintptr_t)address, size, PROT_READ | PROT_WRITE | PROT_EXEC,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (at != (void *)(uintptr_t)address)
        _exit(4);
}

static void catch_signals(void)
{
    static const int caught[] = {SIGILL, SIGTRAP, SIGFPE, SIGBUS, SIGSEGV};
    stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof(alternate_stack)};
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    void *handler = callable(&leave_descriptor, address_of(leave_code));
    memcpy(&action.sa_sigaction, &handler, sizeof(handler));
    if (sigaltstack(&stack, NULL))
        _exit(5);
    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
        if (sigaction(caught[i], &action, NULL))
            _exit(5);
}

static void prepare(void)
{
    map(STATE_BASE, WINDOW_SIZE);
    map(PAD_BASE, PAD_SIZE);
    map(CODE_BASE, WINDOW_SIZE);
    map(DATA_BASE, WINDOW_SIZE);
    memcpy((void *)(uintptr_t)PAD_BASE, enter_code,
           (size_t)(address_of(enter_end) - address_of(enter_code)));
    for (uint32_t at = 0; at < PAD_SIZE; at += 128)
        flush_line(PAD_BASE + at);
    for (uint32_t at = 0; at < WINDOW_SIZE; at += 4)
        put_word(CODE_BASE + at, TRAP);
    catch_signals();
}

/* Reads the chunks of a record into the data window. */
static int read_chunks(uint64_t count)
{
    if (count > MAX_CHUNKS)
        return 0;
    while (count--) {
        uint64_t head[2];
        if (!read_all(head, sizeof(head)))
            return 0;
        uint64_t padded = (head[1] + 7) & ~UINT64_C(7);
        if (head[0] < DATA_BASE || padded > WINDOW_SIZE || head[0] - DATA_BASE > WINDOW_SIZE - 8)
            return 0;
        static uint8_t data[WINDOW_SIZE];
        if (!read_all(data, padded))
            return 0;
        uint64_t room = WINDOW_SIZE - (head[0] - DATA_BASE);
        memcpy((void *)(uintptr_t)head[0], data, head[1] < room ? head[1] : room);
    }
    return 1;
}

/* Writes the doublewords of the window that differ from `before`. */
static uint64_t changes(uint64_t (*out)[2], uint64_t limit)
{
    const uint64_t *now = (const uint64_t *)(uintptr_t)DATA_BASE;
    const uint64_t *then = (const uint64_t *)before;
    uint64_t n = 0;
    for (uint64_t i = 0; i < WINDOW_SIZE / 8 && n < limit; i++) {
        if (now[i] != then[i]) {
            out[n][0] = DATA_BASE + 8 * i;
            out[n++][1] = now[i];
        }
    }
    return n;
}

/* The branch at the end of enter_code leads to `target`. */
static void aim(uint64_t target)
{
    uint64_t at = PAD_BASE + (address_of(enter_branch) - address_of(enter_code));
    uint32_t word = 0x48000000u | ((uint32_t)(target - at) & 0x03FFFFFCu);
    if (*(volatile uint32_t *)(uintptr_t)at != word)
        put_word(at, word);
}

static void run(const struct record *record)
{
    void *code = callable(&enter_descriptor, PAD_BASE);
    void (*enter)(void);
    memcpy(&enter, &code, sizeof(code));
    memcpy((void *)(uintptr_t)STATE_BASE, &record->state, sizeof(record->state));
    AREA->reserve_ea = record->reserve_ea;
    AREA->reserve_length = record->reserve_length;
    AREA->flags = record->flags;
    aim(record->cia);
    put_word(record->cia, (uint32_t)record->word);
    enter();
    put_word(record->cia, TRAP);
}

/* Registers of the signal frame into the result. */
static void collect(struct result *result)
{
    const siginfo_t *info = (const siginfo_t *)(uintptr_t)AREA->info;
    const ucontext_t *context = (const ucontext_t *)(uintptr_t)AREA->context;
    const unsigned long *regs = context->uc_mcontext.gp_regs;
    memcpy(&result->state, (const void *)(uintptr_t)(STATE_BASE + OFFSET_OUT),
           sizeof(result->state));
    for (int i = 0; i < 32; i++)
        result->state.gpr[i] = regs[i];
    result->nip = regs[32];
    result->state.ctr = regs[35];
    result->state.lr = regs[36];
    result->state.xer = regs[37];
    result->state.cr = regs[38] & 0xFFFFFFFFu;
    /* Handlers start with FPSCR cleared. */
    memcpy(&result->state.fpscr, &context->uc_mcontext.fp_regs[32], sizeof(uint64_t));
    result->signal = AREA->signal;
    result->code = (uint64_t)(int64_t)info->si_code;
    result->address = (uint64_t)(uintptr_t)info->si_addr;
}

int main(void)
{
    static struct record record;
    static struct {
        struct result result;
        uint64_t granules[WINDOW_SIZE / 8][2];
    } answer;

    prepare();
    if (!read_all(base_memory, sizeof(base_memory)))
        return 2;
    memcpy((void *)(uintptr_t)DATA_BASE, base_memory, sizeof(base_memory));
    while (read_all(&record, sizeof(record))) {
        if (record.cia - CODE_BASE >= WINDOW_SIZE - 4 || !read_chunks(record.chunks))
            return 2;
        if (record.flags & FLAG_MEMORY)
            memcpy(before, (const void *)(uintptr_t)DATA_BASE, WINDOW_SIZE);
        run(&record);
        collect(&answer.result);
        answer.result.granules =
            record.flags & FLAG_MEMORY ? changes(answer.granules, WINDOW_SIZE / 8) : 0;
        if (record.flags & FLAG_MEMORY || record.chunks)
            memcpy((void *)(uintptr_t)DATA_BASE, base_memory, WINDOW_SIZE);
        write_all(&answer, sizeof(answer.result) + answer.result.granules * 16);
    }
    return 0;
}
