/* The services of the client interface (IEEE 1275 6.3.2): one function a service, one row each. */
#include <ctype.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "pseries_internal.h"

enum {
    PROPERTY_NAME_MAX = 64,
    PROPERTY_SIZE_MAX = 0x10000,
    METHOD_MAX = 64,
    WRITE_MAX = 0x10000, /* bytes of one write call; the client learns how many were taken */
    WRITE_CHUNK = 16,
    TICKS_A_MILLISECOND = TIMEBASE_HZ / 1000,
};

/* -- Nodes, paths, instances -- */

/* Offset of a phandle's node, or negative. */
static int find_node(const struct pseries *p, uint32_t phandle)
{
    if (phandle == 0 || phandle == VOF_ERROR)
        return -FDT_ERR_BADPHANDLE;
    return fdt_node_offset_by_phandle(p->vof.fdt, phandle);
}

/*
 * Offset of the node that a device path names, or negative. Unit addresses compare without regard
 * to case, and what follows a colon in the last component is for the device, not the search.
 */
static int find_path(const struct pseries *p, const char *path)
{
    char canonical[VOF_PATH_MAX];
    bool unit = false;
    size_t n = 0;
    if (path[0] != '/')
        return -FDT_ERR_BADPATH;
    for (; path[n] && path[n] != ':' && n < sizeof canonical - 1; n++) {
        if (path[n] == '/' || path[n] == '@')
            unit = path[n] == '@';
        canonical[n] = unit ? (char)tolower((unsigned char)path[n]) : path[n];
    }
    canonical[n] = '\0';
    return fdt_path_offset(p->vof.fdt, canonical);
}

static const struct vof_instance *find_instance(const struct pseries *p, uint32_t ihandle)
{
    if (ihandle == 0 || ihandle > VOF_MAX_INSTANCES || !p->vof.instances[ihandle - 1].phandle)
        return NULL;
    return &p->vof.instances[ihandle - 1];
}

static uint32_t phandle_or(const struct pseries *p, int node, uint32_t otherwise)
{
    return node < 0 ? otherwise : fdt_get_phandle(p->vof.fdt, node);
}

static void serve_finddevice(struct pseries *p, struct vof_call *call)
{
    char path[VOF_PATH_MAX];
    call->rets[0] = VOF_ERROR;
    if (vof_read_string(p, call->args[0], path, sizeof path))
        call->rets[0] = phandle_or(p, find_path(p, path), VOF_ERROR);
}

static void serve_peer(struct pseries *p, struct vof_call *call)
{
    const int node = call->args[0] ? find_node(p, call->args[0]) : 0;
    if (call->args[0] == 0)
        call->rets[0] = phandle_or(p, 0, 0);
    else if (node > 0)
        call->rets[0] = phandle_or(p, fdt_next_subnode(p->vof.fdt, node), 0);
}

static void serve_child(struct pseries *p, struct vof_call *call)
{
    const int node = find_node(p, call->args[0]);
    if (node >= 0)
        call->rets[0] = phandle_or(p, fdt_first_subnode(p->vof.fdt, node), 0);
}

static void serve_parent(struct pseries *p, struct vof_call *call)
{
    const int node = find_node(p, call->args[0]);
    if (node > 0)
        call->rets[0] = phandle_or(p, fdt_parent_offset(p->vof.fdt, node), 0);
}

/* Gives back a path: its length without the NUL, and as much of it as fits. */
static uint32_t return_path(struct pseries *p, const char *path, uint32_t buffer, uint32_t size)
{
    const size_t length = strlen(path);
    const size_t copy = length + 1 < size ? length + 1 : size;
    if (copy && !bus_write(&p->bus, buffer, path, copy))
        return VOF_ERROR;
    return (uint32_t)length;
}

static void serve_package_to_path(struct pseries *p, struct vof_call *call)
{
    char path[VOF_PATH_MAX];
    const int node = find_node(p, call->args[0]);
    call->rets[0] = VOF_ERROR;
    if (node >= 0 && fdt_get_path(p->vof.fdt, node, path, sizeof path) == 0)
        call->rets[0] = return_path(p, path, call->args[1], call->args[2]);
}

static void serve_instance_to_path(struct pseries *p, struct vof_call *call)
{
    const struct vof_instance *instance = find_instance(p, call->args[0]);
    call->rets[0] =
        instance ? return_path(p, instance->path, call->args[1], call->args[2]) : VOF_ERROR;
}

static void serve_instance_to_package(struct pseries *p, struct vof_call *call)
{
    const struct vof_instance *instance = find_instance(p, call->args[0]);
    call->rets[0] = instance ? instance->phandle : VOF_ERROR;
}

static void serve_open(struct pseries *p, struct vof_call *call)
{
    char path[VOF_PATH_MAX];
    if (!vof_read_string(p, call->args[0], path, sizeof path))
        return;
    const uint32_t phandle = phandle_or(p, find_path(p, path), 0);
    for (unsigned i = 0; phandle && i < VOF_MAX_INSTANCES; i++) {
        struct vof_instance *instance = &p->vof.instances[i];
        if (!instance->phandle) {
            instance->phandle = phandle;
            memset(instance->path, 0, sizeof instance->path);
            memcpy(instance->path, path, strlen(path));
            call->rets[0] = i + 1;
            return;
        }
    }
}

static void serve_close(struct pseries *p, struct vof_call *call)
{
    if (find_instance(p, call->args[0]))
        memset(&p->vof.instances[call->args[0] - 1], 0, sizeof p->vof.instances[0]);
}

/* -- Properties -- */

/* The value of a property; "name", which a flattened tree lacks, is made in `name`. */
static const void *find_property(const struct pseries *p, uint32_t phandle, const char *property,
                                 char name[VOF_PATH_MAX], int *length)
{
    const int node = find_node(p, phandle);
    if (node < 0)
        return NULL;
    const void *value = fdt_getprop(p->vof.fdt, node, property, length);
    if (!value && strcmp(property, "name") == 0) {
        const char *full = node ? fdt_get_name(p->vof.fdt, node, NULL) : "device-tree";
        snprintf(name, VOF_PATH_MAX, "%.*s", (int)strcspn(full, "@"), full);
        *length = (int)strlen(name) + 1;
        value = name;
    }
    return value;
}

static void serve_getprop(struct pseries *p, struct vof_call *call)
{
    char property[PROPERTY_NAME_MAX], name[VOF_PATH_MAX];
    int length;
    call->rets[0] = VOF_ERROR;
    if (!vof_read_string(p, call->args[1], property, sizeof property))
        return;
    const void *value = find_property(p, call->args[0], property, name, &length);
    if (!value)
        return;
    const uint32_t copy = (uint32_t)length < call->args[3] ? (uint32_t)length : call->args[3];
    if (copy && !bus_write(&p->bus, call->args[2], value, copy))
        return;
    call->rets[0] = (uint32_t)length;
}

static void serve_getproplen(struct pseries *p, struct vof_call *call)
{
    char property[PROPERTY_NAME_MAX], name[VOF_PATH_MAX];
    int length;
    call->rets[0] = VOF_ERROR;
    if (vof_read_string(p, call->args[1], property, sizeof property) &&
        find_property(p, call->args[0], property, name, &length))
        call->rets[0] = (uint32_t)length;
}

/* 1 and the name of the next property, 0 after the last, -1 when there is no such property. */
static void serve_nextprop(struct pseries *p, struct vof_call *call)
{
    char previous[PROPERTY_NAME_MAX] = "";
    const void *fdt = p->vof.fdt;
    const int node = find_node(p, call->args[0]);
    call->rets[0] = VOF_ERROR;
    if (node < 0 ||
        (call->args[1] && !vof_read_string(p, call->args[1], previous, sizeof previous)))
        return;
    bool found = previous[0] == '\0';
    int offset;
    fdt_for_each_property_offset(offset, fdt, node)
    {
        const char *name;
        if (!fdt_getprop_by_offset(fdt, offset, &name, NULL))
            return;
        if (found) {
            if (bus_write(&p->bus, call->args[2], name, strlen(name) + 1))
                call->rets[0] = 1;
            return;
        }
        found = strcmp(name, previous) == 0;
    }
    if (found) {
        bus_fill(&p->bus, call->args[2], 0, 1);
        call->rets[0] = 0;
    }
}

static void serve_setprop(struct pseries *p, struct vof_call *call)
{
    char property[PROPERTY_NAME_MAX];
    const uint32_t value = call->args[2], length = call->args[3];
    const int node = find_node(p, call->args[0]);
    call->rets[0] = VOF_ERROR;
    if (node < 0 || length > PROPERTY_SIZE_MAX || (length && !bus_is_ram(&p->bus, value, length)) ||
        !vof_read_string(p, call->args[1], property, sizeof property) || !property[0] ||
        strcmp(property, "name") == 0 || strcmp(property, "phandle") == 0)
        return;
    if (fdt_setprop(p->vof.fdt, node, property, length ? p->bus.ram + value : NULL, (int)length) !=
        0)
        return;
    p->rtas.base = cas_rtas_base(p->vof.fdt);
    call->rets[0] = length;
}

/* -- Input, output, memory -- */

static void serve_write(struct pseries *p, struct vof_call *call)
{
    const struct vof_instance *instance = find_instance(p, call->args[0]);
    uint32_t left = call->args[2] < WRITE_MAX ? call->args[2] : WRITE_MAX;
    uint64_t at = call->args[1];
    char vty[64];
    vty_path(p, vty, sizeof vty);
    call->rets[0] = VOF_ERROR;
    if (!instance || instance->phandle != phandle_or(p, find_path(p, vty), 0) ||
        !bus_is_ram(&p->bus, at, left))
        return;
    call->rets[0] = left;
    while (left) {
        uint8_t bytes[WRITE_CHUNK];
        const uint32_t n = left < sizeof bytes ? left : sizeof bytes;
        bus_read(&p->bus, at, bytes, n);
        vty_write(p, bytes, n);
        at += n;
        left -= n;
    }
}

static void serve_claim(struct pseries *p, struct vof_call *call)
{
    call->rets[0] = vof_claim(p, call->args[0], call->args[1], call->args[2]);
}

static void serve_release(struct pseries *p, struct vof_call *call)
{
    vof_release(p, call->args[0], call->args[1]);
}

/* -- Methods -- */

/* Takes over every property of the tree `from` into the live one: nodes are the same. */
static bool merge_tree(void *live, const void *from)
{
    char path[VOF_PATH_MAX];
    for (int node = 0; node >= 0; node = fdt_next_node(from, node, NULL)) {
        int offset;
        if (fdt_get_path(from, node, path, sizeof path) != 0)
            return false;
        fdt_for_each_property_offset(offset, from, node)
        {
            const char *name;
            int length;
            const void *value = fdt_getprop_by_offset(from, offset, &name, &length);
            const int to = fdt_path_offset(live, path);
            if (!value || to < 0 || fdt_setprop(live, to, name, value, length) != 0)
                return false;
        }
    }
    return true;
}

/* CAS; the tree then shows what was agreed. Result for the client: 0, or what went wrong. */
static uint32_t call_cas(struct pseries *p, uint32_t vec)
{
    void *fdt;
    size_t size;
    const int64_t status = cas_negotiate(p, vec);
    if (status != H_SUCCESS)
        return (uint32_t)status;
    if (pseries_fdt_build(p, true, &fdt, &size) != STATUS_OK)
        return VOF_ERROR;
    const bool merged = merge_tree(p->vof.fdt, fdt);
    free(fdt);
    return merged ? 0 : VOF_ERROR;
}

/* args: method, instance, its arguments; rets: 0 if the method ran, then its result. */
static void serve_call_method(struct pseries *p, struct vof_call *call)
{
    char method[METHOD_MAX];
    const struct vof_instance *instance = find_instance(p, call->args[1]);
    call->rets[0] = VOF_ERROR;
    if (call->nargs < 3 || !instance || !vof_read_string(p, call->args[0], method, sizeof method))
        return;
    const int node = find_node(p, instance->phandle);
    if (node == 0 && strcmp(method, "ibm,client-architecture-support") == 0) {
        call->rets[0] = 0;
        call->rets[1] = call_cas(p, call->args[2]);
    } else if (node > 0 && node == find_path(p, "/rtas") &&
               strcmp(method, "instantiate-rtas") == 0 &&
               bus_write(&p->bus, call->args[2], rtas_blob, RTAS_BLOB_SIZE)) {
        p->rtas.base = call->args[2];
        call->rets[0] = 0;
        call->rets[1] = call->args[2];
    }
}

/* -- The rest -- */

static void serve_quiesce(struct pseries *p, struct vof_call *call)
{
    (void)call;
    p->vof.quiesced = true; /* the client may still print */
}

static void serve_milliseconds(struct pseries *p, struct vof_call *call)
{
    (void)p;
    call->rets[0] = (uint32_t)(cpu_timebase(call->cpu) / TICKS_A_MILLISECOND);
}

/* The client gives up: there is no firmware prompt to return to. */
static void serve_exit(struct pseries *p, struct vof_call *call)
{
    snprintf(p->panic_message, sizeof p->panic_message,
             "the kernel called exit of the client interface");
    pseries_vcpu_of(p, call->cpu)->stopped = true;
    call->cpu->halted = true;
    p->action = PSERIES_PANIC;
}

static void serve_boot(struct pseries *p, struct vof_call *call)
{
    (void)call;
    p->action = PSERIES_REBOOT;
}

static void serve_test(struct pseries *p, struct vof_call *call);

static const struct {
    const char *name;
    unsigned nargs, nret; /* at least */
    void (*serve)(struct pseries *p, struct vof_call *call);
} services[] = {
    {"test", 1, 1, serve_test},
    {"peer", 1, 1, serve_peer},
    {"child", 1, 1, serve_child},
    {"parent", 1, 1, serve_parent},
    {"getproplen", 2, 1, serve_getproplen},
    {"getprop", 4, 1, serve_getprop},
    {"nextprop", 3, 1, serve_nextprop},
    {"setprop", 4, 1, serve_setprop},
    {"finddevice", 1, 1, serve_finddevice},
    {"instance-to-package", 1, 1, serve_instance_to_package},
    {"instance-to-path", 3, 1, serve_instance_to_path},
    {"package-to-path", 3, 1, serve_package_to_path},
    {"call-method", 2, 1, serve_call_method},
    {"open", 1, 1, serve_open},
    {"close", 1, 0, serve_close},
    {"write", 3, 1, serve_write},
    {"claim", 3, 1, serve_claim},
    {"release", 2, 0, serve_release},
    {"milliseconds", 0, 1, serve_milliseconds},
    {"quiesce", 0, 0, serve_quiesce},
    {"boot", 0, 0, serve_boot},
    {"exit", 0, 0, serve_exit},
};

static void serve_test(struct pseries *p, struct vof_call *call)
{
    char name[METHOD_MAX];
    call->rets[0] = VOF_ERROR;
    if (!vof_read_string(p, call->args[0], name, sizeof name))
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(services); i++)
        if (strcmp(services[i].name, name) == 0)
            call->rets[0] = 0;
}

bool vof_serve(struct pseries *p, const char *name, struct vof_call *call)
{
    for (unsigned i = 0; i < ARRAY_SIZE(services); i++) {
        if (strcmp(services[i].name, name) != 0)
            continue;
        if (call->nargs < services[i].nargs || call->nret < services[i].nret)
            return false;
        services[i].serve(p, call);
        return true;
    }
    log_debug("client interface: no service \"%s\"", name);
    return false;
}
