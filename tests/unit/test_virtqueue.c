/* Split virtqueues: what a driver may do, and what a hostile one cannot. */
#include "virtio_fixture.h"

enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };
#define F_INDIRECT (UINT64_C(1) << VIRTIO_F_INDIRECT_DESC)
#define F_EVENT    (UINT64_C(1) << VIRTIO_F_EVENT_IDX)

static struct kind *start(struct fixture *f, uint64_t features)
{
    struct kind *k = kind_add(f, NULL, 0);
    modern_start(k, features);
    return k;
}

static uint16_t used(struct fixture *f)
{
    return load_le16(ram(f, VIRTIO_USED + 2));
}

static void test_chain(void **state)
{
    struct fixture *f = *state;
    struct kind *k = start(f, 0);
    set_desc(f, VIRTIO_RING, 5, VIRTIO_DATA, 16, NEXT, 1);
    set_desc(f, VIRTIO_RING, 1, VIRTIO_DATA + 0x100, 10, NEXT | WRITE, 7);
    set_desc(f, VIRTIO_RING, 7, VIRTIO_DATA + 0x200, 1, WRITE, 3);
    offer(f, 5);
    kick(k);
    assert_int_equal(k->taken, 1);
    assert_int_equal(k->virtio.chain.count, 3);
    assert_int_equal(k->virtio.chain.out_count, 1);
    assert_true(k->virtio.chain.out_size == 16 && k->virtio.chain.in_size == 11);
    /* Not used before its time. */
    pass(f, VIRTIO_DELAY - 1);
    assert_int_equal(used(f), 0);
    pass(f, 1);
    assert_int_equal(used(f), 1);
    assert_int_equal(load_le32(ram(f, VIRTIO_USED + 4)), 5);
    assert_int_equal(load_le32(ram(f, VIRTIO_USED + 8)), 11);
    assert_false(k->virtio.broken);

    /* Transfers go across descriptors, in any order. */
    uint8_t bytes[11];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(0x40 + i);
    assert_true(virtq_put(&k->virtio, 0, bytes, 11));
    assert_memory_equal(ram(f, VIRTIO_DATA + 0x100), bytes, 10);
    assert_int_equal(*ram(f, VIRTIO_DATA + 0x200), 0x4a);
    assert_true(virtq_put(&k->virtio, 10, "z", 1));
    assert_true(virtq_put(&k->virtio, 3, "y", 1));
    assert_int_equal(*ram(f, VIRTIO_DATA + 0x103), 'y');
    assert_int_equal(*ram(f, VIRTIO_DATA + 0x200), 'z');
    memcpy(ram(f, VIRTIO_DATA), "0123456789abcdef", 16);
    assert_true(virtq_get(&k->virtio, 4, bytes, 3));
    assert_memory_equal(bytes, "456", 3);
    assert_false(virtq_get(&k->virtio, 15, bytes, 2));
    assert_false(virtq_put(&k->virtio, 11, bytes, 1));
}

static void test_wrap(void **state)
{
    struct fixture *f = *state;
    struct kind *k = start(f, 0);
    for (unsigned i = 0; i < 70000; i++) {
        set_desc(f, VIRTIO_RING, i % VIRTIO_ENTRIES, VIRTIO_DATA, 4, WRITE, 0);
        offer(f, (uint16_t)(i % VIRTIO_ENTRIES));
        kick(k);
        pass(f, VIRTIO_DELAY);
    }
    assert_int_equal(k->taken, 70000);
    assert_int_equal(used(f), (uint16_t)70000);
    assert_false(k->virtio.broken);
}

static void test_indirect(void **state)
{
    struct fixture *f = *state;
    struct kind *k = start(f, F_INDIRECT);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, NEXT, 1);
    set_desc(f, VIRTIO_RING, 1, VIRTIO_TABLE, 3 * 16, INDIRECT, 0);
    set_desc(f, VIRTIO_TABLE, 0, VIRTIO_DATA, 6, NEXT, 2);
    set_desc(f, VIRTIO_TABLE, 2, VIRTIO_DATA, 7, WRITE, 0);
    offer(f, 0);
    kick(k);
    assert_int_equal(k->taken, 1);
    assert_true(k->virtio.chain.out_size == 10 && k->virtio.chain.in_size == 7);
}

/* Each breaks one rule; the device stops, tells the driver, and works again after a reset. */
static void test_hostile(void **state)
{
    static const struct {
        const char *what;
        uint64_t addr, features;
        uint32_t len;
        uint16_t head, flags, next, index;
    } cases[] = {
        {"head outside", VIRTIO_DATA, 0, 4, VIRTIO_ENTRIES, 0, 0, 1},
        {"next outside", VIRTIO_DATA, 0, 4, 0, NEXT, VIRTIO_ENTRIES, 1},
        {"loop", VIRTIO_DATA, 0, 4, 0, NEXT, 0, 1},
        {"empty buffer", VIRTIO_DATA, 0, 0, 0, 0, 0, 1},
        {"index too far", VIRTIO_DATA, 0, 4, 0, 0, 0, VIRTIO_ENTRIES + 1},
        {"index back", VIRTIO_DATA, 0, 4, 0, 0, 0, UINT16_MAX},
        {"indirect, not accepted", VIRTIO_TABLE, 0, 16, 0, INDIRECT, 0, 1},
        {"indirect and next", VIRTIO_TABLE, F_INDIRECT, 16, 0, INDIRECT | NEXT, 1, 1},
        {"half a descriptor", VIRTIO_TABLE, F_INDIRECT, 24, 0, INDIRECT, 0, 1},
        {"empty table", VIRTIO_TABLE, F_INDIRECT, 0, 0, INDIRECT, 0, 1},
        {"table outside", FIXTURE_RAM - 8, F_INDIRECT, 16, 0, INDIRECT, 0, 1},
        {"table at the end", UINT64_MAX - 15, F_INDIRECT, 32, 0, INDIRECT, 0, 1},
        {"table of tables", VIRTIO_TABLE, F_INDIRECT, 16, 0, INDIRECT, 0, 1},
        {"huge table", VIRTIO_TABLE, F_INDIRECT, 0xfffffff0, 0, INDIRECT, 0, 1},
    };
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    /* A table whose first entry is a table itself. */
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        print_message("%s\n", cases[i].what);
        memset(ram(f, VIRTIO_RING), 0, 0x5000);
        set_desc(f, VIRTIO_TABLE, 0, VIRTIO_TABLE, 16, INDIRECT, 0);
        if (strcmp(cases[i].what, "huge table") == 0)
            set_desc(f, VIRTIO_TABLE, 0, VIRTIO_DATA, 4, NEXT, 0xffff); /* beyond RAM */
        modern_start(k, cases[i].features);
        set_desc(f, VIRTIO_RING, 0, cases[i].addr, cases[i].len, cases[i].flags, cases[i].next);
        store_le16(ram(f, VIRTIO_AVAIL + 4), cases[i].head);
        store_le16(ram(f, VIRTIO_AVAIL + 2), cases[i].index);
        kick(k);
        assert_true(k->virtio.broken);
        assert_int_equal(k->taken, 0);
        assert_true(modern_read(k, 20, 1) & VIRTIO_STATUS_NEEDS_RESET);
        kick(k);
        assert_int_equal(k->taken, 0);
    }
    memset(ram(f, VIRTIO_RING), 0, 0x5000);
    modern_start(k, 0);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, WRITE, 0);
    offer(f, 0);
    kick(k);
    assert_int_equal(k->taken, 1);
}

static void test_order_and_length(void **state)
{
    struct fixture *f = *state;
    struct kind *k = start(f, F_INDIRECT);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, NEXT | WRITE, 1);
    set_desc(f, VIRTIO_RING, 1, VIRTIO_DATA, 4, 0, 0);
    offer(f, 0);
    kick(k); /* what the device reads comes first */
    assert_true(k->virtio.broken);

    /* More buffers than a request may have. */
    memset(ram(f, VIRTIO_AVAIL), 0, 0x2000);
    modern_start(k, F_INDIRECT);
    for (unsigned i = 0; i <= VIRTQ_SEGMENTS_MAX; i++)
        set_desc(f, VIRTIO_TABLE, i, VIRTIO_DATA, 1, NEXT, (uint16_t)(i + 1));
    set_desc(f, VIRTIO_RING, 0, VIRTIO_TABLE, 16 * (VIRTQ_SEGMENTS_MAX + 2), INDIRECT, 0);
    offer(f, 0);
    kick(k);
    assert_true(k->virtio.broken);
    assert_int_equal(k->taken, 0);

    /* Just as many; lengths of 4 GiB in sum, of memory that is not there. */
    memset(ram(f, VIRTIO_AVAIL), 0, 0x2000);
    modern_start(k, F_INDIRECT);
    for (unsigned i = 0; i < VIRTQ_SEGMENTS_MAX; i++)
        set_desc(f, VIRTIO_TABLE, i, UINT64_MAX - i, UINT32_MAX,
                 i + 1 < VIRTQ_SEGMENTS_MAX ? NEXT : 0, (uint16_t)(i + 1));
    set_desc(f, VIRTIO_RING, 0, VIRTIO_TABLE, 16 * VIRTQ_SEGMENTS_MAX, INDIRECT, 0);
    offer(f, 0);
    kick(k);
    assert_int_equal(k->taken, 1);
    assert_true(k->virtio.chain.out_size == (uint64_t)VIRTQ_SEGMENTS_MAX * UINT32_MAX);
    uint8_t byte;
    assert_false(virtq_get(&k->virtio, 0, &byte, 1));
    assert_false(virtq_get(&k->virtio, (uint64_t)VIRTQ_SEGMENTS_MAX * UINT32_MAX - 1, &byte, 1));
}

/* More requests than the queue has entries: taken again and again while none is given back. */
static void test_in_flight(void **state)
{
    struct fixture *f = *state;
    struct kind *k = start(f, 0);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, WRITE, 0);
    for (unsigned i = 0; i < VIRTIO_ENTRIES; i++) {
        offer(f, 0);
        kick(k);
    }
    assert_int_equal(k->taken, VIRTIO_ENTRIES);
    assert_false(k->virtio.broken);
    offer(f, 0);
    kick(k);
    assert_int_equal(k->taken, VIRTIO_ENTRIES);
    assert_true(k->virtio.broken);
    pass(f, 10 * VIRTIO_DELAY);
    assert_int_equal(used(f), 0);
}

static void test_rings_outside(void **state)
{
    static const unsigned fields[] = {32, 40, 48};
    static const uint32_t bad[] = {FIXTURE_RAM - 2, FIXTURE_RAM, 0xfffff000};
    struct fixture *f = *state;
    struct kind *k = kind_add(f, NULL, 0);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(bad); j++) {
            memset(ram(f, VIRTIO_RING), 0, 0x5000);
            modern_start(k, 0);
            modern_write(k, fields[i], 4, bad[j]);
            modern_write(k, fields[i] + 4, 4, j == 2 ? UINT32_MAX : 0);
            set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, WRITE, 0);
            offer(f, 0);
            kick(k);
            pass(f, VIRTIO_DELAY);
            assert_true(k->virtio.broken);
            modern_write(k, fields[i] + 4, 4, 0);
        }
    }
}

/* Which completions interrupt: isr says. */
static bool interrupted(struct fixture *f, struct kind *k)
{
    offer(f, 0);
    kick(k);
    pass(f, VIRTIO_DELAY);
    return modern_read(k, 0x1000, 1) != 0;
}

static void test_suppression(void **state)
{
    struct fixture *f = *state;
    struct kind *k = start(f, 0);
    set_desc(f, VIRTIO_RING, 0, VIRTIO_DATA, 4, WRITE, 0);
    assert_true(interrupted(f, k));
    store_le16(ram(f, VIRTIO_AVAIL), 1);
    assert_false(interrupted(f, k));

    memset(ram(f, VIRTIO_AVAIL), 0, 0x2000);
    modern_start(k, F_EVENT);
    uint8_t *event = ram(f, VIRTIO_AVAIL + 4 + 2 * VIRTIO_ENTRIES);
    store_le16(event, 2);
    store_le16(ram(f, VIRTIO_AVAIL), 1); /* has no meaning then */
    assert_true(interrupted(f, k));      /* the first after a reset always */
    assert_false(interrupted(f, k));
    assert_true(interrupted(f, k));
    assert_false(interrupted(f, k));
    store_le16(event, 4);
    assert_true(interrupted(f, k));
    /* The device wants to hear of whatever comes next. */
    assert_int_equal(load_le16(ram(f, VIRTIO_USED + 4 + 8 * VIRTIO_ENTRIES)), 5);
}

static int fixture_teardown_pci(void **state)
{
    struct fixture *f = *state;
    pci_fini(f->p);
    return fixture_teardown(state);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown_pci)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_chain),         TEST(test_wrap),        TEST(test_indirect),
        TEST(test_hostile),       TEST(test_in_flight),   TEST(test_order_and_length),
        TEST(test_rings_outside), TEST(test_suppression),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
