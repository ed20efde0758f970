/* The client interface: services as a kernel calls them, and hostile argument blocks. */
#include <libfdt.h>

#include "machine_fixture.h"

enum {
    H_VOF_CLIENT = 0xf005,
    BLOCK = 0x1000000,   /* the argument block */
    STRINGS = 0x1001000, /* room for texts, 0x100 each */
    BUFFER = 0x1010000,
};
#define ERROR UINT32_MAX

static uint32_t text_at(struct machine *m, unsigned slot, const char *text)
{
    const uint32_t at = STRINGS + 0x100 * slot;
    assert_true(bus_write(&m->p->bus, at, text, strlen(text) + 1));
    return at;
}

/* Calls `service`; its first result, 0 if it has none. */
static uint32_t call(struct machine *m, const char *service, unsigned nargs, unsigned nret,
                     const uint32_t *args)
{
    uint32_t result = 0;
    bus_write_be32(&m->p->bus, BLOCK, text_at(m, 15, service));
    bus_write_be32(&m->p->bus, BLOCK + 4, nargs);
    bus_write_be32(&m->p->bus, BLOCK + 8, nret);
    for (unsigned i = 0; i < nargs; i++)
        bus_write_be32(&m->p->bus, BLOCK + 12 + 4 * i, args[i]);
    for (unsigned i = 0; i < nret; i++)
        bus_write_be32(&m->p->bus, BLOCK + 12 + 4 * (nargs + i), 0xeeeeeeee);
    if (machine_hcall(m, H_VOF_CLIENT, BLOCK, 0, 0, 0, 0) != 0)
        return ERROR;
    if (nret)
        bus_read_be32(&m->p->bus, BLOCK + 12 + 4 * nargs, &result);
    return result;
}

#define CALL(m, service, nret, ...)                                                                \
    call(m, service, sizeof((const uint32_t[]){__VA_ARGS__}) / 4, nret,                            \
         (const uint32_t[]){__VA_ARGS__})

static uint32_t result(struct machine *m, unsigned nargs, unsigned i)
{
    uint32_t v = 0;
    bus_read_be32(&m->p->bus, BLOCK + 12 + 4 * (nargs + i), &v);
    return v;
}

static uint32_t find(struct machine *m, const char *path)
{
    return CALL(m, "finddevice", 1, text_at(m, 0, path));
}

static uint32_t get_property(struct machine *m, uint32_t phandle, const char *name, uint32_t size)
{
    return CALL(m, "getprop", 1, phandle, text_at(m, 1, name), BUFFER, size);
}

static const char *buffer(struct machine *m)
{
    return (const char *)m->p->bus.ram + BUFFER;
}

static void test_entry(void **state)
{
    static const uint32_t code[] = {0x7c641b78, 0x3c600000, 0x6063f005, 0x44000022, 0x4e800020};
    struct machine *m = *state;
    assert_int_equal(m->cpu->nia, 0x400000);
    assert_int_equal(m->cpu->gpr[3], 0x430000);
    assert_int_equal(m->cpu->gpr[4], 100);
    assert_int_equal(m->cpu->msr, MSR_FP | MSR_ME);
    assert_true(m->cpu->gpr[1] > 0x8000 && m->cpu->gpr[1] < 0x10000);
    for (unsigned i = 0; i < ARRAY_SIZE(code); i++)
        assert_int_equal(load_be32(m->p->bus.ram + m->cpu->gpr[5] + 4 * i), code[i]);
}

static void test_nodes(void **state)
{
    struct machine *m = *state;
    const uint32_t root = find(m, "/"), cpus = find(m, "/cpus");
    assert_int_not_equal(root, ERROR);
    assert_int_equal(CALL(m, "peer", 1, 0), root);
    assert_int_equal(CALL(m, "peer", 1, root), 0);
    assert_int_equal(CALL(m, "parent", 1, root), 0);
    assert_int_equal(CALL(m, "parent", 1, cpus), root);
    assert_int_equal(find(m, "/nothing"), ERROR);
    assert_int_equal(find(m, "cpus"), ERROR);
    const uint32_t cpu = find(m, "/cpus/PowerPC,POWER8@0");
    assert_int_equal(CALL(m, "child", 1, cpus), cpu);
    assert_int_equal(CALL(m, "child", 1, cpu), 0);
    assert_int_equal(find(m, "/PCI@800000020000000"), ERROR);
    assert_int_equal(find(m, "/cpus/PowerPC,POWER8"), cpu);
    assert_int_equal(find(m, "/memory@0:args"), find(m, "/memory"));
    /* Every node is reached once by child and peer. */
    unsigned nodes = 0;
    uint32_t at = root;
    while (at) {
        nodes++;
        assert_true(nodes < 1000);
        uint32_t next = CALL(m, "child", 1, at);
        while (!next && at) {
            next = CALL(m, "peer", 1, at);
            if (!next)
                at = CALL(m, "parent", 1, at);
            if (at == root)
                break;
        }
        at = next;
    }
    unsigned want = 0;
    for (int n = 0; n >= 0; n = fdt_next_node(m->p->vof.fdt, n, NULL))
        want++;
    assert_int_equal(nodes, want);
    assert_int_equal(CALL(m, "package-to-path", 1, cpu, BUFFER, 64), 22);
    assert_string_equal(buffer(m), "/cpus/PowerPC,POWER8@0");
    memset(m->p->bus.ram + BUFFER, '#', 64);
    assert_int_equal(CALL(m, "package-to-path", 1, cpu, BUFFER, 5), 22);
    assert_memory_equal(buffer(m), "/cpus#", 6);
    assert_int_equal(CALL(m, "package-to-path", 1, 0xdead, BUFFER, 64), ERROR);
}

static void test_unit_address_case(void **state)
{
    struct machine *m = *state;
    const int node = fdt_add_subnode(m->p->vof.fdt, 0, "device@ab");
    assert_true(node > 0);
    assert_int_equal(fdt_setprop_u32(m->p->vof.fdt, node, "phandle", 0x7777), 0);
    assert_int_equal(find(m, "/device@AB"), 0x7777);
    assert_int_equal(find(m, "/device@Ab:0"), 0x7777);
    assert_int_equal(find(m, "/DEVICE@ab"), ERROR);
}

static void test_properties(void **state)
{
    struct machine *m = *state;
    const uint32_t chosen = find(m, "/chosen");
    assert_int_equal(get_property(m, chosen, "bootargs", 64), 13);
    assert_string_equal(buffer(m), "console=hvc0");
    memset(m->p->bus.ram + BUFFER, '#', 16);
    assert_int_equal(get_property(m, chosen, "bootargs", 4), 13);
    assert_memory_equal(buffer(m), "cons#", 5);
    assert_int_equal(get_property(m, chosen, "nothing", 64), ERROR);
    assert_int_equal(get_property(m, 0xdead, "bootargs", 64), ERROR);
    assert_int_equal(CALL(m, "getproplen", 1, chosen, text_at(m, 1, "bootargs")), 13);
    assert_int_equal(CALL(m, "getproplen", 1, chosen, text_at(m, 1, "nothing")), ERROR);
    assert_int_equal(get_property(m, find(m, "/memory@0"), "name", 64), 7);
    assert_string_equal(buffer(m), "memory");
    /* Set, change, read back. */
    assert_int_equal(CALL(m, "setprop", 1, chosen, text_at(m, 1, "new"), text_at(m, 2, "abc"), 4),
                     4);
    assert_int_equal(get_property(m, chosen, "new", 64), 4);
    assert_string_equal(buffer(m), "abc");
    assert_int_equal(CALL(m, "setprop", 1, chosen, text_at(m, 1, "new"), 0, 0), 0);
    assert_int_equal(get_property(m, chosen, "new", 64), 0);
    assert_int_equal(CALL(m, "setprop", 1, chosen, text_at(m, 1, "new"), MACHINE_RAM, 4), ERROR);
    assert_int_equal(CALL(m, "setprop", 1, chosen, text_at(m, 1, "new"), 0, 0x40000000), ERROR);
    assert_int_equal(CALL(m, "setprop", 1, chosen, text_at(m, 1, "phandle"), BUFFER, 4), ERROR);
    /* A guest cannot grow the tree without end. */
    unsigned stored = 0;
    for (unsigned i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "fill%u", i);
        if (CALL(m, "setprop", 1, chosen, text_at(m, 1, name), 0, 0x10000) != ERROR)
            stored++;
    }
    assert_true(stored > 0 && stored < 100);
    assert_int_equal(fdt_check_full(m->p->vof.fdt, m->p->vof.fdt_capacity), 0);
}

static void test_nextprop(void **state)
{
    struct machine *m = *state;
    const uint32_t memory = find(m, "/memory@0");
    char previous[64] = "";
    bool reg = false, available = false;
    unsigned n = 0;
    while (CALL(m, "nextprop", 1, memory, text_at(m, 1, previous), BUFFER) == 1) {
        assert_true(++n < 20);
        strcpy(previous, buffer(m));
        reg |= strcmp(previous, "reg") == 0;
        available |= strcmp(previous, "available") == 0;
    }
    assert_int_equal(result(m, 3, 0), 0);
    assert_true(reg && available);
    assert_int_equal(CALL(m, "nextprop", 1, memory, text_at(m, 1, "nothing"), BUFFER), ERROR);
    assert_int_equal(CALL(m, "nextprop", 1, memory, 0, BUFFER), 1);
}

static void test_console(void **state)
{
    struct machine *m = *state;
    assert_int_equal(get_property(m, find(m, "/chosen"), "stdout", 4), 4);
    const uint32_t out = load_be32(buffer(m));
    assert_int_equal(CALL(m, "instance-to-path", 1, out, BUFFER, 64), 21);
    assert_string_equal(buffer(m), "/vdevice/vty@71000000");
    assert_int_equal(CALL(m, "instance-to-package", 1, out), find(m, "/vdevice/vty@71000000"));
    const char *text = "a line that is longer than one hypercall carries\r\n";
    assert_int_equal(CALL(m, "write", 1, out, text_at(m, 1, text), (uint32_t)strlen(text)),
                     strlen(text));
    assert_int_equal(m->output_length, strlen(text));
    assert_memory_equal(m->output, text, strlen(text));
    assert_int_equal(CALL(m, "write", 1, out, MACHINE_RAM - 4, 8), ERROR);
    assert_int_equal(CALL(m, "write", 1, 0, BUFFER, 8), ERROR);
    const uint32_t root = CALL(m, "open", 1, text_at(m, 1, "/"));
    assert_int_equal(CALL(m, "write", 1, root, BUFFER, 8), ERROR);
    assert_int_equal(call(m, "close", 1, 0, &root), 0);
    assert_int_equal(CALL(m, "instance-to-package", 1, root), ERROR);
    assert_int_equal(CALL(m, "open", 1, text_at(m, 1, "/nothing")), 0);
    /* All instances taken. */
    unsigned opened = 0;
    while (CALL(m, "open", 1, text_at(m, 1, "/")) != 0)
        assert_true(++opened <= VOF_MAX_INSTANCES);
    assert_int_equal(opened, VOF_MAX_INSTANCES - 3);
}

static void test_claim(void **state)
{
    struct machine *m = *state;
    const uint32_t end = MACHINE_RAM;
    assert_int_equal(CALL(m, "claim", 1, 0x2000000, 0x1000, 0), 0x2000000);
    assert_int_equal(CALL(m, "claim", 1, 0x2000fff, 0x1000, 0), ERROR);
    assert_int_equal(CALL(m, "claim", 1, 0x1fff001, 0x1000, 0), ERROR);
    assert_int_equal(CALL(m, "claim", 1, 0x2001000, 0x1000, 0), 0x2001000);
    assert_int_equal(CALL(m, "claim", 1, 0x400000, 0x1000, 0), ERROR); /* the kernel */
    assert_int_equal(CALL(m, "claim", 1, 0x8000, 0x1000, 0), ERROR);   /* the stack */
    assert_int_equal(CALL(m, "claim", 1, end - 0x1000, 0x2000, 0), ERROR);
    assert_int_equal(CALL(m, "claim", 1, end, 0x1000, 0), ERROR);
    assert_int_equal(CALL(m, "claim", 1, 0xffffffff, 0xffffffff, 0), ERROR);
    assert_int_equal(CALL(m, "claim", 1, 0x3000000, 0, 0), ERROR);
    assert_int_equal(CALL(m, "claim", 1, 0, 0x10000, 0x10000), end - 0x10000);
    assert_int_equal(CALL(m, "claim", 1, 0, 0x1000, 0x10000), end - 0x20000);
    assert_int_equal(CALL(m, "claim", 1, 0, 0xf0000000, 1), ERROR);
    assert_int_equal(CALL(m, "claim", 1, 0, 0x1000, 0xffffffff), ERROR);

    /* What is available: whole RAM less the claims, in order. */
    const uint32_t length = get_property(m, find(m, "/memory@0"), "available", 0x1000);
    uint64_t available = 0, claimed = 0, last = 0;
    for (uint32_t i = 0; i < length; i += 16) {
        const uint64_t start = load_be64(buffer(m) + i), size = load_be64(buffer(m) + i + 8);
        assert_true(start >= last && size > 0);
        last = start + size;
        available += size;
    }
    for (unsigned i = 0; i < m->p->vof.claim_count; i++)
        claimed += m->p->vof.claims[i].size;
    assert_int_equal(available + claimed, MACHINE_RAM);

    const uint32_t args[] = {0x2000000, 0x1000};
    assert_int_equal(call(m, "release", 2, 0, args), 0);
    assert_int_equal(CALL(m, "claim", 1, 0x2000000, 0x1000, 0), 0x2000000);
    for (unsigned i = 0; i < 200; i++)
        CALL(m, "claim", 1, 0, 0x1000, 0x1000);
    assert_int_equal(m->p->vof.claim_count, VOF_MAX_CLAIMS);
}

static void test_methods(void **state)
{
    struct machine *m = *state;
    const uint32_t rtas = CALL(m, "open", 1, text_at(m, 1, "/rtas"));
    const uint32_t root = CALL(m, "open", 1, text_at(m, 1, "/"));
    assert_int_equal(CALL(m, "call-method", 2, text_at(m, 1, "instantiate-rtas"), rtas, 0x5000000),
                     0);
    assert_int_equal(result(m, 3, 1), 0x5000000);
    assert_memory_equal(m->p->bus.ram + 0x5000000, rtas_blob, RTAS_BLOB_SIZE);
    assert_int_equal(m->p->rtas.base, 0x5000000);
    assert_int_equal(
        CALL(m, "call-method", 2, text_at(m, 1, "instantiate-rtas"), rtas, MACHINE_RAM), ERROR);
    assert_int_equal(CALL(m, "call-method", 2, text_at(m, 1, "instantiate-rtas"), root, BUFFER),
                     ERROR);
    assert_int_equal(CALL(m, "call-method", 2, text_at(m, 1, "nothing"), root, 0), ERROR);

    /* One PVR that matches, seven vectors, the fifth with FORM1. */
    uint8_t vec[256] = {0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0, 4, 0xff,
                        0xff, 0xff, 0xfe, 0x0f, 0,    0, 1, 6};
    for (unsigned i = 0; i < 7; i++)
        vec[17 + i * 9] = 7;
    vec[17 + 4 * 9 + 5] = 0x80;
    assert_true(bus_write(&m->p->bus, BUFFER, vec, sizeof vec));
    const char *cas = "ibm,client-architecture-support";
    assert_int_equal(CALL(m, "call-method", 2, text_at(m, 1, cas), root, BUFFER), 0);
    assert_int_equal(result(m, 3, 1), 0);
    assert_int_equal(get_property(m, find(m, "/cpus/PowerPC,POWER8@0"), "cpu-version", 4), 4);
    assert_int_equal(load_be32(buffer(m)), 0x0f000004);
    assert_int_equal(get_property(m, find(m, "/chosen"), "ibm,architecture-vec-5", 64), 6);
    assert_int_equal((uint8_t)buffer(m)[5], 0x80);
    /* What the client had is still there. */
    assert_int_equal(get_property(m, find(m, "/chosen"), "bootargs", 64), 13);
    assert_int_equal(CALL(m, "call-method", 2, text_at(m, 1, cas), root, MACHINE_RAM), 0);
    assert_int_not_equal(result(m, 3, 1), 0);
}

static void test_others(void **state)
{
    struct machine *m = *state;
    assert_int_equal(CALL(m, "test", 1, text_at(m, 1, "claim")), 0);
    assert_int_equal(CALL(m, "test", 1, text_at(m, 1, "interpret")), ERROR);
    assert_int_equal(CALL(m, "interpret", 1, 0), ERROR);
    assert_int_equal(CALL(m, "getprop", 1, 1), ERROR); /* too few arguments */
    m->clock.idle_cycles = UINT64_C(2500000000);
    assert_int_equal(call(m, "milliseconds", 0, 1, NULL), 2500);
    assert_int_equal(call(m, "quiesce", 0, 0, NULL), 0);
    assert_true(m->p->vof.quiesced);
    assert_int_not_equal(find(m, "/chosen"), ERROR);
    call(m, "exit", 0, 0, NULL);
    assert_int_equal(m->p->action, PSERIES_PANIC);
    assert_non_null(strstr(pseries_panic_message(m->p), "exit"));
    assert_true(pseries_timer_due(m->p, m->cpu) == UINT64_MAX);
}

static void test_bad_blocks(void **state)
{
    struct machine *m = *state;
    const uint64_t places[] = {MACHINE_RAM, MACHINE_RAM - 4, MACHINE_RAM - 12, 0xffffffff,
                               UINT64_MAX};
    for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
        assert_int_not_equal(machine_hcall(m, H_VOF_CLIENT, places[i], 0, 0, 0, 0), 0);
    static const uint32_t counts[][2] = {{13, 0}, {0, 13}, {UINT32_MAX, 1}, {1, UINT32_MAX}};
    for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
        bus_write_be32(&m->p->bus, BLOCK, text_at(m, 15, "peer"));
        bus_write_be32(&m->p->bus, BLOCK + 4, counts[i][0]);
        bus_write_be32(&m->p->bus, BLOCK + 8, counts[i][1]);
        assert_int_not_equal(machine_hcall(m, H_VOF_CLIENT, BLOCK, 0, 0, 0, 0), 0);
    }
    /* A service name without end. */
    memset(m->p->bus.ram + BUFFER, 'a', 0x1000);
    bus_write_be32(&m->p->bus, BLOCK, BUFFER);
    bus_write_be32(&m->p->bus, BLOCK + 4, 0);
    bus_write_be32(&m->p->bus, BLOCK + 8, 0);
    assert_int_not_equal(machine_hcall(m, H_VOF_CLIENT, BLOCK, 0, 0, 0, 0), 0);
}

static void test_hostile_arguments(void **state)
{
    static const char *const services[] = {
        "peer",    "child",       "parent", "getproplen",      "getprop",
        "setprop", "nextprop",    "open",   "package-to-path", "instance-to-path",
        "close",   "call-method", "write",  "finddevice",      "instance-to-package",
        "claim",   "release",     "test",   "quiesce",
    };
    static const uint32_t edges[] = {0,
                                     1,
                                     3,
                                     VOF_MAX_INSTANCES,
                                     0x1111,
                                     0x1112,
                                     0x1120,
                                     BUFFER,
                                     STRINGS,
                                     STRINGS + 0x100,
                                     MACHINE_RAM,
                                     0xffff,
                                     MACHINE_RAM - 1,
                                     0xffffffff};
    struct machine *m = *state;
    uint32_t seed = 12345;
    text_at(m, 0, "/vdevice");
    text_at(m, 1, "reg");
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t args[4];
        m->output_length = 0;
        for (unsigned i = 0; i < 4; i++) {
            seed = seed * 1664525 + 1013904223;
            args[i] = edges[(seed >> 16) % ARRAY_SIZE(edges)];
        }
        const char *service = services[round % ARRAY_SIZE(services)];
        if (strcmp(service, "write") == 0 && args[2] > 16)
            args[2] = 16;
        call(m, service, 4, 2, args);
    }
    assert_int_equal(fdt_check_full(m->p->vof.fdt, m->p->vof.fdt_capacity), 0);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    assert_int_not_equal(find(m, "/chosen"), ERROR);
}

#define MACHINE_TEST(test) cmocka_unit_test_setup_teardown(test, machine_setup, machine_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MACHINE_TEST(test_entry),
        MACHINE_TEST(test_nodes),
        MACHINE_TEST(test_unit_address_case),
        MACHINE_TEST(test_properties),
        MACHINE_TEST(test_nextprop),
        MACHINE_TEST(test_console),
        MACHINE_TEST(test_claim),
        MACHINE_TEST(test_methods),
        MACHINE_TEST(test_others),
        MACHINE_TEST(test_bad_blocks),
        MACHINE_TEST(test_hostile_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
