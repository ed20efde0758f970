/*
 * What an instruction is: the tables of *.def as C (contract 1). The decoder, the disassembler,
 * the engines, the counters and the pipeline models draw on isa_rows[].
 */
#ifndef HORNPIPE_ISA_INSN_H
#define HORNPIPE_ISA_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The levels of the architecture that a CPU model has: Power ISA 2.06B and 2.07B. */
enum isa_level { ISA_206 = 1, ISA_207 = 2 };

/*
 * Row and variant as one number: four ops a row. The low two bits are bit 31 (Rc, LK) and OE or AA.
 */
enum isa_row_id {
    ROW_INVALID, /* a word that is no instruction */
#define INSN(id, ...) ROW_##id,
#include "isa/insns.def"
#undef INSN
    ISA_ROW_COUNT
};

enum {
    OP_DECODE = 0,   /* variant 0 of ROW_INVALID: not decoded yet */
    OP_ILLEGAL = 1,  /* a word that is no instruction */
    OP_PAGE_END = 2, /* behind the last instruction of a page */
    OP_MARKER = 3,   /* xori rN,rN,0 with the marker's N: Hornpipe's guest marker */
    ISA_OP_COUNT = ISA_ROW_COUNT * 4
};

#define OP_ROW(op)     ((op) >> 2)
#define OP_VARIANT(op) ((op)&3)
#define VARIANT_RC     1u /* also LK */
#define VARIANT_OE     2u /* also AA */

enum isa_form {
#define FORM(id, mask, shift, fixed, layout) FORM_##id,
#include "isa/forms.def"
#undef FORM
    ISA_FORM_COUNT
};

enum isa_unit {
#define UNIT(id, class_name, what) UNIT_##id,
#include "isa/units.def"
#undef UNIT
    ISA_UNIT_COUNT
};

/* Categories of the book, by which a CPU's level names what it has. */
enum isa_category {
#define CATEGORY(id, name, title) CATEGORY_##id,
#include "isa/categories.def"
#undef CATEGORY
    ISA_CATEGORY_COUNT
};

/* The level that an instruction came with: before 2.06, in 2.06, in 2.07 (not on POWER7). */
enum isa_since { SINCE_OLD, SINCE_V206, SINCE_V207 };

/*
 * What an instruction or SPR belongs to, as far as the PCR may hide that from problem state (Book
 * III-S 2.6): what was new there in 2.06 and in 2.07, and three categories.
 */
enum isa_set {
    ISA_SET_V206 = 1,
    ISA_SET_V207 = 2,
    ISA_SET_TM = 4,
    ISA_SET_VSX = 8,
    ISA_SET_VEC = 16,
};

/*
 * What the meaning of a word in storage depends on, besides the CPU's level: byte order, and the
 * sets that are hidden in the state that executes it. Decoded code is kept by real address and
 * this.
 */
#define CODE_MODE(little_endian, hidden) ((uint8_t)((little_endian) | (hidden) << 1))
#define CODE_MODE_IS_LE(mode)            (((mode)&1) != 0)
#define CODE_MODE_HIDDEN(mode)           ((unsigned)(mode) >> 1)

enum isa_effect_bit {
#define EFFECT(id, reads, writes, what) EFFECT_BIT_##id,
#include "isa/effects.def"
#undef EFFECT
    ISA_EFFECT_COUNT
};
#define EFFECT_MASK(id) (UINT64_C(1) << EFFECT_BIT_##id)

/* The masks by their short names, as the rows spell them (enum constants are only int in C17). */
#define E_NONE       UINT64_C(0)
#define E_RC0        EFFECT_MASK(RC0)
#define E_RC1        EFFECT_MASK(RC1)
#define E_RC6        EFFECT_MASK(RC6)
#define E_OE         EFFECT_MASK(OE)
#define E_CR0_WR     EFFECT_MASK(CR0_WR)
#define E_CR6_WR     EFFECT_MASK(CR6_WR)
#define E_CA_IN      EFFECT_MASK(CA_IN)
#define E_CA_OUT     EFFECT_MASK(CA_OUT)
#define E_CR_RD      EFFECT_MASK(CR_RD)
#define E_CR_WR      EFFECT_MASK(CR_WR)
#define E_LR_RD      EFFECT_MASK(LR_RD)
#define E_LR_WR      EFFECT_MASK(LR_WR)
#define E_CTR_RD     EFFECT_MASK(CTR_RD)
#define E_CTR_WR     EFFECT_MASK(CTR_WR)
#define E_FPSCR_RD   EFFECT_MASK(FPSCR_RD)
#define E_FPSCR_WR   EFFECT_MASK(FPSCR_WR)
#define E_VSCR_RD    EFFECT_MASK(VSCR_RD)
#define E_VSCR_WR    EFFECT_MASK(VSCR_WR)
#define E_LOAD       EFFECT_MASK(LOAD)
#define E_STORE      EFFECT_MASK(STORE)
#define E_SIZE_1     EFFECT_MASK(SIZE_1)
#define E_SIZE_2     EFFECT_MASK(SIZE_2)
#define E_SIZE_4     EFFECT_MASK(SIZE_4)
#define E_SIZE_8     EFFECT_MASK(SIZE_8)
#define E_SIZE_16    EFFECT_MASK(SIZE_16)
#define E_SIZE_VAR   EFFECT_MASK(SIZE_VAR)
#define E_SIZE_BLOCK EFFECT_MASK(SIZE_BLOCK)
#define E_UPDATE     EFFECT_MASK(UPDATE)
#define E_RESERVE    EFFECT_MASK(RESERVE)
#define E_BYTEREV    EFFECT_MASK(BYTEREV)
#define E_CI         EFFECT_MASK(CI)
#define E_CACHE_OP   EFFECT_MASK(CACHE_OP)
#define E_BRANCH     EFFECT_MASK(BRANCH)
#define E_TRAP       EFFECT_MASK(TRAP)
#define E_SYNC       EFFECT_MASK(SYNC)
#define E_ORDER      EFFECT_MASK(ORDER)
#define E_PRIV       EFFECT_MASK(PRIV)
#define E_PRIV_206   EFFECT_MASK(PRIV_206)
#define E_SERVER_206 EFFECT_MASK(SERVER_206)
#define E_HV         EFFECT_MASK(HV)
#define E_FP         EFFECT_MASK(FP)
#define E_VMX        EFFECT_MASK(VMX)
#define E_VSX        EFFECT_MASK(VSX)
#define E_VSX_BY_XT  EFFECT_MASK(VSX_BY_XT)
#define E_VSX_BY_XS  EFFECT_MASK(VSX_BY_XS)
#define E_TM         EFFECT_MASK(TM)

enum isa_operand {
#define OPERAND(kind, class, first, bits, access, book) OPERAND_##kind,
#include "isa/operands.def"
#undef OPERAND
    ISA_OPERAND_COUNT
};

enum isa_operand_class {
    OPC_NONE,
    OPC_GPR,
    OPC_GPRP,
    OPC_GPR0,
    OPC_FPR,
    OPC_FPRP,
    OPC_VR,
    OPC_VSR,
    OPC_CRF,
    OPC_CRB,
    OPC_SIMM,
    OPC_UIMM,
    OPC_DISP,
    OPC_TARGET,
    OPC_SPR,
    OPC_SH6,
    OPC_MB6,
};
enum isa_operand_access { OPA__, OPA_R, OPA_W, OPA_U };

struct isa_operand_info {
    const char *name; /* in the book's syntax: several kinds have one name */
    uint8_t class;    /* enum isa_operand_class */
    uint8_t first, bits;
    uint8_t access; /* enum isa_operand_access */
};
extern const struct isa_operand_info isa_operands[ISA_OPERAND_COUNT];

enum isa_opsig {
#define OPSIG(name, ...) OPSIG_##name,
#include "isa/opsigs.def"
#undef OPSIG
    ISA_OPSIG_COUNT
};
#define ISA_OPERANDS_MAX 5
extern const uint8_t isa_opsigs[ISA_OPSIG_COUNT][ISA_OPERANDS_MAX]; /* enum isa_operand, 0 ends */

enum isa_variants { VARIANTS_V1, VARIANTS_RC, VARIANTS_OERC, VARIANTS_LK, VARIANTS_AALK };

struct isa_row {
    const char *mnemonic;
    uint32_t value, mask; /* a word w is this instruction if (w & mask) == value */
    uint8_t form;         /* enum isa_form */
    uint8_t variants;     /* enum isa_variants */
    uint8_t opsig;        /* enum isa_opsig */
    uint8_t unit;         /* enum isa_unit */
    uint8_t category;     /* enum isa_category */
    uint8_t since;        /* enum isa_since */
    uint64_t effects;     /* E_* */
};
/* Indexed by enum isa_row_id; row 0 is the invalid instruction. */
extern const struct isa_row isa_rows[ISA_ROW_COUNT];

struct isa_unit_info {
    const char *name, *class_name, *what;
};
extern const struct isa_unit_info isa_units[ISA_UNIT_COUNT];

struct isa_category_info {
    const char *name, *title; /* "V.Crypto", "Vector.Crypto" */
};
extern const struct isa_category_info isa_categories[ISA_CATEGORY_COUNT];

struct isa_effect_info {
    const char *reads, *writes; /* what is read or written beyond operands; NULL for none */
    const char *what;
};
extern const struct isa_effect_info isa_effects[ISA_EFFECT_COUNT];

/*
 * A decoded instruction, 16 bytes. Register fields are those of the word wherever the form has
 * them; the layouts in decode.c say what the others hold.
 */
struct insn {
    uint16_t op;            /* row * 4 + variant, or OP_DECODE.. */
    uint8_t rt, ra, rb, rc; /* word bits 6:10, 11:15, 16:20, 21:25; VSX: 6-bit register numbers */
    uint8_t ra0;            /* ra, or 32 when ra is 0: index of a GPR that may be the constant 0 */
    uint8_t me;             /* M: ME */
    int32_t imm;            /* sign-extended SI, D, DS<<2, DQ<<4, LI<<2, BD<<2; the SPR number;
                             * M: the low word of MASK(MB+32, ME+32) */
    uint32_t word;
};

/* Hornpipe's guest marker, xori 29,29,0 (workloads/include/hornpipe.h). */
#define ISA_MARKER_WORD UINT32_C(0x6bbd0000)

/* Decodes `word`; out->op is OP_ILLEGAL when it is no instruction of the table. */
void isa_decode(uint32_t word, struct insn *out);

/*
 * The same for a CPU of `level` in a state from which the sets `hidden` (enum isa_set) are hidden:
 * an instruction that is not there is OP_ILLEGAL.
 */
void isa_decode_for(enum isa_level level, unsigned hidden, uint32_t word, struct insn *out);

/* Row of a word: ROW_INVALID when there is none. */
enum isa_row_id isa_lookup(uint32_t word);

/* True if CPUs of `level` have the instruction. */
bool isa_row_exists(const struct isa_row *row, enum isa_level level);

/* The sets (enum isa_set) that the row is of: hidden if one of them is. */
unsigned isa_row_sets(const struct isa_row *row);

/* Bytes of storage that the row accesses as the table has it; 0: none, or variable. */
unsigned isa_row_access_size(const struct isa_row *row);

/* Name with its variant's suffix ("add.", "addo", "bcl"); returns the length, as snprintf. */
int isa_op_name(unsigned op, char *out, size_t size);

/*
 * Assembly text of `word` at address `cia` in the raw style (base mnemonics, no aliases), such as
 * "addi    r3,r1,32"; ".long 0x..." for a word that is no instruction. Always terminated.
 */
void isa_disassemble(uint32_t word, uint64_t cia, char *out, size_t size);

/* Builds the decoder's index; isa_init() (engine.h) calls it. */
void isa_decode_init(void);

#endif
