#!/usr/bin/env python3
"""Random guests (generate.py, runtime.S) come to one record by every engine.

Each seed is run by the precise engine, the threaded one, that one with the least room for decoded
code, by both in turns, and in lockstep. Output, status and canonical dump must be those of the
precise engine, and no probe of the guest may have gone wrong. The program is that of the
environment variable HORNPIPE, or the release build's.

usage: test_stress_guests.py [--hornpipe FILE] [--keep DIR] [--show] [--first] [SECONDS [SEED]]
Without SECONDS: the seeds of the default tests. Ends with 77 if binutils for powerpc64 is missing.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import generate

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
TOOLS = "powerpc64-linux-gnu-"
SKIPPED = 77
DEFAULT_SEEDS = range(1, 37)
LIMIT = 8 * 1000 * 1000  # instructions: a guest that has not ended by then is compared all the same
LIMIT_SECONDS = 120


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_runtime(directory):
    """The code of runtime.S, and its symbols."""
    base = os.path.join(directory, "runtime")
    run([os.environ.get("CC", "cc"), "-E", "-P", "-undef", "-D__ASSEMBLER__", "-x",
         "assembler-with-cpp", "-o", base + ".s", os.path.join(HERE, "runtime.S")])
    run([TOOLS + "as", "-a64", "-mbig", "-mpower8", "-mregnames", "-o", base + ".o", base + ".s"])
    run([TOOLS + "ld", "-Ttext=0", "-e", "0", "-o", base + ".elf", base + ".o"])
    run([TOOLS + "objcopy", "-O", "binary", "-j", ".text", base + ".elf", base + ".rom"])
    lines = [line.split() for line in run([TOOLS + "nm", base + ".elf"]).splitlines()]
    with open(base + ".rom", "rb") as f:
        return f.read(), {name: int(value, 16) for value, _, name in lines}


def ways(rng):
    """Names and options of the runs of a seed, the reference first."""
    at, turns = 0, []
    engines = ["threaded", "precise"]
    while len(turns) < 40:
        at += rng.choice([rng.randrange(1, 2000), rng.randrange(1, 100000)])
        turns.append(f"--engine-at=icount={at}:{engines[len(turns) % 2]}")
    return {"precise": ["--engine", "precise"],
            "threaded": ["--engine", "threaded"],
            "least code cache": ["--engine", "threaded", "--code-cache", "1M"],
            "turns": ["--engine", "precise", *turns],
            "lockstep": ["--engine", "lockstep"]}


class Seed:
    """The guest of one seed, and its runs."""

    def __init__(self, options, directory, runtime, number):
        self.options, self.directory, self.number = options, directory, number
        self.guest = generate.Guest(number, *runtime)
        self.rng = generate.Random(number)
        self.ended = False
        with open(self.path("rom"), "wb") as f:
            f.write(self.guest.image)
        with open(self.path("disk"), "wb") as f:
            f.write(self.guest.disk)
        self.common = ["-m", "128M", "-smp", str(self.guest.cpus), "-bios", self.path("rom"),
                       "-drive", f"file={self.path('disk')},format=raw,snapshot=on",
                       "--until", f"icount={LIMIT}"]
        if number % 5 == 0:
            self.common += ["--at", f"icount={self.rng.randrange(1, 400000)}:reset"]

    def path(self, name):
        return os.path.join(self.directory, name)

    def run(self, way):
        """Status, output, messages, canonical dump."""
        command = [self.options.hornpipe, "run", "-M", "pseries,cap-hpt-max-page-size=16M",
                   "-cpu", "POWER8", "-nographic", *self.common, *way,
                   "--record", self.path("db"), "--force"]
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=LIMIT_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return "still running", "", " ".join(command), ""
        dump = subprocess.run([self.options.hornpipe, "info", "--canonical", self.path("db")],
                              capture_output=True, text=True, check=False)
        return (done.returncode, done.stdout.decode(errors="replace"),
                done.stderr.decode(errors="replace"), dump.stdout)

    def check(self):
        """What is wrong, or None."""
        expected = None
        for name, way in ways(self.rng).items():
            status, output, errors, dump = self.run(way)
            if self.options.show:
                print(f"seed {self.number}, {name}: status {status}\n{output}{errors}", end="",
                      flush=True)
            if expected is None:
                expected = status, output, dump
                self.ended = output.startswith("SUM ")
                if status not in (0, 4) or len(dump) < 1000:
                    return f"{name}: status {status}\n{output}{errors}"
                if "WRONG0000000000000000" not in output and "STRAY0000000000000000" in output:
                    return f"{name}: probes were wrong\n{output}"
            elif (status, output, dump) != expected:
                return (f"{name}: status {status}, {output!r}, not {expected[0]}, {expected[1]!r}; "
                        f"dumps are {'equal' if dump == expected[2] else 'not equal'}\n{errors}")
        return None


def seeds(options):
    """The numbers to try, until the time is over."""
    if options.seconds is None:
        yield from DEFAULT_SEEDS
        return
    until = time.monotonic() + options.seconds
    number = options.seed
    while time.monotonic() < until:
        yield number
        number += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hornpipe", default=os.environ.get(
        "HORNPIPE", os.path.join(TOP, "build", "release", "bin", "hornpipe")))
    parser.add_argument("--keep", help="directory that keeps the last seed's files")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--first", action="store_true", help="end with the first that fails")
    parser.add_argument("seconds", nargs="?", type=float)
    parser.add_argument("seed", nargs="?", type=int, default=1000)
    options = parser.parse_args()
    if not shutil.which(TOOLS + "as"):
        print(f"{TOOLS}as is not installed")
        return SKIPPED
    tried, ended, failed = 0, 0, []
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.keep or temporary
        os.makedirs(directory, exist_ok=True)
        runtime = build_runtime(directory)
        for number in seeds(options):
            seed = Seed(options, directory, runtime, number)
            wrong = seed.check()
            tried += 1
            ended += seed.ended
            if wrong:
                failed.append(number)
                print(f"seed {number}: {wrong}", flush=True)
                if options.first:
                    break
    print(f"{tried} seeds, {ended} of them to their end; failed: {failed or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
