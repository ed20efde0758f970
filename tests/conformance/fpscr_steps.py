#!/usr/bin/python3
"""Long runs of floating-point instructions: the FPSCR equals the model's after every one.

Sequences of random FP, VSX and DFP instructions are executed by the model, each on what the one
before left, and by a bare-metal guest (fpscr_steps.S) that compares FPSCR, CR and target register
after every instruction; in a share of the sequences only after some, as reading the FPSCR may
itself change how the next instruction goes about it. Ends with 1 at the first difference, which is
told with the instructions since the last comparison, and with 77 if binutils for powerpc64 is not
installed.
"""

import argparse
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import generate  # noqa: E402
from model import core, gen, inventory  # noqa: E402
from model import binary_fp as bf  # noqa: E402

TOOLS = "powerpc64-linux-gnu-"
SKIPPED = 77
CHAPTERS = ("scalar_fp", "vsx_fp", "vsx_convert", "decimal_fp", "decimal_conv", "decimal_int")
# Registers that steps use: few, so that results become operands. VSR 31 is the recorder's.
FPRS, PAIRS, VSRS = tuple(range(8)), (0, 2, 4, 6), tuple(range(8)) + tuple(range(32, 40))
FIELDS = {"FRT": FPRS, "FRA": FPRS, "FRB": FPRS, "FRC": FPRS, "XT": VSRS, "XA": VSRS, "XB": VSRS,
          "FRTp": PAIRS, "FRAp": PAIRS, "FRBp": PAIRS}
TARGETS = ("XT", "FRT", "FRTp")
MOVES_TO_FPSCR = ("mtfsf", "mtfsf", "mtfsf", "mtfsfi", "mtfsb0", "mtfsb1", "mcrfs")
MSR = core.MSR_USER | core.MSR_SF
# Bits whose undefined values would make the rest of the sequence depend on a choice.
STICKY = bf.FX | bf.FEX | bf.VX | bf.OX | bf.UX | bf.ZX | bf.VX_ALL

MFCR_R7 = 0x7CE00026
MFFS_F31 = 0xFFE0048E
STFD_F31_R23 = 0xDBF70000
BCTRL, BLR, MTLR_R25 = 0x4E800421, 0x4E800020, 0x7F2803A6
ADDI_R26_16 = 0x3B5A0010
WHAT = ("FPSCR", "target doubleword 0", "target doubleword 1", "CR")


def lxvd2x(n):
    """lxvd2x n,0,r26"""
    return 0x7C000698 | (n & 31) << 21 | 26 << 11 | n >> 5


def stxvd2x(n):
    """stxvd2x n,0,r24"""
    return 0x7C000798 | (n & 31) << 21 | 24 << 11 | n >> 5


class Row:
    """What steps need of an inventory row."""

    def __init__(self, row):
        self.row, self.entry = row, core.REGISTRY[row.mnemonic]
        self.drawer = gen.Drawer(row)
        self.context = core.Context(row)


class Sequence:
    """A run of instructions with what the model expects after each, or after groups of them."""

    def __init__(self, rng):
        self.rng = rng
        self.group = 0 if rng.getrandbits(1) else 2 + rng.getrandbits(4)
        self.length, self.unseen = 0, []
        self.vsr = [gen.vector_dp(rng) for _ in range(64)]
        self.vsr[31] = 0
        self.crf, self.fpscr = core.BASE_CRF[:], gen.fpscr(rng)
        self.code, self.steps, self.pool, self.names = [], [], [], []
        self.initial = (self.vsr[:], self.fpscr, self.crf[:])

    def add(self, row, number):
        """One step; False if the model leaves too much undefined."""
        rng, c = self.rng, row.context
        c.begin()
        row.drawer.fields(rng, c)
        for name, choice in FIELDS.items():
            if name in row.row.fields:
                setattr(c, name, gen.pick(rng, choice))
        c.vsr, c.crf, c.msr = self.vsr[:], self.crf[:], MSR
        if rng.getrandbits(2) < 2:
            row.drawer.fill(rng, c)
            if row.entry.gen:
                row.entry.gen(rng, c, number)
        if row.row.mnemonic == "mtfsf" and rng.getrandbits(2):
            # Sticky bits hide what is set again: mostly they are all cleared.
            c.L = 1
            enables = bf.ENABLES & rng.getrandbits(8) if rng.getrandbits(1) else 0
            c.vsr[c.FRB] = (enables | rng.getrandbits(2)) << 64
        operands = c.vsr[:]
        c.fpscr, c.msr = self.fpscr, MSR
        c.start()
        c.run(row.entry.function)
        if c.vector is not None:
            raise RuntimeError(f"{c.mnemonic}: an interrupt with FE0 = FE1 = 0")
        if dict(c.undefined_masks()).get(core.REG_FPSCR, 0) & STICKY:
            return False
        for n, (old, new) in enumerate(zip(self.vsr, operands)):
            if old != new:
                self.code += [lxvd2x(n), ADDI_R26_16]
                self.pool.append(new)
        target = next((getattr(c, name) for name in TARGETS if name in row.row.fields), 0)
        self.code.append(c.word)
        self.vsr, self.crf, self.fpscr = c.vsr, c.crf, c.fpscr
        self.unseen.append(f"{c.mnemonic} {c.word:#010x}")
        self.length += 1
        if not self.group or int(rng.random() * self.group) == 0:
            self.compare(target)
        return True

    def compare(self, target):
        """The guest compares the state after the last instruction."""
        self.code += [MFCR_R7, MFFS_F31, STFD_F31_R23, stxvd2x(target), BCTRL]
        cr = sum(field << (28 - 4 * i) for i, field in enumerate(self.crf))
        self.steps.append((self.fpscr, self.vsr[target], cr))
        self.names.append("; ".join(self.unseen))
        self.unseen = []

    def images(self):
        """(code, data) as bytes."""
        code = struct.pack(f">{len(self.code) + 2}I", *self.code, MTLR_R25, BLR)
        vsr, fpscr, crf = self.initial
        cr = sum(field << (28 - 4 * i) for i, field in enumerate(crf))
        data = [image.to_bytes(16, "big") for image in vsr]
        data.append(struct.pack(">QQQ", fpscr, cr, len(self.steps)))
        data += [struct.pack(">QQQQ", f, t >> 64, t & core.M64, cr) for f, t, cr in self.steps]
        data += [image.to_bytes(16, "big") for image in self.pool]
        return code, b"".join(data)


def make_sequence(rng, rows, length):
    """A Sequence of `length` steps."""
    by_name = {row.row.mnemonic: row for row in rows}
    moves = [by_name[name] for name in MOVES_TO_FPSCR]
    sequence = Sequence(rng)
    while sequence.length < length:
        row = gen.pick(rng, moves if rng.getrandbits(3) == 0 else rows)
        try:
            sequence.add(row, rng.getrandbits(16))
        except core.Reject:
            continue
    sequence.compare(0)
    return sequence


def write_steps(path, sequences):
    """The file that fpscr_steps.S describes."""
    images = [s.images() for s in sequences]
    offset = 8 + 16 * len(images)
    table, body = [], []
    for code, data in images:
        code += bytes(-len(code) % 8)
        table.append(struct.pack(">QQ", offset, offset + len(code)))
        body += [code, data]
        offset += len(code) + len(data)
    with open(path, "wb") as file:
        file.write(struct.pack(">Q", len(images)) + b"".join(table) + b"".join(body))


def build(directory, steps):
    """The path of the ROM image."""
    base = os.path.join(directory, "fpscr_steps")
    guest = os.path.join(HERE, "..", "guest")
    commands = [
        [os.environ.get("CC", "cc"), "-E", "-P", "-undef", "-D__ASSEMBLER__",
         f'-DSTEPS="{steps}"', "-x", "assembler-with-cpp",
         "-I", os.path.join(HERE, "..", "..", "workloads", "include"), "-I", guest,
         "-o", base + ".s", os.path.join(HERE, "fpscr_steps.S")],
        [TOOLS + "as", "-a64", "-mbig", "-mpower8", "-mregnames", "-o", base + ".o", base + ".s"],
        [TOOLS + "ld", "-Ttext=0", "-e", "0", "-o", base + ".elf", base + ".o"],
        [TOOLS + "objcopy", "-O", "binary", "-j", ".text", base + ".elf", base + ".rom"],
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{command[0]} failed\n{done.stdout}{done.stderr}")
    return base + ".rom"


def explain(output, sequences):
    """The guest's DIFFERS line with the instruction's name."""
    for line in output.splitlines():
        if line.startswith("DIFFERS "):
            sequence, step, what, wanted, got = (int(x, 16) for x in line.split()[1:6])
            return (f"sequence {sequence} step {step}: {sequences[sequence].names[step]}: "
                    f"{WHAT[what]} {got:#x}, the model has {wanted:#x}")
    return output


def run_batch(options, rng, rows, count):
    """Makes and runs `count` sequences: None or what was wrong."""
    sequences = [make_sequence(rng, rows, options.steps) for _ in range(count)]
    with tempfile.TemporaryDirectory() as directory:
        steps = os.path.join(directory, "steps.bin")
        write_steps(steps, sequences)
        rom = build(directory, steps)
        command = [options.hornpipe, "run", "-M", "pseries", "-cpu", options.cpu, "-nographic",
                   "-m", "256M", "-bios", rom]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=600, check=False)
    output = done.stdout.decode(errors="replace")
    if done.returncode == 0 and "PASS" in output:
        return None
    return explain(output, sequences) + "\n" + done.stderr.decode(errors="replace")


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hornpipe", required=True)
    parser.add_argument("--cpu", default="POWER8", choices=sorted(inventory.CPU_BITS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sequences", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch", type=int, default=50, help="sequences a guest")
    options = parser.parse_args()
    if not shutil.which(TOOLS + "as"):
        print(f"{TOOLS}as is not installed")
        return SKIPPED
    if generate.load_models():
        return 1
    cpu = inventory.CPU_BITS[options.cpu]
    rows = [Row(row) for row in generate.INVENTORY.values()
            if row.mnemonic in core.REGISTRY and row.cpus & cpu and
            core.REGISTRY[row.mnemonic].chapter in CHAPTERS]
    rng = random.Random(options.seed)
    for done in range(0, options.sequences, options.batch):
        wrong = run_batch(options, rng, rows, min(options.batch, options.sequences - done))
        if wrong:
            print(f"FAILED after {done} sequences: {wrong}")
            return 1
    print(f"passed: {options.sequences} sequences of {options.steps} steps, {len(rows)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
