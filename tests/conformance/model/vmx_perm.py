"""VMX permute, pack, merge, splat and whole-register shift rows, counts and VSCR (Book I 6.8)."""

from .core import instruction
from .lanes import (M128, below, clamp_signed, clamp_unsigned, join, mask, pick, random_register,
                    signed, split, split_signed)
from .vmx_int import lanes_gen, place

VSCR_DEFINED = 0x00010001


def register_merge(name, width, low):
    """Interleave the left or right half of VRA with that of VRB."""
    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        half = 64 // width
        a = split(c.vr[c.VRA], width)[half * low:half * (low + 1)]
        b = split(c.vr[c.VRB], width)[half * low:half * (low + 1)]
        c.vr[c.VRT] = join([x for pair in zip(a, b) for x in pair], width)


def register_merge_words(name, odd):
    """vmrgew, vmrgow: the even or odd words of both, alternating."""
    @instruction(name, gen=lanes_gen(32, related=False))
    def model(c):
        a, b = split(c.vr[c.VRA], 32), split(c.vr[c.VRB], 32)
        c.vr[c.VRT] = join([a[odd], b[odd], a[odd + 2], b[odd + 2]], 32)


def register_pack(name, width, signed_source, signed_result):
    """Saturating packs: the elements of VRA then VRB, each clamped to half its width."""
    take = split_signed if signed_source else split
    clamp = clamp_signed if signed_result else clamp_unsigned

    @instruction(name, gen=pack_gen(width))
    def model(c):
        source = take(c.vr[c.VRA], width) + take(c.vr[c.VRB], width)
        place(c, [clamp(x, width // 2) for x in source], width // 2)


def pack_gen(width):
    """Sources near the limits of the narrow results, now and then none of them beyond."""
    def gen(rng, c, i):
        half = width // 2
        near = (0, 1, mask(half) >> 1, (mask(half) >> 1) + 1, mask(half), mask(half) + 1,
                mask(width), mask(width) << (half - 1), (mask(width) << (half - 1)) - 1,
                mask(width) << half, mask(width) >> 1, 1 << (width - 1))
        for field in (c.VRA, c.VRB):
            count = 128 // width
            if below(rng, 3) == 0:
                c.vr[field] = random_register(rng, width)
            elif below(rng, 2):
                c.vr[field] = join([pick(rng, near) for _ in range(count)], width)
            else:
                c.vr[field] = join([rng.getrandbits(half - 1) for _ in range(count)], width)
        c.vscr = pick(rng, (0, 1, 0x10000, 0x10001))
    return gen


def register_pack_modulo(name, width):
    """The low half of each element."""
    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        source = split(c.vr[c.VRA], width) + split(c.vr[c.VRB], width)
        c.vr[c.VRT] = join(source, width // 2)


def field(word, first, last, width=32):
    """Bits first to last of `word`, numbered from the left."""
    return (word >> (width - 1 - last)) & mask(last - first + 1)


@instruction("vpkpx", gen=lanes_gen(32, related=False))
def vpkpx(c):
    """8/8/8/8 pixels to 1/5/5/5: the last bit of the first byte, five high bits of the rest."""
    pixels = []
    for word in split(c.vr[c.VRA], 32) + split(c.vr[c.VRB], 32):
        pixels.append(field(word, 7, 7) << 15 | field(word, 8, 12) << 10
                      | field(word, 16, 20) << 5 | field(word, 24, 28))
    c.vr[c.VRT] = join(pixels, 16)


def register_unpack_pixel(name, low):
    """1/5/5/5 to four bytes: the first bit extended as a sign, the rest with zeros."""
    @instruction(name, gen=lanes_gen(16, related=False))
    def model(c):
        words = []
        for half in split(c.vr[c.VRB], 16)[4 * low:4 * low + 4]:
            words.append((0xFF if half >> 15 else 0) << 24 | field(half, 1, 5, 16) << 16
                         | field(half, 6, 10, 16) << 8 | field(half, 11, 15, 16))
        c.vr[c.VRT] = join(words, 32)


def register_unpack(name, width, low):
    """Sign-extend the left or right half's elements to twice their width."""
    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        half = 64 // width
        c.vr[c.VRT] = join(split_signed(c.vr[c.VRB], width)[half * low:half * (low + 1)],
                           2 * width)


def register_splat(name, width):
    """Copy element UIM everywhere."""
    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        c.vr[c.VRT] = join([split(c.vr[c.VRB], width)[c.UIM]] * (128 // width), width)


def register_splat_immediate(name, width):
    """Sign-extended SIM everywhere."""
    @instruction(name)
    def model(c):
        c.vr[c.VRT] = join([signed(c.SIM, 5)] * (128 // width), width)


def register_merges_and_packs():
    """The rows of 6.8.1 to 6.8.3."""
    for width, letter in ((8, "b"), (16, "h"), (32, "w")):
        register_merge(f"vmrgh{letter}", width, 0)
        register_merge(f"vmrgl{letter}", width, 1)
        register_splat(f"vsplt{letter}", width)
        register_splat_immediate(f"vspltis{letter}", width)
        register_unpack(f"vupkhs{letter}", width, 0)
        register_unpack(f"vupkls{letter}", width, 1)
    register_merge_words("vmrgew", 0)
    register_merge_words("vmrgow", 1)
    register_unpack_pixel("vupkhpx", 0)
    register_unpack_pixel("vupklpx", 1)
    for width, letter in ((16, "h"), (32, "w"), (64, "d")):
        register_pack_modulo(f"vpku{letter}um", width)
        register_pack(f"vpku{letter}us", width, False, False)
        register_pack(f"vpks{letter}us", width, True, False)
        register_pack(f"vpks{letter}ss", width, True, True)


@instruction("vperm")
def vperm(c):
    """Byte i = byte (low five bits of byte i of VRC) of VRA followed by VRB."""
    source = split(c.vr[c.VRA], 8) + split(c.vr[c.VRB], 8)
    c.vr[c.VRT] = join([source[index & 31] for index in split(c.vr[c.VRC], 8)], 8)


@instruction("vsel")
def vsel(c):
    """Bit from VRB where VRC has a one."""
    choose = c.vr[c.VRC]
    c.vr[c.VRT] = (c.vr[c.VRA] & ~choose & M128) | (c.vr[c.VRB] & choose)


@instruction("vsldoi")
def vsldoi(c):
    """Sixteen bytes of VRA followed by VRB, from byte SHB."""
    c.vr[c.VRT] = ((c.vr[c.VRA] << 128 | c.vr[c.VRB]) >> (128 - 8 * c.SHB)) & M128


def bit_shift_gen(rng, c, i):
    """The same count in all bytes as the book demands, mostly."""
    c.vr[c.VRA] = random_register(rng, 64)
    if below(rng, 8):
        count = below(rng, 8)
        c.vr[c.VRB] = join([rng.getrandbits(8) & ~7 | count for _ in range(16)], 8)


def shift_bits(c, left):
    """vsl, vsr: undefined unless the low three bits of all bytes of VRB agree (6.8.6)."""
    counts = {byte & 7 for byte in split(c.vr[c.VRB], 8)}
    count = c.vr[c.VRB] & 7
    source = c.vr[c.VRA]
    c.vr[c.VRT] = source << count & M128 if left else source >> count
    if len(counts) > 1:
        c.undefined("vr", c.VRT, M128)


@instruction("vsl", gen=bit_shift_gen)
def vsl(c):
    """Shift left 0 to 7 bits."""
    shift_bits(c, True)


@instruction("vsr", gen=bit_shift_gen)
def vsr(c):
    """Shift right 0 to 7 bits."""
    shift_bits(c, False)


@instruction("vslo")
def vslo(c):
    """Shift left by the octets in bits 121:124 of VRB."""
    c.vr[c.VRT] = c.vr[c.VRA] << (8 * (c.vr[c.VRB] >> 3 & 15)) & M128


@instruction("vsro")
def vsro(c):
    """Shift right by the octets in bits 121:124 of VRB."""
    c.vr[c.VRT] = c.vr[c.VRA] >> (8 * (c.vr[c.VRB] >> 3 & 15))


def permute_bits_gen(rng, c, i):
    """Bit numbers inside and outside the register."""
    c.vr[c.VRA] = random_register(rng, 64)
    edges = (0, 7, 8, 63, 64, 127, 128, 129, 191, 255)
    c.vr[c.VRB] = join([pick(rng, edges) if below(rng, 3) == 0 else rng.getrandbits(7)
                        for _ in range(16)], 8)


@instruction("vbpermq", gen=permute_bits_gen)
def vbpermq(c):
    """Sixteen bits of VRA chosen by the bytes of VRB, to bits 48:63."""
    bits = [c.vr[c.VRA] >> (127 - index) & 1 if index < 128 else 0
            for index in split(c.vr[c.VRB], 8)]
    c.vr[c.VRT] = join(bits, 1) << 64


@instruction("vgbbd")
def vgbbd(c):
    """Transpose each doubleword as eight rows of eight bits."""
    doublewords = []
    for doubleword in split(c.vr[c.VRB], 64):
        rows = [split(byte, 1, 8) for byte in split(doubleword, 8, 64)]
        doublewords.append(join([join(column, 1) for column in zip(*rows)], 8))
    c.vr[c.VRT] = join(doublewords, 64)


def register_counts():
    """vclz*, vpopcnt*."""
    for width, letter in ((8, "b"), (16, "h"), (32, "w"), (64, "d")):
        register_count(f"vclz{letter}", width, lambda x, w: w - x.bit_length())
        register_count(f"vpopcnt{letter}", width, lambda x, w: bin(x).count("1"))


def register_count(name, width, function):
    """One count an element."""
    def gen(rng, c, i):
        lanes = [rng.getrandbits(width) >> below(rng, width + 1) for _ in range(128 // width)]
        c.vr[c.VRB] = join(lanes, width)

    @instruction(name, gen=gen)
    def model(c):
        c.vr[c.VRT] = join([function(x, width) for x in split(c.vr[c.VRB], width)], width)


def vscr_gen(rng, c, i):
    """All states of the two bits that exist."""
    c.vscr = pick(rng, (0, 1, 0x10000, 0x10001))


@instruction("mfvscr", gen=vscr_gen)
def mfvscr(c):
    """VSCR, right-justified."""
    c.vr[c.VRT] = c.vscr


def mtvscr_gen(rng, c, i):
    """Mostly values without reserved bits, whose fate is the implementation's."""
    vscr_gen(rng, c, i)
    value = rng.getrandbits(128)
    c.vr[c.VRB] = value if below(rng, 4) == 0 else value & ~mask(32) | value & VSCR_DEFINED


@instruction("mtvscr", gen=mtvscr_gen)
def mtvscr(c):
    """Only NJ and SAT exist; a reserved bit written 1 reads back as anything (Book I 1.3.3)."""
    word = c.vr[c.VRB] & mask(32)
    c.vscr = word & VSCR_DEFINED
    c.undefined("vscr", 0, word & ~VSCR_DEFINED)


def shift_pattern(c, first):
    """Sixteen consecutive byte numbers from `first`, the same in both byte orders."""
    c.vr[c.VRT] = join([first + i for i in range(16)], 8)


def pattern_address(c):
    """The low four bits of (RA|0) + RB."""
    return ((c.gpr[c.RA] if c.RA else 0) + c.gpr[c.RB]) & 15


@instruction("lvsl")
def lvsl(c):
    """Load Vector for Shift Left; no storage access."""
    shift_pattern(c, pattern_address(c))


@instruction("lvsr")
def lvsr(c):
    """Load Vector for Shift Right; no storage access."""
    shift_pattern(c, 16 - pattern_address(c))


register_merges_and_packs()
register_counts()
