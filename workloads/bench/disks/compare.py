#!/usr/bin/python3
"""Runs the guest of disks.sh under both simulators, and compares what a disk costs them.

usage: compare.py WORK ROUNDS CPU MIB

WORK holds initrd.gz. The method is described in disks.sh.
"""

import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from timed_guest import IMAGES, is_mark

GUEST = ["-M", "pseries,x-vof=on", "-cpu", "POWER8", "-m", "1G", "-nographic", "-nodefaults",
         "-serial", "stdio", "-kernel", f"{IMAGES}/vmlinux"]
SIMULATORS = {"hornpipe": ["build/release/bin/hornpipe", "run"],
              "qemu": ["qemu-system-ppc64", "-accel", "tcg"]}
DRIVE = "file={},format=raw,if=none,id=d0"
DISKS = {"virtio-blk": ("vda", ["-device", "virtio-blk-pci,drive=d0"]),
         "vscsi": ("sda", ["-device", "spapr-vscsi", "-device", "scsi-hd,drive=d0"])}
PARTS = {"seq-read": 1, "seq-write": 1, "rand-read": 8, "rand-write": 8}
SAMPLES_PER_SECOND = 4000

# A sample as perf prints it: time, address, symbol, file.
SAMPLE = re.compile(r"\s*([0-9.]+):\s+([0-9a-f]+)\s+(.*) \((.*)\)$")

# What QEMU executes guest instructions with, besides the code that it makes; and what it has no name
# for is taken to be that too.
QEMU_ENGINE = re.compile(
    r"(helper|cpu|tb|tcg|tlb|ppc|ppc64|float\d*|int\d*|uint\d*|probe|qht|hreg|store|load|icount|spr"
    r"|gen|slow|full|get_page|page|translator|ram_addr|notdirty|io_readx|io_writex)_|\[unknown\]")


def hornpipe_engine():
    """The functions of the engines; those by which devices reach memory are not among them."""
    names = subprocess.run(["nm", "--defined-only", "build/release/isa/libisa.a"], check=True,
                           capture_output=True, text=True).stdout
    found = {line.split()[2] for line in names.splitlines() if re.match(r"\S+ [tT] ", line)}
    return {name for name in found if not name.startswith("bus_")}


class Bench:
    """All measurements: seconds by simulator, disk and part, of the engine and of the rest."""

    def __init__(self, work, cpu, mib):
        self.work, self.cpu, self.mib = work, cpu, mib
        self.seconds = {}
        self.engine = hornpipe_engine()

    def command(self, simulator, disk):
        """The simulator's command line; the disk begins as the same file each time."""
        name, options = DISKS[disk]
        image = os.path.join(self.work, "disk.img")
        with open(image, "wb") as f:
            for _ in range(self.mib):
                f.write(os.urandom(1 << 20))
        return ["taskset", "-c", self.cpu, *SIMULATORS[simulator], *GUEST, "-initrd",
                os.path.join(self.work, "initrd.gz"), "-drive", DRIVE.format(image), *options,
                "-append", f"console=hvc0 quiet cpuidle.off=1 rdinit=/bench/init -- {name} {self.mib}"]

    def is_engine(self, simulator, symbol, file):
        """True if a sample is of the guest's instructions."""
        if simulator == "hornpipe":
            return symbol.split(".")[0] in self.engine
        return "qemu-system" not in file and symbol == "[unknown]" or (
            "qemu-system" in file and bool(QEMU_ENGINE.match(symbol)))

    def run(self, simulator, disk):
        """One run, sampled: the marks tell which part a sample belongs to."""
        data = os.path.join(self.work, "perf.data")
        perf = ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(SAMPLES_PER_SECOND), "-k",
                "CLOCK_MONOTONIC", "-o", data, "--"]
        spans, begin = [], 0
        with subprocess.Popen(perf + self.command(simulator, disk), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            for line in iter(process.stdout.readline, b""):
                words = line.decode("ascii", "replace").split()
                if is_mark(words, "begin"):
                    begin = time.monotonic()
                elif is_mark(words, "end"):
                    spans.append((begin, time.monotonic(), words[1]))
        if process.returncode or not {part for _, _, part in spans} >= set(PARTS):
            sys.exit(f"{simulator} did not get to the end with {disk}")
        self.attribute(simulator, disk, data, spans)

    def attribute(self, simulator, disk, data, spans):
        """Deals the samples out."""
        counts = {part: [0, 0] for _, _, part in spans}
        script = ["perf", "script", "-i", data, "-F", "time,ip,sym,dso"]
        with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as process:
            for line in process.stdout:
                found = SAMPLE.match(line)
                if not found:
                    continue
                at = float(found[1])
                for begin, end, part in spans:
                    if begin <= at < end:
                        counts[part][not self.is_engine(simulator, found[3], found[4])] += 1
        for part in PARTS:
            self.seconds.setdefault((simulator, disk, part), []).append(
                [n / SAMPLES_PER_SECOND for n in counts[part]])

    def cost(self, simulator, disk, part):
        """Of one MB, in ms: the guest's instructions, the rest."""
        runs = self.seconds[simulator, disk, part]
        return [1000 * PARTS[part] / self.mib * statistics.median(run[i] for run in runs)
                for i in range(2)]

    def report(self):
        """The table, in ms of CPU time for each MB."""
        print("ms of CPU time a MB: the guest's instructions, the rest")
        print(f"  {'':22}{'Hornpipe':^20}{'QEMU':^20}{'ratio':>7}")
        for disk in DISKS:
            for part in PARTS:
                costs = {s: self.cost(s, disk, part) for s in SIMULATORS}
                print(f"  {disk:11}{part:11}"
                      + "".join(f"{own:10.3f}{rest:10.3f}" for own, rest in costs.values())
                      + f"{costs['hornpipe'][1] / costs['qemu'][1]:7.2f}")


def main(argv):
    """Measures and reports."""
    if len(argv) != 5:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    bench = Bench(argv[1], argv[3], int(argv[4]))
    for index in range(int(argv[2])):
        print(f"round {index + 1}", flush=True)
        for disk in DISKS:
            for simulator in SIMULATORS:
                bench.run(simulator, disk)
    bench.report()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
