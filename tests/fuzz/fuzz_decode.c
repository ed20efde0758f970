/* Decoder and disassembler: any word, at any address. Input: big-endian words. */
#include <assert.h>
#include <string.h>

#include "base/bits.h"
#include "isa/insn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_word(uint32_t word, uint64_t cia)
{
    struct insn insn;
    char text[128], name[32], tiny[4];
    const enum isa_row_id row = isa_lookup(word);
    assert(row < ISA_ROW_COUNT);
    isa_decode(word, &insn);
    assert(insn.word == word);
    isa_disassemble(word, cia, text, sizeof text);
    assert(memchr(text, '\0', sizeof text) && text[0]);
    isa_disassemble(word, cia, tiny, sizeof tiny);
    assert(memchr(tiny, '\0', sizeof tiny));
    if (row == ROW_INVALID) {
        assert(insn.op == OP_ILLEGAL);
        assert(strncmp(text, ".long", 5) == 0);
        return;
    }
    assert((word & isa_rows[row].mask) == isa_rows[row].value);
    if (insn.op == OP_MARKER)
        return;
    assert(OP_ROW(insn.op) == row);
    assert(isa_op_name(insn.op, name, sizeof name) > 0);
    assert(strncmp(text, name, strlen(name)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        isa_decode_init(); /* once: it costs more than most inputs */
    ready = true;
    for (size_t at = 0; at + 4 <= size; at += 4)
        try_word(load_be32(data + at), at);
    return 0;
}
