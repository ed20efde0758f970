/*
 * Reservations among several vCPUs (Book II 1.7.4): a store to the 128-byte granule by another
 * vCPU, or by hypervisor or device, ends one. As one vCPU runs at a time, those of the others are
 * parked: no other vCPU has, or gets, an entry of the software TLB that stores to the 4K page, so
 * such stores take the slow path, which asks here. With one vCPU nothing is ever parked.
 */
#ifndef HORNPIPE_ISA_RESERVE_H
#define HORNPIPE_ISA_RESERVE_H

#include "isa/bus.h"
#include "isa/cpu.h"

/* Parks the reservation of a vCPU whose run() ends. */
void reserve_park(struct cpu *cpu);

/* Nothing of this vCPU is parked any longer. */
void reserve_unpark(struct cpu *cpu);

/* True if stores by `cpu` into this real page must take the slow path. */
bool reserve_guards(const struct cpu *cpu, uint64_t real_page);

/* Bytes were stored by `by`; NULL: by hypervisor or device. Ends what reservations there are. */
void reserve_stored(struct isa_bus *bus, const struct cpu *by, uint64_t real, uint64_t len);

#endif
