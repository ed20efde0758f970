#!/usr/bin/python3
"""Holds the generator to what it promises: reproducible, no invalid forms, everything varied."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import generate  # noqa: E402
from model import branch, core, fixed, inventory, vectors  # noqa: E402,F401

ROWS = core.load_inventory()


def run_generator(directory, *arguments, hash_seed="0"):
    """Runs generate.py; the vectors of all its files by row."""
    subprocess.run(["/usr/bin/python3", os.path.join(HERE, "generate.py"), *arguments,
                    "-o", directory], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "PYTHONHASHSEED": hash_seed,
                        "PYTHONDONTWRITEBYTECODE": "1"})
    rows = {}
    for name in sorted(os.listdir(directory)):
        for v in vectors.read(os.path.join(directory, name)):
            rows.setdefault(v.mnemonic, []).append(vars(v))
    return rows


class Reproducible(unittest.TestCase):
    """A row's vectors depend on the seed and the row alone."""

    def test_rows_jobs_and_hashing(self):
        with tempfile.TemporaryDirectory() as scratch:
            alone = run_generator(scratch + "/a", "--rows", "rlwinm", "--count", "40")
            others = run_generator(scratch + "/b", "--rows", "r*,bclr,bctar,sc", "--count", "40",
                                   "--jobs", "2", hash_seed="77")
            again = run_generator(scratch + "/c", "--rows", "r*,bclr,bctar,sc", "--count", "40",
                                  hash_seed="5")
            fewer = run_generator(scratch + "/d", "--rows", "bclr", "--count", "10")
            seeded = run_generator(scratch + "/e", "--rows", "rlwinm", "--count", "40",
                                   "--seed", "2")
        self.assertEqual(alone["rlwinm"], others["rlwinm"])
        self.assertEqual(others, again)
        self.assertEqual(fewer["bclr"], others["bclr"][:10])
        self.assertNotEqual(alone["rlwinm"], seeded["rlwinm"])

    def test_damage_is_seen(self):
        with tempfile.TemporaryDirectory() as scratch:
            run_generator(scratch, "--rows", "add", "--count", "3")
            path = os.path.join(scratch, "fixed.hpv")
            with open(path, "rb") as file:
                data = file.read()
            for broken in (data[:-1], data[:-9] + b"x" + data[-8:], b"x" + data[1:], data[:40]):
                with open(path, "wb") as file:
                    file.write(broken)
                with self.assertRaises(vectors.FormatError):
                    list(vectors.read(path))


class Drawn(unittest.TestCase):
    """What the default drawing of operands and modes gives."""

    def draw(self, mnemonic, count=200):
        """`count` contexts, by a generator."""
        maker = generate.RowGenerator(ROWS[mnemonic], 1)
        for i in range(count):
            maker.draw(i)
            yield maker.context

    def test_words_are_of_their_row(self):
        for mnemonic, entry in core.REGISTRY.items():
            row = ROWS[mnemonic]
            self.assertIn(entry.chapter, ("fixed", "branch"))
            for c in self.draw(mnemonic, 20):
                self.assertEqual(c.word & row.mask, row.value, mnemonic)

    def test_variants_modes_and_orders(self):
        seen = {(c.mnemonic, c.sf, c.le, c.so, c.ca) for c in self.draw("subfe", 2000)}
        for k, values in enumerate((ROWS["subfe"].variants, (0, 1), (0, 1), (0, 1), (0, 1))):
            self.assertEqual({s[k] for s in seen}, set(values))

    def test_reserved_bits_are_sometimes_set(self):
        words = [c.word & ROWS["cntlzw"].resv for c in self.draw("cntlzw", 400)]
        self.assertTrue(any(words))
        self.assertGreater(words.count(0), 300)

    def test_no_invalid_form(self):
        rng = generate.random.Random(1)
        for row in ROWS.values():
            drawer, c = generate.gen.Drawer(row), core.Context(row)
            for _ in range(50):
                drawer.fields(rng, c)
                if drawer.update:
                    self.assertNotEqual(c.RA, 0, row.mnemonic)
                    self.assertNotEqual(c.RA, c.__dict__.get("RT"), row.mnemonic)
                for name in generate.gen.EVEN & set(row.fields):
                    self.assertEqual(getattr(c, name) & 1, 0, row.mnemonic)
        updates = [r.mnemonic for r in ROWS.values() if generate.gen.is_update(r)]
        self.assertIn("lwzu", updates)
        self.assertIn("stfdux", updates)
        self.assertNotIn("lwz", updates)


class ContextRules(unittest.TestCase):
    """Interrupts, undefined results and memory."""

    def context(self, function, prepare=None, mnemonic="stw"):
        """A context that ran `function`."""
        c = core.Context(ROWS[mnemonic])
        c.RS, c.RA, c.D = 3, 4, 8
        if prepare:
            prepare(c)
        c.start()
        c.run(function)
        return c

    def test_interrupt_discards(self):
        def model(c):
            c.gpr[3] = 1
            c.crf[2] ^= 15
            c.undefined("gpr", 3, 1)
            c.store(core.DATA_BASE + 5, 4, 0x12345678)
            raise c.interrupt(0x600, 0, dar=7, dsisr=9)
        c = self.context(model, lambda c: c.poke(core.DATA_BASE + 6, b"ab"))
        spr = core.REG_SPR
        self.assertEqual(dict(c.outputs()), {spr + 19: 7, spr + 18: 9, spr + 26: c.cia,
                                             spr + 27: c.msr})
        self.assertEqual((c.memory_outputs(), c.undefined_masks(), c.nia), ([], [], 0x600))
        self.assertEqual(c.load_bytes(core.DATA_BASE + 6, 2), b"ab")

    def test_commit_keeps(self):
        def model(c):
            c.gpr[3] = 1
            c.commit()
            raise c.interrupt(0x700, core.SRR1_FP_ENABLED)
        outputs = dict(self.context(model).outputs())
        self.assertEqual(outputs[3], 1)
        self.assertEqual(outputs[core.REG_SPR + 27], core.MSR_USER | core.MSR_SF | 0x100000)

    def test_fpr_is_half_a_vsr(self):
        def model(c):
            c.fpr[2] = 0x1122
        c = self.context(model)
        self.assertEqual(c.undefined_masks(), [(core.REG_VSR + 5, core.M64)])
        self.assertEqual(c.vsr[2], 0x1122 << 64)

    def test_memory_order_and_window(self):
        def model(c):
            c.store(core.DATA_BASE, 2, 0x1234)
        little = self.context(model, lambda c: setattr(c, "msr", c.msr | core.MSR_LE))
        self.assertEqual(little.memory_outputs(), [(core.DATA_BASE, b"\x34\x12")])
        self.assertEqual(little.load(core.DATA_BASE, 2), 0x1234)
        self.assertEqual(self.context(model).memory_outputs(), [(core.DATA_BASE, b"\x12\x34")])
        c = core.Context(ROWS["stw"])
        c.msr &= ~core.MSR_SF
        c.start()
        for ea, n in ((core.DATA_BASE - 1, 1), (core.DATA_BASE + core.WINDOW_SIZE - 1, 2), (0, 1)):
            with self.assertRaises(core.Reject):
                c.load(ea, n)
        self.assertEqual(c.load(core.DATA_BASE | 5 << 32, 1), core.BASE_MEMORY[0])

    def test_next_vector_starts_clean(self):
        c = self.context(lambda c: c.store(core.DATA_BASE, 8, 0))
        c.begin()
        c.start()
        self.assertEqual((c.inputs(), c.outputs(), c.memory_outputs()), ([], [], []))
        self.assertEqual(c.load_bytes(core.DATA_BASE, 8), core.BASE_MEMORY[:8])


class Encodings(unittest.TestCase):
    """Fields that the word splits (Book I 1.6)."""

    def test_split_fields(self):
        self.assertEqual(ROWS["rldicl"].encode({"RS": 1, "RA": 2, "sh": 33, "mb": 34}),
                         0x78000000 | 1 << 21 | 2 << 16 | 1 << 11 | 2 << 6 | 1 << 5 | 1 << 1)
        self.assertEqual(ROWS["mfspr"].encode({"RT": 3, "SPR": 256}), 0x7C6042A6)
        self.assertEqual(ROWS["xxsel"].encode({"XT": 63, "XA": 32, "XB": 1, "XC": 33}),
                         0xF000003F & ~0xF | 31 << 21 | 1 << 11 | 1 << 6 | 8 | 4 | 1)
        self.assertRaises(ValueError, ROWS["addi"].encode, {"SI": 65536})

    def test_variants(self):
        names = {ROWS["add"].variant_name({"OE": o, "Rc": r}) for o in (0, 1) for r in (0, 1)}
        self.assertEqual(names, set(ROWS["add"].variants))
        names = {ROWS["bc"].variant_name({"LK": k, "AA": a}) for k in (0, 1) for a in (0, 1)}
        self.assertEqual(names, set(ROWS["bc"].variants))


if __name__ == "__main__":
    unittest.main()
