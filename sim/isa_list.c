#include "isa_list.h"

#include <string.h>

#include "analysis/json_out.h"
#include "isa/cpu.h"
#include "isa/insn.h"
#include "isa/row_text.h"

static void add_json(void *ctx, const char *text)
{
    json_text(ctx, NULL, text);
}

static void put_json(struct json_out *json, const struct isa_row *row)
{
    char text[64];
    json_open(json, NULL, '{');
    json_text(json, "mnemonic", row->mnemonic);
    json_open(json, "variants", '[');
    row_each_variant(row, add_json, json);
    json_close(json, ']');
    row_form(row, text, sizeof text);
    json_text(json, "form", text);
    snprintf(text, sizeof text, "0x%08x", row->value);
    json_text(json, "value", text);
    snprintf(text, sizeof text, "0x%08x", row->mask);
    json_text(json, "mask", text);
    json_text(json, "category", isa_categories[row->category].name);
    json_text(json, "privilege", row_privilege(row));
    json_text(json, "isa", row_since(row));
    json_text(json, "unit", isa_units[row->unit].class_name);
    row_operands(row, text, sizeof text);
    json_text(json, "operands", text);
    json_open(json, "reads", '[');
    row_each_read(row, add_json, json);
    json_close(json, ']');
    json_open(json, "writes", '[');
    row_each_write(row, add_json, json);
    json_close(json, ']');
    json_close(json, '}');
}

/* Joins names by blanks; ctx is a buffer that is large enough for every row, or cuts. */
struct joined {
    char text[128];
};

static void add_joined(void *ctx, const char *text)
{
    struct joined *const j = ctx;
    const size_t used = strlen(j->text);
    snprintf(j->text + used, sizeof j->text - used, "%s%s", used ? " " : "", text);
}

static void put_line(const struct isa_row *row, FILE *out)
{
    struct joined variants = {""}, reads = {""}, writes = {""};
    char form[16], operands[64];
    row_each_variant(row, add_joined, &variants);
    row_each_read(row, add_joined, &reads);
    row_each_write(row, add_joined, &writes);
    row_form(row, form, sizeof form);
    row_operands(row, operands, sizeof operands);
    fprintf(out, "%-30s %-4s 0x%08x 0x%08x %-16s %-10s %-7s %-15s %-18s %s -> %s\n", variants.text,
            form, row->value, row->mask, isa_categories[row->category].name, row_privilege(row),
            row_since(row), isa_units[row->unit].class_name, operands, reads.text, writes.text);
}

void isa_list(const struct cpu_model *model, bool json, FILE *out)
{
    struct json_out j;
    if (json) {
        json_begin(&j, out);
        json_open(&j, NULL, '{');
        json_text(&j, "cpu", model ? model->name : "all");
        json_open(&j, "instructions", '[');
    } else {
        fprintf(out, "%-30s %-4s %-10s %-10s %-16s %-10s %-7s %-15s %-18s %s\n", "instructions",
                "form", "value", "mask", "category", "privilege", "level", "unit", "operands",
                "reads -> writes");
    }
    for (unsigned i = 1; i < ISA_ROW_COUNT; i++) {
        const struct isa_row *const row = &isa_rows[i];
        if (model && !isa_row_exists(row, model->level))
            continue;
        if (json)
            put_json(&j, row);
        else
            put_line(row, out);
    }
    if (json) {
        json_close(&j, ']');
        json_close(&j, '}');
    }
}
