/*
 * The state that devices declare is all that they have: a machine that is given another's in the
 * middle of its devices' activity goes on as that does. And what a guest can make them do allocates
 * no memory.
 */
#include "machine_fixture.h"

#include "machine-pseries/device_set.h"
#include "machine-pseries/virtio.h"
#include "machine-pseries/vscsi.h"

enum { VSCSI = VIO_FIRST_REG + 2, QUEUE = 0x1000000, IU = 0x1010000, DATA = 0x1020000 };
enum { RING = 0x1100000, AVAIL = 0x1101000, USED = 0x1102000, REQUEST = 0x1103000 };
enum { IMAGE_SIZE = 1 << 20, COMMANDS = 6, REQUESTS = 5 };

/* -- Counting allocations; the sanitizer has functions of its own -- */

static unsigned allocations;

#ifndef __SANITIZE_ADDRESS__
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
    allocations++;
    return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
    allocations++;
    return __libc_realloc(ptr, size);
}
#endif

/* -- A machine with a disk on each kind of adapter -- */

static char image[64];

static struct machine *create(void)
{
    static const struct pseries_property hd[] = {{"drive", "d0"}}, blk[] = {{"drive", "d1"}};
    static const struct pseries_device_option devices[] = {
        {"-device spapr-vscsi", "spapr-vscsi", NULL, 0},
        {"-device scsi-hd", "scsi-hd", hd, ARRAY_SIZE(hd)},
        {"-device virtio-blk-pci", "virtio-blk-pci", blk, ARRAY_SIZE(blk)},
    };
    static struct pseries_drive drives[] = {
        {.shown = "-drive d0", .id = "d0", .snapshot = true, .file = image},
        {.shown = "-drive d1", .id = "d1", .snapshot = true, .file = image}};
    struct machine *const m = machine_prepare();
    for (unsigned i = 0; i < ARRAY_SIZE(drives); i++)
        drives[i].interface = DRIVE_IF_NONE;
    m->config.drives = drives;
    m->config.drive_count = ARRAY_SIZE(drives);
    m->config.devices = devices;
    m->config.device_count = ARRAY_SIZE(devices);
    assert_int_equal(machine_create(m), STATUS_OK);
    assert_int_equal(pseries_reset(m->p), STATUS_OK);
    return m;
}

static int make_image(void **state)
{
    static uint8_t content[IMAGE_SIZE];
    (void)state;
    for (unsigned i = 0; i < IMAGE_SIZE; i++)
        content[i] = (uint8_t)(i / 512 * 7 + i);
    strcpy(image, "/tmp/hornpipe-image-XXXXXX");
    machine_temp_file(image, content, sizeof content);
    return 0;
}

static int remove_image(void **state)
{
    (void)state;
    return unlink(image);
}

static int64_t call(struct machine *m, int64_t (*fn)(struct pseries *, struct cpu *, uint64_t *),
                    uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t args[9] = {a, b, c};
    return fn(m->p, m->cpu, args);
}

static uint8_t *ram(struct machine *m, uint64_t at)
{
    return m->p->bus.ram + at;
}

static void pass(struct machine *m, uint64_t ns)
{
    m->clock.idle_cycles += ns;
    pseries_run_events(m->p);
}

/* -- Activity -- */

static void start_vscsi(struct machine *m)
{
    for (uint64_t page = QUEUE; page < DATA + 0x40000; page += 0x1000)
        assert_int_equal(call(m, h_put_tce, VSCSI, page, page | 3), H_SUCCESS);
    assert_int_equal(call(m, h_reg_crq, VSCSI, QUEUE, 0x1000), H_SUCCESS);
    assert_int_equal(call(m, h_vio_signal, VSCSI, 1, 0), H_SUCCESS);
}

/* READ(10), SYNCHRONIZE CACHE(10) and TEST UNIT READY in turn. */
static void send_command(struct machine *m, unsigned number)
{
    static const uint8_t cdbs[][10] = {{0x28, [5] = 4, [8] = 16}, {0x35}, {0}};
    uint8_t iu[64] = {SRP_CMD, [5] = 1};
    const uint64_t at = IU + 0x100 * (uint64_t)number;
    store_be64(iu + 8, number + 1);
    store_be64(iu + 20, UINT64_C(0x8000) << 48);
    memcpy(iu + 32, cdbs[number % ARRAY_SIZE(cdbs)], 10);
    store_be64(iu + 48, DATA + 0x4000 * (uint64_t)number);
    store_be32(iu + 60, 16 * 512);
    bus_write(&m->p->bus, at, iu, sizeof iu);
    assert_int_equal(call(m, h_send_crq, VSCSI, UINT64_C(0x8001) << 48 | 64, at), H_SUCCESS);
}

static struct virtio_device *blk(struct machine *m)
{
    return m->p->pci.slots[0]->priv;
}

static void reg(struct machine *m, unsigned offset, unsigned size, uint32_t value)
{
    virtio_bar_write(&blk(m)->pci, 4, offset, size, value);
}

static void start_virtio(struct machine *m)
{
    for (unsigned half = 0; half < 2; half++) {
        reg(m, 8, 4, half);
        reg(m, 12, 4, half ? 1 : 0xffff);
    }
    reg(m, 20, 1, 11);
    reg(m, 22, 2, 0);
    reg(m, 32, 4, RING);
    reg(m, 40, 4, AVAIL);
    reg(m, 48, 4, USED);
    reg(m, 28, 2, 1);
    reg(m, 20, 1, 15);
}

/* Reads of different sizes, and a flush. */
static void send_request(struct machine *m, unsigned number)
{
    const uint64_t header = REQUEST + 0x100 * (uint64_t)number;
    const unsigned first = 3 * number;
    const bool flush = number % 3 == 2;
    store_le32(ram(m, header), flush ? 4 : 0);
    store_le64(ram(m, header + 8), number);
    const struct {
        uint64_t addr;
        uint32_t len;
        uint16_t flags, next;
    } chain[] = {
        {header, 16, 1, (uint16_t)(first + (flush ? 2 : 1))},
        {DATA + 0x20000 + 0x2000 * (uint64_t)number, 512 * (number + 1), 3, (uint16_t)(first + 2)},
        {header + 0x80, 1, 2, 0}};
    for (unsigned i = 0; i < ARRAY_SIZE(chain); i++) {
        uint8_t *const d = ram(m, RING + 16 * (uint64_t)(first + i));
        store_le64(d, chain[i].addr);
        store_le32(d + 8, chain[i].len);
        store_le16(d + 12, chain[i].flags);
        store_le16(d + 14, chain[i].next);
    }
    store_le16(ram(m, AVAIL + 4 + 2 * (uint64_t)number), (uint16_t)first);
    store_le16(ram(m, AVAIL + 2), (uint16_t)(number + 1));
    reg(m, 0x3000, 2, 0);
}

static void be_active(struct machine *m)
{
    start_vscsi(m);
    start_virtio(m);
    for (unsigned i = 0; i < COMMANDS; i++) {
        send_command(m, i);
        if (i < REQUESTS)
            send_request(m, i);
        pass(m, 45000);
    }
}

/* -- Another machine's state -- */

static void copy(const struct state_desc *desc, const void *from, void *to)
{
    uint8_t bytes[65536];
    const size_t size = state_size(desc);
    assert_true(size <= sizeof bytes);
    state_save(desc, from, bytes);
    assert_int_equal(state_restore(desc, to, bytes, size), STATUS_OK);
}

static void copy_vio(const struct pseries *from, struct pseries *to)
{
    for (unsigned i = 0; i < from->vio.count; i++) {
        const struct vio_device *const d = &from->vio.devices[i];
        copy(&vio_device_state_desc, d, &to->vio.devices[i]);
        if (d->tces)
            memcpy(to->vio.devices[i].tces, d->tces, (d->ops->dma_window >> 12) * 8);
    }
    const struct vscsi *const a = vio_find((struct pseries *)from, VSCSI)->priv;
    struct vscsi *const b = vio_find(to, VSCSI)->priv;
    copy(&vscsi_state_desc, a, b);
    for (unsigned i = 0; i < VSCSI_SLOTS; i++) {
        copy(&vscsi_slot_state_desc, &a->slots[i], &b->slots[i]);
        event_rejoin(to, &b->slots[i].event);
    }
    copy(&scsi_device_state_desc, a->bus.devices[0], b->bus.devices[0]);
}

static void copy_pci(const struct pseries *from, struct pseries *to)
{
    const struct virtio_device *const a = from->pci.slots[0]->priv;
    struct virtio_device *const b = to->pci.slots[0]->priv;
    copy(&pci_bus_state_desc, &from->pci, &to->pci);
    copy(&pci_device_state_desc, &a->pci, &b->pci);
    copy(&virtio_state_desc, a, b);
    copy(a->ops->state, a, b);
    for (unsigned i = 0; i < a->queue_count; i++)
        copy(&virtqueue_state_desc, &a->queues[i], &b->queues[i]);
    for (uint32_t i = 0; i < a->pending_count; i++)
        copy(&virtio_pending_state_desc, &a->pending[(a->pending_first + i) % a->pending_max],
             &b->pending[i]);
    event_rejoin(to, &b->completion);
}

static void copy_machine(const struct machine *from, struct machine *to)
{
    memcpy(to->p->bus.ram, from->p->bus.ram, from->p->bus.ram_size);
    to->clock.idle_cycles = from->clock.idle_cycles;
    copy(&xics_state_desc, &from->p->xics, &to->p->xics);
    copy(&event_queue_state_desc, &from->p->events, &to->p->events);
    copy_vio(from->p, to->p);
    copy_pci(from->p, to->p);
}

static void test_restore(void **state)
{
    struct machine *const a = create(), *const b = create();
    (void)state;
    be_active(a);
    const uint64_t hash = pseries_state_hash(a->p);
    assert_true(pseries_next_event(a->p) != EVENT_NEVER);
    assert_true(blk(a)->pending_count > 1); /* the middle of the activity */
    assert_true(hash != pseries_state_hash(b->p));
    copy_machine(a, b);
    assert_int_equal(pseries_state_hash(b->p), hash);
    while (pseries_next_event(a->p) != EVENT_NEVER) {
        const uint64_t next = pseries_next_event(a->p);
        assert_int_equal(pseries_next_event(b->p), next);
        pass(a, next - pseries_now(a->p));
        pass(b, next - pseries_now(b->p));
        assert_int_equal(pseries_state_hash(b->p), pseries_state_hash(a->p));
    }
    assert_int_equal(pseries_next_event(b->p), EVENT_NEVER);
    assert_int_equal(memcmp(a->p->bus.ram, b->p->bus.ram, a->p->bus.ram_size), 0);
    assert_int_equal(load_be64(ram(b, QUEUE + 16 * (COMMANDS - 1) + 8)), COMMANDS);
    assert_int_equal(load_le16(ram(b, USED + 2)), REQUESTS);
    machine_destroy(a);
    machine_destroy(b);
}

/* What is due at the same cycle happens in the order of arming, after a restore too. */
static void test_order_of_events(void **state)
{
    struct machine *const a = create(), *const b = create();
    (void)state;
    start_vscsi(a);
    send_command(a, 2);
    pass(a, 1000000);
    send_command(a, 1); /* takes long; what follows it on the disk ends with it */
    send_command(a, 5);
    copy_machine(a, b);
    pass(a, 10000000);
    pass(b, 10000000);
    assert_int_equal(load_be64(ram(a, QUEUE + 16 + 8)), 2);
    assert_int_equal(load_be64(ram(a, QUEUE + 32 + 8)), 6);
    assert_int_equal(memcmp(ram(a, QUEUE), ram(b, QUEUE), 0x1000), 0);
    machine_destroy(a);
    machine_destroy(b);
}

/* -- No allocation -- */

static void test_devices_allocate_nothing(void **state)
{
    const unsigned none __attribute__((unused)) = allocations;
    struct machine *const m = create();
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    assert_true(allocations > none); /* they are counted */
#endif
    const unsigned before = allocations;
    be_active(m);
    pass(m, 100000000);
    for (unsigned offset = 0; offset < 0x40; offset += 4)
        reg(m, offset, 4, virtio_bar_read(&blk(m)->pci, 4, offset, 4));
    for (unsigned at = 0; at < PCI_CONFIG_SIZE; at += 4)
        pci_config_write(&blk(m)->pci, at, 4, pci_config_read(&blk(m)->pci, at, 4));
    assert_int_equal(call(m, h_free_crq, VSCSI, 0, 0), H_SUCCESS);
    assert_int_equal(allocations, before);
    assert_int_equal(load_le16(ram(m, USED + 2)), REQUESTS);
    machine_destroy(m);
}

static void test_hypercalls_allocate_nothing(void **state)
{
    static const uint64_t tokens[] = {
#define HCALL(name, token, handler, set) token,
#include "machine-pseries/hcalls.def"
#undef HCALL
    };
    struct machine *const m = create();
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(tokens); i++) {
        const unsigned before = allocations;
        for (unsigned k = 0; k < 3; k++)
            machine_hcall(m, tokens[i], k == 1 ? 0x1000 : k, k, 0x2000, 1, 0);
        if (allocations != before)
            fail_msg("hypercall %#llx allocates", (unsigned long long)tokens[i]);
    }
    machine_destroy(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_order_of_events),
        cmocka_unit_test(test_devices_allocate_nothing),
        cmocka_unit_test(test_hypercalls_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, make_image, remove_image);
}
