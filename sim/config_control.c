/* The options of `run` that say where its console goes, what is recorded, and when it ends. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compound.h"
#include "base/nearest.h"
#include "base/numbers.h"
#include "config_internal.h"
#include "pipeline/models.h"

/* -- -serial --- */

static const char *const serials[] = {"mon:stdio", "stdio", "null", "none"};

_Static_assert(SERIAL_MON_STDIO == 0 && SERIAL_STDIO == 1 && SERIAL_NULL == 2 && SERIAL_NONE == 3,
               "ORDER serials");

enum sim_status config_serial(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    /* In QEMU each -serial adds a port, so that the last one does not win. */
    RETURN_IF(config->serial_given, STATUS_NOT_BUILT,
              "%s: not built yet; this version has one console", use->shown);
    for (unsigned i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        if (strcmp(use->value, serials[i]) == 0) {
            config->serial = (enum run_serial)i;
            config->serial_given = true;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_NOT_BUILT,
                       "%s: not built yet; this version has mon:stdio, stdio, null and none",
                       use->shown);
}

bool config_show_serial(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index == 0)
        fputs(serials[config->serial], out);
    return index == 0;
}

/* -- --record, --print-config --- */

enum sim_status config_record(const struct option_use *use, void *object)
{
    /* clang-format off */
    static const struct option keys[] = {
        OPT_FILE("file", "FILE", struct run_config, record, NULL),
        OPT_FLAG("force", NULL, struct run_config, record_force, NULL),
        OPT_END,
    };
    /* clang-format on */
    struct run_config *const config = object;
    TRY(options_parse_keys(use, keys, "file", object));
    RETURN_IF(!config->record, STATUS_USAGE, "%s: needs the name of a file", use->spelled);
    return STATUS_OK;
}

bool config_show_record(const void *object, size_t index, FILE *out)
{
    const struct run_config *const config = object;
    if (index > 0 || !config->record)
        return false;
    fputs("file=", out);
    compound_write(out, config->record);
    return true;
}

enum sim_status config_print_only(const struct option_use *use, void *object)
{
    struct run_config *const config = object;
    (void)use;
    config->print_config = true;
    return STATUS_OK;
}

/* -- --until and --at --- */

static const char *const events[] = {"icount", "console", "vtime"};
static const char *const actions[] = {"stop", "reset"}; /* of --at */
static const char *const later_actions[] = {"powerdown", "nmi", "mce", "checkpoint"};

_Static_assert(EVENT_ICOUNT == 0 && EVENT_CONSOLE == 1 && EVENT_VTIME == 2, "ORDER events");
_Static_assert(ACTION_STOP == 0 && ACTION_RESET == 1, "ORDER actions");

static enum sim_status parse_amount(const struct option_use *use, const char *value, bool is_time,
                                    uint64_t *out)
{
    const enum number_result result =
        is_time ? number_parse_time(value, out) : number_parse_count(value, out);
    RETURN_IF(result == NUMBER_MALFORMED, STATUS_USAGE, "%s: '%s' is not a %s", use->shown, value,
              is_time ? "time (such as 1.5s, 200ms)" : "count (such as 100, 10k, 5M)");
    RETURN_IF(result == NUMBER_TOO_LARGE, STATUS_RANGE, "%s: '%s' is too large", use->shown, value);
    RETURN_IF(*out == 0, STATUS_RANGE, "%s: must be greater than 0", use->shown);
    return STATUS_OK;
}

/* `event` is "icount=N" and the like; points into storage that lives as long as the config. */
static enum sim_status parse_event(const struct option_use *use, const char *event,
                                   struct run_trigger *t)
{
    struct nearest nearest;
    char name[16], hint[NEAREST_MAX_LENGTH + 32];
    const char *const equals = strchr(event, '=');
    RETURN_IF(!equals, STATUS_USAGE, "%s: must be icount=N, console=TEXT or vtime=T", use->shown);
    snprintf(name, sizeof name, "%.*s", (int)(equals - event > 15 ? 15 : equals - event), event);
    nearest_init(&nearest, name);
    for (unsigned i = 0; i < sizeof events / sizeof events[0]; i++) {
        nearest_consider(&nearest, events[i]);
        if (strcmp(events[i], name) != 0)
            continue;
        t->event = (enum run_event)i;
        if (t->event == EVENT_ICOUNT)
            return parse_amount(use, equals + 1, false, &t->icount);
        if (t->event == EVENT_VTIME)
            return parse_amount(use, equals + 1, true, &t->vtime_ns);
        t->text = equals + 1;
        RETURN_IF(!*t->text, STATUS_USAGE, "%s: the text is empty", use->shown);
        return STATUS_OK;
    }
    return status_fail(STATUS_UNKNOWN, "%s: unknown event '%s'%s", use->shown, name,
                       nearest_hint(&nearest, "", hint, sizeof hint));
}

static enum sim_status parse_action(const struct option_use *use, const char *action,
                                    struct run_trigger *t)
{
    struct nearest nearest;
    char hint[NEAREST_MAX_LENGTH + 32];
    nearest_init(&nearest, action);
    for (unsigned i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        nearest_consider(&nearest, actions[i]);
        if (strcmp(actions[i], action) == 0) {
            t->action = (enum run_action)i;
            return STATUS_OK;
        }
    }
    for (unsigned i = 0; i < sizeof later_actions / sizeof later_actions[0]; i++) {
        RETURN_IF(strcmp(later_actions[i], action) == 0, STATUS_NOT_BUILT,
                  "%s: action '%s' is not built yet", use->shown, action);
    }
    return status_fail(STATUS_UNKNOWN, "%s: unknown action '%s'; must be stop or reset%s",
                       use->shown, action, nearest_hint(&nearest, "", hint, sizeof hint));
}

static enum sim_status add_trigger(const struct option_use *use, struct run_config *config,
                                   struct run_trigger *t)
{
    t->spelled = use->shown;
    struct run_trigger *const grown =
        realloc(config->triggers, (config->trigger_count + 1) * sizeof *grown);
    RETURN_IF(!grown, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    config->triggers = grown;
    config->triggers[config->trigger_count++] = *t;
    return STATUS_OK;
}

enum sim_status config_until(const struct option_use *use, void *object)
{
    struct run_trigger t = {.action = ACTION_STOP};
    TRY(parse_event(use, use->value, &t));
    return add_trigger(use, object, &t);
}

/* EVENT:WHAT, of which `parse` reads what is to be done. */
static enum sim_status parse_event_and(
    const struct option_use *use, struct run_config *config, const char *example,
    enum sim_status (*parse)(const struct option_use *use, const char *what, struct run_trigger *t))
{
    struct run_trigger t = {0};
    const char *const colon = strrchr(use->value, ':'); /* the text may hold others */
    RETURN_IF(!colon, STATUS_USAGE, "%s: must be %s", use->shown, example);
    TRY(parse(use, colon + 1, &t));
    const char *const event =
        option_strings_add(use->strings, use->value, (size_t)(colon - use->value));
    RETURN_IF(!event, STATUS_NO_MEMORY, "out of memory reading %s", use->spelled);
    TRY(parse_event(use, event, &t));
    return add_trigger(use, config, &t);
}

enum sim_status config_at(const struct option_use *use, void *object)
{
    return parse_event_and(use, object, "EVENT:ACTION, such as icount=5M:reset", parse_action);
}

static enum sim_status parse_engine(const struct option_use *use, const char *name,
                                    struct run_trigger *t)
{
    t->action = ACTION_ENGINE;
    for (unsigned i = 0; engine_names[i]; i++) {
        if (strcmp(engine_names[i], name) == 0) {
            t->engine = (enum engine_kind)i;
            return STATUS_OK;
        }
    }
    return status_fail(STATUS_UNKNOWN, "%s: unknown engine '%s'; must be precise or threaded",
                       use->shown, name);
}

enum sim_status config_engine_at(const struct option_use *use, void *object)
{
    return parse_event_and(use, object, "EVENT:ENGINE, such as icount=5M:threaded", parse_engine);
}

/* The trigger of that index among those that are for an engine, or among those that are not. */
static const struct run_trigger *find_trigger(const struct run_config *config, bool of_engine,
                                              size_t index)
{
    for (size_t i = 0; i < config->trigger_count; i++)
        if ((config->triggers[i].action == ACTION_ENGINE) == of_engine && index-- == 0)
            return &config->triggers[i];
    return NULL;
}

static bool show_trigger(const struct run_trigger *t, FILE *out)
{
    if (!t)
        return false;
    fprintf(out, "%s=", events[t->event]);
    if (t->event == EVENT_CONSOLE)
        fputs(t->text, out);
    else if (t->event == EVENT_ICOUNT)
        fprintf(out, "%" PRIu64, t->icount);
    else
        fprintf(out, "%" PRIu64 "ns", t->vtime_ns);
    fprintf(out, ":%s", t->action == ACTION_ENGINE ? engine_names[t->engine] : actions[t->action]);
    return true;
}

bool config_show_trigger(const void *object, size_t index, FILE *out)
{
    return show_trigger(find_trigger(object, false, index), out);
}

bool config_show_engine_at(const void *object, size_t index, FILE *out)
{
    return show_trigger(find_trigger(object, true, index), out);
}

/* -- --model -- */

enum sim_status config_model(const struct option_use *use, void *object)
{
    (void)object;
    return pipeline_model_check(use->value);
}
