/*
 * -blockdev: images as nodes, for drive= of a -device. A format node (raw, qcow2) lies on a file
 * node, which is written inside it as file.KEY=VALUE, or named by file=NODE and came before. What
 * the machine gets is a drive for each node that no other node lies on.
 */
#include <stdlib.h>
#include <string.h>

#include "config_devices.h"
#include "json_keys.h"

struct node {
    const char *driver, *name, *filename;
    bool read_only, auto_read_only, unmap;
};

/* A -blockdev while it is read. */
struct blockdev_use {
    struct node top, file;
    const char *file_node;
};

static const char *const off_words[] = {"off", NULL};
static const char *const aios[] = {"threads", "native", "io_uring", NULL};
static const char *const lockings[] = {"auto", "on", NULL};
static const char *const cache_words[] = {"on", "off", NULL};
static const char *const discards[] = {"ignore", "off", "unmap", "on", NULL};

static enum sim_status set_unmap(const struct option_use *use, bool *unmap)
{
    for (unsigned i = 0; discards[i]; i++) {
        if (strcmp(use->value, discards[i]) == 0) {
            *unmap = i >= 2;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_RANGE, "%s: must be ignore or unmap", use->shown);
}

static enum sim_status top_discard(const struct option_use *use, void *object)
{
    return set_unmap(use, &((struct blockdev_use *)object)->top.unmap);
}

static enum sim_status file_discard(const struct option_use *use, void *object)
{
    return set_unmap(use, &((struct blockdev_use *)object)->file.unmap);
}

/* clang-format off */
#define NODE_KEYS(prefix, part, discard)                                                           \
    OPT_STRING(prefix "driver", "NAME", struct blockdev_use, part.driver, NULL),                   \
    OPT_STRING(prefix "node-name", "NODE", struct blockdev_use, part.name, NULL),                  \
    OPT_STRING(prefix "filename", "FILE", struct blockdev_use, part.filename, NULL),               \
    OPT_ON_OFF(prefix "read-only", struct blockdev_use, part.read_only, NULL),                     \
    OPT_ON_OFF(prefix "auto-read-only", struct blockdev_use, part.auto_read_only, NULL),           \
    OPT_CALL(prefix "discard", NULL, "ignore|unmap", discard, NULL, NULL),                         \
    OPT_ACCEPT(prefix "aio", "threads", aios, NULL),                                               \
    OPT_ACCEPT(prefix "locking", "auto", lockings, NULL),                                          \
    OPT_ACCEPT(prefix "cache.direct", "on|off", cache_words, NULL),                                \
    OPT_ACCEPT(prefix "cache.no-flush", "off", off_words, NULL),                                   \
    OPT_ACCEPT(prefix "detect-zeroes", "off", off_words, NULL),                                    \
    OPT_ACCEPT(prefix "force-share", "off", off_words, NULL)

static const struct option keys[] = {
    NODE_KEYS("", top, top_discard),
    OPT_STRING("file", "NODE", struct blockdev_use, file_node, NULL),
    NODE_KEYS("file.", file, file_discard),
    OPT_END,
};
/* clang-format on */

static bool is_file_driver(const char *driver)
{
    return strcmp(driver, "file") == 0 || strcmp(driver, "host_device") == 0;
}

static enum sim_status check_file(const struct option_use *use, const struct node *n,
                                  const char *prefix)
{
    RETURN_IF(!n->driver, STATUS_USAGE, "%s: %sdriver= is missing", use->shown, prefix);
    RETURN_IF(!is_file_driver(n->driver), STATUS_NOT_BUILT,
              "%s: %sdriver=%s: not built yet; there are file and host_device", use->shown, prefix,
              n->driver);
    RETURN_IF(!n->filename || !*n->filename, STATUS_USAGE, "%s: %sfilename= is missing", use->shown,
              prefix);
    return STATUS_OK;
}

/* The node that file= names: of a file, and no other lies on it. */
static enum sim_status take_file_node(struct run_config *config, const struct option_use *use,
                                      struct blockdev_use *b)
{
    for (size_t i = 0; i < config->machine.drive_count; i++) {
        const struct pseries_drive *const d = &config->drives[i];
        if (d->origin == DRIVE_OF_DRIVE || strcmp(d->id, b->file_node) != 0)
            continue;
        RETURN_IF(d->origin != DRIVE_OF_FILE_NODE, STATUS_NOT_BUILT,
                  "%s: file=%s: not built yet: the node is none of a file", use->shown,
                  b->file_node);
        b->file = (struct node){.driver = "file",
                                .filename = d->file,
                                .read_only = d->readonly,
                                .auto_read_only = d->auto_readonly,
                                .unmap = d->unmap};
        memmove(&config->drives[i], &config->drives[i + 1],
                (config->machine.drive_count - i - 1) * sizeof *config->drives);
        config->machine.drive_count--;
        return STATUS_OK;
    }
    return status_fail(STATUS_UNKNOWN,
                       "%s: file=%s: no -blockdev before it has that node-name, or another lies on"
                       " it",
                       use->shown, b->file_node);
}

/* A format on a file: what neither allows is not done. */
static enum sim_status add_format(struct run_config *config, const struct option_use *use,
                                  struct blockdev_use *b)
{
    const bool qcow2 = strcmp(b->top.driver, "qcow2") == 0;
    RETURN_IF(!qcow2 && strcmp(b->top.driver, "raw") != 0, STATUS_NOT_BUILT,
              "%s: driver=%s: not built yet; there are raw, qcow2, file and host_device",
              use->shown, b->top.driver);
    RETURN_IF(b->top.filename, STATUS_USAGE,
              "%s: filename= belongs to the file: file.filename=", use->shown);
    RETURN_IF(b->file_node && b->file.driver, STATUS_USAGE,
              "%s: file= does not go with file.driver=", use->shown);
    if (b->file_node)
        TRY(take_file_node(config, use, b));
    else
        TRY(check_file(use, &b->file, "file."));
    RETURN_IF(b->file.read_only && !b->top.read_only && !b->top.auto_read_only, STATUS_USAGE,
              "%s: the file is read-only: read-only=on is needed here too", use->shown);
    const struct pseries_drive drive = {
        .id = b->top.name,
        .file = b->file.filename,
        .format = qcow2 ? BLOCK_QCOW2 : BLOCK_RAW,
        .origin = DRIVE_OF_FORMAT_NODE,
        .readonly = b->top.read_only || b->file.read_only,
        .auto_readonly = b->top.auto_read_only || b->file.auto_read_only,
        /* qcow2 frees clusters within its file. */
        .unmap = b->top.unmap && (b->file.unmap || qcow2),
    };
    return config_add_node(config, use, &drive);
}

static enum sim_status add_file(struct run_config *config, const struct option_use *use,
                                const struct blockdev_use *b)
{
    RETURN_IF(b->file.driver || b->file.filename || b->file_node, STATUS_USAGE,
              "%s: file= and file.KEY= belong to raw and qcow2", use->shown);
    TRY(check_file(use, &b->top, ""));
    const struct pseries_drive drive = {
        .id = b->top.name,
        .file = b->top.filename,
        .format = BLOCK_RAW,
        .origin = DRIVE_OF_FILE_NODE,
        .readonly = b->top.read_only,
        .auto_readonly = b->top.auto_read_only,
        .unmap = b->top.unmap,
    };
    return config_add_node(config, use, &drive);
}

enum sim_status config_blockdev(const struct option_use *use, void *object)
{
    struct blockdev_use b = {0};
    struct option_use plain;
    TRY(json_keys(use, &plain));
    TRY(options_parse_keys(&plain, keys, "driver", &b));
    RETURN_IF(!b.top.driver, STATUS_USAGE, "%s: driver= is missing", use->shown);
    RETURN_IF(!b.top.name || !*b.top.name, STATUS_USAGE, "%s: node-name= is missing", use->shown);
    return is_file_driver(b.top.driver) ? add_file(object, use, &b) : add_format(object, use, &b);
}
