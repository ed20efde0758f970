"""Published known answers, computed with the models: AES, SHA-2, GHASH, CRC-32.

Each function returns (name, computed, published).
"""

from . import crypto
from .lanes import join, split

M32, M64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
PLAIN = 0x00112233445566778899AABBCCDDEEFF
# FIPS 197 appendix C: cipher key, ciphertext of PLAIN
AES_EXAMPLES = (
    ("AES-128", "000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"),
    ("AES-192", "000102030405060708090a0b0c0d0e0f1011121314151617",
     "dda97ca4864cdfe06eaf70a0ec0d7191"),
    ("AES-256", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "8ea2b7ca516745bfeafc49904b496089"),
)


def expand_key(key):
    """The round keys (FIPS 197 5.2), SubWord through the state-wide S-box."""
    words = [int.from_bytes(key[i:i + 4], "big") for i in range(0, len(key), 4)]
    count = len(words)
    rcon = 1
    while len(words) < 4 * (count + 7):
        word = words[-1]
        if len(words) % count == 0:
            word = sub_word((word << 8 | word >> 24) & M32) ^ rcon << 24
            rcon = crypto.gf_multiply(rcon, 2)
        elif count == 8 and len(words) % count == 4:
            word = sub_word(word)
        words.append(words[-count] ^ word)
    return [join(words[i:i + 4], 32) for i in range(0, len(words), 4)]


def sub_word(word):
    """vsbox of a register that holds the word four times."""
    return join(crypto.sub_bytes(split(join([word] * 4, 32), 8), crypto.SBOX), 8) & M32


def encrypt(block, keys):
    """A whole encryption as software does it with vcipher and vcipherlast."""
    state = block ^ keys[0]
    for key in keys[1:-1]:
        state = crypto.cipher(state, key, False)
    return crypto.cipher(state, keys[-1], True)


def decrypt(block, keys):
    """With vncipher and vncipherlast: the same round keys backwards."""
    state = block ^ keys[-1]
    for key in keys[-2:0:-1]:
        state = crypto.inverse_cipher(state, key, False)
    return crypto.inverse_cipher(state, keys[0], True)


def check_aes():
    """FIPS 197 appendix C, both directions, and the rounds of appendix B."""
    results = []
    for name, key, answer in AES_EXAMPLES:
        keys = expand_key(bytes.fromhex(key))
        cipher_text = encrypt(PLAIN, keys)
        results.append((name + " encrypt", f"{cipher_text:032x}", answer))
        results.append((name + " decrypt", f"{decrypt(cipher_text, keys):032x}",
                        f"{PLAIN:032x}"))
    (first, key), (second, _) = crypto.EXAMPLE_ROUNDS[:2]
    results.append(("FIPS 197 appendix B round 1", f"{crypto.cipher(first, key, False):032x}",
                    f"{second:032x}"))
    last, key = crypto.EXAMPLE_ROUNDS[2]
    results.append(("FIPS 197 appendix B round 10", f"{crypto.cipher(last, key, True):032x}",
                    "3925841d02dc09fbdc118597196a0b32"))
    return results


def primes(count):
    """The first prime numbers."""
    found = []
    number = 2
    while len(found) < count:
        if all(number % p for p in found):
            found.append(number)
        number += 1
    return found


def root_fraction(number, degree, bits):
    """The first `bits` bits of the fraction of a root (FIPS 180-4 4.2, 5.3)."""
    scaled = number << degree * bits
    low, high = 0, 1 << (bits + 8)
    while high - low > 1:
        middle = (low + high) // 2
        if middle ** degree <= scaled:
            low = middle
        else:
            high = middle
    return low & ((1 << bits) - 1)


def sigma(x, width, st, six_bit):
    """One sigma through the whole-register model."""
    count = 128 // width
    function = crypto.hash_sigma_words if width == 32 else crypto.hash_sigma_doublewords
    return split(function(join([x] * count, width), st, 15 * six_bit), width)[0]


def sha2(message, width, rounds):
    """SHA-256 (width 32) or SHA-512 (width 64), FIPS 180-4 6.2 and 6.4."""
    limit = (1 << width) - 1
    block = width * 2
    padded = message + b"\x80"
    padded += bytes(-(len(padded) + width // 4) % block) + (8 * len(message)).to_bytes(
        width // 4, "big")
    constants = [root_fraction(p, 3, width) for p in primes(rounds)]
    state = [root_fraction(p, 2, width) for p in primes(8)]
    for start in range(0, len(padded), block):
        chunk = int.from_bytes(padded[start:start + block], "big")
        w = split(chunk, width, 16 * width)
        for t in range(16, rounds):
            w.append((sigma(w[t - 2], width, 0, 1) + w[t - 7] + sigma(w[t - 15], width, 0, 0)
                      + w[t - 16]) & limit)
        a, b, c, d, e, f, g, h = state
        for t in range(rounds):
            t1 = h + sigma(e, width, 1, 1) + (e & f ^ ~e & g) + constants[t] + w[t]
            t2 = sigma(a, width, 1, 0) + (a & b ^ a & c ^ b & c)
            a, b, c, d, e, f, g, h = (t1 + t2) & limit, a, b, c, (d + t1) & limit, e, f, g
        state = [(x + y) & limit for x, y in zip(state, (a, b, c, d, e, f, g, h))]
    return "".join(f"{x:0{width // 4}x}" for x in state)


def check_sha():
    """The examples that NIST publishes with FIPS 180-4."""
    two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    return [
        ("SHA-256 abc", sha2(b"abc", 32, 64),
         "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA-256 two blocks", sha2(two_blocks, 32, 64),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        ("SHA-512 abc", sha2(b"abc", 64, 80),
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
         "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    ]


def product_128(x, y):
    """256 bit product of polynomials of 128 bits from vpmsumd and doubleword shuffles."""
    x_high, x_low = split(x, 64)
    high_low = crypto.polynomial_sum(x, y, 64)
    cross = crypto.polynomial_sum(join([x_low, x_high], 64), y, 64)
    low = crypto.polynomial_sum(x_low, y, 64)
    return (high_low ^ low) << 128 ^ cross << 64 ^ low


def reverse_bits(x, width):
    """GCM and CRC-32 number the coefficients the other way round."""
    return int(f"{x:0{width}b}"[::-1], 2)


def reduce_polynomial(x, polynomial):
    """The remainder modulo a polynomial."""
    degree = polynomial.bit_length() - 1
    while x.bit_length() > degree:
        x ^= polynomial << (x.bit_length() - 1 - degree)
    return x


def check_polynomials():
    """GHASH of test case 2 of the GCM specification; the check value of CRC-32."""
    gcm = 1 << 128 | 0x87
    h = reverse_bits(0x66E94BD4EF8A2C3B884CFA59CA342B2E, 128)
    state = 0
    for block in (0x0388DACE60B6A392F328C2B971B2FE78, 0x80):
        state = reduce_polynomial(product_128(state ^ reverse_bits(block, 128), h), gcm)
    results = [("GHASH", f"{reverse_bits(state, 128):032x}",
                "f38cbb1ad69223dcc3457ae5b6b0f885")]
    message = int.from_bytes(b"123456789", "little")
    register = reverse_bits(message, 72) << 32 ^ 0xFFFFFFFF << 72
    high, low = register >> 64, register & M64
    crc = 1 << 32 | 0x04C11DB7
    folded = crypto.polynomial_sum(join([0, high], 64),
                                   join([0, reduce_polynomial(1 << 64, crc)], 64), 64) ^ low
    remainder = reduce_polynomial(folded, crc)
    results.append(("CRC-32", f"{reverse_bits(remainder, 32) ^ M32:08x}", "cbf43926"))
    return results


def check_all():
    """Every known answer."""
    return check_aes() + check_sha() + check_polynomials()
