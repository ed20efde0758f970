/*
 * Makes fixed_golden.txt: runs each word of the standard input ("WORD KIND IS_WORD FLAGS NAME") on
 * the operands of fixed_cases.h and prints the same line with a hash of the results. For a POWER8,
 * real or emulated:
 *
 *   powerpc64le-linux-gnu-gcc -O1 -static -mcpu=power8 tests/data/fixed_golden.c
 *   build/release/bin/fixed_words | sort -u | qemu-ppc64le -cpu power8 ./a.out
 * >tests/data/fixed_golden.txt
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../unit/fixed_cases.h"

/* Runs the word in `code` between loading and storing the registers of *c. */
static void run(const void *code, struct fixed_case *c)
{
    register struct fixed_case *p __asm__("r14") = c;
    register const void *entry __asm__("r15") = code;
    __asm__ volatile("mflr 16\n mtctr 15\n"
                     "lwz 17,24(14)\n mtcr 17\n lwz 17,28(14)\n mtxer 17\n"
                     "ld 3,0(14)\n ld 4,8(14)\n ld 5,16(14)\n"
                     "bctrl\n"
                     "std 3,0(14)\n std 4,8(14)\n std 5,16(14)\n"
                     "mfcr 17\n stw 17,24(14)\n mfxer 17\n stw 17,28(14)\n mtlr 16\n"
                     : "+r"(p), "+r"(entry)
                     :
                     : "r0", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "r16",
                       "r17", "ctr", "xer", "cr0", "cr1", "cr2", "cr3", "cr4", "cr5", "cr6", "cr7",
                       "memory", "lr");
}

int main(void)
{
    uint32_t *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned word, kind, is_word, flags;
    char name[32];
    while (scanf("%x %u %u %u %31s", &word, &kind, &is_word, &flags, name) == 5) {
        uint64_t hash = 0;
        code[0] = word;
        code[1] = 0x4e800020; /* blr */
        __builtin___clear_cache((char *)code, (char *)(code + 2));
        for (unsigned i = 0; i < FIXED_CASES; i++) {
            struct fixed_case c = fixed_case(i, (enum fixed_kind)kind, (int)is_word);
            run(code, &c);
            hash = fixed_result(hash, &c, flags);
        }
        printf("%08x %u %u %u %-10s %016llx\n", word, kind, is_word, flags, name,
               (unsigned long long)hash);
    }
    return 0;
}
