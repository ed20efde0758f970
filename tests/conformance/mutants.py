"""Wrong bodies that the judge must catch: one small change each, of the kinds that people make.

Each is applied to a copy of the source; test_mutants.py compiles the copy and runs the vectors of
`rows` on it. `old` must occur exactly once in `file`, so that a mutant cannot go stale unseen.
"""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One wrong body."""
    name: str   # what is wrong
    file: str   # in the isa room
    old: str
    new: str
    unit: str   # the source file to compile again
    rows: str   # rows whose vectors must catch it


def _fixed(name, old, new, rows):
    return Mutant(name, "sem_fixed.h", old, new, "precise_fixed.c", rows)


def _branch(name, old, new, rows):
    return Mutant(name, "sem_branch.h", old, new, "precise_branch.c", rows)


def _storage(name, old, new, rows):
    return Mutant(name, "sem_storage.h", old, new, "precise_storage.c", rows)


def _vmx(name, file, old, new, rows):
    return Mutant(name, file, old, new, "precise_vmx.c", rows)


def _fp(name, file, old, new, rows):
    return Mutant(name, "fp/" + file, old, new, "fp/" + file, rows)


def _dfp(name, file, old, new, rows):
    return Mutant(name, "dfp/" + file, old, new, "dfp/" + file, rows)


def _system(name, file, old, new, rows):
    return Mutant(name, file, old, new, "precise_system.c", rows)


MUTANTS = [
    # -- Flags and carries --
    _fixed("OV clears SO", "cpu->so |= (uint8_t)overflow;", "cpu->so = (uint8_t)overflow;",
           "add,subf,neg"),
    _fixed("carry of 32-bit mode ignores the carry in",
           "((a & 0xffffffff) + (b & 0xffffffff) + carry_in) >> 32",
           "((a & 0xffffffff) + (b & 0xffffffff)) >> 32", "adde,subfe,addze"),
    _fixed("overflow judged by 64 bits in 32-bit mode", "return SF64 ? v >> 63 : v >> 31 & 1;",
           "return v >> 63;", "add,subf"),
    _fixed("subfze without its carry in", "ADD_FAMILY(SUBFZE, ~RA, 0, CA, true)",
           "ADD_FAMILY(SUBFZE, ~RA, 0, 1, true)", "subfze"),
    _fixed("addc leaves CA alone", "ADD_FAMILY(ADDC, RA, RB, 0, true)",
           "ADD_FAMILY(ADDC, RA, RB, 0, false)", "addc"),
    _fixed("shift by the width or more loses CA", "WRITE_CA(v < 0);", "WRITE_CA(0);",
           "sraw,srad"),
    _fixed("CA of an algebraic shift ignores the lost bits",
           "WRITE_CA(v < 0 && (v & (int64_t)((UINT64_C(1) << n) - 1)) != 0);", "WRITE_CA(v < 0);",
           "srawi,sradi"),
    _fixed("mullwo overflows by 64 bits", "set_ov(cpu, r != (int32_t)r);", "set_ov(cpu, 0);",
           "mullw"),
    # -- Signs and widths --
    _fixed("logical compare of words is signed",
           "COMPARE(CMPL, compare_unsigned(RA, RB), compare_unsigned((uint32_t)RA, (uint32_t)RB))",
           "COMPARE(CMPL, compare_unsigned(RA, RB), compare_signed((int32_t)RA, (int32_t)RB))",
           "cmpl"),
    _fixed("extsh extends a zero", "LOGICAL(EXTSH, (uint64_t)(int16_t)RS)",
           "LOGICAL(EXTSH, (uint64_t)(uint16_t)RS)", "extsh"),
    _fixed("slw takes five bits of the count",
           "LOGICAL(SLW, RB & 32 ? 0 : (uint64_t)((uint32_t)RS << (RB & 31)))",
           "LOGICAL(SLW, (uint64_t)((uint32_t)RS << (RB & 31)))", "slw"),
    _fixed("rotate mask does not wrap", "(op->rc > op->me ? ~UINT64_C(0) << 32 : 0)", "UINT64_C(0)",
           "rlwinm,rlwnm,rlwimi"),
    _fixed("rlwimi keeps nothing of RA",
           "LOGICAL(RLWIMI, (rotate_word(RS, op->rb) & WORD_MASK) | (RA & ~WORD_MASK))",
           "LOGICAL(RLWIMI, (rotate_word(RS, op->rb) & WORD_MASK))", "rlwimi"),
    _fixed("bpermd takes indices modulo 64", "if (index < 64)", "if (index < 256)", "bpermd"),
    _fixed("tw compares doublewords", "TRAP(TW, (int32_t)RA, (int32_t)RB)",
           "TRAP(TW, (int64_t)RA, (int64_t)RB)", "tw"),
    _fixed("divwe's quotient may exceed a word", "|| a / b != (int32_t)(a / b), (uint32_t)(a / b))",
           ", (uint32_t)(a / b))", "divwe"),
    _fixed("addg6s counts the other carries", "if (!(sum >> (i + 4) & 1))",
           "if (sum >> (i + 4) & 1)", "addg6s"),
    # -- Branches --
    _branch("CTR judged by 64 bits in 32-bit mode", "(cpu->ctr & EA_MASK) != 0",
            "cpu->ctr != 0", "bc,bclr"),
    _branch("bclrl jumps to the new LR",
            "const uint64_t target = cpu->lr;\n    const bool taken = "
            "branch_condition(cpu, op->rt, op->ra);\n    SET_LR_IF_LK();",
            "const bool taken = branch_condition(cpu, op->rt, op->ra);\n    SET_LR_IF_LK();\n"
            "    const uint64_t target = cpu->lr;", "bclr"),
    _branch("a branch that is not taken does not link",
            "const bool taken = branch_condition(cpu, op->rt, op->ra);\n    SET_LR_IF_LK();\n"
            "    if (!taken)\n        return ISA_NEXT;\n"
            "    TAKE_BRANCH((AA_BIT ? 0 : CIA) + SI);",
            "const bool taken = branch_condition(cpu, op->rt, op->ra);\n"
            "    if (!taken)\n        return ISA_NEXT;\n    SET_LR_IF_LK();\n"
            "    TAKE_BRANCH((AA_BIT ? 0 : CIA) + SI);", "bc"),
    _branch("crorc without the complement", "CR_LOGICAL(CRORC, a | ~b)", "CR_LOGICAL(CRORC, a | b)",
            "crorc"),
    # -- Storage: byte order, update, lanes --
    _storage("lha zero extends", "LOAD_FAMILY(LHA, 16, (int16_t))", "LOAD_FAMILY(LHA, 16, )",
             "lha,lhax"),
    _storage("lhbrx does not reverse", "LOAD_ROW(LHBRX, 16, EA_X, __builtin_bswap16)",
             "LOAD_ROW(LHBRX, 16, EA_X, )", "lhbrx"),
    _storage("RA is updated with the stored value", "STORE(bits, EA(full), RS);"
             + " " * 65 + "\\\n        WRITE_RA(full);",
             "STORE(bits, EA(full), RS);" + " " * 65 + "\\\n        WRITE_RA(RS);",
             "stbu,sthux,stwu,stdu"),
    _storage("RA is updated before it is stored",
             "STORE(bits, EA(full), RS);" + " " * 65 + "\\\n        WRITE_RA(full);",
             "WRITE_RA(full);" + " " * 76 + "\\\n        STORE(bits, EA(full), RS);",
             "stbu,sthu,stwu,stdu,stdux"),
    _storage("the pair of lq does not follow the byte order",
             "return cpu->big_endian ? rt & ~1u : rt | 1u;", "return rt & ~1u;", "lq,stq"),
    _storage("strings fill from the right", "word |= (uint32_t)byte << (24 - 8 * (i & 3));",
             "word |= (uint32_t)byte << (8 * (i & 3));", "lswi,lswx"),
    _storage("stwcx. forgets SO", "WRITE_CR_FIELD(0, (stored ? CR_EQ : 0) | cpu->so);",
             "WRITE_CR_FIELD(0, stored ? CR_EQ : 0);", "stwcx."),
    # -- Vectors: saturation, lanes, counts --
    _vmx("vaddsbs saturates at -127", "sem_vmx_int.h",
         "VMX_SATURATE(VADDSBS, sb, VMX_CLAMP(INT8_MIN, INT8_MAX, x + y))",
         "VMX_SATURATE(VADDSBS, sb, VMX_CLAMP(-INT8_MAX, INT8_MAX, x + y))", "vaddsbs"),
    _vmx("vsubuhs never sets SAT", "sem_vmx_int.h",
         "VMX_SATURATE(VSUBUHS, h, VMX_CLAMP(0, UINT16_MAX, x - y))",
         "VMX_BINARY(VSUBUHS, h, x < y ? 0 : x - y)", "vsubuhs"),
    _vmx("vmuleub multiplies the odd elements", "sem_vmx_int.h",
         "VMX_MULTIPLY(VMULEUB, b, h, VMX_EVEN)", "VMX_MULTIPLY(VMULEUB, b, h, VMX_ODD)",
         "vmuleub"),
    _vmx("vavgsh rounds down", "sem_vmx_int.h", "VMX_BINARY(VAVGSH, sh, (x + y + 1) >> 1)",
         "VMX_BINARY(VAVGSH, sh, (x + y) >> 1)", "vavgsh"),
    _vmx("vcmpgtub is signed", "sem_vmx_int.h", "VMX_COMPARE(VCMPGTUB, b, x > y)",
         "VMX_COMPARE(VCMPGTUB, sb, x > y)", "vcmpgtub"),
    _vmx("vperm looks at four bits of an index", "sem_vmx_perm.h", "ab.b[31 - (c.b[i] & 31)]",
         "ab.b[31 - (c.b[i] & 15)]", "vperm"),
    _vmx("vpkshus saturates as signed", "sem_vmx_perm.h",
         "VMX_PACK(VPKSHUS, sh, b, vmx_clamp(x, 0, UINT8_MAX, &sat))",
         "VMX_PACK(VPKSHUS, sh, b, vmx_clamp(x, INT8_MIN, INT8_MAX, &sat))", "vpkshus"),
    _vmx("vaddeuqm without its carry", "sem_vmx_int.h",
         "VMX_QUAD(VADDEUQM, sum, false, VMX_CARRY_IN)", "VMX_QUAD(VADDEUQM, sum, false, 0)",
         "vaddeuqm"),
    _vmx("the key of vncipher goes in behind InvMixColumns", "sem_vmx_crypto.h",
         "t.q ^= VRB.q;\n    if (!last)\n"
         "        FOR_EACH_ELEMENT(i, w) t.w[i] = vmx_aes_unmix_column(t.w[i]);",
         "if (!last)\n        FOR_EACH_ELEMENT(i, w) t.w[i] = vmx_aes_unmix_column(t.w[i]);\n"
         "    t.q ^= VRB.q;", "vncipher"),
    _vmx("SHA-512 sigma with a shift of 5", "sem_vmx_crypto.h", "VMX_ROTR64(v, 61) ^ v >> 6",
         "VMX_ROTR64(v, 61) ^ v >> 5", "vshasigmad"),
    _vmx("vpmsumh adds instead of XOR", "sem_vmx_crypto.h",
         "t.wide[i / 2] ^= vmx_carryless", "t.wide[i / 2] += vmx_carryless", "vpmsumb,vpmsumh"),
    _vmx("bcdadd. takes sign code E for minus", "sem_vmx_crypto.h",
         "(v.b[0] & 15) == 0xb || (v.b[0] & 15) == 0xd",
         "(v.b[0] & 15) == 0xb || (v.b[0] & 15) == 0xd || (v.b[0] & 15) == 0xe", "bcdadd."),
    # -- Floating point: rounding, status, NaNs --
    _fp("UX without inexactness", "fp_core.c",
        "if (lost) {\n        env->raised |= FPSCR_FI | FPSCR_XX;\n        if (tiny)",
        "if (tiny)\n        env->raised |= FPSCR_UX;\n"
        "    if (lost) {\n        env->raised |= FPSCR_FI | FPSCR_XX;\n        if (tiny)",
        "fadd,fmul,frsp"),
    _fp("FR is never set", "fp_core.c", "env->raised |= FPSCR_FR;\n            kept++;", "kept++;",
        "fadd,fmul,fdiv"),
    _fp("overflow goes to infinity in every mode", "fp_core.c",
        "if (mode == FP_RND_ZERO || mode == (sign ? FP_RND_UP : FP_RND_DOWN))", "if (0)",
        "fadd,fmul"),
    _fp("exponent of an enabled underflow not adjusted", "fp_core.c",
        "value.exp += f->adjustment;", "value.exp += 0;", "fmul,fdiv"),
    _fp("the second NaN wins", "fp_core.c", "(fp_is_nan(a) ? a : b) | FP_QUIET",
        "(fp_is_nan(b) ? b : a) | FP_QUIET", "fadd,fmul"),
    _fp("a signalling NaN is passed on", "fp_core.c", "(fp_is_nan(a) ? a : b) | FP_QUIET",
        "(fp_is_nan(a) ? a : b)", "fadd,fsub"),
    _fp("VXVC although VE is set", "fp_compare.c",
        "if (ordered && !(env->fpscr & FPSCR_VE))", "if (ordered)", "fcmpo,xscmpodp"),
    _fp("denormal class missing from FPRF", "fp_compare.c",
        "return sign ? 0x18 : 0x14;", "return sign ? 0x08 : 0x04;", "fadd,fmul,frsp"),
    _fp("maximum of zeros keeps the first", "fp_compare.c",
        "return a & b; /* differs from a only for zeros */", "return a;", "xsmaxdp,xvmaxdp"),
    _fp("single-precision border of the test for divide is one off", "fp_compare.c",
        "const int small = format == FP_SINGLE ? -103 : -970;\n"
        "    const struct fp_operand x",
        "const int small = format == FP_SINGLE ? -104 : -970;\n"
        "    const struct fp_operand x", "xvtdivsp"),
    # -- The host's floating point, where it is not the exact path's --
    Mutant("the fast path although RN is not nearest", "fp/fp_fast.h",
           "(fpscr & (FPSCR_RN | FPSCR_VE", "(fpscr & (FPSCR_VE", "precise_vsx.c",
           "xsadddp,xvadddp,xvmuldp"),
    Mutant("FR of the fast path is lost", "fp/fp_body.h",
           "cpu->fp_late.stale = FPSCR_FR | FPSCR_FI | FPSCR_FPRF;",
           "cpu->fp_late.stale = FPSCR_FI | FPSCR_FPRF;", "precise_fp.c", "fadd,fmul,fdiv"),
    Mutant("the fast path takes subnormal results", "fp/fp_fast.h",
           "return (r << 1) - (UINT64_C(2) << 53) < (UINT64_C(0x7fd) << 53);",
           "return (r << 1) < (UINT64_C(0x7ff) << 53);", "precise_fp.c", "fmul,fdiv,fmadd"),
    Mutant("fctiwz by the host wraps", "fp/fp_fast.h", "type == FP_INT64 ? 0x1p63 : 0x1p31;",
           "type == FP_INT64 ? 0x1p63 : 0x1p32;", "precise_fp.c", "fctiwz"),
    # -- Decimal: rounding, forms, exceptions, encodings --
    _dfp("ties to even go away from zero", "dfp_round.c",
         "return next > 5 || (next == 5 && (more || (last & 1)));", "return next >= 5;",
         "dadd,dmul,ddivq,dqua,dctfix"),
    _dfp("prepare-for-shorter looks at 0 only", "dfp_round.c", "(last == 0 || last == 5)",
         "(last == 0)", "dadd,drsp,dctfix,dcffix,dquai"),
    _dfp("R=1 with RMC=3 takes the mode of DRN", "dfp_round.c",
         "return !secondary && rmc == 3 ?", "return rmc == 3 ?", "drintx,drintn"),
    _dfp("decimal overflow goes to infinity in every mode", "dfp_round.c", "    if (!stays)\n", "",
         "dadd,dmul,drsp"),
    _dfp("an exact result has all its digits", "dfp_round.c", "if (r.inexact) {", "{",
         "dadd,dmul,ddiv,dcffix"),
    _dfp("an inexact result has the ideal exponent", "dfp_round.c",
         "v.ideal = range->xmin; /* an inexact result has all its digits */", "", "ddiv,dmulq"),
    _dfp("the quantum of a product is the first factor's", "dfp_arith.c",
         ".ideal = a.exp + b.exp,", ".ideal = a.exp,", "dmul,dmulq"),
    _dfp("rounding that carries gives a digit too many", "dfp_round.c",
         "if (n.coefficient == dfp_power(precision)) {", "if (0) {", "dadd,daddq,drsp"),
    _dfp("what a sum drops is lost for its rounding", "dfp_arith.c",
         "if (v.sticky) /* x", "if (0) /* x", "dsub,dadd,dsubq"),
    _dfp("a tiny inexact decimal result is no underflow", "dfp_round.c",
         "        if (tiny)\n            env->raised |= FPSCR_UX;\n", "", "dmul,drsp"),
    _dfp("exponent of an enabled decimal overflow not adjusted", "dfp_round.c",
         "n.exp -= wrap;", "n.exp -= 0;", "dmul,drsp"),
    _dfp("the second of two decimal NaNs wins", "dfp_round.c",
         "if (a.kind != DFP_SNAN && (b.kind == DFP_SNAN || a.kind != DFP_QNAN))",
         "if (dfp_is_nan(&b))", "dadd,dmulq"),
    _dfp("a payload is cut on the wrong side", "dfp_convert.c",
         "if (b.kind != DFP_FINITE) {\n        b.coefficient %= dfp_power(format->precision - 1);",
         "if (b.kind != DFP_FINITE) {\n        b.coefficient /= 10;"
         "\n        b.coefficient %= dfp_power(format->precision - 1);", "drsp,drdpq"),
    _dfp("a quantum that does not fit is no VXCVI", "dfp_quantum.c",
         "if (digits && digits + moved > format->precision)",
         "if (digits && digits + moved > format->precision + 1)", "dqua,dquai"),
    _dfp("dctfix takes 2^63", "dfp_convert.c", "> limit) {", "> limit + 1) {",
         "dctfix,dctfixq"),
    _dfp("a declet of three large digits is decoded as of two", "dpd.c",
         "d3 = st == 0 ? pq | (wxy & 1) : large_y;", "d3 = st != 6 ? pq | (wxy & 1) : large_y;",
         "dadd,dxex,ddedpd"),
    _dfp("zeros of different exponents are not equal", "dfp_compare.c",
         "if (dfp_is_zero(&a) && dfp_is_zero(&b))\n        return FP_EQ;",
         "if (dfp_is_zero(&a) && dfp_is_zero(&b) && a.exp == b.exp)\n        return FP_EQ;",
         "dcmpu,dcmpo"),
    _dfp("a subnormal number is none in the group test", "dfp_compare.c",
         "else if (extreme || is_subnormal(format, &a))", "else if (extreme)", "dtstdg"),
    Mutant("drintn tells that it was inexact", "dfp/dfp_body.h", "if (!tells_inexact)", "if (0)",
           "precise_dfp.c", "drintn,drintnq"),
    Mutant("drsp wraps into short format", "sem_dfp.h",
           "dfp_is_wrapped(&env) ? &dfp_long : &dfp_short, result",
           "&dfp_short, result", "precise_dfp.c", "drsp"),
    # -- System: CR fields, masks, facilities --
    _system("tcheck always writes CR0", "sem_tm.h",
            "WRITE_CR_FIELD(op->rt >> 2, (tm_is", "WRITE_CR_FIELD(0, (tm_is", "tcheck"),
    _system("a failed tbegin. tells only the failure", "sem_tm.h", "WRITE_CR_FIELD(0, 0xa);",
            "WRITE_CR_FIELD(0, 0x2);", "tbegin."),
    _system("rfebb does not clear BESCR[GE]", "sem_event.h",
            "cpu->bescr = (cpu->bescr & ~BESCR_GE) |", "cpu->bescr = cpu->bescr |", "rfebb"),
    Mutant("EBBRR keeps the low bits", "spr_pmu.c", "cpu->ebbrr = value & ~UINT64_C(3)",
           "cpu->ebbrr = value", "spr_pmu.c", "mtspr"),
    Mutant("AMR is written whatever UAMOR says", "spr.c",
           "cpu->msr &MSR_PR ? cpu->uamor : cpu->amor", "cpu->amor", "spr.c", "mtspr"),
    Mutant("user DSCR ignores FSCR", "spr.c",
           "WRITE_GATED(write_dscr_user, FSCR_DSCR,", "WRITE_GATED(write_dscr_user, 0 * FSCR_DSCR,",
           "spr.c", "mtspr"),
]
