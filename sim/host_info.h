/* Who ran: facts for the host-side part of a record. */
#ifndef HORNPIPE_HOST_INFO_H
#define HORNPIPE_HOST_INFO_H

#include "trace/run_db.h"

/* The command line (quoted for a shell), the build and the host. */
void host_info_record(struct run_db *db, int argc, char **argv);

#endif
