/*
 * A client program of Open Firmware, as GRUB is one: 32-bit big-endian, loaded by SLOF from a disk.
 * Reads that disk and two others through the client interface, across blocks, prints the text that
 * it finds there, and ends the run with status 7.
 */
#include "workloads/include/hornpipe.h"

enum { AT = 0x300000 - 7, SIZE = 2000, STATUS = 7 };

typedef unsigned int cell;

static int (*firmware)(void *);

/* A call with up to four arguments and one result. */
static cell call(const char *service, cell count, cell a, cell b, cell c, cell d)
{
    cell block[8] = {(cell)service, count, 1, a, b, c, d, 0};
    block[3 + count] = 0;
    return firmware(block) ? (cell)-1 : block[3 + count];
}

static void print(const char *text, cell size)
{
    cell chosen = call("finddevice", 1, (cell) "/chosen", 0, 0, 0), handle = 0;
    call("getprop", 4, chosen, (cell) "stdout", (cell)&handle, sizeof handle);
    call("write", 3, handle, (cell)text, size, 0);
}

static void show(const char *path)
{
    static char data[SIZE];
    cell length = 0;
    while (path[length])
        length++;
    print("disk ", 5);
    print(path, length);
    print("\r\n", 2);
    const cell disk = call("open", 1, (cell)path, 0, 0, 0);
    if (disk && disk != (cell)-1 && call("seek", 3, disk, 0, AT, 0) != (cell)-1 &&
        call("read", 3, disk, (cell)data, SIZE, 0) == SIZE)
        print(data, SIZE);
}

void _start(cell r3, cell r4, int (*client_interface)(void *));

void _start(cell r3, cell r4, int (*client_interface)(void *))
{
    static char path[256];
    (void)r3;
    (void)r4;
    firmware = client_interface;
    const cell chosen = call("finddevice", 1, (cell) "/chosen", 0, 0, 0);
    call("getprop", 4, chosen, (cell) "bootpath", (cell)path, sizeof path - 1);
    show(path);
    show("/pci/scsi@0");
    show("/pci/scsi@1/disk@100000000000000");
    hornpipe_exit(STATUS);
}
