/*
 * Bodies of the vector chapter (Book I 6): storage access and the VSCR here, the rest by kind in
 * sem_vmx_*.h. Element numbers run from left to right whatever MSR[LE] is; the byte order decides
 * only where in a register a byte of storage lands.
 */
#ifndef HORNPIPE_ISA_SEM_VMX_H
#define HORNPIPE_ISA_SEM_VMX_H

#include "isa/sem_vmx_crypto.h"
#include "isa/sem_vmx_fp.h"
#include "isa/sem_vmx_int.h"
#include "isa/sem_vmx_perm.h"

/* -- Whole vectors: the low four bits of the address do not take part -- */
static inline enum isa_outcome vmx_load(struct cpu *cpu, const struct insn *op)
{
    union vsr t;
    REQUIRE(mem_load128(cpu, EA(RA_OR_0 + RB) & ~UINT64_C(15), &t));
    WRITE_VRT(t);
    return ISA_NEXT;
}

static inline enum isa_outcome vmx_store(struct cpu *cpu, const struct insn *op)
{
    REQUIRE(mem_store128(cpu, EA(RA_OR_0 + RB) & ~UINT64_C(15), &VRS));
    return ISA_NEXT;
}

SEM(LVX)
{
    return vmx_load(cpu, op);
}

SEM(LVXL)
{
    return vmx_load(cpu, op);
}

SEM(STVX)
{
    return vmx_store(cpu, op);
}

SEM(STVXL)
{
    return vmx_store(cpu, op);
}

/* -- Elements: the one whose place in the quadword the address names; the others stay -- */

/* Host index of the element at `ea`: in little-endian order element 0 of storage is the last. */
static inline unsigned vmx_element_at(const struct cpu *cpu, uint64_t ea, unsigned size)
{
    const unsigned i = (unsigned)(ea & 15) / size;
    return cpu->big_endian ? 16 / size - 1 - i : i;
}

#define VMX_LOAD_ELEMENT(id, bits, elem)                                                           \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t ea = EA(RA_OR_0 + RB) & -(uint64_t)((bits) / 8);                            \
        LOAD(bits, ea, v);                                                                         \
        cpu->vsr[32 + op->rt].elem[vmx_element_at(cpu, ea, (bits) / 8)] = v;                       \
        return ISA_NEXT;                                                                           \
    }
#define VMX_STORE_ELEMENT(id, bits, elem)                                                          \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t ea = EA(RA_OR_0 + RB) & -(uint64_t)((bits) / 8);                            \
        STORE(bits, ea, VRS.elem[vmx_element_at(cpu, ea, (bits) / 8)]);                            \
        return ISA_NEXT;                                                                           \
    }
VMX_LOAD_ELEMENT(LVEBX, 8, b)
VMX_LOAD_ELEMENT(LVEHX, 16, h)
VMX_LOAD_ELEMENT(LVEWX, 32, w)
VMX_STORE_ELEMENT(STVEBX, 8, b)
VMX_STORE_ELEMENT(STVEHX, 16, h)
VMX_STORE_ELEMENT(STVEWX, 32, w)

/* -- Masks for vperm: sixteen bytes that count up from `first` -- */
static inline enum isa_outcome vmx_write_ramp(struct cpu *cpu, const struct insn *op,
                                              unsigned first)
{
    union vsr t;
    FOR_EACH_ELEMENT(i, b) VSR_B(t, i) = (uint8_t)(first + i);
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(LVSL)
{
    return vmx_write_ramp(cpu, op, (unsigned)(RA_OR_0 + RB) & 15);
}

SEM(LVSR)
{
    return vmx_write_ramp(cpu, op, 16 - ((unsigned)(RA_OR_0 + RB) & 15));
}

/* -- VSCR: word 3 of a register -- */
SEM(MFVSCR)
{
    const union vsr t = {.q = cpu->vscr};
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(MTVSCR)
{
    cpu->vscr = VSR_W(VRB, 3) & (VSCR_NJ | VSCR_SAT);
    return ISA_NEXT;
}

/* -- Data stream touches: no-ops since 2.06 (Book II 4.3.2) -- */
SEM(DST)
{
    return ISA_NEXT;
}

SEM(DSTST)
{
    return ISA_NEXT;
}

SEM(DSS)
{
    return ISA_NEXT;
}

#endif
