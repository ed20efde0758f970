/*
 * Shapes that the vector bodies share. A shape is a macro that takes the element view of union vsr
 * (b, h, w, d or the signed sb, sh, sw, sd) and an expression over the elements x (of VRA), y (of
 * VRB). Most shapes are blind to the direction in which elements are numbered; those that are not
 * work on host indices and say which architected half they mean.
 */
#ifndef HORNPIPE_ISA_SEM_VECTOR_H
#define HORNPIPE_ISA_SEM_VECTOR_H

#include "isa/access.h"

/* Two registers as one value of 256 bits: v[1] is the left half. For A || B: {.v = {B, A}}. */
union vsr_pair {
    union vsr v[2];
    uint64_t d[4];
    uint32_t w[8];
    uint16_t h[16];
    uint8_t b[32];
    int64_t sd[4];
    int32_t sw[8];
    int16_t sh[16];
};

#define VSR_ELEMENTS(elem)        ARRAY_SIZE(((union vsr *)0)->elem)
#define FOR_EACH_ELEMENT(i, elem) for (unsigned i = 0; i < VSR_ELEMENTS(elem); i++)

/* VRT element <- expr(x, y) */
#define VMX_BINARY(id, elem, expr)                                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRA;                                                                         \
        const union vsr b = VRB;                                                                   \
        FOR_EACH_ELEMENT(i, elem) t.elem[i] = VECTOR_EXPR(t.elem[i], b.elem[i], expr);             \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
#define VECTOR_EXPR(x_, y_, expr)                                                                  \
    ({                                                                                             \
        const __auto_type x __attribute__((unused)) = (x_);                                        \
        const __auto_type y __attribute__((unused)) = (y_);                                        \
        (expr);                                                                                    \
    })

/* VRT element <- expr(y) */
#define VMX_UNARY(id, elem, expr)                                                                  \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRB;                                                                         \
        FOR_EACH_ELEMENT(i, elem) t.elem[i] = VECTOR_EXPR(0, t.elem[i], expr);                     \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }

/* As VMX_BINARY; expr sets `sat` when it saturates. */
#define VMX_SATURATE(id, elem, expr)                                                               \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRA;                                                                         \
        const union vsr b = VRB;                                                                   \
        uint32_t sat = 0;                                                                          \
        FOR_EACH_ELEMENT(i, elem) t.elem[i] = VECTOR_EXPR(t.elem[i], b.elem[i], expr);             \
        return vmx_write_saturated(cpu, op, t, sat);                                               \
    }

/* Elements of all ones or all zeros by cond(x, y); Rc=1 records all and none in CR6. */
#define VMX_COMPARE(id, elem, cond)                                                                \
    SEM(id)                                                                                        \
    {                                                                                              \
        union vsr t = VRA;                                                                         \
        const union vsr b = VRB;                                                                   \
        FOR_EACH_ELEMENT(i, elem) t.elem[i] = VECTOR_EXPR(t.elem[i], b.elem[i], -(cond));          \
        return vmx_write_compared(cpu, op, t, RC_BIT);                                             \
    }

/* The end of a body that may have saturated: VSCR[SAT] is sticky. */
static inline enum isa_outcome vmx_write_saturated(struct cpu *cpu, const struct insn *op,
                                                   union vsr t, uint32_t sat)
{
    WRITE_VRT(t);
    cpu->vscr |= sat;
    return ISA_NEXT;
}

/* The end of a compare: CR6 = all true || 0 || all false || 0. */
static inline enum isa_outcome vmx_write_compared(struct cpu *cpu, const struct insn *op,
                                                  union vsr t, bool record)
{
    WRITE_VRT(t);
    if (record)
        WRITE_CR_FIELD(6, t.q == ~(unsigned __int128)0 ? CR_LT : t.q == 0 ? CR_EQ : 0);
    return ISA_NEXT;
}

/* v limited to lo..hi; *sat gets VSCR_SAT when that changed it. */
static inline int64_t vmx_clamp(int64_t v, int64_t lo, int64_t hi, uint32_t *sat)
{
    if (v >= lo && v <= hi)
        return v;
    *sat = VSCR_SAT;
    return v < lo ? lo : hi;
}

static inline uint64_t vmx_clamp_unsigned(uint64_t v, uint64_t hi, uint32_t *sat)
{
    if (v <= hi)
        return v;
    *sat = VSCR_SAT;
    return hi;
}

#endif
