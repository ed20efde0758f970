/* dl_iterate_phdr() */
#define _GNU_SOURCE
#include "host_info.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void quote(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=.,:/@%";
    if (*word && word[strspn(word, plain)] == 0) {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    }
    fputc('\'', out);
}

static void record_command_line(struct run_db *db, int argc, char **argv)
{
    char *text = NULL;
    size_t size;
    FILE *const out = open_memstream(&text, &size);
    if (!out)
        return;
    for (int i = 0; i < argc; i++) {
        if (i > 0)
            fputc(' ', out);
        quote(out, argv[i]);
    }
    if (fclose(out) == 0)
        run_db_host(db, "command_line", text);
    free(text);
}

/* The linker's build ID of the program itself, which the first object is. */
static int find_build_id(struct dl_phdr_info *info, size_t size, void *ctx)
{
    char *const out = ctx; /* 41 bytes */
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type != PT_NOTE)
            continue;
        const char *at = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        const char *const end = at + info->dlpi_phdr[i].p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            const ElfW(Nhdr) *const note = (const void *)at;
            const char *const name = at + sizeof *note;
            const unsigned char *const id = (const void *)(name + ((note->n_namesz + 3u) & ~3u));
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4))
                for (unsigned byte = 0; byte < note->n_descsz && byte < 20; byte++)
                    snprintf(out + 2 * byte, 3, "%02x", id[byte]);
            at = (const char *)id + ((note->n_descsz + 3u) & ~3u);
        }
    }
    return 1;
}

void host_info_record(struct run_db *db, int argc, char **argv)
{
    char build_id[41] = "unknown", text[600];
    struct utsname system;
    record_command_line(db, argc, argv);
    dl_iterate_phdr(find_build_id, build_id);
    snprintf(text, sizeof text, "hornpipe %s, build ID %s, compiler %s", HORNPIPE_VERSION, build_id,
             __VERSION__);
    run_db_host(db, "build", text);
    if (uname(&system) == 0) {
        snprintf(text, sizeof text, "%s, %s %s, %s, %ld processors", system.nodename,
                 system.sysname, system.release, system.machine, sysconf(_SC_NPROCESSORS_ONLN));
        run_db_host(db, "host", text);
    }
    if (getcwd(text, sizeof text))
        run_db_host(db, "directory", text);
}
