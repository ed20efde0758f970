#include "isa/missing.h"

#include "base/log.h"
#include "isa/cpu.h"
#include "isa/insn.h"

size_t isa_missing_list(const struct cpu *cpu, const struct isa_missing **out)
{
    *out = cpu->missing->entries;
    return cpu->missing->count;
}

void isa_missing_note(struct cpu *cpu, uint32_t word, uint16_t row)
{
    struct isa_missing_list *list = cpu->missing;
    for (size_t i = 0; i < list->count; i++) {
        struct isa_missing *m = &list->entries[i];
        if (m->row == row && (row != ROW_INVALID || m->word == word)) {
            m->count++;
            return;
        }
    }
    if (list->count == ISA_MISSING_MAX)
        return;
    list->entries[list->count++] = (struct isa_missing){
        .word = word, .row = row, .cia = cpu->cia, .icount = cpu_icount(cpu), .count = 1};
    if (row != ROW_INVALID && isa_row_exists(&isa_rows[row], cpu->model->level))
        log_info("illegal instruction 0x%08x at 0x%llx: the compatibility mode hides %s", word,
                 (unsigned long long)cpu->cia, isa_rows[row].mnemonic);
    else if (row != ROW_INVALID)
        log_info("illegal instruction 0x%08x at 0x%llx: %s has no %s", word,
                 (unsigned long long)cpu->cia, cpu->model->name, isa_rows[row].mnemonic);
    else
        log_info("illegal instruction 0x%08x at 0x%llx", word, (unsigned long long)cpu->cia);
}
