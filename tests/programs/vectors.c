/*
 * Vector arithmetic by altivec.h: VMX integers, permutations and floats, VSX doubles, and where the
 * compiler's processor has them the doublewords, AES, SHA and carry-less products of POWER8, which
 * are also held against published results. Prints sums over the bits of many results.
 */
#include <altivec.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef __vector unsigned char u8;
typedef __vector signed char s8;
typedef __vector unsigned short u16;
typedef __vector signed short s16;
typedef __vector unsigned int u32;
typedef __vector signed int s32;
typedef __vector unsigned long long u64;
typedef __vector float f32;
typedef __vector double f64;

enum { ROUNDS = 500 };

static uint64_t random_state = 88172645463325252;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static u32 draw_vector(void)
{
    const uint64_t d[2] = {draw(), draw()};
    u32 v;
    memcpy(&v, d, sizeof v);
    return v;
}

static uint64_t sum;

static void mix(const void *vector)
{
    uint64_t d[2];
    memcpy(d, vector, sizeof d);
    for (int i = 0; i < 2; i++)
        sum = (sum ^ d[i]) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
}

#define MIX(expression)                                                                            \
    do {                                                                                           \
        __typeof__(expression) result = (expression);                                              \
        mix(&result);                                                                              \
    } while (0)

static void report(const char *name)
{
    printf("%s: %016llx\n", name, (unsigned long long)sum);
    sum = 0;
}

static void bytes_and_halfwords(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        const u8 a = (u8)draw_vector(), b = (u8)draw_vector(), c = (u8)draw_vector();
        const s16 h = (s16)draw_vector(), k = (s16)draw_vector(), l = (s16)draw_vector();
        MIX(vec_add(a, b));
        MIX(vec_sub(a, b));
        MIX(vec_adds(a, b));
        MIX(vec_subs((s8)a, (s8)b));
        MIX(vec_adds(h, k));
        MIX(vec_avg(a, b));
        MIX(vec_avg(h, k));
        MIX(vec_max((s8)a, (s8)b));
        MIX(vec_min((u16)h, (u16)k));
        MIX(vec_mule(a, b));
        MIX(vec_mulo(h, k));
        MIX(vec_madds(h, k, l));
        MIX(vec_mradds(h, k, l));
        MIX(vec_mladd(h, k, l));
        MIX(vec_msum(a, b, (u32)c));
        MIX(vec_msums(h, k, (s32)l));
        MIX(vec_sum4s(a, (u32)b));
        MIX(vec_sums((s32)h, (s32)k));
        MIX(vec_rl(a, b));
        MIX(vec_sl(a, b));
        MIX(vec_sra(h, (u16)k));
        MIX(vec_cmpgt(a, b));
        MIX(vec_cmpeq(vec_and(a, c), vec_and(b, c)));
        sum += (uint64_t)vec_any_gt(h, k) + 2 * (uint64_t)vec_all_ge(a, vec_min(a, b));
    }
    report("bytes and halfwords");
}

static void words_and_permutes(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        const u32 a = draw_vector(), b = draw_vector(), c = draw_vector();
        const u8 order = (u8)draw_vector();
        MIX(vec_add(a, b));
        MIX(vec_addc(a, b));
        MIX(vec_subc(a, b));
        MIX(vec_subs((s32)a, (s32)b));
        MIX(vec_avg((s32)a, (s32)b));
        MIX(vec_sel(a, b, c));
        MIX(vec_nor(a, b));
        MIX(vec_andc(a, b));
        MIX(vec_perm(a, b, order));
        MIX(vec_sld(a, b, 5));
        MIX(vec_sll(a, vec_splat((u8)b, 3)));
        MIX(vec_sro(a, (u8)b));
        MIX(vec_mergeh((u8)a, (u8)b));
        MIX(vec_mergel((u16)a, (u16)b));
        MIX(vec_mergeh(a, b));
        MIX(vec_pack(a, b));
        MIX(vec_packs((s32)a, (s32)b));
        MIX(vec_packsu((s16)a, (s16)b));
        MIX(vec_packpx(a, b));
        MIX(vec_unpackh((s8)a));
        MIX(vec_unpackl((s16)b));
        MIX(vec_splat(a, 2));
        MIX(vec_cmpgt((s32)a, (s32)b));
        MIX(vec_xxpermdi((f64)a, (f64)b, 1));
        MIX(vec_xxsldwi(a, b, 3));
        MIX(vec_mfvscr());
    }
    report("words and permutes");
}

/* Numbers of ordinary size: what estimates and NaNs give is for the conformance vectors. */
static f64 draw_doubles(void)
{
    const f64 v = {(double)(int64_t)draw() / (double)(1 + draw() % 100000),
                   (double)(int64_t)draw() * 1e-12};
    return v;
}

static f32 draw_floats(void)
{
    const f32 v = {(float)(int32_t)draw() * 1e-5f, (float)(draw() % 1000) / 7, -1.5f,
                   (float)(int32_t)draw()};
    return v;
}

static void floating_point(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        const f64 a = draw_doubles(), b = draw_doubles(), c = draw_doubles();
        const f32 x = draw_floats(), y = draw_floats(), z = draw_floats();
        MIX(vec_add(a, b));
        MIX(vec_mul(a, b));
        MIX(vec_div(a, b));
        MIX(vec_madd(a, b, c));
        MIX(vec_nmsub(a, b, c));
        MIX(vec_sqrt(vec_abs(a)));
        MIX(vec_max(a, b));
        MIX(vec_cmpgt(a, b));
        MIX(vec_round(b));
        MIX(vec_rint(c));
        MIX(vec_floor(c));
        MIX(vec_ceil(c));
        MIX(vec_trunc(c));
        MIX(vec_cpsgn(a, b));
        MIX(vec_add(x, y));
        MIX(vec_madd(x, y, z));
        MIX(vec_nmsub(x, y, z));
        MIX(vec_div(x, y + 1));
        MIX(vec_floor(x));
        MIX(vec_trunc(z));
        MIX(vec_cts(y, 4));
        MIX(vec_ctu(y, 2));
        MIX(vec_ctf((s32)x, 7));
        MIX(vec_cmpb(x, y));
        MIX(vec_cmpge(x, y));
    }
    report("floating point");
}

#ifdef __CRYPTO__
#define LITTLE            (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#define BYTE_FROM_LEFT(k) (LITTLE ? 15 - (k) : (k))

static void doublewords(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        const u64 a = (u64)draw_vector(), b = (u64)draw_vector();
        const __vector unsigned __int128 q = (__vector unsigned __int128)a,
                                         r = (__vector unsigned __int128)b;
        MIX(vec_add(a, b));
        MIX(vec_max(a, b));
        MIX(vec_rl(a, b));
        MIX(vec_sr(a, b));
        MIX(vec_cmpgt(a, b));
        MIX(vec_cntlz((u32)a));
        MIX(vec_vpopcnt((u8)a));
        MIX(vec_gb((u8)b));
        MIX(vec_vbpermq((u8)a, (u8)b));
        MIX(vec_pack(a, b));
        MIX(vec_unpackh((s32)a));
        MIX(vec_mule((u32)a, (u32)b));
        MIX(vec_eqv(a, b));
        MIX(vec_nand(a, b));
        MIX(vec_vadduqm(q, r));
        MIX(vec_vaddcuq(q, r));
        MIX(vec_vsubuqm(q, r));
        MIX(__builtin_crypto_vpmsumb((u8)a, (u8)b));
        MIX(__builtin_crypto_vpmsumd(a, b));
        MIX(__builtin_crypto_vpermxor((u8)a, (u8)b, (u8)a));
        MIX(__builtin_crypto_vshasigmaw((u32)a, 1, 10));
        MIX(__builtin_crypto_vshasigmad(b, 0, 5));
        MIX(__builtin_crypto_vncipher(a, b));
    }
    report("doublewords");
}

/* The instructions take the bytes of a block from the left, in either byte order. */
static u64 from_bytes(const uint8_t bytes[16])
{
    uint64_t d[2] = {0, 0};
    for (int i = 0; i < 16; i++)
        d[i / 8] = d[i / 8] << 8 | bytes[i];
    return (u64){d[LITTLE], d[!LITTLE]};
}

static void expand_key(const uint8_t key[16], u64 keys[11])
{
    uint8_t w[176];
    uint8_t constant = 1;
    memcpy(w, key, 16);
    for (int i = 16; i < 176; i += 4) {
        uint8_t t[16] = {w[i - 4], w[i - 3], w[i - 2], w[i - 1]};
        if (i % 16 == 0) {
            const uint8_t turned[16] = {t[1], t[2], t[3], t[0]};
            uint8_t boxed[4];
            u64 v = __builtin_crypto_vsbox(from_bytes(turned));
            for (int k = 0; k < 4; k++)
                boxed[k] = ((const uint8_t *)&v)[BYTE_FROM_LEFT(k)];
            memcpy(t, boxed, 4);
            t[0] ^= constant;
            constant = (uint8_t)(constant << 1 ^ (constant >> 7) * 0x1b);
        }
        for (int k = 0; k < 4; k++)
            w[i + k] = w[i - 16 + k] ^ t[k];
    }
    for (int i = 0; i < 11; i++)
        keys[i] = from_bytes(w + 16 * (size_t)i);
}

/* FIPS 197, appendix C.1. */
static int aes(void)
{
    uint8_t key[16], plain[16];
    const uint8_t cipher[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
    u64 keys[11];
    for (int i = 0; i < 16; i++) {
        key[i] = (uint8_t)i;
        plain[i] = (uint8_t)(i * 0x11);
    }
    expand_key(key, keys);
    u64 state = vec_xor(from_bytes(plain), keys[0]);
    for (int i = 1; i < 10; i++)
        state = __builtin_crypto_vcipher(state, keys[i]);
    state = __builtin_crypto_vcipherlast(state, keys[10]);
    const int right = vec_all_eq((u32)state, (u32)from_bytes(cipher));
    state = __builtin_crypto_vncipherlast(vec_xor(state, keys[10]), keys[9]);
    mix(&state);
    report(right ? "AES as published" : "AES is WRONG");
    return !right;
}
#endif

int main(void)
{
    /* Linux starts a little-endian program with NJ clear, QEMU with NJ set. */
    vec_mtvscr((u32){0, 0, 0, 0});
    bytes_and_halfwords();
    words_and_permutes();
    floating_point();
#ifdef __CRYPTO__
    doublewords();
    return aes();
#else
    return 0;
#endif
}
