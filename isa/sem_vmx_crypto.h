/* Bodies of 2.07: AES (FIPS 197), SHA-2 (FIPS 180-4), carry-less multiply, decimal add. */
#ifndef HORNPIPE_ISA_SEM_VMX_CRYPTO_H
#define HORNPIPE_ISA_SEM_VMX_CRYPTO_H

#include "isa/sem_vector.h"

/* -- AES: byte 0 of the state is the leftmost byte, column by column -- */

/* clang-format off */
static const uint8_t vmx_aes_sbox[256] = { /* FIPS 197 figure 7 */
    0x63, 0x7c, 0x77, 0x7b, 0xf2, 0x6b, 0x6f, 0xc5, 0x30, 0x01, 0x67, 0x2b, 0xfe, 0xd7, 0xab, 0x76,
    0xca, 0x82, 0xc9, 0x7d, 0xfa, 0x59, 0x47, 0xf0, 0xad, 0xd4, 0xa2, 0xaf, 0x9c, 0xa4, 0x72, 0xc0,
    0xb7, 0xfd, 0x93, 0x26, 0x36, 0x3f, 0xf7, 0xcc, 0x34, 0xa5, 0xe5, 0xf1, 0x71, 0xd8, 0x31, 0x15,
    0x04, 0xc7, 0x23, 0xc3, 0x18, 0x96, 0x05, 0x9a, 0x07, 0x12, 0x80, 0xe2, 0xeb, 0x27, 0xb2, 0x75,
    0x09, 0x83, 0x2c, 0x1a, 0x1b, 0x6e, 0x5a, 0xa0, 0x52, 0x3b, 0xd6, 0xb3, 0x29, 0xe3, 0x2f, 0x84,
    0x53, 0xd1, 0x00, 0xed, 0x20, 0xfc, 0xb1, 0x5b, 0x6a, 0xcb, 0xbe, 0x39, 0x4a, 0x4c, 0x58, 0xcf,
    0xd0, 0xef, 0xaa, 0xfb, 0x43, 0x4d, 0x33, 0x85, 0x45, 0xf9, 0x02, 0x7f, 0x50, 0x3c, 0x9f, 0xa8,
    0x51, 0xa3, 0x40, 0x8f, 0x92, 0x9d, 0x38, 0xf5, 0xbc, 0xb6, 0xda, 0x21, 0x10, 0xff, 0xf3, 0xd2,
    0xcd, 0x0c, 0x13, 0xec, 0x5f, 0x97, 0x44, 0x17, 0xc4, 0xa7, 0x7e, 0x3d, 0x64, 0x5d, 0x19, 0x73,
    0x60, 0x81, 0x4f, 0xdc, 0x22, 0x2a, 0x90, 0x88, 0x46, 0xee, 0xb8, 0x14, 0xde, 0x5e, 0x0b, 0xdb,
    0xe0, 0x32, 0x3a, 0x0a, 0x49, 0x06, 0x24, 0x5c, 0xc2, 0xd3, 0xac, 0x62, 0x91, 0x95, 0xe4, 0x79,
    0xe7, 0xc8, 0x37, 0x6d, 0x8d, 0xd5, 0x4e, 0xa9, 0x6c, 0x56, 0xf4, 0xea, 0x65, 0x7a, 0xae, 0x08,
    0xba, 0x78, 0x25, 0x2e, 0x1c, 0xa6, 0xb4, 0xc6, 0xe8, 0xdd, 0x74, 0x1f, 0x4b, 0xbd, 0x8b, 0x8a,
    0x70, 0x3e, 0xb5, 0x66, 0x48, 0x03, 0xf6, 0x0e, 0x61, 0x35, 0x57, 0xb9, 0x86, 0xc1, 0x1d, 0x9e,
    0xe1, 0xf8, 0x98, 0x11, 0x69, 0xd9, 0x8e, 0x94, 0x9b, 0x1e, 0x87, 0xe9, 0xce, 0x55, 0x28, 0xdf,
    0x8c, 0xa1, 0x89, 0x0d, 0xbf, 0xe6, 0x42, 0x68, 0x41, 0x99, 0x2d, 0x0f, 0xb0, 0x54, 0xbb, 0x16,
};
static const uint8_t vmx_aes_inverse_sbox[256] = { /* figure 14 */
    0x52, 0x09, 0x6a, 0xd5, 0x30, 0x36, 0xa5, 0x38, 0xbf, 0x40, 0xa3, 0x9e, 0x81, 0xf3, 0xd7, 0xfb,
    0x7c, 0xe3, 0x39, 0x82, 0x9b, 0x2f, 0xff, 0x87, 0x34, 0x8e, 0x43, 0x44, 0xc4, 0xde, 0xe9, 0xcb,
    0x54, 0x7b, 0x94, 0x32, 0xa6, 0xc2, 0x23, 0x3d, 0xee, 0x4c, 0x95, 0x0b, 0x42, 0xfa, 0xc3, 0x4e,
    0x08, 0x2e, 0xa1, 0x66, 0x28, 0xd9, 0x24, 0xb2, 0x76, 0x5b, 0xa2, 0x49, 0x6d, 0x8b, 0xd1, 0x25,
    0x72, 0xf8, 0xf6, 0x64, 0x86, 0x68, 0x98, 0x16, 0xd4, 0xa4, 0x5c, 0xcc, 0x5d, 0x65, 0xb6, 0x92,
    0x6c, 0x70, 0x48, 0x50, 0xfd, 0xed, 0xb9, 0xda, 0x5e, 0x15, 0x46, 0x57, 0xa7, 0x8d, 0x9d, 0x84,
    0x90, 0xd8, 0xab, 0x00, 0x8c, 0xbc, 0xd3, 0x0a, 0xf7, 0xe4, 0x58, 0x05, 0xb8, 0xb3, 0x45, 0x06,
    0xd0, 0x2c, 0x1e, 0x8f, 0xca, 0x3f, 0x0f, 0x02, 0xc1, 0xaf, 0xbd, 0x03, 0x01, 0x13, 0x8a, 0x6b,
    0x3a, 0x91, 0x11, 0x41, 0x4f, 0x67, 0xdc, 0xea, 0x97, 0xf2, 0xcf, 0xce, 0xf0, 0xb4, 0xe6, 0x73,
    0x96, 0xac, 0x74, 0x22, 0xe7, 0xad, 0x35, 0x85, 0xe2, 0xf9, 0x37, 0xe8, 0x1c, 0x75, 0xdf, 0x6e,
    0x47, 0xf1, 0x1a, 0x71, 0x1d, 0x29, 0xc5, 0x89, 0x6f, 0xb7, 0x62, 0x0e, 0xaa, 0x18, 0xbe, 0x1b,
    0xfc, 0x56, 0x3e, 0x4b, 0xc6, 0xd2, 0x79, 0x20, 0x9a, 0xdb, 0xc0, 0xfe, 0x78, 0xcd, 0x5a, 0xf4,
    0x1f, 0xdd, 0xa8, 0x33, 0x88, 0x07, 0xc7, 0x31, 0xb1, 0x12, 0x10, 0x59, 0x27, 0x80, 0xec, 0x5f,
    0x60, 0x51, 0x7f, 0xa9, 0x19, 0xb5, 0x4a, 0x0d, 0x2d, 0xe5, 0x7a, 0x9f, 0x93, 0xc9, 0x9c, 0xef,
    0xa0, 0xe0, 0x3b, 0x4d, 0xae, 0x2a, 0xf5, 0xb0, 0xc8, 0xeb, 0xbb, 0x3c, 0x83, 0x53, 0x99, 0x61,
    0x17, 0x2b, 0x04, 0x7e, 0xba, 0x77, 0xd6, 0x26, 0xe1, 0x69, 0x14, 0x63, 0x55, 0x21, 0x0c, 0x7d,
};
/* clang-format on */

static inline union vsr vmx_aes_substitute(union vsr v, const uint8_t sbox[256])
{
    FOR_EACH_ELEMENT(i, b) v.b[i] = sbox[v.b[i]];
    return v;
}

/* Row r of the state moves left by r columns, or right for the inverse. */
static inline union vsr vmx_aes_shift_rows(union vsr v, bool inverse)
{
    union vsr t;
    FOR_EACH_ELEMENT(i, b)
    {
        const unsigned row = i & 3;
        VSR_B(t, i) = VSR_B(v, (i + 4 * (inverse ? 4 - row : row)) & 15);
    }
    return t;
}

/* v times x in GF(2^8), for the four bytes of a column at once. */
static inline uint32_t vmx_aes_times2(uint32_t v)
{
    return (v & 0x7f7f7f7f) << 1 ^ (v >> 7 & 0x01010101) * 0x1b;
}

/* A column times {03}x^3 + {01}x^2 + {01}x + {02}: 2a ^ 3b ^ c ^ d in each row. */
static inline uint32_t vmx_aes_mix_column(uint32_t v)
{
    const uint32_t next = rotl32(v, 8);
    return vmx_aes_times2(v ^ next) ^ next ^ rotl32(v, 16) ^ rotl32(v, 24);
}

/* The inverse polynomial is the other one times {04}x^2 + {05}. */
static inline uint32_t vmx_aes_unmix_column(uint32_t v)
{
    const uint32_t times4 = vmx_aes_times2(vmx_aes_times2(v ^ rotl32(v, 16)));
    return vmx_aes_mix_column(v ^ times4);
}

SEM(VSBOX)
{
    WRITE_VRT(vmx_aes_substitute(VRA, vmx_aes_sbox));
    return ISA_NEXT;
}

/* A round of encryption, with MixColumns unless it is the last one. */
static inline enum isa_outcome vmx_cipher(struct cpu *cpu, const struct insn *op, bool last)
{
    union vsr t = vmx_aes_shift_rows(vmx_aes_substitute(VRA, vmx_aes_sbox), false);
    FOR_EACH_ELEMENT(i, w) t.w[i] = (last ? t.w[i] : vmx_aes_mix_column(t.w[i])) ^ VRB.w[i];
    WRITE_VRT(t);
    return ISA_NEXT;
}

/* A round of decryption: the key goes in before InvMixColumns. */
static inline enum isa_outcome vmx_ncipher(struct cpu *cpu, const struct insn *op, bool last)
{
    union vsr t = vmx_aes_substitute(vmx_aes_shift_rows(VRA, true), vmx_aes_inverse_sbox);
    t.q ^= VRB.q;
    if (!last)
        FOR_EACH_ELEMENT(i, w) t.w[i] = vmx_aes_unmix_column(t.w[i]);
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(VCIPHER)
{
    return vmx_cipher(cpu, op, false);
}

SEM(VCIPHERLAST)
{
    return vmx_cipher(cpu, op, true);
}

SEM(VNCIPHER)
{
    return vmx_ncipher(cpu, op, false);
}

SEM(VNCIPHERLAST)
{
    return vmx_ncipher(cpu, op, true);
}

/* -- SHA-2 sigma: ST picks the capital functions, a bit of SIX sigma1 for its element -- */
#define VMX_ROTR32(v, n) rotl32(v, 32 - (n))
#define VMX_ROTR64(v, n) rotl64(v, 64 - (n))

static inline uint32_t vmx_sha256_sigma(uint32_t v, bool capital, bool one)
{
    if (capital)
        return one ? VMX_ROTR32(v, 6) ^ VMX_ROTR32(v, 11) ^ VMX_ROTR32(v, 25)
                   : VMX_ROTR32(v, 2) ^ VMX_ROTR32(v, 13) ^ VMX_ROTR32(v, 22);
    return one ? VMX_ROTR32(v, 17) ^ VMX_ROTR32(v, 19) ^ v >> 10
               : VMX_ROTR32(v, 7) ^ VMX_ROTR32(v, 18) ^ v >> 3;
}

static inline uint64_t vmx_sha512_sigma(uint64_t v, bool capital, bool one)
{
    if (capital)
        return one ? VMX_ROTR64(v, 14) ^ VMX_ROTR64(v, 18) ^ VMX_ROTR64(v, 41)
                   : VMX_ROTR64(v, 28) ^ VMX_ROTR64(v, 34) ^ VMX_ROTR64(v, 39);
    return one ? VMX_ROTR64(v, 19) ^ VMX_ROTR64(v, 61) ^ v >> 6
               : VMX_ROTR64(v, 1) ^ VMX_ROTR64(v, 8) ^ v >> 7;
}

SEM(VSHASIGMAW)
{
    union vsr t = VRA;
    for (unsigned i = 0; i < 4; i++)
        VSR_W(t, i) = vmx_sha256_sigma(VSR_W(t, i), FIELD(16, 1), FIELD(17 + i, 1));
    WRITE_VRT(t);
    return ISA_NEXT;
}

SEM(VSHASIGMAD)
{
    union vsr t = VRA;
    for (unsigned i = 0; i < 2; i++)
        VSR_D(t, i) = vmx_sha512_sigma(VSR_D(t, i), FIELD(16, 1), FIELD(17 + 2 * i, 1));
    WRITE_VRT(t);
    return ISA_NEXT;
}

/* -- Polynomial multiply-sum: carry-less products of the two elements of a pair, XORed -- */
static inline unsigned __int128 vmx_carryless(uint64_t x, uint64_t y)
{
    unsigned __int128 product = 0;
    for (; y; y &= y - 1)
        product ^= (unsigned __int128)x << __builtin_ctzll(y);
    return product;
}

#define VMX_POLYNOMIAL(id, narrow, wide)                                                           \
    SEM(id)                                                                                        \
    {                                                                                              \
        const union vsr a = VRA, b = VRB;                                                          \
        union vsr t = {.q = 0};                                                                    \
        FOR_EACH_ELEMENT(i, narrow) t.wide[i / 2] ^= vmx_carryless(a.narrow[i], b.narrow[i]);      \
        WRITE_VRT(t);                                                                              \
        return ISA_NEXT;                                                                           \
    }
VMX_POLYNOMIAL(VPMSUMB, b, h)
VMX_POLYNOMIAL(VPMSUMH, h, w)
VMX_POLYNOMIAL(VPMSUMW, w, d)

SEM(VPMSUMD)
{
    const union vsr a = VRA, b = VRB;
    const union vsr t = {.q = vmx_carryless(a.d[0], b.d[0]) ^ vmx_carryless(a.d[1], b.d[1])};
    WRITE_VRT(t);
    return ISA_NEXT;
}

/* -- Signed packed decimal: 31 digits, then the sign: A C E F plus, B D minus -- */
static inline bool vmx_bcd_negative(union vsr v)
{
    return (v.b[0] & 15) == 0xb || (v.b[0] & 15) == 0xd;
}

static inline bool vmx_bcd_valid(union vsr v)
{
    for (unsigned shift = 4; shift < 128; shift += 4)
        if ((v.q >> shift & 15) > 9)
            return false;
    return (v.b[0] & 15) > 9;
}

/* Digits of x + y, or of x - y for x >= y; in nibbles 1..31 like the operands. *carry: out. */
static inline unsigned __int128 vmx_bcd_magnitude(unsigned __int128 x, unsigned __int128 y,
                                                  bool subtract, int *carry)
{
    unsigned __int128 digits = 0;
    *carry = 0;
    for (unsigned shift = 4; shift < 128; shift += 4) {
        const int dx = (int)(x >> shift & 15), dy = (int)(y >> shift & 15);
        int digit = subtract ? dx - dy - *carry : dx + dy + *carry;
        *carry = digit < 0 || digit > 9;
        if (*carry)
            digit += subtract ? 10 : -10;
        digits |= (unsigned __int128)(unsigned)digit << shift;
    }
    return digits;
}

/* CR6 = LT GT EQ of the unbounded result, and SO for overflow or an invalid operand. */
static inline enum isa_outcome vmx_bcd_add(struct cpu *cpu, const struct insn *op, bool subtract)
{
    const union vsr a = VRA, b = VRB;
    if (!vmx_bcd_valid(a) || !vmx_bcd_valid(b)) {
        WRITE_CR_FIELD(6, CR_SO); /* VRT is undefined: left alone */
        return ISA_NEXT;
    }
    const unsigned __int128 x = a.q >> 4, y = b.q >> 4;
    const bool differ = vmx_bcd_negative(a) != (vmx_bcd_negative(b) != subtract);
    const bool swap = differ && x < y;
    int carry;
    union vsr t = {.q = vmx_bcd_magnitude(swap ? b.q : a.q, swap ? a.q : b.q, differ, &carry)};
    const bool negative = vmx_bcd_negative(a) != swap;
    const bool zero = t.q == 0 && !carry;
    t.b[0] |= negative && !zero ? 0xd : FIELD(22, 1) ? 0xf : 0xc;
    WRITE_VRT(t);
    WRITE_CR_FIELD(6, (zero ? CR_EQ : negative ? CR_LT : CR_GT) | (carry ? CR_SO : 0));
    return ISA_NEXT;
}

SEM(BCDADD_DOT)
{
    return vmx_bcd_add(cpu, op, false);
}

SEM(BCDSUB_DOT)
{
    return vmx_bcd_add(cpu, op, true);
}

#endif
