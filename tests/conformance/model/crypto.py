"""AES, SHA, polynomial multiply, permute-xor (Book I 6.11) and signed decimal (6.17 of 2.07).

The AES tables are computed from the field arithmetic of FIPS 197. Some vectors carry the states
of the examples that FIPS 197 and FIPS 180-4 publish; published.py runs whole algorithms.
"""

from .core import instruction
from .lanes import join, mask, random_register, split
from .vmx_int import lanes_gen

AES_POLYNOMIAL = 0x11B


def gf_multiply(x, y):
    """Product in GF(2^8) modulo the AES polynomial (FIPS 197 4.2)."""
    product = carryless(x, y)
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= AES_POLYNOMIAL << (bit - 8)
    return product


def carryless(x, y):
    """Product of two polynomials over GF(2)."""
    product = 0
    while y:
        low = y & -y
        product ^= x * low
        y ^= low
    return product


def substitute(byte):
    """The S-box: multiplicative inverse, then the affine map of FIPS 197 5.1.1."""
    inverse = next((x for x in range(256) if gf_multiply(byte, x) == 1), 0)
    result = 0x63
    for turn in range(5):
        result ^= (inverse << turn | inverse >> (8 - turn)) & 255
    return result


SBOX = tuple(substitute(byte) for byte in range(256))
INVERSE_SBOX = tuple(SBOX.index(byte) for byte in range(256))
PRODUCT = {factor: tuple(gf_multiply(factor, byte) for byte in range(256))
           for factor in (1, 2, 3, 9, 11, 13, 14)}


def sub_bytes(state, table):
    """A table look-up a byte."""
    return [table[byte] for byte in state]


def shift_rows(state, direction):
    """Row r (bytes r, r+4, ...) rotates by r columns: left for +1, right for -1."""
    return [state[(4 * ((i // 4) + direction * (i % 4)) + i % 4) % 16] for i in range(16)]


def mix_columns(state, first_row):
    """Each column times the circulant matrix whose first row is given."""
    out = []
    for column in range(0, 16, 4):
        for row in range(4):
            byte = 0
            for k in range(4):
                byte ^= PRODUCT[first_row[(k - row) % 4]][state[column + k]]
            out.append(byte)
    return out


def cipher(state, key, last):
    """A round: SubBytes, ShiftRows, MixColumns unless last, AddRoundKey."""
    work = shift_rows(sub_bytes(split(state, 8), SBOX), 1)
    if not last:
        work = mix_columns(work, (2, 3, 1, 1))
    return join(work, 8) ^ key


def inverse_cipher(state, key, last):
    """An inverse round: InvShiftRows, InvSubBytes, AddRoundKey, InvMixColumns unless last."""
    work = join(sub_bytes(shift_rows(split(state, 8), -1), INVERSE_SBOX), 8) ^ key
    return work if last else join(mix_columns(split(work, 8), (14, 11, 13, 9)), 8)


# (state at the start of a round, round key) of FIPS 197 appendix B, rounds 1, 2 and 10
EXAMPLE_ROUNDS = (
    (0x193DE3BEA0F4E22B9AC68D2AE9F84808, 0xA0FAFE1788542CB123A339392A6C7605),
    (0xA49C7FF2689F352B6B5BEA43026A5049, 0xF2C295F27A96B9435935807A7359F67F),
    (0xEB40F21E592E38848BA113E71BC342D2, 0xD014F9A8C9EE2589E13F0CC8B6630CA6),
)


def aes_gen(rng, c, i):
    """The published states first, then noise and registers with few different bytes."""
    if i < len(EXAMPLE_ROUNDS):
        state, key = EXAMPLE_ROUNDS[i]
    else:
        state, key = random_register(rng, 8), random_register(rng, 32)
    c.vr[c.VRA] = state
    if hasattr(c, "VRB"):
        c.vr[c.VRB] = key


@instruction("vcipher", gen=aes_gen)
def vcipher(c):
    """One round of encryption."""
    c.vr[c.VRT] = cipher(c.vr[c.VRA], c.vr[c.VRB], False)


@instruction("vcipherlast", gen=aes_gen)
def vcipherlast(c):
    """The last round of encryption."""
    c.vr[c.VRT] = cipher(c.vr[c.VRA], c.vr[c.VRB], True)


@instruction("vncipher", gen=aes_gen)
def vncipher(c):
    """One round of decryption."""
    c.vr[c.VRT] = inverse_cipher(c.vr[c.VRA], c.vr[c.VRB], False)


@instruction("vncipherlast", gen=aes_gen)
def vncipherlast(c):
    """The last round of decryption."""
    c.vr[c.VRT] = inverse_cipher(c.vr[c.VRA], c.vr[c.VRB], True)


@instruction("vsbox", gen=aes_gen)
def vsbox(c):
    """SubBytes alone."""
    c.vr[c.VRT] = join(sub_bytes(split(c.vr[c.VRA], 8), SBOX), 8)


def rotate_right(x, count, width):
    """Rotate within `width` bits."""
    return (x >> count | x << (width - count)) & mask(width)


# (ST, SIX bit): (amounts, whether the third is a shift), FIPS 180-4 4.1.2 and 4.1.3
SIGMA_32 = {(0, 0): (7, 18, 3, True), (0, 1): (17, 19, 10, True),
            (1, 0): (2, 13, 22, False), (1, 1): (6, 11, 25, False)}
SIGMA_64 = {(0, 0): (1, 8, 7, True), (0, 1): (19, 61, 6, True),
            (1, 0): (28, 34, 39, False), (1, 1): (14, 18, 41, False)}


def sigma(x, amounts, width):
    """One of the eight sigma functions."""
    first, second, third, shifts = amounts
    last = x >> third if shifts else rotate_right(x, third, width)
    return rotate_right(x, first, width) ^ rotate_right(x, second, width) ^ last


def hash_sigma_words(value, st, six):
    """vshasigmaw: bit i of SIX, from the left, chooses for word i."""
    return join([sigma(x, SIGMA_32[st, six >> (3 - i) & 1], 32)
                 for i, x in enumerate(split(value, 32))], 32)


def hash_sigma_doublewords(value, st, six):
    """vshasigmad: bits 0 and 2 of SIX, from the left, choose."""
    return join([sigma(x, SIGMA_64[st, six >> (3 - 2 * i) & 1], 64)
                 for i, x in enumerate(split(value, 64))], 64)


@instruction("vshasigmaw")
def vshasigmaw(c):
    """SHA-256 sigma functions."""
    c.vr[c.VRT] = hash_sigma_words(c.vr[c.VRA], c.ST, c.SIX)


@instruction("vshasigmad")
def vshasigmad(c):
    """SHA-512 sigma functions."""
    c.vr[c.VRT] = hash_sigma_doublewords(c.vr[c.VRA], c.ST, c.SIX)


def polynomial_sum(a, b, width):
    """vpmsum*: carry-less products of the elements, those of each pair XORed."""
    products = [carryless(x, y) for x, y in zip(split(a, width), split(b, width))]
    return join([x ^ y for x, y in zip(products[::2], products[1::2])], 2 * width)


def register_polynomial(name, width):
    """One of vpmsumb, vpmsumh, vpmsumw, vpmsumd."""
    @instruction(name, gen=lanes_gen(width, related=False))
    def model(c):
        c.vr[c.VRT] = polynomial_sum(c.vr[c.VRA], c.vr[c.VRB], width)


@instruction("vpermxor")
def vpermxor(c):
    """Byte of VRA by the high nibble of VRC's byte, XOR byte of VRB by the low nibble."""
    a, b = split(c.vr[c.VRA], 8), split(c.vr[c.VRB], 8)
    c.vr[c.VRT] = join([a[x >> 4] ^ b[x & 15] for x in split(c.vr[c.VRC], 8)], 8)


for _name, _width in (("vpmsumb", 8), ("vpmsumh", 16), ("vpmsumw", 32), ("vpmsumd", 64)):
    register_polynomial(_name, _width)
