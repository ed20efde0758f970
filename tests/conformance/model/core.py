"""The vocabulary of the models: one Context is one instruction with the state around it.

A model is a function registered with @instruction. It reads and writes the state through its
Context; what it does not write must stay as it was. It is written from the Power ISA.
"""

import struct
import zlib

from . import inventory

M8, M16, M32 = 0xFF, 0xFFFF, 0xFFFFFFFF
M64 = 0xFFFFFFFFFFFFFFFF
M128 = (1 << 128) - 1

CODE_BASE, DATA_BASE, WINDOW_SIZE = 0x10000000, 0x20000000, 0x10000

# MSR bits (Book III-S 3.2.1)
MSR_SF, MSR_TM = 1 << 63, 1 << 32
MSR_VEC, MSR_VSX, MSR_EE, MSR_PR, MSR_FP = 1 << 25, 1 << 23, 1 << 15, 1 << 14, 1 << 13
MSR_ME, MSR_FE0, MSR_FE1, MSR_RI, MSR_LE = 1 << 12, 1 << 11, 1 << 8, 1 << 1, 1
MSR_USER = MSR_VEC | MSR_VSX | MSR_EE | MSR_PR | MSR_FP | MSR_ME | MSR_RI
# Replaced in SRR1 by the interrupt's cause: bits 33:36 and 42:47
SRR1_CAUSE = 0x783F0000

SRR1_ILLEGAL, SRR1_PRIVILEGED, SRR1_TRAP = 0x80000, 0x40000, 0x20000
SRR1_FP_ENABLED = 0x100000

# Register numbers in vector files (FORMAT.md)
REG_GPR, REG_VSR, REG_CR, REG_FPSCR, REG_VSCR = 0x000, 0x100, 0x300, 0x302, 0x303
REG_RESERVE_EA, REG_RESERVE_LEN, REG_SPR = 0x305, 0x306, 0x400
NO_RESERVE = M64

SPR_NUMBERS = {
    "XER": 1, "DSCR_USER": 3, "LR": 8, "CTR": 9, "AMR": 29, "DSCR": 17, "DSISR": 18, "DAR": 19,
    "SRR0": 26, "SRR1": 27, "CFAR": 28, "TFHAR": 128, "TFIAR": 129, "TEXASR": 130, "FSCR": 153,
    "UAMOR": 157, "VRSAVE": 256, "SPRG3": 275, "BESCR": 806, "EBBHR": 804, "EBBRR": 805,
    "TAR": 815, "PPR": 896, "PSPB": 159, "CTRL": 136, "MMCR0": 795, "MMCR2": 785, "MMCRA": 786,
    "PMC1": 787, "PMC2": 788, "PMC3": 789, "PMC4": 790, "PMC5": 791, "PMC6": 792, "SIER": 784,
    "SIAR": 796, "SDAR": 797,
}

FSCR_ALL = 1 << 8 | 1 << 7 | 1 << 2  # TAR, EBB, DSCR


def _mix(x):
    """splitmix64: the documented filler of registers and memory that no operand names."""
    x = (x + 0x9E3779B97F4A7C15) & M64
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & M64
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & M64
    return x ^ x >> 31


BASE_GPR = [_mix(i) for i in range(32)]
BASE_VSR = [_mix(0x100 + 2 * i) << 64 | _mix(0x101 + 2 * i) for i in range(64)]
BASE_CR = _mix(REG_CR) & M32
BASE_CRF = [BASE_CR >> (28 - 4 * i) & 15 for i in range(8)]
BASE_SPR = {name: _mix(REG_SPR + SPR_NUMBERS[name])
            for name in ("SRR0", "SRR1", "DAR", "CFAR", "TAR")}
BASE_SPR["DSISR"] = _mix(0x412) & M32
BASE_SPR["VRSAVE"] = _mix(0x500) & M32
BASE_SPR["FSCR"] = FSCR_ALL
BASE_SPR["TAR"] &= ~3 & M64
BASE_SPR["CFAR"] &= ~3 & M64
BASE_LR, BASE_CTR = _mix(REG_SPR + 8) & ~3 & M64, _mix(REG_SPR + 9) & ~3 & M64
BASE_MEMORY = struct.pack("<8192Q", *(_mix(0x10000 + i) for i in range(WINDOW_SIZE // 8)))

# Facility that a row needs, by the first operand of a kind.
_MOVES = {"mfvsrd": "XS", "mfvsrwz": "XS", "mtvsrd": "XT", "mtvsrwa": "XT", "mtvsrwz": "XT"}


class Reject(Exception):
    """The drawn operands make no valid vector: draw again."""


class Interrupt(Exception):
    """The instruction ends in an interrupt."""


class Entry:
    """A registered model."""

    def __init__(self, function, gen, defaults):
        self.function, self.gen, self.defaults = function, gen, defaults
        self.chapter = function.__module__.rpartition(".")[2]


REGISTRY = {}


def instruction(*mnemonics, gen=None, defaults=True):
    """Registers a model for the inventory rows `mnemonics`.

    `gen(rng, c, i)` runs after the default drawing of fields, registers and modes, or instead of
    the drawing of registers with defaults=False.
    """
    def register(function):
        for mnemonic in mnemonics:
            if mnemonic in REGISTRY:
                raise ValueError(f"{mnemonic}: two models")
            REGISTRY[mnemonic] = Entry(function, gen, defaults)
        return function
    return register


class _Fprs:
    """The FPRs, which are doubleword 0 of VSR 0 to 31."""

    def __init__(self, c):
        self._c = c

    def __getitem__(self, i):
        return self._c.vsr[i] >> 64

    def __setitem__(self, i, value):
        # Doubleword 1 becomes undefined (Book I 7.2.1.1); Hornpipe's choice is zero.
        self._c.vsr[i] = (value & M64) << 64
        self._c.undefined("vsr", i, M64)


class _Vrs:
    """The VRs, which are VSR 32 to 63."""

    def __init__(self, c):
        self._c = c

    def __getitem__(self, i):
        return self._c.vsr[32 + i]

    def __setitem__(self, i, value):
        self._c.vsr[32 + i] = value


def facility_of(row):
    """The MSR bit and vector of the facility that `row` belongs to, or None."""
    names = row.operand_names
    if row.mnemonic in _MOVES:
        return None  # by operand, see Context.facility()
    if any(n[:2] in ("FR",) for n in names) or row.category.split(".")[0] in ("FP", "DFP"):
        return (MSR_FP, 0x800)
    if any(n.startswith("VR") for n in names) or \
            (row.category.split(".")[0] == "V" and row.mnemonic[:2] != "ds"):
        return (MSR_VEC, 0xF20)
    if row.category == "VSX":
        return (MSR_VSX, 0xF40)
    return None


class Context:
    """One instruction, the state before it and, as the model writes it, the state after."""

    def __init__(self, row):
        self.row = row
        self.fpr, self.vr = _Fprs(self), _Vrs(self)
        self._memory = bytearray(BASE_MEMORY)
        self._touched = []
        self._pokes = []
        self._facility = facility_of(row)
        self.begin()

    # -- Life of one vector --

    def begin(self):
        """Back to the base state."""
        memory = self._memory
        for offset, n in self._touched:
            memory[offset:offset + n] = BASE_MEMORY[offset:offset + n]
        for offset, n in self._pokes:
            memory[offset:offset + n] = BASE_MEMORY[offset:offset + n]
        self._touched, self._pokes = [], []
        self.gpr, self.vsr, self.crf = BASE_GPR[:], BASE_VSR[:], BASE_CRF[:]
        self.so = self.ov = self.ca = self.xer_count = 0
        self.fpscr = self.vscr = 0
        self.spr = BASE_SPR.copy()
        self.lr, self.ctr = BASE_LR, BASE_CTR
        self.reserve = None
        self.msr = MSR_USER | MSR_SF
        self.cia = CODE_BASE
        self.cpus = self.row.cpus
        self.reserved = 0
        self.vector = None
        self.taken = False
        self._undefined = {}
        self._committed = None

    def start(self):
        """The operands stand: encodes the word and notes the state before."""
        row, values = self.row, self.__dict__
        self.word = row.encode(values) | self.reserved
        self.mnemonic = row.variant_name(values)
        self.Rc, self.OE = values.get("Rc", 0), values.get("OE", 0)
        self.LK, self.AA = values.get("LK", 0), values.get("AA", 0)
        self.sf, self.le = bool(self.msr & MSR_SF), bool(self.msr & MSR_LE)
        if not self.sf:
            self.cia &= M32
        self.nia = (self.cia + 4) & (M64 if self.sf else M32)
        self._before = self._snapshot()
        self._msr_before = self.msr
        self._inputs = [(off, bytes(self._memory[off:off + n])) for off, n in self._pokes]

    def run(self, function):
        """Runs the model; the state is then the expected one."""
        try:
            self.check_facility()
            function(self)
        except Interrupt:
            self._take_interrupt()

    def run_illegal(self):
        """The outcome on a CPU that lacks the instruction."""
        self.interrupt(0x700, SRR1_ILLEGAL)
        self._take_interrupt()

    def _take_interrupt(self):
        if self._committed is None:
            self._restore(self._before)
            self._undo_stores()
            self._undefined = {}
        spr = self.spr
        spr["SRR0"], spr["SRR1"] = self._srr
        if self._dar is not None:
            spr["DAR"] = self._dar
        if self._dsisr is not None:
            spr["DSISR"] = self._dsisr
        if self._fscr_ic is not None:
            spr["FSCR"] = spr["FSCR"] & (M64 >> 8) | self._fscr_ic << 56
        self.nia = self.vector

    def _snapshot(self):
        return (self.gpr[:], self.vsr[:], self.cr, self.xer, self.fpscr, self.vscr, self.lr,
                self.ctr, self.spr.copy(), self.reserve)

    def _restore(self, saved):
        self.gpr, self.vsr = saved[0][:], saved[1][:]
        (self.cr, self.xer, self.fpscr, self.vscr, self.lr, self.ctr) = saved[2:8]
        self.spr, self.reserve = saved[8].copy(), saved[9]

    def _undo_stores(self):
        for offset, n in self._touched:
            self._memory[offset:offset + n] = BASE_MEMORY[offset:offset + n]
        for offset, data in self._inputs:
            self._memory[offset:offset + len(data)] = data
        self._touched = []

    def check_facility(self):
        """The facility-unavailable interrupt of the row, if its MSR bit is off."""
        need = self._facility
        if need is None:
            if self.row.mnemonic not in _MOVES:
                return
            n = getattr(self, _MOVES[self.row.mnemonic])
            need = (MSR_FP, 0x800) if n < 32 else (MSR_VEC, 0xF20)
        if not self.msr & need[0]:
            raise self.interrupt(need[1])

    # -- What models use --

    def signed(self, field, bits):
        """The field as a two's complement number of `bits` bits."""
        value = getattr(self, field)
        return value - (1 << bits) if value >> (bits - 1) else value

    @property
    def cr(self):
        """The condition register, 32 bits."""
        f = self.crf
        return (f[0] << 28 | f[1] << 24 | f[2] << 20 | f[3] << 16 | f[4] << 12 | f[5] << 8 |
                f[6] << 4 | f[7])

    @cr.setter
    def cr(self, value):
        self.crf = [value >> s & 15 for s in (28, 24, 20, 16, 12, 8, 4, 0)]

    @property
    def xer(self):
        """SO OV CA and the byte count, as mfspr reads it."""
        return self.so << 31 | self.ov << 30 | self.ca << 29 | self.xer_count

    @xer.setter
    def xer(self, value):
        self.so, self.ov, self.ca = value >> 31 & 1, value >> 30 & 1, value >> 29 & 1
        self.xer_count = value & 0x7F

    def record0(self, value):
        """CR0 from a result, in the current mode (Book I 2.3.1)."""
        value = value & M64 if self.sf else (value & M32) << 32
        self.crf[0] = (8 if value >> 63 else 4 if value else 2) | self.so

    def record(self, value):
        """record0() if the variant has Rc=1."""
        if self.Rc:
            self.record0(value)

    def record1(self):
        """CR1 from FPSCR FX FEX VX OX if Rc=1."""
        if self.Rc:
            self.crf[1] = self.fpscr >> 28 & 15

    def gpr_or_0(self, n):
        """(RA|0)"""
        return self.gpr[n] if n else 0

    def undefined(self, kind, index, mask):
        """These bits of the result are undefined by the book."""
        if kind == "gpr":
            keys = ((REG_GPR + index, mask),)
        elif kind in ("vsr", "vr"):
            base = REG_VSR + 2 * (index + (32 if kind == "vr" else 0))
            keys = ((base, mask >> 64), (base + 1, mask & M64))
        elif kind == "fpr":
            keys = ((REG_VSR + 2 * index, mask),)
        elif kind == "cr":
            keys = ((REG_CR, mask),)
        elif kind == "crf":
            keys = ((REG_CR, mask << (28 - 4 * index)),)
        elif kind == "fpscr":
            keys = ((REG_FPSCR, mask),)
        elif kind == "vscr":
            keys = ((REG_VSCR, mask),)
        elif kind in ("xer", "lr", "ctr"):
            keys = ((REG_SPR + SPR_NUMBERS[kind.upper()], mask),)
        elif kind == "spr":
            keys = ((REG_SPR + SPR_NUMBERS[index], mask),)
        else:
            raise ValueError(f"undefined(): no register kind {kind!r}")
        for key, bits in keys:
            if bits:
                self._undefined[key] = self._undefined.get(key, 0) | bits

    def ea(self, address):
        """An effective address: 32 bits in 32-bit mode."""
        return address & (M64 if self.msr & MSR_SF else M32)

    def branch(self, target):
        """Continues at `target`, without its low two bits; CFAR keeps where it was."""
        self.nia = target & ~3 & (M64 if self.sf else M32)
        self.spr["CFAR"] = self.cia
        self.taken = True

    def interrupt(self, vector, srr1=0, dar=None, dsisr=None, fscr_ic=None, srr0=None):
        """`raise c.interrupt(...)`: ends in this interrupt, without what was written so far."""
        self.vector = vector
        self._srr = (self.cia if srr0 is None else srr0, self._msr_before & ~SRR1_CAUSE | srr1)
        self._dar, self._dsisr, self._fscr_ic = dar, dsisr, fscr_ic
        return Interrupt()

    def commit(self):
        """What was written so far stays, also if an interrupt follows."""
        self._committed = True

    def reject(self):
        """`raise c.reject()`: these operands make no valid vector."""
        return Reject()

    # -- Memory --

    def _offset(self, ea, n):
        """Where `ea` lies in the data window."""
        offset = self.ea(ea) - DATA_BASE
        if offset < 0 or offset + n > WINDOW_SIZE:
            raise Reject()
        return offset

    def poke(self, ea, data):
        """Sets memory before the instruction (generators only)."""
        offset = self._offset(ea, len(data))
        self._memory[offset:offset + len(data)] = data
        self._pokes.append((offset, len(data)))

    def load_bytes(self, ea, n):
        """`n` bytes in address order."""
        offset = self._offset(ea, n)
        return bytes(self._memory[offset:offset + n])

    def load(self, ea, n):
        """An unsigned integer of `n` bytes in the current byte order."""
        return int.from_bytes(self.load_bytes(ea, n), "little" if self.le else "big")

    def store_bytes(self, ea, data):
        """Bytes in address order."""
        offset = self._offset(ea, len(data))
        self._memory[offset:offset + len(data)] = data
        self._touched.append((offset, len(data)))

    def store(self, ea, n, value):
        """The low `n` bytes of `value` in the current byte order."""
        value &= (1 << 8 * n) - 1
        self.store_bytes(ea, value.to_bytes(n, "little" if self.le else "big"))

    # -- What the vector says --

    def inputs(self):
        """Registers that differ from the base state: [(id, value)]."""
        return self._difference(_BASE, self._before)

    def outputs(self):
        """Registers that the instruction changes: [(id, value)]."""
        return self._difference(self._before, (
            self.gpr, self.vsr, self.cr, self.xer, self.fpscr, self.vscr, self.lr, self.ctr,
            self.spr, self.reserve))

    @staticmethod
    def _difference(old, new):
        out = []
        if old[0] != new[0]:
            out += [(i, b) for i, (a, b) in enumerate(zip(old[0], new[0])) if a != b]
        if old[1] != new[1]:
            for i, (a, b) in enumerate(zip(old[1], new[1])):
                if a != b:
                    if (a ^ b) >> 64:
                        out.append((REG_VSR + 2 * i, b >> 64))
                    if (a ^ b) & M64:
                        out.append((REG_VSR + 2 * i + 1, b & M64))
        for k, reg in _SCALARS:
            if old[k] != new[k]:
                out.append((reg, new[k]))
        if old[8] != new[8]:
            for name in sorted(new[8]):
                if old[8].get(name) != new[8][name]:
                    out.append((REG_SPR + SPR_NUMBERS[name], new[8][name]))
        if old[9] != new[9]:
            ea, n = new[9] if new[9] else (NO_RESERVE, 0)
            out += [(REG_RESERVE_EA, ea), (REG_RESERVE_LEN, n)]
        return out

    def undefined_masks(self):
        """[(id, mask)]"""
        return sorted(self._undefined.items())

    def memory_inputs(self):
        """[(address, bytes)]"""
        return [(DATA_BASE + off, data) for off, data in self._inputs]

    def memory_outputs(self):
        """[(address, bytes)]"""
        return [(DATA_BASE + off, bytes(self._memory[off:off + n])) for off, n in self._touched]


_BASE = (BASE_GPR, BASE_VSR, BASE_CR, 0, 0, 0, BASE_LR, BASE_CTR, BASE_SPR, None)
_SCALARS = ((2, REG_CR), (3, REG_SPR + 1), (4, REG_FPSCR), (5, REG_VSCR), (6, REG_SPR + 8),
            (7, REG_SPR + 9))


def base_registers():
    """The base state as [(id, value)], complete as far as models can see."""
    out = [(REG_GPR + i, v) for i, v in enumerate(BASE_GPR)]
    for i, v in enumerate(BASE_VSR):
        out += [(REG_VSR + 2 * i, v >> 64), (REG_VSR + 2 * i + 1, v & M64)]
    out += [(REG_CR, BASE_CR), (REG_FPSCR, 0), (REG_VSCR, 0), (REG_RESERVE_EA, NO_RESERVE),
            (REG_RESERVE_LEN, 0), (REG_SPR + 1, 0), (REG_SPR + 8, BASE_LR), (REG_SPR + 9, BASE_CTR)]
    out += sorted((REG_SPR + SPR_NUMBERS[n], v) for n, v in BASE_SPR.items())
    return out


def row_seed(seed, mnemonic):
    """The seed of a row's own stream: no row depends on which others are generated."""
    return seed << 32 | zlib.crc32(mnemonic.encode())


def load_inventory():
    """Rows by mnemonic."""
    return {row.mnemonic: row for row in inventory.load()}
