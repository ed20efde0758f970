/* The pipeline's models: which names are known, and what is said of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "pipeline/models.h"

static char last_line[256];

static void keep_line(void *ctx, enum log_level level, const char *line)
{
    (void)ctx;
    assert_int_equal(level, LOG_ERROR);
    strncpy(last_line, line, sizeof last_line - 1);
}

static void test_none_is_the_only_model(void **state)
{
    (void)state;
    assert_int_equal(pipeline_model_check("none"), STATUS_OK);
}

static void test_later_models_are_refused_by_name(void **state)
{
    static const char *const later[] = {"power7", "power8", "auto"};
    (void)state;
    log_set_sink(keep_line, NULL);
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        last_line[0] = '\0';
        assert_int_equal(pipeline_model_check(later[i]), STATUS_NOT_BUILT);
        assert_non_null(strstr(last_line, later[i]));
        assert_non_null(strstr(last_line, "--model"));
    }
    assert_int_equal(pipeline_model_check("cortex"), STATUS_UNKNOWN);
    assert_non_null(strstr(last_line, "cortex"));
    assert_int_equal(pipeline_model_check(""), STATUS_UNKNOWN);
    log_set_sink(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_is_the_only_model),
        cmocka_unit_test(test_later_models_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
