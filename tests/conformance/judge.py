#!/usr/bin/python3
"""Generates vectors and runs them, one chapter after the other, and adds up.

The vectors of a chapter are deleted once they have run, so that a run of 10,000 an instruction
needs little disk. Fails on a difference where the book defines the result, on an instruction that
has neither a vector nor a line in NOT-COVERED.md, and on such a line that is no longer needed.
"""

import argparse
import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from model import inventory  # noqa: E402

VERDICTS = ("equal", "differs-defined", "differs-undefined")
NAMED_ROWS = 60


class Tally:
    """The totals of one CPU."""

    def __init__(self, cpu):
        self.cpu = cpu
        self.verdicts = dict.fromkeys(VERDICTS, 0)
        self.rows, self.undefined_rows = {}, {}
        self.uncovered = None
        self.differences = []

    def add(self, result):
        """Adds what one `hornpipe conform run --json` printed."""
        for verdict in VERDICTS:
            self.verdicts[verdict] += result["totals"][verdict]
        for row, counts in result["rows"].items():
            if counts["differs-defined"]:
                self.rows[row] = counts["differs-defined"]
            if counts["differs-undefined"]:
                self.undefined_rows[row] = counts["differs-undefined"]
        missing = set(result["not-covered"])
        self.uncovered = missing if self.uncovered is None else self.uncovered & missing
        self.differences += result["differences"]

    def print(self, excused, globs):
        """The totals; returns what is wrong with them."""
        rows = {r.mnemonic for r in inventory.load() if r.cpus & inventory.CPU_BITS[self.cpu] and
                any(fnmatch.fnmatchcase(r.mnemonic, g) for g in globs)}
        uncovered = rows if self.uncovered is None else self.uncovered & rows
        print(f"{self.cpu}: {sum(self.verdicts.values())} vectors, "
              f"{len(rows - uncovered)} of {len(rows)} instructions covered")
        for verdict in VERDICTS:
            print(f"  {verdict:18} {self.verdicts[verdict]:12}")
        names = " ".join(sorted(uncovered)) if len(uncovered) <= NAMED_ROWS else ""
        print(f"  {'not-covered':18} {len(uncovered):12} {names}")
        for row, n in sorted(self.undefined_rows.items()):
            print(f"  {row}: {n} differ where the book leaves the result undefined")
        wrong = [f"{self.cpu}: {row}: {n} differ" for row, n in sorted(self.rows.items())]
        wrong += [f"{self.cpu}: {row} has neither vectors nor a line in NOT-COVERED.md"
                  for row in sorted(uncovered - excused)]
        return wrong


def read_excuses():
    """Rows of the first table of NOT-COVERED.md, and the guests it names that do not exist."""
    with open(os.path.join(HERE, "NOT-COVERED.md"), encoding="utf-8") as file:
        text = file.read()
    rows = set(re.findall(r"^\| `([^`]+)`", text.split("\n## ")[1], re.M))
    guests = sorted(set(re.findall(r"`(\w+\.S)`", text)))
    return rows, [g for g in guests if not os.path.exists(os.path.join(HERE, "../guest", g))]


def generator(options, *arguments):
    """generate.py's command line for the same rows."""
    return ["/usr/bin/python3", os.path.join(HERE, "generate.py"), "--seed", str(options.seed),
            "--count", str(options.count), "--rows", options.rows, *arguments]


def run_vectors(options, cpu, path):
    """What the engine makes of a file; None, having told why, if that is unknown."""
    done = subprocess.run([options.hornpipe, "conform", "run", "--json", "--cpu", cpu,
                           "--engine", options.engine,
                           "--max-differences", str(options.max_differences), path],
                          stdout=subprocess.PIPE, text=True, check=False)
    try:
        result = json.loads(done.stdout)
    except ValueError:
        print(f"judge.py: {path} on {cpu}: the run ended with status {done.returncode}",
              file=sys.stderr)
        return None
    return result if result["totals"]["complete"] else None


def run_chapter(options, chapter, scratch, tallies):
    """Generates and runs one chapter; false if something could not be done."""
    began = time.monotonic()
    good = subprocess.run(generator(options, "--chapters", chapter, "--jobs", str(options.jobs),
                                    "-o", scratch), stdout=subprocess.DEVNULL,
                          check=False).returncode == 0
    path = os.path.join(scratch, chapter + ".hpv")
    generated = time.monotonic()
    if not os.path.exists(path):
        return False
    for tally in tallies:
        result = run_vectors(options, tally.cpu, path)
        if result:
            tally.add(result)
        good = good and result is not None
    print(f"{chapter}: generated in {generated - began:.1f} s, run in "
          f"{time.monotonic() - generated:.1f} s", flush=True)
    os.remove(path)
    return good


def print_differences(tallies):
    """The first of each CPU, as the engine told them."""
    for tally in tallies:
        for d in tally.differences:
            if d["verdict"] == "differs-defined":
                print(f"{tally.cpu}:", json.dumps(d))


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10000, help="vectors an instruction")
    parser.add_argument("--rows", default="*", help="GLOB[,GLOB] of mnemonics")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--engine", default="lockstep", help="precise, threaded, or (the default)"
                        " lockstep: both, which must not differ")
    parser.add_argument("--cpus", default="POWER8,POWER7")
    parser.add_argument("--max-differences", type=int, default=3, help="a chapter and CPU")
    parser.add_argument("--hornpipe", default=os.environ.get(
        "HORNPIPE", os.path.join(HERE, "../../build/release/bin/hornpipe")))
    return parser.parse_args()


def main():
    """See the head of the file."""
    options = parse_arguments()
    began = time.monotonic()
    listing = subprocess.run(generator(options, "--list"), stdout=subprocess.PIPE, text=True,
                             check=False)
    wrong = [] if listing.returncode == 0 else ["a model does not load"]
    tallies = [Tally(cpu) for cpu in options.cpus.split(",")]
    scratch = tempfile.mkdtemp(prefix="hornpipe-conformance-")
    interrupted = False
    try:
        for line in listing.stdout.splitlines():
            chapter = line.split()[0]
            if not run_chapter(options, chapter, scratch, tallies):
                wrong.append(f"{chapter} did not run to its end")
    except KeyboardInterrupt:
        interrupted = True
        print("judge.py: interrupted; the totals are of what had run", file=sys.stderr)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print_differences(tallies)
    excused, missing_guests = read_excuses()
    wrong += [f"NOT-COVERED.md: there is no tests/guest/{guest}" for guest in missing_guests]
    for tally in tallies:
        found = tally.print(excused, options.rows.split(","))
        wrong += [w for w in found if "differ" in w] if interrupted else found
    if options.rows == "*" and not interrupted and not wrong:
        needed = set().union(*(t.uncovered or set() for t in tallies))
        wrong += [f"NOT-COVERED.md: {row} is covered" for row in sorted(excused - needed)]
    print(f"{time.monotonic() - began:.0f} s")
    for line in wrong:
        print("judge.py: " + line, file=sys.stderr)
    return 130 if interrupted else 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
