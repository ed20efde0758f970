/* The help text of an option table. */
#include <string.h>

#include "base/options.h"

enum { HELP_WIDTH = 80, HELP_COLUMN = 26 };

/* Writes words of `text`, each line after the first indented by `indent`; starts at `column`. */
static void write_wrapped(FILE *out, const char *text, int column, int indent)
{
    while (*text) {
        const int length = (int)strcspn(text, " \n");
        if (column > indent && column + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        column += fprintf(out, "%.*s", length, text);
        text += length;
        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

static void write_row(FILE *out, const struct option *o)
{
    char head[160];
    const int n = snprintf(head, sizeof head, "  %s%s%s%s%s", o->alias ? o->alias : "",
                           o->alias ? ", " : "", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
    fputs(head, out);
    if (n + 2 > HELP_COLUMN)
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    else
        fprintf(out, "%*s", HELP_COLUMN - n, "");
    write_wrapped(out, o->help, HELP_COLUMN, HELP_COLUMN);
}

static void write_refused(FILE *out, const struct option *options)
{
    char list[2048] = "Known, but not built yet (refused by name):";
    size_t used = strlen(list);
    unsigned count = 0;
    for (const struct option *o = options; o->kind != OPTION_END; o++) {
        if (o->kind == OPTION_REFUSED && !o->why && used < sizeof list) {
            used += (size_t)snprintf(list + used, sizeof list - used, " %s", o->name);
            count++;
        }
    }
    if (count) {
        fputc('\n', out);
        write_wrapped(out, list, 0, 0);
    }
}

void options_help(const struct option_table *table, FILE *out)
{
    fprintf(out, "Usage: %s %s\n\n", table->command, table->usage);
    write_wrapped(out, table->intro, 0, 0);
    bool headed = false; /* a title or an empty line stands before the rows */
    for (const struct option *o = table->options; o->kind != OPTION_END; o++) {
        if (o->kind == OPTION_GROUP) {
            fprintf(out, "\n%s:\n", o->name);
            headed = true;
        } else if (o->help) {
            fputs(headed ? "" : "\n", out);
            write_row(out, o);
            headed = true;
        }
    }
    write_refused(out, table->options);
    if (table->outro) {
        fputc('\n', out);
        write_wrapped(out, table->outro, 0, 0);
    }
}
