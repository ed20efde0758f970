/* isa/cpus.def and the decoder's view of what each CPU lacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "isa/cpu.h"
#include "isa/engine.h"
#include "isa/insn.h"

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *name, *versioned;
        uint32_t pvr;
        enum isa_level level;
    } expected[] = {
        {"POWER7", "power7_v2.3", 0x003f0203, ISA_206},
        {"power7+", "POWER7+_v2.1", 0x004a0201, ISA_206},
        {"power8e", "power8e_v2.1", 0x004b0201, ISA_207},
        {"Power8NVL", "power8nvl_V1.0", 0x004c0100, ISA_207},
        {"POWER8", "power8_v2.0", 0x004d0200, ISA_207},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct cpu_model *const model = cpu_model_find(expected[i].name);
        assert_non_null(model);
        assert_ptr_equal(model, cpu_model_find(expected[i].versioned));
        assert_int_equal(model->pvr, expected[i].pvr);
        assert_int_equal(model->level, expected[i].level);
    }
    assert_null(cpu_model_find("POWER"));
    assert_null(cpu_model_find("power8_v2.1"));
    assert_null(cpu_model_find(""));
}

/* Every row: an instruction where the level has it, else no instruction at all. */
static void test_levels(void **state)
{
    (void)state;
    unsigned only_207 = 0;
    for (unsigned row = 1; row < ISA_ROW_COUNT; row++) {
        struct insn any, on_206, on_207;
        isa_decode(isa_rows[row].value, &any);
        isa_decode_for(ISA_206, 0, isa_rows[row].value, &on_206);
        isa_decode_for(ISA_207, 0, isa_rows[row].value, &on_207);
        assert_int_equal(OP_ROW(any.op), row);
        const bool p8 = isa_rows[row].since == SINCE_V207;
        assert_int_equal(on_206.op, p8 ? OP_ILLEGAL : any.op);
        assert_int_equal(on_207.op, any.op);
        assert_int_equal(on_206.word, isa_rows[row].value);
        only_207 += p8;
    }
    assert_true(only_207 > 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_levels),
    };
    isa_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
