/*
 * Functions of the C library on memory and strings, at every alignment, across pages, against loops
 * over bytes. What it prints must be the same under user-mode emulation.
 * builds: 64 32
 */
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../user/check.h"

enum { SIZE = 300 };

static uint8_t *page_end; /* no byte from here on may be touched */

static uint32_t random_state = 12345;

static uint32_t random32(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

/* Two areas, the second ending where nothing is mapped. */
static uint8_t *make_areas(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *area =
        mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    CHECK(!munmap(area + 2 * page, page));
    page_end = area + 2 * page;
    return area;
}

static void check_copies(uint8_t *area)
{
    for (int from = 0; from < 17; from++)
        for (int to = 0; to < 17; to++) {
            const size_t length = random32() % 200;
            uint8_t before[SIZE], *at = page_end - SIZE;
            for (int i = 0; i < SIZE; i++)
                before[i] = area[i] = (uint8_t)random32();
            memset(at, 0x55, SIZE);
            memcpy(at + to, area + from, length);
            for (size_t i = 0; i < SIZE; i++)
                CHECK(at[i] == (i >= (size_t)to && i < to + length ? before[i - to + from] : 0x55));
            memmove(area + to, area + from, length);
            for (size_t i = 0; i < length; i++)
                CHECK(area[to + i] == before[from + i]);
            memset(at + to, 0xa7, length);
            for (size_t i = 0; i < length; i++)
                CHECK(at[to + i] == 0xa7);
        }
}

static void check_searches(void)
{
    for (int length = 0; length < 140; length++) {
        char *text = (char *)page_end - length - 1;
        for (int i = 0; i < length; i++)
            text[i] = (char)('a' + i % 25);
        text[length] = 0;
        CHECK(strlen(text) == (size_t)length && strnlen(text, 1000) == (size_t)length);
        CHECK(strchr(text, 'z') == NULL && strchr(text, 0) == text + length);
        CHECK(memchr(text, 'z', (size_t)length) == NULL && strrchr(text, 'z') == NULL);
        char copy[SIZE];
        CHECK(!strcmp(strcpy(copy, text), text) && !memcmp(copy, text, (size_t)length + 1));
        if (length > 3) {
            copy[length - 2] = 'z';
            CHECK(strcmp(text, copy) < 0 && memcmp(copy, text, (size_t)length) > 0);
            CHECK(strncmp(text, copy, (size_t)length - 2) == 0);
            CHECK(strchr(copy, 'z') == copy + length - 2 && strstr(copy, "z") == copy + length - 2);
            CHECK(strcasecmp(text, copy) < 0 &&
                  strspn(text, "abcdefghijklmnopqrstuvwxy") == (size_t)length);
        }
    }
}

static int by_value(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void check_sort(void)
{
    static uint32_t numbers[5000];
    uint64_t sum = 0, digest = 0;
    for (size_t i = 0; i < 5000; i++)
        sum += numbers[i] = random32();
    qsort(numbers, 5000, sizeof *numbers, by_value);
    for (size_t i = 0; i < 5000; i++) {
        CHECK(!i || numbers[i - 1] <= numbers[i]);
        sum -= numbers[i];
        digest = digest * 31 + numbers[i];
    }
    CHECK(sum == 0);
    printf("sorted %016llx\n", (unsigned long long)digest);
}

int main(void)
{
    uint8_t *area = make_areas();
    check_copies(area);
    check_searches();
    check_sort();
    return finish();
}
