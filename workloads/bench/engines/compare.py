#!/usr/bin/python3
"""Runs the guest of engines.sh under every engine, and compares the CPU time of its parts.

usage: compare.py WORK ROUNDS CPU PART...

WORK holds initrd.gz. A PART is a program of it, or "program:argument", or "boot", "boot-slof".
"""

import math
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from timed_guest import IMAGES, parts, recorded_instructions, timed_lines

QEMU = ["qemu-system-ppc64", "-accel", "tcg"]
HORNPIPE = ["build/release/bin/hornpipe", "run", "--engine"]
ENGINES = {"qemu": QEMU, "icount": [*QEMU, "-icount", "shift=0,sleep=off"],
           "precise": [*HORNPIPE, "precise"], "threaded": [*HORNPIPE, "threaded"]}
# The least that the threaded engine should reach, as a multiple of QEMU's speed.
CLASSES = {"boot": (0.5, ["boot", "boot-slof"]),
           "integer": (0.45, ["integer", "sort", "gzip", "interpreter"]),
           "FP, vector": (2, ["nbody", "daxpy", "dgemm"]),
           "memory": (2, ["triad", "chase"]),
           "system": (2, ["getpid", "fork", "exec"])}


class Bench:
    """All measurements: seconds by engine and part, and instructions by part."""

    def __init__(self, work, cpu, names):
        self.work, self.cpu, self.names = work, cpu, names
        self.programs = [name for name in names if not name.startswith("boot")]
        self.seconds, self.counts, self.results = {}, {}, {}

    def command(self, engine, slof):
        """The simulator's command line; SLOF's boot runs no program."""
        machine = "pseries" if slof else "pseries,x-vof=on"
        append = " ".join(["console=hvc0 quiet rdinit=/init --", *([] if slof else self.programs)])
        return ["taskset", "-c", self.cpu, *ENGINES[engine], "-M", machine, "-cpu", "POWER8",
                "-m", "1G", "-nographic", "-nodefaults", "-serial", "stdio",
                "-kernel", f"{IMAGES}/vmlinux", "-initrd", os.path.join(self.work, "initrd.gz"),
                "-append", append]

    def boots(self):
        """Which boots are asked for: (through SLOF, the name of its row)."""
        if self.programs or "boot" in self.names:
            yield False, "boot"
        if "boot-slof" in self.names:
            yield True, "boot-slof"

    def check(self, engine, lines):
        """Passes lines on; what programs print as their results must be the same everywhere."""
        results = []
        for at, words in lines:
            if words[:1] == ["result"]:
                results.append(" ".join(words))
            if words[:2] == ["bench", "failed:"]:
                sys.exit(f"{engine}: {' '.join(words[2:])} failed")
            yield at, words
        if results and results != self.results.setdefault("all", results):
            sys.exit(f"{engine}: the results differ: {results} instead of {self.results['all']}")

    def run(self, engine):
        """One run of each boot: the CPU time of all parts."""
        for slof, boot in self.boots():
            lines = self.check(engine, timed_lines(self.command(engine, slof)))
            for part, seconds in parts(lines).items():
                name = boot if part == "boot" else part
                self.seconds.setdefault((engine, name), []).append(seconds)

    def count(self):
        """The instructions of all parts, by runs that are not timed."""
        db = os.path.join(self.work, "run.db")
        for slof, boot in self.boots():
            command = self.command("threaded", slof) + ["--record", db, "--force"]
            for _ in self.check("threaded", timed_lines(command)):
                pass
            for part, instructions in recorded_instructions(db).items():
                self.counts[boot if part == "boot" else part] = instructions

    def report(self):
        """The table: seconds of CPU time, and speed as a multiple of QEMU's."""
        print("seconds of CPU time (medians), and the speed as a multiple of QEMU's")
        print(f"  {'':14}{'M instr.':>9}" + "".join(f"{e:>10}" for e in ENGINES)
              + "".join(f"{e:>10}" for e in list(ENGINES)[1:]) + f"{'M/s':>8}{'reach':>7}")
        product = []
        for name, (reach, rows) in CLASSES.items():
            for row in rows:
                if ("qemu", row) not in self.seconds:
                    continue
                t = {e: statistics.median(self.seconds[e, row]) for e in ENGINES}
                ratio = {e: t["qemu"] / t[e] for e in list(ENGINES)[1:]}
                product.append(ratio["threaded"])
                print(f"  {row:14}{self.counts[row] / 1e6:9.0f}"
                      + "".join(f"{t[e]:10.3f}" for e in ENGINES)
                      + "".join(f"{r:10.2f}" for r in ratio.values())
                      + f"{self.counts[row] / 1e6 / t['threaded']:8.0f}{reach:7.2f}"
                      + ("" if ratio["threaded"] >= reach else f"  below ({name})"))
        mean = math.exp(statistics.fmean(math.log(r) for r in product))
        print(f"  geometric mean of the threaded engine: {mean:.2f}")


def main(argv):
    """Measures and reports."""
    if len(argv) < 5:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    bench = Bench(argv[1], argv[3], argv[4:])
    bench.count()
    for index in range(int(argv[2])):
        print(f"round {index + 1}", flush=True)
        for engine in ENGINES:
            bench.run(engine)
    bench.report()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
