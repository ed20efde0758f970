/*
 * Makes tests/data/vmx_golden.txt: runs every case of tests/unit/vector_cases.h on a POWER8 (or on
 * an emulator of one) and prints what became of VRT, CR6 and VSCR[SAT].
 *
 *   powerpc64le-linux-gnu-gcc -O1 -static -mcpu=power8 -I. tests/data/vmx_golden.c -o vmx_golden
 *   qemu-ppc64le -cpu power8 ./vmx_golden > tests/data/vmx_golden.txt
 *
 * The file was made by QEMU 7.2.22; test_vmx.c says what of it is masked.
 * A line holds VRT as hexadecimal digits from left to right, CR6, SAT.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../unit/vector_cases.h"

struct frame {
    union vector_bits v[4], vscr;
} __attribute__((aligned(16)));

static uint64_t call(const uint32_t *code, struct frame *f)
{
    uint64_t cr = (uint64_t)CASE_CR6 << 4;
    uint64_t at = (uint64_t)f;
    __asm__ volatile("mtctr %[code]\n\t"
                     "mtcrf 2,%[cr]\n\t"
                     "li 9,64\n\t"
                     "lvx 0,%[at],9\n\t"
                     "mtvscr 0\n\t"
                     "li 9,0\n\tlvx 2,%[at],9\n\t"
                     "li 9,16\n\tlvx 3,%[at],9\n\t"
                     "li 9,32\n\tlvx 4,%[at],9\n\t"
                     "li 9,48\n\tlvx 5,%[at],9\n\t"
                     "bctrl\n\t"
                     "stvx 2,0,%[at]\n\t"
                     "mfvscr 0\n\t"
                     "li 9,64\n\t"
                     "stvx 0,%[at],9\n\t"
                     "mfcr %[cr]\n\t"
                     : [cr] "+b"(cr)
                     : [code] "b"(code), [at] "b"(at)
                     : "memory", "ctr", "lr", "r9", "cr6", "v0", "v2", "v3", "v4", "v5");
    return cr >> 4 & 15;
}

int main(void)
{
    uint32_t *code =
        mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED)
        return 1;
    for (unsigned r = 0; r < VECTOR_ROWS; r++) {
        const unsigned cases = vector_row_cases(&vector_rows[r]);
        if (cases)
            printf("%s\n", vector_rows[r].mnemonic);
        for (unsigned i = 0; i < cases; i++, code += 2) {
            const struct vector_case t = vector_case_make(&vector_rows[r], i);
            struct frame f = {.v = {t.vrt, t.vra, t.vrb, t.vrc}, .vscr.w[0] = t.nj};
            code[0] = t.word;
            code[1] = 0x4e800020; /* blr */
            __builtin___clear_cache((char *)code, (char *)(code + 2));
            const uint64_t cr6 = call(code, &f);
            printf("%016llx%016llx %x %x\n", (unsigned long long)f.v[0].d[1],
                   (unsigned long long)f.v[0].d[0], (unsigned)cr6, f.vscr.w[0] & 1);
        }
    }
    return 0;
}
