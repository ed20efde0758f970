/* A node under construction: property setters that remember the first libfdt error. */
#ifndef HORNPIPE_FDT_NODE_H
#define HORNPIPE_FDT_NODE_H

#include <libfdt.h>
#include <stddef.h>
#include <stdint.h>

struct fdt_node {
    void *fdt;
    int offset; /* of the node; valid while error is 0 */
    int error;  /* 0 or the first libfdt error */
};

/* Adds the node `name` under the node at `parent`. */
static inline struct fdt_node fdt_node_add(void *fdt, int parent, const char *name)
{
    struct fdt_node n = {fdt, fdt_add_subnode(fdt, parent, name), 0};
    if (n.offset < 0)
        n.error = n.offset;
    return n;
}

/* Adds a child of `n`; a failure of either is kept in the child. */
static inline struct fdt_node fdt_node_child(const struct fdt_node *n, const char *name)
{
    if (n->error)
        return (struct fdt_node){n->fdt, n->error, n->error};
    return fdt_node_add(n->fdt, n->offset, name);
}

static inline void fdt_node_bytes(struct fdt_node *n, const char *name, const void *bytes,
                                  size_t len)
{
    if (!n->error)
        n->error = fdt_setprop(n->fdt, n->offset, name, bytes, (int)len);
}

static inline void fdt_node_empty(struct fdt_node *n, const char *name)
{
    fdt_node_bytes(n, name, "", 0);
}

static inline void fdt_node_u32(struct fdt_node *n, const char *name, uint32_t value)
{
    if (!n->error)
        n->error = fdt_setprop_u32(n->fdt, n->offset, name, value);
}

static inline void fdt_node_string(struct fdt_node *n, const char *name, const char *text)
{
    if (!n->error)
        n->error = fdt_setprop_string(n->fdt, n->offset, name, text);
}

/* A list of cells in host order. */
static inline void fdt_node_cells(struct fdt_node *n, const char *name, const uint32_t *cells,
                                  size_t count)
{
    void *to = NULL;
    if (!n->error)
        n->error = fdt_setprop_placeholder(n->fdt, n->offset, name, (int)(count * 4), &to);
    for (size_t i = 0; !n->error && i < count; i++)
        fdt32_st((uint8_t *)to + 4 * i, cells[i]);
}

#define FDT_NODE_CELLS(node, name, ...)                                                            \
    fdt_node_cells(node, name, (const uint32_t[]){__VA_ARGS__},                                    \
                   sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

#endif
