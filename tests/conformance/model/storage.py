"""Fixed-point storage access (Book I 3.3, Book II 4) and the cache rows.

Effective addresses are 32 bits wide in 32-bit mode, but what an update form puts into RA is the
entire 64-bit sum (Book I 1.10.3).
"""

from . import gen
from .core import (DATA_BASE, M32, M64, MSR_LE, MSR_PR, MSR_SF, SRR1_PRIVILEGED, WINDOW_SIZE,
                   instruction)
from .inventory import P7, P8
from .lanes import below, pick, signed

PAGE = 4096
BLOCK = 128


# -- Addresses --

def address(c):
    """(RA|0) plus RB or the displacement, 64 bits."""
    fields = c.row.fields
    base = c.gpr_or_0(c.RA)
    for name, scale in (("D", 1), ("DS", 4), ("DQ", 16)):
        if name in fields:
            return (base + c.signed(name, fields[name].width) * scale) & M64
    if "NB" in fields:
        return base
    return (base + c.gpr[c.RB]) & M64


def locate(rng, c, size, align=None):
    """Registers and displacement such that the operand lies in the window; returns its address.

    One in eight without a fixed alignment straddles or touches the end of a page.
    """
    c.sf = bool(c.msr & MSR_SF)
    ea = None
    if align is None and below(rng, 8) == 0:
        ea = DATA_BASE + PAGE * below(rng, 1, WINDOW_SIZE // PAGE) - below(rng, 0, size + 1)
    return gen.place(rng, c, size, align, ea)


def order(c):
    """Byte order for int.to_bytes(), while generating."""
    return "little" if c.msr & MSR_LE else "big"


def access_gen(size, align=None):
    """Any data at an address as locate() chooses."""
    def fill(rng, c, i):
        ea = locate(rng, c, size, align)
        c.poke(ea, gen.gpr(rng).to_bytes(8, order(c))[:size])
    return fill


# -- Interrupts --

def alignment_dsisr(c):
    """(DSISR, undefined bits): the instruction as Book III-S 6.5.8 packs it; RA only if update."""
    w = c.word

    def bits(first, last):
        return w >> (31 - last) & ((1 << (last - first + 1)) - 1)

    if c.row.form in ("D", "DS", "DQ"):
        image = bits(5, 5) << 14 | bits(1, 4) << 10
        if c.row.form == "DS":
            image |= bits(30, 31) << 18
    else:
        image = bits(29, 30) << 15 | bits(25, 25) << 14 | bits(21, 24) << 10
    image |= bits(6, 10) << 5 | bits(11, 15)
    return image, 0 if gen.is_update(c.row) else 0x1F


def alignment(c, ea):
    """The alignment interrupt for an access to `ea`."""
    dsisr, undefined = alignment_dsisr(c)
    c.undefined("spr", "DSISR", undefined)
    c.commit()  # nothing is written yet: keeps the undefined bits
    return c.interrupt(0x600, dar=ea, dsisr=dsisr)


def aligned(c, ea, size):
    """`ea` if it is a multiple of `size`; else the interrupt."""
    if ea % size:
        raise alignment(c, ea)
    return ea


# -- Loads and stores of one register --

def register_load(names, size, is_signed=False, reverse=False):
    """Loads of `size` bytes into RT, zero- or sign-extended."""
    @instruction(*names, gen=access_gen(size))
    def model(c):
        full = address(c)
        data = c.load_bytes(c.ea(full), size)
        value = int.from_bytes(data, "little" if c.le != reverse else "big")
        if gen.is_update(c.row):
            c.gpr[c.RA] = full
        c.gpr[c.RT] = signed(value, 8 * size) & M64 if is_signed else value


def register_store(names, size, reverse=False):
    """Stores of the low `size` bytes of RS."""
    @instruction(*names, gen=access_gen(size))
    def model(c):
        full = address(c)
        value = c.gpr[c.RS] & ((1 << 8 * size) - 1)
        c.store_bytes(c.ea(full), value.to_bytes(size, "little" if c.le != reverse else "big"))
        if gen.is_update(c.row):
            c.gpr[c.RA] = full


def forms(*stems):
    """The D or DS form, the update form, and both indexed: lwz, lwzu, lwzx, lwzux."""
    return [stem + suffix for stem in stems for suffix in ("", "u", "x", "ux")]


def register_single():
    """All loads and stores of one GPR."""
    register_load(forms("lbz"), 1)
    register_load(forms("lhz"), 2)
    register_load(forms("lha"), 2, is_signed=True)
    register_load(forms("lwz"), 4)
    register_load(["lwa", "lwax", "lwaux"], 4, is_signed=True)
    register_load(forms("ld"), 8)
    register_load(["lhbrx"], 2, reverse=True)
    register_load(["lwbrx"], 4, reverse=True)
    register_load(["ldbrx"], 8, reverse=True)
    for stem, size in (("stb", 1), ("sth", 2), ("stw", 4), ("std", 8)):
        register_store(forms(stem), size)
    for name, size in (("sthbrx", 2), ("stwbrx", 4), ("stdbrx", 8)):
        register_store([name], size, reverse=True)


# -- Multiple and string --

def multiple_gen(rng, c, i):
    """Aligned to words: other operands may interrupt (Book III-S 6.5.8). Mostly big endian."""
    if below(rng, 4):
        c.msr &= ~MSR_LE
    register = c.RT if "RT" in c.row.fields else c.RS
    gen.poke_random(rng, c, locate(rng, c, 4, 4), 4 * (32 - register))


@instruction("lmw", gen=multiple_gen)
def lmw(c):
    """Words to the low halves of RT to GPR 31; an alignment interrupt in little endian."""
    ea = c.ea(address(c))
    if c.le:
        raise alignment(c, ea)
    for k in range(32 - c.RT):
        c.gpr[c.RT + k] = c.load(ea + 4 * k, 4)


@instruction("stmw", gen=multiple_gen)
def stmw(c):
    """The low halves of RS to GPR 31."""
    ea = c.ea(address(c))
    if c.le:
        raise alignment(c, ea)
    for k in range(32 - c.RS):
        c.store(ea + 4 * k, 4, c.gpr[c.RS + k])


def string_length(c):
    """Bytes to move: NB with 0 for 32, or the count in XER."""
    return (c.NB or 32) if "NB" in c.row.fields else c.xer_count


def string_gen(rng, c, i):
    """Any length; no register of the address among those loaded, which is an invalid form."""
    if below(rng, 4):
        c.msr &= ~MSR_LE
    if "NB" not in c.row.fields:
        c.xer_count = pick(rng, (0, 1, 3, 4, 5, 127, 128 - below(rng, 1, 9), below(rng, 128)))
    size = string_length(c)
    if "RT" in c.row.fields:
        loaded = {(c.RT + k) % 32 for k in range(max(1, (size + 3) // 4))}
        if c.RA in loaded or "RB" in c.row.fields and c.RB in loaded:
            raise c.reject()
    gen.poke_random(rng, c, locate(rng, c, max(size, 1), 1), max(size, 1))


@instruction("lswi", "lswx", gen=string_gen)
def load_string(c):
    """Four bytes a register from the left of its low word, wrapping after GPR 31."""
    ea = c.ea(address(c))
    if c.le:
        raise alignment(c, ea)
    size = string_length(c)
    if size == 0:
        c.undefined("gpr", c.RT, M64)
        return
    data = c.load_bytes(ea, size) + bytes(-size % 4)
    for k in range(len(data) // 4):
        c.gpr[(c.RT + k) % 32] = int.from_bytes(data[4 * k:4 * k + 4], "big")


@instruction("stswi", "stswx", gen=string_gen)
def store_string(c):
    """The counterpart."""
    ea = c.ea(address(c))
    if c.le:
        raise alignment(c, ea)
    size = string_length(c)
    registers = [c.gpr[(c.RS + k) % 32] & M32 for k in range((size + 3) // 4)]
    data = b"".join(r.to_bytes(4, "big") for r in registers)
    if size:
        c.store_bytes(ea, data[:size])


# -- Quadword --

def pair(c, n):
    """An even-odd pair as a number: the even register is the high half."""
    return c.gpr[n] << 64 | c.gpr[n | 1]


def quadword_gen(rng, c, i):
    """POWER8, sometimes unaligned; one in eight for POWER7, where the rows are privileged."""
    gen.poke_random(rng, c, locate(rng, c, 16, 16 if below(rng, 6) else 1), 16)
    c.cpus = P8
    if below(rng, 8) == 0:
        c.cpus = P7
        c.msr &= ~MSR_LE  # little endian is not supported there
        if below(rng, 2):
            c.msr &= ~MSR_PR


def check_quadword(c):
    """The address, or the interrupt that comes first."""
    if c.cpus == P7 and c.msr & MSR_PR:
        raise c.interrupt(0x700, SRR1_PRIVILEGED)
    return aligned(c, c.ea(address(c)), 16)


@instruction("lq", gen=quadword_gen)
def lq(c):
    """A quadword into a pair."""
    value = c.load(check_quadword(c), 16)
    c.gpr[c.RTp], c.gpr[c.RTp | 1] = value >> 64, value & M64


@instruction("stq", gen=quadword_gen)
def stq(c):
    """A pair into a quadword."""
    c.store(check_quadword(c), 16, pair(c, c.RSp))


# -- Load and reserve, store conditional (Book II 4.4.2) --

def reserve_gen(size):
    """Mostly aligned; an old reservation now and then."""
    def fill(rng, c, i):
        ea = locate(rng, c, size, size if below(rng, 8) else 1)
        gen.poke_random(rng, c, ea, size)
        if below(rng, 4) == 0:
            c.reserve = (DATA_BASE + 16 * below(rng, WINDOW_SIZE // 16), pick(rng, (4, 8)))
    return fill


def register_reserve(name, size):
    """lbarx and its kin; the EH hint changes nothing."""
    @instruction(name, gen=reserve_gen(size))
    def model(c):
        ea = aligned(c, c.ea(address(c)), size)
        value = c.load(ea, size)
        c.reserve = (ea, size)
        if size == 16:
            c.gpr[c.RTp], c.gpr[c.RTp | 1] = value >> 64, value & M64
        else:
            c.gpr[c.RT] = value


def conditional_value(c, size):
    """What the store conditional would store."""
    value = pair(c, c.RSp) if size == 16 else c.gpr[c.RS]
    return value & ((1 << 8 * size) - 1)


def conditional_gen(size):
    """A reservation that matches, none, or one of another size, address or page.

    Where the book leaves open whether the store is performed, it would change nothing.
    """
    def fill(rng, c, i):
        ea = locate(rng, c, size, size if below(rng, 12) else 1)
        start = ea - ea % size
        kind = below(rng, 8)
        if kind < 4:
            c.reserve = (start, size)
        elif kind == 4:
            c.reserve = (start - start % 16, pick(rng, [n for n in (1, 2, 4, 8, 16) if n != size]))
        elif kind == 5:
            c.reserve = ((start ^ size << below(rng, 3)), size)
        elif kind == 6:
            c.reserve = (start ^ PAGE << below(rng, 4), size)
        if undefined_conditional(c.reserve, ea, size):
            c.poke(ea, conditional_value(c, size).to_bytes(size, order(c)))
    return fill


def undefined_conditional(reserve, ea, size):
    """Other size or address, but the same smallest real page."""
    return reserve is not None and reserve != (ea, size) and reserve[0] // PAGE == ea // PAGE


def same_block(reserve, ea, size):
    """Same size and reservation granule: where the book leaves it open, this decides here."""
    return reserve is not None and reserve[1] == size and reserve[0] // BLOCK == ea // BLOCK


def register_conditional(name, size):
    """stbcx. and its kin: CR0 = 0 0 performed SO; the reservation goes in any case."""
    @instruction(name, gen=conditional_gen(size))
    def model(c):
        ea = aligned(c, c.ea(address(c)), size)
        performed = same_block(c.reserve, ea, size)
        if performed:
            c.store(ea, size, conditional_value(c, size))
        if undefined_conditional(c.reserve, ea, size):
            c.undefined("crf", 0, 2)
        c.reserve = None
        c.crf[0] = 2 * performed | c.so


# -- Blocks, hints, accesses of the hypervisor --

@instruction("dcbz", gen=lambda rng, c, i: locate(rng, c, BLOCK))
def dcbz(c):
    """Zeros to the block of 128 bytes that the address lies in."""
    c.store_bytes(c.ea(address(c)) & ~(BLOCK - 1), bytes(BLOCK))


@instruction("dcbst", "dcbf", "dcbt", "dcbtst", "icbi", "icbt",
             gen=lambda rng, c, i: locate(rng, c, BLOCK))
def cache_hint(c):
    """Nothing that a single processor sees."""


@instruction("dst", "dstst", "dss")
def data_stream(c):
    """Phased out: no operation, in any state of MSR[VEC]."""


@instruction("lbzcix", "lhzcix", "lwzcix", "ldcix", "stbcix", "sthcix", "stwcix", "stdcix",
             gen=lambda rng, c, i: locate(rng, c, 8))
def caching_inhibited(c):
    """Hypervisor rows: privileged-instruction interrupt in problem state."""
    raise c.interrupt(0x700, SRR1_PRIVILEGED)


register_single()
for _name, _size in (("lbarx", 1), ("lharx", 2), ("lwarx", 4), ("ldarx", 8), ("lqarx", 16)):
    register_reserve(_name, _size)
for _name, _size in (("stbcx.", 1), ("sthcx.", 2), ("stwcx.", 4), ("stdcx.", 8), ("stqcx.", 16)):
    register_conditional(_name, _size)
