/* trace/SCHEMA.md names every table, view and column of the schema, and no other. */
#include "run_db_fixture.h"

#include <sqlite3.h>

enum { LINES_MAX = 500, LINE_MAX_BYTES = 200 };

struct columns {
    unsigned count;
    char line[LINES_MAX][LINE_MAX_BYTES]; /* "table.column", with " TYPE" in tables */
};

static void add_column(struct columns *columns, const char *table, const char *column,
                       const char *type)
{
    assert_true(columns->count < LINES_MAX);
    const int length = snprintf(columns->line[columns->count++], LINE_MAX_BYTES, "%s.%s%s%s", table,
                                column, *type ? " " : "", type);
    assert_in_range(length, 1, LINE_MAX_BYTES - 1);
}

static bool is_view(sqlite3 *sql, const char *name)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(sql,
                                        "SELECT 1 FROM sqlite_schema WHERE type = 'view' AND "
                                        "name = ?",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    const bool found = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return found;
}

static void read_schema(sqlite3 *sql, struct columns *columns)
{
    static const char query[] =
        "SELECT s.name, c.name, CASE s.type WHEN 'view' THEN '' ELSE c.type END "
        "FROM sqlite_schema AS s, pragma_table_info(s.name) AS c "
        "WHERE s.type IN ('table', 'view') ORDER BY s.rowid, c.cid";
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(sql, query, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        add_column(columns, (const char *)sqlite3_column_text(statement, 0),
                   (const char *)sqlite3_column_text(statement, 1),
                   (const char *)sqlite3_column_text(statement, 2));
    sqlite3_finalize(statement);
}

/* A heading "### name" begins a table or view, a line "| `column` | TYPE | ..." is a column. */
static void read_page(sqlite3 *sql, struct columns *columns)
{
    FILE *page = fopen(HORNPIPE_SOURCE_DIR "/trace/SCHEMA.md", "r");
    assert_non_null(page);
    char line[1000], table[100] = "", column[100], type[100];
    while (fgets(line, sizeof line, page)) {
        if (strncmp(line, "## ", 3) == 0)
            table[0] = '\0';
        if (sscanf(line, "### %99s", table) == 1)
            continue;
        if (table[0] && sscanf(line, "| `%99[^`]` | %99[A-Z] |", column, type) == 2)
            add_column(columns, table, column, is_view(sql, table) ? "" : type);
    }
    fclose(page);
}

static void test_page_is_the_schema(void **state)
{
    struct fixture *f = *state;
    static struct columns schema, page;
    fixture_record(f->path, false, 1, 0);
    sqlite3 *sql;
    assert_int_equal(sqlite3_open(f->path, &sql), SQLITE_OK);
    read_schema(sql, &schema);
    read_page(sql, &page);
    sqlite3_close(sql);
    assert_in_range(schema.count, 100, LINES_MAX - 1);
    for (unsigned i = 0; i < schema.count || i < page.count; i++)
        assert_string_equal(page.line[i], schema.line[i]);
}

/* What the canonical dump shows is what the page calls canonical. */
static void test_dump_has_the_canonical_tables(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 3, 0);
    char *dump = fixture_canonical(f->path);
    FILE *page = fopen(HORNPIPE_SOURCE_DIR "/trace/SCHEMA.md", "r");
    assert_non_null(page);
    char line[1000], heading[120], table[100];
    bool is_canonical = false;
    unsigned count = 0;
    while (fgets(line, sizeof line, page)) {
        if (strncmp(line, "## ", 3) == 0)
            is_canonical = strcmp(line, "## Canonical tables\n") == 0;
        if (sscanf(line, "### %99s", table) != 1)
            continue;
        snprintf(heading, sizeof heading, "\n[%s] ", table);
        /* These are dictionaries: their names stand in the rows that refer to them. */
        const bool is_dictionary = strcmp(table, "counter") == 0 || strcmp(table, "series") == 0 ||
                                   strcmp(table, "privilege") == 0;
        if (!!strstr(dump, heading) != (is_canonical && !is_dictionary))
            fail_msg("table %s", table);
        count += is_canonical;
    }
    assert_in_range(count, 10, 100);
    fclose(page);
    free(dump);
}

/* The queries that the page offers as answers run as they stand. */
static void test_examples_run(void **state)
{
    struct fixture *f = *state;
    fixture_record(f->path, false, 3, 0);
    FILE *page = fopen(HORNPIPE_SOURCE_DIR "/trace/SCHEMA.md", "r");
    assert_non_null(page);
    sqlite3 *sql;
    assert_int_equal(sqlite3_open(f->path, &sql), SQLITE_OK);
    char line[1000];
    unsigned count = 0;
    while (fgets(line, sizeof line, page)) {
        if (strncmp(line, "SELECT ", 7) != 0)
            continue;
        count++;
        if (sqlite3_exec(sql, line, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s: %s", line, sqlite3_errmsg(sql));
    }
    assert_in_range(count, 5, 100);
    sqlite3_close(sql);
    fclose(page);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_page_is_the_schema),
        TEST(test_dump_has_the_canonical_tables),
        TEST(test_examples_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
