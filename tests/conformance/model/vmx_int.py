"""VMX integer arithmetic, compare, shift and logical rows (Book I 6.9, 6.10; big integers)."""

from .core import instruction
from .lanes import (M128, below, clamp_signed, clamp_unsigned, join, mask, pick, random_register,
                    split, split_signed)

WIDTHS = {"b": 8, "h": 16, "w": 32, "d": 64, "q": 128}
SAT = 1


def lanes_gen(width, related=True):
    """A generator filling VRA, VRB and VRC with elements of `width` bits, often related."""
    def gen(rng, c, i):
        for name in ("VRA", "VRB", "VRC"):
            if hasattr(c, name):
                c.vr[getattr(c, name)] = random_register(rng, width)
        if related and hasattr(c, "VRA") and hasattr(c, "VRB"):
            relate(rng, c, width)
        c.vscr = pick(rng, (0, 1, 0x10000, 0x10001))
    return gen


def relate(rng, c, width):
    """Now and then make elements of VRB equal to, or the complement of, those of VRA."""
    kind = below(rng, 6)
    a, b = split(c.vr[c.VRA], width), split(c.vr[c.VRB], width)
    if kind == 0:
        b = list(a)
    elif kind == 1:
        b = [x if below(rng, 2) else y for x, y in zip(a, b)]
    elif kind == 2:
        b = [(~x + pick(rng, (-1, 0, 1))) & mask(width) for x in a]
    elif kind == 3:
        b = [(x + pick(rng, (-1, 0, 1))) & mask(width) for x in a]
    c.vr[c.VRB] = join(b, width)


def modulo(name, width, function, is_signed=False):
    """Register a row computing each element of VRT from those of VRA and VRB, modulo."""
    take = split_signed if is_signed else split

    @instruction(name, gen=lanes_gen(width))
    def model(c):
        a, b = take(c.vr[c.VRA], width), take(c.vr[c.VRB], width)
        c.vr[c.VRT] = join([function(x, y) for x, y in zip(a, b)], width)


def saturating(name, width, function, is_signed):
    """As modulo(), the exact result being clamped to the element's range, with SAT."""
    take = split_signed if is_signed else split
    clamp = clamp_signed if is_signed else clamp_unsigned

    @instruction(name, gen=lanes_gen(width))
    def model(c):
        a, b = take(c.vr[c.VRA], width), take(c.vr[c.VRB], width)
        place(c, [clamp(function(x, y), width) for x, y in zip(a, b)], width)


def place(c, clamped, width):
    """Write (value, was limited) pairs to VRT and make SAT sticky."""
    if any(limited for _, limited in clamped):
        c.vscr |= SAT
    c.vr[c.VRT] = join([value for value, _ in clamped], width)


def register_add_subtract():
    """vadd*, vsub* of every width and kind, and the word carries."""
    for letter in "bhwd":
        width = WIDTHS[letter]
        modulo(f"vaddu{letter}m", width, lambda x, y: x + y)
        modulo(f"vsubu{letter}m", width, lambda x, y: x - y)
    for letter in "bhw":
        width = WIDTHS[letter]
        for kind in "us":
            saturating(f"vadd{kind}{letter}s", width, lambda x, y: x + y, kind == "s")
            saturating(f"vsub{kind}{letter}s", width, lambda x, y: x - y, kind == "s")
    modulo("vaddcuw", 32, lambda x, y: (x + y) >> 32)
    modulo("vsubcuw", 32, lambda x, y: (x + (~y & mask(32)) + 1) >> 32)


def register_simple():
    """Averages, extrema, rotates and shifts, element by element."""
    for letter in "bhw":
        for kind in "us":
            modulo(f"vavg{kind}{letter}", WIDTHS[letter], lambda x, y: (x + y + 1) >> 1,
                   kind == "s")
    for letter in "bhwd":
        width = WIDTHS[letter]
        for kind in "us":
            modulo(f"vmax{kind}{letter}", width, max, kind == "s")
            modulo(f"vmin{kind}{letter}", width, min, kind == "s")
        register_shifts(letter, width)


def register_shifts(letter, width):
    """Only the low log2(width) bits of an element of VRB count."""
    modulo(f"vsl{letter}", width, lambda x, y: x << (y % width))
    modulo(f"vsr{letter}", width, lambda x, y: x >> (y % width))
    modulo(f"vsra{letter}", width, lambda x, y: x >> (y % width), True)
    modulo(f"vrl{letter}", width,
           lambda x, y: (x << (y % width)) | (x >> (width - y % width)))


def register_compare(name, width, function, is_signed):
    """Integer compares: elements all ones or zeros; with Rc CR6 = all true, 0, all false, 0."""
    take = split_signed if is_signed else split

    @instruction(name, gen=lanes_gen(width))
    def model(c):
        truth = [function(x, y) for x, y in
                 zip(take(c.vr[c.VRA], width), take(c.vr[c.VRB], width))]
        c.vr[c.VRT] = join([mask(width) if t else 0 for t in truth], width)
        if c.Rc:
            c.crf[6] = 8 * all(truth) + 2 * (not any(truth))


def register_compares():
    """vcmpequ*, vcmpgtu*, vcmpgts*."""
    for letter in "bhwd":
        width = WIDTHS[letter]
        register_compare(f"vcmpequ{letter}", width, lambda x, y: x == y, False)
        register_compare(f"vcmpgtu{letter}", width, lambda x, y: x > y, False)
        register_compare(f"vcmpgts{letter}", width, lambda x, y: x > y, True)


def register_multiply(name, width, odd, is_signed):
    """Products, twice as wide, of the even or odd numbered elements."""
    take = split_signed if is_signed else split

    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        a, b = take(c.vr[c.VRA], width)[odd::2], take(c.vr[c.VRB], width)[odd::2]
        c.vr[c.VRT] = join([x * y for x, y in zip(a, b)], 2 * width)


def register_multiplies():
    """vmule*, vmulo*, vmuluwm."""
    for letter in "bhw":
        for kind in "us":
            register_multiply(f"vmule{kind}{letter}", WIDTHS[letter], 0, kind == "s")
            register_multiply(f"vmulo{kind}{letter}", WIDTHS[letter], 1, kind == "s")
    modulo("vmuluwm", 32, lambda x, y: x * y)


def register_multiply_add(name, rounding):
    """vmhaddshs, vmhraddshs: bits above the low 15 of the product, plus VRC, saturated."""
    @instruction(name, gen=lanes_gen(16, related=False))
    def model(c):
        sums = [((x * y + rounding) >> 15) + z for x, y, z in
                zip(split_signed(c.vr[c.VRA], 16), split_signed(c.vr[c.VRB], 16),
                    split_signed(c.vr[c.VRC], 16))]
        place(c, [clamp_signed(s, 16) for s in sums], 16)


@instruction("vmladduhm", gen=lanes_gen(16, related=False))
def vmladduhm(c):
    """Low half of product plus addend."""
    c.vr[c.VRT] = join([x * y + z for x, y, z in
                        zip(split(c.vr[c.VRA], 16), split(c.vr[c.VRB], 16),
                            split(c.vr[c.VRC], 16))], 16)


def register_multiply_sum(name, width, signed_a, signed_b, saturate):
    """vmsum*: each word of VRC plus the products of the elements that lie under it.

    With signed products the accumulator is a signed word, except for the modulo forms where it
    makes no difference.
    """
    take_a = split_signed if signed_a else split
    take_b = split_signed if signed_b else split
    clamp = clamp_signed if signed_b else clamp_unsigned
    per_word = 32 // width

    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        products = [x * y for x, y in zip(take_a(c.vr[c.VRA], width), take_b(c.vr[c.VRB], width))]
        addend = (split_signed if signed_b else split)(c.vr[c.VRC], 32)
        sums = [addend[i] + sum(products[i * per_word:(i + 1) * per_word]) for i in range(4)]
        if saturate:
            place(c, [clamp(s, 32) for s in sums], 32)
        else:
            c.vr[c.VRT] = join(sums, 32)


def register_sum_across(name, width, group, is_signed):
    """vsum*: the elements of VRA in each `group` bits plus the rightmost word of VRB there.

    The saturated sum goes to the rightmost word of the group, the words left of it become 0.
    """
    take = split_signed if is_signed else split
    clamp = clamp_signed if is_signed else clamp_unsigned

    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        results = []
        for a, b in zip(split(c.vr[c.VRA], group), split(c.vr[c.VRB], group)):
            results.append(clamp(sum(take(a, width, group)) + take(b, 32, group)[-1], 32))
        if any(limited for _, limited in results):
            c.vscr |= SAT
        c.vr[c.VRT] = join([value & mask(32) for value, _ in results], group)


def register_sums():
    """The sum rows of 6.9.1.4 and 6.9.1.5."""
    register_multiply_add("vmhaddshs", 0)
    register_multiply_add("vmhraddshs", 0x4000)
    register_multiply_sum("vmsumubm", 8, False, False, False)
    register_multiply_sum("vmsummbm", 8, True, False, False)
    register_multiply_sum("vmsumuhm", 16, False, False, False)
    register_multiply_sum("vmsumuhs", 16, False, False, True)
    register_multiply_sum("vmsumshm", 16, True, True, False)
    register_multiply_sum("vmsumshs", 16, True, True, True)
    register_sum_across("vsum4ubs", 8, 32, False)
    register_sum_across("vsum4sbs", 8, 32, True)
    register_sum_across("vsum4shs", 16, 32, True)
    register_sum_across("vsum2sws", 32, 64, True)
    register_sum_across("vsumsws", 32, 128, True)


def register_logical(name, function):
    """128 bit wide logical rows."""
    @instruction(name, gen=lanes_gen(64))
    def model(c):
        c.vr[c.VRT] = function(c.vr[c.VRA], c.vr[c.VRB]) & M128


def register_logicals():
    """vand and its kin."""
    register_logical("vand", lambda x, y: x & y)
    register_logical("vandc", lambda x, y: x & ~y)
    register_logical("vor", lambda x, y: x | y)
    register_logical("vorc", lambda x, y: x | ~y)
    register_logical("vxor", lambda x, y: x ^ y)
    register_logical("vnor", lambda x, y: ~(x | y))
    register_logical("vnand", lambda x, y: ~(x & y))
    register_logical("veqv", lambda x, y: ~(x ^ y))


def register_quadword(name, subtract, carry_in, want_carry):
    """Quadword add or subtract; a subtract adds the complement plus 1, or plus the carry in."""
    @instruction(name, gen=lanes_gen(128))
    def model(c):
        b = c.vr[c.VRB] ^ (M128 if subtract else 0)
        carry = (c.vr[c.VRC] & 1) if carry_in else int(subtract)
        total = c.vr[c.VRA] + b + carry
        c.vr[c.VRT] = total >> 128 if want_carry else total & M128


def register_quadwords():
    """The eight rows of 6.9.1.1 and 6.9.1.2 of 2.07 that work on quadwords."""
    register_quadword("vadduqm", False, False, False)
    register_quadword("vaddcuq", False, False, True)
    register_quadword("vaddeuqm", False, True, False)
    register_quadword("vaddecuq", False, True, True)
    register_quadword("vsubuqm", True, False, False)
    register_quadword("vsubcuq", True, False, True)
    register_quadword("vsubeuqm", True, True, False)
    register_quadword("vsubecuq", True, True, True)


register_add_subtract()
register_simple()
register_compares()
register_multiplies()
register_sums()
register_logicals()
register_quadwords()
