/* Memory: brk, mmap and their kin. The page size is 64K, as on Debian's kernels. */
#include <stdlib.h>
#include <unistd.h>

#include "user/syscall.h"

enum { GMAP_SHARED = 1, GMAP_PRIVATE = 2, GMAP_SHARED_VALIDATE = 3, GMAP_TYPE = 0xf };
enum { GMAP_FIXED = 0x10, GMAP_ANONYMOUS = 0x20, GMAP_HUGETLB = 0x40000 };
enum { GMAP_FIXED_NOREPLACE = 0x100000 };
enum { GMREMAP_MAYMOVE = 1, GMREMAP_FIXED = 2 };
enum { GMADV_DONTNEED = 4, GMADV_FREE = 8 };
enum { PROT_ALL = SPACE_READ | SPACE_WRITE | SPACE_EXEC, PROT_GROWS = 0x03000000 };

#define PAGE_BITS ((uint64_t)USER_PAGE - 1)

/* Rounds a length up to pages; false: it is 0 or no address space has so much. */
static bool round_length(uint64_t *length)
{
    if (*length == 0 || *length > SPACE_LIMIT)
        return false;
    *length = (*length + PAGE_BITS) & ~PAGE_BITS;
    return true;
}

static bool is_range(uint64_t start, uint64_t length)
{
    return (start & PAGE_BITS) == 0 && length <= SPACE_LIMIT && start <= SPACE_LIMIT - length;
}

static int64_t error_of(enum space_result result)
{
    switch (result) {
    case SPACE_OK:
        return 0;
    case SPACE_DENIED:
        return -EACCES;
    case SPACE_NO_MEMORY:
    case SPACE_NOT_MAPPED:
        break;
    }
    return -ENOMEM;
}

int64_t sys_brk(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t old = (kernel->brk_end + PAGE_BITS) & ~PAGE_BITS, wanted = a[0];
    if (wanted < kernel->brk_start || wanted > SPACE_LIMIT / 2)
        return (int64_t)kernel->brk_end;
    const uint64_t end = (wanted + PAGE_BITS) & ~PAGE_BITS;
    if (end > old) {
        if (end - kernel->brk_start > kernel->bus.ram_size ||
            !space_is_free(&kernel->space, old, end - old) ||
            space_map(&kernel->space, old, end - old, SPACE_READ | SPACE_WRITE, PROT_ALL) !=
                SPACE_OK)
            return (int64_t)kernel->brk_end;
    } else if (end < old && space_unmap(&kernel->space, end, old - end) != SPACE_OK) {
        return (int64_t)kernel->brk_end;
    }
    kernel->brk_end = wanted;
    return (int64_t)wanted;
}

/* -- mmap -- */

/* The file's bytes at `offset` become the pages' first content. */
static int64_t fill_from_file(struct user_kernel *kernel, const struct user_file *file,
                              uint64_t start, uint64_t length, uint64_t offset)
{
    enum { CHUNK = 65536 };
    uint8_t *const bytes = malloc(CHUNK);
    int64_t result = bytes ? 0 : -ENOMEM;
    for (uint64_t at = 0; result == 0 && at < length; at += CHUNK) {
        const ssize_t n = pread(file->fd, bytes, CHUNK, (off_t)(offset + at));
        if (n < 0)
            result = -errno;
        else if (n > 0 && !space_fill(&kernel->space, start + at, bytes, (size_t)n))
            result = -ENOMEM;
        if (n < CHUNK)
            break;
    }
    free(bytes);
    return result;
}

static int check_file(const struct user_file *file, const uint64_t *a, unsigned *max_prot)
{
    const bool shared = (a[3] & GMAP_TYPE) != GMAP_PRIVATE;
    if (!file || file->kind == FILE_PATH)
        return -EBADF;
    if ((file->flags & GO_ACCMODE) == GO_WRONLY)
        return -EACCES;
    if (file->kind != FILE_REGULAR && file->kind != FILE_ZERO)
        return -ENODEV;
    /* Changes would have to find their way back into the file. */
    if (shared && (a[2] & SPACE_WRITE))
        return (file->flags & GO_ACCMODE) == GO_RDWR ? -ENODEV : -EACCES;
    if (shared)
        *max_prot = SPACE_READ | SPACE_EXEC;
    return 0;
}

/* Where the mapping goes: an address, or a negative error. */
static int64_t choose_place(struct user_kernel *kernel, uint64_t hint, uint64_t length,
                            uint64_t flags)
{
    struct space *const space = &kernel->space;
    if (flags & (GMAP_FIXED | GMAP_FIXED_NOREPLACE)) {
        if (hint & PAGE_BITS)
            return -EINVAL;
        if (!is_range(hint, length))
            return -ENOMEM;
        if (hint < SPACE_MMAP_LOW)
            return -EPERM;
        if ((flags & GMAP_FIXED_NOREPLACE) && !space_is_free(space, hint, length))
            return -EEXIST;
        return (int64_t)hint;
    }
    hint = (hint + PAGE_BITS) & ~PAGE_BITS;
    if (hint >= SPACE_MMAP_LOW && is_range(hint, length) && space_is_free(space, hint, length))
        return (int64_t)hint;
    const uint64_t found = space_find_free(space, length, USER_PAGE, SPACE_MMAP_TOP);
    return found ? (int64_t)found : -ENOMEM;
}

int64_t sys_mmap(struct user_kernel *kernel, const uint64_t *a)
{
    const uint64_t flags = a[3], type = flags & GMAP_TYPE, offset = a[5];
    const bool anonymous = flags & GMAP_ANONYMOUS;
    struct user_file *const file = anonymous ? NULL : files_get(kernel, a[4]);
    unsigned max_prot = PROT_ALL;
    uint64_t length = a[1];
    if (type != GMAP_SHARED && type != GMAP_PRIVATE && type != GMAP_SHARED_VALIDATE)
        return -EINVAL;
    if (a[2] & ~(uint64_t)PROT_ALL || (offset & PAGE_BITS) || (flags & GMAP_HUGETLB))
        return -EINVAL;
    if (length == 0)
        return -EINVAL;
    if (!round_length(&length))
        return -ENOMEM;
    if (!anonymous) {
        const int error = check_file(file, a, &max_prot);
        if (error)
            return error;
        if (offset > INT64_MAX - length)
            return -EOVERFLOW;
    }
    const int64_t place = choose_place(kernel, a[0], length, flags);
    if (place < 0)
        return place;
    const enum space_result mapped =
        space_map(&kernel->space, (uint64_t)place, length, (unsigned)a[2], max_prot);
    if (mapped != SPACE_OK)
        return error_of(mapped);
    if (anonymous || file->kind != FILE_REGULAR)
        return place;
    const int64_t result = fill_from_file(kernel, file, (uint64_t)place, length, offset);
    if (result < 0) {
        space_unmap(&kernel->space, (uint64_t)place, length);
        return result;
    }
    return place;
}

int64_t sys_munmap(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t length = a[1];
    if (!round_length(&length) || !is_range(a[0], length))
        return -EINVAL;
    return error_of(space_unmap(&kernel->space, a[0], length));
}

int64_t sys_mprotect(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t length = a[1];
    const uint64_t prot = a[2] & ~(uint64_t)PROT_GROWS;
    if ((a[0] & PAGE_BITS) || prot & ~(uint64_t)PROT_ALL)
        return -EINVAL;
    if (length == 0)
        return 0;
    if (!round_length(&length) || !is_range(a[0], length))
        return -ENOMEM;
    return error_of(space_protect(&kernel->space, a[0], length, (unsigned)prot));
}

/* -- mremap -- */

/* Grows a mapping at its place; false if something is behind it, or it may not. */
static bool grow(struct space *space, uint64_t start, uint64_t old, uint64_t length)
{
    const struct space_mapping *const m = space_find(space, start + old - 1);
    const uint64_t end = start + old;
    if (m->end != end || !is_range(start, length) || !space_is_free(space, end, length - old))
        return false;
    return space_map(space, end, length - old, m->prot, m->max_prot) == SPACE_OK;
}

static int64_t move(struct user_kernel *kernel, uint64_t start, uint64_t old, uint64_t length,
                    int64_t place)
{
    struct space *const space = &kernel->space;
    const struct space_mapping mapping = *space_find(space, start);
    const uint64_t kept = old < length ? old : length;
    if ((mapping.prot & SPACE_WRITE) && length > kernel->bus.ram_size)
        return -ENOMEM;
    if (old > kept)
        space_unmap(space, start + kept, old - kept);
    if (space_move(space, start, (uint64_t)place, kept) != SPACE_OK)
        return -ENOMEM;
    if (length > kept && space_map(space, (uint64_t)place + kept, length - kept, mapping.prot,
                                   mapping.max_prot) != SPACE_OK)
        return -ENOMEM;
    return place;
}

int64_t sys_mremap(struct user_kernel *kernel, const uint64_t *a)
{
    struct space *const space = &kernel->space;
    const uint64_t start = a[0], flags = a[3];
    uint64_t old = a[1], length = a[2];
    if (flags & ~(uint64_t)(GMREMAP_MAYMOVE | GMREMAP_FIXED) || flags == GMREMAP_FIXED)
        return -EINVAL;
    if (!round_length(&old) || !round_length(&length) || !is_range(start, old))
        return -EINVAL;
    const struct space_mapping *const m = space_find(space, start);
    if (!m || m->end - start < old)
        return -EFAULT;
    if (flags & GMREMAP_FIXED) {
        const uint64_t to = a[4];
        if (!is_range(to, length) || to < SPACE_MMAP_LOW ||
            (to < start + old && start < to + length))
            return -EINVAL;
        if (space_unmap(space, to, length) != SPACE_OK)
            return -ENOMEM;
        return move(kernel, start, old, length, (int64_t)to);
    }
    if (length <= old) {
        if (length < old && space_unmap(space, start + length, old - length) != SPACE_OK)
            return -ENOMEM;
        return (int64_t)start;
    }
    if (grow(space, start, old, length))
        return (int64_t)start;
    if (!(flags & GMREMAP_MAYMOVE))
        return -ENOMEM;
    const uint64_t place = space_find_free(space, length, USER_PAGE, SPACE_MMAP_TOP);
    return place ? move(kernel, start, old, length, (int64_t)place) : -ENOMEM;
}

/* -- Advice -- */

int64_t sys_madvise(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t length = a[1];
    if (a[0] & PAGE_BITS)
        return -EINVAL;
    if (length == 0)
        return 0;
    if (!round_length(&length) || !is_range(a[0], length))
        return -EINVAL;
    if (!space_is_mapped(&kernel->space, a[0], length))
        return -ENOMEM;
    /* Pages of files were copied when they were mapped; they cannot be had again. */
    if (a[2] == GMADV_DONTNEED || a[2] == GMADV_FREE)
        space_discard(&kernel->space, a[0], length);
    return 0;
}

/* Nothing is ever written back, or paged out. */
static int64_t check_mapped(struct user_kernel *kernel, const uint64_t *a)
{
    uint64_t length = a[1];
    if (length == 0)
        return 0;
    if (!round_length(&length) || !is_range(a[0] & ~PAGE_BITS, length))
        return -ENOMEM;
    return space_is_mapped(&kernel->space, a[0] & ~PAGE_BITS, length) ? 0 : -ENOMEM;
}

int64_t sys_msync(struct user_kernel *kernel, const uint64_t *a)
{
    return a[0] & PAGE_BITS ? -EINVAL : check_mapped(kernel, a);
}

int64_t sys_mlock(struct user_kernel *kernel, const uint64_t *a)
{
    return check_mapped(kernel, a);
}

int64_t sys_munlock(struct user_kernel *kernel, const uint64_t *a)
{
    return check_mapped(kernel, a);
}

int64_t sys_mlockall(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel, (void)a;
    return 0;
}

int64_t sys_munlockall(struct user_kernel *kernel, const uint64_t *a)
{
    (void)kernel, (void)a;
    return 0;
}

int64_t sys_mincore(struct user_kernel *kernel, const uint64_t *a)
{
    static const uint8_t resident = 1;
    uint64_t length = a[1];
    if ((a[0] & PAGE_BITS) || !round_length(&length) || !is_range(a[0], length))
        return -EINVAL;
    if (!space_is_mapped(&kernel->space, a[0], length))
        return -ENOMEM;
    for (uint64_t i = 0; i < length / USER_PAGE; i++)
        if (!space_write(&kernel->space, a[2] + i, &resident, 1))
            return -EFAULT;
    return 0;
}
