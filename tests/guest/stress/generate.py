"""Random guests for runtime.S: code, page tables, and what each vCPU does, all drawn from a seed.

Every 4K page of code has the same plan: slots of 256 bytes, big-endian and little-endian in turn,
so an address says in which byte order it is to be run, whatever page is mapped there. A slot
begins with what is right in its own byte order and harmless in the other. Registers of random code:

    r0 of `sc`   r3-r12, r14-r20, r31 to compute with   r13 the vCPU's area (runtime.S)
    r21 the page it was entered on   r22 another page of code   r23, r24, r27 data   r25 any
    r26 a cell that all lock   r28 arguments of hypercalls   r29 instructions   r30 addresses

Random code never sets r21-r30, so that what it stores to are data and code; what is executed in the
wrong byte order may, and interrupts then take care of it.
"""
import random
import struct

KERNEL = 0xc000000000000000
RAM = 128 << 20
IMAGE_SIZE = 0x400000
PTEG_MASK = RAM // 128 // 128 - 1

SF, VEC, VSX = 1 << 63, 1 << 25, 1 << 23
EE, PR, FP, ME, SE, BE, IR, DR, RI, LE = (0x8000, 0x4000, 0x2000, 0x1000, 0x400, 0x200, 0x20, 0x10,
                                         0x2, 0x1)
REAL, VIRTUAL = SF | ME | RI, SF | ME | RI | IR | DR

H = {"REMOVE": 0x04, "ENTER": 0x08, "READ": 0x0c, "CLEAR_MOD": 0x10, "CLEAR_REF": 0x14,
     "PROTECT": 0x18, "PAGE_INIT": 0x2c, "LOGICAL_CI_STORE": 0x40, "IPI": 0x6c, "CEDE": 0xe0,
     "CONFER": 0xe4, "PROD": 0xe8, "SEND_CRQ": 0x108, "BULK_REMOVE": 0x124, "SET_MODE": 0x31c,
     "SIGNAL_SYS_RESET": 0x380}
EXACT, ZERO_PAGE, COPY_PAGE = 1 << 39, 1 << 15, 1 << 14
VSCSI = 0x71000002

# Real addresses that are not in runtime.S.
BASES, TABLES, PRIVATE, UNITS, PRISTINE, ZEROS = (0x40000, (0x44000, 0x48000), 0x140000, 0x121000,
                                                  0x300000, 0x128000)
COPIES = 0x340000
EXTRA_CALLS = 0x98000
TEMPLATES, ADDRESSES, OPERANDS, CALLS = 0x000, 0x400, 0x600, 0x800
PAGE, SLOT, SLOTS = 0x1000, 0x100, 16
PAGES = 64
PRIVATE_SEGMENT = 8
STORE_AND_LOAD, MARKS = 0x200, 0x700  # in a page of probes
SECTORS = PAGES * 8

WORK = [*range(3, 13), *range(14, 21), 31]


def d_form(op, rt, ra, d):
    return op << 26 | rt << 21 | ra << 16 | d & 0xffff


def x_form(rt, ra, rb, xo, rc=0):
    return 31 << 26 | rt << 21 | ra << 16 | rb << 11 | xo << 1 | rc


def spr_form(rt, spr, xo):
    return x_form(rt, spr & 31, spr >> 5, xo)


NOP, SC, BLR, BCTR, BCTRL, ISYNC, SYNC, RFID = (0x60000000, 0x44000002, 0x4e800020, 0x4e800420,
                                                0x4e800421, 0x4c00012c, 0x7c0004ac, 0x4c000024)
HCALL = 0x44000022
ARITHMETIC = [266, 40, 10, 138, 136, 235, 233, 75, 73, 9, 11, 457, 459, 489, 491]  # XO of rt,ra,rb
LOGIC = [28, 60, 444, 412, 316, 284, 476, 124, 24, 536, 792, 27, 539, 794]  # of ra,rs,rb
UNARY = [26, 58, 954, 922, 986, 122, 506, 378]  # of ra,rs


def li(rt, value):
    return d_form(14, rt, 0, value)


class Segment:
    """A segment of effective addresses with two VSIDs, and pages of one size."""

    def __init__(self, ea, shift, count, vsids, is_1t=False):
        self.ea, self.shift, self.count, self.vsids, self.is_1t = ea, shift, count, vsids, is_1t

    def slb(self, entry, variant, bits=0):
        """Operands RB and RS of slbmte."""
        size = {12: 0, 16: 0x110, 24: 0x100}[self.shift]
        if self.is_1t:
            return self.ea | 0x08000000 | entry, 1 << 62 | self.vsids[variant] << 24 | size | bits
        return self.ea | 0x08000000 | entry, self.vsids[variant] << 12 | size | bits

    def slbie(self):
        return self.ea | (1 << 25 if self.is_1t else 0)

    def hpte(self, page, variant, slot, real, bits):
        """Place, and both words, of the entry that maps the page."""
        vsid, offset = self.vsids[variant], page << self.shift
        spread = vsid ^ vsid << 25 if self.is_1t else vsid
        avpn = vsid << (17 if self.is_1t else 5) | offset >> 23
        if self.shift == 24:
            avpn &= ~1
        dw0 = avpn << 7 | 1 | (1 << 62 if self.is_1t else 0) | (4 if self.shift > 12 else 0)
        group = (spread ^ offset >> self.shift) & PTEG_MASK
        if slot & 1:  # odd slots by the secondary hash
            group, dw0 = ~group & PTEG_MASK, dw0 | 2
        return group * 8 + slot, dw0, real | bits | (0x1000 if self.shift == 16 else 0)


# Every VSID has its own low bits, so that groups are shared by few pages.
SEGMENTS = [
    Segment(0x10000000000, 12, 8, (0x310, 0x720), True),
    Segment(0x10000000, 12, 8, (0x100, 0x200)),
    Segment(0x20000000, 12, 8, (0x118, 0x218)),
    Segment(0x30000000, 16, 2, (0x130, 0x230)),
    Segment(0x40000000, 24, 1, (0x140, 0x240)),
    Segment(0x50000000, 12, 8, (0x150, 0x108)),
]
WHOLE = SEGMENTS[4]


class Random(random.Random):
    def chance(self, percent):
        return self.randrange(100) < percent


class Slot:
    """Random code of one slot."""

    def __init__(self, rng, index):
        self.rng, self.little = rng, index % 2 == 1
        self.start = index * SLOT
        self.bytes = b""
        self.turned = False  # by an rfid within
        self.loops = 0
        self.guard()
        while len(self.bytes) < 4 * rng.randrange(24, 38):
            self.operation()
        self.end()
        assert len(self.bytes) < SLOT, len(self.bytes)
        self.bytes += self.encode(SC) * ((SLOT - 4 - len(self.bytes)) // 4) + self.encode(BLR)

    def encode(self, word, other=False):
        return struct.pack("<I" if self.little != self.turned != other else ">I",
                           word & 0xffffffff)

    def emit(self, *words):
        for word in words:
            self.bytes += self.encode(word)

    def work(self):
        return self.rng.choice(WORK)

    def guard(self):
        """In the other byte order, `b` is a trap that never happens."""
        if self.rng.chance(60):
            self.emit(0x48000008)
            self.bytes += self.encode(SC, other=True)
            return
        self.emit(0x48000000 | 4 * 10)
        for word in (x_form(11, 0, 0, 83),                     # mfmsr r11
                     0x429f0005,                               # bcl 20,31,.+4
                     spr_form(10, 8, 339),                     # mflr r10
                     d_form(14, 10, 10, 28),                   # addi r10,r10,28
                     d_form(26, 11, 11, 1),                    # xori r11,r11,1
                     spr_form(10, 26, 467), spr_form(11, 27, 467),
                     RFID, NOP):
            self.bytes += self.encode(word, other=True)

    def end(self):
        if self.turned:
            self.turn()
        kind = self.rng.randrange(10)
        if kind == 0:
            self.emit(BLR)
        elif kind == 1:
            self.go_on(0)
        elif kind == 2:
            self.emit(d_form(58, 12, 30, self.an_address()), spr_form(12, 9, 467), BCTR)
        self.emit(li(0, 0), SC)

    def go_on(self, link):
        """To another slot of this page and this byte order."""
        to = self.rng.randrange(self.little, SLOTS, 2) * SLOT
        self.emit(0x48000000 | to - self.start - len(self.bytes) & 0x3fffffc | link)

    def turn(self):
        """Changes the byte order by rfid to the next word."""
        if self.rng.chance(50):
            self.emit(li(11, 2), x_form(11, 1, 0, 178))  # mtmsrd r11,1: EE off
        self.emit(x_form(11, 0, 0, 83), 0x429f0005, spr_form(10, 8, 339),
                  d_form(14, 10, 10, 28), d_form(26, 11, 11, LE), d_form(24, 11, 11, EE),
                  spr_form(10, 26, 467), spr_form(11, 27, 467), RFID)
        self.turned = not self.turned

    def an_address(self):
        return ADDRESSES + 8 * self.rng.randrange(32)

    def displacement(self, align=4):
        """Of a store or load: mostly within the page, more often near this very code."""
        rng = self.rng
        if rng.chance(40):
            at = self.start + len(self.bytes) + 4 * rng.randrange(-6, 12)
        elif rng.chance(60):
            at = self.start + rng.randrange(0, SLOT, 4)
        else:
            at = rng.randrange(0, PAGE, 4)
        if align == 1 and rng.chance(20):
            at += rng.randrange(4)
        return max(at, 0) & -align

    def operation(self):
        rng = self.rng
        names, weights = zip(*OPERATIONS)
        name = rng.choices(names, weights)[0]
        if len(self.bytes) > 4 * 36:
            name = "compute"
        if self.turned and name in ("call", "template", "hypercall", "elsewhere", "slb", "loop"):
            name = "compute"
        getattr(self, name)()

    # -- Operations --

    def compute(self):
        rng, a, b, t = self.rng, self.work(), self.work(), self.work()
        rc = rng.randrange(2)
        self.emit(rng.choice([
            x_form(t, a, b, rng.choice(ARITHMETIC), rc), x_form(a, t, b, rng.choice(LOGIC), rc),
            x_form(a, t, 0, rng.choice(UNARY), rc), d_form(14, t, a, rng.randrange(65536)),
            d_form(12, t, a, rng.randrange(65536)), d_form(13, t, a, rng.randrange(65536)),
            d_form(24, a, t, rng.randrange(65536)), d_form(28, a, t, rng.randrange(65536)),
            d_form(7, t, a, rng.randrange(65536)), d_form(8, t, a, rng.randrange(65536)),
            21 << 26 | a << 21 | t << 16 | rng.randrange(1 << 15) << 1 | rc,
            30 << 26 | a << 21 | t << 16 | rng.randrange(1 << 10) << 1 & 0x7ef | rc,
            d_form(11, rng.randrange(8) << 2 | 1, a, rng.randrange(65536)),
            x_form(rng.randrange(8) << 2 | 1, a, b, 32), x_form(t, 0, 0, 19),  # cmpld, mfcr
            spr_form(t, 268, 339),  # mftb
            spr_form(t, rng.choice([1, 8, 9]), 339)]))

    def compute_some(self):
        for _ in range(self.rng.randrange(2, 7)):
            self.compute()

    def load(self):
        base = self.rng.choice([21, 22, 23, 24, 25, 27])
        op, align = self.rng.choice([(32, 1), (34, 1), (40, 1), (42, 1), (58, 4), (48, 1), (50, 1)])
        self.emit(d_form(op, self.work(), base, self.displacement(align)))

    def store(self):
        """Data, into data mostly."""
        rng = self.rng
        base = rng.choice([23, 24, 27, 23, 24, 27, 25, 22])
        op, align = rng.choice([(36, 1), (38, 1), (44, 1), (62, 4), (52, 1), (54, 1)])
        self.emit(d_form(op, self.work(), base, self.displacement(align)))

    def template(self):
        """An instruction, into code: often this one, a little before or behind."""
        rng, t = self.rng, self.work()
        base = rng.choice([21, 21, 21, 22, 25])
        self.emit(d_form(32, t, 29, TEMPLATES + 4 * rng.randrange(128)))
        if rng.chance(70):
            self.emit(d_form(36, t, base, self.displacement()))
        else:
            a = self.work()
            while a == t:
                a = self.work()
            self.emit(li(a, self.displacement()))
            self.emit(*rng.choice([
                [x_form(t, base, a, 151)], [x_form(t, base, a, 215)],
                [x_form(0, base, a, 20), x_form(t, base, a, 150, 1)],  # lwarx, stwcx.
                [x_form(rng.randrange(32), base, a, rng.choice([231, 972, 487]))],
                [x_form(t, base, a, 662)], [x_form(t, base, a, 149)]]))
            if rng.chance(5):
                self.emit(x_form(0, base, a, 1014))  # dcbz
            if rng.chance(40):
                self.emit(x_form(0, base, a, 982), ISYNC)
        if rng.chance(20):
            self.emit(ISYNC)

    def lock(self):
        t = self.work()
        self.emit(x_form(t, 0, 26, 84), d_form(14, t, t, 1), x_form(t, 0, 26, 214, 1))
        if self.rng.chance(50):
            self.emit(0x4082fff4)  # bne back

    def branch(self):
        """Forward over what is next, or not."""
        rng = self.rng
        before, self.bytes = self.bytes, b""
        self.start += len(before) + 4
        turned = self.turned
        for _ in range(rng.randrange(1, 4)):
            (self.compute if rng.chance(60) else self.store)()
        skipped, self.turned = self.bytes, turned
        self.start -= len(before) + 4
        self.bytes = before
        bo, bi = rng.choice([(12, rng.randrange(32)), (4, rng.randrange(32)), (16, 0), (18, 0)])
        self.emit(16 << 26 | bo << 21 | bi << 16 | len(skipped) + 4)
        self.bytes += skipped

    def loop(self):
        rng = self.rng
        if self.loops == 2 or len(self.bytes) > 4 * 24:
            return
        self.loops += 1
        self.emit(li(9, rng.choice([2, 3, 7, 20, 70])), spr_form(9, 9, 467))
        begin = len(self.bytes)
        for _ in range(rng.randrange(1, 4)):
            rng.choice([self.compute, self.compute_some, self.load, self.store, self.template,
                        self.branch])()
        self.emit(16 << 26 | 16 << 21 | begin - len(self.bytes) & 0xfffc)

    def call(self):
        if self.rng.chance(50):
            self.go_on(1)
        else:
            self.emit(d_form(58, 12, 30, self.an_address()), spr_form(12, 9, 467), BCTRL)

    def system_call(self):
        self.emit(li(0, 0x77), SC)

    def hypercall(self):
        at = CALLS + 64 * self.rng.randrange(16)
        self.emit(*[d_form(58, 3 + i, 28, at + 8 * i) for i in range(5)], HCALL)

    def slb(self):
        at = OPERANDS + 24 * self.rng.randrange(16)
        kind = self.rng.randrange(8)
        if kind == 0:
            self.emit(x_form(0, 0, 0, 498))  # slbia
        elif kind < 5:
            self.emit(d_form(58, 11, 30, at), x_form(0, 0, 11, 434))
        else:
            self.emit(d_form(58, 11, 30, at + 8), d_form(58, 12, 30, at + 16),
                      d_form(28, 11, 8, 0xfff), 0x41820008,  # never the kernel's
                      x_form(12, 0, 11, 402))
        if self.rng.chance(50):
            self.emit(ISYNC)

    def mode(self):
        """Another MSR, or a new count of the decrementer."""
        rng = self.rng
        if rng.chance(40):
            self.emit(li(11, rng.randrange(1, 400)), spr_form(11, 22, 467))
            return
        bits = rng.choice([FP, FP, RI, RI, IR | DR, DR])
        self.emit(x_form(11, 0, 0, 83), d_form(26, 11, 11, bits), x_form(11, 0, 0, 178))

    def to_problem_state(self):
        """rfid to the next word with PR set."""
        self.emit(x_form(11, 0, 0, 83), 0x429f0005, spr_form(10, 8, 339), d_form(14, 10, 10, 24),
                  d_form(24, 11, 11, self.rng.choice([PR, PR | IR | DR])), spr_form(10, 26, 467),
                  spr_form(11, 27, 467), RFID)

    def odd(self):
        """What interrupts, or looks as if it could."""
        rng = self.rng
        self.emit(rng.choice([
            0, x_form(31, 0, 0, 4), x_form(4, self.work(), self.work(), 68), ISYNC, SYNC,
            x_form(0, 0, 21, 982), x_form(0, 0, 25, 1014), 63 << 26 | 0x0022182a,  # fadd f1,f2,f3
            4 << 26 | 0x00221800 | 0x80, 60 << 26 | 0x00221100]))  # vadduwm, xsadddp


OPERATIONS = [("compute_some", 20), ("load", 10), ("store", 8), ("template", 14), ("lock", 2),
              ("branch", 10), ("loop", 8), ("call", 5), ("system_call", 2), ("hypercall", 3),
              ("slb", 2), ("mode", 2), ("turn", 2), ("to_problem_state", 1), ("odd", 3)]


class Guest:
    """`image` is a ROM, `disk` what the first disk is to hold, `cpus` how many vCPUs there are."""

    def __init__(self, seed, runtime, symbols):
        self.rng = Random(seed)
        self.sym = symbols
        self.cpus = self.rng.choice([1, 2, 2, 3, 4, 4])
        self.base_sets, self.private_segments = {}, []
        self.at = self.limit = 0
        self.hot = [symbols["CODE"] + PAGE * page for page in self.rng.sample(range(PAGES), 4)]
        self.image = bytearray(IMAGE_SIZE)
        self.image[:len(runtime)] = runtime
        self.put(symbols["CPUS"], self.cpus)
        self.code()
        self.tables()
        self.repairs()
        self.bases()
        self.units()
        self.extra = EXTRA_CALLS
        setup = [("ENTER", EXACT, KERNEL_PTEX, KERNEL_DW0, 0x10)]
        for segment in SEGMENTS:
            setup += [("ENTER", EXACT, *self.any_hpte(segment, page, variant))
                      for page in range(segment.count) for variant in range(2)]
        for cpu in range(self.cpus):
            setup += self.private(cpu)
        self.put(symbols["SETUP"], len(setup))
        for i, call in enumerate(setup):
            self.put_call(symbols["SETUP"] + 8 + 72 * i, *call)
        for cpu in range(self.cpus):
            self.list(cpu)
        assert self.extra < self.sym["DATA"]
        self.keep_constant()
        self.disk = self.pool(self.rng.randrange(4))

    # -- Storage --

    def put(self, at, *values):
        struct.pack_into(f">{len(values)}Q", self.image, at, *[v & (1 << 64) - 1 for v in values])

    def put_call(self, at, name, *args):
        self.put(at, H[name], *args, *[0] * (8 - len(args)))

    def keep_constant(self):
        """Copies of what is not to change: the runtime, tables, what is fixed in probes' pages."""
        places = [(0x200, 0x6000), (self.sym["SEGMENTS"], self.extra + 8 & ~7)]
        places += [(at + STORE_AND_LOAD, at + MARKS + 8)
                   for cpu in range(self.cpus) for page in range(6)
                   for at in [PRIVATE + 0x10000 * cpu + PAGE * page]]
        at = COPIES
        self.put(self.sym["CONSTANT"], len(places))
        for i, (begin, end) in enumerate(places):
            self.put(self.sym["CONSTANT"] + 8 + 24 * i, begin, at, (end - begin) // 8)
            self.image[at:at + end - begin] = self.image[begin:end]
            at += end - begin
        assert at <= IMAGE_SIZE

    def pool(self, zeros):
        pages = [b"".join(Slot(self.rng, i).bytes for i in range(SLOTS)) for _ in range(12)]
        return b"".join(bytes(PAGE) if self.rng.randrange(16) < zeros else self.rng.choice(pages)
                        for _ in range(PAGES))

    def code(self):
        pool = self.pool(1)
        self.image[self.sym["CODE"]:self.sym["CODE"] + len(pool)] = pool
        self.image[PRISTINE:PRISTINE + len(pool)] = pool
        data = self.sym["DATA"]
        self.image[data:data + 0x4000] = self.rng.randbytes(0x4000)
        self.image[data + 0x10000:data + 0x14000] = pool[:0x4000]

    def code_page(self):
        """Real address of a page of code: often one of a few, so that what happens meets."""
        if self.rng.chance(50):
            return self.rng.choice(self.hot)
        return self.sym["CODE"] + PAGE * self.rng.randrange(PAGES)

    def real_page(self):
        """Of code, of data at times."""
        if self.rng.chance(85):
            return self.code_page()
        return self.sym["DATA"] + PAGE * self.rng.randrange(self.sym["DATA_SIZE"] // PAGE)

    def user_address(self, segment=None):
        segment = segment or self.rng.choice(SEGMENTS)
        if segment is WHOLE:
            return segment.ea + self.code_page()
        return segment.ea + PAGE * self.rng.randrange(segment.count << segment.shift - 12)

    def linear(self):
        return KERNEL | self.code_page()

    def slot_of(self, little):
        return SLOT * self.rng.randrange(little, SLOTS, 2)

    def any_hpte(self, segment=None, page=None, variant=None):
        """Place, and the two words, of a translation that is as good as another."""
        rng = self.rng
        if segment is None:
            segment = rng.choice(SEGMENTS)
            page, variant = rng.randrange(segment.count), rng.randrange(2)
        real = {12: self.real_page, 24: lambda: 0,
                16: lambda: self.sym["CODE"] + 0x10000 * rng.randrange(4)}[segment.shift]()
        bits = 0x10 | rng.choices([2, 3, 1, 0, 2 | 4, 2 | 0x600], [80, 6, 3, 2, 3, 6])[0]
        slot = SEGMENTS.index(segment) & 1 | 2 * variant
        return segment.hpte(page, variant, slot, real, bits)

    def some_slb(self, segment):
        """Operands of slbmte: seldom of an entry behind the segment's own, and beside it."""
        entry = SEGMENTS.index(segment) + (21 if self.rng.chance(20) else 1)
        return segment.slb(entry, self.rng.randrange(2))

    def repairs(self):
        """What a storage interrupt enters: four times two entries a page; four SLB entries."""
        rng, at = self.rng, 0x31000
        for index, segment in enumerate(SEGMENTS):
            entry = self.sym["SEGMENTS"] + 128 * (segment.ea >> 28 & 15)
            self.put(entry, segment.shift, (1 << (segment.count - 1).bit_length()) - 1,
                     KERNEL | at, 0)
            for choice in range(4):
                bits = rng.choice([0, 0, 0, 0x400, 0x800])
                self.put(entry + 32 + 16 * choice, *segment.slb(index + 1, choice & 1, bits))
            for page in range(segment.count):
                for choice in range(8):
                    self.put(at + 256 * page + 32 * choice,
                             *self.any_hpte(segment, page, choice & 1))
            at += 256 * segment.count

    def tables(self):
        """What random code loads: instructions, addresses, operands, hypercalls."""
        rng = self.rng
        words = []
        for _ in range(128):
            t, a, b = rng.choice(WORK), rng.choice(WORK), rng.choice(WORK)
            words.append(rng.choices(
                [d_form(14, t, a, rng.randrange(65536)), x_form(t, a, b, 266), x_form(t, a, b, 235),
                 d_form(24, a, t, rng.randrange(65536)), d_form(32, t, 23, rng.randrange(PAGE)),
                 d_form(36, t, 24, rng.randrange(PAGE)), 0x48000008, 0x4800000c, BLR, SC, 0,
                 16 << 26 | 16 << 21 | 0xfff8, 0x41820008, 0x4082000c, x_form(t, a, 0, 0),
                 x_form(t, 0, 0, 83), spr_form(t, 268, 339), ISYNC],
                [12, 8, 6, 6, 6, 4, 3, 3, 2, 1, 1, 2, 3, 3, 3, 1, 1, 1])[0])
        calls = [self.remapping() for _ in range(16)]
        for order, table in zip(">" "<", TABLES):
            addresses, operands = [], []
            for _ in range(32):
                page = self.user_address() if rng.chance(60) else self.linear()
                addresses.append(page + self.slot_of(order == "<"))
            for segment in rng.choices(SEGMENTS, k=16):
                operands += [segment.slbie(), *self.some_slb(segment)]
            struct.pack_into(f"{order}128I", self.image, table + TEMPLATES, *words)
            struct.pack_into(f"{order}32Q", self.image, table + ADDRESSES, *addresses)
            struct.pack_into(f"{order}48Q", self.image, table + OPERANDS, *operands)
            for i, (name, *args) in enumerate(calls):
                args = (args + [0] * 7)[:7]
                struct.pack_into(f"{order}8Q", self.image, table + CALLS + 64 * i, H[name], *args)

    def bases(self):
        """Values of r21..r30, by byte order: for problem state, and for the kernel."""
        rng = self.rng
        at = BASES
        for little in (False, True):
            for kind in ("real", "kernel", "user"):
                for _ in range(8):
                    top = WHOLE.ea if kind == "user" else KERNEL
                    data = [top + self.sym["DATA"] + PAGE * rng.randrange(28) for _ in range(3)]
                    any_page = top + self.code_page()
                    if kind != "real" and rng.chance(50):
                        data[0], any_page = self.user_address(), self.user_address()
                    tables = top + TABLES[little]
                    self.put(at, 0, 0, data[0], data[1], any_page, top + self.sym["DATA"] + 0x1f000,
                             data[2], tables, tables, tables)
                    self.base_sets.setdefault((little, kind), []).append(at)
                    at += 80

    def units(self):
        """SRP commands that read or write some sectors."""
        rng = self.rng
        for i in range(16):
            unit = UNITS + 0x1000 + 64 * i
            sectors = rng.choice([1, 1, 2, 8, 8, 16])
            to = rng.choice([self.code_page(), self.code_page() + 512 * rng.randrange(8),
                             self.sym["DATA"] + PAGE * rng.randrange(12)])
            write = rng.chance(20)
            cdb = struct.pack(">BBIBHB", 0x2a if write else 0x28, 0, rng.randrange(SECTORS), 0,
                              sectors, 0)
            head = bytes([2, 0, 0, 0, 0, 0x10 if write else 1, 0, 0]) + struct.pack(">Q", 0x77)
            data = head + bytes(4) + struct.pack(">Q", 0x8000 << 48) + bytes(4) + cdb
            data = data.ljust(48, b"\0") + struct.pack(">QII", to, 0, 512 * sectors)
            self.image[unit:unit + 64] = data

    # -- Actions --

    def action(self, name, *args, dec=0, msr=None):
        if msr is None:
            msr = self.rng.choice([REAL, VIRTUAL, VIRTUAL])
        size = self.sym["ACTION_SIZE"]
        assert self.at + size <= self.limit
        self.put(self.at, KERNEL | self.sym[name], dec, msr, *args)
        self.at += size

    def hcall(self, name, *args, dec=0):
        self.action("act_hcall", H[name], *args, *[0] * (8 - len(args)), dec=dec)

    def remapping(self):
        """A hypercall that changes a translation, or storage by itself."""
        rng = self.rng
        ptex, dw0, dw1 = self.any_hpte()
        return rng.choice([
            ["REMOVE", 0, ptex], ["ENTER", EXACT, ptex, dw0, dw1], ["ENTER", EXACT, ptex, dw0, dw1],
            ["PROTECT", rng.choice([0, 1, 2, 3, 2, 2 | 4]), ptex],
            ["CLEAR_REF", 0, ptex], ["CLEAR_MOD", 0, ptex],
            ["PAGE_INIT", COPY_PAGE, self.code_page(), PRISTINE + PAGE * rng.randrange(PAGES)],
            ["LOGICAL_CI_STORE", 4, self.code_page() + rng.randrange(0, PAGE, 4),
             d_form(14, 3, 3, rng.randrange(65536))],
            ["LOGICAL_CI_STORE", 8, self.code_page() + rng.randrange(0, PAGE, 8),
             rng.randrange(1 << 64)],
            ["BULK_REMOVE", 1 << 62 | ptex, 0, 1 << 62 | self.any_hpte()[0], 0, 3 << 62, 0]])

    def run(self):
        rng = self.rng
        little = rng.randrange(2)
        msr = REAL | EE
        kind = rng.choices(["user", "kernel", "real"], [45, 35, 20])[0]
        page = other = own = self.linear()
        if kind != "real":
            msr |= IR | DR
            if kind == "user" or rng.chance(70):
                page = self.user_address()
            other, own = self.user_address(), page
            if kind == "kernel" and rng.chance(30):
                own = self.linear()
        else:
            other = self.linear()
            msr |= rng.choice([0, 0, IR, DR])
            if not msr & (IR | DR) and rng.chance(50):
                page &= ~KERNEL
        if kind == "user":
            msr |= PR
        msr |= LE * (little if rng.chance(92) else 1 - little)
        for bits, percent in ((SE, 12), (BE, 10), (FP, 60), (VEC, 60), (VSX, 60)):
            if rng.chance(percent):
                msr |= bits
        if kind == "user" and rng.chance(5):
            msr &= ~SF
        if msr & SE and rng.chance(20):
            msr &= ~EE
        entry = page + self.slot_of(little)
        dec = rng.choice([rng.randrange(1, 60), rng.randrange(60, 400), rng.randrange(400, 6000)])
        self.action("act_run", entry, msr, rng.choice([8, 16, 32, 64]), rng.randrange(100),
                    KERNEL | rng.choice(self.base_sets[bool(little), kind]),
                    page + self.slot_of(little), rng.randrange(1, 40), own, other, dec=dec)

    def private(self, cpu):
        """Code of this vCPU's probes: its pages, and the hypercalls that map them."""
        segment = Segment(PRIVATE_SEGMENT + cpu << 28, 12, 4, (0x500 + 64 * cpu, 0x520 + 64 * cpu))
        self.private_segments.append(segment)
        for page in range(6):
            at = PRIVATE + 0x10000 * cpu + PAGE * page
            for order, little in (">", 0), ("<", 1):
                struct.pack_into(order + "III", self.image, at + SLOT * little,
                                 li(3, 100 + page), li(0, 0x55), SC)
                struct.pack_into(order + "IIII", self.image, at + STORE_AND_LOAD + SLOT * little,
                                 d_form(36, 5, 4, 0), d_form(32, 3, 6, 0), li(0, 0x55), SC)
                struct.pack_into(order + "I", self.image, at + MARKS + 4 * little, 200 + page)
        calls = []
        for page in range(2, 4):  # by both VSIDs, to different pages
            for variant in range(2):
                real = PRIVATE + 0x10000 * cpu + PAGE * (page + 2 * variant)
                ptex, dw0, dw1 = segment.hpte(page, variant, 2 * variant, real, 0x12)
                calls.append(("ENTER", EXACT, ptex, dw0, dw1))
        return calls

    def remapped(self, segment, page, real):
        """Hypercalls after which the page is `real`, whichever VSID the segment has."""
        places = [segment.hpte(page, v, 2 * v, real, 0x12) for v in range(2)]
        if self.rng.chance(30):
            calls = [("BULK_REMOVE", 1 << 62 | places[0][0], 0, 1 << 62 | places[1][0], 0, 3 << 62)]
        else:
            calls = [("REMOVE", 0, ptex) for ptex, _, _ in places]
        return calls + [("ENTER", EXACT, *place) for place in places]

    def probe(self, cpu):
        """A change whose effect is certain: another page, another segment, another instruction."""
        rng = self.rng
        segment, base = self.private_segments[cpu], PRIVATE + 0x10000 * cpu
        little, user, variant = rng.randrange(2), rng.randrange(2), rng.randrange(2)
        calls, store, registers, into = [], (0, 0), (0, 0, 0), SLOT * little
        # Entry 17 is alone when it is made; 16, which comes first, may be made beside it.
        slb = rng.choice([(segment.slbie(), *segment.slb(16, variant)),
                          (segment.slbie(), *segment.slb(17, variant)),
                          (0, *segment.slb(16, variant))])
        kind = rng.randrange(8)
        if kind < 3:  # another real page
            page, real = rng.randrange(2), rng.randrange(2)
            calls = self.remapped(segment, page, base + PAGE * real)
            expected = 100 + real
            if rng.chance(60):
                slb = 0, 0, 0
            if kind > 0:  # for data; the code is elsewhere
                data = segment.ea + PAGE * page
                page = rng.randrange(2, 4)
                into += STORE_AND_LOAD
                expected = rng.randrange(1, 0x7fff)
                cell = rng.randrange(0x800, PAGE, 4)
                if kind == 1:
                    user = 0
                    registers = data + cell, expected, (KERNEL | base + PAGE * real) + cell
                else:
                    registers = data + cell, 0, data + MARKS + 4 * little
                    expected = 200 + real
        elif kind >= 6:  # a right is taken away
            page = rng.randrange(2)
            calls = [("PROTECT", 3 if kind == 6 else 2 | 4, segment.hpte(page, v, 2 * v, 0, 0)[0])
                     for v in range(2)]
            slb = 0, 0, 0
            expected = self.sym["PROBE_INTERRUPT"] | (0x300 if kind == 6 else 0x400)
            if kind == 6:
                registers = segment.ea + PAGE * page + 0x800, 0, segment.ea + PAGE * page
                page = rng.randrange(2, 4)
                into += STORE_AND_LOAD
        else:
            page = rng.randrange(2, 4)
            real = page + 2 * variant
            word = base + PAGE * real + SLOT * little
            expected = rng.randrange(1, 0x7fff)
            value = li(3, expected)
            if little:
                value = int.from_bytes(value.to_bytes(4, "little"), "big")
            if kind == 3:
                store = KERNEL | word, value
            elif kind == 4:
                calls = [("LOGICAL_CI_STORE", 4, word, value)]
            else:  # by another address, on a page that may be read only
                store = KERNEL | word, value
                ptex, _, _ = segment.hpte(page, variant, 2 * variant, 0, 0)
                calls = [("PROTECT", rng.choice([2, 3]), ptex)]
        at = self.extra
        for call in calls:
            self.put_call(self.extra, *call)
            self.extra += 72
        self.action("act_probe", segment.ea + PAGE * page + into,
                    VIRTUAL | PR * user | LE * little, expected, *slb, len(calls), KERNEL | at,
                    *store, *registers)

    def stores(self):
        rng = self.rng
        page = self.linear()
        name = rng.choice(["act_stw", "act_stw", "act_std", "act_stb", "act_dcbz"])
        self.action(name, page + rng.randrange(0, PAGE, 8), d_form(14, rng.choice(WORK),
                                                                  rng.choice(WORK), 1))

    def copy(self):
        rng = self.rng
        page = rng.randrange(PAGES)
        words = rng.choice([16, 64, 64, 256, 1024])
        offset = rng.randrange(0, PAGE - 4 * words + 1, 4 * min(words, 64))
        to = rng.choice([page, rng.randrange(PAGES)])
        self.action("act_copy", KERNEL | PRISTINE + PAGE * page + offset,
                    KERNEL | self.sym["CODE"] + PAGE * to + offset, words)

    def segments(self):
        rng = self.rng
        segment = rng.choice(SEGMENTS)
        kind = rng.randrange(4)
        if kind == 0:
            self.action("act_slbia")
        elif kind == 1:
            self.action("act_slbie", segment.slbie())
        else:
            if kind == 2:
                self.action("act_slbie", segment.slbie())
            self.action("act_slbmte", *self.some_slb(segment))

    def disk_access(self):
        rng = self.rng
        if rng.chance(30):
            self.action("act_copy", KERNEL | ZEROS, KERNEL | self.sym["QUEUE"], 1024)
        unit = 64 * rng.randrange(16)
        self.action("act_copy", KERNEL | UNITS + 0x1000 + unit, KERNEL | UNITS + unit, 16)
        self.hcall("SEND_CRQ", VSCSI, 0x80 << 56 | 1 << 48 | 64, UNITS + unit)

    def others(self, cpu):
        rng = self.rng
        other = rng.randrange(self.cpus)
        kind = rng.randrange(8)
        if kind < 3:
            self.hcall("IPI", other, rng.choice([4, 4, 0xff]))
        elif kind == 3:
            self.hcall("PROD", other)
        elif kind == 4:
            self.hcall("CONFER", (cpu + 1) % self.cpus if self.cpus > 1 else -1, 1)
        elif kind == 5:
            self.hcall("CEDE", dec=rng.randrange(1, 3000))
        elif kind == 6:
            if rng.chance(40):
                self.hcall("SIGNAL_SYS_RESET", rng.choice([other, -2]))
        else:
            self.hcall("SET_MODE", rng.choice([0, 3]), 3, 0, 0)

    def walk(self):
        """Through the last words of many pages."""
        first, count = self.rng.randrange(PAGES), self.rng.randrange(20, 200)
        self.action("act_walk", KERNEL | self.sym["CODE"], first, count, PAGES - 1, SLOT - 4)

    def keys(self):
        """AMR: key 3 is that of some pages."""
        self.action("act_amr", self.rng.choice([0, 0, 1 << 57, 1 << 56]))

    def list(self, cpu):
        rng, sym = self.rng, self.sym
        area = sym["AREAS"] + sym["AREA_SIZE"] * cpu
        self.at = sym["LISTS"] + sym["LIST_SIZE"] * cpu
        self.limit = self.at + sym["LIST_SIZE"]
        self.put(area + sym["NEXT"], KERNEL | self.at)
        self.put(area + sym["LIST"], KERNEL | self.at)
        self.put(area + sym["ROUNDS"], rng.randrange(2, 6))
        self.put(area + sym["RANDOM"], rng.randrange(1 << 64))
        self.put(area + sym["NUMBER"], cpu)
        self.put(area + sym["KEPT"], *[rng.randrange(1 << rng.choice([8, 32, 64]))
                                       for _ in range(32)])
        for _ in range(rng.randrange(40, 110)):
            name = rng.choices(
                ["run", "remapping", "stores", "copy", "segments", "probe", "disk_access", "others",
                 "keys", "walk"], [50, 12, 5, 4, 5, 9, 3, 8, 1, 2])[0]
            if name == "remapping":
                self.hcall(*self.remapping())
            elif name in ("probe", "others"):
                getattr(self, name)(cpu)
            else:
                getattr(self, name)()
        self.action("act_again")
        self.action("act_end", msr=REAL)


# The kernel's 16M page, by the segment that runtime.S makes.
KERNEL_PTEX, KERNEL_DW0, _ = Segment(KERNEL, 24, 1, (0xccc, 0)).hpte(0, 0, 6, 0, 0)
