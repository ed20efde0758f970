#!/usr/bin/python3
"""Judges the judge: each mutant of mutants.py must make `hornpipe conform run` fail.

usage: test_mutants.py --build DIR [--vectors DIR] [--count N] [--jobs N] [NAME...]

A mutant is one changed source file: it is compiled as the build compiles it, without
optimisation, and linked before the unchanged rooms. The unchanged program must pass first.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

from mutants import MUTANTS

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LEAST = 70  # what the list may not shrink below


def compile_command(build, unit):
    """The compiler's arguments for isa/`unit`, without output, optimisation and source."""
    source = ROOT / "isa" / unit
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if pathlib.Path(entry["file"]) == source:
            words = shlex.split(entry["command"])
            break
    else:
        raise SystemExit(f"{build}/compile_commands.json: no {source}")
    out = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-c"):
            skip = True
        elif not word.startswith(("-O", "-g", "-Werror")):
            out.append(word)
    return out


def link_command(build, program, first_object):
    """The linker's command of bin/hornpipe with another output and one object in front."""
    text = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "bin/hornpipe"],
                          capture_output=True, text=True, check=True).stdout
    line = [x for x in text.splitlines() if " -o bin/hornpipe" in x][-1]
    line = line.replace(" -o bin/hornpipe", f" {first_object} -o {program}", 1)
    return line.removeprefix(": && ").removesuffix(" && :")


def conform(program, rows, vectors):
    """(exit status, number of differences in defined bits, of vectors)."""
    done = subprocess.run([program, "conform", "run", "--json", "--rows", rows, str(vectors)],
                          capture_output=True, text=True, check=False)
    if done.returncode < 0:  # an assertion of a room: also found
        return done.returncode, 1, 0
    if done.returncode not in (0, 1):
        raise SystemExit(f"conform run --rows {rows}: status {done.returncode}\n{done.stderr}")
    totals = json.loads(done.stdout)["totals"]
    return done.returncode, totals["differs-defined"], sum(
        totals[k] for k in ("equal", "differs-defined", "differs-undefined"))


def apply(mutant, tree):
    """A copy of the isa room below `tree` with the one change."""
    shutil.copytree(ROOT / "isa", tree / "isa")
    shutil.copytree(ROOT / "sim/base", tree / "sim/base")
    path = tree / "isa" / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{mutant.name}: isa/{mutant.file} holds its text {text.count(mutant.old)}"
                         " times, not once: mend tests/conformance/mutants.py")
    path.write_text(text.replace(mutant.old, mutant.new))


def judge(mutant, build, vectors):
    """Differences that the vectors of the mutant's rows found."""
    with tempfile.TemporaryDirectory(prefix="hornpipe-mutant-") as name:
        tree = pathlib.Path(name)
        apply(mutant, tree)
        command = [word.replace(f"-I{ROOT}/sim", f"-I{tree}/sim") if word == f"-I{ROOT}/sim"
                   else f"-I{tree}" if word == f"-I{ROOT}" else word
                   for word in compile_command(build, mutant.unit)]
        subprocess.run(command + ["-w", "-O0", "-c", str(tree / "isa" / mutant.unit), "-o",
                                  str(tree / "mutant.o")], check=True)
        program = tree / "hornpipe"
        subprocess.run(link_command(build, program, tree / "mutant.o"), shell=True, cwd=build,
                       check=True)
        return conform(program, mutant.rows, vectors)[1]


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--vectors", type=pathlib.Path, help="made here if not given")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("names", nargs="*", help="only mutants whose names hold one of these")
    args = parser.parse_args()
    build = args.build.resolve()
    chosen = [m for m in MUTANTS if not args.names or any(n in m.name for n in args.names)]
    if not args.names and len(chosen) < LEAST:
        raise SystemExit(f"{len(chosen)} mutants: fewer than {LEAST}")

    with tempfile.TemporaryDirectory(prefix="hornpipe-vectors-") as name:
        vectors = args.vectors
        rows = ",".join(sorted({r for m in chosen for r in m.rows.split(",")}))
        if not vectors:
            vectors = pathlib.Path(name)
            subprocess.run([HERE / "generate.py", "--seed", "1", "--count", str(args.count),
                            "--rows", rows, "-o", vectors], check=True, stdout=subprocess.DEVNULL)
        status, wrong, count = conform(build / "bin/hornpipe", rows, vectors)
        if status or wrong or not count:
            raise SystemExit(f"the unchanged program: {wrong} of {count} vectors differ")
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            found = list(pool.map(lambda m: judge(m, build, vectors), chosen))

    missed = 0
    for mutant, differences in zip(chosen, found):
        missed += not differences
        print(f"{'caught' if differences else 'MISSED'}  {differences:6d}  {mutant.name}")
    print(f"{len(chosen) - missed} of {len(chosen)} mutants caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
