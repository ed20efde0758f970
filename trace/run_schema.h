/* The schema of the run database; SCHEMA.md documents it. Internal to trace. */
#ifndef HORNPIPE_TRACE_RUN_SCHEMA_H
#define HORNPIPE_TRACE_RUN_SCHEMA_H

#include <sqlite3.h>

enum {
    RUN_SCHEMA_APPLICATION_ID = 0x486e5270, /* "HnRp", in the header of the file */
    /* PRAGMA user_version. 1: the first. */
    RUN_SCHEMA_VERSION = 1,
};

/* Bytes of the file's header (SQLite file format 1.3) that are read without SQLite. */
enum {
    RUN_HEADER_BYTES = 100,
    RUN_HEADER_PAGE_SIZE = 16,
    RUN_HEADER_WRITE_VERSION = 18,
    RUN_HEADER_PAGE_COUNT = 28,
    RUN_HEADER_USER_VERSION = 60,
    RUN_HEADER_APPLICATION_ID = 68,
};

/* Creates all tables and views, and what never changes in them, in one transaction. */
int run_schema_create(sqlite3 *sql);

#endif
