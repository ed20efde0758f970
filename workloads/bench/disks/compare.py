#!/usr/bin/python3
"""Runs the guests of disks.sh under both simulators, and compares what a disk costs them.

usage: compare.py WORK ROUNDS CPU MIB

WORK holds initrd.gz. The method is described in disks.sh.
"""

import os
import sqlite3
import statistics
import subprocess
import sys
import time

IMAGES = "/usr/lib/debian-installer/images/12/ppc64el/text/debian-installer/ppc64el"
GUEST = ["-M", "pseries,x-vof=on", "-cpu", "POWER8", "-m", "1G", "-nographic", "-nodefaults",
         "-serial", "stdio", "-kernel", f"{IMAGES}/vmlinux"]
SIMULATORS = {"qemu": ["qemu-system-ppc64", "-accel", "tcg"],
              "hornpipe": ["build/release/bin/hornpipe", "run"]}
DRIVE = "file={},format=raw,if=none,id=d0"
DISKS = {"null_blk": ("nullb0", []),
         "virtio-blk": ("vda", ["-device", "virtio-blk-pci,drive=d0"]),
         "vscsi": ("sda", ["-device", "spapr-vscsi", "-device", "scsi-hd,drive=d0"])}
PARTS = {"seq-read": 1, "seq-write": 1, "rand-read": 8, "rand-write": 8}


def cpu_clock(pid):
    """The id of the CPU-time clock of a process, as clock_getcpuclockid() makes it on Linux."""
    return (~pid << 3) | 2


def recorded_instructions(db):
    """Instructions of each part of a recorded run, between the lines around it."""
    begin, counts = {}, {}
    with sqlite3.connect(db) as sql:
        for instructions, text in sql.execute("SELECT first_instructions, text FROM console_text"):
            words = text.split()
            if len(words) == 3 and words[0] == "bench" and words[2] == "begin":
                begin[words[1]] = instructions
            elif len(words) == 3 and words[0] == "bench" and words[2] == "end":
                counts[words[1]] = instructions - begin[words[1]]
    return counts


class Bench:
    """All measurements: seconds and counts by simulator, disk and part."""

    def __init__(self, work, cpu, mib):
        self.work, self.cpu, self.mib = work, cpu, mib
        self.seconds, self.counts = {}, {}

    def command(self, simulator, disk, count=""):
        """The simulator's command line; the disk begins as the same file each time."""
        name, options = DISKS[disk]
        image = os.path.join(self.work, "disk.img")
        if options:
            with open(image, "wb") as f:
                for _ in range(self.mib):
                    f.write(os.urandom(1 << 20))
            options = ["-drive", DRIVE.format(image), *options]
        append = f"console=hvc0 quiet cpuidle.off=1 rdinit=/bench/init -- {name} {self.mib} {count}"
        return ["taskset", "-c", self.cpu, *SIMULATORS[simulator], *GUEST, "-initrd",
                os.path.join(self.work, "initrd.gz"), *options, "-append", append]

    def lines(self, command):
        """Runs a guest to its end: the words of its lines, with the CPU time when each came."""
        log = []
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as process:
            for line in iter(process.stdout.readline, b""):
                log.append(line)
                yield (time.clock_gettime(cpu_clock(process.pid)),
                       line.decode("ascii", "replace").split())
        if process.returncode or not any(b"bench all done" in line for line in log):
            sys.exit(f"{' '.join(command)}\ndid not get to the end:\n"
                     + b"".join(log[-5:]).decode("ascii", "replace"))

    def run(self, simulator, disk):
        """One run: its CPU time is measured between the lines around each part."""
        begin = {}
        for seconds, words in self.lines(self.command(simulator, disk)):
            if len(words) == 3 and words[0] == "bench" and words[2] == "begin":
                begin[words[1]] = seconds
            elif len(words) == 3 and words[0] == "bench" and words[2] == "end":
                key = (simulator, disk, words[1])
                self.seconds.setdefault(key, []).append(seconds - begin[words[1]])

    def count(self, disk):
        """Instructions of each part, by runs that are not timed."""
        db = os.path.join(self.work, "run.db")
        for _ in self.lines(self.command("hornpipe", disk) + ["--record", db, "--force"]):
            pass
        for part, count in recorded_instructions(db).items():
            self.counts["hornpipe", disk, part] = count
        for _, words in self.lines(self.command("qemu", disk, "count")):
            if len(words) == 3 and words[0] == "counted":
                self.counts["qemu", disk, words[1]] = int(words[2])

    def cost(self, simulator, disk, part):
        """Of one MB, in ms: all of it, the guest's instructions, and their number."""
        null = statistics.median(self.seconds[simulator, "null_blk", part])
        null_count = self.counts["hornpipe", "null_blk", part]
        count = self.counts[simulator, disk, part] * null_count / self.counts[simulator,
                                                                              "null_blk", part]
        total = statistics.median(self.seconds[simulator, disk, part])
        per_mb = 1000 * PARTS[part] / self.mib
        return total * per_mb, count * null / null_count * per_mb, count

    def report(self):
        """The table, in ms of CPU time for each MB."""
        print("ms of CPU time a MB: all, the guest's instructions, the disk; million instructions")
        print(f"  {'':22}{'Hornpipe':^36}{'QEMU':^36}{'ratio':>7}")
        for disk in list(DISKS)[1:]:
            for part in PARTS:
                row, rest = f"  {disk:11}{part:11}", {}
                for simulator in ("hornpipe", "qemu"):
                    total, own, count = self.cost(simulator, disk, part)
                    rest[simulator] = total - own
                    row += f"{total:9.3f}{own:9.3f}{total - own:9.3f}{count / 1e6:9.1f}"
                print(f"{row}{rest['hornpipe'] / rest['qemu']:7.2f}")


def main(argv):
    """Measures and reports."""
    if len(argv) != 5:
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    bench = Bench(argv[1], argv[3], int(argv[4]))
    for disk in DISKS:
        bench.count(disk)
    for index in range(int(argv[2])):
        print(f"round {index + 1}", flush=True)
        for disk in DISKS:
            for simulator in SIMULATORS:
                bench.run(simulator, disk)
    bench.report()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
