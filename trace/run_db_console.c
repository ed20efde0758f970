/*
 * Console output in rows of about a line. Where a row ends depends on the output and its counts
 * only, never on host time: a row that has been committed half-way is replaced when it grows.
 */
#include <stdlib.h>
#include <string.h>

#include "run_db_internal.h"

static void write_chunk(struct run_writer *writer, struct run_console *console)
{
    if (!console->dirty)
        return;
    sqlite3_stmt *row = run_writer_statement(writer, RUN_SQL_CONSOLE);
    run_bind_number(row, 1, (uint64_t)console->console_id);
    run_bind_number(row, 2, console->vty);
    run_bind_number(row, 3, console->first_icount);
    run_bind_number(row, 4, console->first_cycle);
    run_bind_number(row, 5, console->last_icount);
    run_bind_number(row, 6, console->last_cycle);
    sqlite3_bind_blob(row, 7, console->bytes, (int)console->length, SQLITE_STATIC);
    run_writer_step(writer, row);
    console->dirty = false;
}

static void close_chunk(struct run_writer *writer, struct run_console *console)
{
    write_chunk(writer, console);
    console->console_id = 0;
    console->length = 0;
}

static struct run_console *find_console(struct run_writer *writer, uint32_t vty)
{
    for (unsigned i = 0; i < writer->console_count; i++) {
        if (writer->consoles[i].vty == vty)
            return &writer->consoles[i];
    }
    struct run_console *grown =
        realloc(writer->consoles, (writer->console_count + 1) * sizeof *grown);
    if (!grown) {
        run_writer_fail(writer, SQLITE_NOMEM, "cannot be written");
        return NULL;
    }
    writer->consoles = grown;
    struct run_console *console = &grown[writer->console_count++];
    memset(console, 0, sizeof *console);
    console->vty = vty;
    return console;
}

void run_console_add(struct run_writer *writer, const struct run_message *message)
{
    struct run_console *console = find_console(writer, (uint32_t)message->number[2]);
    if (!console)
        return;
    const uint64_t icount = message->number[0], cycle = message->number[1];
    const char *bytes = message->text[0];
    size_t left = message->length[0];
    if (console->console_id && icount - console->first_icount > RUN_DB_CHUNK_INSTRUCTIONS)
        close_chunk(writer, console);
    while (left > 0) {
        if (!console->console_id) {
            console->console_id = ++writer->console_rows;
            console->first_icount = icount;
            console->first_cycle = cycle;
        }
        size_t n = RUN_DB_CHUNK_BYTES - console->length;
        if (n > left)
            n = left;
        memcpy(console->bytes + console->length, bytes, n);
        console->length += n;
        console->last_icount = icount;
        console->last_cycle = cycle;
        console->dirty = true;
        bytes += n;
        left -= n;
        if (console->length == RUN_DB_CHUNK_BYTES || (left == 0 && bytes[-1] == '\n'))
            close_chunk(writer, console);
    }
}

void run_console_flush(struct run_writer *writer)
{
    for (unsigned i = 0; i < writer->console_count; i++)
        write_chunk(writer, &writer->consoles[i]);
}
