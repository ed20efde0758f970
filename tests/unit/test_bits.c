/* sim/base/bits.h: IBM bit numbering, byte order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"

static void test_ppc_bits(void **state)
{
    (void)state;
    assert_true(PPC_BIT(0) == UINT64_C(0x8000000000000000));
    assert_true(PPC_BIT(63) == 1);
    assert_true(PPC_BIT32(0) == 0x80000000u);
    assert_true(PPC_BIT32(31) == 1);
    assert_true(PPC_BITMASK(0, 63) == ~UINT64_C(0));
    assert_true(PPC_BITMASK(0, 0) == PPC_BIT(0));
    assert_true(PPC_BITMASK(63, 63) == 1);
    assert_true(PPC_BITMASK(33, 36) == UINT64_C(0x78000000));
    assert_true(PPC_BITMASK(42, 47) == UINT64_C(0x003f0000));
}

static void test_bits32(void **state)
{
    (void)state;
    /* addi r3,r1,-32: PO 14, RT 3, RA 1 */
    const uint32_t word = 0x3861ffe0;
    assert_int_equal(bits32(word, 0, 6), 14);
    assert_int_equal(bits32(word, 6, 5), 3);
    assert_int_equal(bits32(word, 11, 5), 1);
    assert_int_equal(bits32(word, 16, 16), 0xffe0);
    assert_int_equal(bits32(word, 31, 1), 0);
    assert_int_equal(bits32(0x80000001, 0, 1), 1);
    assert_true(bits32(0xdeadbeef, 0, 32) == 0xdeadbeef);
}

static void test_sext64(void **state)
{
    (void)state;
    assert_true(sext64(0x8000, 16) == -0x8000);
    assert_true(sext64(0x7fff, 16) == 0x7fff);
    assert_true(sext64(0xabcd7fff, 16) == 0x7fff);
    assert_true(sext64(1, 1) == -1);
    assert_true(sext64(UINT64_C(1) << 63, 64) == INT64_MIN);
    assert_true(sext64(UINT64_C(0x2000000), 26) == -0x2000000);
}

static void test_rotates(void **state)
{
    (void)state;
    assert_true(rotl64(UINT64_C(0x8000000000000001), 1) == 3);
    assert_true(rotl64(5, 0) == 5);
    assert_true(rotl64(5, 64) == 5);
    assert_true(rotl64(1, 63) == PPC_BIT(0));
    assert_true(rotl32(0x80000001, 1) == 3);
    assert_true(rotl32(5, 0) == 5);
    assert_true(rotl32(5, 32) == 5);
    assert_true(rotl32(1, 31) == 0x80000000u);
}

/* Every helper at an odd address: none may assume alignment. */
static void test_byte_order(void **state)
{
    uint8_t raw[16];
    uint8_t *p = raw + 1;
    (void)state;
    for (unsigned i = 0; i < sizeof raw; i++)
        raw[i] = (uint8_t)(0x10 + i);
    assert_int_equal(load_be16(p), 0x1112);
    assert_int_equal(load_le16(p), 0x1211);
    assert_true(load_be32(p) == 0x11121314);
    assert_true(load_le32(p) == 0x14131211);
    assert_true(load_be64(p) == UINT64_C(0x1112131415161718));
    assert_true(load_le64(p) == UINT64_C(0x1817161514131211));

    store_be16(p, 0xa1a2);
    assert_int_equal(p[0], 0xa1);
    assert_int_equal(p[1], 0xa2);
    assert_int_equal(p[2], 0x13);
    store_be32(p, 0xb1b2b3b4);
    assert_int_equal(p[0], 0xb1);
    assert_int_equal(p[3], 0xb4);
    assert_int_equal(p[4], 0x15);
    store_be64(p, UINT64_C(0xc1c2c3c4c5c6c7c8));
    assert_int_equal(p[0], 0xc1);
    assert_int_equal(p[7], 0xc8);
    assert_int_equal(p[8], 0x19);
    assert_int_equal(raw[0], 0x10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ppc_bits),   cmocka_unit_test(test_bits32),
        cmocka_unit_test(test_sext64),     cmocka_unit_test(test_rotates),
        cmocka_unit_test(test_byte_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
