/* Interrupts of the program, as Linux answers them on these processors. */
#include <inttypes.h>

#include "isa/fp/fpscr.h"
#include "isa/msr.h"
#include "user/kernel.h"

#define NIP(kernel) ((kernel)->cpu->nia)

/* The instruction word at `ea`; false if it cannot be read. */
static bool read_word(struct user_kernel *kernel, uint64_t ea, uint32_t *word)
{
    uint8_t bytes[4];
    if (!space_read(&kernel->space, ea, bytes, sizeof bytes))
        return false;
    *word = kernel->cpu->big_endian ? load_be32(bytes) : load_le32(bytes);
    return true;
}

/* -- Storage -- */

static void storage_fault(struct user_kernel *kernel, uint64_t address)
{
    if (kernel->space.exhausted) {
        kernel_die(kernel, GSIG_KILL, "out of memory; -m gives it more");
        return;
    }
    const bool mapped = space_find(&kernel->space, address) != NULL;
    signal_force(kernel, GSIG_SEGV, mapped ? SEGV_CODE_ACCESS : SEGV_CODE_UNMAPPED, address);
}

static void alignment(struct user_kernel *kernel, uint64_t address)
{
    const enum align_result result =
        kernel->unaligned_sigbus ? ALIGN_REFUSED : kernel_fix_alignment(kernel);
    if (result == ALIGN_DONE)
        NIP(kernel) += 4;
    else if (result == ALIGN_BAD_ADDRESS)
        signal_force(kernel, GSIG_SEGV, SEGV_CODE_ACCESS, address);
    else
        signal_force(kernel, GSIG_BUS, BUS_CODE_ALIGNMENT, address);
}

/* -- Program interrupts -- */

/* Which of the enabled exceptions Linux names: its order is VX, OX, UX, ZX, XX. */
static int32_t float_code(uint64_t fpscr)
{
    if ((fpscr & FPSCR_VE) && (fpscr & FPSCR_VX))
        return FPE_CODE_INVALID;
    if ((fpscr & FPSCR_OE) && (fpscr & FPSCR_OX))
        return FPE_CODE_OVERFLOW;
    if ((fpscr & FPSCR_UE) && (fpscr & FPSCR_UX))
        return FPE_CODE_UNDERFLOW;
    if ((fpscr & FPSCR_ZE) && (fpscr & FPSCR_ZX))
        return FPE_CODE_DIVIDE;
    if ((fpscr & FPSCR_XE) && (fpscr & FPSCR_XX))
        return FPE_CODE_INEXACT;
    return FPE_CODE_UNKNOWN;
}

/* mfspr RT,PVR is done for the program. */
static bool emulate_mfpvr(struct user_kernel *kernel)
{
    uint32_t word;
    if (!read_word(kernel, NIP(kernel), &word) || (word & 0xfc1fffff) != 0x7c1f42a6)
        return false;
    kernel->cpu->gpr[bits32(word, 6, 5)] = kernel->cpu->pvr;
    NIP(kernel) += 4;
    return true;
}

static void program(struct user_kernel *kernel, uint64_t cause)
{
    const uint64_t nip = NIP(kernel);
    if (cause & SRR1_PROG_FP_ENABLED)
        signal_force(kernel, GSIG_FPE, float_code(kernel->cpu->fpscr), nip);
    else if (cause & SRR1_PROG_TRAP)
        signal_force(kernel, GSIG_TRAP, TRAP_CODE_BREAKPOINT, nip);
    else if (cause & SRR1_PROG_TM_BAD)
        signal_force(kernel, GSIG_ILL, ILL_CODE_OPERAND, nip);
    else if (!emulate_mfpvr(kernel))
        signal_force(kernel, GSIG_ILL,
                     cause & SRR1_PROG_PRIVILEGED ? ILL_CODE_PRIVILEGED : ILL_CODE_OPCODE, nip);
}

/* -- Facilities, given when first used -- */

static void give(struct user_kernel *kernel, uint64_t bits)
{
    struct cpu *const cpu = kernel->cpu;
    if (bits & MSR_FP)
        bits |= kernel->fpexc;
    kernel->used_vmx |= (bits & MSR_VEC) != 0;
    kernel->used_vsx |= (bits & MSR_VSX) != 0;
    cpu_set_msr(cpu, cpu->msr | bits);
}

/* DSCR: the first mtspr opens it for good, an mfspr before is done for the program. */
static void facility(struct user_kernel *kernel)
{
    struct cpu *const cpu = kernel->cpu;
    uint32_t word;
    if (cpu->fscr >> FSCR_IC_SHIFT == FSCR_IC_DSCR && read_word(kernel, NIP(kernel), &word)) {
        const unsigned rt = bits32(word, 6, 5);
        if ((word & 0xfc1fffff) == 0x7c0303a6) { /* mtspr 3,RS */
            cpu->dscr = cpu->gpr[rt];
            cpu->fscr |= FSCR_DSCR;
            NIP(kernel) += 4;
            return;
        }
        if ((word & 0xfc1fffff) == 0x7c0302a6) { /* mfspr RT,3 */
            cpu->gpr[rt] = cpu->dscr;
            NIP(kernel) += 4;
            return;
        }
    }
    signal_force(kernel, GSIG_ILL, ILL_CODE_OPCODE, NIP(kernel));
}

/* -- All -- */

static uint64_t trap_number(enum isa_vector vector)
{
    static const uint16_t offsets[VECTOR_COUNT] = {
#define INTERRUPT(id, name, vector_offset, ail_applies) vector_offset,
#include "isa/interrupts.def"
#undef INTERRUPT
    };
    return offsets[vector];
}

static void note_interrupt(struct user_kernel *kernel, const struct isa_fault *fault)
{
    struct user_signals *const signals = &kernel->signals;
    signals->trap = trap_number(fault->vector);
    signals->orig_r3 = kernel->cpu->gpr[3];
    if (fault->sets_dar)
        signals->dar = fault->dar;
    if (fault->sets_dsisr)
        signals->dsisr = fault->dsisr;
    /* Linux keeps the fetch's address and SRR1's cause in the same places. */
    if (fault->vector == VECTOR_INSN_STORAGE) {
        signals->dar = NIP(kernel);
        signals->dsisr = fault->srr1 & 0x5820f000;
    }
}

void kernel_trap(struct user_kernel *kernel)
{
    const struct isa_fault fault = kernel->cpu->fault;
    note_interrupt(kernel, &fault);
    switch (fault.vector) {
    case VECTOR_SYSTEM_CALL:
        kernel_system_call(kernel);
        break;
    case VECTOR_DATA_STORAGE:
        storage_fault(kernel, fault.dar);
        break;
    case VECTOR_INSN_STORAGE:
        storage_fault(kernel, NIP(kernel));
        break;
    case VECTOR_DATA_SEGMENT:
        signal_force(kernel, GSIG_SEGV, SEGV_CODE_BOUNDS, fault.dar);
        break;
    case VECTOR_INSN_SEGMENT:
        signal_force(kernel, GSIG_SEGV, SEGV_CODE_BOUNDS, NIP(kernel));
        break;
    case VECTOR_ALIGNMENT:
        alignment(kernel, fault.dar);
        break;
    case VECTOR_PROGRAM:
        program(kernel, fault.srr1);
        break;
    case VECTOR_FP_UNAVAILABLE:
        give(kernel, MSR_FP);
        break;
    case VECTOR_VMX_UNAVAILABLE:
        give(kernel, MSR_VEC);
        break;
    case VECTOR_VSX_UNAVAILABLE:
        give(kernel, MSR_FP | MSR_VEC | MSR_VSX);
        break;
    case VECTOR_FACILITY:
        facility(kernel);
        break;
    case VECTOR_MACHINE_CHECK:
        signal_force(kernel, GSIG_BUS, BUS_CODE_ALIGNMENT, NIP(kernel));
        break;
    default:
        signal_force(kernel, GSIG_TRAP, TRAP_CODE_BREAKPOINT, NIP(kernel));
        break;
    }
}
