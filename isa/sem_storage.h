/* Bodies of insns_storage.def: Book I 3.3.2 - 3.3.6, Book II 4. */
#include "isa/access.h"

#define EA_D  EA(RA_OR_0 + DISP)
#define EA_X  EA(RA_OR_0 + RB)
#define EA_DU EA(RA + DISP)
#define EA_XU EA(RA + RB)

#define LOAD_ROW(id, bits, ea_expr, convert)                                                       \
    SEM(id)                                                                                        \
    {                                                                                              \
        LOAD(bits, ea_expr, v);                                                                    \
        WRITE_RT((uint64_t)(convert(v)));                                                          \
        return ISA_NEXT;                                                                           \
    }
/* With update; RA=0 and RA=RT are invalid forms, where the loaded value wins. */
#define LOAD_UPDATE_ROW(id, bits, ea_expr, convert)                                                \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t full = (ea_expr);                                                           \
        LOAD(bits, EA(full), v);                                                                   \
        WRITE_RA(full);                                                                            \
        WRITE_RT((uint64_t)(convert(v)));                                                          \
        return ISA_NEXT;                                                                           \
    }
#define LOAD_FAMILY(base, bits, convert)                                                           \
    LOAD_ROW(base, bits, EA_D, convert)                                                            \
    LOAD_ROW(base##X, bits, EA_X, convert)
LOAD_FAMILY(LBZ, 8, )
LOAD_FAMILY(LHZ, 16, )
LOAD_FAMILY(LHA, 16, (int16_t))
LOAD_FAMILY(LWZ, 32, )
LOAD_FAMILY(LWA, 32, (int32_t))
LOAD_FAMILY(LD, 64, )
LOAD_UPDATE_ROW(LBZU, 8, RA + DISP, )
LOAD_UPDATE_ROW(LBZUX, 8, RA + RB, )
LOAD_UPDATE_ROW(LHZU, 16, RA + DISP, )
LOAD_UPDATE_ROW(LHZUX, 16, RA + RB, )
LOAD_UPDATE_ROW(LHAU, 16, RA + DISP, (int16_t))
LOAD_UPDATE_ROW(LHAUX, 16, RA + RB, (int16_t))
LOAD_UPDATE_ROW(LWZU, 32, RA + DISP, )
LOAD_UPDATE_ROW(LWZUX, 32, RA + RB, )
LOAD_UPDATE_ROW(LWAUX, 32, RA + RB, (int32_t))
LOAD_UPDATE_ROW(LDU, 64, RA + DISP, )
LOAD_UPDATE_ROW(LDUX, 64, RA + RB, )
LOAD_ROW(LHBRX, 16, EA_X, __builtin_bswap16)
LOAD_ROW(LWBRX, 32, EA_X, __builtin_bswap32)
LOAD_ROW(LDBRX, 64, EA_X, __builtin_bswap64)
#undef LOAD_ROW
#undef LOAD_UPDATE_ROW
#undef LOAD_FAMILY

#define STORE_ROW(id, bits, ea_expr, convert)                                                      \
    SEM(id)                                                                                        \
    {                                                                                              \
        STORE(bits, ea_expr, convert((uint##bits##_t)RS));                                         \
        return ISA_NEXT;                                                                           \
    }
#define STORE_UPDATE_ROW(id, bits, ea_expr)                                                        \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t full = (ea_expr);                                                           \
        STORE(bits, EA(full), RS);                                                                 \
        WRITE_RA(full);                                                                            \
        return ISA_NEXT;                                                                           \
    }
#define STORE_FAMILY(base, bits)                                                                   \
    STORE_ROW(base, bits, EA_D, )                                                                  \
    STORE_ROW(base##X, bits, EA_X, )                                                               \
    STORE_UPDATE_ROW(base##U, bits, RA + DISP)                                                     \
    STORE_UPDATE_ROW(base##UX, bits, RA + RB)
STORE_FAMILY(STB, 8)
STORE_FAMILY(STH, 16)
STORE_FAMILY(STW, 32)
STORE_FAMILY(STD, 64)
STORE_ROW(STHBRX, 16, EA_X, __builtin_bswap16)
STORE_ROW(STWBRX, 32, EA_X, __builtin_bswap32)
STORE_ROW(STDBRX, 64, EA_X, __builtin_bswap64)
#undef STORE_ROW
#undef STORE_UPDATE_ROW
#undef STORE_FAMILY

/* -- Quadword: LE puts the second register first (Book I 3.3.4) -- */

static inline unsigned first_of_pair(const struct cpu *cpu, unsigned rt)
{
    return cpu->big_endian ? rt & ~1u : rt | 1u;
}

SEM(LQ)
{
    const uint64_t ea = EA_D;
    uint64_t v[2];
    if (ea & 15 || (cpu->model->level < ISA_207 && !cpu->big_endian))
        return isa_raise_alignment(cpu, ea, op->word);
    REQUIRE(mem_probe_quad(cpu, ea, MMU_LOAD));
    REQUIRE(mem_load_pair(cpu, ea, v));
    const unsigned first = first_of_pair(cpu, op->rt);
    GPR(first) = v[0];
    GPR(first ^ 1) = v[1];
    return ISA_NEXT;
}

SEM(STQ)
{
    const uint64_t ea = EA_D;
    if (ea & 15 || (cpu->model->level < ISA_207 && !cpu->big_endian))
        return isa_raise_alignment(cpu, ea, op->word);
    REQUIRE(mem_probe_quad(cpu, ea, MMU_STORE));
    const unsigned first = first_of_pair(cpu, op->rt);
    const uint64_t v[2] = {GPR(first), GPR(first ^ 1)};
    REQUIRE(mem_store_pair(cpu, ea, v));
    return ISA_NEXT;
}

/* -- Multiple and string: in LE an alignment interrupt (Book I 3.3.5, 3.3.6) -- */

#define BIG_ENDIAN_ONLY(ea)                                                                        \
    do {                                                                                           \
        if (!cpu->big_endian)                                                                      \
            return isa_raise_alignment(cpu, (ea), op->word);                                       \
    } while (0)

SEM(LMW)
{
    const uint64_t ea = EA_D;
    BIG_ENDIAN_ONLY(ea);
    REQUIRE(mem_probe(cpu, ea, 4 * (32u - op->rt), MMU_LOAD));
    for (unsigned r = op->rt; r < 32; r++) {
        LOAD(32, EA(ea + 4 * (r - op->rt)), v);
        GPR(r) = v;
    }
    return ISA_NEXT;
}

SEM(STMW)
{
    const uint64_t ea = EA_D;
    BIG_ENDIAN_ONLY(ea);
    REQUIRE(mem_probe(cpu, ea, 4 * (32u - op->rt), MMU_STORE));
    for (unsigned r = op->rt; r < 32; r++)
        STORE(32, EA(ea + 4 * (r - op->rt)), GPR(r));
    return ISA_NEXT;
}

static inline enum isa_outcome load_string(struct cpu *cpu, uint64_t ea, unsigned rt, unsigned n)
{
    uint32_t word = 0;
    if (n)
        REQUIRE(mem_probe(cpu, ea, n, MMU_LOAD));
    for (unsigned i = 0; i < n; i++) {
        LOAD(8, EA(ea + i), byte);
        word |= (uint32_t)byte << (24 - 8 * (i & 3));
        if ((i & 3) == 3 || i == n - 1) {
            GPR((rt + i / 4) & 31) = word;
            word = 0;
        }
    }
    return ISA_NEXT;
}

static inline enum isa_outcome store_string(struct cpu *cpu, uint64_t ea, unsigned rs, unsigned n)
{
    if (n)
        REQUIRE(mem_probe(cpu, ea, n, MMU_STORE));
    for (unsigned i = 0; i < n; i++)
        STORE(8, EA(ea + i), GPR((rs + i / 4) & 31) >> (24 - 8 * (i & 3)));
    return ISA_NEXT;
}

#define NB_OR_32 (op->rb ? op->rb : 32u)
SEM(LSWI)
{
    const uint64_t ea = EA(RA_OR_0);
    BIG_ENDIAN_ONLY(ea);
    return load_string(cpu, ea, op->rt, NB_OR_32);
}

SEM(LSWX)
{
    const uint64_t ea = EA_X;
    BIG_ENDIAN_ONLY(ea);
    return load_string(cpu, ea, op->rt, cpu->string_count);
}

SEM(STSWI)
{
    const uint64_t ea = EA(RA_OR_0);
    BIG_ENDIAN_ONLY(ea);
    return store_string(cpu, ea, op->rt, NB_OR_32);
}

SEM(STSWX)
{
    const uint64_t ea = EA_X;
    BIG_ENDIAN_ONLY(ea);
    return store_string(cpu, ea, op->rt, cpu->string_count);
}

/* -- Load and reserve, store conditional (Book II 4.4.2) -- */

#define LOAD_RESERVE_ROW(id, size)                                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        const uint64_t ea = EA_X;                                                                  \
        uint64_t v[2];                                                                             \
        if (ea & ((size)-1))                                                                       \
            return isa_raise_alignment(cpu, ea, op->word);                                         \
        REQUIRE(mem_load_reserve(cpu, ea, (size), v));                                             \
        WRITE_RT(v[0]);                                                                            \
        return ISA_NEXT;                                                                           \
    }
LOAD_RESERVE_ROW(LBARX, 1u)
LOAD_RESERVE_ROW(LHARX, 2u)
LOAD_RESERVE_ROW(LWARX, 4u)
LOAD_RESERVE_ROW(LDARX, 8u)
#undef LOAD_RESERVE_ROW

#define STORE_CONDITIONAL(size, v0, v1)                                                            \
    do {                                                                                           \
        const uint64_t ea = EA_X, v[2] = {(v0), (v1)};                                             \
        bool stored;                                                                               \
        if (ea & ((size)-1))                                                                       \
            return isa_raise_alignment(cpu, ea, op->word);                                         \
        REQUIRE(mem_store_conditional(cpu, ea, (size), v, &stored));                               \
        WRITE_CR_FIELD(0, (stored ? CR_EQ : 0) | cpu->so);                                         \
        return ISA_NEXT;                                                                           \
    } while (0)

SEM(STBCX_DOT)
{
    STORE_CONDITIONAL(1u, RS & 0xff, 0);
}

SEM(STHCX_DOT)
{
    STORE_CONDITIONAL(2u, RS & 0xffff, 0);
}

SEM(STWCX_DOT)
{
    STORE_CONDITIONAL(4u, RS & 0xffffffff, 0);
}

SEM(STDCX_DOT)
{
    STORE_CONDITIONAL(8u, RS, 0);
}

SEM(STQCX_DOT)
{
    const unsigned first = first_of_pair(cpu, op->rt);
    STORE_CONDITIONAL(16u, GPR(first), GPR(first ^ 1));
}

SEM(LQARX)
{
    const uint64_t ea = EA_X;
    uint64_t v[2];
    if (ea & 15)
        return isa_raise_alignment(cpu, ea, op->word);
    REQUIRE(mem_load_reserve(cpu, ea, 16, v));
    const unsigned first = first_of_pair(cpu, op->rt);
    GPR(first) = v[0];
    GPR(first ^ 1) = v[1];
    return ISA_NEXT;
}

/* -- Cache control: memory is always coherent, so only the checks and dcbz do anything -- */

SEM(DCBZ)
{
    REQUIRE(mem_dcbz(cpu, EA_X, op->word));
    return ISA_NEXT;
}

SEM(DCBST)
{
    REQUIRE(mem_probe(cpu, EA_X, 1, MMU_LOAD));
    return ISA_NEXT;
}

SEM(DCBF)
{
    REQUIRE(mem_probe(cpu, EA_X, 1, MMU_LOAD));
    return ISA_NEXT;
}

SEM(ICBI)
{
    REQUIRE(mem_probe(cpu, EA_X, 1, MMU_LOAD));
    return ISA_NEXT;
}

SEM(DCBT)
{
    return ISA_NEXT;
}

SEM(DCBTST)
{
    return ISA_NEXT;
}

SEM(ICBT)
{
    return ISA_NEXT;
}

/* -- Caching-inhibited: hypervisor only; E_HV answers before a body could run -- */
#define CI_ROW(id)                                                                                 \
    SEM(id)                                                                                        \
    {                                                                                              \
        return isa_raise_program(cpu, SRR1_PROG_PRIVILEGED);                                       \
    }
CI_ROW(LBZCIX)
CI_ROW(LHZCIX)
CI_ROW(LWZCIX)
CI_ROW(LDCIX)
CI_ROW(STBCIX)
CI_ROW(STHCIX)
CI_ROW(STWCIX)
CI_ROW(STDCIX)
#undef CI_ROW
