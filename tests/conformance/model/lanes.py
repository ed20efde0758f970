"""Vector registers as lanes: element 0 is the leftmost, as in the book, in both byte orders."""

M128 = (1 << 128) - 1


def below(rng, first, end=None):
    """A number from 0 up to `first`, or from `first` up to `end`, exclusive.

    Built on getrandbits() alone, whose stream Python promises to keep.
    """
    start, size = (0, first) if end is None else (first, end - first)
    return start + rng.getrandbits(size.bit_length() + 16) % size


def pick(rng, table):
    """One of `table`."""
    return table[below(rng, len(table))]


def mask(width):
    """All ones in `width` bits."""
    return (1 << width) - 1


def signed(value, width):
    """The two's complement meaning of the low `width` bits of `value`."""
    value &= mask(width)
    return value - (1 << width) if value >> (width - 1) else value


def split(value, width, total=128):
    """The unsigned elements of a `total` bit value, leftmost first."""
    return [(value >> shift) & mask(width) for shift in range(total - width, -1, -width)]


def split_signed(value, width, total=128):
    """The signed elements of a `total` bit value, leftmost first."""
    return [signed(lane, width) for lane in split(value, width, total)]


def join(elements, width):
    """The inverse of split(); each element is reduced modulo 2 to the power `width`."""
    value = 0
    for element in elements:
        value = (value << width) | (element & mask(width))
    return value


def clamp_unsigned(value, width):
    """(value limited to the unsigned range, whether it had to be limited)."""
    limited = min(max(value, 0), mask(width))
    return limited, limited != value


def clamp_signed(value, width):
    """(value limited to the signed range, whether it had to be limited)."""
    limited = min(max(value, -(1 << (width - 1))), (1 << (width - 1)) - 1)
    return limited, limited != value


def corners(width):
    """Values at which a `width` bit element behaves differently from its neighbours."""
    top = 1 << (width - 1)
    base = (0, 1, 2, top - 1, top, top + 1, mask(width), mask(width) - 1)
    half = 1 << (width // 2)
    return base + (half - 1, half, half + 1, top - half, top + half, width - 1, width, width + 1)


def random_register(rng, width):
    """A 128 bit value whose elements are corners or noise, mixed element by element."""
    style = below(rng, 8)
    table = corners(width)
    if style == 0:
        return rng.getrandbits(128)
    if style == 1:
        return join([pick(rng, table)] * (128 // width), width)
    elements = [pick(rng, table) if below(rng, 3) else rng.getrandbits(width)
                for _ in range(128 // width)]
    return join(elements, width)
