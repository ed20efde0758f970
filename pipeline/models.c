#include "models.h"

#include <string.h>

enum sim_status pipeline_model_check(const char *name)
{
    static const char *const later[] = {"power7", "power8", "auto"};
    if (strcmp(name, "none") == 0)
        return STATUS_OK;
    for (unsigned i = 0; i < sizeof later / sizeof later[0]; i++)
        RETURN_IF(strcmp(name, later[i]) == 0, STATUS_NOT_BUILT,
                  "--model %s: this version has no cycle model yet; use --model none", name);
    return status_fail(STATUS_UNKNOWN, "--model %s: no such model (known: none)", name);
}
