/* The address space of user-mode programs, held against a model of one byte a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa/msr.h"
#include "user/space.h"

#define BASE UINT64_C(0x100000)
enum { PAGES = 64, STEPS = 20000, RAM = 1 << 20 };
enum { ALL = SPACE_READ | SPACE_WRITE | SPACE_EXEC, UNMAPPED = 0xff };

struct fixture {
    struct isa_bus bus;
    struct space space;
};

static int make(void **state)
{
    struct fixture *const f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_int_equal(bus_init(&f->bus, RAM), STATUS_OK);
    assert_int_equal(space_init(&f->space, &f->bus), STATUS_OK);
    *state = f;
    return 0;
}

static int drop(void **state)
{
    struct fixture *const f = *state;
    space_fini(&f->space);
    bus_fini(&f->bus);
    free(f);
    return 0;
}

static uint64_t page_at(unsigned i)
{
    return BASE + i * SPACE_PAGE;
}

/* What a model page holds: its rights, and the byte that its first place was given. */
struct page {
    uint8_t prot, byte;
};

static void check_page(struct space *space, unsigned i, const struct page *page)
{
    const struct space_mapping *const m = space_find(space, page_at(i));
    uint8_t byte = 0;
    if (page->prot == UNMAPPED) {
        assert_null(m);
        assert_false(space_read(space, page_at(i), &byte, 1));
        return;
    }
    assert_non_null(m);
    assert_int_equal(m->prot, page->prot);
    assert_int_equal(space_read(space, page_at(i), &byte, 1), page->prot != 0);
    if (page->prot)
        assert_int_equal(byte, page->byte);
    byte = page->byte;
    assert_int_equal(space_write(space, page_at(i), &byte, 1), (page->prot & SPACE_WRITE) != 0);
}

static bool is_whole(const struct page *pages, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++)
        if (pages[i].prot == UNMAPPED)
            return false;
    return true;
}

static void step(struct space *space, struct page *pages)
{
    const unsigned first = (unsigned)rand() % PAGES, count = 1 + (unsigned)rand() % (PAGES - first);
    const uint64_t start = page_at(first), length = count * SPACE_PAGE;
    const uint8_t prot = (uint8_t)(rand() & ALL), byte = (uint8_t)rand();
    switch (rand() % 5) {
    case 0:
        assert_int_equal(space_map(space, start, length, prot, ALL), SPACE_OK);
        for (unsigned i = first; i < first + count; i++)
            pages[i] = (struct page){prot, 0};
        break;
    case 1:
        assert_int_equal(space_unmap(space, start, length), SPACE_OK);
        for (unsigned i = first; i < first + count; i++)
            pages[i].prot = UNMAPPED;
        break;
    case 2:
        assert_int_equal(space_protect(space, start, length, prot),
                         is_whole(pages, first, count) ? SPACE_OK : SPACE_NOT_MAPPED);
        for (unsigned i = first; i < first + count && pages[i].prot != UNMAPPED; i++)
            pages[i].prot = prot;
        break;
    case 3:
        assert_int_equal(space_write(space, start, &byte, 1),
                         pages[first].prot != UNMAPPED && (pages[first].prot & SPACE_WRITE));
        if (pages[first].prot != UNMAPPED && (pages[first].prot & SPACE_WRITE))
            pages[first].byte = byte;
        break;
    default:
        space_discard(space, start, length);
        for (unsigned i = first; i < first + count; i++)
            pages[i].byte = 0;
        break;
    }
    assert_int_equal(space_is_mapped(space, start, length), is_whole(pages, first, count));
}

static void test_model(void **state)
{
    struct fixture *const f = *state;
    struct page pages[PAGES];
    srand(1);
    for (unsigned i = 0; i < PAGES; i++)
        pages[i] = (struct page){UNMAPPED, 0};
    for (unsigned n = 0; n < STEPS; n++) {
        step(&f->space, pages);
        for (unsigned i = 0; i < PAGES; i++)
            check_page(&f->space, i, &pages[i]);
        assert_false(f->space.exhausted);
    }
}

static void test_faults(void **state)
{
    struct fixture *const f = *state;
    const struct mmu_source *const source = &f->space.source;
    struct mmu_page page;
    uint64_t cause;
    assert_int_equal(space_map(&f->space, BASE, SPACE_PAGE, SPACE_READ, ALL), SPACE_OK);
    assert_true(source->translate(source->ctx, BASE + 5, MMU_LOAD, &page, &cause));
    assert_int_equal(page.real % SPACE_PAGE, 5);
    assert_false(page.writable);
    assert_false(source->translate(source->ctx, BASE, MMU_STORE, &page, &cause));
    assert_int_equal(cause, DSISR_PROTECTION);
    assert_false(source->translate(source->ctx, BASE, MMU_FETCH, &page, &cause));
    assert_int_equal(cause, SRR1_ISI_NOEXEC);
    assert_false(source->translate(source->ctx, BASE + SPACE_PAGE, MMU_LOAD, &page, &cause));
    assert_int_equal(cause, DSISR_NO_HPTE);
    assert_false(source->translate(source->ctx, SPACE_LIMIT, MMU_LOAD, &page, &cause));
    assert_int_equal(cause, 0);
}

/* Memory ends, and is there again when it was given back, as zeros. */
static void test_bound(void **state)
{
    struct fixture *const f = *state;
    const uint8_t one = 1;
    uint8_t byte = 1;
    assert_int_equal(space_map(&f->space, BASE, 2 * RAM, SPACE_WRITE, ALL), SPACE_NO_MEMORY);
    assert_int_equal(space_map(&f->space, BASE, RAM, SPACE_WRITE, ALL), SPACE_OK);
    assert_int_equal(space_map(&f->space, BASE + RAM, SPACE_PAGE, SPACE_WRITE, ALL), SPACE_OK);
    for (uint64_t at = 0; at < RAM; at += SPACE_PAGE)
        assert_true(space_write(&f->space, BASE + at, &one, 1));
    assert_false(space_write(&f->space, BASE + RAM, &one, 1));
    assert_true(f->space.exhausted);
    space_discard(&f->space, BASE, SPACE_PAGE);
    assert_true(space_read(&f->space, BASE + RAM, &byte, 1));
    assert_int_equal(byte, 0);
}

static void test_move(void **state)
{
    struct fixture *const f = *state;
    char text[8];
    assert_int_equal(space_map(&f->space, BASE, 4 * SPACE_PAGE, SPACE_WRITE, ALL), SPACE_OK);
    assert_true(space_write(&f->space, BASE + SPACE_PAGE - 3, "across", 7));
    assert_int_equal(space_move(&f->space, BASE, UINT64_C(0x700000000000), 2 * SPACE_PAGE),
                     SPACE_OK);
    assert_true(space_is_free(&f->space, BASE, 2 * SPACE_PAGE));
    assert_int_equal(
        space_read_string(&f->space, UINT64_C(0x700000000000) + SPACE_PAGE - 3, text, sizeof text),
        6);
    assert_string_equal(text, "across");
    assert_int_equal(
        space_read_string(&f->space, UINT64_C(0x700000000000) + SPACE_PAGE - 3, text, 4), -2);
    assert_int_equal(space_read_string(&f->space, BASE, text, sizeof text), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_model, make, drop),
        cmocka_unit_test_setup_teardown(test_faults, make, drop),
        cmocka_unit_test_setup_teardown(test_bound, make, drop),
        cmocka_unit_test_setup_teardown(test_move, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
